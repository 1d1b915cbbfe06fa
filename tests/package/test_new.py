"""interlock new and interlock check: what is made, what is refused, and what is said of mistakes."""

from __future__ import annotations

import dataclasses
import os
import shlex
import sys
import tomllib
from pathlib import Path

import pytest
from click.testing import CliRunner

sys.path.insert(0, os.path.join(os.environ["INTERLOCK_PACKAGE_SOURCE"], "python"))

from interlock import check, cli, information, scaffold

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


def test_a_requirement_is_written_as_pyproject_has_it(tmp_path: Path) -> None:
    asked = 'interlock @ git+https://example.org/interlock ; python_version >= "3.11"'
    scaffold.make(tmp_path / "words", scaffold.Kind.FUNCTIONS, asked)
    project = tomllib.loads((tmp_path / "words/pyproject.toml").read_text())
    assert asked.replace('"', "'") in project["build-system"]["requires"]
    with pytest.raises(scaffold.Refused, match="--requires 'interlock @ git"):
        scaffold.make(
            tmp_path / "other", scaffold.Kind.FUNCTIONS, "git+https://example.org/interlock"
        )


def test_a_package_of_that_name_that_is_installed_is_told_of(tmp_path: Path) -> None:
    made = scaffold.make(tmp_path / "pytest", scaffold.Kind.FUNCTIONS, CHECKOUT)
    assert made.hidden == pytest.__file__
    assert scaffold.make(tmp_path / "words", scaffold.Kind.FUNCTIONS, CHECKOUT).hidden is None


def said(*arguments: str) -> tuple[int, str]:
    """The status of the command line, and what it prints."""
    done = CliRunner().invoke(cli.commands, list(arguments), prog_name="interlock")
    return done.exit_code, done.output


def test_the_command_tells_what_to_type_next(tmp_path: Path) -> None:
    status, text = said("new", str(tmp_path / "my own/words"), "--requires", CHECKOUT)
    assert status == 0
    assert f"next: cd '{tmp_path}/my own/words' && pip install . pytest && pytest" in text


def test_a_project_is_of_one_kind(tmp_path: Path) -> None:
    status, text = said("new", str(tmp_path / "words"), "--class", "--embed")
    assert (status, (tmp_path / "words").exists()) == (2, False)
    assert "give --class or --embed, not both" in text


def test_stubs_of_what_cannot_be_imported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "The module has to be installed for" in said("stubs", "no_such_module")[1]
    (tmp_path / "breaks.py").write_text("1 / 0")
    monkeypatch.syspath_prepend(tmp_path)
    status, text = said("stubs", "breaks")
    assert status == 1
    assert "importing breaks raised ZeroDivisionError" in text
    assert "make `import` work first" in text


@pytest.mark.skipif(sys.platform == "win32", reason="names of files that cannot be folders differ")
def test_a_place_that_cannot_be_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").touch()
    asked = ["interlock", "new", str(tmp_path / "file/words"), "--requires", CHECKOUT]
    monkeypatch.setattr(sys, "argv", asked)
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert ended.value.code == 1
    assert "file/words: Not a directory. Nothing can be written" in capsys.readouterr().err


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


def test_a_module_that_cannot_be_imported_by_its_name(tmp_path: Path) -> None:
    (tmp_path / "CMakeLists.txt").write_text("interlock_add_module(class a.cpp)")
    (tmp_path / "a.cpp").write_text("INTERLOCK_MODULE(class, m) {}")
    assert wrong(tmp_path) == ["class is a word of Python's own: `import class` is no Python"]


def test_a_path_that_is_not_there(tmp_path: Path) -> None:
    found = [
        finding for finding in check.check(tmp_path / "gone") if "is not there" in finding.what
    ]
    assert [finding.grade for finding in found] == [check.Grade.WRONG]
    assert "without PATH, it is this folder" in found[0].advice
    [finding] = check.check_folder(tmp_path)
    assert "there is no CMakeLists.txt" in finding.what


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


def test_a_compiler_that_the_environment_names(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CXX", "no-such-compiler")
    assert information.find_compiler() is None
    assert check.check_compiler(None).what == "CXX names no-such-compiler, which is not on the path"
    # A launcher stands before the compiler, and hands its arguments on.
    monkeypatch.setenv("CXX", f"{shlex.quote(sys.executable)} -c 'print(\"g++ (GCC) 12.2.0\")'")
    found = information.find_compiler()
    assert found is not None
    assert (found.path, found.kind, found.version) == (sys.executable, "gcc", "12.2.0")


@pytest.mark.parametrize(
    ("changed", "what", "advice"),
    [
        (
            {"version": "3.10.4"},
            "too old: 3.11 or newer is needed",
            "make an environment of a newer",
        ),
        ({"version": "3.13.1", "free_threaded": True}, "is free-threaded", "python3.14t"),
        ({"implementation": "PyPy"}, "is PyPy", "an environment of a CPython"),
        ({"has_header": False}, "Python.h is not in", "install"),
    ],
)
def test_interpreters(changed: dict[str, object], what: str, advice: str) -> None:
    good = dataclasses.replace(
        information.interpreter(), version="3.12.1", implementation="CPython", free_threaded=False
    )
    python = dataclasses.replace(good, **changed)  # type: ignore[arg-type]
    [found] = [f for f in check.check_interpreter(python) if f.grade is check.Grade.WRONG]
    assert what in found.what
    assert advice in found.advice
