"""The lives of instances: holders, what calling a class gives, protocols, cycles, methods whose object is taken away."""

from __future__ import annotations

import asyncio
import copy
import gc
import operator
import weakref
from collections.abc import Callable

import bind_class_lives as m
import pytest
from alone import one_at_a_time


def test_a_class_may_be_held_by_a_pointer_of_the_users() -> None:
    gc.collect()
    before = m.counted()
    c = m.Counted()
    assert (c.kind(), c.references) == (1, 1)
    m.keep(c)
    assert c.references == 2
    assert m.kept() is c
    del c
    gc.collect()
    assert m.counted() == before + 1
    again = m.kept()
    assert again.references == 2
    m.keep(None)
    assert again.references == 1
    assert m.kept() is None
    del again
    gc.collect()
    assert m.counted() == before


@one_at_a_time
def test_a_held_object_is_passed_as_its_base() -> None:
    s = m.Special()
    m.keep(s)
    assert (s.references, m.kept() is s, m.kind_of(s), m.kind_of(None)) == (2, True, 2, 0)
    m.keep(None)
    made = m.fresh()
    assert type(made) is m.Special
    with pytest.raises(TypeError, match="expected Counted"):
        m.keep(m.Unheld())


def test_what_a_factory_gives_and_a_copy_are_held_as_well() -> None:
    c = m.Copied()
    c.number = 3
    other = copy.copy(c)
    assert other is not c
    assert other.number == 3
    assert m.same_copied(c) is c
    assert m.same_copied(other) is other


@one_at_a_time
def test_a_class_may_give_what_there_is_already() -> None:
    a = m.Name("a")
    assert m.Name(text="a") is a
    assert m.Name("b") is not a
    assert m.Name().text == "none"
    assert isinstance(a, m.Name)
    m.forget_names()
    assert m.Name("a") is not a
    with pytest.raises(TypeError, match=r"__new__\(\): argument 'text': expected str, got int"):
        m.Name(1)
    m.forget_names()


@pytest.mark.thread_unsafe(reason="binds a class")
def test_a_class_may_give_something_else() -> None:
    assert (m.Other(3), m.Other(-1), m.Other("x")) == (3, "Other", "x!")

    class Sub(m.Other):
        pass

    assert Sub(-1) == "Sub"
    with pytest.raises(TypeError, match="no signature fits"):
        m.Other([])
    with pytest.raises(Exception, match="has il::init and il::new_"):
        m.both_ways()


def test_protocols_by_name() -> None:
    x = m.Many()
    assert (f"{x:>}", bytes(x), complex(x), int(x), operator.index(x), round(x)) == (
        ">7", b"many", 7 + 1j, 7, 7, 7)  # fmt: skip
    assert (x @ x, divmod(x, 4), x**2, x.any_name, dir(x)) == (
        "matmul", (1, 3), 14, "any_name", ["a", "b"])  # fmt: skip
    assert (list(reversed(x)), operator.length_hint(x)) == ([3, 2], 12)
    with pytest.raises(AttributeError, match="no other"):
        x.other  # noqa: B018

    class Owner:
        descriptor = m.Many()

    assert Owner().descriptor == len("descriptor")


def test_awaiting() -> None:
    async def work() -> list[object]:
        found: list[object] = [await m.Once()]
        found.extend([i async for i in m.Once()])
        async with m.Once() as entered:
            found.append(entered)
        return found

    assert asyncio.run(work()) == [1, 2, 3, 5]


PLACES = ["one", "many", "maybe", "named", "pair", "inner", "inners", "own"]


@pytest.mark.parametrize("where", PLACES)
def test_what_an_aggregate_holds_is_collected_without_work(where: str) -> None:
    h = m.Holder()
    r = weakref.ref(h)
    h.put(where, [h])
    assert gc.get_referents(h)
    del h
    gc.collect()
    assert r() is None


def test_a_cycle_through_several_and_through_a_method() -> None:
    a, b, c = m.Holder(), m.Hidden(), m.HiddenChild()
    refs = [weakref.ref(x) for x in (a, b, c)]
    a.put("one", b)
    a.put("many", a.put)
    b.set(c)
    c.set((lambda x: lambda: x)(a))
    del a, b, c
    gc.collect()
    assert [r() for r in refs] == [None, None, None]


def test_a_held_object_is_visited_once_for_each_reference() -> None:
    h = m.Holder()
    o = object()
    for where in PLACES:
        h.put(where, o)
    assert sum(x is o for x in gc.get_referents(h)) == len(PLACES)


def test_what_is_shared_in_c_is_not_visited() -> None:
    s = m.Shared()
    s.set(s)
    r = weakref.ref(s)
    s.attribute = [s]
    gc.collect()
    assert r() is s
    s.clear()
    del s
    gc.collect()
    assert r() is None


def eaten(x: m.Machine, seen: list[object]) -> Callable[[], None]:
    def eat() -> None:
        try:
            seen.append(m.eat(x))
        except TypeError as error:
            seen.append(str(error))
        gc.collect()

    return eat


def test_an_object_given_away_by_its_own_callback_lives_on() -> None:
    x = m.Machine("a name that is no small string")
    seen: list[object] = []
    # What was moved out is not there any more; what is left of it is.
    assert x.run(eaten(x, seen)) == "a name that is no small string/"
    assert seen == ["a name that is no small string"]
    with pytest.raises(TypeError, match="was given away"):
        x.name  # noqa: B018
    with pytest.raises(TypeError, match="initialized before"):
        x.__init__("again")


def test_an_object_outside_is_not_given_away_while_a_function_works_on_it() -> None:
    x = m.boxed("a name that is no small string")
    seen: list[object] = []
    assert x.run(eaten(x, seen)) == "a name that is no small string/a name that is no small string"
    assert m.with_argument(x, eaten(x, seen)) == x.name
    x.stored = eaten(x, seen)
    assert x.run_stored() == x.name
    assert m.with_shared(x, eaten(x, seen)) == x.name
    assert x.run_quietly(eaten(x, seen)) == x.name
    assert x.run_stored_quietly() == x.name
    assert x.read_stored_quietly() == x.name
    assert m.as_callable()(x, eaten(x, seen)) == x.name
    assert m.as_callable_alone()(x) == x.name
    x.first_item = 5
    assert x.first_item == 5
    x.after_call = eaten(x, seen)
    assert len(seen) == 11
    assert all("a bound function works on it" in str(s) for s in seen)
    assert x.name == "a name that is no small string!"
    x.name = x.name[:-1]
    # One of its parts is another object, which keeps it as well.
    assert m.machine_again(x) is x
    box = m.box_of(x)
    assert type(box) is m.Box
    assert box.size == 7
    with pytest.raises(TypeError, match="a std::shared_ptr in C\\+\\+ keeps it"):
        m.eat(x)
    del box
    gc.collect()
    # Nor while a pointer in C++ keeps it.
    m.keep_machine(x)
    with pytest.raises(TypeError, match="works on it"):
        m.eat(x)
    assert m.kept_name() == x.name
    m.forget_machine()
    x.stored = None
    assert m.eat(x) == "a name that is no small string"


def test_an_object_of_which_python_has_a_part_is_not_given_away() -> None:
    x = m.boxed("x")
    parts = [x.box, x.box]
    assert parts[0] is parts[1]
    with pytest.raises(TypeError, match="Python has a part of it"):
        m.eat(x)
    assert parts.pop().size == 7
    with pytest.raises(TypeError, match="Python has a part of it"):
        m.eat(x)
    parts.clear()
    gc.collect()
    assert m.eat(x) == "x"
    # What lies in its instance leaves its place there, where the part is.
    y = m.Machine("y")
    part = y.box
    assert m.eat(y) == "y"
    del y
    gc.collect()
    assert part.size == 7


@pytest.mark.parametrize("make", [m.Machine, m.boxed])
def test_an_object_is_given_away_before_a_function_leaves(make: Callable[[str], m.Machine]) -> None:
    x = make("x")
    with pytest.raises(TypeError, match="a function works on it with the interpreter released"):
        m.eat_released_beside(x, x)
    assert m.eat_released_beside(x, make("y")) == "xy"
    assert m.eat_released(x) == "x"
    with pytest.raises(TypeError, match="was given away"):
        m.eat_released(x)


class Eats:
    """A number that gives the object away while it is converted."""

    def __init__(self, x: m.Machine) -> None:
        self.x = x

    def __float__(self) -> float:
        m.eat(self.x)
        return 1.0


@pytest.mark.parametrize("make", [m.Machine, m.boxed])
def test_an_object_given_away_by_the_conversion_of_an_argument_is_noticed(
    make: Callable[[str], m.Machine],
) -> None:
    for use in (
        lambda x: x.with_number(Eats(x)),
        lambda x: m.number_after(x, Eats(x)),
        lambda x: setattr(x, "number", Eats(x)),
        lambda x: m.as_callable_with_number()(x, Eats(x)),
    ):
        with pytest.raises(TypeError, match="was given away"):
            use(make("n"))


def test_an_object_may_be_replaced_mutated_and_cleared_by_its_own_callback() -> None:
    x = m.Machine("one")
    assert x.run(lambda: x.assign(m.Machine("two"))) == "one/two"
    seen: list[int] = []

    def shorten(i: int) -> None:
        seen.append(i)
        x.clear()

    x.each(shorten)
    assert seen == [1]

    def drop() -> None:
        nonlocal y
        y = None
        gc.collect()

    y: m.Machine | None = m.Machine("dropped")
    assert y.run(drop) == "dropped/dropped"


def test_virtual_bases() -> None:
    d = m.Diamond()
    d.base = 1
    assert (d.base, d.left, d.right, d.diamond, m.sum(d, d, d)) == (1, 11, 12, 13, 24)
    assert m.Diamond.__mro__[1:4] == (m.Left, m.Right, m.Base)
    made = m.make_base(True)
    assert (type(made), made.right, made.base) == (m.Diamond, 12, 10)
    assert type(m.make_base(False)) is m.Right


def test_a_mixin_of_pythons() -> None:
    class Loud:
        def shout(self) -> str:
            return self.name.upper()

    class Both(Loud, m.Machine):
        __slots__ = ("extra",)

        def __init__(self, name: str) -> None:
            super().__init__(name)
            self.extra = 1

    b = Both("quiet")
    assert (b.shout(), b.extra, b.with_number(1)) == ("QUIET", 1, "quiet")
