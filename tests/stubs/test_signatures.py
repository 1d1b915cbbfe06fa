"""How docstrings are read, and how annotations are written: without a compiled module."""

from __future__ import annotations

import ast
import os
import sys

import pytest

sys.path.insert(0, os.environ["INTERLOCK_STUB_GENERATOR"])

from interlock.stubs import signatures
from interlock.stubs.names import Names


def shown(found: list[signatures.Signature]) -> list[str]:
    return [
        f"({ast.unparse(one.arguments)}) -> {ast.unparse(one.returns) if one.returns else None}"
        for one in found
    ]


def test_a_signature_and_its_text() -> None:
    found, rest = signatures.read(
        "f(x: int, /, *, y: float = 1.0) -> str\n\nWhat it does.", "f", overloaded=False
    )
    assert shown(found) == ["(x: int, /, *, y: float=1.0) -> str"]
    assert found[0].doc == "What it does."
    assert rest == ""


def test_overloads_have_a_paragraph_each() -> None:
    doc = "f(x: int) -> int\n\nOf numbers.\n\nIn two paragraphs.\n\nf(x: str) -> int\n\nOf text."
    found, _ = signatures.read(doc, "f", overloaded=True)
    assert shown(found) == ["(x: int) -> int", "(x: str) -> int"]
    assert [one.doc for one in found] == ["Of numbers.\n\nIn two paragraphs.", "Of text."]


def test_a_call_in_the_text_is_no_overload() -> None:
    doc = "f(x: int) -> int\n\nFor example:\n\nf(1) -> 2"
    found, _ = signatures.read(doc, "f", overloaded=False)
    assert len(found) == 1
    assert found[0].doc == "For example:\n\nf(1) -> 2"


@pytest.mark.parametrize(
    ("default", "read"),
    [
        ("<Color.red: 1>", "Color.red"),
        ("<Outer.Color.red: <weird>>", "Outer.Color.red"),
        ("<object object at 0x7f>", "..."),
        ("<Thing <inner>>", "..."),
        ("-2.5", "-2.5"),
        ("'a, b'", "'a, b'"),
    ],
)
def test_defaults_that_are_no_python(default: str, read: str) -> None:
    signature = signatures.parse(f"f(x: int = {default}, y: str = 'z') -> None", "f")
    assert signature is not None
    assert [ast.unparse(one) for one in signature.arguments.defaults] == [read, "'z'"]


def test_type_parameters_are_kept() -> None:
    signature = signatures.parse("first[T](xs: Sequence[T], /) -> T", "first")
    assert signature is not None
    assert signature.type_parameters == "[T]"


@pytest.mark.parametrize("line", ["f", "f(", "f(x: ) -> int", "g(x: int) -> int", "f is good."])
def test_other_lines_are_no_signatures(line: str) -> None:
    assert signatures.parse(line, "f") is None


@pytest.mark.parametrize(
    ("doc", "read", "set_", "text"),
    [
        ("limit: int\n\nHow much.", "int", None, "How much."),
        ("limit(self) -> list[int]", "list[int]", None, ""),
        ("-> float", "float", None, ""),
        ("-> list[int] (set: Iterable[int])\n\nAll.", "list[int]", "Iterable[int]", "All."),
        ("How much.", None, None, "How much."),
    ],
)
def test_properties(doc: str, read: str | None, set_: str | None, text: str) -> None:
    found = signatures.read_attribute(doc, "limit")
    assert (ast.unparse(found.type) if found.type is not None else None) == read
    assert (ast.unparse(found.set_type) if found.set_type is not None else None) == set_
    assert found.doc == text


@pytest.mark.parametrize(
    ("annotation", "written", "imports"),
    [
        ("int", "int", []),
        (
            "collections.abc.Iterable[int]",
            "Iterable[int]",
            ["from collections.abc import Iterable"],
        ),
        ("os.PathLike[str]", "os.PathLike[str]", ["import os"]),
        ("decimal.Decimal | None", "decimal.Decimal | None", ["import decimal"]),
        ("list", "list[Any]", ["from typing import Any"]),
        ("Buffer", "Buffer", ["from typing_extensions import Buffer"]),
        ("Literal['int', 2]", "Literal['int', 2]", ["from typing import Literal"]),
        ("pkg.mod.Thing", "Thing", []),
        ("Thing.Inner", "Thing.Inner", []),
        ("callable", "Any", ["from typing import Any"]),
        (
            "Callable[[int, list], bool]",
            "Callable[[int, list[Any]], bool]",
            ["from collections.abc import Callable", "from typing import Any"],
        ),
        ("'Thing'", "Thing", []),
    ],
)
def test_annotations(annotation: str, written: str, imports: list[str]) -> None:
    names = Names("pkg.mod", {"Thing"}, {"Thing"})
    assert names.annotation(ast.parse(annotation, mode="eval").body, "f") == written
    assert names.imports() == imports


def test_a_hidden_builtin_is_written_with_its_module() -> None:
    names = Names("m", {"list", "dict"}, {"dict"})
    assert names.annotation(ast.Name("list"), "f") == "builtins.list[Any]"
    assert names.annotation(ast.Name("dict"), "f") == "dict"  # a class of that name in the module
    names.scopes.append({"set"})
    assert names.annotation(ast.Name("set"), "f") == "builtins.set[Any]"
    assert names.imports() == ["import builtins", "from typing import Any"]


def test_a_name_that_nobody_knows_is_told_of() -> None:
    names = Names("m", set(), set())
    assert names.annotation(ast.Name("Nowhere"), "m.f") == "Any"
    assert names.warnings == [
        "m.f: no type is called 'Nowhere'; write it with its module in il::sig or "
        "il::converter<T>::python_type. Any stands in its place"
    ]
