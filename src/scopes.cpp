// Entering and leaving: the slow half of the two scopes, where the gate is passed and the state is moved.
//
// Keeps invariants 4, 5, 6 and 13: the gate is asked before a thread state is made and before one is restored; "attached"
// is set after CPython said so; what a scope changes it puts back from its own memory. A thread's count of open doors goes
// up and down by one, since scopes of greenlets need not end in the order in which they began.
#include "records.hpp"

#include <interlock/attach/token.hpp>

#include <new>

INTERLOCK_BEGIN

struct token_maker {
    static constexpr attachment make() { return attachment(); }
};

namespace detail {

constinit const attachment token_clean = token_maker::make();
constinit const attachment token_inside = token_maker::make();
constinit const attachment token_called = token_maker::make();

namespace {

// The guard of PEP 788 that let a thread in after our gate had closed; CPython's own closes later than ours.
struct pass {
    bool in = false;
    void* guard = nullptr;
};

// For a thread that finds the gate closed. The thread that finalizes may go in and out until the interpreter is gone.
pass ask_late(const thread_record& thread, interpreter_record& interpreter) noexcept {
    if (interpreter.closer.load(std::memory_order_relaxed) == &thread) {
        return {!interpreter.finished.load(std::memory_order_relaxed), nullptr};
    }
#if INTERLOCK_HAS_PEP788
    if (interpreter.view != nullptr) {
        PyInterpreterGuard* guard = PyInterpreterGuard_FromView(interpreter.view);
        return {guard != nullptr, guard};
    }
#endif
    return {};
}

void give_guard_back([[maybe_unused]] void* guard) noexcept {
#if INTERLOCK_HAS_PEP788
    if (guard != nullptr) {
        PyInterpreterGuard_Close(static_cast<PyInterpreterGuard*>(guard));
    }
#endif
}

// Raises the slot, then looks at the gate: newcomers are turned away, and whoever got past is waited for.
pass pass_gate(const thread_record& thread, gate_slot& slot,
               interpreter_record& interpreter) noexcept {
    slot.word.exchange(slot.count() + gate_slot::one_door, std::memory_order_seq_cst);
    if (!interpreter.closed.load(std::memory_order_seq_cst)) [[likely]] {
        return {true, nullptr};
    }
    return ask_late(thread, interpreter);
}

void lower(gate_slot& slot) noexcept {
    const std::uint32_t count = slot.count() - gate_slot::one_door;
    slot.word.store(count != 0 ? count | gate_slot::detached : 0, std::memory_order_release);
}

// Takes the interpreter for a first look at it, where this core has no record of one yet: without a gate, since nothing
// can have been registered. On 3.15 CPython has one of its own.
interpreter_record* first_contact() {
    while (starting.load(std::memory_order_acquire)) {
        starting.wait(true, std::memory_order_acquire);
    }
    if (interpreter_record* known = main_interpreter.load(std::memory_order_acquire)) {
        return known;
    }
    if (Py_IsInitialized() == 0 || is_finalizing()) {
        return nullptr;
    }
#if INTERLOCK_HAS_PEP788
    PyInterpreterView* view = PyInterpreterView_FromMain();
    PyThreadStateToken* token = view == nullptr ? nullptr : PyThreadState_EnsureFromView(view);
    if (view != nullptr) {
        PyInterpreterView_Close(view);
    }
    if (token == nullptr) {
        return nullptr;
    }
    interpreter_record& found = current_interpreter();
    PyThreadState_Release(token);
    return &found;
#else
    const PyGILState_STATE before = PyGILState_Ensure();
    interpreter_record* found = nullptr;
    try {
        found = &current_interpreter();
    } catch (const no_interpreter&) {
    }
    PyGILState_Release(before);
    return found;
#endif
}

struct chosen_state {
    PyThreadState* state = nullptr;
    bool fleeting = false;
    bool adopted = false;
};

// The thread state to attach with: one that somebody made on this thread if there is one, else the one we keep. CPython is
// asked at every entry and what it says is not remembered: an outer PyGILState_Release may delete it.
chosen_state choose_state(thread_record& thread, interpreter_record& interpreter,
                          PyThreadState* bound) {
    if (bound != nullptr) {
        return {bound, false, bound != thread.kept};
    }
    if (thread.kept != nullptr && thread.kept_owner == &interpreter) {
        return {thread.kept, false};
    }
    PyThreadState* made = PyThreadState_New(interpreter.interpreter);
    if (made == nullptr) {
        throw std::bad_alloc();
    }
    if ((thread_word & word_exiting) != 0) {
        return {made, true};  // the exit hook has run: nobody would give it back
    }
    thread.kept = made;
    thread.kept_owner = &interpreter;
    thread.kept_frame = python_frame(made);
    return {made, false};
}

// Whether no Python frame is active on this state, which is the current one.
bool no_python_frame(const thread_record& thread, const PyThreadState* state) noexcept {
    return python_frame(state) == (state == thread.kept ? thread.kept_frame : nullptr);
}

[[noreturn]] void refuse(refusal why) {
    switch (why) {
        case refusal::never_started:
            throw no_interpreter(
                why,
                "interlock: with_gil: no Python interpreter runs in this process; start one with "
                "il::interpreter, or import the module from Python");
        case refusal::garbage_collection:
            throw no_interpreter(why,
                                 "interlock: with_gil: called inside a tp_traverse, where the "
                                 "garbage collector runs and "
                                 "nothing of Python may be touched");
        case refusal::finalizing:
            break;
    }
    throw no_interpreter(why,
                         "interlock: with_gil: the Python interpreter is finalizing or has "
                         "finished; use try_with_gil "
                         "where that is to be expected");
}

}  // namespace

void attach_scope::enter(std::source_location where, if_refused otherwise) {
    const std::uintptr_t word = thread_word;
    flags_before_ = word & word_refused;
    refusal why = refusal::finalizing;
    if ((word & word_traversing) != 0) {
        why = refusal::garbage_collection;
    } else if (attached_state() != nullptr) {
        // Another library attached inside our allow_threads.
        thread_word = word & ~word_refused;
        kind_ = kind::flagged;
        region_before_ = this_thread_if_any()->region;
        return;
    } else {
        thread_record& thread = this_thread();
        trace_point(trace_waiting, where);
        interpreter_record* interpreter = main_interpreter.load(std::memory_order_acquire);
        if (interpreter == nullptr) [[unlikely]] {
            interpreter = first_contact();
            if (interpreter == nullptr && !met_any_interpreter() && Py_IsInitialized() == 0) {
                why = refusal::never_started;
            }
        }
        if (interpreter != nullptr) {
            gate_slot* slot = &slot_at(thread, *interpreter);
            pass passed = pass_gate(thread, *slot, *interpreter);
            PyThreadState* bound = passed.in ? PyGILState_GetThisThreadState() : nullptr;
            if (bound != nullptr && bound != thread.kept &&
                bound->interp != interpreter->interpreter) [[unlikely]] {
                // This thread belongs to another interpreter: its gate is the one to pass.
                interpreter_record* other = known_interpreter(bound->interp);
                if (other != nullptr) {
                    gate_slot& others = slot_at(thread, *other);
                    const pass passed_other = pass_gate(thread, others, *other);
                    lower(*slot);
                    give_guard_back(passed.guard);
                    slot = &others;
                    passed = passed_other;
                    interpreter = other;
                }
            }
            if (passed.in) {
                chosen_state chosen;
                try {
                    chosen = choose_state(thread, *interpreter, bound);
                } catch (...) {
                    lower(*slot);
                    give_guard_back(passed.guard);
                    throw;
                }
                region_before_ = thread.region;
                clean_before_ = thread.clean;
                const bool clean_below =
                    (flags_before_ & word_detached) == 0 || region_before_->clean();
                restore_thread(chosen.state);
                thread_word &= ~word_refused;
                kind_ = chosen.fleeting ? kind::fleeting
                        : chosen.adopted ? kind::adopted
                                         : kind::attached;
                if (chosen.adopted) {
                    // As PyGILState_Ensure does: the count tells whoever made this state, maybe another extension's
                    // copy of this core, that it is in use here and may not be given back.
                    ++chosen.state->gilstate_counter;
                }
                slot_ = slot;
                guard_ = passed.guard;
                where_ = where;
                thread.clean = clean_below && no_python_frame(thread, chosen.state);
                token_ = thread.clean ? &token_clean : &token_inside;
                trace_point(trace_attached, where);
                drain_if_any(*interpreter);
                return;
            }
            lower(*slot);
        }
    }
    kind_ = kind::refused;
    if (otherwise == if_refused::throws) {
        refuse(why);
    }
}

void attach_scope::leave() noexcept {
    if (kind_ == kind::refused) {
        return;
    }
    if (kind_ == kind::flagged) {
        thread_word |= flags_before_;
        this_thread_if_any()->region = region_before_;
        return;
    }
    // The thread is not attached here when allow_threads was refused its way back and an exception went on.
    if (PyThreadState* state = attached_state()) [[likely]] {
        if (PyErr_Occurred() != nullptr) [[unlikely]] {
            PyErr_WriteUnraisable(
                nullptr);  // raw C API code left it; the state would carry it into the next entry
        }
        if (kind_ == kind::fleeting) {
            PyThreadState_Clear(state);
            PyThreadState_DeleteCurrent();
        } else {
            if (kind_ == kind::adopted) {
                --state->gilstate_counter;
            }
            PyEval_SaveThread();
        }
    }
    thread_word = (thread_word & ~word_refused) | flags_before_;
    thread_record* thread = this_thread_if_any();
    thread->region = region_before_;
    thread->clean = clean_before_;
    lower(*slot_);
    give_guard_back(guard_);
    trace_point(trace_released, where_);
}

detach_scope::detach_scope(const attachment* token, std::source_location where) : where_(where) {
    PyThreadState* attached = attached_state();
    if (attached == nullptr || (thread_word & word_traversing) != 0) [[unlikely]] {
        throw_not_attached("il::python::allow_threads");
    }
    thread_record* thread = this_thread_if_any();
    interpreter_record* owner = main_interpreter.load(std::memory_order_relaxed);
    gate_slot* slot = nullptr;
    if (thread != nullptr && owner != nullptr &&
        thread->main.owner.load(std::memory_order_relaxed) == owner &&
        owner->interpreter == attached->interp) [[likely]] {
        slot = &thread->main;
    } else {
        owner = &current_interpreter();
        thread = &this_thread();
        slot = &slot_at(*thread, *owner);
    }
    clean_ = token == &token_clean ||
             (token == &token_inside && thread->clean && no_python_frame(*thread, attached));
    clean_before_ = thread->clean;
    thread_ = thread;
    owner_ = owner;
    thread->region = this;
    slot->word.store((slot->count() + gate_slot::one_door) | gate_slot::detached,
                     std::memory_order_release);
    slot_ = slot;
    trace_point(trace_detached, where);
    state_ = PyEval_SaveThread();
    thread_word |= word_detached;
}

// False when the thread was turned away; it is then still detached, in fact and by every record.
inline bool detach_scope::attach_again() noexcept {
    gate_slot& slot = *slot_;
    slot_ = nullptr;
    trace_point(trace_waiting, where_);
    const std::uint32_t count = slot.count();
    slot.word.exchange(count, std::memory_order_seq_cst);
    interpreter_record& owner = *owner_;
    void* guard = nullptr;
    if (owner.closed.load(std::memory_order_seq_cst)) [[unlikely]] {
        const pass passed = ask_late(*thread_, owner);
        if (!passed.in) {
            // Detached for good: not waited for any more.
            thread_->region = nullptr;
            slot.word.store(count - gate_slot::one_door != 0
                                ? (count - gate_slot::one_door) | gate_slot::detached
                                : 0,
                            std::memory_order_release);
            if (!clean_) {
                park();
            }
            return false;
        }
        guard = passed.guard;
    }
    restore_thread(state_);
    thread_word &= ~word_detached;
    thread_->region = nullptr;
    thread_->clean = clean_before_;
    slot.word.store(count - gate_slot::one_door, std::memory_order_release);
    trace_point(trace_attached, where_);
    drain_if_any(owner);
    if (guard != nullptr) [[unlikely]] {
        give_guard_back(guard);
    }
    return true;
}

void detach_scope::finish() {
    if (!attach_again()) {
        throw no_interpreter(refusal::finalizing,
                             "interlock: allow_threads: the Python interpreter finalized while "
                             "this thread worked without it");
    }
}

void detach_scope::unwind() noexcept { static_cast<void>(attach_again()); }

}  // namespace detail
INTERLOCK_END
