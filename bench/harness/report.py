"""Writes what was measured: a table for the terminal, results.md, JSON."""

from __future__ import annotations

from .model import Bar, Results, Row, Theme, ratio


def number(value: float | None, digits: int = 1) -> str:
    return "-" if value is None else f"{value:.{digits}f}"


def row_table(theme: Theme, row: Row, results: Results) -> list[list[str]]:
    cells = results.cells.get(row.key, {})
    reference = cells.get(theme.reference)
    lines = [["", "ns min", "median", "quartiles", "instructions", "x ns", "x instructions"]]
    fair = any(cell.share is not None for cell in cells.values())
    if fair:
        lines[0].append("first / last")
    for competitor in theme.competitors:
        cell = cells.get(competitor.key)
        if cell is None:
            continue
        spread = cell.quartiles
        times = ratio(cell.least, reference.least if reference else None)
        counts = ratio(cell.instructions, reference.instructions if reference else None)
        lines.append(
            [
                competitor.title,
                number(cell.least, 2),
                number(cell.median, 2),
                f"{spread[0]:.2f} to {spread[1]:.2f}" if spread else "-",
                number(cell.instructions, 0),
                number(times, 2),
                number(counts, 2),
                *([number(cell.share, 2)] if fair else []),
            ]
        )
    return lines


def verdict(bar: Bar, results: Results) -> tuple[str, str, str] | None:
    """The bar, what was measured, ok or missed; None where it does not apply or did not run."""
    if not bar.applies(results):
        return None
    value = bar.measure(results)
    if value is None:
        return None
    sign = "at least" if bar.at_least else "at most"
    return (
        f"{bar.text}: {sign} {bar.limit:g}{bar.unit}",
        f"{value:.2f}{bar.unit}",
        "ok" if bar.met(value) else "MISSED",
    )


def aligned(lines: list[list[str]]) -> str:
    widths = [max(len(line[i]) for line in lines) for i in range(len(lines[0]))]
    return "\n".join(
        "  "
        + "  ".join(
            text.ljust(width) if i == 0 else text.rjust(width)
            for i, (text, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in lines
    )


def for_terminal(theme: Theme, rows: list[Row], results: Results) -> str:
    parts = []
    for row in rows:
        parts.append(f"\n{row.key}: {row.title}")
        parts.append(aligned(row_table(theme, row, results)))
        for bar in theme.bars:
            said = verdict(bar, results) if bar.row == row.key else None
            if said:
                parts.append(f"    {said[2]:<6}  {said[1]:>10}   {said[0]}")
    for title, lines in theme.tables(results):
        parts += [f"\n{title}", aligned(lines)]
    return "\n".join(parts)


def markdown(lines: list[list[str]]) -> str:
    rule = ["---", *["---:"] * (len(lines[0]) - 1)]
    return "\n".join("| " + " | ".join(line) + " |" for line in [lines[0], rule, *lines[1:]])


def reference_of(theme: Theme) -> str:
    return next((c.title for c in theme.competitors if c.key == theme.reference), theme.reference)


def for_markdown(theme: Theme, rows: list[Row], results: Results, partial: str = "") -> str:
    parts = [
        f"## {theme.title}",
        "",
        "Nanoseconds of interleaved bursts, the least, the median and the quartiles, and instructions from callgrind, the empty "
        f"loop subtracted. The ratios are to {reference_of(theme)}: of the least times, and of instructions. Trust the ratios and "
        'the instructions, not the absolute times. Where threads want the same thing, "first / last" says how evenly they came on: '
        "1 where all were done at once, 0.5 where one of two waited until the other was done.",
        "",
        f"![{theme.title}, nanoseconds]({theme.key}{partial}.svg)",
        "",
        f"![{theme.title}, instructions]({theme.key}_instructions{partial}.svg)",
        "",
    ]
    judged = [
        [row.key, said[0], said[1], said[2]]
        for row in rows
        for bar in theme.bars
        if bar.row == row.key and (said := verdict(bar, results))
    ]
    if judged:
        parts += [markdown([["row", "bar", "measured", ""], *judged]), ""]
    for title, lines in theme.tables(results):
        parts += [f"### {title}", "", markdown(lines), ""]
    for row in rows:
        parts += [f"### {row.key}: {row.title}", "", markdown(row_table(theme, row, results)), ""]
    return "\n".join(parts)


def heading(environment: dict[str, str | bool]) -> str:
    lines = [f"- {key}: {value}" for key, value in environment.items()]
    return (
        "# Benchmarks\n\nMade by `cmake --workflow --preset bench`.\n\n" + "\n".join(lines) + "\n"
    )


def for_json(theme: Theme, rows: list[Row], results: Results) -> dict[str, object]:
    return {
        "rows": {
            row.key: {
                "title": row.title,
                "competitors": {
                    key: {
                        "ns_min": cell.least,
                        "ns_median": cell.median,
                        "ns_quartiles": cell.quartiles,
                        "bursts": len(cell.ns),
                        "instructions": cell.instructions,
                        **({} if cell.share is None else {"first_by_last": cell.share}),
                        **({} if cell.heavy is None else {"heavy": cell.heavy}),
                    }
                    for key, cell in results.cells.get(row.key, {}).items()
                },
            }
            for row in rows
        },
        "bars": [
            {
                "row": bar.row,
                "bar": said[0],
                "measured": bar.measure(results),
                "met": said[2] == "ok",
            }
            for bar in theme.bars
            if (said := verdict(bar, results))
        ],
    }
