"""What `interlock info` shows.

This installation, and the compiler, interpreter and tools that a build would use.
"""

from __future__ import annotations

import os
import platform
import re
import shlex
import shutil
import subprocess
import sys
import sysconfig
from dataclasses import asdict, dataclass
from pathlib import Path

from interlock import location

# The oldest that are supported.
OLDEST_CMAKE = (3, 25)
OLDEST_PYTHON = (3, 11)
OLDEST_COMPILER = {"gcc": (12,), "clang": (16,), "apple clang": (16,), "msvc": (19, 38)}


@dataclass(frozen=True)
class Program:
    """A program that a build needs."""

    path: str
    version: str
    kind: str = ""  # of a compiler: a key of OLDEST_COMPILER, or empty

    @property
    def numbers(self) -> tuple[int, ...]:
        return tuple(int(part) for part in re.findall(r"\d+", self.version)[:2])


@dataclass(frozen=True)
class Interpreter:
    path: str
    version: str
    implementation: str
    free_threaded: bool
    debug: bool
    extension_suffix: str
    include_dir: str
    has_header: bool


@dataclass(frozen=True)
class Information:
    version: str
    origin: str
    include_dir: str
    cmake_dir: str
    source_dir: str
    python: Interpreter
    compiler: Program | None
    cmake: Program | None
    ninja: Program | None
    platform: str

    def as_json(self) -> dict[str, object]:
        return asdict(self)


def run(*command: str) -> str:
    """What it prints on either channel, or nothing where it does not run."""
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=60, errors="replace", check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout + done.stderr


def _version(text: str) -> str:
    found = re.search(r"\d+(?:\.\d+)+", text)
    return found[0] if found else ""


def describe_compiler(path: str, banner: str) -> Program:
    """Which compiler says that of itself."""
    kind = ""
    if "Microsoft" in banner:
        kind = "msvc"
    elif "Apple clang" in banner or "Apple LLVM" in banner:
        kind = "apple clang"
    elif "clang" in banner:
        kind = "clang"
    elif "Free Software Foundation" in banner or "GCC" in banner or "g++" in banner:
        kind = "gcc"
    first = banner.splitlines()[0] if banner else ""
    # "g++ (Debian 12.2.0-14+deb12u1) 12.2.0": the packager's own number comes first, in brackets.
    return Program(path, _version(re.sub(r"\([^)]*\)", "", first)) or _version(first), kind)


def find_compiler() -> Program | None:
    """The compiler that CMake would take: the environment's CXX, else what is on the path."""
    asked = os.environ.get("CXX")
    names = [asked] if asked else ["c++", "g++", "clang++", "cl"]
    for name in names:
        path = shutil.which(name)
        options: list[str] = []
        if path is None and asked:
            # A launcher before the compiler, or options behind it: "ccache g++", "g++ -m64".
            first, *options = shlex.split(name)
            path = shutil.which(first)
        if path is not None:
            # Microsoft's has no --version, and says what it is whatever it is asked.
            return describe_compiler(path, run(path, *options, "--version"))
    return None


def find_program(name: str) -> Program | None:
    path = shutil.which(name)
    return Program(path, _version(run(path, "--version"))) if path is not None else None


def interpreter() -> Interpreter:
    """The interpreter that runs this."""
    folder = sysconfig.get_path("include")
    return Interpreter(
        path=sys.executable,
        version=platform.python_version(),
        implementation=platform.python_implementation(),
        free_threaded=bool(sysconfig.get_config_var("Py_GIL_DISABLED")),
        debug=hasattr(sys, "gettotalrefcount"),
        extension_suffix=str(sysconfig.get_config_var("EXT_SUFFIX")),
        include_dir=folder,
        has_header=Path(folder, "Python.h").exists(),
    )


def gather() -> Information:
    """All of it. Runs the compiler, CMake and Ninja once each. Raises location.Missing."""
    return Information(
        version=location.version(),
        origin=location.origin().requirement,
        include_dir=str(location.include_dir()),
        cmake_dir=str(location.cmake_dir()),
        source_dir=str(location.source_dir()),
        python=interpreter(),
        compiler=find_compiler(),
        cmake=find_program("cmake"),
        ninja=find_program("ninja"),
        platform=sysconfig.get_platform(),
    )
