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

from collections.abc import Sequence
from dataclasses import dataclass, replace

from intonation.polish.lexicon import CONTENT, QUESTION_WORD, part_of_speech
from intonation.polish.phones import VOWELS
from intonation.polish.stress import Stress, stressed_syllables, word_stresses
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
class WordFacts:
    """All that the rules ask of a word: change a fact, and they give other phrases.

    text: lower case. mark: the mark after it, as in Token. syllables: none prominent yet.
    pause_after: True if a silence of PHRASE_PAUSE_S or more follows. accented: True or False
    where it is decided, None where the rule decides.
    """

    text: str
    part_of_speech: str
    mark: str
    syllables: tuple[Syllable, ...]
    stress: Stress
    pause_after: bool
    accented: bool | None = None


@dataclass(frozen=True)
class Phrase:
    """An intonation phrase: its words and the tone at its end."""

    words: tuple[Word, ...]
    tone: str


def word_facts(words: Sequence[SpokenWord]) -> list[WordFacts]:
    """What is known of the words of an utterance before any rule of this module."""
    parts = [_syllables(word.symbols) for word in words]
    texts, proclitics = [word.text for word in words], [word.proclitic for word in words]
    stresses = word_stresses(texts, [len(part) for part in parts], proclitics)
    pauses = [_silence_after_s(words, index) >= PHRASE_PAUSE_S for index in range(len(words) - 1)]
    rows = zip(words, parts, stresses, [*pauses, False], strict=True)
    return [
        WordFacts(word.text, part_of_speech(word.text), word.mark, syllables, stress, pause)
        for word, syllables, stress, pause in rows
    ]


def phrases(words: Sequence[WordFacts]) -> list[Phrase]:
    """Intonation phrases of an utterance; never empty for a non-empty list of words."""
    found, first = [], 0
    for last, word in enumerate(words):
        if last + 1 == len(words) or word.mark or word.pause_after:
            tone = boundary_tone(words, last)
            found.append(Phrase(_prominent_words(words[first : last + 1], tone), tone))
            first = last + 1
    return found


def boundary_tone(words: Sequence[WordFacts], last: int) -> str:
    """Tone of the phrase that ends with word `last`, from the mark written after it."""
    mark = words[last].mark
    if mark == "?":
        return "HL-L%" if _asks_with_question_word(words, last) else "H-H%"
    if not mark and last + 1 == len(words):
        return "L-L%"
    return _TONE_OF_MARK[mark]


def _silence_after_s(words: Sequence[SpokenWord], index: int) -> float:
    return words[index + 1].phones[0].start_s - words[index].phones[-1].end_s


def _syllables(symbols: list[str]) -> tuple[Syllable, ...]:
    parts = syllabify(symbols)
    vowels = [next(symbols[phone] for phone in part if symbols[phone] in VOWELS) for part in parts]
    return tuple(Syllable(tuple(p), v, False, 0) for p, v in zip(parts, vowels, strict=True))


def _asks_with_question_word(words: Sequence[WordFacts], last: int) -> bool:
    """True if the first clause of the sentence has a question word and no czy opens it."""
    first = last
    while first > 0 and words[first - 1].mark not in ("?", "!", "."):
        first -= 1
    clause = []
    for word in words[first : last + 1]:
        clause.append(word)
        if word.mark:
            break
    opens_with_czy = "czy" in [word.text for word in clause[:2]]
    return not opens_with_czy and any(word.part_of_speech == QUESTION_WORD for word in clause)


def _prominent_words(words: Sequence[WordFacts], tone: str) -> tuple[Word, ...]:
    stresses = stressed_syllables(
        [word.stress for word in words], [word.part_of_speech for word in words]
    )
    for index, word in enumerate(words):
        if word.accented and stresses[index] is None:
            stresses[index] = word.stress.syllable
    if all(stress is None for stress in stresses):
        # A phrase of clitics only (No i?) still has a nucleus.
        stresses[-1] = max(0, words[-1].stress.last - 1)
    accents = _accents(words, stresses, tone)
    return tuple(_word(*row) for row in zip(words, stresses, accents, strict=True))


def _accents(words: Sequence[WordFacts], stresses: list[int | None], tone: str) -> list[int]:
    """Accent of each word's stressed syllable: content words, the last of them the nucleus.

    A content word that gave its stress to nie or to a preposition gives its accent too; a
    question word is accented in a question that it asks. What is decided goes before the rule,
    but a phrase always has a nucleus.
    """
    bearers = set()
    for index, word in enumerate(words):
        asks = tone == "HL-L%" and word.part_of_speech == QUESTION_WORD
        if word.part_of_speech == CONTENT or asks:
            bearers.add(index if stresses[index] is not None else index - 1)
    bearers |= {index for index, word in enumerate(words) if word.accented}
    bearers -= {index for index, word in enumerate(words) if word.accented is False}
    stressed = [index for index, stress in enumerate(stresses) if stress is not None]
    bearers &= set(stressed)
    nucleus = max(bearers, default=stressed[-1])
    accents = [PRENUCLEAR if index in bearers else 0 for index in range(len(words))]
    accents[nucleus] = _NUCLEUS_OF_TONE.get(tone, NUCLEAR)
    return accents


def _word(word: WordFacts, stress: int | None, accent: int) -> Word:
    row = list(word.syllables)
    if stress is not None:
        row[stress] = replace(row[stress], stressed=True, accent=accent)
    return Word(word.text, word.part_of_speech, tuple(row))
