"""What is written around a word: marks, commas, and how a question is asked."""

from collections.abc import Sequence

import numpy as np

from intonation.evaluation.ladder.written import MARKS, SENTENCE_ENDS, WrittenWord, stretches
from intonation.polish.lexicon import QUESTION_WORD, part_of_speech

_KINDS = ("a question", "with czy", "with a question word", "by word order or tone alone")
NAMES = (
    *(f"{mark} behind the word" for mark in MARKS),
    *(f"{mark} ends the stretch" for mark in MARKS),
    *(f"{mark} precedes the stretch" for mark in MARKS),
    *(f"{mark} ends the sentence" for mark in SENTENCE_ENDS),
    *(f"the sentence is {kind}" for kind in _KINDS),
    *("words since the mark before", "words to the next mark"),
    *("commas before in the sentence", "commas after in the sentence"),
)


def punctuation(words: Sequence[WrittenWord], phrase: np.ndarray) -> np.ndarray:
    """The columns NAMES of each word, float32 [words, columns].

    A stretch lies between two marks of any kind, a sentence between two that end one; what stands
    before the first word is no mark. phrase, [words], is not asked for.
    """
    columns = np.zeros((len(words), len(NAMES)), dtype=np.float32)
    before = ""
    for first, end in stretches(words):
        after = words[end - 1].mark
        for place in range(first, end):
            ways = (words[place].mark, after, before)
            columns[place, : 3 * len(MARKS)] = np.concatenate([_one_of(way, MARKS) for way in ways])
            columns[place, -4:-2] = place - first, end - 1 - place
        before = after
    for first, end in stretches(words, SENTENCE_ENDS):
        sentence = words[first:end]
        asked = [*_one_of(sentence[-1].mark, SENTENCE_ENDS), *_question(sentence)]
        columns[first:end, 3 * len(MARKS) : -4] = asked
        commas = np.cumsum([word.mark == "comma" for word in sentence])
        columns[first:end, -2] = np.concatenate([[0], commas[:-1]])
        columns[first:end, -1] = commas[-1] - columns[first:end, -2]
    return columns


def _one_of(name: str, names: Sequence[str] | dict[str, str]) -> list[bool]:
    return [name == known for known in names]


def _question(sentence: Sequence[WrittenWord]) -> list[bool]:
    """Is it one, with czy, with a question word, with neither?"""
    asks = sentence[-1].mark == "question mark"
    with_czy = asks and any(word.text == "czy" for word in sentence[:2])
    kinds = [part_of_speech(word.text) for word in sentence]
    with_word = asks and not with_czy and QUESTION_WORD in kinds
    return [asks, with_czy, with_word, asks and not with_czy and not with_word]
