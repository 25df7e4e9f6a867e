"""Who said what when: word and phone times from Praat's synthesiser or its aligner.

Praat [Boersma & Weenink] carries the eSpeak NG voices; parselmouth [Jadoul et al. 2018]
drives it from Python.
"""

import re
import unicodedata
from math import gcd

import numpy as np
import parselmouth
from parselmouth.praat import call

from intonation.corpus.alignment.copies import in_a_copy
from intonation.corpus.alignment.helper import in_a_small_copy
from intonation.corpus.alignment.textgrids import alignment_of
from intonation.errors import UtteranceError
from intonation.labels.intervals import Alignment

LANGUAGE, VOICE = "Polish", "Female1"
# Of the voice that a recording is compared with, which must have the same. At half of what the
# voice has by itself, aligning takes less time and comes nearer to the truth.
ALIGNED_HZ = 22_050
# Rounding of durations makes Praat refuse one alignment in some hundreds; the voice never speaks a
# sentence quite the same twice, so another attempt mostly goes through.
ATTEMPTS = 4
_MARKED_CAPITALS = "ĄĆĘŁŃÓŚŹŻ"
_MARKED_WORD = re.compile(rf"\w*[{_MARKED_CAPITALS}]\w*")
_MARKED_SENTENCE = re.compile(rf"(\.[^\w\s]*)\s(?=[^\w\s]*[{_MARKED_CAPITALS}])")
LONGEST_ALIGNED_S = 60  # memory grows with the square: 0.7 GB at 24 s, 3 at 50, measured
# what they are by themselves: gap between words in s, pitch, pitch range, words a minute, alphabet
VOICE_SETTINGS = (0.01, 1.0, 1.0, 175, "IPA")
SILENCE_DB, MIN_SILENCE_S, MIN_SOUNDING_S = -35.0, 0.1, 0.1


def _synthesizer(language: str) -> parselmouth.Data:
    # a new one each time: an alignment changes the speaking rate of the one it is given
    return call("Create SpeechSynthesizer", language, VOICE)


def synthesize(text: str) -> tuple[parselmouth.Sound, Alignment]:
    """Let the Polish eSpeak NG voice read `text`; its times are exact, not estimated.

    Returns the sound (44.1 kHz, mono) and its alignment, phones contiguous from 0 to its end; to
    the bit the same whatever was spoken before, since no voice ever speaks in this process.
    """
    samples, rate_hz, alignment = in_a_copy(_spoken, text)
    return parselmouth.Sound(samples, sampling_frequency=rate_hz), alignment


def _spoken(text: str) -> tuple[np.ndarray, float, Alignment]:
    spoken = _for_the_voice(text)
    textgrid, sound = call(_synthesizer(LANGUAGE), "To Sound...", spoken, "yes")
    alignment = _as_written(alignment_of(textgrid, "word", "phoneme"), spoken, text)
    return sound.values, sound.sampling_frequency, alignment


def check_length(seconds: float) -> None:
    """Raise UtteranceError for a recording that is too long to be aligned."""
    if seconds > LONGEST_ALIGNED_S:
        raise UtteranceError(
            f"the recording lasts {seconds:.0f} s, but at most {LONGEST_ALIGNED_S} s can be "
            "aligned; cut it into sentences, or put a TextGrid with the times of its words and "
            "phones beside it"
        )


def align(sound: parselmouth.Sound, text: str) -> Alignment:
    """Find words and phones of `text` in a recording (eSpeak NG + dynamic time warping).

    To the bit the same whatever was spoken before, as `synthesize`: the helper itself never speaks.
    Raises UtteranceError where Praat finds no alignment, would need too much memory for it, or
    crashes.
    """
    check_length(sound.get_total_duration())
    if sound.n_channels > 1:
        sound = sound.convert_to_mono()
    if sound.sampling_frequency != ALIGNED_HZ:
        sound = _resampled(sound)
    return in_a_small_copy(_aligned, sound.values[0], text, LANGUAGE)


def _resampled(sound: parselmouth.Sound) -> parselmouth.Sound:
    """At ALIGNED_HZ, by a polyphase filter: a fifth of the time of Praat's, as good times."""
    from scipy.signal import resample_poly  # which the helper has no need of

    rate_hz = round(sound.sampling_frequency)
    common = gcd(rate_hz, ALIGNED_HZ)
    samples = resample_poly(sound.values[0], ALIGNED_HZ // common, rate_hz // common)
    return parselmouth.Sound(samples, sampling_frequency=ALIGNED_HZ)


def _aligned(samples: np.ndarray, text: str, language: str) -> Alignment:
    """`samples`: [samples] at ALIGNED_HZ."""
    sound = parselmouth.Sound(samples, sampling_frequency=ALIGNED_HZ)
    prompt = call(sound, "To TextGrid", "prompt", "")
    spoken = _for_the_voice(text)
    call(prompt, "Set interval text", 1, 1, spoken)
    settings = (1, 1, 1, SILENCE_DB, MIN_SILENCE_S, MIN_SOUNDING_S)
    for attempts_left in reversed(range(ATTEMPTS)):
        try:
            voice = _synthesizer(language)
            call(voice, "Speech output settings", ALIGNED_HZ, *VOICE_SETTINGS)
            textgrid = call([voice, sound, prompt], "To TextGrid (align)", *settings)
            return _as_written(alignment_of(textgrid, "word", "phoneme"), spoken, text)
        except parselmouth.PraatError as error:
            reason = str(error).strip().splitlines()[0]
            if not attempts_left:
                break
    raise UtteranceError(f"Praat could not align the recording to its text ({reason})")


def _for_the_voice(text: str) -> str:
    """The text as eSpeak NG reads it rightly, as long as its composed (NFC) form.

    It overlooks the marks of capital letters (Łódź becomes lodź) and of decomposed ones; and after
    a full stop, only a capital letter or a new line begins a new sentence.
    """
    composed = unicodedata.normalize("NFC", text)
    lines = _MARKED_SENTENCE.sub(r"\1\n", composed)
    return _MARKED_WORD.sub(lambda word: word[0].lower(), lines)


def _as_written(alignment: Alignment, spoken: str, text: str) -> Alignment:
    """The alignment of `spoken` with the words as `text` has them."""
    composed, place, words = unicodedata.normalize("NFC", text), 0, []
    for word in alignment.words:
        found = spoken.find(word.text, place)
        if word.text and found >= 0:
            place = found + len(word.text)
            word = word._replace(text=composed[found:place])
        words.append(word)
    return Alignment(tuple(words), alignment.phones)
