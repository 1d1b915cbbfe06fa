"""How a Python process ends, with threads and handles in places that are known."""

import subprocess
import sys

import pytest

SAID = "interlock: Python is exiting while"


def run(script: str) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        [sys.executable, "-X", "faulthandler", "-c", "import sys, threading, atexit\n" + script],
        capture_output=True,
        text=True,
        timeout=50,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done


def test_a_detached_thread_is_waited_for_within_the_limit_and_said_once():
    done = run(
        "import attach_exit_module as m\nm.set_exit_wait(0.3)\nm.detach_for_ever()\nm.detach_for_ever()"
    )
    assert done.stderr.count(SAID) == 1
    assert "2 threads are inside allow_threads; waiting for at most 0.3 s" in done.stderr


def test_a_daemon_thread_inside_allow_threads_is_left_behind():
    done = run(
        "import attach_exit_module as m\nm.set_exit_wait(0)\n"
        "def work(): inside.set(); m.block()\n"
        "inside = threading.Event()\n"
        "threading.Thread(target=work, daemon=True).start()\ninside.wait()"
    )
    assert done.stderr.count(SAID) <= 1


def test_atexit_callbacks_use_both_doors_before_and_after_the_gate_has_closed():
    done = run(
        "atexit.register(lambda: print('after', m.both_doors(), m.from_a_thread()))\n"
        "import attach_exit_module as m\n"
        "atexit.register(lambda: print('before', m.both_doors(), m.from_a_thread()))\n"
    )
    assert done.stdout.split("\n")[:2] == ["before in in", "after in refused"]


def test_finalizers_in_the_teardown_use_both_doors():
    done = run(
        "import os\n"
        "import attach_exit_module as m\n"
        "class Late:\n"
        "    def __init__(self, name): self.name, self.doors, self.write = name, m.both_doors, os.write\n"
        "    def __del__(self): self.write(1, self.name + b' ' + self.doors().encode() + b'\\n')\n"
        "in_main = Late(b'main')\n"
        "cycle = Late(b'cycle'); cycle.itself = cycle\n"
        "sys.late = Late(b'sys')\n"
    )
    assert sorted(done.stdout.splitlines()) == ["cycle in", "main in", "sys in"]


def test_a_thread_of_threading_is_joined_before_the_gate_closes():
    done = run(
        "import attach_exit_module as m\n"
        "def work():\n"
        "    started.set()\n"
        "    for _ in range(1000): assert m.both_doors() == 'in' and m.from_a_thread() == 'in'\n"
        "    print('done')\n"
        "started = threading.Event()\n"
        "threading.Thread(target=work).start(); started.wait()"
    )
    assert done.stdout == "done\n"


@pytest.mark.parametrize(
    "when", ["m.drop_kept()", "atexit.register(m.drop_kept)", "sys.late = Drops(m.drop_kept)", ""]
)
def test_a_handle_dropped_at_any_time_of_the_exit_is_safe(when):
    run(
        "import attach_exit_module as m\n"
        "class Drops:\n"
        "    def __init__(self, f): self.f = f\n"
        "    def __del__(self): self.f()\n"
        "class C: pass\n"
        f"m.keep(C())\n{when}"
    )


@pytest.mark.parametrize("how", ["handle", "drop", "object", "queue"])
def test_a_daemon_thread_inside_a_finalizer_is_left_behind(how):
    run(
        "import attach_exit_module as m\nm.set_exit_wait(0)\n"
        # What waits in the queue may also be released by the main thread, for which nobody waits: then another one is dropped.
        "class C:\n"
        "    def __del__(self):\n"
        "        if threading.get_ident() == main: return\n"
        "        inside.set()\n"
        "        while True: pass\n"
        "main = threading.get_ident()\n"
        "def work():\n"
        f"    while True: m.keep(C()); m.release_kept('{how}')\n"
        "inside = threading.Event()\n"
        "threading.Thread(target=work, daemon=True).start()\ninside.wait()"
    )


def test_a_daemon_thread_inside_the_what_of_an_error_is_left_behind():
    run(
        "import attach_exit_module as m\nm.set_exit_wait(0)\n"
        "class E(Exception):\n"
        "    def __str__(self):\n"
        "        inside.set()\n"
        "        while True: pass\n"
        "def fail(): raise E\n"
        "inside = threading.Event()\n"
        "threading.Thread(target=m.what_of, args=(fail,), daemon=True).start()\ninside.wait()"
    )


def test_what_was_dropped_before_the_exit_is_finalized():
    done = run(
        "import attach_exit_module as m\n"
        "class C:\n"
        "    def __del__(self): print('finalized')\n"
        "m.keep(C())\n"
        "m.drop_kept()\n"
    )
    assert done.stdout == "finalized\n"
