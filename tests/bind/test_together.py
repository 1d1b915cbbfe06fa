"""Several callables under one name in one definition are what the same ones are that are defined one by one."""

from __future__ import annotations

import sys
import types

import bind_together as m
import pytest
from interpreters import HAVE_OWN_GIL, Interpreter


class Index:
    def __index__(self) -> int:
        return 7


class Float(float):
    pass


class Text(str):
    __slots__ = ()


class Int(int):
    pass


class Listed:
    def __iter__(self):
        return iter([1, 2])

    def __len__(self) -> int:
        return 2

    def __getitem__(self, at: int) -> int:
        return [1, 2][at]


ARGUMENTS = (
    (),
    (0,), (-5,), (2**30 - 1,), (2**30,), (2**31 - 1,), (2**31,), (-(2**31) - 1,), (2**40,), (2**63,),
    (2**70,), (True,), (False,), (None,),
    (1.5,), (float("inf"),), (float("nan"),), (1e300,), (1e-300,), (Float(2.5),),
    ("",), ("abc",), ("größer",), ("日本",), ("\ud800",), ("a" * 1000,), (Text("abc"),),
    (b"abc",), ([],), ([1, 2],), ([1, "x"],), ((1, 2),), (range(3),), ({1: 2},), (Listed(),),
    (Index(),), (Int(3),), (object,),
    (1, 2), (1, 2.0), ("a", 1), ("a", "b"), (Text("a"), Int(2)), (True, 2), (1, 2**40), (None, None),
    (1.0, True, 3), (1, True, 3), (1.0, 1, 3), (1.0, True, 3.0), (1.0, True), (1, 2, 3, 4),
)  # fmt: skip


def outcome(call, *arguments, **named):
    """What came, or the error with its words, without the name that the two ways differ in."""
    try:
        result = call(*arguments, **named)
    except Exception as error:
        words = str(error).replace("_together", "_apart").replace("Together", "Apart")
        return type(error), words
    return type(result), repr(result)


FUNCTIONS = sorted(name.removesuffix("_apart") for name in dir(m) if name.endswith("_apart"))


def test_all_are_here() -> None:
    assert len(FUNCTIONS) == 11
    assert {f"{name}_together" for name in FUNCTIONS} <= set(dir(m))


# Those that take one argument each have CPython count the arguments.
ALL_TAKE_ONE = {"again", "failing", "ints", "pair", "rest"}


@pytest.mark.parametrize("arguments", ARGUMENTS, ids=[str(i) for i in range(len(ARGUMENTS))])
@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_call_is_the_same(name: str, arguments: tuple) -> None:
    together = outcome(getattr(m, f"{name}_together"), *arguments)
    apart = outcome(getattr(m, f"{name}_apart"), *arguments)
    if name in ALL_TAKE_ONE and len(arguments) != 1:
        assert together[0] is apart[0] is TypeError
        assert "exactly one argument" in together[1]
        assert "exactly one argument" not in apart[1]
    else:
        assert together == apart


@pytest.mark.parametrize("name", FUNCTIONS)
@pytest.mark.parametrize("named", [{"x": 1}, {"x": "a", "y": 2}, {"y": 2, "x": "a"}, {"z": 1}])
def test_names_are_the_same(name: str, named: dict) -> None:
    together = outcome(getattr(m, f"{name}_together"), **named)
    apart = outcome(getattr(m, f"{name}_apart"), **named)
    if name in ALL_TAKE_ONE:
        assert together[0] is apart[0] is TypeError
    else:
        assert together == apart


def test_what_is_chosen() -> None:
    assert m.pair_together(3) == "int 3"
    assert m.pair_together("x") == "text x"
    assert m.many_together() == "none"
    assert m.many_together(1, 2) == "ints 1, 2"
    assert m.many_together("a", 2) == "both a, 2"
    assert m.many_together(1.0, True, 2) == "three 1.000000 yes 2"
    assert m.many_together(True) == "true"
    assert m.many_together([1]) == "list of 1"
    assert m.named_together(y=2, x="a") == "both a, 2"
    assert m.preceded_together(3) == "long 3"
    assert m.failing_together("x") is None
    with pytest.raises(IndexError, match="less than nothing"):
        m.failing_together(-1)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_documentation_is_the_same(name: str) -> None:
    together = getattr(m, f"{name}_together")
    apart = getattr(m, f"{name}_apart")
    assert together.__doc__.replace("_together", "_apart") == apart.__doc__
    assert together.__text_signature__ == apart.__text_signature__


METHODS = ("put", "put_again", "put_also", "get", "__mul__", "__pow__")


@pytest.mark.parametrize("arguments", ARGUMENTS, ids=[str(i) for i in range(len(ARGUMENTS))])
@pytest.mark.parametrize("name", METHODS)
def test_a_method_is_the_same(name: str, arguments: tuple) -> None:
    one, other = m.Together(), m.Apart()
    together = outcome(getattr(one, name), *arguments)
    apart = outcome(getattr(other, name), *arguments)
    assert together == apart
    assert one.get() == other.get()


def test_methods_have_a_c_function_of_their_own() -> None:
    assert m.is_joined()


def test_operators() -> None:
    assert m.Together() * 2 == 4
    assert m.Together() * 2.0 == 6.0
    assert m.Together().__mul__("x") is NotImplemented
    with pytest.raises(TypeError, match="unsupported operand"):
        m.Together() * object()


# Python asks for three operands first, and then the other operand.
def test_the_power_of_three_operands_is_left_to_the_other() -> None:
    class Other:
        def __rpow__(self, other, modulus=None):
            return "other", modulus

    for one in (m.Together(), m.Apart()):
        assert (one**3, one**0.5) == (9, 0.25)
        assert one ** Other() == ("other", None)
        assert outcome(pow, one, 3, 5)[0] is TypeError
        if sys.version_info >= (3, 14):
            assert pow(one, Other(), 5) == ("other", 5)


def test_derived_classes() -> None:
    class Derived(m.Together):
        def put(self, x):
            super().put(x)
            return self.get(2)

    assert Derived().put(4) == "44"
    assert Derived().put("ab") == "abab"


def test_other_objects_are_refused() -> None:
    with pytest.raises(TypeError):
        m.Together.put(m.Apart(), 1)
    with pytest.raises(TypeError):
        m.Together.put(3, 1)
    empty = m.Together.__new__(m.Together)
    before = m.Apart.__new__(m.Apart)
    for given in (1, "x", None):
        assert outcome(empty.put, given) == outcome(before.put, given)
        assert outcome(empty.get, given) == outcome(before.get, given)


# Overloads are made when the body of a module ends.
def test_a_module_without_a_body_says_so() -> None:
    other = types.ModuleType("other")
    with pytest.raises(RuntimeError, match=r"module::def.*INTERLOCK_MODULE"):
        m.define_elsewhere(other)
    assert not hasattr(other, "pair")


IN_ANOTHER = """
    import bind_together as m

    box = m.Together()
    box.put(3)
    assert box.get() == "3" and box.get(2) == "33"
    box.put("ab")
    assert box.get() == "ab" and box.get("c") == "abc" and box.get([1]) == "ab1"
    assert box * 2 == 4 and box * 2.0 == 6.0
    assert m.pair_together(2) == "int 2" and m.pair_together("x") == "text x"
    for call in (box.put, m.pair_together):
        try:
            call(None)
        except TypeError as error:
            assert "expected int, got None" in str(error), error
        else:
            raise AssertionError("None was taken")
"""


# The C function of joined methods is the first interpreter's; another one calls them as it calls those that are apart.
@pytest.mark.skipif(not HAVE_OWN_GIL, reason="CPython 3.11 tells no interpreter from another")
def test_another_interpreter() -> None:
    other = Interpreter()
    try:
        other.run(IN_ANOTHER)
    finally:
        other.close()
    box = m.Together()
    box.put(1)
    assert box.get() == "1"
