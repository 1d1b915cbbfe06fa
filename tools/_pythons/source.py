"""Interpreters built from source."""

from __future__ import annotations

import os
import re
import shutil
import tarfile
from pathlib import Path

from . import debian
from .probe import Interpreter, Spec, checked
from .work import (
    Log,
    Progress,
    Unavailable,
    cache_dir,
    clean_environment,
    digest_of,
    file_sha256,
    publish,
    scratch,
)

RECIPE = "1"  # raise it when the steps below change what they make
VERSION = "3.14.7"
POOL_PATH = "pool/main/p/python3.14/python3.14_3.14.7.orig.tar.xz"
SHA256 = "3b48dac8fb59f62eaa67ac83c1eb12bda1b7a08406dd286e252c11a66be27f81"
OVERRIDE = "INTERLOCK_PYTHON_SOURCE"

BUILD_PACKAGES = (
    "gcc",
    "make",
    "pkg-config",
    "zlib1g-dev",
    "libssl-dev",
    "libffi-dev",
    "libsqlite3-dev",
    "libbz2-dev",
    "liblzma-dev",
    "libexpat1-dev",
)
NEEDED_MODULES = ("ssl", "zlib", "ctypes", "sqlite3", "bz2", "lzma", "pyexpat", "hashlib")


def _options(spec: Spec) -> list[str]:
    """The arguments of configure, but for the paths."""
    options = ["--enable-shared", "--with-ensurepip=no", "--disable-test-modules"]
    if not spec.gil:
        options.append("--disable-gil")
    if spec.debug:
        options.append("--with-pydebug")
    elif spec.tsan:
        options += ["--with-thread-sanitizer", "OPT=-O1 -g -DNDEBUG"]
    else:
        options += ["OPT=-O2 -g0 -DNDEBUG"]
    return options


def override() -> Path | None:
    path = os.environ.get(OVERRIDE)
    return Path(path).expanduser().absolute() if path else None


def key_of(spec: Spec) -> str:
    """The options' hash, which with the version names the entry of the cache."""
    own = override()
    if own is not None and not own.is_file():
        raise Unavailable(f"{OVERRIDE} names {own}, which is no file")
    sha256 = file_sha256(own) if own is not None else SHA256
    return digest_of("source", RECIPE, sha256, *_options(spec))


def _fetch(log: Log, progress: Progress) -> Path:
    """The pinned source, from the Debian mirror that this machine is set up for."""
    path = cache_dir() / ".sources" / Path(POOL_PATH).name
    if path.is_file() and file_sha256(path) == SHA256:
        return path
    try:
        site = debian.site()
    except Unavailable as error:
        raise Unavailable(f"{error}; set {OVERRIDE} to a source tarball") from None
    progress.phase(f"downloading the source of {VERSION}")
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f"{path.name}.{os.getpid()}")
    try:
        log.run([debian.APT_HELPER, *debian.UNSANDBOXED, "download-file", f"{site}/{POOL_PATH}",
                 part, f"SHA256:{SHA256}"])  # fmt: skip
        if file_sha256(part) != SHA256:
            raise Unavailable(f"{POOL_PATH} has not the expected sha256 (log: {log.path})")
        part.rename(path)
    except Unavailable as error:
        raise Unavailable(
            f"the Debian mirror did not give {POOL_PATH}: {error}; "
            f"set {OVERRIDE} to a tarball of the source"
        ) from None
    finally:
        part.unlink(missing_ok=True)
    return path


def _unpack(tarball: Path, folder: Path) -> tuple[Path, str]:
    """The source tree and its version."""
    try:
        with tarfile.open(tarball) as archive:
            if hasattr(tarfile, "tar_filter"):  # not in the first releases of 3.11
                archive.extraction_filter = tarfile.tar_filter
            archive.extractall(folder)
    except (OSError, tarfile.TarError) as error:
        reason = str(error).partition("\n")[0]
        raise Unavailable(f"{tarball} cannot be unpacked: {reason}") from None
    for header in folder.glob("*/Include/patchlevel.h"):
        match = re.search(r'#define\s+PY_VERSION\s+"([^"+]+)', header.read_text(encoding="utf-8"))
        if match:
            return header.parent.parent, match[1]
    raise Unavailable(f"{tarball} holds no source of Python")


def build(spec: Spec, jobs: int, log: Log, progress: Progress) -> tuple[Interpreter, Path]:
    """Build the interpreter and put it into the cache."""
    own = override()
    key = key_of(spec)
    if own is None and not VERSION.startswith(f"{spec.minor}."):
        raise Unavailable(f"the source known here is {VERSION} (set {OVERRIDE} to another)")
    debian.require(BUILD_PACKAGES, log, progress)
    tarball = own if own is not None else _fetch(log, progress)
    env = clean_environment()
    with scratch(key) as folder:
        progress.phase("unpacking the source")
        tree, version = _unpack(tarball, folder / "source")
        if not version.startswith(f"{spec.minor}."):
            raise Unavailable(f"the source known here is {version} (set {OVERRIDE} to another)")
        entry = cache_dir() / f"{version}-{key}"
        out = folder / "build"
        out.mkdir()
        progress.phase("configure")
        log.run(
            [
                tree / "configure",
                f"--prefix={entry}",
                *_options(spec),
                f"LDFLAGS_NODIST=-Wl,-rpath,{entry}/lib",
                "CFLAGS_NODIST=-fno-semantic-interposition",
            ],
            cwd=out,
            env=env,
        )
        made = 0

        def count(line: str) -> None:
            nonlocal made
            if " -c " in line:
                made += 1
                progress.phase(f"make: {made} objects")

        progress.phase("make: 0 objects")
        log.run(["make", f"-j{jobs}"], cwd=out, env=env, each_line=count)
        progress.phase("make install")
        stage = folder / "stage"
        install = ["make", "install", f"DESTDIR={stage}"]
        if spec.tsan or spec.debug:
            install.append("PYTHON_FOR_BUILD=:")  # byte-compiling is slow there
        log.run(install, cwd=out, env=env)
        prefix = stage / entry.relative_to("/")
        _finish(spec, prefix, tree)
        progress.phase("check")
        publish(prefix, entry)
    executable = entry / "bin" / f"python{spec.minor}"
    modules = ", ".join(NEEDED_MODULES)
    try:
        log.run([executable, "-I", "-c", f"import {modules}"], env=env)
        result = checked(spec, executable, "built from source")
    except Unavailable as error:
        shutil.rmtree(entry)
        raise Unavailable(f"{error} (log: {log.path})") from None
    suppressions = entry / "share" / "tsan" / "suppressions_free_threading.txt"
    if spec.tsan and suppressions.is_file():
        result.tsan_suppressions = str(suppressions)
    return result, entry


def _finish(spec: Spec, prefix: Path, tree: Path) -> None:
    """Give every build the same names and keep what ThreadSanitizer's users need."""
    for name in (f"python{spec.minor}", "python3", "python"):
        path = prefix / "bin" / name
        if not path.exists():
            real = next(
                found
                for found in sorted((prefix / "bin").glob(f"python{spec.minor}*"))
                if re.fullmatch(rf"python{re.escape(spec.minor)}[td]*", found.name)
            )
            path.symlink_to(real.name)
    if spec.tsan:
        for found in (tree / "Tools" / "tsan").glob("*.txt"):
            target = prefix / "share" / "tsan" / found.name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(found, target)
