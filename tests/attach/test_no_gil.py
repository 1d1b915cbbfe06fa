"""A test fails when the GIL comes back on: shown on a test that does nothing, in a process where it is on."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from no_gil import FREE_THREADED

pytestmark = pytest.mark.skipif(not FREE_THREADED, reason="this Python always has a GIL")


def run_a_test(folder: Path, gil: str) -> subprocess.CompletedProcess[str]:
    (folder / "test_nothing.py").write_text("def test_nothing(): pass\n")
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no_gil", "-p", "no:cacheprovider", str(folder)],
        capture_output=True,
        text=True,
        env=os.environ | {"PYTHON_GIL": gil},
        check=False,
    )


def test_a_test_fails_where_the_gil_is_on(tmp_path):
    done = run_a_test(tmp_path, gil="1")
    assert done.returncode == 1, done.stdout
    assert "the GIL is on" in done.stdout


def test_a_test_passes_where_it_is_off(tmp_path):
    assert run_a_test(tmp_path, gil="0").returncode == 0
