// C++ ranges that Python walks over. See convert/ranges.hpp.
#include "core_types.hpp"
#include "run.hpp"

#include <interlock/bind/record.hpp>
#include <interlock/convert/ranges.hpp>

INTERLOCK_BEGIN
namespace detail {

namespace {

cpp_iterator_object& parts_of(PyObject* self) noexcept {
    return *reinterpret_cast<cpp_iterator_object*>(self);
}

// What ends may run Python code, which finds the iterator at its end.
void finish(cpp_iterator_object& self) noexcept {
    const keep_error kept;
    // Without a GIL there are no quick steps, and others may read this meanwhile.
    if (self.step != &step_cpp_iterator) {
        self.step = &step_cpp_iterator;
    }
    if (void* state = std::exchange(self.state, nullptr)) {
        self.table->destroy(state);
    }
    Py_CLEAR(self.owner);
}

PyObject* take_step(cpp_iterator_object& self) noexcept {
    try {
        return self.table->next(self.state);
    } catch (const std::exception& error) {
        return translate(error);
    } catch (...) {
        return translate_unknown();
    }
}

PyObject* next_of_cpp_iterator(PyObject* object) { return parts_of(object).step(object); }

}  // namespace

PyObject* step_cpp_iterator(PyObject* object) noexcept {
    const object_lock lock(object);
    cpp_iterator_object& self = parts_of(object);
    if (self.is_running) {
        PyErr_SetString(PyExc_ValueError, "the C++ range is already executing");
        return nullptr;
    }
    if (self.state == nullptr) {
        return nullptr;
    }
    self.is_running = true;
    PyObject* item = take_step(self);
    if (item == nullptr) {
        finish(self);
    } else if (self.table->quick != nullptr && self.state != nullptr) {
        self.step = self.table->quick;
    }
    self.is_running = false;
    return item;
}

namespace {

int traverse_cpp_iterator(PyObject* self, visitproc visit, void* arg) {
    Py_VISIT(Py_TYPE(self));
    Py_VISIT(parts_of(self).owner);
    return 0;
}

int clear_cpp_iterator(PyObject* self) {
    finish(parts_of(self));
    return 0;
}

void free_cpp_iterator(PyObject* self) {
    PyTypeObject* type = Py_TYPE(self);
    PyObject_GC_UnTrack(self);
    finish(parts_of(self));
    PyObject_GC_Del(self);
    Py_DECREF(type);
}

PyType_Slot slots_of_cpp_iterator[] = {
    {Py_tp_dealloc, reinterpret_cast<void*>(&free_cpp_iterator)},
    {Py_tp_traverse, reinterpret_cast<void*>(&traverse_cpp_iterator)},
    {Py_tp_clear, reinterpret_cast<void*>(&clear_cpp_iterator)},
    {Py_tp_iter, reinterpret_cast<void*>(&PyObject_SelfIter)},
    {Py_tp_iternext, reinterpret_cast<void*>(&next_of_cpp_iterator)},
    {Py_tp_doc, const_cast<char*>("Walks over a C++ range.")},
    {0, nullptr},
};
PyType_Spec spec_of_cpp_iterator = {
    "interlock.cpp_iterator",
    sizeof(cpp_iterator_object),
    0,
    Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_IMMUTABLETYPE |
        Py_TPFLAGS_DISALLOW_INSTANTIATION,
    slots_of_cpp_iterator,
};

}  // namespace

PyObject* make_cpp_iterator(const cpp_iterator_table& table, void* state, PyObject* owner) {
    struct guard {
        const cpp_iterator_table& table;
        void* state;
        ~guard() {
            if (state != nullptr) {
                table.destroy(state);
            }
        }
    } owned{table, state};
    PyTypeObject* type = get_core_type(type_of_cpp_iterators, spec_of_cpp_iterator);
    auto* made = PyObject_GC_New(cpp_iterator_object, type);
    if (made == nullptr) {
        return nullptr;
    }
    made->step = &step_cpp_iterator;
    made->table = &table;
    made->state = std::exchange(owned.state, nullptr);
    made->owner = Py_XNewRef(owner);
    made->is_running = false;
    PyObject_GC_Track(reinterpret_cast<PyObject*>(made));
    return reinterpret_cast<PyObject*>(made);
}

}  // namespace detail
INTERLOCK_END
