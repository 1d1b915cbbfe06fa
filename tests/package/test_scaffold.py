"""A new project as its owner has it: built by pip with build isolation, tested, changed and imported.

Each compiles a core of its own, which takes minutes: one of them runs each time, all with
INTERLOCK_SCAFFOLDS=all.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import pytest

SOURCE = Path(os.environ["INTERLOCK_PACKAGE_SOURCE"])
ALL = os.environ.get("INTERLOCK_SCAFFOLDS") == "all"
# Not optimized: what is tested is that it builds.
QUICK = {} if sys.platform == "win32" else {"CMAKE_ARGS": "-DCMAKE_CXX_FLAGS_RELEASE=-O0"}


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The Python of a new environment with interlock and pytest in it."""
    folder = tmp_path_factory.mktemp("venv")
    run(sys.executable, "-m", "venv", folder)
    python = folder / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
    run(python, "-m", "pip", "install", "--quiet", SOURCE, "pytest", "scikit-build-core")
    return python


def run(*command: str | Path, cwd: Path | None = None) -> str:
    environment = os.environ | QUICK
    # An environment of its own: nothing of this run's.
    for name in ["PYTHONPATH", "PYTHONDONTWRITEBYTECODE", "PYTHONPYCACHEPREFIX"]:
        environment.pop(name, None)
    done = subprocess.run(
        command,
        cwd=cwd,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=800,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    return done.stdout


@pytest.mark.parametrize("option", [[], ["--class"], ["--embed"]], ids=["plain", "class", "embed"])
def test_a_new_project_installs_and_passes_its_tests(
    option: list[str], python: Path, tmp_path: Path
) -> None:
    if not ALL and option != ["--class"]:
        pytest.skip("INTERLOCK_SCAFFOLDS=all runs it")
    if option == ["--embed"] and os.environ.get("INTERLOCK_NO_EMBED"):
        pytest.skip("this Python has no library to embed")
    # A path such as people have, which not every build tool copes with.
    folder = tmp_path / ("my own projects" if ALL else "projects")
    folder.mkdir()
    run(python, "-m", "interlock", "new", "hello", *option, cwd=folder)
    # What the workflow does on all systems is what people are told to do.
    [workflow] = (folder / "hello/.github/workflows").iterdir()
    steps = re.findall(r"^ +- run: (pip .*|pytest)$", workflow.read_text(), re.MULTILINE)
    assert steps == ["pip install . pytest", "pytest"]
    for step in steps:
        run(python, "-m", *step.split(), cwd=folder / "hello")
    run(python, "-m", "interlock", "check", cwd=folder / "hello")
    run(python, "-m", "pip", "uninstall", "--yes", "hello")


def test_what_is_published_is_in_order(python: Path, tmp_path: Path) -> None:
    if not ALL:
        pytest.skip("INTERLOCK_SCAFFOLDS=all runs it")
    tools = ["build", "twine", "check-wheel-contents"]
    run(python, "-m", "pip", "install", "--quiet", *tools)
    run(python, "-m", "interlock", "new", "words", cwd=tmp_path)
    # The source distribution, and the wheel of that.
    run(python, "-m", "build", "./words", "--outdir", "dist", cwd=tmp_path)
    [wheel] = (tmp_path / "dist").glob("*.whl")
    [sdist] = (tmp_path / "dist").glob("*.tar.gz")
    run(python, "-m", "twine", "check", "--strict", wheel, sdist)
    run(python, "-m", "check_wheel_contents", wheel)

    bare = "t" if sysconfig.get_config_var("Py_GIL_DISABLED") else ""
    version = f"cp{sys.version_info.major}{sys.version_info.minor}"
    assert wheel.name.startswith(f"words-0.1.0-{version}-{version}{bare}-")
    with zipfile.ZipFile(wheel) as archive:
        inside = {name for name in archive.namelist() if ".dist-info/" not in name}
    module = "words/_core" + str(sysconfig.get_config_var("EXT_SUFFIX"))
    # Nothing of interlock's: it is needed to compile, not to run.
    assert inside == {"words/__init__.py", "words/_core.pyi", "words/py.typed", module}

    # As cibuildwheel tests it: from elsewhere.
    run(python, "-m", "pip", "install", wheel)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    run(python, "-m", "pytest", tmp_path / "words/tests", cwd=elsewhere)
    run(python, "-m", "pip", "uninstall", "--yes", "words")


@pytest.mark.parametrize("isolated", [False, True], ids=["here", "isolated"])
def test_an_editable_project_is_rebuilt_on_import(
    isolated: bool, python: Path, tmp_path: Path
) -> None:
    if not ALL:
        pytest.skip("INTERLOCK_SCAFFOLDS=all runs it")
    run(python, "-m", "interlock", "new", "again", cwd=tmp_path)
    option = [] if isolated else ["--no-build-isolation"]
    run(python, "-m", "pip", "install", *option, "-e", "./again", cwd=tmp_path)
    source = tmp_path / "again/src/_core.cpp"
    source.write_text(source.read_text().replace("Hello", "Good morning"))
    said = run(python, "-c", "import again; print(again.greet('Ada'))", cwd=tmp_path)
    assert said.splitlines()[-1] == "Good morning, Ada!"
    # A wheel that is built meanwhile, in isolation, takes nothing away from it.
    run(python, "-m", "pip", "wheel", "--no-deps", "-w", "dist", "./again", cwd=tmp_path)
    source.write_text(source.read_text().replace("Good morning", "Good evening"))
    said = run(python, "-c", "import again; print(again.greet('Ada'))", cwd=tmp_path)
    assert said.splitlines()[-1] == "Good evening, Ada!"
    run(python, "-m", "pip", "uninstall", "--yes", "again")
