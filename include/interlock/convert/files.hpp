// Complex numbers, and paths: std::complex, std::filesystem::path, and what has their members.
//
// A path takes str, bytes and any os.PathLike, and is a pathlib.Path on the way out; names that are no valid text come through
// (surrogateescape). A complex number takes complex, what has __complex__, and what a float takes. In the exact pass of
// overloads: os.PathLike alone, and complex alone.
#pragma once

#include <interlock/convert/text.hpp>

INTERLOCK_BEGIN
namespace detail {

bool load_complex(PyObject* from, double& real, double& imaginary, bool single,
                  loading& l) noexcept;
// The path as bytes, or as a str for systems whose paths are wide: a new reference, or null and the loading says why.
PyObject* open_path(PyObject* from, bool as_bytes, const hint& expected, loading& l) noexcept;
// A pathlib.Path of a str, whose reference is taken over.
PyObject* make_path(PyObject* text) noexcept;
// The str of a path in the file system's own encoding.
PyObject* make_file_name(const char* name, std::size_t size) noexcept;

inline constexpr hint hint_complex{"complex"};
inline constexpr hint hint_path_in{"str | bytes | os.PathLike"};
inline constexpr hint hint_path_out{"pathlib.Path"};

template <class T>
struct conversion<T, category::complex> : loaded_value<T> {
    using part = typename T::value_type;
    static constexpr loader loads = by_load;
    static constexpr bool nothrow = true;
    static constexpr const hint& in = hint_complex;
    static constexpr const hint& out = hint_complex;

    static bool load(PyObject* from, T& to, loading& l) noexcept {
        double real = 0;
        double imaginary = 0;
        if (!load_complex(from, real, imaginary, sizeof(part) < sizeof(double), l)) {
            return false;
        }
        to = T(static_cast<part>(real), static_cast<part>(imaginary));
        return true;
    }
    static PyObject* make(const T& value) noexcept {
        return PyComplex_FromDoubles(static_cast<double>(value.real()),
                                     static_cast<double>(value.imag()));
    }
};

template <class T>
struct conversion<T, category::path> : loaded_value<T> {
    using text = typename T::string_type;
    static constexpr bool is_narrow = sizeof(typename T::value_type) == 1;
    static constexpr const hint& in = hint_path_in;
    static constexpr const hint& out = hint_path_out;

    static bool load(PyObject* from, T& to, loading& l) {
        const reference opened(open_path(from, is_narrow, in, l));
        if (opened.pointer == nullptr) {
            return false;
        }
        if constexpr (is_narrow) {
            to = T(text(PyBytes_AS_STRING(opened.pointer),
                        static_cast<std::size_t>(PyBytes_GET_SIZE(opened.pointer))));
        } else {
            text units;
            units.resize(wide_size(opened.pointer, sizeof(typename T::value_type)));
            copy_wide(opened.pointer, units.data(), sizeof(typename T::value_type));
            to = T(static_cast<text&&>(units));
        }
        return true;
    }
    static PyObject* make(const T& value) {
        const auto& native = value.native();
        if constexpr (is_narrow) {
            return make_path(make_file_name(native.data(), native.size()));
        } else {
            return make_path(
                make_wide(native.data(), native.size(), sizeof(typename T::value_type)));
        }
    }
};

}  // namespace detail
INTERLOCK_END
