// Overrides: which there are, and the calls of them that are under way on this thread. See bind/trampoline.hpp.
#include "class_records.hpp"

#include <interlock/bind/trampoline.hpp>

#include <algorithm>
#include <cstring>
#include <new>
#include <string_view>

INTERLOCK_BEGIN
namespace detail {

namespace {

// Where a greenlet ended before one that it was switched to. Of two calls of one function on one object it does not matter which.
INTERLOCK_NOINLINE void take_out(std::vector<running_override>& all, const PyObject* self,
                                 const char* name) noexcept {
    const auto found = std::find_if(all.rbegin(), all.rend(), [&](const running_override& one) {
        return one.self == self && one.name == name;
    });
    all.erase(std::next(found).base());
}

// What an overloaded method beyond the pool's size is; see class_contents.cpp.
bool is_instance_method(PyObject* found) noexcept {
#if INTERLOCK_LIMITED_API
    if (std::strcmp(type_name(Py_TYPE(found)).c_str(), "partialmethod") != 0) {
        return false;
    }
    const keep_error kept;
    const reference function(PyObject_GetAttrString(found, "func"));
    PyErr_Clear();
    return function.pointer != nullptr && PyCFunction_Check(function.pointer) &&
           PyCFunction_GetSelf(function.pointer) != nullptr &&
           is_record_object(PyCFunction_GetSelf(function.pointer));
#else
    return Py_TYPE(found) == &PyInstanceMethod_Type;
#endif
}

// What C or C++ defined, as opposed to Python.
bool is_native(PyObject* found) noexcept {
    PyTypeObject* type = Py_TYPE(found);
    return type == &PyMethodDescr_Type || type == &PyWrapperDescr_Type ||
           type == &PyGetSetDescr_Type || type == &PyMemberDescr_Type ||
           type == &PyClassMethodDescr_Type || is_instance_method(found);
}

INTERLOCK_NOINLINE bool is_text_as_read(PyObject* string, std::string_view text) noexcept {
    Py_ssize_t size = 0;
    const char* found = PyUnicode_AsUTF8AndSize(string, &size);
    if (found == nullptr) {
        PyErr_Clear();
        return false;
    }
    return text == std::string_view(found, static_cast<std::size_t>(size));
}

// Most names differ in length or in the first character: then no more is read.
INTERLOCK_INLINE bool is_text(PyObject* string, std::string_view text) noexcept {
#if !INTERLOCK_LIMITED_API
    if (PyUnicode_IS_COMPACT_ASCII(string)) [[likely]] {
        const auto* data = static_cast<const char*>(PyUnicode_DATA(string));
        return static_cast<std::size_t>(PyUnicode_GET_LENGTH(string)) == text.size() &&
               data[0] == text.data()[0] && std::memcmp(data, text.data(), text.size()) == 0;
    }
#endif
    return is_text_as_read(string, text);
}

// Whether the object is what a frame has under the first of its code's names. Null where Python could not tell one of the two; no
// error is left.
bool is_first_local(PyObject* object, PyObject* names, PyObject* locals) noexcept {
    const reference first(names == nullptr || locals == nullptr
                              ? nullptr
                              : PyObject_GetItem(locals, PyTuple_GET_ITEM(names, 0)));
    if (first.pointer == nullptr) {
        PyErr_Clear();
    }
    return first.pointer == object;
}

// Whether the Python code that called C++ is an override of the function on the object, which Python called by itself: what it
// calls is super().name(), and is meant for C++.
#if INTERLOCK_LIMITED_API
// By the attributes that Python shows of its frames and code.
bool comes_from_override(PyThreadState* state, PyObject* self, PyObject* function,
                         std::string_view name) noexcept {
    auto* frame = reinterpret_cast<PyObject*>(
        PyThreadState_GetFrame(state != nullptr ? state : attached_state()));
    if (frame == nullptr) {
        return false;
    }
    const reference frame_held(frame);
    const keep_error kept;
    const reference code(PyObject_GetAttrString(frame, "f_code"));
    const reference code_name(
        code.pointer == nullptr ? nullptr : PyObject_GetAttrString(code.pointer, "co_name"));
    bool named = code_name.pointer != nullptr && is_text(code_name.pointer, name);
    if (!named && PyFunction_Check(function) != 0) {
        const reference own(PyObject_GetAttrString(function, "__code__"));
        named = own.pointer != nullptr && own.pointer == code.pointer;
    }
    if (!named) {
        PyErr_Clear();
        return false;
    }
    const reference count(PyObject_GetAttrString(code.pointer, "co_argcount"));
    const reference names(PyObject_GetAttrString(code.pointer, "co_varnames"));
    const reference locals(PyObject_GetAttrString(frame, "f_locals"));
    if (count.pointer == nullptr || PyLong_AsLong(count.pointer) <= 0) {
        PyErr_Clear();
        return false;
    }
    return is_first_local(self, names.pointer, locals.pointer);
}
#else
// Whether the code is that of the override: of its name, or the function's own.
INTERLOCK_INLINE bool is_code_of(const PyObject* code, const PyObject* function,
                                 std::string_view name) noexcept {
    return is_text(reinterpret_cast<const PyCodeObject*>(code)->co_name, name) ||
           (PyFunction_Check(function) != 0 &&
            reinterpret_cast<const PyFunctionObject*>(function)->func_code == code);
}

// Most calls come from other code: that is seen without an object for the frame.
INTERLOCK_INLINE bool is_other_code([[maybe_unused]] const PyThreadState* state,
                                    [[maybe_unused]] const PyObject* function,
                                    [[maybe_unused]] std::string_view name) noexcept {
#if INTERLOCK_API_VERSION >= 0x030D0000
    if (state == nullptr) {
        return false;
    }
    if (state->current_frame == nullptr) {
        return true;
    }
    const reference code(PyUnstable_InterpreterFrame_GetCode(state->current_frame));
    return PyCode_Check(code.pointer) && !is_code_of(code.pointer, function, name);
#else
    return false;
#endif
}

bool comes_from_override(const PyThreadState* state, PyObject* self, PyObject* function,
                         std::string_view name) noexcept {
    if (is_other_code(state, function, name)) [[likely]] {
        return false;
    }
    PyFrameObject* frame = PyEval_GetFrame();
    if (frame == nullptr) {
        return false;
    }
    PyCodeObject* code = PyFrame_GetCode(frame);
    const reference code_held(reinterpret_cast<PyObject*>(code));
    if (!is_code_of(code_held.pointer, function, name) || code->co_argcount == 0) {
        return false;
    }
    const keep_error kept;
    const reference names(PyCode_GetVarnames(code));
    const reference locals(PyFrame_GetLocals(frame));
    return is_first_local(self, names.pointer, locals.pointer);
}
#endif

// Functions alone: of other callables the class lets go before its version changes, and code may run between their end and that.
void remember([[maybe_unused]] const override_part& part, [[maybe_unused]] const char* name,
              [[maybe_unused]] unsigned version, [[maybe_unused]] PyObject* function) noexcept {
#if !defined(Py_GIL_DISABLED)
    if (version == 0 || !PyFunction_Check(function)) {
        return;
    }
    if (part.found == nullptr) {
        part.found.reset(new (std::nothrow) found_overrides);
    }
    if (part.found != nullptr) {
        part.found->add({version, name, function});
    }
#endif
}

}  // namespace

INTERLOCK_NOINLINE void override_scope::enter(const override_part& part) {
    if (only_one_interpreter() &&
        main_interpreter.load(std::memory_order_relaxed) == part.interpreter) {
        ::new (&plain_) attach_scope(unknown_site);
        entered_ = entered::plainly;
    } else {
        ::new (&other_) interpreter_scope(*part.interpreter, unknown_site);
        entered_ = entered::elsewhere;
    }
}

INTERLOCK_NOINLINE void override_scope::leave() noexcept {
    if (entered_ == entered::plainly) {
        plain_.~attach_scope();
    } else {
        other_.~interpreter_scope();
    }
}

override_call::override_call(const override_part& part, override_name name)
    : scope_(part), part_(part), name_(name) {
    // A call of the same function from within its override is meant for C++: super().name(). Not one from within an override of
    // another object that it called.
    auto& front = *reinterpret_cast<thread_front*>(thread_word() & ~word_flags);
    thread_record& thread = &front != &nobody ? static_cast<thread_record&>(front) : this_thread();
    if (!thread.overrides.empty() && thread.overrides.back().self == part.self &&
        std::strcmp(thread.overrides.back().name, name.text) == 0) [[unlikely]] {
        return;
    }
    if (!find_again()) [[unlikely]] {
        look_up();
        if (function_ == nullptr) {
            return;
        }
    }
    if (comes_from_override(scope_.state(), self_, function_, name.view())) {
        Py_CLEAR(function_);
        return;
    }
    thread_ = &thread;
    try {
        thread.overrides.emplace_back(self_, name.text, part.value);
    } catch (...) {
        decref(function_);
        decref(self_);
        throw;
    }
    // What runs below, and this call itself, needs the C++ object when the override returns.
    used_ = part.outside.load(std::memory_order_relaxed);
    if (used_ != nullptr) {
        used_->uses.fetch_add(1, std::memory_order_relaxed);
    }
}

INTERLOCK_NOINLINE void override_call::look_up() {
    const reference key(string_of(name::of_literal(name_.view())));
    if (!try_new_reference(part_.self)) {
        return;
    }
    self_ = part_.self;
    PyTypeObject* type = Py_TYPE(self_);
    const unsigned version = assign_type_version(type, key.pointer);
    PyObject* function = find_in_type(type, key.pointer);
    if (function != nullptr && is_native(function)) {
        Py_CLEAR(function);
    }
    const char* const text = name_.text;
    const bool settled = type_version(type) == version;
    if (function != nullptr) {
        if (settled) {
            remember(part_, text, version, function);
            part_.seen.store(version, std::memory_order_relaxed);
        }
        if (part_.overridden.load(std::memory_order_relaxed) != text ||
            part_.overridden_in.load(std::memory_order_relaxed) != version) {
            part_.overridden.store(text, std::memory_order_relaxed);
            part_.overridden_in.store(version, std::memory_order_relaxed);
        }
    } else if (only_one_interpreter() && settled) {
        part_.cache->set_plain(text, version, part_.interpreter);
        part_.seen.store(version, std::memory_order_relaxed);
    }
    function_ = function;
}

override_call::~override_call() {
    if (function_ != nullptr) {
        std::vector<running_override>& all = thread_->overrides;
        if (all.back().self == self_ && all.back().name == name_.text) [[likely]] {
            all.pop_back();
        } else {
            take_out(all, self_, name_.text);
        }
        if (used_ != nullptr) {
            end_use(used_);
        }
        decref(function_);
    }
    if (self_ != nullptr) {
        decref(self_);
    }
}

PyObject* override_call::call(PyObject** arguments, std::size_t count) {
    PyTypeObject* kind = Py_TYPE(function_);
    if ((type_flags(kind) & Py_TPFLAGS_METHOD_DESCRIPTOR) != 0) [[likely]] {
        return call_plain(function_, arguments, flagged_count(count));
    }
    const descrgetfunc get = INTERLOCK_TYPE_SLOT(kind, tp_descr_get, descrgetfunc);
    if (get == nullptr) {
        return call_plain(function_, arguments + 1, flagged_count(count - 1));
    }
    const object bound(adopt_t{}, check_new(run_python([&] {
                           return get(function_, self_,
                                      reinterpret_cast<PyObject*>(Py_TYPE(self_)));
                       })));
    // The value of a property is what C++ asks for.
    if (kind == &PyProperty_Type) {
        return Py_NewRef(bound.ptr());
    }
    return call_plain(bound.ptr(), arguments + 1, flagged_count(count - 1));
}

void override_call::refuse_result(const loading& why) const {
    const std::string where = std::string("the result of ") + type_name(Py_TYPE(self_)).c_str() +
                              "." + name_.text + "(), which overrides a function of " +
                              name_of_site(*part_.site);
    why.raise_cast_error(where.c_str());
}

void override_call::keep_result(PyObject* result) const {
    if (result == self_) {
        return;
    }
    class_store* store = store_of_classes();
    if (store != nullptr) {
        const class_store::lock lock(*store);
        const auto found = store->cared_for.find(self_);
        if (found != store->cared_for.end() &&
            std::find(found->second.begin(), found->second.end(), result) != found->second.end()) {
            return;
        }
    }
    if (!keep_alive_by(self_, result)) {
        throw_python_error();
    }
}

void* value_lent_to_override(PyObject* self) noexcept {
    const thread_record* thread = this_thread_if_any();
    if (thread != nullptr) {
        // NOLINTNEXTLINE(modernize-loop-convert): std::views::reverse needs a header that costs more than it gives
        for (auto one = thread->overrides.rbegin(); one != thread->overrides.rend(); ++one) {
            if (one->self == self) {
                return one->value;
            }
        }
    }
    return nullptr;
}

void throw_missing_override(const override_part* part, const std::type_info& type,
                            const char* name) {
    const attach_scope scope(unknown_site);
    if (part == nullptr) {
        const class_site unbound(&type);
        PyErr_Format(PyExc_NotImplementedError,
                     "%s.%s() is a pure virtual function, and was called on an object that has no "
                     "Python part: C++ made it, or its constructor or destructor is running",
                     name_of_site(unbound).c_str(), name);
    } else {
        PyErr_Format(PyExc_NotImplementedError,
                     "%s.%s() is a pure virtual function of C++, and the class %s does not "
                     "override it",
                     name_of_site(*part->site).c_str(), name,
                     type_name(Py_TYPE(part->self)).c_str());
    }
    throw_python_error();
}

}  // namespace detail
INTERLOCK_END
