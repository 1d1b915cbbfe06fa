"""What is compiled: the same functions and classes for each library, made by permuting six types of numbers."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Number:
    """A type of the C++ functions, its letter for PyArg_ParseTuple, and its names in Cython and Rust."""

    cpp: str
    letter: str
    cython: str
    rust: str


TYPES = (
    Number("std::uint16_t", "H", "unsigned short", "u16"),
    Number("std::int32_t", "i", "int", "i32"),
    Number("std::uint32_t", "I", "unsigned int", "u32"),
    Number("std::int64_t", "l", "long", "i64"),
    Number("std::uint64_t", "k", "unsigned long", "u64"),
    Number("float", "f", "float", "f32"),
)
NAMES = "abcdef"
SUM = " + ".join(f"static_cast<float>({name})" for name in NAMES)
FIELDS = ", ".join(f"{name}({name})" for name in NAMES)
POINTERS = ", ".join(f"&{name}" for name in NAMES)

# nanobind has a header for each kind of type. These are the ones for what the umbrella header of interlock converts and
# binds; arrays of numbers (nanobind/ndarray.h) are not among them.
CASTERS = (
    "make_iterator operators trampoline typing stl/array stl/bind_map stl/bind_vector stl/chrono stl/complex "
    "stl/filesystem stl/function stl/list stl/map stl/optional stl/pair stl/set stl/shared_ptr stl/string "
    "stl/string_view stl/tuple stl/unique_ptr stl/unordered_map stl/unordered_set stl/variant stl/vector"
).split()
PYBIND11_CASTERS = (
    "chrono complex functional iostream operators stl stl/filesystem stl_bind typing".split()
)


def includes(folder: str, names: list[str]) -> str:
    return "".join(f"#include <{folder}/{name}.h>\n" for name in names)


HEADS = {
    "interlock": "#include <interlock/interlock.hpp>\nnamespace il = interlock;\n",
    "nanobind": "#include <nanobind/nanobind.h>\nnamespace nb = nanobind;\n",
    "nanobind_casters": includes("nanobind", ["nanobind", *CASTERS])
    + "namespace nb = nanobind;\n",
    "pybind11": "#include <pybind11/pybind11.h>\nnamespace py = pybind11;\n",
    "pybind11_casters": includes("pybind11", ["pybind11", *PYBIND11_CASTERS])
    + "namespace py = pybind11;\n",
    "boost_python": "#include <boost/python.hpp>\nnamespace py = boost::python;\n",
}
BEGINNINGS = {
    "interlock": "INTERLOCK_MODULE(bench_build, m) {\n",
    "nanobind": "NB_MODULE(bench_build, m) {\n",
    "pybind11": "PYBIND11_MODULE(bench_build, m) {\n",
    "boost_python": "BOOST_PYTHON_MODULE(bench_build) {\n",
}
SPACES = {"interlock": "il", "nanobind": "nb", "pybind11": "py", "boost_python": "py"}


def permuted(count: int) -> Iterator[tuple[int, tuple[tuple[Number, str], ...]]]:
    """Each signature's number, its types and its names."""
    for i, types in enumerate(itertools.islice(itertools.permutations(TYPES), count)):
        yield i, tuple(zip(types, NAMES, strict=True))


def parameters(pairs: tuple[tuple[Number, str], ...]) -> str:
    return ", ".join(f"{number.cpp} {name}" for number, name in pairs)


def structs(count: int) -> str:
    """The classes themselves, the same for every library in C++."""
    made = []
    for i, pairs in permuted(count):
        members = " ".join(f"{number.cpp} {name};" for number, name in pairs)
        made.append(
            f"struct record_{i} {{\n    record_{i}({parameters(pairs)}) : {FIELDS} {{}}\n"
            f"    float sum() const {{ return {SUM}; }}\n    {members}\n}};\n"
        )
    return "".join(made)


# ---- the libraries in C++


def module(library: str, before: str, body: str) -> str:
    head = "#include <cstdint>\n" + HEADS[library]
    return f"{head}{before}{BEGINNINGS[library.removesuffix('_casters')]}{body}}}\n"


def bound_functions(library: str, count: int) -> str:
    """Functions of six numbers, as lambdas without captures; a pointer to one where the library takes nothing else."""
    define, plus = ("py::def(", "+") if library == "boost_python" else ("m.def(", "")
    lines = [
        f'    {define}"function_{i}", {plus}[]({parameters(pairs)}) {{ return {SUM}; }});\n'
        for i, pairs in permuted(count)
    ]
    return module(library, "", "".join(lines))


def bound_classes(library: str, count: int) -> str:
    """Classes with a constructor of six numbers and one method."""
    space = SPACES[library]
    lines = []
    for i, pairs in permuted(count):
        types = ", ".join(number.cpp for number, _ in pairs)
        sum_of = f"&record_{i}::sum"
        method = f'def<{sum_of}>("sum")' if library == "interlock" else f'def("sum", {sum_of})'
        if library == "boost_python":
            made = f'    py::class_<record_{i}>("record_{i}", py::init<{types}>()).{method};\n'
        else:
            made = f'    {space}::class_<record_{i}>(m, "record_{i}").def({space}::init<{types}>()).{method};\n'
        lines.append(made)
    return module(library, structs(count), "".join(lines))


# ---- by hand

C_HEAD = """#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <cstdint>
#include <new>
#include <utility>
"""
# Compact ints and exact floats inline, the rest out of line, once for each type.
C_BEST_HEAD = """template <class T>
[[gnu::noinline]] static bool to_slowly(PyObject* from, T& to) {
    if constexpr (std::is_unsigned_v<T>) {
        const unsigned long long value = PyLong_AsUnsignedLongLong(from);
        if (value == static_cast<unsigned long long>(-1) && PyErr_Occurred() != nullptr) {
            return false;
        }
        if (std::in_range<T>(value)) {
            to = static_cast<T>(value);
            return true;
        }
    } else {
        const long long value = PyLong_AsLongLong(from);
        if (value == -1 && PyErr_Occurred() != nullptr) {
            return false;
        }
        if (std::in_range<T>(value)) {
            to = static_cast<T>(value);
            return true;
        }
    }
    PyErr_SetString(PyExc_OverflowError, "the value does not fit");
    return false;
}
#if PY_VERSION_HEX < 0x030C0000
static bool PyUnstable_Long_IsCompact(const PyLongObject* value) { return Py_SIZE(value) >= -1 && Py_SIZE(value) <= 1; }
static Py_ssize_t PyUnstable_Long_CompactValue(const PyLongObject* value) {
    return Py_SIZE(value) * static_cast<Py_ssize_t>(value->ob_digit[0]);
}
#endif
template <class T>
static inline bool to(PyObject* from, T& to) {
    const auto* value = reinterpret_cast<PyLongObject*>(from);
    if (PyLong_CheckExact(from) && PyUnstable_Long_IsCompact(value)) [[likely]] {
        const Py_ssize_t number = PyUnstable_Long_CompactValue(value);
        if (std::in_range<T>(number)) [[likely]] {
            to = static_cast<T>(number);
            return true;
        }
    }
    return to_slowly(from, to);
}
static inline bool to(PyObject* from, float& to) {
    if (PyFloat_CheckExact(from)) [[likely]] {
        to = static_cast<float>(PyFloat_AS_DOUBLE(from));
        return true;
    }
    const double value = PyFloat_AsDouble(from);
    to = static_cast<float>(value);
    return value != -1 || PyErr_Occurred() == nullptr;
}
[[gnu::noinline]] static bool refuse_count(Py_ssize_t given) {
    PyErr_Format(PyExc_TypeError, "takes 6 arguments, %zd given", given);
    return false;
}
template <class... T>
static inline bool to_all(PyObject* const* arguments, Py_ssize_t given, T&... values) {
    std::size_t i = 0;
    return (given == 6 || refuse_count(given)) && (to(arguments[i++], values) && ...);
}
"""
C_CLASS_HEAD = """template <class T>
struct holder {
    PyObject head;
    T value;
};
template <class T>
static PyObject* sum_of(PyObject* self, PyObject*) {
    return PyFloat_FromDouble(reinterpret_cast<holder<T>*>(self)->value.sum());
}
static void free_object(PyObject* self) {
    PyTypeObject* type = Py_TYPE(self);
    type->tp_free(self);
    Py_DECREF(type);
}
template <class F>
static void* as_slot(F* f) {
    return reinterpret_cast<void*>(f);
}
"""


def variables(pairs: tuple[tuple[Number, str], ...]) -> str:
    return " ".join(f"{number.cpp} {name} = 0;" for number, name in pairs)


def c_functions(library: str, count: int) -> str:
    """By hand: PyArg_ParseTuple, or vectorcalls that read their arguments inline."""
    best = library == "best_c"
    parts = [C_HEAD, C_BEST_HEAD if best else ""]
    entries = []
    for i, pairs in permuted(count):
        signature = "PyObject* const* arguments, Py_ssize_t given" if best else "PyObject* arguments"
        letters = "".join(number.letter for number, _ in pairs)
        read = (
            f"to_all(arguments, given, {', '.join(NAMES)})"
            if best
            else f'PyArg_ParseTuple(arguments, "{letters}:function_{i}", {POINTERS})'
        )
        parts.append(
            f"static PyObject* function_{i}(PyObject*, {signature}) {{\n    {variables(pairs)}\n"
            f"    return {read} ? PyFloat_FromDouble({SUM}) : nullptr;\n}}\n"
        )
        address = f"function_{i}"
        if best:
            address = f"reinterpret_cast<PyCFunction>(reinterpret_cast<void (*)()>({address}))"
        flags = "METH_FASTCALL" if best else "METH_VARARGS"
        entries.append(f'    {{"function_{i}", {address}, {flags}, nullptr}},\n')
    return "".join(parts) + c_module("".join(entries), "    return 0;\n")


def c_classes(library: str, count: int) -> str:
    """By hand: a type from a specification for each, made by tp_init, or by a vectorcall of the type."""
    best = library == "best_c"
    parts = [C_HEAD, C_BEST_HEAD if best else "", C_CLASS_HEAD, structs(count)]
    fill = ["    PyObject* type = nullptr;\n"]
    for i, pairs in permuted(count):
        letters = "".join(number.letter for number, _ in pairs)
        given = ", ".join(NAMES)
        place = f"&reinterpret_cast<holder<record_{i}>*>(self)->value"
        if best:
            parts.append(
                f"static PyObject* make_{i}(PyObject* type, PyObject* const* arguments, std::size_t flagged, PyObject* names) {{\n"
                f"    {variables(pairs)}\n"
                "    if (names != nullptr && PyTuple_GET_SIZE(names) != 0) {\n"
                '        PyErr_SetString(PyExc_TypeError, "takes no names");\n        return nullptr;\n    }\n'
                f"    if (!to_all(arguments, PyVectorcall_NARGS(flagged), {given})) {{\n        return nullptr;\n    }}\n"
                "    auto* made = reinterpret_cast<PyTypeObject*>(type);\n"
                "    PyObject* self = made->tp_alloc(made, 0);\n"
                f"    if (self != nullptr) {{\n        new ({place}) record_{i}({given});\n    }}\n"
                "    return self;\n}\n"
            )
            slot = ""
        else:
            parts.append(
                f"static int init_{i}(PyObject* self, PyObject* arguments, PyObject* names) {{\n"
                "    static const char* known[] = {" + ", ".join(f'"{n}"' for n in NAMES) + ", nullptr};\n"
                f"    {variables(pairs)}\n"
                f'    if (PyArg_ParseTupleAndKeywords(arguments, names, "{letters}:record_{i}", const_cast<char**>(known), {POINTERS}) == 0) {{\n'
                "        return -1;\n    }\n"
                f"    new ({place}) record_{i}({given});\n    return 0;\n}}\n"
            )  # fmt: skip
            slot = f"{{Py_tp_new, as_slot(PyType_GenericNew)}}, {{Py_tp_init, as_slot(init_{i})}}, "
        flags = "Py_TPFLAGS_DEFAULT" + (" | Py_TPFLAGS_IMMUTABLETYPE" if best else "")
        parts.append(
            f'static PyMethodDef methods_{i}[] = {{{{"sum", sum_of<record_{i}>, METH_NOARGS, nullptr}}, {{nullptr, nullptr, 0, nullptr}}}};\n'
            f"static PyType_Slot slots_{i}[] = {{{slot}{{Py_tp_methods, methods_{i}}}, {{Py_tp_dealloc, as_slot(free_object)}}, {{0, nullptr}}}};\n"
            f'static PyType_Spec spec_{i} = {{"bench_build.record_{i}", sizeof(holder<record_{i}>), 0, {flags}, slots_{i}}};\n'
        )
        fill.append(
            f"    type = PyType_FromModuleAndSpec(m, &spec_{i}, nullptr);\n"
            + (
                f"    if (type != nullptr) {{\n        reinterpret_cast<PyTypeObject*>(type)->tp_vectorcall = make_{i};\n    }}\n"
                if best
                else ""
            )
            + "    if (type == nullptr || PyModule_AddType(m, reinterpret_cast<PyTypeObject*>(type)) != 0) {\n"
            "        return -1;\n    }\n    Py_DECREF(type);\n"
        )
    return "".join(parts) + c_module("", "".join(fill) + "    return 0;\n")


def c_module(entries: str, fill: str) -> str:
    unused = "" if " m," in fill or "(m," in fill else "(void)m;\n    "
    return (
        f"static PyMethodDef methods[] = {{\n{entries}    {{nullptr, nullptr, 0, nullptr}}}};\n"
        f"static int fill(PyObject* m) {{\n    {unused}{fill.lstrip()}}}\n"
        "static PyModuleDef_Slot slots[] = {{Py_mod_exec, reinterpret_cast<void*>(fill)}, {0, nullptr}};\n"
        'static PyModuleDef definition = {PyModuleDef_HEAD_INIT, "bench_build", nullptr, 0, methods, slots, nullptr, nullptr, nullptr};\n'
        "PyMODINIT_FUNC PyInit_bench_build() { return PyModuleDef_Init(&definition); }\n"
    )


# ---- Cython

CYTHON_HEAD = "# cython: language_level=3, binding=False, always_allow_keywords=False\ncimport cython\n"
CYTHON_SUM = " + ".join(f"<float>{{0}}{name}" for name in NAMES)


def cython_functions(count: int) -> str:
    lines = [CYTHON_HEAD]
    for i, pairs in permuted(count):
        given = ", ".join(f"{number.cython} {name}" for number, name in pairs)
        lines.append(f"\ndef function_{i}({given}):\n    return {CYTHON_SUM.format('')}\n")
    return "".join(lines)


def cython_classes(count: int) -> str:
    lines = [CYTHON_HEAD]
    for i, pairs in permuted(count):
        given = ", ".join(f"{number.cython} {name}" for number, name in pairs)
        lines.append(f"\n@cython.final\ncdef class record_{i}:\n")
        lines += [f"    cdef {number.cython} {name}\n" for number, name in pairs]
        lines.append(f"    def __init__(self, {given}):\n")
        lines += [f"        self.{name} = {name}\n" for name in NAMES]
        lines.append(f"    def sum(self):\n        return {CYTHON_SUM.format('self.')}\n")
    return "".join(lines)


# ---- PyO3

RUST_HEAD = "use pyo3::prelude::*;\n"
RUST_SUM = " + ".join(f"{{0}}{name} as f32" for name in NAMES)


def rust_parameters(pairs: tuple[tuple[Number, str], ...]) -> str:
    return ", ".join(f"{name}: {number.rust}" for number, name in pairs)


def rust_module(before: str, fill: str) -> str:
    return (
        f"#![allow(non_camel_case_types)]\n{RUST_HEAD}{before}\n#[pymodule]\n"
        f"fn bench_build(m: &Bound<'_, PyModule>) -> PyResult<()> {{\n    let _ = m;\n{fill}    Ok(())\n}}\n"
    )


def rust_functions(count: int) -> str:
    made = []
    fill = []
    for i, pairs in permuted(count):
        made.append(
            f"#[pyfunction]\n#[pyo3(signature = ({', '.join(NAMES)}, /))]\n"
            f"fn function_{i}({rust_parameters(pairs)}) -> f32 {{\n    {RUST_SUM.format('')}\n}}\n"
        )
        fill.append(f"    m.add_function(wrap_pyfunction!(function_{i}, m)?)?;\n")
    return rust_module("".join(made), "".join(fill))


def rust_classes(count: int) -> str:
    made = []
    fill = []
    for i, pairs in permuted(count):
        given = rust_parameters(pairs)
        made.append(
            f"#[pyclass(frozen)]\nstruct record_{i} {{ {given} }}\n#[pymethods]\nimpl record_{i} {{\n"
            f"    #[new]\n    #[pyo3(signature = ({', '.join(NAMES)}, /))]\n"
            f"    fn new({given}) -> Self {{\n        Self {{ {', '.join(NAMES)} }}\n    }}\n"
            f"    fn sum(&self) -> f32 {{\n        {RUST_SUM.format('self.')}\n    }}\n}}\n"
        )
        fill.append(f"    m.add_class::<record_{i}>()?;\n")
    return rust_module("".join(made), "".join(fill))


# ---- rows


def functions(library: str, count: int) -> str:
    if library in ("best_c", "plain_c"):
        return c_functions(library, count)
    if library == "cython":
        return cython_functions(count)
    if library == "pyo3":
        return rust_functions(count)
    return bound_functions(library, count)


def classes(library: str, count: int) -> str:
    if library in ("best_c", "plain_c"):
        return c_classes(library, count)
    if library == "cython":
        return cython_classes(count)
    if library == "pyo3":
        return rust_classes(count)
    return bound_classes(library, count)


def header(library: str) -> str:
    """The headers alone. "python" is CPython's, "standard" those of the C++ library that the umbrella header of interlock has
    besides: what headers cost that interlock cannot do without."""
    if library == "python":
        return "#include <Python.h>\n"
    if library == "standard":
        # Some are included only where they are there, and where there is something in them.
        return "#include <Python.h>\n" + "".join(
            f"#if __has_include(<{name}>)\n#include <{name}>\n#endif\n"
            for name in standard_headers()
        )
    return HEADS[library]


def standard_headers() -> list[str]:
    """What the umbrella header of interlock includes of the C++ library, itself or by others of interlock's."""
    root = Path(__file__).resolve().parents[2] / "include"
    found: set[str] = set()
    seen: set[str] = set()
    todo = ["interlock/interlock.hpp"]
    while todo:
        name = todo.pop()
        if name in seen or not (root / name).exists():
            continue
        seen.add(name)
        for included in re.findall(r"^#include <([^>]+)>", (root / name).read_text(), re.MULTILINE):
            if included.startswith("interlock/"):
                todo.append(included)
            elif re.fullmatch(r"[a-z_0-9]+", included):
                found.add(included)
    return sorted(found)


@dataclass(frozen=True)
class Row:
    title: str
    make: Callable[[str], str]
    libraries: tuple[str, ...]
    linked: bool = True


BINDING = (
    "interlock",
    "best_c",
    "plain_c",
    "nanobind",
    "pybind11",
    "pyo3",
    "cython",
    "boost_python",
)  # fmt: skip
WITH_CASTERS = (*BINDING[:4], "nanobind_casters", "pybind11", "pybind11_casters", *BINDING[5:])
HEADERS = ("python", "standard", *HEADS)

ROWS = {
    "header": Row("headers alone", header, HEADERS, linked=False),
    "empty": Row("an empty module", lambda library: functions(library, 0), BINDING),
    "function": Row("one function", lambda library: functions(library, 1), WITH_CASTERS),
    "functions": Row("720 functions", lambda library: functions(library, 720), BINDING),
    "classes": Row("252 classes", lambda library: classes(library, 252), BINDING),
}
