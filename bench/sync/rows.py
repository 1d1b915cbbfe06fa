"""Waiting without deadlock: what a lock costs that nobody waits for, and one that all want."""

from __future__ import annotations

from harness.model import Bar, Competitor, Results, Row, Theme, ratio

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
        "four attached threads want a lock for a little work, per lock",
        "contended",
        ("interlock", "standard"),
        threads=4,
        counted=False,
        most=20_000,
    ),
    Row(
        "contended_lock",
        "the same through il::lock on std::mutex",
        "contended_lock",
        ("interlock", "standard"),
        threads=4,
        counted=False,
        most=20_000,
    ),
)


def to_cheaper(results: Results) -> float | None:
    others = [
        t for t in (results.ns("mutex", key) for key in ("standard", "python")) if t is not None
    ]
    return ratio(results.ns("mutex", "interlock"), min(others)) if others else None


# What is left of an acquire load when the loop around it is taken off is too little to divide by: instructions are counted.
def to_acquire_load(row: str) -> Bar:
    return Bar(
        row,
        "instructions of interlock / of an acquire load and a branch on it",
        lambda r: ratio(r.instructions(row, "interlock"), r.instructions(row, "standard")),
        1.2,
    )


def throughput(row: str) -> Bar:
    return Bar(
        row,
        "rate of interlock / rate by hand",
        lambda r: ratio(r.ns(row, "standard"), r.ns(row, "interlock")),
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
