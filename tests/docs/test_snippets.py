"""How documents are read: what is taken for a mistake, and what becomes of the rest."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from snippets import Mistake, Snippet, programs, read
from test_documents import matches, play

Reader = Callable[[str], list[Snippet]]
pytestmark = pytest.mark.thread_unsafe(reason="all threads of a test have one folder")


@pytest.fixture
def document(tmp_path: Path) -> Reader:
    def write(text: str) -> list[Snippet]:
        path = tmp_path / "page.md"
        path.write_text(text)
        return read(path)

    return write


def marked(kind: str, code: str, language: str = "cpp") -> str:
    return f"<!-- snippet: {kind} -->\n```{language}\n{code}\n```\n"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("```cpp\nint x;\n```\n", "page.md:1: this block has no comment"),
        ("text\n\n~~~\nanything\n~~~\n", "page.md:3: this block has no comment"),
        ("> ```cpp\n> int x;\n> ```\n", "page.md:1: this block has no comment"),
        ("1. first\n\n   ```cpp\n   int x;\n   ```\n", "page.md:3: this block has no comment"),
        (marked("bodies", "int x;"), "'bodies' is not a kind of snippet"),
        (marked("body", "x = 1", "python"), "'body' is for cpp, and this block is python"),
        (marked("not run", "x"), "'not run' needs a word more"),
        (marked("body, quickly", "x"), "'body' stands alone"),
        ("<!-- snippet: body -->\ntext\n```cpp\n```\n", "page.md:1: no block follows"),
        ("<!-- snippet: body -->\n", "page.md:1: no block follows"),
        ("<!-- snippet: body\n", "page.md:1: this comment does not end"),
        ("<!-- snippet: body -->\n```cpp\nint x;\n", "page.md:2: this block does not end"),
        (marked("output", "1", "text"), "there is no C++ before it"),
        (marked("more", "int x;"), "there is no C++ before it"),
    ],
)
def test_is_a_mistake(document: Reader, text: str, message: str) -> None:
    with pytest.raises(Mistake, match=re.escape(message)):
        document(text)


def test_text_and_comments_of_other_kinds_are_left_alone(document: Reader) -> None:
    assert document("# Title\n\n<!-- a remark -->\n`code` and ``more``\n") == []


def test_bodies_of_a_document_are_one_program(document: Reader) -> None:
    found = document(
        marked("body", "#include <vector>\nint x = 1;") + "\n" + marked("body", "int x = 2;")
    )
    (program,) = programs(found)
    assert program.source.count("#include <interlock/interlock.hpp>") == 1
    assert program.source.index("#include <vector>") < program.source.index("int x = 1;")
    assert '#line 3 "page.md"\n\nint x = 1;' in program.source
    assert [snippet.line for snippet in program.snippets] == [3, 9]


def test_hidden_lines_stand_above_and_below(document: Reader) -> None:
    text = "<!-- snippet: file\nstruct mine {};\n...\nmine after;\n-->\n```cpp\nmine shown;\n```\n"
    (program,) = programs(document(text))
    assert 'struct mine {};\n#line 7 "page.md"\nmine shown;\nmine after;\n' in program.source
    assert program.source.endswith("int main() {}\n")


def test_more_goes_on_in_the_block_before_it(document: Reader) -> None:
    text = marked("program", "int main() {") + "and\n" + marked("more", "}")
    (program,) = programs(document(text))
    assert program.source == '#line 3 "page.md"\nint main() {\n#line 8 "page.md"\n}\n'


def test_output_is_compared_to_the_letter() -> None:
    assert matches(["1", "2"], "1\n2\n")
    assert not matches(["1"], "1\n2\n")
    assert not matches(["1.4"], "1x4\n")


def test_three_points_in_an_output_are_any_lines() -> None:
    assert matches(["1", "...", "4"], "1\n2\n3\n4\n")
    assert not matches(["1", "...", "4"], "1\n2\n3\n")


def test_a_session_runs_in_the_folder_of_the_files(document: Reader, tmp_path: Path) -> None:
    saved = marked("save deep/hello.txt", "hello", "text")
    play(document(saved + marked("session", "$ cat deep/*\nhello", "console")), tmp_path)
    for session in ("$ cat deep/*\nbye", "$ false"):
        with pytest.raises(pytest.fail.Exception):
            play(document(saved + marked("session", session, "console")), tmp_path)


def test_a_session_may_be_hidden(document: Reader, tmp_path: Path) -> None:
    play(document("<!-- snippet: session\n$ touch made\n-->\nText.\n"), tmp_path)
    assert (tmp_path / "made").exists()


def test_an_output_may_be_hidden(document: Reader) -> None:
    (program,) = document(
        marked("program", "int main() {}") + "<!-- snippet: output\n1\n...\n-->\n"
    )
    assert program.output == ["1", "..."]
