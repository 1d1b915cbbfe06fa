// interpreter_scope enters one interpreter in particular, whatever the thread is attached to now: how il::subinterpreter and
// callbacks get to the interpreter that they belong to.
//
// From code that is attached to another one it is that one's allow_threads around an entry to the target, so that each of the
// two gates knows what the thread does (invariant 5). A state that the thread has put down further out in the same interpreter
// is taken up again, so that no thread has two in one.
#pragma once

#include <interlock/attach/doors.hpp>

#include <optional>
#include <type_traits>

INTERLOCK_BEGIN
namespace detail {

class interpreter_scope {
public:
    // Throws no_interpreter when refused, unless told to return: then entered() is false, and the thread is where it was.
    // std::bad_alloc: no memory for a thread state.
    interpreter_scope(interpreter_record& target, std::source_location where,
                      if_refused otherwise = if_refused::throws);

    // Goes back to where the thread was; to be called when the callable has returned. Throws no_interpreter when the
    // interpreter that it was attached to finalized meanwhile and no CPython frame lies below; where one does, parks.
    void finish();

    // The same when an exception is on its way; where turned away, the exception goes on with the thread left detached.
    ~interpreter_scope();
    interpreter_scope(const interpreter_scope&) = delete;
    interpreter_scope& operator=(const interpreter_scope&) = delete;

    bool entered() const noexcept { return inner_->entered(); }
    python token() const noexcept { return inner_->token(); }

private:
    interpreter_scope() noexcept = default;

    std::optional<attach_scope>
        flagged_;  // where another library attached inside our allow_threads
    std::optional<detached_thread> outer_;
    std::optional<attach_scope> inner_;
};

// with_gil and try_with_gil for one interpreter in particular.
template <class F, class... As>
decltype(auto) enter_and_call_in(interpreter_record& target, std::source_location where, F&& f,
                                 As&&... as) {
    if constexpr (!check_entered<F, As...>()) {
        return any_result{};
    } else {
        using R = entered_result<F, As...>;
        if constexpr (!check_result_of_with_gil<R, python, As...>()) {
            return refused<R>();
        } else {
            interpreter_scope scope(target, where);
            if constexpr (std::is_void_v<R>) {
                call_entered(scope.token(), std::forward<F>(f), std::forward<As>(as)...);
                scope.finish();
            } else {
                R result = call_entered(scope.token(), std::forward<F>(f), std::forward<As>(as)...);
                scope.finish();
                if constexpr (std::is_reference_v<R>) {
                    return static_cast<R>(result);
                } else {
                    return result;
                }
            }
        }
    }
}

template <class F, class... As>
auto try_enter_and_call_in(interpreter_record& target, std::source_location where, F&& f,
                           As&&... as) {
    if constexpr (!check_entered<F, As...>()) {
        return any_result{};
    } else {
        using R = entered_result<F, As...>;
        using tried =
            std::conditional_t<std::is_void_v<R>, bool, std::optional<std::remove_cvref_t<R>>>;
        if constexpr (!check_result_of_with_gil<R, python, As...>()) {
            return refused<tried>();
        } else {
            interpreter_scope scope(target, where, if_refused::returns);
            tried result{};
            if (scope.entered()) {
                if constexpr (std::is_void_v<R>) {
                    call_entered(scope.token(), std::forward<F>(f), std::forward<As>(as)...);
                    result = true;
                } else {
                    result.emplace(
                        call_entered(scope.token(), std::forward<F>(f), std::forward<As>(as)...));
                }
                scope.finish();
            }
            return result;
        }
    }
}

}  // namespace detail
INTERLOCK_END
