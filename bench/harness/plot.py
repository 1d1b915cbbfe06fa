"""Draws what was measured as SVGs, a colour per library, on a log scale: bars grouped by row, and all rows beside the baseline."""

from __future__ import annotations

import math
from html import escape

from .model import Cell, Results, Row, Theme

BAR, GAP, LEFT, WIDTH, HEAD = 16, 16, 250, 620, 72
# Of the ratios: a line for each row.
LINE, LETTER, ROW_WIDTH, ROW_HEAD = 20, 6.4, 460, 96
TICKS = tuple(digit * 10.0**power for power in range(-3, 5) for digit in (1, 2, 5))


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


def draw_ratios(theme: Theme, rows: list[Row], results: Results) -> str:
    """Instructions by those of the theme's baseline, a dot per library; nothing where none were counted."""
    lines: list[tuple[str, list[Measured]]] = []
    legend: dict[str, str] = {}
    for row in rows:
        base = results.instructions(row.key, theme.reference)
        found = [
            (c.title, c.colour, n / base)
            for c in theme.competitors
            if base and c.key != theme.reference and (n := results.instructions(row.key, c.key))
        ]
        if found:
            # interlock is the first, and drawn above the others.
            lines.append((row.title, found[::-1]))
            legend.update({title: colour for title, colour, _ in found})
    if not lines:
        return ""
    left = round(LETTER * max(len(title) for title, _ in lines)) + 30
    values = [value for _, found in lines for *_, value in found]
    low = max([tick for tick in TICKS if tick <= min(values)], default=TICKS[0])
    high = min([tick for tick in TICKS if tick >= max(*values, 2 * low)], default=TICKS[-1])

    def x(value: float) -> float:
        share = math.log(min(max(value, low), high) / low) / math.log(high / low)
        return left + ROW_WIDTH * share

    ours = theme.competitors[0].title
    base_title = next(c.title for c in theme.competitors if c.key == theme.reference)
    height = ROW_HEAD + LINE * len(lines) + 34
    total = left + ROW_WIDTH + 40
    python = str(results.environment.get("python", ""))
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{total}" height="{height}" '
        f'viewBox="0 0 {total} {height}" font-family="sans-serif" font-size="12" fill="#222">',
        f'<rect width="{total}" height="{height}" fill="white"/>',
        f'<text x="12" y="24" font-size="16">{escape(theme.title)}: instructions, in multiples of '
        f"those of {escape(base_title)} (logarithmic scale; left is better)</text>",
        f'<text x="12" y="44" fill="#666">{escape(python)}</text>',
    ]
    at = 12.0
    for title, colour in legend.items():
        parts.append(
            f'<circle cx="{at + 5:.0f}" cy="66" r="5" fill="{colour}"/>'
            f'<text x="{at + 15:.0f}" y="70">{escape(title)}</text>'
        )
        at += 34 + 7 * len(title)
    for tick in TICKS:
        if low <= tick <= high:
            colour = "#888" if tick == 1 else "#e4e4e4"
            parts.append(
                f'<line x1="{x(tick):.1f}" y1="{ROW_HEAD - 12}" x2="{x(tick):.1f}" '
                f'y2="{height - 28}" stroke="{colour}"/>'
                f'<text x="{x(tick):.1f}" y="{height - 10}" text-anchor="middle">{tick:g} x</text>'
            )
    for i, (title, found) in enumerate(lines):
        y = ROW_HEAD + LINE * i
        parts.append(
            f'<text x="{left - 14}" y="{y + 4}" text-anchor="end">{escape(title)}</text>'
            f'<line x1="{left}" y1="{y}" x2="{left + ROW_WIDTH}" y2="{y}" stroke="#f2f2f2"/>'
        )
        parts += [
            f'<circle cx="{x(value):.1f}" cy="{y}" r="{6 if name == ours else 4.5}" '
            f'fill="{colour}" fill-opacity="0.85"><title>{escape(name)}: {value:.2f}</title></circle>'
            for name, colour, value in found
        ]
    parts.append("</svg>")
    return "\n".join(parts) + "\n"
