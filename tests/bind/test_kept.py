"""Memory of instances that ended waits for others; pointers that a parameter refers to where they lie."""

from __future__ import annotations

import gc
import os
import subprocess
import sys
import sysconfig
import weakref

import bind_kept as m
import pytest
from alone import one_at_a_time

HAS_GIL = not sysconfig.get_config_var("Py_GIL_DISABLED")
# A sanitizer's and a debug build keep nothing; nor does a build for the stable ABI, which has no such test.
MAY_KEEP = (
    HAS_GIL
    and sysconfig.get_config_var("Py_DEBUG") in (0, None)
    and "asan" not in os.environ.get("LD_PRELOAD", "")
    and "tsan" not in os.environ.get("LD_PRELOAD", "")
)
MOST_KEPT = 8


def run(code: str, **environment: str) -> str:
    """In a process without the settings of tests, which have CPython's allocator stand aside."""
    hidden = ("PYTHONMALLOC", "PYTHONDEVMODE", "PYTHONTRACEMALLOC")
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={k: v for k, v in os.environ.items() if k not in hidden}
        | {"PYTHONPATH": os.pathsep.join([os.path.dirname(m.__file__), *sys.path])}
        | environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


KEPT = f"""
import array, sys
import bind_kept as m

counts = array.array("q", [0, 0])  # no object is kept for a number

def rise(make, many):
    some = [make(i) for i in range(many)]
    counts[0] = sys.getallocatedblocks()
    counts[0] = sys.getallocatedblocks()
    for i in range(many):
        some[i] = None
    i = None
    counts[1] = sys.getallocatedblocks()
    return many - (counts[0] - counts[1])

print(rise(m.Number, 3), rise(m.Number, 100), rise(m.Number, 1000000))
print(rise(m.Counted, 100), rise(m.Large, 100), rise(m.Weak, 100))
print(rise(m.adder, 3), rise(m.adder, 100), rise(m.wide_adder, 100))
# Those that are there are taken first.
before = sys.getallocatedblocks()
eight = [m.Number(256) for _ in range({MOST_KEPT})]
print(sys.getallocatedblocks() - before <= 2)  # the list and its memory
"""


@pytest.mark.skipif(not MAY_KEEP, reason="this build keeps nothing")
def test_a_few_are_kept_however_many_there_were() -> None:
    kept, others, functions, taken = run(KEPT).splitlines()
    assert kept.split() == ["3", str(MOST_KEPT), str(MOST_KEPT)]
    # Nothing is kept of large ones and of those that are more than a value.
    assert others.split() == [str(MOST_KEPT), "0", "0"]
    assert functions.split() == ["3", str(MOST_KEPT), "0"]
    assert taken == "True"


@pytest.mark.parametrize(
    "environment", [{"PYTHONMALLOC": "debug"}, {"PYTHONDEVMODE": "1"}, {"PYTHONTRACEMALLOC": "1"}]
)
def test_nothing_is_kept_where_somebody_watches_memory(environment: dict[str, str]) -> None:
    kept, _, functions, _ = run(KEPT, **environment).splitlines()
    assert kept.split() == functions.split() == ["0", "0", "0"]


TRACED = """
import sys, tracemalloc
import bind_kept as m

m.Number(1)
tracemalloc.start()
some = [m.Number(i) for i in range(20)]  # more than were kept
some.clear()
first = m.Number(1); line = sys._getframe().f_lineno
traceback = tracemalloc.get_object_traceback(first)
assert traceback is not None
assert traceback[0].lineno == line, (traceback, line)
"""


@pytest.mark.skipif(sys.version_info < (3, 12), reason="CPython 3.11 does not follow its own lists")
def test_tracemalloc_sees_where_one_was_made_of_kept_memory() -> None:
    run(TRACED)


def test_functions_in_memory_of_others_are_new_ones() -> None:
    ended = []
    for i in range(50):
        add = m.adder(i)
        watched = weakref.ref(add, lambda _: ended.append(1))
        assert watched() is add
        assert (add(1), m.adder(100)(i)) == (i + 1, 100 + i)
        assert m.wide_adder(i)(2) == i + 2
        del add
        assert watched() is None
    assert len(ended) == 50
    some = [m.adder(i) for i in range(20)]
    assert [add(0) for add in some] == list(range(20))


@pytest.mark.skipif(sys.version_info < (3, 13), reason="needs _interpreters")
@pytest.mark.skipif(not HAS_GIL, reason="keeps nothing")
def test_other_interpreters_have_memory_of_their_own() -> None:
    run("""
import _interpreters, os, sys, threading
import bind_kept as m

work = '''
import bind_kept as m
for _ in range(200):
    some = [m.Number(i) + m.Number(1) for i in range(30)]
    assert [n.value for n in some] == [i + 1 for i in range(30)]
    adders = [m.adder(i) for i in range(30)]
    assert [add(1) for add in adders] == [i + 1 for i in range(30)]
    del some, adders
'''
exec(work)  # the list is filled
others = [_interpreters.create("isolated") for _ in range(2)]
failed = []
def other(one):
    if (why := _interpreters.exec(one, work)) is not None:
        failed.append(why)
threads = [threading.Thread(target=other, args=(one,)) for one in others]
for thread in threads:
    thread.start()
for _ in range(5):
    exec(work)
for thread in threads:
    thread.join()
for one in others:
    _interpreters.destroy(one)
assert not failed, failed
exec(work)
""")


def test_an_instance_of_kept_memory_is_a_new_one() -> None:
    other = object()
    size = sys.getsizeof(m.Number(1))
    for value in range(50):
        n = m.Number(value)
        assert (n.value, type(n), sys.getsizeof(n), sys.getrefcount(n)) == (
            value,
            m.Number,
            size,
            sys.getrefcount(other),
        )
        with pytest.raises(AttributeError):
            n.other = 1  # type: ignore[attr-defined]
        total = n + n
        assert (total.value, total == m.Number(2 * value)) == (2 * value, True)
        del n, total
    m.Number.__new__(m.Number)  # without a value, and gone again
    empty = m.Number.__new__(m.Number)
    with pytest.raises(TypeError, match="was not initialized"):
        _ = empty.value
    with pytest.raises(TypeError, match="was not initialized"):
        empty.value = 3
    empty.__init__(4)  # type: ignore[misc]
    assert empty.value == 4


class Derived(m.Number):
    """With a dictionary and weak references, which Python adds."""


def test_classes_that_python_derives_have_memory_of_their_own() -> None:
    for value in range(30):
        d = Derived(value)
        d.extra = [value]  # type: ignore[attr-defined]
        seen = weakref.ref(d)
        n = m.Number(value)
        assert (type(d), type(n), d.value, n.value) == (Derived, m.Number, value, value)
        total = d + n
        assert (type(total), total.value) == (m.Number, 2 * value)
        del d
        gc.collect()
        assert seen() is None


@one_at_a_time
def test_a_class_that_is_given_a_finalizer_calls_it(monkeypatch: pytest.MonkeyPatch) -> None:
    ended: list[int] = []
    kept = []

    def finalize(self: m.Number) -> None:
        ended.append(self.value)
        if self.value == 2:
            kept.append(self)

    monkeypatch.setattr(m.Number, "__del__", finalize, raising=False)
    for value in range(4):
        m.Number(value)
    assert ended == [0, 1, 2, 3]
    assert [n.value for n in kept] == [2]
    monkeypatch.undo()
    kept.clear()
    assert ended == [0, 1, 2, 3]


@one_at_a_time
def test_what_is_destroyed_and_what_fails_leaves_nothing() -> None:
    gc.collect()
    before = m.alive()
    for _ in range(20):
        c = m.Counted(3)
        assert m.alive() == before + 1
        with pytest.raises(ValueError, match="negative"):
            m.Counted(-1)
        with pytest.raises(IndexError, match="below"):
            c.value = -1
        assert c.value == 3
        c.value = 4
        assert c.value == 4
        del c
        assert m.alive() == before


def test_a_constructor_of_numbers_says_what_does_not_fit() -> None:
    assert m.Number(value=3).value == 3
    assert m.Number(True).value == 1
    for call in (m.Number, m.Counted):
        with pytest.raises(TypeError, match="expected int, got str"):
            call("1")
        with pytest.raises(TypeError, match="argument"):
            call()
        with pytest.raises(TypeError, match="argument"):
            call(1, 2)
        with pytest.raises(TypeError):
            call(valve=1)
        with pytest.raises(OverflowError):
            call(1 << 40)


# ---- pointers where they lie


def test_a_pointer_by_reference_is_the_one_that_holds_the_object() -> None:
    both = m.Both(3)
    assert m.count_by_value(both) == 2
    assert m.count_by_reference(both) == (1 if HAS_GIL else 2)
    assert m.value_of(both) == 3
    assert m.value_of(None) == -1
    assert m.same(both) is both
    with pytest.raises(ValueError, match="refused"):
        m.refuse(both)
    with pytest.raises(TypeError, match="expected Both"):
        m.value_of(m.First)
    empty = m.Both.__new__(m.Both)
    with pytest.raises(TypeError, match="was not initialized"):
        m.value_of(empty)


def test_a_pointer_to_a_base_holds_an_object_of_a_derived_class() -> None:
    both = m.second()
    assert type(both) is m.Both
    assert (m.value_of(both), m.second_of(both), m.same(both) is both) == (5, 2, True)
    assert m.second_of(m.Both(1)) == 2


class Child(m.Both):
    """Derived in Python."""


def test_an_instance_of_a_class_that_python_derives_is_passed_by_reference() -> None:
    child = Child(6)
    assert (m.value_of(child), m.second_of(child), m.same(child) is child) == (6, 2, True)


@one_at_a_time
def test_the_pointer_stays_while_the_function_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    import __main__

    held = [m.Both(3)]
    seen: list[str] = []

    def meanwhile() -> None:
        both = held[0]
        for change in (lambda: both.__init__(4), lambda: m.take(both)):  # type: ignore[misc]
            with pytest.raises(TypeError) as refused:
                change()
            seen.append(str(refused.value))
        held.clear()
        gc.collect()

    monkeypatch.setattr(__main__, "meanwhile", meanwhile, raising=False)
    assert m.stays(held[0])
    assert "was initialized before" in seen[0]
    assert "a std::shared_ptr holds it" in seen[1]
    assert held == []


@pytest.mark.skipif(not MAY_KEEP, reason="this build keeps nothing")
@pytest.mark.skipif("INTERLOCK_KEPT_AGAIN" in os.environ, reason="is what runs them")
@one_at_a_time
def test_all_of_it_where_memory_is_kept() -> None:
    """Tests run in development mode, in which nothing is."""
    run(
        "import pytest, sys\n"
        f"sys.exit(pytest.main(['-q', '-p', 'no:cacheprovider', '-p', 'no:xdist', {__file__!r}]))",
        INTERLOCK_KEPT_AGAIN="1",
    )
