"""Memory that is viewed and not copied: spans, bytes, pinned views; inside of containers too."""

from __future__ import annotations

import array
import ctypes
import gc
import sys
import threading

import convert_views as m
import pytest


def refused(call, *words: str) -> None:
    with pytest.raises(TypeError) as caught:
        call()
    for word in words:
        assert word in str(caught.value), str(caught.value)


@pytest.mark.parametrize(
    ("code", "function"),
    [
        ("b", m.sum_i8),
        ("B", m.sum_u8),
        ("h", m.sum_i16),
        ("H", m.sum_u16),
        ("i", m.sum_i32),
        ("I", m.sum_u32),
        ("q", m.sum_i64),
        ("Q", m.sum_u64),
        ("f", m.sum_f32),
        ("d", m.sum_f64),
    ],
)
def test_each_type_takes_exactly_its_own(code: str, function) -> None:
    assert function(array.array(code, [1, 2, 3])) == 6
    assert function(memoryview(array.array(code, [1, 2, 3]))) == 6
    for other in "bBhHiIqQfd":
        if other != code:
            refused(lambda other=other: function(array.array(other, [1])), f"format '{other}'")


def test_long_is_known_by_its_size() -> None:
    longs = array.array("l", [1, 2])
    assert (m.sum_i64 if longs.itemsize == 8 else m.sum_i32)(longs) == 3
    unsigned = memoryview(bytes(8)).cast("N")
    assert (m.sum_u64 if unsigned.itemsize == 8 else m.sum_u32)(unsigned) == 0
    assert m.sum_bool(memoryview(bytes([1, 0, 1])).cast("?")) == 2


def test_a_span_points_into_the_object() -> None:
    items = array.array("d", [1.0, 2.0])
    assert m.address(items) == items.buffer_info()[0]
    m.add_one(items)
    assert list(items) == [2.0, 3.0]


def test_byte_orders() -> None:
    little = ctypes.c_int.__ctype_le__(5)
    big = ctypes.c_int.__ctype_be__(5)
    native, other = (little, big) if sys.byteorder == "little" else (big, little)
    assert m.sum_i32(native) == 5
    refused(lambda: m.sum_i32(other), "expected 32-bit signed integers", "another byte order")


def test_what_does_not_fit_is_said() -> None:
    refused(lambda: m.sum_f64([1.0]), "argument 'items'", "a buffer of 64-bit floats, got list")
    refused(lambda: m.sum_f64(None), "got None")
    refused(lambda: m.sum_f64("ab"), "got str")
    refused(
        lambda: m.sum_f64(array.array("f", [1])),
        "expected 64-bit floats",
        "format 'f' (32-bit floats)",
        "signature: sum_f64(items: collections.abc.Buffer)",
    )
    refused(
        lambda: m.sum_f64(memoryview(array.array("d", [1, 2, 3]))[::2]),
        "C-contiguous",
        "shape (2,) and strides of (16,) bytes",
    )
    readonly = memoryview(array.array("d", [1])).toreadonly()
    assert m.sum_f64(readonly) == 1
    refused(lambda: m.add_one(readonly), "read-only")
    refused(lambda: m.first_of_three(array.array("f", [1])), "argument 1")
    released = memoryview(array.array("d", [1]))
    released.release()
    refused(lambda: m.sum_f64(released), "gives none", "released")
    unaligned = memoryview(bytearray(17))[1:].cast("d")
    refused(lambda: m.sum_f64(unaligned), "not aligned")


def test_the_number_of_items_can_be_fixed() -> None:
    assert m.first_of_three(array.array("i", [7, 8, 9])) == 7
    with pytest.raises(ValueError, match=r"expected 3 items, array\.array has 2"):
        m.first_of_three(array.array("i", [7, 8]))
    square = memoryview(array.array("i", [1, 2, 3, 4])).cast("B").cast("i", [2, 2])
    with pytest.raises(ValueError, match=r"expected 3 items, memoryview has 4 in shape \(2, 2\)"):
        m.first_of_three(square)


def test_nothing_and_several_dimensions() -> None:
    assert m.sum_f64(array.array("d")) == 0
    assert m.sum_u8(b"") == 0
    grid = memoryview(array.array("d", range(6))).cast("B").cast("d", [2, 3])
    assert m.sum_f64(grid) == 15


def test_a_default_is_viewed_where_it_lies() -> None:
    assert m.sum_default() == 3
    assert m.sum_default(array.array("d", [5])) == 5


def test_the_export_is_held_until_the_call_is_over() -> None:
    items = array.array("d", [1, 2])
    assert "BufferError" in m.resize_argument(items, lambda: items.append(3))
    items.append(3)
    assert len(items) == 3
    assert "BufferError" in m.resize_optional(items, lambda: items.append(3))
    items.append(4)
    assert m.resize_optional(items, lambda: None) == "4"
    assert m.resize_optional(None, lambda: items.append(5)) == "none"
    rows = [array.array("d", [1]), array.array("d", [2])]
    assert "BufferError" in m.resize_meanwhile(rows, lambda: rows[1].append(3))
    rows[1].append(3)
    assert m.sum_of_all(rows) == 6


def test_views_inside_of_containers() -> None:
    rows = (array.array("d", [i, i]) for i in range(100))  # temporaries
    assert m.sum_of_all(rows) == 9900
    assert m.sum_of_all_detached([array.array("d", [1]), memoryview(array.array("d", [2]))]) == 3
    assert m.joined(chr(97 + i) * 3 for i in range(3)) == "aaa bbb ccc "
    assert m.joined_detached(["é" * 2, "b"]) == "éé b "
    assert m.joined_pairs({"a": "b"}) == "a=b "
    assert m.joined_span(["a", "b"]) == "a b "
    refused(lambda: m.sum_of_all([array.array("d"), array.array("f")]), "item 1: expected 64-bit")
    refused(lambda: m.joined_span([1]), "item 0: expected str, got int")
    refused(lambda: m.joined_span("ab"), "got str")


def test_views_in_containers_are_let_go() -> None:
    word = "w" * 1000
    before = sys.getrefcount(word)
    m.joined([word, word])
    with pytest.raises(TypeError):
        m.joined([word, 1])
    assert sys.getrefcount(word) == before


def test_bytes() -> None:
    assert m.bytes_total(b"\x01\x02") == 3
    assert m.bytes_total(bytearray(b"\x01\x02")) == 3
    assert m.bytes_total(memoryview(b"\x01\x02")) == 3
    assert m.bytes_total(array.array("H", [0x0101])) == 2
    refused(lambda: m.bytes_total("ab"), "expected a buffer of bytes, got str")
    refused(lambda: m.bytes_total([1, 2]), "got list")
    refused(lambda: m.bytes_total(memoryview(b"abcd")[::2]), "C-contiguous")
    data = bytearray(b"\x00\xff")
    m.invert(data)
    assert data == b"\xff\x00"
    refused(lambda: m.invert(b"ab"), "read-only")


def test_bytes_are_copied_both_ways() -> None:
    assert m.reversed(b"abc") == b"cba"
    assert type(m.reversed(bytearray(b"abc"))) is bytes
    assert m.reversed(b"") == b""
    assert m.rotated(b"abc") == b"bca"
    assert m.doubled(b"\x01\x02\x03") == b"\x02\x04\x06"
    with pytest.raises(ValueError, match="expected 3 items"):
        m.doubled(b"ab")
    refused(lambda: m.reversed("abc"), "expected a buffer of bytes, got str")
    refused(lambda: m.reversed([1, 2]), "got list")
    assert m.head(b"xyz") == b"x"
    assert m.next_byte(3) == 4
    with pytest.raises(OverflowError):
        m.next_byte(256)


def test_a_span_that_is_returned_is_copied() -> None:
    items = array.array("d", [1, 2, 3, 4])
    assert m.middle(items) == [2.0, 3.0]
    assert m.middle_detached(items) == [2.0, 3.0]


def test_pinned_views_as_parameters() -> None:
    assert m.characters("héé") == 5
    assert m.first_bytes(b"abc") == "ab"
    refused(lambda: m.characters(b"x"), "expected str, got bytes")
    refused(lambda: m.first_bytes("x"), "expected bytes, got str")
    with pytest.raises(UnicodeEncodeError):
        m.characters("\ud800")
    items = array.array("d", [1, 2, 3])
    assert m.strided_sum(memoryview(items)[::-2]) == 4
    m.fill(items, 7)
    assert list(items) == [7, 7, 7]
    refused(lambda: m.strided_sum([1]), "argument 'items': expected a buffer of 64-bit floats")
    text = "pin" * 5
    assert m.same_text(text) is text
    assert m.same_buffer(items) is items
    items.append(1)  # nothing is held any more


@pytest.mark.thread_unsafe(reason="what is kept is the module's")
def test_a_buffer_may_be_kept() -> None:
    items = array.array("d", [1, 2])
    m.keep(items)
    with pytest.raises(BufferError):
        items.append(3)
    assert m.sum_of_kept() == 3
    items.append(3)


def test_as() -> None:
    assert m.as_views(array.array("d", [1, 2])) == "2-abxy0.500000"


@pytest.mark.skipif(sys.version_info < (3, 12), reason="classes with buffers are 3.12's")
def test_memory_that_is_made_for_one_export() -> None:
    class Fresh:
        released = 0

        def __buffer__(self, flags: int) -> memoryview:
            return memoryview(array.array("d", [1, 2]))

        def __release_buffer__(self, view: memoryview) -> None:
            Fresh.released += 1

    assert m.sum_f64(Fresh()) == 3
    assert Fresh.released == 1
    assert m.sum_of_all([Fresh()]) == 3
    gc.collect()
    assert Fresh.released == 2
    refused(lambda: m.as_views(Fresh()), "il::buffer")

    class Broken:
        def __buffer__(self, flags: int) -> memoryview:
            raise KeyError("no")

    with pytest.raises(KeyError):
        m.sum_f64(Broken())


def test_overloads_are_told_apart_by_their_items() -> None:
    assert m.kind(array.array("d", [1])) == "doubles"
    assert m.kind(array.array("f", [1])) == "floats"
    assert m.kind([1.0]) == "list"


def test_the_same_memory_from_several_threads() -> None:
    # Not an array's: without a GIL CPython 3.14 itself counts its exports by halves (python/cpython#157759).
    memory = bytearray((array.array("d", [1.0]) * 1000).tobytes())
    items = memoryview(memory).cast("d")
    start = threading.Barrier(4)
    sums: list[float] = []

    def work() -> None:
        start.wait()
        for _ in range(50):
            sums.append(m.sum_f64(items))

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sums == [1000.0] * 200
    # Each of them has let go of it.
    items.release()
    memory.append(0)


# ---- numpy


try:
    import numpy
except ImportError:
    numpy = None
needs_numpy = pytest.mark.skipif(numpy is None, reason="numpy is not installed")


@needs_numpy
def test_numpy_arrays() -> None:
    items = numpy.arange(4, dtype=numpy.float64)
    assert m.sum_f64(items) == 6
    assert m.address(items) == items.ctypes.data
    m.add_one(items)
    assert items.tolist() == [1, 2, 3, 4]
    assert m.sum_f64(items[1:3]) == 5
    assert m.sum_f64(items.reshape(2, 2)) == 10
    assert m.sum_f64(numpy.array(2.5)) == 2.5
    assert m.sum_f64(numpy.zeros((0, 3))) == 0
    assert m.sum_i64(numpy.array([1, 2], dtype=numpy.int64)) == 3
    assert m.sum_bool(numpy.array([True, False])) == 1
    assert m.sum_complex(numpy.array([1 + 2j, 3j])) == 5


@needs_numpy
def test_numpy_arrays_that_do_not_fit() -> None:
    refused(lambda: m.sum_f64(numpy.zeros(2, dtype=numpy.float32)), "(32-bit floats)")
    refused(lambda: m.sum_f64(numpy.zeros(2, dtype=">f8")), "another byte order")
    refused(lambda: m.sum_f64(numpy.zeros((2, 3)).T), "shape (3, 2) and strides of (8, 24) bytes")
    refused(lambda: m.sum_f64(numpy.zeros(4)[::2]), "C-contiguous")
    refused(lambda: m.sum_f64(numpy.array(["x"], dtype=object)), "format 'O'")
    refused(lambda: m.sum_f64(numpy.zeros(1, dtype="M8[s]")), "gives none")
    fixed = numpy.zeros(2)
    fixed.flags.writeable = False
    assert m.sum_f64(fixed) == 0
    refused(lambda: m.add_one(fixed), "read-only")
    packed = numpy.zeros(2, dtype=[("a", "i1"), ("b", "f8")])["b"]
    refused(lambda: m.sum_f64(packed), "")
    assert m.strided_sum(numpy.arange(6.0)[::2]) == 6
