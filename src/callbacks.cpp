// Calls of Python callables that C++ holds, from any thread. See convert/callback.hpp.
#include "run.hpp"

#include <interlock/convert/callback.hpp>

INTERLOCK_BEGIN
namespace detail {

callback_target* make_target(PyObject* callable) {
    interpreter_record& interpreter = current_interpreter();
    return new callback_target{owned<object>(Py_NewRef(callable), &interpreter), callable,
                               &interpreter};
}

bool can_call_here(const callback_target* target) {
    if (target == nullptr) [[unlikely]] {
        throw std::bad_function_call();
    }
    const PyThreadState* state = (thread_word() & word_refused) == 0 ? attached_state() : nullptr;
    return state != nullptr && interpreter_of(state) == target->interpreter->interpreter &&
           !target->interpreter->finished.load(std::memory_order_relaxed);
}

PyObject* call_target(const callback_target* target, PyObject** arguments, std::size_t count) {
    return check_new(run([&] {
        return PyObject_Vectorcall(target->pointer, arguments,
                                   count | PY_VECTORCALL_ARGUMENTS_OFFSET, nullptr);
    }));
}

PyObject* callable_of_target(const callback_target* target) noexcept {
    if (target == nullptr) {
        return nullptr;
    }
    PyThreadState* state = attached_state();
    const bool is_here = state != nullptr &&
                         interpreter_of(state) == target->interpreter->interpreter &&
                         !target->interpreter->finished.load(std::memory_order_relaxed);
    return is_here ? Py_NewRef(target->pointer) : nullptr;
}

void throw_unfit_result(const loading& l) {
    l.set_error("the result of the callback");
    throw_python_error();
}

void throw_not_callable(const object& value) {
    throw cast_error(std::string("interlock: il::callback: expected a callable, got ") +
                     (value.is_none() ? "None" : type_name(Py_TYPE(value.ptr())).c_str()));
}

}  // namespace detail
INTERLOCK_END
