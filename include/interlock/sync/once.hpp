// once<T>: a value that is made on first use, and whose making is never waited for while attached (invariant 7).
//
//   static il::once<il::owned<il::object>> cache;
//   il::object v = cache.get(py, [](il::python py) { return py.import("re").unbind(); }).bind(py);
//
// What a function-local static or std::call_once cannot do: its initializer may let other threads run, and those that come
// for the same value leave the interpreter while they wait.
//
// A plain value lies in the once itself and lives as long as the process. A value that holds Python references lies in a
// cell, one for each interpreter (invariant 8): cells form a list that only grows; a cell serves while its interpreter runs
// and then lets go of its value, once the gate has closed. Cells themselves are never freed, like the interpreters' records.
//
// Most processes have one interpreter, and there a hit asks nothing: before this core gives the first token for another one,
// every static once is made to forget the cell that it hands out unasked.
#pragma once

#include <interlock/sync/per_interpreter.hpp>
#include <interlock/sync/wait.hpp>

#include <memory>
#include <new>
#include <type_traits>
#include <utility>

INTERLOCK_BEGIN
namespace detail {

extern std::atomic<interpreter_record*> main_interpreter;

// What is known of one value. `state`: low two bits empty, running or ready; above them, while running, the number of forks
// behind the process: an initializer whose thread a fork's child does not have is begun anew there.
class once_state {
public:
    bool ready() const noexcept { return state_.load(std::memory_order_acquire) == done; }

    // True: this thread makes the value, and calls end. False: there is one now.
    [[nodiscard]] bool begin(python py, const std::source_location& where);
    void end(bool made) noexcept;

    // For the thread that finalizes an interpreter: whether there is a value, which is its own from now on.
    bool take() noexcept { return state_.exchange(empty, std::memory_order_acq_rel) == done; }

private:
    enum : std::uint32_t { empty = 0, running = 1, done = 2, kind = 3, one_fork = 4 };

    std::atomic<std::uint32_t> state_{empty};
    entered_by inside_;
};

// Ends what begin began: with a value if made() was called, otherwise with none.
class once_run {
public:
    explicit once_run(once_state& state) noexcept : state_(state) {}
    ~once_run() { state_.end(made_); }
    once_run(const once_run&) = delete;
    once_run& operator=(const once_run&) = delete;

    void made() noexcept { made_ = true; }

private:
    once_state& state_;
    bool made_ = false;
};

// Room for a value whose end nobody waits for.
template <class T>
struct once_room {
    alignas(T) unsigned char bytes[sizeof(T)] = {};

    T* get() noexcept { return std::launder(reinterpret_cast<T*>(bytes)); }
    const T* get() const noexcept { return std::launder(reinterpret_cast<const T*>(bytes)); }
};

template <class T, class F>
void make_once(once_state& state, once_room<T>& room, python py, F&& f,
               const std::source_location& where) {
    if (state.begin(py, where)) {
        once_run run(state);
        ::new (static_cast<void*>(room.bytes)) T(std::invoke(std::forward<F>(f), py));
        run.made();
    }
}

// One interpreter's value.
struct once_cell {
    once_state state;
    std::atomic<PyInterpreterState*> interpreter{nullptr};  // null when it serves no more
    interpreter_record* owner = nullptr;
    once_cell* next = nullptr;           // in its once
    once_cell* next_to_empty = nullptr;  // of those that the interpreter's end empties
    const struct once_cell_type* type = nullptr;

    // Whether it is the main interpreter's and that is where this thread is attached.
    bool serves() const noexcept {
        PyThreadState* attached = attached_state();
        return attached != nullptr &&
               interpreter_of(attached) == interpreter.load(std::memory_order_relaxed) &&
               owner == main_interpreter.load(std::memory_order_relaxed);
    }
};

struct once_cell_type {
    once_cell* (*make)();
    void (*discard)(once_cell*) noexcept;  // a cell that was never used
    void (*destroy)(once_cell&) noexcept;  // its value
};

template <class T>
struct once_cell_of : once_cell {
    once_room<T> room;

    static constexpr once_cell_type operations = {
        []() -> once_cell* { return new once_cell_of; },
        [](once_cell* cell) noexcept { delete static_cast<once_cell_of*>(cell); },
        [](once_cell& cell) noexcept {
            std::destroy_at(static_cast<once_cell_of&>(cell).room.get());
        },
    };
};

// The cell for the interpreter that this thread is attached to; added where there is none yet. Throws not_attached,
// no_interpreter, std::bad_alloc.
once_cell& cell_here(std::atomic<once_cell*>& first, const once_cell_type& type);

// Remembers the main interpreter's cell for the quick ways: near may be asked whether it serves; hit serves whoever has a
// token, as long as this core has given tokens for no other interpreter, and is kept for static onces alone, since it
// has to be found when that ends.
void remember_cell(std::atomic<once_cell*>& hit, std::atomic<once_cell*>& near,
                   once_cell& cell) noexcept;

template <class T, class F>
consteval bool check_once() {
    static_assert(detachable<T>,
                  "interlock: il::once<T>: T is, holds or views a bound Python object or the "
                  "token, which may not outlive the door it came through: keep il::owned<T> and "
                  "bind what get returns");
    static_assert(std::is_invocable_v<F, python>,
                  "interlock: the initializer of il::once::get is called with the token: write "
                  "[](il::python py) { return ...; }");
    if constexpr (std::is_invocable_v<F, python>) {
        static_assert(std::is_convertible_v<std::invoke_result_t<F, python>, T> ||
                          std::is_same_v<std::invoke_result_t<F, python>, T>,
                      "interlock: the initializer of il::once<T>::get returns something else than "
                      "T; for a Python object that is il::owned<...>, made by unbind()");
        return detachable<T>;
    }
    return false;
}

}  // namespace detail

// A value that is made by the first get(), kept for the life of the process.
//
// Constant-initialized and trivially destructible: a function-local static has no guard. Its value is never destroyed. For a
// T that holds Python references see below.
template <class T>
class once {
    static_assert(std::is_object_v<T> && !std::is_const_v<T>,
                  "interlock: il::once<T> holds a value: T may be neither a reference nor const");

public:
    constexpr once() noexcept = default;
    once(const once&) = delete;
    once& operator=(const once&) = delete;

    // The value; where there is none yet, what f(py) returns becomes it.
    //
    // f may use Python, leave the interpreter and get other onces; it runs on one thread at a time, and others that come
    // meanwhile wait detached (critical sections which are held are suspended). If it throws, the exception goes on, the
    // once stays empty, and the next one to come, or one of those that wait, tries with its own f. Needs an attached
    // thread and leaves it attached. Throws std::system_error (resource_deadlock_would_occur) where f, on this thread,
    // gets the same once, naming both places; not_attached and no_interpreter as allow_threads does. Two onces whose
    // initializers get each other, on two threads, wait for ever: what cannot happen here is a deadlock against the
    // interpreter. Cost where there is a value: one acquire load.
    template <class F>
    const T& get(python py, F&& f, std::source_location where = std::source_location::current()) {
        if constexpr (detail::check_once<T, F>()) {
            if (!state_.ready()) [[unlikely]] {
                detail::make_once(state_, room_, py, std::forward<F>(f), where);
            }
        }
        return *room_.get();
    }

private:
    detail::once_state state_;
    detail::once_room<T> room_;
};

// A value that holds Python references (il::owned, a container or an aggregate of them): one for each interpreter, made by
// the first get() in it. It is destroyed when that interpreter finalizes, after the threads that were attached have left; a
// reference that get returned is good until then, and an interpreter that is started afterwards makes its own.
template <per_interpreter T>
class once<T> {
public:
    constexpr once() noexcept = default;
    once(const once&) = delete;
    once& operator=(const once&) = delete;

    // As above. Cost where there is a value: one acquire load for a once of static storage duration (on Linux), as long as
    // the process has met no sub-interpreter; else two and a query of CPython's current thread state in the main
    // interpreter, a look through the list of interpreters in others.
    template <class F>
    const T& get(python py, F&& f, std::source_location where = std::source_location::current()) {
        using cell_type = detail::once_cell_of<T>;
        detail::once_cell* cell = hit_.load(std::memory_order_acquire);
        if constexpr (detail::check_once<T, F>()) {
            if (cell == nullptr) [[unlikely]] {
                cell = near_.load(std::memory_order_acquire);
                if (cell == nullptr || !cell->serves()) {
                    cell = &detail::cell_here(first_, cell_type::operations);
                    if (!cell->state.ready()) {
                        detail::make_once(cell->state, static_cast<cell_type*>(cell)->room, py,
                                          std::forward<F>(f), where);
                    }
                    detail::remember_cell(hit_, near_, *cell);
                }
            }
        }
        return *static_cast<cell_type*>(cell)->room.get();
    }

private:
    std::atomic<detail::once_cell*> hit_{nullptr};
    std::atomic<detail::once_cell*> near_{nullptr};
    std::atomic<detail::once_cell*> first_{nullptr};
};

INTERLOCK_END
