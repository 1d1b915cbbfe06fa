"""The loops of the theme "classes": Python code that makes and uses instances of a module's classes."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType

from calls.loops import make_loop

# Row: the statement; c and d are two counters, s is a series.
STATEMENTS = {
    "empty_python": "pass",
    "construct": "m_Counter(1)",
    "method_none": "c.get()",
    "method_one": "c.add(1)",
    "attribute_read": "c.value",
    "attribute_write": "c.value = 1",
    "takes_instance": "m_read(c)",
    "return_value": "m_make()",
    "equal": "c == d",
    "iterate": "\n            for _ in s: pass",
}


def table(module: ModuleType) -> dict[str, tuple[Callable[[int], object], int, int]]:
    values = {"c": module.Counter(0), "d": module.Counter(0), "s": module.Series()}
    assert [*values["s"]] == [*range(1000)]
    assert module.read(module.make()) == 7
    assert values["c"] == values["d"]
    return {name: (make_loop(module, values, text), 0, 0) for name, text in STATEMENTS.items()}
