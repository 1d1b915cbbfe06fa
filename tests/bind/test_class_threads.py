"""Instances that several threads use."""

from __future__ import annotations

import copy
import gc
import threading
from collections.abc import Callable
from functools import partial

import bind_class_threads as m
import pytest


class Started:
    """Calls on threads of their own, which are inside of C++ when the body begins and are let go at its end."""

    def __init__(self, *calls: Callable[[], object]) -> None:
        self.results: list[object] = []
        self.threads = [threading.Thread(target=self.run, args=(call,)) for call in calls]

    def run(self, call: Callable[[], object]) -> None:
        self.results.append(call())

    def __enter__(self) -> Started:
        for thread in self.threads:
            thread.start()
            m.wait_inside()
        return self

    def __exit__(self, *_: object) -> None:
        for _thread in self.threads:
            m.let_go()
        for thread in self.threads:
            thread.join()


pytestmark = pytest.mark.thread_unsafe(reason="the module has one door that all tests go through")


@pytest.mark.parametrize("how", [lambda e: e.run, lambda e: partial(m.run_of, e)])
def test_what_another_thread_changes_with_the_interpreter_released_is_refused(
    how: Callable[[m.Engine], Callable[[], object]],
) -> None:
    e = m.Engine()
    with Started(how(e)):
        for use in (
            e.step,
            e.count,
            e.run,
            e.watch,
            partial(getattr, e, "steps"),
            partial(setattr, e, "steps", 5),
            partial(m.step_of, e),
            partial(m.count_of, e),
            partial(m.run_of, e),
            partial(m.Engine().merge, e),
            partial(copy.copy, e),
            partial(m.eat, e),
        ):
            with pytest.raises(RuntimeError, match="at work on another thread"):
                use()
        with pytest.raises(TypeError, match="initialized before"):
            e.__init__()
        gc.collect()
    e.step()
    assert (e.count(), m.count_of(e), e.steps) == (2, 2, 2)


def test_readers_do_not_exclude_one_another() -> None:
    e = m.Engine()
    with Started(e.watch, e.watch) as both:
        assert (e.count(), e.steps, m.count_of(e), copy.copy(e).steps) == (0, 0, 0, 0)
        for use in (e.step, partial(setattr, e, "steps", 5), partial(m.step_of, e), e.run):
            with pytest.raises(RuntimeError, match="may not be changed until it returns"):
                use()
        with pytest.raises(TypeError, match="works on it with the interpreter released"):
            m.eat(e)
    assert both.results == [0, 0]
    e.step()
    assert e.steps == 1


def test_every_argument_of_a_released_function_is_held() -> None:
    a, b = m.Engine(), m.Engine()
    b.steps = 3
    with Started(partial(a.merge, b)):
        with pytest.raises(RuntimeError, match="may not be read"):
            a.count()
        assert b.count() == 3
        with pytest.raises(RuntimeError, match="may not be changed"):
            b.step()
    with Started(partial(a.merge, a)), pytest.raises(RuntimeError, match="may not be read"):
        a.count()
    assert a.count() == 6


def test_the_thread_that_works_on_an_instance_may_use_it() -> None:
    e = m.Engine()

    def again() -> int:
        e.step()
        e.steps += 1
        m.step_of(e)
        assert e.call(e.count) == 5
        return e.count()

    assert e.call(again) == 5
    with pytest.raises(ZeroDivisionError):
        e.call(lambda: 1 // 0)
    assert e.count() == 6


def test_classes_that_see_to_it_themselves_are_left_alone() -> None:
    s = m.Safe()
    with Started(s.run):
        s.step()
    f = m.Frozen()
    with Started(f.watch):
        assert f.value == 4


def hammer(threads: int, work: Callable[[int], None]) -> None:
    """All at once; what one of them raises is raised."""
    barrier = threading.Barrier(threads)
    errors: list[BaseException] = []

    def run(number: int) -> None:
        barrier.wait()
        try:
            work(number)
        except BaseException as error:
            errors.append(error)

    all_threads = [threading.Thread(target=run, args=(i,)) for i in range(threads)]
    for thread in all_threads:
        thread.start()
    for thread in all_threads:
        thread.join()
    if errors:
        raise errors[0]


def test_calls_with_several_instances_exclude_one_another() -> None:
    purses = [m.Purse(100) for _ in range(4)]

    def work(number: int) -> None:
        for i in range(300):
            a, b = purses[(i + number) % 4], purses[(i * 3 + number) % 4]
            m.move_one(a, b)
            m.move_one(b, a)
            a.take(b)
            order = [purses[(i + number + k) % 4] for k in range(4)]
            if number % 2:
                order.reverse()
            assert m.rotate(*order)
            assert m.rotate(order[1], order[0], order[2], order[2])
            assert a.whole()

    hammer(4, work)
    assert all(p.whole() for p in purses)
    assert sum(p.first for p in purses) == 400
