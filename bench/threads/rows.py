"""Several threads at once, on a free-threaded Python; and what the lock of an instance costs, on every one."""

from __future__ import annotations

from harness.model import Bar, Results, Row, Theme, difference, ratio
from libraries import competitors

COMPETITORS = competitors(
    "threads",
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
COUNTS = (1, 2, 4, 8)

TITLES = {
    "noop": "noop()",
    "one_int": "f(int)",
    "method_own": "c.add(1), each thread has a counter of its own",
    "method_shared": "c.add(1), all threads have the same counter, which is locked",
    "method_frozen": "c.get(), all threads have the same one, which is never changed",
    "list_in": "a list of 1,000 ints to std::vector",
    "entry": "a C++ thread enters and leaves",
    "drop": "a C++ thread drops a handle, detached",
}
# Of C++, on threads that Python has not seen.
DOORS = {"entry", "drop"}
# Most iterations in a burst, and what is warmed up; as for the doors.
FEW = {"drop": (4_000, 1.0)}

ROWS = (
    *(
        Row(
            f"{key}_{count}",
            f"{title}: {count} thread{'' if count == 1 else 's'}",
            key,
            ALL,
            threads=count,
            counted=False,
            most=FEW.get(key, (200_000, 0.1))[0],
            warm=FEW.get(key, (200_000, 0.1))[1],
            looped_by="C++" if key in DOORS else "Python",
            group=key,
            free_threaded=True,
        )
        for key, title in TITLES.items()
        for count in COUNTS
    ),
    Row("locked", "a method of an instance that is locked", "locked", ALL, timed=False,
        looped_by="Python"),
    Row("unlocked", "the same of one that is never changed", "unlocked", ALL, timed=False,
        looped_by="Python"),
)  # fmt: skip


def to_best(key: str) -> Bar:
    def measured(results: Results) -> float | None:
        return ratio(
            results.scaling(f"{key}_2", f"{key}_1", "interlock"),
            results.scaling(f"{key}_2", f"{key}_1", "best_c"),
        )

    return Bar(
        f"{key}_2", "scaling from 1 to 2 threads, interlock / C best", measured, 0.95, at_least=True
    )


def lock_cost(results: Results, key: str) -> float | None:
    return difference(results.instructions("locked", key), results.instructions("unlocked", key))


BARS = (
    *(to_best(key) for key in TITLES),
    Bar(
        "locked",
        "instructions of the lock, interlock / a bare critical section",
        lambda r: ratio(lock_cost(r, "interlock"), lock_cost(r, "best_c")),
        1.2,
        applies=lambda r: r.free_threaded,
    ),
    Bar(
        "locked",
        "the lock",
        lambda r: lock_cost(r, "interlock"),
        0.5,
        unit=" instructions",
        applies=lambda r: not r.free_threaded,
    ),
)


def tables(results: Results) -> list[tuple[str, list[list[str]]]]:
    made = []
    for key, title in TITLES.items():
        if not any(f"{key}_{count}" in results.cells for count in COUNTS):
            continue
        lines = [["", *(f"{n} thread{'' if n == 1 else 's'}, million/s" for n in COUNTS),
                  *(f"x{n}" for n in COUNTS[1:]), "x2, median of pairs"]]  # fmt: skip
        for each in COMPETITORS:
            cells = [results.cells.get(f"{key}_{n}", {}).get(each.key) for n in COUNTS]
            if not any(cell and cell.ns for cell in cells):
                continue
            rates = [f"{1000 / c.least:.2f}" if c and c.least else "-" for c in cells]
            scales = [results.scaling(f"{key}_{n}", f"{key}_1", each.key) for n in COUNTS[1:]]
            scales.append(results.scaling_of_pairs(f"{key}_2", f"{key}_1", each.key))
            lines.append([each.title, *rates, *(f"{s:.2f}" if s else "-" for s in scales)])
        made.append((f"Throughput and scaling: {title}", lines))
    return made


THEME = Theme("threads", "Threads", "best_c", COMPETITORS, ROWS, BARS, tables)
