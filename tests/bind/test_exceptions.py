"""C++ exceptions in Python and Python's in C++, by a module that raises them."""

from __future__ import annotations

import builtins
import errno
import gc
import os
import subprocess
import sys

import bind_exceptions as m
import pytest
from references import counts


def raised(f, *arguments) -> BaseException:
    with pytest.raises(BaseException) as caught:  # noqa: PT011
        f(*arguments)
    return caught.value


def builtin(name: str) -> type[BaseException]:
    # What this Python does not have yet becomes what it is derived from.
    older = {"ImportCycleError": ImportError, "PythonFinalizationError": RuntimeError}
    return getattr(builtins, name, None) or older[name]


# ---- il's own


@pytest.mark.parametrize("name", m.names())
def test_each_class_becomes_its_namesake(name: str) -> None:
    error = raised(m.raise_text, name, "text ä")
    assert type(error) is builtin(name)
    assert error.args == ("text ä",)
    assert raised(m.raise_empty, name).args == ()


def test_the_classes_are_all_that_python_has() -> None:
    ours = set(m.names()) | {
        "BaseExceptionGroup",
        "ExceptionGroup",
        "UnicodeDecodeError",
        "UnicodeEncodeError",
        "UnicodeTranslateError",
    }
    theirs = {
        name
        for name, value in vars(builtins).items()
        if isinstance(value, type)
        and issubclass(value, BaseException)
        and value.__name__ == name
        and not name.startswith("_")
    }
    assert theirs <= ours
    assert ours - theirs <= {"ImportCycleError", "PythonFinalizationError"}


def test_an_error_matches_the_classes_that_it_is_of() -> None:
    def f() -> None:
        raise BrokenPipeError("x")

    assert set(m.matching(f)) == {
        "BaseException",
        "Exception",
        "OSError",
        "ConnectionError",
        "BrokenPipeError",
    }


def test_attributes() -> None:
    key = ("any", "object")
    assert raised(m.raise_special, "key object", key).args[0] is key
    assert raised(m.raise_special, "key text").args == ("k",)
    assert raised(m.raise_special, "key number").args == (42,)
    assert raised(m.raise_special, "key list").args == ([1, 2],)
    assert raised(m.raise_special, "stop value", key).value is key
    assert raised(m.raise_special, "stop async value", key).args == (key,)
    assert raised(m.raise_special, "exit code").code == 3

    error = raised(m.raise_special, "import")
    assert (error.msg, error.name, error.path) == ("no engine", "engine", "/lib/engine.so")
    error = raised(m.raise_special, "module")
    assert type(error) is ModuleNotFoundError
    assert (error.name, error.path) == ("engine", None)
    assert raised(m.raise_special, "name").name == "x"
    assert type(raised(m.raise_special, "local")) is UnboundLocalError
    assert raised(m.raise_special, "attribute").name == "x"

    error = raised(m.raise_special, "syntax")
    assert (error.msg, error.filename, error.lineno) == ("bad", "conf.ini", 3)
    assert (error.offset, error.text) == (5, "a = = b")
    error = raised(m.raise_special, "tab")
    assert type(error) is TabError
    assert (error.lineno, error.offset, error.text) == (3, None, None)


def test_os_errors_choose_their_class_by_the_number() -> None:
    error = raised(m.raise_special, "os")
    assert type(error) is FileExistsError
    assert (error.errno, error.filename) == (errno.EEXIST, None)
    error = raised(m.raise_special, "os file")
    assert type(error) is FileNotFoundError
    assert (error.errno, error.strerror) == (errno.ENOENT, os.strerror(errno.ENOENT))
    assert (error.filename, error.filename2) == ("a.txt", None)
    assert type(raised(m.raise_special, "os path")) is PermissionError
    error = raised(m.raise_special, "os files")
    assert (error.filename, error.filename2) == ("a.txt", "b.txt")
    # One that is a subclass already stays what it is.
    error = raised(m.raise_special, "os subclass")
    assert type(error) is PermissionError
    assert error.errno == errno.ENOENT


def test_unicode_errors() -> None:
    error = raised(m.raise_special, "decode")
    assert type(error) is UnicodeDecodeError
    assert (error.encoding, error.object) == ("utf-8", b"a\xff\0b")
    assert (error.start, error.end, error.reason) == (1, 2, "bad byte")
    error = raised(m.raise_special, "encode")
    assert (error.encoding, error.object) == ("ascii", "a\ud800")
    error = raised(m.raise_special, "translate")
    assert (error.object, error.start, error.end, error.reason) == ("abc", 1, 3, "bad")


def test_groups() -> None:
    error = raised(m.raise_special, "group")
    assert type(error) is ExceptionGroup
    assert error.message == "several"
    assert [type(e) for e in error.exceptions] == [ValueError, IndexError, SystemError]
    error = raised(m.raise_special, "base group")
    assert type(error) is BaseExceptionGroup
    assert type(error.exceptions[3]) is KeyboardInterrupt
    assert type(raised(m.raise_special, "wrong group")) is TypeError


# ---- the standard library's

STANDARD = {
    "exception": RuntimeError,
    "runtime_error": RuntimeError,
    "logic_error": RuntimeError,
    "invalid_argument": ValueError,
    "domain_error": ValueError,
    "length_error": ValueError,
    "out_of_range": IndexError,
    "derived_range": IndexError,
    "range_error": ValueError,
    "overflow_error": OverflowError,
    "underflow_error": ArithmeticError,
    "bad_alloc": MemoryError,
    "bad_array_new_length": MemoryError,
    "bad_cast": TypeError,
    "bad_typeid": TypeError,
    "bad_exception": RuntimeError,
    "bad_any_cast": TypeError,
    "bad_optional_access": ValueError,
    "bad_variant_access": ValueError,
    "bad_function_call": TypeError,
    "bad_weak_ptr": ReferenceError,
    "future_error": RuntimeError,
    "regex_error": ValueError,
    "ios_failure": OSError,
}


@pytest.mark.parametrize("which", STANDARD)
def test_the_standard_librarys(which: str) -> None:
    error = raised(m.raise_standard, which)
    assert type(error) is STANDARD[which]
    assert str(error)
    if which.endswith(("_argument", "_range", "domain_error", "length_error")):
        assert str(error) == "text"


def test_format_error() -> None:
    error = raised(m.raise_standard, "format_error")
    if "no such case" in str(error):
        pytest.skip("this compiler's library has no <format>")
    assert type(error) is ValueError


def test_system_errors() -> None:
    error = raised(m.raise_standard, "system_error")
    assert type(error) is FileNotFoundError
    assert (error.errno, error.strerror) == (errno.ENOENT, os.strerror(errno.ENOENT))
    assert not hasattr(error, "__notes__")
    error = raised(m.raise_standard, "system_error with context")
    assert type(error) is ConnectionRefusedError
    assert error.strerror == os.strerror(errno.ECONNREFUSED)
    assert "while dialing" in error.__notes__[0]
    # No errno: of another library's numbers.
    error = raised(m.raise_standard, "odd category")
    assert type(error) is OSError
    assert error.errno is None
    assert str(error) == "context: odd message"


def test_filesystem_errors() -> None:
    error = raised(m.raise_standard, "filesystem_error")
    assert type(error) is PermissionError
    assert (error.errno, error.filename, error.filename2) == (errno.EACCES, "a.txt", None)
    assert "cannot read" in error.__notes__[0]
    error = raised(m.raise_standard, "filesystem_error of two")
    assert type(error) is FileNotFoundError
    assert (error.filename, error.filename2) == ("a.txt", "b.txt")


@pytest.mark.skipif(sys.platform != "linux", reason="names of files are any bytes on Linux")
def test_a_file_whose_name_is_not_utf8() -> None:
    error = raised(m.raise_standard, "filesystem_error undecodable")
    assert os.fsencode(error.filename) == b"a\xff.txt"


def test_texts_that_are_none() -> None:
    assert str(raised(m.raise_standard, "bad text")) == "\ufffd\ufffd"
    assert str(raised(m.raise_standard, "no text")) == ""


def test_what_no_one_expected_is_a_system_error() -> None:
    error = raised(m.raise_standard, "int")
    assert type(error) is SystemError
    assert "type int" in str(error)
    error = raised(m.raise_standard, "struct")
    assert type(error) is SystemError
    assert "unheard_of" in str(error)


def test_a_refused_entry_while_finalizing() -> None:
    assert type(raised(m.raise_standard, "finalizing")) is builtin("PythonFinalizationError")


# ---- causes


def test_nested_exceptions_are_causes() -> None:
    error = raised(m.raise_nested, 3)
    texts = []
    while error is not None:
        texts.append(f"{type(error).__name__}: {error}")
        error = error.__cause__
    assert texts == [
        "ValueError: depth 3",
        "ValueError: depth 2",
        "ValueError: depth 1",
        "IndexError: innermost",
    ]


def test_pythons_exception_nested_in_one_of_cpp() -> None:
    inner = KeyError("inner")

    def f() -> None:
        raise inner

    error = raised(m.nest_python, f)
    assert type(error) is RuntimeError
    assert error.__cause__ is inner


def test_one_of_cpp_nested_in_pythons_exception() -> None:
    outer = KeyError("outer")

    def f() -> None:
        raise outer

    error = raised(m.nest_in_python, f)
    assert error is outer
    assert type(error.__cause__) is ValueError
    assert str(error.__cause__) == "inside"


def test_an_exception_is_no_cause_of_itself() -> None:
    inner = KeyError("inner")

    def f() -> None:
        raise inner

    assert raised(m.nest_in_itself, f) is inner
    assert inner.__cause__ is None


def test_what_is_nested_in_no_std_exception() -> None:
    error = raised(m.nest_in_int)
    assert type(error) is SystemError
    assert type(error.__cause__) is ValueError


# ---- an application's own


def test_registered_classes() -> None:
    assert m.AppError.__module__ == "bind_exceptions"
    assert m.AppError.__doc__ == "What the app raises."
    assert m.AppError.__bases__ == (RuntimeError,)
    assert m.SpecialError.__bases__ == (m.AppError,)

    error = raised(m.raise_app, "app")
    assert type(error) is m.AppError
    assert (str(error), error.code, error.upper) == ("broken", 7, "UPPER broken")
    error = raised(m.raise_app, "special")
    assert type(error) is m.SpecialError
    assert (str(error), error.code, error.upper) == ("special", 16, "UPPER special")
    # Not registered itself: the most special of those that it is derived from.
    error = raised(m.raise_app, "unbound")
    assert type(error) is m.SpecialError
    assert error.code == 18


def test_registered_classes_that_stand_for_builtin_ones() -> None:
    error = raised(m.raise_app, "config")
    assert type(error) is m.ConfigError
    assert isinstance(error, KeyError)
    assert (error.args, error.key_text) == (("port",), "port")


def test_registered_classes_that_are_no_std_exception() -> None:
    error = raised(m.raise_app, "plain")
    assert type(error) is m.PlainError
    assert (error.args, error.number) == ((), 5)


def test_a_registered_class_as_a_cause() -> None:
    error = raised(m.raise_app, "nested")
    assert type(error) is m.AppError
    assert error.code == 10
    assert type(error.__cause__) is m.PlainError
    assert error.__cause__.number == 6


def test_a_base_class_of_pythons() -> None:
    # JSONDecodeError wants more arguments than a text: the error says so, and nothing is left behind.
    error = raised(m.raise_app, "foreign")
    assert type(error) is TypeError
    assert "JSONDecodeError" in str(error) or "missing" in str(error)


def test_a_field_that_fails_is_what_is_raised() -> None:
    error = raised(m.raise_app, "failing field")
    assert type(error) is ZeroDivisionError


def test_raised_from_python() -> None:
    assert m.AppError("x").code is None

    def f(error: BaseException):
        def g() -> None:
            raise error

        return g

    assert m.is_app_error(f(m.AppError("x")))
    assert m.is_app_error(f(m.SpecialError("x")))
    assert not m.is_app_error(f(RuntimeError("x")))
    assert not m.is_unregistered(f(m.SpecialError("x")))


def test_pickled_with_their_fields() -> None:
    import pickle

    error = pickle.loads(pickle.dumps(raised(m.raise_app, "app")))
    assert type(error) is m.AppError
    assert (str(error), error.code) == ("broken", 7)


# ---- translators: in a process of their own, since they stay

TRANSLATORS = """
import bind_exceptions as m

def raised(how):
    try:
        m.raise_translated(how)
    except BaseException as error:
        return error

before = raised(0)
assert type(before) is SystemError and "TranslatedError" in str(before), before
assert type(raised(-1)) is RuntimeError
for _ in range(2):
    m.register_all()
def check(how, cls, text):
    error = raised(how)
    assert type(error) is cls and str(error) == text, (how, repr(error))
    return error
check(0, ValueError, "oldest")
check(1, KeyError, "'set by hand'")
thrown = check(2, IndexError, "thrown by a translator")
assert type(thrown.__context__) is SystemError, repr(thrown.__context__)
assert "has not" in str(raised(3)), raised(3)
check(4, IndexError, "pointed to")
check(5, ZeroDivisionError, "of Python")
check(6, ValueError, "newest")
assert type(raised(7)) is SystemError
check(-1, LookupError, "translated")
# il's own errors, Python's and the usual ones are what they were.
for name in m.names():
    try:
        m.raise_text(name, "untranslatable")
    except BaseException as error:
        # What this Python does not have yet becomes what it is derived from.
        assert type(error).__name__ in (name, "RuntimeError", "ImportError"), (name, error)
try:
    m.raise_standard("invalid_argument")
except ValueError as error:
    assert str(error) == "text"
"""


def test_translators_are_asked_newest_first() -> None:
    path = os.path.dirname(m.__file__)
    done = subprocess.run(
        [sys.executable, "-c", TRANSLATORS],
        env={**os.environ, "PYTHONPATH": path},
        capture_output=True,
        text=True,
        timeout=50,
    )
    assert done.returncode == 0, done.stderr


# ---- through frames


@pytest.mark.parametrize(
    "error", [KeyboardInterrupt("stop"), SystemExit(4), GeneratorExit(), ValueError("v")]
)
def test_exceptions_stay_what_they_are_through_both_doors(error: BaseException) -> None:
    def f() -> None:
        raise error

    assert raised(m.through_doors, f, 5) is error
    assert error.__cause__ is None


def test_thrown_detached_and_on_threads() -> None:
    error = raised(m.raise_detached)
    assert type(error) is KeyError
    assert error.args == ("from detached",)
    error = raised(m.raise_on_thread)
    assert type(error) is FileNotFoundError
    assert error.filename == "of a thread"


def test_what_names_foreign_classes_with_their_module() -> None:
    import json

    assert m.what_of(lambda: json.loads("{")).startswith("json.decoder.JSONDecodeError: ")
    assert m.what_of(lambda: [].pop()) == "IndexError: pop from empty list"


def test_what_of_an_exception_whose_str_raises() -> None:
    class Bad(Exception):
        def __str__(self) -> str:
            raise RuntimeError("no text")

    def f() -> None:
        raise Bad

    assert "Bad: <str() of the exception failed>" in m.what_of(f)
    assert raised(m.through_doors, f, 2).__class__ is Bad


def test_an_exception_as_an_object() -> None:
    error = m.converted("text")
    assert type(error) is ValueError
    assert error.args == ("text",)


# ---- nothing is left behind


def test_references() -> None:
    class Key:
        pass

    key = Key()
    error = KeyError("inner")

    def f() -> None:
        raise error

    def everything() -> None:
        for name in m.names():
            raised(m.raise_text, name, "text")
        raised(m.raise_special, "key object", key)
        raised(m.raise_special, "stop value", key)
        raised(m.raise_special, "group")
        raised(m.raise_special, "wrong group")
        for which in STANDARD:
            raised(m.raise_standard, which)
        for which in ("app", "special", "config", "plain", "foreign", "failing field", "nested"):
            raised(m.raise_app, which)
        raised(m.nest_python, f)
        raised(m.nest_in_python, f)
        raised(m.nest_in_itself, f)
        raised(m.through_doors, f, 2)
        m.what_of(f)
        m.is_app_error(f)
        error.__cause__ = error.__context__ = error.__traceback__ = None

    watched = [key, error, f, m.AppError, m.PlainError, ValueError, KeyError]
    everything()
    gc.collect()
    before = counts(watched)
    for _ in range(20):
        everything()
    gc.collect()
    assert counts(watched) == before
