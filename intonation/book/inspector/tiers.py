"""Phrases, words, syllables and phones of an utterance with their times, from its labels."""

import re
from collections.abc import Sequence
from typing import Any

import numpy as np

from intonation.labels.full_context import Labels
from intonation.labels.intervals import TICKS_PER_S, Interval
from intonation.labels.label_shape import ENGLISH_FIELDS

_PART = re.compile(r"[^\s–—-]+[–—-]*")  # a word of an interval that holds several

Tiers = dict[str, list[list[Any]]]
Span = list[int]  # first and last phone


def tiers_of(labels: Labels, words: Sequence[Interval] = ()) -> Tiers:
    """All tiers, from labels with times of any corpus.

    words: orthographic words with their times; without them a word is spelt by its phones.
    Returns phrases [start, end, tone], words [start, end, text, part of speech], syllables [start,
    end, text, stressed (0 or 1), accent] and phones [start, end, symbol], times in seconds. A pause
    is in no syllable. Labels without the fields of the HTS demo's for English give phones only.
    Raises LabelError where labels have no times, or no phones (p3).
    """
    times = np.column_stack(labels.times) / TICKS_PER_S
    symbols = labels.fields("p3").tolist()
    spans = _spans(labels) if labels.shape in ENGLISH_FIELDS else ([], [], [])
    phrases, inside, syllables = ([_stretch(times, *span) for span in unit] for unit in spans)

    def told(field: str, unit: list[Span]) -> list[str]:
        return [str(labels.fields(field)[first]) for first, _ in unit]

    def add(stretches: list[list[float]], *columns: Sequence[Any]) -> list[list[Any]]:
        return [[*row, *more] for row, *more in zip(stretches, *columns, strict=True)]

    spelt = [["".join(symbols[first : last + 1]) for first, last in unit] for unit in spans]
    stressed = [int(value == "1") for value in told("b1", spans[2])]
    accents = [int(value) if value.isdecimal() else value for value in told("b2", spans[2])]
    return {
        "phrases": add(phrases, told("h5", spans[0])),
        "words": add(inside, _spelling(inside, words, spelt[1]), told("e1", spans[1])),
        "syllables": add(syllables, spelt[2], stressed, accents),
        "phones": [[*_stretch(times, i, i), symbol] for i, symbol in enumerate(symbols)],
    }


def _stretch(times: np.ndarray, first: int, last: int) -> list[float]:
    return [round(float(times[first, 0]), 4), round(float(times[last, 1]), 4)]


def _spans(labels: Labels) -> tuple[list[Span], list[Span], list[Span]]:
    """Phrases, words and syllables; a pause may lie within a word or phrase, never at its edge."""
    spans: tuple[list[Span], list[Span], list[Span]] = ([], [], [])
    before: tuple[str | None, ...] = (None, None, None)
    columns = (labels.fields(name).tolist() for name in ("p6", "b4", "e3", "h3"))
    for phone, (in_syllable, *here) in enumerate(zip(*columns, strict=True)):
        if not in_syllable.isdecimal():
            continue
        syllable = in_syllable == "1" or tuple(here) != before
        word = here[1:] != list(before[1:]) or (in_syllable == "1" and here[0] == "1")
        phrase = here[2] != before[2] or (word and here[1] == "1")
        for unit, begins in zip(spans, (phrase, word, syllable), strict=True):
            if begins:
                unit.append([phone, phone])
            unit[-1][1] = phone
        before = tuple(here)
    return spans


def _spelling(
    stretches: list[list[float]], words: Sequence[Interval], spelt: list[str]
) -> list[str]:
    """The orthographic words in each stretch of time; what is spelt already where there are none.

    An interval that holds the middles of several stretches is shared out among them, if it has a
    word for each; else all of it goes to the first.
    """
    found: list[list[str]] = [[] for _ in stretches]
    for word in words:
        overlap = [min(end, word.end_s) - max(start, word.start_s) for start, end in stretches]
        if not word.text.strip() or max(overlap, default=0) <= 0:
            continue
        middles = [(start + end) / 2 for start, end in stretches]
        inside = [i for i, middle in enumerate(middles) if word.start_s <= middle < word.end_s]
        parts = _PART.findall(word.text)
        if len(inside) < 2 or len(parts) != len(inside):
            inside, parts = (inside or [int(np.argmax(overlap))])[:1], [word.text.strip()]
        for index, part in zip(inside, parts, strict=True):
            found[index].append(part)
    return [" ".join(own) or phones for own, phones in zip(found, spelt, strict=True)]
