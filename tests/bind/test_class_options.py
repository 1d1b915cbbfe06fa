"""What il::class_ can be told: builtins that are extended, metaclasses, threads, destructors, who keeps whom alive."""

from __future__ import annotations

import copy
import gc
import pickle
import sys
import threading
import weakref
from collections.abc import Callable
from functools import partial

import bind_class_options as m
import pytest
from references import FREE_THREADED


def on_another_thread(work: Callable[[], object]) -> object:
    """What the callable gives or raises when another thread runs it."""
    result: list[object] = []

    def run() -> None:
        try:
            result.append(work())
        except Exception as error:
            # Its traceback would lead back to what `work` holds, a cycle that any thread may collect.
            result.append(error.with_traceback(None))

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    return result[0]


def test_a_class_that_extends_dict_is_one() -> None:
    r = m.Registry()
    r["a"] = 1
    assert (r["a"], len(r), dict(r), isinstance(r, dict)) == (1, 1, {"a": 1}, True)
    assert r.lookup("a") == 1
    r.hits += 1
    assert (r.hits, m.hits_of(r)) == (2, 2)
    r.update(b=2)
    assert sorted(r) == ["a", "b"]
    with pytest.raises(KeyError):
        r.lookup("missing")

    class Sub(m.Registry):
        def __missing__(self, key: str) -> str:
            return key + "!"

    s = Sub()
    assert (s["x"], m.hits_of(s)) == ("x!", 0)
    with pytest.raises(TypeError, match="was not initialized"):
        m.hits_of(m.Registry.__new__(m.Registry))
    with pytest.raises(TypeError, match="initialized before"):
        r.__init__()


def test_what_a_class_that_extends_dict_holds_is_collected() -> None:
    gc.collect()
    before = m.registries()
    for _ in range(3):
        r = m.Registry()
        r["self"] = r
        r["big"] = [r, {"r": r}]
    del r
    gc.collect()
    assert m.registries() == before


def test_a_class_that_extends_an_exception_is_raised_and_caught() -> None:
    with pytest.raises(m.Problem) as caught:
        raise m.Problem(7)
    assert caught.value.code == 7
    assert isinstance(caught.value, RuntimeError)
    assert caught.value.__traceback__ is not None
    with pytest.raises(RuntimeError) as chained:
        raise m.Problem(8) from ValueError("cause")
    assert (chained.value.code, str(chained.value.__cause__)) == (8, "cause")

    class Worse(m.Problem):
        def __init__(self, code: int, why: str) -> None:
            super().__init__(code)
            self.why = why

    w = Worse(9, "bad")
    assert (w.code, w.why) == (9, "bad")
    with pytest.raises(m.Problem) as caught:
        raise w
    assert caught.value is w


def test_an_object_of_different_sizes_cannot_be_extended() -> None:
    with pytest.raises(Exception, match="cannot extend int"):
        m.extend_int()


def test_threads_that_describe_one_class_do_not_meet() -> None:
    together = threading.Barrier(4)
    met: list[str] = []

    def work() -> None:
        together.wait()
        for _ in range(50):
            try:
                m.extend_int()
            except Exception as error:
                met.append(str(error))

    threads = [threading.Thread(target=work) for _ in range(together.parties)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(met) == 50 * len(threads)
    assert all("cannot extend int" in each for each in met), set(met)


def test_conversions_that_are_added_while_one_runs() -> None:
    with pytest.raises(TypeError, match="size_of_growing"):
        m.size_of_growing(1)
    assert m.size_of_growing([1, 2, 3]) == 3
    assert m.size_of_growing("four") == 4


def test_what_is_cut_short_is_not_bound() -> None:
    for _ in range(2):
        with pytest.raises(RuntimeError, match="cut short"):
            m.cut_short()
    assert not hasattr(m, "Cut")
    assert not hasattr(m, "CutKind")
    with pytest.raises(TypeError, match="not bound"):
        m.make_cut()
    with pytest.raises(TypeError, match="not bound"):
        m.make_cut_kind()


@pytest.mark.thread_unsafe(
    reason="tracebacks keep instances until some thread collects them, and that is reported"
)
def test_a_thread_bound_instance_is_refused_on_another_thread() -> None:
    for make in (m.Bound, m.BoundChild, type("Sub", (m.Bound,), {})):
        b = make()
        assert (b.get(), b.value, b.doubled, m.value_of(b)) == (5, 5, 5, 5)

        uses = (
            b.get,
            partial(getattr, b, "value"),
            partial(getattr, b, "doubled"),
            partial(setattr, b, "value", 9),
            partial(m.value_of, b),
        )
        for use in uses:
            error = on_another_thread(use)
            assert "bound to the thread that made it" in str(error), use
            assert isinstance(error, RuntimeError)
        assert b.value == 5


def test_a_thread_bound_instance_is_not_destroyed_on_another_thread(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    said: list[str] = []
    monkeypatch.setattr(sys, "unraisablehook", lambda e: said.append(str(e.exc_value)))
    gc.collect()
    held = [m.Bound()]
    ended = m.bound_ended()
    on_another_thread(held.clear)
    # Without a GIL, CPython lets the thread that made an object end it, which is the right one.
    assert (m.bound_ended() - ended, len(said)) in ([(1, 0)] if FREE_THREADED else [(0, 1)])
    assert all("its C++ object is not destroyed" in each for each in said)
    ended = m.bound_ended()
    held.append(m.Bound())
    held.clear()
    assert m.bound_ended() == ended + 1


def test_what_cpp_shares_with_an_instance_that_ended_on_another_thread(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sys, "unraisablehook", lambda _: None)
    held = [m.keep_bound()]
    assert m.kept_bound() is held[0]
    on_another_thread(held.clear)
    # One of them has the memory of the instance that is gone.
    others = [m.another_bound() for _ in range(1000)]
    again = m.kept_bound()
    assert again.value == 6
    assert all(again is not other for other in others)
    assert m.kept_bound() is again


def test_a_metaclass_is_the_class_of_the_class() -> None:
    assert type(m.Made).__name__ == "Meta"
    assert m.Made.shout() == "MADE"
    called, made = m.Made()
    assert (called, made.value) == ("called", 1)


def test_raw_slots() -> None:
    assert -m.Slotted() == -3


def test_a_class_may_be_closed_and_its_instances_are_not() -> None:
    with pytest.raises(TypeError, match="cannot set 'x' attribute of immutable type"):
        m.Closed.x = 1
    with pytest.raises(TypeError, match="immutable type"):
        del m.Closed.value
    c = m.Closed()
    c.value = 3
    assert c.value == 3


def test_what_is_nested_in_a_class_leaves_it_open() -> None:
    shelf = m.Shelf()
    assert m.Shelf.Place.__qualname__ == "Shelf.Place"
    assert m.Shelf.Place.Mark.__qualname__ == "Shelf.Place.Mark"
    assert m.Shelf.Place.Mark().colour == 4
    assert (
        m.Shelf.Place.__module__ == m.Shelf.Kind.__module__ == m.Shelf.Full.__module__ == m.__name__
    )
    assert shelf.put() == 7
    assert shelf.put(m.Shelf.Place()) == 0
    assert shelf.kind is m.Shelf.Kind.open is m.Shelf.open
    assert pickle.loads(pickle.dumps(m.Shelf.Kind.closed)) is m.Shelf.closed
    assert m.Shelf.Full.__qualname__ == "Shelf.Full"
    assert m.Shelf.Full.__doc__ == "No room."
    assert m.Shelf.Empty.__qualname__ == "Shelf.Empty"
    assert m.Shelf.Side.left.value == 0
    with pytest.raises(m.Shelf.Full, match="full"):
        shelf.fill()
    with pytest.raises(TypeError, match="immutable"):
        m.Shelf.more = 1


def test_a_generic_class_takes_type_arguments() -> None:
    alias = m.Plain[int]
    assert (alias.__origin__, alias.__args__) == (m.Plain, (int,))
    assert m.Plain[int, str].__args__ == (int, str)
    assert type(alias()) is m.Plain
    with pytest.raises(TypeError, match="not subscriptable"):
        m.Closed[int]


def test_weak_references_end_with_the_instance() -> None:
    p = m.Plain()
    gone: list[int] = []
    r = weakref.ref(p, lambda _: gone.append(1))
    assert r() is p
    del p
    gc.collect()
    assert (r(), gone) == (None, [1])
    with pytest.raises(TypeError, match="cannot create weak reference"):
        weakref.ref(m.Closed())


def test_a_module_local_class_works_in_its_module() -> None:
    assert type(m.Local()) is m.Local


def test_a_destructor_that_blocks_runs_released() -> None:
    before = m.blocking_ended()
    b = m.Blocking()
    del b
    s = m.BlockingShared()
    del s
    gc.collect()
    assert m.blocking_ended() == before + 2


def test_a_destructor_that_calls_python_may_reenter() -> None:
    seen: list[str] = []
    r = m.Reentrant()
    other = m.Reentrant()
    other.set(lambda: seen.append("other"))

    def again() -> None:
        nonlocal other
        seen.append("one")
        other = None
        gc.collect()

    r.set(again)
    with pytest.raises(ZeroDivisionError):  # noqa: PT012
        # The error that is on its way is not lost.
        try:
            1 / 0  # noqa: B018
        finally:
            r = None
            gc.collect()
    assert seen == ["one", "other"]


def test_a_destructor_that_calls_what_raises_is_told_of() -> None:
    seen: list[int] = []

    def fails() -> None:
        seen.append(1)

    r = m.Reentrant()
    r.set(fails)
    del r
    gc.collect()
    assert seen == [1]


def test_a_destructor_that_throws_is_told_of(monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str] = []
    monkeypatch.setattr(sys, "unraisablehook", lambda e: said.append(str(e.exc_value)))
    t = m.Throwing()
    del t
    gc.collect()
    assert said == ["from the destructor"]


def test_a_part_keeps_its_whole_alive() -> None:
    w = m.Whole()
    before = m.parts()
    p = w.part()
    assert m.parts() == before
    p.value = 8
    assert w.part() is p
    del w
    gc.collect()
    assert p.value == 8
    del p
    gc.collect()
    assert m.parts() == before - 1


def test_return_policies() -> None:
    w = m.Whole()
    p = w.part()
    p.value = 4
    c = w.part_copied()
    c.value = 5
    assert (p.value, c is p) == (4, False)
    assert w.part_moved().value == 4
    assert w.maybe(False) is None
    assert w.maybe(True) is p


def test_keep_alive() -> None:
    before = m.parts()
    w = m.Whole()
    w.watch(m.Part(3))
    gc.collect()
    assert (w.watched(), m.parts()) == (3, before + 2)
    del w
    gc.collect()
    assert m.parts() == before
    around = m.whole_around(m.Part(6))
    gc.collect()
    assert around.watched() == 6
    del around
    gc.collect()
    assert m.parts() == before


def test_only_an_instance_can_keep_something_alive() -> None:
    with pytest.raises(TypeError, match="keep_alive: only an instance"):
        m.keeps_for_int(m.Part(1))
    with pytest.raises(TypeError, match="keep_alive: only an instance"):
        m.keeps_nothing(1)


def test_copies_of_what_cannot_be_copied_are_refused() -> None:
    with pytest.raises(TypeError):
        copy.copy(m.Bound())


def test_more_overloaded_methods_than_there_are_c_functions_for() -> None:
    many = m.Many()

    class Derived(m.Many):
        pass

    for one in (many, Derived()):
        for i in range(400):
            method = getattr(one, f"m{i}")
            assert method(i) == 1000 + i
            assert method("x" * i) == i
    assert many.m399("abc") == m.Many.m399(many, "abc") == 3
    for name in ("m0", "m399"):
        with pytest.raises(
            TypeError, match=rf"{name}\(\): no signature fits the arguments \(list\)"
        ):
            getattr(many, name)([])
        with pytest.raises(TypeError, match=r"object|argument"):
            getattr(m.Many, name)()
        for wrong in (5, m.Many, m.Bound()):
            with pytest.raises(TypeError, match=r"doesn't apply to a '.*' object"):
                getattr(m.Many, name)(wrong, 1)
    assert (m.Many.s(2), m.Many.s("you"), many.s(3)) == (4, "hello you", 6)
