"""Finds system calls and locked instructions in the code that a loop ran.

Callgrind says which instructions ran; objdump says what they are.
"""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

# A register exchanged with another one, or with itself, is not locked.
HEAVY = re.compile(r"\block\b|\bxchg\b[^#\n]*\(|\bsyscall\b|\bsysenter\b|\bint +\$0x80|\bmfence\b")
NEAR = 256


def executed(dump: Path) -> dict[str, set[int]]:
    """The addresses of the instructions that ran, by the file that they are in."""
    objects: dict[str, str] = {}
    found: dict[str, set[int]] = {}
    current = ""
    address = 0
    called = False
    for line in dump.read_text(errors="replace").splitlines():
        if match := re.match(r"ob=\((\d+)\)(?: (.*))?$", line):
            current = objects.setdefault(match[1], match[2] or "")
        elif match := re.match(r"cob=\((\d+)\) (.*)$", line):
            objects.setdefault(match[1], match[2])
        elif line.startswith("calls="):
            called = True
        elif match := re.match(r"(0x[0-9a-f]+|\+\d+|-\d+|\*) \S+ \d+$", line):
            place = match[1]
            if place.startswith("0x"):
                address = int(place, 16)
            elif place != "*":
                address += int(place)
            # The line after a call carries its cost; the call itself has a line besides.
            if not called:
                found.setdefault(current, set()).add(address)
            called = False
    return found


def heavy_instructions(dump: Path) -> list[str] | None:
    """The instructions of that kind that ran, or None where there is no objdump to tell."""
    objdump = shutil.which("objdump")
    if objdump is None:
        return None
    heavy = []
    for name, addresses in executed(dump).items():
        if not Path(name).is_file():
            continue
        todo = sorted(addresses)
        while todo:
            last = todo[0]
            for each in todo:
                if each - last > NEAR:
                    break
                last = each
            said = subprocess.run(
                [
                    objdump,
                    "-d",
                    "--no-show-raw-insn",
                    f"--start-address={todo[0]:#x}",
                    f"--stop-address={last + 16:#x}",
                    name,
                ],
                capture_output=True,
                text=True,
                check=True,
            ).stdout
            for at, text in re.findall(r"^ *([0-9a-f]+):\t(.*)$", said, re.MULTILINE):
                if int(at, 16) in addresses and HEAVY.search(text):
                    heavy.append(f"{Path(name).name} {at}: {text.strip()}")
            todo = [each for each in todo if each > last]
    return heavy
