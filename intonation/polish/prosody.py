"""Phrases, boundary tones, stress and accents of an utterance, by rule from its text.

Nothing here is measured: pitch is what the models are to predict. A phrase ends at a
punctuation mark or at a pause of 200 ms. The tones are names for what the punctuation asks
for, in the ToBI-like notation of HTS labels:

| tone  | where                                                      |
|-------|------------------------------------------------------------|
| L-L%  | end of a statement; semicolon                              |
| H-H%  | question without a question word, or with czy              |
| HL-L% | question with a question word (kto, gdzie, ...)            |
| H-L%  | exclamation                                                |
| L-H%  | continuation: comma, colon, dash, bracket, three dots      |
| NONE  | a pause where nothing is written                           |

Accents are integers: 0 none, 1 an accent before the nucleus, 2 the nucleus of a phrase, 3
the nucleus of a question, 4 the nucleus of an exclamation.
"""

from dataclasses import dataclass

from intonation.polish.lexicon import CONTENT, is_question_word, part_of_speech
from intonation.polish.phones import VOWELS
from intonation.polish.stress import stressed_syllables
from intonation.polish.syllables import syllabify
from intonation.polish.transcript import SpokenWord

PHRASE_PAUSE_S = 0.200
TONES = ("L-L%", "L-H%", "H-H%", "HL-L%", "H-L%", "NONE")
ACCENT_TYPES = PRENUCLEAR, NUCLEAR, NUCLEAR_QUESTION, NUCLEAR_EXCLAMATION = 1, 2, 3, 4
_TONE_OF_MARK = {"!": "H-L%", ".": "L-L%", ";": "L-L%", ",": "L-H%", "": "NONE"}
_NUCLEUS_OF_TONE = {
    "H-H%": NUCLEAR_QUESTION,
    "HL-L%": NUCLEAR_QUESTION,
    "H-L%": NUCLEAR_EXCLAMATION,
}


@dataclass(frozen=True)
class Syllable:
    """Its phones (indices into the word's), and what is prominent about it."""

    phones: tuple[int, ...]
    vowel: str
    stressed: bool
    accent: int


@dataclass(frozen=True)
class Word:
    """A phonological word with its coarse part of speech."""

    text: str
    part_of_speech: str
    syllables: tuple[Syllable, ...]

    @property
    def is_content(self) -> bool:
        return self.part_of_speech == CONTENT


@dataclass(frozen=True)
class Phrase:
    """An intonation phrase: its words and the tone at its end."""

    words: tuple[Word, ...]
    tone: str


def phrases(words: list[SpokenWord]) -> list[Phrase]:
    """Intonation phrases of an utterance; never empty for a non-empty list of words."""
    found, first = [], 0
    for last, word in enumerate(words):
        at_end = last + 1 == len(words)
        if at_end or word.mark or _silence_after_s(words, last) >= PHRASE_PAUSE_S:
            tone = boundary_tone(words, last)
            found.append(Phrase(_prominent_words(words[first : last + 1], tone), tone))
            first = last + 1
    return found


def boundary_tone(words: list[SpokenWord], last: int) -> str:
    """Tone of the phrase that ends with word `last`, from the mark written after it."""
    mark = words[last].mark
    if mark == "?":
        return "HL-L%" if _asks_with_question_word(words, last) else "H-H%"
    if not mark and last + 1 == len(words):
        return "L-L%"
    return _TONE_OF_MARK[mark]


def _silence_after_s(words: list[SpokenWord], index: int) -> float:
    return words[index + 1].phones[0].start_s - words[index].phones[-1].end_s


def _asks_with_question_word(words: list[SpokenWord], last: int) -> bool:
    """True if the first clause of the sentence has a question word and no czy opens it."""
    first = last
    while first > 0 and words[first - 1].mark not in ("?", "!", "."):
        first -= 1
    clause = []
    for word in words[first : last + 1]:
        clause.append(word.text)
        if word.mark:
            break
    return "czy" not in clause[:2] and any(is_question_word(text) for text in clause)


def _prominent_words(words: list[SpokenWord], tone: str) -> tuple[Word, ...]:
    parts = [syllabify(word.symbols) for word in words]
    texts = [word.text for word in words]
    counts = [len(part) for part in parts]
    stresses = stressed_syllables(texts, counts, [word.proclitic for word in words])
    if all(stress is None for stress in stresses):
        # A phrase of clitics only (No i?) still has a nucleus.
        stresses[-1] = max(0, len(parts[-1]) - 2)
    accents = _accents(texts, stresses, tone)
    rows = zip(words, parts, stresses, accents, strict=True)
    return tuple(_word(*row) for row in rows)


def _accents(texts: list[str], stresses: list[int | None], tone: str) -> list[int]:
    """Accent of each word's stressed syllable: content words, the last of them the nucleus.

    A content word that gave its stress to nie or to a preposition gives its accent too; a
    question word is accented in a question that it asks.
    """
    bearers = set()
    for index, text in enumerate(texts):
        if part_of_speech(text) == CONTENT or (tone == "HL-L%" and is_question_word(text)):
            bearers.add(index if stresses[index] is not None else index - 1)
    stressed = [index for index, stress in enumerate(stresses) if stress is not None]
    bearers &= set(stressed)
    nucleus = max(bearers, default=stressed[-1])
    accents = [PRENUCLEAR if index in bearers else 0 for index in range(len(texts))]
    accents[nucleus] = _NUCLEUS_OF_TONE.get(tone, NUCLEAR)
    return accents


def _word(word: SpokenWord, parts: list[list[int]], stress: int | None, accent: int) -> Word:
    symbols = word.symbols
    syllables = []
    for index, part in enumerate(parts):
        vowel = next(symbols[phone] for phone in part if symbols[phone] in VOWELS)
        stressed = index == stress
        syllables.append(Syllable(tuple(part), vowel, stressed, accent if stressed else 0))
    return Word(word.text, part_of_speech(word.text), tuple(syllables))
