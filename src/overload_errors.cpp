// What is said where no function of an overloaded name takes the arguments. Apart from overloads.cpp, which calls are made through: this
// file is compiled for size.
#include "class_records.hpp"

#include <string>

INTERLOCK_BEGIN
namespace detail {

namespace {

std::string kind_of(PyObject* value) {
    return value == Py_None ? std::string("None") : type_name(Py_TYPE(value)).c_str();
}

}  // namespace

PyObject* refuse_all(const function_record& all, attempt& trial, PyObject* const* arguments,
                     Py_ssize_t given, PyObject* names) {
    std::string text = std::string(all.shown) + "(): no signature fits the arguments (";
    const Py_ssize_t named = names == nullptr ? 0 : PyTuple_GET_SIZE(names);
    for (Py_ssize_t i = 0; i < given + named; ++i) {
        text += i == 0 ? "" : ", ";
        if (i >= given) {
            const char* name = PyUnicode_AsUTF8(PyTuple_GET_ITEM(names, i - given));
            PyErr_Clear();
            text += name == nullptr ? "?" : name;
            text += "=";
        }
        text += kind_of(arguments[i]);
    }
    text += "):";
    loading why = loading::plain();
    trial.quiet = false;
    trial.why = &why;
    for (unsigned i = 0; i < all.alternative_count; ++i) {
        function_record& record = *all.alternatives[i].record;
        // Asked once more, for the words.
        why.text[0] = '\0';
        trial.record = &record;
        trial.refused = false;
        PyObject* result =
            call_by_convention(&trial.head, all.alternatives[i], arguments, given, names);
        if (result != nullptr || !trial.refused) {
            return result;  // it fits after all: the arguments change under our hands
        }
        text += "\n  ";
        text += record.signature;
        text += ": ";
        if (trial.index != 0xFFFF) {
            text += describe_parameter(record, trial.index);
            text += ": ";
        }
        text += why.text;
    }
    PyErr_SetString(PyExc_TypeError, text.c_str());
    return nullptr;
}

bool refuse_empty_operand(const function_record& all, PyObject* operand) {
    class_store* store = store_of_classes();
    const class_record* record =
        store == nullptr ? nullptr : record_of_type(*store, Py_TYPE(operand));
    if (record == nullptr ||
        record->head_of(operand)->value.load(std::memory_order_relaxed) != nullptr) {
        return false;
    }
    bool is_taken = false;
    for (unsigned i = 0; i < all.alternative_count; ++i) {
        const function_record& one = *all.alternatives[i].record;
        for (unsigned j = 0; j < one.shape.parameters; ++j) {
            const class_site* site = one.parameters[j].type->site;
            is_taken = is_taken || (site != nullptr && derives_from(*record, *site));
        }
    }
    bool is_refused = false;
    if (!is_taken || value_of_empty(*store, *record, operand, false, is_refused) != nullptr) {
        return false;
    }
    if (!is_refused) {
        PyErr_Format(PyExc_TypeError, "%s(): the %s object %s", all.shown,
                     type_name(Py_TYPE(operand)).c_str(), state_of_empty(*store, *record, operand));
    }
    return true;
}

}  // namespace detail
INTERLOCK_END
