"""The doors: entering and leaving the interpreter, and dropping handles outside of it."""

from __future__ import annotations

from harness.model import Bar, Competitor, Results, Row, Theme, difference, ratio

INTERLOCK = Competitor("interlock", "interlock", "bench_doors_interlock", colour="#d1495b")
NO_DRAIN = Competitor(
    "no_drain", "interlock without drain", "bench_doors_interlock_no_drain", colour="#e8a0aa"
)
BARE = Competitor("bare", "C API, kept state", "bench_doors_bare", "bare", "#444444")
GILSTATE = Competitor("gilstate", "PyGILState", "bench_doors_bare", "gilstate", "#999999")
NANOBIND = Competitor("nanobind", "nanobind", "bench_doors_nanobind", colour="#2e86ab")
PYBIND11 = Competitor("pybind11", "pybind11", "bench_doors_pybind11", colour="#f0a202")
PYO3 = Competitor("pyo3", "PyO3", "bench_doors_pyo3", colour="#5c8001")

PYO3_NO_POOL = Competitor(
    "pyo3_no_pool", "PyO3, no pool", "bench_doors_pyo3_no_pool", colour="#a3c14a"
)

PEERS = ("gilstate", "nanobind", "pybind11", "pyo3", "pyo3_no_pool")
ALL = ("interlock", "bare", *PEERS)

ROWS = (
    Row("nested", "enter when already attached", "nested", ALL, inspected=True),
    Row("entry", "enter from a C++ thread, again and again, empty body", "entry", ALL, threads=1),
    Row(
        "entry_alloc",
        "the same with a body that allocates: a bytes of 100",
        "alloc",
        ALL,
        threads=1,
    ),
    Row("call", "enter from a C++ thread and call lambda: None", "call", ALL, threads=1),
    Row(
        "call_bound",
        "the same, the call too written in the library's own way",
        "call_bound",
        ("interlock", "nanobind", "pybind11", "pyo3", "pyo3_no_pool"),
        threads=1,
    ),
    *(
        Row(
            key,
            f"a C++ thread's first entry, {body}, and what its end has to do",
            loop,
            ALL,
            threads=1,
            mode="fresh",
            most=100,
            counts=(20, 120),
        )
        for key, body, loop in (
            ("first", "empty body", "entry"),
            ("first_alloc", "with a body that allocates", "alloc"),
            ("first_call", "calling lambda: None", "call"),
        )
    ),
    Row(
        "contend",
        "two C++ threads enter at once and again and again, per entry",
        "entry",
        ALL,
        threads=2,
        counted=False,
        fair=True,
        burst_ns=20_000_000,
        least=2_000,
    ),
    Row(
        "turns",
        "eight C++ threads enter in turn",
        "entry",
        ALL,
        threads=8,
        mode="turns",
        most=200,
        counts=(20, 70),
    ),
    Row(
        "leave",
        "leave and come back, main thread",
        "leave",
        ("interlock", "bare", "nanobind", "pybind11", "pyo3", "pyo3_no_pool"),
    ),
    Row("reenter", "enter on a Python thread that has left, empty body", "reenter", ALL),
    # Warmed by as many: a thread that drops again and again has a queue that has grown.
    Row(
        "drop",
        "drop a handle on a detached C++ thread",
        "drop",
        ALL,
        threads=1,
        most=4_000,
        warm=1.0,
    ),
    Row(
        "drop_two",
        "the same on two threads at once, per handle",
        "drop",
        ALL,
        threads=2,
        counted=False,
        most=4_000,
        warm=1.0,
    ),
    Row(
        "drain",
        "enter from a C++ thread, with the drain and with it compiled out",
        "entry",
        ("interlock", "no_drain"),
        threads=1,
        timed=False,
    ),
)


def gain_over_fastest(results: Results, row: str, peers: tuple[str, ...]) -> float | None:
    """How many times faster interlock is than the fastest of the peers."""
    times = [t for t in (results.ns(row, peer) for peer in peers) if t is not None]
    return ratio(min(times), results.ns(row, "interlock")) if times else None


def to_bare(row: str) -> Bar:
    return Bar(
        row,
        "interlock / bare",
        lambda r: ratio(r.ns(row, "interlock"), r.ns(row, "bare")),
        1.5 if row == "nested" else 1.15,
    )


BARS = (
    to_bare("nested"),
    Bar(
        "nested",
        "system calls, locks and atomic writes among the instructions that ran",
        lambda r: r.heavy("nested", "interlock"),
        0,
        unit="",
    ),
    to_bare("entry"),
    Bar(
        "entry",
        "PyGILState / interlock",
        lambda r: ratio(r.ns("entry", "gilstate"), r.ns("entry", "interlock")),
        3,
        at_least=True,
        applies=lambda r: not r.free_threaded,
    ),
    Bar(
        "entry",
        "PyGILState / interlock",
        lambda r: ratio(r.ns("entry", "gilstate"), r.ns("entry", "interlock")),
        20,
        at_least=True,
        applies=lambda r: r.free_threaded,
    ),
    to_bare("call"),
    Bar(
        "call",
        "fastest of PyGILState, nanobind, pybind11, PyO3 with and without its pool / interlock",
        lambda r: gain_over_fastest(r, "call", PEERS),
        30,
        at_least=True,
    ),
    Bar(
        "leave",
        "interlock - bare",
        lambda r: difference(r.instructions("leave", "interlock"), r.instructions("leave", "bare")),
        30,
        unit=" instructions",
    ),
    Bar("drop", "interlock", lambda r: r.ns("drop", "interlock"), 30, unit=" ns"),
    Bar(
        "drop_two",
        "rate of two threads / rate of one",
        lambda r: ratio(r.ns("drop", "interlock"), r.ns("drop_two", "interlock")),
        1.5,
        at_least=True,
    ),
    Bar(
        "drain",
        "with - without",
        lambda r: difference(
            r.instructions("drain", "interlock"), r.instructions("drain", "no_drain")
        ),
        3,
        unit=" instructions",
    ),
)

THEME = Theme(
    "doors",
    "Doors",
    "bare",
    (INTERLOCK, NO_DRAIN, BARE, GILSTATE, NANOBIND, PYBIND11, PYO3, PYO3_NO_POOL),
    ROWS,
    BARS,
)
