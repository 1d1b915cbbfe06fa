// Exceptions that nobody can be given, to sys.unraisablehook.
//
// What comes out of a tp_traverse waits in a list until the interpreter may be used: it is asked for by whoever drains the
// interpreter's dropped references, and the same flag and the same pending call say that there is something to do.
#include "error_translation.hpp"

#include <interlock/objects/unraisable.hpp>

#include <cstdio>
#include <memory>

INTERLOCK_BEGIN
namespace detail {

namespace {

struct postponed {
    std::exception_ptr error;
    std::string where;
    interpreter_record* owner;
    postponed* next;
};

std::atomic<postponed*> all_postponed{nullptr};

// Takes the exception over.
void write_unraisable(PyObject* exception, std::string_view where) noexcept {
    const keep_error kept;
    const reference context(where.empty() ? nullptr : text_object(where));
    put_error(exception);
    run_python([&] { PyErr_WriteUnraisable(context.pointer); });
}

void write_to_stderr(const std::exception_ptr& error, std::string_view where) noexcept {
    const auto print = [&](const char* text) {
        std::fprintf(stderr, "interlock: exception ignored in %.*s: %s\n",
                     static_cast<int>(where.size()), where.data(), text);
    };
    try {
        std::rethrow_exception(error);
    } catch (const std::exception& known) {
        print(known.what());
    } catch (...) {
        print("a C++ exception that is not derived from std::exception");
    }
}

void add_postponed(postponed* one) noexcept {
    one->next = all_postponed.load(std::memory_order_relaxed);
    while (!all_postponed.compare_exchange_weak(one->next, one, std::memory_order_release,
                                                std::memory_order_relaxed)) {
    }
}

void postpone(const std::exception_ptr& error, std::string_view where) noexcept {
    // Inside of a tp_traverse the thread is attached.
    const PyThreadState* state = attached_state();
    interpreter_record* owner =
        state == nullptr ? nullptr : known_interpreter(interpreter_of(state));
    try {
        if (owner != nullptr) {
            add_postponed(new postponed{error, std::string(where), owner, nullptr});
            ask_for_a_drain(*owner);
            return;
        }
    } catch (...) {  // NOLINT(bugprone-empty-catch)
        // No memory to keep it in.
    }
    write_to_stderr(error, where);
}

}  // namespace

void report_postponed(interpreter_record& interpreter) noexcept {
    postponed* list = all_postponed.exchange(nullptr, std::memory_order_acquire);
    while (list != nullptr) {
        postponed* one = std::exchange(list, list->next);
        if (one->owner == &interpreter) {
            write_unraisable(exception_of(one->error), one->where);
        } else if (!one->owner->finished.load(std::memory_order_relaxed)) {
            add_postponed(one);
            continue;
        }
        delete one;
    }
}

}  // namespace detail

void report_unraisable(const std::exception_ptr& error, std::string_view where) noexcept {
    if (error == nullptr) {
        return;
    }
    if ((detail::thread_word() & detail::word_traversing) != 0) {
        detail::postpone(error, where);
        return;
    }
    try {
        if (try_with_gil(
                [&](python) { detail::write_unraisable(detail::exception_of(error), where); })) {
            return;
        }
    } catch (...) {  // NOLINT(bugprone-empty-catch)
        // No memory for a thread state.
    }
    detail::write_to_stderr(error, where);
}

void report_unraisable(std::string_view where) noexcept {
    report_unraisable(std::current_exception(), where);
}

void report_unraisable(const std::exception& error, std::string_view where) noexcept {
    if ((detail::thread_word() & detail::word_traversing) == 0) {
        try {
            if (try_with_gil([&](python) {
                    detail::write_unraisable(detail::exception_of(error), where);
                })) {
                return;
            }
        } catch (...) {  // NOLINT(bugprone-empty-catch)
            // No memory for a thread state.
        }
    }
    // By its text alone: what its type is cannot be kept.
    report_unraisable(std::make_exception_ptr(general_exception(error.what())), where);
}

INTERLOCK_END
