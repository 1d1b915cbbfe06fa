"""Functions: how they are called, what they say of themselves, what they refuse."""

from __future__ import annotations

import inspect
import os
import pickle
import subprocess
import sys

import bind_functions as m
import pytest


def test_positional_arguments() -> None:
    assert m.noop() is None
    assert m.add(1, 2) == 3
    assert m.add(1 << 29, 1 << 29) == 1 << 30
    assert m.add6(1, 2, 3, 4, 5, 6.0) == 21.0
    assert m.twice(3) == 6.0
    assert m.length("héé") == 5
    assert m.length_s("a" * 100) == 100


def test_named_arguments_in_any_order() -> None:
    assert m.add_kw(1, b=5) == 6
    assert m.add_kw(a=1, b=5) == 6
    assert m.add_kw(b=1, a=5) == 6
    assert m.add_default(1) == 11
    assert m.add_default(1, 2) == 3
    assert m.add_default(b=1, a=3) == 4


def test_names_that_are_made_at_run_time() -> None:
    name = "".join(["", "b"])
    for _ in range(3):
        assert m.add_kw(1, **{name: 4}) == 5
        assert m.add_kw(**{"b": 1, "".join("a"): 7}) == 8


def test_defaults() -> None:
    assert m.clamp(5) == 1.0
    assert m.clamp(5, hi=7) == 5.0
    assert m.clamp(-1, -3) == -1.0
    assert m.top({1: 2}) == [1, 10]
    assert m.top({}, n=3) == [0, 3]


def test_all_arguments_and_all_names() -> None:
    assert m.gather() == 0
    assert m.gather(1, 2, x=3) == 3


def test_callables_with_state() -> None:
    assert m.scaled(4) == 12
    assert m.half(5) == 2
    assert m.half(x=5) == 2
    assert m.shout("a") == "a!"


def test_overloads_take_the_exact_match_first() -> None:
    assert m.ov(1) == 1
    assert m.ov("a") == 2
    assert m.ov(True) == 1


def test_containers() -> None:
    assert m.sum([1, 2, 3]) == 6
    assert m.sum((1, 2)) == 3
    assert m.sum(range(4)) == 6
    assert m.sum(x for x in (1, 2, 3)) == 6
    assert m.count("aab") == {"a": 2, "b": 1}


@pytest.mark.parametrize(
    ("call", "kind", "words"),
    [
        (lambda: m.add(1), TypeError, "add(): argument 2 missing (1 given)"),
        (lambda: m.add(1, 2, 3), TypeError, "takes 2 positional arguments, but 3 were given"),
        (lambda: m.add(1, "x"), TypeError, "add(): argument 2: expected int, got str"),
        (lambda: m.add(1, 2.0), TypeError, "expected int, got float"),
        (lambda: m.add(1, None), TypeError, "expected int, got None"),
        (
            lambda: m.add(1 << 40, 2),
            OverflowError,
            "from -2147483648 to 2147483647, got 1099511627776",
        ),
        (lambda: m.add_kw(1, c=2), TypeError, "there is no argument 'c'"),
        (lambda: m.add_kw(1, a=2), TypeError, "argument 'a' is given twice"),
        (lambda: m.add_kw(b=2), TypeError, "argument 'a' is missing"),
        (lambda: m.clamp(1.0, x=2), TypeError, "can be given by position alone"),
        (lambda: m.clamp(), TypeError, "argument 'x' is missing"),
        (lambda: m.top({}, 3), TypeError, "takes 1 positional argument, but 2 were given"),
        (lambda: m.sum([1, 2, "x"]), TypeError, "argument 1: item 2: expected int, got str"),
        (lambda: m.sum("abc"), TypeError, "got str"),
        (lambda: m.half(x=1.5), TypeError, "argument 'x': expected int, got float"),
        (lambda: m.length("\ud800"), UnicodeEncodeError, "surrogates not allowed"),
        (lambda: m.thrower(), RuntimeError, "boom"),
    ],
)
def test_errors_say_what_is_wrong(call, kind, words) -> None:
    with pytest.raises(kind) as caught:
        call()
    assert words in str(caught.value)


def test_wrong_calls_show_the_signature() -> None:
    with pytest.raises(TypeError) as caught:
        m.add_kw(1, "x")
    assert "signature: add_kw(a: int, b: int) -> int" in str(caught.value)


def test_no_overload_fits() -> None:
    with pytest.raises(TypeError) as caught:
        m.ov(1.5)
    assert "ov(arg0: int, /) -> int: argument 1: expected int, got float" in str(caught.value)
    assert "ov(arg0: str, /) -> int: argument 1: expected str, got float" in str(caught.value)


def test_an_overload_says_how_many_arguments_did_not_fit() -> None:
    with pytest.raises(TypeError) as caught:
        m.ov()
    assert "ov(arg0: int, /) -> int: 0 arguments given" in str(caught.value)
    with pytest.raises(TypeError) as caught:
        m.ov(arg=1)
    assert "no argument can be given by keyword" in str(caught.value)


def test_only_the_overload_that_is_called_warns() -> None:
    assert m.old("ab") == 2
    with pytest.warns(DeprecationWarning, match=r"old\(\) is deprecated: use ov"):
        assert m.old(1) == 1


def test_a_function_with_state_may_die_before_its_module() -> None:
    # In a process of its own: the module goes too. A name that was met must not be written to afterwards.
    code = """
import gc, sys
import bind_functions as m
for _ in range(2):
    assert m.half(x=5) == 2
del m.half
gc.collect()
for name in [name for name in sys.modules if name.startswith("bind_functions")]:
    del sys.modules[name]
del m
gc.collect()
"""
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def test_an_error_inside_a_conversion_is_kept_with_a_note_of_where() -> None:
    class Broken:
        def __index__(self) -> int:
            raise ZeroDivisionError("inside")

    with pytest.raises(ZeroDivisionError, match="inside") as caught:
        m.sum([1, Broken()])
    assert "argument 1" in str(caught.value.__notes__)
    assert "item 1" in str(caught.value.__notes__)


@pytest.mark.parametrize(
    ("name", "signature"),
    [
        ("add", "(arg0, arg1, /)"),
        ("add_kw", "(a, b)"),
        ("add_default", "(a, b=10)"),
        ("clamp", "(x, /, lo=0.0, hi=1.0)"),
        ("shout", "(s)"),
        ("scaled", "(arg0, /)"),
        ("gather", "(*args, **kwargs)"),
        ("top", "(counts, *, n=10)"),
    ],
)
def test_signatures(name: str, signature: str) -> None:
    assert str(inspect.signature(getattr(m, name))) == signature


def test_functions_know_where_they_are_and_are_pickled_by_name() -> None:
    for name in ("add", "add_kw", "scaled", "half", "ov", "gather", "top"):
        function = getattr(m, name)
        assert function.__module__ == "bind_functions"
        assert function.__qualname__ == name
        assert pickle.loads(pickle.dumps(function)) is function


def test_the_docstring_begins_with_types_and_defaults() -> None:
    assert m.add_default.__doc__ == "add_default(a: int, b: int = 10) -> int\n\nAdds."
    assert m.top.__doc__ == "top(counts: dict, *, n: int = 10) -> list"


def test_the_module() -> None:
    assert m.__doc__ == "A slice."
    assert m.VERSION == "1.0"
    assert "add" in m.__all__
    assert m.extra.__name__ == "bind_functions.extra"
    import bind_functions.extra

    assert bind_functions.extra.plus(1, 2) == 3


def test_calls_leak_nothing() -> None:
    word = "x" * 50 + str(len(sys.argv))
    xs = [word]
    before = sys.getrefcount(word), sys.getrefcount(xs)
    for _ in range(10):
        m.length(word)
        m.length_s(word)
        m.takes(xs)
        m.gather(word, k=word)
        for bad in (
            lambda: m.sum(xs),
            lambda: m.add_kw(word, b=1),
            lambda: m.ov(xs),
            lambda: m.top(xs),
        ):
            with pytest.raises(TypeError):
                bad()
        del bad
    assert (sys.getrefcount(word), sys.getrefcount(xs)) == before
