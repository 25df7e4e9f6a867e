"""Sounds are what is in the file, whatever its header promises."""

import io
import os
import struct
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import parselmouth
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st

from intonation.corpus.sounds import MOST_VALUES, read_sound
from intonation.errors import UtteranceError

FUZZ_EXAMPLES = int(os.environ.get("INTONATION_FUZZ", "300"))
RATE_HZ = 16_000
SUBTYPES = ("PCM_U8", "PCM_16", "PCM_24", "PCM_32", "FLOAT", "DOUBLE", "ULAW", "ALAW")


def voice(channels=1, seconds=0.5):
    generator = np.random.default_rng(0)
    return generator.uniform(-0.9, 0.9, (round(seconds * RATE_HZ), channels))


@pytest.mark.parametrize(
    ("suffix", "subtype"),
    [*(("wav", subtype) for subtype in SUBTYPES), ("flac", "PCM_16"), ("flac", "PCM_24")],
)
@pytest.mark.parametrize("channels", [1, 2])
def test_a_sound_is_what_praat_reads(tmp_path, suffix, subtype, channels):
    path = tmp_path / f"u1.{suffix}"
    soundfile.write(path, voice(channels), RATE_HZ, subtype=subtype)
    found, expected = read_sound(path), parselmouth.Sound(str(path)).convert_to_mono()
    np.testing.assert_array_equal(found.values, expected.values)
    for name in ("xmin", "xmax", "x1", "dx"):
        assert getattr(found, name) == getattr(expected, name), name


def wav(promised, data, rate_hz=RATE_HZ, channels=1):
    """A WAV of 16 bit whose header promises any number of bytes."""
    kind = struct.pack("<HHIIHH", 1, channels, rate_hz, rate_hz * 2, 2 * channels, 16)
    chunks = b"WAVEfmt " + struct.pack("<I", len(kind)) + kind + b"data"
    chunks += struct.pack("<I", promised) + data
    return b"RIFF" + struct.pack("<I", len(chunks)) + chunks


SOUND = bytes(range(250)) * 4


@pytest.mark.parametrize("promised", [len(SOUND), 2**32 - 1, 2**32 - 37])
def test_a_stream_of_unknown_length_ends_with_its_file(tmp_path, promised):
    (tmp_path / "u1.wav").write_bytes(wav(promised, SOUND))
    assert read_sound(tmp_path / "u1.wav").n_samples == 500


def test_flac_that_was_cut_off_is_damaged(tmp_path):
    path = tmp_path / "u1.flac"
    soundfile.write(path, voice(), RATE_HZ)
    path.write_bytes(path.read_bytes()[:-3000])
    with pytest.raises(UtteranceError, match=r"u1\.flac is damaged \(.*\); copy it again"):
        read_sound(path)


def test_flac_that_promises_more_than_it_has_is_damaged(tmp_path):
    path = tmp_path / "u1.flac"
    soundfile.write(path, voice(), RATE_HZ)
    content = bytearray(path.read_bytes())
    content[22:26] = struct.pack(">I", 50_000_000)  # the number of samples
    path.write_bytes(content)
    with pytest.raises(UtteranceError, match=r"u1\.flac is damaged"):
        read_sound(path)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (wav(0, b""), "it lasts 0 s, of 1 channel"),
        (wav(200, SOUND[:200]), r"lasts 0.00625 s, .* expected 0.01 to 3600 s"),
        (wav(1000, SOUND, rate_hz=100), "at 100 Hz; expected .* at 4000 to 384000 Hz"),
        (wav(1000, SOUND, rate_hz=2**31 - 1), "at 2147483647 Hz; expected"),
        (wav(1000, bytes(1000)), "is digital silence"),
    ],
)
def test_what_no_utterance_can_be_is_told(tmp_path, content, told):
    (tmp_path / "u1.wav").write_bytes(content)
    with pytest.raises(UtteranceError, match=rf"u1\.wav .*{told}"):
        read_sound(tmp_path / "u1.wav")


@pytest.mark.parametrize(
    ("seconds", "channels", "rate_hz"),
    [(3601, 1, 4_000), (MOST_VALUES / 8 / 48_000 + 1, 8, 48_000)],
)
def test_a_recording_may_last_an_hour(tmp_path, seconds, channels, rate_hz):
    """Sparse files: what is promised is there, and nothing of it is read."""
    frames = round(seconds * rate_hz)
    with open(tmp_path / "u1.wav", "wb") as file:
        file.write(wav(frames * channels * 2, b"", rate_hz, channels))
        file.truncate(file.tell() + frames * channels * 2)
    with pytest.raises(UtteranceError, match=rf"lasts {seconds:.4g} s, .* cut it into utterances"):
        read_sound(tmp_path / "u1.wav")


def whole(kind):
    packed = io.BytesIO()
    soundfile.write(packed, voice(channels=2, seconds=0.1), RATE_HZ, format=kind)
    return packed.getvalue()


WHOLE = [whole(kind) for kind in ("WAV", "FLAC", "AIFF", "AU", "NIST", "OGG")]


@settings(max_examples=FUZZ_EXAMPLES, deadline=None)
@given(st.sampled_from(WHOLE), st.binary(max_size=8), st.integers(0, 200), st.integers(0, 20_000))
def test_any_bytes_are_a_sound_or_an_utterance_error(content, data, place, end):
    """Anything in the header, and an end anywhere."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "u1.wav"
        path.write_bytes((content[:place] + data + content[place + len(data) :])[:end])
        try:
            sound = read_sound(path)
        except UtteranceError as error:
            assert str(error).startswith("u1.wav ")
        else:
            assert sound.n_channels == 1 and np.any(sound.values)
