// The two scopes below the doors: attach_scope enters the interpreter, detach_scope leaves it for a while.
//
// Users do not write them: the doors do, in with_gil.hpp and allow_threads.hpp. Both restore what they changed and link
// nothing to one another (invariant 13), so that a greenlet may switch stacks inside either. Both say "attached" only
// after the interpreter call that made it so has returned (invariant 6).
#pragma once

#include <interlock/attach/guard.hpp>

#include <source_location>

INTERLOCK_BEGIN

class attachment;
using python = const attachment&;

namespace detail {

struct gate_slot;
struct thread_record;
struct interpreter_record;

// The three tokens there are. They differ in what is known of the stack, which decides what becomes of a thread that is
// turned away on its way back: under token_clean no CPython frame lies below, so that an exception may leave; under
// token_called one does; under token_inside it is looked up.
extern const attachment token_clean;
extern const attachment token_inside;
extern const attachment token_called;

enum class if_refused : unsigned char { throws, returns };

// Attaches this thread for as long as it lives. Where the thread is attached already it does nothing but ask CPython.
class attach_scope {
public:
    // Throws no_interpreter when refused, unless told to return: then entered() is false. std::bad_alloc: no memory for a
    // thread state.
    explicit attach_scope(std::source_location where, if_refused otherwise = if_refused::throws) {
        if ((thread_word & word_refused) != 0 || attached_state() == nullptr) [[unlikely]] {
            enter(where, otherwise);
        }
    }
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
        nested,  // attached before; nothing to undo
        flagged,  // attached before by another library inside our allow_threads: only our flag was changed
        attached,  // attached here with a state that stays
        adopted,  // the same with a state that somebody else made
        fleeting,  // attached here with a state that goes with the scope
        refused,
    };

    void enter(std::source_location where, if_refused otherwise);
    void leave() noexcept;

    const attachment* token_ = &token_inside;
    kind kind_ = kind::nested;
    std::uintptr_t flags_before_;  // of thread_word
    bool clean_before_;
    const class detach_scope* region_before_;
    gate_slot* slot_;
    void* guard_;  // a PyInterpreterGuard, where PEP 788 let the thread in
    std::source_location where_;
};

// Detaches this thread for as long as it lives.
class detach_scope {
public:
    // Throws not_attached.
    detach_scope(const attachment* token, std::source_location where);

    // Attaches again; to be called when the callable has returned. Throws no_interpreter when refused and no CPython frame
    // lies below; parks the thread for ever where one does.
    void finish();

    // The same when an exception is on its way; where refused, the exception goes on with the thread left detached.
    ~detach_scope() {
        if (slot_ != nullptr) {
            unwind();
        }
    }
    detach_scope(const detach_scope&) = delete;
    detach_scope& operator=(const detach_scope&) = delete;

    const std::source_location& where() const noexcept { return where_; }
    interpreter_record* interpreter() const noexcept { return owner_; }
    bool clean() const noexcept { return clean_; }

private:
    bool attach_again() noexcept;
    void unwind() noexcept;

    gate_slot* slot_ = nullptr;
    thread_record* thread_ = nullptr;
    interpreter_record* owner_ = nullptr;
    PyThreadState* state_ = nullptr;
    bool clean_;
    bool clean_before_;
    std::source_location where_;
};

}  // namespace detail
INTERLOCK_END
