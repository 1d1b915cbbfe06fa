// tuple, list, set, frozenset, sequence, iterator.
#include "run.hpp"

INTERLOCK_BEGIN
namespace detail {

namespace {

// A builtin class called with one argument: list(iterable).
template <class T>
T converted_by(PyTypeObject& type, const object& value, const char* operation) {
    return make_from<T>(value.ptr(), operation, [&] {
        return PyObject_CallOneArg(reinterpret_cast<PyObject*>(&type), value.ptr());
    });
}

}  // namespace

PyObject* make_tuple(PyObject* const* items, std::size_t count) {
    PyObject* made = check_new(PyTuple_New(static_cast<Py_ssize_t>(count)));
    for (std::size_t i = 0; i < count; ++i) {
        PyTuple_SET_ITEM(made, static_cast<Py_ssize_t>(i), Py_NewRef(items[i]));
    }
    return made;
}

PyObject* make_list(PyObject* const* items, std::size_t count) {
    PyObject* made = check_new(PyList_New(static_cast<Py_ssize_t>(count)));
    for (std::size_t i = 0; i < count; ++i) {
        PyList_SET_ITEM(made, static_cast<Py_ssize_t>(i), Py_NewRef(items[i]));
    }
    return made;
}

PyObject* make_set(PyObject* const* items, std::size_t count, bool frozen) {
    object made(adopt_t{}, check_new(frozen ? PyFrozenSet_New(nullptr) : PySet_New(nullptr)));
    for (std::size_t i = 0; i < count; ++i) {
        // A frozenset may be filled while it is new.
        check_status(run([&] { return PySet_Add(made.ptr(), items[i]); }));
    }
    return made.release();
}

void throw_tuple_index() {
    PyErr_SetString(PyExc_IndexError, "tuple index out of range");
    throw_python_error();
}

void list_append(PyObject* list, PyObject* value) {
    check_operand(list, "il::list::append");
    check_status(PyList_Append(list, value));
}

void list_insert(PyObject* list, std::ptrdiff_t index, PyObject* value) {
    check_operand(list, "il::list::insert");
    check_status(PyList_Insert(list, index, value));
}

void list_set(PyObject* list, std::ptrdiff_t index, PyObject* value) {
    status_from(list, "il::list::set", [&] { return PySequence_SetItem(list, index, value); });
}

void set_add(PyObject* set, PyObject* value) {
    status_from(set, "il::set::add", [&] { return PySet_Add(set, value); });
}

bool set_discard(PyObject* set, PyObject* value) {
    return status_from(set, "il::set::discard", [&] { return PySet_Discard(set, value); }) != 0;
}

bool is_sequence(PyObject* object) noexcept {
    PyTypeObject* type = Py_TYPE(object);
    if (is_sequence_type(type) || PyUnicode_Check(object) != 0 || PyBytes_Check(object) != 0 ||
        PyByteArray_Check(object) != 0) {
        return true;
    }
    return PySequence_Check(object) != 0 && type_has_length(type) && !is_mapping(object);
}

}  // namespace detail

// ---- tuple

tuple tuple::from(python, const object& iterable) {
    return detail::make_from<tuple>(iterable.ptr(), "il::tuple::from",
                                    [&] { return PySequence_Tuple(iterable.ptr()); });
}

std::size_t tuple::size() const {
    return detail::size_from(pointer_, "il::tuple::size",
                             [this] { return PyTuple_Size(pointer_); });
}

object tuple::get(std::ptrdiff_t index) const {
    return detail::make_from(pointer_, "il::tuple::get",
                             [&] { return PySequence_GetItem(pointer_, index); });
}

tuple tuple::slice(std::ptrdiff_t from, std::ptrdiff_t to) const {
    return detail::make_from(pointer_, "il::tuple::slice",
                             [&] { return PySequence_GetSlice(pointer_, from, to); })
        .as<tuple>();
}

// ---- list

list list::from(python, const object& iterable) {
    return detail::make_from<list>(iterable.ptr(), "il::list::from",
                                   [&] { return PySequence_List(iterable.ptr()); });
}

std::size_t list::size() const {
    return detail::size_from(pointer_, "il::list::size", [this] { return PyList_Size(pointer_); });
}

object list::get(std::ptrdiff_t index) const {
    return detail::make_from(pointer_, "il::list::get",
                             [&] { return PySequence_GetItem(pointer_, index); });
}

void list::extend(const object& iterable) const {
    detail::check_handle(iterable.ptr(), "il::list::extend");
    detail::status_from(pointer_, "il::list::extend", [&] {
        return PyList_SetSlice(pointer_, PY_SSIZE_T_MAX, PY_SSIZE_T_MAX, iterable.ptr());
    });
}

object list::pop(std::ptrdiff_t index) const {
    detail::require_attached("il::list::pop");
    return call_method("pop", index);
}

void list::erase(std::ptrdiff_t index) const {
    detail::status_from(pointer_, "il::list::erase",
                        [&] { return PySequence_DelItem(pointer_, index); });
}

void list::clear() const {
    detail::status_from(pointer_, "il::list::clear",
                        [&] { return PyList_SetSlice(pointer_, 0, PY_SSIZE_T_MAX, nullptr); });
}

list list::slice(std::ptrdiff_t from, std::ptrdiff_t to) const {
    return detail::make_from(pointer_, "il::list::slice",
                             [&] { return PySequence_GetSlice(pointer_, from, to); })
        .as<list>();
}

list list::slice(std::ptrdiff_t from, std::ptrdiff_t to, std::ptrdiff_t step) const {
    const class slice places = interlock::slice::of(
        py(), from, to == PTRDIFF_MAX ? std::nullopt : std::optional(to), step);
    return detail::make_from(pointer_, "il::list::slice",
                             [&] { return PyObject_GetItem(pointer_, places.ptr()); })
        .as<list>();
}

void list::set_slice(std::ptrdiff_t from, std::ptrdiff_t to, const object& iterable) const {
    detail::check_handle(iterable.ptr(), "il::list::set_slice");
    detail::status_from(pointer_, "il::list::set_slice",
                        [&] { return PySequence_SetSlice(pointer_, from, to, iterable.ptr()); });
}

void list::erase_slice(std::ptrdiff_t from, std::ptrdiff_t to) const {
    detail::status_from(pointer_, "il::list::erase_slice",
                        [&] { return PySequence_DelSlice(pointer_, from, to); });
}

void list::reverse() const {
    detail::status_from(pointer_, "il::list::reverse", [this] { return PyList_Reverse(pointer_); });
}

tuple list::to_tuple() const {
    return detail::make_from<tuple>(pointer_, "il::list::to_tuple",
                                    [this] { return PyList_AsTuple(pointer_); });
}

// ---- set and frozenset

set set::from(python, const object& iterable) {
    return detail::make_from<set>(iterable.ptr(), "il::set::from",
                                  [&] { return PySet_New(iterable.ptr()); });
}

std::size_t set::size() const {
    return detail::size_from(pointer_, "il::set::size", [this] { return PySet_Size(pointer_); });
}

object set::pop() const {
    return detail::make_from(pointer_, "il::set::pop", [this] { return PySet_Pop(pointer_); });
}

void set::clear() const {
    detail::status_from(pointer_, "il::set::clear", [this] { return PySet_Clear(pointer_); });
}

set set::copy() const {
    return detail::make_from<set>(pointer_, "il::set::copy",
                                  [this] { return PySet_New(pointer_); });
}

void set::update(const object& iterable) const {
    detail::require_attached("il::set::update");
    static_cast<void>(call_method("update", iterable));
}

set set::unite(const object& o) const {
    detail::require_attached("il::set::unite");
    return call_method("union", o).as<set>();
}
set set::intersect(const object& o) const {
    detail::require_attached("il::set::intersect");
    return call_method("intersection", o).as<set>();
}
set set::subtract(const object& o) const {
    detail::require_attached("il::set::subtract");
    return call_method("difference", o).as<set>();
}
set set::symmetric_difference(const object& o) const {
    detail::require_attached("il::set::symmetric_difference");
    return call_method("symmetric_difference", o).as<set>();
}
bool set::is_subset_of(const object& o) const {
    detail::require_attached("il::set::is_subset_of");
    return call_method("issubset", o).as<bool>();
}
bool set::is_superset_of(const object& o) const {
    detail::require_attached("il::set::is_superset_of");
    return call_method("issuperset", o).as<bool>();
}
bool set::is_disjoint_from(const object& o) const {
    detail::require_attached("il::set::is_disjoint_from");
    return call_method("isdisjoint", o).as<bool>();
}

frozenset frozenset::from(python, const object& iterable) {
    return detail::converted_by<frozenset>(PyFrozenSet_Type, iterable, "il::frozenset::from");
}

std::size_t frozenset::size() const {
    return detail::size_from(pointer_, "il::frozenset::size",
                             [this] { return PySet_Size(pointer_); });
}

frozenset frozenset::unite(const object& o) const {
    detail::require_attached("il::frozenset::unite");
    return call_method("union", o).as<frozenset>();
}
frozenset frozenset::intersect(const object& o) const {
    detail::require_attached("il::frozenset::intersect");
    return call_method("intersection", o).as<frozenset>();
}
frozenset frozenset::subtract(const object& o) const {
    detail::require_attached("il::frozenset::subtract");
    return call_method("difference", o).as<frozenset>();
}
frozenset frozenset::symmetric_difference(const object& o) const {
    detail::require_attached("il::frozenset::symmetric_difference");
    return call_method("symmetric_difference", o).as<frozenset>();
}
bool frozenset::is_subset_of(const object& o) const {
    detail::require_attached("il::frozenset::is_subset_of");
    return call_method("issubset", o).as<bool>();
}
bool frozenset::is_superset_of(const object& o) const {
    detail::require_attached("il::frozenset::is_superset_of");
    return call_method("issuperset", o).as<bool>();
}
bool frozenset::is_disjoint_from(const object& o) const {
    detail::require_attached("il::frozenset::is_disjoint_from");
    return call_method("isdisjoint", o).as<bool>();
}

// ---- sequence

object sequence::get(std::ptrdiff_t index) const {
    return detail::make_from(pointer_, "il::sequence::get",
                             [&] { return PySequence_GetItem(pointer_, index); });
}

object sequence::slice(std::ptrdiff_t from, std::ptrdiff_t to) const {
    return detail::make_from(pointer_, "il::sequence::slice",
                             [&] { return PySequence_GetSlice(pointer_, from, to); });
}

std::size_t sequence::index_of(const object& value) const {
    return detail::size_from(pointer_, "il::sequence::index",
                             [&] { return PySequence_Index(pointer_, value.ptr()); });
}

std::size_t sequence::count_of(const object& value) const {
    return detail::size_from(pointer_, "il::sequence::count",
                             [&] { return PySequence_Count(pointer_, value.ptr()); });
}

object sequence::concat(const object& other) const {
    detail::check_handle(other.ptr(), "il::sequence::concat");
    return detail::make_from(pointer_, "il::sequence::concat",
                             [&] { return PySequence_Concat(pointer_, other.ptr()); });
}

object sequence::repeat(std::ptrdiff_t times) const {
    return detail::make_from(pointer_, "il::sequence::repeat",
                             [&] { return PySequence_Repeat(pointer_, times); });
}

list sequence::to_list() const { return list::from(py(), *this); }
tuple sequence::to_tuple() const { return tuple::from(py(), *this); }

// ---- iterator

iterator iterator::from(python, const object& iterable) { return iter(iterable); }

std::optional<object> iterator::next() const {
    PyObject* found = detail::next_or_null(pointer_);
    return found != nullptr ? std::optional<object>(std::in_place, detail::adopt_t{}, found)
                            : std::nullopt;
}

std::optional<object> iterator::send_object(const object& value) const {
    detail::check_operand(pointer_, "il::iterator::send");
    PyObject* result = nullptr;
    const PySendResult sent =
        detail::run([&] { return PyIter_Send(pointer_, value.ptr(), &result); });
    object held(detail::adopt_t{}, result);
    if (sent == PYGEN_ERROR) {
        detail::throw_python_error();
    }
    return sent == PYGEN_NEXT ? std::optional<object>(std::move(held)) : std::nullopt;
}

INTERLOCK_END
