"""Greenlets switch stacks inside both doors, and what each of them finds when it goes on is its own (invariant 13)."""

import itertools
import threading

import attach_switch
import pytest
from no_gil import FREE_THREADED

greenlet = pytest.importorskip(
    "greenlet", reason="greenlet has no wheel for this Python", exc_type=ImportError
)
if FREE_THREADED:
    # For each thread that ends, greenlet looks for leaks by gc.get_referrers, which crashes beside threads that run where there is no
    # GIL (python/cpython#153777).
    greenlet._greenlet.enable_optional_cleanup(False)


def weave(depths, order):
    """Greenlets that each go through so many doors, and are then let go on in this order."""
    hub = greenlet.getcurrent()
    reached = []

    def body(lane, depth):
        def pause(given):
            assert given[0] == ("own" if depth else "outermost")
            reached.append(depth)
            hub.switch()  # away, from inside the doors
            assert given[0] == ("own" if depth else "outermost")

        attach_switch.within(lane, depth, pause, ["outermost"])
        return "done"

    greenlets = [greenlet.greenlet(body) for _ in depths]
    for lane, (one, depth) in enumerate(zip(greenlets, depths, strict=True)):
        one.switch(lane, depth)
    assert reached == list(depths)
    for index in order:
        assert greenlets[index].switch() == "done"
    assert all(one.dead for one in greenlets)


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))), ids=str)
@pytest.mark.parametrize("depths", [(0, 0, 0), (1, 1, 1), (2, 1, 3), (0, 2, 1)], ids=str)
def test_doors_of_greenlets_end_in_any_order(depths, order):
    weave(depths, order)


def test_the_same_on_a_thread_of_pythons():
    caught = []

    def work():
        try:
            for order in itertools.permutations(range(3)):
                weave((2, 1, 3), order)
        except BaseException as error:
            caught.append(error)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert not caught


def test_the_same_on_a_thread_of_cpps():
    def work():
        for order in itertools.permutations(range(3)):
            weave((2, 1, 3), order)

    attach_switch.on_a_thread(work)


def test_a_greenlet_that_ends_by_an_exception_inside_doors_leaves_the_others_theirs():
    hub = greenlet.getcurrent()

    def body(lane, depth):
        attach_switch.within(lane, depth, lambda given: hub.switch(), ["outermost"])

    first, second = greenlet.greenlet(body), greenlet.greenlet(body)
    first.switch(0, 2)
    second.switch(1, 1)
    with pytest.raises(ValueError, match="killed"):
        first.throw(ValueError("killed"))
    second.switch()
    assert first.dead
    assert second.dead
    attach_switch.within(0, 1, lambda given: None, ["outermost"])
