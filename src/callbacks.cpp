// Calls of Python callables that C++ holds, from any thread. See convert/callback.hpp.
#include "run.hpp"

#include <interlock/convert/callback.hpp>

INTERLOCK_BEGIN
namespace detail {

shared_callable::shared_callable(PyObject* callable)
    : shared_callable(callable, interpreter_of_token()) {}

shared_callable::shared_callable(PyObject* callable, interpreter_record& interpreter) noexcept
    : pointer_(Py_NewRef(callable)), interpreter_(&interpreter) {
    if (counts_handles) [[unlikely]] {
        count_handle(pointer_, interpreter_);
    }
}

std::atomic<std::size_t>* shared_callable::count_one_more() const {
    std::atomic<std::size_t>* count = copies_.load(std::memory_order_acquire);
    if (count == nullptr) {
        // This one, and the copy that is made.
        auto* made = new std::atomic<std::size_t>(2);
        if (copies_.compare_exchange_strong(count, made, std::memory_order_acq_rel,
                                            std::memory_order_acquire)) {
            return made;
        }
        delete made;
    }
    count->fetch_add(1, std::memory_order_relaxed);
    return count;
}

void shared_callable::let_go_of_copy() noexcept {
    std::atomic<std::size_t>* count = copies_.load(std::memory_order_acquire);
    if (count->fetch_sub(1, std::memory_order_acq_rel) == 1) {
        delete count;
        release_reference(pointer_, interpreter_);
    }
}

bool can_call_here(const shared_callable& target) {
    if (target.get() == nullptr) [[unlikely]] {
        throw std::bad_function_call();
    }
    const PyThreadState* state = (thread_word() & word_refused) == 0 ? attached_state() : nullptr;
    return state != nullptr && interpreter_of(state) == target.interpreter()->interpreter &&
           !target.interpreter()->finished.load(std::memory_order_relaxed);
}

PyObject* callable_of_target(const shared_callable& target) noexcept {
    if (target.get() == nullptr) {
        return nullptr;
    }
    PyThreadState* state = attached_state();
    const bool is_here = state != nullptr &&
                         interpreter_of(state) == target.interpreter()->interpreter &&
                         !target.interpreter()->finished.load(std::memory_order_relaxed);
    return is_here ? Py_NewRef(target.get()) : nullptr;
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
