import numpy as np
import pytest

from intonation.errors import QuestionError
from intonation.labels.numeric_questions import (
    compile_number,
    plain_patterns,
    read_numbers,
    starred,
)
from intonation.labels.question_file import Question

TEXTS = [
    "x^x-pau+a=l@x_x/A:0_0_0/B:x-x-x@x-x/J:12+8-1",
    "x^pau-a+l=a@1_4/A:0_0_0/B:1-0-2@1-1/J:12+8-3",
    "x^pau-a+l=a@2_30/A:0_0_0/B:1-0-2@-5-1/J:2.5+8-3",
]


def read(pattern, **limits):
    question = Question("n", (pattern,), numeric=True, **limits)
    return read_numbers(question, compile_number(question, "q.hed"), TEXTS).tolist()


def test_whole_label_patterns():
    assert read("*@%d_*") == [-1, 1, 2]
    assert read("*_%d/A:*") == [-1, 4, 30]
    assert read("*-%d") == [1, 3, 3]
    assert read("@%d_*") == [-1, -1, -1]
    assert read("*/B:?-%d-*") == [-1, 0, 0]


def test_merlin_patterns_mean_anywhere_or_the_end_that_they_touch():
    assert read(r"@(\d+)_") == [-1, 1, 2]
    assert read(r"-(\d+)") == [1, 3, 3]
    assert read(r"/J:([\d\.]+)+") == [12, 12, 2.5]
    assert read(r"@([-\d]+)-") == [-1, 1, -5]
    assert starred(r"-(\d+)") == r"*-(\d+)"
    assert plain_patterns(Question("n", (r"@(\d+)_",), numeric=True)) == ["*@0_*"]


def test_the_first_place_counts():
    assert read("*@%d*") == [-1, 1, 2]


def test_a_declared_range_becomes_0_to_1():
    assert read("*_%d/A:*", limits=(2.0, 10.0)) == [0, 0.25, 1]
    assert np.float32 is read_dtype()


def read_dtype():
    question = Question("n", ("*_%d/A:*",), numeric=True)
    return read_numbers(question, compile_number(question, ""), TEXTS).dtype.type


@pytest.mark.parametrize(
    ("patterns", "limits"),
    [
        (("*@1_*",), None),
        (("*@%d_%d*",), None),
        (("*@%d_*", "*&%d-*"), None),
        ((), None),
        (("*@%d_*x*",), None),
        (("*" + "?" * 300 + "%d*",), None),
        (("*@%d_*",), (3.0, 3.0)),
        (("*@%d_*",), (3.0, 1.0)),
    ],
)
def test_unclear_numeric_questions_are_refused(patterns, limits):
    with pytest.raises(QuestionError, match="q.hed, line 7: expected"):
        compile_number(Question("n", patterns, True, limits, line=7), "q.hed")


def test_a_megabyte_of_digits():
    question = Question("n", ("*%d/x",), numeric=True)
    assert read_numbers(question, compile_number(question, ""), ["1" * 1_000_000]).tolist() == [-1]
