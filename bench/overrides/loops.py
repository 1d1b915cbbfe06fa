"""The loops of the theme "overrides": those of C++ on an instance of a Python class, and Python code that uses bound containers."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType

import bench_stopwatch as watch  # type: ignore[import-not-found]
from calls.loops import make_loop

# Row: the statement; v is a vector of 1,000 ints, d a map of 100 names.
STATEMENTS = {
    "empty_python": "pass",
    "vector_iterate": "\n            for _ in v: pass",
    "vector_item": "v[5]",
    "map_item": "d['key7']",
}
KEPT = []


def check_called(module: ModuleType) -> None:
    """That C++ arrives at what Python has overridden."""
    seen = []

    class Recording(module.Strategy):  # type: ignore[name-defined,misc]
        def step(self, x):  # type: ignore[no-untyped-def]
            seen.append(x)
            return x

    instance = Recording()
    module.use(instance)
    KEPT.append(instance)  # C++ has a pointer to it
    watch.burst(module.loops["override"], 2, 0, 0, None, "")
    if seen != [3, 3]:
        raise SystemExit(f"bench: {module.__name__}: the override was called with {seen}")


def table(module: ModuleType) -> dict[str, tuple[Callable[[int], object] | int, int, int]]:
    class Derived(module.Strategy):  # type: ignore[name-defined,misc]
        def step(self, x):  # type: ignore[no-untyped-def]
            return x

    check_called(module)
    instance = Derived()
    assert (instance.step(3), instance.stay(3)) == (3, 2)
    module.use(instance)
    KEPT.append(instance)
    values = {"v": module.Ints(), "d": module.Counts()}
    for i in range(1000):
        values["v"].append(i)
    for i in range(100):
        values["d"][f"key{i}"] = i
    assert [*values["v"]] == [*range(1000)]
    assert (values["v"][-1], values["d"]["key7"]) == (999, 7)
    made = {name: (make_loop(module, values, text), 0, 0) for name, text in STATEMENTS.items()}
    return {**module.loops, **made}
