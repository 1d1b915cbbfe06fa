"""Classes of C++ used from Python."""

from __future__ import annotations

from harness.model import Theme
from libraries import bars_of, competitors, rows_of

COMPETITORS = competitors(
    "classes",
    (
        "interlock",
        "best_c",
        "plain_c",
        "nanobind",
        "nanobind_pooled",
        "pybind11",
        "pyo3",
        "pyo3_no_pool",
        "cython",
        "boost_python",
    ),
)

TITLES = {
    "construct": "Counter(1), made and destroyed",
    "method_none": "c.get()",
    "method_one": "c.add(int)",
    "attribute_read": "c.value",
    "attribute_write": "c.value = int",
    "takes_instance": "f(const Counter&)",
    "return_value": "a Counter returned by value, made and destroyed",
    "shared_in": "f(std::shared_ptr<Item>)",
    "shared_out": "a std::shared_ptr<Item> returned, its instance made and destroyed",
    "equal": "c == d",
    "add": "d + d, a Counter made and destroyed",
    "enum_in": "f(Color)",
    "enum_out": "a Color returned",
    "pickle": "an instance pickled and unpickled",
    "iterate": "for over an instance, 1,000 ints",
}

THEME = Theme(
    "classes",
    "Classes",
    "best_c",
    COMPETITORS,
    rows_of(TITLES, COMPETITORS, long=("pickle", "iterate")),
    bars_of(TITLES, COMPETITORS, 1.1),
)
