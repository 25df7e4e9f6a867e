"""Fundamental frequency: Praat's tracker in two passes, the range of a speaker, PitchTiers.

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

    @property
    def middle_hz(self) -> float:
        """Half-way in semitones between the quartiles that the range was made from."""
        return float(np.sqrt(self.floor_hz / BELOW * self.ceiling_hz / ABOVE))

    @property
    def spread_semitones(self) -> float:
        """Standard deviation, were F0 normal in semitones with those quartiles; at least one."""
        between = 12 * np.log2(self.ceiling_hz / ABOVE / (self.floor_hz / BELOW))
        return max(1.0, float(between) / QUARTILES_APART)


BELOW, ABOVE = 0.75, 1.5  # of the first and of the third quartile [Hirst 2011]
QUARTILES_APART = 1.349  # of a normal distribution, in its standard deviations
WIDE_RANGE = PitchRange()
OCTAVE_COST = 0.01  # Praat's default
# The wide pass must not take a creaky voice's subharmonics for its pitch: they would pull the first
# quartile, and with it the floor of the second pass, an octave down.
WIDE_OCTAVE_COST = 0.05
WIDE_STEP_S = 2 * FRAME_SHIFT_S  # quartiles need no more, and the pass takes half the time


def track_f0(sound: parselmouth.Sound, pitch_range: PitchRange | None = None) -> np.ndarray:
    """F0 of a recording by autocorrelation [Boersma 1993].

    pitch_range: the speaker's own; None for the first, wide pass.
    Returns float32 [frames] in Hz, 0 where unvoiced; as many frames as `frame_count` says.
    """
    pitch = find_pitch(sound, pitch_range)
    return in_frames(sound, pitch.xs(), pitch.selected_array["frequency"])


def find_pitch(
    sound: parselmouth.Sound, pitch_range: PitchRange | None = None
) -> parselmouth.Pitch:
    """Praat's own object, with all candidates of its own frames; UtteranceError where too short."""
    search = pitch_range or WIDE_RANGE
    try:
        return sound.to_pitch_ac(
            time_step=FRAME_SHIFT_S if pitch_range else WIDE_STEP_S,
            pitch_floor=search.floor_hz,
            pitch_ceiling=search.ceiling_hz,
            octave_cost=OCTAVE_COST if pitch_range else WIDE_OCTAVE_COST,
        )
    except parselmouth.PraatError:
        raise UtteranceError(
            f"the recording lasts {sound.get_total_duration():.3f} s, too short to track pitch"
        ) from None


def in_frames(sound: parselmouth.Sound, own_s: np.ndarray, own_hz: np.ndarray) -> np.ndarray:
    """From Praat's frames (times and Hz, 0 where unvoiced) to ours, float32 [frames].

    Linear between two voiced frames, else the nearer one's value.
    """
    n_frames = frame_count(sound.get_total_duration())
    step_s = own_s[1] - own_s[0] if len(own_s) > 1 else FRAME_SHIFT_S
    times_s = (np.arange(n_frames) + 0.5) * FRAME_SHIFT_S + sound.xmin
    right = np.clip(np.searchsorted(own_s, times_s), 1, len(own_s) - 1)
    left = right - 1
    weight = np.clip((times_s - own_s[left]) / step_s, 0.0, 1.0)
    mixed = (1 - weight) * own_hz[left] + weight * own_hz[right]
    nearest = np.where(weight < 0.5, own_hz[left], own_hz[right])
    both = (own_hz[left] > 0) & (own_hz[right] > 0)
    outside = (times_s < own_s[0] - step_s) | (times_s > own_s[-1] + step_s)
    f0_hz = np.where(outside, 0.0, np.where(both, mixed, nearest))
    return f0_hz.astype(np.float32)


def speaker_range(tracks_hz: Iterable[np.ndarray]) -> PitchRange:
    """Search range for a speaker from a first wide pass over all of the speaker's recordings.

    0.75 x first quartile to 1.5 x third quartile [Hirst 2011], which removes most octave errors.
    """
    voiced = np.concatenate([track[track > 0] for track in tracks_hz])
    if voiced.size == 0:
        return WIDE_RANGE
    first, third = np.percentile(voiced, (25, 75))
    return PitchRange(max(40.0, BELOW * first), ABOVE * third)


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
