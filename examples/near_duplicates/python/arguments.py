"""The command line, read by Python's own argparse."""

import argparse
import os
import sys
import sysconfig


def parse(default_threads: int) -> argparse.Namespace | int:
    """What sys.argv asks for, or the exit status when there is nothing to do but leave."""
    parser = argparse.ArgumentParser(
        prog=os.path.basename(sys.argv[0]),
        description="Finds near-duplicate Python code in a folder, with C++ threads that call "
        "Python, and measures what holding the interpreter costs them.",
    )
    parser.add_argument(
        "folder",
        nargs="?",
        default=sysconfig.get_paths()["stdlib"],
        help="where to look for *.py files (default: the standard library, %(default)s)",
    )
    parser.add_argument(
        "--threads",
        type=positive,
        default=default_threads,
        metavar="N",
        help="measure on 1 to N threads (default: %(default)s)",
    )
    parser.add_argument(
        "--output",
        default=".",
        metavar="DIR",
        help="where report.json and timeline.svg are written (default: the current folder)",
    )
    parser.add_argument(
        "--quick", action="store_true", help="measure once instead of several times"
    )
    parser.add_argument(
        "--repeat",
        type=positive,
        default=0,
        metavar="N",
        help="measure N times, however long that takes (default: as often as fits in 20 seconds)",
    )
    try:
        options = parser.parse_args()
    except SystemExit as leaving:
        return leaving.code if isinstance(leaving.code, int) else 2
    options.terminal = sys.stderr.isatty()
    # Asked for before 3.13, every Python has the lock.
    options.free_threaded = not getattr(sys, "_is_gil_enabled", lambda: True)()
    options.python = f"{sys.implementation.name} {sys.version.split()[0]}"
    return options


def positive(text: str) -> int:
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError("must be at least 1")
    return value
