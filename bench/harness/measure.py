"""Measures a theme's rows: times in interleaved bursts, instructions with callgrind.

Every competitor has a process of its own, started once. A round takes one burst of each, in an
order that changes, so that what disturbs the machine disturbs all alike; the least of many rounds
is what the operation takes when nothing does.
"""

from __future__ import annotations

import json
import os
import random
import re
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

from .inspect_code import heavy_instructions
from .model import Cell, Competitor, Results, Row, Theme

WORKER = Path(__file__).with_name("worker.py")
EMPTY = {
    "C++": Row("empty", "nothing", "empty", ()),
    "Python": Row("empty", "nothing", "empty_python", ()),
}
ENVIRONMENT = {**os.environ, "PYTHONHASHSEED": "0", "PYTHONDONTWRITEBYTECODE": "1"}


class Worker:
    """A competitor's process."""

    def __init__(self, python: str, modules: str, competitor: Competitor) -> None:
        self.competitor = competitor
        self.process = subprocess.Popen(
            [python, str(WORKER), modules, competitor.module, competitor.table],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=ENVIRONMENT,
        )
        self.hello = json.loads(self._answer())

    def _answer(self) -> str:
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if not line:
            raise SystemExit(
                f"bench: {self.competitor.title} ended with status {self.process.wait()}"
            )
        return line

    def burst(self, row: Row, n: int, cores: list[int]) -> tuple[float, float]:
        """The nanoseconds that `n` iterations took, on each of the row's threads at once, and how evenly those came on."""
        assert self.process.stdin is not None
        warm = max(int(n * row.warm), 1)
        command = {
            "loop": row.loop,
            "n": n,
            "warm": warm,
            "threads": row.threads,
            "mode": row.mode,
            "cores": cores,
        }
        self.process.stdin.write(json.dumps(command) + "\n")
        self.process.stdin.flush()
        taken, share = json.loads(self._answer())
        return float(taken), float(share)

    def close(self) -> None:
        assert self.process.stdin is not None
        self.process.stdin.close()
        self.process.wait()


def pick_cores() -> list[int]:
    """The cores to run on, last ones first: others' work gathers at the low ones."""
    if not hasattr(os, "sched_getaffinity"):
        return []
    return sorted(os.sched_getaffinity(0), reverse=True)


def empty_of(row: Row) -> Row:
    """What is subtracted of a row: the empty loop, run as the row's is."""
    empty = EMPTY[row.looped_by]
    return (
        replace(empty, mode=row.mode, threads=row.threads, counts=row.counts) if row.mode else empty
    )


def calibrate(worker: Worker, row: Row, cores: list[int]) -> int:
    n = 16
    while True:
        # Of three, since one may have been interrupted for longer than all that it did.
        taken = min(worker.burst(row, n, cores)[0] for _ in range(3))
        if taken >= row.burst_ns / 8 or n >= row.most:
            return max(row.least, min(row.most, int(n * row.burst_ns / max(taken, 1.0))))
        n *= 4


def time_rows(
    rows: list[Row], workers: dict[str, Worker], rounds: int
) -> dict[str, dict[str, Cell]]:
    """Rows of one group, in the same rounds."""
    cores = {row.key: pick_cores()[: max(row.threads, 1)] for row in rows}
    running = [
        (row, workers[key])
        for row in rows
        for key in row.competitors
        if key in workers and row.loop in workers[key].hello["loops"]
    ]
    if not running:
        return {row.key: {} for row in rows}
    # In a group each thread does as much as the one thread of its first row.
    iterations: dict[str, int] = {}
    for row, worker in running:
        key = worker.competitor.key
        iterations[key] = iterations.get(key) or calibrate(worker, row, cores[row.key])
    cells: dict[str, dict[str, Cell]] = {row.key: {} for row in rows}
    for row, worker in running:
        cells[row.key][worker.competitor.key] = Cell()
    empty = []
    order = random.Random(0)
    # Threads that run at once are rarely undisturbed together.
    many = len(rows) == 1 and rows[0].threads > 1
    longer = rows[0].burst_ns / Row.burst_ns
    for _ in range(max(int(rounds * (4 if many else 1) / longer), 4)):
        order.shuffle(running)
        for row, worker in running:
            key = worker.competitor.key
            n = iterations[key]
            taken, share = worker.burst(row, n, cores[row.key])
            cells[row.key][key].ns.append(taken / (n * max(row.threads, 1)))
            if row.fair:
                cells[row.key][key].shares.append(share)
        row, worker = running[0]
        nothing, n = empty_of(row), iterations[worker.competitor.key] if row.mode else 20_000
        taken, _ = worker.burst(nothing, n, cores[row.key])
        empty.append(taken / (n * max(nothing.threads, 1)))
    for row in rows:
        # So many run the loop at once.
        at_once = 1 if row.mode else max(min(row.threads, len(cores[row.key])), 1)
        loop = min(empty) / at_once
        for cell in cells[row.key].values():
            cell.ns = [max(each - loop, 0.0) for each in cell.ns]
    return cells


def read_dumps(folder: Path) -> dict[str, tuple[int, Path]]:
    """Callgrind's dumps: the name that each was made under, and the instructions in it."""
    dumps = {}
    for path in folder.glob("callgrind.out*"):
        text = path.read_text(errors="replace")
        label = re.search(r"^desc: Trigger: Client Request: (.+)$", text, re.MULTILINE)
        total = re.search(r"^totals: (\d+)$", text, re.MULTILINE)
        if label and total:
            dumps[label[1]] = int(total[1]), path
    return dumps


def name_of(row: Row) -> str:
    return f"{row.loop}:{row.threads}:{row.mode}"


def count(
    valgrind: str,
    python: str,
    modules: str,
    competitor: Competitor,
    rows: list[Row],
    keep: Path,
    heap: int = 0,
) -> dict[str, tuple[float, list[str] | None]]:
    """Instructions per operation and, in rows that are inspected, what was found among them."""
    counted_rows = [*rows, *map(empty_of, rows)]
    wanted = sorted({f"{name_of(row)}:{row.counts[0]},{row.counts[1]}" for row in counted_rows})
    keep.mkdir(parents=True, exist_ok=True)
    for old in keep.glob("callgrind.out*"):
        old.unlink()
    with tempfile.TemporaryFile("w+") as said:
        status = subprocess.run(
            [
                valgrind,
                "--tool=callgrind",
                "--collect-atstart=no",
                "--dump-instr=yes",
                f"--callgrind-out-file={keep}/callgrind.out",
                *(python, str(WORKER), modules, competitor.module, competitor.table),
                *("--count", *wanted),
            ],
            stdout=said,
            stderr=said,
            env={**ENVIRONMENT, "BENCH_HEAP": str(heap)},
            check=False,
        ).returncode
        if status != 0:
            said.seek(0)
            print(f"bench: counting {competitor.title} failed:\n{said.read()}", file=sys.stderr)
            return {}
    dumps = read_dumps(keep)

    def each(row: Row) -> float | None:
        name, (few, many) = name_of(row), row.counts
        if f"{name} {few}" not in dumps or f"{name} {many}" not in dumps:
            return None
        times = (many - few) * (row.threads if row.mode == "turns" else 1)
        return (dumps[f"{name} {many}"][0] - dumps[f"{name} {few}"][0]) / times

    counted = {}
    for row in rows:
        value = each(row)
        if value is not None:
            dump = dumps[f"{name_of(row)} {row.counts[1]}"][1]
            found = heavy_instructions(dump) if row.inspected else None
            counted[row.key] = value - (each(empty_of(row)) or 0.0), found
    return counted


def built(theme: Theme, modules: str) -> list[Competitor]:
    """Those whose modules are there."""
    return [c for c in theme.competitors if any(Path(modules).glob(f"{c.module}.*"))]


def measure(
    theme: Theme,
    config: dict[str, str],
    rows: list[Row],
    rounds: int,
    with_instructions: bool,
    environment: dict[str, str | bool],
    heap: int = 0,
) -> Results:
    results = Results(environment)
    python, modules = config["python"], config["modules"]
    present = built(theme, modules)
    workers = {c.key: Worker(python, modules, c) for c in present}
    first = next(iter(workers.values()))
    environment["python"] = first.hello["version"]
    environment["free_threaded"] = not first.hello["gil"]
    for worker in workers.values():
        if worker.hello["gil"] != first.hello["gil"]:
            raise SystemExit(f"bench: {worker.competitor.title} turned the GIL on")
    if not results.free_threaded and any(row.free_threaded for row in rows):
        print(f"bench: {theme.title}: this Python has a GIL: rows of threads are skipped")
        rows[:] = [row for row in rows if not row.free_threaded]
    groups: dict[str, list[Row]] = {}
    for row in rows:
        results.cells[row.key] = {k: Cell() for k in row.competitors if k in workers}
        if row.timed and rounds > 0:
            groups.setdefault(row.group or row.key, []).append(row)
    for key, group in groups.items():
        print(f"  timing    {key}", file=sys.stderr, flush=True)
        results.cells.update(time_rows(group, workers, rounds))
    loops = {key: set(worker.hello["loops"]) for key, worker in workers.items()}
    for worker in workers.values():
        worker.close()
    if with_instructions:

        def count_rows(competitor: Competitor) -> dict[str, tuple[float, list[str] | None]]:
            counted = [
                row
                for row in rows
                if row.counted
                and competitor.key in row.competitors
                and row.loop in loops[competitor.key]
            ]
            if not counted:
                return {}
            print(f"  counting  {theme.key}: {competitor.title}", file=sys.stderr, flush=True)
            keep = Path(config["out"]) / "callgrind" / theme.key / competitor.key
            return count(config["valgrind"], python, modules, competitor, counted, keep, heap)

        # Counts are the same whatever runs beside them.
        with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
            for competitor, found in zip(present, pool.map(count_rows, present), strict=True):
                for key, (value, heavy) in found.items():
                    cell = results.cells[key].setdefault(competitor.key, Cell())
                    cell.instructions = value
                    cell.heavy = heavy
    return results
