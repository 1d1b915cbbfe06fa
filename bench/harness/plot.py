"""Draws what was measured as an SVG: bars grouped by row, a colour per library, a log scale."""

from __future__ import annotations

import math
from html import escape

from .model import Cell, Results, Row, Theme

BAR, GAP, LEFT, WIDTH, HEAD = 16, 16, 200, 620, 72


# A library's title and colour, and its value.
Measured = tuple[str, str, float]


def draw(theme: Theme, rows: list[Row], results: Results, instructions: bool = False) -> str:
    def value_of(cell: Cell) -> float | None:
        return cell.instructions if instructions else cell.least

    groups: list[tuple[str, list[Measured]]] = []
    for row in rows:
        cells = results.cells.get(row.key, {})
        bars = [
            (c.title, c.colour, value)
            for c in theme.competitors
            if c.key in cells and (value := value_of(cells[c.key])) is not None
        ]
        if bars:
            groups.append((row.title, bars))
    what = (
        "instructions per operation"
        if instructions
        else "nanoseconds per operation, least of many bursts"
    )
    python = str(results.environment.get("python", ""))
    return bars_of(f"{theme.title}: {what}", python, "" if instructions else "ns", groups)


def bars_of(title: str, below: str, unit: str, groups: list[tuple[str, list[Measured]]]) -> str:
    """Nothing where nothing was measured."""
    values = [value for _, bars in groups for *_, value in bars if value > 0]
    if not values:
        return ""
    low = math.floor(math.log10(min(values)))
    high = math.ceil(math.log10(max(values)))
    high = max(high, low + 1)

    def x(value: float) -> float:
        return LEFT + WIDTH * (math.log10(max(value, 10**low)) - low) / (high - low)

    height = HEAD + sum(GAP + 18 + BAR * len(bars) for _, bars in groups) + 30
    total = LEFT + WIDTH + 90
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{total}" height="{height}" '
        f'viewBox="0 0 {total} {height}" font-family="sans-serif" font-size="12" fill="#222">',
        f'<rect width="{total}" height="{height}" fill="white"/>',
        f'<text x="12" y="24" font-size="16">{escape(title)} '
        "(logarithmic scale; shorter is better)</text>",
        f'<text x="12" y="44" fill="#666">{escape(below)}</text>',
    ]
    for power in range(low, high + 1):
        at = x(10**power)
        parts.append(
            f'<line x1="{at:.1f}" y1="{HEAD - 6}" x2="{at:.1f}" y2="{height - 24}" stroke="#ddd"/>'
            f'<text x="{at:.1f}" y="{height - 8}" text-anchor="middle">{10.0**power:,g} {unit}</text>'
        )
    y = float(HEAD)
    for heading, bars in groups:
        y += GAP
        parts.append(f'<text x="12" y="{y:.0f}" font-weight="bold">{escape(heading)}</text>')
        y += 6
        for name, colour, value in bars:
            end = x(value)
            parts.append(
                f'<text x="{LEFT - 8}" y="{y + 12:.0f}" text-anchor="end">'
                f"{escape(name)}</text>"
                f'<rect x="{LEFT}" y="{y + 2:.0f}" width="{max(end - LEFT, 1):.1f}" '
                f'height="{BAR - 4}" fill="{colour}"/>'
                f'<text x="{end + 5:.1f}" y="{y + 12:.0f}">{value:,.1f}</text>'
            )
            y += BAR
        y += 12
    parts.append("</svg>")
    return "\n".join(parts) + "\n"
