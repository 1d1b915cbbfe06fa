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

// Enters, and drops a handle, when the thread's thread-locals are destroyed.
struct enters_at_thread_exit {
    il::owned<il::object> handle;
    ~enters_at_thread_exit() {
        static_cast<void>(il::try_with_gil([](il::python py) {
            py.allow_threads([] { static_cast<void>(il::try_with_gil([](il::python) {})); });
        }));
    }
};
thread_local enters_at_thread_exit after_the_hook;
thread_local enters_at_thread_exit before_the_hook;

// The order in which thread-locals are first used decides in which they die; the library's own hook is hung in by the entry.
void live_shortly() {
    static_cast<void>(after_the_hook.handle);
    il::owned<il::object> made;
    if (!il::try_with_gil([&made](il::python py) { made = hammer::make_victim(py); })) {
        std::this_thread::yield();
        return;
    }
    before_the_hook.handle = std::move(made);
    seen.entered.fetch_add(1, std::memory_order_relaxed);
}

// start_short_lived(threads): from now on so many C++ threads at a time come, enter, and enter once more while they end.
PyObject* start_short_lived(PyObject*, PyObject* count) {
    const long threads = PyLong_AsLong(count);
    for (long i = 0; i < threads; ++i) {
        std::thread([] {
            for (;;) {
                std::thread(live_shortly).join();
            }
        }).detach();
    }
    Py_RETURN_NONE;
}

struct thrown {};

void throw_out_of_allow_threads() {
    try {
        il::with_gil([](il::python py) { py.allow_threads([] { throw thrown(); }); });
    } catch (const thrown&) {
        seen.entered.fetch_add(1, std::memory_order_relaxed);
    } catch (const il::no_interpreter&) {
        std::this_thread::yield();
    }
}

// start_throwing(threads): from now on so many C++ threads throw out of both doors.
PyObject* start_throwing(PyObject*, PyObject* count) {
    const long threads = PyLong_AsLong(count);
    for (long i = 0; i < threads; ++i) {
        std::thread([] {
            for (;;) {
                throw_out_of_allow_threads();
            }
        }).detach();
    }
    Py_RETURN_NONE;
}

// throw_for_ever(): the same below Python frames; for daemon threads.
PyObject* throw_for_ever(PyObject*, PyObject*) {
    return test_module::guarded([] {
        for (;;) {
            throw_out_of_allow_threads();
        }
    });
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
    {"start_short_lived", start_short_lived, METH_O, nullptr},
    {"start_throwing", start_throwing, METH_O, nullptr},
    {"throw_for_ever", throw_for_ever, METH_NOARGS, nullptr},
    {"both_doors", both_doors, METH_NOARGS, nullptr},
    {nullptr, nullptr, 0, nullptr},
};

}  // namespace

INTERLOCK_TEST_MODULE_UNMET(attach_hammer, methods)
