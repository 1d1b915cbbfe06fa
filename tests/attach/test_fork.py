"""A child of fork works, whatever the other threads were doing: attached, detached, waiting, dropping.

Without a handler the child kept locks and lists that its parent's other threads had been in (obstore, delta-rs #2744).
"""

import os
import subprocess
import sys
import threading

import attach_exit_module as m
import pytest

pytestmark = [
    pytest.mark.thread_unsafe(
        reason="the module's workers are one set, and a child has one thread"
    ),
    pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork"),
    pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning"),
]


class Counted:
    alive = 0

    def __init__(self):
        Counted.alive += 1

    def __del__(self):
        Counted.alive -= 1


# Some sanitizers cannot start threads in a fork's child.
THREADS_IN_CHILDREN = os.environ.get("INTERLOCK_FORK_WITHOUT_THREADS") is None


def work_of_the_child() -> None:
    for _ in range(20):
        assert m.both_doors() == "in"
    before = Counted.alive
    m.drop_detached(Counted())
    m.both_doors()
    assert Counted.alive == before
    m.forget_workers()
    if THREADS_IN_CHILDREN:
        work_of_threads_of_the_child()


def work_of_threads_of_the_child() -> None:
    assert m.from_a_thread() == "in"
    m.start_workers(object)
    for _ in range(20):
        assert m.both_doors() == "in"
        assert m.from_a_thread() == "in"
    m.stop_workers()
    one = Counted()
    before = Counted.alive
    m.keep(one)
    del one
    m.drop_kept()
    m.both_doors()
    assert Counted.alive == before - 1


def in_child(work) -> int:
    child = os.fork()
    if child == 0:
        status = 1
        try:
            work()
            status = 0
        except BaseException:
            sys.excepthook(*sys.exc_info())
        finally:
            os._exit(status)
    _, status = os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(status)


def test_a_child_works_while_the_parents_threads_enter_leave_and_drop():
    m.start_workers(object)
    try:
        for _ in range(20):
            assert in_child(work_of_the_child) == 0
    finally:
        m.stop_workers()
    assert m.both_doors() == "in"


def test_a_child_works_while_the_parents_threads_are_detached_wait_and_hold():
    def work() -> None:
        assert m.enter_the_mutex() == "owner dead"
        work_of_the_child()

    shared = Counted()
    references = sys.getrefcount(shared)
    m.take_places(shared)
    try:
        for _ in range(10):
            assert in_child(work) == 0
    finally:
        m.leave_places()
    assert m.enter_the_mutex() == "in"
    m.both_doors()
    assert sys.getrefcount(shared) == references


def test_a_child_of_a_thread_works():
    got = []
    m.start_workers(object)
    try:
        thread = threading.Thread(target=lambda: got.append(in_child(work_of_the_child)))
        thread.start()
        thread.join()
    finally:
        m.stop_workers()
    assert got == [0]


def test_the_exit_of_a_child_waits_for_nobody_who_is_not_there():
    script = (
        "import os, sys\n"
        "import attach_exit_module as m\n"
        "m.set_exit_wait(3600)\n"
        "m.detach_for_ever(); m.start_workers(object)\n"
        "child = os.fork()\n"
        "if child == 0: m.forget_workers(); sys.exit(0)\n"
        "print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)\n"
        "os._exit(0)\n"
    )
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", script],
        capture_output=True,
        text=True,
        timeout=50,
        check=False,
    )
    assert (done.returncode, done.stdout) == (0, "0\n"), done.stderr
