"""The port in examples/ported/pytomlpp: TOML by toml++."""

import io
import tomllib
from datetime import date, datetime, time, timedelta, timezone
from pathlib import Path

import pytest
from example import import_example
from hypothesis import given, settings
from hypothesis import strategies as st

pytomlpp = import_example("pytomlpp", "Debian: libtomlplusplus-dev")

DOCUMENT = """
title = "é"
[a.b]
n = [1, 2, [3.5, true]]
d = 1979-05-27
t = 07:32:00.999999
dt = 1979-05-27T07:32:00-08:00
local = 1979-05-27T07:32:00
[[x]]
k = 1
[[x]]
k = 2
"""
DATA = {
    "title": "é",
    "a": {
        "b": {
            "n": [1, 2, [3.5, True]],
            "d": date(1979, 5, 27),
            "t": time(7, 32, 0, 999999),
            "dt": datetime(1979, 5, 27, 7, 32, tzinfo=timezone(timedelta(hours=-8))),
            "local": datetime(1979, 5, 27, 7, 32),
        }
    },
    "x": [{"k": 1}, {"k": 2}],
}

ZONES = st.integers(-23 * 60, 23 * 60).map(lambda m: timezone(timedelta(minutes=m)))
# toml++ 3.3 writes some keys with quotes, and texts with newlines, in a way that it reads otherwise.
KEYS = st.text("aé€ .#=-", min_size=1, max_size=6)
TEXTS = st.text("aé€ .\"'\\\t#=", max_size=6)
VALUES = st.recursive(
    st.one_of(
        st.booleans(),
        st.integers(-(2**63), 2**63 - 1),
        st.floats(allow_nan=False),
        TEXTS,
        st.dates(),
        st.times(),
        st.datetimes(timezones=st.none() | ZONES),
    ),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=8,
)


def test_a_document() -> None:
    read = pytomlpp.loads(DOCUMENT)
    assert read == DATA
    assert type(read["a"]["b"]["n"][2][1]) is bool
    assert pytomlpp.loads(pytomlpp.dumps(DATA)) == DATA


@settings(max_examples=40)
@given(st.dictionaries(KEYS, VALUES, max_size=3))
def test_what_is_written_is_read(data: dict) -> None:
    text = pytomlpp.dumps(data)
    assert pytomlpp.loads(text) == data
    assert tomllib.loads(text) == data


@pytest.mark.parametrize(
    ("text", "line", "column"), [("a = ", 1, 5), ("x = 1\nx = 2", 2, 5), ("[a", 1, 3)]
)
def test_what_cannot_be_read(text: str, line: int, column: int) -> None:
    with pytest.raises(pytomlpp.DecodeError, match=f"line {line}, column {column}") as caught:
        pytomlpp.loads(text)
    assert (caught.value.line, caught.value.column) == (line, column)


@pytest.mark.parametrize(
    ("wrong", "text"),
    [
        ({"a": object()}, "nothing for <object"),
        ({"a": [None]}, "nothing for None"),
        ({1: 2}, "a key must be a str, not 1"),
        ({"a": 2**63}, "expected int from"),
        ([], r"dumps\(\): argument 'data': expected dict"),
    ],
)
def test_what_cannot_be_written(wrong: object, text: str) -> None:
    with pytest.raises(TypeError, match=text):
        pytomlpp.dumps(wrong)


def test_data_that_contain_themselves() -> None:
    data: dict = {}
    data["data"] = [data]
    with pytest.raises(ValueError, match="nested too deeply"):
        pytomlpp.dumps(data)


def test_files(tmp_path: Path) -> None:
    path = tmp_path / "é.toml"
    for mode, encoding in (("w", "utf-8"), ("wb", None)):
        pytomlpp.dump(DATA, path, mode=mode, encoding=encoding)
        assert pytomlpp.load(path, mode=mode.replace("w", "r"), encoding=encoding) == DATA
    with path.open("rb") as file:
        assert pytomlpp.load(file) == DATA
    assert pytomlpp.load(io.StringIO(DOCUMENT)) == DATA
    written = io.StringIO()
    pytomlpp.dump({"a": 1}, written)
    assert written.getvalue() == "a = 1"
    with pytest.raises(FileNotFoundError):
        pytomlpp.load(tmp_path / "none.toml")
    assert pytomlpp.lib_version.startswith("3.")
