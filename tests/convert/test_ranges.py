"""Lazy ranges: C++ ranges as Python iterators, Python iterables as C++ ranges."""

from __future__ import annotations

import gc
import itertools
import sys
import threading
import weakref

import convert_ranges as m
import pytest
from alone import one_at_a_time


def test_a_range_is_an_iterator() -> None:
    items = m.count_to(3)
    assert iter(items) is items
    assert [next(items), next(items), next(items)] == [0, 1, 2]
    for _ in range(2):
        with pytest.raises(StopIteration):
            next(items)
    assert list(m.count_to(0)) == []
    assert list(m.powers(20)) == [1, 2, 4, 8, 16]
    assert list(m.words("a bb  c")) == ["a", "bb", "", "c"]
    with pytest.raises(TypeError):
        type(items)()


def test_views_of_the_standard_library() -> None:
    assert list(m.evens_of_table()) == [2, 4, 6]
    assert list(m.evens(range(7))) == [0, 2, 4, 6]
    assert list(m.squares(20)) == [0, 1, 4, 9, 16]
    assert m.numbers() == []


@pytest.mark.skipif(not m.has_standard, reason="this compiler has no std::generator")
def test_the_standard_generator() -> None:
    assert list(m.standard(3)) == [0, 1, 2]


def test_it_is_lazy() -> None:
    assert list(itertools.islice(m.count_to(1 << 30), 2)) == [0, 1]
    seen: list[int] = []
    items = m.calls_between(seen.append, 3)
    assert seen == []
    assert next(items) == 0
    assert seen == [0]


@one_at_a_time  # all threads' frames are counted
def test_the_range_lives_as_long_as_it_is_walked_over() -> None:
    before = m.frames()
    items = m.count_to(2)
    next(items)
    assert m.frames() == before + 1
    assert list(items) == [1]
    assert m.frames() == before
    dropped = m.count_to(5)
    next(dropped)
    del dropped
    assert m.frames() == before


@one_at_a_time
def test_an_exception_ends_it() -> None:
    before = m.frames()
    items = m.fails_at(2)
    assert [next(items), next(items)] == [0, 1]
    with pytest.raises(IndexError, match="the range is over"):
        next(items)
    assert m.frames() == before
    with pytest.raises(StopIteration):
        next(items)
    with pytest.raises(IndexError):
        list(m.fails_at(0))

    def bad(i: int) -> None:
        raise KeyError(i)

    items = m.calls_between(bad, 2)
    with pytest.raises(KeyError):
        next(items)
    assert list(items) == []


def test_a_step_within_a_step() -> None:
    items = None

    def again(i: int) -> None:
        next(items)

    items = m.calls_between(again, 2)
    with pytest.raises(ValueError, match="already executing"):
        next(items)


def test_steps_from_several_threads() -> None:
    items = m.count_to(2000)
    start = threading.Barrier(4)
    found: list[list[int]] = []

    def work() -> None:
        start.wait()
        mine = []
        while True:
            try:
                mine.append(next(items))
            except StopIteration:
                break
            except ValueError:
                continue
        found.append(mine)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(itertools.chain(*found)) == list(range(2000))


def test_make_iterator() -> None:
    assert list(m.iterate_table()) == [1, 2, 3, 4, 5, 6]
    assert list(m.iterate_range()) == [7, 8]

    class Owner:
        pass

    owner = Owner()
    end = weakref.ref(owner)
    assert list(m.iterate_sorted(owner)) == [1, 2, 3]
    m.clear()
    m.grow(1)
    m.grow(2)
    items = m.iterate_growing(owner)
    del owner
    gc.collect()
    assert end() is not None
    assert next(items) == 1
    for i in range(1000):
        m.grow(i)
    assert next(items) == 2
    assert next(items) == 0
    m.clear()
    assert list(items) == []
    gc.collect()
    assert end() is None


def test_an_iterator_in_a_cycle_is_collected() -> None:
    class Owner:
        pass

    owner = Owner()
    owner.items = m.iterate_sorted(owner)
    end = weakref.ref(owner)
    del owner
    gc.collect()
    assert end() is None


def test_python_iterables_as_ranges() -> None:
    assert m.sum([1, 2, 3]) == 6
    assert m.sum(range(4)) == 6
    assert m.sum({5: "a", 6: "b"}.keys()) == 11
    assert m.sum(i for i in (1, 2)) == 3
    assert m.sum(m.count_to(4)) == 6
    assert m.first_words(["a", "b", "c"], 2) == ["a", "b"]
    assert m.first_words((chr(97 + i) * 30 for i in range(3)), 5) == ["a" * 30, "b" * 30, "c" * 30]
    assert m.lengths([[1], [1, 2], range(3)]) == [1, 2, 3]
    assert m.objects(["ab", "c"]) == 3


def test_iterables_that_are_refused() -> None:
    for wrong in (3, None, "12", b"12", {1: 2}):
        with pytest.raises(TypeError, match=r"expected collections\.abc\.Iterable\[int\], got"):
            m.sum(wrong)
    with pytest.raises(TypeError, match="item 1: expected int, got str"):
        m.sum([1, "x"])

    def broken():
        yield 1
        raise LookupError("half-way")

    with pytest.raises(LookupError, match="half-way"):
        m.sum(broken())


def test_only_what_is_asked_for_is_taken() -> None:
    taken = []

    def items():
        for i in range(10):
            taken.append(i)
            yield str(i)

    assert m.first_words(items(), 2) == ["0", "1"]
    assert taken == [0, 1, 2]


def test_nothing_is_leaked() -> None:
    item = "x" * 40
    before = sys.getrefcount(item)
    m.first_words([item, item], 1)
    with pytest.raises(TypeError):
        m.first_words([item, 1], 5)
    gc.collect()
    assert sys.getrefcount(item) == before
