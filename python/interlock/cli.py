"""The command line: what its commands are called and what they take.

The work is done by the modules beside this one.
"""

from __future__ import annotations

import json
import sys
from typing import NoReturn

import click

from interlock import information, location

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


def main() -> None:
    try:
        commands()
    except location.Missing as missing:
        fail(str(missing))
