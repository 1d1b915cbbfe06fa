// The small kinds: a class each for str, bytes, int, float, bool, tuple and module.
#pragma once

#include <interlock/objects/dict.hpp>
#include <interlock/objects/module.hpp>

INTERLOCK_BEGIN
namespace detail {

PyObject* text_to_python(std::string_view utf8);

}  // namespace detail

class str : public object {
public:
    INTERLOCK_KIND(str)
    static bool is_kind(PyObject* object) noexcept { return PyUnicode_Check(object) != 0; }
    static str of(python, std::string_view utf8) {
        detail::require_attached("il::str::of");
        return str(detail::adopt_t{}, detail::text_to_python(utf8));
    }
};
INTERLOCK_KIND_UNBIND(str)

class bytes : public object {
public:
    INTERLOCK_KIND(bytes)
    static bool is_kind(PyObject* object) noexcept { return PyBytes_Check(object) != 0; }
    static bytes of(python, std::string_view data) {
        detail::require_attached("il::bytes::of");
        return bytes(detail::adopt_t{}, detail::check_new(PyBytes_FromStringAndSize(
                                            data.data(), static_cast<Py_ssize_t>(data.size()))));
    }
    // The bytes themselves: valid while the object lives.
    std::string_view view() const& {
        detail::require_attached("il::bytes::view");
        return {PyBytes_AS_STRING(pointer_), static_cast<std::size_t>(PyBytes_GET_SIZE(pointer_))};
    }
    std::string_view view() && = delete;
};
INTERLOCK_KIND_UNBIND(bytes)

class int_ : public object {
public:
    INTERLOCK_KIND(int_)
    static bool is_kind(PyObject* object) noexcept { return PyLong_Check(object) != 0; }
};
INTERLOCK_KIND_UNBIND(int_)

class float_ : public object {
public:
    INTERLOCK_KIND(float_)
    static bool is_kind(PyObject* object) noexcept { return PyFloat_Check(object) != 0; }
};
INTERLOCK_KIND_UNBIND(float_)

class boolean : public object {
public:
    INTERLOCK_KIND(boolean)
    static bool is_kind(PyObject* object) noexcept { return PyBool_Check(object) != 0; }
};
INTERLOCK_KIND_UNBIND(boolean)

class tuple : public object {
public:
    INTERLOCK_KIND(tuple)
    static bool is_kind(PyObject* object) noexcept { return PyTuple_Check(object) != 0; }
};
INTERLOCK_KIND_UNBIND(tuple)

INTERLOCK_END
