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


PLOTS = {
    "build": (("cpu_s", "s", "CPU seconds of compiling"), ("stripped_kib", "KiB", "Stripped size")),
    "import": (("us_median", "us", "Importing"), ("resident_kib", "KiB", "Memory of importing")),
}


def run(
    build: Path, out: Path, keys: list[str], partial: str, python: str
) -> tuple[str, dict[str, object]]:
    """The text and the data; plots are written into `out`."""
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
    return "\n".join(text), {part.key: {"title": part.title, "libraries": part.found} for part in made}
