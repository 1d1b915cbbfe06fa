// Functions whose threads are in a known place when Python exits, and what fork needs.
#include "../support/test_module.hpp"

#include <atomic>
#include <cstdio>
#include <latch>
#include <optional>
#include <string>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

namespace il = interlock;

namespace {

// detach_for_ever(): a C++ thread goes into allow_threads and stays there. Returns when it is inside.
PyObject* detach_for_ever(PyObject*, PyObject*) {
    return test_module::guarded([] {
        il::assume_attached([](il::python py) {
            py.allow_threads(il::unchecked, [] {
                auto* inside = new std::latch(1);
                std::thread([inside] {
                    static std::latch never(1);
                    il::with_gil([&](il::python own) {
                        own.allow_threads(il::unchecked, [&] {
                            inside->count_down();
                            never.wait();
                        });
                    });
                }).detach();
                inside->wait();
            });
        });
    });
}

// block(): leaves the interpreter for ever, below Python frames.
PyObject* block(PyObject*, PyObject*) {
    return test_module::guarded([] {
        il::assume_attached([](il::python py) {
            py.allow_threads([] {
                static std::latch never(1);
                never.wait();
            });
        });
    });
}

// both_doors() -> str: "in" or why not.
PyObject* both_doors(PyObject*, PyObject*) {
    return test_module::guarded([] {
        try {
            il::with_gil([](il::python py) {
                py.allow_threads([] {
                    il::with_gil([](il::python inner) { static_cast<void>(inner.make(1)); });
                });
            });
        } catch (const il::no_interpreter& refused) {
            return PyUnicode_FromString(refused.what());
        }
        return PyUnicode_FromString("in");
    });
}

// from_a_thread() -> str: the same on a C++ thread of its own.
PyObject* from_a_thread(PyObject*, PyObject*) {
    return test_module::guarded([] {
        return il::assume_attached([](il::python py) {
            const bool in = py.allow_threads([] {
                bool entered = false;
                std::thread([&entered] { entered = il::try_with_gil([](il::python) {}); }).join();
                return entered;
            });
            return PyUnicode_FromString(in ? "in" : "refused");
        });
    });
}

PyObject* set_exit_wait(PyObject*, PyObject* seconds) {
    il::set_exit_wait_seconds(PyFloat_AsDouble(seconds));
    Py_RETURN_NONE;
}

std::atomic<bool> stop{false};
auto* workers = new std::vector<std::thread>;

// start_workers(objects): C++ threads enter, leave, and drop handles of these objects' copies, until stop_workers().
PyObject* start_workers(PyObject*, PyObject* factory) {
    return test_module::guarded([factory] {
        il::assume_attached([factory](il::python py) {
            stop = false;
            for (int i = 0; i < 3; ++i) {
                workers->emplace_back([make =
                                           il::borrow<il::object>(py, factory).unbind()]() mutable {
                    while (!stop) {
                        il::owned<il::object> made =
                            il::with_gil([&](il::python own) { return make.bind(own)().unbind(); });
                        made = il::owned<il::object>();
                        il::with_gil([](il::python own) {
                            own.allow_threads([] { std::this_thread::yield(); });
                        });
                    }
                    il::with_gil([&](il::python own) { make.drop(own); });
                });
            }
        });
    });
}

PyObject* stop_workers(PyObject*, PyObject*) {
    return test_module::guarded([] {
        il::assume_attached([](il::python py) {
            py.allow_threads(il::unchecked, [] {
                stop = true;
                for (std::thread& worker : *workers) {
                    worker.join();
                }
                workers->clear();
            });
        });
    });
}

// forget_workers(): in a fork's child, where they are not.
PyObject* forget_workers(PyObject*, PyObject*) {
    workers = new std::vector<std::thread>;  // they can be neither joined nor detached
    Py_RETURN_NONE;
}

// Threads that a fork finds in places that are known.
struct in_places {
    std::latch there{3};
    std::latch held{1};
    std::atomic<bool> go{false};
    il::mutex<int> mutex{0};
    il::owned<il::object> shared;
    std::vector<std::thread> threads;

    void wait() const { go.wait(false); }
};
in_places* places = nullptr;

// take_places(object): one thread inside allow_threads, one that holds an il::mutex, one that waits for it, one that comes and
// goes and on builds with a GIL waits for it, and one that makes and drops handles. Returns when the first three are there.
PyObject* take_places(PyObject*, PyObject* object) {
    return test_module::guarded([object] {
        il::assume_attached([object](il::python py) {
            places = new in_places;
            places->shared = il::borrow<il::object>(py, object).unbind();
            in_places& all = *places;
            all.threads.emplace_back([&all] {
                il::with_gil([&all](il::python own) {
                    own.allow_threads(il::unchecked, [&all] {
                        all.there.count_down();
                        all.wait();
                    });
                });
            });
            all.threads.emplace_back([&all] {
                all.mutex.with([&all](int&) {
                    all.held.count_down();
                    all.there.count_down();
                    all.wait();
                });
            });
            all.threads.emplace_back([&all] {
                all.held.wait();
                il::with_gil([&all](il::python own) {
                    all.there.count_down();
                    all.mutex.with(own, [](int& n) { ++n; });
                });
            });
            all.threads.emplace_back([&all] {
                while (!all.go) {
                    il::with_gil([](il::python own) { static_cast<void>(own.make(1)); });
                }
            });
            all.threads.emplace_back([&all] {
                while (!all.go) {
                    const il::owned<il::object> dying =
                        il::with_gil([&all](il::python own) { return all.shared.clone(own); });
                }
            });
            py.allow_threads(il::unchecked, [&all] { all.there.wait(); });
        });
    });
}

// leave_places(): they end. Not in a fork's child, where they are not.
PyObject* leave_places(PyObject*, PyObject*) {
    return test_module::guarded([] {
        il::assume_attached([](il::python py) {
            py.allow_threads(il::unchecked, [] {
                places->go = true;
                places->go.notify_all();
                for (std::thread& thread : places->threads) {
                    thread.join();
                }
            });
            places->shared.drop(py);
        });
    });
}

// enter_the_mutex() -> str: "in" or why not.
PyObject* enter_the_mutex(PyObject*, PyObject*) {
    return test_module::guarded([] {
        return il::assume_attached([](il::python py) {
            try {
                places->mutex.with(py, [](int& n) { ++n; });
            } catch (const std::system_error& error) {
                return PyUnicode_FromString(error.code() == std::errc::owner_dead ? "owner dead"
                                                                                  : error.what());
            }
            return PyUnicode_FromString("in");
        });
    });
}

// drop_detached(object): takes a handle of it, and drops that detached.
PyObject* drop_detached(PyObject*, PyObject* object) {
    return test_module::guarded([object] {
        il::assume_attached([object](il::python py) {
            il::owned<il::object> handle = il::borrow<il::object>(py, object).unbind();
            py.allow_threads([](il::owned<il::object>& dying) { dying = il::owned<il::object>(); },
                             handle);
        });
    });
}

il::owned<il::object>* kept = nullptr;

// keep(object): a handle that is never dropped before the process ends; drop_kept(): drops it on a thread that never enters.
PyObject* keep(PyObject*, PyObject* object) {
    return test_module::guarded([object] {
        il::assume_attached([object](il::python py) {
            kept = new il::owned<il::object>(il::borrow<il::object>(py, object).unbind());
        });
    });
}
PyObject* drop_kept(PyObject*, PyObject*) {
    std::thread([] {
        delete kept;
        kept = nullptr;
    }).join();
    Py_RETURN_NONE;
}

// release_kept(how): releases it on this thread, while attached, in one of the ways that there are.
PyObject* release_kept(PyObject*, PyObject* how) {
    return test_module::guarded([how] {
        il::assume_attached([how](il::python py) {
            const std::string name = il::borrow<il::object>(py, how).as<std::string>();
            il::owned<il::object> handle = std::move(*kept);
            if (name == "handle") {
                handle = il::owned<il::object>();
            } else if (name == "drop") {
                handle.drop(py);
            } else if (name == "object") {
                const il::object dying = std::move(handle).bind(py);
            } else if (name == "queue") {
                py.allow_threads(
                    [](il::owned<il::object>& late) { late = il::owned<il::object>(); }, handle);
            }
        });
    });
}

// what_of(function) -> str: the what() of the error that the function raises.
PyObject* what_of(PyObject*, PyObject* function) {
    return test_module::guarded([function] {
        return il::assume_attached([function](il::python py) {
            try {
                il::borrow<il::object>(py, function)();
            } catch (const il::python_error& error) {
                return PyUnicode_FromString(error.what());
            }
            return Py_NewRef(Py_None);
        });
    });
}

PyMethodDef methods[] = {
    {"detach_for_ever", detach_for_ever, METH_NOARGS, nullptr},
    {"block", block, METH_NOARGS, nullptr},
    {"both_doors", both_doors, METH_NOARGS, nullptr},
    {"from_a_thread", from_a_thread, METH_NOARGS, nullptr},
    {"set_exit_wait", set_exit_wait, METH_O, nullptr},
    {"start_workers", start_workers, METH_O, nullptr},
    {"stop_workers", stop_workers, METH_NOARGS, nullptr},
    {"forget_workers", forget_workers, METH_NOARGS, nullptr},
    {"take_places", take_places, METH_O, nullptr},
    {"leave_places", leave_places, METH_NOARGS, nullptr},
    {"enter_the_mutex", enter_the_mutex, METH_NOARGS, nullptr},
    {"drop_detached", drop_detached, METH_O, nullptr},
    {"keep", keep, METH_O, nullptr},
    {"drop_kept", drop_kept, METH_NOARGS, nullptr},
    {"release_kept", release_kept, METH_O, nullptr},
    {"what_of", what_of, METH_O, nullptr},
    {nullptr, nullptr, 0, nullptr},
};

}  // namespace

INTERLOCK_TEST_MODULE(attach_exit_module, methods)
