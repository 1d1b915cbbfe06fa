"""Stubs of the examples: all checkers are content with them, as they are with those of the tests' modules."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import pytest

# The modules, and where they are; no folder: not built here.
FOLDERS = {
    name: Path(folder)
    for name, _, folder in (
        one.partition("=") for one in os.environ["INTERLOCK_EXAMPLE_MODULES"].split("|")
    )
    if folder
}
STUBS = {name: folder / "interlock_stubs" / name for name, folder in FOLDERS.items()}

pytestmark = pytest.mark.skipif(not FOLDERS, reason="the examples are not built here")


def run(checker: str, *arguments: str | Path) -> None:
    if importlib.util.find_spec(checker.partition(".")[0]) is None:
        pytest.skip(f"there is no {checker} for this Python")
    modules = os.pathsep.join(map(str, FOLDERS.values()))
    stubs = os.pathsep.join(map(str, STUBS.values()))
    done = subprocess.run(
        [sys.executable, "-m", checker, *arguments],
        env=os.environ | {"MYPYPATH": stubs, "PYTHONPATH": modules},
        capture_output=True,
        text=True,
        timeout=280,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_each_example_has_a_stub() -> None:
    assert {name for name, folder in STUBS.items() if (folder / f"{name}.pyi").exists()} == {
        *FOLDERS
    }


def test_mypy_is_content() -> None:
    run("mypy", "--strict", *(STUBS[name] / f"{name}.pyi" for name in STUBS))


def test_pyright_is_content() -> None:
    run(
        "pyright",
        "--pythonpath",
        sys.executable,
        *(STUBS[name] / f"{name}.pyi" for name in STUBS),
    )


def test_stubs_say_what_the_modules_have() -> None:
    run("mypy.stubtest", *FOLDERS)
