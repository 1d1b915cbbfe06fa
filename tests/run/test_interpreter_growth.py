"""Interpreters that come and go with a module of ours leave no more behind than with one in plain C."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

ROUNDS = int(os.environ.get("INTERLOCK_INTERPRETER_ROUNDS", "40"))
# The core remembers of each interpreter that it was there: that a handle of it lets go.
KEPT_OF_EACH = 1024

SCRIPT = """
import ctypes, gc, os, sys, threading
from interpreters import Interpreter

class Statistics(ctypes.Structure):
    _fields_ = [(name, ctypes.c_size_t) for name in (
        "arena", "ordblks", "smblks", "hblks", "hblkhd", "usmblks", "fsmblks", "uordblks", "fordblks", "keepcost")]

mallinfo2 = ctypes.CDLL(None).mallinfo2
mallinfo2.restype = Statistics

def in_use():
    gc.collect()
    now = mallinfo2()
    return now.uordblks + now.hblkhd

def handles():
    with open("/proc/self/status") as status:
        threads = [line for line in status if line.startswith("Threads:")]
    return len(os.listdir("/proc/self/fd")), threads

def once():
    one = Interpreter()
    one.run(sys.argv[1])
    one.close()

for _ in range(5):
    once()
before, handles_before = in_use(), handles()
for _ in range(int(sys.argv[2])):
    once()
assert handles() == handles_before, (handles(), handles_before)
print((in_use() - before) // int(sys.argv[2]))
"""


def growth(code: str) -> int:
    """Bytes that a round leaves behind."""
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, code, str(ROUNDS)],
        # Python's own allocator keeps and gives back whole arenas: too coarse to count with.
        env=os.environ | {"PYTHONMALLOC": "malloc"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return int(done.stdout)


@pytest.mark.skipif(
    sys.version_info[:2] != (3, 12),
    reason="what CPython itself leaves behind is known of 3.12 alone",
)
@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="counts by glibc's mallinfo2")
@pytest.mark.skipif(
    not hasattr(os, "confstr") or "glibc" not in (os.confstr("CS_GNU_LIBC_VERSION") or ""),
    reason="counts by glibc's mallinfo2",
)
def test_interpreters_come_and_go_without_growth() -> None:
    # The modules of Python's that ours imports: their names are kept, too.
    plain = growth("import atexit, importlib.machinery, warnings, run_plain as m; m.kernel(3)")
    ours = growth("import run_interpreters as m; m.kernel(3); m.comes_back()")
    assert ours <= plain + KEPT_OF_EACH
