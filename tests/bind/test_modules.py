"""Modules: what they have, how they are found, how they fail, in one interpreter and in several."""

from __future__ import annotations

import gc
import importlib
import importlib.machinery
import importlib.util
import pickle
import subprocess
import sys
import threading
import types
import weakref

import bind_modules as m
import pytest
from alone import one_at_a_time
from references import FREE_THREADED

try:
    import _interpreters as interpreters
except ImportError:
    import _xxsubinterpreters as interpreters


def load(name: str) -> types.ModuleType:
    """A new module object of that name, out of the file of bind_modules."""
    loader = importlib.machinery.ExtensionFileLoader(name, m.__file__)
    spec = importlib.util.spec_from_file_location(name, m.__file__, loader=loader)
    assert spec is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        loader.exec_module(module)
    except BaseException:
        sys.modules.pop(name, None)  # by now it may be another thread's
        raise
    return module


def run_in(interpreter, code: str) -> str | None:
    """What went wrong, or None."""
    code = f"import sys; sys.path[:] = {sys.path!r}\n" + code
    try:
        failed = interpreters.run_string(interpreter, code)
    except Exception as error:
        return str(error)
    return None if failed is None else failed.formatted


def test_constants_and_texts() -> None:
    assert m.__doc__ == "What a module can have."
    assert m.__version__ == "1.2.3"
    assert (m.TEXT, m.NUMBER, m.PI, m.YES, m.NOTHING) == ("text", 42, 3.5, True, None)
    assert m.PRIMES == [2, 3, 5]
    assert m.BY_ATTRIBUTE == "too"
    assert m.__name__ == m.__spec__.name == "bind_modules"


def test_all_names_what_is_public() -> None:
    assert set(m.__all__) == {
        *("TEXT", "NUMBER", "PI", "YES", "NOTHING", "PRIMES", "BY_ATTRIBUTE", "sub"),
        *("add", "overloaded", "alive", "bodies", "count", "kept"),
    }
    assert set(m.sub.__all__) == {"DEPTH", "add", "deeper"}
    assert load("bind_modules_all").__all__ == ["first"]
    assert load("bind_modules_empty").__all__ == []


def test_attributes_that_are_made_when_asked_for() -> None:
    assert m.lazy == "made when asked for"
    with pytest.raises(AttributeError, match="no attribute 'neither'"):
        m.neither  # noqa: B018
    assert not hasattr(m, "neither")


def test_submodules_are_imported_by_their_dotted_names() -> None:
    import bind_modules.sub
    import bind_modules.sub.deeper
    from bind_modules.sub.deeper import add

    assert bind_modules.sub is m.sub
    assert sys.modules["bind_modules.sub.deeper"] is m.sub.deeper
    assert (m.sub.__name__, m.sub.__doc__) == ("bind_modules.sub", "A part.")
    assert m.sub.deeper.__name__ == "bind_modules.sub.deeper"
    assert m.sub.__spec__.name == "bind_modules.sub"
    assert importlib.import_module("bind_modules.sub") is m.sub
    # One callable, three bindings.
    assert (m.add(1), m.sub.add(1), add(1, 10)) == (3, 4, 11)
    assert m.sub.add.__module__ == "bind_modules.sub"
    assert pickle.loads(pickle.dumps(add)) is add


def test_a_second_import_gives_the_same_module() -> None:
    before = m.bodies()
    assert importlib.import_module("bind_modules") is m
    assert m.bodies() == before


@one_at_a_time
def test_reload_keeps_the_module() -> None:
    first = m.count()
    before = m.bodies()
    function = m.count
    assert importlib.reload(m) is m
    assert m.count is function
    assert m.count() == first + 1
    assert m.bodies() == before  # as for Python's own extension modules: the body is not run again


@one_at_a_time
def test_a_module_that_was_forgotten_is_made_anew() -> None:
    again = load("bind_modules")
    try:
        assert again is not m
        assert again.count() == 1
        assert again.count() == 2
        first = m.count()
        assert again.count() == 3
        assert m.count() == first + 1
        assert again.kept() is again.kept()
        assert again.kept() is not m.kept()
        assert again.add(1) == 3
        assert again.overloaded(1) == m.overloaded(1) == "int"
        seen = weakref.ref(again)
    finally:
        sys.modules["bind_modules"] = m
        sys.modules["bind_modules.sub"] = m.sub
        sys.modules["bind_modules.sub.deeper"] = m.sub.deeper
    function = again.kept
    del again
    gc.collect()
    assert function() == []  # a function outlives the name of its module
    del function
    gc.collect()
    assert seen() is None
    assert m.kept() == []


FAILURES = [
    ("bind_modules_fail_std", ValueError, "a C++ exception"),
    ("bind_modules_fail_python", KeyError, "missing"),
    ("bind_modules_fail_unknown", SystemError, "no translator knows"),
]


@pytest.mark.parametrize(("name", "kind", "words"), FAILURES)
def test_a_body_that_fails_is_an_import_error_with_its_cause(name, kind, words) -> None:
    with pytest.raises(ImportError) as caught:
        load(name)
    assert type(caught.value) is ImportError
    assert caught.value.name == name
    assert f"the initialization of module '{name}' failed" in str(caught.value)
    assert words in str(caught.value)
    assert type(caught.value.__cause__) is kind
    assert words in str(caught.value.__cause__)


def test_an_import_error_out_of_a_body_is_itself() -> None:
    with pytest.raises(ModuleNotFoundError) as caught:
        load("bind_modules_fail_import")
    assert caught.value.name == "bind_modules_that_is_not_there"


def test_what_ends_a_program_is_no_import_error() -> None:
    with pytest.raises(KeyboardInterrupt, match="stop"):
        load("bind_modules_fail_interrupt")


@pytest.mark.parametrize("name", [*(name for name, _, _ in FAILURES), "bind_modules_fail_import"])
def test_a_body_that_fails_leaves_nothing_behind(name) -> None:
    def fail() -> None:
        with pytest.raises(ImportError):
            load(name)

    fail()
    gc.collect()
    alive = m.alive()
    objects = len(gc.get_objects())
    for _ in range(10):
        fail()
    gc.collect()
    assert m.alive() == alive == 0
    assert len(gc.get_objects()) < objects + 10
    assert not [each for each in sys.modules if each.startswith(name)]


@pytest.mark.thread_unsafe(reason="the module is made once")
def test_a_body_that_failed_can_be_run_again() -> None:
    with pytest.raises(ImportError, match="not yet"):
        load("bind_modules_fail_once")
    gc.collect()  # without a GIL, functions and modules die there alone
    module = load("bind_modules_fail_once")
    assert module.add(1) == 3
    assert module.part.state() == 3
    assert module.python_default() == [1]
    del sys.modules["bind_modules_fail_once"], sys.modules["bind_modules_fail_once.part"]
    del module
    gc.collect()
    assert m.alive() == 0


def test_a_module_that_needs_the_gil() -> None:
    # In a process of its own: without a GIL, CPython turns it on for such a module, for good, and says so.
    code = f"""if True:
        import importlib.machinery, importlib.util, sys
        for name in ("bind_modules_needs_gil", "bind_modules_both_options"):
            loader = importlib.machinery.ExtensionFileLoader(name, {m.__file__!r})
            spec = importlib.util.spec_from_file_location(name, {m.__file__!r}, loader=loader)
            module = importlib.util.module_from_spec(spec)
            loader.exec_module(module)
            assert module.add(1, 2) == 3
            assert getattr(sys, "_is_gil_enabled", lambda: True)()
    """
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        timeout=50,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert ("has been enabled to load module" in done.stderr) == FREE_THREADED


# CPython 3.11 cannot say that a thread is attached to a second interpreter.
several = pytest.mark.skipif(sys.version_info < (3, 12), reason="several interpreters: 3.12")


@pytest.mark.skipif(sys.version_info >= (3, 12), reason="refused by CPython 3.11 alone")
def test_a_second_interpreter_is_refused_in_words() -> None:
    interpreter = interpreters.create()
    said = run_in(interpreter, "import bind_modules")
    interpreters.destroy(interpreter)
    assert said is not None
    assert "module bind_modules does not support loading in subinterpreters" in said


USES = """
import bind_modules as m, pickle
assert [m.count(), m.count()] == [1, 2], "state is shared between interpreters"
assert m.kept() == [] and m.kept() is m.kept()
m.kept().append(1)
assert (m.add(1), m.sub.add(1), m.add(b=5, a=1)) == (3, 4, 6)
assert m.overloaded("x") == "str"
import bind_modules.sub.deeper
for function in (m.add, m.count, m.overloaded, m.sub.add):
    assert pickle.loads(pickle.dumps(function)) is function
try:
    m.add("x")
except TypeError as error:
    assert "argument 'a': expected int, got str" in str(error)
else:
    raise AssertionError
"""


@pytest.mark.thread_unsafe(reason="counts what all threads have")
@several
def test_each_interpreter_has_a_module_of_its_own() -> None:
    first = m.count()
    for _ in range(3):
        interpreter = interpreters.create()
        try:
            assert run_in(interpreter, USES) is None
        finally:
            interpreters.destroy(interpreter)
    assert m.count() == first + 1
    assert m.kept() == []


@several
def test_interpreters_import_at_the_same_moment() -> None:
    line = threading.Barrier(4)
    said: list[str | None] = []

    def work() -> None:
        interpreter = interpreters.create()
        line.wait()
        said.append(run_in(interpreter, USES))
        line.wait()
        interpreters.destroy(interpreter)

    threads = [threading.Thread(target=work) for _ in range(line.parties)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert said == [None] * 4


@pytest.mark.thread_unsafe(reason="counts what all threads have")
@several
def test_a_body_that_fails_in_another_interpreter() -> None:
    interpreter = interpreters.create()
    code = """
import importlib.machinery, importlib.util
loader = importlib.machinery.ExtensionFileLoader(name, file)
module = importlib.util.module_from_spec(importlib.util.spec_from_file_location(name, file, loader=loader))
try:
    loader.exec_module(module)
except ImportError as error:
    assert isinstance(error.__cause__, ValueError)
else:
    raise AssertionError
"""
    said = run_in(interpreter, f"name, file = 'bind_modules_fail_std', {m.__file__!r}\n" + code)
    interpreters.destroy(interpreter)
    assert said is None
    assert m.alive() == 0


@several
@pytest.mark.parametrize("name", ["bind_modules_main_only", "bind_modules_both_options"])
def test_a_module_for_the_main_interpreter_alone(name) -> None:
    if FREE_THREADED and name == "bind_modules_both_options":
        pytest.skip("it turns the GIL on: test_a_module_that_needs_the_gil loads it")
    assert load(name).add(1, 2) == 3
    interpreter = interpreters.create()
    code = """
import importlib.machinery, importlib.util
loader = importlib.machinery.ExtensionFileLoader(name, file)
try:
    importlib.util.module_from_spec(importlib.util.spec_from_file_location(name, file, loader=loader))
except ImportError as error:
    assert "does not support loading in subinterpreters" in str(error)
else:
    raise AssertionError
"""
    said = run_in(interpreter, f"name, file = {name!r}, {m.__file__!r}\n" + code)
    interpreters.destroy(interpreter)
    assert said is None
