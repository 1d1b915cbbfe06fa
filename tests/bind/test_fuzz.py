"""Random calls: nested values, hostile ones among them, through every conversion, and sets of names through every form of call.

A call gives a value or an exception that Python code would meet here too, and leaves as many references as there were. The
seed is printed; INTERLOCK_FUZZ_SEED repeats it, INTERLOCK_FUZZ_CASES sets how many calls each function gets.
"""

from __future__ import annotations

import array
import collections
import datetime
import decimal
import fractions
import gc
import importlib
import inspect
import itertools
import os
import pathlib
import random
import sys
import threading
import types
import typing

import pytest
from references import counts

if typing.TYPE_CHECKING:
    from collections.abc import Callable, Iterator

pytestmark = pytest.mark.timeout(
    300
)  # a deep value that fits nothing takes seconds under a sanitizer
CASES = int(os.environ.get("INTERLOCK_FUZZ_CASES", "60"))
SEED = int(os.environ.get("INTERLOCK_FUZZ_SEED", "") or int.from_bytes(os.urandom(4), "big"))
MODULES = ["convert_echo", "convert_library_types", "convert_aggregates", "bind_parameters"]
# What they get they give back: a second time it comes back as it is.
ECHOES = {"convert_echo", "convert_aggregates"}
# But these, which tell something of it.
ANSWERS = {
    *("which", "which_number", "which_float", "which_int", "kind_of", "total"),
    *("swallow", "kind", "area", "secret"),
    *("plant", "plant_quietly"),
}


class Hostile(Exception):
    """What the hostile values raise."""


# Everything else is a mistake of the library: SystemError, for one, is an error beside a result, or neither. (Some functions
# raise LookupErrors of their own.)
EXPECTED = (
    TypeError,
    ValueError,
    OverflowError,
    RuntimeError,
    AttributeError,
    LookupError,
    Hostile,
    OSError,
)


def functions() -> list[tuple[str, str]]:
    found = []
    for name in MODULES:
        module = importlib.import_module(name)
        found += [
            (name, each)
            for each, value in sorted(vars(module).items())
            if not each.startswith("_") and callable(value)
        ]
    return found


# ---- values ----------------------------------------------------------------------------------------------------------


def raising(*_: object) -> typing.Any:
    raise Hostile("on purpose")


def short(_: object, at: object = 0, *__: object) -> object:
    if isinstance(at, int) and at < 3:
        return at
    raise IndexError(at)


def hostile(chance: random.Random) -> object:
    """An object with some of the special methods, of which some raise, lie, or give what they must not."""
    members: dict[str, object] = {}
    results: dict[str, list[object]] = {
        "__len__": [3, 2**40],
        "__iter__": [iter([1, 2]), 5],
        "__getitem__": [],
        "__index__": [7, 2**70, "x"],
        "__float__": [1.5, 7, None],
        "__complex__": [1j, 2],
        "__bool__": [True, 3],
        "__fspath__": ["a/b", b"a", 3],
        "__str__": ["text", 3],
        "__repr__": ["text", 3],
        "__hash__": [1, "x"],
        "__eq__": [True, NotImplemented],
        "keys": [["a"], 3],
        "x": [1.0],
        "y": [2.0],
        "name": ["text"],
        "errno": [2],
    }
    for name in chance.sample(sorted(results), chance.randrange(1, 6)):
        if chance.random() < 0.3:
            members[name] = raising
        elif name == "__getitem__":
            members[name] = short
        else:
            result = chance.choice(results[name])
            plain = not (name.startswith("__") or name == "keys")
            members[name] = result if plain else (lambda *_, given=result: given)
    base = chance.choice([(), (), (), (int,), (float,), (str,), (list,), (tuple,), (dict,)])
    try:
        return type("Hostile", base, members)()
    except Exception:
        return object()


def changing(chance: random.Random) -> object:
    """A container that an item of it empties while it is read."""
    items: list[object] = []
    mapping: dict[object, object] = {}

    def clear(_: object) -> int:
        items.clear()
        mapping.clear()
        return 1

    evil = type("Evil", (), {"__index__": clear, "__float__": clear, "__fspath__": clear})()
    items += [1, evil, 2.5, "x"]
    mapping |= {"a": evil, "b": 2, 3: evil}
    return chance.choice([items, mapping])


def halfway(chance: random.Random) -> Iterator[object]:
    for _ in range(chance.randrange(3)):
        yield chance.choice([1, "x", 2.5])
    raise Hostile("half-way")


def leaf(chance: random.Random, held: list[object]) -> object:
    made: list[Callable[[], object]] = [
        lambda: chance.choice(held),
        lambda: chance.choice([None, True, False, 0, 1, -1, 255, 256]),
        lambda: chance.choice([1, -1]) * 2 ** chance.choice([7, 15, 31, 32, 63, 64, 127, 128, 500]),
        lambda: chance.choice([0.0, -0.0, 1e308, float("nan"), float("inf"), 5e-324, 0.57]),
        lambda: chance.choice(
            ["", "x", "y", "a\0b", "é", "\udc80", "\U0001f600", "name", "x" * 300]
        ),
        lambda: chance.choice([b"", b"ab", bytearray(b"abc"), memoryview(b"abcdef")[::2]]),
        lambda: array.array(chance.choice("bBhHiIlLqQfd"), [1, 2, 3]),
        lambda: memoryview(array.array("d", range(6))).cast("B").cast("d", [2, 3]),
        lambda: chance.choice(
            [1j, complex("nan"), decimal.Decimal("1.5"), fractions.Fraction(1, 3)]
        ),
        lambda: chance.choice(
            [object(), int, len, raising, NotImplemented, ..., types.SimpleNamespace(x=1, y=2)]
        ),
        lambda: datetime.timedelta(chance.randrange(-(10**8), 10**8), 3, 7),
        lambda: datetime.datetime(
            chance.choice([1, 1970, 2026, 9999]), 2, 3, tzinfo=chance.choice([None, datetime.UTC])
        ),
        lambda: chance.choice([datetime.date(2026, 1, 2), datetime.time(1)]),
        lambda: pathlib.Path("a") / "b",
        lambda: chance.choice(
            [OSError(2, "x"), OSError(), FileNotFoundError(2, "x"), KeyError("x")]
        ),
        lambda: hostile(chance),
        lambda: hostile(chance),
        lambda: changing(chance),
        lambda: halfway(chance),
    ]
    return chance.choice(made)()


def key(chance: random.Random, held: list[object]) -> object:
    return chance.choice([*held, "x", "y", "a", "name", "years", "width", 1, 2.5, None, (1, "x")])


def value(chance: random.Random, held: list[object], depth: int = 3) -> object:
    if depth == 0 or chance.random() < 0.35:
        return leaf(chance, held)
    same = chance.random() < 0.6  # all items alike, as conversions want them
    first = value(chance, held, depth - 1)

    def item() -> object:
        return first if same else value(chance, held, depth - 1)

    size = chance.choice([0, 1, 2, 2, 2, 3, 3, 5])
    shape = chance.randrange(9)
    if shape <= 1:
        return [item() for _ in range(size)]
    if shape <= 3:
        return tuple(item() for _ in range(size))
    if shape == 4:
        return iter([item() for _ in range(size)])
    if shape == 5:
        return collections.deque(item() for _ in range(size))
    if shape == 6:
        return {key(chance, held) for _ in range(size)}
    if shape == 7:
        return {key(chance, held): item() for _ in range(size)}
    nested: list[object] = []
    nested.append(nested)
    return nested


# ---- calls -----------------------------------------------------------------------------------------------------------


def names_of(function: object) -> list[str]:
    try:
        return list(inspect.signature(function).parameters)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return []


def call(chance: random.Random, function: Callable[..., object], held: list[object]) -> object:
    names = [*names_of(function), "".join(["no", "ne"]), "a", "é"]
    positional = [value(chance, held) for _ in range(chance.choice([0, 1, 1, 1, 1, 2, 3]))]
    named: dict[str, object] = {}
    if chance.random() < 0.4:
        # Names that are made at run time are other objects than those that were met before.
        for name in chance.sample(names, chance.randrange(min(4, len(names)))):
            named["".join(list(name))] = value(chance, held)
    return function(*positional, **named)


def cases(module: str, name: str, seed: str, held: list[object], count: int) -> tuple[int, int]:
    """How many calls fitted, and how many did not."""
    function = getattr(importlib.import_module(module), name)
    chance = random.Random(seed)
    fitted = refused = 0
    for _ in range(count):
        try:
            result = call(chance, function, held)
        except EXPECTED as error:
            refused += 1
            error.__traceback__ = error.__context__ = error.__cause__ = None
            continue
        fitted += 1
        del result
    return fitted, refused


def own_objects() -> list[object]:
    """Of this run alone: constants are shared, also with other threads."""
    return [
        object(),
        int("1" * 30),
        int("1234567"),
        float("1.2345"),
        "".join(["tex", "t"]),
        b"".join([b"by", b"tes"]),
        (int("7654321"),),
        frozenset([int("98765")]),
    ]


@pytest.fixture(scope="module", autouse=True)
def few_to_collect() -> Iterator[None]:
    """What there is already is left out of the collections of the tests."""
    gc.collect()
    gc.freeze()
    yield
    gc.unfreeze()


@pytest.mark.parametrize(("module", "name"), functions())
def test_random_calls(module: str, name: str) -> None:
    print(f"INTERLOCK_FUZZ_SEED={SEED}")
    held = own_objects()
    seed = f"{SEED} {module} {name}"
    fitted, refused = cases(module, name, seed, held, CASES)
    assert fitted + refused == CASES
    gc.collect()
    # What is made once, at the first call or the first error, is made now.
    before = counts(held)
    total = getattr(sys, "gettotalrefcount", int)
    all_before = total()
    cases(module, name, seed, held, CASES)
    gc.collect()
    assert counts(held) == before
    # Counted for all threads together; where several run this, each counts its own objects alone.
    if all_before and threading.active_count() == 1:
        # A reference that each call loses is lost every time. What CPython keeps of the calls, for instance names in its cache of
        # methods, comes to an end: on 3.14 after up to ten times.
        grown = [total() - all_before]
        while grown[-1] >= CASES and len(grown) < 40:
            all_before = total()
            cases(module, name, seed, held, CASES)
            gc.collect()
            grown.append(total() - all_before)
        assert grown[-1] < CASES, grown


def test_what_comes_out_goes_in_again() -> None:
    print(f"INTERLOCK_FUZZ_SEED={SEED}")
    chance = random.Random(SEED)
    held = own_objects()
    several = [(m, n) for m, n in functions() if m in ECHOES and n not in ANSWERS]
    came_back = 0
    for (module, name), _ in itertools.product(several, range(CASES)):
        function = getattr(importlib.import_module(module), name)
        if isinstance(function, type):
            continue
        try:
            result = function(value(chance, held))
        except EXPECTED:
            continue
        came_back += 1
        again = function(result)
        try:
            same = bool(again == result) or repr(again) == repr(result)
        except Hostile:
            # An object whose own comparison raises went through, and cannot be compared.
            same = type(again) is type(result)
        assert same, (module, name, type(result))
    assert came_back > 0
