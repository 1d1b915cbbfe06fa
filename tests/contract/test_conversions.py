"""Section 4 of the contract: conversions both ways."""

import array
import datetime
import os
import pathlib
import sys
import threading

import contract_conversions as m
import pytest

WIDTHS = {
    "int8": (-(2**7), 2**7 - 1),
    "uint8": (0, 2**8 - 1),
    "int16": (-(2**15), 2**15 - 1),
    "uint16": (0, 2**16 - 1),
    "int32": (-(2**31), 2**31 - 1),
    "uint32": (0, 2**32 - 1),
    "int64": (-(2**63), 2**63 - 1),
    "uint64": (0, 2**64 - 1),
    "size": (0, 2**64 - 1),
    "difference": (-(2**63), 2**63 - 1),
    "int128": (-(2**127), 2**127 - 1),
    "uint128": (0, 2**128 - 1),
}


@pytest.mark.parametrize("name", WIDTHS)
@pytest.mark.parametrize("suffix", ["", "_reference"])
def test_integers(name, suffix):
    echo = getattr(m, name + suffix, None)
    if echo is None:
        pytest.skip("this compiler has no integers of 128 bits")
    low, high = WIDTHS[name]
    for value in (low, high, 0, 1, True):
        assert echo(value) == value
    for value in (low - 1, high + 1, 2**200, -(2**200)):
        with pytest.raises(OverflowError):
            echo(value)
    for value in (1.0, "1", None, [1]):
        with pytest.raises(TypeError):
            echo(value)

    class Index:
        def __index__(self):
            return 7

    assert echo(Index()) == 7
    assert echo(x=3) == 3


class Float:
    def __float__(self):
        return 2.5


class Index:
    def __index__(self):
        return 3


@pytest.mark.parametrize("name", ["float32", "float64", "float_long"])
def test_floats(name):
    echo = getattr(m, name)
    assert echo(1.5) == 1.5
    assert echo(2) == 2.0
    assert type(echo(2)) is float
    assert echo(Float()) == 2.5
    assert echo(Index()) == 3.0
    for value in ("1.5", None, b"1", 1j):
        with pytest.raises(TypeError):
            echo(value)
    assert echo(float("inf")) == float("inf")


def test_numpy_scalars():
    numpy = pytest.importorskip("numpy")
    assert m.float64(numpy.float32(1.5)) == 1.5
    assert m.float64(numpy.int64(3)) == 3.0
    assert m.int32(numpy.int8(3)) == 3
    assert m.bool_(numpy.bool_(True)) is True
    assert m.total(numpy.array([1.0, 2.0])) == 3.0
    data = numpy.array([1, 2], dtype=numpy.int32)
    m.increment(data)
    assert data.tolist() == [2, 3]
    longs = numpy.arange(3, dtype=numpy.dtype("l"))
    assert m.view_as_is(longs) == longs.ctypes.data, "no copy"
    with pytest.raises(TypeError):
        m.total(numpy.array([1, 2], dtype=numpy.float32))
    with pytest.raises(TypeError):
        m.total(numpy.arange(10.0)[::2])
    assert m.vector(numpy.array([1, 2, 3])) == [1, 2, 3]


def test_bool():
    assert m.bool_(True) is True
    assert m.bool_(False) is False
    for value in (1, 0, "", None, []):
        with pytest.raises(TypeError):
            m.bool_(value)


def test_complex():
    assert m.complex_(1 + 2j) == 1 + 2j
    assert m.complex_(1.5) == 1.5
    assert m.complex_(2) == 2
    assert m.complex_float(1j) == 1j
    with pytest.raises(TypeError):
        m.complex_("1j")


TEXTS = ["", "abc", "h\u00e9", "\U0001f40d", "a\0b"]


@pytest.mark.parametrize("name", ["string", "u8string", "u16string", "u32string", "wstring"])
@pytest.mark.parametrize("text", TEXTS)
def test_texts(name, text):
    assert getattr(m, name)(text) == text
    assert getattr(m, name + "_reference")(text) == text
    for value in (b"abc", 1, None, bytearray(b"a")):
        with pytest.raises(TypeError):
            getattr(m, name)(value)


def test_views_of_text():
    for text in TEXTS:
        assert m.string_view(text) == text
    assert m.c_string("abc") == "abc"
    assert m.char_("a") == "a"
    assert m.char32("\U0001f40d") == "\U0001f40d"
    with pytest.raises((TypeError, ValueError)):
        m.char_("ab")
    # A C string ends at its first NUL.
    with pytest.raises(ValueError, match=r"NUL|null"):
        m.c_string("a\0b")
    assert m.lengths(["a", "bc"], {"def": "ghij"}) == 10
    assert m.lengths((str(i) for i in range(100, 110)), {str(1000): str(2000)}) == 30 + 8


def test_invalid_text():
    with pytest.raises(UnicodeDecodeError):
        m.bad_text()
    with pytest.raises(UnicodeDecodeError):
        m.bad_text_inside()
    with pytest.raises(UnicodeEncodeError):
        m.string("\ud800")


def test_bytes():
    assert m.byte(200) == 200
    for make in (bytes, bytearray, memoryview):
        data = make(b"abc")
        assert m.byte_vector(data) == b"abc"
        assert m.reversed(data) == b"cba"
        assert m.byte_count(data) == 3
    assert m.byte_array(b"ab") == b"ab"
    with pytest.raises((TypeError, ValueError)):
        m.byte_array(b"abc")
    assert m.byte_count(array.array("d", [1])) == 8
    mutable = bytearray(b"abc")
    m.clear_bytes(mutable)
    assert mutable == b"\0\0\0"
    with pytest.raises(TypeError):
        m.clear_bytes(b"abc")
    with pytest.raises(TypeError):
        m.byte_count("abc")


def test_spans():
    assert m.total(array.array("d", [1, 2, 3])) == 6
    assert m.total(memoryview(array.array("d", [1, 2, 3]))[1:]) == 5
    for wrong in (array.array("f", [1]), array.array("q", [1]), [1.0], b"12345678", None):
        with pytest.raises(TypeError):
            m.total(wrong)
    xs = array.array("i", [1, 2])
    m.increment(xs)
    assert list(xs) == [2, 3]
    with pytest.raises(TypeError):
        m.increment(memoryview(xs).toreadonly())
    assert m.span_of_3(array.array("f", [1, 2, 3])) == 6
    with pytest.raises((TypeError, ValueError)):
        m.span_of_3(array.array("f", [1, 2]))
    xs = array.array("l", [1])
    assert m.view_as_is(xs) == xs.buffer_info()[0]
    assert m.returns_span() == [1, 2, 3]


def test_sequences():
    for echo in (m.vector, m.list_, m.small_vector):
        assert echo([1, 2]) == [1, 2]
        assert echo((1, 2)) == [1, 2]
        assert echo(range(3)) == [0, 1, 2]
        assert echo(i for i in range(3)) == [0, 1, 2]
        assert echo([]) == []
        with pytest.raises(TypeError, match="item 1"):
            echo([1, "2"])
        for wrong in ("12", b"12", 1, None, {1: 2}):
            with pytest.raises(TypeError):
                echo(wrong)
    assert m.vector({1}) == [1]
    assert m.vector_bool([True, False]) == [True, False]
    assert m.nested([["a"], [], ("b", "c")]) == [["a"], [], ["b", "c"]]
    assert m.deque(["a", "b"]) == ["a", "b"]
    assert m.array([1, 2, 3]) == [1.0, 2.0, 3.0]
    with pytest.raises(ValueError, match="3"):
        m.array([1, 2])
    assert m.squares() == [1, 4, 9]
    assert m.set_({1, 2}) == m.set_(frozenset([2, 1])) == {1, 2}
    assert m.unordered_set({"a"}) == {"a"}
    with pytest.raises(TypeError):
        m.set_({1, "a"})


def test_mappings():
    for echo in (m.map, m.flat_map, m.table):
        assert echo({"a": 1, "b": 2}) == {"a": 1, "b": 2}
        with pytest.raises(TypeError, match="'a'"):
            echo({"a": "x"})
        with pytest.raises(TypeError):
            echo({1: 1})
        with pytest.raises(TypeError):
            echo([("a", 1)])
    assert m.unordered_map({1: [2], 3: ()}) == {1: [2], 3: []}
    import types

    assert m.map(types.MappingProxyType({"a": 1})) == {"a": 1}
    value = {(1, 2): None, (3, 4): 5, (6, 7): ["x"]}
    assert m.deep(value) == value


def test_tuples():
    assert m.pair((1, "a")) == (1, "a")
    assert m.pair([1, "a"]) == (1, "a")
    assert m.tuple3((1, 2.5, "x")) == (1, 2.5, "x")
    assert m.tuple0(()) == ()
    with pytest.raises(ValueError, match="2"):
        m.pair((1, "a", 2))
    with pytest.raises(TypeError):
        m.pair(("a", 1))


def test_optional_and_variant():
    assert m.optional(None) is None
    assert m.optional(3) == 3
    with pytest.raises(TypeError):
        m.optional("3")
    assert m.optional_nested([1, None]) == [1, None]
    assert m.optional_nested(None) is None
    assert m.variant(3) == 3
    assert m.variant("x") == "x"
    with pytest.raises(TypeError):
        m.variant([])
    assert m.monostate(None) is None
    with pytest.raises(TypeError):
        m.monostate(0)
    for value, name in (
        (None, "monostate"),
        (True, "bool"),
        (1, "int"),
        (1.5, "double"),
        ("x", "string"),
        (m.Point(), "point"),
    ):
        assert m.described(value) == name
        assert m.described(v=value) == name


def test_times():
    delta = datetime.timedelta(hours=1, seconds=30)
    assert m.seconds(delta) == delta
    assert m.seconds(90) == datetime.timedelta(seconds=90)
    assert m.milliseconds(1.5) == datetime.timedelta(milliseconds=1500)
    assert m.hours(delta) == delta
    now = datetime.datetime(2024, 5, 6, 7, 8, 9, 123456)
    assert m.time_point(now) == now
    assert m.time_point(datetime.datetime(1950, 1, 1)) == datetime.datetime(1950, 1, 1)
    utc = datetime.datetime(2024, 5, 6, 7, 8, 9, tzinfo=datetime.UTC)
    assert m.time_point(utc).timestamp() == utc.timestamp()
    assert m.days(datetime.date(2024, 2, 29)) == datetime.date(2024, 2, 29)
    assert m.steady(datetime.timedelta(seconds=5)) == datetime.timedelta(seconds=5)
    for echo in (m.seconds, m.time_point, m.days):
        with pytest.raises(TypeError):
            echo("now")


def test_paths():
    class Path:
        def __fspath__(self):
            return "some/where"

    assert m.path(pathlib.Path("a/b")) == pathlib.Path("a/b")
    assert isinstance(m.path("a/b"), pathlib.Path)
    assert m.path(Path()) == pathlib.Path("some/where")
    assert m.path_reference(x=pathlib.PurePath("h\u00e9")) == pathlib.Path("h\u00e9")
    if os.name == "posix":
        assert m.path(b"a") == pathlib.Path("a")
    with pytest.raises(TypeError):
        m.path(3)


def test_functions():
    assert m.on_other_thread(lambda x: x + 1, 2) == 3
    seen = []
    assert m.on_other_thread(lambda x: seen.append(threading.get_ident()) or x, 2) == 2
    assert seen[0] != threading.get_ident()

    def fails():
        raise KeyError("gone")

    assert m.raised_on_other_thread(fails) == "KeyError: 'gone'"
    with pytest.raises(ZeroDivisionError):
        m.on_other_thread(lambda x: x // 0, 1)
    with pytest.raises(TypeError):
        m.on_other_thread(3, 1)
    with pytest.raises(TypeError):
        m.on_other_thread(lambda x: "text", 1)
    add = m.adder(3)
    assert add(4) == 7
    with pytest.raises(TypeError):
        add("x")
    # What comes back is the same object.
    assert m.function_(abs) is abs
    assert m.function_(add)(1) == 4
    assert m.call_twice(lambda s, xs: s * (1 + len(xs))) == "aab"
    assert m.callback_optional(None) == -1
    assert m.callback_optional(lambda: 4) == 4
    assert m.function_pointer()(1) == 2
    accumulate = m.lambda_out()
    assert [accumulate(1), accumulate(2)] == [1, 3]


def test_instances():
    p = m.Point(1, 2)
    q = m.unique_point(p)
    assert (q.x, q.y) == (2, 2)
    r = m.Point(5, 6)
    assert m.shared_point(r) is r
    assert r.y == 7
    assert m.constant_point().x == 3
    points = [m.Point(1), m.Point(2)]
    back = m.shared_points(points)
    assert back[0] is points[0]
    assert back[1] is points[1]
    assert m.null_pointer(None) is True
    with pytest.raises(TypeError, match="Point"):
        m.shared_point(3)


def test_enums():
    assert m.color(m.Color.green) is m.Color.green
    assert m.plain_color(x=m.PlainColor.blue) is m.PlainColor.blue
    assert m.PlainColor.blue.value == 200
    for wrong in (0, "red", m.PlainColor.red, None):
        with pytest.raises(TypeError, match="Color"):
            m.color(wrong)


def test_converters_of_users():
    assert m.celsius(36.6) == 36.6
    assert m.celsiuses([1, 2.5]) == [1.0, 2.5]
    with pytest.raises(TypeError):
        m.celsius("warm")
    assert m.boxed(3) == 3
    assert m.boxed_map({"a": "b"}) == {"a": "b"}
    with pytest.raises(TypeError):
        m.boxed("x")


def test_lazy_ranges():
    odd = m.odd([1, 2, 3, 4, 5])
    assert iter(odd) is odd
    assert next(odd) == 1
    assert list(odd) == [3, 5]
    assert list(m.counted(3)) == ["0", "1", "2"]


def test_errors_as_values():
    error = m.error_code(2)
    assert isinstance(error, FileNotFoundError)
    assert error.errno == 2
    assert m.error_code(0) is None
    assert m.error_code_in(OSError(13, "no")) == 13
    assert m.error_code_in(None) == 0
    if not m.HAS_EXPECTED:
        pytest.skip("std::expected is C++23")
    assert m.checked_half(4) == 2
    with pytest.raises(RuntimeError, match="odd"):
        m.checked_half(3)
    assert m.checked_nothing(False) is None
    with pytest.raises(FileNotFoundError):
        m.checked_nothing(True)


def test_kinds():
    def generator():
        yield

    first = (None, True, 1, 1.5, 1j, "s", b"b", bytearray(), [], (), {}, set(), frozenset())
    second = (
        slice(1), range(2), generator(), sys, int, len, memoryview(b""), ValueError(),
        datetime.datetime(2020, 1, 1), datetime.date(2020, 1, 1), datetime.time(1),
        datetime.timedelta(1), datetime.UTC,
    )  # fmt: skip
    third = ([], {}, set(), len, ..., NotImplemented)
    for function, arguments in (
        (m.all_kinds, first),
        (m.more_kinds, second),
        (m.protocol_kinds, third),
    ):
        assert function(*arguments) == len(arguments)
        for i in range(len(arguments)):
            wrong = list(arguments)
            wrong[i] = Float()
            with pytest.raises(TypeError):
                function(*wrong)
    xs = [1]
    assert m.owned(xs) is xs
    assert m.pinned("abc", b"ab", array.array("d", [1])) == 6
