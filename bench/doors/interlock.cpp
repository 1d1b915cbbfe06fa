// The doors of interlock. Built twice: BENCH_MODULE names the module, the second one has its core without the drain.
#include "../harness/loops.hpp"

#include <interlock/interlock.hpp>

#include <memory>
#include <new>

namespace il = interlock;

namespace {

PyObject* lambda = nullptr;
il::owned<il::object>* owned_lambda = nullptr;

void nested(long n) {
    for (long i = 0; i < n; ++i) {
        il::with_gil([](il::python py) { bench::escape(&py); });
    }
}

void call(long n) {
    for (long i = 0; i < n; ++i) {
        il::with_gil([](il::python py) {
            Py_DECREF(PyObject_CallNoArgs(lambda));
            bench::escape(&py);
        });
    }
}

void alloc(long n) {
    for (long i = 0; i < n; ++i) {
        il::with_gil([](il::python py) {
            bench::allocate();
            bench::escape(&py);
        });
    }
}

// A call, written as its users write it.
void call_bound(long n) {
    for (long i = 0; i < n; ++i) {
        il::with_gil([](il::python py) {
            owned_lambda->bind(py)();
            bench::escape(&py);
        });
    }
}

// On the attached thread, under a door of its own.
void leave(long n) {
    il::with_gil([n](il::python py) {
        for (long i = 0; i < n; ++i) {
            py.allow_threads([] { bench::escape(); });
        }
    });
}

// On a Python thread that has left.
void reenter(long n) {
    il::with_gil([n](il::python py) { py.allow_threads(nested, n); });
}

// Handles to be destroyed in place, one by one.
using handle = il::owned<il::object>;
thread_local handle* own_handles = nullptr;
thread_local long handle_count = 0;

void drop_setup(long n) {
    handle_count = n;
    handle* const handles = std::allocator<handle>().allocate(static_cast<std::size_t>(n));
    own_handles = handles;
    il::with_gil([n, handles](il::python py) {
        const il::object list = il::list::of(py);
        for (long i = 0; i < n; ++i) {
            new (handles + i) handle(list.unbind());
        }
    });
}

void drop(long n) {
    handle* const handles = own_handles;
    for (long i = 0; i < n; ++i) {
        std::destroy_at(handles + i);
        bench::escape();
    }
}

// What was dropped is released by this entry.
void drop_teardown() {
    std::allocator<handle>().deallocate(own_handles, static_cast<std::size_t>(handle_count));
    nested(1);
}

PyModuleDef definition = {PyModuleDef_HEAD_INIT,
                          "bench_doors_interlock",
                          nullptr,
                          -1,
                          nullptr,
                          nullptr,
                          nullptr,
                          nullptr,
                          nullptr};

}  // namespace

#define BENCH_JOIN(a, b) a##b
#define BENCH_INIT(name) BENCH_JOIN(PyInit_, name)

PyMODINIT_FUNC BENCH_INIT(BENCH_MODULE)() {
    PyObject* module = PyModule_Create(&definition);
#ifdef Py_GIL_DISABLED
    PyUnstable_Module_SetGIL(module, Py_MOD_GIL_NOT_USED);
#endif
    lambda = bench::lambda_none();
    il::assume_attached([](il::python py) {
        owned_lambda = new il::owned<il::object>(il::borrow<il::object>(py, lambda).unbind());
    });
    PyObject* loops = bench::table({{"nested", nested},
                                    {"entry", nested},
                                    {"alloc", alloc},
                                    {"call", call},
                                    {"call_bound", call_bound},
                                    {"leave", leave},
                                    {"reenter", reenter},
                                    {"drop", drop, drop_setup, drop_teardown}});
    PyModule_AddObject(module, "loops", loops);
    return module;
}
