"""Python's threads call the demo's kernel: what they find is what the program finds."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from embedding import environment

SCRIPT = Path(__file__).parents[2] / "examples" / "near_duplicates" / "pool.py"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    source = tmp_path / "source"
    source.mkdir()
    for i in range(20):
        lines = (f"value{j} = {i} + {j} * (value{j} or {i % 3})\n" for j in range(20 + i))
        (source / f"file{i}.py").write_text("".join(lines), "utf-8")
    (source / "latin.py").write_bytes(b"# \xe9\n")
    return source


def test_the_pool_agrees_with_itself_and_with_the_program(folder: Path, tmp_path: Path) -> None:
    results = tmp_path / "pool.json"
    done = subprocess.run(
        [sys.executable, SCRIPT, folder, "--threads", "4", "--json", results],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    passes = json.loads(results.read_text("utf-8"))
    assert {(one["mode"], one["threads"]) for one in passes} == {
        (mode, threads) for mode in ("called_released", "called_held") for threads in (1, 4)
    }
    assert passes[0]["totals"]["files"] == 20
    for one in passes:
        assert one["totals"] == passes[0]["totals"]
        assert one["distinct_fingerprints"] == passes[0]["distinct_fingerprints"]
        assert one["mode"] in done.stdout
    program = os.environ.get("NEAR_DUPLICATES")
    if program is None:
        pytest.skip("this Python has no library to embed: there is no program to compare with")
    subprocess.run(
        [program, folder, "--quick", "--threads", "2", "--output", tmp_path],
        env=environment(),
        capture_output=True,
        check=True,
    )
    report = json.loads((tmp_path / "report.json").read_text("utf-8"))
    assert report["totals"] == passes[0]["totals"]
    for measured in report["measurements"]:
        assert measured["fingerprints"] == passes[0]["distinct_fingerprints"]
