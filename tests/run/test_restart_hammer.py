"""A program makes and destroys interpreters while its threads enter, leave, drop and ask: exit status 0, in time, every time."""

import os
import subprocess

RUNS = int(os.environ.get("INTERLOCK_HAMMER_RUNS", "20"))
LIMIT = float(os.environ.get("INTERLOCK_HAMMER_LIMIT", "10"))
PROGRAM = os.environ["INTERLOCK_HAMMER_PROGRAM"]


def test_interpreters_come_and_go_under_hammering_threads():
    for _ in range(RUNS):
        done = subprocess.run(
            [PROGRAM, "3"], capture_output=True, text=True, timeout=LIMIT, check=False
        )
        assert done.returncode == 0, done.stderr
