"""What a benchmark consists of: rows, the competitors in them, and interlock's bars."""

from __future__ import annotations

import statistics
from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Competitor:
    """One way of doing the row's operation; each runs in a process of its own."""

    key: str
    title: str
    module: str
    table: str = "loops"
    colour: str = "#888888"


@dataclass(frozen=True)
class Row:
    """One operation. `loop` names it in every module; `threads` 0 is the attached main thread."""

    key: str
    title: str
    loop: str
    competitors: tuple[str, ...]
    threads: int = 0
    timed: bool = True
    counted: bool = True
    most: int = 1_000_000  # iterations in one burst
    least: int = 1  # and fewest
    warm: float = 0.1  # what runs before a burst on its thread, as a share of it
    looped_by: str = "C++"  # or Python, whose empty loop is then the one that is subtracted
    group: str = ""  # rows of one group are measured interleaved, each burst beside its siblings'
    free_threaded: bool = False  # skipped where there is a GIL
    # "fresh": each time on a C++ thread of its own, whose start and end are part of it, less those of a thread that does nothing;
    # "turns": the threads take turns.
    mode: str = ""
    fair: bool = False  # say how evenly the threads came on
    burst_ns: float = 500_000.0  # longer ones are fewer
    counts: tuple[int, int] = (200, 1200)  # for callgrind; the difference of the two is what counts
    inspected: bool = False  # look for locked instructions and system calls among those that ran


@dataclass
class Cell:
    """What was measured of one competitor in one row; per operation, the empty loop subtracted."""

    ns: list[float] = field(default_factory=list)
    instructions: float | None = None
    shares: list[float] = field(
        default_factory=list
    )  # of each burst, 1 where its threads came on alike
    heavy: list[str] | None = None  # the locked instructions and system calls that ran

    @property
    def least(self) -> float | None:
        return min(self.ns) if self.ns else None

    @property
    def median(self) -> float | None:
        return statistics.median(self.ns) if self.ns else None

    @property
    def share(self) -> float | None:
        return statistics.median(self.shares) if self.shares else None

    @property
    def quartiles(self) -> tuple[float, float] | None:
        if len(self.ns) < 4:
            return None
        low, _, high = statistics.quantiles(self.ns, n=4)
        return low, high


@dataclass
class Results:
    environment: dict[str, str | bool]
    cells: dict[str, dict[str, Cell]] = field(default_factory=dict)  # row, competitor

    def ns(self, row: str, competitor: str) -> float | None:
        cell = self.cells.get(row, {}).get(competitor)
        return cell.least if cell else None

    def instructions(self, row: str, competitor: str) -> float | None:
        cell = self.cells.get(row, {}).get(competitor)
        return cell.instructions if cell else None

    def heavy(self, row: str, competitor: str) -> float | None:
        cell = self.cells.get(row, {}).get(competitor)
        return len(cell.heavy) if cell and cell.heavy is not None else None

    def scaling(self, row: str, alone: str, competitor: str) -> float | None:
        """The rate of `row` by that of `alone`, of the same group: of the quickest bursts, in which nothing else ran."""
        return ratio(self.ns(alone, competitor), self.ns(row, competitor))

    def scaling_of_pairs(self, row: str, alone: str, competitor: str) -> float | None:
        """The same as the median over pairs of bursts that ran side by side."""
        many = self.cells.get(row, {}).get(competitor)
        one = self.cells.get(alone, {}).get(competitor)
        if not many or not one or not many.ns or not one.ns:
            return None
        return statistics.median(a / b for a, b in zip(one.ns, many.ns, strict=True) if b > 0)

    @property
    def free_threaded(self) -> bool:
        return bool(self.environment["free_threaded"])


@dataclass(frozen=True)
class Bar:
    """What must hold. `measure` gives None where the row did not run."""

    row: str
    text: str
    measure: Callable[[Results], float | None]
    limit: float
    at_least: bool = False
    unit: str = "x"
    applies: Callable[[Results], bool] = lambda results: True

    def met(self, value: float) -> bool:
        return value >= self.limit if self.at_least else value <= self.limit


@dataclass(frozen=True)
class Theme:
    """A folder of benchmarks: its rows are measured together."""

    key: str
    title: str
    reference: str  # the competitor that ratios are to
    competitors: tuple[Competitor, ...]
    rows: tuple[Row, ...]
    bars: tuple[Bar, ...]
    # Tables beside those of the rows: a title and lines, the first of which is the head.
    tables: Callable[[Results], list[tuple[str, list[list[str]]]]] = lambda results: []


def ratio(above: float | None, below: float | None) -> float | None:
    return above / below if above is not None and below else None


def difference(left: float | None, right: float | None) -> float | None:
    return left - right if left is not None and right is not None else None
