#!/usr/bin/env python3
"""What compiling costs: seconds, CPU seconds, the compiler's memory, and the stripped module's size.

    bench/build/measure.py                       all rows, -O3 and -Os
    bench/build/measure.py classes --flags=-O3   these alone
    bench/build/measure.py --build build/bench311 --libraries interlock,boost_python
    bench/build/measure.py function --flags=-Os --parts   what interlock's module is made of, by the linker's map

Needs the preset bench built: the libraries' flags and compiled parts are taken from there. Compiling and linking are counted apart:
what a library has compiled before is optimized again at link time, the same for a small module and a large one. Cargo does both
in one; the crates that the module depends on are built before. Cython's share is that of Cython and of the C++ compiler together.
Each module is then imported, and what is in it is used. bench/run.py has these rows too, as build_NAME.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

from sources import ROWS  # noqa: E402

# What each library's module is linked with, in the build folder.
PARTS = {
    "interlock": ["libinterlock_core.a"],
    "nanobind": ["bench/doors/libnanobind-static.a"],
}
# The module of the theme "classes" that is compiled with the flags of a library.
MODULES = {
    "python": "best_c.cpp",
    "standard": "best_c.cpp",
    "cython": "bench_classes_cython.cpp",
}
OURS = ("-W", "-O", "-flto", "-fno-fat-lto", "-g", "-DNDEBUG", "-include", "-Winvalid-pch")

# Every function and every class is called.
USE = """
import bench_build as m
for name in dir(m):
    if name.startswith("function_"):
        assert getattr(m, name)(1, 2, 3, 4, 5, 6) == 21, name
    if name.startswith("record_"):
        assert getattr(m, name)(1, 2, 3, 4, 5, 6).sum() == 21, name
"""

CARGO = """[package]
name = "bench_build"
version = "0.0.0"
edition = "2021"
publish = false

[lib]
crate-type = ["cdylib"]

[dependencies]
pyo3 = "*"

[profile.release]
lto = "fat"
codegen-units = 1
strip = true

[workspace]
"""


@dataclass(frozen=True)
class Cost:
    """Seconds on the clock, CPU seconds, MiB at most."""

    wall: float = 0.0
    cpu: float = 0.0
    memory: float = 0.0

    def then(self, other: Cost) -> Cost:
        return Cost(
            self.wall + other.wall, self.cpu + other.cpu, max(self.memory, other.memory)
        )

    def least(self, other: Cost) -> Cost:
        return Cost(*map(min, zip(vars(self).values(), vars(other).values(), strict=True)))


def run(
    command: list[str], folder: Path | None = None, more: dict[str, str] | None = None
) -> Cost:
    start = time.monotonic()
    with tempfile.TemporaryFile("w+") as said:
        process = subprocess.Popen(
            command, cwd=folder, env={**os.environ, **(more or {})}, stdout=said, stderr=said
        )
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if status != 0:
            said.seek(0)
            raise SystemExit(f"failed: {shlex.join(command)}\n{said.read()}")
    return Cost(
        time.monotonic() - start, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024
    )


class Builder:
    """Builds modules of all libraries as a build folder of the preset bench does."""

    def __init__(self, build: Path, work: Path) -> None:
        self.build = build
        self.work = work
        self.config = json.loads((build / "bench/bench.json").read_text())
        self.python = self.config["python"]
        self.commands = json.loads((build / "compile_commands.json").read_text())
        self.crates: dict[str, Path] = {}

    def flags(self, library: str) -> list[str] | None:
        """The command that compiles the library's module, up to its flags of optimization and its files."""
        library = library.removesuffix("_casters")
        wanted = "classes/" + MODULES.get(library, f"{library}.cpp")
        for entry in self.commands:
            if entry["file"].endswith(wanted):
                words = shlex.split(entry["command"])
                if words[0].endswith("ccache"):
                    words = words[1:]
                return [word for word in words[: words.index("-o")] if not word.startswith(OURS)]
        return None

    def has(self, library: str) -> bool:
        if library == "pyo3":
            return (self.build / "bench/cargo").exists() and shutil.which("cargo") is not None
        return self.flags(library) is not None

    def compile(self, library: str, source: str, flags: str) -> tuple[Cost, Path]:
        """What is to be linked; with cargo, what has been."""
        if library == "pyo3":
            return self.compile_crate(source, flags)
        command = self.flags(library)
        assert command is not None
        code, made = self.work / f"{library}.cpp", self.work / f"{library}.o"
        cost = Cost()
        if library == "cython":
            (self.work / "bench_build.pyx").write_text(source)
            cython = str(self.build / "bench/venv/bin/python")
            translate = [cython, "-m", "cython", "-3", "--cplus", "bench_build.pyx", "-o", str(code)]
            cost = run(translate, self.work)
        else:
            code.write_text(source)
        return cost.then(
            run([*command, flags, "-DNDEBUG", "-o", str(made), "-c", str(code)])
        ), made

    def compile_crate(self, source: str, flags: str) -> tuple[Cost, Path]:
        """In the build folder, which keeps what it depends on."""
        folder = self.build / "bench/cargo_build" / flags.removeprefix("-")
        environment = {
            "PYO3_PYTHON": self.python,
            "CARGO_PROFILE_RELEASE_OPT_LEVEL": flags.removeprefix("-O"),
            "CARGO_TARGET_DIR": str(folder / "target"),
        }
        command = ["cargo", "build", "--release", "--quiet"]
        code = folder / "src/lib.rs"
        if flags not in self.crates:
            (folder / "src").mkdir(parents=True, exist_ok=True)
            (folder / "Cargo.toml").write_text(CARGO)
            lock = self.build / "bench/cargo/Cargo.lock"
            if lock.exists():
                # The same versions as in the other rows; the members of that workspace drop out.
                shutil.copy(lock, folder / "Cargo.lock")
            code.write_text(ROWS["empty"].make("pyo3"))
            run(command, folder, environment)
            self.crates[flags] = folder
        code.write_text(f"{source}// {time.monotonic_ns()}\n")
        return run(command, folder, environment), folder / "target/release/libbench_build.so"

    def link(self, library: str, made: Path, module: Path) -> Cost:
        """The stripped module."""
        if library == "pyo3":
            shutil.copy(made, module)
            return Cost()
        command = self.flags(library)
        assert command is not None
        parts = [str(self.build / part) for part in PARTS.get(library.removesuffix("_casters"), [])]
        if library == "boost_python":
            major, minor = self.version()
            parts.append(f"-lboost_python{major}{minor}")
        linker = [command[0], "-shared", "-s", "-Wl,--gc-sections", "-O2", "-flto=auto"]
        return run([*linker, str(made), *parts, "-o", str(module)])

    def parts(self, row: str, flags: str) -> list[list[str]]:
        """KiB of interlock's module by the file that they come from."""
        _, made = self.compile("interlock", ROWS[row].make("interlock"), flags)
        command = self.flags("interlock")
        assert command is not None
        written = self.work / "map"
        core = str(self.build / "libinterlock_core.a")
        linker = [command[0], "-shared", "-s", "-Wl,--gc-sections", "-O2", f"-Wl,-Map={written}"]
        run([*linker, str(made), core, "-o", str(self.work / "bench_build.so")])
        sizes: dict[str, int] = {}
        kept = written.read_text().partition("Linker script and memory map")[2]
        for address, size, path in re.findall(
            r"^ [.\w$<>:*]*\s+0x([0-9a-f]+)\s+0x([0-9a-f]+) (\S+)$", kept, re.MULTILINE
        ):
            name = re.sub(r".*[(/]([^()/]+?)(\.cpp)?\.o\)?$", r"\1", path)
            if int(address, 16) != 0:
                sizes[name] = sizes.get(name, 0) + int(size, 16)
        total = sum(sizes.values())
        named = sorted(((n, name) for name, n in sizes.items() if n > 102), reverse=True)
        lines = [["", "KiB"], *([name, f"{size / 1024:.1f}"] for size, name in named)]
        return [*lines, ["all", f"{total / 1024:.1f}"]]

    def version(self) -> tuple[str, str]:
        code = "import sys; print(*sys.version_info[:2])"
        said = subprocess.run([self.python, "-c", code], capture_output=True, text=True, check=True)
        major, minor = said.stdout.split()
        return major, minor

    def make_module(self, library: str, row: str, flags: str, folder: Path) -> None:
        """The module of a row, in a folder."""
        folder.mkdir(parents=True, exist_ok=True)
        _, made = self.compile(library, ROWS[row].make(library), flags)
        self.link(library, made, folder / "bench_build.so")


def measure(
    builder: Builder, row: str, flags: str, libraries: Iterable[str], runs: int
) -> dict[str, dict[str, float]]:
    """Each library's costs, by turns; the least of the runs."""
    chosen = [each for each in libraries if builder.has(each)]
    costs: dict[str, Cost] = {}
    links: dict[str, Cost] = {}
    sizes: dict[str, float] = {}
    module = builder.work / "bench_build.so"
    for _ in range(runs):
        for library in chosen:
            print(f"  building  {row} {library} {flags}", file=sys.stderr, flush=True)
            cost, made = builder.compile(library, ROWS[row].make(library), flags)
            costs[library] = cost.least(costs.get(library, cost))
            if not ROWS[row].linked:
                continue
            cost = builder.link(library, made, module)
            links[library] = cost.least(links.get(library, cost))
            if library not in sizes:
                subprocess.run([builder.python, "-c", USE], cwd=builder.work, check=True)
                sizes[library] = module.stat().st_size / 1024
    return {
        library: {
            "wall_s": costs[library].wall,
            "cpu_s": costs[library].cpu,
            "memory_mib": costs[library].memory,
            **(
                {"link_cpu_s": links[library].cpu, "stripped_kib": sizes[library]}
                if library in links
                else {}
            ),
        }
        for library in chosen
    }


COLUMNS = {
    "wall_s": "wall s",
    "cpu_s": "CPU s",
    "memory_mib": "MiB",
    "link_cpu_s": "link, CPU s",
    "stripped_kib": "KiB",
}


def flags_of(row: str, flags: list[str]) -> list[str]:
    """Nothing is compiled of headers alone, so they are read once."""
    return flags if ROWS[row].linked else flags[:1]


def table(found: dict[str, dict[str, float]]) -> list[list[str]]:
    lines = [["", *COLUMNS.values()]]
    for library, values in found.items():
        cells = [
            "-" if key not in values else f"{values[key]:.0f}" if "i" in key[-2:] else f"{values[key]:.2f}"
            for key in COLUMNS
        ]  # fmt: skip
        lines.append([library, *cells])
    return lines


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("rows", nargs="*", default=list(ROWS), help=", ".join(ROWS))
    parser.add_argument("--build", type=Path, default=HERE.parent.parent / "build/bench")
    parser.add_argument("--libraries", help="comma-separated; all of a row unless given")
    parser.add_argument("--flags", action="append", help="-O3 and -Os, unless given")
    parser.add_argument("--parts", action="store_true", help="what interlock's module is made of")
    parser.add_argument("--runs", type=int, default=1, help="of which the least is shown (1)")
    options = parser.parse_args()
    sys.path.insert(0, str(HERE.parent))
    from harness.report import aligned

    with tempfile.TemporaryDirectory() as work:
        builder = Builder(options.build.resolve(), Path(work))
        for row in options.rows:
            if options.parts:
                for flags in options.flags or ["-O3"]:
                    print(f"\n{ROWS[row].title}, {flags}")
                    print(aligned(builder.parts(row, flags)), flush=True)
                continue
            libraries = (
                options.libraries.split(",") if options.libraries else list(ROWS[row].libraries)
            )
            libraries = [each for each in libraries if each in ROWS[row].libraries]
            for flags in flags_of(row, options.flags or ["-O3", "-Os"]):
                found = measure(builder, row, flags, libraries, options.runs)
                print(f"\n{ROWS[row].title}, {flags}")
                print(aligned(table(found)), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
