"""python -m interlock.stubs MODULE: what interlock_add_stub runs when a module was built."""

from __future__ import annotations

import argparse
import importlib
import sys
from pathlib import Path

from interlock.stubs.modules import generate


def write(module_name: str, folder: Path, *, py_typed: bool = False) -> list[Path]:
    """Imports the module and writes its stubs into the folder; which files they are.

    Raises what the import raises.
    """
    module = importlib.import_module(module_name)
    written = []
    for stub in generate(module):
        for warning in stub.warnings:
            print(f"interlock: stub of {module_name}: {warning}", file=sys.stderr)
        path = folder / stub.path
        path.parent.mkdir(parents=True, exist_ok=True)
        # A file that stays as it is keeps its time, and what depends on it is not built anew.
        if not path.exists() or path.read_text(encoding="utf-8") != stub.text:
            path.write_text(stub.text, encoding="utf-8", newline="\n")
        written.append(path)
    if py_typed:
        marker = folder / "py.typed"
        marker.touch()
        written.append(marker)
    return written


def main() -> int:
    parser = argparse.ArgumentParser(prog="interlock.stubs", description=__doc__)
    parser.add_argument("module")
    parser.add_argument("--path", type=Path, help="the folder to import it from")
    parser.add_argument("--output", type=Path, default=Path())
    parser.add_argument("--py-typed", action="store_true", help="write py.typed too")
    given = parser.parse_args()
    if given.path is not None:
        sys.path.insert(0, str(given.path))
    sys.dont_write_bytecode = True
    try:
        write(given.module, given.output, py_typed=given.py_typed)
    except ImportError as error:
        where = f" from {given.path}" if given.path is not None else ""
        print(
            f"interlock: no stub was made, since {given.module} cannot be imported{where}: "
            f"{error}\n"
            "The first argument of INTERLOCK_MODULE has to be the file's name; libraries that the "
            "module needs have to be found. interlock_add_stub can be left out.",
            file=sys.stderr,
        )
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
