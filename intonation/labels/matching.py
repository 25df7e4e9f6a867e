"""Matching many HTS patterns against many labels, exactly, and reading numbers in them.

A pattern is searched for without its outer stars, in START + label + END. All plain ones are found
in one pass by the automaton of Aho and Corasick (1975), pyahocorasick's; those with wildcards piece
by piece between their stars, each piece at its first place behind the one before. That is enough,
for a piece has a fixed length; so nothing ever goes back, and no pattern makes a search explode.

Neighbouring phones share most of their label. What was found in a section of it, and in all that
follows the first one, is therefore remembered; a section is read with as many of the characters
behind it as a pattern that begins in it may need.

Numeric questions (`CQS`) ask for the number that stands in a label, raw or scaled to a range. It
is written `%d` as in HTS 2.3 or `(\\d+)`, `([\\d\\.]+)`, `([-\\d]+)` as in Merlin. HTS patterns
match the whole label. Merlin's have no stars and mean "anywhere"; where such a pattern begins or
ends with the number, that is where the label begins or ends. Of several places the first counts.
"""

import re
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache, partial

import ahocorasick
import numpy as np

from intonation.errors import QuestionError
from intonation.labels.question_file import Question

START, END = "\x02", "\x03"
_TOGETHER = 4096  # questions; a multiple of 8
_LONGEST_PATTERN = 40  # that is looked for section by section
_LONGEST_LABEL = 2000  # of which anything is remembered
_SECTIONS, _TAILS = 1 << 14, 1 << 11  # remembered; together some megabytes

_NUMBERS = {
    "%d": r"([+-]?\d{1,15})",
    r"(\d+)": r"(\d{1,15})",
    r"([\d\.]+)": r"(\d{1,15}(?:\.\d{0,15})?)",
    r"([-\d]+)": r"(-?\d{1,15})",
}
_NUMBER = re.compile("|".join(map(re.escape, _NUMBERS)))
NOT_APPLICABLE = -1.0
_MOST = 200  # wildcards cost their number times the length of the label


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


def starred(pattern: str) -> str:
    """The pattern in HTS form: with the stars that a Merlin pattern leaves out."""
    if "*" in pattern or "?" in pattern:
        return pattern
    places = [match.span() for match in _NUMBER.finditer(pattern)]
    first = "" if places and places[0][0] == 0 else "*"
    last = "" if places and places[-1][1] == len(pattern) else "*"
    return f"{first}{pattern}{last}"


def plain_patterns(question: Question) -> list[str]:
    """The patterns of a question; of a numeric one with a digit where its number stands."""
    if not question.numeric:
        return list(question.patterns)
    return [_NUMBER.sub("0", starred(pattern)) for pattern in question.patterns]


def compile_number(question: Question, where: str) -> re.Pattern[str]:
    """What finds the number of a numeric question in a label, as its only group.

    Raises QuestionError unless there is one pattern with one number and without inner
    stars, and a declared range runs upwards.
    """
    patterns = [starred(pattern) for pattern in question.patterns]
    core = patterns[0].strip("*") if patterns else ""
    pieces = _NUMBER.split(core)
    if len(patterns) != 1 or len(pieces) != 2 or "*" in core or len(core) > _MOST:
        raise QuestionError(
            f"{where}, line {question.line}: expected a numeric question with one pattern that "
            f"holds one number (%d), stars only at its ends and at most {_MOST} characters, "
            f"found {str(question.patterns)[:200]}"
        )
    if question.limits and not question.limits[0] < question.limits[1]:
        raise QuestionError(
            f"{where}, line {question.line}: expected MIN below MAX, "
            "found {:g} and {:g}".format(*question.limits)
        )
    (number,) = (_NUMBERS[written] for written in _NUMBER.findall(core))
    before, after = (re.escape(piece).replace(r"\?", ".") for piece in pieces)
    start = "" if patterns[0].startswith("*") else r"\A"
    end = "" if patterns[0].endswith("*") else r"\Z"
    return re.compile(f"{start}{before}{number}{after}{end}", re.DOTALL)


def read_numbers(
    question: Question, expression: re.Pattern[str], texts: Sequence[str]
) -> np.ndarray:
    """The number in each label, float32 [phones].

    With a declared range it is scaled so that the range becomes 0 to 1, clipped there, and
    0 where the label holds no number, as in HTS; without a range it is the number itself,
    or -1 where there is none, as in Merlin.
    """
    matches = [expression.search(text) for text in texts]
    low, high = question.limits or (0.0, 0.0)
    missing = low if question.limits else NOT_APPLICABLE
    values = np.array([float(match[1]) if match else missing for match in matches])
    if question.limits:
        values = ((values - low) / (high - low)).clip(0.0, 1.0)
    return values.astype(np.float32)
