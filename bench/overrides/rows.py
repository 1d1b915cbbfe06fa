"""Python overrides of C++ virtual functions, called from C++, and bound containers."""

from __future__ import annotations

from harness.model import Bar, Results, Row, Theme, ratio
from libraries import NO_PEERS, competitors, to_best

COMPETITORS = competitors(
    "overrides",
    (
        "interlock",
        "best_c",
        "plain_c",
        "nanobind",
        "pybind11",
        "pyo3",
        "pyo3_no_pool",
        "cython",
        "boost_python",
    ),
)
ALL = tuple(c.key for c in COMPETITORS)
PEERS = tuple(key for key in ALL if key not in NO_PEERS)
# Those that C++ may call on any thread.
WITH_DOORS = tuple(key for key in ALL if key != "boost_python")

ROWS = (
    Row("override", "an override in Python called from C++, attached", "override", ALL),
    Row(
        "override_thread",
        "the same from a C++ thread, as it is",
        "override",
        tuple(key for key in WITH_DOORS if key != "best_c"),  # which keeps its state itself
        threads=1,
        most=20_000,
    ),
    Row(
        "override_kept",
        "the same from a C++ thread that keeps its state: interlock by itself, others by hand",
        "override_kept",
        WITH_DOORS,
        threads=1,
        most=100_000,
    ),
    Row("not_overridden", "a virtual function that Python does not override", "not_overridden", ALL),
    Row(
        "not_overridden_thread",
        "the same from a C++ thread that is not attached",
        "not_overridden",
        WITH_DOORS,
        threads=1,
    ),
    Row("vector_iterate", "for over a bound vector of 1,000 ints", "vector_iterate", ALL,
        looped_by="Python", most=10_000, counts=(20, 120)),
    Row("vector_item", "v[5] of a bound vector of ints", "vector_item", ALL, looped_by="Python"),
    Row("map_item", "d['key7'] of a bound unordered_map<string, int>", "map_item", ALL,
        looped_by="Python"),
)  # fmt: skip


def to_peers(row: str) -> Bar:
    def measured(results: Results) -> float | None:
        peers = [n for key in PEERS if (n := results.instructions(row, key)) is not None]
        return ratio(results.instructions(row, "interlock"), min(peers) if peers else None)

    return Bar(row, "instructions, interlock / the best peer", measured, 1.0)


BARS = (to_best("override", 1.1), *(to_peers(row.key) for row in ROWS))

THEME = Theme("overrides", "Overriding and containers", "best_c", COMPETITORS, ROWS, BARS)
