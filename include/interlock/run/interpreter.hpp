// interpreter: a program with Python inside.
#pragma once

#include <interlock/objects/kinds.hpp>

#include <optional>
#include <string>
#include <vector>

INTERLOCK_BEGIN

#if !INTERLOCK_LIMITED_API

// How to start Python. What is not set is as the python command has it.
struct interpreter_options {
    // sys.argv; the first is the program's name.
    std::vector<std::string> argv = {};
    // No environment variables, no user site, no folder of the script on sys.path (python -I).
    bool isolated = false;
    // The folder of a virtual environment, whose packages are then importable; empty: none but the one that is active.
    std::string venv = {};
    // The Python installation (PYTHONHOME); empty: found as the python command finds it.
    std::string home = {};
    // Folders put in front of sys.path, also in sub-interpreters.
    std::vector<std::string> path = {};
    // Whether Python installs its signal handlers, which turn Ctrl-C into KeyboardInterrupt at py.check_signals().
    bool signal_handlers = true;
    // python -X dev; unset: as the environment says.
    std::optional<bool> dev_mode = {};
};

// Starts CPython, and finalizes it in its destructor, which waits for threads that are attached. One at a time; another may
// be made after it is gone. The constructing thread is left detached: it enters with with_gil like any other, so that nobody
// is locked out by accident; the destructor has to run on the same thread. Throws std::logic_error where the process runs an
// interpreter already, std::runtime_error where the configuration is wrong (with CPython's reason); nothing exits the process.
// Cost: about 10 ms.
class interpreter {
public:
    interpreter();
    explicit interpreter(const interpreter_options& options);
    ~interpreter();
    interpreter(const interpreter&) = delete;
    interpreter& operator=(const interpreter&) = delete;

private:
    void* state_;
};

#else

template <class T = void>
class interpreter {
    static_assert(
        sizeof(T*) == 0,
        "interlock: il::interpreter is not there under the stable ABI (Py_LIMITED_API): a "
        "program is linked to one version of Python, and is built for that: link it to "
        "interlock::embed and leave Py_LIMITED_API undefined");

public:
    template <class... A>
    explicit interpreter(A&&...) {}
};

#endif

INTERLOCK_END
