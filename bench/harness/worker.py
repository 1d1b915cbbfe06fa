"""Runs in a process of its own, on the Python that is measured: one competitor's loops, on command.

TABLE names the module's table of loops; PACKAGE.TABLE is a function in a file of bench/ that makes one for the module, of
loops in Python.

worker.py MODULES MODULE TABLE
    reads commands, a JSON object a line, and answers each by a line
worker.py MODULES MODULE TABLE --count LOOP:THREADS:MODE:N,N ...
    runs loops for callgrind to count, each with both counts
"""

from __future__ import annotations

import importlib
import json
import os
import sys
from pathlib import Path
from types import ModuleType


def table_of(module: ModuleType, name: str) -> dict[str, tuple[object, int, int]]:
    package, _, function = name.rpartition(".")
    if not package:
        return dict(getattr(module, name))
    sys.path.insert(0, str(Path(__file__).parents[1]))
    return getattr(importlib.import_module(package), function)(module)


# What a Python object costs depends on whether its pool of memory becomes full by it: by chance, which callers turn by this.
KEPT = [bytes(n) for n in range(0, 480, 16) for _ in range(int(os.environ.get("BENCH_HEAP", "0")))]


def main() -> None:
    sys.path.insert(0, sys.argv[1])
    import bench_stopwatch as watch  # type: ignore[import-not-found]

    module = importlib.import_module(sys.argv[2])
    loops = {"empty": watch.empty, **table_of(module, sys.argv[3])}
    if sys.argv[4:5] == ["--count"]:
        for wanted in sys.argv[5:]:
            loop, threads, mode, counts = wanted.split(":")
            few, many = map(int, counts.split(","))
            for n in (few, many):
                label = f"{loop}:{threads}:{mode} {n}"
                watch.burst(loops[loop], n, min(few, 50), int(threads), label, mode)
        return

    gil = getattr(sys, "_is_gil_enabled", lambda: True)()
    print(json.dumps({"loops": sorted(loops), "gil": gil, "version": sys.version}), flush=True)
    for line in sys.stdin:
        command = json.loads(line)
        if command["cores"]:
            os.sched_setaffinity(0, command["cores"])
        n = command["n"]
        loop, threads, mode = loops[command["loop"]], command["threads"], command["mode"]
        print(json.dumps(watch.burst(loop, n, command["warm"], threads, None, mode)), flush=True)


main()
