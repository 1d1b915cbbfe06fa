"""Modules whose bodies say nothing: they bring no more with them than they use."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest

# How many extensions of interlock have hung their gate into the interpreter.
GATES = """
import ctypes, sys, threading
api = ctypes.pythonapi
api.PyInterpreterState_Get.restype = ctypes.c_void_p
api.PyInterpreterState_GetDict.restype = ctypes.c_void_p  # borrowed
api.PyInterpreterState_GetDict.argtypes = [ctypes.c_void_p]

def gates():
    found = ctypes.c_void_p(api.PyInterpreterState_GetDict(api.PyInterpreterState_Get()))
    names = ctypes.cast(found, ctypes.py_object).value
    return sum(str(name).startswith("interlock.gate_") for name in names)
"""


def run(code: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", GATES + code], capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    return done.stdout.strip()


def test_an_empty_module_is_a_module() -> None:
    assert (
        run(
            """
import bind_empty as m
assert type(m) is type(sys) and m.__all__ == [] and m.__doc__ is None, vars(m)
assert m.__spec__.name == m.__name__ == "bind_empty"
import importlib, gc, weakref
assert importlib.reload(m) is m and m.__all__ == []
gone = weakref.ref(m)
del sys.modules["bind_empty"], m
gc.collect()
assert gone() is None
import bind_empty
print(bind_empty.__name__)
"""
        )
        == "bind_empty"
    )


@pytest.mark.skipif(
    sys.version_info < (3, 12),
    reason="before 3.12 it cannot be seen which interpreter a thread is in",
)
def test_an_empty_module_in_each_interpreter() -> None:
    assert (
        run(
            """
try:
    import _interpreters
except ImportError:
    import _xxsubinterpreters as _interpreters
import bind_empty
one = _interpreters.create()
failed = _interpreters.run_string(one, "import bind_empty; assert bind_empty.__all__ == []")
_interpreters.destroy(one)
print(failed)
"""
        )
        == "None"
    )


def test_a_gate_is_hung_in_by_who_has_doors_alone() -> None:
    # Unoptimized, an empty body refers to the core, and all of it is there; see bind_empty_names.
    found = importlib.util.find_spec("bind_empty")
    assert found is not None
    assert found.origin is not None
    has_core = b"interlock.gate_" in Path(found.origin).read_bytes()
    assert (
        run(
            """
before = gates()
import bind_empty
without = gates() - before
import bind_doors_alone
print(without, gates() - before - without)
"""
        )
        == f"{int(has_core)} 1"
    )


def test_doors_of_a_module_with_an_empty_body() -> None:
    assert (
        run(
            """
import bind_doors_alone
enter = ctypes.CDLL(bind_doors_alone.__file__).interlock_test_enter
found = []
thread = threading.Thread(target=lambda: found.append(enter()))
thread.start()
thread.join()
print(found, enter())
"""
        )
        == "[1] 1"
    )
