// The core's own records: one per interpreter, one per thread, and the gate between them. Internal.
//
// Who may touch what:
//
//   field                          written by                       read by
//   interpreter_front::attention   closed: the closing thread,      everyone, after raising its own gate slot
//                                  once; drops: droppers (up),
//                                  drainers (down)
//   interpreter_record::finished   CPython's clearing of the state  everyone
//   gate_slot::word                its thread alone (and a fork's   the closing thread
//                                  child, for threads that are gone)
//   interpreter_record::others     the closing thread, before it      who found the gate closed
//                                  closes
//   thread_record::drops           under its lock                   under its lock
//   interpreter_record::life       whoever gets it from alive to    everyone
//                                  ending, by compare-and-swap
//   interpreter_record::names,     whoever makes it first, by one   every thread attached to it
//   datetimes, classes, types,     compare-and-swap; the clearing
//   errors                         of the state
//   everything else of a thread    its thread alone
//
// Records are never freed: a stale pointer to one is always readable, and says that it is finished.
#pragma once

#include <interlock/attach/scopes.hpp>

#include <atomic>
#include <cstdint>
#include <utility>
#include <vector>

INTERLOCK_BEGIN
namespace detail {

// What extensions tell one another: each hangs one of these into the interpreter's dictionary, in a capsule. C, and versioned
// by the capsule's name, since each may be built by another compiler.
extern "C" {
struct interlock_gate_1 {
    // Whether the calling thread is inside this extension's gate, so that the end of the interpreter waits for it.
    int (*holds_this_thread)(const void* interpreter);
};
}

// How it stands with an interpreter that this core made, in il::subinterpreter.
enum class sub_life : std::uint32_t {
    not_ours,
    alive,
    unwanted,  // its end was asked for from inside of it: who leaves it last, or the main interpreter's end, ends it
    ending,    // by one thread
    abandoned,  // it could not be ended, because of a thread that does not leave it
    over,
};

struct interpreter_record : interpreter_front {
    std::uint64_t generation = 0;  // counts the interpreters that this core has met
    std::int64_t id = 0;           // CPython's number
    bool is_main = false;
    std::atomic<const struct thread_record*> closer{nullptr};  // but the thread that finalizes
    std::atomic<bool> finished{false};  // the interpreter's state is gone: handles let go
    interpreter_record* next = nullptr;
    std::vector<const interlock_gate_1*>
        others;  // the other extensions' gates; before this one closes
    std::atomic<sub_life> life{sub_life::not_ours};
    PyThreadState* first = nullptr;  // of a sub-interpreter, where one has to stay until its end
    // What the objects layer keeps of Python here; null until it is needed, and after the end.
    std::atomic<struct name_store*> names{nullptr};
    std::atomic<struct datetime_store*> datetimes{nullptr};
    // And the classes that are bound in it.
    std::atomic<struct class_store*> classes{nullptr};
    // The classes that this core has of its own; see core_types.hpp.
    std::atomic<PyObject*> types[7]{};
    // States that threads could not give back, since they had been turned away.
    std::atomic<int> states_left{0};
    std::atomic<struct error_store*> errors{nullptr};

    bool is_closed() const noexcept {
        return (attention.load(std::memory_order_seq_cst) & closed) != 0;
    }
    bool is_shut() const noexcept {
        return (attention.load(std::memory_order_seq_cst) & shut) != 0;
    }
    bool drops_wait() const noexcept {
        return (attention.load(std::memory_order_relaxed) & (drops_waiting | drops_scheduled)) != 0;
    }
};

struct dropped_reference {
    PyObject* object;
    interpreter_record* owner;
};

// A lock that is held for a few instructions and never while anything is called.
class tiny_lock {
public:
    void lock() noexcept {
        while (held_.exchange(true, std::memory_order_acquire)) {
            while (held_.load(std::memory_order_relaxed)) {
            }
        }
    }
    void unlock() noexcept { held_.store(false, std::memory_order_release); }

private:
    std::atomic<bool> held_{false};
};

// Appends to a list that one thread alone appends to and others take as a whole. Room is made outside of the lock: whoever
// waits for it, maybe with the interpreter, maybe in fork(), must not wait for an allocator.
template <class T>
void append(tiny_lock& lock, std::vector<T>& list, const T& value) {
    lock.lock();
    if (list.size() == list.capacity()) [[unlikely]] {
        const std::size_t wanted = list.size() < 32 ? 64 : 2 * list.size();
        lock.unlock();
        std::vector<T> roomier;
        roomier.reserve(wanted);
        lock.lock();
        roomier.insert(roomier.end(), list.begin(), list.end());  // no more than there were
        roomier.push_back(value);
        std::swap(list, roomier);
        lock.unlock();
        return;
    }
    list.push_back(value);
    lock.unlock();
}

struct trace_event;
struct nested_region;

// An override that runs on a thread, called from C++. A copy: a greenlet that is switched away takes its part of the stack with it.
struct running_override {
    PyObject* self;  // held by the call
    const char* name;
    void* value;  // the C++ object
};

struct alignas(64) thread_record : thread_front {
    PyThreadState* kept = nullptr;               // the thread state that we made for this thread
    interpreter_record* kept_owner = nullptr;    // and the interpreter that it is for
    interpreter_record* last_met = nullptr;      // the one that current_interpreter found last
    const PyThreadState* left_behind = nullptr;  // one that it could not give back: turned away
    std::uint32_t scopes = 0;                    // thread_scope objects alive
    std::uint32_t number = 0;                    // for trace points
    bool exiting = false;  // its exit hook has run: thread states last for one entry
    bool draining = false;
    nested_region* unused_regions = nullptr;  // for the next ones
    std::vector<running_override> overrides;  // the innermost last, where no greenlets are switched
    std::atomic<bool> in_use{true};
    thread_record* next = nullptr;

    alignas(64) tiny_lock drops_lock;
    std::vector<dropped_reference> drops;
    tiny_lock trace_lock;
    std::vector<trace_event>* trace = nullptr;

    // The state that this thread keeps from now on, if any, and its interpreter.
    void keep(PyThreadState* state, interpreter_record* owner) noexcept {
        kept = state;
        kept_owner = owner;
        gate_moved();
    }
    // To be called when `main` has become the slot of another interpreter.
    void gate_moved() noexcept {
        ready = kept_owner != nullptr && kept_owner == main.owner.load(std::memory_order_relaxed)
                    ? kept
                    : nullptr;
    }
};

// This thread's record, made on first use. Throws std::bad_alloc.
thread_record& this_thread();

// What a thread points to that has no record.
extern thread_front nobody;

// The same, or null where there is none yet.
inline thread_record* this_thread_if_any() noexcept {
    auto* front = reinterpret_cast<thread_front*>(thread_word() & ~word_flags);
    return front == &nobody ? nullptr : static_cast<thread_record*>(front);
}

// Whether the thread is in an allow_threads that can be told of.
inline bool in_region() noexcept {
    return (thread_word() & (word_detached | word_lost)) == word_detached;
}

// The gate at which a thread in an allow_threads stands, and the state that it put down there. It may stand detached at others
// too, further out: see interpreter_scope.
inline gate_slot* region_slot(thread_record& thread) noexcept {
    return thread.known != &no_state || thread.place == nullptr ? &thread.main : thread.place;
}
inline PyThreadState* region_state(thread_record& thread) noexcept {
    return thread.known != &no_state ? thread.known : region_slot(thread)->away;
}

inline interpreter_record* record_of(interpreter_front* front) noexcept {
    return static_cast<interpreter_record*>(front);
}

// All records, to walk over.
thread_record* all_threads() noexcept;

// Gives the thread's kept state back to CPython where that is safe, and forgets it where it is not.
void give_back_state(thread_record& thread) noexcept;

// The slot of this thread at an interpreter's gate.
gate_slot& slot_at(thread_record& thread, interpreter_record& interpreter);

// Whether this thread is inside the gate of another extension, which therefore waits for it.
bool another_extension_holds_this_thread(const interpreter_record& interpreter) noexcept;

// The main interpreter's record, or null before the first contact.
extern std::atomic<interpreter_record*> main_interpreter;

// The record of the interpreter that this thread is attached to; made, and the gate hung in, on first contact. Needs an
// attached thread; keeps the error indicator. Throws no_interpreter where CPython is too far gone to make one.
interpreter_record& current_interpreter();

// current_interpreter() for code that holds a token or a bound object: where tokens were given for one interpreter alone, it is that
// one, and CPython is not asked.
inline interpreter_record& interpreter_of_token() {
    if (only_interpreter.load(std::memory_order_relaxed) != nullptr) [[likely]] {
        interpreter_record* main = main_interpreter.load(std::memory_order_acquire);
        if (main != nullptr && !main->is_closed()) [[likely]] {
            return *main;
        }
    }
    return current_interpreter();
}

// The promise of only_interpreter is made for the main interpreter, unless another was met; and ended with what was
// remembered under it.
void allow_only_interpreter(PyInterpreterState* main) noexcept;
void forget_only_interpreter() noexcept;

// Whether this core has ever met an interpreter.
bool met_any_interpreter() noexcept;

// The record of an interpreter that is known already, or null.
interpreter_record* known_interpreter(const PyInterpreterState* interpreter) noexcept;

// All records, to walk over by `next`.
interpreter_record* first_record() noexcept;

// Turns newcomers away from now on, waits for the threads that are inside, and releases what waits for it. Needs a thread
// attached to the interpreter. Throws std::bad_alloc.
void close_gate(interpreter_record& interpreter);

// How many other threads are inside but detached.
int detached_inside(const interpreter_record& interpreter) noexcept;

// After a fork there is no interpreter but the main one, and the one that this thread is attached to.
void forget_subinterpreters() noexcept;

// Says of every interpreter that references may wait for their release.
void raise_drops_of_all_interpreters() noexcept;

// Gives back what the objects layer keeps of an interpreter. Needs a thread attached to it, and no other one.
void forget_names(interpreter_record& interpreter) noexcept;
// The rest of it, in this order. Each part says how it is given back before it keeps anything for the first time: what a module
// does not use is then no part of it, and none of the names that an import has to look up.
enum class kept_part : unsigned char { datetimes, classes, types, errors, count };
void give_back_by(kept_part part, void (*forget)(interpreter_record&) noexcept) noexcept;

// The leak report: what is still held of an interpreter is named while Python works, and told when the interpreter is gone.
// The first needs a thread attached to it.
void name_leaks(const interpreter_record& interpreter) noexcept;
void tell_leaks(const interpreter_record& interpreter) noexcept;

// Releases what waits for this interpreter. Needs a thread attached to it; keeps the error indicator.
void drain(interpreter_record& interpreter) noexcept;

// Has something done by the next drain: the thread may be inside of a tp_traverse. Needs no attached thread.
void ask_for_a_drain(interpreter_record& interpreter) noexcept;
// Reports the exceptions that came out of a tp_traverse. Called by drain.
void report_postponed(interpreter_record& interpreter) noexcept;

inline void drain_if_any(interpreter_record& interpreter) noexcept {
#if !defined(INTERLOCK_NO_DRAIN)
    if (interpreter.drops_wait()) [[unlikely]] {
        drain(interpreter);
    }
#else
    static_cast<void>(interpreter);
#endif
}

// Ends the sub-interpreters of this core that are alive; and what the last scope of a thread does when it has left an interpreter
// whose end was asked for meanwhile. Both are set by who makes the first, and need a thread that is attached to none.
extern std::atomic<void (*)() noexcept> end_subinterpreters;
extern std::atomic<void (*)(interpreter_record& interpreter) noexcept> end_if_unwanted;

// Set while il::interpreter starts one up: a thread that finds no interpreter waits for the end of it.
extern std::atomic<bool> starting;

#if defined(INTERLOCK_TRACE) && INTERLOCK_TRACE
void trace_point(int kind, const std::source_location& where) noexcept;
#else
inline void trace_point(int, const std::source_location&) noexcept {}
#endif
inline constexpr int trace_waiting = 0;
inline constexpr int trace_attached = 1;
inline constexpr int trace_detached = 2;
inline constexpr int trace_released = 3;

// Keeps the error indicator over calls that must not change it. Needs an attached thread.
class keep_error {
public:
    keep_error() noexcept : error_(take_error()) {}
    ~keep_error() { put_error(error_); }
    keep_error(const keep_error&) = delete;
    keep_error& operator=(const keep_error&) = delete;

private:
    PyObject* error_;
};

}  // namespace detail
INTERLOCK_END
