"""Complex numbers, paths, durations, points in time and errors as values."""

from __future__ import annotations

import datetime as dt
import errno
import math
import os
import pathlib

import convert_library_types as m
import pytest
from effort import EXAMPLES
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from references import counts

settings.register_profile(
    "library_types", max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck)
)
settings.load_profile("library_types")

MICROSECOND = dt.timedelta(microseconds=1)
CENTURIES = st.timedeltas(dt.timedelta(days=-100_000), dt.timedelta(days=100_000))


def refused(call, *arguments) -> str:
    with pytest.raises(TypeError) as caught:
        call(*arguments)
    return str(caught.value).partition("\n")[0]


# ---- complex ---------------------------------------------------------------------------------------------


@given(st.complex_numbers(allow_nan=False))
def test_complex_numbers_come_back(value: complex) -> None:
    assert m.complex_(value) == value


def test_complex_takes_what_floats_take() -> None:
    class Complex:
        def __complex__(self) -> complex:
            return 1 + 2j

    assert m.complex_(Complex()) == 1 + 2j
    assert m.complex_(3) == 3 + 0j
    assert m.complex_(2.5) == 2.5 + 0j
    assert math.isnan(m.complex_(complex(0, math.nan)).imag)
    assert "expected complex, got str" in refused(m.complex_, "1j")
    assert m.complex_.__doc__ == "complex_(arg0: complex, /) -> complex"
    with pytest.raises(OverflowError):
        m.complex_single(1e300)
    with pytest.raises(OverflowError):
        m.complex_(10**400)
    assert m.number_kind(1.0) == 0
    assert m.number_kind(1j) == 1


# ---- paths -----------------------------------------------------------------------------------------------


def test_paths_from_everything_that_is_one() -> None:
    class PathLike:
        def __fspath__(self) -> str:
            return "a/b"

    for value in ("a/b", b"a/b", pathlib.Path("a/b"), pathlib.PurePosixPath("a/b"), PathLike()):
        assert m.path(value) == pathlib.Path("a/b")
    assert type(m.path("é")) is type(pathlib.Path())
    assert m.paths(["a", pathlib.Path("b")]) == [pathlib.Path("a"), pathlib.Path("b")]
    assert "expected str | bytes | os.PathLike, got int" in refused(m.path, 1)
    assert "-> pathlib.Path" in m.path.__doc__


@pytest.mark.skipif(os.name != "posix", reason="names that are bytes are of POSIX")
def test_names_that_are_no_text_come_through() -> None:
    name = os.fsdecode(b"a\xff")
    assert os.fspath(m.path(name)) == name
    assert os.fspath(m.path(b"a\xff")) == name


def test_a_path_with_a_null_is_refused_and_errors_are_kept() -> None:
    class Broken:
        def __fspath__(self) -> str:
            raise LookupError("inside")

    with pytest.raises(ValueError, match="null"):
        m.path("a\0b")
    with pytest.raises(LookupError, match="inside"):
        m.path(Broken())


def test_text_is_text_before_it_is_a_path() -> None:
    assert m.kind_of("a") == 0
    assert m.kind_of(pathlib.Path("a")) == 1
    assert m.kind_of(b"a") == 1


# ---- durations -------------------------------------------------------------------------------------------


@given(CENTURIES)
def test_durations_come_back(value: dt.timedelta) -> None:
    assert m.microseconds(value) == value
    assert m.nanoseconds(value) == value
    whole = dt.timedelta(seconds=int(value / dt.timedelta(seconds=1)))
    assert m.seconds(value) == whole  # cut off towards zero
    assert m.ticks(value) == value // MICROSECOND * 1000


def test_durations_take_seconds() -> None:
    assert m.milliseconds(1) == dt.timedelta(seconds=1)
    assert m.milliseconds(0.0015) == dt.timedelta(milliseconds=1)
    assert m.centi_ticks(0.57) == 57
    assert m.centi_ticks(-0.29) == -29
    assert m.ticks(1e-9) == 1
    assert m.ticks(-2.5) == -2_500_000_000
    assert m.float_seconds(0.25) == dt.timedelta(seconds=0.25)
    assert m.float_seconds(dt.timedelta(days=-1, microseconds=5)) == dt.timedelta(
        days=-1, microseconds=5
    )
    assert "expected datetime.timedelta | float, got str" in refused(m.seconds, "1")
    assert m.seconds.__doc__ == (
        "seconds(arg0: datetime.timedelta | float, /) -> datetime.timedelta"
    )
    assert m.time_kind(1.5) == 0
    assert m.time_kind(dt.timedelta(1)) == 1


def test_nanoseconds_are_cut_off_on_the_way_out() -> None:
    assert m.from_ticks(1999) == MICROSECOND
    assert m.from_ticks(-1999) == -MICROSECOND
    assert m.from_ticks(2**63 - 1) == dt.timedelta(microseconds=(2**63 - 1) // 1000)
    assert m.from_ticks(-(2**63)) == -dt.timedelta(microseconds=2**63 // 1000)


@pytest.mark.parametrize(
    ("call", "value"),
    [
        (m.nanoseconds, dt.timedelta.max),
        (m.nanoseconds, dt.timedelta.min),
        (m.nanoseconds, 1e10),
        (m.short_minutes, dt.timedelta(minutes=2**15)),
        (m.from_hours, 2**60),
        (m.from_hours, 24 * 10**9),
    ],
)
def test_times_that_are_too_long(call, value) -> None:
    with pytest.raises(OverflowError):
        call(value)


def test_all_of_a_timedelta_fits_into_microseconds_of_hours() -> None:
    assert m.hours(dt.timedelta.max) == dt.timedelta(
        hours=dt.timedelta.max // dt.timedelta(hours=1)
    )
    with pytest.raises(ValueError, match="finite"):
        m.seconds(math.nan)
    with pytest.raises(ValueError, match="finite"):
        m.seconds(math.inf)


def test_a_steady_clock_is_a_duration() -> None:
    assert m.steady(dt.timedelta(hours=5)) == dt.timedelta(hours=5)


# ---- points in time --------------------------------------------------------------------------------------


@given(st.datetimes(dt.datetime(1902, 1, 1), dt.datetime(2037, 1, 1)))
def test_local_times_come_back(value: dt.datetime) -> None:
    assert (
        m.micros_since_1970(value)
        == (value.astimezone(dt.UTC) - dt.datetime(1970, 1, 1, tzinfo=dt.UTC)) // MICROSECOND
    )
    # A time that the change to summer leaves out is the one behind it.
    there = value.astimezone(dt.UTC).astimezone().replace(tzinfo=None)
    assert m.instant(value) == there


@given(st.datetimes(timezones=st.just(dt.timezone(dt.timedelta(hours=5, minutes=30)))))
def test_aware_times_are_the_instant_that_they_are(value: dt.datetime) -> None:
    epoch = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
    assert m.micros_since_1970(value) == (value - epoch) // MICROSECOND


def test_times_are_naive_and_dates_are_midnights() -> None:
    assert m.now().tzinfo is None
    assert m.instant(dt.date(2020, 5, 17)) == dt.datetime(2020, 5, 17)
    assert m.instant_seconds(dt.datetime(1969, 12, 31, 12, 0, 0, 5)) == dt.datetime(
        1969, 12, 31, 12
    )
    assert "expected datetime.datetime | datetime.date, got float" in refused(m.instant, 1.5)


@given(st.dates())
def test_days_are_dates(value: dt.date) -> None:
    back = m.day(value)
    assert back == value
    assert type(back) is dt.date


# ---- errors as values ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "kind", "words"),
    [
        ("half_or_text", RuntimeError, "odd: é"),
        ("half_or_error", RuntimeError, "odd"),
        ("half_or_own_error", IndexError, "odd"),
        ("half_or_system_error", FileNotFoundError, "No such file"),
        ("half_or_code", FileNotFoundError, "No such file"),
        ("half_or_errc", FileExistsError, "File exists"),
        ("half_or_pointer", ValueError, "odd"),
        ("half_or_object", KeyError, "odd"),
        ("half_or_number", RuntimeError, "7"),
    ],
)
def test_an_error_as_a_value_is_raised(name: str, kind: type[Exception], words: str) -> None:
    call = getattr(m, name)
    assert call(4) == 2
    assert call.__doc__.endswith("-> int")
    with pytest.raises(kind, match=words) as caught:
        call(3)
    assert type(caught.value) is kind
    if issubclass(kind, OSError):
        assert caught.value.errno in (errno.ENOENT, errno.EEXIST)


@pytest.mark.skipif(not hasattr(m, "checked"), reason="this standard has no std::expected")
def test_std_expected() -> None:
    assert m.checked_half(4) == 2
    with pytest.raises(RuntimeError, match="odd"):
        m.checked_half(3)
    assert m.checked(True) is None
    with pytest.raises(PermissionError):
        m.checked(False)


def test_error_codes_are_os_errors() -> None:
    assert m.error_code(None) is None
    back = m.error_code(FileNotFoundError(errno.ENOENT, "gone"))
    assert type(back) is FileNotFoundError
    assert back.errno == errno.ENOENT
    assert m.errno_of(OSError(errno.EACCES, "x")) == errno.EACCES
    assert [type(each) for each in m.error_codes([None, OSError(errno.EPIPE, "x")])] == [
        type(None),
        BrokenPipeError,
    ]
    other = m.future_error()
    assert type(other) is OSError
    assert other.errno is None
    assert "expected OSError | None, got ValueError" in refused(m.error_code, ValueError())
    with pytest.raises(ValueError, match="with an errno"):
        m.error_code(OSError("x"))


# ---- references ------------------------------------------------------------------------------------------

VALUES = [
    object(),
    "a\0b",
    1j,
    10**400,
    math.nan,
    dt.timedelta.max,
    dt.datetime.max,
    dt.date.min,
    OSError("x"),
    pathlib.Path("a"),
    ["a", object()],
]


@pytest.mark.thread_unsafe(reason="counts references to what all threads give")
@pytest.mark.parametrize("name", sorted(name for name in vars(m) if not name.startswith("_")))
def test_what_was_given_has_as_many_references_as_before(name: str) -> None:
    call = getattr(m, name)
    before = counts(VALUES)
    for _ in range(5):
        for value in VALUES:
            try:
                call(value)
            except (TypeError, ValueError, OverflowError, OSError, RuntimeError, LookupError):
                continue
    del value
    assert counts(VALUES) == before
