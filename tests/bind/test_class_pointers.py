"""Pointers to instances that stand inside of containers."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from functools import partial

import bind_class_pointers as m
import pytest
from started import Started

one_door = pytest.mark.thread_unsafe(reason="the module has one door that all tests go through")


class Index:
    """A number, and something that happens when it is asked for."""

    def __init__(self, act: Callable[[], object]) -> None:
        self.act = act

    def __index__(self) -> int:
        self.act()
        return 1


def test_what_an_implicit_conversion_makes_lives_as_long_as_the_call() -> None:
    assert m.sum([1, m.Part(2), 3, None]) == 6
    assert m.sum(range(100)) == sum(range(100))
    assert m.sum_rows([[1, 2], (), [m.Part(3)]]) == 6
    assert m.sum_rest([1, 2], [3]) == 6


def test_methods_constructors_and_properties_take_them() -> None:
    t = m.Total([1, m.Part(2)])
    assert t.of == 3
    t.add((4, m.Part(5)))
    assert t.of == 12
    t.of = [m.Part(1), 6]
    assert t.of == 7
    t.by_words = ["one", "two"]
    assert t.by_words == 2
    with pytest.raises(TypeError, match=r"Total.of: item 1: expected .*Part.*, got str"):
        t.of = [1, "x"]
    p = m.Part(5)

    def given_away_meanwhile() -> Iterator[object]:
        yield p
        m.eat(p)
        yield 1

    with pytest.raises(TypeError, match=r"Total.of: the .*Part object was given away"):
        t.of = given_away_meanwhile()
    assert t.of == 2
    assert m.sum_as_callable()([1, m.Part(2)], 3) == 6
    p = m.Part(5)
    with pytest.raises(TypeError, match=r"argument 1: the .*Part object was given away"):
        m.sum_as_callable()([p], Index(partial(m.eat, p)))


@one_door
@pytest.mark.parametrize(
    "how",
    [
        lambda p: partial(m.Total([]).add_and_stay, [p]),
        lambda p: partial(setattr, m.Total([]), "of_after_stay", [p]),
    ],
)
def test_nor_are_these_changed_beside_them(how: Callable[[m.Part], Callable[[], object]]) -> None:
    p = m.Part(3)
    with Started(m, how(p)):
        assert (p.value, m.sum([p])) == (3, 3)
        for use in (p.increase, partial(m.add, [p])):
            with pytest.raises(RuntimeError, match="may not be changed until it returns"):
                use()
    p.increase()


@one_door
def test_an_alternative_that_did_not_fit_is_not_worked_on() -> None:
    p = m.Part(3)
    with Started(m, partial(m.watch_or_add, (p, "x")), partial(m.watch, [p])) as watching:
        assert (p.value, m.sum([p])) == (3, 3)
    assert sorted(watching.results) == [1, 3]
    with (
        Started(m, partial(m.watch_or_add, (p, 1))) as adding,
        pytest.raises(RuntimeError, match="may not be read"),
    ):
        m.sum([p])
    assert adding.results == [0]


@one_door
@pytest.mark.parametrize(
    "how",
    [
        lambda p: partial(m.add_and_stay, [p]),
        lambda p: partial(m.add_and_stay, [m.Part(1), p, p][::2]),
        lambda p: partial(m.add_and_stay, (each for each in [p])),
        lambda p: partial(m.add_inside, [p]),
        lambda p: partial(m.add_inside_beside, m.Part(1), [p]),
        lambda p: partial(m.add_inside_beside, p, [p]),
        lambda p: partial(m.add_mapped, {"x": p}),
        lambda p: partial(m.add_optional, p),
        lambda p: partial(m.add_either, p),
        lambda p: partial(m.add_pair, (1, p)),
    ],
)
def test_what_a_released_call_may_change_is_refused_to_others(
    how: Callable[[m.Part], Callable[[], object]],
) -> None:
    p = m.Part(3)
    with Started(m, how(p)):
        for use in (
            p.increase,
            partial(getattr, p, "value"),
            partial(m.sum, [p]),
            partial(m.sum_rows, [[p]]),
            partial(m.add, [p]),
            partial(m.add_inside, [p]),
            partial(m.watch, [p]),
            partial(m.watch_one, p),
            partial(m.eat, p),
        ):
            with pytest.raises(RuntimeError, match="at work on another thread"):
                use()
    p.increase()
    m.add([p])
    assert m.sum([p]) == 6


@one_door
@pytest.mark.parametrize("watch", [m.watch, m.watch_inside])
def test_readers_do_not_exclude_one_another(watch: Callable[[list[m.Part]], int]) -> None:
    p = m.Part(3)
    with Started(m, partial(watch, [p, p]), partial(m.watch, [p])) as watching:
        assert (p.value, m.sum([p, p]), m.sum_rows([[p]])) == (3, 6, 3)
        for use in (p.increase, partial(m.add, [p]), partial(m.add_inside, [p])):
            with pytest.raises(RuntimeError, match="may not be changed until it returns"):
                use()
        with pytest.raises((RuntimeError, TypeError), match="with the interpreter released"):
            m.eat(p)
    assert sorted(watching.results) == [3, 6]
    assert m.eat(p) == 3


@one_door
def test_a_frozen_class_takes_no_part() -> None:
    c = m.Calm(4)
    with Started(m, partial(m.watch_calm, [c]), partial(m.watch_calm, [c, c])) as watching:
        pass
    assert sorted(watching.results) == [4, 8]


@one_door
def test_a_call_that_runs_python_code_is_not_left_beside() -> None:
    p = m.Part(1)

    def leave_elsewhere() -> int:
        refused: list[BaseException] = []

        def work() -> None:
            try:
                m.add([p])
            except RuntimeError as error:
                refused.append(error)

        thread = threading.Thread(target=work)
        thread.start()
        thread.join()
        assert "in use on another thread" in str(refused[0])
        return len(refused)

    assert m.call_with([p], leave_elsewhere) == 1
    m.add([p])
    assert p.value == 3


@one_door
def test_an_object_beside_its_instance_is_not_given_away_meanwhile() -> None:
    h = m.Held(5)
    with (
        Started(m, partial(m.watch_held, [h])) as watching,
        pytest.raises(
            (RuntimeError, TypeError), match=r"with the interpreter released|works on it"
        ),
    ):
        m.eat(h)
    assert watching.results == [5]
    assert m.eat(h) == 5


@pytest.mark.parametrize("call", [m.sum_and_call, m.sum_by_callable])
def test_nor_by_what_the_call_runs(call: Callable[..., int]) -> None:
    h = m.Held(5)

    def give() -> int:
        with pytest.raises(TypeError, match="a bound function works on it"):
            m.eat(h)
        return 2

    assert call([h], give) == 7
    assert m.eat(h) == 5
    with pytest.raises(TypeError, match=r"argument 1: item 0: .*given away"):
        call([h], give)


def test_nor_by_what_converts_other_arguments() -> None:
    h = m.Held(5)

    def give() -> None:
        with pytest.raises(TypeError, match="a bound function works on it"):
            m.eat(h)

    assert m.sum_held_and([h], Index(give)) == 6
    # What lies in its instance can be given away, and is looked at again.
    p = m.Part(5)
    with pytest.raises(TypeError, match=r"argument 1: the .*Part object was given away"):
        m.sum_and([p], Index(partial(m.eat, p)))
    p = m.Part(5)
    with pytest.raises(TypeError, match=r"argument 1: the .*Part object was given away"):
        m.add_and([m.Part(1), p], Index(partial(m.eat, p)))


def test_a_call_that_does_not_fit_leaves_nothing() -> None:
    p, h = m.Part(1), m.Held(1)
    for _ in range(3):
        with pytest.raises(TypeError, match=r"argument 1: item 1: expected .*Part.*, got str"):
            m.add([p, "x"])
        with pytest.raises(TypeError, match=r"argument 1: item 1: expected .*Held.*, got .*Part"):
            m.watch_held([h, p])
        with pytest.raises(TypeError, match="argument 2: expected int, got str"):
            m.sum_held_and([h], "x")
    m.add([p])
    assert (m.eat(p), m.eat(h)) == (2, 1)


# More than are compared one by one.
@one_door
def test_many_of_them() -> None:
    parts = [m.Part(i) for i in range(20_000)]
    for call in (m.add_and_stay, m.add_inside):
        with Started(m, partial(call, parts + parts[::2])):
            for p in parts[::997]:
                with pytest.raises(RuntimeError, match="at work on another thread"):
                    p.increase()
    for p in parts:
        p.increase()
    assert m.sum(parts) == sum(range(20_000)) + 20_000 * 3 + 10_000 * 2
