// Functions both ways: Python callables that C++ calls from any thread, C++ callables that Python calls.
#include <interlock/interlock.hpp>

#include <atomic>
#include <cstdint>
#include <functional>
#include <latch>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

namespace il = interlock;

static_assert(il::detachable<il::callback<int(int)>>);
static_assert(!il::detachable<std::function<int(int)>>);
static_assert(il::per_interpreter<il::callback<void()>>);

namespace {

int apply(const std::function<int(int)>& f, int x) { return f(x); }

// Called by a thread that CPython has never seen, while the caller is away.
int apply_on_thread(std::function<int(int)> f, int x) {
    int result = 0;
    std::exception_ptr error;
    std::thread([&] {
        try {
            result = f(x);
        } catch (...) {
            error = std::current_exception();
        }
        f = nullptr;  // destroyed there, too
    }).join();
    if (error) {
        std::rethrow_exception(error);
    }
    return result;
}

std::string what_is_thrown(const il::callback<void()>& f) {
    try {
        f();
    } catch (const il::python_error& error) {
        return error.what();
    } catch (const std::bad_function_call&) {
        return "empty";
    }
    return "nothing";
}

std::string mixed(const std::function<std::string(std::string_view, double, std::vector<int>)>& f) {
    return f("text", 0.5, {1, 2});
}

// Of somebody's own, which says what is inside and not of what type that is.
template <class Signature>
class delegate;
template <class R, class... A>
class delegate<R(A...)> {
public:
    delegate() noexcept = default;
    template <class F>
        requires(!std::is_same_v<std::remove_cvref_t<F>, delegate>)
    explicit delegate(F f) : inside_(std::move(f)) {}
    explicit operator bool() const noexcept { return static_cast<bool>(inside_); }
    R operator()(A... a) const { return inside_(std::forward<A>(a)...); }
    template <class T>
    const T* target() const noexcept {
        return inside_.template target<T>();
    }

private:
    std::function<R(A...)> inside_;
};
delegate<int(int)> pass_delegate(delegate<int(int)> given) { return given; }
int call_delegate(const delegate<int(int)>& given, int x) { return given(x); }

std::vector<il::callback<int(int)>> kept;  // NOLINT(*-avoid-non-const-global-variables)
std::function<void()> kept_to_the_end;     // NOLINT(*-avoid-non-const-global-variables)

void keep(il::callback<int(int)> f) { kept.push_back(std::move(f)); }
int call_kept(int x) {
    int sum = 0;
    for (const auto& f : kept) {
        sum += f(x);
    }
    return sum;
}
void drop_kept() {
    std::thread([] { kept.clear(); }).join();
}

std::function<int(int)> same(std::function<int(int)> f) { return f; }
il::callback<int(int)> same_callback(il::callback<int(int)> f) { return f; }

int twice(int x) { return 2 * x; }
int (*twice_pointer())(int) { return &twice; }
int apply_pointer(int (*f)(int), int x) { return f(x); }

std::function<int(int)> adder(int n) {
    return [n](int x) { return x + n; };
}
auto counter() {
    return [n = 0]() mutable { return ++n; };
}
auto greeter() {
    return [](std::string_view name) { return "hello " + std::string(name); };
}
std::function<void()> thrower() {
    return [] { throw std::out_of_range("too far"); };
}
std::unique_ptr<int> token_holder;  // NOLINT(*-avoid-non-const-global-variables)

struct tracked {
    static inline std::atomic<int> alive = 0;
    tracked() { ++alive; }
    tracked(const tracked&) { ++alive; }
    tracked(tracked&&) noexcept { ++alive; }
    tracked& operator=(const tracked&) = default;
    tracked& operator=(tracked&&) = default;
    ~tracked() { --alive; }
};
std::function<int()> holder() {
    return [t = tracked()] { return static_cast<int>(sizeof t); };
}

// Does not lie where objects are.
struct alignas(64) aligned {
    tracked t;
    int by;
    int operator()(int x) const {
        return reinterpret_cast<std::uintptr_t>(this) % 64 == 0 ? x + by : -1;
    }
};
struct cannot_move {
    static inline bool armed = false;
    tracked t;
    cannot_move() = default;
    cannot_move(const cannot_move&) = default;
    cannot_move(cannot_move&& other) : t(std::move(other.t)) {  // NOLINT(*-noexcept-move*)
        if (std::exchange(armed, false)) {
            throw std::runtime_error("cannot be moved");
        }
    }
    int operator()() const { return 1; }
};
// Leaves an error behind when it ends, as code that calls CPython by itself may.
struct spoiler {
    bool armed = true;
    spoiler() = default;
    spoiler(const spoiler&) = default;
    spoiler(spoiler&& other) noexcept : armed(std::exchange(other.armed, false)) {}
    ~spoiler() {
        if (armed) {
            PyErr_SetString(PyExc_SystemError, "left behind");
        }
    }
    int operator()() const { return 2; }
};

// The first copies of one function, made by several threads at once; each is called and dropped on its thread.
int copy_at_once(const std::function<int(int)>& f, int threads) {
    std::latch all_there(threads);
    std::atomic<int> sum = 0;
    std::vector<std::thread> all;
    for (int i = 0; i < threads; ++i) {
        all.emplace_back([&f, &all_there, &sum, i] {
            all_there.arrive_and_wait();
            const std::function<int(int)> copy =
                f;  // NOLINT(performance-unnecessary-copy-initialization)
            const std::function<int(int)> another = copy;
            sum += another(i);
        });
    }
    for (std::thread& thread : all) {
        thread.join();
    }
    return sum;
}
// Copies, moves and assignments of callbacks; what is left calls.
int pass_around(const il::callback<int(int)>& f) {
    il::callback<int(int)> a = f;
    il::callback<int(int)> b = std::move(a);
    a = b;
    il::callback<int(int)> c;
    c = a;
    b = std::move(c);
    a = il::callback<int(int)>();
    c = b;
    b = c;
    return (a ? 100 : 0) + b(1) + c(2);  // a is empty
}

}  // namespace

INTERLOCK_MODULE(convert_callbacks, m) {
    m.def<&apply>("apply");
    m.def<&pass_delegate>("pass_delegate");
    m.def<&call_delegate>("call_delegate");
    m.def<&apply>("apply_detached", il::arg("f"), il::arg("x"), il::allow_threads);
    m.def<&apply_on_thread>("apply_on_thread", il::arg("f"), il::arg("x"), il::allow_threads);
    m.def<&what_is_thrown>("what_is_thrown");
    m.def<&what_is_thrown>("what_is_thrown_detached", il::arg("f"), il::allow_threads);
    m.def<&mixed>("mixed");
    m.def<&keep>("keep");
    m.def<&call_kept>("call_kept", il::arg("x"), il::allow_threads);
    m.def<&drop_kept>("drop_kept", il::allow_threads);
    m.def("keep_to_the_end", [](std::function<void()> f) { kept_to_the_end = std::move(f); });
    m.def<&same>("same");
    m.def<&same_callback>("same_callback");
    m.def<&twice_pointer>("twice_pointer");
    m.def<&apply_pointer>("apply_pointer");
    m.def<&adder>("adder");
    m.def<&counter>("counter");
    m.def<&greeter>("greeter");
    m.def<&thrower>("thrower");
    m.def<&holder>("holder");
    m.def("alive", [] { return tracked::alive.load(); });
    m.def("aligned", [](int by) { return std::function<int(int)>(aligned{{}, by}); });
    m.def("aligned_itself", [](il::python py, int by) {
        return py.make([a = aligned{{}, by}](int x) { return a(x); });
    });
    m.def("unmovable", [](il::python py) {
        auto f = [inner = cannot_move()]() { return inner(); };
        cannot_move::armed = true;
        return py.make(std::move(f));
    });
    m.def("spoiler", [](il::python py) { return py.make([s = spoiler()] { return s(); }); });
    m.def<&copy_at_once>("copy_at_once", il::arg("f"), il::arg("threads"), il::allow_threads);
    m.def<&pass_around>("pass_around");
    m.def<&pass_around>("pass_around_detached", il::arg("f"), il::allow_threads);
    m.def("is_empty", [](const std::function<void()>& f) { return !f; }, il::arg("f"));
    m.def(
        "not_empty", [](const std::function<void()>& f) { return static_cast<bool>(f); },
        il::arg("f").none(false));
    m.def("empty", [] { return std::function<void()>(); });
    // A result that is a Python object comes as a handle that may leave the door.
    m.def("result_as_owned", [](il::python py, const il::callback<il::owned<il::list>(int)>& f) {
        return f(3).bind(py);
    });
    // And as a bound one where the caller shows the token.
    m.def("with_token",
          [](il::python py, const std::function<il::object(il::python, const il::object&)>& f,
             const il::object& o) { return f(py, o); });
    m.def("token_taker",
          [] { return [](il::python py, int n) { return py.eval("lambda n: n + 1")(n); }; });
    m.def("all_of", [](const std::vector<std::function<int()>>& all) {
        int sum = 0;
        for (const auto& f : all) {
            sum += f();
        }
        return sum;
    });
    m.def("as_function", [](const il::object& o) {
        return o.as<std::function<int(int)>>()(4) + o.as<il::callback<int(int)>>()(5);
    });
    m.def("from_object", [](const il::object& o) { return il::callback<int(int)>(o)(6); });
    m.def("bound", [](il::python py, const il::callback<void()>& f) { return f.bind(py); });
    m.def(
        "stress",
        [](std::function<int(int)> f, int threads, int calls) {
            std::vector<std::thread> all;
            std::vector<int> sums(static_cast<std::size_t>(threads));
            all.reserve(sums.size());
            for (int& sum : sums) {
                all.emplace_back([copy = f, calls, &sum] {
                    for (int i = 0; i < calls; ++i) {
                        sum += copy(i);
                    }
                });
            }
            for (std::thread& thread : all) {
                thread.join();
            }
            return sums;
        },
        il::arg("f"), il::arg("threads"), il::arg("calls"), il::allow_threads);
}
