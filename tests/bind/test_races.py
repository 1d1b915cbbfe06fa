"""What others do to an object between two steps of a call that works on it."""

from __future__ import annotations

import copy
import gc
import sysconfig
import threading
from typing import TYPE_CHECKING, Any

import bind_races as m
import pytest
from effort import repeats
from together import run_together

if TYPE_CHECKING:
    from collections.abc import Callable

without_gil = pytest.mark.skipif(
    not sysconfig.get_config_var("Py_GIL_DISABLED"), reason="with a GIL calls follow one another"
)
TURNS = 20_000  # of a loop in C++: about a tenth of a millisecond


class Rounds:
    """The same again and again on several threads, which begin each round together."""

    def __init__(self, threads: int) -> None:
        self.count = 25
        self.barrier = threading.Barrier(threads)

    def __call__(self, one: Callable[[int], None]) -> Callable[[], None]:
        def body() -> None:
            try:
                for i in range(self.count):
                    self.barrier.wait()
                    one(i)
                    self.barrier.wait()
            except BaseException:
                self.barrier.abort()
                raise

        return body


def test_an_argument_gives_the_object_of_an_overloaded_method_away() -> None:
    held = m.Held()

    class Number:
        def __index__(self) -> int:
            assert m.consume(held) == 7
            return 1

    with pytest.raises(TypeError, match=r"the bind_races\.Held object was given away to C\+\+"):
        held.more(Number())
    with pytest.raises(TypeError, match="is empty now"):
        held.more("text")
    assert m.Held().more(1) == m.Held().more("text") == 7


@without_gil
def test_an_object_is_given_away_while_an_overloaded_method_waits_for_it() -> None:
    rounds = Rounds(3)
    objects = [m.Held() for _ in range(rounds.count)]
    found = []

    def hold(i: int) -> None:
        try:
            objects[i].wait(TURNS)
        except TypeError as error:
            assert "empty" in str(error)  # noqa: PT017

    def give(i: int) -> None:
        # Refused while a method works on it.
        while True:
            try:
                m.consume(objects[i])
                return
            except TypeError:
                pass

    def use(i: int) -> None:
        while True:
            try:
                found.append(objects[i].more(1))
            except TypeError as error:
                assert "empty" in str(error)  # noqa: PT017
                return

    run_together(rounds(hold), rounds(give), rounds(use))
    assert set(found) <= {7}


@without_gil
def test_a_part_is_held_before_its_whole_is_given_away() -> None:
    # Three locks: a fourth section of one of their objects would wait for itself, and let all of them go.
    rounds = Rounds(2)
    branches = [m.Branch() for _ in range(rounds.count)]
    others = sorted((m.Other() for _ in range(1000)), key=id)
    leaves: list[Any] = [None] * rounds.count
    given = [False] * rounds.count

    def take_part(i: int) -> None:
        try:
            leaves[i] = branches[i].leaf(others[-1], others[-2], TURNS)
        except TypeError as error:
            assert "empty" in str(error)  # noqa: PT017

    def give(i: int) -> None:
        try:
            given[i] = m.cut(branches[i]) == 7
        except TypeError as error:
            assert "Python has a part of it" in str(error)  # noqa: PT017

    run_together(rounds(take_part), rounds(give))
    for leaf, was_given in zip(leaves, given, strict=True):
        assert (leaf is None) == was_given
        assert leaf is None or leaf.size == 7


class Steps:
    """Lets threads begin one behind the other in each round, though they may overtake."""

    def __init__(self, count: int) -> None:
        self.begun = [[threading.Event() for _ in range(2)] for _ in range(count)]

    def begin(self, i: int, step: int) -> None:
        self.begun[i][step].set()

    def wait_for(self, i: int, step: int) -> None:
        assert self.begun[i][step].wait(30)


@without_gil
@pytest.mark.parametrize("how", ["method", "setter", "callable"])
def test_locks_of_a_call_are_held_together(how: str) -> None:
    # One thread is in a method of the argument. Another one waits for it; what it has locked besides is not let go.
    rounds = Rounds(3)
    steps = Steps(rounds.count)
    owner = m.Owner()
    gifts = [m.Held() if how == "callable" else m.Gift() for _ in range(rounds.count)]
    call = m.changing_callable()
    other = m.Held()

    def hold(i: int) -> None:
        steps.begin(i, 0)
        try:
            if how == "callable":
                gifts[i].wait(50 * TURNS)
            else:
                gifts[i].get(50 * TURNS)
        except TypeError as error:
            assert "empty" in str(error)  # noqa: PT017

    def use_both(i: int) -> None:
        steps.wait_for(i, 0)
        steps.begin(i, 1)
        try:
            if how == "method":
                owner.adopt(gifts[i], 2 * TURNS)
            elif how == "setter":
                owner.gift = gifts[i]
            else:
                call(gifts[i], 2 * TURNS)
        except RuntimeError as error:
            assert "at work on another thread" in str(error)  # noqa: PT017

    def use_one(i: int) -> None:
        steps.wait_for(i, 1)
        m.busy(TURNS)  # most often the other one waits by then
        if how == "callable":
            call(other, 100 * TURNS)
        else:
            owner.work(100 * TURNS)

    run_together(rounds(hold), rounds(use_both), rounds(use_one))
    assert owner.clashes() == 0
    assert call(other, 1) == 0


@without_gil
def test_an_object_is_initialized_once() -> None:
    rounds = Rounds(2)
    objects = [m.Slow.__new__(m.Slow) for _ in range(rounds.count)]
    done = [0] * rounds.count
    lock = threading.Lock()

    def initialize(i: int) -> None:
        try:
            objects[i].__init__(TURNS)
        except TypeError as error:
            assert "was initialized before" in str(error)  # noqa: PT017
        else:
            with lock:
                done[i] += 1

    run_together(rounds(initialize), rounds(initialize))
    assert set(done) == {1}


@pytest.mark.thread_unsafe(reason="counts all objects of the process")
def test_a_factory_does_not_initialize_what_it_has_initialized() -> None:
    def initialize_twice() -> None:
        made = m.Made.__new__(m.Made)
        with pytest.raises(TypeError, match="was initialized before"):
            made.__init__(lambda: made.__init__(lambda: None))
        assert m.made() == 1

    initialize_twice()
    gc.collect()
    assert m.made() == 0


@without_gil
@pytest.mark.parametrize("what", ["function", "std::function"])
def test_a_call_waits_for_one_that_works_on_its_argument(what: str) -> None:
    held = m.Held()
    is_inside = m.is_inside if what == "function" else m.callable_is_inside()
    done = threading.Event()
    seen = []

    def work() -> None:
        try:
            for _ in range(repeats(500)):
                held.wait(TURNS // 10)
        finally:
            done.set()

    def look() -> None:
        while not (done.is_set() and seen):
            seen.append(is_inside(held))

    run_together(work, look)
    assert seen
    assert not any(seen)


def test_an_object_is_copied_beside_threads_that_change_it() -> None:
    named = m.Named()
    names = ("a" * 100, "b" * 5000, "")
    done = threading.Event()

    def copy_it() -> None:
        try:
            for _ in range(repeats(20_000)):
                assert copy.copy(named).name in names
                assert copy.deepcopy(named).name in names
        finally:
            done.set()

    def change() -> None:
        while not done.is_set():
            for name in names:
                named.name = name

    run_together(copy_it, change)
