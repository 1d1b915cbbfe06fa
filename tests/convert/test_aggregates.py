"""C++ aggregates as named tuples and dataclasses: the classes, what is accepted, what errors say."""

from __future__ import annotations

import collections
import contextlib
import copy
import dataclasses
import gc
import inspect
import pickle
import sys
import types
import typing

import convert_aggregates as m
import pytest
from references import counts

if typing.TYPE_CHECKING:
    from collections.abc import Iterator


# ---- the classes -----------------------------------------------------------------------------------------------------


def test_a_named_tuple_is_one_of_its_module() -> None:
    p = m.point((1, 2))
    assert type(p) is m.Point
    assert (p, p.x, p.y) == ((1.0, 2.0), 1.0, 2.0)
    assert isinstance(p, tuple)
    assert repr(p) == "Point(x=1.0, y=2.0)"
    assert (m.Point.__module__, m.Point.__qualname__) == ("convert_aggregates", "Point")
    assert m.Point._fields == ("x", "y")
    assert m.Point.__annotations__ == {"x": float, "y": float}
    assert pickle.loads(pickle.dumps(p)) == p
    assert type(copy.deepcopy(p)) is m.Point
    assert p._replace(x=5.0) == (5.0, 2.0)


def test_a_dataclass_has_the_defaults_of_the_members() -> None:
    assert dataclasses.is_dataclass(m.Person)
    assert [f.name for f in dataclasses.fields(m.Person)] == ["name", "years", "tags"]
    assert m.Person.__annotations__ == {"name": str, "years": int, "tags": list[str]}
    person = m.Person("Ada")
    assert (person.years, person.tags) == (18, ["new"])
    # What can be changed is each instance's own.
    assert m.Person("Ada").tags is not person.tags
    assert m.person(person) == person
    assert pickle.loads(pickle.dumps(person)) == person
    with pytest.raises(TypeError):
        m.Person()


def test_a_frozen_dataclass() -> None:
    made = m.Options()
    assert (made.width, made.title, made.columns, made.origin) == (80, None, [1, 2], (1.5, 2.5))
    assert type(made.origin) is m.Point
    with pytest.raises(dataclasses.FrozenInstanceError):
        made.width = 1
    assert m.options().width == 72  # the default of the parameter
    assert m.options(m.Options(width=1, title="t")) == m.Options(width=1, title="t")


def test_fields_by_name_alone() -> None:
    made = m.by_name({"a": 1, "b": 2})
    assert made == type(made)(1, b=2)
    assert made.c == 3
    assert [f.kw_only for f in dataclasses.fields(made)] == [False, True, True]


def test_one_class_for_the_instances_of_a_template() -> None:
    assert type(m.int_box((1, 2))) is type(m.float_box((1, 2)))
    assert m.int_box((1, 2)) == (1, 2)
    assert m.area((1.5, 3)) == 1.5
    with pytest.raises(TypeError, match="field 'low': expected int, got float"):
        m.int_box((1.5, 2))


def test_members_of_bases_and_const_members() -> None:
    made = m.derived({"level": 5, "more": 6})
    assert dataclasses.asdict(made) == {"level": 5, "more": 6}
    assert m.marker((3, None)) == (3, None)
    assert m.marker([3, 4]) == (3, 4)
    assert m.marker((3, 4))._fields == ("number", "empty")


def test_an_aggregate_inside_of_itself() -> None:
    assert m.tree((1, [(2, []), (3, [(4, [])])])) == (1, [(2, []), (3, [(4, [])])])
    assert type(m.tree((1, [(2, [])])).kids[0]) is m.Tree
    deep: tuple[int, list[object]] = (0, [])
    for _ in range(300):
        deep = (1, [deep])
    with pytest.raises(ValueError, match="nested more than 200 deep"):
        m.tree(deep)


def test_a_member_that_no_field_shows_keeps_its_default() -> None:
    assert m.secret({"name": "x"}) == 7


def test_views_last_for_the_call() -> None:
    assert m.total(("".join(["ab", "c"]), iter(["".join(["de"]), "f"]))) == 6


def test_signatures_name_the_class() -> None:
    assert "point(p: convert_aggregates.Point) -> convert_aggregates.Point" in (
        m.point.__doc__ or ""
    )
    assert "points(ps: collections.abc.Iterable[convert_aggregates.Point])" in (
        m.points.__doc__ or ""
    )
    assert str(inspect.signature(m.options)) == "(o=Ellipsis)" or "o=" in str(
        inspect.signature(m.options)
    )


def test_an_aggregate_can_hold_objects() -> None:
    o = object()
    made = m.holder({"what": o, "count": 1})
    assert made.what is o


# ---- classes that Python has already ---------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def made_in_python() -> Iterator[types.ModuleType]:
    @dataclasses.dataclass
    class Data:
        n: int
        doubled: int = dataclasses.field(init=False)

        def __post_init__(self) -> None:
            self.doubled = 2 * self.n

    class Tuple(collections.namedtuple("Tuple", ["n"])):
        def twice(self) -> int:
            return 2 * self.n

    module = types.ModuleType("made_in_python")
    module.Data = Data  # type: ignore[attr-defined]
    module.Tuple = Tuple  # type: ignore[attr-defined]
    sys.modules["made_in_python"] = module
    yield module
    del sys.modules["made_in_python"]


def test_a_class_of_the_module_with_these_fields_is_taken(made_in_python: types.ModuleType) -> None:
    made = m.in_python({"n": 4})
    assert type(made) is made_in_python.Data
    assert made.doubled == 8
    pair = m.tuple_in_python((3,))
    assert type(pair) is made_in_python.Tuple
    assert pair.twice() == 6


def test_a_module_that_is_not_there() -> None:
    made = m.nowhere((1,))
    assert (type(made).__module__, type(made).__qualname__) == ("there.is.no.module", "Nowhere")


# ---- what is accepted ------------------------------------------------------------------------------------------------


class WithAttributes:
    def __init__(self, **fields: object) -> None:
        vars(self).update(fields)


def test_a_named_tuple_takes_what_a_tuple_takes() -> None:
    for given in [
        (1, 2),
        [1, 2],
        m.Point(1, 2),
        range(1, 3),
        collections.namedtuple("O", "a b")(1, 2),
    ]:
        assert m.point(given) == (1.0, 2.0)
    for given in ["ab", b"ab", 5, None, {"x": 1, "y": 2}, WithAttributes(x=1, y=2), m.Point]:
        with pytest.raises(
            TypeError, match=r"argument 'p': expected convert_aggregates.Point, got "
        ):
            m.point(given)
    with pytest.raises(ValueError, match="expected 2 items, got 3"):
        m.point((1, 2, 3))
    assert m.exact_point(m.Point(1.0, 2.0)) == (1.0, 2.0)
    with pytest.raises(TypeError, match=r"expected convert_aggregates.Point, got tuple"):
        m.exact_point((1.0, 2.0))


def test_a_dataclass_takes_mappings_and_objects() -> None:
    whole = m.Person("Ada", 36, ["x"])
    fields = {"name": "Ada", "years": 36, "tags": ("x",)}
    for given in [whole, fields, types.MappingProxyType(fields), WithAttributes(**fields)]:
        assert m.person(given) == whole
    assert m.person({"name": "Ada"}) == m.Person("Ada")
    with pytest.raises(TypeError, match=r"field 'name' of convert_aggregates.Person is missing"):
        m.person({"years": 1})
    with pytest.raises(
        TypeError, match=r"the key 'nickname': convert_aggregates.Person has no such field"
    ):
        m.person({"name": "Ada", "nickname": 1})
    with pytest.raises(TypeError, match="the key 1: "):
        m.person({"name": "Ada", 1: 1})
    for given in [WithAttributes(name="Ada"), 5, "Ada", None, ("Ada", 36, []), ["Ada"], m.Person]:
        with pytest.raises(
            TypeError, match=r"argument 'p': expected convert_aggregates.Person, got "
        ):
            m.person(given)


def test_errors_name_the_field() -> None:
    with pytest.raises(TypeError, match="argument 'p': field 'x': expected float, got str"):
        m.point(("a", 1))
    with pytest.raises(
        TypeError, match="argument 'ps': item 1: field 'y': expected float, got str"
    ):
        m.points([(1, 2), m.Point(1, "y")])
    with pytest.raises(TypeError, match="field 'tags': item 0: expected str, got int"):
        m.person(m.Person("a", 1, [1]))
    with pytest.raises(OverflowError, match="field 'years': expected int from -2147483648 to"):
        m.person({"name": "a", "years": 2**40})
    with pytest.raises(TypeError, match=r"key 'a': field 'name': expected str, got None"):
        m.people({"a": {"name": None}})


def test_python_errors_come_through() -> None:
    class Angry:
        name = "Ada"

        @property
        def years(self) -> int:
            raise LookupError("not today")

    with pytest.raises(LookupError, match="not today") as caught:
        m.person(Angry())
    assert any("field 'years'" in note for note in caught.value.__notes__)
    incomplete = m.Person("Ada")
    del incomplete.years
    # The class has a default for it, as an attribute.
    assert m.person(incomplete).years == 18
    del incomplete.tags
    with pytest.raises(AttributeError):
        m.person(incomplete)


def test_overloads_and_variants_ask_for_the_class_first() -> None:
    assert m.kind(m.Point(1.0, 2.0)) == "point"
    assert m.kind([1.0, 2.0]) == "list"
    assert m.one_of(m.Point(1.0, 2.0)) == (1.0, 2.0)
    assert m.one_of((1, 2)) == (1.0, 2.0)
    assert m.one_of({"width": 3}) == m.Options(width=3)
    with pytest.raises(TypeError, match=r"expected int \| convert_aggregates.Point \| "):
        m.one_of("x")


def test_several_values_for_a_key() -> None:
    assert m.multimap({"b": [2, 1], "a": (3,), "c": []}) == {"a": [3], "b": [2, 1]}
    assert m.moved_multimap({1: iter([None, 2])}) in ({1: [None, 2]}, {1: [2, None]})
    assert m.multiset([3, 1, 3]) == [1, 3, 3]
    with pytest.raises(TypeError, match="key 'a': item 1: expected int, got str"):
        m.multimap({"a": [1, "x"]})
    with pytest.raises(
        TypeError, match=r"key 'a': expected collections.abc.Iterable\[int\], got int"
    ):
        m.multimap({"a": 1})


def test_nothing_leaks() -> None:
    text, number = "".join(["tex", "t"]), int("1" * 12)
    values: list[object] = [
        m.Person(text, 1, [text]),
        {"name": text, "years": number},
        {"name": text, text: number},
        WithAttributes(name=text, years=1, tags=[text, number]),
        (text, number),
    ]
    watched = [text, number, *values, m.Person, m.Point]

    def calls() -> None:
        for value in values:
            for function in (m.person, m.point, m.one_of, m.total, m.holder, m.people):
                with contextlib.suppress(TypeError, ValueError, OverflowError):
                    function(value)

    calls()
    gc.collect()
    before = counts(watched)
    for _ in range(50):
        calls()
    gc.collect()
    assert counts(watched) == before
