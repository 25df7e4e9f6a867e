"""Creaky voice: low and irregular, or with cycles that alternate; flagged, never mended.

What is told apart follows [Keating et al. 2015]: creak is low F0 with irregular periods, or
multiple pulsing, in which every other cycle is alike. How alike neighbouring cycles are is measured
as in [Ishi et al. 2008], who call it inter-pulse similarity, but around each frame, not each pulse.
"""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from intonation.corpus.f0 import FRAME_SHIFT_S
from intonation.corpus.pitch.tracking import PitchRange

LOWEST_LAG = 0.9  # of the period: the tracker's value is the mean of a window, a cycle is itself
LAGS = 7  # tried for each period, evenly up to as far above it
IRREGULAR = 0.55  # a cycle that is less like its neighbour has an irregular one [Ishi et al. 2008]
ALTERNATING = 0.12  # how much more a cycle is like the next but one than like the next
LOW_SPREADS = 1.0  # below the speaker's middle, in standard deviations
SHORTEST_FRAMES = 3  # 15 ms: less holds no cycles to compare


def creaky_frames(
    samples: np.ndarray, sampling_hz: float, f0_hz: np.ndarray, search: PitchRange
) -> np.ndarray:
    """Which voiced frames are creaky, bool [frames].

    samples: float [samples] of which the first is that of the first frame's start. f0_hz: [frames],
    0 where unvoiced. search: the speaker's own range, whose middle and spread say what is low.
    """
    creaky = np.zeros(len(f0_hz), dtype=bool)
    frames = np.flatnonzero(f0_hz > 0)
    if frames.size == 0:
        return creaky
    next_one, next_but_one = cycle_similarities(samples, sampling_hz, f0_hz, frames)
    octaves = np.log2(f0_hz[frames] / search.middle_hz)
    low = 12 * octaves < -LOW_SPREADS * search.spread_semitones
    alternating = next_but_one - next_one > ALTERNATING
    creaky[frames] = alternating | (low & (next_one < IRREGULAR))
    return _lasting(creaky)


def cycle_similarities(
    samples: np.ndarray, sampling_hz: float, f0_hz: np.ndarray, frames: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """How alike a cycle is to the next and to the next but one, each float64 [len(frames)].

    2 x.y / (x.x + y.y), from -1 to 1, the highest near one and near two periods: unlike a
    correlation, less where one cycle is weaker than the other.
    """
    periods = sampling_hz / f0_hz[frames]
    margin = int(4 * periods.max()) + 1
    padded = np.pad(np.asarray(samples, dtype=np.float32), margin)
    centres = np.round((frames + 0.5) * FRAME_SHIFT_S * sampling_hz).astype(int) + margin
    windows = sliding_window_view(padded, int(np.ceil(periods.max())))
    alike = [_likenesses(windows, centres, periods, cycles).max(axis=0) for cycles in (1, 2)]
    return alike[0], alike[1]


def _likenesses(
    windows: np.ndarray, centres: np.ndarray, periods: np.ndarray, cycles: int
) -> np.ndarray:
    """Of a cycle and what follows after about so many periods: [LAGS, frames]."""
    inside = np.arange(windows.shape[1]) < np.ceil(periods)[:, None]
    found = []
    for factor in np.linspace(LOWEST_LAG, 2 - LOWEST_LAG, LAGS):
        lags = np.round(factor * cycles * periods).astype(int)
        starts = np.clip(centres - ((lags + periods) / 2).astype(int), 0, len(windows) - 1)
        later = np.clip(starts + lags, 0, len(windows) - 1)
        one, other = windows[starts] * inside, windows[later] * inside
        both = np.einsum("fw,fw->f", one, other)
        power = np.einsum("fw,fw->f", one, one) + np.einsum("fw,fw->f", other, other)
        found.append(2 * both / np.maximum(power, np.finfo(np.float32).tiny))
    return np.array(found, dtype=np.float64)


def _lasting(flags: np.ndarray) -> np.ndarray:
    """Without runs of fewer than SHORTEST_FRAMES."""
    edges = np.flatnonzero(np.diff(np.concatenate(([False], flags, [False]))))
    kept = flags.copy()
    for start, end in edges.reshape(-1, 2):
        kept[start:end] = end - start >= SHORTEST_FRAMES
    return kept
