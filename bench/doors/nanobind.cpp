// The doors of nanobind: its two guards.
#include "../harness/loops.hpp"

#include <nanobind/nanobind.h>

#include <memory>
#include <new>

namespace nb = nanobind;

namespace {

PyObject* lambda = nullptr;
nb::object* bound_lambda = nullptr;

void nested(long n) {
    for (long i = 0; i < n; ++i) {
        const nb::gil_scoped_acquire guard;
        bench::escape(&guard);
    }
}

void call(long n) {
    for (long i = 0; i < n; ++i) {
        const nb::gil_scoped_acquire guard;
        Py_DECREF(PyObject_CallNoArgs(lambda));
        bench::escape(&guard);
    }
}

void alloc(long n) {
    for (long i = 0; i < n; ++i) {
        const nb::gil_scoped_acquire guard;
        bench::allocate();
        bench::escape(&guard);
    }
}

// A call, written as its users write it.
void call_bound(long n) {
    for (long i = 0; i < n; ++i) {
        const nb::gil_scoped_acquire guard;
        (*bound_lambda)();
        bench::escape(&guard);
    }
}

void leave(long n) {
    for (long i = 0; i < n; ++i) {
        const nb::gil_scoped_release guard;
        bench::escape(&guard);
    }
}

void reenter(long n) {
    const nb::gil_scoped_release guard;
    nested(n);
}

thread_local nb::object* own_handles = nullptr;
thread_local std::size_t handle_count = 0;

void drop_setup(long n) {
    handle_count = static_cast<std::size_t>(n);
    own_handles = std::allocator<nb::object>().allocate(handle_count);
    const nb::gil_scoped_acquire guard;
    const nb::list list;
    for (std::size_t i = 0; i < handle_count; ++i) {
        new (own_handles + i) nb::object(list);
    }
}

// It has no queue: a reference is released by attaching.
void drop(long n) {
    nb::object* const handles = own_handles;
    for (long i = 0; i < n; ++i) {
        const nb::gil_scoped_acquire guard;
        std::destroy_at(handles + i);
        bench::escape(&guard);
    }
}

void drop_teardown() { std::allocator<nb::object>().deallocate(own_handles, handle_count); }

}  // namespace

NB_MODULE(bench_doors_nanobind, m) {
    lambda = bench::lambda_none();
    bound_lambda = new nb::object(nb::borrow(lambda));
    m.attr("loops") = nb::steal(bench::table({{"nested", nested},
                                              {"entry", nested},
                                              {"alloc", alloc},
                                              {"call", call},
                                              {"call_bound", call_bound},
                                              {"leave", leave},
                                              {"reenter", reenter},
                                              {"drop", drop, drop_setup, drop_teardown}}));
}
