// The two scopes below the doors: attach_scope enters the interpreter, detach_scope leaves it for a while.
//
// Users do not write them: the doors do, in with_gil.hpp and allow_threads.hpp. Both restore what they changed and link
// nothing to one another (invariant 13), so that a greenlet may switch stacks inside either. Both say "attached" only
// after the interpreter call that made it so has returned (invariant 6).
#pragma once

#include <interlock/attach/guard.hpp>

#include <atomic>
#include <cstdint>
#include <new>
#include <source_location>

// Where trace points are compiled in, the scopes' inline halves leave everything to the core, which has them.
#if defined(INTERLOCK_TRACE) && INTERLOCK_TRACE
#define INTERLOCK_TRACE_INLINE 1
#else
#define INTERLOCK_TRACE_INLINE 0
#endif

INTERLOCK_BEGIN

class attachment;
using python = const attachment&;

namespace detail {

struct thread_record;
struct interpreter_record;

// What the inline halves of the scopes need of an interpreter's record; its first part.
struct interpreter_front {
    PyInterpreterState* interpreter = nullptr;
    // 0 while the gate is open and no reference waits for its release.
    std::atomic<std::uint32_t> attention{0};

    // The gate: closed to threads that were outside, shut also to those that were inside and detached.
    static constexpr std::uint32_t closed = 1;
    static constexpr std::uint32_t shut = 8;
    // References wait for their release; and CPython has been asked for a pending call.
    static constexpr std::uint32_t drops_waiting = 2;
    static constexpr std::uint32_t drops_scheduled = 4;
};

// A thread's place at one interpreter's gate. Its thread changes `word` to inside by one atomic instruction before it looks at
// `closed`; the closing thread sets `closed` before it looks at the words: one of the two sees the other.
struct gate_slot {
    std::atomic<std::uint32_t> word{outside};
    std::uint32_t attached_word = outside;  // what it is when an allow_threads ends
    PyThreadState* away = nullptr;          // while detached: what was put down, unless known
    std::uintptr_t word_inside = 0;         // its thread's word while attached there
    std::atomic<interpreter_front*> owner{nullptr};  // null: it stands at no gate
    std::atomic<gate_slot*> next{nullptr};

    static constexpr std::uint32_t outside = 0;   // in no door, or attached and Python's own
    static constexpr std::uint32_t detached = 1;  // in allow_threads
    // Attached by with_gil, or about to be. A bit: the end of an allow_threads adds it to what was there.
    static constexpr std::uint32_t inside = 2;
};

// What the inline halves need of a thread's record; its first part. `where`, `token`, `frame` and `place` tell of the
// allow_threads that the thread is in, and say nothing while it is attached: each scope that needs them later keeps a copy.
struct alignas(16) thread_front {
    gate_slot main;        // the main interpreter's; others follow in main.next
    PyThreadState* known;  // a state of this thread that belongs to the main interpreter
    // The state that this thread keeps, if it is for the interpreter at whose gate `main` stands.
    PyThreadState* ready = nullptr;
    const void* kept_frame = nullptr;  // its innermost frame when no Python code runs
    gate_slot* place = nullptr;        // where it stands meanwhile, unless a state is known
    std::source_location where{};
    const attachment* token = nullptr;
    const void* frame = nullptr;  // the innermost Python frame when it began
    // Attached or about to be, and no CPython frame lies below on the stack, as far as with_gil and the calls of this core can
    // tell.
    bool clean = false;
};

// Stands in for "no state"; null would equal what CPython says of a thread that is not attached.
extern PyThreadState no_state;

// The main interpreter, as long as this core has given tokens for no other: what is made for it may then be used under any
// token without asking. Null before the first contact, and for good once there was another.
extern std::atomic<PyInterpreterState*> only_interpreter;

// To be told of every interpreter that a token is given for, before it is given. Cost: two loads.
void meet_another_interpreter(const PyInterpreterState* interpreter) noexcept;
inline void meet_interpreter_of(const PyThreadState* attached) noexcept {
    if (interpreter_of(attached) != only_interpreter.load(std::memory_order_relaxed)) [[unlikely]] {
        meet_another_interpreter(interpreter_of(attached));
    }
}

// Stops this thread for ever, as CPython does with its own when it finalizes.
[[noreturn]] void park() noexcept;

// Stands around a call in which CPython may end the thread by unwinding its stack, and parks the thread there. A destructor and
// not a handler: while C++ handles an exception it cannot enter one for an unwinding that is not its own, and terminates. Only
// in functions that are INTERLOCK_STOPS_UNWINDING and not noexcept.
class never_unwound {
public:
    never_unwound() noexcept = default;
    never_unwound(const never_unwound&) = delete;
    never_unwound& operator=(const never_unwound&) = delete;
#if INTERLOCK_FORCED_UNWIND
    ~never_unwound() {
        if (inside_) {
            park();
        }
    }
    void returned() noexcept { inside_ = false; }

private:
    bool inside_ = true;
#else
    void returned() noexcept {}
#endif
};

// PyEval_RestoreThread that does not unwind where CPython would end the thread.
INTERLOCK_STOPS_UNWINDING inline void restore_thread(PyThreadState* state) {
    never_unwound call;
    PyEval_RestoreThread(state);
    call.returned();
}

// The same to be a part of its caller, which is not noexcept: four instructions less. Whatever that becomes a part of in turn, also a
// function that is noexcept, the destructor above is the innermost that an unwinding meets.
inline void restore_thread_here(PyThreadState* state) {
    never_unwound call;
    PyEval_RestoreThread(state);
    call.returned();
}

// The three tokens there are. They differ in what is known of the stack, which decides what becomes of a thread that is
// turned away on its way back: under token_clean no CPython frame lies below, so that an exception may leave; under
// token_called one does; under token_inside it is looked up.
extern const attachment token_clean;
extern const attachment token_inside;
extern const attachment token_called;

enum class if_refused : unsigned char { throws, returns };

// A place for a std::source_location, which would write itself.
class kept_location {
public:
    kept_location() noexcept {}  // NOLINT(modernize-use-equals-default): of a union
    void keep(const std::source_location& where) noexcept { ::new (&where_) auto(where); }
    const std::source_location& get() const noexcept { return where_; }

private:
    union {
        std::source_location where_;
    };
};

// Of a thread that is not attached, and in no allow_threads or tp_traverse of this extension: its caller has asked.
struct known_detached_t {};
inline constexpr known_detached_t known_detached{};

// Attaches this thread for as long as it lives. Where the thread is attached already it does nothing but ask CPython.
class attach_scope {
public:
    // As the next one, without the question.
    attach_scope(known_detached_t, std::source_location where) { enter(where, if_refused::throws); }
    // Throws no_interpreter when refused, unless told to return: then entered() is false. std::bad_alloc: no memory for a
    // thread state.
    explicit attach_scope(std::source_location where, if_refused otherwise = if_refused::throws) {
        if ((thread_word() & word_refused) != 0) [[unlikely]] {
            enter_otherwise(where, otherwise);
        } else if (const PyThreadState* attached = attached_state(); attached != nullptr)
            [[likely]] {
            // A nested entry needs the first two fields alone; writing the others would cost more than all else that it does.
            // NOLINTNEXTLINE(clang-analyzer-optin.cplusplus.UninitializedObject)
            meet_interpreter_of(attached);
        } else {
            enter(where, otherwise);
        }
    }
    // Attaches to the interpreter of that record, on a thread that is attached to it or to none: see interpreter_scope.
    attach_scope(interpreter_record& target, std::source_location where, if_refused otherwise);
    ~attach_scope() {
        if (kind_ != kind::nested) {
            leave();
        }
    }
    attach_scope(const attach_scope&) = delete;
    attach_scope& operator=(const attach_scope&) = delete;

    bool entered() const noexcept { return kind_ != kind::refused; }
    python token() const noexcept { return *token_; }

private:
    enum class kind : unsigned char {
        nested,    // attached before; nothing to undo
        straight,  // attached here from outside of any door, with the state that the thread keeps
        flagged,  // attached before by another library inside our allow_threads: only our word was changed
        attached,  // attached here with a state that stays
        adopted,   // the same with a state that somebody else made
        fleeting,  // attached here with a state that goes with the scope
        refused,
    };

    void enter(std::source_location where, if_refused otherwise);
    INTERLOCK_NOINLINE void enter_otherwise(std::source_location where, if_refused otherwise);
    bool enter_again();
    void enter_slowly(if_refused otherwise, interpreter_record* target = nullptr);
    bool pass_and_attach(thread_record& thread, interpreter_record& interpreter, bool is_given);
    void attach(thread_record& thread, PyThreadState* state, gate_slot& slot, kind how);
    // Inline: a call of its own would cost as much as what it does.
    void leave() noexcept {
#if !INTERLOCK_TRACE_INLINE
        const std::uintptr_t word = thread_word();
        if (kind_ == kind::straight && (word & word_flags) == 0) [[likely]] {
            auto& thread = *reinterpret_cast<thread_front*>(word);
            // None: in the child of a fork under another state.
            if (thread.ready != nullptr && !has_error(thread.ready)) [[likely]] {
                PyEval_SaveThread();
                thread.clean = false;
                thread.main.attached_word = gate_slot::outside;
                thread.main.word.store(gate_slot::outside, std::memory_order_release);
                return;
            }
        }
#endif
        leave_slowly();
    }
    INTERLOCK_NOINLINE void leave_slowly() noexcept;

    const attachment* token_ = &token_inside;
    kind kind_ = kind::nested;
    bool clean_before_;
    std::uint32_t attached_word_before_;
    std::uint32_t found_;  // the slot's word
    std::uintptr_t word_before_;
    gate_slot* slot_;
    PyThreadState* state_;
    PyThreadState* main_away_;
    kept_location where_;  // for trace points
    // The allow_threads around, kept where there is one.
    kept_location region_where_;
    const attachment* region_token_;
    const void* region_frame_;
    PyThreadState* region_known_;
    gate_slot* region_place_;
};

// Detaches this thread from begin() to finish().
//
// The straight way is inline: on a thread that was here before, in the main interpreter, with the gate open and nothing to
// release. Everything else is out of line. What has to survive the callable is in locals of the door, so that the compiler may
// keep it in registers.
struct detached_thread {
    gate_slot* slot;
    PyThreadState* state;
};

// The frame by which the end of an allow_threads finds out whether CPython's frames lie below; asked for under one token alone,
// where that costs something.
inline const void* frame_of_region(const attachment* token, const PyThreadState* state) noexcept {
#if INTERLOCK_LIMITED_API
    return token == &token_inside ? python_frame(state) : nullptr;
#else
    static_cast<void>(token);
    return python_frame(state);
#endif
}

// Throws not_attached.
detached_thread detach_slowly(const attachment* token, std::source_location where);

inline detached_thread detach(const attachment* token, std::source_location where) {
#if !INTERLOCK_TRACE_INLINE
    const std::uintptr_t word = thread_word();
    if ((word & word_flags) == 0) [[likely]] {
        thread_front& thread = *reinterpret_cast<thread_front*>(word);
#if INTERLOCK_SWAP_TELLS
        thread.main.word.store(gate_slot::detached, std::memory_order_release);
        // From 3.13 this detaches as PyEval_SaveThread does, but returns null where that would end the process: the
        // question and the departure in one call.
        PyThreadState* state = PyThreadState_Swap(nullptr);
        if (state == thread.known) [[likely]] {
            thread.where = where;
            thread.token = token;
            thread.frame = python_frame(state);
            set_thread_word(thread_word() | word_detached);
            return {&thread.main, state};
        }
        // Not attached, or by another state than the last time.
        thread.main.word.store(thread.main.attached_word, std::memory_order_release);
        if (state != nullptr) {
            restore_thread(state);
        }
#else
        if (PyThreadState* state = attached_state(); state == thread.known) [[likely]] {
            thread.where = where;
            thread.token = token;
            thread.frame = frame_of_region(token, state);
            thread.main.word.store(gate_slot::detached, std::memory_order_release);
            PyEval_SaveThread();
            set_thread_word(thread_word() | word_detached);
            return {&thread.main, state};
        }
#endif
    }
#endif
    return detach_slowly(token, where);
}

// False when the thread was turned away; it is then still detached, in fact and by every record. Parks the thread for ever where
// a CPython frame lies below on its stack.
bool attach_again_slowly(gate_slot& slot, PyThreadState* state) noexcept;

// The same, for the one place in a door where that is worth it.
inline bool attach_again(gate_slot& slot, PyThreadState* state) {
#if !INTERLOCK_TRACE_INLINE
    slot.word.fetch_or(gate_slot::inside, std::memory_order_seq_cst);
    if (slot.owner.load(std::memory_order_relaxed)->attention.load(std::memory_order_seq_cst) == 0)
        [[likely]] {
        restore_thread_here(state);
        set_thread_word(thread_word() & ~word_detached);
        slot.word.store(slot.attached_word, std::memory_order_release);
        return true;
    }
#endif
    return attach_again_slowly(slot, state);
}

[[noreturn]] void throw_turned_away();

class detach_scope {
public:
    detach_scope(const attachment* token, std::source_location where)
        : detach_scope(detach(token, where)) {}

    // Attaches again; to be called when the callable has returned. Throws no_interpreter when turned away.
    void finish() {
        away_ = false;
        if (!attach_again(*slot_, state_)) [[unlikely]] {
            throw_turned_away();
        }
    }

    // The same when an exception is on its way; where turned away, the exception goes on with the thread left detached.
    ~detach_scope() {
        if (away_) {
            static_cast<void>(attach_again_slowly(*slot_, state_));
        }
    }
    detach_scope(const detach_scope&) = delete;
    detach_scope& operator=(const detach_scope&) = delete;

private:
    explicit detach_scope(const detached_thread& away) : slot_(away.slot), state_(away.state) {}

    // Passed on by value alone, so that they may stay in registers over the callable.
    gate_slot* slot_;
    PyThreadState* state_;
    bool away_ = true;
};

}  // namespace detail
INTERLOCK_END
