"""How many references there are to objects, as far as this Python counts them one by one."""

from __future__ import annotations

import sys
import sysconfig
from collections.abc import Iterable

FREE_THREADED = bool(sysconfig.get_config_var("Py_GIL_DISABLED"))
# A free-threaded Python counts references to classes, functions and modules by thread, and adds
# them up when it likes: these numbers are far beyond any real one.
NOT_COUNTED = 1 << 29


def counts(objects: Iterable[object]) -> list[int]:
    """The numbers of references; 0 for what is not counted one by one."""
    found = [sys.getrefcount(one) for one in objects]
    return [0 if FREE_THREADED and one > NOT_COUNTED else one for one in found]
