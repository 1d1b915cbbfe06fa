"""Tries strategies against an epidemic, shows how far it is, and draws the result."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from contextlib import contextmanager, nullcontext
from pathlib import Path

import epidemic
from strategies import ALL


@contextmanager
def shown_progress(names: list[str], towns: int):
    """A bar for each strategy, drawn by rich; where that is missing, a line when one is done."""
    try:
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
    except ImportError:

        def tell(name: str, done: int) -> None:
            if done == towns:
                print(f"{name}: {done} towns")

        yield tell
        return
    with Progress(TextColumn("{task.description:>12}"), BarColumn(), MofNCompleteColumn()) as bars:
        tasks = {name: bars.add_task(name, total=towns) for name in names}
        yield lambda name, done: bars.update(tasks[name], completed=done)


def draw(outcomes: list[epidemic.Outcome], path: Path) -> bool:
    """How many are ill on each day. False where there is no matplotlib."""
    try:
        from matplotlib.figure import Figure
    except ImportError:
        return False
    figure = Figure(figsize=(8, 4.5), layout="constrained")
    axes = figure.add_subplot()
    for outcome in outcomes:
        axes.plot(outcome.infected, label=outcome.name)
    axes.set(xlabel="day", ylabel="people who are ill, mean of all towns", ylim=(0, None))
    axes.legend(frameon=False)
    figure.savefig(path)
    return True


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--towns", type=int, default=32, help="for each strategy (%(default)s)")
    parser.add_argument("--days", type=int, default=150)
    parser.add_argument("--side", type=int, default=160, help="of the square town, in people")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--threads", type=int, default=0, help="0: one for each processor")
    parser.add_argument("--quiet", action="store_true", help="no progress")
    parser.add_argument("--plot", type=Path, default=Path("epidemic.svg"), help="(%(default)s)")
    given = parser.parse_args()

    strategies = [(one.__name__, one) for one in ALL]
    names = [name for name, _ in strategies]
    bars: Callable = nullcontext if given.quiet else lambda: shown_progress(names, given.towns)
    with bars() as tell:
        outcomes = epidemic.compare(
            strategies,
            towns=given.towns,
            days=given.days,
            side=given.side,
            seed=given.seed,
            threads=given.threads,
            progress=tell,
        )

    people = given.side**2
    for outcome in outcomes:
        ever = sum(outcome.ever_infected) / len(outcome.ever_infected) / people
        worst = max(outcome.infected) / people
        print(f"{outcome.name:>12}: {ever:6.1%} were ill, {worst:6.1%} at once")
    if draw(outcomes, given.plot):
        print(f"The curves are in {given.plot}.")
    else:
        print("There is no matplotlib, and so no plot: pip install matplotlib.")


if __name__ == "__main__":
    main()
