"""The loops of the theme "calls": Python code that calls a module's functions, as the interpreter specializes it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import repeat
from types import ModuleType


@dataclass(frozen=True)
class Case:
    """What a row does: a statement over a module's functions (m_NAME) and values of its own. Where
    it is an expression, every library's must give `result`; a callable is asked whether it is right."""

    statement: str
    result: object = None
    values: dict[str, object] = field(default_factory=dict)


ALPHABET = "abcdefghijklmnopqrstuvwxyz"
THREE = (1, 2, 3)
CASES = {
    "empty_python": Case("pass"),
    "noop": Case("m_noop()"),
    "one_int": Case("m_one_int(1)", 2),
    "two_ints": Case("m_two_ints(1, 2)", 3),
    "large_ints": Case("m_two_ints(100000, 200000)", 300000),
    "one_float": Case("m_one_float(1.5)", 3.0),
    "six": Case("m_six(1, 2, 3, 4, 5, 6.0)", 21.0),
    "positional": Case("m_named(1, 2)", 3),
    "keyword": Case("m_named(1, b=2)", 3),
    "keywords": Case("m_named(a=1, b=2)", 3),
    "keywords_turned": Case("m_named(b=2, a=1)", 3),
    "defaulted": Case("m_defaulted(1)", 11),
    "arguments": Case("m_arguments(1, 2, 3)", THREE),
    "sum_arguments": Case("m_sum_arguments(1, 2, 3)", 6),
    "length_view": Case(f"m_length_view('{ALPHABET}')", 26),
    "length_string": Case(f"m_length_string('{ALPHABET}')", 26),
    "takes": Case("m_takes(value)", True, {"value": object()}),
    "overload_first": Case("m_overloaded(1)", 1),
    "overload_second": Case("m_overloaded('abc')", 2),
    "fail": Case("\n            try: m_fail()\n            except RuntimeError: pass"),
    "refuse": Case("\n            try: m_refuse()\n            except RuntimeError: pass"),
    "function_in": Case("m_apply(value, 1)", 3, {"value": lambda x: x + 2}),
    "function_out": Case("m_adder(2)(1)", 3),
    "function_round": Case("m_apply(m_adder(2), 1)", 3),
}
CALLBACK = "callback"  # loops in C++
# What a library has no conversion of; see its source.
ABSENT = {
    "plain_c": {"function_in", "function_out", "function_round"},
    "pyo3": {"fail"},
    "pyo3_no_pool": {"fail"},
    "cython": {"function_in", "function_out", "function_round"},
    "boost_python": {"length_view", "function_in", "function_out", "function_round"},
}


def used_in(module: ModuleType, statement: str) -> list[str]:
    return [name for name in vars(module) if f"m_{name}(" in statement]


def make_loop(
    module: ModuleType, values: dict[str, object], statement: str
) -> Callable[[int], None]:
    """The functions and values are locals, so that nothing is counted but the call."""
    used = used_in(module, statement)
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


def check(module: ModuleType, name: str, case: Case) -> None:
    """That the module does the row's work; so no library is measured doing less than another."""
    if case.statement.startswith("\n") or case.statement == "pass" or "m_noop" in case.statement:
        return
    scope = {f"m_{used}": getattr(module, used) for used in used_in(module, case.statement)}
    got = eval(case.statement, scope | case.values)
    right = case.result(got) if callable(case.result) else got == case.result
    if not right or (not callable(case.result) and type(got) is not type(case.result)):
        raise SystemExit(f"bench: {module.__name__}: {name} gives {got!r}, not {case.result!r}")


def check_raised(module: ModuleType, name: str) -> None:
    try:
        getattr(module, name)()
    except RuntimeError as error:
        if str(error) == "boom":
            return
    raise SystemExit(f"bench: {module.__name__}: {name} does not raise RuntimeError('boom')")


def loops_of(
    module: ModuleType, cases: dict[str, Case], absent: dict[str, set[str]]
) -> dict[str, tuple[Callable[[int], object], int, int]]:
    library = module.__name__.split("_", 2)[2]
    loops = {}
    for name, case in cases.items():
        if name not in absent.get(library, set()):
            check(module, name, case)
            loops[name] = (make_loop(module, case.values, case.statement), 0, 0)
    return loops


def table(module: ModuleType) -> dict[str, tuple[Callable[[int], object], int, int]]:
    loops = loops_of(module, CASES, ABSENT)
    for name in {"fail", "refuse"} & loops.keys():
        check_raised(module, name)
    callback = module.callback
    assert callback(lambda x: x, 10) == sum(range(10))
    loops[CALLBACK] = (lambda n: callback(lambda x: x, n), 0, 0)
    return loops
