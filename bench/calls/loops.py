"""The loops of the theme "calls": Python code that calls a module's functions, as the interpreter specializes it."""

from __future__ import annotations

from collections.abc import Callable
from itertools import repeat
from types import ModuleType

# Row: the values that its statement uses, then the statement.
STATEMENTS: dict[str, tuple[dict[str, object], str]] = {
    "empty_python": ({}, "pass"),
    "noop": ({}, "m_noop()"),
    "one_int": ({}, "m_one_int(1)"),
    "two_ints": ({}, "m_two_ints(1, 2)"),
    "large_ints": ({}, "m_two_ints(100000, 200000)"),
    "one_float": ({}, "m_one_float(1.5)"),
    "six": ({}, "m_six(1, 2, 3, 4, 5, 6.0)"),
    "positional": ({}, "m_named(1, 2)"),
    "keyword": ({}, "m_named(1, b=2)"),
    "keywords": ({}, "m_named(a=1, b=2)"),
    "keywords_turned": ({}, "m_named(b=2, a=1)"),
    "defaulted": ({}, "m_defaulted(1)"),
    "length_view": ({}, "m_length_view('abcdefghijklmnopqrstuvwxyz')"),
    "length_string": ({}, "m_length_string('abcdefghijklmnopqrstuvwxyz')"),
    "takes": ({"value": object()}, "m_takes(value)"),
    "list_in": ({"value": list(range(1000))}, "m_sum(value)"),
    "list_out": ({}, "m_make_list()"),
    "dict_in": ({"value": {f"key{i}": i for i in range(100)}}, "m_dict_size(value)"),
    "dict_out": ({}, "m_make_dict()"),
    "overload_first": ({}, "m_overloaded(1)"),
    "overload_second": ({}, "m_overloaded('abc')"),
    "fail": ({}, "\n            try: m_fail()\n            except RuntimeError: pass"),
}


def make_loop(
    module: ModuleType, values: dict[str, object], statement: str
) -> Callable[[int], None]:
    """The functions and values are locals, so that nothing is counted but the call."""
    used = [name for name in vars(module) if f"m_{name}(" in statement]
    scope: dict[str, object] = {f"given_{name}": getattr(module, name) for name in used}
    scope |= {f"value_{name}": value for name, value in values.items()}
    scope["repeat"] = repeat
    parameters = "".join(f", m_{name}=given_{name}" for name in used)
    parameters += "".join(f", {name}=value_{name}" for name in values)
    code = f"def loop(n{parameters}):\n    for _ in repeat(None, n):\n        {statement.strip()}\n"
    if statement.startswith("\n"):
        code = f"def loop(n{parameters}):\n        for _ in repeat(None, n):{statement}\n"
    exec(code, scope)
    return scope["loop"]  # type: ignore[return-value]


def table(module: ModuleType) -> dict[str, tuple[Callable[[int], object], int, int]]:
    loops = {
        name: (make_loop(module, values, statement), 0, 0)
        for name, (values, statement) in STATEMENTS.items()
    }
    callback = module.callback
    # These two loop in C++.
    loops["callback"] = (lambda n: callback(lambda x: x, n), 0, 0)
    return loops
