"""Numeric questions (`CQS`): the number that stands in a label, raw or scaled to a range.

The number is written `%d` as in HTS 2.3 or `(\\d+)`, `([\\d\\.]+)`, `([-\\d]+)` as in Merlin.
HTS patterns match the whole label. Merlin's have no stars and mean "anywhere"; where such a
pattern begins or ends with the number, that is where the label begins or ends. Of several
places the first counts.
"""

import re
from collections.abc import Sequence

import numpy as np

from intonation.errors import QuestionError
from intonation.labels.question_file import Question

_NUMBERS = {
    "%d": r"([+-]?\d{1,15})",
    r"(\d+)": r"(\d{1,15})",
    r"([\d\.]+)": r"(\d{1,15}(?:\.\d{0,15})?)",
    r"([-\d]+)": r"(-?\d{1,15})",
}
_NUMBER = re.compile("|".join(map(re.escape, _NUMBERS)))
NOT_APPLICABLE = -1.0
_LONGEST = 200  # wildcards cost their number times the length of the label


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
    if len(patterns) != 1 or len(pieces) != 2 or "*" in core or len(core) > _LONGEST:
        raise QuestionError(
            f"{where}, line {question.line}: expected a numeric question with one pattern that "
            f"holds one number (%d), stars only at its ends and at most {_LONGEST} characters, "
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
