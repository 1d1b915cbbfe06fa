// critical_section: the per-object locks of free-threaded Python, for the time of a call.
//
//   il::critical_section(a, b, [&] { ... });
//
// CPython's own: waiting for one detaches, and whoever leaves the interpreter while inside gives it back until the return.
// On builds with a GIL there are none and the GIL does their work, in the same sense: until it is given away.
#pragma once

#include <interlock/sync/wait.hpp>

#include <functional>
#include <type_traits>
#include <utility>

INTERLOCK_BEGIN
namespace detail {

template <class T>
concept bound_object = std::is_base_of_v<bound_tag, T> && requires(const T& handle) {
    { handle.ptr() } -> std::convertible_to<PyObject*>;
};

[[noreturn]] void throw_no_object(const char* operation);

inline void require_sections(PyObject* a, PyObject* b) {
    require_attached_inline("il::critical_section");
    if (a == nullptr || b == nullptr) [[unlikely]] {
        throw_no_object("il::critical_section");
    }
}

#if defined(Py_GIL_DISABLED)
// Where the callable was refused its way back from allow_threads the thread is detached, and its sections are gone with its
// state.
class section {
public:
    explicit section(PyObject* a) noexcept { PyCriticalSection_Begin(&section_, a); }
    ~section() {
        if (attached_state() != nullptr) {
            PyCriticalSection_End(&section_);
        }
    }
    section(const section&) = delete;
    section& operator=(const section&) = delete;

private:
    PyCriticalSection section_;
};

class two_sections {
public:
    two_sections(PyObject* a, PyObject* b) noexcept { PyCriticalSection2_Begin(&sections_, a, b); }
    ~two_sections() {
        if (attached_state() != nullptr) {
            PyCriticalSection2_End(&sections_);
        }
    }
    two_sections(const two_sections&) = delete;
    two_sections& operator=(const two_sections&) = delete;

private:
    PyCriticalSection2 sections_;
};
#else
struct section {
    explicit section(PyObject*) noexcept {}
};
struct two_sections {
    two_sections(PyObject*, PyObject*) noexcept {}
};
#endif

}  // namespace detail

// Calls f() inside the critical section of the object a and returns what it returns; what f throws goes on.
//
// The section holds for plain C++ and for calls into CPython that neither wait nor run Python code: whatever leaves the
// interpreter, or enters a further section, may suspend it until it is back. Sections of one thread end in the reverse order
// of their beginning: a greenlet may not switch inside f. Needs an attached thread and leaves it attached. Throws not_attached,
// std::logic_error for a handle that was moved from. Cost on builds without a GIL: one compare-and-swap in and one out;
// nothing on builds with one, where f is just called.
template <detail::bound_object A, class F>
    requires std::is_invocable_v<F>
decltype(auto) critical_section(const A& a, F&& f) {
    detail::require_sections(a.ptr(), a.ptr());
    [[maybe_unused]] const detail::section inside(a.ptr());
    return std::invoke(std::forward<F>(f));
}

// The same inside the critical sections of both objects, entered together, so that the order does not matter; they may be one
// and the same.
template <detail::bound_object A, detail::bound_object B, class F>
    requires std::is_invocable_v<F>
decltype(auto) critical_section(const A& a, const B& b, F&& f) {
    detail::require_sections(a.ptr(), b.ptr());
    [[maybe_unused]] const detail::two_sections inside(a.ptr(), b.ptr());
    return std::invoke(std::forward<F>(f));
}

INTERLOCK_END
