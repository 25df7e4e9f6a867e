"""Matching many HTS patterns against many labels, exactly.

A pattern is searched for without its outer stars, in START + label + END. All plain ones are found
in one pass by the automaton of Aho and Corasick (1975), pyahocorasick's; those with wildcards piece
by piece between their stars, each piece at its first place behind the one before. That is enough,
for a piece has a fixed length; so nothing ever goes back, and no pattern makes a search explode.

Neighbouring phones share most of their label. What was found in a section of it, and in all that
follows the first one, is therefore remembered; a section is read with as many of the characters
behind it as a pattern that begins in it may need.
"""

import re
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache, partial

import ahocorasick
import numpy as np

START, END = "\x02", "\x03"
_TOGETHER = 4096  # questions; a multiple of 8
_LONGEST_PATTERN = 40  # that is looked for section by section
_LONGEST_LABEL = 2000  # of which anything is remembered
_SECTIONS, _TAILS = 1 << 14, 1 << 11  # remembered; together some megabytes


def delimited(pattern: str) -> str:
    """A pattern without outer stars, to be found anywhere in START + label + END."""
    core = re.sub(r"\*+", "*", pattern.strip("*"))
    start = "" if pattern.startswith("*") else START
    end = "" if pattern.endswith("*") else END
    return f"{start}{core}{end}"


@dataclass(frozen=True)
class _Wild:
    """A delimited pattern with wildcards, or a very long one; a bit for each of its questions."""

    core: str
    questions: int

    @cached_property
    def part(self) -> str:
        """The longest plain part; a text without it is told at once."""
        return max(reversed(re.split(r"[?*]+", self.core)), key=len)

    @cached_property
    def search(self) -> Callable[[str], object]:
        """What says whether a text holds it."""
        one = f"[^{START}{END}]"
        pieces = [re.escape(piece).replace(r"\?", one) for piece in self.core.split("*")]
        searches = [re.compile(piece).search for piece in pieces]
        return searches[0] if len(searches) == 1 else partial(_in_order, searches)


def _in_order(searches: Sequence[Callable[[str, int], re.Match[str] | None]], text: str) -> bool:
    """Whether each is found behind the one before."""
    place = 0
    for search in searches:
        match = search(text, place)
        if match is None:
            return False
        place = match.end()
    return True


def _found(patterns: Sequence[_Wild], text: str) -> int:
    """The questions of those patterns that a text holds."""
    row = 0
    for wild in patterns:
        if wild.part in text and wild.search(text):
            row |= wild.questions
    return row


class Matcher:
    """Answers all questions for one label after another.

    patterns: the patterns of each question.
    """

    def __init__(self, patterns: Sequence[Sequence[str]]):
        starts = range(0, len(patterns), _TOGETHER)
        self._blocks = [_Block(patterns[start : start + _TOGETHER]) for start in starts]

    def pack(self, labels: Sequence[str]) -> np.ndarray:
        """One bit per question, in numpy's order: uint8 [labels, bytes]."""
        packed = [block.pack(labels) for block in self._blocks]
        return np.hstack([np.zeros((len(labels), 0), dtype=np.uint8), *packed])


class _Block:
    """Some of the questions, so that a number with a bit for each of them stays short."""

    def __init__(self, patterns: Sequence[Sequence[str]]):
        self._n_bytes = (len(patterns) + 7) // 8
        owners: dict[str, int] = defaultdict(int)  # a bit for each question
        for question, own in enumerate(patterns):
            for pattern in own:
                owners[delimited(pattern)] |= 1 << (8 * self._n_bytes - 1 - question)
        self._always = owners.pop("", 0)
        short = {core for core in owners if "*" not in core and len(core) <= _LONGEST_PATTERN}
        plain = {core for core in short if "?" not in core}
        self._overlap = max(map(len, short), default=1) - 1
        self._short = [_Wild(core, owners[core]) for core in short - plain]
        self._whole = [_Wild(core, owners[core]) for core in owners.keys() - short]
        self._plain = ahocorasick.Automaton()
        self._plain.add_word(END + START, 0)  # it must have a word; this one is in no text
        for core in plain:
            self._plain.add_word(core, owners[core])
        self._plain.make_automaton()
        self._section = lru_cache(_SECTIONS)(self._search)
        self._tail = lru_cache(_TAILS)(self._search_sections)

    def pack(self, labels: Sequence[str]) -> np.ndarray:
        rows = [self._row(label).to_bytes(self._n_bytes, "big") for label in labels]
        return np.frombuffer(b"".join(rows), dtype=np.uint8).reshape(len(labels), self._n_bytes)

    def _row(self, label: str) -> int:
        text = f"{START}{label}{END}"
        row = self._always
        if len(label) > _LONGEST_LABEL:
            row |= self._search(text)
        else:
            cut = text.find("/") + 1
            row |= self._search(text[: cut + self._overlap]) | self._tail(text[cut:])
        return row | _found(self._whole, text)

    def _search_sections(self, text: str) -> int:
        row = start = 0
        for section in text.split("/"):
            end = start + len(section) + 1
            row |= self._section(text[start : end + self._overlap])
            start = end
        return row

    def _search(self, text: str) -> int:
        """The questions that have a short pattern without stars in a text."""
        row = 0
        for _, questions in self._plain.iter(text):
            row |= questions
        return row | _found(self._short, text)
