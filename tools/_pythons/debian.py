"""Debian: this machine's packages, and interpreters of newer suites in roots of their own.

A newer suite's interpreter needs that suite's C library.  Its packages are unpacked, without being
installed, into a folder of the cache; a small program linked there with the suite's own libpython,
loader and library path is the interpreter's executable.  It runs beside the system's own programs,
needs no chroot, and sees itself at its true place.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

from .probe import Interpreter, Spec, checked
from .work import (
    Log,
    Progress,
    Unavailable,
    cache_dir,
    clean_environment,
    digest_of,
    publish,
    scratch,
)

RECIPE = "2"  # raise it when the steps below change what they make
SUITES = ("sid", "forky")
APT_HELPER = "/usr/lib/apt/apt-helper"
UNSANDBOXED = ("-o", "APT::Sandbox::User=root")
KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")

LAUNCHER = """\
int Py_BytesMain(int argc, char **argv);
int main(int argc, char **argv) { return Py_BytesMain(argc, argv); }
"""

# the variables of sysconfig whose paths name the place of installation
_PLACES = (
    "BINDIR",
    "BINLIBDEST",
    "CONFINCLUDEDIR",
    "CONFINCLUDEPY",
    "DESTDIRS",
    "DESTLIB",
    "DESTSHARED",
    "EXENAME",
    "INCLDIRSTOMAKE",
    "INCLUDEDIR",
    "INCLUDEPY",
    "LIBDEST",
    "LIBDIR",
    "LIBPC",
    "LIBPL",
    "MACHDESTLIB",
    "MANDIR",
    "SCRIPTDIR",
    "WHEEL_PKG_DIR",
    "datarootdir",
    "exec_prefix",
    "host_exec_prefix",
    "host_prefix",
    "prefix",
)


def _index_targets(option: str) -> str:
    done = subprocess.run(
        ["apt-get", "indextargets", option, "--format", "$(CREATED_BY)|$(LABEL)|$(SITE)"],
        env=clean_environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout


def site() -> str:
    """The mirror that this machine's apt is set up for."""
    if not shutil.which("apt-get") or not Path(APT_HELPER).exists():
        raise Unavailable("this machine has no apt")
    # before the first 'apt-get update' no label is known
    for option, wanted in (
        ("--release-info", r"Packages\|Debian\|(.*)"),
        ("--no-release-info", r"Packages\|.*\|(.*/debian/?)"),
    ):
        for line in _index_targets(option).splitlines():
            row = re.fullmatch(wanted, line)
            if row:
                return row[1].rstrip("/")
    raise Unavailable("apt names no Debian mirror")


def _is_installed(package: str) -> bool:
    done = subprocess.run(
        ["dpkg-query", "-W", "-f", "${Status}", package],
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout.endswith(" installed")


def require(packages: Sequence[str], log: Log, progress: Progress) -> None:
    """Install what is missing of the system's packages, where that can be done."""
    if not shutil.which("dpkg-query"):
        return  # another system: what is missing shows when it is needed
    missing = [package for package in packages if not _is_installed(package)]
    if not missing:
        return
    if os.geteuid() != 0:
        raise Unavailable(f"missing packages: as root, apt-get install {' '.join(missing)}")
    progress.phase(f"installing {' '.join(missing)}")
    env = clean_environment() | {"DEBIAN_FRONTEND": "noninteractive"}
    apt = ["apt-get", "-o", "DPkg::Lock::Timeout=600", "-q", "-y"]
    install = [*apt, "install", "--no-install-recommends", *missing]
    try:
        log.run(install, env=env)
    except Unavailable:  # the package lists may be old
        log.run([*apt, "update"], env=env)
        log.run(install, env=env)


def refresh(log: Log, progress: Progress) -> None:
    """Read the package lists on a machine that has none yet."""
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        return
    if not _index_targets("--release-info").strip():
        progress.phase("apt-get update")
        with contextlib.suppress(Unavailable):
            log.run(["apt-get", "-q", "update"])


def has_package(package: str) -> bool:
    """Whether a suite that this machine is set up for has the package."""
    if not shutil.which("apt-cache"):
        return False
    done = subprocess.run(
        ["apt-cache", "show", "--no-all-versions", package],
        env=clean_environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode == 0 and bool(done.stdout.strip())


def root_key(spec: Spec) -> str:
    """The options' hash, which with the version names the entry of the cache."""
    return digest_of("suite", RECIPE, spec.name)


def _apt_options(state: Path, suite: str) -> list[str]:
    """Options that keep apt in a state folder of its own, with the one suite."""
    for folder in ("lists/partial", "archives/partial"):
        (state / folder).mkdir(parents=True)
    (state / "status").touch()
    signed = f"[signed-by={KEYRING}] " if KEYRING.exists() else ""
    (state / "sources.list").write_text(f"deb {signed}{site()} {suite} main\n", encoding="utf-8")
    settings = {
        "Dir::Etc::sourcelist": str(state / "sources.list"),
        "Dir::Etc::sourceparts": "/dev/null",
        "Dir::Etc::preferences": "/dev/null",
        "Dir::Etc::preferencesparts": "/dev/null",
        "Dir::State": str(state),
        "Dir::State::lists": str(state / "lists"),
        "Dir::State::status": str(state / "status"),
        "Dir::Cache": str(state),
        "Dir::Cache::archives": str(state / "archives"),
        "APT::Sandbox::User": "root",
        "APT::Install-Recommends": "false",
        "Acquire::Languages": "none",
        "Acquire::Check-Valid-Until": "false",
        "Acquire::IndexTargets::deb::DEP-11::DefaultEnabled": "false",
    }
    return [word for name, value in settings.items() for word in ("-o", f"{name}={value}")]


def make_root(spec: Spec, log: Log, progress: Progress) -> tuple[Interpreter, Path]:
    """Unpack a newer suite's interpreter into the cache."""
    for tool in ("apt-get", "dpkg-deb", "gcc"):
        if not shutil.which(tool):
            raise Unavailable(f"a newer Debian suite needs {tool}, which is missing")
    refused: list[str] = []
    key = root_key(spec)
    python = f"python{spec.minor}"
    for suite in SUITES:
        with scratch(key) as folder:
            state = folder / "apt"
            options = _apt_options(state, suite)
            progress.phase(f"reading the package list of Debian {suite}")
            try:
                log.run(["apt-get", *options, "update"])
                shown = log.run(["apt-cache", *options, "policy", f"{python}-dev"])
                match = re.search(r"Candidate: (?:\d+:)?([0-9][0-9a-z.]*)", shown)
                if match is None:
                    refused.append(f"Debian {suite} has no {python}")
                    continue
                progress.phase(f"downloading {python} {match[1]} of Debian {suite}")
                log.run(["apt-get", *options, "install", "-q", "-y", "--download-only",
                         f"{python}-dev", f"{python}-venv", "libstdc++6"])  # fmt: skip
            except Unavailable as error:
                refused.append(f"Debian {suite}: {error}")
                continue
            entry = cache_dir() / f"{match[1]}-{key}"
            root = folder / "root"
            root.mkdir()
            progress.phase("unpacking")
            for package in sorted((state / "archives").glob("*.deb")):
                log.run(["dpkg-deb", "-x", package, root])
            link_options = _settle(root, entry, python, folder, log)
            progress.phase("check")
            publish(root, entry)
        try:
            how = f"unpacked from Debian {suite}"
            result = checked(spec, entry / "usr" / "bin" / python, how)
        except Unavailable as error:
            shutil.rmtree(entry)
            raise Unavailable(f"{error} (log: {log.path})") from None
        result.link_options = link_options
        # its libpython believes to be in /usr, which only the executable's own place corrects
        result.environment = {"PYTHONHOME": str(entry / "usr")}
        return result, entry
    raise Unavailable("; ".join(refused))


def _settle(root: Path, entry: Path, python: str, folder: Path, log: Log) -> list[str]:
    """Make an unpacked root usable in place; the options of a program that embeds it."""
    usr = root / "usr"
    library = next(usr.glob(f"lib/*/lib{python}.so"))
    libraries = library.parent
    triple = libraries.name
    loader = next(
        path for pattern in ("ld-linux*.so.*", "ld64.so.*") for path in libraries.glob(pattern)
    )
    # headers: Python's alone, none of the newer C library's beside them
    headers = usr / "include" / python
    own = usr / "include" / triple / python / "pyconfig.h"
    if own.is_file():
        shutil.copyfile(own, headers / "pyconfig.h")
    for path in (usr / "include").iterdir():
        if path != headers:
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    for name in ("share/doc", "share/man", "sbin"):
        shutil.rmtree(usr / name, ignore_errors=True)
    for archive in usr.glob(f"lib/**/lib{python}*.a"):
        archive.unlink()
    _relink(root)
    _rename_places(usr, entry / "usr", python)
    target = entry / libraries.relative_to(root)
    place = [
        f"-Wl,--dynamic-linker,{target / loader.name}",
        f"-Wl,--disable-new-dtags,-rpath,{target}",
        "-Wl,--allow-shlib-undefined",
    ]
    source = folder / "launcher.c"
    source.write_text(LAUNCHER, encoding="utf-8")
    executable = usr / "bin" / python
    executable.unlink()
    log.run(["gcc", "-O2", source, "-o", executable, library, *place])
    for name in ("python3", "python"):
        link = usr / "bin" / name
        link.unlink(missing_ok=True)
        link.symlink_to(python)
    return place


def _relink(root: Path) -> None:
    """Turn absolute symbolic links to files of the root into relative ones."""
    for folder, folders, files in os.walk(root):
        for path in (Path(folder, name) for name in folders + files):
            if path.is_symlink() and path.readlink().is_absolute():
                inside = root / path.readlink().relative_to("/")
                if inside.exists():
                    path.unlink()
                    path.symlink_to(os.path.relpath(inside, folder))


def _rename_places(usr: Path, place: Path, python: str) -> None:
    """Write the true place into sysconfig's variables and what else tells of it."""
    assignment = re.compile(rf"""^\s*['"](?:{"|".join(_PLACES)})['"]:.*$""", re.MULTILINE)
    word = re.compile(r"""(?<![^'"\s=])/usr(?=[/'"\s]|$)""", re.MULTILINE)

    def moved(text: str) -> str:
        return word.sub(lambda _: str(place), text)

    library = usr / "lib" / python
    files = [*library.glob("_sysconfigdata_*.py"), *library.glob("_sysconfig_vars_*.json")]
    for path in files:
        if not path.is_symlink():
            text = path.read_text(encoding="utf-8")
            path.write_text(assignment.sub(lambda m: moved(m[0]), text), encoding="utf-8")
    whole = [*library.glob("build-details*.json"), *usr.glob("lib/*/pkgconfig/python*.pc")]
    for path in whole:
        if not path.is_symlink():
            path.write_text(moved(path.read_text(encoding="utf-8")), encoding="utf-8")
