"""What may be done to measured F0, and only is where somebody asks for it."""

from dataclasses import dataclass

import numpy as np
from scipy.ndimage import gaussian_filter1d

from intonation.corpus.f0 import FRAME_SHIFT_MS

WIDTH_OF_SPREAD = 2.355  # full width at half maximum of a bell, in its standard deviations


@dataclass(frozen=True)
class Treatment:
    """Names and meanings are those of `Parameters`; the defaults change nothing."""

    creak: str = "keep"
    smooth_ms: float = 0.0
    bridge_ms: float = 0.0

    def of(self, f0_hz: np.ndarray, creaky: np.ndarray) -> np.ndarray:
        """F0 without creak, then bridged, then smoothed, as asked; [frames], 0 where unvoiced."""
        if self.creak == "leave_out":
            f0_hz = np.where(creaky, np.float32(0), f0_hz)
        return smoothed(bridged(f0_hz, self.bridge_ms), self.smooth_ms)


def bridged(f0_hz: np.ndarray, longest_ms: float) -> np.ndarray:
    """Unvoiced gaps of at most so long, between voiced frames, filled: linear in log F0."""
    voiced = np.flatnonzero(f0_hz > 0)
    if voiced.size == 0 or longest_ms < FRAME_SHIFT_MS:
        return f0_hz
    frames = np.arange(len(f0_hz))
    filled_hz = np.exp(np.interp(frames, voiced, np.log(f0_hz[voiced])))
    gaps = np.diff(voiced) - 1
    ends = np.searchsorted(voiced, frames[voiced[0] : voiced[-1]], side="right")
    short = np.zeros(len(f0_hz), dtype=bool)
    short[voiced[0] : voiced[-1]] = gaps[ends - 1] * FRAME_SHIFT_MS <= longest_ms
    return np.where(short & (f0_hz == 0), filled_hz, f0_hz).astype(np.float32)


def smoothed(f0_hz: np.ndarray, width_ms: float) -> np.ndarray:
    """Log F0 of each voiced stretch by itself under a bell so wide at half its height.

    What is unvoiced stays so and lends nothing to its neighbours.
    """
    if width_ms == 0:
        return f0_hz
    smooth_hz = f0_hz.copy()
    edges = np.flatnonzero(np.diff(np.concatenate(([False], f0_hz > 0, [False]))))
    for start, end in edges.reshape(-1, 2):
        log_f0 = np.log(f0_hz[start:end].astype(np.float64))
        spread = width_ms / FRAME_SHIFT_MS / WIDTH_OF_SPREAD
        smooth_hz[start:end] = np.exp(gaussian_filter1d(log_f0, spread, mode="nearest"))
    return smooth_hz
