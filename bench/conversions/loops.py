"""The loops of the theme "conversions": Python code that gives a module's functions values, and takes some."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType

from calls.loops import Case, loops_of

INTS = list(range(1000))
COUNTS = {f"key{i}": i for i in range(100)}
NUMBERS = set(INTS)
TABLE = {f"key{i}": [i + 0.5] * 100 for i in range(10)}
SHORT = "x" * 10
LONG = "x" * 10_000
RECORD = (2, 1.5, "abc")

CASES = {
    "empty_python": Case("pass"),
    "list_in": Case("m_list_in(value)", sum(INTS), {"value": INTS}),
    "list_out": Case("m_list_out()", INTS),
    "dict_in": Case("m_dict_in(value)", sum(COUNTS.values()), {"value": COUNTS}),
    "dict_out": Case("m_dict_out()", COUNTS),
    "set_in": Case("m_set_in(value)", sum(NUMBERS), {"value": NUMBERS}),
    "set_out": Case("m_set_out()", NUMBERS),
    "nested_in": Case(
        "m_nested_in(value)", sum(sum(row) for row in TABLE.values()), {"value": TABLE}
    ),
    "nested_out": Case("m_nested_out()", TABLE),
    "short_in": Case("m_text_in(value)", 10, {"value": SHORT}),
    "short_out": Case("m_short_out()", SHORT),
    "long_in": Case("m_text_in(value)", 10_000, {"value": LONG}),
    "long_out": Case("m_long_out()", LONG),
    "tuple_in": Case("m_tuple_in(value)", 6.0, {"value": RECORD}),
    "tuple_out": Case("m_tuple_out()", RECORD),
    "optional_in": Case("m_optional_in(value)", 1.5, {"value": 1.5}),
    "optional_out": Case("m_optional_out()", 1.5),
    "variant_in": Case("m_variant_in(value)", 5, {"value": "abc"}),
    "variant_out": Case("m_variant_out()", "abc"),
}
# What a library has no conversion of; see its source.
ABSENT = {
    "cython": {"variant_in", "variant_out"},
    "boost_python": {"variant_in", "variant_out"},
}


def table(module: ModuleType) -> dict[str, tuple[Callable[[int], object], int, int]]:
    loops = loops_of(module, CASES, ABSENT)
    assert module.optional_in(None) == -1
    return loops
