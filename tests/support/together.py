"""Threads that begin at the same time."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


def run_together(*work: Callable[[], None]) -> None:
    """Run each on a thread of its own; what one of them raises is raised here."""
    barrier = threading.Barrier(len(work))
    errors: list[BaseException] = []

    def body(one: Callable[[], None]) -> None:
        barrier.wait()
        try:
            one()
        except threading.BrokenBarrierError:
            pass  # another one says why
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=body, args=(one,)) for one in work]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]
