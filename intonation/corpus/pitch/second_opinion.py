"""A second opinion on F0: a small network that knows nothing of Praat [Nieradzik 2025].

SwiftF0's weights come with its package. It hears 16 kHz and answers every 16 ms, from 46.9 Hz on.
"""

from functools import cache

import numpy as np
from swift_f0 import FRAME_PERIOD, SAMPLE_RATE, SwiftF0
from swift_f0.core import HOP, LEFT_FRAMES, LOOKAHEAD_FRAMES

from intonation.corpus.f0 import FRAME_SHIFT_S

HEARD_HZ: int = SAMPLE_RATE
SURE = 0.5  # confidence from which a frame is voiced, by its authors' calibration
APART = 0.2  # of its F0: what counts as a gross error since [Rabiner et al. 1976]


def disputed_share(samples: np.ndarray, f0_hz: np.ndarray) -> float:
    """Of the frames voiced for both, the share in which F0 lies over 20 % from the other's.

    samples: [samples] at HEARD_HZ. f0_hz: [frames], 0 where unvoiced. NaN where no frame is voiced
    for both.
    """
    heard, start_s = _around_voiced(samples, f0_hz)
    if not heard.size:
        return float("nan")
    answer = _network().detect(heard.astype(np.float32), HEARD_HZ)
    nearest = np.round((answer.timestamps + start_s) / FRAME_SHIFT_S - 0.5).astype(int)
    ours_hz = f0_hz[np.clip(nearest, 0, len(f0_hz) - 1)]
    both = (answer.confidence >= SURE) & (ours_hz > 0)
    if not both.any():
        return float("nan")
    return float(np.mean(np.abs(ours_hz[both] / answer.pitch_hz[both] - 1) > APART))


def _around_voiced(samples: np.ndarray, f0_hz: np.ndarray) -> tuple[np.ndarray, float]:
    """The samples that the answers where we hear a voice depend on, and when they begin in s."""
    voiced = np.flatnonzero(f0_hz > 0)
    if not voiced.size:
        return samples[:0], 0.0
    first, last = (int(frame * FRAME_SHIFT_S / FRAME_PERIOD) for frame in voiced[[0, -1]])
    start = HOP * max(0, first - 1 - LEFT_FRAMES)
    return samples[start : HOP * (last + 2 + LOOKAHEAD_FRAMES)], start / HEARD_HZ


@cache
def _network() -> SwiftF0:
    """One a process, with one thread: processes share the cores out among themselves."""
    return SwiftF0(threads=1, spin=False)
