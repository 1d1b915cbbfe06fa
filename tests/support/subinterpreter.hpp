// Sub-interpreters, made by CPython's own API.
#pragma once

#include <interlock/interlock.hpp>

#include <stdexcept>

namespace il = interlock;

// CPython 3.11 cannot tell whether a thread is attached to a second interpreter.
#if PY_VERSION_HEX >= 0x030C0000

// A sub-interpreter of its own, entered on this thread from its construction to its destruction. Needs an attached thread.
class subinterpreter {
public:
    explicit subinterpreter(bool own_gil) : main_(PyThreadState_Get()) {
        PyInterpreterConfig config = {};
        config.allow_threads = 1;
        config.allow_daemon_threads = own_gil ? 0 : 1;
        config.use_main_obmalloc = own_gil ? 0 : 1;
        config.check_multi_interp_extensions = own_gil ? 1 : 0;
#if defined(Py_GIL_DISABLED)
        config.check_multi_interp_extensions = 1;
#endif
        config.gil = own_gil ? PyInterpreterConfig_OWN_GIL : PyInterpreterConfig_SHARED_GIL;
        const PyStatus status = Py_NewInterpreterFromConfig(&state_, &config);
        if (PyStatus_Exception(status) != 0) {
            throw std::runtime_error(status.err_msg);
        }
    }
    ~subinterpreter() {
        PyThreadState_Swap(state_);
        Py_EndInterpreter(state_);
        PyThreadState_Swap(main_);
    }
    subinterpreter(const subinterpreter&) = delete;
    subinterpreter& operator=(const subinterpreter&) = delete;

    // Runs f attached to the sub-interpreter, then goes back to the main one.
    template <class F>
    void run(F f) {
        PyThreadState_Swap(state_);
        il::assume_attached([&](il::python py) { f(py); });
        PyThreadState_Swap(main_);
    }

private:
    PyThreadState* main_;
    PyThreadState* state_ = nullptr;
};

#endif
