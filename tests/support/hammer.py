"""How often the hammers repeat, and the one thing they ask of each run: that it ends well and in time."""

from __future__ import annotations

import os
import subprocess

RUNS = int(os.environ.get("INTERLOCK_HAMMER_RUNS") or os.environ["INTERLOCK_HAMMER_DEFAULT_RUNS"])
LIMIT = float(os.environ["INTERLOCK_HAMMER_LIMIT"])


def ends_well_each_time(command: list[str], environment: dict[str, str] | None = None) -> None:
    for run in range(RUNS):
        try:
            done = subprocess.run(
                command,
                capture_output=True,
                text=True,
                timeout=LIMIT,
                env=environment,
                check=False,
            )
        except subprocess.TimeoutExpired as late:
            raise AssertionError(
                f"run {run} of {RUNS} did not end in {LIMIT} s: {late.stderr!r}"
            ) from None
        assert done.returncode == 0, f"run {run} of {RUNS}: status {done.returncode}\n{done.stderr}"
        assert "Exception ignored" not in done.stderr, done.stderr
