"""A program makes and destroys interpreters while its threads enter, leave, drop and ask: exit status 0, in time, every time."""

import os

from embedding import environment
from hammer import ends_well_each_time


def test_interpreters_come_and_go_under_hammering_threads():
    ends_well_each_time([os.environ["INTERLOCK_HAMMER_PROGRAM"], "3"], environment())
