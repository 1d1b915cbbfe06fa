"""Python exits while C++ threads enter, leave, enter again, drop handles and ask: exit status 0, in time, every time."""

import sys

import pytest
from hammer import ends_well_each_time

BEGIN = """
import sys, threading
import attach_hammer as hammer
def enough(more=300):
    target = hammer.steps() + more
    while hammer.steps() < target:
        pass
"""

MEET = "hammer.meet()\nhammer.start(4)\n"

SCRIPTS = {
    "end_of_the_script": "enough()",
    "before_anything_was_entered": "",
    "sys_exit_in_a_busy_thread": "threading.Thread(target=enough, args=(2000,)).start(); enough(); sys.exit()",
    "daemon_threads_that_leave_and_return": """
for _ in range(2):
    threading.Thread(target=hammer.spin, daemon=True).start()
enough()
""",
    "doors_in_atexit_and_finalizers": """
import atexit
class Late:
    def __init__(self, doors): self.doors = doors
    def __del__(self): self.doors()
atexit.register(hammer.both_doors)
sys.late = Late(hammer.both_doors)  # dies with sys, at the end of the teardown
cycle = Late(hammer.both_doors); cycle.cycle = cycle
enough()
""",
}


def exit_often(script: str) -> None:
    ends_well_each_time([sys.executable, "-X", "faulthandler", "-c", script])


@pytest.mark.parametrize("name", SCRIPTS)
def test_python_exits_under_hammering_threads(name):
    exit_often(BEGIN + MEET + SCRIPTS[name])


@pytest.mark.skipif(
    sys.version_info < (3, 15),
    reason="before PEP 788 only a gate of our own is safe to pass, and it is made when a module is imported",
)
def test_python_exits_under_threads_whose_first_contact_this_is():
    exit_often(BEGIN + "hammer.start(4)")
