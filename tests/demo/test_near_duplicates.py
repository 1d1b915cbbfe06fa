"""The program near_duplicates on small folders: what it finds, what it writes, how it ends."""

import json
import os
import random
import signal
import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import pytest
from embedding import environment

PROGRAM = os.environ["NEAR_DUPLICATES"]


def run(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [PROGRAM, *map(str, arguments)],
        capture_output=True,
        encoding="utf-8",
        env=environment(),
        check=False,
    )


def code(seed: int, lines: int, name: str = "x") -> str:
    """Statements whose shape is random: two seeds have nothing in common."""
    shapes = random.Random(seed)
    operators = ["+", "-", "*", "/", "%", "@", "**", "//", "&", "|", "^", "<<", ">>", "and", "or"]
    return "".join(
        f"{name} = {name} "
        + " ".join(f"{shapes.choice(operators)} {name}" for _ in range(6))
        + "\n"
        for _ in range(lines)
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """30 files without duplicates, and 'source/package' for what a test wants to add."""
    source = tmp_path / "source"
    (source / "package").mkdir(parents=True)
    for i in range(30):
        (source / f"file{i}.py").write_text(code(i, 20 + i), "utf-8")
    return source


@pytest.fixture
def output(tmp_path: Path) -> Path:
    return tmp_path / "new" / "output"


def report_in(output: Path) -> dict[str, Any]:
    report: dict[str, Any] = json.loads((output / "report.json").read_text("utf-8"))
    return report


def test_finds_planted_duplicates(folder: Path, output: Path) -> None:
    copied = code(1000, 25)
    (folder / "original.py").write_text(code(2000, 10) + "pass\n" + copied, "utf-8")
    (folder / "package" / "copy.py").write_text(
        "# copied\n" + copied.replace("x", "value"), "utf-8"
    )
    done = run(folder, "--quick", "--output", output)
    assert done.returncode == 0, done.stderr
    report = report_in(output)
    assert len(report["duplicates"]) == 1
    (found,) = report["duplicates"]
    regions = {
        found[side]["file"]: (found[side]["first_line"], found[side]["last_line"])
        for side in ("left", "right")
    }
    assert regions == {"original.py": (12, 36), "package/copy.py": (2, 26)}
    assert found["similarity"] == 1.0
    assert "package/copy.py:2-26" in done.stdout


def test_reports_totals_and_measurements_that_agree_with_the_files(
    folder: Path, output: Path
) -> None:
    done = run(folder, "--quick", "--threads", "3", "--output", output)
    assert done.returncode == 0, done.stderr
    report = report_in(output)
    sources = list(folder.rglob("*.py"))
    assert report["totals"]["files"] == len(sources)
    assert report["totals"]["bytes"] == sum(f.stat().st_size for f in sources)
    assert report["totals"]["lines"] == sum(len(f.read_text().splitlines()) for f in sources)
    assert report["skipped"] == []
    assert report["duplicates"] == []
    assert not report["interrupted"]
    assert {(m["mode"], m["threads"]) for m in report["measurements"]} == {
        (mode, threads)
        for mode in ("held", "released", "called_held", "called_released", "native")
        for threads in (1, 2, 3)
    }
    for m in report["measurements"]:
        assert m["files"] == len(sources)
        assert m["fingerprints"] == report["measurements"][0]["fingerprints"] > 0
        assert m["seconds"] == min(m["all_seconds"])
        assert len(m["per_thread"]) == m["threads"]
        for times in m["per_thread"]:
            assert sum(times.values()) == pytest.approx(m["seconds"], rel=0.01, abs=1e-6)
            assert (times["held_seconds"] > 0) <= (m["mode"] != "native")
        assert (sum(t["held_seconds"] for t in m["per_thread"]) > 0) == (m["mode"] != "native")
    assert report["passes_agree"]
    assert report["released_against_native_on_2_threads"] > 0
    for words in (
        "files/s",
        "speed-up",
        "waited",
        "C++ calls Python",
        "Python calls C++",
        "without Python",
    ):
        assert words in done.stdout


def test_compares_token_counts_with_python(folder: Path, output: Path) -> None:
    done = run(folder, "--quick", "--output", output)
    assert report_in(output)["token_check"]["compared"] >= 10
    assert report_in(output)["token_check"]["differ"] == []
    assert "0 differ" in done.stdout


def test_names_and_skips_what_cannot_be_decoded(folder: Path, output: Path) -> None:
    (folder / "latin.py").write_bytes(b"# -*- coding: latin-1 -*-\nx = '\xe9'\n")
    (folder / "bad.py").write_bytes(b"x = '\xff\xfe'\n")
    (folder / "nul.py").write_bytes(b"x = 1\0\n")
    (folder / "package" / "gone.py").symlink_to(folder / "no such file")
    done = run(folder, "--quick", "--output", output)
    assert done.returncode == 0, done.stderr
    skipped = {s["file"]: s["reason"] for s in report_in(output)["skipped"]}
    assert list(skipped) == ["bad.py", "latin.py", "nul.py", "package/gone.py"]
    assert "UTF-8" in skipped["bad.py"]
    assert "latin-1" in skipped["latin.py"]
    assert "NUL" in skipped["nul.py"]
    for name in skipped:
        assert name in done.stdout


@pytest.mark.skipif(
    sys.platform == "win32" or os.geteuid() == 0, reason="everything is readable here"
)
def test_names_and_skips_what_cannot_be_read(folder: Path, output: Path) -> None:
    (folder / "secret.py").write_text("x = 1\n")
    (folder / "secret.py").chmod(0)
    done = run(folder, "--quick", "--output", output)
    assert done.returncode == 0, done.stderr
    assert [s["file"] for s in report_in(output)["skipped"]] == ["secret.py"]


def test_survives_text_that_is_no_python(folder: Path, output: Path) -> None:
    (folder / "broken.py").write_text("def f(:\n    '''never closed\n")
    (folder / "no_python.py").write_text("<html>$%?\n\tnot\n  at all\n")
    (folder / "empty.py").write_text("")
    done = run(folder, "--quick", "--output", output)
    assert done.returncode == 0, done.stderr
    assert report_in(output)["totals"]["files"] == 33


@pytest.mark.skipif(sys.platform != "linux", reason="other systems want names to be text")
def test_takes_file_names_that_are_not_text(folder: Path, output: Path) -> None:
    Path(os.fsdecode(os.fsencode(folder) + b"/caf\xe9.py")).write_bytes(b"x = '\xff'\n")
    done = run(folder, "--quick", "--output", output)
    assert done.returncode == 0, done.stderr
    assert [s["file"] for s in report_in(output)["skipped"]] == ["caf\\xe9.py"]


def test_leaves_installed_packages_out(folder: Path, output: Path) -> None:
    for name in ("site-packages", "__pycache__", ".hidden"):
        (folder / name).mkdir()
        (folder / name / "bad.py").write_bytes(b"\xff")
    run(folder, "--quick", "--output", output)
    assert report_in(output)["skipped"] == []


def test_draws_a_timeline_with_a_row_for_each_thread(folder: Path, output: Path) -> None:
    run(folder, "--quick", "--threads", "2", "--output", output)
    picture = ET.parse(output / "timeline.svg").getroot()
    texts = [t.text or "" for t in picture.iter("{http://www.w3.org/2000/svg}text")]
    # Five modes and a closer look at the four that have to do with Python.
    assert texts.count("thread 1") == texts.count("thread 2") == 9
    assert "thread 3" not in texts
    assert "seconds since the pass began" in texts
    for words in ("waiting", "attached", "detached"):
        assert any(t.startswith(words) for t in texts)
    colours = {e.get("class") for e in picture.iter()}
    assert {"waiting", "attached", "detached"} <= colours


@pytest.mark.parametrize("phase", ["looking", "scanning", "comparing", "checking", "measuring"])
def test_ctrl_c_ends_it_with_what_was_found(folder: Path, output: Path, phase: str) -> None:
    copied = code(1000, 25)
    (folder / "original.py").write_text(copied)
    (folder / "copy.py").write_text(copied)
    # So often that it would run for days.
    arguments = [PROGRAM, str(folder), "--output", str(output), "--repeat", "100000000"]
    with subprocess.Popen(
        arguments,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        env=environment(),
        # What a shell starts in its background has a SIGINT that is ignored, and hands that down.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    ) as process:
        assert process.stderr is not None
        for line in process.stderr:
            if line.startswith(phase):
                break
        process.send_signal(signal.SIGINT)
        stdout, stderr = process.communicate()
    assert process.returncode == 130, stderr
    report = report_in(output)
    assert report["interrupted"]
    if phase not in ("looking", "scanning"):
        assert report["totals"]["files"] == 32
    if phase in ("checking", "measuring"):
        assert len(report["duplicates"]) == 1
    assert (output / "timeline.svg").exists()
    assert "Interrupted" in stdout
    assert "Traceback" not in stderr


def test_explains_itself() -> None:
    done = run("--help")
    assert done.returncode == 0
    assert "usage: near_duplicates" in done.stdout
    assert "--threads" in done.stdout


@pytest.mark.parametrize(
    "arguments", [["--threads", "0"], ["--threads", "x"], ["--no-such-option"]]
)
def test_refuses_a_wrong_command_line(arguments: list[str], tmp_path: Path) -> None:
    done = run(tmp_path, *arguments)
    assert done.returncode == 2
    assert "usage:" in done.stderr


def test_says_when_there_is_nothing_to_do(tmp_path: Path, output: Path) -> None:
    done = run(tmp_path, "--output", output)
    assert done.returncode == 1
    assert "no Python source" in done.stderr
    assert run(tmp_path / "none", "--output", output).returncode == 2


def test_says_when_the_reports_cannot_be_written(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    done = run(folder, "--quick", "--output", tmp_path / "file")
    assert done.returncode == 2
    assert "file" in done.stderr
