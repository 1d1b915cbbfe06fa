"""Objects that C++ passes to Python by reference: the Python object that has them, or else a copy."""

from __future__ import annotations

import bind_passing as m
import pytest

ONE_ARGUMENT = ["by_callback", "by_const", "by_function", "by_call", "by_keyword"]


@pytest.mark.parametrize("way", ONE_ARGUMENT)
def test_an_object_of_pythons_is_itself(way: str) -> None:
    thing = m.Thing(1)

    def told(thing: object) -> None:
        got.append(thing)
        thing.n = 7

    got: list[object] = []
    getattr(m, way)(thing, told)
    assert got[0] is thing
    assert thing.n == 7


def test_beside_other_arguments_and_as_a_methods() -> None:
    thing = m.Thing(1)
    assert m.by_unpacking(thing, lambda *all: all, (2, 3)) == (thing, 2, 3)
    assert m.by_unpacking(thing, lambda *all: all, (thing,))[1] is thing

    class Taker:
        def take(self, given: object) -> object:
            return given

    assert m.by_method(thing, Taker()) is thing


def test_of_a_python_class() -> None:
    class Mine(m.Thing):
        pass

    mine = Mine(3)
    got: list[object] = []
    m.by_callback(mine, got.append)
    assert got == [mine]


def test_by_value_it_is_a_copy() -> None:
    thing = m.Thing(1)
    got: list[object] = []
    m.by_value(thing, got.append)
    assert got[0] is not thing
    assert got[0].n == 1


def test_an_object_that_cannot_be_copied() -> None:
    button = m.Button()
    got: list[object] = []
    button.click(got.append)
    button.click_elsewhere(got.append)
    assert got[0] is got[1] is button
    assert button.clicks == 2
    with pytest.raises(TypeError, match="Button: an object that no Python object has is passed"):
        m.pass_new_button(got.append)
    with pytest.raises(TypeError, match="Unbound is not bound"):
        m.pass_unbound(got.append)
    assert len(got) == 2


def test_overrides() -> None:
    class Visitor(m.Visitor):
        def visit(self, thing: object) -> None:
            self.seen = thing
            thing.n += 1

        def look(self, thing: object) -> int:
            assert thing is self.seen
            return thing.n

    visitor, thing = Visitor(), m.Thing(1)
    assert m.visit_all(visitor, thing) == 2
    assert visitor.seen is thing
    # C++'s own is copied.
    assert m.visit_local(visitor) == 5
    assert visitor.seen.n == 6


def test_what_an_override_got_from_cpp_is_not_found_again() -> None:
    got: list[object] = []

    def told(thing: object) -> int:
        got.append(thing)
        thing.n += 10
        return thing.n

    assert m.pass_items(told) == 23
    assert m.pass_items(told) == 23
    assert len({id(one) for one in got}) == 4


def test_as_one_of_its_bases() -> None:
    derived, base = m.Derived(), m.Base()
    got: list[object] = []
    m.pass_base(derived, got.append)
    m.pass_base(base, got.append)
    assert got[0] is derived
    assert got[1] is base
    assert (got[0].kind(), got[1].kind()) == (1, 0)


def test_a_part_at_the_address_of_the_whole() -> None:
    outer = m.Outer()
    got: list[object] = []
    outer.pass_first(got.append)
    assert type(got[0]) is m.Thing
    part = outer.first
    outer.pass_first(got.append)
    assert got[1] is part
    assert got[0] is not part


def test_an_address_that_is_used_again() -> None:
    got: list[object] = []
    for n in range(100):
        thing = m.Thing(n)
        m.by_callback(thing, got.append)
        assert got.pop() is thing
        del thing
    assert m.pass_items(lambda t: t.n) == 3
