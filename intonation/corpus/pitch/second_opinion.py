"""A second opinion on F0: a small network that knows nothing of Praat [Nieradzik 2025].

SwiftF0's weights come with its package. It hears 16 kHz and answers every 16 ms, from 46.9 Hz on.
"""

from functools import cache

import numpy as np
from swift_f0 import SAMPLE_RATE, SwiftF0

from intonation.corpus.f0 import FRAME_SHIFT_S

HEARD_HZ: int = SAMPLE_RATE
SURE = 0.5  # confidence from which a frame is voiced, by its authors' calibration
APART = 0.2  # of its F0: what counts as a gross error since [Rabiner et al. 1976]


def disputed_share(samples: np.ndarray, f0_hz: np.ndarray) -> float:
    """Of the frames voiced for both, the share in which F0 lies over 20 % from the other's.

    samples: [samples] at HEARD_HZ. f0_hz: [frames], 0 where unvoiced. NaN where no frame is voiced
    for both.
    """
    answer = _network().detect(samples.astype(np.float32), HEARD_HZ)
    nearest = np.round(answer.timestamps / FRAME_SHIFT_S - 0.5).astype(int)
    ours_hz = f0_hz[np.clip(nearest, 0, len(f0_hz) - 1)]
    both = (answer.confidence >= SURE) & (ours_hz > 0)
    if not both.any():
        return float("nan")
    return float(np.mean(np.abs(ours_hz[both] / answer.pitch_hz[both] - 1) > APART))


@cache
def _network() -> SwiftF0:
    """One a process, with one thread: processes share the cores out among themselves."""
    return SwiftF0(threads=1, spin=False)
