// Waiting: the slow halves of mutex and once, and what becomes of a once's values when their interpreter ends.
//
// Keeps invariant 7, nobody waits while attached, and invariant 8, Python references per interpreter.
#include "decimal.hpp"
#include "records.hpp"
#include "spin_mutex.hpp"

#include <interlock/sync/critical_section.hpp>
#include <interlock/sync/lock.hpp>
#include <interlock/sync/mutex.hpp>
#include <interlock/sync/once.hpp>

#include <chrono>
#include <memory>
#include <new>
#include <stdexcept>
#include <string>
#include <system_error>
#include <utility>

#if !defined(_WIN32)
#include <pthread.h>
#endif
#if defined(__linux__)
#include <link.h>
#endif

INTERLOCK_BEGIN
namespace detail {

std::atomic<std::uint32_t> forks{0};
std::atomic<PyInterpreterState*> only_interpreter{nullptr};

namespace {

// The onces that were told of the only interpreter's cell. The list only grows; the lock guards it, what it leads to, and
// whether there may be an only interpreter.
struct told_once {
    std::atomic<once_cell*>* hit;
    told_once* next;
};
tiny_lock told_lock;
told_once* first_told = nullptr;
std::atomic<bool> met_others{false};

const void* survivor = nullptr;  // written in a fork's child, where there is one thread

#if !defined(_WIN32)
void before_fork() noexcept { told_lock.lock(); }
void after_fork() noexcept { told_lock.unlock(); }
void after_fork_in_child() noexcept {
    told_lock.unlock();
    survivor = this_place();
    forks.fetch_add(1, std::memory_order_relaxed);
}

const int fork_handlers = pthread_atfork(before_fork, after_fork, after_fork_in_child);
#endif

std::string place_of(const std::source_location& where) {
    return std::string(where.file_name()) + ':' + decimal(where.line());
}

[[noreturn]] void throw_owner_gone(const std::source_location& where) {
    throw std::system_error(
        std::make_error_code(std::errc::owner_dead),
        "interlock: il::mutex::with at " + place_of(where) +
            ": a thread was inside when this process was forked, and is not in this child; what "
            "the lock guards may be half changed");
}

}  // namespace

// The number kept beside a state is cut to fewer bits than the counter has. Nobody's name stands there for the few
// instructions of going in and out: not gone then.
bool gone_in_fork(std::uint32_t forks_at_entry, const entered_by& inside) noexcept {
    const std::uint32_t now = forks.load(std::memory_order_relaxed);
    const void* thread = inside.thread();
    return now << 2 != forks_at_entry << 2 && thread != nullptr && thread != survivor;
}

std::int64_t monotonic_nanoseconds() noexcept {
    const auto now = std::chrono::steady_clock::now().time_since_epoch();
    return std::chrono::duration_cast<std::chrono::nanoseconds>(now).count();
}

void throw_entered_again(const char* operation, const std::source_location& then,
                         const std::source_location& now) {
    throw std::system_error(std::make_error_code(std::errc::resource_deadlock_would_occur),
                            std::string("interlock: ") + operation + " at " + place_of(now) +
                                ": this thread is inside it already, since " + place_of(then) +
                                ", and would wait for itself");
}

void throw_no_object(const char* operation) {
    throw std::logic_error(std::string("interlock: ") + operation +
                           ": the handle is empty (it was moved from)");
}

// ---- mutex

namespace {

// Whether no frame of CPython lies below on this thread's stack, so that an exception may leave; as the end of a region of
// allow_threads finds out.
bool clean_below(const attachment* token, const PyThreadState* attached) noexcept {
    if (token == &token_clean) {
        return true;
    }
    const thread_record* thread = this_thread_if_any();
    return token == &token_inside && thread != nullptr && thread->clean &&
           python_frame(attached) == thread->kept_frame;
}

}  // namespace

// A few looks, for well under a microsecond, before the way out and back is paid for. Only where the one who is inside can
// run at the same time.
bool mutex_core::spin([[maybe_unused]] std::uint32_t& before) noexcept {
#if defined(Py_GIL_DISABLED)
    for (int look = 0; look < 20; ++look) {
        before = state_.load(std::memory_order_relaxed);
        if (before == free || before == unmade) {
            if (state_.compare_exchange_strong(before, locked_now(), std::memory_order_acquire,
                                               std::memory_order_relaxed)) {
                return true;
            }
        }
        relax();
    }
#endif
    return false;
}

// Takes the lock as one that is waited for, since others may be waiting too.
void mutex_core::wait_and_lock(std::uint32_t& before) {
    std::uint32_t seen = state_.load(std::memory_order_relaxed);
    for (;;) {
        if (seen == free || seen == unmade) {
            const std::uint32_t taken = (locked_now() & ~kind) | contended;
            if (state_.compare_exchange_weak(seen, taken, std::memory_order_acquire,
                                             std::memory_order_relaxed)) {
                before = seen;
                return;
            }
        } else if ((seen & kind) == locked) {
            static_cast<void>(state_.compare_exchange_weak(seen, (seen & ~kind) | contended,
                                                           std::memory_order_relaxed));
        } else {
            state_.wait(seen, std::memory_order_relaxed);
            seen = state_.load(std::memory_order_relaxed);
        }
    }
}

void mutex_core::wake_one() noexcept { state_.notify_one(); }

std::uint32_t mutex_core::lock_slowly(const attachment* token, const std::source_location& where) {
    if (inside_.me()) {
        throw_entered_again("il::mutex::with", inside_.where(), where);
    }
    std::uint32_t before = state_.load(std::memory_order_relaxed);
    if ((before == free || before == unmade) &&
        state_.compare_exchange_strong(before, locked_now(), std::memory_order_acquire,
                                       std::memory_order_relaxed)) {
        return before;
    }
    if (before != free && before != unmade && gone_in_fork(before / one_fork, inside_)) {
        throw_owner_gone(where);
    }
    if (spin(before)) {
        return before;
    }
    PyThreadState* attached = attached_state();
    if (attached == nullptr) {
        wait_and_lock(before);
        return before;
    }
    // It comes back with the lock held. Where it is turned away it has to give the lock back first, also if it then parks: so
    // the scope is told that it may throw, and what is done about it is decided here.
    const attach_scope inside(where);
    if (token == nullptr) {
        token = &inside.token();
    }
    const bool clean = clean_below(token, attached);
    bool got = false;
    try {
        detach_scope away(&token_clean, where);
        wait_and_lock(before);
        got = true;
        away.finish();
    } catch (const no_interpreter&) {
        if (got) {
            unlock(before);
            if (!clean) {
                park();
            }
        }
        throw;
    }
    return before;
}

// ---- once

bool once_state::begin(python py, const std::source_location& where) {
    require_attached("il::once::get");
    std::uint32_t seen = state_.load(std::memory_order_acquire);
    for (;;) {
        if (seen == done) {
            return false;
        }
        const bool gone = seen != empty && gone_in_fork(seen / one_fork, inside_);
        if (seen == empty || gone) {
            const std::uint32_t now = running | forks.load(std::memory_order_relaxed) * one_fork;
            if (state_.compare_exchange_strong(seen, now, std::memory_order_acquire,
                                               std::memory_order_acquire)) {
                inside_.enter(where);
                return true;
            }
            continue;
        }
        if (inside_.me()) {
            throw_entered_again("il::once::get", inside_.where(), where);
        }
        leave_while(&py, where, [this, seen] { state_.wait(seen, std::memory_order_relaxed); });
        seen = state_.load(std::memory_order_acquire);
    }
}

void once_state::end(bool made) noexcept {
    inside_.leave();
    state_.store(made ? done : empty, std::memory_order_release);
    state_.notify_all();
}

// ---- once, one value per interpreter

namespace {

// The cells of one interpreter that are to be emptied at its end. They hang on the interpreter's list of atexit callbacks,
// which CPython drops after it has run them all: the gate has closed by then, and Python still works. Never freed.
struct cell_keeper {
    interpreter_record* owner = nullptr;
    std::atomic<once_cell*> cells{nullptr};
    cell_keeper* next = nullptr;
};

std::atomic<cell_keeper*> first_keeper{nullptr};
constexpr const char* keeper_name = "interlock.once_cells";

void empty_cells(PyObject* capsule) noexcept {
    auto* keeper = static_cast<cell_keeper*>(PyCapsule_GetPointer(capsule, keeper_name));
    if (keeper == nullptr || !keeper->owner->is_closed()) {
        PyErr_Clear();
        return;  // somebody emptied the list of callbacks: threads may still use the values
    }
    const keep_error kept;
    if (keeper->owner->is_main) {
        forget_only_interpreter();
    }
    // A value's end may run Python code, which may get a once: it finds the cell retired and makes a new one.
    while (once_cell* cell = keeper->cells.exchange(nullptr, std::memory_order_acq_rel)) {
        for (; cell != nullptr; cell = cell->next_to_empty) {
            cell->interpreter.store(nullptr, std::memory_order_release);
            if (cell->state.take()) {
                cell->type->destroy(*cell);
            }
        }
    }
}

PyObject* nothing(PyObject*, PyObject*) noexcept { return Py_NewRef(Py_None); }

PyMethodDef keeper_definition = {"interlock_once_cells", nothing, METH_NOARGS,
                                 "Keeps the values of il::once until Python ends."};

struct release_reference_now {
    void operator()(PyObject* object) const noexcept { Py_XDECREF(object); }
};
using reference = std::unique_ptr<PyObject, release_reference_now>;

// Where this fails, in an interpreter that is too far gone, its values are not released.
void hang_in(cell_keeper& keeper) noexcept {
    const keep_error kept;
    const reference capsule(PyCapsule_New(&keeper, keeper_name, empty_cells));
    const reference callback(
        capsule == nullptr ? nullptr : PyCFunction_New(&keeper_definition, capsule.get()));
    const reference atexit(callback == nullptr ? nullptr : PyImport_ImportModule("atexit"));
    const reference done(atexit == nullptr
                             ? nullptr
                             : PyObject_CallMethod(atexit.get(), "register", "O", callback.get()));
    PyErr_Clear();
}

// Finds what `matches` in a list that only grows, or adds what `make` returns: once, whoever comes first.
template <class Node, class Matches, class Make, class Discard>
std::pair<Node*, bool> find_or_add(std::atomic<Node*>& first, Matches matches, Make make,
                                   Discard discard) {
    Node* made = nullptr;
    Node* head = first.load(std::memory_order_acquire);
    for (;;) {
        for (Node* node = head; node != nullptr; node = node->next) {
            if (matches(*node)) {
                if (made != nullptr) {
                    discard(made);
                }
                return {node, false};
            }
        }
        if (made == nullptr) {
            made = make();
        }
        made->next = head;
        if (first.compare_exchange_weak(head, made, std::memory_order_acq_rel,
                                        std::memory_order_acquire)) {
            return {made, true};
        }
    }
}

cell_keeper& keeper_of(interpreter_record& owner) {
    const auto [keeper, added] = find_or_add(
        first_keeper, [&owner](const cell_keeper& other) { return other.owner == &owner; },
        [&owner] {
            auto* made = new cell_keeper;
            made->owner = &owner;
            return made;
        },
        [](cell_keeper* unused) { delete unused; });
    if (added) {
        hang_in(*keeper);
    }
    return *keeper;
}

}  // namespace

once_cell& cell_here(std::atomic<once_cell*>& first, const once_cell_type& type) {
    require_attached("il::once::get");
    PyInterpreterState* here = interpreter_of(attached_state());
    const auto serves = [here](const once_cell& cell) {
        return cell.interpreter.load(std::memory_order_acquire) == here &&
               !cell.owner->finished.load(std::memory_order_relaxed);
    };
    for (once_cell* cell = first.load(std::memory_order_acquire); cell != nullptr;
         cell = cell->next) {
        if (serves(*cell)) {
            return *cell;
        }
    }
    interpreter_record& owner = current_interpreter();
    cell_keeper& keeper = keeper_of(owner);
    const auto [cell, added] = find_or_add(
        first, serves,
        [here, &owner, &type] {
            once_cell* made = type.make();
            made->type = &type;
            made->owner = &owner;
            made->interpreter.store(here, std::memory_order_relaxed);
            return made;
        },
        type.discard);
    if (added) {
        cell->next_to_empty = keeper.cells.load(std::memory_order_relaxed);
        while (!keeper.cells.compare_exchange_weak(
            cell->next_to_empty, cell, std::memory_order_release, std::memory_order_relaxed)) {
        }
    }
    return *cell;
}

namespace {

void forget_hits() noexcept {
    only_interpreter.store(nullptr, std::memory_order_relaxed);
    for (const told_once* told = first_told; told != nullptr; told = told->next) {
        told->hit->store(nullptr, std::memory_order_release);
    }
}

// Whether something is static data of the program or module that this core is part of: then it is there as long as the core.
bool is_static([[maybe_unused]] const void* something) noexcept {
#if defined(__linux__)
    struct question {
        std::uintptr_t something;
        std::uintptr_t here;
        bool both;
    };
    question asked{reinterpret_cast<std::uintptr_t>(something),
                   reinterpret_cast<std::uintptr_t>(&first_told), false};
    // The lock that this takes is never held while a module's own code runs.
    dl_iterate_phdr(
        [](dl_phdr_info* object, std::size_t, void* asked_of) {
            auto& all = *static_cast<question*>(asked_of);
            bool has_something = false;
            bool has_this = false;
            for (int i = 0; i < object->dlpi_phnum; ++i) {
                const auto& segment = object->dlpi_phdr[i];
                if (segment.p_type == PT_LOAD) {
                    const std::uintptr_t begin = object->dlpi_addr + segment.p_vaddr;
                    has_something |= all.something - begin < segment.p_memsz;
                    has_this |= all.here - begin < segment.p_memsz;
                }
            }
            all.both = has_something && has_this;
            return has_this ? 1 : 0;
        },
        &asked);
    return asked.both;
#else
    return false;
#endif
}

void tell(std::atomic<once_cell*>& hit, once_cell& cell) noexcept {
    auto* made = new (std::nothrow) told_once{&hit, nullptr};
    told_lock.lock();
    if (cell.interpreter.load(std::memory_order_relaxed) ==
        only_interpreter.load(std::memory_order_relaxed)) {
        const told_once* told = first_told;
        while (told != nullptr && told->hit != &hit) {
            told = told->next;
        }
        if (told == nullptr && made != nullptr) {
            made->next = first_told;
            first_told = made;
            told = std::exchange(made, nullptr);
        }
        if (told != nullptr) {
            hit.store(&cell, std::memory_order_release);
        }
    }
    told_lock.unlock();
    delete made;
}

}  // namespace

void allow_only_interpreter(PyInterpreterState* main) noexcept {
    told_lock.lock();
    if (!met_others.load(std::memory_order_relaxed)) {
        only_interpreter.store(main, std::memory_order_relaxed);
    }
    told_lock.unlock();
}

void forget_only_interpreter() noexcept {
    told_lock.lock();
    forget_hits();
    told_lock.unlock();
}

void meet_another_interpreter(const PyInterpreterState* interpreter) noexcept {
    if (met_others.load(std::memory_order_acquire) || is_main_interpreter(interpreter)) {
        return;
    }
    told_lock.lock();
    forget_hits();
    met_others.store(true, std::memory_order_release);
    told_lock.unlock();
}

void remember_cell(std::atomic<once_cell*>& hit, std::atomic<once_cell*>& near,
                   once_cell& cell) noexcept {
    if (!cell.owner->is_main) {
        return;
    }
    near.store(&cell, std::memory_order_release);
    if (!met_others.load(std::memory_order_relaxed) && is_static(&hit)) {
        tell(hit, cell);
    }
}

}  // namespace detail
INTERLOCK_END
