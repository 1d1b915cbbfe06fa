"""A module that is built with interlock is loaded by sub-interpreters, and keeps them apart."""

import subprocess
import sys
import threading

import pytest
from interpreters import HAVE_OWN_GIL, Interpreter

own_gil = pytest.mark.skipif(
    not HAVE_OWN_GIL, reason="interpreters with a lock of their own begin with CPython 3.12"
)

EVERYTHING = """
    import pickle, run_interpreters as m
    assert m.kernel(10) == m.kernel(rounds=10)
    assert m.count_letters("abca") == {"a": 2, "b": 1, "c": 1}
    try:
        m.fails(3)
    except ValueError as error:
        assert str(error) == "no 3", error
    else:
        assert False
    try:
        m.kernel("x")
    except TypeError as error:
        assert "rounds" in str(error), error
    else:
        assert False
    assert m.dump({"b": 1, "a": [2]}) == '{\\n "a": [\\n  2\\n ],\\n "b": 1\\n}'
    import re
    assert m.cached_pattern() is m.cached_pattern()
    assert type(m.cached_pattern()) is re.Pattern
    assert m.VERSION == "1.0"
    assert m.extra.interpreter() == m.interpreter() == ID
    assert m.comes_back() == ID
    assert m.interpreter_of_a_cpp_thread() == 0
    assert pickle.loads(pickle.dumps(m.kernel)) is m.kernel
"""


def everything(identity: int) -> str:
    return EVERYTHING.replace("ID", str(identity))


@pytest.fixture
def interpreter():
    one = Interpreter()
    yield one
    one.close()


def run_alone(code: str) -> None:
    """In a process of its own, where a crash is a failure and nothing is left for other tests."""
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=50, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stderr == "", done.stderr


@own_gil
def test_all_that_a_module_does_is_there_in_each():
    import textwrap

    exec(textwrap.dedent(everything(0)), {})
    several = [Interpreter() for _ in range(3)]
    for one in several:
        one.run(everything(one.id))
    for one in several:
        one.run(everything(one.id))
    for one in several:
        one.close()
    exec(textwrap.dedent(everything(0)), {})


@own_gil
def test_two_import_it_at_the_same_moment():
    for _ in range(5):
        several = [Interpreter() for _ in range(2)]
        together = threading.Barrier(len(several))
        failed = []

        def work(one, together=together, failed=failed):
            together.wait()
            try:
                one.run(everything(one.id))
            except BaseException as error:
                failed.append(error)

        threads = [threading.Thread(target=work, args=(one,)) for one in several]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        for one in several:
            one.close()
        assert not failed


@own_gil
def test_the_first_import_of_the_process_is_by_two_at_once():
    run_alone(
        f"""if True:
    import threading
    from interpreters import Interpreter
    several = [Interpreter() for _ in range(2)]
    together = threading.Barrier(2)
    failed = []
    def work(one):
        together.wait()
        try:
            one.run({EVERYTHING!r}.replace("ID", str(one.id)))
        except BaseException as error:
            failed.append(error)
    threads = [threading.Thread(target=work, args=(one,)) for one in several]
    for thread in threads: thread.start()
    for thread in threads: thread.join()
    for one in several: one.close()
    assert not failed, failed
"""
    )


@own_gil
def test_a_handle_under_another_interpreter_is_refused(interpreter):
    import run_interpreters as module

    module.keep(["of the main one"])
    interpreter.run("""
        import run_interpreters as m
        try:
            m.take()
        except RuntimeError as error:
            assert "another interpreter" in str(error), error
        else:
            assert False
    """)
    assert module.take() == ["of the main one"]
    module.drop()


@own_gil
def test_a_drop_under_another_interpreter_reaches_its_own(interpreter):
    import run_interpreters as module

    interpreter.run(
        """
        import run_interpreters as m
        class Seen:
            dead = 0
            def __del__(self):
                assert m.interpreter() == ID
                Seen.dead += 1
        m.keep(Seen())
    """.replace("ID", str(interpreter.id))
    )
    module.drop()
    interpreter.run("m.comes_back()\nassert Seen.dead == 1")


@own_gil
def test_a_handle_of_an_interpreter_that_has_ended_lets_go():
    import run_interpreters as module

    one = Interpreter()
    one.run("import run_interpreters as m; m.keep(object())")
    one.close()
    with pytest.raises(RuntimeError, match="finished"):
        module.take()
    module.drop()


@own_gil
def test_main_interpreter_only(interpreter):
    import run_main_only

    assert run_main_only.one() == 1
    interpreter.run("""
        try:
            import run_main_only
        except ImportError:
            pass
        else:
            assert False
    """)


@own_gil
def test_interpreters_that_are_left_at_the_exit_do_no_harm():
    run_alone("""if True:
    from interpreters import Interpreter
    import run_interpreters
    one = Interpreter()
    one.run("import run_interpreters as m; m.comes_back()")
    import sys
    if sys.version_info < (3, 14):
        one.close()  # CPython itself does not end those that are left
    import warnings
    warnings.simplefilter("ignore")  # newer ones say that they end it
""")


@pytest.mark.skipif(sys.version_info < (3, 14), reason="InterpreterPoolExecutor: 3.14")
@own_gil
def test_a_pool_of_interpreters():
    from concurrent.futures import InterpreterPoolExecutor

    import run_interpreters as module

    with InterpreterPoolExecutor(max_workers=2) as pool:
        assert list(pool.map(module.kernel, [1, 2, 3, 4])) == [
            module.kernel(n) for n in (1, 2, 3, 4)
        ]
        assert 0 not in set(pool.map(_where, range(8)))
        assert pool.submit(module.count_letters, "aab").result() == {"a": 2, "b": 1}
        with pytest.raises(ValueError, match="no 5"):
            pool.submit(module.fails, 5).result()


def _where(_):
    import run_interpreters as module

    return module.interpreter()


@pytest.mark.skipif(HAVE_OWN_GIL, reason="what 3.11 alone cannot do")
def test_on_3_11_the_import_is_refused_in_words(interpreter):
    with pytest.raises(Exception, match=r"3\.12"):
        interpreter.run("import run_interpreters")
