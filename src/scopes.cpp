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

// For a thread that finds the gate closed. Who is inside a with_gil may come back while that is waited for; a daemon thread of
// Python's own is done when its C++ is, or it could come and go for ever; the thread that finalizes may go in and out until the
// interpreter is gone. Newcomers are turned away on every version: the guards of PEP 788 would still let them in, but the
// thread that waits for those inside would then never see the last of them.
bool may_pass_closed(const thread_record& thread, const interpreter_record& interpreter,
                     bool was_inside) noexcept {
    if (was_inside && !interpreter.is_shut()) {
        return true;
    }
    return interpreter.closer.load(std::memory_order_relaxed) == &thread &&
           !interpreter.finished.load(std::memory_order_relaxed);
}

// Raises the slot, then looks at the gate: newcomers are turned away, and whoever got past is waited for. `found` is what
// the slot said before.
bool pass_gate(const thread_record& thread, gate_slot& slot, const interpreter_record& interpreter,
               std::uint32_t& found) noexcept {
    found = slot.word.exchange(gate_slot::inside, std::memory_order_seq_cst);
    return !interpreter.is_closed() ||
           may_pass_closed(thread, interpreter,
                           found != gate_slot::outside && slot.attached_word == gate_slot::inside);
}

// Whether no CPython frame lies below the allow_threads that the thread is in, as far as is known.
bool region_is_clean(const thread_record& thread) noexcept {
    return thread.token == &token_clean ||
           (thread.token == &token_inside && thread.clean && thread.frame == thread.kept_frame);
}

#if !INTERLOCK_HAS_PEP788
// PyGILState_Ensure that parks where CPython would end the thread.
INTERLOCK_STOPS_UNWINDING PyGILState_STATE ensure() {
    never_unwound call;
    const PyGILState_STATE before = PyGILState_Ensure();
    call.returned();
    return before;
}
#endif

// Takes the interpreter for a first look at it, where this core has no record of one yet: without a gate, since nothing
// can have been registered. On 3.15 CPython has one of its own.
interpreter_record* first_contact() {
    do {
        while (starting.load(std::memory_order_acquire)) {
            starting.wait(true, std::memory_order_acquire);
        }
        if (interpreter_record* known = main_interpreter.load(std::memory_order_acquire)) {
            return known;
        }
        if (Py_IsInitialized() == 0 || is_finalizing()) {
            return nullptr;
        }
        // A start that began meanwhile says so from the middle on, before site has run: then it is waited for after all.
    } while (starting.load(std::memory_order_acquire) ||
             main_interpreter.load(std::memory_order_acquire) != nullptr);
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
    const PyGILState_STATE before = ensure();
    interpreter_record* found = nullptr;
    try {
        if (!is_finalizing()) {
            found = &current_interpreter();
        }
    } catch (const no_interpreter&) {  // NOLINT(bugprone-empty-catch)
        // Too late for a record: null says so.
    }
    PyGILState_Release(before);
    return found;
#endif
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

// On a thread that is not attached. The straight way: a thread that has entered before, from outside of any door, with the gate
// open, nothing to release, and no thread state of somebody else's, which is asked for at every entry: an outer PyGILState_Release may
// delete it. What is said of the thread here is its own, and it is said before the state is restored, so that nothing is left to do after
// that.
void attach_scope::enter(std::source_location where, if_refused otherwise) {
    const std::uintptr_t word = thread_word();
    auto* const front = reinterpret_cast<thread_front*>(word);
    // Nobody's record keeps no state.
    if ((word & word_flags) == 0 && front->ready != nullptr &&
        front->main.word.load(std::memory_order_relaxed) == gate_slot::outside) [[likely]] {
        thread_front& thread = *front;
        gate_slot& slot = thread.main;
        slot.word.exchange(gate_slot::inside, std::memory_order_seq_cst);
        // None: the interpreter that the state was for has ended.
        interpreter_front* owner = slot.owner.load(std::memory_order_relaxed);
        if (owner != nullptr && owner->attention.load(std::memory_order_seq_cst) == 0 &&
            is_bound_state(thread.ready)) [[likely]] {
            PyThreadState* state = thread.ready;
            kind_ = kind::straight;
#if INTERLOCK_TRACE_INLINE
            where_.keep(where);
#endif
            thread.known = state;
            trace_point(trace_waiting, where);
#if INTERLOCK_LIMITED_API
            restore_thread(state);  // the frame is that of an attached thread
#endif
            if (python_frame(state) == thread.kept_frame) [[likely]] {
                thread.clean = true;
                slot.attached_word = gate_slot::inside;
                token_ = &token_clean;
            }
#if !INTERLOCK_LIMITED_API
            restore_thread(state);
#endif
            trace_point(trace_attached, where);
            return;
        }
        slot.word.store(gate_slot::outside, std::memory_order_release);
    }
    enter_otherwise(where, otherwise);
}

void attach_scope::enter_otherwise(std::source_location where, if_refused otherwise) {
    where_.keep(where);
    if ((thread_word() & word_flags) != word_detached || attached_state() != nullptr ||
        !enter_again()) {
        enter_slowly(otherwise);
    }
}

attach_scope::attach_scope(interpreter_record& target, std::source_location where,
                           if_refused otherwise) {
    where_.keep(where);
    const PyThreadState* attached =
        (thread_word() & word_refused) == 0 ? attached_state() : nullptr;
    if (attached == nullptr) {
        enter_slowly(otherwise, &target);
    } else {
        meet_interpreter_of(attached);
    }
}

// From inside an allow_threads of ours, the state that it put down is the one to take: it has to live until that ends.
bool attach_scope::enter_again() {
    word_before_ = thread_word();
    auto& thread = *reinterpret_cast<thread_record*>(word_before_ & ~word_flags);
    gate_slot& slot = thread.main;
    PyThreadState* state = thread.known;
    if (state == &no_state || slot.word.load(std::memory_order_relaxed) != gate_slot::detached) {
        return false;
    }
    trace_point(trace_waiting, where_.get());
    found_ = slot.word.exchange(gate_slot::inside, std::memory_order_seq_cst);
    if (slot.owner.load(std::memory_order_relaxed)->attention.load(std::memory_order_seq_cst) !=
        0) {
        slot.word.store(found_, std::memory_order_release);
        return false;
    }
    main_away_ = slot.away;
    region_where_.keep(thread.where);
    region_token_ = thread.token;
    region_frame_ = thread.frame;
    region_known_ = state;
    region_place_ = &slot;
    attach(thread, state, slot, kind::attached);
    return true;
}

INTERLOCK_COLD void attach_scope::enter_slowly(if_refused otherwise, interpreter_record* target) {
    const std::uintptr_t word = thread_word();
    refusal why = refusal::finalizing;
    if ((word & word_traversing) != 0) {
        why = refusal::garbage_collection;
    } else if ((word & (word_lost | word_detached)) != (word_lost | word_detached)) {
        thread_record& thread = this_thread();
        word_before_ = thread_word();
        main_away_ = thread.main.away;
        region_where_.keep(thread.where);
        region_token_ = thread.token;
        region_frame_ = thread.frame;
        region_known_ = thread.known;
        region_place_ = thread.place;
        if (const PyThreadState* attached = attached_state()) {
            // Another library attached inside our allow_threads.
            meet_interpreter_of(attached);
            kind_ = kind::flagged;
            slot_ = region_slot(thread);
            set_thread_word(slot_->word_inside);
            slot_->word.store(gate_slot::inside, std::memory_order_relaxed);
            return;
        }
        trace_point(trace_waiting, where_.get());
        interpreter_record* interpreter = target;
        if (interpreter == nullptr && in_region()) {
            // Back into the one that it left.
            interpreter = record_of(region_slot(thread)->owner.load(std::memory_order_relaxed));
            target = interpreter;
        }
        if (interpreter == nullptr) {
            interpreter = main_interpreter.load(std::memory_order_acquire);
        }
        if (interpreter == nullptr) {
            interpreter = first_contact();
            if (interpreter == nullptr && !met_any_interpreter() && Py_IsInitialized() == 0) {
                why = refusal::never_started;
            }
        }
        if (interpreter != nullptr && pass_and_attach(thread, *interpreter, target != nullptr)) {
            return;
        }
    }
    kind_ = kind::refused;
    if (otherwise == if_refused::throws) {
        refuse(why);
    }
}

namespace {

// The state that this thread put down at a gate, by an allow_threads that has not ended; null where there is none.
PyThreadState* put_down_at(thread_record& thread, gate_slot& slot, std::uint32_t found) noexcept {
    if (in_region() && region_slot(thread) == &slot) {
        return region_state(thread);
    }
    return found == gate_slot::detached ? slot.away : nullptr;
}

// The state that CPython has for this thread, as far as it is of use.
PyThreadState* bound_state(const thread_record& thread, const interpreter_record& interpreter) {
    // These two are compared before anything is read from the state: whoever ended its interpreter has freed it.
    const PyThreadState* named = PyGILState_GetThisThreadState();
    if (named == nullptr || named == thread.left_behind) {
        return nullptr;
    }
    if (named == thread.kept && thread.kept_owner != &interpreter) {
        return nullptr;  // ours, from before a restart
    }
    return state_of_this_thread();
}

PyThreadState* make_state(interpreter_record& interpreter) {
    PyThreadState* made = new_thread_state(interpreter.interpreter);
    if (made == nullptr) {
        throw std::bad_alloc();
    }
    return made;
}

}  // namespace

// False when the gate is closed. A thread that is sent to no interpreter in particular goes to the one that it belongs to.
bool attach_scope::pass_and_attach(thread_record& thread, interpreter_record& interpreter,
                                   bool is_given) {
    if (interpreter.finished.load(std::memory_order_relaxed)) {
        return false;
    }
    gate_slot& slot = slot_at(thread, interpreter);
    const bool passed = pass_gate(thread, slot, interpreter, found_);
    if (!passed) {
        slot.word.store(found_, std::memory_order_release);
        return false;
    }
    try {
        PyThreadState* put_down = put_down_at(thread, slot, found_);
        PyThreadState* bound = put_down == nullptr ? bound_state(thread, interpreter) : nullptr;
        const bool is_foreign = bound != nullptr && bound != thread.kept &&
                                interpreter_of(bound) != interpreter.interpreter;
        if (is_foreign && !is_given) {
            // This thread belongs to another interpreter: its gate is the one to pass.
            if (interpreter_record* other = known_interpreter(interpreter_of(bound))) {
                slot.word.store(found_, std::memory_order_release);
                return pass_and_attach(thread, *other, true);
            }
        }
        if (in_region() && thread.known != &no_state) {
            // What comes next may change what is known; whoever returns to that interpreter before this ends needs it.
            thread.main.away = thread.known;
        }
        if (put_down != nullptr) {
            attach(thread, put_down, slot, kind::attached);
        } else if (bound != nullptr && !(is_foreign && is_given)) {
            attach(thread, bound, slot, bound == thread.kept ? kind::attached : kind::adopted);
        } else if (thread.kept != nullptr && thread.kept_owner == &interpreter) {
            attach(thread, thread.kept, slot, kind::attached);
        } else if (thread.exiting || !interpreter.is_main) {
            // Nobody would give it back; and before 3.14 an interpreter cannot end as long as it has others than the one
            // of the thread that ends it. A state that is left bound would also draw PyGILState_Ensure into a
            // sub-interpreter.
            attach(thread, make_state(interpreter), slot, kind::fleeting);
        } else {
            PyThreadState* made = make_state(interpreter);
            thread.kept_frame = idle_python_frame(made);
            thread.keep(made, &interpreter);
            attach(thread, thread.kept, slot, kind::attached);
        }
    } catch (...) {
        slot.word.store(found_, std::memory_order_release);
        throw;
    }
    drain_if_any(interpreter);
    return true;
}

void attach_scope::attach(thread_record& thread, PyThreadState* state, gate_slot& slot, kind how) {
    const bool clean_below = !in_region() || region_is_clean(thread);
    const void* idle_frame = state == thread.kept    ? thread.kept_frame
                             : how == kind::fleeting ? idle_python_frame(state)
                                                     : nullptr;
    restore_thread(state);
    thread.left_behind = nullptr;
    meet_interpreter_of(state);
    set_thread_word(how == kind::fleeting ? slot.word_inside | word_elsewhere : slot.word_inside);
    if (how == kind::adopted) {
        // As PyGILState_Ensure does: the count tells whoever made this state, maybe another extension's copy of this core,
        // that it is in use here and may not be given back.
        hold_state(state);
    }
    kind_ = how;
    slot_ = &slot;
    state_ = state;
    clean_before_ = thread.clean;
    attached_word_before_ = slot.attached_word;
    thread.clean = clean_below && python_frame(state) == idle_frame;
    thread.known = slot_->owner.load(std::memory_order_relaxed) ==
                               main_interpreter.load(std::memory_order_relaxed) &&
                           how != kind::fleeting
                       ? state
                       : &no_state;
    if (thread.clean) {
        token_ = &token_clean;
    }
    if (thread.clean || how == kind::fleeting) {
        // Of a thread with Python frames of this interpreter below, CPython itself takes care while it is attached.
        slot.attached_word = gate_slot::inside;
    }
    trace_point(trace_attached, where_.get());
}

void attach_scope::leave_slowly() noexcept {
    if (kind_ == kind::refused) {
        return;
    }
    thread_record& thread = *this_thread_if_any();
    if (kind_ == kind::straight) {
        slot_ = &thread.main;
        main_away_ = thread.main.away;
        found_ = gate_slot::outside;
        attached_word_before_ = gate_slot::outside;
        clean_before_ = false;
        word_before_ = reinterpret_cast<std::uintptr_t>(static_cast<thread_front*>(&thread));
    }
    if (kind_ != kind::flagged) {
        // The thread is not attached here when allow_threads was refused its way back and an exception went on.
        if (PyThreadState* state = attached_state()) {
            if (has_error(state)) {
                PyErr_WriteUnraisable(
                    nullptr);  // raw C API code left it; the state would carry it into the next entry
            }
            if (kind_ == kind::fleeting) {
                delete_attached_state(state);
            } else {
                if (kind_ == kind::adopted) {
                    let_state_go(state);
                }
                PyEval_SaveThread();
            }
        } else if (kind_ == kind::fleeting) {
            thread.left_behind = state_;
            record_of(slot_->owner.load(std::memory_order_relaxed))
                ->states_left.fetch_add(1, std::memory_order_release);
        }
        thread.clean = clean_before_;
        thread.known = &no_state;
        slot_->attached_word = attached_word_before_;
        slot_->word.store(found_, std::memory_order_release);
        trace_point(trace_released, where_.get());
    } else {
        slot_->word.store(gate_slot::detached, std::memory_order_release);
    }
    set_thread_word(word_before_);
    thread.main.away = main_away_;
    if ((word_before_ & word_detached) != 0) {
        thread.where = region_where_.get();
        thread.token = region_token_;
        thread.frame = region_frame_;
        thread.known = region_known_;
        thread.place = region_place_;
    }
    if (kind_ == kind::fleeting && found_ == gate_slot::outside) {
        interpreter_record& left = *record_of(slot_->owner.load(std::memory_order_relaxed));
        if (auto* end_unwanted = end_if_unwanted.load(std::memory_order_acquire)) {
            end_unwanted(left);
        }
    }
}

// An allow_threads in a sub-interpreter, or within another one into which somebody else brought the thread back. What the thread's
// record said of the one around is put back when it ends. It stands in for the slot, at a gate that is never open, so that the inline
// half of the end leads here.
struct nested_region : gate_slot {
    gate_slot* real = nullptr;
    std::uint32_t found = outside;
    std::uintptr_t word_before = 0;
    PyThreadState* away_before = nullptr;
    PyThreadState* known_before = nullptr;
    gate_slot* place_before = nullptr;
    std::source_location where_before{};
    const attachment* token_before = nullptr;
    const void* frame_before = nullptr;
    nested_region* next_unused = nullptr;
};

namespace {

constinit interpreter_front never_open{.attention = interpreter_front::closed};

nested_region& begin_nested(thread_record& thread, gate_slot& slot) {
    nested_region* made = thread.unused_regions;
    if (made != nullptr) {
        thread.unused_regions = made->next_unused;
    } else {
        made = new nested_region;
        made->owner.store(&never_open, std::memory_order_relaxed);
    }
    made->real = &slot;
    made->found = slot.word.load(std::memory_order_relaxed);
    made->word_before = thread_word();
    made->away_before = slot.away;
    made->known_before = thread.known;
    made->place_before = thread.place;
    made->where_before = thread.where;
    made->token_before = thread.token;
    made->frame_before = thread.frame;
    return *made;
}

void end_nested(thread_record& thread, nested_region& region) noexcept {
    region.real->away = region.away_before;
    thread.known = region.known_before;
    thread.place = region.place_before;
    thread.where = region.where_before;
    thread.token = region.token_before;
    thread.frame = region.frame_before;
    region.next_unused = thread.unused_regions;
    thread.unused_regions = &region;
}

}  // namespace

detached_thread detach_slowly(const attachment* token, std::source_location where) {
    PyThreadState* attached = attached_state();
    if (attached == nullptr || (thread_word() & word_traversing) != 0) {
        throw_not_attached("il::python::allow_threads");
    }
    interpreter_record& owner = current_interpreter();
    thread_record& thread = this_thread();
    gate_slot& slot = slot_at(thread, owner);
    gate_slot& given = !owner.is_main || in_region() ? begin_nested(thread, slot) : slot;
    thread.known = owner.is_main ? attached : &no_state;
    thread.place = &slot;
    slot.away = attached;
    thread.where = where;
    thread.token = token;
    thread.frame = frame_of_region(token, attached);
    trace_point(trace_detached, where);
    slot.word.store(gate_slot::detached, std::memory_order_release);
    PyThreadState* state = PyEval_SaveThread();
    set_thread_word(slot.word_inside | word_detached);
    return {&given, state};
}

bool attach_again_slowly(gate_slot& given, PyThreadState* state) noexcept {
    thread_record& thread = *this_thread_if_any();
    nested_region* nested = given.owner.load(std::memory_order_relaxed) == &never_open
                                ? static_cast<nested_region*>(&given)
                                : nullptr;
    gate_slot& slot = nested != nullptr ? *nested->real : given;
    const std::source_location where = thread.where;
    trace_point(trace_waiting, where);
    slot.word.exchange(gate_slot::inside, std::memory_order_seq_cst);
    interpreter_record& owner = *record_of(slot.owner.load(std::memory_order_relaxed));
    if (owner.is_closed()) {
        // Who parks here inside another extension's with_gil would be waited for there for ever.
        if (!may_pass_closed(thread, owner, slot.attached_word == gate_slot::inside) &&
            !another_extension_holds_this_thread(owner)) {
            // Detached for good: not waited for any more.
            set_thread_word(slot.word_inside | word_detached | word_lost);
            slot.word.store(gate_slot::outside, std::memory_order_release);
            if (!region_is_clean(thread)) {
                park();
            }
            if (nested != nullptr) {
                end_nested(thread, *nested);
            }
            return false;
        }
    }
    restore_thread(state);
    if (nested != nullptr) {
        set_thread_word(nested->word_before);
        slot.word.store(nested->found, std::memory_order_release);
        end_nested(thread, *nested);
    } else {
        set_thread_word(slot.word_inside);
        slot.word.store(slot.attached_word, std::memory_order_release);
    }
    trace_point(trace_attached, where);
    drain_if_any(owner);
    return true;
}

void throw_turned_away() {
    throw no_interpreter(refusal::finalizing,
                         "interlock: allow_threads: the Python interpreter finalized while this "
                         "thread worked without it");
}

}  // namespace detail
INTERLOCK_END
