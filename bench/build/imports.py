#!/usr/bin/env python3
"""What importing an empty module costs, in plain C and with interlock; and with --large, a module of 720 functions and one of 252
classes, with every library.

    bench/build/imports.py
    bench/build/imports.py --large [--libraries interlock,best_c]

Instructions by callgrind, those of the dynamic linker included, and microseconds on the clock; the C++ library is loaded before.
"First" is the first import of a process from the folder of the modules, which Python then looks through; "next" comes after
another module from there. Medians: two runs of one interpreter differ by some ten thousand instructions. Then, with interlock
alone, the next import of a module of one function, and of one class: what all modules share is paid there. Before that, how large
each module is, and to how many names it refers. Of the large modules, which are imported after another one from their folder, the
memory is told too: by how much the process grows, and how much of that no other process shares. Needs the preset bench built, and
valgrind.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

from measure import Builder  # noqa: E402
from sources import ROWS  # noqa: E402

PLAIN = """#include <Python.h>
static PyModuleDef_Slot slots[] = {{0, nullptr}};
static PyModuleDef definition = {PyModuleDef_HEAD_INIT, "NAME", nullptr, 0, nullptr, slots, nullptr, nullptr, nullptr};
PyMODINIT_FUNC PyInit_NAME() { return PyModuleDef_Init(&definition); }
"""
OURS = "#include <interlock/interlock.hpp>\nINTERLOCK_MODULE(NAME, m) {}\n"
FUNCTION = """#include <interlock/interlock.hpp>
static int add(int a, int b) { return a + b; }
INTERLOCK_MODULE(NAME, m) { m.def<&add>("add"); }
"""
CLASS = """#include <interlock/interlock.hpp>
namespace il = interlock;
struct point {
    int x, y;
    int sum() const { return x + y; }
};
INTERLOCK_MODULE(NAME, m) { il::class_<point>(m, "Point").def(il::init<int, int>()).def<&point::sum>("sum"); }
"""
MODULES = {
    "first": PLAIN,
    "plain": PLAIN,
    "empty": OURS,
    "one_function": FUNCTION,
    "one_class": CLASS,
}


def run_text(command: list[str]) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def build(folder: Path, work: Path, name: str, command: list[str], core: Path) -> None:
    code = work / f"{name}.cpp"
    code.write_text(MODULES[name].replace("NAME", name))
    made = work / f"{name}.o"
    subprocess.run([*command, "-O3", "-DNDEBUG", "-c", str(code), "-o", str(made)], check=True)
    linker = [command[0], "-shared", "-s", "-O3", "-flto=auto", "-Wl,--gc-sections"]
    parts = [] if MODULES[name] == PLAIN else [str(core)]
    subprocess.run([*linker, str(made), *parts, "-o", str(folder / f"{name}.so")], check=True)


class Counter:
    """Runs Python with the folder of the modules on its path."""

    def __init__(self, python: str, folder: Path, runs: int) -> None:
        self.python = python
        self.runs = runs
        self.start = f"import gc, sys, time; gc.disable(); sys.path[:0] = [{str(folder)!r}]\n"
        library = subprocess.run(
            ["c++", "-print-file-name=libstdc++.so.6"], capture_output=True, text=True, check=True
        ).stdout.strip()
        self.environment = {
            "LD_PRELOAD": library,
            "PATH": os.environ["PATH"],
            "PYTHONHASHSEED": "0",
            "PYTHONDONTWRITEBYTECODE": "1",
        }

    def process(self, before: list[str], code: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*before, self.python, "-S", "-E", "-c", self.start + code],
            capture_output=True, text=True, check=True, env=self.environment,
        )  # fmt: skip

    def instructions(self, code: str) -> float:
        """Of a process that runs the code."""
        callgrind = ["setarch", "-R", "valgrind", "--tool=callgrind"]
        found = []
        for _ in range(self.runs):
            done = self.process([*callgrind, "--callgrind-out-file=/dev/null"], code)
            match = re.search(r"Collected : (\d+)", done.stderr)
            assert match is not None, done.stderr
            found.append(int(match[1]))
        return median(found)

    def microsecond(self, before: str, statement: str) -> float:
        code = f"{before}\nt = time.perf_counter()\n{statement}\nprint(time.perf_counter() - t)"
        return 1e6 * float(self.process([], code).stdout)

    def microseconds(self, before: str, statements: list[str]) -> list[float]:
        """Of each statement, in processes of their own, by turns."""
        found: list[list[float]] = [[] for _ in statements]
        for _ in range(10 * self.runs):
            for times, statement in zip(found, statements, strict=True):
                times.append(self.microsecond(before, statement))
        return [median(times) for times in found]


MEMORY = """
import gc
def kib():
    with open("/proc/self/smaps_rollup") as file:
        found = {line.split(":")[0]: int(line.split()[1]) for line in file if line.endswith("kB\\n")}
    return found["Rss"], found["Private_Clean"] + found["Private_Dirty"]
import first
kib()
before = kib()
import bench_build
after = kib()
print(after[0] - before[0], after[1] - before[1])
"""
LARGE = ("functions", "classes")


def measure_large(
    builder: Builder, folder: Path, row: str, libraries: list[str], runs: int
) -> dict[str, dict[str, float]]:
    """By library: instructions, microseconds, and KiB of memory."""
    counters = {}
    for library in libraries:
        if not builder.has(library):
            continue
        print(f"  building  {row} {library}", file=sys.stderr, flush=True)
        modules = folder / library / "modules"
        builder.make_module(library, row, "-O3", modules)
        shutil.copy(folder / "modules/first.so", modules)
        counters[library] = Counter(builder.python, modules, runs)
    found: dict[str, dict[str, float]] = {}
    times: dict[str, list[float]] = {library: [] for library in counters}
    for _ in range(10 * runs):
        for library, counter in counters.items():
            times[library].append(counter.microsecond("import first", "import bench_build"))
    for library, counter in counters.items():
        print(f"  counting  {row} {library}", file=sys.stderr, flush=True)
        grown = [counter.process([], MEMORY).stdout.split() for _ in range(runs)]
        found[library] = {
            "instructions": counter.instructions("import first; import bench_build")
            - counter.instructions("import first"),
            "us_median": median(times[library]),
            "us_least": min(times[library]),
            "resident_kib": median(int(each[0]) for each in grown),
            "private_kib": median(int(each[1]) for each in grown),
        }
    return found


LARGE_COLUMNS = {
    "instructions": "instructions",
    "us_median": "us",
    "us_least": "us, least",
    "resident_kib": "KiB",
    "private_kib": "of its own",
}


def large_table(found: dict[str, dict[str, float]]) -> list[list[str]]:
    return [
        ["", *LARGE_COLUMNS.values()],
        *([library, *(f"{values[key]:,.0f}" for key in LARGE_COLUMNS)] for library, values in found.items()),
    ]  # fmt: skip


def make_small(builder: Builder, work: Path, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    command = builder.flags("interlock")
    assert command is not None
    for name in MODULES:
        build(folder, work, name, command, builder.build / "libinterlock_core.a")


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--build", type=Path, default=HERE.parent.parent / "build/bench")
    parser.add_argument("--runs", type=int, default=10, help="for each count (10)")
    parser.add_argument("--large", action="store_true", help="the large modules, and no empty one")
    parser.add_argument("--libraries", help="comma-separated; all of them unless given")
    options = parser.parse_args()
    sys.path.insert(0, str(HERE.parent))
    from harness.report import aligned

    with tempfile.TemporaryDirectory() as path:
        builder = Builder(options.build.resolve(), Path(path))
        # A name of fixed length: Python hashes it.
        folder = Path(path) / "modules"
        make_small(builder, Path(path), folder)
        counter = Counter(builder.python, folder, options.runs)
        if options.large:
            for row in LARGE:
                libraries = (
                    options.libraries.split(",") if options.libraries else [*ROWS[row].libraries]
                )
                found = measure_large(builder, Path(path), row, libraries, options.runs)
                print(f"\nimporting {ROWS[row].title}")
                print(aligned(large_table(found)), flush=True)
            return 0
        for name in MODULES:
            made = folder / f"{name}.so"
            names = run_text(["nm", "--dynamic", "--undefined-only", str(made)]).splitlines()
            print(f"{name}: {made.stat().st_size / 1024:.1f} KiB, {len(names)} names", flush=True)
        print(f"{'':8} {'plain C':>10} {'interlock':>10} {'ratio':>6}")
        for title, before in (("first", "pass"), ("next", "import first")):
            base = counter.instructions(before)
            plain, empty = (
                counter.instructions(f"{before}\nimport {name}") - base
                for name in ("plain", "empty")
            )
            print(f"{title:8} {plain:10,.0f} {empty:10,.0f} {empty / plain:6.2f}  instructions")
            plain, empty = counter.microseconds(before, ["import plain", "import empty"])
            print(f"{title:8} {plain:10.0f} {empty:10.0f} {empty / plain:6.2f}  us", flush=True)
        base = counter.instructions("import first")
        for name in ("one_function", "one_class"):
            count = counter.instructions(f"import first\nimport {name}") - base
            clock = counter.microseconds("import first", [f"import {name}"])[0]
            print(f"next, {name}: {count:,.0f} instructions, {clock:.0f} us", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
