"""Sounds of recordings: read as a user has them, stored small."""

import warnings
from pathlib import Path

import numpy as np
import parselmouth

from intonation.corpus.alignment import praat_replacing
from intonation.errors import UtteranceError

STORED_SAMPLING_HZ = 22_050


def read_sound(path: Path) -> parselmouth.Sound:
    """Read any audio file that Praat knows, in mono.

    Raises UtteranceError for one that is none, is damaged, or holds digital silence.
    """
    try:
        with warnings.catch_warnings():
            # Praat only warns of a truncated file, and fills up with silence
            warnings.simplefilter("error", parselmouth.PraatWarning)
            sound = parselmouth.Sound(str(path))
    except parselmouth.PraatError:
        raise UtteranceError(f"{path.name} is no audio file that Praat can read") from None
    except parselmouth.PraatWarning as warning:
        reason = " ".join(str(warning).split())
        raise UtteranceError(f"{path.name} is damaged ({reason}); copy it again") from None
    sound = sound.convert_to_mono() if sound.n_channels > 1 else sound
    if not np.any(sound.values):
        raise UtteranceError(f"{path.name} is digital silence")
    return sound


def write_sound(path: Path, sound: parselmouth.Sound) -> None:
    """Write a sound as WAV of 16 bit, with at most STORED_SAMPLING_HZ, or little more."""
    if sound.sampling_frequency > STORED_SAMPLING_HZ * 1.2:
        sound = sound.resample(STORED_SAMPLING_HZ, precision=10)
    peak = np.abs(sound.values).max()
    if peak > 0.99:  # keep 16 bit from clipping what resampling overshot
        sound = parselmouth.Sound(sound.values * (0.99 / peak), sound.sampling_frequency)
    with praat_replacing(path) as temporary:
        sound.save(str(temporary), parselmouth.SoundFileFormat.WAV)
