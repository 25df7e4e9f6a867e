"""F0 in files, in semitones, and in frames of 5 ms."""

from pathlib import Path

import numpy as np

from intonation.errors import UtteranceError
from intonation.files import replacing

FRAME_SHIFT_MS = 5.0
FRAME_SHIFT_S = FRAME_SHIFT_MS / 1000
HIGHEST_LN_HZ = 8.0  # 2,981 Hz
UNVOICED_LF0 = np.float32(-1e10)  # HTS marks unvoiced frames of a .lf0 file so


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


def write_f0(path: Path, f0_hz: np.ndarray) -> None:
    """Write headerless little-endian float32 in Hz, 0 where unvoiced."""
    with replacing(path) as temporary:
        np.asarray(f0_hz, dtype="<f4").tofile(temporary)


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
