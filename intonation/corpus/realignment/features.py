"""What a phone classifier hears: mel spectra of a recording in frames of 5 ms."""

from functools import cache

import numpy as np
import scipy

from intonation.errors import UtteranceError

SAMPLING_HZ = 16_000
SHIFT_S, WINDOW_S = 0.005, 0.020
SHIFT, WINDOW = round(SHIFT_S * SAMPLING_HZ), round(WINDOW_S * SAMPLING_HZ)
TRANSFORM = 512
BANDS, LOWEST_HZ, HIGHEST_HZ = 26, 60.0, 7_600.0
# Bands end below what the recordings hold: the rest is the resampler's own, near nothing
FAINTEST_DB = 60.0  # below the loudest frame of a band; digital silence has no logarithm


def mel_frames(samples: np.ndarray, sampling_hz: float) -> np.ndarray:
    """Log mel spectra, each band with mean 0 and standard deviation 1 over the recording.

    samples: float [samples]. Returns float32 [frames, BANDS]; frame k is centred on
    (k + 1/2) x SHIFT_S, and the last one may hold what is left over.
    Raises UtteranceError where there is no frame.
    """
    if sampling_hz != SAMPLING_HZ:
        up, down = _ratio(sampling_hz)
        samples = scipy.signal.resample_poly(samples, up, down)
    frames = len(samples) // SHIFT
    if frames < 1:
        raise UtteranceError("the recording is shorter than a frame; record it again")
    power = np.abs(np.fft.rfft(_windows(samples, frames), TRANSFORM)) ** 2
    energy = power @ _filters().T
    floor = energy.max(initial=1e-12) * 10 ** (-FAINTEST_DB / 10)
    logs = np.log(np.maximum(energy, floor))
    return ((logs - logs.mean(0)) / np.maximum(logs.std(0), 0.1)).astype(np.float32)


def _ratio(sampling_hz: float) -> tuple[int, int]:
    whole = round(sampling_hz)
    common = int(np.gcd(SAMPLING_HZ, whole))
    return SAMPLING_HZ // common, whole // common


def _windows(samples: np.ndarray, frames: int) -> np.ndarray:
    """Stretches under a Hann window around the frames' centres, [frames, WINDOW]."""
    emphasised = np.append(samples[0], samples[1:] - 0.97 * samples[:-1])
    before = (WINDOW - SHIFT) // 2
    padded = np.pad(emphasised, (before, WINDOW))
    views = np.lib.stride_tricks.sliding_window_view(padded, WINDOW)[::SHIFT][:frames]
    return views * np.hanning(WINDOW)


@cache
def _filters() -> np.ndarray:
    """Triangles on the mel scale [O'Shaughnessy 1987, eq. 4.2], float64 [BANDS, bins]."""
    low, high = (2595 * np.log10(1 + hz / 700) for hz in (LOWEST_HZ, HIGHEST_HZ))
    points_hz = 700 * (10 ** (np.linspace(low, high, BANDS + 2) / 2595) - 1)
    bins_hz = np.fft.rfftfreq(TRANSFORM, 1 / SAMPLING_HZ)
    left, middle, right = (points_hz[i : i + BANDS, None] for i in range(3))
    rising, falling = (bins_hz - left) / (middle - left), (right - bins_hz) / (right - middle)
    return np.maximum(0, np.minimum(rising, falling))
