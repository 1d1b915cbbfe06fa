"""Calls of bound functions from Python, and one the other way."""

from __future__ import annotations

from harness.model import Bar, Competitor, Results, Row, Theme, ratio

INTERLOCK = Competitor(
    "interlock", "interlock", "bench_calls_interlock", "calls.loops.table", colour="#d1495b"
)
BEST_C = Competitor("best_c", "C best", "bench_calls_best_c", "calls.loops.table", colour="#444444")
PLAIN_C = Competitor(
    "plain_c", "C API", "bench_calls_plain_c", "calls.loops.table", colour="#999999"
)
NANOBIND = Competitor(
    "nanobind", "nanobind", "bench_calls_nanobind", "calls.loops.table", colour="#2e86ab"
)
PYBIND11 = Competitor(
    "pybind11", "pybind11", "bench_calls_pybind11", "calls.loops.table", colour="#f0a202"
)
PYO3 = Competitor("pyo3", "PyO3", "bench_calls_pyo3", "calls.loops.table", colour="#5c8001")

ALL = ("interlock", "best_c", "plain_c", "nanobind", "pybind11", "pyo3")
PEERS = ("nanobind", "pybind11", "pyo3")

TITLES = {
    "noop": "noop()",
    "one_int": "f(int)",
    "two_ints": "f(int, int)",
    "large_ints": "f(int, int), results that are made",
    "one_float": "f(float)",
    "six": "f(five ints, one float)",
    "positional": "f(a, b), called by position",
    "keyword": "f(a, b), called as f(1, b=2)",
    "keywords": "f(a, b), called as f(a=1, b=2)",
    "keywords_turned": "f(a, b), called as f(b=2, a=1)",
    "defaulted": "f(a, b=10), called as f(1)",
    "length_view": "f(str) as string_view",
    "length_string": "f(str) as std::string",
    "takes": "f(object)",
    "list_in": "list of 1,000 ints to std::vector",
    "list_out": "std::vector of 1,000 ints to list",
    "dict_in": "dict of 100 to std::unordered_map",
    "dict_out": "std::unordered_map of 100 to dict",
    "overload_first": "an overloaded function, the first fits",
    "overload_second": "an overloaded function, the second fits",
    "fail": "a C++ exception, thrown and caught in Python",
    "callback": "a Python function called from C++, int to int",
}
LOOPS_IN_CPP = ("callback",)

ROWS = tuple(
    Row(key, title, key, ALL, looped_by="C++" if key in LOOPS_IN_CPP else "Python", most=100_000)
    for key, title in TITLES.items()
)


def to_best(row: str, limit: float) -> Bar:
    def measured(results: Results) -> float | None:
        return ratio(results.instructions(row, "interlock"), results.instructions(row, "best_c"))

    return Bar(row, "instructions, interlock / C best", measured, limit)


def to_peers(row: str) -> Bar:
    def measured(results: Results) -> float | None:
        peers = [n for key in PEERS if (n := results.instructions(row, key)) is not None]
        return ratio(results.instructions(row, "interlock"), min(peers) if peers else None)

    return Bar(row, "instructions, interlock / the best peer", measured, 1.03)


LIMITS = {"overload_second": 1.5}
BARS = tuple(bar for row in TITLES for bar in (to_best(row, LIMITS.get(row, 1.05)), to_peers(row)))

THEME = Theme(
    "calls", "Calls", "best_c", (INTERLOCK, BEST_C, PLAIN_C, NANOBIND, PYBIND11, PYO3), ROWS, BARS
)
