"""Values of Python as values of C++, and the other way."""

from __future__ import annotations

from harness.model import Theme
from libraries import bars_of, competitors, rows_of

COMPETITORS = competitors(
    "conversions",
    (
        "interlock",
        "best_c",
        "plain_c",
        "nanobind",
        "pybind11",
        "pyo3",
        "pyo3_no_pool",
        "cython",
        "boost_python",
    ),
)

TITLES = {
    "list_in": "list of 1,000 ints to std::vector",
    "list_out": "std::vector of 1,000 ints to list",
    "dict_in": "dict of 100, str to int, to std::unordered_map",
    "dict_out": "std::unordered_map of 100 to dict",
    "set_in": "set of 1,000 ints to std::unordered_set",
    "set_out": "std::unordered_set of 1,000 ints to set",
    "nested_in": "dict of 10 lists of 100 floats to maps of vectors",
    "nested_out": "maps of vectors to dict of 10 lists of 100 floats",
    "short_in": "str of 10 to std::string",
    "short_out": "std::string of 10 to str",
    "long_in": "str of 10,000 to std::string",
    "long_out": "std::string of 10,000 to str",
    "tuple_in": "(int, float, str) to std::tuple",
    "tuple_out": "std::tuple to (int, float, str)",
    "optional_in": "float to std::optional",
    "optional_out": "std::optional to float",
    "variant_in": "str to std::variant<int, double, string>",
    "variant_out": "std::variant to str",
}
LONG = [
    f"{kind}_{way}" for kind in ("list", "dict", "set", "nested", "long") for way in ("in", "out")
]

THEME = Theme(
    "conversions",
    "Conversions",
    "best_c",
    COMPETITORS,
    rows_of(TITLES, COMPETITORS, long=LONG),
    bars_of(TITLES, COMPETITORS, 1.05),
)
