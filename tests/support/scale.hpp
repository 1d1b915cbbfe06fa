// How much of a stress test is done: all of it in an ordinary build, less where each step costs many times more.
#pragma once

#if defined(__SANITIZE_THREAD__) || defined(__SANITIZE_ADDRESS__)
#define INTERLOCK_TESTS_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer) || __has_feature(address_sanitizer)
#define INTERLOCK_TESTS_SANITIZED 1
#endif
#endif

constexpr long scaled(long full) {
#if defined(INTERLOCK_TESTS_SANITIZED)
    return full / 20;
#else
    return full;
#endif
}
