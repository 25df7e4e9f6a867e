"""The speech of a long recording between its pauses, read piece by piece: never all at once."""

from pathlib import Path
from typing import NamedTuple

import numpy as np
import parselmouth
import soundfile

BLOCK_S, FRAME_S = 30.0, 0.010
SMOOTHED_FRAMES = 3
SHORTEST_PAUSE_S = 0.150  # shorter ones are closures of stops
SHORTEST_SPEECH_S = 0.050  # shorter ones are clicks
# Between the level of the background and that of speech, as shares of their distance; the
# background counts as at most so far below, for digital silence has no level.
PAUSE_LEVEL, DEEPEST_DB = 0.35, 60.0
ANALYSED_HZ, COEFFICIENTS, WINDOW_S = 16_000, 12, 0.030
CHANGE_WEIGHT = 1.5


class Stretch(NamedTuple):
    """Speech without a pause in it."""

    start_s: float
    end_s: float


def stretches(path: Path) -> list[Stretch]:
    """Where a recording is not silent, in order; [] where it is nowhere."""
    level_db, frame_s = _levels_db(path)
    if not len(level_db):
        return []
    low_db, high_db = np.percentile(level_db, [5, 95])
    low_db = max(low_db, high_db - DEEPEST_DB)
    loud = level_db > low_db + PAUSE_LEVEL * (high_db - low_db)
    edges = np.flatnonzero(np.diff(np.concatenate(([0], loud.astype(np.int8), [0]))))
    joined: list[Stretch] = []
    for first, last in edges.reshape(-1, 2) * frame_s:
        if joined and first - joined[-1].end_s < SHORTEST_PAUSE_S:
            joined[-1] = Stretch(joined[-1].start_s, float(last))
        else:
            joined.append(Stretch(float(first), float(last)))
    return [one for one in joined if one.end_s - one.start_s >= SHORTEST_SPEECH_S]


def _levels_db(path: Path) -> tuple[np.ndarray, float]:
    """Level of each 10 ms, smoothed over three of them [frames]; the length of a frame, seconds."""
    levels = []
    with soundfile.SoundFile(path) as file:
        frame = round(FRAME_S * file.samplerate)
        for block in file.blocks(frame * round(BLOCK_S / FRAME_S), always_2d=True):
            mono = block.mean(axis=1)
            whole = mono[: len(mono) // frame * frame].reshape(-1, frame)
            levels.append((whole**2).mean(axis=1))
    power = np.concatenate(levels) if levels else np.zeros(0)
    kernel = np.ones(SMOOTHED_FRAMES) / SMOOTHED_FRAMES
    smooth = np.convolve(power, kernel, mode="same") if len(power) >= SMOOTHED_FRAMES else power
    return 10 * np.log10(smooth + 1e-12), frame / file.samplerate


def read_part(path: Path, start_s: float, end_s: float) -> parselmouth.Sound:
    """A part of a recording, mono."""
    with soundfile.SoundFile(path) as file:
        first = round(start_s * file.samplerate)
        file.seek(min(first, file.frames))
        samples = file.read(round(end_s * file.samplerate) - first, always_2d=True).mean(axis=1)
        return parselmouth.Sound(samples, sampling_frequency=file.samplerate)


def spectra(sound: parselmouth.Sound, step_s: float) -> np.ndarray:
    """Mel-frequency cepstral coefficients without the level, [frames, COEFFICIENTS]."""
    if sound.sampling_frequency != ANALYSED_HZ:
        sound = sound.resample(ANALYSED_HZ, precision=10)
    if sound.duration <= 2 * WINDOW_S:
        return np.zeros((0, COEFFICIENTS))
    found = sound.to_mfcc(COEFFICIENTS, window_length=WINDOW_S, time_step=step_s).to_array()
    return found[1:].T


def normalised(features: np.ndarray) -> np.ndarray:
    """About a mean of 0, in units of their spread, so that voices can be compared; then how they
    change from frame to frame, [frames, 2 * coefficients]."""
    centred = (features - features.mean(axis=0)) / (features.std() + 1e-6)
    return np.hstack([centred, CHANGE_WEIGHT * np.gradient(centred, axis=0)])
