"""interlock new and interlock check: what is made, what is refused, and what is said of mistakes."""

from __future__ import annotations

import os
import sys
import tomllib
from pathlib import Path

import pytest

sys.path.insert(0, os.path.join(os.environ["INTERLOCK_PACKAGE_SOURCE"], "python"))

from interlock import check, information, scaffold

SOURCE = Path(os.environ["INTERLOCK_PACKAGE_SOURCE"])
CHECKOUT = f"interlock @ {SOURCE.as_uri()}"


@pytest.mark.parametrize("kind", scaffold.Kind)
def test_a_project_is_whole(kind: scaffold.Kind, tmp_path: Path) -> None:
    made = scaffold.make(tmp_path / "My-Words", kind, CHECKOUT)
    assert made.package == "my_words"
    for file in made.files:
        text = file.read_text()
        assert "@PACKAGE@" not in text
        assert "@PROJECT@" not in text
        if file.suffix == ".py":
            compile(text, str(file), "exec")
    project = tomllib.loads((tmp_path / "My-Words/pyproject.toml").read_text())
    assert project["project"]["name"] == "My-Words"
    assert CHECKOUT in project["build-system"]["requires"]
    assert CHECKOUT in project["dependency-groups"]["dev"]


def test_a_project_requires_what_it_is_made_with(tmp_path: Path) -> None:
    made = scaffold.make(tmp_path / "words", scaffold.Kind.FUNCTIONS)
    assert made.requirement == CHECKOUT
    assert made.is_local
    assert "a folder of this machine" in (tmp_path / "words/README.md").read_text()


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("class", "a word of Python's own"),
        ("json", "a module already"),
        ("interlock", "a module already"),
        ("3d", "begin with a letter"),
        ("a b", "letters, digits"),
        ("-x", "begins and ends with a letter or digit"),
    ],
)
def test_names_that_cannot_be_imported_are_refused(name: str, words: str, tmp_path: Path) -> None:
    with pytest.raises(scaffold.Refused, match=words):
        scaffold.make(tmp_path / name, scaffold.Kind.FUNCTIONS, CHECKOUT)
    assert not (tmp_path / name).exists()


def test_a_folder_with_something_in_it_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "words").mkdir()
    (tmp_path / "words/mine.txt").touch()
    with pytest.raises(scaffold.Refused, match="not empty"):
        scaffold.make(tmp_path / "words", scaffold.Kind.FUNCTIONS, CHECKOUT)
    assert [path.name for path in (tmp_path / "words").iterdir()] == ["mine.txt"]


# ---- check -------------------------------------------------------------------------------------


def wrong(folder: Path) -> list[str]:
    return [
        finding.what for finding in check.check_folder(folder) if finding.grade is check.Grade.WRONG
    ]


def test_a_new_project_has_no_faults(tmp_path: Path) -> None:
    scaffold.make(tmp_path / "words", scaffold.Kind.FUNCTIONS, CHECKOUT)
    assert wrong(tmp_path / "words") == []


def test_a_module_that_is_not_called_as_its_file(tmp_path: Path) -> None:
    scaffold.make(tmp_path / "words", scaffold.Kind.FUNCTIONS, CHECKOUT)
    source = tmp_path / "words/src/_core.cpp"
    source.write_text(source.read_text().replace("INTERLOCK_MODULE(_core", "INTERLOCK_MODULE(core"))
    assert wrong(tmp_path / "words") == [
        "the module of _core is called core in src/_core.cpp: `import _core` fails"
    ]


def test_a_source_that_is_not_there(tmp_path: Path) -> None:
    scaffold.make(tmp_path / "words", scaffold.Kind.FUNCTIONS, CHECKOUT)
    (tmp_path / "words/src/_core.cpp").unlink()
    assert "interlock_add_module(_core): src/_core.cpp is not there" in wrong(tmp_path / "words")


def test_an_interlock_that_is_gone(tmp_path: Path) -> None:
    gone = f"interlock @ {(tmp_path / 'gone').as_uri()}"
    scaffold.make(tmp_path / "words", scaffold.Kind.FUNCTIONS, gone)
    [what] = wrong(tmp_path / "words")
    assert "which is gone" in what


def test_a_built_module_of_another_name(tmp_path: Path) -> None:
    suffix = information.interpreter().extension_suffix
    path = tmp_path / f"words{suffix}"
    path.write_bytes(b"\0PyInit_other\0")
    [finding] = check.check_file(path)
    assert finding.grade is check.Grade.WRONG
    assert "holds the module other: `import words` would fail" in finding.what
    path.write_bytes(b"\0PyInit_words\0")
    [finding] = check.check_file(path)
    assert finding.grade is check.Grade.GOOD


@pytest.mark.parametrize(
    ("banner", "kind", "version", "is_good"),
    [
        ("g++ (Debian 12.2.0-14+deb12u1) 12.2.0\nFree Software Foundation", "gcc", "12.2.0", True),
        ("g++ (GCC) 11.5.0\nFree Software Foundation", "gcc", "11.5.0", False),
        ("Debian clang version 19.1.7 (3)", "clang", "19.1.7", True),
        ("Apple clang version 15.0.0 (clang-1500)", "apple clang", "15.0.0", False),
        (
            "Microsoft (R) C/C++ Optimizing Compiler Version 19.43.34808 for x64",
            "msvc",
            "19.43.34808",
            True,
        ),
    ],
)
def test_compilers(banner: str, kind: str, version: str, is_good: bool) -> None:
    found = information.describe_compiler("c++", banner)
    assert (found.kind, found.version) == (kind, version)
    assert (check.check_compiler(found).grade is check.Grade.GOOD) == is_good
    assert check.check_compiler(None).grade is check.Grade.WRONG
