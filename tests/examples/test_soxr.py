"""The port in examples/ported/soxr: sound at another sample rate."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from example import import_example

np = pytest.importorskip("numpy")
soxr = import_example("soxr", "Debian: libsoxr-dev")

TYPES = ["float32", "float64", "int16", "int32"]


def tone(rate: float, seconds: float = 1.0, hertz: float = 440.0):
    return np.sin(2 * np.pi * hertz * np.arange(int(rate * seconds)) / rate)


def as_type(sound, dtype: str):
    return (sound * 20000).astype(dtype) if dtype.startswith("int") else sound.astype(dtype)


@pytest.mark.parametrize("dtype", TYPES)
@pytest.mark.parametrize("quality", ["QQ", "hq", soxr.VHQ, "soxr_mq"])
def test_a_tone_stays_a_tone(dtype: str, quality: object) -> None:
    given = as_type(tone(44100), dtype)
    made = soxr.resample(given, 44100, 16000, quality)
    expected = as_type(tone(16000), dtype).astype(float)
    assert (made.dtype, made.shape) == (dtype, (16000,))
    middle = slice(1000, -1000)  # the ends know nothing of what is beyond
    off = np.abs(made[middle] - expected[middle]).max() / np.abs(expected).max()
    assert off < (0.02 if quality == "QQ" else 1e-3)


@pytest.mark.parametrize("dtype", ["float32", "float64", "int32"])
def test_channels_in_any_layout(dtype: str) -> None:
    left, right = as_type(tone(8000), dtype), as_type(tone(8000, hertz=300), dtype)
    both = np.stack([left, right], axis=1)
    expected = np.stack([soxr.resample(one, 8000, 11025) for one in (left, right)], axis=1)
    wide = np.zeros((len(both), 4), dtype)
    wide[:, ::2] = both
    for same in (both, np.asfortranarray(both), wide[:, ::2], both[::-1][::-1]):
        made = soxr.resample(same, 8000, 11025)
        np.testing.assert_allclose(made, expected, rtol=1e-5, atol=1 if dtype == "int32" else 1e-6)


def test_other_things_than_arrays() -> None:
    made = soxr.resample([1, 2, 3], 1, 2)
    assert (made.dtype, made.shape) == (np.float32, (6,))
    assert soxr.resample(np.zeros(0), 2, 1).shape == (0,)
    assert soxr.resample(np.zeros((0, 2)), 2, 1).shape == (0, 2)


@pytest.mark.parametrize("dtype", ["float32", "float64", "int32"])
@pytest.mark.parametrize("channels", [1, 2])
def test_chunks_are_the_whole(dtype: str, channels: int) -> None:
    sound = as_type(np.stack([tone(44100)] * channels, axis=1), dtype)
    stream = soxr.ResampleStream(44100, 48000, channels, dtype)
    for _ in range(2):
        parts = [
            stream.resample_chunk(sound[i : i + 1000], last=i + 1000 >= len(sound))
            for i in range(0, len(sound), 1000)
        ]
        whole = soxr.resample(sound, 44100, 48000)
        np.testing.assert_allclose(
            np.concatenate(parts), whole, rtol=1e-5, atol=2 if dtype == "int32" else 1e-6
        )
        with pytest.raises(RuntimeError, match="last chunk"):
            stream.resample_chunk(sound)
        stream.clear()
    assert stream.num_clips() == 0


def test_a_rate_that_changes() -> None:
    stream = soxr.ResampleStream(4, 1, 1, "float64", vr=True)
    stream.set_io_ratio(2, 1)
    first = stream.resample_chunk(tone(8000))
    assert stream.delay() >= 0
    stream.set_io_ratio(4, 1, slew_len=100)
    second = stream.resample_chunk(tone(8000), last=True)
    assert 5000 < len(first) + len(second) < 7000
    with pytest.raises(RuntimeError):
        soxr.ResampleStream(4, 1, 1).set_io_ratio(2, 1)


def test_too_loud() -> None:
    stream = soxr.ResampleStream(2, 1, 1, "int16")
    loud = np.where(np.arange(4000) % 40 < 20, 32767, -32768).astype("int16")
    stream.resample_chunk(loud, last=True)
    assert stream.num_clips() > 0


def test_threads_take_turns_with_a_stream() -> None:
    stream = soxr.ResampleStream(2, 1, 1, "float64")
    chunks = [np.ones(20000)] * 16
    with ThreadPoolExecutor(4) as pool:
        parts = list(pool.map(stream.resample_chunk, chunks))
    rest = stream.resample_chunk(np.ones(0), last=True)
    assert sum(map(len, parts)) + len(rest) == 16 * 10000


def test_what_does_not_fit() -> None:
    sound = tone(8000)
    for wrong in ((sound, 0, 1), (sound, 1, -1), (sound, 1, 2, "best"), (sound, 1, 2, 77)):
        with pytest.raises(ValueError, match=r"sample rate|quality"):
            soxr.resample(*wrong)
    with pytest.raises(TypeError, match="not int8"):
        soxr.resample(sound.astype("int8"), 1, 2)
    with pytest.raises(ValueError, match="not 3"):
        soxr.resample(np.zeros((1, 1, 1)), 1, 2)
    for channels in (0, 65537):
        with pytest.raises(ValueError, match="channels"):
            soxr.ResampleStream(1, 2, channels)
    with pytest.raises(TypeError, match="not uint8"):
        soxr.ResampleStream(1, 2, 1, "uint8")
    stream = soxr.ResampleStream(1, 2, 1)
    with pytest.raises(TypeError, match="expected an array"):
        stream.resample_chunk([1.0])
    with pytest.raises(TypeError, match="samples are float64, the stream is of float32"):
        stream.resample_chunk(sound)
    with pytest.raises(ValueError, match="expected 1 channels, got 2"):
        stream.resample_chunk(np.zeros((5, 2), "float32"))
    assert "soxr" in soxr.__libsoxr_version__
