"""Tests that share something with their own runs beside them: each takes its turn."""

from __future__ import annotations

import functools
import threading
from collections.abc import Callable
from typing import ParamSpec

P = ParamSpec("P")


def one_at_a_time(test: Callable[P, None]) -> Callable[P, None]:
    """The test, which then still runs on several threads, but not on two at once."""
    turn = threading.Lock()

    @functools.wraps(test)
    def run(*arguments: P.args, **named: P.kwargs) -> None:
        with turn:
            test(*arguments, **named)

    return run
