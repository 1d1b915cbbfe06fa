#!/usr/bin/env python3
"""What the stable ABI costs: instructions for each call, full API and stable ABI, counted by callgrind.

    INTERLOCK_PYTHON=/path/to/python3.13 bench/stable_abi/measure.py

Builds module.cpp twice under build/stable_abi_cost, runs both, and prints the table of
docs/stable_abi.md.  The empty loop is subtracted.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
BUILD = ROOT / "build" / "stable_abi_cost"
PYTHON = os.environ.get("INTERLOCK_PYTHON", sys.executable)

CALLS = 500
ROWS = {
    "f()": "f()",
    "f(1)": "f(1)",
    "f(1, 2)": "f(1, 2)",
    "f(1.5)": "f(1.5)",
    'f("some text")': 'f("some text")',
    "f(list of 1,000 ints) to std::vector": "f(ints)",
    "Counter(1), and its end": "f(1)",
    "counter.get()": "c.get()",
    "counter.value": "c.value",
}
FUNCTIONS = ["noop", "one", "two", "real", "text", "numbers", "Counter", "noop", "noop"]

LOOPS = """
import {module} as m
ints = list(range(1000))
c = m.Counter(1)
def run(f, n, row):
    for _ in range(100): {statement}
    m.begin()
    for _ in range(n): {statement}
    m.end(row)
run(m.{function}, {calls}, "row")
"""


def count(module: str, function: str, statement: str, calls: int) -> int:
    """Instructions of that many turns of the loop."""
    out = BUILD / f"callgrind.{module}"
    for old in BUILD.glob(f"{out.name}*"):
        old.unlink()
    code = LOOPS.format(module=module, function=function, statement=statement, calls=calls)
    subprocess.run(
        ["valgrind", "--tool=callgrind", f"--callgrind-out-file={out}", PYTHON, "-S", "-c", code],
        env=os.environ | {"PYTHONPATH": str(BUILD), "PYTHONHASHSEED": "0"},
        check=True,
        capture_output=True,
    )
    for dump in BUILD.glob(f"{out.name}*"):
        text = dump.read_text(encoding="utf-8", errors="replace")
        if "Client Request: row" in text:
            found = re.search(r"^(?:totals|summary): (\d+)", text, re.MULTILINE)
            assert found is not None
            return int(found[1])
    raise SystemExit("callgrind left no counts")


def main() -> None:
    subprocess.run(
        ["cmake", "-S", str(HERE), "-B", str(BUILD), "-G", "Ninja", "-DCMAKE_BUILD_TYPE=Release",
         f"-DPython_EXECUTABLE={PYTHON}", *sys.argv[1:]],
        check=True,
    )  # fmt: skip
    subprocess.run(["cmake", "--build", str(BUILD)], check=True)
    empty = {
        module: count(module, "noop", "pass", CALLS) for module in ("cost_full", "cost_stable")
    }
    print("| what Python does | full API | stable ABI | |")
    print("| --- | ---: | ---: | ---: |")
    for (row, statement), function in zip(ROWS.items(), FUNCTIONS, strict=True):
        cost = {
            module: (count(module, function, statement, CALLS) - loop) / CALLS
            for module, loop in empty.items()
        }
        full, stable = cost["cost_full"], cost["cost_stable"]
        print(f"| `{row}` | {full:,.0f} | {stable:,.0f} | {stable / full:.2f} x |", flush=True)


if __name__ == "__main__":
    main()
