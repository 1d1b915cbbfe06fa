// What an interpreter knows of classes: made when the first is asked for, forgotten when the interpreter ends. See class_records.hpp.
#include "class_records.hpp"

INTERLOCK_BEGIN
namespace detail {

// ---- the table -------------------------------------------------------------------------------------------------------------

bool address_table::put(slots& to, const void* key, void* value) noexcept {
    for (std::size_t i = hash_of_address(key);; ++i) {
        const void* there = to.keys[i & to.mask].load(std::memory_order_relaxed);
        if (there == key || there == nullptr) {
            // The value first: whoever finds the key finds it.
            to.values[i & to.mask].store(value, std::memory_order_release);
            to.keys[i & to.mask].store(key, std::memory_order_release);
            return there == nullptr;
        }
    }
}

void address_table::set(const void* key, void* value) {
    slots* table = current_.load(std::memory_order_relaxed);
    if (table == nullptr || (count_ + 1) * 2 > table->mask + 1) {
        auto larger = std::make_unique<slots>(table == nullptr ? 16 : (table->mask + 1) * 2);
        count_ = 0;
        for (std::size_t i = 0; table != nullptr && i <= table->mask; ++i) {
            const void* old = table->keys[i].load(std::memory_order_relaxed);
            void* its = table->values[i].load(std::memory_order_relaxed);
            if (old != nullptr && its != nullptr) {
                count_ += put(*larger, old, its) ? 1 : 0;
            }
        }
        // Readers may be in the smaller one: it stays.
        all_.push_back(std::move(larger));
        table = all_.back().get();
        current_.store(table, std::memory_order_release);
    }
    count_ += put(*table, key, value) ? 1 : 0;
}

// ---- the store --------------------------------------------------------------------------------------------------------------

namespace {

void forget_classes_of(interpreter_record& interpreter) noexcept {
    std::unique_ptr<class_store> store(
        interpreter.classes.exchange(nullptr, std::memory_order_acq_rel));
    if (store == nullptr) {
        return;
    }
    if (store->leave != nullptr) {
        store->leave(*store);
    }
    for (const std::unique_ptr<class_record>& record : store->records) {
        for (class_site* site : {record->traits.site, record->asked_as.load()}) {
            PyTypeObject* expected = record->type;
            if (site != nullptr) {
                site->type.compare_exchange_strong(expected, nullptr, std::memory_order_relaxed);
            }
        }
        if (record->keeps_instances) {
            free_kept_instances(*record->traits.site);
        }
    }
    // Types may be alive beyond this: what they point to stays, as their method definitions do.
    for (std::unique_ptr<class_record>& record : store->records) {
        Py_CLEAR(record->module);
        Py_XDECREF(reinterpret_cast<PyObject*>(std::exchange(record->type, nullptr)));
    }
    Py_XDECREF(reinterpret_cast<PyObject*>(store->root));
    Py_XDECREF(reinterpret_cast<PyObject*>(store->static_property));
    Py_XDECREF(reinterpret_cast<PyObject*>(store->static_metaclass));
    for (const kept_default_value& kept : store->defaults) {
        Py_DECREF(kept.value);
    }
}

}  // namespace

class_store* make_store_of_classes(interpreter_record& record) noexcept {
    give_back_by(kept_part::classes, &forget_classes_of);
    auto made = std::unique_ptr<class_store>(new (std::nothrow) class_store);
    class_store* winner = nullptr;
    if (made != nullptr &&
        record.classes.compare_exchange_strong(winner, made.get(), std::memory_order_acq_rel,
                                               std::memory_order_acquire)) {
        return made.release();
    }
    return winner;
}

}  // namespace detail
INTERLOCK_END
