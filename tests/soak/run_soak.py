"""Random operations over everything that the library has, on several threads; memory and handles have to stay as they are.

    python tests/soak/run_soak.py --minutes 5 --threads 4
    python tests/soak/run_soak.py --seed 7 --operations 20000            the same operations again, on each thread in the same order

It runs rounds. In each, every thread does so many operations, chosen by the seed, the round and the thread's number. Between
two rounds everything is let go, and is counted: the blocks of Python's allocator, bytes in use of malloc, resident memory; the
C++ objects that are alive, the il::owned handles that hold something, and threads. A fifth of the rounds is for warming
up. Of the others, the median of the second half is compared with that of the first:

- objects, handles and threads may not grow at all;
- blocks may grow by 20 and a fiftieth of the operations of one kind that lie between the middles of the halves, but by half
  of them at most;
- bytes may grow by 16 for each of these operations, which is half of the smallest piece of malloc's, or by 128 KiB;
- resident memory may grow by 8 MiB, which the arenas of allocators need.

So an object of Python's or a bound one, or a handle, that is lost in each operation of one kind is found in any run; memory of
malloc's too if it is 3 KiB each time, and 32 bytes in a run of a million operations. `--leak` loses one on purpose. Exit status:
0 steady, 1 not steady or an operation failed, 2 a wrong call.
"""

from __future__ import annotations

import argparse
import ctypes
import gc
import os
import random
import statistics
import sys
import sysconfig
import threading
import time
import traceback
import warnings
from array import array

import operations
import soak as m

FREE_THREADED = bool(sysconfig.get_config_var("Py_GIL_DISABLED"))
# Operations of each kind between the middles of the two halves: below it, what allocators do by themselves could hide a leak.
ENOUGH = 60
# Operations of a thread in a round, and the fewest rounds: three to warm up, and two halves of six.
EACH = 100
ROUNDS = 15
LEAKS = ["object", "handle", "instance", "memory"]
MEGABYTE = 1 << 20
MEMORY = ["blocks", "bytes", "resident"]


class _Mallinfo(ctypes.Structure):
    _fields_ = [
        (name, ctypes.c_size_t)
        for name in (
            "arena",
            "ordblks",
            "smblks",
            "hblks",
            "hblkhd",
            "usmblks",
            "fsmblks",
            "uordblks",
            "fordblks",
            "keepcost",
        )
    ]


_libc = ctypes.CDLL(None)
_mallinfo = getattr(_libc, "mallinfo2", None)
if _mallinfo is not None:
    _mallinfo.restype = _Mallinfo


COLLECT_THERE = """
import gc, sys, warnings
warnings.simplefilter("ignore")
gc.collect()
sys._clear_type_cache()
result = 0
"""
# What is counted between two rounds.
COUNTED = ["objects", "handles", "threads", "blocks", "bytes", "resident"]


def counts() -> list[int]:
    """In the order of COUNTED."""
    m.let_go()
    for _ in range(3):
        gc.collect()
        if sys.version_info >= (3, 12):
            m.in_the_other(COLLECT_THERE)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        # It keeps up to 4096 names of attributes.
        sys._clear_type_cache()
    in_use = 0
    if _mallinfo is not None:
        _libc.malloc_trim(0)
        info = _mallinfo()
        in_use = info.uordblks + info.hblkhd
    with open("/proc/self/statm", encoding="ascii") as statm:
        resident = int(statm.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    threads = len(os.listdir("/proc/self/task"))
    return [m.alive(), m.held_handles(), threads, sys.getallocatedblocks(), in_use, resident]


class Failure(Exception):
    pass


def run_round(
    seed: int, number: int, threads: int, each: int, kinds: list[str], leak: str | None
) -> None:
    failures: list[str] = []
    start = threading.Barrier(threads)

    def work(thread: int) -> None:
        r = random.Random(f"{seed}/{number}/{thread}")
        start.wait()
        for i in range(each):
            kind = r.choice(kinds)
            try:
                operations.OPERATIONS[kind](r)
                if leak is not None and kind == "calls":
                    m.leak(leak)
            except BaseException:
                failures.append(
                    f"round {number}, thread {thread}, operation {i}, {kind}:\n{traceback.format_exc()}"
                )
                return

    all_threads = [threading.Thread(target=work, args=(i,)) for i in range(threads)]
    for t in all_threads:
        t.start()
    for t in all_threads:
        t.join()
    if failures:
        raise Failure("\n".join(failures))


def allowed(name: str, of_each_kind: float) -> float:
    """How much more there may be in the middle of the second half than in that of the first."""
    if name in ("objects", "handles", "threads"):
        return 0
    if name == "resident":
        return 8 * MEGABYTE
    # What is lost once in each operation of one kind, and at most a half of it.
    if name == "blocks":
        return min(of_each_kind / 2, 20 + of_each_kind / 50)
    return max(32 * of_each_kind / 2, 128 * 1024)


def is_steady(measured: array[int], per_round: int, kinds: int, without_memory: bool) -> bool:
    """Prints the table, too."""
    rounds = [measured[i : i + len(COUNTED)] for i in range(0, len(measured), len(COUNTED))]
    steady = rounds[len(rounds) // 5 :]
    half = len(steady) // 2
    gap = (len(steady) - half) * per_round
    of_each_kind = gap / kinds
    print(
        f"{gap} operations lie between the middles of the halves, {of_each_kind:.0f} of each kind"
    )
    steadily = True
    for at, name in enumerate(COUNTED):
        first = statistics.median(r[at] for r in steady[:half])
        second = statistics.median(r[at] for r in steady[half:])
        limit = allowed(name, of_each_kind)
        is_grown = second - first > limit and not (without_memory and name in MEMORY)
        steadily = steadily and not is_grown
        print(
            f"  {name:9} {first:>13.0f} {second:>13.0f}   {second - first:>+10.0f}, allowed {limit:.0f}"
            + ("   GROWN" if is_grown else "")
        )
    return steadily


def fewest(kinds: int) -> int:
    """Operations that a run needs."""
    return ENOUGH * kinds * 5 // 2


def options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seed", type=int, help="the same operations again")
    parser.add_argument("--operations", type=int, help="how many, on all threads together")
    parser.add_argument("--minutes", type=float, help="how long, instead of how many")
    parser.add_argument("--threads", type=int, default=4)
    parser.add_argument(
        "--only",
        nargs="+",
        metavar="KIND",
        choices=list(operations.OPERATIONS),
        help="these kinds alone",
    )
    parser.add_argument(
        "--leak", choices=LEAKS, help="lose one of these in each operation of the kind 'calls'"
    )
    parser.add_argument(
        "--without-memory",
        action="store_true",
        help="let memory grow: under a sanitizer, whose allocator keeps things",
    )
    given = parser.parse_args()
    if (given.operations is None) == (given.minutes is None):
        parser.error("say how long: --operations or --minutes")
    if given.threads < 1:
        parser.error("--threads: at least one")
    kinds = given.only or list(operations.OPERATIONS)
    if given.operations is not None and given.operations < fewest(len(kinds)):
        parser.error(
            f"--operations: at least {fewest(len(kinds))} are needed to tell a leak from noise"
        )
    if given.leak is not None and "calls" not in kinds:
        parser.error("--leak loses something in the kind 'calls', which --only leaves out")
    return given


def main() -> int:
    given = options()
    seed = given.seed if given.seed is not None else random.SystemRandom().randrange(2**32)
    kinds = given.only or list(operations.OPERATIONS)
    per_round = EACH * given.threads
    rounds = max(ROUNDS, -(-(given.operations or 0) // per_round))
    print(
        f"Python {sys.version.split()[0]}{'t' if FREE_THREADED else ''}, seed {seed}, {given.threads} threads, "
        f"{len(kinds)} kinds of operations",
        flush=True,
    )
    m.report_leaks(True)
    m.start_pool(2)
    if sys.version_info >= (3, 12):
        m.start_interpreter()
    # Numbers alone: objects would be counted with the others.
    measured = array("q")
    rounds_done = 0
    started = time.monotonic()
    try:
        while True:
            run_round(seed, rounds_done, given.threads, EACH, kinds, given.leak)
            measured.extend(counts())
            rounds_done += 1
            minutes = (time.monotonic() - started) / 60
            if rounds_done >= rounds and minutes >= (given.minutes or 0):
                break
    except Failure as failure:
        print(f"an operation failed; again: --seed {seed} --threads {given.threads}\n{failure}")
        return 1
    finally:
        m.let_go()
        m.stop_pool()
        if sys.version_info >= (3, 12):
            m.stop_interpreter()
    done = rounds_done * per_round
    print(f"{done} operations in {rounds_done} rounds, {minutes:.1f} minutes")
    if done < fewest(len(kinds)):
        print("too few operations to tell a leak from noise: give it more time")
        return 2
    if not is_steady(measured, per_round, len(kinds), given.without_memory):
        print(f"not steady; again: --seed {seed} --threads {given.threads} --operations {done}")
        return 1
    print("steady")
    return 0


if __name__ == "__main__":
    sys.exit(main())
