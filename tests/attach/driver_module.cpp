// A module in plain C API that mixes doors of several libraries on threads of its own, by small scripts:
//
//   a[...]   enters by the first table's door and runs what stands in the brackets; b by the second's, and so on
//   ~a[...]  leaves by the first table's door
//   A        makes the first table's library give back the state that it keeps for the thread
//
// Before and after each step it is checked that CPython says what the script means: attached or not, and with the same
// thread state as before.
#include "../support/door_table.hpp"
#include "../support/thread_states.hpp"

#include <atomic>
#include <cctype>
#include <latch>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace {

// What went wrong first. One for each run, since several may be under way.
class failures {
public:
    void add(const std::string& text) {
        const std::lock_guard guard(lock_);
        if (first_.empty()) {
            first_ = text;
        }
    }
    bool raise() {
        const std::lock_guard guard(lock_);
        if (!first_.empty()) {
            PyErr_SetString(PyExc_AssertionError, first_.c_str());
        }
        return !first_.empty();
    }

private:
    std::mutex lock_;
    std::string first_;
};

using tables = std::vector<const door_table*>;

class script {
public:
    script(const tables& doors, const char* text, failures& failed)
        : doors_(doors), text_(text), at_(text), failed_(failed) {}

    void run(bool attached) {
        PyThreadState* const state = state_by_fact();
        while (*at_ != '\0' && *at_ != ']') {
            step(attached);
            check(attached, "after");
            if (attached && state_by_fact() != state) {
                failed_.add(where("the thread state changed"));
            }
        }
    }

private:
    void step(bool attached) {
        check(attached, "before");
        if (std::isupper(static_cast<unsigned char>(*at_)) != 0) {
            const door_table& door = *doors_.at(static_cast<std::size_t>(*at_++ - 'A'));
            if (door.give_back != nullptr) {
                door.give_back();
            }
            return;
        }
        const bool leaving = *at_ == '~';
        at_ += leaving ? 1 : 0;
        const door_table& door = *doors_.at(static_cast<std::size_t>(*at_++ - 'a'));
        inner_state_ = attached && !leaving ? state_by_fact() : nullptr;
        ran_ = false;
        (leaving ? door.leave : door.enter)(leaving ? inside<false> : inside<true>, this);
        if (!ran_) {
            failed_.add(where("the callable did not run"));
        }
        ran_ = true;
    }

    template <bool Attached>
    static void inside(void* self) {
        static_cast<script*>(self)->inside_of(Attached);
    }
    void inside_of(bool attached) {
        check(attached, "inside");
        if (inner_state_ != nullptr && state_by_fact() != inner_state_) {
            failed_.add(where("a nested entry changed the thread state"));
        }
        if (*at_ == '[') {
            ++at_;
            run(attached);
            ++at_;
        }
        ran_ = true;
    }

    void check(bool attached, const char* when) const {
        if (attached_by_fact() != attached) {
            failed_.add(where(attached ? "not attached, " : "attached, ") + when);
        }
    }
    std::string where(const char* what) const {
        return std::string(what) + ": " + text_ + " at " + std::to_string(at_ - text_);
    }

    const tables& doors_;
    const char* text_;
    const char* at_;
    failures& failed_;
    PyThreadState* inner_state_ = nullptr;
    bool ran_ = false;
};

void run_script(const tables& doors, const char* text, failures& failed) {
    script(doors, text, failed).run(attached_by_fact());
}

// Runs a script when the thread's thread-locals are destroyed.
struct at_thread_exit {
    const tables* doors = nullptr;
    const char* text = nullptr;
    failures* failed = nullptr;
    ~at_thread_exit() {
        if (text != nullptr) {
            run_script(*doors, text, *failed);
        }
    }
};
thread_local at_thread_exit early;
thread_local at_thread_exit late;

void plain_enter(door_body body, void* argument) {
    const PyGILState_STATE before = PyGILState_Ensure();
    body(argument);
    PyGILState_Release(before);
}
void plain_leave(door_body body, void* argument) {
    Py_BEGIN_ALLOW_THREADS body(argument);
    Py_END_ALLOW_THREADS
}
const door_table plain{"plain C", plain_enter, plain_leave, nullptr};

bool take_tables(PyObject* sequence, tables& into) {
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(sequence); ++i) {
        PyObject* item = PyTuple_GET_ITEM(sequence, i);
        const void* table = &plain;
        if (item != Py_None) {
            table = PyCapsule_GetPointer(item, door_table_capsule);
        }
        if (table == nullptr) {
            return false;
        }
        into.push_back(static_cast<const door_table*>(table));
    }
    return true;
}

bool take_scripts(PyObject* sequence, std::vector<std::string>& into) {
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(sequence); ++i) {
        const char* text = PyUnicode_AsUTF8(PyTuple_GET_ITEM(sequence, i));
        if (text == nullptr) {
            return false;
        }
        into.emplace_back(text);
    }
    return true;
}

// run(doors, scripts, threads=0, before_hooks=None, after_hooks=None)
//
// doors: a tuple of capsules, None for plain C. threads: 0 runs the scripts here, attached; else each of so many new threads
// runs all of them, from the same moment on. The last two are scripts for the destructors of two thread-locals, one that is
// destroyed before the libraries' own thread-exit hooks and one that is destroyed after them.
PyObject* run(PyObject*, PyObject* args, PyObject* keywords) {
    static const char* names[] = {"doors",        "scripts",     "threads",
                                  "before_hooks", "after_hooks", nullptr};
    PyObject* given_tables = nullptr;
    PyObject* given_scripts = nullptr;
    int threads = 0;
    const char* before_hooks = nullptr;
    const char* after_hooks = nullptr;
    if (PyArg_ParseTupleAndKeywords(args, keywords, "O!O!|izz", const_cast<char**>(names),
                                    &PyTuple_Type, &given_tables, &PyTuple_Type, &given_scripts,
                                    &threads, &before_hooks, &after_hooks) == 0) {
        return nullptr;
    }
    tables doors;
    std::vector<std::string> scripts;
    if (!take_tables(given_tables, doors) || !take_scripts(given_scripts, scripts)) {
        return nullptr;
    }
    failures failed;
    if (threads == 0) {
        for (const std::string& text : scripts) {
            run_script(doors, text.c_str(), failed);
        }
    } else {
        Py_BEGIN_ALLOW_THREADS std::latch ready(threads);
        std::vector<std::thread> pool;
        for (int i = 0; i < threads; ++i) {
            pool.emplace_back([&] {
                early.doors = &doors;
                early.text = after_hooks;
                early.failed = &failed;
                ready.arrive_and_wait();
                for (const std::string& text : scripts) {
                    run_script(doors, text.c_str(), failed);
                }
                late.doors = &doors;
                late.text = before_hooks;
                late.failed = &failed;
            });
        }
        for (std::thread& thread : pool) {
            thread.join();
        }
        Py_END_ALLOW_THREADS
    }
    if (failed.raise()) {
        return nullptr;
    }
    Py_RETURN_NONE;
}

std::atomic<long> runs_done{0};
failures& end_failures = *new failures;  // its threads outlive the process's static objects

// run_until_the_end(doors, scripts, threads): so many threads run the scripts over and over while Python ends; nobody joins
// them. Doors that refuse throw, and what the steps then find is not checked.
PyObject* run_until_the_end(PyObject*, PyObject* args) {
    PyObject* given_tables = nullptr;
    PyObject* given_scripts = nullptr;
    int threads = 0;
    static auto* doors = new tables;
    static auto* scripts = new std::vector<std::string>;
    if (PyArg_ParseTuple(args, "O!O!i", &PyTuple_Type, &given_tables, &PyTuple_Type, &given_scripts,
                         &threads) == 0 ||
        !take_tables(given_tables, *doors) || !take_scripts(given_scripts, *scripts)) {
        return nullptr;
    }
    for (int i = 0; i < threads; ++i) {
        std::thread([] {
            for (;;) {
                for (const std::string& text : *scripts) {
                    try {
                        run_script(*doors, text.c_str(), end_failures);
                        runs_done.fetch_add(1, std::memory_order_relaxed);
                    } catch (...) {  // the type is another module's
                        std::this_thread::yield();
                    }
                }
            }
        }).detach();
    }
    Py_RETURN_NONE;
}

PyObject* runs(PyObject*, PyObject*) {
    if (end_failures.raise()) {
        return nullptr;
    }
    return PyLong_FromLong(runs_done.load(std::memory_order_relaxed));
}

PyObject* thread_states(PyObject*, PyObject*) { return PyLong_FromLong(count_thread_states()); }

PyMethodDef methods[] = {
    {"run", reinterpret_cast<PyCFunction>(reinterpret_cast<void*>(run)),
     METH_VARARGS | METH_KEYWORDS, nullptr},
    {"run_until_the_end", run_until_the_end, METH_VARARGS, nullptr},
    {"runs", runs, METH_NOARGS, nullptr},
    {"thread_states", thread_states, METH_NOARGS, nullptr},
    {nullptr, nullptr, 0, nullptr},
};

PyModuleDef_Slot slots[] = {
#if PY_VERSION_HEX >= 0x030D0000
    {Py_mod_gil, Py_MOD_GIL_NOT_USED},
#endif
    {0, nullptr},
};

PyModuleDef definition = {
    PyModuleDef_HEAD_INIT, "attach_driver", nullptr, 0, methods, slots, nullptr, nullptr, nullptr};

}  // namespace

PyMODINIT_FUNC PyInit_attach_driver() { return PyModuleDef_Init(&definition); }
