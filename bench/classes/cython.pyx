# What Cython's documentation has for speed.
#
# cython: language_level=3, binding=False, always_allow_keywords=False, freethreading_compatible=True
# cython: boundscheck=False, wraparound=False
"""The classes of Cython, as its users write them: final extension types around the C++ values, with a list of free instances."""

cimport cython
from libcpp.memory cimport shared_ptr


cdef extern from "work.hpp" namespace "work" nogil:
    cppclass c_counter "work::counter":
        c_counter(int start)
        int get()
        void add(int more)
        bint operator==(const c_counter&)
        c_counter operator+(const c_counter&)
        int value
    c_counter c_make "work::make"()
    int c_read "work::read"(const c_counter& source)

    cppclass c_item "work::item":
        int value
    const shared_ptr[c_item]& c_shared_item "work::shared_item"()
    int c_read_shared "work::read_shared"(const shared_ptr[c_item]& source)

    cppclass c_series "work::series":
        const int* begin()
        const int* end()

    cpdef enum class color:
        red
        green
        blue
    int c_number_of "work::number_of"(color which)
    color c_turned "work::turned"(int number)

cdef extern from "<memory>" namespace "std" nogil:
    shared_ptr[c_item] make_item "std::make_shared<work::item>"(int value)

# A value without a constructor that takes nothing is written into its place.
cdef extern from *:
    """
    struct counter_place {
        alignas(work::counter) unsigned char memory[sizeof(work::counter)];
        work::counter& get() { return *reinterpret_cast<work::counter*>(memory); }
    };
    """
    cppclass counter_place:
        c_counter& get()


@cython.final
@cython.freelist(8)
cdef class Counter:
    cdef counter_place place

    def __init__(self, int start):
        (&self.place.get())[0] = c_counter(start)

    def get(self):
        return self.place.get().get()

    def add(self, int more):
        self.place.get().add(more)

    @property
    def value(self):
        return self.place.get().value

    @value.setter
    def value(self, int to):
        (&self.place.get()).value = to

    def __eq__(self, other):
        if not isinstance(other, Counter):
            return NotImplemented
        return self.place.get() == (<Counter>other).place.get()

    def __add__(self, other):
        if not isinstance(other, Counter):
            return NotImplemented
        return wrap((<Counter>self).place.get() + (<Counter>other).place.get())

    def __reduce__(self):
        return (Counter, (self.place.get().value,))


cdef Counter wrap(c_counter value):
    cdef Counter made = Counter.__new__(Counter)
    (&made.place.get())[0] = value
    return made


def make():
    return wrap(c_make())


def read(Counter source not None):
    return c_read(source.place.get())


@cython.final
@cython.freelist(8)
cdef class Item:
    cdef shared_ptr[c_item] pointer

    def __init__(self, int value):
        self.pointer = make_item(value)

    @property
    def value(self):
        return self.pointer.get().value


def shared_item():
    cdef Item made = Item.__new__(Item)
    made.pointer = c_shared_item()
    return made


def read_shared(Item source not None):
    return c_read_shared(source.pointer)


Color = color


def number_of(color which):
    return c_number_of(which)


def turned(int number):
    return c_turned(number)


@cython.final
cdef class Series:
    cdef c_series values

    def __iter__(self):
        cdef Iterator made = Iterator.__new__(Iterator)
        made.owner = self
        made.at = self.values.begin()
        made.end = self.values.end()
        return made


@cython.final
@cython.internal
cdef class Iterator:
    cdef Series owner
    cdef const int* at
    cdef const int* end

    def __iter__(self):
        return self

    def __next__(self):
        if self.at == self.end:
            raise StopIteration
        cdef int value = self.at[0]
        self.at += 1
        return value
