// The first call of the library in a process that Python was started in by somebody else comes from a thread that Python
// has never seen (pybind11 #1364: its first acquire looked something up that needs an attached thread).
#include <interlock/interlock.hpp>

#include "../support/thread_states.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <latch>
#include <thread>
#include <vector>

namespace il = interlock;

namespace {

// Python as a host program starts it, left detached. The library is not told.
class FirstContact : public testing::Test {
protected:
    FirstContact() {
        Py_InitializeEx(0);
        host_ = PyEval_SaveThread();
    }
    ~FirstContact() override {
        PyEval_RestoreThread(host_);
        Py_FinalizeEx();
    }
    template <class F>
    static void on_a_foreign_thread(F f) {
        std::thread(f).join();
    }

private:
    PyThreadState* host_;
};

}  // namespace

TEST_F(FirstContact, MayBeWithGil) {
    on_a_foreign_thread([] {
        EXPECT_EQ(il::with_gil([](il::python py) { return py.eval("3 + 4").as<int>(); }), 7);
        EXPECT_FALSE(attached_by_fact());
    });
}

TEST_F(FirstContact, MayBeTryWithGil) {
    on_a_foreign_thread([] {
        EXPECT_EQ(il::try_with_gil([](il::python) { return 7; }), 7);
        EXPECT_FALSE(attached_by_fact());
    });
}

TEST_F(FirstContact, MayBeUnderAStateOfPlainC) {
    on_a_foreign_thread([] {
        const PyGILState_STATE before = PyGILState_Ensure();
        il::assume_attached([](il::python py) {
            py.allow_threads([] {
                EXPECT_FALSE(attached_by_fact());
                EXPECT_EQ(il::with_gil([](il::python) { return 7; }), 7);
            });
        });
        EXPECT_TRUE(attached_by_fact());
        PyGILState_Release(before);
    });
}

TEST_F(FirstContact, MayBeARefusal) {
    on_a_foreign_thread([] {
        EXPECT_THROW(il::assume_attached([](il::python) {}), il::not_attached);
        EXPECT_EQ(il::with_gil([](il::python) { return 7; }), 7);
    });
}

TEST_F(FirstContact, MayBeTheDestructorOfAnEmptyHandle) {
    on_a_foreign_thread([] {
        {
            const il::owned<il::object> empty;
        }
        EXPECT_EQ(il::with_gil([](il::python) { return 7; }), 7);
    });
}

// The same on several threads that all come first.
TEST_F(FirstContact, MayBeManyAtOnce) {
    on_a_foreign_thread([] {
        std::latch together(4);
        std::atomic<int> sum{0};
        std::vector<std::thread> threads;
        for (int i = 0; i < 4; ++i) {
            threads.emplace_back([&] {
                together.arrive_and_wait();
                sum += il::with_gil([](il::python py) { return py.eval("3 + 4").as<int>(); });
            });
        }
        for (std::thread& thread : threads) {
            thread.join();
        }
        EXPECT_EQ(sum, 28);
    });
}
