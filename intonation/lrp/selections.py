"""Which frames to explain, said in linguistic units: syllables, words, accents, ends of phrases.

Every selection is bool [frames] of one utterance, so selections combine with `&`, `|` and `~` and
go to `explain(model, utterance, frames=...)`. One without a frame (no accent in the utterance, a
window narrower than a frame) is empty here and refused there.

Units are told from the labels alone: a syllable begins with the phone whose place in its syllable
(field p6) is 1, a word with a syllable that is the first of its word (b4), a phrase with one that
is the first of its phrase (b6). Labels of any shape that has these fields will do.
"""

import re
from collections.abc import Callable, Iterable
from typing import NamedTuple

import numpy as np

from intonation.corpus.corpus import Corpus, Utterance
from intonation.corpus.f0 import FRAME_SHIFT_MS
from intonation.errors import LabelError, ParameterError, UtteranceError
from intonation.labels.full_context import Labels

# The Polish labels of this package end yes-no questions with the first, others with the second.
QUESTION_TONES = ("H-H%", "HL-L%")
STATEMENT_TONES = ("L-L%",)
NO_TONE = ("NONE", "0", "x", "xx")
PROMINENCE = {"stressed": "b1", "accented": "b2"}  # fields; an accent is a number or a name
NO_ACCENT = ("0", "x", "xx", "NONE")
_ASKING = re.compile(r"\?[?!]*[\s\"'”»’)\]]*$")
_STATING = re.compile(r"(?<!\.)\.[\s\"'”»’)\]]*$")

Selection = Callable[[Utterance], np.ndarray]


class Units(NamedTuple):
    """Number of the syllable, word and phrase of each phone, int64 [phones]; -1 in a pause."""

    syllable: np.ndarray
    word: np.ndarray
    phrase: np.ndarray


def units(labels: Labels) -> Units:
    """Number the syllables, words and phrases of an utterance from 0.

    Raises UtteranceError where the labels lack the fields that tell them.
    """
    in_syllable, in_word, in_phrase = (_field(labels, name) for name in ("p6", "b4", "b6"))
    speech = np.array([value.isdigit() for value in in_syllable], dtype=bool)
    syllable = in_syllable == "1"
    starts = np.array([syllable, syllable & (in_word == "1"), syllable & (in_phrase == "1")])
    starts[:, np.flatnonzero(speech)[:1]] = True  # an utterance cut out of a longer one
    return Units(*np.where(speech, np.cumsum(starts, axis=1) - 1, -1))


def frames_of(utterance: Utterance, phones: np.ndarray) -> np.ndarray:
    """Frames of the chosen phones, bool [frames] from bool [phones]."""
    return np.asarray(phones, dtype=bool)[utterance.frame_to_phone]


def window(utterance: Utterance, start_s: float, end_s: float) -> np.ndarray:
    """Frames whose centre lies in [start_s, end_s), seconds from the begin of the utterance.

    Raises UtteranceError for a window that leaves the utterance or ends before it starts.
    """
    times_s = utterance.times_s
    length_s = len(times_s) * FRAME_SHIFT_MS / 1000
    if not 0 <= start_s <= end_s <= length_s + 1e-6:
        raise UtteranceError(
            f"{utterance.id}: the window {start_s:g} to {end_s:g} s does not lie in "
            f"0 to {length_s:g} s; choose another"
        )
    return (times_s >= start_s) & (times_s < end_s)


def phone(utterance: Utterance, index: int) -> np.ndarray:
    """Frames of a phone, counted from 0 and with pauses, as in the label file."""
    return _unit(utterance, np.arange(len(utterance.labels.texts)), index, "phone")


def syllable(utterance: Utterance, index: int) -> np.ndarray:
    """Frames of a syllable, counted from 0; UtteranceError where there is none of that number."""
    return _unit(utterance, units(utterance.labels).syllable, index, "syllable")


def word(utterance: Utterance, index: int) -> np.ndarray:
    """Frames of a word, counted from 0; UtteranceError where there is none of that number."""
    return _unit(utterance, units(utterance.labels).word, index, "word")


def phrase(utterance: Utterance, index: int) -> np.ndarray:
    """Frames of a phrase, counted from 0; UtteranceError where there is none of that number."""
    return _unit(utterance, units(utterance.labels).phrase, index, "phrase")


def stressed_syllables(utterance: Utterance) -> np.ndarray:
    """Frames of all syllables with lexical stress (field b1)."""
    return frames_of(utterance, prominent_phones(utterance.labels, "stressed"))


def accented_syllables(utterance: Utterance) -> np.ndarray:
    """Frames of all syllables with a pitch accent of any type (field b2)."""
    return frames_of(utterance, prominent_phones(utterance.labels, "accented"))


def prominent_phones(labels: Labels, kind: str) -> np.ndarray:
    """Which phones are in "stressed" or "accented" syllables, bool [phones]."""
    marked = ~np.isin(_field(labels, PROMINENCE[kind]), NO_ACCENT)
    return marked & (units(labels).syllable >= 0)


def nucleus_phones(labels: Labels) -> np.ndarray:
    """Which phones (p3) are the vowel of their syllable (b16), bool [phones]."""
    return (_field(labels, "p3") == _field(labels, "b16")) & (units(labels).syllable >= 0)


def last_syllables(utterance: Utterance, count: int = 1) -> np.ndarray:
    """Frames of the last `count` syllables of every phrase: where F0 falls, or rises to ask."""
    if count < 1:
        raise ParameterError(f"count is {count}, expected 1 or more")
    numbers = units(utterance.labels)
    chosen = np.zeros(len(numbers.phrase), dtype=bool)
    for number in range(numbers.phrase.max(initial=-1) + 1):
        members = numbers.phrase == number
        chosen |= members & (numbers.syllable > numbers.syllable[members].max() - count)
    return frames_of(utterance, chosen)


def question_phrases(utterance: Utterance) -> np.ndarray:
    """Frames of the phrases that ask.

    A phrase asks where its boundary tone (field h5) is one of QUESTION_TONES, or where it is the
    last of a text that ends in a question mark.
    """
    tone, last = _phrase_ends(utterance)
    asks = np.isin(tone, QUESTION_TONES) | (last & bool(_ASKING.search(utterance.text)))
    return frames_of(utterance, asks)


def statement_phrases(utterance: Utterance) -> np.ndarray:
    """Frames of the phrases that end a statement; continuations and exclamations are neither.

    The boundary tone is one of STATEMENT_TONES; where the labels tell no tone, the phrase is the
    last of a text that ends in a full stop. A phrase that asks is no statement.
    """
    tone, last = _phrase_ends(utterance)
    untold = np.isin(tone, NO_TONE)
    told_by_text = untold & last & bool(_STATING.search(utterance.text))
    states = np.isin(tone, STATEMENT_TONES) | told_by_text
    return frames_of(utterance, states) & ~question_phrases(utterance)


def question_ends(utterance: Utterance) -> np.ndarray:
    """Frames of the last syllable of every phrase that asks."""
    return last_syllables(utterance) & question_phrases(utterance)


def statement_ends(utterance: Utterance) -> np.ndarray:
    """Frames of the last syllable of every phrase that ends a statement."""
    return last_syllables(utterance) & statement_phrases(utterance)


def ids_with(corpus: Corpus, ids: Iterable[str], selection: Selection) -> list[str]:
    """Ids of the utterances in which a selection has a voiced frame, in their order.

    Utterances whose labels do not tell the selection have none.
    """

    def chosen(utterance: Utterance) -> bool:
        try:
            return bool((selection(utterance) & utterance.voiced).any())
        except UtteranceError:
            return False

    return [utterance_id for utterance_id in ids if chosen(corpus[utterance_id])]


def _field(labels: Labels, name: str) -> np.ndarray:
    try:
        return labels.fields(name)
    except LabelError as error:
        raise UtteranceError(
            f"{error}; syllables, words and phrases are told from labels of the HTS-demo "
            "English shape only: choose frames by phone or by time"
        ) from None


def _phrase_ends(utterance: Utterance) -> tuple[np.ndarray, np.ndarray]:
    """Tone of each phone's phrase, and whether that is the last of the utterance; not pauses."""
    numbers, tone = units(utterance.labels).phrase, _field(utterance.labels, "h5")
    return np.where(numbers < 0, "", tone), (numbers >= 0) & (numbers == numbers.max())


def _unit(utterance: Utterance, numbers: np.ndarray, index: int, name: str) -> np.ndarray:
    count = int(numbers.max(initial=-1)) + 1
    if not 0 <= index < count:
        known = f"0 … {count - 1}" if count else "none at all"
        raise UtteranceError(
            f"{utterance.id}: there is no {name} {index}; expected {known}, choose another"
        )
    return frames_of(utterance, numbers == index)
