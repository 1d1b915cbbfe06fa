# What Cython's documentation has for speed.
#
# cython: language_level=3, binding=False, always_allow_keywords=False, freethreading_compatible=True
# cython: boundscheck=False, wraparound=False, c_string_type=str, c_string_encoding=utf8
"""The calls of Cython, as its users write them who want them fast: without the two directives of the first line that make
functions slower for the sake of introspection and keywords. It has no conversion of std::function, and no overloads."""

cimport cython
from libcpp.string cimport string
from libcpp.string_view cimport string_view


cdef extern from "work.hpp" namespace "work" nogil:
    void c_noop "work::noop"()
    int c_one_int "work::one_int"(int a)
    int c_two_ints "work::two_ints"(int a, int b)
    double c_one_float "work::one_float"(double a)
    double c_six "work::six"(int a, int b, int c, int d, int e, double f)
    size_t c_length_view "work::length_view"(string_view text)
    size_t c_length_string "work::length_string"(string text)
    int c_first "work::first"(int)
    int c_second "work::second"(string_view)
    void c_fail "work::fail"() except +
    cppclass runtime_error "std::runtime_error":
        const char* what()
    cppclass outcome:
        bint has_value()
        const runtime_error& error()
    outcome c_refuse "work::refuse"()


def noop():
    c_noop()


def one_int(int a):
    return c_one_int(a)


def two_ints(int a, int b):
    return c_two_ints(a, b)


def one_float(double a):
    return c_one_float(a)


def six(int a, int b, int c, int d, int e, double f):
    return c_six(a, b, c, d, e, f)


def named(int a, int b):
    return c_two_ints(a, b)


def defaulted(int a, int b=10):
    return c_two_ints(a, b)


def length_view(str text not None):
    return c_length_view(text)


def length_string(string text):
    return c_length_string(text)


def takes(value):
    return True


def arguments(*all):
    return all


def sum_arguments(*all):
    cdef int sum = 0
    cdef int each
    for each in all:
        sum += each
    return sum


def overloaded(value):
    if isinstance(value, int):
        return c_first(value)
    if isinstance(value, str):
        return c_second(<str>value)
    raise TypeError("expected int or str")


def fail():
    c_fail()


# A local value without a constructor that takes nothing.
@cython.cpp_locals(True)
def refuse():
    made = c_refuse()
    if not made.has_value():
        raise RuntimeError(made.error().what())


def callback(f, int n):
    cdef int all = 0
    cdef int i
    for i in range(n):
        all += <int>f(i)
    return all
