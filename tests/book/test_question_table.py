"""The table of answers: as the package answers, for every value."""

from functools import cache

import numpy as np
import pytest
from builders import FIRST, LAST, PAUSE

from intonation import polish
from intonation.book.inspector.question_table import question_table, table_answers
from intonation.labels.full_context import Labels
from intonation.labels.question_file import Question
from intonation.labels.question_set import QuestionSet
from intonation.labels.taxonomy import LEVELS
from intonation.lrp.ranking import input_groups


@cache
def questions():
    return QuestionSet([Question(*pair) for pair in polish.polish_questions()])


def of(*asked):
    return question_table(QuestionSet([Question(f"q{i}", *more) for i, more in enumerate(asked)]))


def test_answers_are_those_of_the_set():
    labels = Labels([FIRST, LAST, PAUSE])
    assert (table_answers(question_table(questions()), labels) == questions().answer(labels)).all()


def test_numbers_are_told_as_where_answers_change():
    entries = of((("*&1-*", "*&2-*"),), (("*&1?-*",),), (("*&x-*",),))["fields"]["b6"]
    assert entries["from"] == [[0, []], [1, [0]], [3, []], [10, [1]], [20, []]]
    assert entries["values"]["x"] == [2]


def test_numeric_questions_keep_their_limits():
    asked = (("*&%d-*",), True, (1.0, 5.0)), (("/J:(\\d+)+",), True)
    set_ = QuestionSet([Question(f"n{i}", *more) for i, more in enumerate(asked)])
    table = question_table(set_)
    assert table["fields"]["b6"]["numeric"] == [[0, 1.0, 5.0]]
    assert table["fields"]["j1"]["numeric"] == [[1, None, None]]
    labels = Labels([FIRST, LAST, PAUSE])
    assert (table_answers(table, labels) == set_.answer(labels)).all()


@pytest.mark.parametrize(
    "patterns",
    [("*/B:1-2-*",), ("*pau*",), ("*/A:1_*", "*/B:1-*"), ("*&?-1#*",), ("*a*b*",)],
)
def test_a_question_that_reads_no_field_alone_is_named(patterns):
    table = of((patterns,))
    assert table["fields"] == {} and "'q0' reads several fields" in table["missing"]


def test_a_question_without_patterns_is_never_true():
    assert of(((),))["missing"] is None


def test_groups_are_those_of_the_ranking():
    table = question_table(questions(), vuv=True)
    assert table["inputs"] == len(questions()) + 1
    for level in LEVELS:
        of_input = np.array(table["groups"][level.slug])
        groups = input_groups(questions(), level.slug, vuv=True)
        for number, members in enumerate(groups.values()):
            assert (np.flatnonzero(of_input == number) == members).all()
        assert (of_input >= 0).sum() == sum(map(len, groups.values()))
