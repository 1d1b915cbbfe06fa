"""The reference of the headers: what is read of C++, and what stands on a page."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from snippets import ROOT

sys.path.insert(0, str(ROOT / "tools/site"))
from headers import Declaration, Group, Reader
from reference import Reference, formatted


def read(text: str) -> list[Group]:
    return Reader(text, {}).all()


def declared(text: str) -> list[Declaration]:
    return [declaration for group in read(text) for declaration in group.declarations]


@pytest.mark.parametrize(
    ("text", "kind", "name", "shown"),
    [
        ("inline int f(int x) { return x; }", "function", "f", "int f(int x)"),
        ("template <class T>\nT g(T&& x);", "function", "g", "template <class T> T g(T&& x)"),
        ("decltype(auto) h() { return 1; }", "function", "h", "decltype(auto) h()"),
        (
            "template <class F>\n    requires requires(F f) { f(); }\nvoid call(F f) {}",
            "function",
            "call",
            "template <class F> requires requires(F f) { f(); } void call(F f)",
        ),
        (
            "int at(int x, std::source_location where = std::source_location::current());",
            "function",
            "at",
            "int at(int x)",
        ),
        ("bool operator==(A a, B b);", "function", "operator==", "bool operator==(A a, B b)"),
        ("inline constexpr int n{3};", "value", "n", "constexpr int n"),
        ("using arg = basic<>;", "type", "arg", "using arg = basic<>"),
        ("template <class T>\nconcept c = requires { T{}; };", "concept", "c", ""),
        ("class A final : public B {\n};", "class", "A", "class A final : public B"),
        ("enum class E : char { a };", "enum", "E", "enum class E : char"),
    ],
)
def test_a_declaration_is_read(text: str, kind: str, name: str, shown: str) -> None:
    (found,) = declared(text)
    assert (found.kind, found.name) == (kind, name)
    assert not shown or found.text == shown


@pytest.mark.parametrize(
    "text",
    [
        "namespace detail {\nint hidden();\n}  // namespace detail\n",
        "class A;",
        "static_assert(true);",
        "template <>\ninline constexpr bool enable<int> = true;",
        "inline owned<A> A::unbind() const& { return {}; }",
    ],
)
def test_what_is_nobody_elses_is_left_out(text: str) -> None:
    assert declared(text) == []


def test_only_public_members_are_members() -> None:
    (found,) = declared(
        "class A {\npublic:\n    A(int x) : x_(x) {}\n    int x() const;\n\nprivate:\n    int x_;\n};"
    )
    assert [m.text for g in found.members for m in g.declarations] == ["A(int x)", "int x() const"]


def test_comments_go_with_what_they_stand_above_and_beside() -> None:
    groups = read(
        "// Of both.\nvoid f();\nvoid g();\n// Of h.\nvoid h();  // beside\n\n// Of what follows.\n\nvoid i();\n"
    )
    assert [(g.comment, [d.name for d in g.declarations]) for g in groups] == [
        (["Of both."], ["f", "g"]),
        (["Of h."], ["h"]),
        (["Of what follows."], []),
        ([], ["i"]),
    ]
    assert groups[1].declarations[0].text == "void h()  // beside"


def test_what_macros_make_is_read() -> None:
    text = "// An error.\n#define ERROR(NAME) \\\n    class NAME##_error {};\nINTERLOCK_ERROR(a)\n"
    found = read(text.replace("ERROR(NAME)", "INTERLOCK_ERROR(NAME)"))
    assert [(g.comment, [d.name for d in g.declarations]) for g in found] == [
        (["An error."], ["a_error"])
    ]


def test_long_declarations_are_broken_at_their_parameters() -> None:
    lines = formatted(
        "void a_function(" + ", ".join(f"const std::string& p{i}" for i in range(5)) + ")"
    )
    assert lines[0] == "void a_function("
    assert lines[-1] == "    const std::string& p4)"


def test_each_public_header_has_a_page_and_each_page_is_reached() -> None:
    reference = Reference(ROOT / "include")
    pages = dict(reference.pages())
    for path in reference.shown:
        page = "reference/" + path.removeprefix("interlock/").replace(".hpp", ".md")
        assert page in pages
        assert f"({page.removeprefix('reference/')})" in pages["reference/index.md"]
    for name in (
        "with_gil",
        "attachment",
        "owned",
        "class_",
        "mutex",
        "interpreter",
        "value_error",
    ):
        assert name in reference.places, name
    assert "detach" not in reference.places


def test_no_page_shows_the_inside(tmp_path: Path) -> None:
    header = tmp_path / "interlock/one.hpp"
    header.parent.mkdir()
    header.write_text(
        "// One.\n#pragma once\nnamespace detail {\nint f();\n}\n// Two of <these>.\nint g();\n"
    )
    page = dict(Reference(tmp_path).pages())["reference/one.md"]
    assert "int g();" in page
    assert "Two of &lt;these>." in page
    assert "int f()" not in page
