# What Cython's documentation has for speed.
#
# cython: language_level=3, binding=False, always_allow_keywords=False, freethreading_compatible=True
# cython: boundscheck=False, wraparound=False, c_string_type=str, c_string_encoding=utf8
"""The conversions of Cython, as its users write them: those that it makes by itself, its own tuples of C types, and an optional by
hand, for which it has no conversion. It has none of a variant either."""

from libcpp.string cimport string
from libcpp.unordered_map cimport unordered_map
from libcpp.unordered_set cimport unordered_set
from libcpp.vector cimport vector


cdef extern from "work.hpp" namespace "work" nogil:
    cppclass c_record "work::record":
        c_record()
        c_record(int, double, string)
    cppclass c_maybe "work::maybe":
        c_maybe()
        c_maybe(double)
        bint has_value()
        double value()
    int c_list_in "work::list_in"(const vector[int]& values)
    int c_dict_in "work::dict_in"(const unordered_map[string, int]& values)
    int c_set_in "work::set_in"(const unordered_set[int]& values)
    double c_nested_in "work::nested_in"(const unordered_map[string, vector[double]]& values)
    size_t c_text_in "work::text_in"(const string& text)
    double c_tuple_in "work::tuple_in"(const c_record& values)
    double c_optional_in "work::optional_in"(const c_maybe& value)
    const vector[int]& c_list_out "work::list_out"()
    const unordered_map[string, int]& c_dict_out "work::dict_out"()
    const unordered_set[int]& c_set_out "work::set_out"()
    const unordered_map[string, vector[double]]& c_nested_out "work::nested_out"()
    const string& c_short_out "work::short_out"()
    const string& c_long_out "work::long_out"()
    const c_record& c_tuple_out "work::tuple_out"()
    const c_maybe& c_optional_out "work::optional_out"()

cdef extern from "<tuple>" namespace "std" nogil:
    const int& get_number "std::get<0>"(const c_record&)
    const double& get_factor "std::get<1>"(const c_record&)
    const string& get_name "std::get<2>"(const c_record&)


def list_in(vector[int] values):
    return c_list_in(values)


def dict_in(unordered_map[string, int] values):
    return c_dict_in(values)


def set_in(unordered_set[int] values):
    return c_set_in(values)


def nested_in(unordered_map[string, vector[double]] values):
    return c_nested_in(values)


def text_in(string text):
    return c_text_in(text)


def tuple_in(tuple values not None):
    number, factor, name = values
    return c_tuple_in(c_record(number, factor, name))


def optional_in(value):
    return c_optional_in(c_maybe() if value is None else c_maybe(value))


def list_out():
    return c_list_out()


def dict_out():
    return c_dict_out()


def set_out():
    return c_set_out()


def nested_out():
    return c_nested_out()


def short_out():
    return c_short_out()


def long_out():
    return c_long_out()


def tuple_out():
    made = &c_tuple_out()
    return (get_number(made[0]), get_factor(made[0]), get_name(made[0]))


def optional_out():
    made = &c_optional_out()
    return made.value() if made.has_value() else None
