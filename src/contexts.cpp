// Context managers and super.
#include "error_translation.hpp"
#include "run.hpp"

INTERLOCK_BEGIN
namespace detail {

namespace {

// As Python does it: the two are looked up in the class, and both before either is called.
object protocol_method(const object& manager, const char* which) {
    check_operand(manager.ptr(), "il::with");
    auto* type = reinterpret_cast<PyObject*>(Py_TYPE(manager.ptr()));
    PyObject* found = get_attribute_or_null(type, std::string_view(which));
    if (found == nullptr) {
        PyErr_Format(PyExc_TypeError,
                     "'%.200s' object does not support the context manager protocol",
                     type_name(Py_TYPE(manager.ptr())).c_str());
        throw_python_error();
    }
    return object(adopt_t{}, found);
}

// While __exit__ runs, the exception is the one that is being handled, so that what it raises has it as its context.
class handled_exception {
public:
    explicit handled_exception(PyObject* now) noexcept : before_(PyErr_GetHandledException()) {
        PyErr_SetHandledException(now);
    }
    ~handled_exception() {
        if (attached_state() != nullptr) {
            PyErr_SetHandledException(before_);
            Py_XDECREF(before_);
        }
    }
    handled_exception(const handled_exception&) = delete;
    handled_exception& operator=(const handled_exception&) = delete;

private:
    PyObject* before_;
};

}  // namespace

entered_context::entered_context(const object& manager)
    : manager_(manager),
      exit_(protocol_method(manager, "__exit__")),
      value_(protocol_method(manager, "__enter__")(manager)) {}

void entered_context::leave() {
    if (!std::exchange(left_, true)) {
        static_cast<void>(exit_(manager_, nullptr, nullptr, nullptr));
    }
}

bool entered_context::leave_with_current_exception() {
    left_ = true;
    if (attached_state() == nullptr) {
        return false;
    }
    const object error(adopt_t{}, exception_of_current());
    const object traceback(adopt_t{}, [&error] {
        PyObject* found = PyException_GetTraceback(error.ptr());
        return found != nullptr ? found : Py_NewRef(Py_None);
    }());
    const handled_exception handled(error.ptr());
    return static_cast<bool>(exit_(manager_, type::of(error), error, traceback));
}

}  // namespace detail

object super(const type& cls, const object& instance) {
    constexpr const char* operation = "il::super";
    detail::check_operand(cls.ptr(), operation);
    detail::check_handle(instance.ptr(), operation);
    const object made(detail::adopt_t{}, Py_NewRef(reinterpret_cast<PyObject*>(&PySuper_Type)));
    return made(cls, instance);
}

INTERLOCK_END
