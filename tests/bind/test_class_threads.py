"""Instances that several threads use."""

from __future__ import annotations

import copy
import gc
import threading
import weakref
from collections.abc import Callable
from functools import partial
from typing import NamedTuple

import bind_class_threads as m
import pytest
from started import Started
from together import run_together

pytestmark = pytest.mark.thread_unsafe(reason="the module has one door that all tests go through")


@pytest.mark.parametrize(
    "how",
    [
        lambda e: e.run,
        lambda e: partial(m.run_of, e),
        lambda e: partial(m.share_run, e),
        lambda e: e.share_self,
    ],
)
def test_what_another_thread_changes_with_the_interpreter_released_is_refused(
    how: Callable[[m.Engine], Callable[[], object]],
) -> None:
    e = m.Engine()
    with Started(m, how(e)):
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
            partial(m.share_step, e),
            partial(m.share_count, e),
            partial(m.share_run, e),
            partial(m.hold_step, e),
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
    with Started(m, e.watch, e.watch) as both:
        assert (e.count(), e.steps, m.count_of(e), copy.copy(e).steps) == (0, 0, 0, 0)
        assert m.share_count(e) == 0
        for use in (
            e.step,
            partial(setattr, e, "steps", 5),
            partial(m.step_of, e),
            e.run,
            partial(m.share_step, e),
            partial(m.share_run, e),
            e.share_self,
            partial(setattr, m.Engine(), "twin", e),
            partial(setattr, m.Engine(), "follower", e),
        ):
            with pytest.raises(RuntimeError, match="may not be changed until it returns"):
                use()
        with pytest.raises(TypeError, match="works on it with the interpreter released"):
            m.eat(e)
    assert both.results == [0, 0]
    e.step()
    assert e.steps == 1


def test_pointers_that_refer_to_nothing_hold_nothing() -> None:
    assert m.share_default()
    assert m.share_default(None)
    assert not m.share_default(m.Engine())
    # Nothing works on an instance that has no value.
    assert m.hold_only(m.Engine.__new__(m.Engine))
    assert m.hold_only(m.Engine())


def test_every_argument_of_a_released_function_is_held() -> None:
    a, b = m.Engine(), m.Engine()
    b.steps = 3
    with Started(m, partial(a.merge, b)):
        with pytest.raises(RuntimeError, match="may not be read"):
            a.count()
        assert b.count() == 3
        with pytest.raises(RuntimeError, match="may not be changed"):
            b.step()
    with Started(m, partial(a.merge, a)), pytest.raises(RuntimeError, match="may not be read"):
        a.count()
    assert a.count() == 6


def test_what_an_instance_holds_may_be_moved_about_while_cycles_are_collected() -> None:
    shelf = m.Shelf()
    gone = weakref.ref(shelf)
    for i in range(50):
        shelf.add([i, shelf])  # cycles through what C++ holds
    m.begin_to_stir()
    thread = threading.Thread(target=shelf.stir)
    thread.start()
    m.wait_inside()
    try:
        for _ in range(200):
            garbage: list[object] = []
            garbage.append(garbage)
            del garbage
            gc.collect()
    finally:
        m.stop_stirring()
        thread.join()
    assert shelf.first()[1] is shelf
    del shelf, thread
    gc.collect()
    assert gone() is None


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
    with Started(m, s.run):
        s.step()
    f = m.Frozen()
    with Started(m, f.watch):
        assert f.value == 4


def hammer(threads: int, work: Callable[[int], None]) -> None:
    """All at once; what one of them raises is raised."""
    run_together(*(partial(work, number) for number in range(threads)))


# ---- functions that leave by their token -----------------------------------------------------------------------------------------


INSIDE = [
    lambda e: e.run_inside,
    lambda e: partial(e.run_between, lambda: 1),
    lambda e: partial(setattr, e, "watched", 3),
    lambda e: partial(m.merge_inside, e, m.Engine()),
    lambda e: partial(m.share_merge, e, m.Engine()),
    lambda e: e.hold_self,
]


@pytest.mark.parametrize("how", INSIDE)
def test_what_another_thread_changes_while_a_function_is_away_by_its_token_is_refused(
    how: Callable[[m.Engine], Callable[[], object]],
) -> None:
    e = m.Engine()
    work = Started(m, how(e))
    with work:
        for use in (e.step, e.count, e.run, e.run_inside, partial(getattr, e, "steps")):
            with pytest.raises(RuntimeError, match="at work on another thread"):
                use()
        if isinstance(how(e), partial) and how(e).func == e.run_between:
            # It leaves a second time.
            m.let_go()
            m.wait_inside()
            with pytest.raises(RuntimeError, match="at work on another thread"):
                e.step()
    e.step()
    assert e.count() == e.steps


def test_readers_that_leave_by_their_token_do_not_exclude_one_another() -> None:
    e = m.Engine()
    with Started(m, e.watch_inside, e.watch_inside, e.watch, partial(getattr, e, "watched")):
        assert (e.count(), e.steps) == (0, 0)
        for use in (e.step, e.run_inside, partial(setattr, e, "watched", 5)):
            with pytest.raises(RuntimeError, match="may not be changed until it returns"):
                use()
    e.step()
    with Started(m, partial(m.merge_inside, m.Engine(), e)):
        assert e.count() == 1
        with pytest.raises(RuntimeError, match="may not be changed"):
            e.step()


def test_marks_end_with_the_function_also_where_it_fails() -> None:
    e = m.Engine()
    for _ in range(3):
        with pytest.raises(RuntimeError, match="fails inside"):
            e.failing()
    with Started(m, e.run_inside):
        pass
    hammer(2, lambda _: e.step())
    assert e.count() == 3


def test_who_leaves_by_a_token_of_its_own_marks_its_own_instances_alone() -> None:
    e = m.Engine()
    with Started(m, partial(e.call_attached, lambda: m.stay_inside() or 1)):
        e.step()
    assert e.count() == 1


IN_A_CALL = [
    lambda e, f: partial(e.call_attached, f),
    lambda e, f: partial(m.call_with, e, f),
    lambda e, f: partial(m.call_for, engine=e, f=f),
    lambda e, f: partial(m.hold_call, e, f),
    lambda e, f: partial(e.read_attached, f),
]


@pytest.mark.parametrize("how", IN_A_CALL)
def test_a_function_that_runs_python_code_is_not_overtaken_by_one_that_leaves(
    how: Callable[[m.Engine, Callable[[], int]], Callable[[], object]],
) -> None:
    e = m.Engine()

    def meanwhile() -> int:
        m.stay_inside()
        return 1

    with Started(m, how(e, meanwhile)):
        for use in (e.run, e.run_inside, partial(m.run_of, e)):
            with pytest.raises(RuntimeError, match=r"in use on another thread.*not be changed"):
                use()
        # What does not leave takes turns with Python code, as everywhere.
        e.step()
        if how is not IN_A_CALL[-1]:
            with pytest.raises(RuntimeError, match=r"in use on another thread.*not be read"):
                e.watch()
    if how is IN_A_CALL[-1]:
        with Started(m, how(e, meanwhile), e.watch, e.watch_inside):
            pass
    with Started(m, e.run):
        pass
    assert e.count() == 2


def test_a_function_that_runs_python_code_may_leave_from_inside_on_its_own_thread() -> None:
    e = m.Engine()
    with (
        Started(m, partial(e.call_attached, lambda: e.run_inside() or 1)),
        pytest.raises(RuntimeError, match="at work on another thread"),
    ):
        e.step()
    assert e.count() == 1


def test_a_call_from_another_library_inside_leaves_nothing_behind() -> None:
    e = m.Engine()
    results: list[int] = []
    m.call_raw_inside(lambda: results.append(e.call_attached(lambda: 7)))
    assert results == [7]
    with pytest.raises(RuntimeError, match="fails inside"):
        hammer(1, lambda _: e.failing())


class Kind(NamedTuple):
    """A way to use an engine: what it does to it, and where its thread is when it waits inside."""

    use: Callable[[m.Engine], object]
    writes: bool
    where: str  # "released", "attached" (in a call of Python code), or "done" at once


def wait_attached() -> int:
    m.stay_inside()
    return 0


KINDS = {
    "run": Kind(lambda e: e.run(), True, "released"),
    "watch": Kind(lambda e: e.watch(), False, "released"),
    "run_inside": Kind(lambda e: e.run_inside(), True, "released"),
    "watch_inside": Kind(lambda e: e.watch_inside(), False, "released"),
    "call_attached": Kind(lambda e: e.call_attached(wait_attached), True, "attached"),
    "read_attached": Kind(lambda e: e.read_attached(wait_attached), False, "attached"),
    "step": Kind(lambda e: e.step(), True, "done"),
    "count": Kind(lambda e: e.count(), False, "done"),
    "share_run": Kind(m.share_run, True, "released"),
    "share_count": Kind(m.share_count, False, "done"),
    "hold_call": Kind(lambda e: m.hold_call(e, wait_attached), True, "attached"),
}


def is_refused(kind: Kind, inside: list[Kind]) -> bool:
    """The rule, as the documentation has it: two that could race, one of which is released while the other is there."""
    return any(
        (kind.writes or other.writes) and (other.where == "released" or kind.where == "released")
        for other in inside
    )


@pytest.mark.parametrize("last", KINDS)
@pytest.mark.parametrize("second", KINDS)
@pytest.mark.parametrize("first", KINDS)
def test_every_meeting_of_three_threads_is_as_the_rule_says(
    first: str, second: str, last: str
) -> None:
    e = m.Engine()
    inside: list[Kind] = []
    threads: list[threading.Thread] = []
    refused: list[RuntimeError] = []

    def run(kind: Kind) -> None:
        try:
            kind.use(e)
        except RuntimeError as error:
            refused.append(error)
            m.come_inside()
        else:
            if kind.where == "done":
                m.come_inside()

    try:
        for name in (first, second, last):
            kind = KINDS[name]
            refused.clear()
            thread = threading.Thread(target=run, args=(kind,))
            thread.start()
            m.wait_inside()
            expected = is_refused(kind, inside)
            was_refused = bool(refused)
            if was_refused or kind.where == "done":
                thread.join()
            else:
                inside.append(kind)
                threads.append(thread)
            assert was_refused == expected, (name, refused)
    finally:
        for _ in threads:
            m.let_go()
        for thread in threads:
            thread.join()
    # Nothing of it stays.
    e.step()
    with Started(m, e.run):
        pass


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


@pytest.mark.parametrize("move", [m.move_shared, m.move_held])
def test_calls_by_pointers_that_share_and_by_handles_exclude_one_another(
    move: Callable[[m.Purse, m.Purse], bool],
) -> None:
    a, b = m.Purse(0), m.Purse(0)

    def work(number: int) -> None:
        for _ in range(200):
            assert move(a, b) if number % 2 else move(b, a)

    hammer(4, work)
    assert a.whole()
    assert b.whole()
    assert (a.first, b.first) == (0, 0)


def test_setters_hold_the_instances_that_they_are_given() -> None:
    source = m.Purse(0)

    def work(_number: int) -> None:
        mine = m.Purse(0)
        for _ in range(200):
            mine.source = source
            assert mine.whole()

    hammer(4, work)
    assert source.whole()
    assert source.first == -4 * 200 * 2000


def test_an_object_has_one_instance_while_others_end_it() -> None:
    def work(_number: int) -> None:
        for _ in range(3000):
            first = m.entry()
            assert first.value == 5
            assert m.entry() is first
            del first

    hammer(4, work)


def test_instances_are_made_and_ended_on_all_threads_at_once() -> None:
    def work(number: int) -> None:
        kept = [m.Entry(i * number) for i in range(500)]
        for _ in range(10):
            kept = [m.Entry(one.value + 1) for one in kept]
        assert [one.value for one in kept] == [i * number + 10 for i in range(500)]

    hammer(4, work)
