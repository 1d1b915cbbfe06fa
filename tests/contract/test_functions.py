"""Section 4 of the contract: modules and functions."""

import array
import inspect
import pickle
import subprocess
import sys
import threading
import warnings

import contract_functions as m
import pytest


def test_snippet():
    assert m.__doc__ == "Counts words with the interpreter released."
    assert m.count("a b a") == {"a": 2, "b": 1} == m.count(text="a b a")
    assert m.count.__doc__.splitlines()[-1] == "Words and how often each occurs."
    assert m.top({"a": 1, "b": 2}) == ["a", "b"]
    assert m.top({"a": 1, "b": 2}, n=1) == m.top(counts={"a": 1}, n=1) == ["a"]
    with pytest.raises(TypeError):
        m.top({}, 1)
    assert m.clamp(5) == 1.0
    assert m.clamp(5, hi=7) == m.clamp(5, 0, 7) == 5.0
    with pytest.raises(TypeError):
        m.clamp(x=5)
    assert m.shout("a") == m.shout(s="a") == "a!"
    assert m.scaled(2) == 6
    assert m.gather(1, 2, x=3) == 3
    assert m.gather() == 0
    assert m.area(m.Circle(2)) == m.area(circle=m.Circle(2)) == 12
    assert m.area(m.Square(3)) == m.area(square=m.Square(3)) == 9
    assert m.twice(4) == 8
    assert m.half(3) == m.half(x=3) == 1.5
    assert m.VERSION == "1.0"
    assert m.extra.__doc__ == "More."
    assert sys.modules["contract_functions.extra"] is m.extra
    from contract_functions.extra import half

    assert half(1) == 0.5


@pytest.mark.thread_unsafe(reason="counters are the module's")
def test_varied_spellings():
    assert m.twice_more(3) == 6
    assert type(m.twice_more(3)) is int, "the exact match comes first"
    assert m.twice_more(1.5) == 3.0
    assert m.twice_more("ab") == "abab"
    assert m.twice_pointer(x=2) == 4
    assert m.half_without_names(1) == 0.5
    assert m.clamp_by_name(3.0, 0.0, 1.0) == 1.0
    assert m.successor(x=1) == 2
    assert "Its doc." in m.successor.__doc__
    assert m.functor(2) == 10
    assert [m.counter(), m.counter()] == [1, 2]
    assert m.std_function(x=3) == 2
    assert m.plus(1) == 2
    assert m.plus(b=4, a=3) == 7
    assert [m.mutable_lambda(), m.mutable_lambda()] == [1, 2]
    assert m.only_moved() == 9
    assert m.token_first(x=3) == m.token_reference(3) == "3"
    assert m.with_token() == 6
    assert m.longer("abc", "ab") == "abc"
    assert m.taken("a") == "a!"
    assert m.nothing() is None
    assert m.noexcept_lambda(7) == 7


@pytest.mark.parametrize("text", ["abc", "x" * 100, "h\u00e9", ""])
def test_results_that_refer_to_arguments(text):
    """A std::string is made for the call, and lives until the result is converted."""
    for longer in (m.longer, m.longer_unnamed, m.longer_detached, m.longer_lambda):
        assert longer(text, text + "!") == text + "!"
        assert longer(text, "") == text
    assert m.larger(text, "a") == max(text, "a")
    for first_word in (m.first_word, m.first_word_unnamed, m.first_word_detached):
        assert first_word(text + " b") == text
    assert m.words(text + " b") == [text, "b"]


def test_the_token_is_no_part_of_the_signature():
    assert str(inspect.signature(m.token_first)) == "(x)"
    assert str(inspect.signature(m.with_token)) == "()"


def test_defaults():
    assert m.defaults() == 1 + 100 + 3 + 3 + 2
    assert m.defaults(0, 0, [], "", 0) == 0
    assert m.defaults(b=None, c=(5,)) == 1 + 100 + 5 + 3 + 2
    assert m.python_default() == "1.0"
    assert m.none_default() is False
    assert m.none_default("x") is True
    assert m.list_default() == 2
    for name in ("c_text", "object", "pointer", "shared", "function"):
        function = getattr(m, f"none_for_{name}")
        assert function() is True
        assert function(None) is True
        assert next(iter(inspect.signature(function).parameters.values())).default is None
    assert m.instance_default() == 2
    signature = inspect.signature(m.defaults)
    assert [p.default for p in signature.parameters.values()][:2] == [1, None]
    assert signature.parameters["d"].default == "abc"
    assert str(inspect.signature(m.clamp)) == "(x, /, lo=0.0, hi=1.0)"
    assert str(inspect.signature(m.top)) == "(counts, *, n=10)"
    assert signature.parameters["c"].default is ...
    assert "c: Iterable[int] = [1, 2]" in m.defaults.__doc__ or "[1, 2]" in m.defaults.__doc__


def test_kinds_of_parameters():
    assert m.kinds_of_parameters(1, 2) == (1, 2, (), 3, {})
    assert m.kinds_of_parameters(1, 2, 3, 4, c=5, d=6) == (1, 2, (3, 4), 5, {"d": 6})
    assert m.kinds_of_parameters(1, b=2, a=7) == (1, 2, (), 3, {"a": 7})
    kinds = [p.kind.name for p in inspect.signature(m.kinds_of_parameters).parameters.values()]
    assert kinds == [
        "POSITIONAL_ONLY",
        "POSITIONAL_OR_KEYWORD",
        "VAR_POSITIONAL",
        "KEYWORD_ONLY",
        "VAR_KEYWORD",
    ]
    assert m.only_by_name(a=3) == 2
    assert m.only_by_position(3) == 2
    with pytest.raises(TypeError):
        m.only_by_name(3)
    with pytest.raises(TypeError):
        m.only_by_position(a=3)
    # Without il::arg: by position alone.
    with pytest.raises(TypeError):
        m.half_without_names(x=1)
    parameters = list(inspect.signature(m.half_without_names).parameters.values())
    assert [p.kind.name for p in parameters] == ["POSITIONAL_ONLY"]


def test_released():
    assert m.is_detached() is True
    xs = array.array("d", [1, 2, 3])
    assert m.inside(xs, "ab", ["c", "def"]) == 9
    assert m.inside(xs=memoryview(xs), name="", names=()) == 3
    assert m.call_detached(lambda x: x + 1, 2) == 3
    assert m.call_by_value(f=abs, x=-2) == 2
    ys = array.array("f", [0, 0])
    assert m.fill(ys, 2.5) is None
    assert list(ys) == [2.5, 2.5]
    kept = [1]
    assert m.handle_inside(kept) is kept
    with pytest.raises(ZeroDivisionError):
        m.call_detached(lambda x: x // 0, 2)


def test_exports_are_held_until_the_call_returns():
    xs = array.array("d", [1, 2, 3])
    failed = []

    def resize(x):
        try:
            xs.append(1)
        except BufferError as error:
            failed.append(error)
        return x

    class Names:
        def __iter__(self):
            resize(0)
            return iter(["a"])

    assert m.inside(xs, "", Names()) == 4
    assert len(failed) == 1


@pytest.mark.thread_unsafe(reason="counts the guards that are alive")
def test_options():
    assert m.exact(1.5) == 1.5
    with pytest.raises(TypeError, match="x"):
        m.exact(1)
    assert m.exact_with_default() == 4
    with pytest.raises(TypeError):
        m.exact_with_default(True)
    assert m.takes_none(None) == -1
    for refuses in (m.refuses_none, m.refuses_none_object):
        with pytest.raises(TypeError, match="None"):
            refuses(None)
    assert m.refuses_none(3) == m.refuses_none_object(3) == 3
    assert m.guarded() == 1
    assert m.guarded_call(x=1) == 2
    assert m.guarded_twice() == 2
    with pytest.raises(IndexError, match="guarded"):
        m.guarded_throws()
    assert m.guards_alive() == 0
    assert m.module_name() == "contract_functions"
    assert m.extra.deeper.where() == "contract_functions.extra.deeper"
    assert m.module_and_token(5) == "1.05" == m.module_and_token(x=5)
    assert str(inspect.signature(m.module_and_token)) == "(x)"
    assert m.literal.__doc__.startswith("literal(x: Literal[1, 2]) -> int")
    assert "Doc." in m.literal.__doc__


@pytest.mark.thread_unsafe(reason="warning filters are the process's")
def test_deprecated():
    with pytest.warns(DeprecationWarning, match="use new"):
        assert m.old(x=3) == 3
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(DeprecationWarning, match="use new"):
            m.old(3)


def test_binding_one_callable_twice_gives_independent_functions():
    assert [m.times_0(2), m.times_1(2), m.times_2(2)] == [0, 2, 4]
    assert [m.half_0(), m.half_1(), m.half_2()] == [0.0, 0.5, 1.0]
    assert m.half_1.__name__ == "half_1"
    assert m.by_helper(x=1) == 0.5
    assert m.by_other_helper(x=1) == 2
    assert m.echo_int(x=5) == 5
    assert m.echo_strings(["a", "b"]) == ["a", "b"]
    assert m.filled(x=3) == [3, 3]
    with pytest.raises(TypeError, match=r"by_helper\(x: float\)"):
        m.by_helper("x")
    assert pickle.loads(pickle.dumps(m.by_helper)) is m.by_helper


def test_modules():
    assert m.extra.NUMBERS == [1, 2]
    assert m.PI == 3.14
    assert m.TABLE == {"a": 1}
    assert m.SUB is m.extra
    import contract_functions.extra.deeper as deeper

    assert deeper is m.extra.deeper


def test_a_wrong_call_says_what_was_wrong():
    with pytest.raises(TypeError) as raised:
        m.clamp("x")
    text = str(raised.value)
    # The signature, what was given, and which argument did not fit.
    assert "clamp(x: float, /, lo: float = 0.0, hi: float = 1.0) -> float" in text
    assert "argument 'x'" in text or "argument 1" in text
    assert "str" in text
    with pytest.raises(TypeError) as raised:
        m.area(3)
    text = str(raised.value)
    assert "area(circle: Circle)" in text
    assert "area(square: Square)" in text
    assert "int" in text
    with pytest.raises(TypeError, match="y"):
        m.half(y=3)
    with pytest.raises(TypeError, match="half"):
        m.half()
    with pytest.raises(TypeError, match="half"):
        m.half(1, 2)
    with pytest.raises(TypeError):
        m.half(1, x=2)


def test_needs_gil_and_main_interpreter_only():
    # In a process of its own: where there is no GIL, the import takes it back for the whole process.
    code = (
        "import sys, warnings; warnings.simplefilter('ignore'); import contract_needs_gil as n; "
        "assert n.answer() == 42; assert getattr(sys, '_is_gil_enabled', lambda: True)()"
    )
    if sys.version_info >= (3, 14):
        code += (
            "\nfrom concurrent import interpreters\ni = interpreters.create()\n"
            "i.exec('import sys')\n"
            "try:\n    i.exec('import contract_needs_gil')\n"
            "except interpreters.ExecutionFailed as error:\n    assert 'ImportError' in str(error)\n"
            "else:\n    raise AssertionError\n"
        )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=50)


def test_other_threads_run_meanwhile():
    ready = threading.Event()
    seen = []

    def other():
        ready.wait(30)
        seen.append(1)

    thread = threading.Thread(target=other)
    thread.start()

    def inside(x):
        ready.set()
        thread.join(30)
        return len(seen)

    assert m.call_detached(inside, 0) == 1
