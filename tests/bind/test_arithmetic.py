"""Operators of bound classes, which stand in the slots of their types: what can be seen of them is as with methods by name."""

from __future__ import annotations

import operator
import sys
from collections.abc import Callable, Iterator

import bind_arithmetic as m
import pytest

BINARY = [
    operator.add, operator.sub, operator.mul, operator.truediv, operator.mod,
    operator.lshift, operator.rshift, operator.and_, operator.or_, operator.xor,
]  # fmt: skip
IN_PLACE = [
    operator.iadd, operator.isub, operator.imul, operator.itruediv, operator.imod,
    operator.ilshift, operator.irshift, operator.iand, operator.ior, operator.ixor,
]  # fmt: skip
METHODS = ["add", "sub", "mul", "truediv", "mod", "lshift", "rshift", "and", "or", "xor"]
Operator = Callable[[object, object], object]


def in_c(what: Operator) -> Operator:
    return operator.floordiv if what is operator.truediv else what


@pytest.mark.parametrize("what", BINARY)
def test_operators_of_two(what: Operator) -> None:
    a, b, expected = m.Number(29), m.Number(3), in_c(what)(29, 3)
    made = what(a, b)
    assert (type(made), made.value) == (m.Number, expected)
    assert what(a, 3).value == what(29, b).value == expected
    assert (a.value, b.value) == (29, 3)
    assert what(b, b).value == in_c(what)(3, 3)


@pytest.mark.parametrize(("what", "plain"), list(zip(IN_PLACE, BINARY, strict=True)))
def test_operators_in_place(what: Operator, plain: Operator) -> None:
    for other in (m.Number(3), 3):
        a = m.Number(29)
        assert what(a, other) is a
        assert a.value == in_c(plain)(29, 3)
    a = m.Number(2)
    assert what(a, a) is a
    assert a.value == in_c(plain)(2, 2)


def test_in_place_with_what_is_of_another_class() -> None:
    t = same = m.Tally()
    t += 5
    t -= m.Number(2)
    assert t is same
    assert t.count == 3
    for wrong in ("x", 1.5, None, m.Number(1)):
        with pytest.raises(TypeError, match="unsupported operand"):
            t += wrong
    with pytest.raises(ValueError, match="thirteen"):
        t += 10
    with pytest.raises(TypeError, match="unsupported operand"):
        t -= 1

    class Mine(m.Tally):
        pass

    mine = Mine()
    mine += 4
    assert (type(mine), mine.count, t.count) == (Mine, 4, 3)
    assert m.take_tally(t) == 3
    with pytest.raises(TypeError):
        t += 1


@pytest.mark.parametrize(("what", "method"), list(zip(BINARY, METHODS, strict=True)))
def test_what_does_not_fit_is_left_to_the_other_operand(what: Operator, method: str) -> None:
    n = m.Number(1)
    for other in ("x", 1.5, None, object()):
        assert getattr(m.Number, f"__{method}__")(n, other) is NotImplemented
        assert getattr(m.Number, f"__i{method}__")(n, other) is NotImplemented
        for operands in ((n, other), (other, n)):
            # The text has its own +, * and %, with words of their own.
            if not (operands[0] == "x" and what is operator.mod):
                with pytest.raises(TypeError, match=r"unsupported|concatenate|multiply"):
                    what(*operands)
    with pytest.raises(TypeError, match="unsupported operand type"):
        IN_PLACE[BINARY.index(what)](n, "x")

    asked = []

    class Other:
        pass

    def answer(name: str) -> Callable[[object, object], str]:
        def method(_: object, other: object) -> str:
            asked.append((name, other))
            return name

        return method

    setattr(Other, f"__{method}__", answer("first"))
    setattr(Other, f"__r{method}__", answer("second"))
    assert what(n, Other()) == "second"
    assert what(Other(), n) == "first"
    assert IN_PLACE[BINARY.index(what)](n, Other()) == "second"
    assert asked == [("second", n), ("first", n), ("second", n)]


def test_errors_pass_through() -> None:
    a = m.Number(6)
    for left, right in ((a, m.Number(7)), (a, 7), (6, m.Number(7))):
        with pytest.raises(ValueError, match="thirteen"):
            left + right
    with pytest.raises(ValueError, match="thirteen"):
        a += m.Number(7)
    assert a.value == 6
    # What does not convert is left to the other operand here too.
    with pytest.raises(TypeError, match="unsupported operand"):
        a + 2**40


@pytest.mark.parametrize("what", BINARY)
def test_objects_without_a_value(what: Operator) -> None:
    a, new = m.Number(1), m.Number.__new__(m.Number)
    in_place = IN_PLACE[BINARY.index(what)]
    for operands in ((a, new), (new, a), (new, new), (new, 1), (1, new)):
        with pytest.raises(TypeError, match="Number object was not initialized"):
            what(*operands)
    for operands in ((a, new), (new, a), (new, 1)):
        with pytest.raises(TypeError, match="Number object was not initialized"):
            in_place(*operands)
    assert a.value == 1
    gone = m.Number(1)
    assert m.take_away(gone) == 1
    for operands in ((gone, 1), (gone, a), (a, gone)):
        with pytest.raises(TypeError, match="Number object was given away"):
            what(*operands)
    # Of another class, it is left to that.
    other = m.Tally.__new__(m.Tally)
    with pytest.raises(TypeError, match="unsupported operand"):
        what(a, other)


def test_objects_without_a_value_are_not_compared() -> None:
    level, new = m.Level(), m.Level.__new__(m.Level)
    for operands in ((level, new), (new, level), (new, new), (1, new)):
        with pytest.raises(TypeError, match="Level object was not initialized"):
            operator.lt(*operands)


def test_a_python_class_that_derives() -> None:
    class Plain(m.Number):
        pass

    class Mine(m.Number):
        def __add__(self, other: object) -> str:
            return "mine"

        def __radd__(self, other: object) -> str:
            return "mine, reflected"

    a, plain, mine = m.Number(1), Plain(2), Mine(3)
    assert [(a + plain).value, (plain + a).value, (plain + plain).value, (plain + 1).value] == [
        3, 3, 4, 3]  # fmt: skip
    assert (mine + a, mine + 1, a + mine) == ("mine", "mine", "mine, reflected")
    assert (plain + mine).value == 5  # neither class derives from the other
    assert (a - mine).value == -2
    plain += a
    assert (type(plain), plain.value) == (Plain, 3)


def test_bound_classes_that_derive() -> None:
    a, w = m.Number(5), m.Whole(3)
    # By Whole's own; and by those that it has of Number.
    assert (type(w - m.Whole(1)), (w - m.Whole(1)).value) == (m.Whole, 2)
    assert (type(w + w), (w + w).value, (a + w).value, (w + a).value, (w * 2).value) == (
        m.Number, 6, 8, 8, 6)  # fmt: skip
    assert ((a - w).value, (a - a).value) == (2, 0)
    w += a
    assert (type(w), w.value) == (m.Whole, 8)
    with pytest.raises(TypeError, match="unsupported operand"):
        w + "x"


@pytest.fixture
def restored() -> Iterator[None]:
    kept = dict(vars(m.Number))
    yield
    for name in ("__add__", "__radd__", "__iadd__"):
        setattr(m.Number, name, kept[name])


@pytest.mark.thread_unsafe(reason="replaces methods of a class")
@pytest.mark.usefixtures("restored")
def test_a_method_that_python_replaces() -> None:
    a, b, w = m.Number(1), m.Number(2), m.Whole(3)
    kept = m.Number.__add__
    m.Number.__add__ = lambda self, other: "replaced"
    assert (a + b, a + 1, a + w, w + a) == ("replaced",) * 4
    del m.Number.__add__
    # Number's own reflected method takes ints alone.
    with pytest.raises(TypeError, match="unsupported operand"):
        a + b
    with pytest.raises(TypeError, match="unsupported operand"):
        w + w
    assert (1 + a).value == 2
    m.Number.__radd__ = lambda self, other: "reflected"
    assert (1 + a, 1 + w, b"" + a) == ("reflected",) * 3
    m.Number.__add__ = kept
    assert ((a + b).value, (w + w).value, 1 + a) == (3, 6, "reflected")
    m.Number.__iadd__ = lambda self, other: "in place"
    a += b
    assert a == "in place"


def test_values_that_lie_elsewhere() -> None:
    h = m.Held()
    h.value = 4
    assert h + h == 8
    assert h + m.Held() == 5
    with pytest.raises(TypeError, match="unsupported operand"):
        h + 1


def test_an_operator_that_gives_its_operand_and_one_that_converts() -> None:
    chain = m.Chain()
    assert chain << 1 << 2.5 is chain
    assert (chain.sum, chain * 2) == (3.5, 7.0)

    class Two:
        def __float__(self) -> float:
            return 2.0

    assert chain * Two() == 7.0


def test_an_operator_that_gives_a_reference_to_what_it_has() -> None:
    s = m.Shown()
    assert (s + 1, ~s) == ("shown", 3)
    other = s - 1
    assert other is not s
    assert other + 1 == "shown"


def test_a_comparison_with_the_operands_turned_is_another_one() -> None:
    a, b = m.Level(), m.Level()
    assert (a < b, a > 4, a > 5, a > 6) == (False, True, False, False)
    with pytest.raises(TypeError, match="not supported"):
        a < 4  # noqa: B015


@pytest.mark.skipif(not hasattr(sys, "getrefcount"), reason="counts references")
@pytest.mark.thread_unsafe(reason="counts references that other threads hold too")
def test_no_reference_is_lost_or_kept() -> None:
    a, b, text = m.Number(1), m.Number(2), object()
    counts = [sys.getrefcount(x) for x in (a, b, text, m.Number, NotImplemented)]
    for _ in range(1000):
        a + b
        a + 1
        1 + a
        a += b
        a -= 2
        with pytest.raises(TypeError):
            a + text
        with pytest.raises(TypeError):
            text + a
    after = [sys.getrefcount(x) for x in (a, b, text, m.Number, NotImplemented)]
    assert all(y - x < 100 for x, y in zip(counts, after, strict=True)), (counts, after)
