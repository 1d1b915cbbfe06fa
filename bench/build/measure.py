#!/usr/bin/env python3
"""What compiling costs: CPU seconds, the compiler's memory, and the stripped module's size.

    bench/build/measure.py                       all rows, -O3 and -Os
    bench/build/measure.py classes --flags=-O3   these alone

Needs the preset bench built: the libraries' flags and compiled parts are taken from there, without
optimization at link time. Each module is then imported, and what is in it is used.
"""

from __future__ import annotations

import argparse
import json
import os
import shlex
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

from sources import LIBRARIES, ROWS  # noqa: E402

# What each library's module is linked with, in the build folder.
PARTS = {
    "interlock": ["libinterlock_core.a"],
    "nanobind": ["bench/doors/libnanobind-static.a"],
    "pybind11": [],
}
OURS = ("-W", "-O", "-flto", "-fno-fat-lto", "-g", "-DNDEBUG")

# Every function and every class is called.
USE = """
import bench_build as m
for name in dir(m):
    if name.startswith("function_"):
        assert getattr(m, name)(1, 2, 3, 4, 5, 6) == 21, name
    if name.startswith("record_"):
        assert getattr(m, name)(1, 2, 3, 4, 5, 6).sum() == 21, name
"""


def flags_of(build: Path, library: str) -> list[str]:
    """The command that compiles the library's module of the theme "classes", up to its flags of optimization and its files."""
    for entry in json.loads((build / "compile_commands.json").read_text()):
        if entry["file"].endswith(f"bench/classes/{library}.cpp"):
            words = shlex.split(entry["command"])
            if words[0].endswith("ccache"):
                words = words[1:]
            cut = words.index("-o")
            return [word for word in words[:cut] if not word.startswith(OURS)]
    raise SystemExit(f"{build}: bench/classes/{library}.cpp is not compiled there")


def run(command: list[str]) -> tuple[float, float, float]:
    """Seconds on the clock, CPU seconds, MiB at most."""
    start = time.monotonic()
    process = os.posix_spawnp(command[0], command, os.environ)
    _, status, used = os.wait4(process, 0)
    if status != 0:
        raise SystemExit(f"failed: {shlex.join(command)}")
    return time.monotonic() - start, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024


def compile_command(build: Path, library: str, flags: str, source: Path, made: Path) -> list[str]:
    return [*flags_of(build, library), flags, "-DNDEBUG", "-o", str(made), "-c", str(source)]


def link(build: Path, library: str, made: Path, linked: Path) -> None:
    """The stripped module. The parts were compiled for optimization at link time."""
    compiler = flags_of(build, library)[0]
    parts = [str(build / part) for part in PARTS[library]]
    linker = [compiler, "-shared", "-s", "-Wl,--gc-sections", "-O2", "-flto=auto"]
    run([*linker, str(made), *parts, "-o", str(linked)])


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("rows", nargs="*", default=list(ROWS), help=", ".join(ROWS))
    parser.add_argument("--build", type=Path, default=HERE.parent.parent / "build/bench")
    parser.add_argument("--libraries", default=",".join(LIBRARIES))
    parser.add_argument("--flags", action="append", help="-O3 and -Os, unless given")
    parser.add_argument("--runs", type=int, default=1, help="of which the least is shown (1)")
    options = parser.parse_args()
    python = json.loads((options.build / "bench/bench.json").read_text())["python"]
    print(f"{'':14} {'':10} {'':5} {'wall s':>7} {'CPU s':>7} {'MiB':>6} {'KiB':>7}")
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "module.cpp"
        made = Path(folder) / "module.o"
        linked = Path(folder) / "bench_build.so"
        for row in options.rows:
            title, make = ROWS[row]
            for flags in options.flags or ["-O3", "-Os"]:
                for library in options.libraries.split(","):
                    source.write_text(make(library))
                    command = compile_command(options.build, library, flags, source, made)
                    wall, cpu, memory = map(
                        min, zip(*(run(command) for _ in range(options.runs)), strict=True)
                    )
                    link(options.build, library, made, linked)
                    subprocess.run([python, "-c", USE], cwd=folder, check=True)
                    size = linked.stat().st_size / 1024
                    print(
                        f"{title:14} {library:10} {flags:5} {wall:7.1f} {cpu:7.1f} {memory:6.0f}"
                        f" {size:7.0f}",
                        flush=True,
                    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
