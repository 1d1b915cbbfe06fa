// Doors, handles that are dropped elsewhere, locks, and a pool of C++ threads that keep their thread states.
#include "soak_parts.hpp"

#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

namespace soak {
namespace {

class thread_pool {
public:
    explicit thread_pool(int size) {
        for (int i = 0; i < size; ++i) {
            threads_.emplace_back([this] { work(); });
        }
    }
    ~thread_pool() {
        {
            const std::lock_guard lock(mutex_);
            over_ = true;
        }
        changed_.notify_all();
        for (std::thread& t : threads_) {
            t.join();
        }
    }
    thread_pool(const thread_pool&) = delete;
    thread_pool& operator=(const thread_pool&) = delete;

    // Waits until it is done. What it throws is thrown here.
    void run(const il::callback<void()>& f) {
        job one{&f, nullptr, false};
        std::unique_lock lock(mutex_);
        jobs_.push_back(&one);
        changed_.notify_all();
        changed_.wait(lock, [&] { return one.done; });
        if (one.failed) {
            std::rethrow_exception(one.failed);
        }
    }

private:
    struct job {
        const il::callback<void()>* f;
        std::exception_ptr failed;
        bool done;
    };

    void work() {
        std::unique_lock lock(mutex_);
        for (;;) {
            changed_.wait(lock, [this] { return over_ || !jobs_.empty(); });
            if (jobs_.empty()) {
                return;
            }
            job& next = *jobs_.front();
            jobs_.pop_front();
            lock.unlock();
            std::exception_ptr failed;
            try {
                (*next.f)();
            } catch (...) {
                failed = std::current_exception();
            }
            lock.lock();
            next.failed = std::move(failed);
            next.done = true;
            changed_.notify_all();
        }
    }

    std::mutex mutex_;
    std::condition_variable changed_;
    std::deque<job*> jobs_;
    bool over_ = false;
    std::vector<std::thread> threads_;
};

std::unique_ptr<thread_pool>& the_pool() {
    static std::unique_ptr<thread_pool> pool;
    return pool;
}

void call_from_threads(const il::callback<void(int)>& f, int threads, int times) {
    std::vector<std::thread> all;
    std::mutex mutex;
    std::exception_ptr failed;
    for (int t = 0; t < threads; ++t) {
        all.emplace_back([&, t] {
            try {
                for (int i = 0; i < times; ++i) {
                    f(t * times + i);
                }
            } catch (...) {
                const std::lock_guard lock(mutex);
                failed = std::current_exception();
            }
        });
    }
    for (std::thread& t : all) {
        t.join();
    }
    if (failed) {
        std::rethrow_exception(failed);
    }
}

// The objects are let go by a C++ thread, which enters meanwhile or never does.
void drop_elsewhere(il::python py, const il::list& xs, bool enters) {
    std::vector<il::owned<il::object>> handles;
    for (il::object x : xs) {
        handles.push_back(x.unbind());
    }
    py.allow_threads(
        [](auto& all, bool in) {
            std::thread([&all, in] {
                if (in) {
                    il::with_gil([&](il::python inner) {
                        const auto copy =
                            all.empty() ? il::owned<il::object>() : all.back().clone(inner);
                        static_cast<void>(copy);
                    });
                }
                all.clear();
            }).join();
        },
        handles, enters);
}

void drop_detached(il::python py, const il::list& xs) {
    std::vector<il::owned<il::object>> handles;
    for (il::object x : xs) {
        handles.push_back(x.unbind());
    }
    py.allow_threads([](auto& all) { all.clear(); }, handles);
}

int nest(il::python py, int depth) {
    if (depth == 0) {
        return py.eval("1 + 1").as<int>();
    }
    return 1 + py.allow_threads(
                   [](int left) {
                       return il::with_gil([](il::python inner, int l) { return nest(inner, l); },
                                           left);
                   },
                   depth - 1);
}

bool raw_thread_enters() {
    bool in = false;
    std::thread([&] {
        const il::thread_scope scope;
        in = il::try_with_gil([](il::python py) { py.import("math").attr("sqrt")(2.0); });
    }).join();
    return in;
}

// Views that are held in C++, and read and let go by a thread that Python has never seen.
std::size_t held_elsewhere(il::python py, const il::object& text, const il::object& memory) {
    auto pinned = text.as<il::pinned_str>();
    auto buffer = memory.as<il::buffer<const unsigned char>>();
    return py.allow_threads(
        [](auto&& p, auto&& b) {
            std::size_t size = 0;
            std::thread([&size, held = std::move(p), bytes = std::move(b)] {
                size = std::string_view(held).size() + bytes.size();
            }).join();
            return size;
        },
        std::move(pinned), std::move(buffer));
}

il::mutex<std::vector<il::owned<il::object>>> kept;
il::once<il::owned<il::object>> pattern;
std::mutex theirs;

std::size_t keep(il::python py, const il::object& o) {
    return kept.with(py, [&](auto& all) {
        all.push_back(o.unbind());
        if (all.size() > 8) {
            all.clear();
        }
        return all.size();
    });
}

bool misuse(il::python py, const il::list& xs) {
    try {
        py.allow_threads(il::unchecked, [&] { xs.append(1); });
    } catch (const il::not_attached&) {
        return true;
    }
    return false;
}

#if PY_VERSION_HEX >= 0x030C0000
std::unique_ptr<il::subinterpreter>& the_other() {
    static std::unique_ptr<il::subinterpreter> other;
    return other;
}

int in_the_other(const std::string& code) {
    if (the_other() == nullptr) {
        throw std::logic_error("there is no other interpreter");
    }
    return the_other()->with_gil(
        [](il::python py, const std::string& c) {
            // In names of its own: other threads run theirs at the same time.
            const il::dict names = il::dict::of(py);
            py.run(c, names);
            return names["result"].as<int>();
        },
        code);
}
#endif

}  // namespace

void bind_threads(il::module& m) {
    m.def(
        "start_pool", [](int size) { the_pool() = std::make_unique<thread_pool>(size); },
        il::allow_threads);
    m.def("stop_pool", [] { the_pool().reset(); }, il::allow_threads);
    m.def(
        "run_in_pool", [](const il::callback<void()>& f) { the_pool()->run(f); },
        il::allow_threads);
    m.def<&call_from_threads>("call_from_threads", il::allow_threads);
    m.def<&drop_elsewhere>("drop_elsewhere");
    m.def<&drop_detached>("drop_detached");
    m.def<&nest>("nest");
    m.def<&raw_thread_enters>("raw_thread_enters", il::allow_threads);
    m.def<&held_elsewhere>("held_elsewhere");
    m.def<&keep>("keep");
    m.def("let_go", [](il::python py) { kept.with(py, [](auto& all) { all.clear(); }); });
    m.def("pattern", [](il::python py) {
        return pattern
            .get(py,
                 [](il::python inner) { return inner.import("re").attr("compile")("a+").unbind(); })
            .bind(py);
    });
    m.def("their_lock", [](il::python py) {
        return il::lock(py, theirs, [&] { return py.eval("42").as<int>(); });
    });
    m.def("exchange", [](const il::list& a, const il::list& b) {
        il::critical_section(a, b, [&] {
            if (il::len(a) != 0) {
                b.append(a[0]);
                a.clear();
            }
        });
    });
    m.def<&misuse>("misuse");
#if PY_VERSION_HEX >= 0x030C0000
    m.def("start_interpreter",
          [](il::python py) { the_other() = std::make_unique<il::subinterpreter>(py); });
    m.def("stop_interpreter", [] { the_other().reset(); }, il::allow_threads);
    m.def<&in_the_other>("in_the_other", il::allow_threads);
#endif
}

}  // namespace soak
