"""Sounds of recordings: read as a user has them, stored small."""

import io
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
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
# Measured on six embedded sentences, amplified until so many samples were clipped: at 1 % word
# starts of the aligner move by 2 ms (median), at 20 % by 4 ms and one in ten by 19 ms, as far as
# human labellers are apart; F0 moves by 20 % in two voiced frames of a thousand at most, for
# clipping keeps the period.
MUCH_CLIPPED, MOST_CLIPPED = 0.01, 0.2  # shares of samples at full scale: told; excluded
BITS = {"PCM_U8": 8, "PCM_S8": 8, "ULAW": 8, "ALAW": 8}  # of a sample, where not 16 or more
# what libsndfile notes where a header promises more bytes of sound than the file has
PROMISED = re.compile(r"^ *(?:data|SSND|Data Size) *: (\d+) \(should be (\d+)\)", re.MULTILINE)
MP3_COMPRESSION = 0.9  # of libsndfile: about 32 kbit/s
STREAM = 2**32 - 256  # bytes and more: what programs write that do not know the length yet


@dataclass(frozen=True)
class Header:
    """What the header of a sound says. kind: as libsndfile calls it: WAV, FLAC, OGG, MP3, …"""

    kind: str
    seconds: float
    rate_hz: int
    channels: int


@contextmanager
def _opened(path: Path) -> Iterator[soundfile.SoundFile]:
    """A sound whose header was looked at; raises UtteranceError as `read_header` does."""
    try:
        file = soundfile.SoundFile(path)
    except soundfile.LibsndfileError as error:
        reason = error.error_string.rstrip(".")
        raise UtteranceError(
            f"{path.name} is no audio file that can be read ({reason}); expected WAV, FLAC, Ogg, "
            "MP3 or AIFF: convert it, or copy it again"
        ) from None
    with file:
        _check_header(path.name, file)
        yield file


def read_header(path: Path) -> Header:
    """What the header of an audio file says, without reading the sound.

    Raises UtteranceError for a file that is no sound, is too long or too short, or has less than
    its header promises, where that can be seen.
    """
    with _opened(path) as file:
        seconds = file.frames / file.samplerate
        return Header(file.format, seconds, file.samplerate, file.channels)


def read_sound(path: Path) -> parselmouth.Sound:
    """Read any audio file that libsndfile knows, in mono. Raises UtteranceError as `hear_sound`."""
    return hear_sound(path)[0]


def hear_sound(
    path: Path, start_s: float = 0.0, end_s: float | None = None
) -> tuple[parselmouth.Sound, float]:
    """The same, or only a part of it, and the share of clipped samples.

    libsndfile goes by what a file holds, Praat's own readers by what its header promises.
    Raises UtteranceError as `read_header`, and for what is damaged, holds digital silence, or is
    clipped beyond MOST_CLIPPED.
    """
    with _opened(path) as file:
        first = round(start_s * file.samplerate)
        last = file.frames if end_s is None else min(round(end_s * file.samplerate), file.frames)
        samples, clipped_share = _read_mono(path.name, file, first, last)
    if not samples.any():
        raise UtteranceError(f"{path.name} is digital silence; remove it, or record it again")
    if clipped_share > MOST_CLIPPED:
        raise UtteranceError(
            f"{path.name} is clipped: {100 * clipped_share:.0f} % of its samples are at full "
            f"scale, expected at most {100 * MOST_CLIPPED:.0f} %; record it again, less loud"
        )
    return parselmouth.Sound(samples, sampling_frequency=file.samplerate), clipped_share


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


def _read_mono(
    name: str, file: soundfile.SoundFile, first: int, last: int
) -> tuple[np.ndarray, float]:
    """The mean of the channels, float64 [samples], and the share of values at full scale.

    first, last: the samples that are read, the last one not.

    Raises UtteranceError where some are missing.
    """
    full_scale = 1 - 1.5 * 2.0 ** (1 - BITS.get(file.subtype, 16))
    samples, clipped = [], 0
    try:
        if first:
            file.seek(first)
        for block in file.blocks(BLOCK, frames=last - first, always_2d=True):
            samples.append(block.mean(axis=1) if file.channels > 1 else block[:, 0])
            clipped += int(np.count_nonzero(np.abs(block) >= full_scale))
    except soundfile.LibsndfileError as error:
        raise _damaged(name, error.error_string) from None
    found = sum(map(len, samples))
    if found != last - first:
        raise _damaged(name, f"expected {last - first} samples, found {found}")
    return np.concatenate(samples), clipped / (found * file.channels)


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


def encoded_mp3(samples: np.ndarray, rate_hz: int) -> bytes:
    """MP3 of mono samples [samples]: every browser plays it, phones of some years ago too."""
    file = io.BytesIO()
    known = {"format": "MP3", "subtype": "MPEG_LAYER_III", "compression_level": MP3_COMPRESSION}
    soundfile.write(file, samples, rate_hz, **known)
    return file.getvalue()
