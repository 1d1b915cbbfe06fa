"""What went wrong in other libraries and no other test asks for. docs/elsewhere.md says whom it bit."""

from __future__ import annotations

import contextlib
import gc
import sys
import threading
import weakref

import bind_elsewhere as m
import pytest
from references import counts


class Index:
    """An argument whose conversion runs Python code."""

    def __init__(self, work) -> None:
        self.work = work

    def __index__(self) -> int:
        self.work()
        return 1


# ---- objects that go away while they are used ----------------------------------------------------


@pytest.mark.parametrize("call", ["plus", "plus_named", "plus_all"])
def test_self_is_given_away_while_an_argument_is_converted(call) -> None:
    box = m.Box(5)
    evil = Index(lambda: m.eat(box))
    with pytest.raises(TypeError, match="given away"):
        getattr(box, call)([evil] if call == "plus_all" else evil)


def test_self_is_given_away_while_a_property_is_set() -> None:
    box = m.Box(5)
    with pytest.raises(TypeError, match="given away"):
        box.value = Index(lambda: m.eat(box))


def test_the_same_object_twice_in_one_call_is_not_taken_twice() -> None:
    box = m.Box(5)
    with pytest.raises((TypeError, RuntimeError), match=r"given away|empty"):
        m.eat_both(box, box)
    gc.collect()


@pytest.mark.thread_unsafe(reason="one shared object is kept by the module")
def test_a_shared_pointer_to_what_a_conversion_made_lives_on() -> None:
    m.keep(7)
    gc.collect()
    assert m.kept() == 7
    m.forget()


# ---- names, keys and views of what is temporary --------------------------------------------------


def test_proxies_keep_the_key_that_they_were_made_with() -> None:
    class Named:
        a_name_that_is_made_here = 3

    for _ in range(100):
        assert m.by_temporary_key({"a key that is made here": 4}) == 4
        assert m.by_temporary_name(Named) == 3


# ---- calls that nobody expects -------------------------------------------------------------------


def test_self_as_a_keyword() -> None:
    with pytest.raises(TypeError, match="self"):
        m.Box(self=1)
    with pytest.raises(TypeError, match="self"):
        m.Box(1, self=1)
    with pytest.raises(TypeError):
        m.Box.plus_named(self=m.Box(1), n=2)
    assert m.Box(2).self_named(self=3) == 5


def test_a_keyword_that_has_no_utf_8() -> None:
    for call in (m.over, m.Box, m.Box(1).plus_named):
        with pytest.raises(TypeError):
            call(**{"\udc80": 1})


def test_a_class_without_a_module_is_named_in_an_error() -> None:
    for module in (3, None):
        strange = type("Strange", (), {"__module__": module})
        with pytest.raises(TypeError, match="Strange"):
            m.Box(1).plus(strange())

        class Error(Exception):
            pass

        Error.__module__ = module

        def fail(kind=Error) -> None:
            raise kind("words")

        assert "words" in m.what_of(fail)


@pytest.mark.thread_unsafe(reason="the class is changed")
def test_a_static_property_is_deleted_like_any_attribute() -> None:
    class Sub(m.Counted):
        pass

    Sub.count = 4
    assert m.Counted.count == 4
    with pytest.raises(AttributeError):
        del Sub.count
    del m.Counted.count
    assert not hasattr(Sub, "count")
    Sub.count = 5
    assert m.count() == 4


def test_a_failed_cast_inside_does_not_try_the_next_overload() -> None:
    with pytest.raises(TypeError, match="expected int, got str"):
        m.cast_inside("x")


def test_parentheses_not_braces() -> None:
    assert m.Row(3, 7).items == [7, 7, 7]


def test_a_char_is_a_number_where_a_number_is_asked_for() -> None:
    assert m.char_as_int() == 97


def test_what_of_an_error_out_of_a_file_whose_name_is_no_utf_8() -> None:
    code = compile("def fail(): raise ValueError('words')", "no\udcff\udc80utf8.py", "exec")
    scope: dict = {}
    exec(code, scope)
    assert "ValueError: words" in m.what_of(scope["fail"])


def test_flags_out_of_range() -> None:
    assert m.bits(m.Bits.one | m.Bits.two) == 3
    with pytest.raises(ValueError, match="64"):
        m.bits_of(64)
    with pytest.raises(TypeError):
        m.bits(64)


# ---- what happens detached -----------------------------------------------------------------------


def test_conversions_happen_before_the_interpreter_is_released() -> None:
    seen = []
    assert m.value_detached(8) == 8  # an implicit conversion: a Python object is made
    assert m.twice_detached(Index(lambda: seen.append(sys._getframe() is not None))) == [1, 1]
    assert seen == [True]


def test_calls_into_one_object_exclude_one_another() -> None:
    box = m.Box(0)
    threads, times, calls = 4, 1000, 20
    together = threading.Barrier(threads)

    def work() -> None:
        together.wait()
        for _ in range(calls):
            box.bump(times)

    running = [threading.Thread(target=work) for _ in range(threads)]
    for one in running:
        one.start()
    for one in running:
        one.join()
    assert box.value == threads * times * calls


@pytest.mark.thread_unsafe(reason="counts the objects of the process")
def test_one_object_is_given_away_once_by_many_threads() -> None:
    for _ in range(50):
        box = m.Box(9)
        together = threading.Barrier(4)
        taken: list[int] = []

        def work(box=box, together=together, taken=taken) -> None:
            together.wait()
            with contextlib.suppress(TypeError):
                taken.append(m.eat(box))

        running = [threading.Thread(target=work) for _ in range(4)]
        for one in running:
            one.start()
        for one in running:
            one.join()
        assert taken == [9]
    # What it was moved out of lives until its Python object dies.
    del box, work, running
    gc.collect()
    assert m.alive() == 0


# ---- leaks ---------------------------------------------------------------------------------------


def test_a_cycle_through_a_bound_method_is_collected() -> None:
    box = m.Box(1)
    box.call = box.plus
    ended = weakref.ref(box)
    del box
    gc.collect()
    assert ended() is None


@pytest.mark.thread_unsafe(reason="counts references")
def test_instances_of_a_python_subclass_hold_their_class_once() -> None:
    class Sub(m.Box):
        pass

    Sub(1)
    before = counts([Sub])
    for _ in range(100):
        Sub(1).plus(2)
    gc.collect()
    assert counts([Sub]) == before


@pytest.mark.thread_unsafe(reason="memory runs out for the whole process")
def test_running_out_of_memory_is_an_error() -> None:
    testing = pytest.importorskip("_testcapi")
    box = m.Box(1)
    arguments = ([1, 2, 3],)
    calls = (lambda: m.Box(1), lambda: box.plus_all(*arguments), lambda: m.bits_of(3),
             lambda: m.value_detached(3), lambda: m.twice_detached(1234567))  # fmt: skip
    for call in calls:
        call()
        for after in range(12):
            testing.set_nomemory(after, after + 1)
            try:
                call()
            except MemoryError:
                pass
            finally:
                testing.remove_mem_hooks()
    gc.collect()
    assert box.plus(1) == 2
