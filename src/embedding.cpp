// il::interpreter: CPython's start and end inside a C++ program.
//
// The configuration goes through PyConfig, whose errors come back as values: nothing here can exit the process. The record
// and its gate are made before any other thread is let in; a thread that enters meanwhile waits.
#include <interlock/attach/compat.hpp>

// A program is linked to the Python of one version, and asks that for what the limited API has not.
#if !INTERLOCK_LIMITED_API

#include "decimal.hpp"
#include "run.hpp"

#include <interlock/bind/module.hpp>

#include <interlock/run/interpreter.hpp>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <thread>

INTERLOCK_BEGIN
namespace detail {
namespace {

namespace fs = std::filesystem;

struct embedded {
    PyThreadState* state;
    std::thread::id maker;
};

class start_in_progress {
public:
    start_in_progress() {
        if (starting.exchange(true)) {
            throw std::logic_error(
                "interlock: il::interpreter: another thread is starting an interpreter in this "
                "process");
        }
    }
    ~start_in_progress() {
        starting.store(false, std::memory_order_release);
        starting.notify_all();
    }
    start_in_progress(const start_in_progress&) = delete;
    start_in_progress& operator=(const start_in_progress&) = delete;
};

class configuration {
public:
    explicit configuration(bool isolated) {
        if (isolated) {
            PyConfig_InitIsolatedConfig(&config_);
        } else {
            PyConfig_InitPythonConfig(&config_);
        }
    }
    ~configuration() { PyConfig_Clear(&config_); }
    configuration(const configuration&) = delete;
    configuration& operator=(const configuration&) = delete;

    PyConfig* operator->() noexcept { return &config_; }
    PyConfig* get() noexcept { return &config_; }

    void set(wchar_t** field, const std::string& value) {
        check(PyConfig_SetBytesString(&config_, field, value.c_str()));
    }

    static void check(const PyStatus& status) {
        if (PyStatus_Exception(status) == 0) {
            return;
        }
        std::string what = "interlock: il::interpreter: Python could not be started";
        if (PyStatus_IsExit(status) != 0) {
            what += ": the arguments ask it to exit with status " + decimal(status.exitcode);
        } else if (status.err_msg != nullptr) {
            what += std::string(": ") + status.err_msg;
        }
        throw std::runtime_error(what);
    }

private:
    PyConfig config_{};
};

std::string own_executable([[maybe_unused]] const interpreter_options& options) {
#if defined(__linux__)
    std::error_code failed;
    const fs::path self = fs::read_symlink("/proc/self/exe", failed);
    if (!failed) {
        return self.string();
    }
#endif
    return options.argv.empty() ? std::string() : options.argv.front();
}

fs::path python_of_venv(const std::string& venv) {
#if defined(_WIN32)
    fs::path python = fs::path(venv) / "Scripts" / "python.exe";
#else
    fs::path python = fs::path(venv) / "bin" / "python";
#endif
    std::error_code failed;
    if (!fs::exists(fs::path(venv) / "pyvenv.cfg", failed) || !fs::exists(python, failed)) {
        throw std::runtime_error(
            "interlock: il::interpreter: venv: '" + venv +
            "' is not a virtual environment (it has no pyvenv.cfg or no python)");
    }
    return fs::absolute(python);
}

// CPython finds out that there is no standard library when it is half started, which it cannot undo: asked before.
void check_home(const std::string& home, const char* what) {
    const std::string prefix = home.substr(0, home.find(
#if defined(_WIN32)
                                                  ';'
#else
                                                  ':'
#endif
                                                  ));
    const std::string version = decimal(PY_MAJOR_VERSION) + "." + decimal(PY_MINOR_VERSION);
    const std::string digits = decimal(PY_MAJOR_VERSION) + decimal(PY_MINOR_VERSION);
    std::string abi;
#if defined(Py_GIL_DISABLED)
    abi = "t";
#endif
    const std::array<std::string, 5> libraries{
        "lib/python" + version + abi, "lib64/python" + version + abi, "Lib",
        "lib/python" + digits + ".zip", "python" + digits + ".zip"};
    std::error_code failed;
    for (const std::string& library : libraries) {
        if (fs::exists(fs::path(prefix) / library, failed)) {
            return;
        }
    }
    throw std::runtime_error(std::string("interlock: il::interpreter: ") + what + ": '" + home +
                             "' holds no standard library of Python " + version + " (lib/python" +
                             version + abi + ")");
}

// Where the installation was found by the first start without a home of its own. Touched by who starts one, alone.
std::string first_prefix;
std::string first_exec_prefix;

void configure(configuration& config, const interpreter_options& options) {
    config->install_signal_handlers = options.signal_handlers ? 1 : 0;
    config->parse_argv = 0;
    if (options.dev_mode) {
        config->dev_mode = *options.dev_mode ? 1 : 0;
    }
    if (!options.argv.empty()) {
        std::vector<char*> argv;
        argv.reserve(options.argv.size());
        for (const std::string& argument : options.argv) {
            argv.push_back(const_cast<char*>(argument.c_str()));
        }
        configuration::check(
            PyConfig_SetBytesArgv(config.get(), static_cast<Py_ssize_t>(argv.size()), argv.data()));
    }
    if (options.home.empty() && !first_prefix.empty()) {
        // Said anew: CPython keeps what it found of the last one in this process, which may have had an environment.
        for (wchar_t** field : {&config->prefix, &config->base_prefix}) {
            config.set(field, first_prefix);
        }
        for (wchar_t** field : {&config->exec_prefix, &config->base_exec_prefix}) {
            config.set(field, first_exec_prefix);
        }
    }
    if (!options.home.empty()) {
        check_home(options.home, "home");
        config.set(&config->home, options.home);
    } else if (const char* home = std::getenv("PYTHONHOME");
               home != nullptr && *home != '\0' && !options.isolated) {
        check_home(home, "PYTHONHOME");
    }
    if (!options.venv.empty()) {
        config.set(&config->executable, python_of_venv(options.venv).string());
    } else if (const std::string self = own_executable(options); !self.empty()) {
        // Not "python3" on PATH, which may be another installation with another standard library.
        // Said as the executable too: CPython keeps what it found of the last one in this process.
        config.set(&config->program_name, self);
        config.set(&config->executable, self);
    }
}

// sys.executable is this program, which multiprocessing would start again and again; the installation's own python is meant.
constexpr const char* repair_executable = R"(
import os, sys
_name = "python.exe" if os.name == "nt" else f"bin/python{sys.version_info[0]}.{sys.version_info[1]}{sys.abiflags}"
_python = os.path.join(sys.base_exec_prefix, _name)
sys.executable = sys._base_executable = _python if os.access(_python, os.X_OK) else ""
)";

// What sys is told beyond the configuration; its sub-interpreters are told the same. Written by who starts or ends an interpreter,
// while nobody is inside.
struct told_to_sys {
    std::vector<std::string> path;
    bool repairs_executable = false;
};
told_to_sys told;

void prepare(const interpreter_options& options) {
    python py = token_inside;
    const module sys = py.import("sys");
    told = {options.path, options.venv.empty()};
    tell_sys_as_in_main(py);
    if (first_prefix.empty() && options.home.empty()) {
        first_prefix = sys.attr("base_prefix").as<std::string>();
        first_exec_prefix = sys.attr("base_exec_prefix").as<std::string>();
    }
    if (INTERLOCK_IMPORT_THREADING_FIRST) {
        // Not by a thread of the program's that keeps its state: the end would wait for that thread for ever.
        py.import("threading");
    }
    static_cast<void>(current_interpreter());
}

}  // namespace

void tell_sys_as_in_main(python py) {
    const object path = py.import("sys").attr("path");
    int position = 0;
    for (const std::string& folder : told.path) {
        path.call_method("insert", position++, folder);
    }
    if (told.repairs_executable) {
        py.run(repair_executable, dict::make(py));
    }
}

}  // namespace detail

interpreter::interpreter() : interpreter(interpreter_options{}) {}

namespace detail {
namespace {

embedded_module* embedded_modules = nullptr;  // made before main(), never changed afterwards

}  // namespace

embedded_module::embedded_module(const char* name, PyObject* (*start)()) noexcept
    : name_(name), start_(start), next_(embedded_modules) {
    embedded_modules = this;
    if (Py_IsInitialized() == 0) {
        entered_ = PyImport_AppendInittab(name, start) == 0;
    }
}

void embedded_module::enter_all() {
    for (embedded_module* module = embedded_modules; module != nullptr; module = module->next_) {
        if (!module->entered_ && PyImport_AppendInittab(module->name_, module->start_) != 0) {
            throw std::bad_alloc();
        }
        module->entered_ = false;  // the next interpreter needs it anew
    }
}

}  // namespace detail

interpreter::interpreter(const interpreter_options& options) : state_(nullptr) {
    const detail::start_in_progress guard;
    if (Py_IsInitialized() != 0) {
        throw std::logic_error(
            "interlock: il::interpreter: this process runs a Python interpreter already (it is "
            "started by an "
            "il::interpreter that is alive, or by the host program); enter it with il::with_gil");
    }
    detail::embedded_module::enter_all();
    {
        detail::configuration config(options.isolated);
        detail::configure(config, options);
        const PyStatus status = Py_InitializeFromConfig(config.get());
        if (PyStatus_Exception(status) != 0 && detail::attached_state() != nullptr) {
            PyErr_Clear();  // CPython gave up half-way and left this thread attached
            PyEval_SaveThread();
        }
        detail::configuration::check(status);
    }
    try {
        detail::prepare(options);
        state_ = new detail::embedded{PyThreadState_Get(), std::this_thread::get_id()};
    } catch (...) {
        Py_FinalizeEx();
        throw;
    }
    PyEval_SaveThread();
}

interpreter::~interpreter() {
    auto* embedded = static_cast<detail::embedded*>(state_);
    if (std::this_thread::get_id() != embedded->maker || detail::attached_state() != nullptr) {
        std::fputs(
            "interlock: ~interpreter: must run on the thread that made it, outside of with_gil; "
            "Python is left running\n",
            stderr);
        return;
    }
    PyEval_RestoreThread(embedded->state);
    delete embedded;
    Py_FinalizeEx();
    detail::told = {};
}

INTERLOCK_END

#endif
