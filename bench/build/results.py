"""What compiling and importing costs, as rows of run.py: tables, plots and what goes into the JSON file."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent)]

from harness import plot, report  # noqa: E402
from imports import LARGE, large_table, make_small, measure_large  # noqa: E402
from libraries import LIBRARIES  # noqa: E402
from measure import Builder, flags_of, measure, table  # noqa: E402
from sources import ROWS  # noqa: E402

KEYS = {
    **{f"build_{key}": f"compiling {row.title}" for key, row in ROWS.items()},
    **{f"import_{key}": f"importing {ROWS[key].title}" for key in LARGE},
}
IMPORT_RUNS = 4


@dataclass(frozen=True)
class Part:
    """A table of a row, and what stands in it by library."""

    key: str
    title: str
    lines: list[list[str]]
    found: dict[str, dict[str, float]]


def parts_of(builder: Builder, work: Path, key: str) -> Iterator[Part]:
    kind, _, row = key.partition("_")
    libraries = ROWS[row].libraries
    if kind == "build":
        for flags in flags_of(row, ["-O3", "-Os"]):
            found = measure(builder, row, flags, libraries, 1)
            yield Part(f"{key}{flags}", f"{KEYS[key]}, {flags}", table(found), found)
        return
    make_small(builder, work, work / "modules")
    found = measure_large(builder, work, row, list(libraries), IMPORT_RUNS)
    yield Part(key, KEYS[key], large_table(found), found)


# At most what nanobind takes: with its casters where the row has that, since interlock's header converts the same types.
BARRED = {"cpu_s": "CPU seconds", "memory_mib": "memory", "stripped_kib": "stripped size"}
BARRED_ROWS = ("header", "function", "functions", "classes")


def bars_of(part: Part) -> list[list[str]]:
    """Bars, what was measured, and whether it is kept."""
    kind, _, row = part.key.partition("-")[0].partition("_")
    with_casters = part.found.get("nanobind_casters")
    theirs = with_casters or part.found.get("nanobind")
    ours = part.found.get("interlock")
    if kind != "build" or row not in BARRED_ROWS or ours is None or theirs is None:
        return []
    name = "nanobind with its casters" if with_casters else "nanobind"
    return [
        [part.title, f"{title}, interlock / {name}: at most 1x", f"{value:.2f}x", said]
        for measured, title in BARRED.items()
        if measured in ours and measured in theirs
        for value in [ours[measured] / theirs[measured]]
        for said in ["ok" if round(value, 2) <= 1 else "MISSED"]
    ]


PLOTS = {
    "build": (("cpu_s", "s", "CPU seconds of compiling"), ("stripped_kib", "KiB", "Stripped size")),
    "import": (("us_median", "us", "Importing"), ("resident_kib", "KiB", "Memory of importing")),
}


def run(
    build: Path, out: Path, keys: list[str], partial: str, python: str
) -> tuple[str, dict[str, object], int]:
    """The text, the data, and how many bars are missed; plots are written into `out`."""
    text = [
        "\n## Build and import\n",
        "One after another, each once: seconds on the clock and of the CPU, the compiler's memory, what linking takes, and the "
        "stripped module. Of imports: medians of instructions and times, and what the process grows by.\n",
    ]
    made: list[Part] = []
    with tempfile.TemporaryDirectory() as work:
        builder = Builder(build, Path(work))
        for key in keys:
            for part in parts_of(builder, Path(work), key):
                made.append(part)
                print(f"\n{part.key}: {part.title}\n{report.aligned(part.lines)}", flush=True)
    for kind, plots in PLOTS.items():
        for measured, unit, title in plots:
            groups = [
                (
                    part.title,
                    [(*LIBRARIES[k], v[measured]) for k, v in part.found.items() if measured in v],
                )
                for part in made
                if part.key.startswith(kind)
            ]
            drawn = plot.bars_of(f"{title}, {unit}", python, unit, [g for g in groups if g[1]])
            if drawn:
                name = f"{kind}_{measured}{partial}.svg"
                (out / name).write_text(drawn)
                text.append(f"![{title}, {unit}]({name})\n")
    for part in made:
        lines = [part.lines[0], *([LIBRARIES[k][0], *l[1:]] for k, l in zip(part.found, part.lines[1:], strict=True))]
        text.append(f"### {part.key}: {part.title}\n\n{report.markdown(lines)}\n")
    bars = [line for part in made for line in bars_of(part)]
    if bars:
        bars.insert(0, ["row", "bar", "measured", ""])
        print(f"\n{report.aligned(bars)}", flush=True)
        text.append(f"### Bars\n\n{report.markdown(bars)}\n")
    data: dict[str, object] = {
        part.key: {"title": part.title, "libraries": part.found} for part in made
    }
    return "\n".join(text), data, sum(1 for line in bars if line[-1] == "MISSED")
