"""`interlock check`: whether a build can work here, and the mistakes that are made most often."""

from __future__ import annotations

import keyword
import os
import re
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import url2pathname

from interlock import information, location

ADD_MODULE = re.compile(r"interlock_add_module\s*\(\s*(?P<arguments>[^)]*)\)", re.DOTALL)
MODULE = re.compile(r"^\s*INTERLOCK_MODULE\s*\(\s*(?P<name>\w+)", re.MULTILINE)
COMMENT = re.compile(r"#.*")
OPTIONS = {"STABLE_ABI", "NO_LTO", "NO_STRIP", "CORE"}
EXTENSIONS = {".so", ".pyd"}


class Grade(Enum):
    GOOD = "good"
    WARNING = "warning"
    WRONG = "wrong"


@dataclass(frozen=True)
class Finding:
    grade: Grade
    what: str
    advice: str = ""  # what to do next; empty where all is well


def good(what: str) -> Finding:
    return Finding(Grade.GOOD, what)


def wrong(what: str, advice: str) -> Finding:
    return Finding(Grade.WRONG, what, advice)


def warning(what: str, advice: str) -> Finding:
    return Finding(Grade.WARNING, what, advice)


def _dotted(numbers: tuple[int, ...]) -> str:
    return ".".join(map(str, numbers))


# ---- this machine ------------------------------------------------------------------------------


def check_compiler(found: information.Program | None) -> Finding:
    advice = {
        "linux": "Debian and Ubuntu: apt-get install g++; Fedora: dnf install gcc-c++",
        "darwin": "xcode-select --install",
        "win32": "install the Build Tools for Visual Studio, with C++",
    }.get(sys.platform, "install GCC or Clang")
    if found is None and (asked := os.environ.get("CXX")):
        return wrong(
            f"CXX names {asked}, which is not on the path",
            "correct it, or unset it: then the compiler of the system is taken",
        )
    if found is None:
        return wrong("no C++ compiler is on the path", f"{advice}; or let CXX name one")
    oldest = information.OLDEST_COMPILER.get(found.kind)
    if oldest is None:
        return warning(
            f"{found.path} is no compiler that is known here", "GCC, Clang and MSVC are tested"
        )
    if found.numbers < oldest:
        return wrong(
            f"{found.kind} {found.version} is too old: {_dotted(oldest)} or newer is needed",
            "install a newer one and let CXX name it",
        )
    return good(f"compiler: {found.kind} {found.version} ({found.path})")


def check_interpreter(python: information.Interpreter) -> Iterator[Finding]:
    if python.implementation != "CPython":
        yield wrong(
            f"{python.path} is {python.implementation}",
            "interlock is for CPython: install it in an environment of a CPython",
        )
    numbers = tuple(map(int, re.findall(r"\d+", python.version)[:2]))
    if numbers < information.OLDEST_PYTHON:
        yield wrong(
            f"Python {python.version} is too old: {_dotted(information.OLDEST_PYTHON)} or newer is "
            "needed",
            "make an environment of a newer one, python3.13 -m venv .venv say, and install "
            "interlock there",
        )
    elif python.free_threaded and numbers < (3, 14):
        yield wrong(
            f"Python {python.version} is free-threaded",
            "without the GIL, 3.14 or newer is supported: make an environment of python3.14t",
        )
    else:
        kind = ", free-threaded" if python.free_threaded else ""
        yield good(f"interpreter: CPython {python.version}{kind} ({python.path})")
    if python.has_header:
        yield good(f"headers: {python.include_dir}")
    else:
        advice = "install Python with its headers, or take an environment of another Python"
        # The system's own; others have their headers beside them.
        if Path("/etc/debian_version").exists() and python.include_dir.startswith("/usr/include"):
            advice = f"apt-get install python{_dotted(numbers)}-dev"
        yield wrong(f"Python.h is not in {python.include_dir}", advice)


def check_tools() -> Iterator[Finding]:
    cmake = information.find_program("cmake")
    if cmake is None:
        yield good("CMake: not on the path; pip fetches it for a build")
    elif cmake.numbers < information.OLDEST_CMAKE:
        yield warning(
            f"CMake {cmake.version} is too old",
            f"{_dotted(information.OLDEST_CMAKE)} is needed; for its own builds pip fetches one",
        )
    else:
        yield good(f"CMake: {cmake.version} ({cmake.path})")


def check_installation() -> Finding:
    try:
        folder = location.cmake_dir()
    except location.Missing as missing:
        return wrong("interlock is not installed as a whole", str(missing))
    return good(f"interlock: {location.version()} ({folder})")


# ---- a project ---------------------------------------------------------------------------------


def _modules_of(cmake: str) -> Iterator[tuple[str, list[str]]]:
    """The targets of interlock_add_module, and their sources."""
    for found in ADD_MODULE.finditer(COMMENT.sub("", cmake)):
        words = [word.strip('"') for word in found["arguments"].split()]
        sources = []
        skip = False
        for word in words[1:]:
            if skip or word in OPTIONS:
                skip = word == "CORE"
                continue
            sources.append(word)
        if words:
            yield words[0], sources


def check_modules(folder: Path, cmake: str) -> Iterator[Finding]:
    for target, sources in _modules_of(cmake):
        if "$" in target:
            continue
        named: dict[str, str] = {}
        for source in sources:
            path = folder / source
            if "$" in source or not path.exists():
                if "$" not in source:
                    yield wrong(
                        f"interlock_add_module({target}): {source} is not there",
                        "correct the path in CMakeLists.txt",
                    )
                continue
            for found in MODULE.finditer(path.read_text(encoding="utf-8", errors="replace")):
                named[found["name"]] = source
        if not named:
            yield warning(
                f"interlock_add_module({target}): no INTERLOCK_MODULE is in its sources",
                f"one of them needs INTERLOCK_MODULE({target}, m) {{ ... }}",
            )
        elif target not in named:
            name, source = next(iter(named.items()))
            yield wrong(
                f"the module of {target} is called {name} in {source}: `import {target}` fails",
                f"write INTERLOCK_MODULE({target}, m) there, or interlock_add_module({name} ...)",
            )
        else:
            yield good(f"module: {target} ({named[target]})")
        if keyword.iskeyword(target):
            yield wrong(
                f"{target} is a word of Python's own: `import {target}` is no Python",
                f"take another name, in interlock_add_module and INTERLOCK_MODULE: my_{target} say",
            )
        if target in sys.stdlib_module_names and "DESTINATION" not in cmake:
            yield warning(
                f"{target} is a module of Python's own, which would hide this one",
                "take another name, or install it in a package",
            )


def check_project_file(text: str) -> Iterator[Finding]:
    try:
        project = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        yield wrong(f"pyproject.toml cannot be read: {error}", "correct that line")
        return
    requires: list[str] = project.get("build-system", {}).get("requires", [])
    ours = [one for one in requires if re.match(r"interlock\b", one)]
    if not ours:
        yield wrong(
            "pyproject.toml does not require interlock for the build",
            f'add "{location.origin().requirement}" to build-system.requires',
        )
    for one in ours:
        _, at, url = one.partition("@")
        parts = urlsplit(url.strip())
        if not at or parts.scheme != "file":
            yield good(f"requires: {one}")
        elif Path(url2pathname(parts.path)).exists():
            yield warning(
                f"requires: {one}",
                "other machines cannot reach that folder; before you publish, require "
                "interlock @ git+https://... or a release",
            )
        else:
            yield wrong(
                f"pyproject.toml requires interlock from {url.strip()}, which is gone",
                f'require "{location.origin().requirement}"',
            )
    settings = project.get("tool", {}).get("scikit-build", {})
    if settings.get("editable", {}).get("rebuild") and not settings.get("build-dir"):
        yield wrong(
            "editable.rebuild needs a build folder that stays",
            'add build-dir = "build/{state}-{wheel_tag}" to [tool.scikit-build]',
        )


def check_folder(folder: Path) -> Iterator[Finding]:
    cmake = folder / "CMakeLists.txt"
    project = folder / "pyproject.toml"
    if cmake.exists():
        text = cmake.read_text(encoding="utf-8", errors="replace")
        if "interlock" in text:
            yield from check_modules(folder, text)
    if not cmake.exists():
        yield good(f"project: there is no CMakeLists.txt in {folder}; with one, more is looked at")
    if project.exists() and cmake.exists():
        yield from check_project_file(project.read_text(encoding="utf-8", errors="replace"))


def check_file(path: Path) -> Iterator[Finding]:
    """Whether a built module exports what Python looks for in a file of that name."""
    name = path.name.split(".")[0]
    content = path.read_bytes()
    found = {match.decode() for match in re.findall(rb"\bPyInit_(\w+)", content)}
    if name in found:
        yield good(f"{path.name} is the module {name}")
    elif found:
        yield wrong(
            f"{path.name} holds the module {', '.join(sorted(found))}: `import {name}` would fail",
            f"the first argument of INTERLOCK_MODULE has to be the file's name: "
            f"INTERLOCK_MODULE({name}, m)",
        )
    else:
        yield wrong(
            f"{path.name} is no extension module: it exports no PyInit_{name}",
            f"one of its sources needs INTERLOCK_MODULE({name}, m) {{ ... }}",
        )
    suffix = information.interpreter().extension_suffix
    tagged = re.search(r"\.(cpython-\d+t?|cp\d+t?)-", path.name)
    if tagged and not path.name.endswith(suffix):
        yield warning(
            f"{path.name} was made for another Python: modules of this one end in {suffix}",
            "build it with the Python that shall import it",
        )


def check(path: Path) -> Iterator[Finding]:
    """All that can be said of this machine, and of the project or module at the path."""
    python = information.interpreter()
    yield check_installation()
    yield check_compiler(information.find_compiler())
    yield from check_interpreter(python)
    yield from check_tools()
    if path.is_dir():
        yield from check_folder(path)
    elif path.suffix in EXTENSIONS and path.exists():
        yield from check_file(path)
    elif not path.exists():
        yield wrong(
            f"{path} is not there",
            "give a project's folder or a built module; without PATH, it is this folder",
        )
    else:
        yield wrong(
            f"{path} is neither a project's folder nor a built module",
            f"give one or the other; modules of this Python end in {python.extension_suffix}",
        )
