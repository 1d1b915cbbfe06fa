"""interlock info: what this installation and this machine have, for people and for programs."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

SOURCE = Path(os.environ["INTERLOCK_PACKAGE_SOURCE"])


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the package in it, installed by pip."""
    folder = tmp_path_factory.mktemp("site")
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-build-isolation", "--no-deps"]
    subprocess.run([*pip, "--target", str(folder), str(SOURCE)], check=True, timeout=250)
    return folder


def interlock(site: Path, *arguments: str, **changed: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "interlock", *arguments],
        env=os.environ | {"PYTHONPATH": str(site)} | changed,
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )


def test_info_names_the_folders(site: Path) -> None:
    assert interlock(site, "info", "--include-dir").stdout.strip() == str(
        site / "interlock/include"
    )
    cmake = Path(interlock(site, "info", "--cmake-dir").stdout.strip())
    assert (cmake / "interlockConfig.cmake").exists()
    core = Path(interlock(site, "info", "--source-dir").stdout.strip())
    assert (core / "modules.cpp").exists()


def test_info_as_json_says_all_of_it(site: Path) -> None:
    told = json.loads(interlock(site, "info", "--json").stdout)
    assert told["python"]["path"] == sys.executable
    assert told["origin"] == f"interlock @ {SOURCE.as_uri()}"
    assert told["compiler"] is None or told["compiler"]["kind"] in {
        "gcc",
        "clang",
        "apple clang",
        "msvc",
    }
    assert Path(told["include_dir"], "interlock/interlock.hpp").exists()


def test_info_for_people_names_what_is_missing(site: Path, tmp_path: Path) -> None:
    told = interlock(site, "info", PATH=str(tmp_path), CXX="")
    assert told.returncode == 0
    assert "compiler       none is on the path" in told.stdout


def test_a_package_without_its_files_says_how_to_install_it(tmp_path: Path) -> None:
    # The Python files alone, as in a checkout that is on the path.
    told = interlock(SOURCE / "python", "info", "--cmake-dir")
    assert told.returncode == 1
    assert "this is not an installed package. Install it: pip install" in told.stderr
