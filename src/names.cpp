// Names that are written as literals: one Python string each, per interpreter (invariant 8); and the tuples of the names of
// keywords.
//
// Both stand in tables that hang on the interpreter's record and only grow, up to a limit: readers take no lock and no
// reference. An entry is published by one compare-and-swap; whoever loses it takes the winner's. They are given back when the
// interpreter's dictionary is cleared: no other thread is attached then.
//
// A literal is known by its address and its length. What stands at the address is compared with what the entry was made of:
// for a literal that always holds, and an array of constants on the stack, which may be another one later, is then just not
// in the table.
#include "run.hpp"

#include <array>
#include <cstring>
#include <memory>
#include <new>

INTERLOCK_BEGIN
namespace detail {

namespace {

struct name_entry {
    const char* address;
    std::size_t size;
    PyObject* text;
    const char* utf8;  // of the text

    bool has_key(std::string_view key) const noexcept {
        return address == key.data() && size == key.size();
    }
    bool has_value(std::string_view key) const noexcept {
        return std::memcmp(utf8, key.data(), size) == 0;
    }
};

constexpr std::size_t most_probes = 8;
constexpr std::size_t first_capacity = 256;
constexpr std::size_t last_capacity = 16384;
constexpr std::size_t longest_name = 256;

// Filled from the front of a key's places on. An entry that finds no room goes to the next table, which is larger.
struct name_table {
    explicit name_table(std::size_t capacity)
        : mask(capacity - 1), slots(new std::atomic<name_entry*>[capacity]()) {}

    std::size_t mask;
    std::atomic<name_table*> next{nullptr};
    std::unique_ptr<std::atomic<name_entry*>[]> slots;
};

std::size_t hash_of_address(const void* address) noexcept {
    const auto bits = static_cast<std::uint64_t>(reinterpret_cast<std::uintptr_t>(address));
    return static_cast<std::size_t>((bits * 0x9E3779B97F4A7C15ULL) >> 32);
}

constexpr std::size_t tuple_slots = 512;

}  // namespace

struct name_store {
    name_table first{first_capacity};
    std::array<std::atomic<PyObject*>, tuple_slots> tuples{};
};

interpreter_record* record_here() noexcept {
    const PyThreadState* state = attached_state();
    if (state == nullptr) {
        return nullptr;  // where the guard is compiled out
    }
    const PyInterpreterState* here = interpreter_of(state);
    interpreter_record* main = main_interpreter.load(std::memory_order_acquire);
    if (main != nullptr && main->interpreter == here) [[likely]] {
        return main;
    }
    return known_interpreter(here);
}

namespace {

name_store* store_here() noexcept {
    interpreter_record* record = record_here();
    if (record == nullptr) {
        return nullptr;
    }
    if (name_store* store = record->names.load(std::memory_order_acquire)) [[likely]] {
        return store;
    }
    auto made = std::unique_ptr<name_store>(new (std::nothrow) name_store);
    name_store* winner = nullptr;
    if (made != nullptr &&
        record->names.compare_exchange_strong(winner, made.get(), std::memory_order_acq_rel,
                                              std::memory_order_acquire)) {
        return made.release();
    }
    return winner;
}

object make_string(std::string_view text) {
    return object(adopt_t{}, check_new(PyUnicode_FromStringAndSize(
                                 text.data(), static_cast<Py_ssize_t>(text.size()))));
}

// Interned: the one string of this text in the interpreter.
object make_interned(std::string_view text) {
    PyObject* made = make_string(text).release();
    PyUnicode_InternInPlace(&made);
    return object(adopt_t{}, made);
}

// Looks through the tables. The entry; or null, with the place where it belongs, if there is one.
name_entry* find_entry(name_table& first, std::string_view key, std::atomic<name_entry*>*& place) {
    const std::size_t hash = hash_of_address(key.data());
    for (name_table* table = &first; table != nullptr;) {
        for (std::size_t probe = 0; probe < most_probes; ++probe) {
            std::atomic<name_entry*>& slot = table->slots[(hash + probe) & table->mask];
            name_entry* entry = slot.load(std::memory_order_acquire);
            if (entry == nullptr) {
                place = &slot;
                return nullptr;
            }
            if (entry->has_key(key)) {
                return entry->has_value(key) ? entry : nullptr;
            }
        }
        name_table* next = table->next.load(std::memory_order_acquire);
        if (next == nullptr && table->mask + 1 < last_capacity) {
            auto made = std::make_unique<name_table>((table->mask + 1) * 4);
            if (table->next.compare_exchange_strong(next, made.get(), std::memory_order_acq_rel,
                                                    std::memory_order_acquire)) {
                next = made.release();
            }
        }
        table = next;
    }
    return nullptr;
}

}  // namespace

PyObject* string_of(const name& text) {
    const std::string_view key = text.text();
    if (!text.is_constant()) {
        return make_string(key).release();
    }
    name_store* store = key.size() <= longest_name ? store_here() : nullptr;
    if (store == nullptr) {
        return make_string(key).release();
    }
    std::atomic<name_entry*>* place = nullptr;
    if (const name_entry* found = find_entry(store->first, key, place)) [[likely]] {
        return Py_NewRef(found->text);
    }
    if (place == nullptr) {
        return make_string(key).release();  // no room, or no literal
    }
    object made = make_interned(key);
    Py_ssize_t size = 0;
    const char* utf8 = PyUnicode_AsUTF8AndSize(made.ptr(), &size);
    if (utf8 == nullptr) {
        throw_python_error();
    }
    auto entry = std::make_unique<name_entry>(name_entry{key.data(), key.size(), made.ptr(), utf8});
    name_entry* winner = nullptr;
    if (place->compare_exchange_strong(winner, entry.get(), std::memory_order_acq_rel,
                                       std::memory_order_acquire)) {
        Py_INCREF(entry.release()->text);  // the table's
        return made.release();
    }
    // Another thread filled the place, with this literal most likely; if not, the next call tries again.
    return made.release();
}

namespace {

// The tuple of these strings, if there is one, or the place for it.
PyObject* find_tuple(name_store& store, PyObject* const* strings, std::size_t count,
                     std::atomic<PyObject*>*& place) noexcept {
    std::size_t hash = count;
    for (std::size_t i = 0; i < count; ++i) {
        hash = hash * 31 + hash_of_address(strings[i]);
    }
    for (std::size_t probe = 0; probe < most_probes; ++probe) {
        std::atomic<PyObject*>& slot = store.tuples[(hash + probe) % tuple_slots];
        PyObject* tuple = slot.load(std::memory_order_acquire);
        if (tuple == nullptr) {
            place = &slot;
            return nullptr;
        }
        bool same = static_cast<std::size_t>(PyTuple_GET_SIZE(tuple)) == count;
        for (std::size_t i = 0; same && i < count; ++i) {
            same = PyTuple_GET_ITEM(tuple, static_cast<Py_ssize_t>(i)) == strings[i];
        }
        if (same) {
            return tuple;
        }
    }
    return nullptr;
}

// As Python does before it calls.
template <class Strings>
void refuse_doubles(const Strings& strings, std::size_t count) {
    const auto index = [](std::size_t i) { return static_cast<Py_ssize_t>(i); };
    for (std::size_t i = 1; i < count; ++i) {
        for (std::size_t j = 0; j < i; ++j) {
            if (strings[index(i)] == strings[index(j)] ||
                PyUnicode_Compare(strings[index(i)], strings[index(j)]) == 0) {
                PyErr_Format(PyExc_TypeError, "got multiple values for keyword argument '%U'",
                             strings[index(i)]);
                throw_python_error();
            }
        }
    }
}

PyObject* keyword_names(const name* const* names, std::size_t count) {
    const object tuple(adopt_t{}, check_new(PyTuple_New(static_cast<Py_ssize_t>(count))));
    for (std::size_t i = 0; i < count; ++i) {
        PyTuple_SET_ITEM(tuple.ptr(), static_cast<Py_ssize_t>(i), string_of(*names[i]));
    }
    refuse_doubles(array_items(tuple.ptr(), false), count);
    return Py_NewRef(tuple.ptr());
}

}  // namespace

PyObject* known_keyword_names(const name* const* names, std::size_t count) {
    constexpr std::size_t usual = 8;
    name_store* store = count <= usual ? store_here() : nullptr;
    if (store == nullptr) {
        return keyword_names(names, count);
    }
    std::array<PyObject*, usual> strings{};
    for (std::size_t i = 0; i < count; ++i) {
        std::atomic<name_entry*>* ignored = nullptr;
        const name_entry* entry =
            names[i]->is_constant() ? find_entry(store->first, names[i]->text(), ignored) : nullptr;
        if (entry == nullptr) {
            // Made the long way, which enters the names: the next call finds them.
            return keyword_names(names, count);
        }
        strings[i] = entry->text;
    }
    std::atomic<PyObject*>* place = nullptr;
    if (PyObject* found = find_tuple(*store, strings.data(), count, place)) [[likely]] {
        return Py_NewRef(found);
    }
    PyObject* made = keyword_names(names, count);
    PyObject* winner = nullptr;
    if (place != nullptr && place->compare_exchange_strong(winner, made, std::memory_order_acq_rel,
                                                           std::memory_order_acquire)) {
        Py_INCREF(made);
    }
    return made;
}

name kept_name(const name& text, PyObject*& string) {
    string = string_of(text);
    Py_ssize_t size = 0;
    // Kept by the string itself from now on.
    const char* utf8 = PyUnicode_AsUTF8AndSize(string, &size);
    if (utf8 == nullptr) [[unlikely]] {
        Py_CLEAR(string);
        throw_python_error();
    }
    return std::string_view(utf8, static_cast<std::size_t>(size));
}

void forget_names(interpreter_record& interpreter) noexcept {
    const std::unique_ptr<name_store> store(
        interpreter.names.exchange(nullptr, std::memory_order_acq_rel));
    if (store == nullptr) {
        return;
    }
    for (std::atomic<PyObject*>& tuple : store->tuples) {
        Py_XDECREF(tuple.load(std::memory_order_relaxed));
    }
    std::unique_ptr<name_table> owner;  // of all but the first table
    for (name_table* table = &store->first; table != nullptr;) {
        for (std::size_t i = 0; i <= table->mask; ++i) {
            const std::unique_ptr<name_entry> entry(
                table->slots[i].load(std::memory_order_relaxed));
            if (entry != nullptr) {
                Py_DECREF(entry->text);
            }
        }
        name_table* next = table->next.load(std::memory_order_relaxed);
        owner.reset(next);
        table = next;
    }
}

}  // namespace detail
INTERLOCK_END
