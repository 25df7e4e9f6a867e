"""Which written word each phone belongs to, and what is written around the words.

Labels number the words of each phrase (e3, h3) but do not spell them; the corpus' text spells them.
Words are taken one after the other, so they fit where there are as many of either.
"""

import re
import unicodedata
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from intonation.evaluation.planted_law import read_fields
from intonation.labels.full_context import Labels
from intonation.polish.reading.morphology import known
from intonation.polish.words import VOWEL_LETTERS

# ways to cut a text into words: letters alone, as in Polish labels; with digits and apostrophes;
# with hyphens, too; between spaces
_CUTS = (r"[^\W\d_]+", r"[^\W_]+(?:['’][^\W_]+)*", r"[^\W_]+(?:['’-][^\W_]+)*", r"\S+")
# marks from the strongest to the weakest, each with what it is written as
MARKS = {
    "question mark": r"\?",
    "exclamation mark": "!",
    "three dots": r"…|\.\.\.",
    "full stop": r"\.",
    "semicolon": ";",
    "colon": ":",
    "dash": r"[–—]|\s-+\s",
    "comma": ",",
    "bracket or quotation mark": r"[()\[\]„”“\"«»]",
}
SENTENCE_ENDS = ("question mark", "exclamation mark", "three dots", "full stop")


@dataclass(frozen=True)
class WrittenWord:
    """A word in lower case, and the mark after it: a name of MARKS, "" for none."""

    text: str
    mark: str


@dataclass(frozen=True)
class WordsOf:
    """The words of an utterance and its phones.

    words: as written, one for each word of the labels; empty where the numbers differ.
    index: the word of each phone, int64 [phones], -1 in pauses. phrase: the phrase of each word.
    """

    words: tuple[WrittenWord, ...]
    index: np.ndarray
    phrase: np.ndarray


def words_of(text: str, labels: Labels) -> WordsOf:
    """Match the words of a text with those of its labels."""
    index, phrase = label_words(labels)
    fitting = (words for words in _readings(text) if len(words) == len(phrase))
    return WordsOf(next(fitting, ()), index, phrase)


def label_words(labels: Labels) -> tuple[np.ndarray, np.ndarray]:
    """The word of each phone, -1 in pauses, and the phrase (h3) of each word, int64 each."""
    fields = read_fields(labels)
    pairs = list(zip(fields["h3"].tolist(), fields["e3"].tolist(), strict=True))
    index, phrases = np.full(len(pairs), -1, dtype=np.int64), list[int]()
    last = None
    for phone, pair in enumerate(pairs):
        if not all(value.isdecimal() for value in pair):
            continue
        if pair != last:
            phrases.append(int(pair[0]))
            last = pair
        index[phone] = len(phrases) - 1
    return index, np.array(phrases, dtype=np.int64)


def _readings(text: str) -> Iterator[tuple[WrittenWord, ...]]:
    """The text as words in every way; last as in Polish labels, where w parku is one word."""
    normal = unicodedata.normalize("NFC", text)
    letters, *others = (_cut(normal, re.compile(cut)) for cut in _CUTS)
    if re.search(r"\d", normal):  # letters alone would pass numbers over
        yield from others
    else:
        yield from (letters, *others, _joined(letters))


def _cut(text: str, cut: re.Pattern[str]) -> tuple[WrittenWord, ...]:
    found = list(cut.finditer(text))
    ends = [match.start() for match in found[1:]] + [len(text)] * bool(found)
    return tuple(
        WrittenWord(match.group().lower(), _mark(text[match.end() : end], text[end : end + 1]))
        for match, end in zip(found, ends, strict=True)
    )


def _mark(between: str, following: str) -> str:
    """The strongest mark; a full stop ends a sentence only before a capital or at the end."""
    for name, pattern in MARKS.items():
        if re.search(pattern, between) and not (name == "full stop" and following.islower()):
            return name
    return ""


def _joined(words: Sequence[WrittenWord]) -> tuple[WrittenWord, ...]:
    """Words without a vowel join the next word, the last ones the word before them."""
    joined: list[WrittenWord] = []
    host = True
    for word in words:
        if not host:  # the word before has no vowel
            joined.pop()
        host = bool(set(word.text) & set(VOWEL_LETTERS))
        joined.append(word)
    if not host and len(joined) > 1:
        before, last = joined[-2:]
        joined[-2:] = [WrittenWord(before.text, last.mark or before.mark)]
    return tuple(joined)


def is_polish(texts: Sequence[str]) -> bool:
    """True if the dictionary SGJP has at least three quarters of the words, each counted once."""
    words = {word.text for text in texts for word in _cut(text, re.compile(_CUTS[0]))}
    return bool(words) and np.mean([known(word) for word in sorted(words)]) >= 0.75


def stretches(
    words: Sequence[WrittenWord], marks: Collection[str] = MARKS
) -> list[tuple[int, int]]:
    """Where the words between two of these marks begin and end: [first, behind the last)."""
    ends = [place + 1 for place, word in enumerate(words) if word.mark in marks]
    return list(pairwise(sorted({0, *ends, len(words)})))
