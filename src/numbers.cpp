// int_, float_, complex, slice and range_.
#include "decimal.hpp"
#include "run.hpp"

#include <array>
#include <vector>

INTERLOCK_BEGIN
namespace detail {

PyObject* int_of_bytes(const void* bytes, std::size_t size, bool is_signed) {
    return check_new(int_from_bytes(bytes, size, is_signed));
}

void bytes_of_int(PyObject* value, void* bytes, std::size_t size, bool is_signed,
                  const char* operation) {
    check_operand(value, operation);
    if (!int_to_bytes(value, bytes, size, is_signed)) {
        throw_python_error();
    }
}

namespace {

object negated(PyObject* value) { return object(adopt_t{}, check_new(PyNumber_Negative(value))); }

}  // namespace

}  // namespace detail

// ---- int_

int_ int_::of_words(python, std::span<const std::uint64_t> words, bool negative) {
    detail::require_attached("il::int_::of_words");
    PyObject* made = nullptr;
    if (words.empty()) {
        made = PyLong_FromLong(0);
    } else if (PY_LITTLE_ENDIAN != 0) {
        made = detail::int_from_bytes(words.data(), words.size_bytes(), false);
    } else {
        const std::vector<std::uint64_t> turned(words.rbegin(), words.rend());
        made = detail::int_from_bytes(turned.data(), turned.size() * sizeof turned[0], false);
    }
    const object magnitude(detail::adopt_t{}, detail::check_new(made));
    return int_(detail::adopt_t{},
                negative ? detail::negated(magnitude.ptr()).release() : Py_NewRef(magnitude.ptr()));
}

int_ int_::of_text(python, std::string_view text, int base) {
    detail::require_attached("il::int_::of_text");
    const object digits(detail::adopt_t{}, detail::text_to_python(text));
    return int_(detail::adopt_t{}, detail::check_new(detail::int_of_digits(digits.ptr(), base)));
}

int_ int_::from(python, const object& value) {
    return detail::make_from<int_>(value.ptr(), "il::int_::from", [&] {
        return PyObject_CallOneArg(reinterpret_cast<PyObject*>(&PyLong_Type), value.ptr());
    });
}

int int_::sign() const {
    detail::check_operand(pointer_, "il::int_::sign");
    return detail::int_sign(pointer_);
}

std::size_t int_::bit_length() const {
    detail::check_operand(pointer_, "il::int_::bit_length");
    const std::size_t bits = detail::int_bit_length(pointer_);
    if (bits == static_cast<std::size_t>(-1)) {
        detail::throw_python_error();
    }
    return bits;
}

void int_::to_words(std::span<std::uint64_t> words) const {
    constexpr const char* operation = "il::int_::to_words";
    detail::check_operand(pointer_, operation);
    const bool negative = detail::int_sign(pointer_) < 0;
    const object magnitude =
        negative ? detail::negated(pointer_) : object(detail::adopt_t{}, Py_NewRef(pointer_));
    if (words.empty() && detail::int_sign(pointer_) == 0) {
        return;
    }
    detail::bytes_of_int(magnitude.ptr(), words.data(), words.size_bytes(), false, operation);
    if (PY_LITTLE_ENDIAN == 0) {
        for (std::size_t i = 0; i < words.size() / 2; ++i) {
            std::swap(words[i], words[words.size() - 1 - i]);
        }
    }
}

std::string int_::to_text(int base) const {
    detail::check_operand(pointer_, "il::int_::to_text");
    if (base == 10) {
        return str();
    }
    if (base != 2 && base != 8 && base != 16) {
        throw std::invalid_argument(
            "interlock: il::int_::to_text: the base is 2, 8, 10 or 16, not " +
            detail::decimal(base));
    }
    std::string text = object(detail::adopt_t{}, detail::check_new(PyNumber_ToBase(pointer_, base)))
                           .as<std::string>();
    text.erase(text[0] == '-' ? 1 : 0, 2);  // 0x, 0o or 0b
    return text;
}

// ---- float_ and complex

float_ float_::from(python, const object& value) {
    return detail::make_from<float_>(value.ptr(), "il::float_::from", [&] {
        return PyObject_CallOneArg(reinterpret_cast<PyObject*>(&PyFloat_Type), value.ptr());
    });
}

double float_::value() const {
    detail::check_operand(pointer_, "il::float_::value");
    return PyFloat_AS_DOUBLE(pointer_);
}

bool float_::is_integer() const {
    detail::require_attached("il::float_::is_integer");
    return call_method("is_integer").as<bool>();
}

complex complex::of(python, double real, double imag) {
    detail::require_attached("il::complex::of");
    return complex(detail::adopt_t{}, detail::check_new(PyComplex_FromDoubles(real, imag)));
}

double complex::real() const {
    detail::check_operand(pointer_, "il::complex::real");
    return PyComplex_RealAsDouble(pointer_);
}

double complex::imag() const {
    detail::check_operand(pointer_, "il::complex::imag");
    return PyComplex_ImagAsDouble(pointer_);
}

// ---- slice and range_

slice slice::of(python, std::optional<std::ptrdiff_t> start, std::optional<std::ptrdiff_t> stop,
                std::optional<std::ptrdiff_t> step) {
    detail::require_attached("il::slice::of");
    const auto part = [](std::optional<std::ptrdiff_t> value) {
        return object(detail::adopt_t{},
                      detail::check_new(value ? PyLong_FromSsize_t(*value) : Py_NewRef(Py_None)));
    };
    const object parts[] = {part(start), part(stop), part(step)};
    return slice(detail::adopt_t{},
                 detail::check_new(PySlice_New(parts[0].ptr(), parts[1].ptr(), parts[2].ptr())));
}

object slice::start() const {
    detail::require_attached("il::slice::start");
    return attr("start").get();
}
object slice::stop() const {
    detail::require_attached("il::slice::stop");
    return attr("stop").get();
}
object slice::step() const {
    detail::require_attached("il::slice::step");
    return attr("step").get();
}

slice_indices slice::indices(std::size_t length) const {
    detail::check_operand(pointer_, "il::slice::indices");
    Py_ssize_t start = 0;
    Py_ssize_t stop = 0;
    Py_ssize_t step = 0;
    detail::check_status(
        detail::run([&] { return PySlice_Unpack(pointer_, &start, &stop, &step); }));
    const Py_ssize_t count =
        PySlice_AdjustIndices(static_cast<Py_ssize_t>(length), &start, &stop, step);
    return {start, stop, step, static_cast<std::size_t>(count)};
}

range_ range_::of(python, std::ptrdiff_t start, std::ptrdiff_t stop, std::ptrdiff_t step) {
    detail::require_attached("il::range_::of");
    const object made(detail::adopt_t{}, Py_NewRef(reinterpret_cast<PyObject*>(&PyRange_Type)));
    return range_(detail::adopt_t{}, made(start, stop, step).release());
}

namespace {

std::ptrdiff_t place_of(const object& value) {
    const Py_ssize_t place = PyLong_AsSsize_t(value.ptr());
    if (place == -1 && PyErr_Occurred() != nullptr) {
        detail::throw_python_error();
    }
    return place;
}

}  // namespace

std::ptrdiff_t range_::start() const {
    detail::require_attached("il::range_::start");
    return place_of(attr("start").get());
}
std::ptrdiff_t range_::stop() const {
    detail::require_attached("il::range_::stop");
    return place_of(attr("stop").get());
}
std::ptrdiff_t range_::step() const {
    detail::require_attached("il::range_::step");
    return place_of(attr("step").get());
}
std::size_t range_::size() const { return len(*this); }

INTERLOCK_END
