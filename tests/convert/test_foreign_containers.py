"""Containers of Boost and Abseil: they are converted by what they can do, as those of the standard library are."""

from __future__ import annotations

import array
import gc
import importlib.util
import sys
import typing

import pytest


def module(name: str, packages: str) -> typing.Any:
    if importlib.util.find_spec(name) is None:
        return pytest.skip(f"{packages} was not there when the tests were built")
    return importlib.import_module(name)


@pytest.fixture(scope="module")
def boost() -> typing.Any:
    return module("convert_boost", "Boost (libboost-dev)")


@pytest.fixture(scope="module")
def abseil() -> typing.Any:
    return module("convert_abseil", "Abseil (libabsl-dev)")


def test_sequences_of_boost(boost: typing.Any) -> None:
    for name in ["vector", "small_vector", "deque", "list_"]:
        same = getattr(boost, name)
        assert same([1, 2, 3]) == [1, 2, 3]
        assert same(iter(range(20))) == list(range(20))
        assert same(()) == []
        with pytest.raises(TypeError, match="item 1: expected int, got str"):
            same([1, "2"])
    assert boost.stable_vector(["a", "b"]) == ["a", "b"]
    assert boost.array([1, 2, 3]) == [1, 2, 3]
    with pytest.raises(ValueError, match="expected 3 items, got 2"):
        boost.array([1, 2])


def test_a_container_that_is_full_says_so(boost: typing.Any) -> None:
    assert boost.static_vector([1, 2, 3, 4]) == [1, 2, 3, 4]
    with pytest.raises((MemoryError, RuntimeError, ValueError)):
        boost.static_vector([1, 2, 3, 4, 5])


def test_mappings_and_sets_of_boost(boost: typing.Any) -> None:
    assert boost.flat_map({"b": 1, "a": 2}) == {"a": 2, "b": 1}
    assert boost.map_({"b": {3, 1}}) == {"b": {1, 3}}
    assert boost.unordered_map({"x": None, "y": 2}) == {"x": None, "y": 2.0}
    assert boost.flat_set({3, 1}) == {1, 3}
    assert boost.unordered_set(frozenset({"a"})) == {"a"}
    assert boost.multimap({"a": [1, 1, 2], "b": ()}) == {"a": [1, 1, 2]}
    with pytest.raises(TypeError, match="key 'b': expected int, got str"):
        boost.flat_map({"b": "x"})


def test_optionals_and_variants_of_boost(boost: typing.Any) -> None:
    assert boost.optional(None) is None
    assert boost.optional("x") == "x"
    assert boost.nested({1: [1, 2.5, 3]}) == {1: [1.0, 2.5, 3.0]}
    assert boost.nested(None) is None
    assert [boost.variant(v) for v in (1, "x", [1.5])] == [1, "x", [1.5]]
    assert [boost.which(v) for v in (1, "x", [1.5])] == [0, 1, 2]
    with pytest.raises(
        TypeError, match=r"expected int \| str \| collections.abc.Iterable\[float\]"
    ):
        boost.variant(None)
    assert [boost.variant2(v) for v in (1, "x")] == [1, "x"]


def test_text_of_boost(boost: typing.Any) -> None:
    assert boost.string("é") == "é"
    assert boost.length("é") == 2


def test_mappings_and_sets_of_abseil(abseil: typing.Any) -> None:
    assert abseil.flat_hash_map({"a": 1}) == {"a": 1}
    assert (
        "map: collections.abc.Mapping[str, int]) -> dict[str, int]" in abseil.flat_hash_map.__doc__
    )
    assert abseil.node_hash_map({"a": [1, 2]}) == {"a": [1, 2]}
    assert list(abseil.btree_map({2: "b", 1: "a"})) == [1, 2]
    assert abseil.btree_multimap({2: ["b", "a"]}) == {2: ["b", "a"]}
    assert abseil.flat_hash_set({"a"}) == {"a"}
    assert abseil.btree_set({2, 1}) == {1, 2}
    assert abseil.btree_multiset([2, 1, 2]) == [1, 2, 2]
    assert abseil.nested({(1, "a"): {2: None}}) == {(1, "a"): {2: None}}
    with pytest.raises(TypeError, match="argument 'map': key 'b': expected int, got str"):
        abseil.flat_hash_map({"a": 1, "b": "x"})


def test_sequences_and_others_of_abseil(abseil: typing.Any) -> None:
    assert abseil.inlined_vector(["a"] * 6) == ["a"] * 6
    assert abseil.optional([1, 2]) == [1.0, 2.0]
    assert abseil.optional(None) is None
    assert abseil.variant(3) == 3
    assert abseil.variant({3}) == {3}
    assert abseil.three() == [1, 2, 3]
    assert abseil.longest({"abc": [1, 2], "d": [1]}) == 6


def test_a_span_of_abseil_views_memory(abseil: typing.Any) -> None:
    assert abseil.sum(array.array("d", [1.5, 2])) == 3.5
    with pytest.raises(TypeError, match="argument 'values': expected 64-bit floats"):
        abseil.sum(array.array("f", [1.5]))


def test_nothing_leaks(boost: typing.Any, abseil: typing.Any) -> None:
    text, number = "".join(["tex", "t"]), int("1" * 6)
    values: list[typing.Any] = [
        {text: number},
        {text: [number, number]},
        {number: text},
        [text, text],
        {text},
        [number, text],
        text,
    ]
    functions = [
        getattr(of, name) for of in (boost, abseil) for name in dir(of) if not name.startswith("_")
    ]

    def calls() -> int:
        fitted = 0
        for value in values:
            for function in functions:
                try:
                    function(value)
                    fitted += 1
                except (TypeError, ValueError, MemoryError):
                    pass
        return fitted

    assert calls() > len(values)
    gc.collect()
    before = [sys.getrefcount(each) for each in (text, number, *values)]
    for _ in range(20):
        calls()
    gc.collect()
    assert [sys.getrefcount(each) for each in (text, number, *values)] == before
