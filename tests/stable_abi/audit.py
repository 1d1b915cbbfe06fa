"""Whether modules are linked to nothing but the stable ABI of CPython 3.12, as abi3audit sees it.

audit.py --not OTHER MODULE...: OTHER is a module of one version, of which abi3audit has to say no.
"""

from __future__ import annotations

import argparse
import importlib.util
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path


def audit(module: Path) -> tuple[bool, str]:
    done = subprocess.run(
        [sys.executable, "-m", "abi3audit", "--verbose", "--strict",
         "--assume-minimum-abi3", "3.12", str(module)],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )  # fmt: skip
    return done.returncode == 0, done.stdout


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--not", dest="other", type=Path, required=True)
    parser.add_argument("modules", type=Path, nargs="+")
    options = parser.parse_args()
    if importlib.util.find_spec("abi3audit") is None:
        print("skipped: abi3audit is not installed")
        return 0
    failed = 0
    for module in options.modules:
        fits, said = audit(module)
        print(f"{module.name}: {'stable' if fits else 'NOT STABLE'}")
        if not fits:
            print(said)
            failed += 1
    with tempfile.TemporaryDirectory() as folder:
        other = Path(folder) / "other.abi3.so"
        shutil.copy(options.other, other)
        fits, said = audit(other)
        if fits:
            print(f"{options.other.name} is for one version alone, and abi3audit sees nothing:")
            print(said)
            failed += 1
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
