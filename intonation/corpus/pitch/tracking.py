"""Fundamental frequency: Praat's tracker in two passes, files, semitones, interpolation.

Everywhere: one value per 5 ms frame, 0 where unvoiced; frame k is centred at (k + 0.5) x 5 ms.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import parselmouth
from parselmouth.praat import call, run

from intonation.corpus.alignment.textgrids import praat_replacing
from intonation.corpus.f0 import FRAME_SHIFT_S, frame_count
from intonation.errors import UtteranceError


@dataclass(frozen=True)
class PitchRange:
    """Search range of the tracker, in Hz."""

    floor_hz: float = 60.0
    ceiling_hz: float = 600.0


WIDE_RANGE = PitchRange()
OCTAVE_COST = 0.01  # Praat's default
# The wide pass must not take a creaky voice's subharmonics for its pitch: they would pull the first
# quartile, and with it the floor of the second pass, an octave down.
WIDE_OCTAVE_COST = 0.05


def track_f0(sound: parselmouth.Sound, pitch_range: PitchRange | None = None) -> np.ndarray:
    """F0 of a recording by autocorrelation [Boersma 1993].

    pitch_range: the speaker's own; None for the first, wide pass.
    Returns float32 [frames] in Hz, 0 where unvoiced; as many frames as `frame_count` says.
    """
    search = pitch_range or WIDE_RANGE
    n_frames = frame_count(sound.get_total_duration())
    centres_s = (np.arange(n_frames) + 0.5) * FRAME_SHIFT_S + sound.xmin
    try:
        pitch = sound.to_pitch_ac(
            time_step=FRAME_SHIFT_S,
            pitch_floor=search.floor_hz,
            pitch_ceiling=search.ceiling_hz,
            octave_cost=OCTAVE_COST if pitch_range else WIDE_OCTAVE_COST,
        )
    except parselmouth.PraatError:
        raise UtteranceError(
            f"the recording lasts {sound.get_total_duration():.3f} s, too short to track pitch"
        ) from None
    f0_hz = _sampled(pitch, centres_s)
    return f0_hz.astype(np.float32)


def _sampled(pitch: parselmouth.Pitch, times_s: np.ndarray) -> np.ndarray:
    """Pitch at `times_s`: linear between two voiced frames, else the nearer one's value."""
    values, own_s = pitch.selected_array["frequency"], pitch.xs()
    right = np.clip(np.searchsorted(own_s, times_s), 1, len(own_s) - 1)
    left = right - 1
    weight = np.clip((times_s - own_s[left]) / FRAME_SHIFT_S, 0.0, 1.0)
    mixed = (1 - weight) * values[left] + weight * values[right]
    nearest = np.where(weight < 0.5, values[left], values[right])
    both = (values[left] > 0) & (values[right] > 0)
    outside = (times_s < own_s[0] - FRAME_SHIFT_S) | (times_s > own_s[-1] + FRAME_SHIFT_S)
    return np.where(outside, 0.0, np.where(both, mixed, nearest))


def speaker_range(tracks_hz: Iterable[np.ndarray]) -> PitchRange:
    """Search range for a speaker from a first wide pass over all of the speaker's recordings.

    0.75 x first quartile to 1.5 x third quartile [Hirst 2011], which removes most octave errors.
    """
    voiced = np.concatenate([track[track > 0] for track in tracks_hz])
    if voiced.size == 0:
        return WIDE_RANGE
    first, third = np.percentile(voiced, (25, 75))
    return PitchRange(max(40.0, 0.75 * first), 1.5 * third)


def pitch_tier(f0_hz: np.ndarray) -> parselmouth.Data:
    """Praat's PitchTier of the voiced frames [frames]."""
    script = [f'Create PitchTier: "f0", 0, {len(f0_hz) * FRAME_SHIFT_S!r}']
    for frame in np.flatnonzero(f0_hz > 0).tolist():
        script.append(f"Add point: {(frame + 0.5) * FRAME_SHIFT_S!r}, {float(f0_hz[frame])!r}")
    (tier,) = run("\n".join(script))  # nine times faster than a call for each point
    return tier


def write_pitch_tier(path: Path, f0_hz: np.ndarray) -> None:
    """Write the voiced frames as a Praat PitchTier."""
    with praat_replacing(path) as temporary:
        call(pitch_tier(f0_hz), "Save as text file", str(temporary))
