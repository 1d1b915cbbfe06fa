#!/usr/bin/env python3
"""Two interpreters with locks of their own in one process, beside two processes: what each reaches on two cores.

    bench/two_interpreters/measure.py [--config build/bench/bench/bench.json] [--rounds 300]

Needs what `cmake --workflow --preset bench` builds, of it the targets parallel and parallel_kernel, for a CPython with a GIL from
3.12 on. Bursts of both, and of one interpreter alone, are interleaved
in changing order. Every interpreter runs the same loop over a bound function, on a core of its own, from the same moment on;
what is measured goes from the first one's begin to the last one's end.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import statistics
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

ROWS = {
    "kernel": "a bound kernel of a microsecond, which keeps the interpreter",
    "method": "a bound method of an object of its own",
    "python": "Python code alone",
}
BURST_NS = 300_000
BAR = 0.95


class Program:
    def __init__(self, folder: Path, *cores: int) -> None:
        self.process = subprocess.Popen(
            [folder / "parallel", folder, *map(str, cores)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def tell(self, row: str, n: int, start: int) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(f"{row} {n} {start}\n")
        self.process.stdin.flush()

    def hear(self) -> tuple[int, int]:
        assert self.process.stdout is not None
        begin, end = self.process.stdout.readline().split()
        return int(begin), int(end)

    def close(self) -> None:
        assert self.process.stdin is not None
        self.process.stdin.close()
        self.process.wait()


def burst(programs: list[Program], row: str, n: int) -> int:
    """Nanoseconds from the first begin to the last end."""
    start = time.monotonic_ns() + 500_000
    for each in programs:
        each.tell(row, n, start)
    heard = [each.hear() for each in programs]
    return max(end for _, end in heard) - min(begin for begin, _ in heard)


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--config", type=Path, default=ROOT / "build/bench/bench/bench.json")
    parser.add_argument("--rounds", type=int, default=300)
    options = parser.parse_args()
    rounds = options.rounds
    folder = Path(json.loads(options.config.read_text())["modules"])
    if not (folder / "parallel").exists():
        parser.error(f"{folder}/parallel is not there; build the target parallel")
    cores = sorted(os.sched_getaffinity(0), reverse=True)[:2]
    if len(cores) < 2:
        raise SystemExit("bench: two cores are needed")
    one, other = Program(folder, cores[0]), Program(folder, cores[1])
    both = Program(folder, *cores)
    ways = {"alone": [one], "processes": [one, other], "interpreters": [both]}
    order = random.Random(0)
    print(f"load before: {os.getloadavg()[0]:.2f}; {rounds} rounds")
    print(
        "| each of two runs | processes / one | interpreters / one | interpreters / processes | |"
    )
    print("| --- | ---: | ---: | ---: | --- |")
    missed = 0
    for row, title in ROWS.items():
        n = 100
        while (taken := min(burst([one], row, n) for _ in range(5))) < BURST_NS / 4:
            n *= 2
        n = int(n * BURST_NS / taken)
        found: dict[str, list[int]] = {way: [] for way in ways}
        for _ in range(rounds):
            turns = list(ways)
            order.shuffle(turns)
            for way in turns:
                found[way].append(burst(ways[way], row, n))

        # The quickest bursts are those in which nothing else ran; the median is of bursts that ran side by side.
        least = {way: min(times) for way, times in found.items()}
        ratio = least["processes"] / least["interpreters"]
        pairs = statistics.median(
            b / a for a, b in zip(found["interpreters"], found["processes"], strict=True)
        )
        missed += ratio < BAR
        print(
            f"| {title} | {2 * least['alone'] / least['processes']:.2f} "
            f"| {2 * least['alone'] / least['interpreters']:.2f} | {ratio:.3f} (median {pairs:.3f}) "
            f"| {'ok' if ratio >= BAR else 'MISSED'} |",
            flush=True,
        )
    for each in (one, other, both):
        each.close()
    print(f"load after: {os.getloadavg()[0]:.2f}; bar: {BAR}")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
