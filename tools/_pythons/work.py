"""The cache, locks, progress lines and logged commands."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from types import FrameType
from typing import TextIO

NOTE_SECONDS = 30.0  # how often progress is repeated where the output is no terminal
_URL_HOST = re.compile(r"(?<=://)[^/\s:]+")


class Unavailable(Exception):
    """An interpreter cannot be had; the text says why."""


def cache_dir() -> Path:
    """The folder that holds the interpreters, outside the work tree."""
    own = os.environ.get("INTERLOCK_CACHE")
    if own:
        base = Path(own)
    else:
        xdg = os.environ.get("XDG_CACHE_HOME")
        base = (Path(xdg) if xdg else Path.home() / ".cache") / "interlock"
    return base.expanduser().absolute() / "pythons"


def digest_of(*parts: str) -> str:
    """A short name for a set of options."""
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:10]


def file_sha256(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def clean_environment() -> dict[str, str]:
    """The environment without what would change how a Python is built or runs."""
    dropped = re.compile(
        r"(PYTHON|TSAN_|ASAN_|UBSAN_|LSAN_).*|LD_PRELOAD|LD_LIBRARY_PATH|MAKEFLAGS|MFLAGS|"
        r"(CFLAGS|CXXFLAGS|CPPFLAGS|LDFLAGS)(_NODIST)?|OPT|VIRTUAL_ENV|DESTDIR|__PYVENV_LAUNCHER__"
    )
    kept = {key: value for key, value in os.environ.items() if not dropped.fullmatch(key)}
    return kept | {"LC_ALL": "C.UTF-8"}


class Progress:
    """One line per interpreter: rewritten in place on a terminal, repeated at times elsewhere."""

    def __init__(self, name: str, stream: TextIO = sys.stderr) -> None:
        self._name = name
        self._stream = stream
        self._live = stream.isatty()
        self._start = time.monotonic()
        self._noted = 0.0
        self._phase = ""
        self._guard = threading.Lock()
        self._stop = threading.Event()
        self._ticker = threading.Thread(target=self._tick, daemon=True)
        self._ticker.start()

    @property
    def seconds(self) -> float:
        return time.monotonic() - self._start

    def phase(self, text: str) -> None:
        """Say what is being done now."""
        with self._guard:
            new = text.partition(":")[0] != self._phase.partition(":")[0]
            self._phase = text
            if new:
                self._write()

    def close(self, text: str) -> None:
        """Replace the line by its last wording."""
        self._stop.set()
        self._ticker.join()
        with self._guard:
            if self._live:
                self._stream.write("\r\x1b[K")
            self._stream.write(f"{self._name:<10}  {text}\n")
            self._stream.flush()

    def _tick(self) -> None:
        while not self._stop.wait(0.5):
            with self._guard:
                if self._phase and (self._live or self.seconds - self._noted >= NOTE_SECONDS):
                    self._write()

    def _write(self) -> None:
        self._noted = self.seconds
        line = f"{self._name:<10}  {self._phase}  [{self.seconds:.0f} s]"
        if self._live:
            width = shutil.get_terminal_size().columns - 1
            self._stream.write(f"\r\x1b[K{line[:width]}")
        else:
            self._stream.write(line + "\n")
        self._stream.flush()


class Log:
    """The log file of one interpreter's making; host names stay out of it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        path.parent.mkdir(parents=True, exist_ok=True)
        self._stream = path.open("w", encoding="utf-8", errors="replace")
        self.last = ""

    def write(self, text: str) -> None:
        clean = _URL_HOST.sub("HOST", text)
        if clean.strip():
            self.last = clean.strip()
        self._stream.write(clean)
        self._stream.flush()

    def close(self) -> None:
        self._stream.close()

    def run(
        self,
        command: Sequence[str | Path],
        *,
        cwd: Path | None = None,
        env: Mapping[str, str] | None = None,
        each_line: Callable[[str], None] | None = None,
    ) -> str:
        """Run a command, its output in the log; its output is returned, failure is Unavailable."""
        words = [str(word) for word in command]
        self.write(f"$ {' '.join(words)}\n")
        process = subprocess.Popen(
            words,
            cwd=cwd,
            env=dict(env) if env is not None else clean_environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
        )
        lines: list[str] = []
        try:
            assert process.stdout is not None
            for line in process.stdout:
                lines.append(line)
                self.write(line)
                if each_line is not None:
                    each_line(line)
            status = process.wait()
        except BaseException:
            process.terminate()
            process.wait()
            raise
        if status != 0:
            last = next((line.strip() for line in reversed(lines) if line.strip()), "no output")
            raise Unavailable(
                f"'{Path(words[0]).name}' ended with status {status}: "
                f"{_URL_HOST.sub('HOST', last)[:200]} (log: {self.path})"
            )
        return "".join(lines)


@contextlib.contextmanager
def locked(key: str, waiting: Callable[[], None]) -> Iterator[None]:
    """Hold the lock of one cache entry; the system frees it if the process dies."""
    folder = cache_dir() / ".locks"
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / f"{key}.lock").open("w") as stream:
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            waiting()
            fcntl.flock(stream, fcntl.LOCK_EX)
        yield


@contextlib.contextmanager
def scratch(key: str) -> Iterator[Path]:
    """A folder beside the entries for half-done work; call it with the entry's lock held."""
    parent = cache_dir() / ".build"
    parent.mkdir(parents=True, exist_ok=True)
    for stale in parent.glob(f"{key}.*"):
        shutil.rmtree(stale, ignore_errors=True)
    folder = Path(tempfile.mkdtemp(prefix=f"{key}.", dir=parent))
    folder.chmod(0o755)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def publish(made: Path, entry: Path) -> None:
    """Move a finished tree to its place in the cache."""
    if entry.exists():  # a broken entry of an earlier run
        shutil.rmtree(entry)
    made.rename(entry)


def end_on_sigterm() -> None:
    """Let SIGTERM clean up like an interrupt from the keyboard."""

    def stop(number: int, frame: FrameType | None) -> None:
        raise SystemExit(128 + number)

    signal.signal(signal.SIGTERM, stop)
