"""What the soak does: one function for each kind of operation. Each leaves nothing behind, and checks what it gets."""

from __future__ import annotations

import array
import copy
import gc
import importlib
import pickle
import sys
import threading
import weakref
from collections.abc import Callable, Iterator
from random import Random
from typing import Any

import soak as m

Operation = Callable[[Random], None]
OPERATIONS: dict[str, Operation] = {}
# One thread at a time takes a module out of sys.modules and imports it again.
_reimporting = threading.Lock()


def operation(f: Operation) -> Operation:
    OPERATIONS[f.__name__] = f
    return f


def raises(kind: type[BaseException], f: Callable[..., object], *args: object) -> BaseException:
    try:
        f(*args)
    except kind as error:
        return error
    raise AssertionError(f"{f} did not raise {kind.__name__}")


def text(r: Random) -> str:
    letters = r.choice(["abc", "äöü", "日本語", "a😀"])
    return "".join(r.choice(letters) for _ in range(r.randrange(12)))


@operation
def calls(r: Random) -> None:
    a, b = r.randrange(10**6), r.randrange(10**6)
    assert m.add(a, b=b) == a + b
    assert m.add(a) == a + 1
    raises(TypeError, m.add, "a", b)
    raises(OverflowError, m.add, 2**40)
    raises(TypeError, m.add)


@operation
def overloads(r: Random) -> None:
    value = r.choice([1, 2.5, "s", [1, 2]])
    assert m.pick(value) == type(value).__name__
    raises(TypeError, m.pick, object())


@operation
def any_arguments(r: Random) -> None:
    n = r.randrange(6)
    assert m.gather(*range(n), **{f"k{i}": i for i in range(n)}) == 2 * n


@operation
def nested_conversions(r: Random) -> None:
    leaves: list[Any] = [None, r.randrange(100), r.random(), text(r)]
    tree = {
        text(r): [r.choice(leaves) for _ in range(r.randrange(8))] for _ in range(r.randrange(6))
    }
    assert m.tree(tree) == tree


@operation
def failing_conversions(r: Random) -> None:
    tree = {f"key {i}": [1, "x", None] for i in range(r.randrange(1, 5))}
    tree["bad"] = [1, object()]
    assert "key 'bad': item 1" in str(raises(TypeError, m.tree, tree))

    class Breaks:
        def __iter__(self) -> Iterator[int]:
            yield 1
            raise KeyError("broken")

    raises(KeyError, m.tree, {"a": Breaks()})
    raises(ValueError, m.several, (set(), ("a", True, 1), 3))


@operation
def other_conversions(r: Random) -> None:
    numbers = {r.randrange(50) for _ in range(r.randrange(20))}
    result = m.several((numbers, (text(r), True), r.randrange(1000)))
    assert result[0] == numbers


@operation
def texts(r: Random) -> None:
    t = text(r)
    assert m.text(t) == len(t.encode())
    assert m.wide(t) == t
    raises(UnicodeEncodeError, m.text, "\ud800")
    raises(TypeError, m.text, b"bytes")


@operation
def aggregates(r: Random) -> None:
    p = m.place((1, r.random(), text(r)))
    assert type(p) is m.Place
    assert p.y == 1
    raises(TypeError, m.place, (1, "x", "name"))


@operation
def views(r: Random) -> None:
    floats = array.array("d", [r.random() for _ in range(r.randrange(100))])
    assert abs(m.total(floats) - sum(floats)) < 1e-9
    ints = array.array("i", range(10))
    m.fill(ints, r.randrange(100))
    raises(TypeError, m.total, ints)
    raises(TypeError, m.fill, bytes(8), 1)


@operation
def views_elsewhere(r: Random) -> None:
    t, memory = text(r), bytearray(r.randrange(1, 2000))
    assert m.held_elsewhere(t, memory) == len(t.encode()) + len(memory)
    # Released by whichever thread empties the queue, maybe not yet.


@operation
def callbacks(r: Random) -> None:
    n = r.randrange(100)
    assert m.call_twice(lambda x: x + n, 1) == 1 + 2 * n
    raises(ZeroDivisionError, m.call_twice, lambda x: x // 0, 1)
    raises(TypeError, m.call_twice, lambda x: None, 1)
    add = m.adder(n)
    assert add(1) == n + 1
    assert m.call_twice(add, 0) == 2 * n


@operation
def callbacks_from_threads(r: Random) -> None:
    seen: list[int] = []
    threads, times = r.randrange(1, 4), r.randrange(1, 6)
    m.call_from_threads(seen.append, threads, times)
    assert sorted(seen) == list(range(threads * times))

    def fails(i: int) -> None:
        raise LookupError(i)

    raises(LookupError, m.call_from_threads, fails, threads, times)


@operation
def pool(r: Random) -> None:
    local = threading.local()
    seen: list[object] = []

    def job() -> None:
        local.value = r.random()
        seen.append(threading.get_ident())

    m.run_in_pool(job)
    assert len(seen) == 1
    raises(ZeroDivisionError, m.run_in_pool, lambda: 1 // 0)


@operation
def ranges(r: Random) -> None:
    xs = [r.randrange(100) for _ in range(30)]
    it = m.odd(xs)
    if r.random() < 0.5:
        assert list(it) == [x for x in xs if x % 2]
    else:
        next(it, None)
    assert m.sum_of(x for x in xs) == sum(xs)
    raises(TypeError, m.sum_of, iter([1, "x"]))


@operation
def exceptions(r: Random) -> None:
    kinds = [
        ValueError,
        IndexError,
        FileNotFoundError,
        m.SoakError,
        KeyError,
        SystemError,
        ValueError,
        MemoryError,
    ]
    how = r.randrange(8)
    error = raises(kinds[how], m.fail, how)
    if how == 3:
        assert error.code == 3  # type: ignore[attr-defined]
    if how == 6:
        assert isinstance(error.__cause__, RuntimeError)

    def fails() -> None:
        raise ValueError([1, 2])

    assert m.passes_on(fails, keep=True)
    assert raises(ValueError, m.passes_on, fails, False).args == ([1, 2],)


@operation
def objects(r: Random) -> None:
    made = m.objects([1, 2.5, text(r), None])
    assert made["1"] == (1, "1")


@operation
def instances(r: Random) -> None:
    p = m.Point(r.random(), 2)
    q = p + m.Point(1, 1)
    assert q.y == 3
    assert q == copy.copy(q)
    assert pickle.loads(pickle.dumps(q)) == q
    raises(TypeError, m.Point, 1)
    raises(TypeError, setattr, p, "x", "no")
    watched: list[object] = []
    weak = weakref.ref(p, watched.append)
    del p
    assert weak() is None
    assert watched == [weak]


@operation
def parts(r: Random) -> None:
    one = m.Line(m.Point(0, 0), m.Point(1, 1))
    start = one.start
    start.x = r.random()
    assert one.start.x == start.x
    del one
    start.y = 2


@operation
def cycles(r: Random) -> None:
    a, b = m.Node(), m.Node()
    a.link(b)
    b.link(a)
    b.extra = [a, b]
    assert a.next() is b
    if r.random() < 0.05:
        gc.collect()


@operation
def overriding(r: Random) -> None:
    side = r.random()

    class Mine(m.Shape):  # type: ignore[misc]
        def area(self) -> float:
            return side

    class Named(Mine):
        def name(self) -> str:
            return "named " + str(super().name())

    assert m.area_elsewhere(Mine()) == side + 5
    assert m.area_elsewhere(Named()) == side + 11
    assert m.area_elsewhere(m.Square(2)) == 9

    class Fails(m.Shape):  # type: ignore[misc]
        def area(self) -> float:
            raise KeyError(side)

    raises(KeyError, m.area_elsewhere, Fails())
    raises(NotImplementedError, m.area_elsewhere, m.Shape())


@operation
def given_away(r: Random) -> None:
    class Mine(m.Shape):  # type: ignore[misc]
        def __init__(self, value: float) -> None:
            super().__init__()
            self.value = value

        def area(self) -> float:
            return self.value

    store = m.Store()
    for i in range(3):
        store.share(Mine(i))
    assert store.area() == 3
    assert store.last().value == 2
    shape = m.make_shape(r.random())
    store.give(shape)
    raises(TypeError, shape.area)
    if r.random() < 0.7:
        store.clear()


@operation
def at_work(r: Random) -> None:
    engine = m.Engine()
    refused: list[RuntimeError] = []

    def work() -> None:
        for _ in range(3):
            try:
                engine.run(2000)
                engine.value()
            except RuntimeError as error:
                refused.append(error)

    threads = [threading.Thread(target=work) for _ in range(2)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert all("at work on another thread" in str(error) for error in refused)
    engine.run(10)


@operation
def implicit_conversions(r: Random) -> None:
    n = r.randrange(1000)
    assert m.cents(n) == m.cents(m.Money(n)) == n
    raises(TypeError, m.cents, "x")


@operation
def pointers(r: Random) -> None:
    n = r.randrange(40)
    purse = [m.Money(i) for i in range(n)]
    assert m.cents_of_all([*purse, 7]) == sum(range(n)) + 7
    raises(TypeError, m.cents_of_all, [*purse, 7, "x"])
    assert m.call_with_all(purse, lambda size: m.cents_of_all(purse) + size) == sum(range(n)) + n
    raises(ZeroDivisionError, m.call_with_all, purse, lambda size: 1 // 0)
    added: list[int] = []
    refused: list[RuntimeError] = []

    def work() -> None:
        for _ in range(5):
            try:
                m.add_to_each({str(i): each for i, each in enumerate(purse)}, 1)
                added.append(1)
            except RuntimeError as error:
                refused.append(error)

    threads = [threading.Thread(target=work) for _ in range(2)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert all("another thread" in str(error) for error in refused)
    assert m.cents_of_all(purse) == sum(range(n)) + n * len(added)


@operation
def kept_alive(r: Random) -> None:
    class Thing:
        pass

    thing = Thing()
    gone = weakref.ref(thing)
    owner = m.Point(1, 1)
    m.attach_to(owner, thing)
    del thing
    assert gone() is not None
    del owner
    gc_free = gone() is None
    assert gc_free


@operation
def enumerations(r: Random) -> None:
    color = r.choice(list(m.Color))
    assert m.next_color(m.next_color(m.next_color(color))) is color
    assert m.both(m.Mode.read, m.Mode.write) == m.Mode.read | m.Mode.write
    raises(TypeError, m.next_color, 1)


@operation
def vectors(r: Random) -> None:
    v = m.Numbers(r.random() for _ in range(r.randrange(1, 30)))
    v.append(1)
    m.scale(v, 2.0)
    assert list(v[::2]) == list(v)[::2]
    assert v[-1] == 2.0
    with memoryview(v) as view:
        view[0] = 5.0
        raises(BufferError, v.append, 1)
    v.extend(v)
    raises(TypeError, v.extend, [1.0, "x"])
    raises(IndexError, lambda: v[1000])
    assert v[0] == 5.0


@operation
def maps(r: Random) -> None:
    c = m.Counts({text(r) + str(i): i for i in range(r.randrange(1, 10))})
    c["new"] = 1
    assert sorted(c.keys()) == sorted(dict(c))
    assert "new" in c

    def grow() -> None:
        for key in c:
            c[key + key + "."] = 0

    raises(RuntimeError, grow)
    raises(KeyError, lambda: c["not there"])


@operation
def drops(r: Random) -> None:
    xs = [[i] for i in range(r.randrange(8))]
    gone = weakref.WeakSet[Any]()

    class Thing:
        pass

    thing = Thing()
    gone.add(thing)
    m.drop_detached([*xs, thing])
    m.drop_elsewhere([*xs, thing], r.random() < 0.5)
    del thing


@operation
def doors(r: Random) -> None:
    depth = r.randrange(6)
    assert m.nest(depth) == 2 + depth
    assert m.misuse([])
    assert m.raw_thread_enters()


@operation
def locks(r: Random) -> None:
    assert m.keep([r.random()]) >= 0
    assert m.pattern().match("aa")
    assert m.their_lock() == 42
    a, b = [1], [2]
    m.exchange(a, b)
    assert (a, b) == ([], [2, 1])


@operation
def python_threads(r: Random) -> None:
    results: list[int] = []
    thread = threading.Thread(target=lambda: results.append(m.add(r.randrange(10), 1)))
    thread.start()
    m.call_from_threads(lambda i: None, 1, 2)
    thread.join()
    assert len(results) == 1


@operation
def reimport(r: Random) -> None:
    with _reimporting:
        old = importlib.import_module("soak_again")
        longer = old.longer
        for name in ("soak_again", "soak_again.part"):
            del sys.modules[name]
        new = importlib.import_module("soak_again")
        assert new is not old
        assert new.VALUES == [1, 2, 3]
        assert new.part.half(new.twice()) == 1.0
        del old
        assert longer(text(r)).endswith("x" * 100)


if sys.version_info >= (3, 12):

    @operation
    def another_interpreter(r: Random) -> None:
        n = r.randrange(100)
        assert m.in_the_other(f"import soak_again; result = soak_again.twice({n})") == 2 * n
        code = "def f(): raise ValueError('there')\nf()"
        assert "there" in str(raises(RuntimeError, m.in_the_other, code))
