// list, tuple, dict, set, frozenset, slice, range, sequence, mapping: their own operations.
#include <interlock/interlock.hpp>

#include "../support/raises.hpp"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

namespace il = interlock;

TEST(List, HasTheOperationsOfPythons) {
    const il::interpreter python;
    il::with_gil([](il::python py) {
        const il::list xs = il::list::make(py);
        xs.append(3);
        xs.append("x");
        xs.insert(0, 1.5);
        xs.insert(-1, py.none());
        EXPECT_EQ(xs.str(), "[1.5, 3, None, 'x']");
        xs.extend(py.eval("range(2)"));
        EXPECT_EQ(xs.size(), 6U);
        EXPECT_EQ(xs.get(-1).as<int>(), 1);
        xs.set(-1, "last");
        EXPECT_EQ(xs.pop().as<std::string>(), "last");
        EXPECT_EQ(xs.pop(0).as<double>(), 1.5);
        EXPECT_EQ(xs.index("x"), 2U);
        EXPECT_EQ(xs.count(3), 1U);
        xs.remove("x");
        xs.erase(1);
        EXPECT_EQ(xs.str(), "[3, 0]");
        xs.sort();
        EXPECT_EQ(xs.str(), "[0, 3]");
        xs.reverse();
        const il::list copy = xs.copy();
        xs.clear();
        EXPECT_EQ(xs.size(), 0U);
        EXPECT_EQ(copy.to_tuple().str(), "(3, 0)");
        EXPECT_EQ(il::list::from(py, py.make("abc")).str(), "['a', 'b', 'c']");
    });
}

TEST(List, SlicesAsPythonDoes) {
    const il::interpreter python;
    il::with_gil([](il::python py) {
        const il::list xs = il::list::of(py, 0, 1, 2, 3, 4, 5);
        EXPECT_EQ(xs.slice(1, 3).str(), "[1, 2]");
        EXPECT_EQ(xs.slice(-2).str(), "[4, 5]");
        EXPECT_EQ(xs.slice(-100, 100).str(), "[0, 1, 2, 3, 4, 5]");
        EXPECT_EQ(xs.slice(4, 0, -2).str(), "[4, 2]");
        EXPECT_EQ(xs.slice(1, PTRDIFF_MAX, 2).str(), "[1, 3, 5]");
        xs.set_slice(1, -1, il::list::of(py, "x"));
        EXPECT_EQ(xs.str(), "[0, 'x', 5]");
        xs.erase_slice(1);
        EXPECT_EQ(xs.str(), "[0]");
        EXPECT_TRUE(raises::python("ValueError", [&] { return xs.slice(0, 1, 0); }));
    });
}

TEST(List, SortsByAKeyAndBackwards) {
    const il::interpreter python;
    il::with_gil([](il::python py) {
        const il::list xs = il::list::of(py, "bb", "a", "ccc");
        xs.sort(il::kw("key") = py.eval("len"), il::kw("reverse") = true);
        EXPECT_EQ(xs.str(), "['ccc', 'bb', 'a']");
        xs.append(1);
        EXPECT_TRUE(raises::python("TypeError", [&] {
            xs.sort();
            return 0;
        }));
    });
}

TEST(List, ErrorsAreThrownAndLeakNothing) {
    const il::interpreter python;
    il::with_gil([](il::python py) {
        const il::list xs = il::list::of(py, 1);
        const il::object value = py.eval("object()");
        const std::string_view no_text = "\xff";
        const long before = raises::references(value);
        for (int i = 0; i < 10; ++i) {
            EXPECT_TRUE(raises::python("IndexError", [&] { return xs.get(1); }));
            EXPECT_TRUE(raises::python("IndexError", [&] {
                xs.set(1, value);
                return 0;
            }));
            EXPECT_TRUE(raises::python("IndexError", [&] { return il::list::make(py).pop(); }));
            EXPECT_TRUE(raises::python("IndexError", [&] {
                xs.erase(-2);
                return 0;
            }));
            EXPECT_TRUE(raises::python("ValueError", [&] { return xs.index(value); }));
            EXPECT_TRUE(raises::python("ValueError", [&] {
                xs.remove(value);
                return 0;
            }));
            EXPECT_TRUE(raises::python("TypeError", [&] {
                xs.extend(value);
                return 0;
            }));
            EXPECT_TRUE(raises::python("TypeError", [&] { return il::list::from(py, value); }));
            EXPECT_TRUE(raises::python("UnicodeDecodeError",
                                       [&] { return il::list::of(py, value, no_text); }));
        }
        EXPECT_EQ(raises::references(value), before);
        EXPECT_EQ(xs.str(), "[1]");
    });
}

TEST(Tuple, IsMadeReadAndSliced) {
    const il::interpreter python;
    il::with_gil([](il::python py) {
        const il::tuple t = il::tuple::of(py, 1, "two", 3.0);
        EXPECT_EQ(t.str(), "(1, 'two', 3.0)");
        EXPECT_EQ(t.size(), 3U);
        EXPECT_EQ(t.get(-1).as<double>(), 3.0);
        EXPECT_EQ(t.slice(1).str(), "('two', 3.0)");
        EXPECT_EQ(t.index("two"), 1U);
        EXPECT_EQ(t.count(1), 1U);
        EXPECT_EQ(il::tuple::make(py).size(), 0U);
        EXPECT_EQ(il::tuple::from(py, py.eval("range(3)")).str(), "(0, 1, 2)");
        EXPECT_TRUE(raises::python("IndexError", [&] { return t.get(3); }));
        EXPECT_TRUE(raises::python("TypeError", [&] {
            t[0] = 1;
            return 0;
        }));
    });
}

TEST(Dict, HasTheOperationsOfPythons) {
    const il::interpreter python;
    il::with_gil([](il::python py) {
        const il::dict d = il::dict::of(py, il::kw("a") = 1, il::kw("b") = "two");
        EXPECT_EQ(d.str(), "{'a': 1, 'b': 'two'}");
        EXPECT_EQ(d.get("a")->as<int>(), 1);
        EXPECT_FALSE(d.get("c"));
        EXPECT_EQ(d.get("c", 7).as<int>(), 7);
        EXPECT_EQ(d.setdefault("c", 8).as<int>(), 8);
        EXPECT_EQ(d.setdefault("c", 9).as<int>(), 8);
        EXPECT_TRUE(d.contains("c"));
        d.set(4, 5);
        EXPECT_EQ(d.pop(4).as<int>(), 5);
        EXPECT_EQ(d.pop(4, "none").as<std::string>(), "none");
        EXPECT_TRUE(raises::python("KeyError", [&] { return d.pop(4); }));
        EXPECT_TRUE(d.erase("c"));
        EXPECT_FALSE(d.erase("c"));
        d.update(il::dict::of(py, il::kw("a") = 0));
        d.update_missing(py.eval("{'a': 9, 'z': 26}"));
        EXPECT_EQ(d.keys().str(), "['a', 'b', 'z']");
        EXPECT_EQ(d.values().str(), "[0, 'two', 26]");
        EXPECT_EQ(d.items().get(0).str(), "('a', 0)");
        const il::dict copy = d.copy();
        d.clear();
        EXPECT_EQ(d.size(), 0U);
        EXPECT_EQ(copy.size(), 3U);
        EXPECT_EQ(il::dict::from(py, py.eval("[(1, 2)]")).str(), "{1: 2}");
    });
}

TEST(Dict, ErrorsOfKeysAreThrownAndLeakNothing) {
    const il::interpreter python;
    il::with_gil([](il::python py) {
        const il::dict d = il::dict::make(py);
        il::dict scope = il::dict::make(py);
        py.run("class K:\n  def __hash__(self): raise ValueError('h')\nk = K()", scope);
        const il::object key = scope["k"].get();
        const long before = raises::references(key);
        for (int i = 0; i < 10; ++i) {
            EXPECT_TRUE(raises::python("ValueError", [&] { return d.get(key); }));
            EXPECT_TRUE(raises::python("ValueError", [&] { return d.get(key, 1); }));
            EXPECT_TRUE(raises::python("ValueError", [&] { return d.setdefault(key, 1); }));
            EXPECT_TRUE(raises::python("ValueError", [&] {
                d.set(key, 1);
                return 0;
            }));
            EXPECT_TRUE(raises::python("ValueError", [&] { return d.contains(key); }));
            EXPECT_TRUE(raises::python("TypeError", [&] { return d.get(il::list::make(py)); }));
        }
        d.set("k", key);
        EXPECT_TRUE(raises::python("ValueError", [&] { return d.pop(key, 1); }));
        d.clear();
        EXPECT_EQ(raises::references(key), before);
    });
}

TEST(Dict, IsWalkedOverAsItWasWhenTheLoopBegan) {
    const il::interpreter python;
    il::with_gil([](il::python py) {
        const il::dict d = il::dict::of(py, il::kw("a") = 1, il::kw("b") = 2, il::kw("c") = 3);
        std::string keys;
        int sum = 0;
        for (auto [key, value] : d) {
            d.clear();
            d.set(keys, "more");
            keys += key.as<std::string>();
            sum += value.as<int>();
        }
        EXPECT_EQ(keys, "abc");
        EXPECT_EQ(sum, 6);
    });
}

TEST(Dict, IsWalkedOverWhileThreadsChangeIt) {
    const il::interpreter python;
    il::owned<il::dict> shared = il::with_gil([](il::python py) {
        const il::dict d = il::dict::make(py);
        for (int i = 0; i < 100; ++i) {
            d.set(i, i);
        }
        return d.unbind();
    });
    std::vector<std::thread> threads;
    for (int t = 0; t < 2; ++t) {
        threads.emplace_back([&shared] {
            for (int i = 0; i < 200; ++i) {
                il::with_gil([&](il::python py) {
                    const il::dict d = shared.bind(py);
                    d.erase(i % 100);
                    d.set(100 + i, i);
                    long sum = 0;
                    for (auto [key, value] : d) {
                        sum += value.as<long>();
                    }
                    EXPECT_GT(sum, 0);
                });
            }
        });
    }
    for (std::thread& thread : threads) {
        thread.join();
    }
}

TEST(Set, HasTheOperationsOfPythons) {
    const il::interpreter python;
    il::with_gil([](il::python py) {
        const il::set s = il::set::of(py, 1, 2, 2);
        EXPECT_EQ(s.size(), 2U);
        s.add("x");
        EXPECT_TRUE(s.contains("x"));
        EXPECT_TRUE(s.discard("x"));
        EXPECT_FALSE(s.discard("x"));
        EXPECT_TRUE(raises::python("KeyError", [&] {
            s.remove("x");
            return 0;
        }));
        s.remove(1);
        EXPECT_EQ(s.pop().as<int>(), 2);
        EXPECT_TRUE(raises::python("KeyError", [&] { return s.pop(); }));
        s.update(py.eval("range(3)"));
        const il::set other = il::set::of(py, 2, 3);
        EXPECT_EQ(s.unite(other).size(), 4U);
        EXPECT_EQ(s.intersect(other).str(), "{2}");
        EXPECT_EQ(s.subtract(other).str(), "{0, 1}");
        EXPECT_EQ(s.symmetric_difference(other).size(), 3U);
        EXPECT_EQ((s & other).str(), "{2}");
        EXPECT_TRUE((s & other) <= s);
        EXPECT_TRUE(s.intersect(other).is_subset_of(s) && s.is_superset_of(il::set::of(py, 0)));
        EXPECT_TRUE(s.is_disjoint_from(il::set::of(py, 7)));
        EXPECT_EQ(s.copy().size(), 3U);
        s.clear();
        EXPECT_EQ(il::set::make(py), s);
        EXPECT_TRUE(raises::python("TypeError", [&] {
            s.add(il::list::make(py));
            return 0;
        }));
        EXPECT_TRUE(
            raises::python("TypeError", [&] { return il::set::of(py, 1, il::list::make(py)); }));
    });
}

TEST(Frozenset, IsMadeAndAsked) {
    const il::interpreter python;
    il::with_gil([](il::python py) {
        const il::frozenset f = il::frozenset::of(py, 1, 2);
        EXPECT_TRUE(f.contains(1) && f.size() == 2);
        EXPECT_EQ(f.hash(), il::frozenset::from(py, py.eval("(2, 1)")).hash());
        EXPECT_EQ(f.unite(py.eval("[3]")).size(), 3U);
        EXPECT_EQ(f.intersect(py.eval("[2]")).str(), "frozenset({2})");
        EXPECT_TRUE(f.is_subset_of(py.eval("range(5)")));
    });
}

TEST(Slice, SelectsAndIsSelectedBy) {
    const il::interpreter python;
    il::with_gil([](il::python py) {
        const il::object xs = py.eval("list(range(10))");
        EXPECT_EQ(xs[il::slice::of(py, 2, 8, 3)].str(), "[2, 5]");
        EXPECT_EQ(xs[il::slice::of(py, 2)].str(), "[0, 1]");
        EXPECT_EQ(xs[il::slice::of(py, std::nullopt, std::nullopt, -4)].str(), "[9, 5, 1]");
        const il::slice s = il::slice::of(py, -3, std::nullopt);
        EXPECT_TRUE(s.stop().is_none() && s.start() == -3);
        const il::slice_indices at = s.indices(10);
        EXPECT_EQ(at.start, 7);
        EXPECT_EQ(at.count, 3U);
        EXPECT_TRUE(raises::python("ValueError",
                                   [&] { return il::slice::of(py, 0, 1, 0).indices(1).count; }));
    });
}

TEST(Range, HasItsEnds) {
    const il::interpreter python;
    il::with_gil([](il::python py) {
        const il::range_ r = il::range_::of(py, 2, 10, 3);
        EXPECT_EQ(r.start(), 2);
        EXPECT_EQ(r.stop(), 10);
        EXPECT_EQ(r.step(), 3);
        EXPECT_EQ(r.size(), 3U);
        EXPECT_TRUE(il::range_::of(py, 4).contains(3));
        EXPECT_TRUE(raises::python("ValueError", [&] { return il::range_::of(py, 0, 1, 0); }));
        const auto huge = py.eval("range(10**30)").as<il::range_>();
        EXPECT_TRUE(raises::python("OverflowError", [&] { return huge.stop(); }));
    });
}

TEST(Sequence, IsWhatHasALengthAndPlaces) {
    const il::interpreter python;
    il::with_gil([](il::python py) {
        for (const char* yes :
             {"[1, 2]", "(1, 2)", "range(2)", "'ab'", "b'ab'", "bytearray(2)", "memoryview(b'ab')",
              "__import__('array').array('b', [1, 2])", "__import__('collections').deque([1, 2])",
              "type('S', (), {'__getitem__': lambda s, i: i, '__len__': lambda s: 2})()"}) {
            EXPECT_TRUE(il::isinstance<il::sequence>(py.eval(yes))) << yes;
        }
        for (const char* no : {"{}", "{1}", "3", "None", "iter([])", "object()",
                               "__import__('types').MappingProxyType({})",
                               "type('M', (), {'__getitem__': lambda s, i: i, '__len__': lambda s: "
                               "2, 'keys': None})()"}) {
            EXPECT_FALSE(il::isinstance<il::sequence>(py.eval(no))) << no;
        }
        const auto s = py.eval("[3, 1, 2]").as<il::sequence>();
        EXPECT_EQ(s.size(), 3U);
        EXPECT_EQ(s.get(-1).as<int>(), 2);
        s.set(0, "x");
        s.erase(1);
        EXPECT_EQ(s.index("x"), 0U);
        EXPECT_EQ(s.count(2), 1U);
        EXPECT_EQ(s.slice(1).str(), "[2]");
        EXPECT_EQ(s.concat(il::list::of(py, 1)).str(), "['x', 2, 1]");
        EXPECT_EQ(s.repeat(2).str(), "['x', 2, 'x', 2]");
        EXPECT_EQ(s.to_tuple().str(), "('x', 2)");
        EXPECT_EQ(s.to_list().str(), "['x', 2]");
        EXPECT_TRUE(raises::python("ValueError", [&] { return s.index(9); }));
    });
}

TEST(Mapping, IsWhatHasKeys) {
    const il::interpreter python;
    il::with_gil([](il::python py) {
        il::dict scope = il::dict::make(py);
        py.run(
            "from types import MappingProxyType as P\n"
            "class M:\n"
            "  def __getitem__(self, k): return {'a': 1}[k]\n"
            "  def keys(self): return ['a']\n"
            "  def items(self): return [('a', 1)]\n"
            "  def __len__(self): return 1\n"
            "p = P({'a': 1}); m = M(); l = [1]",
            scope);
        for (const char* name : {"p", "m"}) {
            const auto m = scope[name].as<il::mapping>();
            EXPECT_EQ(m.size(), 1U);
            EXPECT_EQ(m.get("a").as<int>(), 1);
            EXPECT_EQ(m.get("b", 2).as<int>(), 2);
            EXPECT_TRUE(raises::python("KeyError", [&] { return m.get("b"); }));
            EXPECT_EQ(m.keys().str(), "['a']");
            EXPECT_EQ(m.to_dict().str(), "{'a': 1}");
            for (auto [key, value] : m) {
                EXPECT_EQ(key.as<std::string>(), "a");
                EXPECT_EQ(value.as<int>(), 1);
            }
        }
        EXPECT_FALSE(il::isinstance<il::mapping>(scope["l"]));
        EXPECT_FALSE(il::isinstance<il::mapping>(py.make("text")));
    });
}

TEST(Containers, NameTheOperationThatIsRefused) {
    const il::interpreter python;
    il::with_gil([](il::python py) {
        const il::list xs = il::list::of(py, 1);
        const il::dict d = il::dict::make(py);
        const il::set s = il::set::make(py);
        const il::str text = il::str::of(py, "x");
        const auto m = d.as<il::mapping>();
        const auto q = xs.as<il::sequence>();
        py.allow_threads(il::unchecked, [&] {
            const auto refused = [](auto f) -> std::string {
                try {
                    f();
                } catch (const il::not_attached& error) {
                    return error.operation();
                }
                return "it was let in";
            };
            EXPECT_EQ(refused([&] { xs.append(1); }), "il::list::append");
            EXPECT_EQ(refused([&] { static_cast<void>(xs.pop()); }), "il::list::pop");
            EXPECT_EQ(refused([&] { xs.sort(); }), "il::list::sort");
            EXPECT_EQ(refused([&] { xs.remove(1); }), "il::list::remove");
            EXPECT_EQ(refused([&] { static_cast<void>(xs.slice(0)); }), "il::list::slice");
            EXPECT_EQ(refused([&] { d.set("k", 1); }), "il::dict::set");
            EXPECT_EQ(refused([&] { d.update(d); }), "il::dict::update");
            EXPECT_EQ(refused([&] { static_cast<void>(d.pop("k")); }), "il::dict::pop");
            EXPECT_EQ(refused([&] { static_cast<void>(s.unite(xs)); }), "il::set::unite");
            EXPECT_EQ(refused([&] { s.update(xs); }), "il::set::update");
            EXPECT_EQ(refused([&] { static_cast<void>(text.upper()); }), "il::str::upper");
            EXPECT_EQ(refused([&] { static_cast<void>(text.format(1)); }), "il::str::format");
            EXPECT_EQ(refused([&] { static_cast<void>(m.get("k")); }), "il::mapping::get");
            EXPECT_EQ(refused([&] { q.set(0, 1); }), "il::sequence::set");
        });
    });
}

TEST(Containers, RefuseDetachedUseAndWhatWasMovedFrom) {
    const il::interpreter python;
    il::with_gil([](il::python py) {
        il::list xs = il::list::of(py, 1);
        il::dict d = il::dict::of(py, il::kw("a") = 1);
        py.allow_threads(il::unchecked, [&] {
            EXPECT_THROW(xs.append(1), il::not_attached);
            EXPECT_THROW(xs.reverse(), il::not_attached);
            EXPECT_THROW(static_cast<void>(xs.size()), il::not_attached);
            EXPECT_THROW(static_cast<void>(d.get("a")), il::not_attached);
            EXPECT_THROW(d.clear(), il::not_attached);
            EXPECT_THROW(static_cast<void>(d.keys()), il::not_attached);
            EXPECT_THROW(static_cast<void>(il::list::of(py, 1)), il::not_attached);
            EXPECT_THROW(static_cast<void>(il::set::make(py)), il::not_attached);
        });
        const il::list ys = std::move(xs);
        const il::dict e = std::move(d);
        // NOLINTBEGIN(bugprone-use-after-move): that is the question
        EXPECT_THROW(xs.append(1), std::logic_error);
        EXPECT_THROW(xs.clear(), std::logic_error);
        EXPECT_THROW(static_cast<void>(d.get("a")), std::logic_error);
        EXPECT_THROW(d.update(e), std::logic_error);
        EXPECT_THROW(ys.extend(xs), std::logic_error);
        // NOLINTEND(bugprone-use-after-move)
    });
}
