"""Section 5 of the contract: classes."""

import copy
import enum
import gc
import inspect
import operator
import pickle
import threading
import weakref

import contract_classes as m
import pytest


def test_account():
    assert m.Account.__doc__.splitlines()[-1] == "A bank account."
    a = m.Account("ann")
    assert a.balance == 0.0
    b = m.Account(balance=2.5, owner="bob")
    b.deposit(1)
    b.deposit(amount=1.5)
    assert b.balance == 5.0
    assert "Adds money." in m.Account.deposit.__doc__
    assert a.limit == 100
    a.limit = 5
    assert a.limit == 5
    assert b.owner == "bob"
    with pytest.raises(AttributeError):
        b.owner = "eve"
    with pytest.raises(AttributeError):
        b.balance = 1
    with pytest.raises(TypeError):
        a.limit = "much"
    with pytest.raises(AttributeError):
        a.unknown = 1
    assert m.Account.from_csv("carl,1").owner == m.Account.from_csv(line="carl").owner == "carl"
    assert repr(a) == "Account(ann)"
    assert m.Account("x", 1) == m.Account("x", 1)
    assert m.Account("x", 1) != m.Account("x", 2)
    assert m.Account("a") < m.Account("b")
    assert m.Account("b") > m.Account("a")
    assert m.Account("x") != 3
    with pytest.raises(TypeError):
        assert m.Account("x") < 3
    with pytest.raises(ValueError, match="a deposit is not negative"):
        a.deposit(-1)
    assert list(b) == [2.5, 1.0, 1.5]
    for protocol in range(2, pickle.HIGHEST_PROTOCOL + 1):
        c = pickle.loads(pickle.dumps(b, protocol))
        assert (c.owner, c.balance) == ("bob", 5.0)
    assert str(inspect.signature(m.Account.deposit)) == "(self, /, amount)"
    with pytest.raises(TypeError, match="Account"):
        m.Account()
    with pytest.raises(TypeError, match=r"deposit\(.*amount: float"):
        a.deposit("much")
    with pytest.raises(TypeError, match="Account"):
        m.Account.deposit(3, 1)


def test_inheritance():
    s = m.Savings("ann")
    assert isinstance(s, m.Account)
    assert issubclass(m.Savings, m.Account)
    s.deposit(3)
    assert s.balance == 3
    assert s.rate == 0.5
    assert s.limit == 100
    assert list(s) == [0, 3]

    class Mine(m.Savings):
        def __init__(self, owner):
            super().__init__(owner)
            self.note = "mine"

        def deposit(self, amount):
            super().deposit(2 * amount)

    mine = Mine("bob")
    mine.deposit(1)
    assert mine.balance == 2
    assert mine.note == "mine"
    both = m.Both()
    assert (both.one, both.two) == (1, 2)
    both.two = 5
    assert m.takes_second(both) == 5
    assert both.who() == "both"
    assert type(m.as_base()) is m.Both
    with pytest.raises(TypeError):
        m.takes_second(m.Base1())


def test_overriding():
    class Square(m.Shape):
        def __init__(self, side):
            super().__init__()
            self.side = side

        def area(self):
            return self.side**2

    class Named(Square):
        def name(self):
            return "my " + super().name()

        def scaled(self, f):
            return super().scaled(f) + 1

    assert m.describe(Square(3)) == "shape 18"
    assert m.describe(Named(3)) == "my shape 19"
    assert m.describe_elsewhere(Named(2)) == "my shape9"
    assert Square(3).scaled(2) == 18
    assert Named(3).scaled(f=2) == 19
    with pytest.raises(NotImplementedError, match="area"):
        m.describe(m.Shape())

    class Raises(m.Shape):
        def area(self):
            raise KeyError("gone")

    with pytest.raises(KeyError, match="gone"):
        m.describe(Raises())
    with pytest.raises(KeyError, match="gone"):
        m.describe_elsewhere(Raises())

    class Wrong(m.Shape):
        def area(self):
            return "large"

    with pytest.raises(TypeError, match="area"):
        m.describe(Wrong())


def test_trampolines_of_other_shapes():
    class Dog(m.Animal):
        def speak(self, times, loud):
            return "wuff" * times + loud

        def feed(self, portions):
            super().feed([*portions, 4])

        def part(self):
            if not hasattr(self, "kept"):
                self.kept = m.Part(8)
            return self.kept

        def give(self):
            return m.Part(9)

    plain = m.Animal("cat")
    assert plain.speak(2) == "cat!2"
    assert m.speak(plain, 3) == "cat.3"
    dog = Dog("rex")
    assert m.speak(dog, 2) == "wuffwuff."
    assert m.feed(dog) == 4
    assert m.part_value(dog) == 8
    assert m.given(dog).value == 9
    assert m.given(plain).value == 0
    kennel = m.Kennel()
    kennel.take(dog)
    kennel.take(m.Animal("tom"))
    del dog
    gc.collect()
    assert kennel.speak() == "wuff?tom?1"


def test_enum():
    assert issubclass(m.Color, enum.Enum)
    assert m.Color.red.name == "red"
    assert m.Color["red"] is m.Color.red
    assert m.Color(0) is m.Color.red
    assert list(m.Color) == [m.Color.red]
    assert pickle.loads(pickle.dumps(m.Color.red)) is m.Color.red
    assert list(m.Outer.Mode) == [m.Outer.Mode.fast, m.Outer.Mode.slow]
    assert m.Outer.Inner().x == 2
    assert m.Outer.Inner.__qualname__ == "Outer.Inner"


def test_a_builder_is_closed_when_its_type_was_needed():
    assert "Outer" in m.LATE
    assert m.EARLY.x == 3
    assert m.early_default() == 4
    assert m.EARLY_WAS_OPEN is False


@pytest.mark.parametrize("name", ["VecInt", "VecDouble"])
def test_operators(name):
    vec = getattr(m, name)
    a, b = vec(1, 2), vec(3, 4)
    assert a + b == vec(4, 6)
    assert -a == vec(-1, -2)
    assert a * 3 == 3 * a == vec(3, 6)
    assert a != b
    assert a < b
    assert a <= b
    assert b > a
    assert b >= a
    c = a
    c += b
    assert c is a
    assert a == vec(4, 6)
    with pytest.raises(TypeError):
        a + 1
    with pytest.raises(TypeError):
        a * "x"
    assert (a == 1) is False
    with pytest.raises(TypeError):
        hash(a)


@pytest.mark.thread_unsafe(reason="writes what all instances share")
def test_properties():
    flags = m.Flags()
    assert flags.small == 5
    with pytest.raises(AttributeError):
        flags.small = 1
    flags.rest = 33
    assert flags.rest == 1
    assert "Five bits." in m.Flags.rest.__doc__
    flags.referred = 8
    assert m.Flags().referred == 8
    flags.referred = 7
    w = m.Whole()
    assert w.constant == 9
    w.value = 3
    assert w.by_lambda == w.read_by_pointer == 3
    assert w.read_by_lambda == 30
    w.by_lambda = 4
    assert w.value == 4
    assert "Its value." in m.Whole.value.__doc__
    w.numbers = (4, 5)
    assert w.numbers == w.all() == [4, 5]
    assert m.Whole.answer == 42
    assert m.Whole.shared == 1
    m.Whole.shared = 1
    assert m.Whole.LIMIT == 12
    with pytest.raises(AttributeError):
        del w.value


def test_member_functions_that_take_the_token():
    o = m.WithToken(v=2)
    assert o.add(1) == 3
    assert o.add(x=1) == 4
    assert o.added(x=1) == 5
    assert o.add_unnamed(1) == 6
    assert m.add_with_token(o, x=1) == 7
    assert o.value == 7
    o.value = 2
    assert o.value == o.lambda_value == 2
    o.lambda_value = 3
    assert o.value == 3
    assert m.WithToken.one() == 1
    assert str(inspect.signature(m.WithToken.add)) == "(self, /, x)"


def test_parts_and_policies():
    w = m.Whole()
    part = w.part
    part.value = 5
    assert w.part.value == 5
    assert w.inner().value == w.inner_const().value == w.inner_pointer().value == 5
    assert w.property_inner.value == 5
    w.inner().value = 6
    w.inner_copy().value = 7
    w.inner_pointer_copy().value = 8
    assert w.part.value == 6
    # A part keeps the whole alive.
    inner = m.Whole().inner()
    gc.collect()
    assert inner.value == 0
    assert w.chained(3) is w
    assert w.value == 3
    w.part = m.Part(9)
    assert w.part.value == 9
    assert m.global_part().value == 11
    assert m.global_part_copy() is not m.global_part_copy()
    assert m.global_part_pointer().value == 11
    assert m.taken_part(4).value == 4
    assert m.no_part() is None


def test_methods():
    w = m.Whole()
    w.value = 2
    assert w.over(3) == 3
    assert w.over("x") == "x"
    assert w.over_const(3) == w.over_pointer(3) == -3
    assert w.quiet(x=3) == 5
    assert w.token(x=3) == w.by_pointer(x=3) == 5
    assert w.with_token() == 2
    assert w.with_self() is w
    assert w.next() == 3
    assert w(2) == w(x=2) == 6
    assert w("a") == "a!"
    assert (w[0], w[2]) == (1, 3)
    w[0] = 9
    assert list(w) == [9, 2, 3]
    del w[0]
    assert len(w) == 2
    with pytest.raises(IndexError):
        w[7]
    assert w
    assert 3 in w
    assert 4 not in w
    assert str(w) == "whole"
    assert int(w) == operator.index(w) == hash(w) == 3
    assert float(w) == 3.5
    with w as entered:
        assert entered is w
    assert w.value == 0
    assert not w


@pytest.mark.thread_unsafe(reason="counts the C++ objects that are alive")
def test_policies_count():
    gc.collect()
    reference = m.counted_reference()  # makes the global one
    before = m.counted_alive()
    assert m.counted_copy().value == 101
    assert m.counted_move().value == 1001
    assert reference.value == 1
    assert m.counted_reference() is reference
    taken = m.counted_take()
    assert m.counted_alive() == before + 1
    del taken
    gc.collect()
    assert m.counted_alive() == before


@pytest.mark.thread_unsafe(reason="counts the C++ objects that are alive")
def test_keep_alive():
    gc.collect()
    before = m.counted_alive()
    nurses = [
        m.Nurse(m.Counted(5)),
        m.Nurse(patient=m.Counted(5)),
        m.nurse_of(m.Counted(5)),
        m.nurse_of(c=m.Counted(5)),
    ]
    nurses[0].care_for(m.Counted(6))
    nurses[1].care_for(patient=m.Counted(6))
    gc.collect()
    assert [n.look() for n in nurses] == [6, 6, 5, 5]
    assert m.counted_alive() == before + 6
    nurses.clear()
    gc.collect()
    assert m.counted_alive() == before


def test_what_cannot_be_copied():
    assert m.Cannot(3).value == m.cannot(3).value == 3
    with pytest.raises(TypeError):
        copy.copy(m.Cannot(3))


def collected(make):
    """Whether an object in a cycle with itself is collected."""
    o = make()
    ref = weakref.ref(o)
    del o
    gc.collect()
    return ref() is None


def test_cycle_collection():
    def by_itself():
        o = m.FoundByItself()
        o.set_next([o])
        return o

    def in_a_vector():
        o = m.FoundByItself()
        o.add({"o": o})
        return o

    def named():
        o = m.Named()
        o.set_next((o,))
        return o

    def named_optional():
        o = m.Named()
        o.set_other([o])
        return o

    for make in (by_itself, in_a_vector, named, named_optional):
        assert collected(make), make


def test_dynamic_attr_and_weak_referenceable():
    d = m.Dynamic()
    d.anything = 3
    assert d.anything == 3
    assert d.__dict__ == {"anything": 3}
    with pytest.raises(AttributeError):
        m.Weak().anything = 3
    w = m.Weak()
    ref = weakref.ref(w)
    assert ref() is w
    del w
    gc.collect()
    assert ref() is None
    with pytest.raises(TypeError):
        weakref.ref(m.Final())


def test_is_final():
    with pytest.raises(TypeError, match="Final"):
        type("Derived", (m.Final,), {})


def test_frozen():
    assert m.Frozen(3).get() == m.Frozen(3).value == 3
    with pytest.raises(AttributeError):
        m.Frozen(3).value = 4
    assert m.Frozen.__doc__.splitlines()[-1] == "Cannot be changed."


def test_generic():
    alias = m.Generic[int]
    assert alias.__origin__ is m.Generic
    assert alias.__args__ == (int,)
    assert isinstance(alias(), m.Generic)
    with pytest.raises(TypeError):
        m.Final[int]


@pytest.mark.thread_unsafe(
    reason="tracebacks keep instances until some thread collects them, and that is reported"
)
def test_thread_bound():
    o = m.Bound()
    assert o.touch() == 1
    caught = []

    def elsewhere():
        try:
            o.touch()
        except RuntimeError as error:
            caught.append(error)

    thread = threading.Thread(target=elsewhere)
    thread.start()
    thread.join()
    assert len(caught) == 1
    assert "thread" in str(caught[0])
    assert o.touch() == 1


def test_immutable():
    with pytest.raises(TypeError):
        m.Immutable.x = 3
    with pytest.raises(TypeError):
        m.Immutable.y = 3
    o = m.Immutable()
    o.x = 3
    assert o.x == 3


def test_the_other_options():
    assert m.Local().x == 3
    assert m.Meta.shout() == "META"
    assert type(m.Meta).__name__ == "M"
    assert isinstance(m.Meta(), m.Meta)
    s = m.Several()
    s.x = weakref.ref(s)
    assert s.x() is s
    assert m.Several[int].__args__ == (int,)
    with pytest.raises(TypeError):
        type("Derived", (m.Several,), {})
    slots = m.Slots()
    assert slots() == 42
    assert len(slots) == 3


def test_holders():
    s = m.Shared()
    assert m.shared_again(s) is s
    assert m.use_count(s) >= 2
    u = m.Unique()
    u.value = 6
    assert m.give_unique(u) == 6
    with pytest.raises((ValueError, TypeError, RuntimeError)):
        assert u.value


def test_implicit_conversions():
    assert m.text_of("abc") == m.text_of(t="abc") == "abc"
    assert m.text_of(m.Part(3)) == "3"
    assert m.text_of(m.FromText("x")) == "x"
    with pytest.raises(TypeError):
        m.text_of(3)
    with pytest.raises(TypeError):
        m.exact_text_of("abc")
    assert m.exact_text_of(m.FromText("x")) == "x"


def test_a_class_that_looks_like_a_container():
    c = m.container()
    assert type(c) is m.Container
    c.push_back(3)
    assert len(c) == 3
    assert list(c) == [1, 2, 3]


@pytest.mark.thread_unsafe(reason="starts threads of its own")
def test_calls_into_one_instance_do_not_race():
    counter = m.Unlocked()
    safe = m.Safe()
    start = threading.Barrier(4)

    def add():
        start.wait()
        for _ in range(5000):
            counter.add()
            safe.add()

    threads = [threading.Thread(target=add) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert counter.n == 20000
    assert safe.add() == 20001
