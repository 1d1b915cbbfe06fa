"""The example in examples/simulation: strategies in Python, called from a pool of C++ threads."""

import gc
import os
import signal
import subprocess
import sys
import threading
import weakref
from pathlib import Path

import epidemic
import pytest

FOLDER = Path(__file__).parents[2] / "examples" / "simulation"
SMALL = {"towns": 6, "days": 30, "side": 40, "doses": 10, "seed": 3}


class Nothing(epidemic.Strategy):
    def allocate(self, today: epidemic.Day) -> dict[int, int]:
        return {}


class Remembering(epidemic.Strategy):
    """What it does depends on all the days before."""

    def __init__(self) -> None:
        super().__init__()
        self.seen = 0

    def allocate(self, today: epidemic.Day) -> dict[int, int]:
        self.seen += sum(today.infected)
        return {self.seen % len(today.infected): today.doses}

    def contacts(self, today: epidemic.Day) -> float:
        return 0.5 if self.seen % 2 else super().contacts(today)


# How many were ill in each of the towns that these seeds give.
NOTHING = [649, 607, 653, 447, 409, 631]
REMEMBERING = [141, 255, 186, 276, 296, 132]
BOTH = [("nothing", Nothing), ("remembering", Remembering)]


@pytest.mark.parametrize("threads", [2, 3, 16])
def test_the_number_of_threads_makes_no_difference(threads: int) -> None:
    alone = epidemic.compare(BOTH, threads=1, **SMALL)
    assert epidemic.compare(BOTH, threads=threads, **SMALL) == alone
    assert epidemic.compare(BOTH, threads=threads, **SMALL | {"seed": 4}) != alone


def test_a_seed_gives_the_same_town_everywhere() -> None:
    nothing, remembering = epidemic.compare(BOTH, **SMALL)
    assert nothing.ever_infected == NOTHING
    assert remembering.ever_infected == REMEMBERING
    assert (nothing.name, len(nothing.infected)) == ("nothing", SMALL["days"])


def test_towns_are_worked_on_at_the_same_time() -> None:
    barrier = threading.Barrier(2, timeout=30)
    threads = set()

    class Meeting(Nothing):
        def __init__(self) -> None:
            super().__init__()
            threads.add(threading.get_ident())
            barrier.wait()  # ends when both threads have a town

    epidemic.compare([("meeting", Meeting)], threads=2, **SMALL | {"towns": 2})
    assert len(threads) == 2
    assert threading.get_ident() not in threads


def test_progress_is_told_on_the_thread_that_called() -> None:
    told = []
    epidemic.compare(
        BOTH,
        progress=lambda name, done: told.append((name, done, threading.get_ident())),
        **SMALL,
    )
    assert {thread for _, _, thread in told} == {threading.get_ident()}
    for name, _ in BOTH:
        assert [done for who, done, _ in told if who == name] == list(range(1, SMALL["towns"] + 1))


def test_a_strategy_ends_with_its_town() -> None:
    alive = weakref.WeakSet()

    class Counted(Nothing):
        def __init__(self) -> None:
            super().__init__()
            alive.add(self)

    epidemic.compare([("counted", Counted)], threads=2, **SMALL)
    gc.collect()
    assert not alive


class Unfinished(epidemic.Strategy):
    pass


class Failing(Nothing):
    def allocate(self, today: epidemic.Day) -> dict[int, int]:
        if today.number == 3:
            raise KeyError("day 3")
        return {}


def strategy(*, allocate: object = None, contacts: float = 1.0) -> type[epidemic.Strategy]:
    class Made(epidemic.Strategy):
        def allocate(self, today: epidemic.Day) -> object:
            return {} if allocate is None else allocate

        def contacts(self, today: epidemic.Day) -> float:
            return contacts

    return Made


@pytest.mark.parametrize(
    ("wrong", "error", "text"),
    [
        (Unfinished, NotImplementedError, "allocate"),
        (Failing, KeyError, "day 3"),
        (strategy(allocate={0: 11}), ValueError, "strategy 'x' gave more than the 10 doses"),
        (strategy(allocate={0: 9, 1: 2}), ValueError, "gave more than the 10 doses"),
        (strategy(allocate={16: 1}), ValueError, "there is no district 16"),
        (strategy(allocate={0: -1}), TypeError, "key 0: expected int from 0 to .*, got -1"),
        (strategy(allocate=[1]), TypeError, "expected"),
        (strategy(contacts=1.5), ValueError, "contacts must be from 0 to 1"),
        (lambda: None, ValueError, "strategy 'x' is None"),
        (lambda: 3, TypeError, "expected"),
    ],
)
@pytest.mark.parametrize("threads", [1, 4])
def test_what_goes_wrong_in_a_strategy(wrong, error: type, text: str, threads: int) -> None:
    with pytest.raises(error, match=text):
        epidemic.compare([("x", wrong)], threads=threads, **SMALL)


def test_a_traceback_leads_into_the_strategy() -> None:
    with pytest.raises(KeyError) as caught:
        epidemic.compare([("x", Failing)], threads=2, **SMALL)
    assert caught.traceback[-1].name == "allocate"


def test_wrong_arguments() -> None:
    for wrong in ({"side": 41}, {"side": 0}, {"risk": 2.0}, {"towns": 0}):
        with pytest.raises(ValueError, match="must be"):
            epidemic.compare(BOTH, **SMALL | wrong)
    with pytest.raises(ValueError, match="one strategy"):
        epidemic.compare([])
    with pytest.raises(TypeError, match=r"compare\(\): argument 'strategies': item 0"):
        epidemic.compare([("x", 3)])


def test_progress_that_raises_ends_the_work() -> None:
    def tell(name: str, done: int) -> None:
        raise StopAsyncIteration(name)

    with pytest.raises(StopAsyncIteration, match="nothing"):
        epidemic.compare(BOTH[:1], progress=tell, **SMALL)


@pytest.mark.parallel_threads(1)
@pytest.mark.skipif(os.name == "nt", reason="signals are another thing there")
def test_ctrl_c_ends_the_work() -> None:
    class Interrupting(Nothing):
        def allocate(self, today: epidemic.Day) -> dict[int, int]:
            signal.raise_signal(signal.SIGINT)
            return {}

    with pytest.raises(KeyboardInterrupt):
        # One town for one day: a second Ctrl-C would arrive when the first one has ended all this.
        epidemic.compare([("x", Interrupting)], threads=1, **SMALL | {"days": 1, "towns": 1})


@pytest.mark.parametrize("more", [[], ["--quiet"]])
def test_the_program(more: list[str], tmp_path: Path) -> None:
    plot = tmp_path / "plot.svg"
    small = ["--towns=2", "--days=20", "--side=40", "--threads=2", f"--plot={plot}"]
    done = subprocess.run(
        [sys.executable, FOLDER / "simulate.py", *small, *more],
        capture_output=True,
        text=True,
        check=False,
        timeout=50,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    for name in ("Nobody", "Everywhere", "WorstFirst", "Lockdown"):
        assert f"{name}: " in done.stdout
    assert ("WorstFirst ━" in done.stdout or "WorstFirst: 2 towns" in done.stdout) == (not more)
    if "no matplotlib" in done.stdout:
        assert not plot.exists()
    else:
        assert "<svg" in plot.read_text(encoding="utf-8")
