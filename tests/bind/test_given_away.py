"""Objects that are given away to C++ (std::unique_ptr<T>): several in one call, and those of which Python has a part."""

from __future__ import annotations

import gc
from collections.abc import Callable

import bind_given_away as m
import pytest
from alone import one_at_a_time

BOTH = [
    m.take_both,
    lambda a, b: m.take_both_named(a, 0, b),
    lambda a, b: m.take_both_named(b=b, a=a, more=0),
    m.take_both_released,
    m.view_both,
    m.Couple,
    lambda a, b: m.both_taker()(a, b),
    lambda a, b: m.Wheel(0).eat(a, b),
]


def check_gone(*given: m.Part) -> None:
    for one in given:
        with pytest.raises((TypeError, RuntimeError), match=r"was given away to C\+\+"):
            one.value += 1


@pytest.mark.parametrize("call", BOTH)
@one_at_a_time
def test_neither_is_taken_where_the_other_cannot_be(
    call: Callable[[object, object], object],
) -> None:
    before = m.alive()
    p, shared = m.Part(1), m.Wheel(2)
    m.share(shared)
    try:
        for a, b in ((p, shared), (shared, p), (p, p), (p, "x"), (3, p)):
            with pytest.raises(TypeError):
                call(a, b)
            assert (p.value, shared.value) == (1, 2)
    finally:
        m.share(None)
    call(p, shared)
    check_gone(p, shared)
    for a, b in ((m.Part(3), p), (p, m.Part(4))):
        with pytest.raises(TypeError, match="given away"):
            call(a, b)
    del p, shared, a, b
    gc.collect()
    assert m.alive() == before


@one_at_a_time
def test_a_method_does_not_take_the_object_that_it_is_called_on() -> None:
    p, w = m.Part(1), m.Wheel(2)
    for a, b in ((p, w), (w, p)):
        with pytest.raises(TypeError, match="a bound function works on it"):
            w.eat(a, b)
    assert (p.value, w.value) == (1, 2)
    assert w.eat(p, m.Wheel(4)) == 7


def test_why_is_said() -> None:
    p = m.Part(1)
    with pytest.raises(TypeError, match=r"the same .*Part object is given twice"):
        m.take_both(p, p)
    assert m.take_both(p, None) == 1
    with pytest.raises(TypeError, match=r"given away"):
        m.take_both(None, p)
    assert m.take_both(None, None) == 0
    assert m.take_both_named(m.Part(4), 1) == 5
    assert m.take_both_released(m.Part(1), m.Wheel(2)) == 3
    assert m.view_both(m.Part(1), m.Part(5)) == "large"
    assert m.Couple(m.Part(1), m.Part(6)).total == 7


@one_at_a_time
def test_what_goes_while_other_arguments_are_converted_takes_none_with_it() -> None:
    p, q = m.Part(1), m.Part(2)

    class Taker:
        def __index__(self) -> int:
            return m.take_both(q, None)

    with pytest.raises(TypeError, match="given away"):
        m.take_both_named(p, Taker(), q)
    assert p.value == 1


# ---- parts -------------------------------------------------------------------------------------------------------------------------


def test_parts_that_lie_elsewhere_keep_the_whole() -> None:
    """The object is moved out of its instance, and what it has elsewhere goes with it: to whoever ends it in C++."""
    b = m.Branch()
    outer = [b.outer, b.outer]
    inner = b.inner
    with pytest.raises(TypeError, match="Python has a part of it"):
        m.cut(b)
    assert (outer.pop().size, inner.size) == (7, 4)
    with pytest.raises(TypeError, match="Python has a part of it"):
        m.cut(b)
    outer.clear()
    gc.collect()
    assert m.cut(b) == 11
    # What lies in the instance stays there.
    del b
    gc.collect()
    assert inner.size == 4

    r = m.Row()
    first = r.front()
    with pytest.raises(TypeError, match="Python has a part of it"):
        m.drop(r)
    assert first.size == 1
    del first
    gc.collect()
    assert m.drop(r) == 2


def test_a_part_outlives_the_name_of_its_whole() -> None:
    outer = m.Branch().outer
    gc.collect()
    assert outer.size == 7
    del outer
    gc.collect()
    b = m.Branch()
    assert m.cut(b) == 11
