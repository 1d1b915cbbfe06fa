// One record per interpreter, and the gate that closes when it finalizes (invariant 5).
//
// The record hangs in the interpreter's own dictionary, so that an interpreter made anew at the same address is told from
// the one before. The gate is closed by an atexit callback: it runs after CPython has joined its non-daemon threads and
// before teardown begins. It turns newcomers away, then waits for the threads that are inside: without limit for those
// that are attached or attaching (they end by themselves, since this thread has let go of the interpreter), for
// il::exit_wait for those that are detached. Callbacks that were registered before ours run after the gate has closed.
#include "records.hpp"

#include <interlock/attach/doors.hpp>

#include <chrono>
#include <cstdio>
#include <memory>
#include <thread>

INTERLOCK_BEGIN
namespace detail {

std::atomic<interpreter_record*> main_interpreter{nullptr};
std::atomic<bool> starting{false};
std::atomic<void (*)() noexcept> end_subinterpreters{nullptr};
std::atomic<void (*)(interpreter_record& interpreter) noexcept> end_if_unwanted{nullptr};

namespace {

std::atomic<interpreter_record*> first_interpreter{nullptr};
std::atomic<std::uint64_t> interpreters_met{0};
std::atomic<double> exit_wait_limit{5.0};

constexpr const char* capsule_name = "interlock.interpreter_record";

struct inside_count {
    int attached = 0;
    int detached = 0;
};

inside_count count_inside(const interpreter_record& interpreter,
                          const thread_record* myself) noexcept {
    inside_count found;
    for (thread_record* thread = all_threads(); thread != nullptr; thread = thread->next) {
        if (thread == myself) {
            continue;
        }
        for (const gate_slot* slot = &thread->main; slot != nullptr;
             slot = slot->next.load(std::memory_order_acquire)) {
            if (slot->owner.load(std::memory_order_seq_cst) != &interpreter) {
                continue;
            }
            const std::uint32_t word = slot->word.load(std::memory_order_seq_cst);
            found.attached += (word & gate_slot::inside) != 0 ? 1 : 0;
            found.detached += word == gate_slot::detached ? 1 : 0;
        }
    }
    return found;
}

// Waits until nobody is attached, and for at most the limit until nobody is detached; then shuts the gate for those too, and
// waits for who slipped in before that.
void wait_until_left(interpreter_record& interpreter) noexcept {
    using clock = std::chrono::steady_clock;
    const auto begin = clock::now();
    const thread_record* myself = this_thread_if_any();
    auto nap = std::chrono::microseconds(50);
    bool said = false;
    bool shut = false;
    for (;;) {
        const inside_count inside = count_inside(interpreter, myself);
        const double limit = exit_wait_limit.load(std::memory_order_relaxed);
        const double waited = std::chrono::duration<double>(clock::now() - begin).count();
        const bool over = shut || waited >= limit;
        if (inside.detached != 0 && !said && (over || waited >= 0.2)) {
            std::fprintf(stderr,
                         "interlock: %s while %d thread%s inside allow_threads; "
                         "waiting for at most %g s "
                         "(set it with il::exit_wait)\n",
                         interpreter.is_main ? "Python is exiting" : "a sub-interpreter is ending",
                         inside.detached, inside.detached == 1 ? " is" : "s are", limit);
            said = true;
        }
        if (inside.attached == 0 && (inside.detached == 0 || over)) {
            if (shut) {
                return;
            }
            shut = true;
            interpreter.attention.fetch_or(interpreter_front::shut, std::memory_order_seq_cst);
            continue;
        }
        // The threads that are awaited do not know that they are: telling us would cost every departure a fence.
        std::this_thread::sleep_for(nap);
        nap = nap < std::chrono::microseconds(1000) ? nap * 2 : nap;
    }
}

constexpr const char* gate_name = "interlock.gate_1";

int holds_this_thread(const void* interpreter) noexcept {
    thread_record* thread = this_thread_if_any();
    for (gate_slot* slot = thread == nullptr ? nullptr : &thread->main; slot != nullptr;
         slot = slot->next.load(std::memory_order_relaxed)) {
        const interpreter_front* owner = slot->owner.load(std::memory_order_relaxed);
        if (owner != nullptr && owner->interpreter == interpreter &&
            (slot->word.load(std::memory_order_relaxed) & gate_slot::inside) != 0) {
            return 1;
        }
    }
    return 0;
}

constinit interlock_gate_1 this_gate{holds_this_thread};

// Where this fails, for want of memory, the others are not known: then their threads are turned away.
void look_for_others(interpreter_record& interpreter) noexcept {
    const keep_error kept;
    PyObject* dict = interpreter_dict(interpreter.interpreter);
    PyObject* values = dict == nullptr ? nullptr : PyDict_Values(dict);
    for (Py_ssize_t i = 0; values != nullptr && i < PyList_GET_SIZE(values); ++i) {
        PyObject* value = PyList_GET_ITEM(values, i);
        if (PyCapsule_IsValid(value, gate_name) == 0) {
            continue;
        }
        const auto* gate =
            static_cast<const interlock_gate_1*>(PyCapsule_GetPointer(value, gate_name));
        if (gate != &this_gate) {
            try {
                interpreter.others.push_back(gate);
            } catch (...) {
                break;
            }
        }
    }
    Py_XDECREF(values);
    PyErr_Clear();
}

// The atexit callback; its self is the capsule with the record.
PyObject* close_gate_at_exit(PyObject* self, PyObject*) noexcept {
    auto* interpreter = static_cast<interpreter_record*>(PyCapsule_GetPointer(self, capsule_name));
    if (interpreter == nullptr) {
        return nullptr;
    }
    try {
        close_gate(*interpreter);
    } catch (...) {
        return PyErr_NoMemory();
    }
    return Py_NewRef(Py_None);
}

using forget_function = std::atomic<void (*)(interpreter_record&) noexcept>;
forget_function forget_functions[static_cast<std::size_t>(kept_part::count)];

// Runs when CPython clears the interpreter's dictionary: also where the callback never ran.
void finish(PyObject* capsule) noexcept {
    auto* interpreter =
        static_cast<interpreter_record*>(PyCapsule_GetPointer(capsule, capsule_name));
    if (interpreter != nullptr) {
        interpreter->attention.fetch_or(interpreter_front::closed | interpreter_front::shut,
                                        std::memory_order_seq_cst);
        interpreter->finished.store(true, std::memory_order_seq_cst);
        tell_leaks(*interpreter);
        forget_names(*interpreter);
        for (const forget_function& forget : forget_functions) {
            if (auto* known = forget.load(std::memory_order_acquire)) {
                known(*interpreter);
            }
        }
        // No slot keeps it: an interpreter made anew may lie at the same address.
        for (thread_record* thread = all_threads(); thread != nullptr; thread = thread->next) {
            for (gate_slot* slot = &thread->main; slot != nullptr;
                 slot = slot->next.load(std::memory_order_acquire)) {
                // A thread that is away still needs it, to learn that it is turned away.
                interpreter_front* owner = interpreter;
                if (slot->word.load(std::memory_order_acquire) == gate_slot::outside) {
                    slot->owner.compare_exchange_strong(owner, nullptr, std::memory_order_relaxed);
                }
            }
        }
        if (interpreter->is_main) {
            forget_only_interpreter();
            // What this thread still runs of Python finds no way out any more, and is told so.
            if (thread_record* mine = this_thread_if_any()) {
                mine->known = &no_state;
            }
        }
        interpreter_record* expected = interpreter;
        main_interpreter.compare_exchange_strong(expected, nullptr, std::memory_order_acq_rel);
    }
}

PyMethodDef close_gate_definition = {
    "interlock_close_gate", close_gate_at_exit, METH_NOARGS,
    "Turns threads away from now on and waits for those that are inside."};

struct release_reference {
    void operator()(PyObject* object) const noexcept { Py_XDECREF(object); }
};
using reference = std::unique_ptr<PyObject, release_reference>;

[[noreturn]] void throw_too_late() {
    PyErr_Clear();
    throw no_interpreter(refusal::finalizing,
                         "interlock: the interpreter is too far into its finalization");
}

// The key is this core's own: each extension has a record of its own.
reference key_of_this_core() {
    return reference(
        PyUnicode_FromFormat("%s.%p", capsule_name, static_cast<void*>(&main_interpreter)));
}

interpreter_record* record_of(PyObject* capsule) noexcept {
    return capsule == nullptr
               ? nullptr
               : static_cast<interpreter_record*>(PyCapsule_GetPointer(capsule, capsule_name));
}

// The module atexit. Where nobody has imported it yet it is made as importlib makes a builtin one, in a fifth of the instructions:
// what it registers is the interpreter's, whichever module object it was.
PyObject* atexit_module() noexcept {
    const reference name(PyUnicode_InternFromString("atexit"));
    PyObject* known = name == nullptr ? nullptr : PyImport_GetModule(name.get());
    if (known != nullptr || name == nullptr) {
        return known;
    }
    const reference importer_name(PyUnicode_InternFromString("_imp"));
    const reference importer(importer_name == nullptr ? nullptr
                                                      : PyImport_GetModule(importer_name.get()));
    const reference spec(importer == nullptr ? nullptr : PyModule_New("atexit"));
    if (spec != nullptr && PyObject_SetAttrString(spec.get(), "name", name.get()) == 0) {
        reference made(PyObject_CallMethod(importer.get(), "create_builtin", "O", spec.get()));
        const reference done(
            made == nullptr ? nullptr
                            : PyObject_CallMethod(importer.get(), "exec_builtin", "O", made.get()));
        if (done != nullptr && PyObject_HasAttrString(made.get(), "register") != 0) {
            return made.release();
        }
    }
    PyErr_Clear();
    return PyImport_ImportModule("atexit");
}

void register_gate(PyObject* capsule, PyObject* dict) {
    const reference gate(PyCapsule_New(&this_gate, gate_name, nullptr));
    const reference key(PyUnicode_FromFormat("%s.%p", gate_name, static_cast<void*>(&this_gate)));
    if (gate == nullptr || key == nullptr || PyDict_SetItem(dict, key.get(), gate.get()) != 0) {
        throw_too_late();
    }
    const reference close(PyCFunction_New(&close_gate_definition, capsule));
    const reference atexit(close == nullptr ? nullptr : atexit_module());
    const reference done(atexit == nullptr
                             ? nullptr
                             : PyObject_CallMethod(atexit.get(), "register", "O", close.get()));
    if (done == nullptr) {
        throw_too_late();
    }
}

interpreter_record& make_record(PyInterpreterState* interpreter, PyObject* dict, PyObject* key) {
    auto* record = new interpreter_record;
    record->interpreter = interpreter;
    record->id = PyInterpreterState_GetID(interpreter);
    record->is_main = is_main_interpreter(interpreter);
    record->generation = interpreters_met.fetch_add(1, std::memory_order_relaxed) + 1;
    const reference capsule(PyCapsule_New(record, capsule_name, nullptr));
    PyObject* winner = capsule == nullptr ? nullptr : PyDict_SetDefault(dict, key, capsule.get());
    if (winner != capsule.get() || winner == nullptr) {
        delete record;  // another thread was first, or there is no memory
        if (winner == nullptr) {
            throw_too_late();
        }
        return *record_of(winner);
    }
    PyCapsule_SetDestructor(capsule.get(), finish);
    if (record->is_main) {
        allow_only_interpreter(interpreter);
    } else {
        meet_another_interpreter(interpreter);
    }
    record->next = first_interpreter.load(std::memory_order_relaxed);
    while (!first_interpreter.compare_exchange_weak(record->next, record, std::memory_order_release,
                                                    std::memory_order_relaxed)) {
    }
    register_gate(capsule.get(), dict);
    if (record->is_main) {
        main_interpreter.store(record, std::memory_order_release);
    }
    return *record;
}

}  // namespace

void give_back_by(kept_part part, void (*forget)(interpreter_record&) noexcept) noexcept {
    forget_functions[static_cast<std::size_t>(part)].store(forget, std::memory_order_release);
}

void close_gate(interpreter_record& interpreter) {
    interpreter.closer.store(&this_thread(), std::memory_order_relaxed);
    look_for_others(interpreter);
    interpreter.attention.fetch_or(interpreter_front::closed, std::memory_order_seq_cst);
    PyThreadState* state = PyEval_SaveThread();
    auto* end_others = interpreter.is_main ? end_subinterpreters.load() : nullptr;
    if (end_others != nullptr) {
        end_others();
    }
    wait_until_left(interpreter);
    if (end_others != nullptr) {
        end_others();  // those that a thread made before it left
    }
    PyEval_RestoreThread(state);
    // What finalizers drop in turn is drained too, within reason.
    for (int round = 0; round < 64 && interpreter.drops_wait(); ++round) {
        drain(interpreter);
    }
    name_leaks(interpreter);
}

int detached_inside(const interpreter_record& interpreter) noexcept {
    return count_inside(interpreter, this_thread_if_any()).detached;
}

interpreter_record* first_record() noexcept {
    return first_interpreter.load(std::memory_order_acquire);
}

bool another_extension_holds_this_thread(const interpreter_record& interpreter) noexcept {
    for (const interlock_gate_1* gate : interpreter.others) {
        if (gate->holds_this_thread(interpreter.interpreter) != 0) {
            return true;
        }
    }
    return false;
}

void raise_drops_of_all_interpreters() noexcept {
    for (interpreter_record* record = first_interpreter.load(std::memory_order_acquire);
         record != nullptr; record = record->next) {
        record->attention.fetch_or(interpreter_front::drops_waiting, std::memory_order_relaxed);
    }
}

void forget_subinterpreters() noexcept {
    const PyThreadState* state = attached_state();
    for (interpreter_record* record = first_record(); record != nullptr; record = record->next) {
        if (!record->is_main &&
            (state == nullptr || interpreter_of(state) != record->interpreter)) {
            record->attention.fetch_or(interpreter_front::closed | interpreter_front::shut,
                                       std::memory_order_relaxed);
            record->finished.store(true, std::memory_order_relaxed);
            if (record->life.load(std::memory_order_relaxed) != sub_life::not_ours) {
                record->life.store(sub_life::over, std::memory_order_relaxed);
            }
        }
    }
}

bool met_any_interpreter() noexcept {
    return first_interpreter.load(std::memory_order_relaxed) != nullptr;
}

interpreter_record* known_interpreter(const PyInterpreterState* interpreter) noexcept {
    for (interpreter_record* record = first_interpreter.load(std::memory_order_acquire);
         record != nullptr; record = record->next) {
        if (record->interpreter == interpreter &&
            !record->finished.load(std::memory_order_relaxed)) {
            return record;
        }
    }
    return nullptr;
}

interpreter_record& current_interpreter() {
    PyInterpreterState* interpreter = interpreter_of(attached_state());
    interpreter_record* main = main_interpreter.load(std::memory_order_acquire);
    if (main != nullptr && main->interpreter == interpreter && !main->is_closed()) {
        return *main;
    }
    thread_record* thread = this_thread_if_any();
    if (thread != nullptr && thread->last_met != nullptr &&
        thread->last_met->interpreter == interpreter &&
        !thread->last_met->finished.load(std::memory_order_relaxed)) {
        return *thread->last_met;
    }
    const keep_error kept;
    PyObject* dict = interpreter_dict(interpreter);
    // Not by its alias, which detail::reference makes ambiguous here when containers.hpp is in a precompiled header.
    const auto key = dict == nullptr ? nullptr : key_of_this_core();
    if (key == nullptr) {
        if (interpreter_record* known = known_interpreter(interpreter)) {
            PyErr_Clear();
            return *known;
        }
        throw_too_late();
    }
    interpreter_record* known = record_of(PyDict_GetItemWithError(dict, key.get()));
    if (known == nullptr) {
        if (is_finalizing()) {
            throw_too_late();
        }
        known = &make_record(interpreter, dict, key.get());
    }
    if (thread != nullptr) {
        thread->last_met = known;
    }
    return *known;
}

}  // namespace detail

void set_exit_wait_seconds(double seconds) noexcept {
    detail::exit_wait_limit.store(seconds < 0 ? 0 : seconds, std::memory_order_relaxed);
}

double exit_wait_seconds() noexcept {
    return detail::exit_wait_limit.load(std::memory_order_relaxed);
}

INTERLOCK_END
