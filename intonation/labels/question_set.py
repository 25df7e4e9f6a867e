"""Question sets: reading them, answering them for labels, and grouping them.

HTS semantics: a pattern is compared with the whole label, `*` stands for any run of
characters and `?` for exactly one; a question is true where one of its patterns matches.
"""

import os
from collections.abc import Iterable, Iterator
from functools import cached_property
from pathlib import Path

import numpy as np

from intonation.errors import QuestionError
from intonation.labels.full_context import Labels
from intonation.labels.label_shape import ENGLISH_FIELDS
from intonation.labels.matching import Matcher, compile_number, read_numbers
from intonation.labels.question_fields import read_questions_fields
from intonation.labels.question_file import Question, load_questions
from intonation.labels.taxonomy import Reading, group_questions

PHONE = "p3"  # the field


class QuestionSet:
    """Questions with different names, in the order of their file.

    Raises QuestionError where a name occurs twice or a numeric question is unclear.
    """

    def __init__(self, questions: Iterable[Question], name: str = "questions"):
        self.questions = tuple(questions)
        self.name = name
        seen: dict[str, int] = {}
        for question in self.questions:
            if question.name in seen:
                raise QuestionError(
                    f"{name}, line {question.line}: expected a new question name, found "
                    f"{question.name!r} again (first in line {seen[question.name]})"
                )
            seen[question.name] = question.line
        self._grouped: dict[str | int, dict[str, np.ndarray]] = {}  # by level, when asked for
        self.numeric = np.flatnonzero([question.numeric for question in self.questions])
        self._expressions = [compile_number(self.questions[index], name) for index in self.numeric]

    def __len__(self) -> int:
        return len(self.questions)

    def __iter__(self) -> Iterator[Question]:
        return iter(self.questions)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, QuestionSet) and self.questions == other.questions

    def __hash__(self) -> int:
        return hash(self.questions)

    def __reduce__(self) -> tuple[type, tuple[tuple[Question, ...], str]]:
        return QuestionSet, (self.questions, self.name)  # what answering has learnt stays behind

    @cached_property
    def names(self) -> list[str]:
        """The question names, in order."""
        return [question.name for question in self.questions]

    @cached_property
    def readings(self) -> list[Reading]:
        """The label field that each question reads, and how."""
        return read_questions_fields(self.questions, ENGLISH_FIELDS)

    @cached_property
    def phone_questions(self) -> np.ndarray:
        """Indices of the questions that ask which phone it is, int64."""
        fields = [reading.field and reading.field.name for reading in self.readings]
        return np.flatnonzero([name == PHONE for name in fields])

    @property
    def unknown(self) -> list[str]:
        """Names of the questions that read no known field, or several: the group OTHER."""
        pairs = zip(self.names, self.readings, strict=True)
        return [name for name, reading in pairs if reading.field is None]

    def groups(self, level: str | int) -> dict[str, np.ndarray]:
        """Group name to int64 question indices at a level of abstraction (slug or number).

        Raises ParameterError for a level that does not exist.
        """
        if level not in self._grouped:
            groups = group_questions(self.readings, level)
            self._grouped[level] = {n: np.array(i, dtype=np.int64) for n, i in groups.items()}
        return {name: indices.copy() for name, indices in self._grouped[level].items()}

    @cached_property
    def _matcher(self) -> Matcher:
        return Matcher([() if item.numeric else item.patterns for item in self.questions])

    def answer(self, labels: Labels) -> np.ndarray:
        """All answers: uint8 [phones, questions], 1 where a question is true, else 0.

        A set with numeric questions gives float32 [phones, questions]; see
        `matching.read_numbers` for their values.
        """
        return unpack(*self.pack(labels), self.numeric, len(self))

    def pack(self, labels: Labels) -> tuple[np.ndarray, np.ndarray]:
        """The same answers as bits, an eighth of their size, and numbers.

        Returns uint8 [phones, bytes] in the order of numpy's packbits, in which a number counts
        as true unless it is 0, and float32 [phones, numeric questions].
        """
        texts = labels.texts
        packed = self._matcher.pack(texts)
        numbers = np.zeros((len(texts), len(self.numeric)), np.float32)
        if not len(self.numeric):
            return packed, numbers
        for column, (index, found) in enumerate(zip(self.numeric, self._expressions, strict=True)):
            numbers[:, column] = read_numbers(self.questions[index], found, texts)
        true = np.zeros((len(texts), len(self)), dtype=bool)
        true[:, self.numeric] = numbers != 0
        return packed | np.packbits(true, axis=1), numbers


def unpack(packed: np.ndarray, numbers: np.ndarray, numeric: np.ndarray, count: int) -> np.ndarray:
    """The answers that `QuestionSet.pack` packed, [phones, questions]: uint8, or float32.

    numeric: the columns of the numbers. count: of all questions.
    """
    answers = np.unpackbits(packed, axis=1, count=count)
    if not len(numeric):
        return answers
    answers = answers.astype(np.float32)
    answers[:, numeric] = numbers
    return answers


def read_questions(path: str | os.PathLike[str], encoding: str | None = None) -> QuestionSet:
    """The question set of a file.

    encoding: None takes UTF-8, else cp1250. Raises QuestionError, with the line, for a
    file that cannot be read, breaks the grammar or uses a name twice.
    """
    return QuestionSet(load_questions(path, encoding), name=str(Path(path)))
