"""Calls at random: what Python's own rules accept is accepted, all else is a TypeError, and no call leaks a reference."""

from __future__ import annotations

import contextlib
import gc
import inspect
import random
import sys

import bind_parameters as m
import pytest

FUNCTIONS = [
    *("plain", "named", "one_of_each", "all_by_position", "all_by_keyword", "last_two_default"),
    *("defaults_by_position", "keyword_without_default_behind_one_with"),
    *("named_rest", "named_names", "named_both", "position_both"),
    *("default_both", "behind_rest", "everything", "by_value", "rest_alone", "names_alone"),
    *("unnamed_rest", "wide_defaults"),
]
NAMES = ["a", "b", "c", "d", "x", "class", "for", "lambda", "p3", "p69", "args", "kwargs", "", "é"]
ROUNDS = 400


def arguments(chance: random.Random) -> tuple[list[object], dict[str, object]]:
    known = chance.random() < 0.5
    positional: list[object] = [chance.randrange(100) for _ in range(chance.choice(range(6)))]
    names = chance.sample(NAMES[:4] if known else NAMES, chance.choice(range(5)))
    # Names that are made at run time are other objects than those that were met before.
    return positional, {"".join(list(name)): chance.randrange(100) for name in names}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_calls_are_bound_as_python_binds_them(name: str) -> None:
    function = getattr(m, name)
    signature = inspect.signature(function)
    parameters = signature.parameters.values()
    by_position_alone = {p.name for p in parameters if p.kind is p.POSITIONAL_ONLY}
    if any(p.kind is p.VAR_KEYWORD for p in parameters):
        by_position_alone.clear()
    needed = sum(p.kind is p.POSITIONAL_ONLY and p.default is p.empty for p in parameters)
    chance = random.Random(name)
    accepted = 0
    for _ in range(ROUNDS):
        positional, named = arguments(chance)
        try:
            # inspect's bind lets a positional-only parameter be named where one before it has its default; a call does not.
            if named.keys() & by_position_alone:
                raise TypeError("named, and by position alone")
            # And that of 3.13.0 lets one be left out where its name goes to **kwargs.
            if len(positional) < needed:
                raise TypeError("missing")
            bound = signature.bind(*positional, **named)
        except TypeError:
            with pytest.raises(TypeError) as caught:
                function(*positional, **named)
            assert str(caught.value).startswith((f"{name}(): ", f"bind_parameters.{name}() takes"))
            continue
        accepted += 1
        # Given by position and by name alike: the same values reach the same parameters.
        assert function(*positional, **named) == function(*bound.args, **bound.kwargs)
    assert accepted > 0


class Refused:
    """Fits no parameter, and counts as what it is."""


@pytest.mark.parametrize("name", [*FUNCTIONS, "takes_none", "refuses_none", "exact_vector"])
def test_no_call_leaks_a_reference(name: str) -> None:
    function = getattr(m, name)
    # Objects of this call's own: constants are shared between threads that run this at once.
    numbers = [int(f"100000000{i}") for i in range(4)]
    text = "".join(["tex", "t"])
    values = [Refused(), numbers[0], text, numbers[1:3], (numbers[3],), None]
    keys = ["".join(["na", "me", str(i)]) for i in range(3)] + ["a", "b", "c", "x"]
    counted = [values[0], text, *numbers, *keys[:3]]

    def calls() -> None:
        chance = random.Random(name)
        for _ in range(ROUNDS):
            positional = chance.choices(values, k=chance.choice(range(5)))
            names = chance.sample(keys, chance.choice(range(4)))
            named = dict(zip(names, chance.choices(values, k=4), strict=False))
            with contextlib.suppress(TypeError, OverflowError):
                function(*positional, **named)

    calls()  # what is remembered is remembered the first time
    gc.collect()
    before = [sys.getrefcount(each) for each in counted]
    calls()
    gc.collect()
    assert [sys.getrefcount(each) for each in counted] == before
