// Why a conversion did not fit, in words; see convert/loading.hpp.
#include "class_records.hpp"
#include "hints.hpp"

#include <interlock/convert/alternatives.hpp>
#include <interlock/objects/error.hpp>

#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <cstring>

INTERLOCK_BEGIN
namespace detail {

void keeper::end() noexcept {
    // Turned away: the interpreter is gone, and the objects may be.
    if ((thread_word() & word_detached) != 0 && attached_state() == nullptr) {
        return;
    }
    end_instances();
    for (std::size_t i = 0; i < count_; ++i) {
        Py_DECREF(held_[i]);
    }
    std::free(static_cast<void*>(held_));
}

void keeper::keep(PyObject* object) {
    if (count_ == room_) {
        const std::size_t room = room_ == 0 ? 16 : room_ * 2;
        auto* held = static_cast<PyObject**>(
            std::realloc(static_cast<void*>(held_), room * sizeof(PyObject*)));
        if (held == nullptr) {
            throw std::bad_alloc();
        }
        held_ = held;
        room_ = room;
    }
    held_[count_++] = Py_NewRef(object);
}

namespace {

// Writes a hint with its parts.
class text_writer {
public:
    text_writer(char* to, std::size_t room) noexcept : at_(to), end_(to + room - 1) { *at_ = '\0'; }

    void add(const char* text, std::size_t size) noexcept {
        const auto room = static_cast<std::size_t>(end_ - at_);
        if (size > room) {
            size = room;
            // Not in the middle of a character.
            while (size > 0 && (static_cast<unsigned char>(text[size]) & 0xC0) == 0x80) {
                --size;
            }
        }
        std::memcpy(at_, text, size);
        at_ += size;
        *at_ = '\0';
    }
    void add(const char* text) noexcept { add(text, std::strlen(text)); }
    void add(const hint& type) noexcept {
        write_hint(
            type, [this](const char* words, std::size_t size) { add(words, size); },
            [this](const class_site& site) {
                if (const char* shown = site.shown.load(std::memory_order_acquire)) {
                    add(shown);
                    return;
                }
                try {
                    add(name_of_site(site).c_str());
                } catch (const std::bad_alloc&) {
                    add(site.info->name());
                }
            });
    }
    char* at() const noexcept { return at_; }

private:
    char* at_;
    char* end_;
};

// The repr of a value, shortened; its type's name where that fails. Leaves no error set.
void add_value(text_writer& to, PyObject* value, std::size_t most) noexcept {
    const keep_error kept;
    PyObject* text = PyObject_Repr(value);
    Py_ssize_t size = 0;
    const char* utf8 = text == nullptr ? nullptr : PyUnicode_AsUTF8AndSize(text, &size);
    if (utf8 == nullptr) {
        PyErr_Clear();
        to.add(type_name(Py_TYPE(value)).c_str());
    } else if (static_cast<std::size_t>(size) <= most) {
        to.add(utf8, static_cast<std::size_t>(size));
    } else {
        std::size_t cut = most - 3;
        while (cut > 0 && (static_cast<unsigned char>(utf8[cut]) & 0xC0) == 0x80) {
            --cut;
        }
        to.add(utf8, cut);
        to.add("...");
    }
    Py_XDECREF(text);
}

}  // namespace

bool loading::refuse(const hint& expected, PyObject* got) noexcept {
    problem = mismatch;
    size = 0;
    if (quiet) {
        return false;
    }
    text_writer words(text, sizeof text);
    words.add("expected ");
    words.add(expected);
    words.add(", got ");
    words.add(got == Py_None ? "None" : type_name(Py_TYPE(got)).c_str());
    size = static_cast<std::uint16_t>(words.at() - text);
    return false;
}

bool says_more(const loading& l, const hint& expected, PyObject* got) noexcept {
    if (l.quiet) {
        return false;
    }
    loading usual = loading::plain();
    usual.refuse(expected, got);
    return usual.size != l.size || std::memcmp(usual.text, l.text, l.size) != 0;
}

namespace {

void quote_reason(loading& l, const hint& type, const loading& why) noexcept {
    text_writer words(l.text + l.size, sizeof l.text - l.size);
    words.add(" (as ");
    words.add(type);
    words.add(": ");
    words.add(why.text, why.size);
    words.add(")");
    l.size = static_cast<std::uint16_t>(words.at() - l.text);
    if (l.problem == loading::mismatch) {
        l.problem = why.problem;
    }
}

}  // namespace

void reasons::add(loading& l, const hint& type, const loading& why) noexcept {
    if (++count_ == 1) {
        first_ = why;
        first_type_ = &type;
        return;
    }
    if (count_ == 2) {
        quote_reason(l, *first_type_, first_);
    }
    quote_reason(l, type, why);
}

void reasons::settle(loading& l) const noexcept {
    if (count_ == 1) {
        l.problem = first_.problem;
        l.size = first_.size;
        std::memcpy(l.text, first_.text, first_.size + std::size_t{1});
    }
}

bool loading::refuse_range(const hint& expected, PyObject* got, const char* from,
                           const char* to) noexcept {
    problem = range;
    size = 0;
    if (quiet) {
        return false;
    }
    text_writer words(text, sizeof text);
    words.add("expected ");
    words.add(expected);
    words.add(" from ");
    words.add(from);
    words.add(" to ");
    words.add(to);
    words.add(", got ");
    add_value(words, got, 60);
    size = static_cast<std::uint16_t>(words.at() - text);
    return false;
}

bool loading::refuse_text(outcome what, const char* format, ...) noexcept {
    problem = what;
    size = 0;
    if (quiet) {
        return false;
    }
    std::va_list arguments;
    va_start(arguments, format);
    const int written = std::vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    const auto whole = written < 0 ? std::size_t{0} : static_cast<std::size_t>(written);
    size = static_cast<std::uint16_t>(whole < sizeof text ? whole : sizeof text - 1);
    return false;
}

bool loading::refuse_error(const hint& expected, PyObject* got) noexcept {
    if (PyErr_ExceptionMatches(PyExc_TypeError) != 0) {
        PyErr_Clear();
        return refuse(expected, got);
    }
    return raise();
}

void loading::put_in_front(const char* words) noexcept {
    std::size_t added = std::strlen(words);
    const std::size_t room = sizeof text - 1 - size;
    if (added + 2 > room) {
        return;  // so deep that the innermost words say enough
    }
    const bool first = size == 0;
    std::memmove(text + added + (first ? 0 : 2), text, size + std::size_t{1});
    std::memcpy(text, words, added);
    if (!first) {
        text[added++] = ':';
        text[added++] = ' ';
    }
    size = static_cast<std::uint16_t>(size + added);
    text[size] = '\0';
}

bool loading::at(const char* what) noexcept {
    if (!quiet || problem == raised) {  // the error of Python code is told in any case
        put_in_front(what);
    }
    return false;
}

bool loading::at_item(std::size_t index) noexcept {
    if (!quiet || problem == raised) {
        char words[32];
        std::snprintf(words, sizeof words, "item %zu", index);
        put_in_front(words);
    }
    return false;
}

bool loading::at_field(const char* name) noexcept {
    if (!quiet || problem == raised) {
        char words[64];
        text_writer writer(words, sizeof words);
        writer.add("field '");
        writer.add(name);
        writer.add("'");
        put_in_front(words);
    }
    return false;
}

bool loading::at_key(PyObject* key) noexcept { return at_entry("the key ", key); }

bool loading::at_value(PyObject* key) noexcept { return at_entry("key ", key); }

bool loading::at_entry(const char* what, PyObject* key) noexcept {
    if (!quiet || problem == raised) {
        char words[64];
        text_writer writer(words, sizeof words);
        writer.add(what);
        add_value(writer, key, 40);
        put_in_front(words);
    }
    return false;
}

void loading::set_error(const char* where) const noexcept {
    if (problem == raised) {
        if (size == 0 && *where == '\0') {
            return;
        }
        // A note says where; the exception stays what it is.
        PyObject* error = take_error();
        PyObject* done = PyObject_CallMethod(
            error, "add_note", "N",
            PyUnicode_FromFormat("while converting %s%s%s", where,
                                 *where != '\0' && size > 0 ? ": " : "", size > 0 ? text : ""));
        if (done == nullptr) {
            PyErr_Clear();
        }
        Py_XDECREF(done);
        put_error(error);
        return;
    }
    PyObject* type = problem == range     ? PyExc_OverflowError
                     : problem == invalid ? PyExc_ValueError
                                          : PyExc_TypeError;
    PyErr_Format(type, "%s%s%s", where, *where != '\0' ? ": " : "", text);
}

void loading::raise_cast_error(const char* operation) const {
    if (problem == raised) {
        set_error("");
        throw_python_error();
    }
    throw cast_error(std::string("interlock: ") + operation + ": " + text);
}

}  // namespace detail
INTERLOCK_END
