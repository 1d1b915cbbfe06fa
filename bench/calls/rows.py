"""Calls of bound functions from Python, and some the other way."""

from __future__ import annotations

from harness.model import Theme
from libraries import bars_of, competitors, rows_of

COMPETITORS = competitors(
    "calls",
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
    "noop": "noop()",
    "one_int": "f(int)",
    "two_ints": "f(int, int)",
    "large_ints": "f(int, int), results that are made",
    "one_float": "f(float)",
    "six": "f(five ints, one float)",
    "positional": "f(a, b), called by position",
    "keyword": "f(a, b), called as f(1, b=2)",
    "keywords": "f(a, b), called as f(a=1, b=2)",
    "keywords_turned": "f(a, b), called as f(b=2, a=1)",
    "defaulted": "f(a, b=10), called as f(1)",
    "arguments": "f(*args), three of them, given back as a tuple",
    "sum_arguments": "f(*args), three ints that are added",
    "length_view": "f(str) as string_view",
    "length_string": "f(str) as std::string",
    "takes": "f(object)",
    "overload_first": "an overloaded function, the first fits",
    "overload_second": "an overloaded function, the second fits",
    "fail": "a C++ exception, thrown and caught in Python",
    "refuse": "an error that is a value in C++, caught in Python",
    "callback": "a Python function called from C++, int to int",
    "function_in": "a Python function as std::function, called",
    "function_out": "a std::function given to Python, called, destroyed",
    "function_round": "a std::function given to Python, taken back, called, destroyed",
}

THEME = Theme(
    "calls",
    "Calls",
    "best_c",
    COMPETITORS,
    rows_of(TITLES, COMPETITORS, in_cpp=("callback",)),
    bars_of(TITLES, COMPETITORS, 1.05),
)
