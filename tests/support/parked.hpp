// Whether a thread is parked for ever, as the kernel tells it: in the system call that waits for nothing but signals.
#pragma once

#if defined(__linux__)
#include <sys/syscall.h>
#include <unistd.h>

#include <fstream>
#include <string>
#include <thread>

inline long this_thread_id() { return syscall(SYS_gettid); }

// Returns once the thread is parked or `otherwise` says that it did something else; which of the two.
template <class Otherwise>
bool wait_until_parked(long thread, Otherwise otherwise) {
#if defined(SYS_pause)
    const long parked = SYS_pause;
#else
    const long parked = SYS_ppoll;
#endif
    for (;;) {
        if (otherwise()) {
            return false;
        }
        std::ifstream file("/proc/self/task/" + std::to_string(thread) + "/syscall");
        std::string number;
        if (file >> number && number == std::to_string(parked)) {
            return true;
        }
        std::this_thread::yield();
    }
}
#endif
