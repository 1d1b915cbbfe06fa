"""The soak itself: a few seconds of it, and leaks on purpose, which it has to find."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

if not sys.platform.startswith("linux"):
    pytest.skip("counts by what Linux tells", allow_module_level=True)

SANITIZED = os.environ.get("INTERLOCK_SOAK_SANITIZED") == "1"
FEW = ["calls", "texts", "instances", "callbacks", "overriding"]


def soak(*arguments: str) -> subprocess.CompletedProcess[str]:
    more = ["--without-memory"] if SANITIZED else []
    return subprocess.run(
        [
            sys.executable,
            str(Path(__file__).with_name("run_soak.py")),
            "--seed",
            "20",
            *arguments,
            *more,
        ],
        capture_output=True,
        text=True,
        check=False,
    )


def test_everything_stays_as_it_is() -> None:
    # A fifth is for warming up: what is made once, some of it seldom, is there after some thousand operations.
    done = soak("--operations", "6000" if SANITIZED else "24000")
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.endswith("steady\n")
    # Nor does C++ hold anything when the interpreter ends.
    assert done.stderr == ""


@pytest.mark.parametrize(
    ("leak", "found"),
    [("object", "blocks"), ("handle", "handles"), ("instance", "objects"), ("memory", "bytes")],
)
def test_a_leak_is_found(leak: str, found: str) -> None:
    if SANITIZED and found in ("blocks", "bytes"):
        pytest.skip("memory is not looked at")
    done = soak("--operations", "1000", "--threads", "2", "--only", *FEW, "--leak", leak)
    assert done.returncode == 1, done.stdout + done.stderr
    grown = [line.split()[0] for line in done.stdout.splitlines() if line.endswith("GROWN")]
    assert found in grown, done.stdout


def test_an_operation_that_fails_is_told_with_its_seed() -> None:
    code = (
        "import operations, sys\n"
        "def broken(r): assert r.random() > 1\n"
        "operations.OPERATIONS['calls'] = broken\n"
        "sys.argv = ['run_soak.py', '--seed', '3', '--operations', '900', '--only', 'calls']\n"
        "import runpy\n"
        "runpy.run_path(sys.path[0] + '/run_soak.py', run_name='__main__')\n"
    )
    done = subprocess.run(
        [
            sys.executable,
            "-c",
            f"import sys; sys.path.insert(0, {str(Path(__file__).parent)!r})\n{code}",
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1, done.stdout + done.stderr
    assert "an operation failed; again: --seed 3" in done.stdout
    assert "in broken" in done.stdout


def test_too_few_operations_are_refused() -> None:
    done = soak("--operations", "100")
    assert done.returncode == 2
    assert "to tell a leak from noise" in done.stderr
