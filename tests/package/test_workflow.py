"""Workflows, those of new projects and interlock's own, as far as they can be tried where they do not run."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import sysconfig
import tarfile
from pathlib import Path

import pytest

sys.path.insert(0, os.path.join(os.environ["INTERLOCK_PACKAGE_SOURCE"], "python"))

from interlock import scaffold

SOURCE = Path(os.environ["INTERLOCK_PACKAGE_SOURCE"])
OWN = SOURCE / ".github/workflows"
CONFIGURATION = Path(__file__).parent / "zizmor.yml"

# Not every Python has wheels of these tools, and what they say does not depend on it.
pytestmark = pytest.mark.skipif(
    bool(sysconfig.get_config_var("Py_GIL_DISABLED"))
    or hasattr(sys, "gettotalrefcount")
    or sys.version_info.releaselevel != "final",
    reason="the tools are for released Pythons with a GIL",
)


def run(*command: str | Path, cwd: Path | None = None) -> str:
    environment = os.environ.copy()
    environment.pop("PYTHONPATH", None)
    done = subprocess.run(
        command,
        cwd=cwd,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=500,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    return done.stdout


@pytest.fixture(scope="module")
def projects(tmp_path_factory: pytest.TempPathFactory) -> dict[scaffold.Kind, Path]:
    folder = tmp_path_factory.mktemp("projects")
    requirement = f"interlock @ {SOURCE.as_uri()}"
    return {
        kind: scaffold.make(folder / f"words-{kind.value}", kind, requirement).folder
        for kind in scaffold.Kind
    }


@pytest.fixture(scope="module")
def workflows(projects: dict[scaffold.Kind, Path]) -> list[Path]:
    found = [path for project in projects.values() for path in project.glob(".github/*/*.yml")]
    assert len(found) == len(projects)
    return [*found, *OWN.glob("*.yml")]


@pytest.fixture(scope="module")
def tools(projects: dict[scaffold.Kind, Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the tools' programs: the cibuildwheel that the workflow names, and what looks at files."""
    text = (projects[scaffold.Kind.FUNCTIONS] / ".github/workflows/wheels.yml").read_text()
    found = re.search(r"uses: pypa/cibuildwheel@v([\d.]+)\n", text)
    assert found is not None
    folder = tmp_path_factory.mktemp("tools")
    run(sys.executable, "-m", "venv", folder)
    programs = folder / ("Scripts" if sys.platform == "win32" else "bin")
    named = ["check-jsonschema", "zizmor", "build", "twine", f"cibuildwheel=={found[1]}"]
    run(programs / "python", "-m", "pip", "install", "--quiet", "--prefer-binary", *named)
    return programs


def test_they_are_workflows(tools: Path, workflows: list[Path]) -> None:
    run(tools / "check-jsonschema", "--builtin-schema", "vendor.github-workflows", *workflows)


def test_they_give_nothing_away(tools: Path, workflows: list[Path]) -> None:
    options = ["--offline", "--no-progress", "--config", str(CONFIGURATION)]
    run(tools / "zizmor", *options, *workflows)


@pytest.mark.parametrize(
    ("platform", "systems"),
    [
        ("linux", ["manylinux_", "musllinux_"]),
        ("macos", ["macosx_"]),
        ("windows", ["win_"]),
    ],
)
def test_wheels_are_made_for_each_python_that_is_supported(
    platform: str, systems: list[str], tools: Path, projects: dict[scaffold.Kind, Path]
) -> None:
    options = ["--print-build-identifiers", "--platform", platform]
    printed = run(tools / "cibuildwheel", *options, projects[scaffold.Kind.FUNCTIONS])
    for system in systems:
        found = {one.split("-")[0] for one in printed.split() if f"-{system}" in one}
        assert {"cp311", "cp312", "cp313", "cp314", "cp314t"} <= found
        assert not {"cp310", "cp313t"} & found
    assert "win32" not in printed


@pytest.mark.parametrize("kind", scaffold.Kind)
def test_the_source_distribution_is_whole(
    kind: scaffold.Kind, tools: Path, projects: dict[scaffold.Kind, Path], tmp_path: Path
) -> None:
    project = projects[kind]
    run(tools / "python", "-m", "build", "--sdist", "--outdir", tmp_path, project)
    [made] = tmp_path.iterdir()
    run(tools / "twine", "check", "--strict", made)
    with tarfile.open(made) as archive:
        inside = {name.partition("/")[2] for name in archive.getnames()}
    missing = {
        name
        for path in project.rglob("*")
        if path.is_file()
        and not (name := path.relative_to(project).as_posix()).startswith("build/")
    } - inside
    assert not missing
