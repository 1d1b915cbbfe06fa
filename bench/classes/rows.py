"""Classes of C++ used from Python."""

from __future__ import annotations

from harness.model import Bar, Competitor, Results, Row, Theme, ratio


def competitor(key: str, title: str, colour: str) -> Competitor:
    return Competitor(key, title, f"bench_classes_{key}", "classes.loops.table", colour=colour)


COMPETITORS = (
    competitor("interlock", "interlock", "#d1495b"),
    competitor("best_c", "C best", "#444444"),
    competitor("nanobind", "nanobind", "#2e86ab"),
    competitor("pybind11", "pybind11", "#f0a202"),
)
PEERS = ("nanobind", "pybind11")

TITLES = {
    "construct": "Counter(1), made and destroyed",
    "method_none": "c.get()",
    "method_one": "c.add(int)",
    "attribute_read": "c.value",
    "attribute_write": "c.value = int",
    "takes_instance": "f(const Counter&)",
    "return_value": "a Counter returned by value, made and destroyed",
    "equal": "c == d",
    "iterate": "for over an instance, 1,000 ints",
}

ROWS = tuple(
    Row(key, title, key, tuple(c.key for c in COMPETITORS), looped_by="Python", most=100_000)
    for key, title in TITLES.items()
)


def to_best(row: str) -> Bar:
    def measured(results: Results) -> float | None:
        return ratio(results.instructions(row, "interlock"), results.instructions(row, "best_c"))

    return Bar(row, "instructions, interlock / C best", measured, 1.1)


def to_peers(row: str) -> Bar:
    def measured(results: Results) -> float | None:
        peers = [n for key in PEERS if (n := results.instructions(row, key)) is not None]
        return ratio(results.instructions(row, "interlock"), min(peers) if peers else None)

    return Bar(row, "instructions, interlock / the best peer", measured, 1.03)


BARS = tuple(bar for row in TITLES for bar in (to_best(row), to_peers(row)))

THEME = Theme("classes", "Classes", "best_c", COMPETITORS, ROWS, BARS)
