"""Fundamental frequency: Praat's tracker in two passes, files, semitones, interpolation.

Everywhere: one value per 5 ms frame, 0 where unvoiced; frame k is centred at (k + 0.5) x 5 ms.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import parselmouth
from parselmouth.praat import call
from scipy.interpolate import interp1d

from intonation.errors import UtteranceError
from intonation.files import replacing

FRAME_SHIFT_MS = 5.0
FRAME_SHIFT_S = FRAME_SHIFT_MS / 1000
HIGHEST_LN_HZ = 8.0  # 2,981 Hz
UNVOICED_LF0 = np.float32(-1e10)  # HTS marks unvoiced frames of a .lf0 file so


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


def frame_count(duration_s: float) -> int:
    """5 ms frames whose centre lies within a stretch of time that begins with a frame.

    The inner rounding forgives float noise in durations.
    """
    return int(np.ceil(round(duration_s / FRAME_SHIFT_S, 6) - 0.5))


def hz_to_semitones(f0_hz: np.ndarray, reference_hz: float) -> np.ndarray:
    """12 log2(F0 / reference); NaN where unvoiced (F0 = 0)."""
    f0_hz = np.asarray(f0_hz, dtype=np.float64)
    voiced = f0_hz > 0
    return 12 * np.log2(np.where(voiced, f0_hz, np.nan) / reference_hz)


def semitones_to_hz(semitones: np.ndarray, reference_hz: float) -> np.ndarray:
    """The inverse of `hz_to_semitones`; NaN stays NaN."""
    return reference_hz * 2 ** (np.asarray(semitones) / 12)


def fill_gaps(f0_hz: np.ndarray) -> np.ndarray:
    """Bridge unvoiced gaps by quadratic interpolation, hold the ends [as the original study].

    f0_hz: [frames], 0 where unvoiced. Returns [frames] without zeros, unless all were.
    A parabola overshoots in long gaps, so it is kept between the lowest and highest voiced value.
    """
    voiced = np.flatnonzero(f0_hz > 0)
    known = f0_hz[voiced]
    if len(voiced) == 0:
        return f0_hz.copy()
    if len(voiced) < 3:  # too few for a parabola
        return np.interp(np.arange(len(f0_hz)), voiced, known).astype(f0_hz.dtype)
    spline = interp1d(
        voiced, known, kind="quadratic", bounds_error=False, fill_value=(known[0], known[-1])
    )
    filled = np.clip(spline(np.arange(len(f0_hz))), known.min(), known.max())
    return filled.astype(f0_hz.dtype)


def write_f0(path: Path, f0_hz: np.ndarray) -> None:
    """Write headerless little-endian float32 in Hz, 0 where unvoiced."""
    with replacing(path) as temporary:
        np.asarray(f0_hz, dtype="<f4").tofile(temporary)


def read_f0(path: Path) -> np.ndarray:
    """Read what `write_f0` wrote: float32 [frames] in Hz."""
    return read_float32(path)


def write_lf0(path: Path, f0_hz: np.ndarray) -> None:
    """Write HTS log F0: little-endian float32 ln Hz, -1e10 where unvoiced."""
    voiced = f0_hz > 0
    lf0 = np.where(voiced, np.log(np.where(voiced, f0_hz, 1.0)), UNVOICED_LF0)
    with replacing(path) as temporary:
        lf0.astype("<f4").tofile(temporary)


def read_lf0(path: Path) -> np.ndarray:
    """Read an HTS .lf0 file as float32 [frames] in Hz, 0 where unvoiced."""
    lf0 = read_float32(path)
    if lf0.max(initial=0.0) > HIGHEST_LN_HZ:
        raise UtteranceError(
            f"{path} has values up to {lf0.max():.1f}, expected ln F0 of at most {HIGHEST_LN_HZ}; "
            "if they are Hz, take their logarithm"
        )
    f0_hz = np.zeros_like(lf0)
    voiced = lf0 > 0
    f0_hz[voiced] = np.exp(lf0[voiced].astype(np.float64))
    return f0_hz


def read_float32(path: Path) -> np.ndarray:
    """Read headerless little-endian float32 as [frames]; UtteranceError where it is none."""
    try:
        data = Path(path).read_bytes()
    except OSError as error:
        raise UtteranceError(
            f"{path} cannot be read ({error.strerror}); prepare it again"
        ) from None
    if len(data) % 4:
        raise UtteranceError(
            f"{path} has {len(data)} bytes, not a multiple of 4: no float32 file, or one cut short"
        )
    values = np.frombuffer(data, dtype="<f4").astype(np.float32)
    if not np.isfinite(values).all():
        raise UtteranceError(f"{path} holds NaN or infinite values; write it again")
    return values


def write_pitch_tier(path: Path, f0_hz: np.ndarray) -> None:
    """Write the voiced frames as a Praat PitchTier."""
    tier = call("Create PitchTier", "f0", 0, len(f0_hz) * FRAME_SHIFT_S)
    for frame in np.flatnonzero(f0_hz > 0):
        call(tier, "Add point", (frame + 0.5) * FRAME_SHIFT_S, float(f0_hz[frame]))
    with replacing(path) as temporary:
        call(tier, "Save as text file", str(temporary))
