"""The committed ratios of instructions to C best, and whether today's are as good.

A ratio is of one run: interlock and C best, counted on the same interpreter. It depends on that interpreter's version and on the
compiler all the same, so the file keeps the ratios of each pair apart.
"""

from __future__ import annotations

import json
import re
import sys
from dataclasses import replace
from pathlib import Path

from .measure import measure
from .model import Theme, ratio

GROWTH = 0.03
# What both must have: the library and the reference alone.
THEMES = ("doors", "calls", "conversions", "classes")


def count(themes: tuple[Theme, ...], config: dict[str, str], chosen: list[str]) -> tuple[str, dict]:
    """The key of what is at hand, and {"python", "compiler", "ratios": {theme: {row: ratio}}}."""
    environment: dict[str, str | bool] = {}
    counted: dict[str, dict[str, float]] = {}
    for theme in themes:
        if theme.key not in THEMES:
            continue
        pair = ("interlock", theme.reference)
        rows = [
            row
            for row in theme.rows
            if row.counted
            and all(key in row.competitors for key in pair)
            and (not chosen or row.key in chosen)
        ]
        if not rows:
            continue
        two = replace(theme, competitors=tuple(c for c in theme.competitors if c.key in pair))
        results = measure(two, config, rows, 0, True, environment)
        found = {
            row.key: ratio(*(results.instructions(row.key, key) for key in pair)) for row in rows
        }
        counted[theme.key] = {k: round(v, 3) for k, v in found.items() if v is not None}
    python = str(environment["python"]).split()[0]
    compiler = str(config["compiler"])
    minor = ".".join(python.split(".")[:2]) + ("t" if environment["free_threaded"] else "")
    major = re.match(r"\S+ \d+", compiler)
    key = f"CPython {minor}, {major[0] if major else compiler}"
    return key, {"python": python, "compiler": compiler, "ratios": counted}


def read(path: Path) -> dict:
    return json.loads(path.read_text()) if path.exists() else {}


def write(path: Path, key: str, counted: dict) -> None:
    """Puts the ratios of this pair in the place of the former ones; rows that were not counted stay."""
    kept = read(path)
    former = kept.get(key, {}).get("ratios", {})
    ratios = {
        theme: former.get(theme, {}) | counted["ratios"].get(theme, {})
        for theme in {**former, **counted["ratios"]}
    }
    kept[key] = counted | {"ratios": ratios}
    path.write_text(json.dumps(dict(sorted(kept.items())), indent=1) + "\n")


def check(path: Path, key: str, counted: dict) -> int:
    """How many rows have grown by more than GROWTH; says which, and how both stand."""
    kept = read(path)
    rows = sum(len(found) for found in counted["ratios"].values())
    if rows == 0:
        print("bench: nothing was counted; is valgrind installed?", file=sys.stderr)
        return 1
    if key not in kept:
        print(f"bench: {path.name} has no ratios for {key}: {rows} rows counted, none compared.")
        print(f"       It has: {'; '.join(kept) or 'none'}. To add them: --write-ratios {path}")
        return 0
    committed = kept[key]
    if committed["python"] != counted["python"] or committed["compiler"] != counted["compiler"]:
        print(
            f"bench: the committed ratios are of {committed['python']} and {committed['compiler']}, "
            f"these are of {counted['python']} and {counted['compiler']}"
        )
    grown = fresh = 0
    for theme, found in counted["ratios"].items():
        for row, now in found.items():
            then = committed["ratios"].get(theme, {}).get(row)
            if then is None:
                fresh += 1
                print(f"new    {theme}/{row}: {now:.3f} x C best; no ratio is committed for it")
            elif now > then + GROWTH:
                grown += 1
                print(f"GREW   {theme}/{row}: {now:.3f} x C best, committed: {then:.3f}")
            elif now < then - GROWTH:
                print(f"fell   {theme}/{row}: {now:.3f} x C best, committed: {then:.3f}")
    print(
        f"{key}: {rows} rows, {grown} grew by more than {GROWTH}, {fresh} have no committed ratio"
    )
    return grown
