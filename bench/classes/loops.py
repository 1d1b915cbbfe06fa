"""The loops of the theme "classes": Python code that makes and uses instances of a module's classes."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from types import ModuleType

from calls.loops import Case, loops_of

# c and d are two counters, of which d stays 2; i is an item, s is a series, e is a color.
CASES = {
    "empty_python": Case("pass"),
    "construct": Case("m_Counter(1)", lambda made: made.value == 1),
    "method_none": Case("c.get()", 0),
    "method_one": Case("c.add(1)", None),
    "attribute_read": Case("d.value", 2),
    "attribute_write": Case("\n            c.value = 1"),
    "takes_instance": Case("m_read(d)", 2),
    "return_value": Case("m_make()", lambda made: made.value == 7),
    "shared_in": Case("m_read_shared(i)", 5),
    "shared_out": Case("m_shared_item()", lambda made: made.value == 7),
    "equal": Case("c == d", lambda same: same is False or same is True),
    "add": Case("d + d", lambda made: made.value == 4),
    "enum_in": Case("m_number_of(e)", 1),
    "enum_out": Case("m_turned(4)", lambda e: e.name == "green" if hasattr(e, "name") else True),
    "pickle": Case("loads(dumps(d))", lambda copy: copy.value == 2),
    "iterate": Case("\n            for _ in s: pass"),
}


def table(module: ModuleType) -> dict[str, tuple[Callable[[int], object], int, int]]:
    values = {
        "c": module.Counter(0),
        "d": module.Counter(2),
        "i": module.Item(5),
        "s": module.Series(),
        "e": module.Color.green,
        "dumps": pickle.dumps,
        "loads": pickle.loads,
    }
    assert [*values["s"]] == [*range(1000)]
    assert module.turned(4) == module.Color.green != module.turned(2)
    assert module.Counter(2) == values["d"] != module.Counter(3)
    cases = {
        name: Case(case.statement, case.result, {} if case.statement == "pass" else values)
        for name, case in CASES.items()
    }
    return loops_of(module, cases, {})
