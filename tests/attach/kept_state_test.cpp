// A C++ thread keeps its thread state from one entry to the next, and gives it up when it ends.
#include <interlock/interlock.hpp>

#include "../support/thread_states.hpp"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

#if !defined(_WIN32)
#include <sys/wait.h>
#include <unistd.h>
#endif

namespace il = interlock;

namespace {

std::uint64_t id_of_state() {
    return il::with_gil([](il::python) { return PyThreadState_GetID(PyThreadState_Get()); });
}

int states() {
    return il::with_gil([](il::python) { return count_thread_states(); });
}

}  // namespace

TEST(KeptState, IsTheSameFromEntryToEntry) {
    const il::interpreter python;
    std::thread([] {
        const std::uint64_t first = id_of_state();
        EXPECT_EQ(id_of_state(), first);
        il::with_gil([first](il::python py) {
            py.allow_threads([](std::uint64_t expected) { EXPECT_EQ(id_of_state(), expected); },
                             first);
            EXPECT_EQ(id_of_state(), first);
        });
        EXPECT_EQ(id_of_state(), first);
    }).join();
}

TEST(KeptState, CarriesThreadLocalsContextAndTracing) {
    const il::interpreter python;
    il::owned<il::dict> scope = il::with_gil([](il::python py) {
        il::dict made = il::dict::make(py);
        py.run(
            "import threading, contextvars, sys\n"
            "local = threading.local()\n"
            "variable = contextvars.ContextVar('variable')\n"
            "calls = []\n"
            "def traced(): pass\n"
            "def trace(frame, event, argument):\n"
            "    calls.append(frame.f_code.co_name)\n",
            made);
        return made.unbind();
    });
    std::thread([&] {
        il::with_gil([&](il::python py) {
            py.run(
                "local.value = 'kept'; variable.set('kept too'); sys.settrace(trace)\n"
                "name = threading.current_thread().name",
                scope.bind(py));
        });
        il::with_gil([&](il::python py) {
            const il::dict all = scope.bind(py);
            EXPECT_EQ(py.eval("local.value", all).as<std::string>(), "kept");
            EXPECT_EQ(py.eval("variable.get()", all).as<std::string>(), "kept too");
            py.run("traced()\nsys.settrace(None)", all);
            EXPECT_TRUE(py.eval("'traced' in calls", all).as<bool>());
            EXPECT_TRUE(py.eval("threading.current_thread().name == name", all).as<bool>());
        });
    }).join();
    il::with_gil([&](il::python py) {
        EXPECT_FALSE(py.eval("hasattr(local, 'value')", scope.bind(py)).as<bool>())
            << "another thread's";
    });
}

TEST(KeptState, IsGivenUpWhenTheThreadEnds) {
    const il::interpreter python;
    const int before = states();
    for (int i = 0; i < 20; ++i) {
        std::thread([] { static_cast<void>(id_of_state()); }).join();
    }
    EXPECT_EQ(states(), before);
}

TEST(KeptState, AThreadLocalDiesWithTheThread) {
    const il::interpreter python;
    il::owned<il::object> weak;
    std::thread([&] {
        weak = il::with_gil([](il::python py) {
            il::dict scope = il::dict::make(py);
            py.run(
                "import threading, weakref\n"
                "class C: pass\n"
                "local = threading.local(); local.value = C()\n"
                "weak = weakref.ref(local.value)",
                scope);
            py.import("sys").attr("kept_alive") = scope["local"];
            return scope["weak"].unbind();
        });
        il::with_gil([&](il::python py) { EXPECT_FALSE(weak.bind(py)().is_none()); });
    }).join();
    il::with_gil([&](il::python py) {
        EXPECT_TRUE(weak.bind(py)().is_none());
        weak.drop(py);
    });
}

TEST(KeptState, ThreadScopeGivesItBack) {
    const il::interpreter python;
    std::thread([] {
        const int before = il::with_gil([](il::python) { return count_thread_states(); });
        std::uint64_t first = 0;
        {
            const il::thread_scope outer;
            {
                const il::thread_scope inner;
                first = id_of_state();
            }
            EXPECT_EQ(id_of_state(), first) << "given back by the inner scope";
        }
        EXPECT_EQ(PyGILState_GetThisThreadState(), nullptr);
        EXPECT_NE(id_of_state(), first);
        EXPECT_EQ(il::with_gil([](il::python) { return count_thread_states(); }), before);
    }).join();
}

TEST(KeptState, ThreadScopeInsideADoorLeavesTheStateAlone) {
    const il::interpreter python;
    std::thread([] {
        const std::uint64_t first = id_of_state();
        il::with_gil([first](il::python py) {
            {
                const il::thread_scope scope;
            }
            EXPECT_EQ(id_of_state(), first);
            py.allow_threads([] { const il::thread_scope scope; });
            EXPECT_EQ(id_of_state(), first);
        });
        EXPECT_EQ(id_of_state(), first);
    }).join();
    EXPECT_EQ(states(), 1);
}

TEST(KeptState, ThreadScopeWhereThereIsNothingToGiveBack) {
    {
        const il::thread_scope without_interpreter;
    }
    const il::interpreter python;
    {
        const il::thread_scope scope;
    }
    std::thread([] { const il::thread_scope never_entered; }).join();
    il::with_gil([](il::python) { const il::thread_scope of_the_main_thread; });
    EXPECT_EQ(states(), 1);
}

TEST(KeptState, AStateThatSomebodyElseMadeIsUsedAndNotRemembered) {
    const il::interpreter python;
    std::thread([] {
        // Raw code makes and deletes a state around our entries, again and again: at its address another may appear.
        std::uint64_t last = 0;
        for (int i = 0; i < 5; ++i) {
            const PyGILState_STATE before = PyGILState_Ensure();
            const std::uint64_t theirs = PyThreadState_GetID(PyThreadState_Get());
            EXPECT_NE(theirs, last);
            last = theirs;
            Py_BEGIN_ALLOW_THREADS EXPECT_EQ(id_of_state(), theirs);
            Py_END_ALLOW_THREADS PyGILState_Release(before);
            EXPECT_EQ(PyGILState_GetThisThreadState(), nullptr)
                << "the state outlived the one who made it";
        }
        const std::uint64_t own = id_of_state();
        EXPECT_NE(own, last);
        EXPECT_EQ(id_of_state(), own);
        // And the other way round: raw code on a thread that has our state uses that one, and does not delete it.
        const PyGILState_STATE before = PyGILState_Ensure();
        EXPECT_EQ(PyThreadState_GetID(PyThreadState_Get()), own);
        PyGILState_Release(before);
        EXPECT_EQ(id_of_state(), own);
    }).join();
    EXPECT_EQ(states(), 1);
}

#if !defined(_WIN32)
// A fork that CPython knows nothing of, in the middle of a with_gil: its end needs the state.
TEST(KeptState, AChildThatWasForkedDetachedStillHasIt) {
    const il::interpreter python;
    int status = -1;
    std::thread([&status] {
        static_cast<void>(id_of_state());
        pid_t child = -1;
        il::with_gil([&child](il::python py) {
            py.allow_threads([](pid_t& made) { made = fork(); }, child);
        });
        if (child == 0) {
            _exit(PyGILState_GetThisThreadState() != nullptr ? 0 : 1);
        }
        waitpid(child, &status, 0);
    }).join();
    EXPECT_EQ(status, 0);
}
#endif

#if PY_VERSION_HEX >= 0x030C0000  // before, a thread has one state
// What the straight way of an entry asks of a state, beside the function of CPython that says it.
TEST(KeptState, CPythonNotesInTheStateThatItIsTheThreadsOwn) {
    const il::interpreter python;
    std::thread([] {
        static_cast<void>(id_of_state());
        PyThreadState* const own = PyGILState_GetThisThreadState();
        ASSERT_NE(own, nullptr);
        const auto agree = [own](bool expected) {
            EXPECT_EQ(il::detail::is_bound_state(own), expected);
            EXPECT_EQ(PyGILState_GetThisThreadState() == own, expected);
        };
        agree(true);
        PyEval_RestoreThread(own);
        PyThreadState* const other = PyThreadState_New(PyInterpreterState_Get());
        agree(true);
        PyThreadState_Swap(other);
        agree(false);
        PyEval_SaveThread();
        agree(false);
        PyEval_RestoreThread(other);
        PyThreadState_Clear(other);
        PyThreadState_DeleteCurrent();
        agree(false);
        PyEval_RestoreThread(own);
        agree(true);
        PyEval_SaveThread();
        agree(true);
    }).join();
}

// PyThreadState_Delete of another thread's state makes CPython forget the state of the thread that calls it: the next
// PyGILState_Ensure makes a second one there.
TEST(KeptState, AnEntryIsNestedWhereCPythonHasForgottenTheState) {
    const il::interpreter python;
    PyThreadState* left = nullptr;
    PyThreadState* first = nullptr;
    std::thread([&] {
        static_cast<void>(PyGILState_Ensure());
        first = PyThreadState_Get();
        left = PyThreadState_New(PyInterpreterState_Get());
        PyThreadState_Swap(left);
        PyEval_SaveThread();
    }).join();
    std::thread([left, first] {
        const std::uint64_t kept = id_of_state();
        il::with_gil([&](il::python) {
            PyThreadState_Clear(left);
            PyThreadState_Clear(first);
            PyThreadState_Delete(first);
        });
        PyThreadState_Delete(left);
        EXPECT_EQ(PyGILState_GetThisThreadState(), nullptr);
        const PyGILState_STATE before = PyGILState_Ensure();
        PyThreadState* const attached = PyThreadState_Get();
        EXPECT_EQ(id_of_state(), PyThreadState_GetID(attached));
        EXPECT_EQ(PyThreadState_Get(), attached);
        PyGILState_Release(before);
        EXPECT_EQ(id_of_state(), kept);
    }).join();
}

// In 3.12 a child that frees its first state cannot make another one ("thread state already initialized").
#if !defined(_WIN32) && PY_VERSION_HEX >= 0x030D0000
// In the child CPython frees all states but the one that the thread forked with.
TEST(KeptState, AChildThatWasForkedUnderAnotherStateHasForgottenIt) {
    const il::interpreter python;
    int status = -1;
    std::thread([&status] {
        static_cast<void>(id_of_state());
        PyThreadState* other = nullptr;
        PyGILState_STATE before = PyGILState_Ensure();
        PyThreadState* const own = PyThreadState_Get();
        other = PyThreadState_New(PyInterpreterState_Get());
        PyThreadState_Swap(other);
        long child = -1;
        {
            PyObject* const os = PyImport_ImportModule("os");
            PyObject* const number = PyObject_CallMethod(os, "fork", nullptr);
            child = PyLong_AsLong(number);
            Py_DECREF(number);
            Py_DECREF(os);
        }
        if (child == 0) {
            PyThreadState_Clear(other);
            PyThreadState_DeleteCurrent();
            int sum = 0;
            for (int i = 0; i < 10; ++i) {
                sum +=
                    il::with_gil([](il::python py) { return py.eval("len([1] * 10)").as<int>(); });
            }
            _exit(sum == 100 ? 0 : 1);
        }
        PyThreadState_Swap(own);
        PyThreadState_Clear(other);
        PyThreadState_Delete(other);
        PyGILState_Release(before);
        waitpid(static_cast<pid_t>(child), &status, 0);
    }).join();
    EXPECT_EQ(status, 0);
}
#endif
#endif

TEST(KeptState, SomebodyElseMayAttachWithItOrWithAStateOfHisOwn) {
    const il::interpreter python;
    std::thread([] {
        const std::uint64_t kept = id_of_state();
        const PyGILState_STATE before = PyGILState_Ensure();
        PyThreadState* const attached = PyThreadState_Get();
        EXPECT_EQ(id_of_state(), kept);
        EXPECT_EQ(PyThreadState_Get(), attached) << "an entry inside is nested";
#if PY_VERSION_HEX >= 0x030C0000  // before, a thread has one state
        PyThreadState* const other = PyThreadState_New(PyInterpreterState_Get());
        const std::uint64_t id_of_other = PyThreadState_GetID(other);
        PyThreadState_Swap(other);
        EXPECT_EQ(id_of_state(), id_of_other);
        EXPECT_EQ(PyThreadState_Get(), other);
        PyThreadState_Swap(attached);
        EXPECT_EQ(id_of_state(), kept);
        PyThreadState_Clear(other);
        PyThreadState_Delete(other);
#endif
        PyGILState_Release(before);
        EXPECT_EQ(id_of_state(), kept);
        EXPECT_EQ(id_of_state(), kept) << "and again by the straight way";
    }).join();
}

TEST(KeptState, AnErrorThatRawCodeLeftIsNotCarriedIntoTheNextEntry) {
    const il::interpreter python;
    std::thread([] {
        testing::internal::CaptureStderr();
        il::with_gil([](il::python) { PyErr_SetString(PyExc_ValueError, "left behind"); });
        il::with_gil([](il::python py) {
            EXPECT_EQ(PyErr_Occurred(), nullptr);
            py.run("import sys; sys.stderr.flush()");
        });
        EXPECT_NE(testing::internal::GetCapturedStderr().find("left behind"), std::string::npos)
            << "said to nobody";
    }).join();
}

namespace {

bool ran = false;

// Leaves a thread-local of Python's whose finalizer goes through both doors.
void leave_a_finalizer_that_enters() {
    il::with_gil([](il::python py) {
        static PyMethodDef definition = {
            "enters",
            [](PyObject*, PyObject*) -> PyObject* {
                il::with_gil([](il::python inner) {
                    inner.allow_threads([] { il::with_gil([](il::python) {}); });
                });
                ran = true;
                return Py_NewRef(Py_None);
            },
            METH_NOARGS, nullptr};
        il::dict scope = il::dict::make(py);
        scope["enters"] = il::steal<il::object>(py, PyCFunction_New(&definition, nullptr));
        py.run(
            "import threading\n"
            "class C:\n"
            "    def __init__(self, f): self.f = f\n"
            "    def __del__(self): self.f()\n"
            "local = threading.local(); local.value = C(enters)",
            scope);
        py.import("sys").attr("kept_alive") = scope["local"];
    });
}

}  // namespace

// pybind11 #5827: the finalizer entered, left, and thereby deleted the state that was just being cleared.
TEST(KeptState, AFinalizerThatEntersWhileTheThreadEndsIsServed) {
    const il::interpreter python;
    const int before = states();
    std::thread(leave_a_finalizer_that_enters).join();
    EXPECT_TRUE(ran) << "CPython clears the thread's locals when its state is given back";
    EXPECT_EQ(states(), before);
}

TEST(KeptState, AFinalizerThatEntersWhileThreadScopeGivesTheStateBackIsServed) {
    const il::interpreter python;
    const int before = states();
    std::thread([] {
        {
            const il::thread_scope scope;
            leave_a_finalizer_that_enters();
        }
        EXPECT_TRUE(ran);
        EXPECT_EQ(id_of_state(), id_of_state());
    }).join();
    EXPECT_EQ(states(), before);
}

// The same for a state that lasts for one entry, since the thread's exit hook has run.
TEST(KeptState, AFinalizerThatEntersWhileAStateOfOneEntryIsClearedIsServed) {
    const il::interpreter python;
    const int before = states();
    struct late {
        bool used = false;
        ~late() { leave_a_finalizer_that_enters(); }
    };
    std::thread([] {
        thread_local late dies_after_the_hook;
        dies_after_the_hook.used = true;
        static_cast<void>(id_of_state());
    }).join();
    EXPECT_TRUE(ran);
    EXPECT_EQ(states(), before);
}
