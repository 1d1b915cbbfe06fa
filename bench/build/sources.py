"""What is compiled: the same functions and classes for each library, made by permuting six types of numbers."""

from __future__ import annotations

import itertools
from collections.abc import Callable

TYPES = (
    "std::uint16_t",
    "std::int32_t",
    "std::uint32_t",
    "std::int64_t",
    "std::uint64_t",
    "float",
)
NAMES = "abcdef"
SUM = " + ".join(f"static_cast<float>({name})" for name in NAMES)

HEADS = {
    "interlock": "#include <interlock/interlock.hpp>\nnamespace il = interlock;\n",
    "nanobind": "#include <nanobind/nanobind.h>\nnamespace nb = nanobind;\n",
    "pybind11": "#include <pybind11/pybind11.h>\nnamespace py = pybind11;\n",
}
MODULES = {
    "interlock": "INTERLOCK_MODULE",
    "nanobind": "NB_MODULE",
    "pybind11": "PYBIND11_MODULE",
}
SPACES = {"interlock": "il", "nanobind": "nb", "pybind11": "py"}
LIBRARIES = tuple(HEADS)


def module(library: str, before: str, body: str) -> str:
    head = "#include <cstdint>\n" + HEADS[library]
    return f"{head}{before}{MODULES[library]}(bench_build, m) {{\n{body}}}\n"


def functions(library: str, count: int) -> str:
    """Functions of six numbers, as lambdas without captures."""
    lines = []
    for i, types in enumerate(itertools.islice(itertools.permutations(TYPES), count)):
        parameters = ", ".join(f"{t} {n}" for t, n in zip(types, NAMES, strict=True))
        lines.append(f'    m.def("function_{i}", []({parameters}) {{ return {SUM}; }});\n')
    return module(library, "", "".join(lines))


def classes(library: str, count: int) -> str:
    """Classes with a constructor of six numbers and one method."""
    space = SPACES[library]
    structs = []
    lines = []
    for i, types in enumerate(itertools.islice(itertools.permutations(TYPES), count)):
        pairs = tuple(zip(types, NAMES, strict=True))
        members = " ".join(f"{t} {n};" for t, n in pairs)
        parameters = ", ".join(f"{t} {n}" for t, n in pairs)
        filled = ", ".join(f"{n}({n})" for n in NAMES)
        structs.append(
            f"struct record_{i} {{\n    record_{i}({parameters}) : {filled} {{}}\n"
            f"    float sum() const {{ return {SUM}; }}\n    {members}\n}};\n"
        )
        method = (
            f'def<&record_{i}::sum>("sum")'
            if library == "interlock"
            else f'def("sum", &record_{i}::sum)'
        )
        lines.append(
            f'    {space}::class_<record_{i}>(m, "record_{i}")'
            f".def({space}::init<{', '.join(types)}>()).{method};\n"
        )
    return module(library, "".join(structs), "".join(lines))


# Row: its title, and what makes its source.
ROWS: dict[str, tuple[str, Callable[[str], str]]] = {
    "include": ("an empty module", lambda library: functions(library, 0)),
    "function": ("one function", lambda library: functions(library, 1)),
    "functions": ("720 functions", lambda library: functions(library, 720)),
    "classes": ("252 classes", lambda library: classes(library, 252)),
}
