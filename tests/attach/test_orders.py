"""Doors of two extension modules with a core each, and of plain C, mixed in every order on every kind of thread."""

import itertools
import threading

import attach_driver
import attach_first
import attach_second
import pytest
from effort import SLOW

# Where a test counts the interpreter's thread states, another may not make any.
counts_states = pytest.mark.thread_unsafe(reason="counts the thread states of the process")

FIRST = (attach_first.doors, None)  # interlock's and plain C's
BOTH = (attach_first.doors, attach_second.doors)
THREE = (attach_first.doors, attach_second.doors, None)
DEPTH = 8


def alternating(libraries: tuple[str, ...], attached: bool) -> str:
    """A library for each level; attached and detached follow one another."""
    text = ""
    for door in libraries:
        text += f"~{door}[" if attached else f"{door}["
        attached = not attached
    return text + "]" * len(libraries)


def chosen(pattern: int, attached: bool, turns: tuple[str, ...]) -> str:
    """Each bit chooses to acquire or to release; the libraries take turns. Only who is attached can release."""
    text = ""
    for level in range(DEPTH):
        door = turns[level % len(turns)]
        leave = attached and pattern >> level & 1 == 0
        text += f"~{door}[" if leave else f"{door}["
        attached = not leave
    return text + "]" * DEPTH


def all_turns(doors: tuple[object, ...], attached: bool) -> tuple[str, ...]:
    return tuple(
        chosen(pattern, attached, turns)
        for turns in itertools.islice(itertools.permutations("abc"[: len(doors)]), 1 if SLOW else 6)
        for pattern in range(2**DEPTH)
    )


def all_orders(doors: tuple[object, ...], attached: bool) -> tuple[str, ...]:
    turns = all_turns(doors, attached)
    if SLOW and doors is THREE:
        return turns  # the others are 6,561
    libraries = itertools.product("abc"[: len(doors)], repeat=DEPTH)
    return (*(alternating(order, attached) for order in libraries), *turns)


@pytest.fixture(
    params=[FIRST, BOTH, (None, attach_second.doors), THREE],
    ids=["first-plain", "first-second", "plain-second", "first-second-plain"],
)
def doors(request: pytest.FixtureRequest) -> tuple[object, ...]:
    return request.param


def test_all_orders_on_the_main_thread(doors):
    attach_driver.run(doors, all_orders(doors, attached=True))


def test_all_orders_on_a_python_thread(doors):
    caught = []

    def work():
        try:
            attach_driver.run(doors, all_orders(doors, attached=True))
        except AssertionError as error:
            caught.append(error)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert not caught


def test_all_orders_on_one_foreign_thread(doors):
    attach_driver.run(doors, all_orders(doors, attached=False), threads=1)


def test_all_orders_on_eight_foreign_threads_at_once(doors):
    attach_driver.run(doors, all_orders(doors, attached=False), threads=8)


@counts_states
def test_all_orders_each_as_the_first_contact_of_its_thread(doors):
    before = attach_driver.thread_states()
    # A thread state takes long to make where there is no GIL.
    orders = all_orders if len(doors) < len(THREE) else all_turns
    for text in orders(doors, attached=False):
        attach_driver.run(doors, (text,), threads=1)
    assert attach_driver.thread_states() == before


NESTED = ("", "a", "b", "c", "a[~b[b[~a[a]]]]", "c[~a[b[~c[a]]]]")


@counts_states
@pytest.mark.parametrize(
    "body",
    ["a", "b", "ab", "ba", "ca", "ac", "cab", "a[b]", "b[a]", "c[a[b]]", "a[~a[b]]", "b[~b[a]]"],
)
def test_a_thread_that_ends_leaves_no_thread_state_behind(body):
    before = attach_driver.thread_states()
    for before_hooks, after_hooks in itertools.product(NESTED, NESTED):
        attach_driver.run(
            THREE, (body,), threads=2, before_hooks=before_hooks, after_hooks=after_hooks
        )
    assert attach_driver.thread_states() == before


@counts_states
def test_a_thread_whose_first_contact_is_in_its_exit_leaves_no_thread_state_behind():
    before = attach_driver.thread_states()
    for text in NESTED:
        attach_driver.run(THREE, ("",), threads=1, after_hooks=text)
        attach_driver.run(THREE, ("",), threads=1, before_hooks=text)
    assert attach_driver.thread_states() == before


@counts_states
@pytest.mark.parametrize(
    "body",
    [
        "aA",
        "aAa",
        "aAbBab",
        "baAbB",
        "aB",  # not the other library's to give
        "a[A]",
        "a[~aA]",
        "a[~a[A]]",
        "a[~a[aA]]",
        "c[~c[aA]]",
        # the state that the first library keeps is in use by somebody else further out
        "ab[~b[A]]",
        "ab[~b[aA]]",
        "ac[~c[A]]",
        "ac[~c[aA]]",
        "ab[~b[aAb[]]b]a",
        "ac[A]",
        "ab[A]",
    ],
)
def test_a_state_is_given_back_only_where_nobody_uses_it(body):
    before = attach_driver.thread_states()
    attach_driver.run(THREE, (body,), threads=2)
    assert attach_driver.thread_states() == before
