// Signatures as people and tools read them. Every function of a module passes here when it is imported: all is appended to one
// text.
#include "class_records.hpp"
#include "decimal.hpp"
#include "hints.hpp"

#include <cstring>

INTERLOCK_BEGIN
namespace detail {

using namespace std::string_view_literals;

void text_builder::add(const char* piece, std::size_t size) {
    if (size > room_) [[unlikely]] {
        grow(size);
    }
    std::memcpy(at_, piece, size);
    at_ += size;
    room_ -= size;
}

void text_builder::grow(std::size_t needed) {
    const std::size_t before = size();
    const std::size_t now = 2 * (before + needed);
    std::unique_ptr<char[]> larger(new char[now]);
    std::memcpy(larger.get(), begin_, before);
    larger_ = std::move(larger);
    begin_ = larger_.get();
    at_ = begin_ + before;
    room_ = now - before;
}

void append_hint(text_builder& to, const hint& type) {
    if (type.site == nullptr && type.parts == nullptr) {
        to.add(type.text);
        return;
    }
    write_hint(
        type, [&to](const char* text, std::size_t size) { to.add(text, size); },
        [&to](const class_site& site) { to.add(name_of_site(site)); });
}

void append_hint(std::string& to, const hint& type) {
    write_hint(
        type, [&to](const char* text, std::size_t size) { to.append(text, size); },
        [&to](const class_site& site) { to.append(name_of_site(site)); });
}

bool is_ascii(std::string_view text) noexcept {
    for (const char c : text) {
        if (static_cast<unsigned char>(c) > 127) {
            return false;
        }
    }
    return true;
}

namespace {

// Parameters without names, as they follow one another; and with a place for the type of each.
constexpr std::string_view unnamed = "arg0, arg1, arg2, arg3, arg4, arg5, arg6, arg7, arg8, arg9";
constexpr std::size_t unnamed_step = 6;
constexpr std::string_view typed =
    ", arg0: , arg1: , arg2: , arg3: , arg4: , arg5: , arg6: , arg7: , arg8: , arg9: ";
constexpr std::size_t typed_step = 8;

// A function of a few positional parameters without names: as nearly all functions of a large module are.
bool has_unnamed_alone(const function_description& d) noexcept {
    const call_shape& shape = d.shape;
    return d.names == nullptr && shape.parameters > 0 &&
           shape.parameters <= (unnamed.size() + 2) / unnamed_step &&
           shape.positional == shape.parameters && shape.positional_only == shape.parameters &&
           !shape.takes_args && !shape.takes_kwargs;
}

void append_name(text_builder& to, const function_description& d, unsigned i) {
    if (d.names != nullptr && d.names[i].name != nullptr) {
        to.add(d.names[i].name);
        return;
    }
    to.add("arg"sv);
    if (i < 10) {
        to.add(static_cast<char>('0' + i));
        return;
    }
    to.add(decimal(i));
}

// Walks over the parameters in the order of a signature, with the marks between them; whether the signature has types.
template <bool Typed, class Each>
void append_parameters(text_builder& to, const function_description& d, bool any_before,
                       Each each) {
    const auto next = [&to, &any_before]() -> text_builder& {
        if (any_before) {
            to.add(", "sv);
        }
        any_before = true;
        return to;
    };
    const call_shape& shape = d.shape;
    const auto add_star = [&](bool takes_args) {
        to.add('*');
        if (takes_args) {
            to.add("args"sv);
            if (Typed && shape.args_typed) {
                to.add(": "sv);
                append_hint(to, *d.hints[shape.parameters + 1U]);
            }
        }
    };
    bool star = false;
    for (unsigned i = 0; i < shape.parameters; ++i) {
        if (i == shape.positional) {
            next();
            add_star(shape.takes_args);
            star = true;
        }
        next();
        each(i);
        if (i + 1U == shape.positional_only) {
            next().add('/');
        }
    }
    if (shape.takes_args && !star) {
        next();
        add_star(true);
    }
    if (shape.takes_kwargs) {
        next().add("**kwargs"sv);
    }
}

std::string ascii_of(PyObject* value) {
    const object text(adopt_t{}, check_new(PyObject_ASCII(value)));
    return text.as<std::string>();
}

// What inspect.signature can evaluate: numbers, strings, bytes, True, False and None.
bool can_be_evaluated(PyObject* value) {
    return value == Py_None || PyBool_Check(value) || PyLong_CheckExact(value) ||
           PyUnicode_CheckExact(value) || PyBytes_CheckExact(value) ||
           (PyFloat_CheckExact(value) && PyFloat_AS_DOUBLE(value) - PyFloat_AS_DOUBLE(value) == 0);
}

}  // namespace

void append_typed_signature(text_builder& to, const function_description& d,
                            const std::vector<std::string>& shown) {
    to.add(d.name);
    to.add('(');
    const bool has_self = d.self != nullptr && d.self[1] != 'm';
    if (has_self) {
        to.add(d.self + 1);
    }
    if (has_unnamed_alone(d)) {
        for (unsigned i = 0; i < d.shape.parameters; ++i) {
            const std::size_t left_out = i > 0 || has_self ? 0 : 2;
            to.add(typed.data() + i * typed_step + left_out, typed_step - left_out);
            append_hint(to, *d.hints[i]);
        }
        to.add(", /) -> "sv);
        append_hint(to, *d.hints[d.shape.parameters]);
        return;
    }
    append_parameters<true>(to, d, has_self, [&](unsigned i) {
        append_name(to, d, i);
        to.add(": "sv);
        append_hint(to, d.names != nullptr && !d.names[i].accepts_none ? without_none(*d.hints[i])
                                                                       : *d.hints[i]);
        if (!shown.empty() && !shown[i].empty()) {
            to.add(" = "sv);
            to.add(shown[i]);
        }
    });
    to.add(") -> "sv);
    append_hint(to, *d.hints[d.shape.parameters]);
}

bool append_text_signature(text_builder& to, const function_description& d,
                           const std::vector<std::string>& shown) {
    if (!is_ascii(d.name)) {
        return false;
    }
    for (unsigned i = 0; d.names != nullptr && i < d.shape.parameters; ++i) {
        if (!is_ascii(d.names[i].name)) {
            return false;
        }
    }
    to.add(d.name);
    to.add('(');
    if (d.self != nullptr) {
        to.add(d.self);
    }
    if (has_unnamed_alone(d)) {
        if (d.self != nullptr) {
            to.add(", "sv);
        }
        to.add(unnamed.substr(0, d.shape.parameters * unnamed_step - 2));
        to.add(", /)"sv);
        return true;
    }
    append_parameters<false>(to, d, d.self != nullptr, [&](unsigned i) {
        append_name(to, d, i);
        if (d.names != nullptr && !shown.empty() && !shown[i].empty()) {
            to.add('=');
            if (!can_be_evaluated(d.names[i].value)) {
                to.add("..."sv);
            } else if (is_ascii(shown[i])) {
                to.add(shown[i]);
            } else {
                to.add(ascii_of(d.names[i].value));
            }
        }
    });
    to.add(')');
    return true;
}

}  // namespace detail
INTERLOCK_END
