"""The wheel fits every interpreter and system, holds what projects need, and can be made of the sdist too."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tarfile
import zipfile
from email.parser import HeaderParser
from pathlib import Path

import pytest

SOURCE = Path(os.environ["INTERLOCK_PACKAGE_SOURCE"])


def build(kind: str, source: Path, into: Path) -> Path:
    """Asks the build backend for a wheel or an sdist, as pip and build do (PEP 517)."""
    into.mkdir()
    code = f"import scikit_build_core.build as b; b.build_{kind}({str(into)!r})"
    subprocess.run([sys.executable, "-c", code], cwd=source, check=True, timeout=250)
    [made] = into.iterdir()
    return made


def names(wheel: Path) -> set[str]:
    with zipfile.ZipFile(wheel) as archive:
        return {name for name in archive.namelist() if ".dist-info/" not in name}


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the package is made of, without the build folders that lie beside it."""
    folder = tmp_path_factory.mktemp("checkout")
    for name in ["CMakeLists.txt", "pyproject.toml", "README.md", "LICENSE", ".gitignore"]:
        shutil.copy(SOURCE / name, folder / name)
    for name in ["cmake", "include", "python", "src"]:
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(SOURCE / name, folder / name, ignore=ignored)
    return folder


@pytest.fixture(scope="module")
def wheel(checkout: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build("wheel", checkout, tmp_path_factory.mktemp("wheel") / "out")


@pytest.fixture(scope="module")
def version() -> str:
    header = (SOURCE / "include/interlock/version.hpp").read_text()
    lines = [line.split() for line in header.splitlines() if line.startswith("#define")]
    return ".".join(words[2] for words in lines)


def test_the_wheel_is_for_every_python_and_every_system(wheel: Path, version: str) -> None:
    assert wheel.name == f"interlock-{version}-py3-none-any.whl"


def test_the_wheel_holds_all_headers_all_sources_and_the_cmake_files(wheel: Path) -> None:
    inside = names(wheel)
    for header in (SOURCE / "include").rglob("*.hpp"):
        assert f"interlock/{header.relative_to(SOURCE).as_posix()}" in inside
    for source in (SOURCE / "src").iterdir():
        assert f"interlock/share/interlock/src/{source.name}" in inside
    for file in (SOURCE / "cmake").glob("interlock_*.cmake"):
        # Those that make interlock's own builds and packages stay behind.
        if file.stem not in {
            "interlock_build",
            "interlock_install",
            "interlock_site",
            "interlock_venv",
            "interlock_version",
        }:
            assert f"interlock/share/interlock/cmake/{file.name}" in inside
    assert "interlock/share/interlock/cmake/interlockConfig.cmake" in inside
    assert "interlock/share/interlock/cmake/interlockConfigVersion.cmake" in inside
    assert "interlock/py.typed" in inside


def test_the_wheel_says_what_it_is(wheel: Path, version: str) -> None:
    with zipfile.ZipFile(wheel) as archive:
        [name] = [name for name in archive.namelist() if name.endswith(".dist-info/METADATA")]
        metadata = HeaderParser().parsestr(archive.read(name).decode())
    assert metadata["Name"] == "interlock"
    assert metadata["Version"] == version
    assert metadata["License-Expression"] == "BSD-3-Clause"
    assert metadata["Requires-Python"] == ">=3.11"
    assert "with_gil" in metadata.get_payload()


def test_an_sdist_makes_the_same_wheel(wheel: Path, checkout: Path, tmp_path: Path) -> None:
    sdist = build("sdist", checkout, tmp_path / "sdist")
    with tarfile.open(sdist) as archive:
        archive.extractall(tmp_path / "unpacked", filter="data")
    [unpacked] = (tmp_path / "unpacked").iterdir()
    again = build("wheel", unpacked, tmp_path / "wheel")
    assert again.name == wheel.name
    assert names(again) == names(wheel)
