"""The answers to all questions for each value that a label's field can have, as a table.

With it a page answers a question set for labels that it makes itself, pattern by pattern as the
package does: every entry is what `QuestionSet.answer` gives for a label with that value.
"""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import numpy as np

from intonation.labels.full_context import Labels
from intonation.labels.label_shape import ENGLISH
from intonation.labels.matching import NOT_APPLICABLE, plain_patterns
from intonation.labels.question_fields import PatternReader
from intonation.labels.question_file import Question
from intonation.labels.question_set import QuestionSet
from intonation.labels.taxonomy import LEVELS, PHONE_FIELDS
from intonation.lrp.ranking import input_groups
from intonation.polish.lexicon import PARTS_IN_WORDS, PARTS_OF_SPEECH
from intonation.polish.phones import INVENTORY, PAUSE, VOWELS
from intonation.polish.prosody import TONES

MOST = 999  # of anything that a label counts

# What a label can say where it does not count.
_WORDS = dict.fromkeys(PHONE_FIELDS, ("x", PAUSE, *(phone.symbol for phone in INVENTORY)))
_WORDS |= dict.fromkeys(("d1", "e1", "f1"), ("x", *PARTS_OF_SPEECH))
_WORDS |= {"b16": ("x", *sorted(VOWELS)), "h5": ("x", *TONES)}
# Of one character in every label, so that a pattern's ? before another field means no more.
_SHORT = ("a1", "b1", "c1", "a2", "b2", "c2")


@lru_cache(maxsize=8)
def question_table(questions: QuestionSet, *, vuv: bool = False) -> dict[str, Any]:
    """The table of a question set, as plain JSON values that nobody may change.

    vuv: whether the network has the input `vuv` after the questions.
    Returns `missing` (None, or a sentence that says why there are no fields), `inputs` (how many),
    `fields` (of each field, in the order of a label: `values`, the indices of the questions
    answered yes for a text; `from`, [number, indices] for it and all numbers up to the next;
    `numeric`, [index, low, high] of questions that ask for the number itself, limits None where it
    is not scaled), `groups` (of each level, the group of each input, -1 for none, in the order of
    `input_groups`) and `parts_of_speech` (in words).
    """
    reader = PatternReader(ENGLISH)
    read = [_field_read(reader, question) for question in questions]
    strange = [question.name for question, own in zip(questions, read, strict=True) if own is None]
    fields = {}
    for name in ENGLISH.field_names:
        indices = np.array([index for index, own in enumerate(read) if own == name], dtype=int)
        own = QuestionSet([questions.questions[index] for index in indices])
        texts = _texts(reader, name, own)
        fields[name] = _entries(texts, _answers(name, texts, own), indices, own)
        strange += _dependent(name, texts, own)
    return {
        "format": 1,
        "missing": _why_not(questions, strange),
        "inputs": len(questions) + vuv,
        "fields": {} if strange else fields,
        "groups": {level.slug: _group_of(questions, level.slug, vuv) for level in LEVELS},
        "parts_of_speech": dict(PARTS_IN_WORDS),
    }


def table_answers(table: Mapping[str, Any], labels: Labels) -> np.ndarray:
    """The answers by the table, float32 [phones, questions], as `QuestionSet.answer` has them.

    Raises KeyError for a value that the table does not know.
    """
    answers = np.zeros((len(labels), table["inputs"]), dtype=np.float32)
    for name, field in table["fields"].items():
        for text in np.unique(labels.fields(name)).tolist():
            phones = np.flatnonzero(labels.fields(name) == text)
            answers[np.ix_(phones, _entry(field, text))] = 1
            for index, low, high in field["numeric"]:
                answers[phones, index] = _number(text, low, high)
    return answers


def _entry(field: Mapping[str, Any], text: str) -> list[int]:
    if not text.isdecimal():
        return field["values"][text]
    if int(text) > MOST:
        raise KeyError(text)
    return [entry for number, entry in field["from"] if number <= int(text)][-1]


def _number(text: str, low: float | None, high: float | None) -> float:
    """What `numeric_questions.read_numbers` reads where this is all that stands in its place."""
    if low is None or high is None:
        return float(text) if text.isdecimal() else NOT_APPLICABLE
    value = float(text) if text.isdecimal() else low
    return min(max((value - low) / (high - low), 0.0), 1.0)


def _field_read(reader: PatternReader, question: Question) -> str | None:
    """The one field that every pattern reads, "" where there is no pattern; None for any other."""
    patterns = list(filter(None, plain_patterns(question)))
    read = [{value.field for value in reader.read(pattern)} for pattern in patterns]
    fields = set().union(*read)
    if len(fields) > 1 or any(len(one) != 1 for one in read):
        return None
    return next(iter(fields), "")


def _texts(reader: PatternReader, name: str, own: QuestionSet) -> list[str]:
    """All that may stand in a field: words, those that are asked for among them, and numbers."""
    asked = [value.value for q in own for p in plain_patterns(q) for value in reader.read(p)]
    words = [text for text in asked if not set("?*") & set(text) and not text.isdecimal()]
    return [*dict.fromkeys((*_WORDS.get(name, ("x",)), *words)), *map(str, range(MOST + 1))]


def _answers(name: str, texts: list[str], own: QuestionSet, *, others: str = "x") -> np.ndarray:
    """Answers [texts, questions] for labels that say `others` in all fields but one."""
    rest = dict.fromkeys(ENGLISH.field_names, others) | dict.fromkeys(_SHORT, others[:1])
    return own.answer(Labels([ENGLISH.template.format(**{**rest, name: text}) for text in texts]))


def _dependent(name: str, texts: list[str], own: QuestionSet) -> list[str]:
    """The questions whose answer depends on what other fields say."""
    one, other = (_answers(name, texts, own, others=others) for others in ("x", "10"))
    return [own.names[column] for column in np.flatnonzero((one != other).any(axis=0))]


def _entries(
    texts: list[str], answers: np.ndarray, indices: np.ndarray, own: QuestionSet
) -> dict[str, Any]:
    """The entries of one field; answers [texts, questions of the field]."""
    yes = answers.copy()
    yes[:, own.numeric] = 0
    entries = [indices[row != 0].tolist() for row in yes]
    count = len(texts) - MOST - 1
    numbers = list(enumerate(entries[count:]))
    limits = [own.questions[column].limits or (None, None) for column in own.numeric]
    numeric = zip(indices[own.numeric].tolist(), limits, strict=True)
    return {
        "values": dict(zip(texts[:count], entries, strict=False)),
        "from": [[n, entry] for n, entry in numbers if n == 0 or entry != numbers[n - 1][1]],
        "numeric": [[index, *pair] for index, pair in numeric],
    }


def _why_not(questions: QuestionSet, strange: list[str]) -> str | None:
    if not strange:
        return None
    return (
        f"The question '{strange[0]}' reads several fields of a label, or none that is known "
        f"({len(strange)} of {len(questions)} such), so it cannot be answered for changed facts."
    )


def _group_of(questions: QuestionSet, slug: str, vuv: bool) -> list[int]:
    of = np.full(len(questions) + vuv, -1)
    for number, members in enumerate(input_groups(questions, slug, vuv=vuv).values()):
        of[members] = number
    return of.tolist()
