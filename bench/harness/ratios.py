"""The committed ratios of instructions to C best, and whether today's are as good.

A ratio is of one run: interlock and C best, counted on the same interpreter. It depends on that interpreter's version and on the
compiler all the same, so the file keeps the ratios of each pair apart.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from .measure import measure
from .model import Theme

GROWTH = 0.03
# An object that fills its pool of memory costs more than the next one, and which ones do is chance: what is committed is of the
# least of several counts, between which the heap is laid out otherwise, and so is what has grown.
HEAPS = (3, 8, 13)
# What both must have: the library and the reference alone.
THEMES = ("doors", "calls", "conversions", "classes", "overrides", "threads")


Pairs = dict[str, dict[str, tuple[float, float]]]
# Says which rows, each told by its theme's key and its own.
Wanted = Callable[[tuple[str, str]], bool]


@dataclass(frozen=True)
class Counted:
    """Instructions of the library and of C best, by theme and row; `key` is what is at hand."""

    key: str
    python: str
    compiler: str
    pairs: Pairs

    def ratios(self) -> dict[str, dict[str, float]]:
        return {
            theme: {row: round(ours / best, 3) for row, (ours, best) in rows.items() if best}
            for theme, rows in self.pairs.items()
        }

    def least(self, other: Counted) -> Counted:
        """Of both, each row's fewer instructions."""
        merged: Pairs = {theme: dict(rows) for theme, rows in self.pairs.items()}
        for theme, rows in other.pairs.items():
            for row, (ours, best) in rows.items():
                mine = merged.setdefault(theme, {}).get(row, (ours, best))
                merged[theme][row] = min(ours, mine[0]), min(best, mine[1])
        return replace(self, pairs=merged)


def count(
    themes: tuple[Theme, ...],
    config: dict[str, str],
    wanted: Wanted,
    heap: int = 0,
) -> Counted:
    """`heap` lays out the heap otherwise."""
    environment: dict[str, str | bool] = {}
    pairs: Pairs = {}
    for theme in themes:
        if theme.key not in THEMES:
            continue
        pair = ("interlock", theme.reference)
        rows = [
            row
            for row in theme.rows
            if row.counted
            and all(key in row.competitors for key in pair)
            and wanted((theme.key, row.key))
        ]
        if not rows:
            continue
        two = replace(theme, competitors=tuple(c for c in theme.competitors if c.key in pair))
        results = measure(two, config, rows, 0, True, environment, heap)
        for row in rows:
            ours, best = (results.instructions(row.key, key) for key in pair)
            if ours is not None and best is not None:
                pairs.setdefault(theme.key, {})[row.key] = ours, best
    python = str(environment["python"]).split()[0]
    compiler = str(config["compiler"])
    minor = ".".join(python.split(".")[:2]) + ("t" if environment["free_threaded"] else "")
    major = re.match(r"\S+ \d+", compiler)
    key = f"CPython {minor}, {major[0] if major else compiler}"
    return Counted(key, python, compiler, pairs)


def read(path: Path) -> dict:
    return json.loads(path.read_text()) if path.exists() else {}


def grown_of(counted: Counted, committed: dict) -> set[tuple[str, str]]:
    return {
        (theme, row)
        for theme, found in counted.ratios().items()
        for row, now in found.items()
        if now > committed["ratios"].get(theme, {}).get(row, now) + GROWTH
    }


def write(
    path: Path,
    themes: tuple[Theme, ...],
    config: dict[str, str],
    wanted: Wanted,
) -> None:
    """Puts the ratios of this pair in the place of the former ones; rows that were not counted stay."""
    counted = count(themes, config, wanted)
    for heap in HEAPS:
        counted = counted.least(count(themes, config, wanted, heap))
    kept = read(path)
    former = kept.get(counted.key, {}).get("ratios", {})
    made = counted.ratios()
    ratios = {theme: former.get(theme, {}) | made.get(theme, {}) for theme in {**former, **made}}
    kept[counted.key] = {"python": counted.python, "compiler": counted.compiler, "ratios": ratios}
    path.write_text(json.dumps(dict(sorted(kept.items())), indent=1) + "\n")


def check(
    path: Path,
    themes: tuple[Theme, ...],
    config: dict[str, str],
    wanted: Wanted,
) -> int:
    """How many rows have grown by more than GROWTH; says which, and how both stand."""
    counted = count(themes, config, wanted)
    kept = read(path)
    rows = sum(len(found) for found in counted.pairs.values())
    if rows == 0:
        print("bench: nothing was counted; is valgrind installed?", file=sys.stderr)
        return 1
    key = counted.key
    if key not in kept:
        print(f"bench: {path.name} has no ratios for {key}: {rows} rows counted, none compared.")
        print(f"       It has: {'; '.join(kept) or 'none'}. To add them: --write-ratios {path}")
        return 0
    committed = kept[key]
    if committed["python"] != counted.python or committed["compiler"] != counted.compiler:
        print(
            f"bench: the committed ratios are of {committed['python']} and {committed['compiler']}, "
            f"these are of {counted.python} and {counted.compiler}"
        )
    for heap in HEAPS:
        again = grown_of(counted, committed)
        if not again:
            break
        print(f"bench: counted once more: {', '.join('/'.join(each) for each in sorted(again))}")
        more = count(themes, config, again.__contains__, heap)
        counted = counted.least(more)
    grown = grown_of(counted, committed)
    fresh = 0
    for theme, found in counted.ratios().items():
        for row, now in found.items():
            then = committed["ratios"].get(theme, {}).get(row)
            if then is None:
                fresh += 1
                print(f"new    {theme}/{row}: {now:.3f} x C best; no ratio is committed for it")
            elif (theme, row) in grown:
                print(f"GREW   {theme}/{row}: {now:.3f} x C best, committed: {then:.3f}")
            elif now < then - GROWTH:
                print(f"fell   {theme}/{row}: {now:.3f} x C best, committed: {then:.3f}")
    print(
        f"{key}: {rows} rows, {len(grown)} grew by more than {GROWTH}, {fresh} have no committed ratio"
    )
    return len(grown)
