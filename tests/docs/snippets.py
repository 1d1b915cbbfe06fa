"""The blocks of code in the documents, taken out to be built and run.

A comment above each block says what is done with it. It does not show on the page:

    <!-- snippet: body -->
    ```cpp
    int pid = py.import("os").attr("getpid")().as<int>();
    ```

    program         a whole C++ program: built, and run
    file            C++ as it stands in a file, outside of any function; main() is added where there is none
    body            C++ as it stands in a function that has the token `py`; run inside il::with_gil
    more            goes on in the program, file or body before it
    output          what the C++ block before it prints, to the letter; a line "..." stands for any lines
    save PATH       a file of the document's project: a folder where its sessions run
    session         what is typed there after "$ ", and what is then printed
    not run, WHY    is neither built nor run, and why

The comment may hold lines that readers need not see. They stand above the block; lines after a line "..." stand below it:

    <!-- snippet: file
    struct my_type {};
    ...
    static_assert(!il::detachable<my_type>);
    -->
    ```cpp
    template <> inline constexpr bool il::enable_detachable<my_type> = false;
    ```

A session and an output may be in the comment altogether. A block without a comment, and a comment without a block, is an error.

Programs and files are compiled alone; the bodies of a document are one program, which is told by line which one to run. So
a document costs one compilation, however many bodies it has. To add a kind: a line above, an entry in KINDS, and what is
done with it in `programs` below or in test_documents.py.

Run by CMake: snippets.py FOLDER writes the programs there, as name.cpp, and prints their names.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent

CPP = {"cpp"}
# The languages that a kind is for; empty: any.
KINDS: dict[str, set[str]] = {
    "program": CPP,
    "file": CPP,
    "body": CPP,
    "more": CPP,
    "output": {"", "text", "console"},
    "save": set(),
    "session": {"console"},
    "not run": set(),
}
NEED_WORDS = {"save", "not run"}
IN_COMMENT = {"output", "session"}

FENCE = re.compile(r"(?P<indent>[ >]*)(?P<fence>`{3,}|~{3,})\s*(?P<language>[^\s`]*)")
MARK = re.compile(r"\s*<!--\s*snippet:\s*(?P<rest>.*)")


class Mistake(Exception):
    """In a document; says where."""


@dataclass
class Snippet:
    document: str
    line: int  # of the first line of code
    kind: str
    words: str = ""  # what follows the kind: a path, a reason
    above: list[str] = field(default_factory=list)
    code: list[str] = field(default_factory=list)
    below: list[str] = field(default_factory=list)
    output: list[str] | None = None

    def __str__(self) -> str:
        return f"{self.document}:{self.line}"


@dataclass
class Program:
    name: str
    source: str
    snippets: list[Snippet]  # a program of several is told the line of the one to run


def documents() -> list[Path]:
    return [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]


def read(path: Path) -> list[Snippet]:
    """The snippets of a document. Raises Mistake."""
    name = path.relative_to(ROOT).as_posix() if path.is_relative_to(ROOT) else path.name
    return joined(blocks(name, path.read_text(encoding="utf-8").splitlines()))


def blocks(document: str, lines: list[str]) -> Iterator[Snippet]:
    """The blocks one by one, each with its comment."""
    marked: Snippet | None = None
    numbered = iter(enumerate(lines, start=1))
    for number, line in numbered:
        if found := MARK.match(line):
            if marked is not None:
                raise Mistake(f"{marked}: no block follows this comment")
            marked = mark(document, number, found["rest"], numbered)
            if marked.code:
                yield marked
                marked = None
        elif found := FENCE.match(line):
            snippet = marked
            if snippet is None:
                raise Mistake(
                    f"{document}:{number}: this block has no comment <!-- snippet: KIND --> above it; "
                    f"tests/docs/snippets.py tells of the kinds"
                )
            languages = KINDS[snippet.kind]
            if languages and found["language"] not in languages:
                raise Mistake(
                    f"{document}:{number}: '{snippet.kind}' is for {' or '.join(sorted(languages))}, "
                    f"and this block is {found['language'] or 'of no language'}"
                )
            snippet.line = number + 1
            snippet.code = list(fenced(document, number, found, numbered))
            yield snippet
            marked = None
        elif line.strip() and marked is not None:
            raise Mistake(f"{marked}: no block follows this comment")
    if marked is not None:
        raise Mistake(f"{marked}: no block follows this comment")


def mark(document: str, number: int, rest: str, lines: Iterator[tuple[int, str]]) -> Snippet:
    """What a comment says. Its first line has been read up to `rest`."""
    text = [rest]
    while "-->" not in text[-1]:
        following = next(lines, None)
        if following is None:
            raise Mistake(f"{document}:{number}: this comment does not end")
        text.append(following[1])
    text[-1] = text[-1].partition("-->")[0]
    words, *hidden = text
    if hidden and not hidden[-1].strip():
        hidden.pop()
    words = words.strip()
    for kind in KINDS:
        if re.match(rf"{kind}\b", words):
            break
    else:
        raise Mistake(
            f"{document}:{number}: '{words}' is not a kind of snippet; there are: {', '.join(KINDS)}"
        )
    words = words.removeprefix(kind).strip(", ")
    if (kind in NEED_WORDS) != bool(words):
        raise Mistake(
            f"{document}:{number}: '{kind}' "
            + ("needs a word more: a path, a reason" if kind in NEED_WORDS else "stands alone")
        )
    if kind in IN_COMMENT:
        return Snippet(document, number, kind, code=hidden)
    split = hidden.index("...") if "..." in hidden else len(hidden)
    return Snippet(document, number, kind, words, above=hidden[:split], below=hidden[split + 1 :])


def fenced(
    document: str, number: int, opened: re.Match[str], lines: Iterator[tuple[int, str]]
) -> Iterator[str]:
    """The lines up to the end of a block, without what they are indented or quoted by."""
    indent = opened["indent"]
    for _, line in lines:
        inner = line.removeprefix(indent) if line.startswith(indent) else line.lstrip(" >")
        if re.fullmatch(rf"\s*{re.escape(opened['fence'])}+\s*", inner):
            return
        yield inner
    raise Mistake(f"{document}:{number}: this block does not end")


def joined(snippets: Iterable[Snippet]) -> list[Snippet]:
    """What belongs together: a block, what goes on with it, and its output."""
    whole: list[Snippet] = []
    last: Snippet | None = None  # the last C++ of the document
    for snippet in snippets:
        if snippet.kind in ("more", "output"):
            if last is None or last.output is not None:
                raise Mistake(f"{snippet}: there is no C++ before it that '{snippet.kind}' is of")
            if snippet.kind == "output":
                last.output = snippet.code
            else:
                last.code += [*snippet.above, place(snippet), *snippet.code]
                last.below = [*snippet.below, *last.below]
            continue
        if snippet.kind in ("program", "file", "body"):
            last = snippet
        whole.append(snippet)
    return whole


def programs(snippets: list[Snippet]) -> list[Program]:
    """The C++ programs of one document."""
    made = []
    bodies = [snippet for snippet in snippets if snippet.kind == "body"]
    for snippet in snippets:
        if snippet.kind in ("program", "file"):
            made.append(Program(name_of(snippet), alone(snippet), [snippet]))
    if bodies:
        name = name_of(bodies[0]).rpartition("_")[0] + "_bodies"
        made.append(Program(name, together(bodies), bodies))
    return made


def name_of(snippet: Snippet) -> str:
    stem = re.sub(r"\W", "_", snippet.document.removesuffix(".md")).lower()
    return f"snippet_{stem}_{snippet.line}"


def place(snippet: Snippet) -> str:
    """Makes compilers speak of the document."""
    return f'#line {snippet.line} "{snippet.document}"'


def numbered(snippet: Snippet) -> list[str]:
    return [*snippet.above, place(snippet), *snippet.code, *snippet.below]


def alone(snippet: Snippet) -> str:
    lines = numbered(snippet)
    if snippet.kind == "file":
        lines = ["#include <interlock/interlock.hpp>", "namespace il = interlock;", *lines]
        if not any(re.match(r"int main\(", line) for line in lines):
            lines.append("int main() {}")
    return "\n".join([*lines, ""])


def together(bodies: list[Snippet]) -> str:
    includes = ["#include <interlock/interlock.hpp>", "#include <string_view>"]
    functions: list[str] = []
    for body in bodies:
        lines = numbered(body)
        includes += [line for line in lines if line.startswith("#include")]
        # An empty line keeps the numbers of those below it.
        lines = ["" if line.startswith("#include") else line for line in lines]
        functions += [
            f"static void body_{body.line}([[maybe_unused]] il::python py) {{",
            *lines,
            "}",
        ]
    choices = [
        f'    if (chosen == "{body.line}") il::with_gil(body_{body.line});' for body in bodies
    ]
    return "\n".join(
        [
            *dict.fromkeys(includes),
            "namespace il = interlock;",
            *functions,
            "int main(int, char** arguments) {",
            "    const il::interpreter python;",
            "    const std::string_view chosen = arguments[1];",
            *choices,
            "}",
            "",
        ]
    )


def main() -> None:
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    for document in documents():
        try:
            made = programs(read(document))
        except Mistake:
            continue  # test_documents.py says it, as a failed test rather than a failed build
        for program in made:
            source = folder / f"{program.name}.cpp"
            if not source.exists() or source.read_text(encoding="utf-8") != program.source:
                source.write_text(program.source, encoding="utf-8")
            print(program.name)


if __name__ == "__main__":
    main()
