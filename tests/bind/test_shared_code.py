"""Constructors, comparisons, iteration and copies by code that classes share: what can be seen of them is as with their own."""

from __future__ import annotations

import copy
import gc
import inspect

import bind_shared_code as m
import pytest
from alone import one_at_a_time


def test_constructors_of_several_numbers_and_texts() -> None:
    e = m.Every(-128, 65535, -5, 2**64 - 1, 1.5, 2.5, True, "text")
    assert e.all() == (-128, 65535, -5, 2**64 - 1, 1.5, 2.5, True, "text")
    # What is not of the most usual form is loaded as elsewhere.
    assert m.Every(1, 2, 3, 4, 5, 6, False, "\xfc\u4e00").all() == (
        (1, 2, 3, 4, 5.0, 6.0, False, "\xfc\u4e00")
    )
    assert "All kinds." in str(m.Every.__init__.__doc__)
    assert len(inspect.signature(m.Every).parameters) == 8
    with pytest.raises(OverflowError, match=r"Every.__init__\(\): argument 1"):
        m.Every(128, 1, 1, 1, 1, 1, True, "")
    with pytest.raises(OverflowError, match=r"argument 4"):
        m.Every(1, 1, 1, -1, 1, 1, True, "")
    with pytest.raises(TypeError, match=r"argument 8"):
        m.Every(1, 1, 1, 1, 1, 1, True, b"")
    with pytest.raises(TypeError, match=r"argument 8 missing"):
        m.Every(1, 2)
    with pytest.raises(TypeError, match="by keyword"):
        m.Pair(1, b=2)
    assert m.Many(*range(17)).sum == sum(range(17))


def test_constructors_of_derived_classes_and_twice() -> None:
    class Derived(m.Pair):
        def __init__(self) -> None:
            super().__init__(3, 4)

    d = Derived()
    assert (d.a, d.b) == (3, 4)
    with pytest.raises(TypeError, match="was initialized before"):
        d.__init__()
    with pytest.raises(TypeError, match="was initialized before"):
        m.Pair(1, 2).__init__(1, 2)
    p = m.Pair.__new__(m.Pair)

    class Initializes:
        def __index__(self) -> int:
            p.__init__(8, 9)
            return 1

    # The object is looked at once the arguments are there: loading them has run Python code.
    with pytest.raises(TypeError, match="was initialized before"):
        p.__init__(1, Initializes())
    assert (p.a, p.b) == (8, 9)
    with pytest.raises(TypeError, match="another C\\+\\+ class"):
        m.Pair.__init__(m.Ordered.__new__(m.Ordered), 1, 2)


def test_constructors_that_throw_leave_nothing_behind() -> None:
    before = m.alive()
    with pytest.raises(ValueError, match="a is above b"):
        m.Counted(2, 1)
    with pytest.raises(SystemError, match="exception of type int"):
        m.Counted(1, 1)
    assert m.alive() == before
    c = m.Counted(1, 2)
    d = copy.copy(c)
    assert (m.alive(), d.a) == (before + 2, 1)
    del c, d
    gc.collect()
    assert m.alive() == before


def test_values_that_lie_outside() -> None:
    both = m.Both(5, 6)
    assert (both.left, both.right, m.right_of(both)) == (5, 6, 6)
    twin = copy.deepcopy(both)
    del both
    assert (twin.left, m.right_of(twin)) == (5, 6)


def test_memory_that_is_a_class_own() -> None:
    o = m.OwnMemory(2, 3)
    assert (copy.copy(o).sum, m.take(o), m.allocated()) == (5, 5, 0)
    with pytest.raises(TypeError):
        _ = o.sum
    p = m.make_pair()
    assert (p.a, copy.copy(p).b, m.take_pair(p)) == (5, 6, 5)


def test_comparisons() -> None:
    a, b = m.Pair(1, 2), m.Pair(1, 2)
    assert a == b
    assert (a != b) is False
    assert a != m.Pair(1, 3)
    assert m.Pair(4, 4) == 4
    assert m.Pair(4, 4) != 5
    assert a != "text"
    assert a.__eq__("text") is NotImplemented
    assert m.Pair.__eq__(a, b) is True
    assert a.__ne__(b) is False
    assert m.Pair(0, 0) < a
    assert a > m.Pair(0, 0)
    with pytest.raises(TypeError, match="not supported"):
        a <= b  # noqa: B015
    with pytest.raises(TypeError, match="not supported"):
        a < 1  # noqa: B015
    with pytest.raises(ValueError, match="thirteen"):
        m.Pair(13, 0) == a  # noqa: B015
    with pytest.raises(ValueError, match="thirteen"):
        m.Pair(13, 0) != a  # noqa: B015
    assert (m.Odd() == m.Odd()) == 7
    assert (m.Odd() != m.Odd()) is False
    u = m.Unequal()
    assert u == u
    assert u != u


def test_comparisons_of_derived_classes() -> None:
    low, high = m.Ordered(1, 1), m.Ordered(2, 2)
    assert low <= high
    assert low == m.Pair(1, 1)
    assert m.Pair(1, 1) == low
    assert low < high
    assert low != high

    class Mine(m.Pair):
        def __eq__(self, other: object) -> bool:
            return other == "mine"

        __hash__ = None  # type: ignore[assignment]

    class Plain(m.Pair):
        pass

    assert Mine(1, 2) == "mine"
    assert m.Pair(1, 2) != Mine(1, 2)  # the derived class is asked first
    assert Plain(1, 2) == m.Pair(1, 2) == Plain(1, 2)
    assert Plain(1, 2) != Plain(1, 3)
    Plain.__eq__ = lambda self, other: True  # type: ignore[method-assign, assignment]
    assert Plain(1, 2) == Plain(1, 3)


@one_at_a_time  # the class is the module's
def test_a_comparison_that_python_replaces() -> None:
    a, b = m.Unequal(), m.Unequal()
    kept = m.Unequal.__eq__
    try:
        m.Unequal.__eq__ = lambda self, other: "replaced"
        assert (a == b) == "replaced"
        m.Unequal.__lt__ = lambda self, other: "less"
        assert (a < b) == "less"
    finally:
        m.Unequal.__eq__ = kept
        if "__lt__" in vars(m.Unequal):
            del m.Unequal.__lt__
    assert (a == b) is True
    assert (a != b) is True


def test_comparisons_of_objects_without_a_value() -> None:
    a = m.Pair(1, 2)
    new = m.Pair.__new__(m.Pair)
    with pytest.raises(TypeError, match="was not initialized"):
        new == a  # noqa: B015
    gone = m.Pair(1, 2)
    m.take_pair(gone)
    with pytest.raises(TypeError):
        gone == a  # noqa: B015


def test_iteration_over_memory() -> None:
    numbers = m.Numbers()
    it = iter(numbers)
    assert [next(it), *it, *it] == [1, 2, 3]
    assert next(it, "end") == "end"
    it = iter(numbers)
    assert next(it) == 1
    m.take_numbers(numbers)
    with pytest.raises(TypeError):
        next(it)
