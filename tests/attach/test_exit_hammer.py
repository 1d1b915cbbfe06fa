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
SHORT_LIVED = "hammer.meet()\nhammer.start_short_lived(3)\n"
THROWING = "hammer.meet()\nhammer.start_throwing(3)\n"

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


def test_python_exits_under_threads_that_enter_from_their_thread_locals_destructors():
    exit_often(BEGIN + SHORT_LIVED + "enough()")


def test_python_exits_under_threads_that_throw_out_of_allow_threads():
    exit_often(
        BEGIN
        + THROWING
        + "threading.Thread(target=hammer.throw_for_ever, daemon=True).start()\nenough()"
    )


# A callback that was registered before ours runs after the gate has closed: right before Python tears itself down.
def test_python_exits_under_daemon_threads_that_leave_for_the_first_time():
    exit_often("""
import atexit, os, random, threading
go = threading.Event()
def release():
    go.set()
    for _ in range(random.randrange(20)): os.stat("/")
atexit.register(release)
import attach_hammer as hammer
hammer.meet()
def work():
    go.wait()
    for _ in range(random.randrange(10_000)): pass
    hammer.spin()
for _ in range(20):
    threading.Thread(target=work, daemon=True).start()
""")


# Each module has a copy of the library and a gate of its own; both close, one after the other.
@pytest.mark.parametrize("imports", ["attach_first, attach_second", "attach_second, attach_first"])
def test_python_exits_under_threads_that_mix_two_extensions(imports):
    exit_often(
        f"import attach_driver as driver, {imports}\n"
        "doors = (attach_first.doors, attach_second.doors)\n"
        "driver.run(doors, ('a', 'b'), threads=1)\n"  # both meet the interpreter
        "scripts = ('a[b]', 'b[a]', 'a[~a[b[~b[a]]]]', 'b[~a[a[~b[b]]]]', 'a[~b[]]b[~a[]]')\n"
        "driver.run_until_the_end(doors, scripts, 3)\n"
        "target = driver.runs() + 300\n"
        "while driver.runs() < target: pass\n"
    )


@pytest.mark.skipif(
    sys.version_info < (3, 15),
    reason="before PEP 788 only a gate of our own is safe to pass, and it is made when a module is imported",
)
def test_python_exits_under_threads_whose_first_contact_this_is():
    exit_often(BEGIN + "hammer.start(4)")
