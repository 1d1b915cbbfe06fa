"""`interlock new`: a project that builds, tests and packs as a wheel at once."""

from __future__ import annotations

import importlib.util
import keyword
import re
import sys
from dataclasses import dataclass
from enum import Enum
from importlib import resources
from pathlib import Path

from interlock import location


class Kind(Enum):
    """What the project is."""

    FUNCTIONS = "functions"  # a package with a module of functions
    CLASS = "class"  # a package with a module that has a class
    EMBED = "embed"  # a program with Python inside


class Refused(Exception):
    """There is no project of that name here; the text says what to write instead."""


DESCRIPTIONS = {
    Kind.FUNCTIONS: "Functions written in C++.",
    Kind.CLASS: "A class written in C++.",
    Kind.EMBED: "A C++ program with Python inside.",
}

# The files, and what each is made of.
COMMON = {
    "pyproject.toml": "pyproject.toml.in",
    "README.md": "README.md.in",
    ".gitignore": "gitignore.in",
    ".clang-format": "clang-format.in",
    ".pre-commit-config.yaml": "pre-commit.yaml.in",
}
FILES = {
    Kind.FUNCTIONS: {
        "CMakeLists.txt": "CMakeLists.txt.in",
        "src/_core.cpp": "_core.cpp.in",
        "src/@PACKAGE@/__init__.py": "__init__.py.in",
        "tests/test_@PACKAGE@.py": "test.py.in",
        ".github/workflows/wheels.yml": "wheels.yml.in",
    },
    Kind.CLASS: {
        "CMakeLists.txt": "CMakeLists.txt.in",
        "src/_core.cpp": "_core.class.cpp.in",
        "src/@PACKAGE@/__init__.py": "__init__.class.py.in",
        "tests/test_@PACKAGE@.py": "test.class.py.in",
        ".github/workflows/wheels.yml": "wheels.yml.in",
    },
    Kind.EMBED: {
        "CMakeLists.txt": "CMakeLists.embed.txt.in",
        "src/main.cpp": "main.cpp.in",
        "src/@PACKAGE@/__init__.py": "__init__.embed.py.in",
        "tests/test_@PACKAGE@.py": "test.embed.py.in",
        # No wheels: a program is linked to the library of one Python; that of manylinux has none.
        ".github/workflows/tests.yml": "tests.yml.in",
    },
}
WHERE = {
    Kind.EMBED: [
        ("src/main.cpp", "the program"),
        ("src/@PACKAGE@/", "the Python package that it comes in"),
        ("tests/", "runs it"),
        (
            ".github/workflows/tests.yml",
            "tests on Linux, macOS and Windows; the source distribution when a version is tagged",
        ),
    ],
}
WHERE[Kind.FUNCTIONS] = WHERE[Kind.CLASS] = [
    ("src/_core.cpp", "the C++ part: the module `@PACKAGE@._core`"),
    ("src/@PACKAGE@/", "the Python package; its stub `_core.pyi` is written when it is built"),
    ("tests/", "its tests"),
    (
        ".github/workflows/wheels.yml",
        "tests, and wheels for Linux, macOS and Windows when a version is tagged",
    ),
]
# What cibuildwheel reads, which makes the wheels there.
CIBUILDWHEEL = """
[tool.cibuildwheel]
# Wheels for CPython with its lock and, from 3.14 on, without; for systems of 64 bits.
archs = ["auto64"]
test-requires = ["pytest"]
test-command = "pytest {project}/tests"

[tool.cibuildwheel.macos]
environment = { MACOSX_DEPLOYMENT_TARGET = "13.3" }"""
LOCAL_NOTE = """\
> `pyproject.toml` requires interlock from a folder of this machine. Before the project is built
> elsewhere, by the workflow say, let it require `interlock @ git+https://...` or a release."""


@dataclass(frozen=True)
class Made:
    folder: Path
    package: str
    files: list[Path]
    requirement: str
    is_local: bool
    hidden: str | None = None  # where another package of that name is installed


def package_name(project: str) -> str:
    """The name to import of a project of that name. Raises Refused."""
    if re.fullmatch(r"[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?", project) is None:
        raise Refused(
            f"'{project}' cannot be a project's name: it may hold letters, digits, '-', '_' and "
            "'.' (of ASCII), and begins and ends with a letter or digit"
        )
    package = re.sub(r"[-_.]+", "_", project).lower()
    if package[0].isdigit():
        raise Refused(f"'{project}' cannot be imported: let the name begin with a letter")
    if keyword.iskeyword(package):
        raise Refused(
            f"'{package}' is a word of Python's own: take another name, 'my_{package}' say"
        )
    if package in sys.stdlib_module_names or package == "interlock":
        raise Refused(
            f"'{package}' is a module already, which the new one would hide: take another name, "
            f"'my_{package}' say"
        )
    return package


def installed_place(package: str) -> str | None:
    """Where a package of that name is installed already."""
    try:
        found = importlib.util.find_spec(package)
    except (ImportError, ValueError):
        return None
    # A folder alone, this one's say, is no package that hides another.
    return found.origin if found is not None else None


def fill(text: str, values: dict[str, str]) -> str:
    return re.sub(r"@([A-Z]+)@", lambda found: values.get(found[1], found[0]), text)


def make(project: Path, kind: Kind, requirement: str | None = None) -> Made:
    """Makes the project's folder, which must not hold anything yet.

    Raises Refused, and location.Missing where it is not known what the project would require.
    """
    name = project.resolve().name
    package = package_name(name)
    if project.exists() and (not project.is_dir() or any(project.iterdir())):
        raise Refused(f"{project} is there already and not empty: take another name, or remove it")
    is_local = False
    if requirement is not None:
        if re.match(r"interlock\b", requirement) is None:
            raise Refused(
                f"'{requirement}' does not say what is required, as pip has it in pyproject.toml: "
                f"--requires 'interlock @ {requirement}'"
            )
        requirement = requirement.replace('"', "'")
    else:
        origin = location.origin()
        requirement, is_local = origin.requirement, origin.is_local
        if origin.folder is not None and not origin.folder.exists():
            raise Refused(
                f"interlock was installed from {origin.folder}, which is gone. Install it again, "
                "or say what to require: --requires 'interlock @ git+https://...'"
            )
    values = {"PROJECT": name, "PACKAGE": package, "REQUIREMENT": requirement}
    values["DESCRIPTION"] = DESCRIPTIONS[kind]
    rows = [f"| `{path}` | {words} |" for path, words in WHERE[kind]]
    values["TABLE"] = fill("\n".join(rows), values)
    values["CIBUILDWHEEL"] = "" if kind is Kind.EMBED else CIBUILDWHEEL
    values["NOTE"] = LOCAL_NOTE if is_local else ""

    hidden = installed_place(package)
    templates = resources.files("interlock") / "templates"
    written = []
    for target, source in (COMMON | FILES[kind]).items():
        path = project / fill(target, values)
        path.parent.mkdir(parents=True, exist_ok=True)
        text = fill((templates / source).read_text(encoding="utf-8"), values)
        path.write_text(text.rstrip("\n") + "\n", encoding="utf-8", newline="\n")
        written.append(path)
    return Made(project, package, written, requirement, is_local, hidden)
