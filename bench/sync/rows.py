"""Waiting without deadlock: what a lock costs that nobody waits for, and one that all want."""

from __future__ import annotations

from harness.model import Bar, Competitor, Results, Row, Theme, difference, ratio

INTERLOCK = Competitor("interlock", "interlock", "bench_sync", colour="#d1495b")
STANDARD = Competitor("standard", "by hand in C++", "bench_sync", "standard", "#444444")
PYTHON = Competitor("python", "PyMutex", "bench_sync", "python", "#2e86ab")

ROWS = (
    Row(
        "mutex",
        "take and give back a lock that is free",
        "mutex",
        ("interlock", "standard", "python"),
    ),
    Row(
        "once",
        "get a value that has been made; by hand: an acquire load",
        "once",
        ("interlock", "standard"),
    ),
    Row(
        "once_references",
        "the same, a value that holds Python references",
        "once_references",
        ("interlock", "standard"),
    ),
    Row(
        "contended",
        "four attached threads want a lock for a little work, per 200 locks",
        "contended",
        ("interlock", "standard"),
        threads=4,
        counted=False,
        most=100,
    ),
    Row(
        "contended_lock",
        "the same through il::lock on std::mutex",
        "contended_lock",
        ("interlock", "standard"),
        threads=4,
        counted=False,
        most=100,
    ),
)


def to_cheaper(results: Results) -> float | None:
    others = [
        t for t in (results.ns("mutex", key) for key in ("standard", "python")) if t is not None
    ]
    return ratio(results.ns("mutex", "interlock"), min(others)) if others else None


# With the loop around it taken off nothing is left of an acquire load that could be divided by.
def to_acquire_load(row: str) -> Bar:
    return Bar(
        row,
        "interlock - an acquire load and a branch on it",
        lambda r: difference(r.ns(row, "interlock"), r.ns(row, "standard")),
        0.1,
        unit=" ns",
    )


def median(results: Results, row: str, competitor: str) -> float | None:
    cell = results.cells.get(row, {}).get(competitor)
    return cell.median if cell else None


def throughput(row: str) -> Bar:
    return Bar(
        row,
        "median rate of interlock / by hand",
        # The least says how fast it is where nobody came in between.
        lambda r: ratio(median(r, row, "standard"), median(r, row, "interlock")),
        1.0,
        at_least=True,
    )


BARS = (
    Bar("mutex", "interlock / the cheaper of std::mutex and PyMutex", to_cheaper, 1.2),
    to_acquire_load("once"),
    to_acquire_load("once_references"),
    throughput("contended"),
    throughput("contended_lock"),
)

THEME = Theme("sync", "Waiting", "standard", (INTERLOCK, STANDARD, PYTHON), ROWS, BARS)
