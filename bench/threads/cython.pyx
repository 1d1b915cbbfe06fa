# What Cython's documentation has for speed.
#
# cython: language_level=3, binding=False, always_allow_keywords=False, freethreading_compatible=True
# cython: boundscheck=False, wraparound=False
"""Threads: Cython, as its documentation on free-threaded Python has it: a critical section in methods of what is changed. Its door is
"with gil", and so the loops of doors stand here: the theme "doors" has no module of Cython."""

cimport cython
from cpython.ref cimport Py_INCREF, Py_XDECREF, PyObject
from libcpp.vector cimport vector


cdef extern from "work.hpp" namespace "work" nogil:
    void c_noop "work::noop"()
    int c_one_int "work::one_int"(int a)
    int c_sum "work::sum"(const vector[int]& values)

    cppclass c_counter "work::counter":
        c_counter(int start)
        int get()
        void add(int more)

    cppclass c_constant "work::constant":
        c_constant(int start)
        int get()

# Values without a constructor that takes nothing are written into their places.
cdef extern from *:
    """
    template <class T>
    struct value_place {
        alignas(T) unsigned char memory[sizeof(T)];
        T& get() { return *reinterpret_cast<T*>(memory); }
    };
    """
    cppclass value_place[T]:
        T& get()


def noop():
    c_noop()


def one_int(int a):
    return c_one_int(a)


def sum(vector[int] values):
    return c_sum(values)


@cython.final
@cython.freelist(8)
cdef class Counter:
    cdef value_place[c_counter] place

    def __init__(self, int start):
        (&self.place.get())[0] = c_counter(start)

    def get(self):
        with cython.critical_section(self):
            return self.place.get().get()

    def add(self, int more):
        with cython.critical_section(self):
            self.place.get().add(more)


@cython.final
@cython.freelist(8)
cdef class Constant:
    cdef value_place[c_constant] place

    def __init__(self, int start):
        (&self.place.get())[0] = c_constant(start)

    def get(self):
        return self.place.get().get()


cdef extern from "../harness/loops.hpp" namespace "bench" nogil:
    void escape()

cdef extern from *:
    """
    static thread_local PyObject* dropped = nullptr;
    """
    PyObject* dropped


cdef void entry(long n) noexcept nogil:
    cdef long i
    for i in range(n):
        with gil:
            escape()


cdef void set_drop_up(long n) noexcept with gil:
    global dropped
    made = []
    cdef long i
    for i in range(n + 1):
        Py_INCREF(made)
    dropped = <PyObject*>made


# C++ that is not attached has references of no other kind: what Cython counts it counts attached alone.
cdef void drop(long n) noexcept nogil:
    cdef long i
    for i in range(n):
        with gil:
            Py_XDECREF(dropped)
            escape()


cdef void tear_drop_down() noexcept with gil:
    Py_XDECREF(dropped)


loops = {
    "entry": (<size_t>&entry, 0, 0),
    "drop": (<size_t>&drop, <size_t>&set_drop_up, <size_t>&tear_drop_down),
}
