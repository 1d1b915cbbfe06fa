// dict and mapping.
#include "run.hpp"

INTERLOCK_BEGIN
namespace detail {

PyObject* dict_get_or_null(PyObject* dict, PyObject* key) {
    PyObject* found = nullptr;
    status_from(dict, "il::dict::get", [&] { return dict_get(dict, key, &found); });
    return found;
}

PyObject* dict_default(PyObject* dict, PyObject* key, PyObject* value) {
    check_operand(dict, "il::dict::setdefault");
    return check_new(run([&] { return dict_set_default(dict, key, value); }));
}

PyObject* dict_take_or_null(PyObject* dict, PyObject* key, const char* operation) {
    PyObject* taken = nullptr;
    status_from(dict, operation, [&] { return dict_take(dict, key, &taken); });
    return taken;
}

void dict_put(PyObject* dict, PyObject* key, PyObject* value) {
    status_from(dict, "il::dict::set", [&] { return PyDict_SetItem(dict, key, value); });
}

PyObject* dict_items(PyObject* dict) {
    check_operand(dict, "iterating over il::dict");
    return check_new(run([&] { return PyDict_Items(dict); }));
}

void dict_item_at(PyObject* items, std::size_t index, PyObject** key, PyObject** value) {
    check_operand(items, "iterating over il::dict");
    const object pair(adopt_t{},
                      check_new(PySequence_GetItem(items, static_cast<Py_ssize_t>(index))));
    // A mapping's own items() may give anything.
    if (PyTuple_Check(pair.ptr()) == 0 || PyTuple_GET_SIZE(pair.ptr()) != 2) {
        throw_wrong_kind("iterating over il::mapping", "a pair of key and value", pair.ptr());
    }
    *key = Py_NewRef(PyTuple_GET_ITEM(pair.ptr(), 0));
    *value = Py_NewRef(PyTuple_GET_ITEM(pair.ptr(), 1));
}

void throw_key_error(PyObject* key) {
    PyErr_SetObject(PyExc_KeyError, key);
    throw_python_error();
}

bool is_mapping(PyObject* object) noexcept {
    PyTypeObject* type = Py_TYPE(object);
    if (is_mapping_type(type)) {
        return true;
    }
    if (is_sequence_type(type) || PyMapping_Check(object) == 0) {
        return false;
    }
    return PyObject_HasAttrString(reinterpret_cast<PyObject*>(type), "keys") != 0;
}

}  // namespace detail

dict dict::make(python) {
    detail::require_attached("il::dict::make");
    return dict(detail::adopt_t{}, detail::check_new(PyDict_New()));
}

dict dict::from(python, const object& source) {
    return detail::make_from<dict>(source.ptr(), "il::dict::from", [&] {
        return PyObject_CallOneArg(reinterpret_cast<PyObject*>(&PyDict_Type), source.ptr());
    });
}

std::size_t dict::size() const {
    return detail::size_from(pointer_, "il::dict::size", [this] { return PyDict_Size(pointer_); });
}

void dict::clear() const {
    detail::check_operand(pointer_, "il::dict::clear");
    detail::run([this] { PyDict_Clear(pointer_); });
}

void dict::update(const object& other) const {
    detail::require_attached("il::dict::update");
    static_cast<void>(call_method("update", other));
}

void dict::update_missing(const object& other) const {
    detail::check_handle(other.ptr(), "il::dict::update_missing");
    detail::status_from(pointer_, "il::dict::update_missing",
                        [&] { return PyDict_Merge(pointer_, other.ptr(), 0); });
}

list dict::keys() const {
    return detail::make_from<list>(pointer_, "il::dict::keys",
                                   [this] { return PyDict_Keys(pointer_); });
}

list dict::values() const {
    return detail::make_from<list>(pointer_, "il::dict::values",
                                   [this] { return PyDict_Values(pointer_); });
}

list dict::items() const {
    return detail::make_from<list>(pointer_, "il::dict::items",
                                   [this] { return PyDict_Items(pointer_); });
}

dict dict::copy() const {
    return detail::make_from<dict>(pointer_, "il::dict::copy",
                                   [this] { return PyDict_Copy(pointer_); });
}

// ---- mapping

object mapping::get_or(const object& key, const object& otherwise) const {
    detail::check_operand(pointer_, "il::mapping::get");
    PyObject* found = detail::run([&] { return PyObject_GetItem(pointer_, key.ptr()); });
    if (found != nullptr) {
        return object(detail::adopt_t{}, found);
    }
    if (PyErr_ExceptionMatches(PyExc_KeyError) == 0) {
        detail::throw_python_error();
    }
    PyErr_Clear();
    return otherwise;
}

list mapping::keys() const {
    return detail::make_from<list>(pointer_, "il::mapping::keys",
                                   [this] { return PyMapping_Keys(pointer_); });
}

list mapping::values() const {
    return detail::make_from<list>(pointer_, "il::mapping::values",
                                   [this] { return PyMapping_Values(pointer_); });
}

list mapping::items() const {
    return detail::make_from<list>(pointer_, "il::mapping::items",
                                   [this] { return PyMapping_Items(pointer_); });
}

dict mapping::to_dict() const { return dict::from(py(), *this); }

INTERLOCK_END
