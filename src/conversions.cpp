// The slow halves of the conversions: what the inline tests did not settle. See convert/.
#include "python_call.hpp"

#include <interlock/convert/convert.hpp>

#include <cfloat>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <utility>

INTERLOCK_BEGIN
namespace detail {

namespace {

// ---- integers ------------------------------------------------------------------------------------------------------------

struct integer_range {
    const char* least;
    const char* most;
};

constexpr integer_range unsigned_ranges[] = {
    {"0", "255"},
    {"0", "65535"},
    {"0", "4294967295"},
    {"0", "18446744073709551615"},
    {"0", "340282366920938463463374607431768211455"},
};
constexpr integer_range signed_ranges[] = {
    {"-128", "127"},
    {"-32768", "32767"},
    {"-2147483648", "2147483647"},
    {"-9223372036854775808", "9223372036854775807"},
    {"-170141183460469231731687303715884105728", "170141183460469231731687303715884105727"},
};

bool refuse_integer(PyObject* from, integer_code code, loading& l) {
    const integer_range& range =
        (code & integer_signed) != 0 ? signed_ranges[code & 7] : unsigned_ranges[code & 7];
    return l.refuse_range(hint_int, from, range.least, range.most);
}

template <class T>
bool store_integer(T value, void* to, integer_code code) {
    const auto store = [value, to]<class To>(To) {
        if (!std::in_range<To>(value)) {
            return false;
        }
        const To narrow = static_cast<To>(value);
        std::memcpy(to, &narrow, sizeof narrow);
        return true;
    };
    switch (code) {
        case 0:
            return store(std::uint8_t{});
        case 1:
            return store(std::uint16_t{});
        case 2:
            return store(std::uint32_t{});
        case 3:
            return store(std::uint64_t{});
        case integer_signed | 0:
            return store(std::int8_t{});
        case integer_signed | 1:
            return store(std::int16_t{});
        case integer_signed | 2:
            return store(std::int32_t{});
        case integer_signed | 3:
            return store(std::int64_t{});
        default:
            return false;
    }
}

// The low 64 bits and what is above them, for the widths that no C type of CPython's API has.
bool load_wide_integer(PyObject* index, void* to, integer_code code, loading& l) {
    const reference bits(PyLong_FromLong(64));
    const reference high(bits.pointer == nullptr ? nullptr : PyNumber_Rshift(index, bits.pointer));
    if (high.pointer == nullptr) {
        return l.raise();
    }
    const unsigned long long low = PyLong_AsUnsignedLongLongMask(index);
    if ((code & integer_signed) != 0) {
        int overflow = 0;
        const long long top = PyLong_AsLongLongAndOverflow(high.pointer, &overflow);
        if (overflow != 0) {
            return refuse_integer(index, code, l);
        }
        std::memcpy(to, &low, 8);
        std::memcpy(static_cast<char*>(to) + 8, &top, 8);
        return true;
    }
    const unsigned long long top = PyLong_AsUnsignedLongLong(high.pointer);
    if (top == static_cast<unsigned long long>(-1) && PyErr_Occurred() != nullptr) {
        PyErr_Clear();
        return refuse_integer(index, code, l);
    }
    std::memcpy(to, &low, 8);
    std::memcpy(static_cast<char*>(to) + 8, &top, 8);
    return true;
}

bool load_long(PyObject* index, void* to, integer_code code, loading& l) {
    if ((code & 7) == 4) {
        return load_wide_integer(index, to, code, l);
    }
    int overflow = 0;
    const long long value = PyLong_AsLongLongAndOverflow(index, &overflow);
    if (overflow == 0) {
        return store_integer(value, to, code) || refuse_integer(index, code, l);
    }
    if (overflow > 0 && code == 3) {
        const unsigned long long large = PyLong_AsUnsignedLongLong(index);
        if (large != static_cast<unsigned long long>(-1) || PyErr_Occurred() == nullptr) {
            return store_integer(large, to, code);
        }
        PyErr_Clear();
    }
    return refuse_integer(index, code, l);
}

}  // namespace

bool load_integer(PyObject* from, void* to, integer_code code, loading& l) noexcept {
    if (PyLong_CheckExact(from)) {
        return load_long(from, to, code, l);
    }
    if (l.exact) {
        return l.refuse(hint_int, from);
    }
    if (PyLong_Check(from)) {
        return load_long(from, to, code, l);
    }
    if (PyIndex_Check(from) == 0) {
        return l.refuse(hint_int, from);
    }
    const reference index(run_python([from] { return PyNumber_Index(from); }));
    if (index.pointer == nullptr) {
        return l.refuse_error(hint_int, from);
    }
    return load_long(index.pointer, to, code, l);
}

PyObject* make_integer(const void* value, integer_code code) {
    std::uint64_t low = 0;
    std::memcpy(&low, value, 8);
    const reference low_part(PyLong_FromUnsignedLongLong(low));
    reference high_part(nullptr);
    if ((code & integer_signed) != 0) {
        std::int64_t high = 0;
        std::memcpy(&high, static_cast<const char*>(value) + 8, 8);
        high_part.pointer = PyLong_FromLongLong(high);
    } else {
        std::uint64_t high = 0;
        std::memcpy(&high, static_cast<const char*>(value) + 8, 8);
        high_part.pointer = PyLong_FromUnsignedLongLong(high);
    }
    const reference bits(PyLong_FromLong(64));
    if (low_part.pointer == nullptr || high_part.pointer == nullptr || bits.pointer == nullptr) {
        return nullptr;
    }
    const reference shifted(PyNumber_Lshift(high_part.pointer, bits.pointer));
    return shifted.pointer == nullptr ? nullptr : PyNumber_Or(shifted.pointer, low_part.pointer);
}

// ---- floats and bool -----------------------------------------------------------------------------------------------------

bool load_float(PyObject* from, double& to, loading& l) noexcept {
    if (PyFloat_Check(from)) {
        to = PyFloat_AS_DOUBLE(from);
        return true;
    }
    if (l.exact) {
        return l.refuse(hint_float, from);
    }
    if (PyLong_Check(from)) {
        to = PyLong_AsDouble(from);
        if (to == -1.0 && PyErr_Occurred() != nullptr) {
            PyErr_Clear();
            return l.refuse_range(hint_float, from, "-1.8e308", "1.8e308");
        }
        return true;
    }
    if (!type_has_float(Py_TYPE(from))) {
        return l.refuse(hint_float, from);
    }
    to = run_python([from] { return PyFloat_AsDouble(from); });
    if (to == -1.0 && PyErr_Occurred() != nullptr) {
        return l.refuse_error(hint_float, from);
    }
    return true;
}

bool load_single(PyObject* from, float& to, loading& l) noexcept {
    double value = 0;
    if (!load_float(from, value, l)) {
        return false;
    }
    to = static_cast<float>(value);
    // Rounding to the nearest is what a float does; turning a finite value into an infinite one is not.
    if (std::isinf(to) && !std::isinf(value)) {
        return l.refuse_range(hint_float, from, "-3.4e38", "3.4e38");
    }
    return true;
}

bool load_bool(PyObject* from, bool& to, loading& l) noexcept {
    // numpy's: not found by importing numpy, and renamed by its second version.
    const type_name name(Py_TYPE(from));
    if (!l.exact && (std::strcmp(name.c_str(), "numpy.bool") == 0 ||
                     std::strcmp(name.c_str(), "numpy.bool_") == 0)) {
        const int truth = run_python([from] { return PyObject_IsTrue(from); });
        if (truth < 0) {
            return l.raise();
        }
        to = truth != 0;
        return true;
    }
    return conversion<bool>::fast(from, to) || l.refuse(hint_bool, from);
}

// ---- text ----------------------------------------------------------------------------------------------------------------

bool load_utf8(PyObject* from, utf8_view& to, loading& l) noexcept {
    if (!PyUnicode_Check(from)) {
        return l.refuse(hint_str, from);
    }
    Py_ssize_t size = 0;
    const char* text = PyUnicode_AsUTF8AndSize(from, &size);
    if (text == nullptr) {
        return l.raise();  // lone surrogates: UnicodeEncodeError says where
    }
    to = {text, static_cast<std::size_t>(size)};
    return true;
}

bool load_c_text(PyObject* from, const char*& to, loading& l) noexcept {
    to = nullptr;
    if (from == Py_None) {
        return true;
    }
    utf8_view view{};
    if (!load_utf8(from, view, l)) {
        return false;
    }
    // NOLINTNEXTLINE(clang-analyzer-core.NonNullParamChecker): load_utf8 has set it
    if (std::memchr(view.data, '\0', view.size) != nullptr) {
        return l.refuse_text(loading::invalid, "expected str without null characters");
    }
    to = view.data;
    return true;
}

bool load_character(PyObject* from, char32_t& to, char32_t last, loading& l) noexcept {
    if (!PyUnicode_Check(from)) {
        return l.refuse(hint_str, from);
    }
    const Py_ssize_t length = PyUnicode_GetLength(from);
    if (length != 1) {
        return l.refuse_text(loading::invalid, "expected str of one character, got %zd characters",
                             length);
    }
    to = PyUnicode_ReadChar(from, 0);
    if (to > last) {
        return l.refuse_text(loading::range, "expected a character up to U+%04X, got U+%04X",
                             static_cast<unsigned>(last), static_cast<unsigned>(to));
    }
    return true;
}

PyObject* make_utf8(const char* text, std::size_t size) noexcept {
    return PyUnicode_DecodeUTF8(text, static_cast<Py_ssize_t>(size), nullptr);
}

PyObject* make_wide(const void* text, std::size_t size, std::size_t width) noexcept {
    if (width == 4) {
        return text_of_code_points(text, static_cast<Py_ssize_t>(size));
    }
    // -1 or 1: the byte order of this machine, and no mark at the beginning.
    const std::uint16_t one = 1;
    unsigned char first = 0;
    std::memcpy(&first, &one, 1);
    int order = first == 1 ? -1 : 1;
    return PyUnicode_DecodeUTF16(static_cast<const char*>(text), static_cast<Py_ssize_t>(size * 2),
                                 "surrogatepass", &order);
}

PyObject* text_to_python(std::string_view utf8) {
    return check_new(make_utf8(utf8.data(), utf8.size()));
}

std::size_t wide_size(PyObject* text, std::size_t width) noexcept {
    const Py_ssize_t length = PyUnicode_GetLength(text);
    auto units = static_cast<std::size_t>(length);
    if (width == 2) {
        for (Py_ssize_t i = 0; i < length; ++i) {
            units += PyUnicode_ReadChar(text, i) > 0xFFFF ? 1 : 0;
        }
    }
    return units;
}

void copy_wide(PyObject* text, void* to, std::size_t width) noexcept {
    const Py_ssize_t length = PyUnicode_GetLength(text);
    if (width == 4) {
        auto* units = static_cast<char32_t*>(to);
        for (Py_ssize_t i = 0; i < length; ++i) {
            units[i] = PyUnicode_ReadChar(text, i);
        }
        return;
    }
    auto* units = static_cast<char16_t*>(to);
    for (Py_ssize_t i = 0; i < length; ++i) {
        const Py_UCS4 code = PyUnicode_ReadChar(text, i);
        if (code > 0xFFFF) {
            *units++ = static_cast<char16_t>(0xD7C0 + (code >> 10));
            *units++ = static_cast<char16_t>(0xDC00 + (code & 0x3FF));
        } else {
            *units++ = static_cast<char16_t>(code);
        }
    }
}

// ---- containers ----------------------------------------------------------------------------------------------------------

PyObject* open_iterable(PyObject* from, const hint& expected, loading& l) {
    // Iterable, and yet not meant: a str is no list of characters, bytes are no list of ints, a mapping no list of its keys.
    if (l.exact || PyUnicode_Check(from) || PyBytes_Check(from) || PyByteArray_Check(from) ||
        PyDict_Check(from)) {
        l.refuse(expected, from);
        return nullptr;
    }
    PyObject* iterator = run_python([from] { return PyObject_GetIter(from); });
    if (iterator == nullptr) {
        l.refuse_error(expected, from);
    }
    return iterator;
}

namespace {

// Whether it is one by collections.abc.Set: -1 with an error set. Where nobody has imported that module, nothing is one.
int is_abstract_set(PyObject* from) noexcept {
    // What most others are, without asking Python.
    if (PyList_Check(from) || PyTuple_Check(from) || PyUnicode_Check(from) || PyBytes_Check(from) ||
        PyDict_Check(from) || PyLong_Check(from) || PyFloat_Check(from) || from == Py_None) {
        return 0;
    }
    return run_python([from] {
        const reference name(PyUnicode_FromString("_collections_abc"));
        const reference module(name ? PyImport_GetModule(name.pointer) : nullptr);
        if (!module) {
            return PyErr_Occurred() == nullptr ? 0 : -1;
        }
        const reference set(PyObject_GetAttrString(module.pointer, "Set"));
        return set ? PyObject_IsInstance(from, set.pointer) : -1;
    });
}

}  // namespace

PyObject* open_set(PyObject* from, const hint& expected, loading& l) {
    if (!PyAnySet_Check(from) && (l.exact || !PyDictKeys_Check(from))) {
        const int is_one = l.exact ? 0 : is_abstract_set(from);
        if (is_one <= 0) {
            is_one < 0 ? l.raise() : l.refuse(expected, from);
            return nullptr;
        }
    }
    PyObject* iterator = run_python([from] { return PyObject_GetIter(from); });
    if (iterator == nullptr) {
        l.refuse_error(expected, from);
    }
    return iterator;
}

PyObject* next_item(PyObject* iterator, loading& l, bool& failed) {
    PyObject* next = run_python([iterator] { return PyIter_Next(iterator); });
    if (next == nullptr && PyErr_Occurred() != nullptr) {
        failed = true;
        l.raise();
    }
    return next;
}

bool refuse_length(std::size_t expected, std::size_t got, loading& l) noexcept {
    return l.refuse_text(loading::invalid, "expected %zu item%s, got %zu", expected,
                         expected == 1 ? "" : "s", got);
}

PyObject* open_tuple(PyObject* from, std::size_t size, const hint& expected, loading& l) {
    if (PyTuple_Check(from)) {
        if (static_cast<std::size_t>(PyTuple_GET_SIZE(from)) != size) {
            refuse_length(size, static_cast<std::size_t>(PyTuple_GET_SIZE(from)), l);
            return nullptr;
        }
        return Py_NewRef(from);
    }
    if (l.exact || PySequence_Check(from) == 0 || PyUnicode_Check(from) || PyBytes_Check(from) ||
        PyByteArray_Check(from)) {
        l.refuse(expected, from);
        return nullptr;
    }
    if (PyList_Check(from)) {
        const reference made(PyList_AsTuple(from));  // as it is now, whoever changes it
        if (made.pointer == nullptr) {
            l.raise();
            return nullptr;
        }
        return open_tuple(made.pointer, size, expected, l);
    }
    // Not by its length, which may lie: one item more than are wanted, at most.
    const reference iterator(run_python([from] { return PyObject_GetIter(from); }));
    if (iterator.pointer == nullptr) {
        l.refuse_error(expected, from);
        return nullptr;
    }
    reference made(PyTuple_New(static_cast<Py_ssize_t>(size)));
    if (made.pointer == nullptr) {
        l.raise();
        return nullptr;
    }
    bool failed = false;
    for (std::size_t i = 0;; ++i) {
        reference item(next_item(iterator.pointer, l, failed));
        if (failed) {
            l.at_item(i);
            return nullptr;
        }
        if (item.pointer == nullptr && i == size) {
            return made.release();
        }
        if (item.pointer == nullptr) {
            refuse_length(size, i, l);
            return nullptr;
        }
        if (i == size) {
            l.refuse_text(loading::invalid, "expected %zu item%s, got more", size,
                          size == 1 ? "" : "s");
            return nullptr;
        }
        PyTuple_SET_ITEM(made.pointer, static_cast<Py_ssize_t>(i), item.release());
    }
}

PyObject* repeatable(PyObject* from, loading& l) {
    if (PyIter_Check(from) == 0) {
        return Py_NewRef(from);
    }
    PyObject* list = run_python([from] { return PySequence_List(from); });
    if (list == nullptr) {
        l.raise();
    }
    return list;
}

PyObject* open_mapping(PyObject* from, PyObject*& made, const hint& expected, loading& l) {
    if (PyDict_Check(from)) {
        return from;
    }
    if (l.exact || PyMapping_Check(from) == 0 || PyUnicode_Check(from) || PyBytes_Check(from) ||
        PyList_Check(from) || PyTuple_Check(from)) {
        l.refuse(expected, from);
        return nullptr;
    }
    made = PyDict_New();
    if (made == nullptr || run_python([&] { return PyDict_Update(made, from); }) != 0) {
        // Without keys(): a sequence of another kind.
        if (made != nullptr && PyErr_ExceptionMatches(PyExc_AttributeError) != 0) {
            PyErr_Clear();
            l.refuse(expected, from);
        } else {
            l.refuse_error(expected, from);
        }
        return nullptr;
    }
    return made;
}

bool refuse_changed(loading& l) {
    PyErr_SetString(PyExc_RuntimeError, "dictionary changed size during iteration");
    return l.raise();
}

PyObject* refuse_empty_handle() noexcept {
    PyErr_SetString(PyExc_RuntimeError, "interlock: the handle is empty (it was moved from)");
    return nullptr;
}

// ---- what users wrote ----------------------------------------------------------------------------------------------------

bool refuse_exception(loading& l) noexcept {
    try {
        throw;
    } catch (const cast_error& error) {
        return l.refuse_text(loading::mismatch, "%s", error.what());
    } catch (...) {
        set_error_of_exception();
        return l.raise();
    }
}

}  // namespace detail
INTERLOCK_END
