"""Where this installation's files are, and where it came from."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path, PurePosixPath
from urllib.parse import urlsplit
from urllib.request import url2pathname

CONFIG = PurePosixPath("share/interlock/cmake/interlockConfig.cmake")
PACKAGE = Path(__file__).resolve().parent


class Missing(Exception):
    """A part of the installation is not there; the text says what to do."""


def version() -> str:
    """The version, which include/interlock/version.hpp says."""
    try:
        return metadata.version("interlock")
    except metadata.PackageNotFoundError:
        header = PACKAGE.parent.parent / "include/interlock/version.hpp"
        if not header.exists():
            raise
        parts = re.findall(r"#define INTERLOCK_VERSION_\w+ (\d+)", header.read_text())
        return ".".join(parts)


def prefix() -> Path:
    """The folder with include/ and share/ in it.

    Raises Missing where the Python files were found without an installation, in a checkout say.
    """
    if (PACKAGE / CONFIG).exists():
        return PACKAGE
    # An editable installation: the Python files lie in the checkout, the others where they were
    # installed.
    try:
        files = metadata.distribution("interlock").files or []
    except metadata.PackageNotFoundError:
        files = []
    for file in files:
        if PurePosixPath(file).match(f"*/{CONFIG}"):
            found = Path(str(file.locate()))
            if found.exists():
                return found.resolve().parents[len(CONFIG.parts) - 1]
    raise Missing(
        f"interlock's headers and CMake files are not beside {PACKAGE}: this is not an installed "
        "package. Install it: pip install /path/to/interlock"
    )


def include_dir() -> Path:
    """The folder for -I. Raises Missing."""
    return prefix() / "include"


def cmake_dir() -> Path:
    """The folder of interlockConfig.cmake, for -Dinterlock_DIR=... Raises Missing."""
    return prefix() / CONFIG.parent


def source_dir() -> Path:
    """The folder of the core's sources. Raises Missing."""
    return prefix() / "share/interlock/src"


@dataclass(frozen=True)
class Origin:
    """Where this installation came from, as PEP 610 notes it."""

    requirement: str  # for a list of requirements, as PEP 508 writes it
    folder: Path | None = None  # where it is a folder or file of this machine

    @property
    def is_local(self) -> bool:
        return self.folder is not None


def _url(noted: dict[str, object]) -> tuple[str, str]:
    """The URL to install from again, and what was noted."""
    url = str(noted["url"])
    vcs = noted.get("vcs_info")
    full = url
    if isinstance(vcs, dict):
        full = f"{vcs['vcs']}+{url}@{vcs['commit_id']}"
    if noted.get("subdirectory"):
        full += f"#subdirectory={noted['subdirectory']}"
    return full, url


def origin() -> Origin:
    """What a project requires to get the same interlock.

    A release on the package index leaves no note, and is required by its version.
    """
    text = None
    try:
        text = metadata.distribution("interlock").read_text("direct_url.json")
    except metadata.PackageNotFoundError:
        checkout = PACKAGE.parent.parent
        if (checkout / "pyproject.toml").exists():
            return Origin(f"interlock @ {checkout.as_uri()}", checkout)
    if text is None:
        major, minor, *_ = version().split(".")
        return Origin(f"interlock>={version()},<{major}.{int(minor) + 1}")
    full, url = _url(json.loads(text))
    parts = urlsplit(url)
    folder = Path(url2pathname(parts.path)) if parts.scheme == "file" else None
    return Origin(f"interlock @ {full}", folder)
