// An extension module whose threads hammer on the doors until the process ends under them.
#include "../support/hammer.hpp"
#include "../support/test_module.hpp"

#include <thread>

namespace {

namespace il = interlock;

hammer::counts seen;

// start(threads): from now on so many C++ threads hammer. Nobody joins them.
PyObject* start(PyObject*, PyObject* count) {
    static auto* shared =
        new hammer::exchange;  // never destroyed: its threads outlive the process's static objects
    const long threads = PyLong_AsLong(count);
    for (long i = 0; i < threads; ++i) {
        std::thread([i] {
            hammer::worker worker(*shared, seen, static_cast<unsigned>(i) + 1);
            for (;;) {
                if (!worker.step()) {
                    std::this_thread::yield();
                }
            }
        }).detach();
    }
    Py_RETURN_NONE;
}

// meet(): as importing a bound module does.
PyObject* meet(PyObject* module, PyObject*) {
    return test_module::meet_interpreter(module) == 0 ? Py_NewRef(Py_None) : nullptr;
}

PyObject* steps(PyObject*, PyObject*) { return PyLong_FromLong(seen.entered.load()); }

// spin(): leaves and comes back for ever, below Python frames; for daemon threads.
PyObject* spin(PyObject*, PyObject*) {
    return test_module::guarded([] {
        il::assume_attached([](il::python py) {
            for (;;) {
                py.allow_threads([] { il::try_with_gil([](il::python) {}); });
                seen.entered.fetch_add(1, std::memory_order_relaxed);
            }
        });
    });
}

// both_doors(): what the thread that finalizes may do as long as there is an interpreter.
PyObject* both_doors(PyObject*, PyObject*) {
    return test_module::guarded([] {
        il::with_gil([](il::python py) {
            py.allow_threads([] { il::with_gil([](il::python inner) { inner.import("sys"); }); });
        });
    });
}

PyMethodDef methods[] = {
    {"start", start, METH_O, nullptr},
    {"meet", meet, METH_NOARGS, nullptr},
    {"steps", steps, METH_NOARGS, nullptr},
    {"spin", spin, METH_NOARGS, nullptr},
    {"both_doors", both_doors, METH_NOARGS, nullptr},
    {nullptr, nullptr, 0, nullptr},
};

}  // namespace

INTERLOCK_TEST_MODULE_UNMET(attach_hammer, methods)
