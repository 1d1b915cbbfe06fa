"""Runs in a process of its own, on the Python that is measured: one competitor's loops, on command.

worker.py MODULES MODULE TABLE
    reads commands, a JSON object a line, and answers each by a line
worker.py MODULES MODULE TABLE --count N,N LOOP:THREADS ...
    runs loops for callgrind to count
"""

from __future__ import annotations

import importlib
import json
import os
import sys


def main() -> None:
    sys.path.insert(0, sys.argv[1])
    import bench_stopwatch as watch  # type: ignore[import-not-found]

    module = importlib.import_module(sys.argv[2])
    loops = dict(getattr(module, sys.argv[3]), empty=watch.empty)
    if sys.argv[4:5] == ["--count"]:
        for n in map(int, sys.argv[5].split(",")):
            for wanted in ["empty:0", *sys.argv[6:]]:
                loop, threads = wanted.split(":")
                watch.burst(loops[loop], n, 50, int(threads), f"{wanted} {n}")
        return

    gil = getattr(sys, "_is_gil_enabled", lambda: True)()
    print(json.dumps({"loops": sorted(loops), "gil": gil, "version": sys.version}), flush=True)
    for line in sys.stdin:
        command = json.loads(line)
        if command["cores"]:
            os.sched_setaffinity(0, command["cores"])
        n = command["n"]
        taken = watch.burst(loops[command["loop"]], n, command["warm"], command["threads"], None)
        print(taken, flush=True)


main()
