"""What is likely to be wrong in a question set: answers that never or always are the same.

`python -m intonation.labels.question_lint FILE [--labels FOLDER]` prints one line per finding.
"""

import argparse
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import numpy as np

from intonation.errors import IntonationError, QuestionError
from intonation.labels.full_context import Labels, read_labels
from intonation.labels.label_shape import ENGLISH_FIELDS, KNOWN_SHAPES, LabelShape
from intonation.labels.matching import Matcher, compile_number, plain_patterns, starred
from intonation.labels.question_fields import PatternReader, read_questions_fields
from intonation.labels.question_file import Question, load_questions
from intonation.labels.question_set import QuestionSet

_FOREIGN = "\x01"  # stands for every character that neither pattern nor shape mentions
_MOST_STATES = 20_000
_Place = tuple[int, int]  # which pattern, and how far in it


class Finding(NamedTuple):
    """A question that deserves a look, and why."""

    line: int
    name: str
    problem: str


_Problems = Iterator[tuple[Question, str]]


def lint_questions(
    questions: Sequence[Question], corpus: Iterable[Labels] | None = None
) -> list[Finding]:
    """What is likely to be wrong, by line.

    corpus: also names the questions that have one answer on all of its phones, or the same
    answers as an earlier question.
    """
    corpus = list(corpus or [])
    shape = corpus[0].shape if corpus else likely_shape(questions)
    broken = list(_broken(questions))
    found = [*broken, *_same_names(questions), *_same_patterns(questions)]
    found += [*_unmatchable(questions, shape), *_universal(questions, shape)]
    if shape in ENGLISH_FIELDS:
        found += _unknown_fields(questions, shape)
    if corpus and not broken:
        found += _on_corpus(questions, corpus)
    return sorted(Finding(question.line, question.name, problem) for question, problem in found)


def likely_shape(questions: Sequence[Question]) -> LabelShape:
    """The known label shape of which most of the questions (a hundred of them) read a field."""
    some = questions[:: max(1, len(questions) // 100)]

    def explained(shape: LabelShape) -> int:
        reader = PatternReader(shape)
        return sum(any(map(reader.read, plain_patterns(question))) for question in some)

    return max(KNOWN_SHAPES, key=explained)


def _broken(questions: Sequence[Question]) -> _Problems:
    for question in filter(lambda item: item.numeric, questions):
        try:
            compile_number(question, "")
        except QuestionError as error:
            yield question, str(error).partition(": ")[2]


def _same_names(questions: Sequence[Question]) -> _Problems:
    first: dict[str, int] = {}
    for question in questions:
        line = first.setdefault(question.name, question.line)
        if line != question.line:
            yield question, f"has the name of the question in line {line}"


def _same_patterns(questions: Sequence[Question]) -> _Problems:
    first: dict[Question, Question] = {}
    for question in questions:
        own = {starred(p) if question.numeric else p for p in question.patterns}
        other = first.setdefault(replace(question, name="", patterns=tuple(sorted(own))), question)
        if other is not question:
            yield question, f"duplicates {other.name!r} in line {other.line}: the same patterns"


def _unmatchable(questions: Sequence[Question], shape: LabelShape) -> _Problems:
    for question in questions:
        dead = [pattern for pattern in plain_patterns(question) if not can_match(pattern, shape)]
        never = f"can never match a label of the shape {shape.name}"
        if len(dead) == len(question.patterns):
            hint = " (stars missing?)" if any("*" not in pattern for pattern in dead) else ""
            yield question, never + hint
        elif dead:
            yield question, f"pattern {dead[0]!r} {never}"


def _universal(questions: Sequence[Question], shape: LabelShape) -> _Problems:
    samples = [value.join(shape.separators) for value in ("", _FOREIGN, _FOREIGN * 2)]
    patterns = [() if question.numeric else question.patterns for question in questions]
    answers = np.unpackbits(Matcher(patterns).pack(samples), axis=1, count=len(questions))
    for index in np.flatnonzero(answers.all(axis=0)).tolist():
        if always_matches(patterns[index], shape):
            yield questions[index], "matches every label"


def _unknown_fields(questions: Sequence[Question], shape: LabelShape) -> _Problems:
    readings = read_questions_fields(questions, [shape])
    for question, reading in zip(questions, readings, strict=True):
        if reading.field is None:
            yield question, "reads no known label field, or several"


def _on_corpus(questions: Sequence[Question], corpus: list[Labels]) -> _Problems:
    """Constant and equal columns of the answers."""
    unique = QuestionSet({item.name: item for item in reversed(questions)}.values())
    answers = np.concatenate(list(map(unique.answer, corpus)))
    alike: dict[int, list[Question]] = defaultdict(list)
    for question, column in zip(unique, answers.T, strict=True):
        if (column == column[0]).all():
            yield question, f"is {column[0]:g} for all {len(column)} phones of the corpus"
        else:
            alike[hash(column.tobytes())].append(question)
    for group in alike.values():
        first, *others = sorted(group, key=lambda item: item.line)
        for other in others:
            same = f"has the answers of {first.name!r} (line {first.line})"
            yield other, f"{same} on all {len(answers)} phones"


@lru_cache(maxsize=100_000)
def can_match(pattern: str, shape: LabelShape) -> bool:
    """Whether any label of the shape, whatever its field values, matches the pattern."""
    known = {*"".join(shape.separators), "*", "?"}
    return _can_match("".join(char if char in known else "a" for char in pattern), shape)


@lru_cache(maxsize=10_000)
def _can_match(pattern: str, shape: LabelShape) -> bool:
    return any(_outcomes([pattern], shape, apart=True))


def always_matches(patterns: Sequence[str], shape: LabelShape) -> bool:
    """Whether every label of the shape matches one of the patterns.

    False, too, where to find out would take too long.
    """
    return all(_outcomes(patterns, shape))


def _outcomes(patterns: Sequence[str], shape: LabelShape, *, apart: bool = False) -> Iterator[bool]:
    """Whether one of the patterns matches, for each kind of label; last False where it is too much.

    Walks through shape and patterns side by side: a state is how far it is in the shape, and all
    places in the patterns that the label up to there leads to. apart: each of them is a state of
    its own, which is enough to find a label that matches and soon done.
    """
    chain = _chain(shape)
    alphabet = {_FOREIGN, *"".join(patterns)} - {"*", "?"}
    ends = {(index, len(pattern)) for index, pattern in enumerate(patterns)}
    first = _behind_stars(patterns, [(index, 0) for index in range(len(patterns))])
    todo = [(0, places) for places in _states(first, apart)]
    seen = set(todo)
    while todo and (apart or len(seen) <= _MOST_STATES):
        done, places = todo.pop()
        if done == len(chain):
            yield not places.isdisjoint(ends)
            continue
        literal, refused = chain[done]
        following = {(done + 1, places)} if not literal else set()
        for char in literal or alphabet - refused:
            after = _states(_advance(patterns, places, char), apart)
            following |= {(done + bool(literal), state) for state in after}
        todo += following - seen
        seen |= following
    if todo:
        yield False


def _states(places: frozenset[_Place], apart: bool) -> list[frozenset[_Place]]:
    return [frozenset([place]) for place in places] if apart else [places]


@lru_cache(maxsize=16)
def _chain(shape: LabelShape) -> list[tuple[str, frozenset[str]]]:
    """A shape as literal characters, and as fields: "" and the characters that they cannot hold."""
    chain = [(char, frozenset[str]()) for char in shape.separators[0]]
    for separator in shape.separators[1:]:
        chain.append(("", frozenset({"/", separator} if len(separator) == 1 else {"/"})))
        chain += [(char, frozenset()) for char in separator]
    return chain


def _advance(patterns: Sequence[str], places: Iterable[_Place], char: str) -> frozenset[_Place]:
    """Where the patterns stand after one more character."""
    after = []
    for index, place in places:
        symbol = patterns[index][place : place + 1]
        if symbol in ("*", "?", char):
            after.append((index, place + (symbol != "*")))
    return _behind_stars(patterns, after)


def _behind_stars(patterns: Sequence[str], places: Iterable[_Place]) -> frozenset[_Place]:
    """With the places behind stars that may stand for nothing."""
    found = set()
    for index, place in places:
        found.add((index, place))
        while patterns[index][place : place + 1] == "*":
            place += 1
            found.add((index, place))
    return frozenset(found)


def main(arguments: list[str] | None = None) -> int:
    """Print what is likely to be wrong in a file; 1 if anything is, 2 if it cannot be read."""
    parser = argparse.ArgumentParser(prog="python -m intonation.labels.question_lint")
    parser.add_argument("file", help="question set (.hed)")
    parser.add_argument("--labels", help="folder of .lab files to try the questions on")
    parser.add_argument("--encoding", help="of the files; UTF-8, else cp1250, by default")
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
