"""Python's own threads call C++: the other direction of the program."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from typing import Any

WATCH_SECONDS = 0.1


def scan_on_a_pool(
    scan: Callable[[], Any],
    watch: Callable[[], None],
    stop: Callable[[], None],
    report: Any,
    threads: int,
) -> None:
    """Calls `scan` on many threads until it has no more, and `watch` on this one meanwhile."""

    def work() -> None:
        while (found := scan()) is not None:
            if len(found) == 2:
                report.skip(*found)
            else:
                report.add(*found)

    with ThreadPoolExecutor(threads) as pool:
        try:
            waiting = {pool.submit(work) for _ in range(threads)}
            while waiting:
                done, waiting = wait(waiting, WATCH_SECONDS)
                for one in done:
                    one.result()
                watch()
        except BaseException:  # Ctrl-C too: the pool waits for its threads
            stop()
            raise
