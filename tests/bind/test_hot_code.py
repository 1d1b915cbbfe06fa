"""The machine code of a call: no instruction that other threads' cores take part in, but on the object's own lock and the gate.

Read are the C function of the binding and all that it can call inside of its module, as far as the compiler does not call it cold
and it does not serve errors. CPython's own functions, among them the lock of the object in builds without a GIL, lie outside.
"""

from __future__ import annotations

import ctypes
import functools
import platform
import re
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass, field

import bind_hot as m
import pytest

OBJDUMP = shutil.which("objdump")
pytestmark = [
    pytest.mark.skipif(OBJDUMP is None, reason="objdump is not installed"),
    pytest.mark.skipif(platform.machine() not in ("x86_64", "AMD64"), reason="reads x86-64 alone"),
]

# A register exchanged with another one, or with itself, is not locked.
SHARED = re.compile(r"^lock\b|^xchg\b.*\(|^mfence\b")
JUMP = re.compile(r"^(?:call|j[a-z]+)\s+([0-9a-f]+) <")
# Where a call ends up that has failed, or that meets something for the first time: names are published once by whoever needs
# them first (arrange), as are interpreters and their tables.
NOT_HOT = re.compile(
    r"\.cold|@plt|translate|refuse|throw_|::throw|raise|set_error|park|slowly|first_contact|report_"
    r"|find_self|postponed|__clang_call_terminate|\barrange\(|meet_another_interpreter|store_of_classes"
)
# An object that does not lie inside of its Python object counts who works on it: its own count.
OWN = re.compile(r": lock (?:add|sub|inc|dec)l +(?:\$0x1,)?0x[0-9a-f]+\(%r(?!ip)\w+\)$")
# The gate: a word in the record of this thread, thus reached through a register; what all threads share has a fixed place.
# It is put down by an exchange, and raised by one bit.
GATE = re.compile(r": (?:xchg +%\w+|lock orl +\$0x2),(?:0x[0-9a-f]+)?\(%r(?!ip)\w+\)$")


@dataclass
class Function:
    name: str
    code: list[str] = field(default_factory=list)
    leads_to: set[int] = field(default_factory=set)


@functools.cache
def functions(path: str) -> dict[int, Function]:
    said = subprocess.run(
        [OBJDUMP or "objdump", "-d", "-C", "--no-show-raw-insn", path],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    found: dict[int, Function] = {}
    current = Function("")
    for line in said.splitlines():
        if head := re.match(r"^([0-9a-f]+) <(.*)>:$", line):
            current = found.setdefault(int(head[1], 16), Function(head[2]))
        elif (cells := line.split("\t")) and len(cells) > 1:
            text = cells[1].strip()
            current.code.append(text)
            if jump := JUMP.match(text):
                current.leads_to.add(int(jump[1], 16))
    return found


@functools.cache
def base_of(path: str) -> int:
    with open("/proc/self/maps", encoding="utf-8") as maps:
        return min(int(line.split("-")[0], 16) for line in maps if line.rstrip().endswith(path))


def address_of(function: Callable[..., object]) -> int:
    get = ctypes.pythonapi.PyCFunction_GetFunction
    get.restype = ctypes.c_void_p
    get.argtypes = [ctypes.py_object]
    return get(function) - base_of(m.__file__)


def reached(function: Callable[..., object]) -> list[Function]:
    """The function and what it calls while nothing goes wrong."""
    all_of_them = functions(m.__file__)
    todo = [address_of(function)]
    assert todo[0] in all_of_them, "the C function is not among the symbols of its module"
    seen: dict[int, Function] = {}
    while todo:
        at = todo.pop()
        one = all_of_them.get(at)
        # Jumps inside of a function lead to no symbol.
        if one is None or at in seen or NOT_HOT.search(one.name):
            continue
        seen[at] = one
        todo += one.leads_to
    return list(seen.values())


def shared_instructions(function: Callable[..., object]) -> list[str]:
    return [
        f"{one.name}: {text}"
        for one in reached(function)
        for text in one.code
        if SHARED.search(text)
    ]


counter = m.Counter(1)


@pytest.mark.parametrize(
    "call",
    [m.noop, m.same, m.sum, m.takes, m.enters, counter.add, counter.get, counter.add_named],
    ids=lambda call: call.__qualname__,
)
def test_a_call_has_no_instruction_that_all_cores_take_part_in(call) -> None:
    assert [one for one in shared_instructions(call) if not OWN.search(one)] == []


def test_leaving_and_coming_back_touch_the_gate_alone() -> None:
    found = shared_instructions(m.leaves)
    assert [one for one in found if not GATE.search(one)] == []
    assert 1 <= len(found) <= 2  # down and up


@pytest.mark.parametrize("call", [m.counts, m.exchanges], ids=lambda call: call.__qualname__)
def test_such_an_instruction_is_seen(call) -> None:
    found = shared_instructions(call)
    assert len(found) == 1
    assert not GATE.search(found[0])
    assert not OWN.search(found[0])
