import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from patterns import LABEL, as_expression, matches

from intonation.errors import QuestionError
from intonation.labels import matching
from intonation.labels.matching import (
    Matcher,
    compile_number,
    plain_patterns,
    read_numbers,
    starred,
)
from intonation.labels.question_file import Question


def answers(patterns_of_questions, labels):
    packed = Matcher(patterns_of_questions).pack(labels)
    bits = np.unpackbits(packed, axis=1, count=len(patterns_of_questions))
    return bits.astype(bool).tolist()


def expected(patterns_of_questions, labels):
    return [
        [any(matches(p, label) for p in own) for own in patterns_of_questions] for label in labels
    ]


@pytest.mark.parametrize(
    ("pattern", "true"),
    [
        ("*-b+*", True),
        ("-b+", False),
        ("hh^*", True),
        ("h^*", False),
        ("*-1", True),
        ("*-8", False),
        ("*&?-*", True),
        ("*&??-*", False),
        ("*_4/A:1_*", True),
        ("*_4/A:?_0*", True),
        ("*-b+*/J:8*", True),
        ("*/J:8*-b+*", False),
        ("*", True),
        ("**", True),
        ("", False),
        ("?*", True),
        ("*?", True),
        ("*?hh^*", False),
        ("*%/I:*", True),
        (LABEL, True),
        (LABEL[:-1] + "?", True),
        (LABEL + "?", False),
        ("?" * len(LABEL), True),
        ("?" * (len(LABEL) + 1), False),
        ("*" + "*".join(LABEL) + "*", True),
    ],
)
def test_hts_semantics(pattern, true):
    assert matches(pattern, LABEL) is true
    assert (as_expression(pattern).fullmatch(LABEL) is not None) is true
    assert answers([[pattern]], [LABEL]) == [[true]]


def test_any_of_several_patterns_and_none():
    assert answers([["*-x+*", "*-b+*"], [], ["*-b+*", "*-b+*"]], [LABEL]) == [[True, False, True]]


def test_no_questions_and_no_labels():
    assert Matcher([]).pack([LABEL]).shape == (1, 0)
    assert Matcher([["*"]]).pack([]).shape == (0, 1)


marks = "ab/:_-A"
texts = st.text(marks, max_size=12)
globs = st.text(marks + "**??", max_size=7)


@settings(max_examples=400, deadline=None)
@given(st.lists(st.lists(globs, max_size=3), max_size=12), st.lists(texts, max_size=6))
def test_like_the_slow_reference_on_texts_that_repeat_their_parts(questions, labels):
    assert answers(questions, labels * 2) == expected(questions, labels * 2)


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_like_the_slow_reference_on_parts_of_labels(data):
    values = st.sampled_from(["x", "1", "12", "aw", "L-L%", "h#", ""])

    def label():
        parts = LABEL.replace("hh", data.draw(values)).replace("aw", data.draw(values))
        return parts.replace("L-L%", data.draw(values)).replace("8", data.draw(values))

    labels = [label() for _ in range(4)]
    source = data.draw(st.sampled_from(labels))
    questions = []
    for _ in range(8):
        start = data.draw(st.integers(0, len(source)))
        part = source[start : start + data.draw(st.integers(0, 14))]
        hole = data.draw(st.integers(0, 14))
        part = part[:hole] + data.draw(st.sampled_from(["", "?", "*", "a"])) + part[hole + 1 :]
        ends = data.draw(st.sampled_from([("*", "*"), ("", "*"), ("*", ""), ("", "")]))
        questions.append([ends[0] + part + ends[1]])
    assert answers(questions, labels) == expected(questions, labels)


def test_the_reference_and_its_expression_agree():
    generator = random.Random(1)
    for _ in range(3000):
        pattern = "".join(generator.choices("ab?*", k=generator.randint(0, 6)))
        text = "".join(generator.choices("ab", k=generator.randint(0, 7)))
        assert matches(pattern, text) == (as_expression(pattern).fullmatch(text) is not None)


@pytest.mark.parametrize("most", [1, 1 << 14])
def test_forgetting_changes_no_answer(monkeypatch, most):
    monkeypatch.setattr(matching, "_SECTIONS", most)
    monkeypatch.setattr(matching, "_TAILS", most)
    generator = random.Random(2)
    phones = ["".join(generator.choices("abcdefgh", k=3)) for _ in range(30)]
    labels = [
        LABEL.replace("hh", generator.choice(phones)).replace("aw", generator.choice(phones))
        for _ in range(60)
    ]
    questions = [[f"{phone}^*"] for phone in phones] + [[f"*^?{phone[1:]}-*"] for phone in phones]
    assert answers(questions, labels) == expected(questions, labels)


def test_patterns_over_the_ends_of_sections_and_of_any_length():
    labels = [LABEL, LABEL.replace("/", "//"), "/" + LABEL + "/", LABEL.replace("/", "")]
    spans = [(start, size) for start in range(0, len(LABEL), 3) for size in (1, 5, 39, 41, 80)]
    questions = [[f"*{LABEL[start : start + size]}*"] for start, size in spans]
    questions += [[f"*?{LABEL[start : start + size]}*"] for start, size in spans]
    assert answers(questions, labels) == expected(questions, labels)


def test_labels_too_long_to_be_remembered():
    labels = [LABEL.replace("hh", "x" * 3000), LABEL.replace("8-1", "8-1" * 1000)]
    questions = [["*-b+*"], ["*x^aw*"], ["*-1"], ["*x?aw*"], ["*8-18-1*"], ["*zz*"]]
    assert answers(questions, labels) == expected(questions, labels)


def test_more_questions_than_are_asked_together(monkeypatch):
    monkeypatch.setattr(matching, "_TOGETHER", 8)
    questions = [[f"*-{phone}+*"] for phone in "abcabcabcabcabcabcb"]
    assert answers(questions, [LABEL, "x"]) == expected(questions, [LABEL, "x"])


@pytest.mark.parametrize(
    "pattern",
    [
        "*" + "a*" * 300 + "b",
        "*" + "a?" * 500 + "b*",
        "*a" + "?" * 300 + "b*",
        "a" * 5000 + "*",
        "*" + "a" * 5000 + "b*",
    ],
)
def test_patterns_made_to_explode_a_backtracking_matcher(pattern):
    """Each of these takes a backtracking matcher longer than anyone waits."""
    generator = random.Random(4)
    for text in ("a" * 50_000, "".join(generator.choices("ab", k=50_000)), "a/" * 25_000):
        found = answers([[pattern]], [text])
        if "?" not in pattern:
            core = re_literal(pattern)
            assert found == [[core(text)]]


def re_literal(pattern):
    """The answer for patterns without `?`, told without any search that goes back."""

    def answer(text):
        pieces = pattern.split("*")
        if not text.startswith(pieces[0]) or not text.endswith(pieces[-1]):
            return False
        place = len(pieces[0])
        for piece in pieces[1:-1]:
            place = text.find(piece, place)
            if place < 0:
                return False
            place += len(piece)
        return place <= len(text) - len(pieces[-1])

    return answer


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
