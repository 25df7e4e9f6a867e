"""Sounds of recordings: read as a user has them, stored small."""

import re
from pathlib import Path

import numpy as np
import parselmouth
import soundfile

from intonation.corpus.alignment.textgrids import praat_replacing
from intonation.errors import UtteranceError

STORED_SAMPLING_HZ = 22_050
SHORTEST_S, LONGEST_S = 0.01, 3600
SAMPLING_RANGE_HZ = (4_000, 384_000)
MOST_VALUES = LONGEST_S * 96_000  # of all channels: an hour of stereo at 48 kHz; 2.8 GB
BLOCK = 65_536  # samples at a time
# what libsndfile notes where a header promises more bytes of sound than the file has
PROMISED = re.compile(r"^ *(?:data|SSND|Data Size) *: (\d+) \(should be (\d+)\)", re.MULTILINE)
STREAM = 2**32 - 256  # bytes and more: what programs write that do not know the length yet


def read_sound(path: Path, start_s: float = 0.0, end_s: float | None = None) -> parselmouth.Sound:
    """Read any audio file that libsndfile knows, or a part of it, in mono.

    libsndfile goes by what a file holds, Praat's own readers by what its header promises.
    Raises UtteranceError for a file that is no sound, is damaged, too long, too short, or holds
    digital silence.
    """
    try:
        file = soundfile.SoundFile(path)
    except soundfile.LibsndfileError as error:
        reason = error.error_string.rstrip(".")
        raise UtteranceError(
            f"{path.name} is no audio file that can be read ({reason}); expected WAV or FLAC: "
            "convert it, or copy it again"
        ) from None
    with file:
        _check_header(path.name, file)
        first = round(start_s * file.samplerate)
        last = file.frames if end_s is None else min(round(end_s * file.samplerate), file.frames)
        samples = _read_mono(path.name, file, first, last)
    if not samples.any():
        raise UtteranceError(f"{path.name} is digital silence; remove it, or record it again")
    return parselmouth.Sound(samples, sampling_frequency=file.samplerate)


def _check_header(name: str, file: soundfile.SoundFile) -> None:
    """Raise UtteranceError for more, or less, than an utterance can be."""
    for promised, found in PROMISED.findall(file.extra_info):
        if int(promised) < STREAM:
            raise _damaged(name, f"its header promises {promised} bytes of sound, it has {found}")
    rate_hz, seconds = file.samplerate, file.frames / file.samplerate
    low_hz, high_hz = SAMPLING_RANGE_HZ
    if not (
        SHORTEST_S <= seconds <= LONGEST_S
        and low_hz <= rate_hz <= high_hz
        and file.frames * file.channels <= MOST_VALUES
    ):
        raise UtteranceError(
            f"{name} says that it lasts {seconds:.4g} s, of {file.channels} channel(s) at "
            f"{rate_hz} Hz; expected {SHORTEST_S} to {LONGEST_S} s at {low_hz} to {high_hz} Hz, "
            f"and at most {MOST_VALUES} values in all: cut it into utterances, or convert it"
        )


def _read_mono(name: str, file: soundfile.SoundFile, first: int, last: int) -> np.ndarray:
    """The mean of the channels, float64 [samples]; raises UtteranceError where some are missing."""
    try:
        file.seek(first)
        blocks = file.blocks(BLOCK, frames=last - first, always_2d=True)
        samples = np.concatenate([block.mean(axis=1) for block in blocks])
    except soundfile.LibsndfileError as error:
        raise _damaged(name, error.error_string) from None
    if len(samples) != last - first:
        raise _damaged(name, f"expected {last - first} samples, found {len(samples)}")
    return samples


def _damaged(name: str, reason: str) -> UtteranceError:
    return UtteranceError(f"{name} is damaged ({reason.rstrip('.')}); copy it again")


def write_sound(path: Path, sound: parselmouth.Sound) -> None:
    """Write a sound as WAV of 16 bit, with at most STORED_SAMPLING_HZ, or little more."""
    if sound.sampling_frequency > STORED_SAMPLING_HZ * 1.2:
        sound = sound.resample(STORED_SAMPLING_HZ, precision=10)
    peak = np.abs(sound.values).max()
    if peak > 0.99:  # keep 16 bit from clipping what resampling overshot
        sound = parselmouth.Sound(sound.values * (0.99 / peak), sound.sampling_frequency)
    with praat_replacing(path) as temporary:
        sound.save(str(temporary), parselmouth.SoundFileFormat.WAV)
