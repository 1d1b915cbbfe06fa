"""Parameters: by position, by name, with defaults, the rest of both, None, exact ones."""

from __future__ import annotations

import inspect
import itertools
import sys

import bind_parameters as m
import pytest


def refused(call, *words: str) -> None:
    with pytest.raises(TypeError) as caught:
        call()
    for word in words:
        assert word in str(caught.value)


def test_without_names_all_parameters_are_positional() -> None:
    assert m.plain(1, 2, 3) == "1 2 3"
    refused(lambda: m.plain(1, 2, c=3), "plain")
    refused(lambda: m.plain(1, 2), "plain(): argument 3 missing (2 given)")


def test_named_parameters_in_every_order() -> None:
    for order in itertools.permutations("abc"):
        given = {name: "abc".index(name) + 1 for name in order}
        for first in range(3):
            by_position = list(range(1, first + 1))
            by_name = {k: v for k, v in given.items() if v > first}
            assert m.named(*by_position, **by_name) == "1 2 3"


def test_positional_only_either_and_keyword_only() -> None:
    assert m.one_of_each(1, 2, c=3) == "1 2 3"
    assert m.one_of_each(1, b=2, c=3) == "1 2 3"
    assert m.one_of_each(1, c=3, b=2) == "1 2 3"
    refused(lambda: m.one_of_each(a=1, b=2, c=3), "'a' is given by keyword, and can be given by po")
    refused(lambda: m.one_of_each(1, 2, 3), "takes 2 positional arguments, but 3 were given")
    refused(lambda: m.one_of_each(1, 2), "keyword argument 'c' is missing")
    assert m.all_by_position(1, 2, 3) == "1 2 3"
    refused(lambda: m.all_by_position(1, 2, c=3), "all_by_position() takes no keyword arguments")
    assert m.all_by_keyword(c=3, b=2, a=1) == "1 2 3"
    refused(lambda: m.all_by_keyword(1, b=2, c=3), "takes 0 positional arguments, but 1 was given")


@pytest.mark.parametrize(
    ("positional", "named", "result"),
    [
        ((1,), {}, "1 20 30"),
        ((1, 2), {}, "1 2 30"),
        ((1, 2, 3), {}, "1 2 3"),
        ((1,), {"b": 2}, "1 2 30"),
        ((1,), {"c": 3}, "1 20 3"),
        ((1,), {"c": 3, "b": 2}, "1 2 3"),
        ((), {"a": 1}, "1 20 30"),
        ((), {"c": 3, "a": 1}, "1 20 3"),
        ((), {"b": 2, "a": 1}, "1 2 30"),
    ],
)
def test_defaults_fill_what_is_left_out(positional, named, result) -> None:
    for _ in range(2):  # the second time the names are known
        assert m.last_two_default(*positional, **named) == result


# What is looked up by the address of its name once that is known: the first call and the second take different ways.
def test_names_in_any_order_are_checked_each_time() -> None:
    for _ in range(3):
        assert m.last_two_default(c=3, b=2, a=1) == "1 2 3"
        assert m.last_two_default(c=3, a=1) == "1 20 3"
        assert m.last_two_default(1, c=3) == "1 20 3"
        refused(lambda: m.last_two_default(c=3, b=2), "argument 'a' is missing")
        refused(lambda: m.last_two_default(1, c=3, a=1), "argument 'a' is given twice")
        refused(lambda: m.last_two_default(1, 2, b=2), "argument 'b' is given twice")
        refused(lambda: m.last_two_default(c=3, a=1, z=2), "there is no argument 'z'")
        refused(lambda: m.last_two_default(1, 2, 3, z=2), "there is no argument 'z'")
        refused(lambda: m.last_two_default(1, 2, 3, 4, b=2), "takes ")
        assert m.one_of_each(1, c=3, b=2) == "1 2 3"
        refused(lambda: m.one_of_each(c=3, b=2, a=1), "'a' is given by keyword")
        refused(lambda: m.one_of_each(c=3, b=2), "argument 'a' is missing")
        refused(lambda: m.one_of_each(1, 2, 3, c=3), "takes 2 positional")
        assert m.all_by_keyword(c=3, b=2, a=1) == "1 2 3"
        refused(lambda: m.all_by_keyword(c=3, b=2), "argument 'a' is missing")
        refused(lambda: m.all_by_keyword(1, c=3, b=2), "takes 0 positional")
        # Names that are equal and not the same object.
        assert m.named(**{"".join(["c", ""]): 3, "b": 2, "a": 1}) == "1 2 3"


def test_defaults_without_names() -> None:
    assert m.defaults_by_position() == "1 2 3"
    assert m.defaults_by_position(7) == "7 2 3"
    refused(lambda: m.defaults_by_position(1, 2, 3, 4), "takes at most 3 positional arguments")


def test_a_keyword_argument_may_be_required_behind_a_default() -> None:
    assert m.keyword_without_default_behind_one_with(b=2) == "1 2 3"
    refused(lambda: m.keyword_without_default_behind_one_with(c=2), "argument 'b' is missing")


def test_names_that_python_reserves_and_names_beyond_ascii() -> None:
    assert m.keyword_that_python_reserves(**{"class": 1, "for": 2, "lambda": 3}) == "1 2 3"
    assert m.unicode(größe=1, b=2, c=3) == "1 2 3"
    # inspect.signature reads ASCII alone; then it finds none, and the docstring has the names.
    with pytest.raises(ValueError, match="no signature found"):
        inspect.signature(m.unicode)
    assert m.unicode.__doc__ == "unicode(größe: int, b: int, c: int) -> str"
    assert inspect.signature(m.default_beyond_ascii).parameters["x"].default == "ü"
    assert m.default_beyond_ascii.__doc__ == "default_beyond_ascii(x: str = 'ü') -> str"


def test_a_name_that_is_no_text_is_refused() -> None:
    refused(lambda: m.named(1, 2, **{"\ud800": 3}), "named()", "there is no argument '?'")
    # Python's own functions say the same of a name with a zero in it.
    refused(lambda: m.named(1, 2, **{"c\0": 3}), "there is no argument 'c")
    refused(lambda: m.named(1, 2, **{"": 3}), "there is no argument ''")


def test_a_subclass_of_str_as_a_name() -> None:
    class Name(str):
        __slots__ = ()

    for _ in range(3):
        assert m.named(1, 2, **{Name("c"): 3}) == "1 2 3"


@pytest.mark.parametrize(
    ("name", "value", "shown", "literal"),
    [
        ("default_none", None, "None", True),
        ("default_text", "it's", '"it\'s"', True),
        ("default_float", 0.1, "0.1", True),
        ("default_bool", True, "True", True),
        ("default_bytes", b"\0a", r"b'\x00a'", True),
        ("default_big", 10**30, str(10**30), True),
        ("default_list", [1, "two"], "[1, 'two']", False),
        ("default_infinity", float("inf"), "inf", False),
        ("default_type", int, "<class 'int'>", False),
        ("default_vector", [1, 2], "[1, 2]", False),
        ("default_string", "abc", "'abc'", True),
        ("default_view", "literal", "'literal'", True),
        ("default_in_python_for_a_number", 23, "23", True),
    ],
)
def test_a_default_may_be_any_value_and_is_shown(name, value, shown, literal) -> None:
    function = getattr(m, name)
    assert function() == value
    assert function(x=value) == value
    signature = inspect.signature(function)
    assert signature.parameters["x"].default == (value if literal else ...)
    assert f"= {shown})" in function.__doc__


def test_a_default_is_converted_to_the_parameters_type() -> None:
    assert m.default_of_another_type() == 3.0
    assert isinstance(m.default_of_another_type(), float)


def test_a_default_that_is_a_python_object_is_one_object() -> None:
    assert m.default_list() is m.default_list()


@pytest.mark.parametrize(
    ("call", "result"),
    [
        (lambda: m.named_rest(1), (1, ())),
        (lambda: m.named_rest(1, 2, 3), (1, (2, 3))),
        (lambda: m.named_rest(a=1), (1, ())),
        (lambda: m.named_names(1), (1, {})),
        (lambda: m.named_names(1, b=2), (1, {"b": 2})),
        (lambda: m.named_names(b=2, a=1), (1, {"b": 2})),
        (lambda: m.named_both(1, 2, b=3), (1, (2,), {"b": 3})),
        (lambda: m.named_both(b=3, a=1), (1, (), {"b": 3})),
        (lambda: m.position_both(1, 2, a=3), (1, (2,), {"a": 3})),
        (lambda: m.default_both(), (5, (), {})),
        (lambda: m.default_both(b=1), (5, (), {"b": 1})),
        (lambda: m.default_both(1, 2), (1, (2,), {})),
        (lambda: m.behind_rest(1, b=2), (1, (), 2)),
        (lambda: m.behind_rest(1, 8, 9, b=2), (1, (8, 9), 2)),
        (lambda: m.everything(1, c=3), (1, 2, (), 3, 4, {})),
        (lambda: m.everything(1, 20, 8, 9, c=3, d=40, e=5), (1, 20, (8, 9), 3, 40, {"e": 5})),
        (lambda: m.everything(1, b=20, c=3, a=7), (1, 20, (), 3, 4, {"a": 7})),
        (lambda: m.by_value(), ((), {})),
        (lambda: m.by_value(1, x=2), ((1,), {"x": 2})),
        (lambda: m.rest_alone(1, 2), (1, 2)),
        (lambda: m.rest_alone(), ()),
        (lambda: m.names_alone(x=1), {"x": 1}),
        (lambda: m.names_alone(), {}),
        (lambda: m.unnamed_rest(1, 2), (1, (2,))),
    ],
)
def test_all_mixtures_with_the_rest(call, result) -> None:
    for _ in range(2):
        assert call() == result


def test_what_the_rest_does_not_take_is_refused() -> None:
    refused(lambda: m.named_rest(1, b=2), "there is no argument 'b'")
    refused(lambda: m.named_rest(), "argument 'a' is missing")
    refused(lambda: m.named_names(1, 2), "takes 1 positional argument, but 2 were given")
    refused(lambda: m.named_both(1, a=2), "argument 'a' is given twice")
    refused(lambda: m.behind_rest(1, 2), "keyword argument 'b' is missing")
    refused(lambda: m.rest_alone(x=1), "rest_alone() takes no keyword arguments")
    refused(lambda: m.names_alone(1), "takes 0 positional arguments, but 1 was given")
    refused(lambda: m.unnamed_rest(), "argument 1 missing")
    refused(lambda: m.unnamed_rest("x"), "argument 1: expected int, got str")


def test_the_items_of_the_rest() -> None:
    given = (1, "two", [3], None, 5.0, object())
    for count in range(len(given) + 1):
        some = given[:count]
        assert m.walk_rest(*some) == (list(some), list(some), list(some), count, count)
    for index in range(-3, 3):
        assert all(each is given[:3][index] for each in m.item_of_rest(index, *given[:3]))
    for index in (3, -4, 2**62, -(2**62)):
        with pytest.raises(IndexError, match="tuple index out of range"):
            m.item_of_rest(index, *given[:3])
    with pytest.raises(IndexError):
        m.item_beyond(1, 2)
    with pytest.raises(IndexError):
        m.item_of_rest(0)
    assert m.slice_of_rest(slice(1, 3), *given) == given[1:3]
    assert m.count_in_rest(1, 1, 2, 1) == 2
    assert m.kept_rest("a", "b") == ["b", "a", "a"]
    assert m.refuses_detached(1, 2)
    assert m.refuses_moved(1)


def test_the_items_of_the_rest_keep_their_references() -> None:
    given = [object() for _ in range(3)]
    before = [sys.getrefcount(each) for each in given]
    for _ in range(20):
        m.walk_rest(*given)
        m.item_of_rest(-1, *given)
        m.kept_rest(*given)
        m.rest_alone(*given)
        m.unnamed_rest(1, *given)
        m.by_value(*given)
        m.refuses_detached(*given)
    assert [sys.getrefcount(each) for each in given] == before


def test_the_dictionary_of_the_rest_belongs_to_the_call() -> None:
    given = {"x": 1}
    got = m.names_alone(**given)
    got["y"] = 2
    assert given == {"x": 1}


def test_none() -> None:
    assert m.takes_none(None) is None
    refused(lambda: m.refuses_none(None), "argument 'x'", "got None")
    assert m.refuses_none(1) == 1
    refused(lambda: m.refuses_none_in_words(None), "argument 'x': expected int, got None")


def test_exact_arguments_convert_nothing() -> None:
    class Index:
        def __index__(self) -> int:
            return 3

    assert m.exact_int(3) == 3
    for bad in (True, Index(), 3.0, "3"):
        refused(lambda bad=bad: m.exact_int(bad), "argument 'x'", type(bad).__name__)
    assert m.exact_float(2.5) == 2.5
    refused(lambda: m.exact_float(2), "expected float, got int")
    assert m.exact_vector([1]) == [1]
    assert m.exact_vector((1,)) == [1]
    refused(lambda: m.exact_vector({1}), "argument 'x'", "set")
    refused(lambda: m.exact_vector(x for x in [1]), "argument 'x'", "generator")
    refused(lambda: m.exact_vector([True]), "item 0", "bool")
    assert m.exact_default() == 1.5
    refused(lambda: m.exact_default(1), "got int")
    refused(lambda: m.exact_none(None), "got None")
    assert m.refuses_none_in_words(Index()) == 3  # without exact(): converted


def test_more_than_64_parameters() -> None:
    values = list(range(70))
    expected = 0
    for value in values:
        expected = expected * 3 + value
    wrapped = expected % 2**64
    assert m.wide(*values) == wrapped
    assert m.wide_named(*values) == wrapped
    assert m.wide_named(**{f"p{i}": i for i in reversed(values)}) == wrapped
    assert m.wide_named(*values[:60], **{f"p{i}": i for i in values[60:]}) == wrapped
    assert m.wide_defaults() == wrapped
    assert m.wide_defaults(p69=69, p3=3) == wrapped
    refused(lambda: m.wide_named(*values[:-1]), "argument 'p69' is missing")
    refused(lambda: m.wide(*values[:-1]), "argument 70 missing")
    refused(lambda: m.wide_named(*values, p69=1), "'p69' is given twice")
    refused(lambda: m.wide_named(*values[:-1], "x"), "argument 'p69': expected int, got str")
    assert len(inspect.signature(m.wide_defaults).parameters) == 70


def test_what_can_only_be_moved() -> None:
    assert m.move_only(1) == 2
    assert m.move_only_named(x=7) == 7
    refused(lambda: m.move_only("x"), "argument 1")


@pytest.mark.parametrize(
    ("name", "signature"),
    [
        ("plain", "(arg0, arg1, arg2, /)"),
        ("named", "(a, b, c)"),
        ("one_of_each", "(a, /, b, *, c)"),
        ("all_by_position", "(a, b, c, /)"),
        ("all_by_keyword", "(*, a, b, c)"),
        ("last_two_default", "(a, b=20, c=30)"),
        ("keyword_without_default_behind_one_with", "(a=1, *, b, c=3)"),
        ("named_rest", "(a, *args)"),
        ("named_names", "(a, **kwargs)"),
        ("named_both", "(a, *args, **kwargs)"),
        ("position_both", "(a, /, *args, **kwargs)"),
        ("behind_rest", "(a, *args, b)"),
        ("everything", "(a, /, b=2, *args, c, d=4, **kwargs)"),
        ("unnamed_rest", "(arg0, /, *args)"),
        ("rest_alone", "(*args)"),
        ("names_alone", "(**kwargs)"),
    ],
)
def test_signatures_are_what_the_call_takes(name: str, signature: str) -> None:
    assert str(inspect.signature(getattr(m, name))) == signature
