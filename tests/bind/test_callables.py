"""What can be bound, and each of a binding's options."""

from __future__ import annotations

import contextlib
import copy
import gc
import inspect
import io
import pickle
import pydoc
import types
import warnings

import bind_callables as m
import pytest
from alone import one_at_a_time


@pytest.mark.parametrize(
    ("call", "result"),
    [
        (lambda: m.free_function(4), 8),
        (lambda: m.free_function(x=4), 8),
        (lambda: m.free_function_of_text("ab"), "abab"),
        (lambda: m.pointer(x=4), 8),
        (lambda: m.reference(1), 101),
        (lambda: m.constant_lambda(x=1), 2),
        (lambda: getattr(m, "lambda")(1), 3),
        (lambda: m.noexcept_lambda(1), 4),
        (lambda: m.capturing(n=3), "ccc"),
        (lambda: m.move_only_capture(), 7),
        (lambda: m.constant_functor(x=2), 12),
        (lambda: m.std_function(x=5), -5),
        (lambda: m.member(gauge=5, n=2), 7),
        (lambda: m.member_noexcept(5, 2), 7),
        (lambda: m.member_on_lvalue(5, 2), 7),
        (lambda: m.member_on_rvalue(5, 2), 3),
        (lambda: m.member_overloaded(5, 2), 7),
        (lambda: m.member_overloaded_const(5, 2), 10),
        (lambda: m.member_pointer(5, n=2), 7),
        (lambda: m.data_member(gauge=9), 9),
        (lambda: m.first_is_token(x=3), 3),
        (lambda: m.token_alone(), None),
    ],
)
def test_what_can_be_bound(call, result) -> None:
    assert call() == result


# What is counted is the module's.
@one_at_a_time
def test_state_belongs_to_the_function() -> None:
    first = m.mutable()
    assert m.mutable() == first + 1
    first = m.functor()
    assert m.functor() == first + 1


def test_one_callable_bound_in_a_loop_gives_independent_functions() -> None:
    for i in range(3):
        assert getattr(m, f"loop_state_{i}")(1) == 1 + 1000 * i
        assert getattr(m, f"loop_default_{i}")() == 2 * i
        assert getattr(m, f"loop_named_{i}")(**{f"n{i}": 7}) == 7
        with pytest.raises(TypeError, match=rf"loop_named_{i}\(\): there is no argument"):
            getattr(m, f"loop_named_{i}")(**{f"n{(i + 1) % 3}": 7})
        assert getattr(m, f"loop_named_{i}").__name__ == f"loop_named_{i}"
        assert str(inspect.signature(getattr(m, f"loop_default_{i}"))) == f"(x={i})"


def test_a_helper_template_gives_independent_functions() -> None:
    assert [m.helper_1(), m.helper_2(), m.helper_3(), m.helper_4(), m.helper_5()] == [
        1,
        4,
        6,
        40,
        100,
    ]


def test_the_policy_releases_the_interpreter() -> None:
    assert m.detached("text") == "detached text"
    assert m.attached("text") == "attached text"
    assert m.detached_state(x=2) == 6
    assert m.detached_nothing() is None
    assert m.detached_failing() == 1
    for _ in range(3):
        with pytest.raises(ValueError, match="below zero"):
            m.detached_failing(-1)
    with pytest.raises(TypeError, match="argument 'text': expected str, got int"):
        m.detached(1)


def test_call_guards_nest_around_the_body() -> None:
    m.guarded(1)
    assert m.take_steps() == ["outer", "inner", "body", "~inner", "~outer"]
    m.guarded_detached(1)
    assert m.take_steps() == ["outer detached", "body detached", "~outer"]
    with pytest.raises(IndexError, match="inside"):
        m.guarded_failing()
    assert m.take_steps() == ["outer", "inner", "body", "~inner", "~outer"]
    with pytest.raises(RuntimeError, match="the guard refuses"):
        m.guard_that_fails(1)
    assert m.take_steps() == ["outer", "~outer"]
    with pytest.raises(TypeError):
        m.guarded("x")
    assert m.take_steps() == []  # guards are made when the arguments are there


def test_the_module_is_passed() -> None:
    assert m.with_module() == "bind_callables"
    assert m.with_module_and_token(x=3) == "bind_callables3"
    assert m.with_module_and_state() == "bind_callables5"
    assert m.with_two_modules(m.sub) == "bind_callables bind_callables.sub"
    assert m.with_module_twice(1) == "bind_callables1"
    assert m.with_module_twice("a") == "bind_callablesa"
    assert m.sub.with_module() == "bind_callables.sub"
    assert str(inspect.signature(m.with_module)) == "()"
    assert str(inspect.signature(m.with_module_and_token)) == "(x)"
    assert m.with_two_modules.__doc__.startswith("with_two_modules(other: types.ModuleType)")


def test_a_deprecated_function_warns_at_its_caller() -> None:
    with pytest.warns(DeprecationWarning, match="use free_function") as caught:
        assert m.deprecated(x=2) == 4
    assert str(caught[0].message) == "deprecated() is deprecated: use free_function"
    assert caught[0].filename == __file__
    with pytest.warns(DeprecationWarning, match="no more"):
        assert m.deprecated_plain() == 1
    assert m.deprecated.__doc__.endswith("Doubles.\n\nDeprecated: use free_function")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(DeprecationWarning):
            m.deprecated(1)
        with pytest.raises(TypeError):  # a wrong call calls nothing, and does not warn
            m.deprecated("x")


def test_a_signature_in_words_is_shown_in_place_of_the_types() -> None:
    assert m.signed.__doc__ == "signed(mode: Literal['r', 'w']) -> str\n\nOpens."
    assert str(inspect.signature(m.signed)) == "(mode)"
    with pytest.raises(TypeError, match=r"signature: signed\(mode: Literal\['r', 'w'\]\) -> str"):
        m.signed(1)


def test_docstrings() -> None:
    assert m.documented.__doc__ == "documented() -> None\n\nFirst line.\n\nMore ü of it."
    assert m.undocumented.__doc__ == "undocumented() -> None"


@pytest.mark.thread_unsafe(reason="streams are the process's")
def test_help() -> None:
    text = pydoc.plain(pydoc.render_doc(m.signed))
    assert "signed(mode)" in text
    assert "Opens." in text
    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        help(m)
    assert "with_two_modules(other)" in said.getvalue()


def test_functions_are_what_python_calls_builtin() -> None:
    for name in ("lambda", "capturing", "with_module_twice", "helper_3"):
        function = getattr(m, name)
        assert isinstance(function, types.BuiltinFunctionType)
        assert repr(function) == f"<built-in function {name}>"
        assert inspect.isroutine(function)


@pytest.mark.parametrize(
    ("module", "name"),
    [
        (m, "free_function"),
        (m, "capturing"),
        (m, "helper_3"),
        (m, "loop_state_2"),
        (m, "with_module_twice"),
        (m.sub, "state"),
        (m.sub, "overloaded"),
        (m.sub.deeper, "twice"),
    ],
)
def test_functions_are_pickled_by_name(module, name) -> None:
    function = getattr(module, name)
    assert function.__module__ == module.__name__
    assert function.__qualname__ == function.__name__ == name
    for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
        if module is m or protocol >= 0:
            assert pickle.loads(pickle.dumps(function, protocol)) is function
    assert copy.deepcopy(function) is function


def test_a_function_can_be_defined_in_any_module_at_any_time() -> None:
    module = types.ModuleType("anything")
    m.define_in(module, "first", 10)
    m.define_in(module, "second", 20)
    assert module.first() == 11
    assert module.second(x=5) == 25
    assert module.first.__module__ == "anything"
    m.define_in(module, "first", 30)  # outside of a module's body a name is replaced
    assert module.first() == 31


# They are counted in the whole process.
@one_at_a_time
def test_captures_die_with_their_function() -> None:
    gc.collect()
    before = m.captured()
    module = types.ModuleType("short")
    m.define_captures_in(module)
    kept = module.counted
    assert kept() == before + 1
    del module
    gc.collect()
    assert kept() == before + 1
    del kept
    gc.collect()
    assert m.captured() == before
