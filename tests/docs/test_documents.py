"""What the documents show works: each block is built and run, and prints what they say that it prints."""

from __future__ import annotations

import json
import os
import re
import subprocess
from pathlib import Path

import pytest
from snippets import ROOT, Mistake, Program, Snippet, documents, programs, read

# Where CMake put the programs.
PROGRAMS = Path(os.environ["INTERLOCK_SNIPPETS"])


def snippets_of(document: Path) -> list[Snippet]:
    try:
        return read(document)
    except Mistake:
        return []  # test_every_block_says_what_it_is fails


RUNS = [
    pytest.param(program, snippet, id=str(snippet))
    for document in documents()
    for program in programs(snippets_of(document))
    for snippet in program.snippets
]


def matches(shown: list[str], printed: str) -> bool:
    """Whether it is what was shown, where "..." may be any lines."""
    pattern = "".join(
        r"(?:.*\n)*?" if line.strip() == "..." else re.escape(line.rstrip()) + r"[ \t]*\n"
        for line in shown
    )
    return re.fullmatch(pattern, printed if printed.endswith("\n") else printed + "\n") is not None


@pytest.mark.parametrize("document", documents(), ids=lambda path: path.name)
def test_every_block_says_what_it_is(document: Path) -> None:
    try:
        read(document)
    except Mistake as mistake:
        pytest.fail(str(mistake), pytrace=False)


@pytest.mark.parametrize(("program", "snippet"), RUNS)
def test_cpp(program: Program, snippet: Snippet) -> None:
    done = subprocess.run(
        [PROGRAMS / program.name, str(snippet.line)],
        capture_output=True,
        text=True,
        timeout=50,
        check=False,
    )
    if done.returncode != 0:
        pytest.fail(f"{snippet}: status {done.returncode}\n{done.stdout}{done.stderr}", False)
    if snippet.output is not None and not matches(snippet.output, done.stdout):
        shown = "\n".join(snippet.output)
        pytest.fail(f"{snippet} printed\n{done.stdout}\nand the document shows\n{shown}", False)


def play(snippets: list[Snippet], project: Path) -> None:
    """Makes the files of a document's project, and types its sessions, in the document's order."""
    for snippet in snippets:
        if snippet.kind == "save":
            path = project / snippet.words
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text("\n".join([*snippet.above, *snippet.code, *snippet.below, ""]))
        elif snippet.kind == "session":
            for command, shown in commands(snippet):
                done = subprocess.run(
                    ["bash", "-ec", command],
                    cwd=project,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.STDOUT,
                    text=True,
                    check=False,
                )
                if done.returncode != 0 or (shown and not matches(shown, done.stdout)):
                    pytest.fail(f"{snippet}: $ {command}\n{done.stdout}", False)


def commands(session: Snippet) -> list[tuple[str, list[str]]]:
    found: list[tuple[str, list[str]]] = []
    for line in session.code:
        if line.startswith("$ "):
            found.append((line.removeprefix("$ "), []))
        elif found:
            found[-1][1].append(line)
        elif line.strip():
            raise Mistake(f'{session}: a session begins with a line that begins with "$ "')
    return found


@pytest.mark.parametrize(
    "document",
    [path for path in documents() if any(s.kind == "session" for s in snippets_of(path))],
    ids=lambda path: path.name,
)
def test_sessions(document: Path, tmp_path: Path) -> None:
    play(read(document), tmp_path)


@pytest.mark.parametrize("document", documents(), ids=lambda path: path.name)
def test_links_lead_to_files(document: Path) -> None:
    text = re.sub(r"^```.*?^```", "", document.read_text("utf-8"), flags=re.DOTALL | re.MULTILINE)
    for target in re.findall(r"\]\(([^)\s#:]+)(?:#[^)\s]*)?\)", re.sub(r"`[^`]*`", "", text)):
        # reference/ is made with the site.
        if not target.startswith("reference/"):
            assert (document.parent / target).exists(), f"{document.name} links to {target}"


def test_presets_that_are_named_are_there() -> None:
    presets = json.loads((ROOT / "CMakePresets.json").read_text())
    for document in documents():
        text = document.read_text(encoding="utf-8")
        for tool, name in re.findall(r"\b(cmake --workflow|ctest) --preset[ =](\w+)", text):
            known = presets["testPresets" if tool == "ctest" else "workflowPresets"]
            assert name in [preset["name"] for preset in known], f"{document.name}: {tool} {name}"


def sources(*folders: str) -> str:
    return "\n".join(
        path.read_text(encoding="utf-8")
        for folder in folders
        for path in sorted((ROOT / folder).rglob("*.[ch]pp"))
    )


@pytest.mark.parametrize("document", documents(), ids=lambda path: path.name)
def test_names_of_the_library_are_its_own(document: Path) -> None:
    known = set(re.findall(r"\w+", sources("include")))
    named = set(re.findall(r"\bil::(\w+)", document.read_text(encoding="utf-8")))
    assert named <= known, f"{document.name} names what no header has: {sorted(named - known)}"


def test_messages_that_are_explained_are_said() -> None:
    said = re.sub(r'"\s*\n\s*"', "", sources("include", "src")).replace('\\"', '"')
    text = (ROOT / "docs/messages.md").read_text(encoding="utf-8")
    quoted = re.findall(r"^> `interlock: (.*)`$", text, re.MULTILINE)
    assert len(quoted) > 20
    for message in quoted:
        # "..." stands for what is left out, and is part of some messages.
        for part in [message] if message in said else message.split("..."):
            assert part.strip() in said, f"no source says: {part}"
