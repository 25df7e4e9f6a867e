"""Full-context HTS labels of a Polish utterance, from its text and its alignment.

The fields are those of the HTS demo's English labels (the HTS Working Group's lab_format
document). Conventions where that leaves a choice:

- Positions and distances count from 1, within the word or the phrase named; a distance is 0
  where there is no such syllable or word in the phrase.
- b8 to b11, e5 and e6 count what stands strictly before and after the current syllable or
  word in its phrase (the demo's own scripts add 1 in most places).
- Neighbouring syllables, words and phrases (a, c, d, f, g, i) are those of the utterance,
  across phrase boundaries; 0 where there is none.
- Pauses, as in the demo: x for everything about the current syllable, word and phrase size,
  h3 = 1, h4 = the number of phrases, h5 = 0; neighbours are those around the pause.
- An accent (a2, b2, c2) is an integer: its type, see prosody.py.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate, count
from typing import TypeVar

import numpy as np

from intonation.errors import UtteranceError
from intonation.labels.full_context import Labels
from intonation.labels.intervals import TICKS_PER_S, Alignment
from intonation.polish.phones import PAUSE
from intonation.polish.prosody import Phrase, Syllable, Word, phrases, word_facts
from intonation.polish.transcript import Segment, segments, spoken_words

_Unit = TypeVar("_Unit")


@dataclass(frozen=True)
class _Place:
    """A syllable with all that contains it; indices count from 0."""

    syllable: Syllable
    in_word: int
    word: Word
    word_in_phrase: int
    phrase: Phrase
    phrase_index: int
    in_phrase: int


def full_context_labels(text: str, alignment: Alignment) -> Labels:
    """Labels of one utterance, covering the alignment from its start to its end.

    text: orthographic Polish, as in check_text. alignment: words and phones (eSpeak NG's
    IPA) of the recording. Times are the alignment's own, rounded to 100 ns.
    Raises UtteranceError naming the reason when text and alignment do not fit.
    """
    words = spoken_words(text, alignment)
    start_s, end_s = alignment.phones[0].start_s, alignment.phones[-1].end_s
    row = segments(words, start_s=start_s, end_s=end_s)
    texts = label_texts(phrases(word_facts(words)), row)
    starts, ends = _times(row, start_s)
    return Labels(texts=texts, starts=starts, ends=ends)


def label_texts(utterance: list[Phrase], row: Sequence[Segment]) -> list[str]:
    """The label of each phone and pause of a row that speaks these phrases."""
    context = _Context(utterance)
    symbols = ["x", "x", *(segment.symbol for segment in row), "x", "x"]
    seen = [0] * len(context.words)
    texts = []
    for index, (_, _, symbol, word) in enumerate(row):
        if symbol == PAUSE:
            fields = context.of_pause(word)
        else:
            fields = context.of_phone(word, seen[word])
            seen[word] += 1
        texts.append("{}^{}-{}+{}={}".format(*symbols[index : index + 5]) + fields)
    return texts


def _times(row: Sequence[Segment], start_s: float) -> tuple[np.ndarray, np.ndarray]:
    """Starts and ends, int64 [segments] in 100 ns; each start is the end before it."""
    bounds_s = np.array([start_s, *(segment.end_s for segment in row)])
    bounds = np.rint(bounds_s * TICKS_PER_S).astype(np.int64)
    backward = np.flatnonzero(np.diff(bounds) <= 0)
    if backward.size:
        segment = row[backward[0]]
        raise UtteranceError(
            f'the alignment has "{segment.symbol}" from {segment.start_s:.4f} s to '
            f"{segment.end_s:.4f} s; expected an end after the start. Align the recording again."
        )
    return bounds[:-1], bounds[1:]


class _Context:
    """The syllables, words and phrases of an utterance, and the fields that they give."""

    def __init__(self, utterance: list[Phrase]):
        self.phrases = utterance
        self.words = [word for phrase in utterance for word in phrase.words]
        self.places = list(_places(utterance))
        self.first_place = [0, *accumulate(len(word.syllables) for word in self.words)]

    def of_phone(self, word_index: int, phone_index: int) -> str:
        """Fields p6 to j3 of a phone: the word it is in and its place in it."""
        index = self.first_place[word_index]
        while phone_index not in self.places[index].syllable.phones:
            index += 1
        place = self.places[index]
        forward = phone_index - place.syllable.phones[0] + 1
        backward = place.syllable.phones[-1] - phone_index + 1
        return (
            f"@{forward}_{backward}"
            f"/A:{self._syllable(index - 1, '_')}/B:{_current_syllable(place)}"
            f"/C:{self._syllable(index + 1, '+')}/D:{self._word(word_index - 1)}"
            f"/E:{_current_word(place)}/F:{self._word(word_index + 1)}"
            f"/G:{self._phrase(place.phrase_index - 1, '_')}/H:{self._current_phrase(place)}"
            f"/I:{self._phrase(place.phrase_index + 1, '=')}/J:{self._utterance()}"
        )

    def of_pause(self, word_before: int) -> str:
        """Fields p6 to j3 of a pause after a word (-1: before the first)."""
        after = self.first_place[word_before + 1]
        before_phrase = self.places[after - 1].phrase_index if after > 0 else -1
        after_phrase = self.places[after].phrase_index if after < len(self.places) else -1
        return (
            f"@x_x/A:{self._syllable(after - 1, '_')}"
            "/B:x-x-x@x-x&x-x#x-x$x-x!x-x;x-x|x"
            f"/C:{self._syllable(after, '+')}/D:{self._word(word_before)}"
            f"/E:x+x@x+x&x+x#x+x/F:{self._word(word_before + 1)}"
            f"/G:{self._phrase(before_phrase, '_')}/H:x=x^1={len(self.phrases)}|0"
            f"/I:{self._phrase(after_phrase, '=')}/J:{self._utterance()}"
        )

    def _syllable(self, index: int, joint: str) -> str:
        """Stress, accent and number of phones of a neighbouring syllable (a, c)."""
        if not 0 <= index < len(self.places):
            return joint.join("000")
        syllable = self.places[index].syllable
        values = int(syllable.stressed), syllable.accent, len(syllable.phones)
        return joint.join(str(value) for value in values)

    def _word(self, index: int) -> str:
        """Part of speech and number of syllables of a neighbouring word (d, f)."""
        if not 0 <= index < len(self.words):
            return "0_0"
        return f"{self.words[index].part_of_speech}_{len(self.words[index].syllables)}"

    def _phrase(self, index: int, joint: str) -> str:
        """Numbers of syllables and words of a neighbouring phrase (g, i)."""
        if not 0 <= index < len(self.phrases):
            return joint.join("00")
        return joint.join(str(size) for size in _size(self.phrases[index]))

    def _current_phrase(self, place: _Place) -> str:
        syllables, words = _size(place.phrase)
        backward = len(self.phrases) - place.phrase_index
        position = f"{place.phrase_index + 1}={backward}"
        return f"{syllables}={words}^{position}|{place.phrase.tone}"

    def _utterance(self) -> str:
        return f"{len(self.places)}+{len(self.words)}-{len(self.phrases)}"


def _places(utterance: list[Phrase]) -> Iterator[_Place]:
    for phrase_index, phrase in enumerate(utterance):
        in_phrase = count()
        for word_in_phrase, word in enumerate(phrase.words):
            for in_word, syllable in enumerate(word.syllables):
                where = word, word_in_phrase, phrase, phrase_index, next(in_phrase)
                yield _Place(syllable, in_word, *where)


def _size(phrase: Phrase) -> tuple[int, int]:
    return sum(len(word.syllables) for word in phrase.words), len(phrase.words)


def _current_syllable(place: _Place) -> str:
    """b1 to b16."""
    syllable = place.syllable
    row = [other for word in place.phrase.words for other in word.syllables]
    here = place.in_phrase
    stressed = _around(row, here, lambda other: other.stressed)
    accented = _around(row, here, lambda other: other.accent > 0)
    return (
        f"{int(syllable.stressed)}-{syllable.accent}-{len(syllable.phones)}"
        f"@{place.in_word + 1}-{len(place.word.syllables) - place.in_word}"
        f"&{here + 1}-{len(row) - here}"
        f"#{stressed[0]}-{stressed[1]}${accented[0]}-{accented[1]}"
        f"!{stressed[2]}-{stressed[3]};{accented[2]}-{accented[3]}|{syllable.vowel}"
    )


def _current_word(place: _Place) -> str:
    """e1 to e8."""
    row, here = place.phrase.words, place.word_in_phrase
    before, after, from_previous, to_next = _around(row, here, lambda word: word.is_content)
    return (
        f"{place.word.part_of_speech}+{len(place.word.syllables)}"
        f"@{here + 1}+{len(row) - here}&{before}+{after}#{from_previous}+{to_next}"
    )


def _around(
    row: Sequence[_Unit], here: int, counts: Callable[[_Unit], bool]
) -> tuple[int, int, int, int]:
    """How many before, after; how far the nearest before, after (0: none)."""
    chosen = [index for index, item in enumerate(row) if counts(item)]
    before = [here - index for index in chosen if index < here]
    after = [index - here for index in chosen if index > here]
    return len(before), len(after), min(before, default=0), min(after, default=0)
