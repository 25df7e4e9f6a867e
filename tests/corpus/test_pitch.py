"""F0 of sounds whose pitch is known."""

import warnings

import numpy as np
import parselmouth
import pytest
from parselmouth.praat import call

from intonation.corpus.f0 import frame_count
from intonation.corpus.pitch import tracking as pitch
from intonation.corpus.pitch.tracking import PitchRange
from intonation.errors import UtteranceError

SAMPLING_HZ = 16_000


def sound_of(samples):
    return parselmouth.Sound(np.asarray(samples, dtype=float), sampling_frequency=SAMPLING_HZ)


def harmonics(f0_hz):
    """Samples of a buzz whose F0 is `f0_hz` at every sample."""
    phase = 2 * np.pi * np.cumsum(f0_hz) / SAMPLING_HZ
    return 0.2 * sum(np.sin(n * phase) / n for n in range(1, 6))


def tone(f0_hz, duration_s):
    return harmonics(np.full(round(duration_s * SAMPLING_HZ), float(f0_hz)))


def creak(f0_hz, duration_s, weaker):
    """Damped pulses of which every other one is `weaker` times as strong."""
    samples = np.zeros(round(duration_s * SAMPLING_HZ))
    time = np.arange(200)
    pulse = np.exp(-time / 30) * np.sin(2 * np.pi * 700 * time / SAMPLING_HZ)
    starts = range(0, len(samples) - len(pulse), round(SAMPLING_HZ / f0_hz))
    for number, start in enumerate(starts):
        samples[start : start + len(pulse)] += pulse * (weaker if number % 2 else 1.0)
    return sound_of(0.3 * samples)


# --- tracking -------------------------------------------------------------------------------------


def test_a_steady_tone():
    f0_hz = pitch.track_f0(sound_of(tone(150, 1.0)))
    assert f0_hz.dtype == np.float32 and len(f0_hz) == 200
    assert (f0_hz[5:-5] > 0).all()
    assert not f0_hz[:3].any() and not f0_hz[-3:].any()  # no whole window fits there
    np.testing.assert_allclose(f0_hz[f0_hz > 0], 150, atol=0.01)


def test_a_glide_around_a_pause_has_each_value_at_its_frames_centre():
    # lasting so, Praat's own frames fall half-way between ours
    seconds = np.arange(round(1.2001 * SAMPLING_HZ)) / SAMPLING_HZ
    samples = harmonics(100 + 200 * seconds)
    samples[(seconds >= 0.5) & (seconds < 0.8)] = 0
    f0_hz = pitch.track_f0(sound_of(samples))
    centres_s = (np.arange(240) + 0.5) * 0.005
    assert len(f0_hz) == 240
    assert (f0_hz[(centres_s > 0.51) & (centres_s < 0.79)] == 0).all()
    steady = ((centres_s > 0.03) & (centres_s < 0.47)) | ((centres_s > 0.83) & (centres_s < 1.17))
    error_hz = f0_hz[steady] - (100 + 200 * centres_s[steady])
    assert np.abs(error_hz).max() < 0.3
    assert abs(error_hz.mean()) < 0.1  # half a frame late or early would be 0.5 Hz


def test_silence_and_noise_have_no_pitch():
    assert not pitch.track_f0(sound_of(np.zeros(SAMPLING_HZ))).any()
    noise = np.random.default_rng(0).normal(0, 0.1, SAMPLING_HZ)
    assert (pitch.track_f0(sound_of(noise)) > 0).mean() < 0.05


def test_a_range_keeps_the_tracker_inside_it():
    sound = sound_of(tone(150, 0.5))
    narrow = pitch.track_f0(sound, PitchRange(200.0, 400.0))
    assert not ((narrow > 0) & (narrow < 195)).any()
    fitting = pitch.track_f0(sound, PitchRange(100.0, 200.0))
    np.testing.assert_allclose(fitting[10:-10], 150, atol=0.01)


def test_a_sound_cut_out_of_another_starts_at_its_own_start():
    seconds = np.arange(SAMPLING_HZ) / SAMPLING_HZ
    whole = sound_of(harmonics(100 + 100 * seconds))
    kept, moved = (
        whole.extract_part(from_time=0.2, to_time=0.8, preserve_times=preserve)
        for preserve in (True, False)
    )
    inner = slice(10, -10)  # at the edges, rounding decides what is voiced
    np.testing.assert_allclose(pitch.track_f0(kept)[inner], pitch.track_f0(moved)[inner], atol=0.01)
    np.testing.assert_allclose(
        pitch.track_f0(kept)[inner], 120 + 0.5 * (np.arange(120)[inner] + 0.5), atol=1
    )


@pytest.mark.parametrize("duration_s", [0.0505, 0.0545, 0.056])
def test_the_shortest_sounds_that_praat_takes(duration_s):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        f0_hz = pitch.track_f0(sound_of(tone(150, duration_s)))
    assert len(f0_hz) == frame_count(duration_s)
    np.testing.assert_allclose(f0_hz[f0_hz > 0], 150, atol=0.5)
    assert (f0_hz > 0).any()


def test_too_short_a_sound_says_how_long_it_is():
    with pytest.raises(UtteranceError, match="lasts 0.020 s, too short"):
        pitch.track_f0(sound_of(tone(150, 0.02)))


# --- two passes -----------------------------------------------------------------------------------


def test_range_from_quartiles_over_all_voiced_frames():
    tracks = [np.array([100.0, 0.0, 200.0]), np.array([0.0, 300.0, 400.0])]
    assert pitch.speaker_range(tracks) == PitchRange(0.75 * 175, 1.5 * 325)


def test_range_of_a_speaker_without_a_voice_is_the_wide_one():
    assert pitch.speaker_range([np.zeros(5), np.zeros(0)]) == pitch.WIDE_RANGE
    assert (pitch.WIDE_RANGE.floor_hz, pitch.WIDE_RANGE.ceiling_hz) == (60.0, 600.0)


def test_range_never_reaches_below_forty_hertz():
    assert pitch.speaker_range([np.full(9, 50.0)]) == PitchRange(40.0, 75.0)


def test_a_fifth_of_subharmonic_frames_does_not_reach_the_range():
    track = np.concatenate([np.full(80, 200.0), np.full(20, 100.0)])
    assert pitch.speaker_range([track]) == PitchRange(150.0, 300.0)


def test_two_passes_keep_a_creaky_voice_at_its_octave():
    sound = creak(200, 0.6, weaker=0.8)
    careless = pitch.track_f0(sound, pitch.WIDE_RANGE)
    # this is what the two passes are for
    assert np.median(careless[careless > 0]) == pytest.approx(100, abs=1)
    wide = pitch.track_f0(sound)
    assert np.median(wide[wide > 0]) == pytest.approx(200, abs=1)
    f0_hz = pitch.track_f0(sound, pitch.speaker_range([wide]))
    np.testing.assert_allclose(f0_hz[f0_hz > 0], 200, atol=2)
    assert (f0_hz > 0).mean() > 0.8


# --- files ---------------------------------------------------------------------------------------

TRACK_HZ = np.array([0, 87.3, 150.0, 0, 599.9], dtype=np.float32)


def test_a_pitch_tier_that_praat_reads(tmp_path):
    path = tmp_path / "a.PitchTier"
    pitch.write_pitch_tier(path, TRACK_HZ)
    tier = parselmouth.read(str(path))
    ends_s = [call(tier, f"Get {end} time") for end in ("start", "end")]
    assert ends_s == pytest.approx([0, 0.025])
    points = range(1, call(tier, "Get number of points") + 1)
    times_s = [call(tier, "Get time from index", point) for point in points]
    assert times_s == pytest.approx([0.0075, 0.0125, 0.0225])
    values = [call(tier, "Get value at index", point) for point in points]
    assert values == pytest.approx([87.3, 150.0, 599.9], rel=1e-6)
