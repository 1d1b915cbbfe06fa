// The memory of bound objects as Python views it. See bind/buffer_export.hpp.
//
// What is exported is written down in the interpreter's store, under its lock, and counted in the sites of the object's classes, so
// that an object of a class of which nothing is exported is asked by one load.
#include "class_records.hpp"

#include <interlock/bind/buffer_export.hpp>

#include <functional>
#include <memory>

INTERLOCK_BEGIN
namespace detail {

namespace {

// What a view's arrays lie in until it is released.
struct view_parts {
    Py_ssize_t shape[exported<char>::most_dimensions];
    Py_ssize_t strides[exported<char>::most_dimensions];
    char format[sizeof(export_facts::format)];
    std::pair<std::uintptr_t, std::size_t>
        value;  // the exporter's C++ object, as in class_store::exported_values
};

// Where nothing is: consumers take no null pointer.
char nowhere = 0;

// Takes one of a count out of the map. Under the store's lock.
template <class Map, class Key>
void count_down(Map& map, const Key& key) noexcept {
    const auto found = map.find(key);
    if (found != map.end() && --found->second == 0) {
        map.erase(found);
    }
}

void count_in_sites(const class_record& record, unsigned by) noexcept {
    record.traits.site->exports.fetch_add(by, std::memory_order_relaxed);
    for (const class_base& base : record.bases) {
        count_in_sites(*base.record, by);
    }
}

class_record* record_of_exporter(class_store*& store, PyObject* self) noexcept {
    store = store_of_classes();
    return store == nullptr ? nullptr : record_of_type(*store, Py_TYPE(self));
}

bool is_in_c_order(const export_facts& facts) noexcept {
    std::ptrdiff_t step = 1;
    for (std::size_t i = facts.dimensions; i-- > 0;) {
        if (facts.shape[i] > 1 && facts.strides[i] != step) {
            return false;
        }
        step *= facts.shape[i];
    }
    return true;
}
bool is_in_fortran_order(const export_facts& facts) noexcept {
    std::ptrdiff_t step = 1;
    for (std::size_t i = 0; i < facts.dimensions; ++i) {
        if (facts.shape[i] > 1 && facts.strides[i] != step) {
            return false;
        }
        step *= facts.shape[i];
    }
    return true;
}

int refuse_view(PyObject* self, const char* why) noexcept {
    PyErr_Format(PyExc_BufferError, "the memory of a %s object %s",
                 type_name(Py_TYPE(self)).c_str(), why);
    return -1;
}

}  // namespace

int fill_export(PyObject* self, Py_buffer* view, int flags, const export_facts& facts) noexcept {
    view->obj = nullptr;
    std::ptrdiff_t count = 1;
    for (std::size_t i = 0; i < facts.dimensions; ++i) {
        if (facts.shape[i] < 0) {
            return refuse_view(self, "has a negative number of items in a dimension");
        }
        count *= facts.shape[i];
    }
    const auto wants = [flags](int what) { return (flags & what) == what; };
    const bool c_order = count == 0 || is_in_c_order(facts);
    const bool fortran_order = count == 0 || is_in_fortran_order(facts);
    if (wants(PyBUF_WRITABLE) && facts.read_only) {
        return refuse_view(self, "may only be read");
    }
    if ((wants(PyBUF_C_CONTIGUOUS) && !c_order) || (!wants(PyBUF_STRIDES) && !c_order)) {
        return refuse_view(self, "is not contiguous in C's order");
    }
    if (wants(PyBUF_F_CONTIGUOUS) && !fortran_order) {
        return refuse_view(self, "is not contiguous in Fortran's order");
    }
    if (wants(PyBUF_ANY_CONTIGUOUS) && !c_order && !fortran_order) {
        return refuse_view(self, "is not contiguous");
    }
    class_store* store = nullptr;
    const class_record* record = record_of_exporter(store, self);
    if (record == nullptr) {
        return refuse_view(self, "is gone: its class is not bound any more");
    }
    auto* parts = new (std::nothrow) view_parts{};
    if (parts == nullptr) {
        PyErr_NoMemory();
        return -1;
    }
    const auto item_size = static_cast<Py_ssize_t>(facts.item_size);
    for (std::size_t i = 0; i < facts.dimensions; ++i) {
        parts->shape[i] = facts.shape[i];
        parts->strides[i] = facts.strides[i] * item_size;
    }
    for (std::size_t i = 0; i < sizeof facts.format; ++i) {
        parts->format[i] = facts.format[i];
    }
    parts->value = {reinterpret_cast<std::uintptr_t>(
                        record->head_of(self)->value.load(std::memory_order_relaxed)),
                    record->traits.size};
    try {
        const class_store::lock lock(*store);
        ++store->exported_values[parts->value];
        try {
            ++store->exported[self];
        } catch (const std::bad_alloc&) {
            count_down(store->exported_values, parts->value);
            throw;
        }
    } catch (const std::bad_alloc&) {
        delete parts;
        PyErr_NoMemory();
        return -1;
    }
    count_in_sites(*record, 1);
    views_of_instances.fetch_add(1, std::memory_order_relaxed);
    const bool shaped = wants(PyBUF_ND);
    view->buf = facts.data == nullptr ? &nowhere : facts.data;
    view->len = count * item_size;
    view->itemsize = item_size;
    view->readonly = facts.read_only ? 1 : 0;
    view->ndim = shaped ? static_cast<int>(facts.dimensions) : 1;
    view->format = wants(PyBUF_FORMAT) ? parts->format : nullptr;
    view->shape = shaped ? parts->shape : nullptr;
    view->strides = wants(PyBUF_STRIDES) ? parts->strides : nullptr;
    view->suboffsets = nullptr;
    view->internal = parts;
    view->obj = Py_NewRef(self);
    return 0;
}

void release_export(PyObject* self, Py_buffer* view) {
    const std::unique_ptr<const view_parts> parts(static_cast<const view_parts*>(view->internal));
    view->internal = nullptr;
    views_of_instances.fetch_sub(1, std::memory_order_relaxed);
    class_store* store = nullptr;
    const class_record* record = record_of_exporter(store, self);
    if (record == nullptr) {
        return;  // the interpreter is at its end
    }
    {
        const class_store::lock lock(*store);
        count_down(store->exported, self);
        count_down(store->exported_values, parts->value);
    }
    count_in_sites(*record, static_cast<unsigned>(-1));
}

bool find_export(PyObject* self) noexcept {
    class_store* store = store_of_classes();
    if (store == nullptr) {
        return false;
    }
    const class_store::lock lock(*store);
    return store->exported.contains(self);
}

bool is_part_exported(class_store& store, const void* value, std::size_t size) noexcept {
    const auto begin = reinterpret_cast<std::uintptr_t>(value);
    const class_store::lock lock(store);
    // An object that lies there and is larger is not a part of it: it is what the part belongs to.
    for (auto one = store.exported_values.lower_bound({begin, 0});
         one != store.exported_values.end() && one->first.first < begin + size; ++one) {
        if (one->first.first + one->first.second <= begin + size) {
            return true;
        }
    }
    return false;
}

void refuse_resize(PyObject* self) noexcept {
    PyErr_Format(PyExc_BufferError,
                 "a %s object cannot be resized while its memory is exported (to a memoryview, a "
                 "numpy array): release that first",
                 type_name(Py_TYPE(self)).c_str());
}

bool refuse_viewed_part(const class_site& site, void* part, std::size_t size) noexcept {
    class_store* store = store_of_classes();
    if (store == nullptr || (!is_part_exported(*store, part, size) &&
                             !is_part_exported_elsewhere(*store, part, size))) {
        return false;
    }
    const reference instance(find_instance(site, part, *site.info, part));
    const class_record* record =
        instance.pointer == nullptr ? nullptr : record_of_type(*store, Py_TYPE(instance.pointer));
    // Another extension's class: what is viewed there is the instance, by that extension.
    const bool is_whole =
        record != nullptr && (record->owner != nullptr || find_export(instance.pointer));
    PyErr_Format(
        PyExc_BufferError,
        "this %s object cannot be replaced while %s exported (to a memoryview, a numpy array): "
        "release that first",
        instance.pointer == nullptr ? name_of_site(site).c_str()
                                    : type_name(Py_TYPE(instance.pointer)).c_str(),
        is_whole ? "its memory is" : "memory of it, or of a part of it, is");
    return true;
}

}  // namespace detail

void require_not_exported(const object& instance) {
    detail::require_attached("il::require_not_exported");
    if (instance.ptr() == nullptr) {
        detail::throw_empty_handle("il::require_not_exported");
    }
    detail::class_store* store = nullptr;
    const detail::class_record* record = detail::record_of_exporter(store, instance.ptr());
    if (record != nullptr && detail::is_exported(instance.ptr(), *record->traits.site)) {
        detail::refuse_resize(instance.ptr());
        detail::throw_python_error();
    }
}

INTERLOCK_END
