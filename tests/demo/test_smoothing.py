"""The example in examples/smoothing: numpy arrays where they lie."""

import array
import subprocess
import sys
from pathlib import Path

import pytest
import smoothing

SCRIPT = Path(__file__).parents[2] / "examples" / "smoothing" / "demo.py"


def test_moving_average() -> None:
    values = array.array("d", [1, 2, 3, 4])
    out = array.array("d", [0, 0, 0])
    smoothing.moving_average(values, out, window=2)
    assert out.tolist() == [1.5, 2.5, 3.5]
    with pytest.raises(ValueError, match="must not overlap"):
        smoothing.moving_average(values, memoryview(values)[1:], 2)
    with pytest.raises(ValueError, match="window"):
        smoothing.moving_average(values, out, 0)
    with pytest.raises(TypeError, match="argument 'values': expected a buffer of 64-bit floats"):
        smoothing.moving_average([1.0], out, 1)


def test_statistics() -> None:
    values = array.array("d", [1, 3])
    assert smoothing.mean(values) == 2
    assert smoothing.deviation(values) == 1
    smoothing.standardize(values)
    assert values.tolist() == [-1, 1]
    with pytest.raises(ValueError, match="nothing"):
        smoothing.mean(array.array("d"))


def test_the_demonstration() -> None:
    pytest.importorskip("numpy")
    done = subprocess.run(
        [sys.executable, SCRIPT, "20000"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "million values/s" in done.stdout
