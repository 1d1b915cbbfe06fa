// The doors of pybind11: its two guards.
#include "../harness/loops.hpp"

#include <pybind11/pybind11.h>

#include <memory>
#include <new>

namespace py = pybind11;

namespace {

PyObject* lambda = nullptr;
py::object* bound_lambda = nullptr;

void nested(long n) {
    for (long i = 0; i < n; ++i) {
        const py::gil_scoped_acquire guard;
        bench::escape(&guard);
    }
}

void call(long n) {
    for (long i = 0; i < n; ++i) {
        const py::gil_scoped_acquire guard;
        Py_DECREF(PyObject_CallNoArgs(lambda));
        bench::escape(&guard);
    }
}

void alloc(long n) {
    for (long i = 0; i < n; ++i) {
        const py::gil_scoped_acquire guard;
        bench::allocate();
        bench::escape(&guard);
    }
}

// A call, written as its users write it.
void call_bound(long n) {
    for (long i = 0; i < n; ++i) {
        const py::gil_scoped_acquire guard;
        (*bound_lambda)();
        bench::escape(&guard);
    }
}

void leave(long n) {
    for (long i = 0; i < n; ++i) {
        const py::gil_scoped_release guard;
        bench::escape(&guard);
    }
}

void reenter(long n) {
    const py::gil_scoped_release guard;
    nested(n);
}

thread_local py::object* own_handles = nullptr;
thread_local std::size_t handle_count = 0;

void drop_setup(long n) {
    handle_count = static_cast<std::size_t>(n);
    own_handles = std::allocator<py::object>().allocate(handle_count);
    const py::gil_scoped_acquire guard;
    const py::list list;
    for (std::size_t i = 0; i < handle_count; ++i) {
        new (own_handles + i) py::object(list);
    }
}

// It has no queue: a reference is released by attaching.
void drop(long n) {
    py::object* const handles = own_handles;
    for (long i = 0; i < n; ++i) {
        const py::gil_scoped_acquire guard;
        std::destroy_at(handles + i);
        bench::escape(&guard);
    }
}

void drop_teardown() { std::allocator<py::object>().deallocate(own_handles, handle_count); }

}  // namespace

PYBIND11_MODULE(bench_doors_pybind11, m, py::mod_gil_not_used()) {
    lambda = bench::lambda_none();
    bound_lambda = new py::object(py::reinterpret_borrow<py::object>(lambda));
    m.attr("loops") = py::reinterpret_steal<py::object>(
        bench::table({{"nested", nested},
                      {"entry", nested},
                      {"alloc", alloc},
                      {"call", call},
                      {"call_bound", call_bound},
                      {"leave", leave},
                      {"reenter", reenter},
                      {"drop", drop, drop_setup, drop_teardown}}));
}
