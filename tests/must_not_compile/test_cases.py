"""The harness fails when it should: a case that cannot fail would prove nothing."""

from __future__ import annotations

from pathlib import Path

import pytest
from cases import CaseError, Compiler, find_compiler, read_cases, share_head

GOOD = """\
#include <vector>
// case: one
// expect: cannot|could not|invalid
void f() {
    int x = nullptr;  // bad
    int x = 1;  // good
}
"""


@pytest.fixture(params=["gcc", "clang"])
def compiler(request: pytest.FixtureRequest, tmp_path: Path) -> Compiler:
    found = find_compiler(request.param, tmp_path)
    if found is None:
        pytest.skip(f"{request.param} is not installed")
    return found


def verdict(compiler: Compiler, text: str) -> str | None:
    path = compiler.folder / "case.cpp"
    path.write_text(text)
    (case,) = read_cases(path)
    return compiler.check(case)


def test_a_right_case_passes(compiler: Compiler) -> None:
    assert verdict(compiler, GOOD) is None


def test_a_bad_form_that_compiles_is_reported(compiler: Compiler) -> None:
    assert "the bad form compiles" in str(verdict(compiler, GOOD.replace("nullptr", "2")))


def test_a_good_form_that_does_not_compile_is_reported(compiler: Compiler) -> None:
    text = GOOD.replace("x = 1;", "x = one;")
    assert "the good form does not compile" in str(verdict(compiler, text))


def test_another_message_is_reported(compiler: Compiler) -> None:
    text = GOOD.replace("cannot|could not|invalid", "attached")
    assert "does not say 'attached'" in str(verdict(compiler, text))


def test_a_text_of_the_source_alone_does_not_count(compiler: Compiler) -> None:
    text = GOOD.replace("cannot|could not|invalid", "marker").replace("int x", "int /*marker*/ x")
    assert "does not say 'marker'" in str(verdict(compiler, text))


def test_the_text_must_stand_in_the_first_error(compiler: Compiler) -> None:
    text = GOOD.replace("int x = nullptr;", "y = 0; int x = nullptr;")
    text = text.replace("// expect", "// errors: 2\n// differs: 9\n// expect")
    assert "first" in str(verdict(compiler, text))
    text = text.replace("// expect: ", "// expect: undeclared|not declared\n// expect: ")
    assert verdict(compiler, text) is None


def test_good_forms_that_do_not_compile_together_are_told_apart(compiler: Compiler) -> None:
    second = GOOD.split("\n", 1)[1].replace("one", "two").replace("1;", "nothing;")
    path = compiler.folder / "case.cpp"
    path.write_text(GOOD + second)
    right, wrong = read_cases(path)
    assert compiler.check(right) is None
    assert "the good form does not compile" in str(compiler.check(wrong))


def test_too_many_errors_are_reported(compiler: Compiler) -> None:
    text = GOOD.replace("// expect", "// errors: 0\n// expect")
    assert "errors for one mistake" in str(verdict(compiler, text))


def test_lines_are_those_of_the_case(compiler: Compiler) -> None:
    text = GOOD.replace("cannot|could not|invalid", r"case\.cpp:5:")
    assert verdict(compiler, text) is None


def test_includes_that_do_not_compile_are_reported(compiler: Compiler) -> None:
    with pytest.raises(CaseError, match="the includes do not compile"):
        verdict(compiler, GOOD.replace("<vector>", "<no_such_header>"))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (GOOD.replace("  // good", ""), "one line ends with // bad"),
        (GOOD.replace("// expect", "// what"), "is missing"),
        (GOOD.replace("nullptr", "1"), "the same"),
        (GOOD.replace("nullptr", "a + b"), "more than 1 token"),
        (GOOD + GOOD.split("\n", 1)[1], "the same name"),
        ("int x;\n", "holds no // case"),
    ],
)
def test_a_case_written_wrongly_is_refused(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "case.cpp"
    path.write_text(text)
    with pytest.raises(CaseError, match=message):
        read_cases(path)


def test_more_tokens_can_be_allowed(tmp_path: Path) -> None:
    path = tmp_path / "case.cpp"
    text = GOOD.replace("nullptr", "a + b").replace("// expect", "// differs: 3\n// expect")
    path.write_text(text)
    assert len(read_cases(path)) == 1


def test_cases_share_their_includes_and_nothing_else(tmp_path: Path) -> None:
    texts = {
        "one": "// why\n" + GOOD,
        "two": GOOD.replace("<vector>", "<map>"),
        "own": GOOD.replace("#include", "#define NDEBUG\n#include"),
    }
    heads = {}
    cases = []
    for name, text in texts.items():
        (tmp_path / f"{name}.cpp").write_text(text)
        (heads[name],) = read_cases(tmp_path / f"{name}.cpp")
        cases.append(heads[name])
    share_head(cases)
    assert heads["one"].head == heads["two"].head == "#include <map>\n#include <vector>"
    assert heads["own"].head == "#define NDEBUG\n#include <vector>"
