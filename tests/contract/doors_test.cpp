// Section 1 of the contract, the two doors: each snippet, each rule and each sentence, spelled as a user would.
#include "../support/embedding.hpp"

#include <interlock/interlock.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <future>
#include <memory>
#include <numeric>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace il = interlock;

struct Engine {
    int power = 2;
    int step(il::python py, int by) {
        power += by;
        return power * py.import("math").attr("factorial")(3).as<int>();
    }
    int read(il::python) const { return power; }
    int steady(il::python, int by) const noexcept { return power + by; }
    int once(il::python) && { return power; }
};

namespace {

double total(il::python py, std::vector<double> xs) {
    return py.allow_threads(
        [](const std::vector<double>& v) { return std::reduce(v.begin(), v.end()); }, xs);
}

class contract_doors : public testing::Test {
    il::interpreter python;
};

TEST_F(contract_doors, EnterOnAnyThread) {
    int n = il::with_gil([](il::python py) { return py.import("os").attr("getpid")().as<int>(); });
    EXPECT_GT(n, 0);
    // An other thread, one that Python does not know, and one that is attached already.
    int seen = 0;
    std::thread([&] {
        seen = il::with_gil(
            [](auto& py) { return py.import("os").attr("getpid")().template as<int>(); });
    }).join();
    EXPECT_EQ(seen, n);
    const int nested = il::with_gil([](il::python) {
        return il::with_gil([](il::python py) {
            return il::with_gil([](il::python) { return 7; }) + py.eval("1").as<int>();
        });
    });
    EXPECT_EQ(nested, 8);
    il::with_gil([](il::python py) {
        const il::object module = py.make([] {
            return il::with_gil([](il::python inner) { return inner.eval("40 + 2").as<int>(); });
        });
        il::dict scope = py.eval("{}").as<il::dict>();
        scope["f"] = module;
        py.run(
            "import threading\nout = []\nt = threading.Thread(target=lambda: "
            "out.append(f()))\nt.start()\nt.join()",
            scope);
        EXPECT_EQ(scope["out"].as<std::vector<int>>(), std::vector{42});
    });
}

TEST_F(contract_doors, ArgumentsArePassedOn) {
    il::with_gil([](il::python py, std::string_view name) { py.import(name); }, "json");
    std::string text = "a";
    il::with_gil(
        [](il::python, std::string& t, int n) { t.append(static_cast<std::size_t>(n), 'b'); }, text,
        2);
    EXPECT_EQ(text, "abb");
    // Rvalues are handed on as rvalues, what is only movable too.
    auto length = il::with_gil([](il::python, std::unique_ptr<std::string> p) { return p->size(); },
                               std::make_unique<std::string>("four"));
    EXPECT_EQ(length, 4u);
    const std::string constant = "const";
    EXPECT_EQ(&il::with_gil([](auto&, const std::string& s) -> const std::string& { return s; },
                            constant),
              &constant);
    // Any callable: with captures, mutable, a std::function, a plain function, one bound by std::bind_front.
    int calls = 0;
    il::with_gil([&calls](il::python) mutable { ++calls; });
    std::function<int(il::python)> f = [&](il::python) { return ++calls; };
    EXPECT_EQ(il::with_gil(f), 2);
    EXPECT_EQ(il::with_gil(std::bind_front([](int a, il::python, int b) { return a - b; }, 9), 4),
              5);
    EXPECT_DOUBLE_EQ(il::with_gil(&total, std::vector{1.0, 2.5}), 3.5);
    EXPECT_DOUBLE_EQ(il::with_gil(total, std::vector{1.0, 2.5}), 3.5);
}

TEST_F(contract_doors, AMemberPointerIsCalledOnTheFirstArgument) {
    Engine engine;
    EXPECT_EQ(il::with_gil(&Engine::step, engine, 3), 30);
    EXPECT_EQ(engine.power, 5);
    EXPECT_EQ(il::with_gil(&Engine::step, &engine, 1), 36);
    EXPECT_EQ(il::with_gil(&Engine::step, std::ref(engine), -1), 30);
    auto shared = std::make_shared<Engine>();
    EXPECT_EQ(il::with_gil(&Engine::step, shared, 1), 18);
    const Engine constant;
    EXPECT_EQ(il::with_gil(&Engine::read, constant), 2);
    EXPECT_EQ(il::with_gil(&Engine::steady, constant, 5), 7);
    EXPECT_EQ(il::with_gil(&Engine::once, Engine{8}), 8);
    EXPECT_EQ(il::try_with_gil(&Engine::step, engine, 0), std::optional(30));
}

TEST_F(contract_doors, LeaveAndLetOthersRun) {
    il::with_gil([](il::python py) {
        EXPECT_DOUBLE_EQ(total(py, {1, 2, 3.5}), 6.5);
        // Somebody else enters while this thread is outside: with the lock held it never could.
        const int other = py.allow_threads([] {
            return std::async(std::launch::async,
                              [] {
                                  return il::with_gil([](il::python inner) {
                                      return inner.eval("6 * 7").as<int>();
                                  });
                              })
                .get();
        });
        EXPECT_EQ(other, 42);
    });
}

struct counts_copies {
    counts_copies() = default;
    counts_copies(const counts_copies& other) : copies(other.copies + 1), moves(other.moves) {}
    counts_copies(counts_copies&& other) noexcept : copies(other.copies), moves(other.moves + 1) {}
    counts_copies& operator=(const counts_copies&) = default;
    counts_copies& operator=(counts_copies&&) = default;
    ~counts_copies() = default;
    int copies = 0;
    int moves = 0;
};

struct add {
    int operator()(int a, int b) const { return a + b; }
};
int twice(int x) { return 2 * x; }
int twice_without(int x) noexcept { return 2 * x; }
template <class T>
T thrice(T x) {
    return x + x + x;
}

TEST_F(contract_doors, ArgumentsAreForwardedByReferenceAndNeverDecayed) {
    il::with_gil([](il::python py) {
        counts_copies value;
        counts_copies& same =
            py.allow_threads([](counts_copies& v) -> counts_copies& { return v; }, value);
        EXPECT_EQ(&same, &value);
        EXPECT_EQ(value.copies + value.moves, 0);
        const auto moved =
            py.allow_threads([](counts_copies v) { return v.moves; }, counts_copies{});
        EXPECT_EQ(moved, 1);
        EXPECT_TRUE(
            py.allow_threads([](auto&& v) { return std::is_same_v<decltype(v), counts_copies&&>; },
                             counts_copies{}));
        EXPECT_TRUE(py.allow_threads(
            [](auto&& v) { return std::is_same_v<decltype(v), const counts_copies&>; },
            std::as_const(value)));
        // An array stays an array.
        int numbers[] = {1, 2, 3};
        EXPECT_EQ(py.allow_threads([](int(&xs)[3]) { return xs[0] + xs[1] + xs[2]; }, numbers), 6);
        EXPECT_EQ(py.allow_threads([](const char(&text)[4]) { return sizeof text; }, "abc"), 4u);
        auto p = std::make_unique<int>(4);
        EXPECT_EQ(py.allow_threads([](std::unique_ptr<int> q) { return *q; }, std::move(p)), 4);
        std::vector<int> data{3, 1, 2};
        py.allow_threads([](std::span<int> xs) { std::sort(xs.begin(), xs.end()); }, data);
        EXPECT_EQ(data, (std::vector{1, 2, 3}));
    });
}

TEST_F(contract_doors, WhatEntersAsTheCallable) {
    il::with_gil([](il::python py) {
        EXPECT_EQ(py.allow_threads([](int a) { return a; }, 1), 1);
        EXPECT_EQ(py.allow_threads([](auto a, auto b) { return a + b; }, 1, 2), 3);
        EXPECT_EQ(py.allow_threads(add{}, 1, 2), 3);
        EXPECT_EQ(py.allow_threads(std::plus<>{}, 1, 2), 3);
        EXPECT_EQ(py.allow_threads(&twice, 4), 8);
        EXPECT_EQ(py.allow_threads(twice, 4), 8);
        EXPECT_EQ(py.allow_threads(&twice_without, 4), 8);
        EXPECT_EQ(py.allow_threads(&thrice<int>, 4), 12);
        EXPECT_EQ(py.allow_threads(thrice<int>, 4), 12);
        auto kept = [](int a) mutable { return a; };
        EXPECT_EQ(py.allow_threads(kept, 5), 5);
        const auto constant = [](int a) noexcept { return a; };
        EXPECT_EQ(py.allow_threads(constant, 5), 5);
        std::string text = "member";
        EXPECT_EQ(py.allow_threads(&std::string::size, text), 6u);
        EXPECT_EQ(py.allow_threads(&Engine::power, Engine{4}), 4);
        auto engine = std::make_shared<Engine>();
        EXPECT_EQ(py.allow_threads(&Engine::power, engine), 2);
        py.allow_threads([] {});
    });
}

TEST_F(contract_doors, TheGenericCallableTakesATokenByReference) {
    EXPECT_EQ(il::with_gil([](auto& py) { return il::len(py.eval("[1, 2]")); }), 2u);
    EXPECT_EQ(il::with_gil([](auto&& py) { return il::len(py.eval("[1, 2]")); }), 2u);
    EXPECT_EQ(il::with_gil([](const auto& py) { return il::len(py.eval("[1, 2]")); }), 2u);
    EXPECT_EQ(
        il::try_with_gil([](auto& py, int n) { return n + py.eval("1").template as<int>(); }, 1),
        std::optional(2));
    // It goes down as an argument of plain functions, and is no larger than a reference.
    EXPECT_EQ(il::with_gil([](auto& py) { return total(py, {1}); }), 1.0);
}

TEST_F(contract_doors, TheNamedWayAroundIsCheckedAtRunTime) {
    il::with_gil([](il::python py) {
        std::vector<int> data{3, 1, 2};
        const auto crunch = [](std::vector<int>& xs) { std::sort(xs.begin(), xs.end()); };
        py.allow_threads(il::unchecked, [&] { crunch(data); });
        EXPECT_EQ(data.front(), 1);
        EXPECT_EQ(py.allow_threads(il::unchecked, [&](int x) { return data[0] + x; }, 4), 5);
        il::list xs = il::list::of(py, 1);
        std::string message;
        py.allow_threads(il::unchecked, [&] {
            try {
                xs.append(2);
            } catch (const il::not_attached& error) {
                message = error.what();
            }
        });
        EXPECT_NE(message.find("append"), std::string::npos) << message;
        // Where allow_threads was entered.
        EXPECT_NE(message.find("doors_test.cpp"), std::string::npos) << message;
        EXPECT_EQ(il::len(xs), 1u);
        EXPECT_THROW(py.allow_threads(il::unchecked, [&] { py.eval("1"); }), il::not_attached);
        EXPECT_THROW(py.allow_threads(il::unchecked, [&] { il::object copy(xs); }),
                     il::not_attached);
        static_assert(std::is_base_of_v<std::exception, il::not_attached>);
    });
    // A raw thread, with an object that it got by a stored reference.
    il::with_gil([](il::python py) {
        il::list xs = il::list::of(py, 1);
        bool thrown = false;
        py.allow_threads(il::unchecked, [&] {
            std::thread([&] {
                try {
                    static_cast<void>(il::len(xs));
                } catch (const il::not_attached&) {
                    thrown = true;
                }
            }).join();
        });
        EXPECT_TRUE(thrown);
    });
}

TEST_F(contract_doors, MixingWithCPython) {
    il::with_gil([](il::python py) {
        il::object a = py.make(2);
        il::object b = py.make(40);
        il::object o = il::steal<il::object>(py, PyNumber_Add(a.ptr(), b.ptr()));
        EXPECT_EQ(o.as<int>(), 42);
        il::list xs = il::borrow<il::list>(py, il::list::of(py, 1, 2).ptr());
        EXPECT_EQ(il::len(xs), 2u);
        PyObject* raw = o.release();
        EXPECT_EQ(o.ptr(), nullptr);
        EXPECT_EQ(il::steal<il::int_>(py, raw).as<int>(), 42);
        // A null pointer throws the Python error.
        EXPECT_THROW(
            {
                try {
                    static_cast<void>(
                        il::steal<il::object>(py, PyLong_FromString("x", nullptr, 10)));
                } catch (const il::python_error& error) {
                    EXPECT_TRUE(error.matches<il::value_error>());
                    throw;
                }
            },
            il::python_error);
        EXPECT_EQ(PyErr_Occurred(), nullptr);
        EXPECT_THROW(static_cast<void>(il::borrow<il::object>(py, nullptr)), il::python_error);
        // The kind is checked.
        EXPECT_THROW(static_cast<void>(il::borrow<il::dict>(py, xs.ptr())), il::cast_error);
    });
}

PyObject* callback(PyObject*, PyObject*) {
    return il::assume_attached(
        [](il::python py) { return py.make(std::string("called")).release(); });
}

TEST_F(contract_doors, AssumeAttachedIsChecked) {
    static PyMethodDef definition = {"callback", callback, METH_NOARGS, nullptr};
    il::with_gil([](il::python py) {
        il::object f = il::steal<il::object>(py, PyCFunction_New(&definition, nullptr));
        EXPECT_EQ(f().as<std::string>(), "called");
        EXPECT_EQ(il::assume_attached([](il::python, int x) { return x; }, 3), 3);
        EXPECT_EQ(il::assume_attached([](auto& inner) { return inner.make(1); }).template as<int>(),
                  1);
        EXPECT_THROW(py.allow_threads([] { il::assume_attached([](il::python) {}); }),
                     il::not_attached);
    });
    EXPECT_THROW(il::assume_attached([](il::python) {}), il::not_attached);
}

TEST(ContractDoorsWithoutPython, BeingRefusedIsAValueOrAnError) {
    const auto refused = [] {
        std::optional<int> r = il::try_with_gil([](il::python) { return 42; });
        EXPECT_FALSE(r.has_value());
        bool ran = il::try_with_gil([](il::python) {});
        EXPECT_FALSE(ran);
        try {
            il::with_gil([](il::python) {});
            ADD_FAILURE() << "entered";
        } catch (const il::no_interpreter& error) {
            EXPECT_STRNE(error.what(), "");
        }
    };
    refused();
    {
        il::interpreter python;
        std::optional<int> r = il::try_with_gil([](il::python) { return 42; });
        EXPECT_EQ(r, 42);
        bool ran = il::try_with_gil([](il::python) {});
        EXPECT_TRUE(ran);
        std::optional<std::string> text = il::try_with_gil(
            [](il::python py, const char* code) { return py.eval(code).as<std::string>(); }, "'x'");
        EXPECT_EQ(text, "x");
        static_assert(std::is_same_v<decltype(il::try_with_gil(
                                         [](il::python) { return std::optional<int>(); })),
                                     std::optional<std::optional<int>>>);
        std::optional<std::unique_ptr<int>> only_moved =
            il::try_with_gil([](il::python) { return std::make_unique<int>(1); });
        EXPECT_EQ(**only_moved, 1);
        std::optional<il::owned<il::list>> handle =
            il::try_with_gil([](il::python py) { return il::list::of(py, 1).unbind(); });
        EXPECT_TRUE(handle.has_value());
        // What the callable throws is not being refused.
        EXPECT_THROW(static_cast<void>(
                         il::try_with_gil([](il::python) -> int { throw std::out_of_range("x"); })),
                     std::out_of_range);
    }
    refused();
}

TEST(ContractDoorsWithoutPython, WhileFinalizingTheReasonIsTold) {
    static std::optional<bool> entered;
    static std::string reason;
    {
        il::interpreter python;
        il::with_gil([](il::python py) {
            // A thread that comes when the interpreter has closed.
            struct late {
                ~late() {
                    std::thread([] {
                        entered = il::try_with_gil([](il::python) {});
                        try {
                            il::with_gil([](il::python) {});
                        } catch (const il::no_interpreter& error) {
                            reason = error.what();
                        }
                    }).join();
                }
            };
            auto* at_end = new late;
            il::object capsule = il::capsule::of(py, at_end, [](late* p) { delete p; });
            py.import("sys").attr("kept_until_the_end") = capsule;
        });
    }
    ASSERT_TRUE(entered.has_value());
    EXPECT_FALSE(*entered);
    EXPECT_NE(reason.find("finaliz"), std::string::npos) << reason;
}

TEST_F(contract_doors, AnExceptionLeavesWhenTheThreadIsBackInItsState) {
    EXPECT_THROW(il::with_gil([](il::python) { throw std::runtime_error("out"); }),
                 std::runtime_error);
    EXPECT_THROW(il::assume_attached([](il::python) {}), il::not_attached);
    il::with_gil([](il::python py) {
        try {
            py.allow_threads([](int x) -> int { throw std::out_of_range(std::to_string(x)); }, 3);
            ADD_FAILURE();
        } catch (const std::out_of_range& error) {
            EXPECT_STREQ(error.what(), "3");
            EXPECT_EQ(py.eval("1 + 1").as<int>(), 2);
        }
        EXPECT_THROW(py.allow_threads(il::unchecked, [&] { throw 7; }), int);
        EXPECT_EQ(py.eval("1 + 1").as<int>(), 2);
    });
    // Python's own error, through the door.
    EXPECT_THROW(il::with_gil([](il::python py) { py.eval("1 / 0"); }), il::python_error);
}

struct plain_record {
    int id;
    std::string name;
    std::vector<double> values;
    std::shared_ptr<plain_record> next;
    std::string_view view;
    void* context = nullptr;
};
class type_erased {
public:
    explicit type_erased(int x) : value_(x) {}
    int value() const { return value_; }

private:
    int value_;
};
struct said_to_be_bound {
    int x;
};
struct holds_object {
    il::object o;
    int x;
};
template <class T>
struct wrapper {
    T value;
};

}  // namespace

template <>
inline constexpr bool il::enable_detachable<said_to_be_bound> = false;

namespace {

// detachable<T> is a concept that users can ask.
static_assert(il::detachable<int> && il::detachable<std::vector<std::string>> &&
              il::detachable<plain_record>);
static_assert(il::detachable<type_erased> && il::detachable<const type_erased&> &&
              il::detachable<type_erased*>);
static_assert(il::detachable<il::owned<il::list>> &&
              il::detachable<std::vector<il::owned<il::object>>>);
static_assert(il::detachable<il::pinned_str> && il::detachable<il::pinned_bytes> &&
              il::detachable<il::buffer<double>>);
static_assert(!il::detachable<il::object> && !il::detachable<il::list> &&
              !il::detachable<const il::dict&>);
static_assert(!il::detachable<il::python> && !il::detachable<PyObject*> &&
              !il::detachable<PyObject**>);
static_assert(!il::detachable<std::vector<il::object>> && !il::detachable<std::optional<il::list>>);
static_assert(!il::detachable<std::span<il::object>> &&
              !il::detachable<std::map<int, std::pair<int, il::str>>>);
static_assert(!il::detachable<holds_object> && !il::detachable<wrapper<holds_object>> &&
              !il::detachable<wrapper<std::vector<il::object>>>);
static_assert(il::detachable<wrapper<std::vector<int>>>);
static_assert(!il::detachable<said_to_be_bound> && !il::detachable<std::vector<said_to_be_bound>> &&
              !il::detachable<said_to_be_bound&>);
static_assert(!il::detachable<std::unique_ptr<il::object>> &&
              !il::detachable<std::variant<int, il::object>>);
static_assert(!il::detachable<std::reference_wrapper<il::object>> &&
              !il::detachable<std::tuple<int, il::object>>);

TEST_F(contract_doors, PlainRecordsEnterAndOwnedHandlesComeOut) {
    il::owned<il::list> handle =
        il::with_gil([](il::python py) { return il::list::of(py, 1, 2).unbind(); });
    il::with_gil([&](il::python py) {
        plain_record record{.id = 1, .name = "n", .values = {1.5}, .next = nullptr, .view = "v"};
        EXPECT_EQ(py.allow_threads(
                      [](const plain_record& r) { return r.name + std::string(r.view); }, record),
                  "nv");
        EXPECT_EQ(py.allow_threads([](plain_record r) { return r; }, std::move(record)).id, 1);
        il::owned<il::list> through =
            py.allow_threads([](il::owned<il::list> h) { return h; }, std::move(handle));
        EXPECT_EQ(il::len(through.bind(py)), 2u);
    });
}

}  // namespace
