"""Builds and tests a project that has interlock as a Meson subproject: run.py CHECKOUT FOLDER; status 77 where a tool is missing."""

from __future__ import annotations

import importlib.util
import shutil
import subprocess
import sys
from pathlib import Path

# What the subproject is made of, without the build folders that lie beside it.
PARTS = ["meson.build", "include", "src", "cmake"]


def main() -> int:
    checkout, folder = map(Path, sys.argv[1:])
    if importlib.util.find_spec("mesonbuild") is None or shutil.which("ninja") is None:
        print("skipped: there is no Meson for this Python, or no Ninja on the path")
        return 77
    shutil.rmtree(folder, ignore_errors=True)
    subproject = folder / "subprojects/interlock"
    subproject.mkdir(parents=True)
    for part in PARTS:
        copy = shutil.copytree if (checkout / part).is_dir() else shutil.copy
        copy(checkout / part, subproject / part)
    here = Path(__file__).parent
    for file in [here / "meson.build", here / "meson_module.cpp", here.parent / "consumer.cpp"]:
        shutil.copy(file, folder)
    meson = [sys.executable, "-m", "mesonbuild.mesonmain"]
    # Not optimized: what is tested is that the file is complete.
    options = ["-Doptimization=0", "-Ddebug=false"]
    subprocess.run([*meson, "setup", *options, "build"], cwd=folder, check=True)
    subprocess.run([*meson, "compile", "-C", "build"], cwd=folder, check=True)
    subprocess.run([*meson, "test", "-C", "build", "--print-errorlogs"], cwd=folder, check=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
