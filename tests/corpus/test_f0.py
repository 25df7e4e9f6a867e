"""F0 in files, in semitones and in frames."""

import warnings

import numpy as np
import pytest

from intonation.corpus import f0
from intonation.errors import UtteranceError

TRACK_HZ = np.array([0, 87.3, 150.0, 0, 599.9], dtype=np.float32)


@pytest.mark.parametrize(
    ("duration_s", "frames"),
    [
        (1.0, 200),
        (0.29, 58),
        (0.3, 60),
        (0.2999, 60),
        (0.2974, 59),
        (0.0024, 0),
        (0.003, 1),
        (0, 0),
    ],
)
def test_frames_count_whose_centre_lies_within(duration_s, frames):
    assert f0.frame_count(duration_s) == frames


def test_semitones_by_hand():
    f0_hz = np.array([200.0, 400.0, 100.0, 0.0, 200 * 2 ** (1 / 12)], dtype=np.float32)
    semitones = f0.hz_to_semitones(f0_hz, 200.0)
    np.testing.assert_allclose(semitones, [0, 12, -12, np.nan, 1], atol=1e-5)
    np.testing.assert_allclose(
        f0.semitones_to_hz(semitones, 200.0), np.where(f0_hz > 0, f0_hz, np.nan), rtol=1e-6
    )


def test_semitones_of_silence_raise_no_warning():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert np.isnan(f0.hz_to_semitones(np.zeros(3), 150.0)).all()


def test_f0_file_is_plain_little_endian_float32(tmp_path):
    path = tmp_path / "sub" / "a.f0"
    f0.write_f0(path, TRACK_HZ.astype(float))
    assert path.read_bytes() == TRACK_HZ.astype("<f4").tobytes()
    again = f0.read_float32(path)
    assert again.dtype == np.float32
    np.testing.assert_array_equal(again, TRACK_HZ)


def test_lf0_file_is_what_hts_reads(tmp_path):
    path = tmp_path / "a.lf0"
    f0.write_lf0(path, np.array([0, 100.0, np.e], dtype=np.float64))
    assert path.read_bytes() == np.array([-1e10, np.log(100), 1], dtype="<f4").tobytes()


def test_lf0_round_trip(tmp_path):
    f0.write_lf0(tmp_path / "a.lf0", TRACK_HZ)
    again = f0.read_lf0(tmp_path / "a.lf0")
    assert again.dtype == np.float32
    np.testing.assert_allclose(again, TRACK_HZ, rtol=1e-6)
    np.testing.assert_array_equal(again == 0, TRACK_HZ == 0)


def test_writing_lf0_of_silence_raises_no_warning(tmp_path):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        f0.write_lf0(tmp_path / "a.lf0", np.zeros(4, dtype=np.float32))
    np.testing.assert_array_equal(f0.read_lf0(tmp_path / "a.lf0"), np.zeros(4))


@pytest.mark.parametrize("read", [f0.read_float32, f0.read_lf0])
def test_a_truncated_track(tmp_path, read):
    (tmp_path / "a.lf0").write_bytes(b"\0" * 7)
    with pytest.raises(UtteranceError, match=r"a\.lf0 has 7 bytes, not a multiple of 4"):
        read(tmp_path / "a.lf0")


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_a_track_with_no_numbers(tmp_path, value):
    (tmp_path / "a.lf0").write_bytes(np.array([5.0, value], dtype="<f4").tobytes())
    with pytest.raises(UtteranceError, match="NaN or infinite"):
        f0.read_lf0(tmp_path / "a.lf0")


def test_a_missing_track(tmp_path):
    with pytest.raises(UtteranceError, match=r"a\.lf0"):
        f0.read_lf0(tmp_path / "a.lf0")


def test_hertz_in_the_place_of_their_logarithm_are_refused(tmp_path):
    np.array([0.0, 180.0], dtype="<f4").tofile(tmp_path / "a.lf0")
    with pytest.raises(UtteranceError, match=r"values up to 180\.0.*take their logarithm"):
        f0.read_lf0(tmp_path / "a.lf0")
