"""The libraries that themes measure side by side, and the bars that they share."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from harness.model import Bar, Competitor, Results, Row, ratio

# Key: title, colour.
LIBRARIES = {
    "interlock": ("interlock", "#d1495b"),
    "best_c": ("C best", "#444444"),
    "plain_c": ("C API", "#999999"),
    "nanobind": ("nanobind", "#2e86ab"),
    "nanobind_pooled": ("nanobind, pooled", "#7fb7d1"),
    "pybind11": ("pybind11", "#f0a202"),
    "pyo3": ("PyO3", "#5c8001"),
    "pyo3_no_pool": ("PyO3, no pool", "#a3c14a"),
    "cython": ("Cython", "#8d5a97"),
    "boost_python": ("Boost.Python", "#6b4226"),
    # In the rows of what compiling costs.
    "python": ("<Python.h>", "#444444"),
    "standard": ("<Python.h> and what interlock has of C++'s", "#999999"),
    "nanobind_casters": ("nanobind, its casters included", "#7fb7d1"),
    "pybind11_casters": ("pybind11, its casters included", "#f7ce7a"),
}
NO_PEERS = ("interlock", "best_c", "plain_c")


def competitors(theme: str, keys: Iterable[str]) -> tuple[Competitor, ...]:
    return tuple(
        Competitor(key, title, f"bench_{theme}_{key}", f"{theme}.loops.table", colour=colour)
        for key in keys
        for title, colour in [LIBRARIES[key]]
    )


def rows_of(
    titles: Mapping[str, str],
    libraries: tuple[Competitor, ...],
    in_cpp: Iterable[str] = (),
    long: Iterable[str] = (),
) -> tuple[Row, ...]:
    """Loops in Python, but those in `in_cpp`. Those in `long` are counted fewer times."""
    keys = tuple(library.key for library in libraries)
    return tuple(
        Row(
            key,
            title,
            key,
            keys,
            looped_by="C++" if key in in_cpp else "Python",
            most=100_000,
            counts=(20, 120) if key in long else Row.counts,
        )
        for key, title in titles.items()
    )


def to_best(row: str, limit: float) -> Bar:
    """At most so much of C best's instructions."""

    def measured(results: Results) -> float | None:
        return ratio(results.instructions(row, "interlock"), results.instructions(row, "best_c"))

    return Bar(row, "instructions, interlock / C best", measured, limit)


def to_peers(row: str, libraries: tuple[Competitor, ...]) -> Bar:
    """Below every peer, or within 3 % of the best one."""
    peers = [library.key for library in libraries if library.key not in NO_PEERS]

    def measured(results: Results) -> float | None:
        counted = [n for key in peers if (n := results.instructions(row, key)) is not None]
        return ratio(results.instructions(row, "interlock"), min(counted) if counted else None)

    return Bar(row, "instructions, interlock / the best peer", measured, 1.03)


def bars_of(
    titles: Iterable[str],
    libraries: tuple[Competitor, ...],
    limit: float,
) -> tuple[Bar, ...]:
    return tuple(bar for row in titles for bar in (to_best(row, limit), to_peers(row, libraries)))
