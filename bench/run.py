#!/usr/bin/env python3
"""Run the benchmarks that `cmake --workflow --preset bench` has built.

    bench/run.py                         everything; what the preset runs at its end
    bench/run.py entry leave             these rows only
    bench/run.py --no-count              times alone, without callgrind
    bench/run.py --no-time               instructions alone, which a busy machine does not change
    bench/run.py --list                  the rows
    bench/run.py --no-build              all but what compiling and importing costs, which takes longest
    bench/run.py --check bench/ratios.json           whether a ratio to C best has grown: status 1
    bench/run.py --write-ratios bench/ratios.json    what it is compared with

Writes results.md, results.json and SVGs into the build folder, with `-partial` in their names where rows were chosen; and the
preset's run copies them into bench/. Meant for an idle machine: it says how busy the machine was.
"""

from __future__ import annotations

import argparse
import datetime
import json
import os
import platform
import re
import shutil
import sys
from dataclasses import replace
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

from calls import rows as calls  # noqa: E402
from classes import rows as classes  # noqa: E402
from conversions import rows as conversions  # noqa: E402
from doors import rows as doors  # noqa: E402
from harness import plot, ratios, report  # noqa: E402
from harness.measure import built, measure  # noqa: E402
from overrides import rows as overrides  # noqa: E402
from sync import rows as sync  # noqa: E402
from threads import rows as threads  # noqa: E402

from build import results as build_results  # noqa: E402

THEMES = (
    doors.THEME,
    calls.THEME,
    conversions.THEME,
    classes.THEME,
    overrides.THEME,
    sync.THEME,
    threads.THEME,
)


def cpu() -> str:
    try:
        found = re.search(r"^model name\s*: (.*)$", Path("/proc/cpuinfo").read_text(), re.MULTILINE)
    except OSError:
        found = None
    return found[1] if found else platform.processor() or platform.machine()


def versions(config: dict[str, object]) -> str:
    given = dict(config["versions"])  # type: ignore[call-overload]
    known = {name: version for name, version in given.items() if version}
    lock = Path(str(config["out"])) / "cargo" / "Cargo.lock"
    if lock.exists():
        found = re.search(r'name = "pyo3"\nversion = "([^"]+)"', lock.read_text())
        if found:
            known["PyO3"] = found[1]
    return ", ".join(f"{name} {version}" for name, version in known.items())


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("rows", nargs="*", help="rows to run; all unless given")
    parser.add_argument("--config", type=Path, default=HERE.parent / "build/bench/bench/bench.json")
    parser.add_argument("--rounds", type=int, default=200, help="bursts of each competitor (200)")
    parser.add_argument("--no-count", action="store_true", help="no instruction counts")
    parser.add_argument("--no-time", action="store_true", help="no times, instructions alone")
    parser.add_argument("--only", nargs="+", metavar="KEY", help="these libraries only: best_c ...")
    parser.add_argument("--no-build", action="store_true", help="nothing of compiling, importing")
    parser.add_argument("--copy-to", type=Path, metavar="FOLDER", help="copy the results there")
    parser.add_argument(
        "--pictures", type=Path, metavar="FOLDER", help="make the plots anew that are there"
    )
    parser.add_argument("--strict", action="store_true", help="status 1 where a bar is missed")
    parser.add_argument("--check", type=Path, help="compare the ratios to C best with a file's")
    parser.add_argument("--write-ratios", type=Path, help="write them into a file")
    parser.add_argument("--list", action="store_true", help="name the rows and stop")
    options = parser.parse_args()
    if options.list:
        for theme in THEMES:
            for row in theme.rows:
                print(f"{row.key:20} {row.title}")
        for key, title in build_results.KEYS.items():
            print(f"{key:20} {title}")
        return 0
    known = {row.key for theme in THEMES for row in theme.rows} | build_results.KEYS.keys()
    if unknown := [key for key in options.rows if key not in known]:
        parser.error(f"no row is called {', '.join(unknown)}; --list names them")
    if not options.config.exists():
        parser.error(f"{options.config} is not there; build with: cmake --workflow --preset bench")
    config = json.loads(options.config.read_text())
    counting = not options.no_count and bool(config["valgrind"])
    if not counting and not options.no_count:
        print("bench: valgrind is not installed: no instruction counts", file=sys.stderr)

    if options.check or options.write_ratios:
        if not counting:
            parser.error("ratios are of instructions, which valgrind counts")

        def wanted(row: tuple[str, str]) -> bool:
            return not options.rows or row[1] in options.rows

        if options.write_ratios:
            ratios.write(options.write_ratios, THEMES, config, wanted)
        return 1 if options.check and ratios.check(options.check, THEMES, config, wanted) else 0

    environment: dict[str, str | bool] = {
        "date": datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%d %H:%M UTC"),
        "processor": f"{cpu()}, {os.cpu_count()} cores",
        "system": platform.platform(),
        "compiler": f"{config['compiler']}, {config['build_type']}",
        "libraries": versions(config),
        "load before": f"{os.getloadavg()[0]:.2f}" if hasattr(os, "getloadavg") else "unknown",
    }
    missed = 0
    text = ""
    data: dict[str, object] = {}
    partial = "-partial" if options.rows else ""
    out = Path(config["out"])
    for theme in THEMES:
        rows = [row for row in theme.rows if not options.rows or row.key in options.rows]
        if options.only:
            chosen = tuple(c for c in theme.competitors if c.key in options.only)
            theme = replace(theme, competitors=chosen)
        if not rows or not theme.competitors:
            continue
        if not built(theme, config["modules"]):
            print(f"bench: {theme.title}: none of its modules is built; it is left out")
            continue
        rounds = 0 if options.no_time else options.rounds
        results = measure(theme, config, rows, rounds, counting, environment)
        if hasattr(os, "getloadavg"):
            environment["load after"] = f"{os.getloadavg()[0]:.2f}"
        for key, value in environment.items():
            print(f"{key}: {value}")
        print(report.for_terminal(theme, rows, results), flush=True)
        text += "\n" + report.for_markdown(theme, rows, results, partial)
        data[theme.key] = report.for_json(theme, rows, results)
        for suffix, instructions in (("", False), ("_instructions", True)):
            if drawn := plot.draw(theme, rows, results, instructions):
                (out / f"{theme.key}{suffix}{partial}.svg").write_text(drawn)
        if drawn := plot.draw_ratios(theme, rows, results):
            (out / f"{theme.key}_ratios{partial}.svg").write_text(drawn)
        missed += sum(
            1 for bar in theme.bars if (said := report.verdict(bar, results)) and said[2] != "ok"
        )
    keys = [key for key in build_results.KEYS if not options.rows or key in options.rows]
    if keys and not options.no_build and not options.only:
        environment.setdefault("python", config["python"])
        said, found, more = build_results.run(
            out.parent, out, keys, partial, str(environment["python"])
        )
        missed += more
        text += said
        data["build"] = found
    (out / f"results{partial}.md").write_text(report.heading(environment) + text)
    (out / f"results{partial}.json").write_text(
        json.dumps({"environment": environment, **data}, indent=1) + "\n"
    )
    if options.copy_to:
        for made in (*out.glob("*.svg"), *out.glob(f"results{partial}.*")):
            if made.stem.endswith("-partial") == bool(partial):
                shutil.copy(made, options.copy_to)
    if options.pictures:
        for made in out.glob("*.svg"):
            if (options.pictures / made.name).exists():
                shutil.copy(made, options.pictures)
    print(f"\n{missed} bar{'' if missed == 1 else 's'} missed; {out}/results{partial}.md")
    return 1 if missed and options.strict else 0


if __name__ == "__main__":
    sys.exit(main())
