// il::subinterpreter: how one is made and ended.
//
// Its gate is the one that every interpreter has (invariant 5); what is added is who ends it: its object, the thread that leaves
// it last, or the main interpreter's end. They agree by one word in the record, and whoever comes second waits, detached.
//
// Before 3.14 Py_EndInterpreter aborts the process where a thread state is left. So what it does first is done here before it is
// called: Python's threads are joined and the atexit callbacks run, of which the last is the gate's; then what is left is
// counted, and an interpreter that cannot be ended is left running.
#include "run.hpp"

#include <interlock/run/interpreter.hpp>
#include <interlock/run/subinterpreter.hpp>

#include <chrono>
#include <cstdio>
#include <thread>
#include <utility>

INTERLOCK_BEGIN
namespace detail {
namespace {

#if INTERLOCK_HAS_SUBINTERPRETERS

[[noreturn]] void refuse_options(const char* what) {
    throw std::runtime_error(std::string("interlock: il::subinterpreter: ") + what);
}

PyInterpreterConfig configuration_of(const subinterpreter_options& options) {
    if (options.own_gil && options.legacy_modules) {
        refuse_options(
            "legacy_modules needs own_gil = false: modules that know one interpreter only are not "
            "safe under two locks");
    }
#if defined(Py_GIL_DISABLED)
    if (options.legacy_modules) {
        refuse_options(
            "legacy_modules: a free-threaded Python allows them nowhere but in the main "
            "interpreter");
    }
#endif
    if (options.daemon_threads && !options.threads) {
        refuse_options("daemon_threads needs threads = true");
    }
    if (options.daemon_threads && !INTERLOCK_ENDS_OVER_STATES) {
        refuse_options(
            "daemon_threads needs CPython 3.14: an older one aborts the process where a daemon "
            "thread is left when the sub-interpreter ends");
    }
    PyInterpreterConfig config = {};
    config.use_main_obmalloc = options.legacy_modules ? 1 : 0;
    config.allow_fork = options.fork ? 1 : 0;
    config.allow_exec = options.exec ? 1 : 0;
    config.allow_threads = options.threads ? 1 : 0;
    config.allow_daemon_threads = options.daemon_threads ? 1 : 0;
    config.check_multi_interp_extensions = options.legacy_modules ? 0 : 1;
    config.gil = options.own_gil ? PyInterpreterConfig_OWN_GIL : PyInterpreterConfig_SHARED_GIL;
    return config;
}

// Lets go of the state that an interpreter was made with, which nobody uses again. It stays, because it lies inside of the
// interpreter: were it deleted, the next state that is made would lie there, and a thread that is inside when the interpreter
// ends would be left with the address of freed memory, where CPython writes when it gives that thread another state.
void leave_first_state(interpreter_record& record, PyThreadState* first) noexcept {
    record.first = first;
    PyEval_SaveThread();
}

// Leaves this thread attached as it was.
INTERLOCK_STOPS_UNWINDING interpreter_record& make_interpreter(const PyInterpreterConfig& config) {
    PyThreadState* former = attached_state();
    PyThreadState* first = nullptr;
    never_unwound call;
    const PyStatus status = Py_NewInterpreterFromConfig(&first, &config);
    call.returned();
    if (PyStatus_Exception(status) != 0) {
        refuse_options(status.err_msg == nullptr ? "CPython could not make it" : status.err_msg);
    }
    interpreter_record* record = nullptr;
    std::exception_ptr failed;
    try {
        record = &current_interpreter();
        meet_interpreter_of(first);
    } catch (...) {
        failed = std::current_exception();
    }
    if (failed != nullptr) {
        Py_EndInterpreter(first);
    } else {
        leave_first_state(*record, first);
    }
    restore_thread(former);
    if (failed != nullptr) {
        std::rethrow_exception(failed);
    }
    return *record;
}

#if !INTERLOCK_ENDS_OVER_STATES

// What Py_EndInterpreter does before it counts the thread states.
constexpr const char* prepare_end = R"(
import atexit, sys
_threading = sys.modules.get("threading")
if _threading is not None:
    if sys.version_info < (3, 13):
        # The thread that ends the interpreter becomes the main one: the one that was may be gone, with the lock that is asked
        # for, or be this one under another thread state.
        _threading._main_thread._set_ident()
        _threading._main_thread._set_tstate_lock()
    _threading._shutdown()
    _threading._shutdown = lambda: None  # CPython calls it once more
atexit._run_exitfuncs()
)";

int other_states(PyInterpreterState* interpreter) noexcept {
    int count = -1;
    for (PyThreadState* state = PyInterpreterState_ThreadHead(interpreter); state != nullptr;
         state = PyThreadState_Next(state)) {
        ++count;
    }
    return count;
}

// Waits for threads that Python code started by _thread alone, whom nobody joins; not for those that the gate has waited for.
bool is_alone(interpreter_record& record) {
    using clock = std::chrono::steady_clock;
    const auto begin = clock::now();
    for (;;) {
        const int others = other_states(record.interpreter);
        if (others == 0) {
            return true;
        }
        if (others == detached_inside(record) ||
            std::chrono::duration<double>(clock::now() - begin).count() >= exit_wait_seconds()) {
            return false;
        }
        PyThreadState* state = PyEval_SaveThread();
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
        restore_thread(state);
    }
}

// The states of threads that are in an allow_threads and will be turned away when they return, or were turned away. Each then has a pointer to
// freed memory in CPython's books, where nobody looks but another library's PyGILState_Ensure: done at the end of the process
// alone, which 3.12 aborts where an interpreter is left.
bool delete_other_states(const interpreter_record& record) {
    const int known = detached_inside(record) + record.states_left.load(std::memory_order_acquire);
    if (!record.is_shut() || other_states(record.interpreter) != known) {
        return false;
    }
    const PyThreadState* mine = attached_state();
    for (PyThreadState* state = PyInterpreterState_ThreadHead(record.interpreter);
         state != nullptr;) {
        PyThreadState* next = PyThreadState_Next(state);
        if (state != mine) {
            PyThreadState_Clear(state);
            PyThreadState_Delete(state);
        }
        state = next;
    }
    return true;
}

bool may_end(python py, interpreter_record& record, bool is_last_try) {
    if (is_last_try) {
        return delete_other_states(record);
    }
    // It is bound to no thread any more.
    PyThreadState* first = std::exchange(record.first, nullptr);
    PyThreadState_Clear(first);
    PyThreadState_Delete(first);
    try {
        py.run(prepare_end, dict::make(py));
    } catch (const python_error& error) {
        error.restore();
        PyErr_WriteUnraisable(nullptr);
    }
    if (!record.is_closed()) {
        close_gate(record);  // somebody emptied the list of callbacks
    }
    return is_alone(record);
}

#else

bool may_end(python, interpreter_record&, bool) { return true; }

#endif

// Called by the thread that has set `life` to ending, detached.
sub_life end_now(interpreter_record& record, bool is_last_try) {
    thread_record& thread = this_thread();
    sub_life outcome = sub_life::abandoned;
    {
        record.closer.store(&thread, std::memory_order_relaxed);
        attach_scope scope(record, std::source_location::current(), if_refused::returns);
        if (scope.entered()) {
            if (may_end(scope.token(), record, is_last_try)) {
                Py_EndInterpreter(attached_state());
                outcome = sub_life::over;
            } else if (!is_last_try) {
                std::fprintf(stderr,
                             "interlock: ~subinterpreter: a thread is still in sub-interpreter "
                             "%lld after %g s (il::exit_wait); it is left running, since this "
                             "version of Python cannot end it under a thread\n",
                             static_cast<long long>(record.id), exit_wait_seconds());
            }
        } else if (record.finished.load(std::memory_order_relaxed)) {
            outcome = sub_life::over;  // somebody else has ended it
        }
    }
    if (outcome == sub_life::over) {
        thread.left_behind = nullptr;  // the scope's own state went with the interpreter
    }
    return outcome;
}

void end_detached(interpreter_record& record, bool is_last_try) noexcept {
    sub_life found = record.life.load(std::memory_order_acquire);
    for (;;) {
        if (found == sub_life::ending) {
            record.life.wait(sub_life::ending, std::memory_order_acquire);
            found = record.life.load(std::memory_order_acquire);
        } else if (found == sub_life::alive || found == sub_life::unwanted ||
                   (found == sub_life::abandoned && is_last_try)) {
            if (record.life.compare_exchange_weak(found, sub_life::ending,
                                                  std::memory_order_acq_rel)) {
                break;
            }
        } else {
            return;
        }
    }
    sub_life outcome = sub_life::abandoned;
    try {
        outcome = end_now(record, found == sub_life::abandoned);
    } catch (const std::exception& error) {
        std::fprintf(stderr, "interlock: ~subinterpreter: it is left running: %s\n", error.what());
    }
    record.life.store(outcome, std::memory_order_release);
    record.life.notify_all();
}

void end_all() noexcept {
    for (interpreter_record* record = first_record(); record != nullptr; record = record->next) {
        end_detached(*record, true);
    }
}

// What the destructor does.
void end(interpreter_record& record) {
    const sub_life life = record.life.load(std::memory_order_acquire);
    if (life == sub_life::over || life == sub_life::abandoned) {
        return;
    }
    PyThreadState* attached = attached_state();
    gate_slot& slot = slot_at(this_thread(), record);
    if (slot.word.load(std::memory_order_relaxed) != gate_slot::outside ||
        (thread_word() & word_traversing) != 0 ||
        (attached != nullptr && interpreter_of(attached) == record.interpreter)) {
        sub_life expected = sub_life::alive;
        record.life.compare_exchange_strong(expected, sub_life::unwanted,
                                            std::memory_order_acq_rel);
        return;
    }
    if (attached == nullptr) {
        end_detached(record, false);
        return;
    }
    detach_scope outside(&token_inside, std::source_location::current());
    end_detached(record, false);
}

void end_unwanted(interpreter_record& interpreter) noexcept {
    if (interpreter.life.load(std::memory_order_acquire) == sub_life::unwanted) {
        end_detached(interpreter, false);
    }
}

void prepare(interpreter_record& record, const subinterpreter_options& options) {
    try {
        enter_and_call_in(record, std::source_location::current(), [&](python py) {
            tell_sys_as_in_main(py);
            const object path = py.import("sys").attr("path");
            int position = 0;
            for (const std::string& folder : options.path) {
                path.call_method("insert", position++, folder);
            }
        });
    } catch (const python_error& error) {
        const std::string why = error.what();
        end(record);
        refuse_options(("sys.path could not be set: " + why).c_str());
    } catch (...) {
        end(record);
        throw;
    }
}

#endif

}  // namespace

}  // namespace detail

#if !INTERLOCK_LIMITED_API

subinterpreter::subinterpreter(python py) : subinterpreter(py, subinterpreter_options{}) {}

#if INTERLOCK_HAS_SUBINTERPRETERS

subinterpreter::subinterpreter(python py, const subinterpreter_options& options)
    : record_(nullptr) {
    detail::require_attached("il::subinterpreter");
    const PyInterpreterConfig config = detail::configuration_of(options);
    const detail::interpreter_record* main =
        detail::main_interpreter.load(std::memory_order_acquire);
    if (main == nullptr || main->is_closed() || detail::current_interpreter().is_closed()) {
        throw no_interpreter(refusal::finalizing,
                             "interlock: il::subinterpreter: the Python interpreter is finalizing");
    }
    detail::end_subinterpreters.store(detail::end_all, std::memory_order_release);
    detail::end_if_unwanted.store(detail::end_unwanted, std::memory_order_release);
    record_ = &detail::make_interpreter(config);
    record_->life.store(detail::sub_life::alive, std::memory_order_release);
    detail::prepare(*record_, options);
    static_cast<void>(py);
}

subinterpreter::~subinterpreter() {
    if (record_ == nullptr) {
        return;
    }
    try {
        detail::end(*record_);
    } catch (const std::exception& error) {
        std::fprintf(stderr, "interlock: ~subinterpreter: it is left running: %s\n", error.what());
    }
}

#else

subinterpreter::subinterpreter(python, const subinterpreter_options&) : record_(nullptr) {
    throw std::runtime_error(
        "interlock: il::subinterpreter: needs CPython 3.12 or newer: on 3.11 a thread that is "
        "attached to a second interpreter cannot be told from one that is not attached");
}

subinterpreter::~subinterpreter() = default;

#endif

std::int64_t subinterpreter::id() const noexcept { return record_ == nullptr ? -1 : record_->id; }

detail::interpreter_record& subinterpreter::record(const char* operation) const {
    if (record_ == nullptr) {
        throw std::logic_error(std::string("interlock: ") + operation +
                               ": the object was moved from");
    }
    return *record_;
}

#endif

INTERLOCK_END
