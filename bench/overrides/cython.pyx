# What Cython's documentation has for speed.
#
# cython: language_level=3, binding=False, always_allow_keywords=False, freethreading_compatible=True
# cython: boundscheck=False, wraparound=False, c_string_type=str, c_string_encoding=utf8
"""Overrides and containers of Cython, as its users write them: methods that are cpdef, which Python can override, called by a C++ class
through pointers to functions that are "with gil", as its documentation has callbacks; and final extension types around the containers,
of which it binds none by itself."""

cimport cython
from cpython.ref cimport PyObject
from cython.operator cimport dereference
from libcpp.string cimport string
from libcpp.unordered_map cimport unordered_map
from libcpp.vector cimport vector


cdef extern from "work.hpp" namespace "work":
    cppclass c_strategy "work::strategy":
        pass
    void c_use "work::use"(c_strategy& that)
    object c_loops "work::loops"(bint by_hand)

ctypedef int (*implementation)(PyObject* self, int x) noexcept nogil

cdef extern from *:
    """
    struct py_strategy final : work::strategy {
        using implementation = int (*)(PyObject*, int);
        py_strategy(PyObject* self, implementation step, implementation stay)
            : self_(self), step_(step), stay_(stay) {}
        int step(int x) override { return step_(self_, x); }
        int stay(int x) override { return stay_(self_, x); }
        int own_step(int x) { return work::strategy::step(x); }
        int own_stay(int x) { return work::strategy::stay(x); }

    private:
        PyObject* self_;
        implementation step_;
        implementation stay_;
    };
    """
    cppclass py_strategy(c_strategy):
        py_strategy(PyObject* self, implementation step, implementation stay)
        int own_step(int x)
        int own_stay(int x)


cdef class Strategy:
    cdef py_strategy* value

    def __cinit__(self):
        self.value = new py_strategy(<PyObject*>self, call_step, call_stay)

    def __dealloc__(self):
        del self.value

    cpdef int step(self, int x):
        return self.value.own_step(x)

    cpdef int stay(self, int x):
        return self.value.own_stay(x)


cdef int call_step(PyObject* self, int x) noexcept with gil:
    return (<Strategy>self).step(x)


cdef int call_stay(PyObject* self, int x) noexcept with gil:
    return (<Strategy>self).stay(x)


def use(Strategy that not None):
    c_use(that.value[0])


@cython.final
cdef class Ints:
    cdef vector[int] values

    def append(self, int value):
        with cython.critical_section(self):
            self.values.push_back(value)

    def __len__(self):
        with cython.critical_section(self):
            return self.values.size()

    def __getitem__(self, Py_ssize_t at):
        with cython.critical_section(self):
            if at < 0:
                at += <Py_ssize_t>self.values.size()
            if at < 0 or at >= <Py_ssize_t>self.values.size():
                raise IndexError("index out of range")
            return self.values[at]

    def __iter__(self):
        cdef Iterator made = Iterator.__new__(Iterator)
        made.owner = self
        return made


# Keeps a place and no pointer: the vector may grow meanwhile.
@cython.final
@cython.internal
cdef class Iterator:
    cdef Ints owner
    cdef size_t at

    def __iter__(self):
        return self

    def __next__(self):
        cdef int value
        with cython.critical_section(self, self.owner):
            if self.at >= self.owner.values.size():
                raise StopIteration
            value = self.owner.values[self.at]
            self.at += 1
        return value


@cython.final
cdef class Counts:
    cdef unordered_map[string, int] values

    def __getitem__(self, string key):
        cdef unordered_map[string, int].iterator found
        with cython.critical_section(self):
            found = self.values.find(key)
            if found == self.values.end():
                raise KeyError(key)
            return dereference(found).second

    def __setitem__(self, string key, int value):
        with cython.critical_section(self):
            self.values[key] = value


loops = c_loops(True)
