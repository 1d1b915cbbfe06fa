"""Python's threads call the C++ kernel: the demo in the other direction.

    python pool.py FOLDER [--threads N] [--json FILE]

Scans the files of a folder on a ThreadPoolExecutor, with the interpreter released and with it held,
and prints what each found and how fast it was. Needs the module duplicate_scan on sys.path.
"""

from __future__ import annotations

import argparse
import json
import os
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import duplicate_scan as kernel

FIELDS = ("bytes", "lines", "tokens", "fingerprints")


def run(scan: Callable[[str, int], list[int]], paths: list[str], threads: int) -> dict[str, Any]:
    """One pass over all files."""

    def scan_one(numbered: tuple[int, str]) -> list[int] | None:
        number, path = numbered
        try:
            return scan(path, number)
        except ValueError:  # what cannot be decoded is skipped, as the program does
            return None

    kernel.start()
    begin = time.perf_counter()
    with ThreadPoolExecutor(threads) as pool:
        found = [row for row in pool.map(scan_one, enumerate(paths)) if row is not None]
    seconds = time.perf_counter() - begin
    totals = {"files": len(found)}
    for i, field in enumerate(FIELDS):
        totals[field] = sum(row[i] for row in found)
    return {
        "threads": threads,
        "seconds": seconds,
        "totals": totals,
        "distinct_fingerprints": kernel.distinct_fingerprints(),
    }


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder")
    parser.add_argument("--threads", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--json", help="where the results are written, too")
    options = parser.parse_args()
    paths = kernel.sources(options.folder)
    passes = []
    for mode, scan in (("called_released", kernel.scan), ("called_held", kernel.scan_held)):
        for threads in sorted({1, options.threads}):
            passes.append({"mode": mode, **run(scan, paths, threads)})
    print(f"{'mode':16} threads  seconds   files/s   MB/s")
    for one in passes:
        totals, seconds = one["totals"], one["seconds"]
        print(
            f"{one['mode']:16} {one['threads']:7} {seconds:8.2f} {totals['files'] / seconds:9.0f} "
            f"{totals['bytes'] / seconds / 1e6:6.1f}"
        )
    if options.json:
        with open(options.json, "w", encoding="utf-8") as file:
            json.dump(passes, file, indent=1)
    same = all(
        (one["totals"], one["distinct_fingerprints"])
        == (passes[0]["totals"], passes[0]["distinct_fingerprints"])
        for one in passes
    )
    return 0 if same else 1


if __name__ == "__main__":
    raise SystemExit(main())
