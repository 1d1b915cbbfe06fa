"""The loops of the theme "threads": Python code that each thread runs, and the doors' loops in C++."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from itertools import repeat
from types import ModuleType

# Row: what each thread makes for itself, then the statement; shared and fixed are there once for all threads.
STATEMENTS = {
    "empty_python": ("pass", "pass"),
    "noop": ("pass", "m_noop()"),
    "one_int": ("pass", "m_one_int(1)"),
    "method_own": ("c = m_Counter(0)", "c.add(1)"),
    "method_shared": ("pass", "shared.add(1)"),
    "method_frozen": ("pass", "fixed.get()"),
    "list_in": ("values = [*range(1000)]", "m_sum(values)"),
    "locked": ("c = m_Counter(0)", "c.get()"),
    "unlocked": ("c = m_Constant(0)", "c.get()"),
}
# A library's doors are in bench_doors_LIBRARY, unless they are said to be elsewhere.
DOORS = {
    "best_c": ("bench_doors_bare", "bare"),
    "plain_c": ("bench_doors_bare", "gilstate"),
    "cython": ("bench_threads_cython", "loops"),
}
# What a library has no door for; see its source, for PyO3 that of its doors.
ABSENT = {"pyo3_no_pool": {"drop"}, "boost_python": {"entry", "drop"}}


def table(module: ModuleType) -> dict[str, tuple[Callable[[int], object] | int, int, int]]:
    names = ("noop", "one_int", "sum", "Counter", "Constant")
    scope = {f"given_{name}": getattr(module, name) for name in names}
    scope |= {"shared_one": module.Counter(0), "fixed_one": module.Constant(7), "repeat": repeat}
    parameters = ", ".join(f"m_{name}=given_{name}" for name in names)
    loops = {}
    for name, (first, statement) in STATEMENTS.items():
        # All that the loop touches is a local of the thread's own frame.
        exec(
            f"def loop(n, {parameters}, shared=shared_one, fixed=fixed_one):\n"
            f"    {first}\n"
            f"    for _ in repeat(None, n): {statement}\n",
            scope,
        )
        loops[name] = (scope["loop"], 0, 0)
    assert (module.one_int(1), module.sum([*range(1000)]), module.Constant(7).get()) == (
        2,
        499500,
        7,
    )
    counter = module.Counter(1)
    counter.add(2)
    assert counter.get() == 3
    library = module.__name__.removeprefix("bench_threads_")
    if wanted := {"entry", "drop"} - ABSENT.get(library, set()):
        doors, doors_table = DOORS.get(library, (f"bench_doors_{library}", "loops"))
        of_doors = getattr(importlib.import_module(doors), doors_table)
        loops |= {name: of_doors[name] for name in sorted(wanted)}
    return loops
