"""Question sets: reading them, answering them for labels, and grouping them.

HTS semantics: a pattern is compared with the whole label, `*` stands for any run of
characters and `?` for exactly one; a question is true where one of its patterns matches.
"""

import argparse
import os
import sys
from collections.abc import Iterable, Iterator
from functools import cached_property
from pathlib import Path

import numpy as np

from intonation.errors import IntonationError, QuestionError
from intonation.labels.full_context import Labels, read_labels
from intonation.labels.label_shape import ENGLISH_FIELDS
from intonation.labels.matching import Matcher
from intonation.labels.numeric_questions import compile_number, read_numbers
from intonation.labels.question_fields import read_questions_fields
from intonation.labels.question_file import Question, load_questions
from intonation.labels.question_file import write_questions as write_question_records
from intonation.labels.taxonomy import Reading, group_questions

_BLOCK_PHONES = 512


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
        self._numbers = {
            index: compile_number(question, name)
            for index, question in enumerate(self.questions)
            if question.numeric
        }

    def __len__(self) -> int:
        return len(self.questions)

    def __iter__(self) -> Iterator[Question]:
        return iter(self.questions)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, QuestionSet) and self.questions == other.questions

    def __hash__(self) -> int:
        return hash(self.questions)

    def __reduce__(self):
        return QuestionSet, (self.questions, self.name)  # what answering has learnt stays behind

    @cached_property
    def names(self) -> list[str]:
        """The question names, in order."""
        return [question.name for question in self.questions]

    @cached_property
    def readings(self) -> list[Reading]:
        """The label field that each question reads, and how."""
        return read_questions_fields(self.questions, ENGLISH_FIELDS)

    @property
    def unknown(self) -> list[str]:
        """Names of the questions that read no known field, or several: the group OTHER."""
        pairs = zip(self.names, self.readings, strict=True)
        return [name for name, reading in pairs if reading.field is None]

    def groups(self, level: str | int) -> dict[str, np.ndarray]:
        """Group name to int64 question indices at a level of abstraction (slug or number).

        Raises ParameterError for a level that does not exist.
        """
        groups = group_questions(self.readings, level)
        return {name: np.array(indices, dtype=np.int64) for name, indices in groups.items()}

    @cached_property
    def _matcher(self) -> Matcher:
        return Matcher([() if item.numeric else item.patterns for item in self.questions])

    def answer(self, labels: Labels) -> np.ndarray:
        """All answers: uint8 [phones, questions], 1 where a question is true, else 0.

        A set with numeric questions gives float32 [phones, questions]; see
        `numeric.read_numbers` for their values.
        """
        if len(labels) <= _BLOCK_PHONES:
            return self._answer_block(labels.texts)
        answers = np.empty((len(labels), len(self)), np.float32 if self._numbers else np.uint8)
        for start in range(0, len(labels), _BLOCK_PHONES):
            texts = labels.texts[start : start + _BLOCK_PHONES]
            answers[start : start + len(texts)] = self._answer_block(texts)
        return answers

    def answer_packed(self, labels: Labels) -> np.ndarray:
        """The answers to the yes/no questions, eight to a byte: uint8 [phones, bytes].

        `np.unpackbits(packed, axis=1, count=len(questions), bitorder="little")` is `answer`;
        the bits of numeric questions are 0. An eighth of its memory.
        """
        return self._matcher.pack(labels.texts)

    def iter_answers(
        self, corpus: Iterable[Labels], block_phones: int = _BLOCK_PHONES
    ) -> Iterator[np.ndarray]:
        """The answers for utterance after utterance, in blocks of at most so many phones.

        Memory does not grow with the corpus: [at most block_phones, questions] at a time.
        """
        for labels in corpus:
            for start in range(0, len(labels), block_phones):
                yield self._answer_block(labels.texts[start : start + block_phones])

    def _answer_block(self, texts: list[str]) -> np.ndarray:
        answers = np.unpackbits(
            self._matcher.pack(texts), axis=1, count=len(self), bitorder="little"
        )
        if self._numbers:
            answers = answers.astype(np.float32)
            for index, expression in self._numbers.items():
                answers[:, index] = read_numbers(self.questions[index], expression, texts)
        return answers


def read_questions(path: str | os.PathLike, encoding: str | None = None) -> QuestionSet:
    """The question set of a file.

    encoding: None takes UTF-8, else cp1250. Raises QuestionError, with the line, for a
    file that cannot be read, breaks the grammar or uses a name twice.
    """
    return QuestionSet(load_questions(path, encoding), name=str(Path(path)))


def write_questions(path: str | os.PathLike, questions: QuestionSet) -> None:
    """Write a question set in UTF-8; reading it back gives an equal set."""
    write_question_records(path, questions)


def main(arguments: list[str] | None = None) -> int:
    """`lint FILE [--labels FOLDER]`: print what is likely to be wrong; 1 if anything is."""
    from intonation.labels.question_lint import lint_questions  # it needs this module

    parser = argparse.ArgumentParser(prog="python -m intonation.labels.question_set")
    commands = parser.add_subparsers(dest="command", required=True)
    lint = commands.add_parser("lint", help="name questions that are likely to be wrong")
    lint.add_argument("file", help="question set (.hed)")
    lint.add_argument("--labels", help="folder of .lab files to try the questions on")
    lint.add_argument("--encoding", help="of the files; UTF-8, else cp1250, by default")
    options = parser.parse_args(arguments)
    try:
        paths = sorted(Path(options.labels).glob("*.lab")) if options.labels else []
        corpus = [read_labels(path, options.encoding) for path in paths]
        questions = load_questions(options.file, options.encoding)
    except IntonationError as error:
        print(error, file=sys.stderr)
        return 2
    findings = lint_questions(questions, corpus)
    for finding in findings:
        print(f"{options.file}:{finding.line}: {finding.name}: {finding.problem}")
    print(f"{len(questions)} questions, {len(findings)} findings")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
