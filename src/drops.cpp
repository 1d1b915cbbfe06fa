// What the run-time guard says, and where a reference goes that cannot be released on the spot.
//
// Detached releases are queued on the dropping thread's own list, so that threads do not meet there; a flag in the
// interpreter's record says that there are some. A drainer lowers the flag before it takes the lists, each under its lock:
// a dropper that appended after its list was taken sees the lowered flag and raises it again, so nothing is stranded. Raising
// it also asks CPython for a pending call, which drains where nobody enters any more.
#include "decimal.hpp"
#include "python_call.hpp"

#include <interlock/objects/leaks.hpp>
#include <interlock/objects/release.hpp>

#include <string>
#include <utility>

INTERLOCK_BEGIN
namespace detail {

INTERLOCK_COLD void throw_not_attached(const char* operation) {
    const bool detached = (thread_word() & word_detached) != 0;
    const bool traversing = (thread_word() & word_traversing) != 0;
    std::string what = std::string("interlock: ") + operation +
                       ": this thread is not attached to the Python interpreter";
    std::source_location where{};
    if (traversing) {
        what += ": it is inside a tp_traverse, where nothing of Python may be touched";
    } else if (in_region()) {
        where = this_thread_if_any()->where;
        if (where.line() == 0) {
            what += ": it is inside an allow_threads of more than twelve arguments";
        } else {
            what += ": it is inside the allow_threads entered at ";
            what += where.file_name();
            what += ':';
            what += decimal(where.line());
            what += " (";
            what += where.function_name();
            what += ')';
        }
        what += "; do this before or after it, or inside il::with_gil";
    } else if (detached) {
        what += ": the interpreter finalized while it worked inside allow_threads";
    } else {
        what += "; enter it with il::with_gil";
    }
    throw not_attached(operation, where, what);
}

namespace {

int drain_pending(void* record) noexcept {
    auto* interpreter = static_cast<interpreter_record*>(record);
    PyThreadState* state = attached_state();
    if (state != nullptr && interpreter_of(state) == interpreter->interpreter &&
        !interpreter->finished.load(std::memory_order_relaxed)) {
        drain(*interpreter);
    }
    return 0;
}

// Called without the interpreter, hence behind the gate: CPython's own list of pending calls goes with it.
void ask_for_a_pending_call(interpreter_record& interpreter, thread_record& thread) noexcept {
    interpreter.attention.fetch_or(interpreter_front::drops_waiting, std::memory_order_relaxed);
    if (!interpreter.is_main) {
        return;
    }
    gate_slot* slot = nullptr;
    try {
        slot = &slot_at(thread, interpreter);
    } catch (...) {
        return;
    }
    const std::uint32_t before = slot->word.exchange(gate_slot::inside, std::memory_order_seq_cst);
    if (!interpreter.is_closed()) {
        const std::uint32_t seen = interpreter.attention.fetch_or(
            interpreter_front::drops_scheduled, std::memory_order_relaxed);
        if ((seen & interpreter_front::drops_scheduled) == 0 &&
            add_pending_call(interpreter.interpreter, drain_pending, &interpreter) != 0) {
            // No slot free: the next drop asks again.
            interpreter.attention.fetch_and(~interpreter_front::drops_scheduled,
                                            std::memory_order_relaxed);
        }
    }
    slot->word.store(before, std::memory_order_release);
}

void defer(PyObject* object, interpreter_record& interpreter) noexcept {
    if (interpreter.is_closed()) {
        return;  // nobody drains any more: let go
    }
    try {
        thread_record& thread = this_thread();
        append(thread.drops_lock, thread.drops, {object, &interpreter});
        if ((interpreter.attention.load(std::memory_order_relaxed) &
             interpreter_front::drops_scheduled) == 0) {
            ask_for_a_pending_call(interpreter, thread);
        }
    } catch (...) {  // NOLINT(bugprone-empty-catch)
        // A destructor that has no memory can only give the reference up.
    }
}

void take_and_release(thread_record& from, interpreter_record& interpreter,
                      std::vector<dropped_reference>& taken) noexcept {
    from.drops_lock.lock();
    std::swap(taken, from.drops);
    from.drops_lock.unlock();
    for (const dropped_reference& dropped : taken) {
        if (dropped.owner == &interpreter) {
            decref(dropped.object);
        } else if (!dropped.owner->finished.load(std::memory_order_relaxed)) {
            defer(dropped.object, *dropped.owner);
        }
    }
    taken.clear();
}

}  // namespace

void drain(interpreter_record& interpreter) noexcept {
    thread_record* thread = nullptr;
    try {
        thread = &this_thread();
    } catch (...) {
        return;
    }
    if (thread->draining) {
        return;  // a finalizer that this drain runs entered; the outer loop takes what it left
    }
    thread->draining = true;
    {
        const keep_error kept;
        std::vector<dropped_reference> taken;
        // A few rounds for what the finalizers drop; then others may go on, so that a thread that only enters is not kept
        // here by threads that only drop.
        for (int round = 0; round < 4 && interpreter.drops_wait(); ++round) {
            interpreter.attention.fetch_and(interpreter_front::closed | interpreter_front::shut,
                                            std::memory_order_relaxed);
            for (thread_record* from = all_threads(); from != nullptr; from = from->next) {
                take_and_release(*from, interpreter, taken);
            }
            report_postponed(interpreter);
        }
    }
    thread->draining = false;
    if (interpreter.drops_wait()) {
        // The pending call may have been served by a finalizer's own Python code, in vain.
        interpreter.attention.fetch_and(~interpreter_front::drops_scheduled,
                                        std::memory_order_relaxed);
        ask_for_a_pending_call(interpreter, *thread);
    }
}

void ask_for_a_drain(interpreter_record& interpreter) noexcept {
    try {
        ask_for_a_pending_call(interpreter, this_thread());
    } catch (...) {
        interpreter.attention.fetch_or(interpreter_front::drops_waiting, std::memory_order_relaxed);
    }
}

void decref_last(PyObject* object) noexcept {
    // Numbers and text themselves hold nothing, and no finalizer is asked for them.
    const PyTypeObject* type = Py_TYPE(object);
    if (type == &PyLong_Type || type == &PyFloat_Type || type == &PyUnicode_Type) {
        Py_DECREF(object);
        return;
    }
    run_python([object] { Py_DECREF(object); });
}

void release_reference(PyObject* object, interpreter_record* interpreter) noexcept {
    if (counts_handles) [[unlikely]] {
        uncount_handle(object);
    }
    if (interpreter->finished.load(std::memory_order_acquire)) {
        return;
    }
    if (PyThreadState* state = attached_state();
        state != nullptr && interpreter_of(state) == interpreter->interpreter &&
        (thread_word() & word_traversing) == 0) {
        decref(object);
        return;
    }
    defer(object, *interpreter);
}

void release_bound(PyObject* object) noexcept {
    if (PyThreadState* state = attached_state();
        state != nullptr && (thread_word() & word_traversing) == 0) {
        decref(object);  // the flag is another library's business: by fact we are attached
        return;
    }
    interpreter_record* interpreter = main_interpreter.load(std::memory_order_acquire);
    if (thread_record* thread = this_thread_if_any(); thread != nullptr && in_region()) {
        interpreter = record_of(region_slot(*thread)->owner.load(std::memory_order_relaxed));
    }
    if (interpreter != nullptr) {
        defer(object, *interpreter);
    }
}

interpreter_record* interpreter_of_this_thread() { return &current_interpreter(); }

void require_same_interpreter(const interpreter_record* interpreter, const char* operation) {
    require_attached(operation);
    PyThreadState* state = attached_state();
    if (state == nullptr || (interpreter_of(state) == interpreter->interpreter &&
                             !interpreter->finished.load(std::memory_order_relaxed))) [[likely]] {
        return;
    }
    if (interpreter->finished.load(std::memory_order_relaxed)) {
        throw wrong_interpreter(std::string("interlock: ") + operation +
                                ": the handle belongs to an interpreter that has finished");
    }
    throw wrong_interpreter(
        std::string("interlock: ") + operation +
        ": the handle belongs to another interpreter than the one that this thread is attached to");
}

}  // namespace detail
INTERLOCK_END
