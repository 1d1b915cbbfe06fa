"""Imported classes, warnings, notes, unraisable exceptions, redirected output; two extensions."""

from __future__ import annotations

import contextlib
import gc
import io
import json
import sys
import warnings
from collections.abc import Iterator

import bind_errors as m
import bind_exceptions as other
import pytest
from alone import one_at_a_time
from references import counts


def raised(f, *arguments) -> BaseException:
    with pytest.raises(BaseException) as caught:  # noqa: PT011
        f(*arguments)
    return caught.value


# ---- classes of Python modules


def test_imported_classes() -> None:
    error = raised(m.raise_imported, "json")
    assert type(error) is json.JSONDecodeError
    assert (error.msg, error.doc, error.pos) == ("no value", "{", 1)
    assert type(raised(m.raise_imported_on_thread)) is json.JSONDecodeError
    assert type(raised(m.raise_imported, "wrong")) is TypeError
    assert type(raised(m.raise_imported, "no module")) is ModuleNotFoundError
    assert "is no exception class" in str(raised(m.raise_imported, "no exception"))


@pytest.mark.thread_unsafe(reason="puts a module into sys.modules")
def test_imported_classes_inside_of_others() -> None:
    class Outer:
        class Inner(Exception):
            pass

    m.Outer = Outer
    assert type(raised(m.raise_imported, "nested")) is Outer.Inner


def test_imported_classes_match() -> None:
    assert m.matches_json(lambda: json.loads("{"))
    assert not m.matches_json(lambda: int("x"))


def test_raise() -> None:
    key = object()
    error = raised(m.raise_with, KeyError, key)
    assert type(error) is KeyError
    assert error.args == (key, 2)
    assert type(raised(m.raise_with, dict, {})) is TypeError
    assert raised(m.raise_builtin).args == (1, "two")


# ---- two extensions


def test_exceptions_travel_between_extensions_as_pythons() -> None:
    def f() -> None:
        other.raise_app("special")

    assert m.call_and_match(f, other.AppError)
    assert not m.call_and_match(f, LookupError)
    error = raised(m.call_and_pass_on, f)
    assert type(error) is other.SpecialError
    assert error.code == 16
    # And through the first one again.
    assert other.is_app_error(lambda: m.call_and_pass_on(f))


def test_interleaved_errors_of_two_extensions() -> None:
    first, second = m.call_second_while_first_is_held(
        lambda: other.raise_app("app"), lambda: m.raise_imported("json")
    )
    assert type(first) is other.AppError
    assert first.__notes__ == ["first"]
    assert type(second) is json.JSONDecodeError


def test_an_error_is_restored_twice() -> None:
    error = ValueError("x")

    def f() -> None:
        raise error

    assert raised(m.restored_twice, f) is error


def test_a_cause_is_added() -> None:
    error = KeyError("k")

    def f() -> None:
        raise error

    assert raised(m.add_cause, f) is error
    assert type(error.__cause__) is IndexError


def test_what_an_error_says_of_itself() -> None:
    def broken() -> None:
        raise ValueError("text")

    text = m.formatted(broken)
    assert "Traceback" in text
    assert "in broken" in text
    assert "ValueError: text\na note\n['a note']ValueError<traceback" in text


def test_notes() -> None:
    error = raised(m.raise_noted, "il")
    assert type(error) is KeyError
    assert (error.args, error.__notes__) == (("k",), ["the note"])
    # Where the standard library has none, the exception is what it is without.
    error = raised(m.raise_noted, "stack")
    assert type(error) is IndexError
    assert str(error) == "far"
    notes = getattr(error, "__notes__", [])
    assert len(notes) == (1 if m.has_stacktrace else 0)
    assert all(note.startswith("C++ stack (innermost first):") for note in notes)
    error = raised(m.raise_noted, "std")
    assert type(error) is IndexError
    assert error.__notes__ == ["the note"]
    error = raised(m.raise_noted, "nested")
    assert (type(error), error.__notes__) == (ValueError, ["the note"])
    assert type(error.__cause__) is ValueError
    assert str(error.__cause__) == "inside"


# ---- warnings


def test_warnings() -> None:
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        m.warn("use g()", 1)
        m.warn_category(UserWarning, "by class")
    assert [(w.category, str(w.message)) for w in seen] == [
        (DeprecationWarning, "use g()"),
        (UserWarning, "by class"),
    ]
    assert seen[0].filename == __file__


def test_the_level_of_a_warning_says_whose_line_it_is() -> None:
    def caller() -> None:
        m.warn("x", 2)

    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        m.warn("x", 1)
        caller()
    lines = [w.lineno for w in seen]
    assert lines[1] == lines[0] + 1


def test_a_warning_that_is_an_error() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        error = raised(m.warn, "use g()", 1)
    assert type(error) is DeprecationWarning
    assert type(raised(m.warn_category, int, "no category")) is TypeError


# ---- what nobody can be given


@contextlib.contextmanager
def unraisable() -> Iterator[list[tuple[str, str, object]]]:
    seen: list[tuple[str, str, object]] = []
    before = sys.unraisablehook
    sys.unraisablehook = lambda u: seen.append((u.exc_type.__name__, str(u.exc_value), u.object))
    try:
        yield seen
    finally:
        sys.unraisablehook = before


@pytest.mark.thread_unsafe(reason="hooks and streams are the process's")
def test_unraisable() -> None:
    with unraisable() as seen:
        m.in_a_destructor()
        error = raised(m.in_a_destructor_while_thrown)
        m.on_a_thread()
        m.discard(lambda: int("x"))
        m.outside_of_a_handler()
    assert type(error) is ValueError
    assert [(kind, where) for kind, _, where in seen] == [
        ("RuntimeError", "fails_at_the_end"),
        ("RuntimeError", "fails_at_the_end"),
        ("KeyError", "a thread"),
        ("ValueError", "a callback"),
    ]


@pytest.mark.thread_unsafe(reason="hooks and streams are the process's")
def test_unraisable_inside_of_a_traverse_is_reported_afterwards() -> None:
    with unraisable() as seen:
        m.in_a_traverse()
        # The pending call is served by the interpreter's own loop.
        for _ in range(1000):
            if seen:
                break
    assert seen == [("KeyError", "'of a traverse'", "a traverse")]


# ---- output


def captured(f, *arguments) -> tuple[str, str]:
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        f(*arguments)
    return out.getvalue(), err.getvalue()


@pytest.mark.thread_unsafe(reason="hooks and streams are the process's")
def test_output() -> None:
    assert captured(m.write_words) == ("out 1", "err 2log")
    assert captured(m.write_nested) == ("abc", "")
    assert m.buffers_are_restored()


@pytest.mark.thread_unsafe(reason="hooks and streams are the process's")
def test_output_detached() -> None:
    assert captured(m.write_detached, "text") == ("text", "")
    many = "x" * 100_000
    assert captured(m.write_detached, many) == (many, "")


@one_at_a_time  # streams are the process's
def test_characters_whose_bytes_come_one_by_one() -> None:
    assert captured(m.write_bytes) == ("ä🐍\ufffd!\ufffd", "")


@pytest.mark.thread_unsafe(reason="hooks and streams are the process's")
def test_output_of_threads() -> None:
    out, _ = captured(m.write_on_threads, 4, 50)
    lines = sorted(out.splitlines())
    assert lines == sorted(f"line of {i}" for i in range(4) for _ in range(50))


@pytest.mark.thread_unsafe(reason="Ctrl-C reaches the main thread")
def test_a_file_that_cannot_be_written() -> None:
    class Broken:
        def __init__(self, error: BaseException) -> None:
            self.error = error

        def write(self, text: str) -> None:
            raise self.error

    with unraisable() as seen, contextlib.redirect_stdout(Broken(OSError("full"))):
        m.write_detached("lost")
    assert [kind for kind, _, _ in seen] == ["OSError"]
    with (  # noqa: PT012
        pytest.raises(KeyboardInterrupt),
        contextlib.redirect_stdout(Broken(KeyboardInterrupt())),
    ):
        m.write_detached("lost")
        for _ in range(1000):
            pass
    # And the stream is whole again.
    assert captured(m.write_detached, "text") == ("text", "")


# ---- nothing is left behind


def test_references() -> None:
    error = KeyError("k")
    key = object()

    def f() -> None:
        raise error

    def everything() -> None:
        for which in ("json", "wrong", "no module", "no exception"):
            raised(m.raise_imported, which)
        raised(m.raise_with, KeyError, key)
        raised(m.raise_with, dict, {})
        m.matches_json(f)
        raised(m.call_and_pass_on, f)
        raised(m.restored_twice, f)
        raised(m.add_cause, f)
        m.formatted(f)
        raised(m.warn_category, int, "x")
        with unraisable():
            m.discard(f)
            m.in_a_destructor()
        error.__cause__ = error.__context__ = error.__traceback__ = None
        error.__notes__ = []

    watched = [error, key, f, KeyError, json.JSONDecodeError, TypeError]
    everything()
    gc.collect()
    before = counts(watched)
    for _ in range(20):
        everything()
    gc.collect()
    assert counts(watched) == before
