"""Calls on threads of their own, which stay inside of C++ while the body of a with statement runs."""

from __future__ import annotations

import threading
from collections.abc import Callable
from types import ModuleType


class Started:
    """They are inside when the body begins and are let go at its end.

    `door` is a module with wait_inside(), which waits until one more call is inside, and let_go(), which lets one of them go: see
    one_door.hpp. Its calls are those of one Started at a time.
    """

    def __init__(self, door: ModuleType, *calls: Callable[[], object]) -> None:
        self.door = door
        self.results: list[object] = []
        self.threads = [threading.Thread(target=self.run, args=(call,)) for call in calls]

    def run(self, call: Callable[[], object]) -> None:
        self.results.append(call())

    def __enter__(self) -> Started:
        for thread in self.threads:
            thread.start()
            self.door.wait_inside()
        return self

    def __exit__(self, *_: object) -> None:
        for _thread in self.threads:
            self.door.let_go()
        for thread in self.threads:
            thread.join()
