"""The tests that docs/elsewhere.md names are there, and none of its rows is without one."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "elsewhere.md"
REFERENCE = re.compile(r"`([\w/]+\.(?:cpp|py))(?:: ([\w.]+))?`")


def rows(text: str) -> list[list[str]]:
    """The cells of the tables' rows, without their heads."""
    found = []
    for line in text.splitlines():
        cells = [cell.strip() for cell in line.strip().strip("|").split(" | ")]
        if line.startswith("|") and cells[0] not in ("what is seen", "---"):
            found.append(cells)
    return found


def has(file: Path, name: str) -> bool:
    """Whether a test of that name is in the file."""
    text = file.read_text(encoding="utf-8")
    if file.suffix == ".py":
        return re.search(rf"^def {re.escape(name)}\(", text, re.MULTILINE) is not None
    if file.parent.name == "must_not_compile":
        return re.search(rf"^// case: {re.escape(name)}$", text, re.MULTILINE) is not None
    suite, _, test = name.partition(".")
    return re.search(rf"\bTEST(?:_F|_P)?\(\s*{suite},\s*{test}\)", text) is not None


def mistakes(text: str, root: Path) -> list[str]:
    found = []
    for cells in rows(text):
        if len(cells) != 4:
            found.append(f"{len(cells)} cells: {cells[0]}")
        elif not REFERENCE.search(cells[3]):
            found.append(f"no test: {cells[0]}")
    for path, name in REFERENCE.findall(text):
        file = root / "tests" / path
        if not file.is_file():
            found.append(f"no such file: tests/{path}")
        elif name and not has(file, name):
            found.append(f"no such test: tests/{path}: {name}")
    return found


def test_the_tests_that_the_page_names_are_there() -> None:
    text = PAGE.read_text(encoding="utf-8")
    assert len(rows(text)) > 50
    assert mistakes(text, ROOT) == []


@pytest.mark.parametrize(
    ("cell", "said"),
    [
        ("`attach/gone.cpp: Threads.NestToAnyDepth`", "no such file"),
        ("`attach/threads_test.cpp: Threads.Gone`", "no such test"),
        ("`attach/test_fork.py: test_gone`", "no such test"),
        ("`must_not_compile/handles.cpp: token`", "no such test"),
        ("by hand", "no test"),
        ("`attach/threads_test.cpp: Threads.NestToAnyDepth` | more", "5 cells"),
    ],
)
def test_what_is_wrong_with_a_row_is_seen(cell: str, said: str) -> None:
    assert [said in one for one in mistakes(f"| a | b | c | {cell} |", ROOT)] == [True]
