"""What an interpreter is: asked of the interpreter itself."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from .work import Unavailable, clean_environment

_QUESTIONS = r"""
import importlib.util, json, os, platform, sys, sysconfig
get = sysconfig.get_config_var
include = sysconfig.get_paths()["include"]
libpython = ""
if get("Py_ENABLE_SHARED"):
    for folder in (get("LIBDIR"), os.path.join(get("LIBDIR") or "", get("MULTIARCH") or ".")):
        path = os.path.join(folder or "", get("LDLIBRARY") or "-")
        if os.path.exists(path):
            libpython = path
            break
print(json.dumps({
    "executable": sys.executable,
    "version": platform.python_version(),
    "minor": "%d.%d" % sys.version_info[:2],
    "virtual": sys.prefix != sys.base_prefix,
    "include": include,
    "headers": all(os.path.exists(os.path.join(include, h)) for h in ("Python.h", "pyconfig.h")),
    "libpython": libpython,
    "gil": not get("Py_GIL_DISABLED"),
    "debug": bool(get("Py_DEBUG")),
    "tsan": "-fsanitize=thread" in (get("PY_CFLAGS") or "") or
            "--with-thread-sanitizer" in (get("CONFIG_ARGS") or ""),
    "pip": all(importlib.util.find_spec(m) for m in ("ensurepip", "venv", "ssl", "zlib")),
}))
"""


@dataclass(frozen=True)
class Spec:
    """An interpreter that can be asked for by name."""

    name: str
    minor: str
    gil: bool = True
    debug: bool = False
    tsan: bool = False

    @property
    def plain(self) -> bool:
        return self.gil and not self.debug and not self.tsan


SPECS: dict[str, Spec] = {
    spec.name: spec
    for spec in (
        Spec("3.11", "3.11"),
        Spec("3.12", "3.12"),
        Spec("3.13", "3.13"),
        Spec("3.14", "3.14"),
        Spec("3.15", "3.15"),
        Spec("3.14t", "3.14", gil=False),
        Spec("3.14t-tsan", "3.14", gil=False, tsan=True),
        Spec("3.14d", "3.14", debug=True),
        Spec("3.14td", "3.14", gil=False, debug=True),
    )
}
ALL = tuple(name for name in SPECS if name != "3.14td")


@dataclass
class Interpreter:
    """An interpreter that is here."""

    name: str
    executable: str
    version: str
    how: str
    include: str
    libpython: str
    embed: bool
    gil: bool
    debug: bool
    tsan: bool
    # what an embedding program must be linked with beyond libpython
    link_options: list[str] = field(default_factory=list)
    # what must be in the environment of a program that embeds it
    environment: dict[str, str] = field(default_factory=dict)
    # a suppression file for ThreadSanitizer that came with the interpreter's source
    tsan_suppressions: str = ""

    def as_json(self) -> dict[str, Any]:
        return {"available": True, **asdict(self)}


def ask(executable: str | Path) -> dict[str, Any] | None:
    """The interpreter's own answers, or None where it does not run."""
    try:
        done = subprocess.run(
            [str(executable), "-I", "-c", _QUESTIONS],
            env=clean_environment(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=60,
            check=True,
        )
        answers: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    except (OSError, subprocess.SubprocessError, ValueError, IndexError):
        return None
    return answers


def fits(spec: Spec, answers: dict[str, Any]) -> bool:
    return (
        answers["minor"] == spec.minor
        and answers["gil"] == spec.gil
        and answers["debug"] == spec.debug
        and answers["tsan"] == spec.tsan
        and not answers["virtual"]
    )


def interpreter(spec: Spec, answers: dict[str, Any], how: str) -> Interpreter:
    return Interpreter(
        name=spec.name,
        executable=answers["executable"],
        version=answers["version"],
        how=how,
        include=answers["include"],
        libpython=answers["libpython"],
        embed=bool(answers["libpython"]),
        gil=answers["gil"],
        debug=answers["debug"],
        tsan=answers["tsan"],
    )


def checked(spec: Spec, executable: Path, how: str) -> Interpreter:
    """A freshly made interpreter, once it has answered as it should."""
    answers = ask(executable)
    if answers is None:
        raise Unavailable(f"{executable} was made but does not run")
    if not fits(spec, answers):
        raise Unavailable(f"{executable} was made but is no {spec.name}: {answers}")
    lacking = [what for what in ("headers", "pip") if not answers[what]]
    if lacking:
        raise Unavailable(f"{executable} was made but lacks {' and '.join(lacking)}")
    return interpreter(spec, answers, how)


def installed(spec: Spec) -> tuple[Interpreter | None, str]:
    """An interpreter of PATH or pyenv that has headers and can make a venv with pip."""
    if spec.tsan:
        return None, "not installed"
    suffix = ("" if spec.gil else "t") + ("d" if spec.debug else "")
    candidates: list[tuple[str, Path]] = []
    for name in dict.fromkeys((f"python{spec.minor}{suffix}", f"python{spec.minor}")):
        for folder in os.get_exec_path():
            path = Path(folder) / name
            if path.is_file() and os.access(path, os.X_OK):
                candidates.append(("installed", path))
    candidates += [("installed, pyenv", path) for path in _pyenv(spec.minor)]
    found: list[tuple[bool, Interpreter]] = []
    lacking: list[str] = []
    seen: set[Path] = set()
    for how, path in candidates:
        answers = None if path.resolve() in seen else ask(path)
        seen.add(path.resolve())
        if answers is None or not fits(spec, answers):
            continue
        seen.add(Path(answers["executable"]).resolve())
        wanting = [
            text
            for text, there in (("headers", answers["headers"]), ("venv", answers["pip"]))
            if not there
        ]
        if wanting:
            lacking.append(f"{answers['executable']} lacks {' and '.join(wanting)}")
        else:
            found.append((not answers["libpython"], interpreter(spec, answers, how)))
    if found:
        return min(found, key=lambda pair: pair[0])[1], ""
    return None, "; ".join(dict.fromkeys(lacking)) or "not installed"


def _pyenv(minor: str) -> list[Path]:
    """The executables of pyenv's versions, the newest first."""
    root = os.environ.get("PYENV_ROOT", "")
    if not root and shutil.which("pyenv"):
        done = subprocess.run(["pyenv", "root"], capture_output=True, text=True, check=False)
        root = done.stdout.strip()
    if not root:
        return []
    paths = Path(root).glob(f"versions/{minor}.*/bin/python{minor}")

    def patch(path: Path) -> int:
        number = re.match(rf"{re.escape(minor)}\.(\d+)", path.parent.parent.name)
        return int(number[1]) if number else -1

    return sorted(paths, key=patch, reverse=True)
