"""*args whose items are converted."""

from __future__ import annotations

import array
import inspect
import sys
import threading

import bind_typed_rest as m
import pytest
from alone import one_at_a_time


def refused(call, *words: str) -> None:
    with pytest.raises(TypeError) as caught:
        call()
    for word in words:
        assert word in str(caught.value)


# Up to eight lie on the stack.
@pytest.mark.parametrize("count", [0, 1, 3, 7, 8, 9, 100, 70_000])
def test_every_number_of_them(count: int) -> None:
    given = range(-1, count - 1)
    assert m.ints(*given) == list(given)
    assert m.ints_again(*given) == list(given)
    assert m.by_reference(*given) == [float(each) for each in given]
    assert m.total(*given) == sum(given)
    assert m.texts(*map(str, given)) == [str(each) for each in given]
    assert m.views(*map(str, given)) == sum(len(str(each)) for each in given)
    assert m.objects(*given) == list(given)


# Those that are alive are counted in the whole process.
@pytest.mark.parametrize("count", [0, 1, 8, 9, 1000])
@one_at_a_time
def test_all_are_destroyed(count: int) -> None:
    assert m.counted(*[1] * count) == (count, count)
    assert m.alive() == 0


def test_what_it_offers() -> None:
    assert m.facts() == [True, False, False, True]
    assert m.facts(1, 2, 3) == [False, True, True, True]


@pytest.mark.parametrize(
    ("call", "result"),
    [
        (lambda: m.named(1), (1, [])),
        (lambda: m.named(1, 2, 3), (1, [2, 3])),
        (lambda: m.named(a=1), (1, [])),
        (lambda: m.defaulted(), (5, [])),
        (lambda: m.defaulted(1, 2), (1, [2])),
        (lambda: m.behind(1), (1, [], 9)),
        (lambda: m.behind(1, 2, 3), (1, [2, 3], 9)),
        (lambda: m.behind(1, 2, 3, b=4), (1, [2, 3], 4)),
        (lambda: m.behind(a=1, b=4), (1, [], 4)),
        (lambda: m.behind(1, *range(20), b=4), (1, list(range(20)), 4)),
        (lambda: m.behind_and_said(1, 2, b=3), ([1, 2], 3)),
        (lambda: m.with_names(1), (1, [], {})),
        (lambda: m.with_names(1, 2, a=3, b=4), (1, [2], {"a": 3, "b": 4})),
    ],
)
def test_mixtures(call, result) -> None:
    assert call() == result


def test_views_of_memory() -> None:
    assert m.memory(array.array("i", [1, 2]), memoryview(array.array("i", [3]))) == 6
    assert m.rows([1], (), [2, 3]) == [[1], [], [2, 3]]


def test_methods() -> None:
    sink = m.Sink()
    sink.base = 10
    assert sink.with_base() == []
    assert sink.with_base(1, 2) == [11, 12]
    assert m.Sink.count(1, 2, 3) == 3
    refused(lambda: sink.with_base(1, "2"), "with_base(): argument 2: expected int, got str")


def test_what_does_not_fit_is_refused_by_its_number() -> None:
    refused(lambda: m.ints(1, "2"), "ints(): argument 2: expected int, got str", "*args: int")
    refused(lambda: m.named(1, 2, None), "named(): argument 3: expected int, got None")
    refused(lambda: m.named("1", 2), "argument 'a': expected int, got str")
    refused(lambda: m.behind(1, 2, "3", b=4), "behind(): argument 3: expected int, got str")
    refused(lambda: m.texts("a", b"b"), "argument 2: expected str, got bytes")
    refused(lambda: m.rows([1], [2, "x"]), "argument 2: item 1: expected int, got str")
    refused(lambda: m.ints(*[1] * 50, 1.5), "argument 51: expected int, got float")
    refused(lambda: m.ints(a=1), "ints() takes no keyword arguments")
    refused(lambda: m.behind(1, 2, a=3), "argument 'a' is given twice")
    refused(lambda: m.behind_and_said(1, 2), "keyword argument 'b' is missing")
    with pytest.raises(OverflowError, match=r"ints\(\): argument 2: .*4294967296"):
        m.ints(1, 2**32)


@one_at_a_time
def test_one_that_raises_half_way_leaves_nothing() -> None:
    class Index:
        def __index__(self) -> int:
            raise KeyError("half-way")

    for count in (2, 20):
        with pytest.raises(KeyError, match="half-way"):
            m.ints(*range(count), Index())
        with pytest.raises(RuntimeError, match="unlucky"):
            m.counted(*[1] * count, 13)
        refused(lambda count=count: m.counted(*[1] * count, "x"), f"argument {count + 1}")
        assert m.alive() == 0


# How large a stack is made is said for the whole process.
@one_at_a_time
def test_large_ones_need_no_stack() -> None:
    results: list[int] = []
    threads = [threading.Thread(target=lambda: results.append(m.large(*[1] * 300)))]
    before = threading.stack_size(256 * 1024)
    try:
        threads[0].start()
    finally:
        threading.stack_size(before)
    threads[0].join()
    assert results == [300]
    assert m.large() == 0


# What converts the others may give the object away, which was looked at before.
@pytest.mark.parametrize("content", [m.content, m.content_behind])
def test_an_object_that_is_given_away_meanwhile(content) -> None:
    class Taking:
        def __init__(self, purse: m.Purse) -> None:
            self.purse = purse

        def __index__(self) -> int:
            return m.take(self.purse)

    assert content(m.Purse(3), 1, 2) == 5
    for count in range(3):
        purse = m.Purse(3)
        refused(lambda p=purse, n=count: content(p, *range(n), Taking(p)), "was given away to C++")


def test_instances() -> None:
    purses = [m.Purse(i) for i in range(12)]
    assert m.contents(*purses) == sum(range(12))
    refused(lambda: m.contents(purses[0], 1), "argument 2: expected Purse, got int")
    m.take(purses[3])
    refused(lambda: m.contents(*purses), "given away")


@pytest.mark.skipif(not hasattr(sys, "getrefcount"), reason="no counts of references")
def test_references() -> None:
    given = [object() for _ in range(12)]
    text = "".join(["never", " seen"])

    def use() -> None:
        m.objects(*given)
        m.views(text)
        m.with_names(1, 2, a=text)
        for call in (lambda: m.ints(1, given[0]), lambda: m.behind(1, 2, given[0], b=3)):
            with pytest.raises(TypeError):
                call()

    use()
    before = [sys.getrefcount(each) for each in (*given, text)]
    for _ in range(20):
        use()
    assert [sys.getrefcount(each) for each in (*given, text)] == before


def test_overloads() -> None:
    assert m.either(1) == "one int"
    assert m.either("a", "b") == "texts"
    assert m.either(1, 2) == "ints"
    refused(lambda: m.either(1, 2.5), "*args: int", "*args: str", "argument 2")
    # Further than what counts them for the message.
    refused(lambda: m.either(*[1] * 70_000, 2.5), "*args: int")


def test_signatures() -> None:
    assert str(inspect.signature(m.behind)) == "(a, *args, b=9)"
    assert m.behind.__doc__.startswith("behind(a: int, *args: int, b: int = 9) -> tuple")
    assert m.views.__doc__.startswith("views(*args: str) -> int")
    assert m.with_names.__doc__.startswith("with_names(a: int, /, *args: int, **kwargs) -> tuple")


def test_several_threads_at_once() -> None:
    results: list[list[int]] = []
    start = threading.Barrier(4)

    def work(first: int) -> None:
        start.wait()
        for _ in range(50):
            results.append(m.ints_again(*range(first, first + 20)))

    threads = [threading.Thread(target=work, args=(i * 100,)) for i in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(map(tuple, results)) == sorted(
        tuple(range(i * 100, i * 100 + 20)) for i in range(4) for _ in range(50)
    )
