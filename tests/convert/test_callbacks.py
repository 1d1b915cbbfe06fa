"""Functions both ways: who may call them and where, what is raised, what is the same object again."""

from __future__ import annotations

import functools
import gc
import inspect
import subprocess
import sys
import threading
import weakref

import convert_callbacks as m
import pytest
from alone import one_at_a_time
from references import counts


def test_a_callable_of_any_kind() -> None:
    assert m.apply(lambda x: x + 1, 2) == 3
    assert m.apply(abs, -4) == 4
    assert m.apply(int, 5) == 5

    class Callable:
        def __call__(self, x: int) -> int:
            return x * 10

        def method(self, x: int) -> int:
            return x * 100

    assert m.apply(Callable(), 2) == 20
    assert m.apply(Callable().method, 2) == 200
    assert m.mixed(lambda text, x, items: f"{text} {x} {items}") == "text 0.5 [1, 2]"


def test_a_function_type_of_somebody_else() -> None:
    def add(x: int) -> int:
        return x + 1

    for given in (add, abs, int, functools.partial(pow, 2)):
        assert m.pass_delegate(given) is given
        assert m.call_delegate(given, 3) == given(3)


def test_what_cannot_be_called() -> None:
    with pytest.raises(TypeError) as caught:
        m.apply(3, 2)
    assert "argument 1: expected collections.abc.Callable[[int], int], got int" in str(caught.value)


def test_detached_and_on_a_thread_of_its_own() -> None:
    seen = []

    def remember(x: int) -> int:
        seen.append(threading.get_ident())
        return x + 1

    assert m.apply_detached(remember, 1) == 2
    assert m.apply_on_thread(remember, 2) == 3
    assert seen[0] == threading.get_ident() != seen[1]


def test_what_python_raises_is_thrown() -> None:
    def bad() -> None:
        raise LookupError("not here")

    for call in (m.what_is_thrown, m.what_is_thrown_detached):
        assert call(bad) == "LookupError: not here"
        assert call(lambda: None) == "nothing"
        assert call(None) == "empty"
    error = ValueError("the same object")

    def raise_it(x: int) -> int:
        raise error

    for call in (m.apply, m.apply_detached, m.apply_on_thread):
        with pytest.raises(ValueError) as caught:  # noqa: PT011
            call(raise_it, 1)
        assert caught.value is error


def test_a_result_of_another_type() -> None:
    with pytest.raises(TypeError, match="the result of the callback: expected int, got str"):
        m.apply(lambda x: "no", 1)
    with pytest.raises(OverflowError, match="the result of the callback"):
        m.apply(lambda x: 1 << 80, 1)


def test_kept_and_dropped_on_another_thread() -> None:
    def f(x: int) -> int:
        return x + 1

    end = weakref.ref(f)
    m.keep(f)
    m.keep(f)
    assert m.call_kept(1) == 4
    del f
    assert end() is not None
    m.drop_kept()
    for _ in range(1000):
        pass
    m.apply_on_thread(abs, 1)  # an entry releases what waits
    gc.collect()
    assert end() is None


def test_nothing_is_leaked() -> None:
    def f(x: int) -> int:
        return x

    def bad(x: int) -> int:
        raise KeyError(x)

    argument = 123456789
    before = (sys.getrefcount(f), sys.getrefcount(bad), sys.getrefcount(argument))
    for _ in range(10):
        m.apply(f, argument)
        m.apply_on_thread(f, argument)
        with pytest.raises(KeyError):
            m.apply_on_thread(bad, argument)
    del _
    m.apply_detached(f, 1)
    gc.collect()
    assert (sys.getrefcount(f), sys.getrefcount(bad)) == before[:2]


def test_a_python_callable_comes_back_as_itself() -> None:
    def f(x: int) -> int:
        return x

    assert m.same(f) is f
    assert m.same(abs) is abs
    assert m.same_callback(f) is f
    assert m.bound(test_what_cannot_be_called) is test_what_cannot_be_called


def test_none_is_an_empty_function() -> None:
    assert m.is_empty(None) is True
    assert m.is_empty(print) is False
    assert m.empty() is None
    assert m.same(None) is None
    with pytest.raises(TypeError, match="argument 'f'"):
        m.not_empty(None)
    assert m.not_empty(print)


def test_cpp_callables_in_python() -> None:
    add3 = m.adder(3)
    assert add3(4) == 7
    assert callable(add3)
    assert list(map(add3, [1, 2])) == [4, 5]
    assert m.greeter()("you") == "hello you"
    count = m.counter()
    assert [count(), count(), count()] == [1, 2, 3]
    assert repr(add3) == "<C++ function (int) -> int>"
    assert str(inspect.signature(add3)) == "(arg0, /)"
    assert weakref.ref(add3)() is add3
    assert m.token_taker()(4) == 5


def test_cpp_callables_refuse() -> None:
    add3 = m.adder(3)
    with pytest.raises(TypeError, match="takes 1 positional argument, but 2 were given"):
        add3(1, 2)
    with pytest.raises(TypeError, match="no keyword arguments"):
        add3(x=1)
    with pytest.raises(TypeError, match="argument 1: expected int, got str"):
        add3("x")
    with pytest.raises(IndexError, match="too far"):
        m.thrower()()
    with pytest.raises(TypeError):
        type(add3)()


def test_cpp_callables_go_back_in() -> None:
    add3 = m.adder(3)
    assert m.apply(add3, 1) == 4
    assert m.apply_on_thread(add3, 1) == 4
    double = m.twice_pointer()
    assert double(4) == 8
    assert m.apply_pointer(double, 5) == 10
    assert m.apply(double, 6) == 12
    with pytest.raises(TypeError, match="expected a C\\+\\+ function of exactly that type"):
        m.apply_pointer(abs, 1)


def test_cpp_callables_end_with_their_object() -> None:
    before = m.alive()
    f = m.holder()
    assert m.alive() == before + 1
    assert f() == 1
    del f
    gc.collect()
    assert m.alive() == before


@one_at_a_time
def test_cpp_callables_that_want_more_alignment_than_objects() -> None:
    before = m.alive()
    for make in (m.aligned, m.aligned_itself):
        made = [make(by) for by in range(20)]
        assert [f(1) for f in made] == list(range(1, 21))
        assert m.same(made[3])(2) == 5
        del made
        assert m.alive() == before


@one_at_a_time
def test_a_cpp_callable_that_cannot_be_made_leaves_nothing() -> None:
    before = m.alive()
    kinds = counts([type(m.adder(1))])
    for _ in range(5):
        with pytest.raises(RuntimeError, match="cannot be moved"):
            m.unmovable()
    assert m.alive() == before
    after = counts([type(m.adder(1))])
    assert after == kinds


def test_the_end_of_a_cpp_callable_keeps_the_error_that_is_set() -> None:
    made = m.spoiler()
    assert made() == 2
    del made
    held = [m.spoiler()]

    def fails(inside: list) -> None:
        inside.clear()
        raise LookupError("not here")

    with pytest.raises(LookupError, match="not here"):
        fails(held)


def test_copies_of_a_python_callable_share_its_reference() -> None:
    def twice(x: int) -> int:
        return 2 * x

    before = sys.getrefcount(twice)
    for _ in range(10):
        assert m.copy_at_once(twice, 4) == 2 * sum(range(4))
        assert m.pass_around(twice) == 6
        assert m.pass_around_detached(twice) == 6
        assert m.apply(twice, 3) == 6
    gc.collect()
    assert sys.getrefcount(twice) == before


def test_results_that_are_python_objects() -> None:
    items: list[int] = []
    assert m.result_as_owned(lambda n: items) is items
    with pytest.raises(TypeError, match="expected list, got int"):
        m.result_as_owned(lambda n: n)
    thing = object()
    assert m.with_token(lambda o: o, thing) is thing


def test_in_containers_and_by_as() -> None:
    assert m.all_of([lambda: 1, lambda: 2]) == 3
    assert m.as_function(lambda x: x * 2) == 18
    assert m.from_object(abs) == 6
    with pytest.raises(TypeError, match="expected a callable, got int"):
        m.from_object(1)


def test_many_threads_call_and_copy() -> None:
    assert m.stress(lambda i: i, 8, 200) == [sum(range(200))] * 8


@pytest.mark.parametrize(
    "code",
    [
        "m.keep_to_the_end(print)",
        "m.keep(int); m.keep(lambda x: x)",
        "import atexit; atexit.register(lambda: print(m.apply(abs, -7)))",
        "class C:\n"
        "    def __del__(self): print(m.apply(abs, -8))\n"
        "c = C(); m.keep_to_the_end(lambda: c)",
        "f = m.adder(1); import sys; sys.leak = f; sys.same = m.holder()",
    ],
)
def test_the_end_of_the_process(code: str) -> None:
    done = subprocess.run(
        [sys.executable, "-X", "dev", "-c", "import convert_callbacks as m\n" + code],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, ""), done
