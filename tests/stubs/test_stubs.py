"""Stubs of compiled modules: as expected to the letter, and as type checkers want them."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

STUBS = Path(os.environ["INTERLOCK_STUBS"])
EXPECTED = Path(__file__).parent / "expected"
# What stubtest says and need not be mended, with the reason.
ALLOWED = [Path(__file__).parent / "allowed.txt"]
if sys.version_info < (3, 12):
    ALLOWED.append(Path(__file__).parent / "allowed_before_3_12.txt")
FILES = sorted(path.relative_to(EXPECTED) for path in EXPECTED.rglob("*.pyi"))
MODULES = sorted({file.parts[0].removesuffix(".pyi") for file in FILES})


@pytest.mark.parametrize("file", FILES, ids=str)
def test_the_stub_is_as_expected(file: Path) -> None:
    made = (STUBS / file).read_text(encoding="utf-8")
    if os.environ.get("INTERLOCK_WRITE_EXPECTED"):
        (EXPECTED / file).write_text(made, encoding="utf-8")
    assert made == (EXPECTED / file).read_text(encoding="utf-8")


def run(*command: str | Path) -> None:
    """Runs a checker on the stubs, which it has to be content with."""
    done = subprocess.run(
        command,
        cwd=STUBS,
        env=os.environ | {"MYPYPATH": str(STUBS), "PYTHONPATH": os.environ["PYTHONPATH"]},
        capture_output=True,
        text=True,
        timeout=280,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def need(checker: str) -> None:
    if importlib.util.find_spec(checker) is None:
        pytest.skip(f"there is no {checker} for this Python")


def test_mypy_is_content() -> None:
    need("mypy")
    run(sys.executable, "-m", "mypy", "--strict", *sorted({file.parts[0] for file in FILES}))


@pytest.mark.parametrize("module", MODULES)
def test_the_stub_says_what_the_module_has(module: str) -> None:
    need("mypy")
    run(
        sys.executable,
        "-m",
        "mypy.stubtest",
        module,
        *(word for file in ALLOWED for word in ("--allowlist", file)),
        "--ignore-unused-allowlist",
    )


def test_a_documentation_tool_reads_it(tmp_path: Path) -> None:
    griffe = pytest.importorskip("griffe")
    # A package as `interlock new` makes it; the module itself is not imported.
    package = tmp_path / "bank"
    package.mkdir()
    (package / "__init__.py").write_text("from bank._core import Account, Vec\n")
    shutil.copy(STUBS / "stub_classes.pyi", package / "_core.pyi")
    bank = griffe.load(
        "bank", search_paths=[tmp_path], allow_inspection=False, resolve_aliases=True
    )
    account = bank["Account"]
    assert account.docstring.value == "A bank account."
    assert str(account["__init__"].parameters["owner"].annotation) == "str"
    assert account["balance"].labels == {"property"}
    assert [str(one.parameters["by"].annotation) for one in bank["Vec"].overloads["scaled"]] == [
        "int",
        "float",
    ]


def test_pyright_is_content() -> None:
    need("pyright")
    run(sys.executable, "-m", "pyright", "--pythonpath", sys.executable, *FILES)
