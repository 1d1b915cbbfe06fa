"""Classes: construction, methods, properties, operators, ownership, inheritance, collection."""

from __future__ import annotations

import copy
import enum
import gc
import inspect
import pickle
import sysconfig
import weakref

import bind_classes as m
import pytest
from references import counts


def test_a_class_as_a_user_sees_it() -> None:
    a = m.Account("me", 3.0)
    assert (repr(a), a.balance, a.limit, a.owner) == ("Account(me)", 3.0, 100, "me")
    a.deposit(2)
    a.limit = 7
    assert (a.balance, a.limit) == (5.0, 7)
    assert m.Account(owner="x").balance == 0
    assert m.Account.from_csv(line="l").owner == "l"
    assert m.Account.__doc__ == "A bank account."
    assert m.Account.__module__ == "bind_classes"
    assert m.Account.__qualname__ == "Account"
    assert str(inspect.signature(m.Account)) == "(owner, balance=0.0)"
    assert m.Account.deposit.__doc__ == "deposit(self, amount: float) -> None\n\nAdds money."
    assert m.Account.__match_args__ == ("owner", "balance")


def test_methods_of_every_form() -> None:
    a = m.Account("me")
    assert a.chain() is a
    assert a.scaled(2) == 600
    # One whose callable has state is told of like any other.
    assert str(inspect.signature(m.Account.scaled)) == "(self, arg0, /)"
    assert m.Account.scaled.__doc__ == "scaled(self, arg0: int, /) -> int"
    assert a.times2() == 200
    assert a.with_token() == 100
    assert a.as_object() is a
    assert m.Account.name_of() == "Account"
    assert m.Savings.name_of() == "Savings"


def test_what_is_refused_says_why() -> None:
    a = m.Account("me")
    with pytest.raises(ValueError, match="a negative amount"):
        a.deposit(-1)
    with pytest.raises(
        TypeError, match=r"Account.deposit\(\): argument 'amount': expected float, got str"
    ):
        a.deposit("x")
    with pytest.raises(TypeError, match=r"Account\.limit: expected int, got str"):
        a.limit = "x"
    with pytest.raises(AttributeError):
        a.owner = "x"
    with pytest.raises(AttributeError):
        del a.limit
    with pytest.raises(AttributeError):
        a.other = 1
    with pytest.raises(TypeError, match="argument 'owner' is missing"):
        m.Account()
    with pytest.raises(TypeError, match="initialized before"):
        a.__init__("again")
    with pytest.raises(TypeError, match="no il::init"):
        m.Nothing()
    with pytest.raises(TypeError, match="expected Account, got int"):
        m.total(3, None)


def test_objects_that_were_not_initialized() -> None:
    class Forgets(m.Account):
        def __init__(self) -> None:
            pass

    f = Forgets()
    for use in (lambda: f.balance, lambda: f.deposit(1), lambda: m.total(f, None), lambda: repr(f)):
        with pytest.raises(TypeError, match="was not initialized"):
            use()
    new = m.Account.__new__(m.Account)
    with pytest.raises(TypeError, match="was not initialized"):
        new.deposit(1)
    new.__init__("late")
    assert new.owner == "late"


def test_inheritance() -> None:
    s = m.Savings("s")
    s.deposit(4)
    assert (s.balance, s.rate, m.total(s, s)) == (4.0, 0.5, 8.0)
    assert isinstance(s, m.Account)
    with pytest.raises(TypeError, match="another C\\+\\+ class"):
        m.Account.__init__(m.Savings.__new__(m.Savings), "x")

    class Python(m.Savings):
        def __init__(self, name: str) -> None:
            super().__init__(name)
            self.extra = [name]

    p = Python("p")
    p.deposit(1)
    assert (p.balance, p.extra, m.total(p, s)) == (1.0, ["p"], 5.0)
    assert copy.copy(p).extra is p.extra
    assert copy.deepcopy(p).extra is not p.extra
    assert copy.deepcopy(p).balance == 1.0
    p.extra = [p]
    twin = copy.deepcopy(p)
    assert twin is not p
    assert twin.extra[0] is twin
    assert p.__deepcopy__({}).balance == 1.0


def test_several_bases() -> None:
    b = m.Both()
    assert (b.left(), b.right(), b.a, b.b, b.c) == ("both's left", "right", 1, 2, 3)
    b.b = 20
    assert (b.b, b.a, m.right_of(b)) == (20, 1, 20)
    assert m.Both.__mro__[1:3] == (m.Left, m.Right)
    made = m.make_left()
    assert type(made) is m.Both
    assert made.right() == "right"


def test_a_python_class_of_two_c_classes_is_refused() -> None:
    class Two(m.Left, m.Right):
        pass

    with pytest.raises(TypeError, match="derives from two"):
        Two()


def test_comparison_and_hash() -> None:
    a = m.Account("a")
    assert a == m.Account("a")
    assert a < m.Account("b")
    assert a != 3
    with pytest.raises(TypeError):
        a < 3  # noqa: B015
    with pytest.raises(TypeError, match="unhashable"):
        hash(a)


def test_operators() -> None:
    v = m.Vec(1, 2)
    assert v + m.Vec(1, 1) == m.Vec(2, 3)
    assert v * 2 == 2 * v == m.Vec(2, 4)
    assert -v == m.Vec(-1, -2)
    w = v
    w += m.Vec(1, 1)
    assert w is v
    assert v == m.Vec(2, 3)
    with pytest.raises(TypeError, match="unsupported operand"):
        v + 1
    assert (len(v), v[0], v[-1], list(v), v(3), 2 in v, 9 in v, bool(v), float(v)) == (
        2, 2.0, 3.0, [2.0, 3.0], 6.0, True, False, True, 2.0)  # fmt: skip
    with v as entered:
        assert entered is v
        raise ValueError


def test_members_that_are_objects_are_parts() -> None:
    line = m.Line()
    start = line.start
    start.x = 5
    assert line.start.x == 5
    assert line.start is start
    line.start = m.Vec(8, 9)
    assert start.x == 8
    del line
    gc.collect()
    assert start.y == 9


def test_ownership() -> None:
    before = m.alive()
    u = m.make_unique("u")
    assert m.share(u) is u
    assert m.eat(u) == 3.0
    with pytest.raises(TypeError, match="given away"):
        u.balance  # noqa: B018
    with pytest.raises(TypeError, match="given away"):
        m.eat(u)
    a = m.Account("a", 2.0)
    assert m.same(a) is a
    assert m.share(a) is a
    assert m.eat(a) == 2.0
    assert m.null() is None
    assert m.by_value(m.Account("v")).owner == "v"
    assert m.new_raw().balance == 1.0
    assert [x.owner for x in m.list_of(2)] == ["l", "l"]
    assert m.sum_of([m.Account("x", 1), m.Savings("s"), m.Account("y", 2)]) == 3.0
    assert type(m.make_savings("s")) is m.Savings
    with pytest.raises(TypeError, match="item 1: expected Account, got int"):
        m.sum_of([m.Account("x"), 1])
    with pytest.raises(TypeError, match="cannot be moved"):
        m.eat_pinned(m.Pinned(3))
    del u, a
    gc.collect()
    assert m.alive() == before


def test_shared_pointers() -> None:
    s = m.Shared()
    s.anything = 1
    assert m.same_shared(s) is s
    # By reference it is the pointer in the instance, where there is a GIL.
    assert m.use_count(s) == (2 if sysconfig.get_config_var("Py_GIL_DISABLED") else 1)
    r = weakref.ref(s)
    assert r() is s
    del s
    gc.collect()
    assert r() is None


def test_options() -> None:
    with pytest.raises(TypeError):
        type("Sub", (m.Pinned,), {})
    assert m.Outer[int].__origin__ is m.Outer
    with pytest.raises(TypeError):
        m.Outer.x = 1
    assert m.Outer.Inner.__qualname__ == "Outer.Inner"
    assert m.Outer.LIMIT == 3
    assert m.Outer.counter == 0


def test_overloads_of_constructors_and_methods() -> None:
    assert [m.Over(1).which, m.Over("x").which, m.Over(1.5, 2).which] == [
        "int",
        "str",
        "float, float",
    ]
    o = m.Over(1)
    assert (o.f(3), o.f("x")) == ("int", "str")
    with pytest.raises(TypeError, match="no signature fits"):
        o.f([])
    with pytest.raises(TypeError, match="no signature fits"):
        m.Over([])

    class Sub(m.Over):
        pass

    assert Sub("x").f(1) == "int"


def test_factories_and_implicit_conversions() -> None:
    assert m.Factory(v=3).value == 3
    assert m.Factory("four").value == 4
    assert m.cents(5) == 5
    assert m.cents(m.Money(6)) == 6
    with pytest.raises(TypeError, match="expected Money, got str"):
        m.cents("x")


def test_cycles_are_collected() -> None:
    n = m.Node()
    assert n.next is None if False else True

    class Watched(m.Node):
        pass

    w = Watched()
    r = weakref.ref(w)
    w.set(w)
    assert w.next is w
    del w
    gc.collect()
    assert r() is None


def test_nothing_leaks() -> None:
    def work() -> None:
        a = m.Account("a")
        for _ in range(3):
            a.deposit(1)
            a.limit = 1
            m.total(a, a)
            m.Over("x").f(1)
            m.cents(3)
            _ = m.Vec(1, 2) + m.Vec(3, 4) == 3
            for bad in (
                lambda: m.Account(1),
                lambda: a.deposit("x"),
                lambda: m.cents("x"),
                lambda: m.Over([]),
            ):
                with pytest.raises(TypeError):
                    bad()
        m.Line().start.x = 3
        m.share(m.make_unique("u"))

    alive = m.alive()
    work()
    gc.collect()
    before = counts((m.Account, m.Over, m.Money, m.Vec, m.Line))
    for _ in range(20):
        work()
    gc.collect()
    assert m.alive() == alive
    assert counts((m.Account, m.Over, m.Money, m.Vec, m.Line)) == before


def test_iteration() -> None:
    ledger = m.Ledger()
    assert list(ledger) == []
    ledger.add(m.Account("a"))
    ledger.add(m.Account("b"))
    assert [a.owner for a in ledger] == ["a", "b"]
    walk = iter(ledger)
    del ledger
    gc.collect()
    assert next(walk).owner == "a"
    assert [a.owner for a in walk] == ["b"]
    assert list(m.Numbers()) == [1, 2, 3]
    with pytest.raises(TypeError, match="was not initialized"):
        iter(m.Ledger.__new__(m.Ledger))


def test_enumerations_are_pythons_own() -> None:
    assert issubclass(m.Color, enum.Enum)
    assert [c.name for c in m.Color] == ["red", "green"]
    assert m.next_color() is m.Color.green
    assert m.next_color(m.Color.red) is m.Color.green
    assert m.all_colors() == [m.Color.red, m.Color.green]
    assert m.Color.green.__doc__ == "As grass."
    assert m.Color.__doc__ == "Colors."
    assert pickle.loads(pickle.dumps(m.Color.red)) is m.Color.red
    with pytest.raises(ValueError, match="none of the values"):
        m.next_color(m.Color.green)
    for wrong in (1, "red", m.Level.low):
        with pytest.raises(TypeError, match="expected Color"):
            m.next_color(wrong)
    assert m.next_color.__doc__.startswith("next_color(c: Color = <Color.red: 1>) -> Color")


def test_int_enumerations_and_flags() -> None:
    assert issubclass(m.Level, enum.IntEnum)
    assert (m.level(m.Level.high), m.level(200), m.high) == (200, 200, m.Level.high)
    with pytest.raises(ValueError, match="no value of Level"):
        m.level(7)
    both = m.Permission.read | m.Permission.run
    assert m.permissions(both) == both
    assert m.permissions(m.Permission.write) is m.Permission.write
    with pytest.raises(TypeError):
        m.permissions(3)


def test_pickling() -> None:
    for protocol in range(2, pickle.HIGHEST_PROTOCOL + 1):
        p = pickle.loads(pickle.dumps(m.Point(3, "p"), protocol))
        assert (p.x, p.name) == (3, "p")
        assert pickle.loads(pickle.dumps(m.Temperature(4.5), protocol)).kelvin == 4.5
    d = Derived(7, "d")
    d.extra = [1]
    again = pickle.loads(pickle.dumps(d))
    assert (type(again), again.x, again.extra) == (Derived, 7, [1])
    with pytest.raises(TypeError):
        pickle.dumps(m.Account("not picklable"))
    with pytest.raises(ValueError, match="version 9"):
        m.Temperature.__new__(m.Temperature).__setstate__((9, 1.0, None))
    with pytest.raises(TypeError, match="initialized before"):
        m.Temperature(1).__setstate__((1, 1.0, None))
    # The attributes are left out where an instance has none.
    assert m.Temperature(4.5).__getstate__() == (1, 4.5)
    for state in ((1, 3.0), (1, 3.0, None)):
        t = m.Temperature.__new__(m.Temperature)
        t.__setstate__(state)
        assert t.kelvin == 3
    with pytest.raises(TypeError, match="got one of 4 items"):
        m.Temperature.__new__(m.Temperature).__setstate__((1, 1.0, None, None))
    with pytest.raises(TypeError, match="expected int, got str"):
        m.Temperature.__new__(m.Temperature).__setstate__(("1", 1.0))


class Derived(m.Point):
    """A class of Python's that travels with its attributes."""
