"""The command line: what its commands are called and what they take.

The work is done by the modules beside this one.
"""

from __future__ import annotations

import json
import shlex
import sys
from pathlib import Path
from typing import NoReturn

import click

from interlock import check as checks
from interlock import information, location, scaffold
from interlock.stubs.__main__ import write as write_stubs

HELP = {"help_option_names": ["-h", "--help"]}


def fail(text: str) -> NoReturn:
    """Ends the command with what is wrong and what to do about it."""
    click.secho("error: ", fg="red", bold=True, nl=False, err=True)
    click.echo(text, err=True)
    sys.exit(1)


@click.group(context_settings=HELP)
@click.version_option(location.version(), prog_name="interlock")
def commands() -> None:
    """C++ and Python: new projects, type stubs, and what a build would use."""


def _program(found: information.Program | None, missing: str) -> str:
    if found is None:
        return missing
    return " ".join(filter(None, [found.kind, found.version, f"({found.path})"]))


@commands.command()
@click.option("--json", "as_json", is_flag=True, help="All of it, for programs to read.")
@click.option("--cmake-dir", "what", flag_value="cmake_dir", help="The folder for interlock_DIR.")
@click.option("--include-dir", "what", flag_value="include_dir", help="The folder for -I.")
@click.option("--source-dir", "what", flag_value="source_dir", help="The folder of the core.")
def info(as_json: bool, what: str | None) -> None:
    """Where interlock is, and the compiler and Python that a build here would use."""
    if what is not None:
        click.echo(getattr(location, what)())
        return
    all_of_it = information.gather()
    if as_json:
        click.echo(json.dumps(all_of_it.as_json(), indent=2))
        return
    python = all_of_it.python
    words = [python.implementation, python.version]
    if python.free_threaded:
        words.append("free-threaded")
    if python.debug:
        words.append("debug")
    rows = {
        "interlock": all_of_it.version,
        "from": all_of_it.origin,
        "headers": all_of_it.include_dir,
        "CMake files": all_of_it.cmake_dir,
        "core": all_of_it.source_dir,
        "Python": f"{' '.join(words)} ({python.path})",
        "modules end in": python.extension_suffix,
        "Python.h": python.include_dir if python.has_header else "not installed",
        "compiler": _program(all_of_it.compiler, "none is on the path"),
        "CMake": _program(all_of_it.cmake, "not on the path; pip fetches it for a build"),
        "Ninja": _program(all_of_it.ninja, "not on the path; pip fetches it for a build"),
        "platform": all_of_it.platform,
    }
    for name, value in rows.items():
        click.secho(f"{name:<15}", fg="cyan", nl=False)
        click.echo(value)


@commands.command()
@click.argument("folder", metavar="NAME", type=click.Path(path_type=Path))
@click.option("--class", "with_class", is_flag=True, help="With a C++ class.")
@click.option("--embed", is_flag=True, help="A program with Python inside.")
@click.option(
    "--requires", metavar="REQUIREMENT", help="The interlock to require, as pip takes it."
)
def new(folder: Path, with_class: bool, embed: bool, requires: str | None) -> None:
    """Make a project that builds, tests and packs as a wheel at once.

    NAME is the project's name, and the folder that is made.
    """
    if with_class and embed:
        raise click.UsageError("give --class or --embed, not both: each is a project of its own")
    kind = scaffold.Kind.CLASS if with_class else scaffold.Kind.FUNCTIONS
    made = scaffold.make(folder, scaffold.Kind.EMBED if embed else kind, requires)
    click.secho("made ", fg="green", nl=False)
    click.echo(f"{made.folder} with {len(made.files)} files; it requires {made.requirement}")
    if made.is_local:
        click.secho("note: ", fg="yellow", nl=False)
        click.echo("that is a folder of this machine; README.md says what to do before publishing")
    if made.hidden is not None:
        click.secho("note: ", fg="yellow", nl=False)
        click.echo(
            f"another '{made.package}' is installed here, in {made.hidden}: one of the two will "
            "not be imported. Take another name, or another environment"
        )
    click.echo(f"next: cd {shlex.quote(str(made.folder))} && pip install . pytest && pytest")


@commands.command()
@click.argument("module")
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path(),
    help="The folder for the stubs; by default this one.",
)
@click.option("--py-typed", is_flag=True, help="Write py.typed beside them.")
def stubs(module: str, output: Path, py_typed: bool) -> None:
    """Write the type stubs of an installed MODULE.

    A module with submodules gets a folder, every other one a file.
    """
    # As "python" has it: a module in this folder can be imported.
    sys.path.insert(0, "")
    try:
        written = write_stubs(module, output, py_typed=py_typed)
    except ModuleNotFoundError as error:
        fail(
            f"{error}. The module has to be installed for {sys.executable}, or be in this folder; "
            "of a package give the compiled module, package._core say"
        )
    except ImportError as error:
        fail(f"{module} cannot be imported: {error}. `interlock check FILE` looks into its file")
    except Exception as error:
        fail(
            f"importing {module} raised {type(error).__name__}: {error}. A stub is written of what "
            "an import gives: make `import` work first"
        )
    for path in written:
        click.echo(path)


@commands.command()
@click.argument("path", type=click.Path(path_type=Path), default=Path())
def check(path: Path) -> None:
    """Whether a build can work here, and what is often wrong.

    PATH is a project's folder, by default this one, or a built module.
    """
    marks = {
        checks.Grade.GOOD: ("ok", "green"),
        checks.Grade.WARNING: ("warning", "yellow"),
        checks.Grade.WRONG: ("wrong", "red"),
    }
    is_wrong = False
    for finding in checks.check(path):
        word, colour = marks[finding.grade]
        click.secho(f"{word:<9}", fg=colour, nl=False)
        click.echo(finding.what)
        if finding.advice:
            click.echo(f"{'':<9}-> {finding.advice}")
        is_wrong = is_wrong or finding.grade is checks.Grade.WRONG
    if is_wrong:
        sys.exit(1)


def main() -> None:
    try:
        commands()
    except (location.Missing, scaffold.Refused) as problem:
        fail(str(problem))
    except OSError as problem:
        fail(
            f"{problem.filename or 'a file'}: {problem.strerror or problem}. Nothing can be "
            "written or read there: give another place"
        )
