"""Values through every converter and back, and what the converters refuse."""

from __future__ import annotations

import contextlib
import itertools
import math
import string
import sys
import typing
from collections import UserDict, UserList, deque, namedtuple
from collections.abc import Iterator, Set
from types import MappingProxyType

import convert_echo as m
import pytest
from effort import EXAMPLES
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

# Hypothesis looks at how long examples take; sanitizers and parallel runs are slow.
settings.register_profile(
    "echo",
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    print_blob=True,
)
settings.load_profile("echo")

INT64 = st.integers(-(2**63), 2**63 - 1)
INT32 = st.integers(-(2**31), 2**31 - 1)
TEXT = st.text(st.characters(exclude_categories=["Cs"]))
FLOAT = st.floats(allow_nan=False)

ROUND_TRIPS = {
    "bool_": st.booleans(),
    "int8": st.integers(-128, 127),
    "int64": INT64,
    "uint64": st.integers(0, 2**64 - 1),
    "int128": st.integers(-(2**127), 2**127 - 1),
    "uint128": st.integers(0, 2**128 - 1),
    "float_": FLOAT,
    "single": st.floats(width=32, allow_nan=False),
    "str_": TEXT,
    "str16": TEXT,
    "str32": TEXT,
    "nothing": st.none(),
    "optional_float": st.none() | FLOAT,
    "optional_str": st.none() | TEXT,
    "optional_list": st.none() | st.lists(TEXT),
    "optional_handle": st.none() | st.lists(st.none()),
    "optional_ticket": st.none() | INT32,
    "one_of": st.none() | INT32 | TEXT,
    "ticket_or_str": INT32 | TEXT,
    "json": st.recursive(
        st.none() | st.booleans() | INT64 | FLOAT | TEXT,
        lambda inner: st.lists(inner) | st.dictionaries(TEXT, inner),
    ),
    "pair": st.tuples(INT32, TEXT),
    "record": st.tuples(INT32, FLOAT, TEXT),
    "record_inside": st.none() | st.tuples(st.booleans(), st.none() | TEXT),
    "records": st.lists(st.tuples(INT32, FLOAT, TEXT)),
    "empty_tuple": st.just(()),
    "triple": st.tuples(INT32, FLOAT, st.booleans()),
    "ticket_tuple": st.tuples(INT32, INT32),
    "days": st.tuples(INT32, INT32),
    "array": st.lists(INT32, min_size=3, max_size=3),
    "ticket_array": st.lists(INT32, min_size=2, max_size=2),
    "empty_array": st.just([]),
    "ints": st.lists(INT64),
    "strs": st.lists(TEXT),
    "bools": st.lists(st.booleans()),
    "tickets": st.lists(INT32),
    "floats": st.lists(FLOAT),
    "optional_ints": st.lists(st.none() | INT32),
    "set_": st.sets(INT64),
    "str_set": st.sets(TEXT),
    "map_": st.dictionaries(TEXT, FLOAT),
    "nested": st.dictionaries(INT64, st.lists(st.tuples(INT32, TEXT))),
    "tuple_keys": st.dictionaries(st.tuples(INT32, TEXT), st.lists(FLOAT, min_size=2, max_size=2)),
}


@pytest.mark.parametrize("name", [name for name in ROUND_TRIPS if hasattr(m, name)])
def test_what_goes_in_comes_out(name: str) -> None:
    echo = getattr(m, name)

    @given(ROUND_TRIPS[name])
    def check(value: object) -> None:
        back = echo(value)
        assert back == value
        assert type(back) is type(value)

    check()


def refused(call, *arguments) -> str:
    """What the TypeError says; any other outcome fails."""
    with pytest.raises(TypeError) as caught:
        call(*arguments)
    return str(caught.value).partition("\n")[0]


# ---- numbers and text ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("int8", 128),
        ("int64", 2**63),
        ("int64", -(2**63) - 1),
        ("uint64", 2**64),
        ("uint64", -1),
        ("single", 1e39),
        ("float_", 10**400),
        ("optional_ints", [1, 2**31]),
    ],
)
def test_no_room_is_an_overflow_with_the_range(name: str, value: object) -> None:
    with pytest.raises(OverflowError, match=r"expected (int|float) from -?\d\S* to \d\S*, got"):
        getattr(m, name)(value)


@pytest.mark.skipif(not hasattr(m, "int128"), reason="this compiler has no 128-bit integers")
@pytest.mark.parametrize("value", [2**127, -(2**127) - 1])
def test_no_room_in_128_bits(value: int) -> None:
    with pytest.raises(OverflowError):
        m.int128(value)
    with pytest.raises(OverflowError):
        m.uint128(-1)


def test_nan_infinities_and_the_sign_of_zero() -> None:
    assert math.isnan(m.float_(math.nan))
    assert math.isnan(m.single(math.nan))
    assert m.single(-math.inf) == -math.inf
    assert math.copysign(1, m.float_(-0.0)) == -1
    assert math.isnan(m.floats([math.nan])[0])


def test_ints_take_index_and_never_floats() -> None:
    class Index:
        def __index__(self) -> int:
            return 7

    assert m.int64(Index()) == 7
    assert m.int64(True) == 1
    assert "expected int, got float" in refused(m.int64, 1.0)
    assert "expected int, got str" in refused(m.int64, "1")
    assert "expected bool, got int" in refused(m.bool_, 1)


def test_floats_take_what_has_a_float_and_never_text() -> None:
    class Float:
        def __float__(self) -> float:
            return 1.5

    assert m.float_(Float()) == 1.5
    assert m.float_(3) == 3.0
    assert "expected float, got str" in refused(m.float_, "1.5")
    assert "expected float, got None" in refused(m.float_, None)


def test_text_with_null_characters_and_of_every_width() -> None:
    for text in ("", "a\0b", "é", "ÿ", "Ā", "\uffff", "\U0001f600", "\U0010ffff"):
        assert m.str_(text) == text
        assert m.str16(text) == text
        assert m.str32(text) == text


def test_lone_surrogates_have_no_utf_8() -> None:
    with pytest.raises(UnicodeEncodeError):
        m.str_("\ud800")
    with pytest.raises(UnicodeEncodeError) as caught:
        m.strs(["a", "\udfff"])
    assert "item 1" in caught.value.__notes__[0]


# ---- optional and variant --------------------------------------------------------------------------------


def test_optional_refuses_by_its_whole_type_or_by_where() -> None:
    assert "expected float | None, got str" in refused(m.optional_float, "x")
    assert "item 1: expected str, got int" in refused(m.optional_list, ["a", 1])
    assert "expected list | None, got tuple" in refused(m.optional_handle, ())


def test_none_can_be_refused() -> None:
    assert "argument 'text': expected str, got None" in refused(m.named, None)
    assert m.named.__doc__ == "named(text: str) -> str | None"
    assert m.named("x") == "x"


def test_a_variant_takes_the_exact_alternative_before_a_conversion() -> None:
    assert m.which(1) == 0
    assert m.which(1.0) == 1
    assert m.which("x") == 2
    assert m.which([1]) == 3
    assert m.which(["x"]) == 4
    assert m.which(None) == 5
    # double, int8_t, bool
    assert m.which_number(1) == 1
    assert m.which_number(True) == 2
    assert m.which_number(1.0) == 0
    assert m.which_number(1000) == 0  # no room in the exact one, so it is converted


def test_each_alternative_sees_all_of_an_iterator() -> None:
    assert m.which(iter(["x", "y"])) == 4
    assert m.which(x for x in (1, 2)) == 3
    assert m.ticket_or_str(True) == 1


def test_a_variant_names_its_alternatives() -> None:
    assert "expected None | int | str, got float" in refused(m.one_of, 1.5)
    words = refused(m.which, [1.5])
    assert "expected int | float | str | " in words
    assert "(as collections.abc.Iterable[int]: item 0: expected int, got float)" in words
    assert "(as collections.abc.Iterable[str]: item 0: expected str, got float)" in words


def test_a_variant_says_where_in_the_alternative_that_was_meant() -> None:
    words = refused(m.json, {"a": [1, {"b": {2: 3}}]})
    assert "key 'a': item 1: key 'b': the key 2: expected str, got int" in words
    with pytest.raises(OverflowError, match="from -2147483648 to 2147483647"):
        m.one_of(2**40)


def test_a_variant_with_itself_inside() -> None:
    assert m.json.__doc__.endswith("list[object] | dict[str, object]")
    deep: object = None
    for _ in range(100):
        deep = [deep]
    assert m.json(deep) == deep
    itself: list[object] = []
    itself.append(itself)
    with pytest.raises(ValueError, match="nested more than"):
        m.json(itself)


# Trees of so many levels around a last leaf.
def chain(depth: int, last: object) -> object:
    tree = last
    for _ in range(depth):
        tree = [tree]
    return tree


def mixed(depth: int, last: object) -> object:
    tree = last
    for i in range(depth):
        tree = [[(), 2.5, [()]], (), {"x": (), "y": tree}, ()] if i % 2 else {1: 1.5, 2: [(), tree]}
    return tree


def twice(depth: int, last: object) -> object:
    tree = last
    for _ in range(depth):
        tree = [tree, tree]
    return tree


# The last leaf is one, converts to one, or fits nothing.
@pytest.mark.thread_unsafe(reason="counts what the leaves of all threads are asked")
@pytest.mark.parametrize(
    ("grow", "last", "grows"),
    [
        (chain, (), True),
        (chain, 3, True),
        (chain, "no leaf", False),
        (mixed, (), True),
        (mixed, 3, True),
        (mixed, "no leaf", False),
        (twice, "no leaf", False),
    ],
)
def test_a_deep_variant_is_tried_in_proportion_to_its_size(
    grow: typing.Callable[[int, object], object], last: object, grows: bool
) -> None:
    for plant, said in ((m.plant, lambda words: words == ""), (m.plant_quietly, bool)):
        asked = []
        for depth in (30, 60, 90):
            count, answer = plant(grow(depth, last))
            assert said(answer) == grows
            asked.append(count)
        assert asked[2] - asked[1] <= asked[1] - asked[0] + 60, asked
        assert asked[2] <= 90 * 40, asked


def test_a_deep_variant_says_where_it_did_not_fit() -> None:
    assert "item 0: " * 20 + "expected " in refused(m.json, chain(20, object()))
    words = m.plant(["no leaf"])[1]
    assert words.startswith("interlock: il::object::as: expected ")
    assert "item 0: expected object | float | " in words


def test_a_value_that_lies_too_deep_in_one_place_is_taken_in_another() -> None:
    value = chain(150, ())
    deep = chain(100, value)
    assert not m.plant_quietly(deep)[1]
    # The first item is taken as a list of three, since what is inside lies too deep; the second is the same object further up.
    assert m.plant_quietly([[deep, 0, 0], value])[1]


def test_an_error_raised_in_an_alternative_is_kept() -> None:
    class Broken:
        def __index__(self) -> int:
            raise ZeroDivisionError("inside")

    with pytest.raises(ZeroDivisionError, match="inside"):
        m.one_of(Broken())
    with pytest.raises(ZeroDivisionError) as caught:
        m.which([1, Broken()])
    assert "item 1" in caught.value.__notes__[0]


# ---- tuples and arrays -----------------------------------------------------------------------------------


class MyInt(int): ...


class MyFloat(float): ...


class MyStr(str): ...


class MyTuple(tuple): ...


class Indexed:
    def __index__(self) -> int:
        return 7


class Floated:
    def __float__(self) -> float:
        return 0.25


class Renamed(tuple):
    """What it has by iteration is not what it has as a tuple."""

    def __iter__(self) -> Iterator:
        return iter((0, 0.0, ""))


Row = namedtuple("Row", "number factor name")


@pytest.mark.parametrize("made", [tuple, list, MyTuple, Row._make, Renamed, deque, UserList])
def test_tuples_of_usual_items_and_others(made) -> None:
    numbers = [1, -5, 2**30, 2**31 - 1, MyInt(3), True, Indexed()]
    factors = [1.5, 2, MyFloat(0.5), True, Floated()]
    names = ["ascii", "", "ümlaut", "\U0001f600", MyStr("mine")]
    for number, factor, name in itertools.product(numbers, factors, names):
        expected = (number.__index__(), float(factor), str(name))
        got = m.record(made((number, factor, name)))
        assert got == expected
        assert [type(each) for each in got] == [int, float, str]
        assert m.records([(1, 1.0, "a"), made((number, factor, name))])[1] == expected


@pytest.mark.parametrize(
    ("value", "error", "words"),
    [
        ((1, 2.5, 3), TypeError, "item 2: expected str, got int"),
        ((1, 2.5, b"x"), TypeError, "item 2: expected str, got bytes"),
        ((1, 2.5, None), TypeError, "item 2: expected str, got None"),
        ([1, 2.5, 3], TypeError, "item 2: expected str, got int"),
        ((1, "a", "b"), TypeError, "item 1: expected float, got str"),
        ((1.5, 2.5, "b"), TypeError, "item 0: expected int, got float"),
        ((2**31, 2.5, "b"), OverflowError, "item 0: expected int from -2147483648"),
        ((1, 2.5), ValueError, "expected 3 items, got 2"),
        ((1, 2.5, "a", 4), ValueError, "expected 3 items, got 4"),
        ((), ValueError, "expected 3 items, got 0"),
        (None, TypeError, "expected tuple[int, float, str], got None"),
    ],
)
def test_a_tuple_says_which_item_is_wrong(value, error, words: str) -> None:
    for _ in range(2):
        with pytest.raises(error) as caught:
            m.record(value)
        assert words in str(caught.value)


def test_a_text_in_a_tuple_may_not_be_encodable() -> None:
    with pytest.raises(UnicodeEncodeError):
        m.record((1, 2.5, "\ud800"))
    with pytest.raises(UnicodeEncodeError):
        m.record_inside((True, "\ud800"))


def test_an_exact_tuple_is_a_tuple_before_lists_are() -> None:
    assert m.kind_of((1, "a")) == "pair"
    assert m.kind_of([1, 2]) == "list"
    assert m.kind_of((1, 2)) == "list"
    # The first that converts, in the order of the definitions.
    assert m.kind_of([1, "a"]) == "pair"
    assert m.kind_of(MyTuple((1, MyStr("a")))) == "pair"


def test_of_two_alternatives_of_a_kind_the_first_takes_what_has_room() -> None:
    assert m.which_float(1.5) == 0
    assert m.which_float(math.inf) == 0
    assert m.which_float(math.nan) == 0
    assert m.which_float(1e300) == 1
    assert m.which_int(1) == 0
    assert m.which_int(2**40) == 0
    assert m.which_int(2**70) == 1
    assert m.which_int(True) == 1


def test_alternatives_by_subclasses_and_none() -> None:
    for value, index in [
        (5, 0),
        (2**30, 0),
        (1.5, 1),
        (MyFloat(1.5), 1),
        ("text", 2),
        (MyStr("text"), 2),
        ("ümlaut", 2),
        ([1], 3),
        (["a"], 4),
        (None, 5),
        # Converted: no alternative is of their type.
        (MyInt(5), 0),
        (True, 0),
        (2**40, 1),
        (Floated(), 1),
    ]:
        assert m.which(value) == index, value
    assert m.one_of(None) is None
    assert m.one_of(MyInt(4)) == 4
    assert m.which_number(True) == 2
    assert m.which_number(1.5) == 0


def test_values_of_usual_form_keep_their_references() -> None:
    number, factor, name = 2**29 + 1, 1.25, "a name of its own".upper()
    record = (number, factor, name)
    unfit = (number, factor, object())
    held = [number, factor, name, record, unfit, unfit[2]]
    before = [sys.getrefcount(each) for each in held]
    for _ in range(50):
        m.record(record)
        m.records([record, record])
        m.which(name)
        m.which(number)
        m.optional_float(factor)
        m.optional_str(name)
        with pytest.raises(TypeError):
            m.record(unfit)
    assert [sys.getrefcount(each) for each in held] == before


def test_a_set_that_changes_while_it_is_read() -> None:
    class Adds:
        def __init__(self) -> None:
            self.where: set | None = None

        def __index__(self) -> int:
            self.where.add(len(self.where) + 1000)
            return 1

    for kind in (set, type("Mine", (set,), {})):
        adds = Adds()
        adds.where = kind([adds])
        with pytest.raises(RuntimeError, match="changed size"):
            m.set_(adds.where)


def test_sets_of_items_of_usual_form_and_others() -> None:
    assert m.set_({1, 2**40, MyInt(3)}) == {1, 2**40, 3}
    assert m.set_(frozenset(range(100))) == set(range(100))
    assert m.str_set({"a", "ümlaut", MyStr("b")}) == {"a", "ümlaut", "b"}
    with pytest.raises(TypeError, match="expected int, got str"):
        m.set_({"x"})
    item = object()
    before = sys.getrefcount(item)
    for _ in range(10):
        with pytest.raises(TypeError):
            m.set_({item})
    assert sys.getrefcount(item) == before


def test_tuples_from_other_sequences() -> None:
    Point = namedtuple("Point", "x y")
    assert m.pair([1, "a"]) == (1, "a")
    assert m.pair(Point(1, "a")) == (1, "a")
    assert m.pair(UserList([1, "a"])) == (1, "a")
    assert m.pair(deque([1, "a"])) == (1, "a")
    assert type(m.pair(Point(1, "a"))) is tuple
    assert m.days(range(2)) == (0, 1)


@pytest.mark.parametrize("value", ["ab", b"ab", {1: 2, 3: 4}, {1, 2}, iter([1, "a"]), 5, None])
def test_tuples_refuse_what_is_no_sequence_of_items(value: object) -> None:
    assert "expected tuple[int, str], got " in refused(m.pair, value)


@pytest.mark.parametrize("value", ["abc", b"abc", bytearray(b"abc"), {1: 2, 3: 4, 5: 6}, 5, None])
def test_arrays_refuse_what_is_no_list_of_items(value: object) -> None:
    assert "expected collections.abc.Iterable[int], got " in refused(m.array, value)


class Liar:
    """Says another length than it has items."""

    def __init__(self, items: list[object], length: int) -> None:
        self.items = items
        self.length = length

    def __len__(self) -> int:
        return self.length

    def __getitem__(self, index: int) -> object:
        return self.items[index]


@pytest.mark.parametrize(
    ("call", "value", "words"),
    [
        (m.pair, (1,), "expected 2 items, got 1"),
        (m.pair, (1, "a", 2), "expected 2 items, got 3"),
        (m.pair, [], "expected 2 items, got 0"),
        (m.pair, Liar([1], 2), "expected 2 items, got 1"),
        (m.pair, Liar([1, "a", 3], 2), "expected 2 items, got more"),
        (m.empty_tuple, (1,), "expected 0 items, got 1"),
        (m.array, [1, 2], "expected 3 items, got 2"),
        (m.array, (1, 2, 3, 4), "expected 3 items, got 4"),
        (m.array, iter([1, 2]), "expected 3 items, got 2"),
        (m.array, iter(range(10**18)), "expected 3 items, got more"),
        (m.array, Liar([1], 3), "expected 3 items, got 1"),
        (m.empty_array, ["a"], "expected 0 items, got 1"),
        (m.ticket_array, [1], "expected 2 items, got 1"),
    ],
)
@pytest.mark.thread_unsafe(reason="iterators among the values are used up")
def test_a_wrong_length_says_so(call, value, words) -> None:
    with pytest.raises(ValueError, match=words):
        call(value)


def test_elements_that_can_only_be_moved() -> None:
    assert m.swallow([3, 4]) == 7
    assert m.ticket_array((3, 4)) == [3, 4]
    assert m.tickets(range(3)) == [0, 1, 2]
    assert "item 1: expected int, got str" in refused(m.ticket_array, [1, "x"])


def test_views_of_text_inside_of_containers_live_as_long_as_the_call() -> None:
    def pairs():
        for i in range(100):
            yield "".join(["a"] * i), ("é" * i if i % 2 else None)

    assert m.total(pairs()) == sum(range(100)) + 2 * sum(range(1, 100, 2))


# ---- containers ------------------------------------------------------------------------------------------


def test_sequences_from_any_iterable() -> None:
    assert m.ints(range(3)) == [0, 1, 2]
    assert m.ints({1: 2}.values()) == [2]
    assert m.ints(Liar([1, 2, 3], 10**9)) == [1, 2, 3]
    assert m.bools((True, False)) == [True, False]


@pytest.mark.parametrize("value", ["abc", b"abc", bytearray(b"abc"), {1: 2}, 5, None])
def test_sequences_refuse_text_bytes_and_mappings(value: object) -> None:
    assert "expected collections.abc.Iterable[int], got " in refused(m.ints, value)


def test_mappings_and_sets() -> None:
    assert m.map_(MappingProxyType({"a": 1})) == {"a": 1.0}
    assert m.map_(UserDict(a=1)) == {"a": 1.0}
    assert m.set_(frozenset([1, 2])) == {1, 2}
    assert m.set_({1: "a"}.keys()) == {1}
    assert "expected collections.abc.Set[int], got list" in refused(m.set_, [1])


def test_whatever_is_a_set_by_collections_abc_is_one() -> None:
    class Odd(Set):  # type: ignore[type-arg]
        def __init__(self, most: int) -> None:
            self.most = most

        def __contains__(self, value: object) -> bool:
            return value in range(1, self.most, 2)

        def __iter__(self) -> Iterator[int]:
            return iter(range(1, self.most, 2))

        def __len__(self) -> int:
            return len(range(1, self.most, 2))

    class Registered:
        def __iter__(self) -> Iterator[str]:
            return iter(["x", "y", "x"])

    class Broken(Odd):
        def __iter__(self) -> Iterator[int]:
            raise ZeroDivisionError("inside")

    assert m.set_(Odd(8)) == {1, 3, 5, 7}
    assert "expected collections.abc.Set[str], got Registered" in refused(m.str_set, Registered())
    Set.register(Registered)
    assert m.str_set(Registered()) == {"x", "y"}
    assert "item 0: expected int, got str" in refused(m.set_, Registered())
    with pytest.raises(ZeroDivisionError, match="inside"):
        m.set_(Broken(8))
    # Pairs are what the view of items is a set of.
    assert "item 0: expected int, got tuple" in refused(m.set_, {1: 2}.items())
    for other in ([1], (1,), "ab", b"ab", range(3), iter([1]), {1: 2}, {1: 2}.values(), object()):
        assert "expected collections.abc.Set[int]" in refused(m.set_, other)
    assert "expected collections.abc.Mapping[str, float], got list" in refused(m.map_, [("a", 1)])
    assert "key 'x': expected float, got str" in refused(m.map_, {"x": "y"})
    assert "the key 1: expected str, got int" in refused(m.map_, {1: 2.0})


def test_nested_failures_say_where() -> None:
    words = refused(m.nested, {7: [(1, "a"), (2, 3)]})
    assert "argument 1: key 7: item 1: item 1: expected str, got int" in words


def test_an_iterator_that_raises_half_way() -> None:
    def broken():
        yield 1
        raise LookupError("half-way")

    for call in (m.ints, m.array, m.which, m.tickets):
        with pytest.raises(LookupError, match="half-way"):
            call(broken())
    with pytest.raises(LookupError) as caught:
        m.ints(broken())
    assert "item 1" in caught.value.__notes__[0]


def test_a_sequence_that_raises_half_way() -> None:
    class Broken:
        def __len__(self) -> int:
            return 2

        def __getitem__(self, index: int) -> object:
            if index:
                raise LookupError("no more") from None
            return 1

    # LookupError is not IndexError: it does not end the items.
    with pytest.raises(LookupError, match="no more") as caught:
        m.pair(Broken())
    assert "item 1" in caught.value.__notes__[0]


def test_a_list_that_changes_while_it_is_read() -> None:
    values: list[object] = []

    class Clears:
        def __index__(self) -> int:
            values.clear()
            return 5

    values.extend([1, Clears(), 3])
    assert m.ints(values) == [1, 5]
    values.extend([1, Clears(), 3])
    assert m.tickets(values) in ([1, 5], [1])


def test_a_dict_that_changes_while_it_is_read() -> None:
    values: dict[object, object] = {}

    class Grows:
        def __float__(self) -> float:
            values["more"] = 1.0
            return 5.0

    values["a"] = Grows()
    with pytest.raises(RuntimeError, match="changed size"):
        m.map_(values)


def test_letters_of_a_str_are_no_list_of_str() -> None:
    assert "expected collections.abc.Iterable[str], got str" in refused(m.strs, string.digits)


# ---- references ------------------------------------------------------------------------------------------


class Bad:
    """Converts to nothing, and raises where it is asked."""

    def __index__(self) -> int:
        raise ZeroDivisionError

    def __float__(self) -> float:
        raise ZeroDivisionError


def wrong_values() -> list[object]:
    return [
        object(),
        "x",
        "\ud800",
        2**200,
        Bad(),
        [Bad()],
        [1, object()],
        (1, object()),
        (1, "a", object()),
        {"a": object()},
        {"a": [1, object()]},
        {object(): 1},
        [(1, 2), (object(), 2)],
        {1: [(1, "a"), (1, object())]},
        {(1, "a"): [1.0, object()]},
        {object()},
        iter([1, object()]),
        Liar([1, object()], 2),
    ]


@pytest.mark.skipif(not hasattr(sys, "gettotalrefcount"), reason="needs CPython's debug build")
@pytest.mark.parametrize("name", sorted(name for name in vars(m) if not name.startswith("_")))
def test_a_failed_conversion_leaks_no_reference(name: str) -> None:
    call = getattr(m, name)

    def all_of_them() -> None:
        for value in wrong_values():
            with contextlib.suppress(TypeError, ValueError, OverflowError, ZeroDivisionError):
                call(value)

    for _ in range(10):
        all_of_them()
    # What is lost each time is lost in each of these; CPython's own specializing and caching ends in one of them.
    grown = []
    for _ in range(4):
        before = sys.gettotalrefcount()
        for _ in range(100):
            all_of_them()
        grown.append(sys.gettotalrefcount() - before)
    assert min(grown) < 50, grown


@pytest.mark.parametrize("name", sorted(name for name in vars(m) if not name.startswith("_")))
def test_what_was_given_has_as_many_references_as_before(name: str) -> None:
    call = getattr(m, name)
    for value in wrong_values():
        held = [value]
        if isinstance(value, (list, tuple, set)):
            held += list(value)
        if isinstance(value, dict):
            held += [*value.keys(), *value.values()]
        before = [sys.getrefcount(each) for each in held]
        for _ in range(8):
            with contextlib.suppress(TypeError, ValueError, OverflowError, ZeroDivisionError):
                call(value)
        after = [sys.getrefcount(each) for each in held]
        # An iterator is used up, and what it was over is let go.
        if not hasattr(value, "__next__"):
            assert after == before, value
