"""F0 with what is found on the way, of sounds whose pitch and whose cycles are known."""

import dataclasses
from types import SimpleNamespace

import numpy as np
import parselmouth
import pytest
from swift_f0 import SwiftF0

from intonation import polish
from intonation.corpus.alignment.praat import synthesize
from intonation.corpus.pitch import measurement
from intonation.corpus.pitch.creak import creaky_frames
from intonation.corpus.pitch.measurement import measure_f0
from intonation.corpus.pitch.octaves import mended_octaves
from intonation.corpus.pitch.second_opinion import APART, HEARD_HZ, SURE, disputed_share
from intonation.corpus.pitch.tracking import PitchRange, find_pitch, speaker_range, track_f0
from intonation.corpus.pitch.treatment import Treatment, bridged, smoothed
from intonation.errors import UtteranceError

HERE = PitchRange(150.0, 300.0)  # quartiles of 200 Hz
WIDE = PitchRange(60.0, 600.0)


def pulses(starts_s, strengths, seconds):
    """Damped pulses, as of a voice, at HEARD_HZ."""
    samples = np.zeros(round(seconds * HEARD_HZ) + 400)
    time = np.arange(200)
    pulse = 0.3 * np.exp(-time / 30) * np.sin(2 * np.pi * 700 * time / HEARD_HZ)
    for start_s, strength in zip(starts_s, strengths, strict=True):
        start = round(start_s * HEARD_HZ)
        samples[start : start + 200] += strength * pulse
    return samples[: round(seconds * HEARD_HZ)]


def sound_of(samples):
    return parselmouth.Sound(samples, sampling_frequency=HEARD_HZ)


def voice(f0_hz=200.0, seconds=1.0, weaker=1.0, between=(0.0, 0.0)):
    """A steady voice of which every other cycle is weaker for a time."""
    starts_s = np.arange(0, seconds, 1 / f0_hz)
    inside = (starts_s >= between[0]) & (starts_s < between[1])
    strengths = np.where(inside & (np.arange(len(starts_s)) % 2 == 1), weaker, 1.0)
    return pulses(starts_s, strengths, seconds)


def irregular(f0_hz=100.0, seconds=1.0, jitter=0.35):
    """Pulses whose periods differ by up to so much of themselves."""
    periods = (1 + jitter * np.random.default_rng(1).uniform(-1, 1, 400)) / f0_hz
    starts_s = np.cumsum(periods)
    starts_s = starts_s[starts_s < seconds]
    return pulses(starts_s, np.ones(len(starts_s)), seconds)


def cents(found_hz, true_hz):
    return 1200 * np.log2(found_hz / true_hz)


# --- octaves --------------------------------------------------------------------------------------


def test_an_octave_that_is_lost_and_found_again_is_mended():
    sound = sound_of(voice(weaker=0.6, between=(0.4, 0.6)))
    pitch = find_pitch(sound, WIDE)
    found_hz = pitch.selected_array["frequency"]
    lost = (found_hz > 90) & (found_hz < 110)
    assert 10 < lost.sum() < 60  # this is what is to be mended
    mended_hz, mended = mended_octaves(pitch, HERE)
    np.testing.assert_array_equal(mended, lost)
    assert np.abs(cents(mended_hz[mended], 200)).max() < 20
    np.testing.assert_array_equal(mended_hz[~mended], found_hz[~mended])


def test_a_voice_that_is_low_throughout_is_no_error():
    pitch = find_pitch(sound_of(voice(100.0)), WIDE)
    mended_hz, mended = mended_octaves(pitch, HERE)
    assert not mended.any()
    np.testing.assert_array_equal(mended_hz, pitch.selected_array["frequency"])


def test_a_high_voice_is_never_taken_down():
    """Half of any F0 is a candidate, and a speaker of 100 Hz may still cry out."""
    found_hz = np.repeat([100.0, 200.0, 100.0], 20)
    candidates = np.zeros((2, 60), dtype=[("frequency", "f8"), ("strength", "f8")])
    candidates["frequency"] = [found_hz, np.where(found_hz > 150, 100.0, 0.0)]
    candidates["strength"] = [np.full(60, 0.97), np.full(60, 0.98)]
    pitch = SimpleNamespace(
        selected_array={"frequency": found_hz}, to_array=candidates.copy, ceiling=600.0
    )
    _, mended = mended_octaves(pitch, PitchRange(75.0, 150.0))
    assert not mended.any()


def test_of_silence_nothing_is_mended():
    _, mended = mended_octaves(find_pitch(sound_of(np.zeros(HEARD_HZ)), WIDE), HERE)
    assert not mended.any()


# --- creak ----------------------------------------------------------------------------------------


def flagged(samples, f0_hz, search=HERE):
    frames = np.full(200, f0_hz, dtype=np.float32)
    return creaky_frames(samples, HEARD_HZ, frames, search)[5:-5]


def test_even_cycles_are_no_creak_high_or_low():
    for f0_hz in (90.0, 131.0, 200.0, 290.0):
        assert flagged(voice(f0_hz), f0_hz).mean() == 0


def test_alternating_cycles_are_creak_where_they_are():
    found = flagged(voice(weaker=0.5, between=(0.3, 0.7)), 200.0)
    times_s = (np.arange(5, 195) + 0.5) * 0.005
    assert found[(times_s > 0.33) & (times_s < 0.67)].mean() > 0.9
    assert not found[(times_s < 0.28) | (times_s > 0.72)].any()


def test_irregular_cycles_are_creak_where_they_are_low_for_the_speaker():
    assert flagged(irregular(), 100.0).mean() > 0.3
    low_voice = PitchRange(75.0, 150.0)
    assert flagged(irregular(), 100.0, low_voice).mean() < flagged(irregular(), 100.0).mean() / 2


def test_what_is_unvoiced_is_not_creaky():
    assert not flagged(irregular(), 0.0).any()


# --- second opinion -------------------------------------------------------------------------------


@pytest.mark.parametrize(("before_s", "after_s"), [(0.0, 0.0), (0.7, 0.0), (0.0, 1.3), (2.1, 0.9)])
def test_only_what_lies_around_the_voice_is_heard_and_it_is_heard_as_in_the_whole(
    before_s, after_s
):
    rng = np.random.default_rng(3)
    samples = 0.1 * rng.normal(size=round((before_s + 1.0 + after_s) * HEARD_HZ))
    n_before, n_after = round(before_s / 0.005), round(after_s / 0.005)
    voice = round(before_s * HEARD_HZ) + np.arange(HEARD_HZ)
    samples[voice] += 0.3 * np.sign(np.sin(2 * np.pi * 140 * np.arange(HEARD_HZ) / HEARD_HZ))
    f0_hz = np.concatenate([np.zeros(n_before), np.full(200, 140.0), np.zeros(n_after)])
    f0_hz[n_before + 50 : n_before + 100] = 280.0
    whole = SwiftF0(threads=1).detect(samples.astype(np.float32), HEARD_HZ)
    nearest = np.round(whole.timestamps / 0.005 - 0.5).astype(int)
    ours_hz = f0_hz[np.clip(nearest, 0, len(f0_hz) - 1)]
    both = (whole.confidence >= SURE) & (ours_hz > 0)
    expected = np.mean(np.abs(ours_hz[both] / whole.pitch_hz[both] - 1) > APART)
    assert both.sum() > 30 and 0.1 < expected < 0.5
    assert disputed_share(samples, f0_hz) == pytest.approx(expected, abs=1e-12)


def test_two_trackers_agree_on_a_glide_and_dispute_half_of_it():
    seconds = (np.arange(200) + 0.5) * 0.005
    true_hz = 150 * 2 ** (seconds / 2)
    phase = np.cumsum(150 * 2 ** (np.arange(HEARD_HZ) / HEARD_HZ / 2)) * 2 * np.pi / HEARD_HZ
    samples = 0.2 * sum(np.sin(n * phase) / n for n in range(1, 6))
    assert disputed_share(samples, true_hz) == 0
    assert disputed_share(samples, np.where(seconds < 0.5, true_hz, true_hz / 2)) == pytest.approx(
        0.5, abs=0.05
    )
    assert np.isnan(disputed_share(samples, np.zeros(200)))
    # 20 % is the limit
    assert disputed_share(samples, 1.15 * true_hz) == 0
    assert disputed_share(samples, 1.3 * true_hz) == 1


# --- treatment ------------------------------------------------------------------------------------


def test_gaps_are_bridged_in_log_f0_up_to_a_length():
    f0_hz = np.array([0, 100, 0, 0, 0, 1600, 0, 0, 0, 0, 100, 0], dtype=np.float32)
    expected = [0, 100, 200, 400, 800, 1600, 0, 0, 0, 0, 100, 0]
    np.testing.assert_allclose(bridged(f0_hz, 15.0), expected, rtol=1e-6)
    np.testing.assert_array_equal(bridged(f0_hz, 14.0), f0_hz)
    assert bridged(f0_hz, 0.0) is f0_hz
    np.testing.assert_array_equal(bridged(np.zeros(4), 50.0), np.zeros(4))


def test_smoothing_stays_within_a_voiced_stretch_and_is_even_in_semitones():
    f0_hz = np.zeros(200, dtype=np.float32)
    f0_hz[20:80], f0_hz[80:90], f0_hz[90:150] = 100, 0, 200
    np.testing.assert_allclose(smoothed(f0_hz, 60.0), f0_hz, rtol=1e-6)
    f0_hz[80:90] = 200
    smooth_hz = smoothed(f0_hz, 60.0)
    assert np.sqrt(smooth_hz[79] * smooth_hz[80]) == pytest.approx(100 * 2**0.5, rel=1e-3)
    # a step becomes a slope from 24 to 76 % over about the width
    rising = np.log2(smooth_hz[50:110] / 100)
    assert ((rising > 0.24) & (rising < 0.76)).sum() == pytest.approx(60 / 5 * 0.6, abs=2)
    assert not smooth_hz[f0_hz == 0].any()


def test_creak_is_left_out_only_where_asked():
    samples = voice(weaker=0.5, between=(0.3, 0.7))
    search = PitchRange(150.0, 300.0)
    kept = measure_f0(sound_of(samples), search)
    left = measure_f0(sound_of(samples), search, Treatment(creak="leave_out"))
    assert kept.creak_share == left.creak_share > 0.2
    gone = (kept.f0_hz > 0) & (left.f0_hz == 0)
    assert gone.sum() == pytest.approx(kept.creak_share * (kept.f0_hz > 0).sum())
    np.testing.assert_array_equal(left.f0_hz[~gone], kept.f0_hz[~gone])


def test_an_utterance_that_is_all_creak_says_so_where_it_is_left_out(monkeypatch):
    monkeypatch.setattr(measurement, "creaky_frames", lambda samples, hz, f0_hz, search: f0_hz > 0)
    with pytest.raises(UtteranceError, match="all that is voiced is creaky.*set creak=keep"):
        measure_f0(sound_of(voice()), HERE, Treatment(creak="leave_out"))


# --- all of it ------------------------------------------------------------------------------------


@pytest.mark.parametrize("f0_hz", [80.0, 125.0, 200.0, 320.0, 500.0])
def test_a_steady_voice_to_the_cent(f0_hz):
    found = measure_f0(sound_of(voice(f0_hz)), PitchRange(0.75 * f0_hz, 1.5 * f0_hz))
    voiced_hz = found.f0_hz[found.f0_hz > 0]
    assert len(voiced_hz) > 180
    assert np.abs(cents(np.median(voiced_hz), f0_hz)) < 1
    assert found.mended_frames == found.creak_share == 0
    assert found.disputed_share < 0.05


def test_the_row_tells_how_many_frames_were_mended_and_in_which_range(monkeypatch):
    def ten_doubled(pitch, search):
        own_hz = pitch.selected_array["frequency"].copy()
        mended = np.isin(np.arange(len(own_hz)), np.arange(50, 60)) & (own_hz > 0)
        own_hz[mended] *= 2
        return own_hz, mended

    monkeypatch.setattr(measurement, "mended_octaves", ten_doubled)
    found = measure_f0(sound_of(voice()), HERE)
    assert found.mended_frames in (10, 11)  # ours may lie between two of Praat's
    assert found.row["mended_frames"] == found.mended_frames
    assert (found.f0_hz > 390).sum() >= 9
    assert found.row["disputed_share"] == pytest.approx(10 / 200, abs=0.03)
    assert (found.row["f0_floor_hz"], found.row["f0_ceiling_hz"]) == (150.0, 300.0)


@pytest.fixture(scope="module")
def spoken():
    """Some of the embedded sentences, and the range of their voice."""
    sounds = [synthesize(text)[0] for text in polish.sentences()[::40]]
    return sounds, speaker_range(map(track_f0, sounds))


def test_the_embedded_voice_is_as_tracked_to_the_bit(spoken):
    sounds, search = spoken
    for sound in sounds:
        found = measure_f0(sound, search)
        np.testing.assert_array_equal(found.f0_hz, track_f0(sound, search))
        assert found.mended_frames == 0
        assert found.creak_share < 0.05
        assert found.disputed_share < 0.2


def test_a_treatment_that_is_not_asked_for_is_none():
    assert dataclasses.astuple(Treatment()) == ("keep", 0.0, 0.0)
    f0_hz = np.array([0, 100, 0, 120], dtype=np.float32)
    assert Treatment().of(f0_hz, np.array([False, True, False, True])) is f0_hz
