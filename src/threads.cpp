// One record per thread: made on its first contact, given back when it ends, taken over by a later thread.
//
// The thread state that we make for a thread is its own: created on it, used by it alone, deleted by it (invariant 12).
// In a fork's child the records of all other threads are cleared, since those threads are not there.
#include "records.hpp"

#include <interlock/attach/doors.hpp>

#include <new>
#include <thread>

#if defined(_WIN32)
#include <windows.h>
#else
#include <cxxabi.h>
#include <pthread.h>
#include <unistd.h>
#endif

#if defined(__GLIBC__)
extern "C" void*
    __dso_handle;  // NOLINT(bugprone-reserved-identifier): names this module to the C++ runtime
#endif

#if INTERLOCK_LIMITED_API
// Opaque there; only the address of the one below is ever looked at.
struct _ts {};  // NOLINT(bugprone-reserved-identifier)
#endif

INTERLOCK_BEGIN
namespace detail {

PyThreadState no_state{};
constinit thread_front nobody{.main = {}, .known = &no_state};
constinit thread_local thread_front* thread_place = &nobody;

namespace {

std::atomic<thread_record*> first_thread{nullptr};
std::atomic<std::uint32_t> next_number{0};

void thread_exits(thread_record& thread) noexcept {
    thread.exiting = true;
    give_back_state(thread);
    thread.main.word.store(gate_slot::outside, std::memory_order_relaxed);
    thread.main.attached_word = gate_slot::outside;
    thread.known = &no_state;
    thread.scopes = 0;
    thread.keep(nullptr, nullptr);
    // A thread that comes back without a record has had its exit hook run.
    set_thread_word(reinterpret_cast<std::uintptr_t>(&nobody) | word_lost);
    thread.in_use.store(false, std::memory_order_release);
}

// The hook runs among the destructors of the thread's thread-locals: a thread that meets interlock again afterwards gets
// a record again, and thread states that last for one entry.
#if defined(__GLIBC__)
// A thread_local object with a destructor would take room in the module's static block; the call that the compiler makes
// for one does not.

void hook_thread_exit(thread_record& thread) noexcept {
    abi::__cxa_thread_atexit(
        [](void* record) { thread_exits(*static_cast<thread_record*>(record)); }, &thread,
        static_cast<void*>(&__dso_handle));
}
#else
struct exit_hook {
    thread_record* thread = nullptr;
    ~exit_hook() {
        if (thread != nullptr) {
            thread_exits(*thread);
        }
    }
};
thread_local exit_hook hook;

void hook_thread_exit(thread_record& thread) noexcept { hook.thread = &thread; }
#endif

thread_record* take_over_unused() noexcept {
    for (thread_record* thread = first_thread.load(std::memory_order_acquire); thread != nullptr;
         thread = thread->next) {
        bool unused = false;
        if (!thread->in_use.load(std::memory_order_relaxed) &&
            thread->in_use.compare_exchange_strong(unused, true, std::memory_order_acquire)) {
            return thread;
        }
    }
    return nullptr;
}

// No record joins the list between a fork's two handlers: the second would release locks that the first did not take.
tiny_lock publishing;

void publish(thread_record& thread) noexcept {
    publishing.lock();
    thread.next = first_thread.load(std::memory_order_relaxed);
    first_thread.store(&thread, std::memory_order_release);
    publishing.unlock();
}

#if !defined(_WIN32)
INTERLOCK_COLD void before_fork() noexcept {
    publishing.lock();
    for (thread_record* thread = all_threads(); thread != nullptr; thread = thread->next) {
        thread->drops_lock.lock();
        thread->trace_lock.lock();
    }
}

INTERLOCK_COLD void unlock_after_fork() noexcept {
    for (thread_record* thread = all_threads(); thread != nullptr; thread = thread->next) {
        thread->trace_lock.unlock();
        thread->drops_lock.unlock();
    }
    publishing.unlock();
}

INTERLOCK_COLD void after_fork_in_child() noexcept {
    unlock_after_fork();
    const thread_record* mine = this_thread_if_any();
    for (thread_record* thread = all_threads(); thread != nullptr; thread = thread->next) {
        if (thread == mine) {
            // CPython keeps the state that the thread forked with, and frees all others. It knows nothing of a fork on a thread
            // that is not attached: there all states are still there, and a with_gil further out may need the thread's own.
            const PyThreadState* forked_with = attached_state();
            if (forked_with != nullptr && forked_with != thread->kept) {
                thread->keep(nullptr, nullptr);
            }
            continue;
        }
        for (gate_slot* slot = &thread->main; slot != nullptr;
             slot = slot->next.load(std::memory_order_relaxed)) {
            slot->word.store(gate_slot::outside, std::memory_order_relaxed);
            slot->attached_word = gate_slot::outside;
        }
        thread->keep(nullptr, nullptr);
        thread->scopes = 0;
        thread->draining = false;
        thread->in_use.store(false, std::memory_order_relaxed);
    }
    // A drain that was under way in another thread is not: whoever enters next looks for what it left.
    raise_drops_of_all_interpreters();
    forget_subinterpreters();
}

const int fork_handlers = pthread_atfork(before_fork, unlock_after_fork, after_fork_in_child);
#endif

}  // namespace

thread_record* all_threads() noexcept { return first_thread.load(std::memory_order_acquire); }

thread_record& this_thread() {
    if (thread_record* known = this_thread_if_any()) {
        return *known;
    }
    thread_record* thread = take_over_unused();
    if (thread == nullptr) {
        thread = new thread_record;
        thread->main.word_inside =
            reinterpret_cast<std::uintptr_t>(static_cast<thread_front*>(thread));
        publish(*thread);
    }
    thread->number = next_number.fetch_add(1, std::memory_order_relaxed);
    thread->exiting = thread_place == reinterpret_cast<thread_front*>(
                                          reinterpret_cast<std::uintptr_t>(&nobody) | word_lost);
    thread->clean = false;
    thread->known = &no_state;
    thread->place = nullptr;
    thread->left_behind = nullptr;
    set_thread_word(thread->main.word_inside | (thread_word() & word_traversing));
    hook_thread_exit(*thread);
    return *thread;
}

gate_slot& slot_at(thread_record& thread, interpreter_record& interpreter) {
    if (interpreter.is_main) {
        // After a restart the slot serves the new interpreter.
        if (thread.main.owner.load(std::memory_order_relaxed) != &interpreter) {
            thread.main.owner.store(&interpreter, std::memory_order_release);
            thread.gate_moved();
        }
        return thread.main;
    }
    gate_slot* last = &thread.main;
    for (gate_slot* slot = last->next.load(std::memory_order_relaxed); slot != nullptr;
         slot = slot->next.load(std::memory_order_relaxed)) {
        const interpreter_front* owner = slot->owner.load(std::memory_order_relaxed);
        if (owner == &interpreter) {
            return *slot;
        }
        const bool is_free =
            owner == nullptr ||
            static_cast<const interpreter_record*>(owner)->finished.load(std::memory_order_relaxed);
        if (is_free && slot->word.load(std::memory_order_relaxed) == gate_slot::outside) {
            slot->owner.store(&interpreter, std::memory_order_release);
            return *slot;
        }
        last = slot;
    }
    auto* slot = new gate_slot;
    slot->word_inside = thread.main.word_inside | word_elsewhere;
    slot->owner.store(&interpreter, std::memory_order_relaxed);
    last->next.store(slot, std::memory_order_release);
    return *slot;
}

void give_back_state(thread_record& thread) noexcept {
    PyThreadState* state = thread.kept;
    interpreter_record* owner = thread.kept_owner;
    if (state == nullptr) {
        return;
    }
    gate_slot& slot = slot_at(thread, *owner);
    if (slot.word.load(std::memory_order_relaxed) != gate_slot::outside ||
        attached_state() != nullptr) {
        return;  // inside a door: the state is in use
    }
    thread.keep(nullptr, nullptr);
#if defined(_WIN32)
    // Thread-exit hooks run under the loader lock, where the interpreter must not be waited for.
    if (thread.exiting) {
        return;
    }
#endif
    slot.word.exchange(gate_slot::inside, std::memory_order_seq_cst);
    if (!owner->is_closed()) {
        if (is_held_by_others(state) && !thread.exiting) {
            // Further out on this thread somebody adopted it, by PyGILState_Ensure or by another extension's with_gil, and
            // will attach with it again.
            thread.keep(state, owner);
        } else {
            restore_thread(state);
            drain_if_any(*owner);
            thread.known = &no_state;
            delete_attached_state(state);
        }
    }
    slot.word.store(gate_slot::outside, std::memory_order_release);
}

[[noreturn]] void park() noexcept {
    for (;;) {
#if defined(_WIN32)
        Sleep(INFINITE);
#else
        pause();
#endif
    }
}

}  // namespace detail

thread_scope::thread_scope() { ++detail::this_thread().scopes; }

thread_scope::~thread_scope() {
    detail::thread_record* thread = detail::this_thread_if_any();
    // None is counted where the thread's exit hook has run before this: it has given the state back.
    if (thread == nullptr || thread->scopes == 0) {
        return;
    }
    --thread->scopes;
    if (thread->scopes == 0) {
        detail::give_back_state(*thread);
    }
}

INTERLOCK_END
