// The frame that every interlock header is written in: the namespace, its visibility, and the switches.
//
// Each extension carries its own copy of the core (invariant 12). So that two copies in one process never share a
// function, an inline variable or a template instantiation, whatever flags the user compiled with, the namespace is
// hidden and its inline namespace carries the ABI version.
#pragma once

#include <interlock/version.hpp>

#if defined(__GNUC__) || defined(__clang__)
#define INTERLOCK_HIDDEN __attribute__((visibility("hidden")))
#else
#define INTERLOCK_HIDDEN
#endif

// For the few functions on the path of a bound call that a compiler would rather call than repeat.
#if defined(__GNUC__) || defined(__clang__)
#define INTERLOCK_INLINE [[gnu::always_inline]] inline
#elif defined(_MSC_VER)
#define INTERLOCK_INLINE __forceinline
#else
#define INTERLOCK_INLINE inline
#endif

// For what is rare, beside a path that is short without it.
#if defined(__GNUC__) || defined(__clang__)
#define INTERLOCK_NOINLINE [[gnu::noinline]]
#elif defined(_MSC_VER)
#define INTERLOCK_NOINLINE __declspec(noinline)
#else
#define INTERLOCK_NOINLINE
#endif

// For functions that give a pointer or throw, so that nobody asks again.
#if defined(__GNUC__) || defined(__clang__)
#define INTERLOCK_RETURNS_NONNULL [[gnu::returns_nonnull]]
#else
#define INTERLOCK_RETURNS_NONNULL
#endif

// For functions on no path that is to be quick: compiled for size, and calls of them are unlikely.
#if defined(__GNUC__) || defined(__clang__)
#define INTERLOCK_COLD [[gnu::cold]]
#else
#define INTERLOCK_COLD
#endif

// For functions that all they call is to be a part of.
#if defined(__GNUC__) || defined(__clang__)
#define INTERLOCK_FLATTEN [[gnu::flatten]]
#else
#define INTERLOCK_FLATTEN
#endif

// Opens and closes the library's namespace; a macro, because an attribute has to stand at each opening.
#define INTERLOCK_BEGIN                    \
    namespace interlock INTERLOCK_HIDDEN { \
    inline namespace abi_1 {
#define INTERLOCK_END \
    }                 \
    }

// How much the run-time guard asks. The default asks CPython in every operation that is an out-of-line call anyway, and
// one thread-local in the inline ones. INTERLOCK_HARDENING_FULL asks CPython everywhere, INTERLOCK_HARDENING_NONE
// nothing. The switch changes inline code only, so that parts built with different settings link.
#if defined(INTERLOCK_HARDENING_FULL) && defined(INTERLOCK_HARDENING_NONE)
#error "interlock: define INTERLOCK_HARDENING_FULL or INTERLOCK_HARDENING_NONE, not both"
#endif
