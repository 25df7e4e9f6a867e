import copy
from pathlib import Path

import numpy as np
import pytest
from patterns import REST, as_expression

from intonation.errors import QuestionError
from intonation.labels.full_context import Labels, read_labels
from intonation.labels.question_file import Question, write_questions
from intonation.labels.question_set import QuestionSet, read_questions

LABELS = Labels(["x^x-pau+a=l" + REST, "x^pau-a+l=a" + REST])


@pytest.fixture
def cmu(shared):
    return read_questions(shared / "hts_demo_cmu" / "questions_qst001.hed")


@pytest.fixture
def cmu_labels(shared):
    files = sorted((shared / "hts_demo_cmu" / "labels_gen").glob("*.lab"))
    return [read_labels(path) for path in files]


def questions_of(*patterns):
    return QuestionSet(Question(f"q{index}", own) for index, own in enumerate(patterns))


def test_answers_are_bytes_in_the_order_of_the_questions():
    questions = questions_of(("*-a+*",), ("*-pau+*", "*-a+*"), ("*-b+*",))
    answers = questions.answer(LABELS)
    assert answers.dtype == np.uint8
    assert answers.tolist() == [[0, 1, 0], [1, 1, 0]]
    assert questions.names == ["q0", "q1", "q2"]


def test_packed_answers_say_the_same():
    questions = questions_of(*[(f"*{mark}*",) for mark in "abcdefghijkl"])
    packed, numbers = questions.pack(LABELS)
    assert packed.shape == (2, 2) and numbers.shape == (2, 0)
    unpacked = np.unpackbits(packed, axis=1, count=len(questions))
    assert np.array_equal(unpacked, questions.answer(LABELS))


def test_numbers_are_packed_beside_the_bits_that_say_where_they_are_not_0():
    questions = QuestionSet(
        [
            Question("f", ("*_%d/A:*",), numeric=True, limits=(4.0, 8.0)),
            Question("a", ("*-a+*",)),
            Question("p", ("*&%d-*",), numeric=True),
        ]
    )
    packed, numbers = questions.pack(LABELS)
    assert np.unpackbits(packed, axis=1, count=3).tolist() == [[0, 0, 1], [0, 1, 1]]
    assert numbers.dtype == np.float32 and numbers.tolist() == [[0, 2], [0, 2]]
    assert questions.answer(LABELS).tolist() == [[0, 0, 2], [0, 1, 2]]


def test_no_phones_and_no_questions():
    assert questions_of(("*",)).answer(Labels([])).shape == (0, 1)
    assert QuestionSet([]).answer(LABELS).shape == (2, 0)


def test_numeric_questions_make_the_answers_numbers():
    questions = QuestionSet(
        [
            Question("a", ("*-a+*",)),
            Question("n", ("*_%d/A:*",), numeric=True),
            Question("r", ("*_%d/A:*",), numeric=True, limits=(0.0, 8.0)),
        ]
    )
    answers = questions.answer(LABELS)
    assert answers.dtype == np.float32
    assert answers.tolist() == [[0, 4, 0.5], [1, 4, 0.5]]


def test_a_name_used_twice_is_refused_with_both_lines(tmp_path):
    path = tmp_path / "a.hed"
    path.write_text('QS "a" {x}\n\nQS "b" {x}\nQS "a" {y}\n')
    with pytest.raises(QuestionError, match=r"a\.hed, line 4: .*'a' again \(first in line 1\)"):
        read_questions(path)


def test_an_unclear_numeric_question_is_refused(tmp_path):
    path = tmp_path / "a.hed"
    path.write_text('CQS "a" {*x*}\n')
    with pytest.raises(QuestionError, match=r"a\.hed, line 1: expected a numeric question"):
        read_questions(path)


def test_a_set_is_written_and_read_back_equal(tmp_path):
    questions = QuestionSet(
        [
            Question("a, b", ("*-a+*", "x y*", "")),
            Question("n", ("@(\\d+)_",), numeric=True, limits=(0.5, 3.0)),
        ]
    )
    write_questions(tmp_path / "a.hed", questions)
    assert read_questions(tmp_path / "a.hed") == questions
    assert hash(read_questions(tmp_path / "a.hed")) == hash(questions)
    assert read_questions(tmp_path / "a.hed") != QuestionSet(questions.questions[:1])


def test_a_set_that_has_answered_can_be_copied_to_another_process():
    questions = questions_of(("*-a+*",))
    questions.answer(LABELS)
    again = copy.deepcopy(questions)
    assert again == questions and again.name == questions.name
    assert np.array_equal(again.answer(LABELS), questions.answer(LABELS))


def test_the_demo_set_is_written_and_read_back_equal(cmu, tmp_path):
    write_questions(tmp_path / "a.hed", cmu)
    assert read_questions(tmp_path / "a.hed") == cmu


def test_every_answer_on_the_demo_corpus_is_that_of_whole_label_matching(cmu, cmu_labels):
    """Pattern by pattern over all labels; 1,483 questions by 3,664 labels."""
    texts = [text for labels in cmu_labels for text in labels.texts]
    patterns = {pattern for question in cmu for pattern in question.patterns}
    true = {p: np.array([m(t) is not None for t in texts]) for p, m in _matchers(patterns)}
    answers = np.concatenate([cmu.answer(labels) for labels in cmu_labels])
    assert answers.shape == (3664, 1483)
    for column, question in zip(answers.T, cmu, strict=True):
        wanted = np.any([true[pattern] for pattern in question.patterns], axis=0)
        assert np.array_equal(column.astype(bool), wanted), question.name


def _matchers(patterns):
    return ((pattern, as_expression(pattern).fullmatch) for pattern in patterns)


def test_groups_are_indices_into_the_questions(cmu):
    groups = cmu.groups("linguistic_levels")
    assert {name: len(found) for name, found in groups.items()} == {
        "segmental": 581,
        "syllabic": 387,
        "word": 197,
        "phrasal": 231,
        "utterance": 87,
    }
    assert all(found.dtype == np.int64 for found in groups.values())
    assert cmu.names[groups["utterance"][0]] == "Num-Syls_in_Utterance==1"
    assert cmu.groups(7).keys() == groups.keys()


def test_questions_without_a_known_field_are_reported():
    questions = questions_of(("*-a+*",), ("*zz*",), ("*-a+b=*",))
    assert questions.unknown == ["q1", "q2"]
    assert questions.groups("general")["OTHER"].tolist() == [1, 2]


FAULTS = {
    "? is taken literally": ('QS "a" {*_?/A:*}', 0),
    "a pattern without stars is searched for": ('QS "a" {-a+}', 1),
    "a blank before a pattern belongs to it": ('QS "a" {*zz*, *-a+*}', 0),
    "quotes belong to the pattern": ("QS 'a' {\"*-a+*\"}", 0),
    "no pattern is always true": ('QS "a" {}', 1),
    "a trailing comma is always true": ('QS "a" {*zz*,}', 1),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_where_nnmnkwii_is_known_to_be_wrong(fault, tmp_path):
    """Each fault on its own, so that differences on a corpus can be told from ours."""
    text, theirs = FAULTS[fault]
    path = tmp_path / "a.hed"
    path.write_text(text + "\n")
    assert _peer_answers(path, LABELS)[1].tolist() == [theirs]
    assert read_questions(path).answer(LABELS)[1].tolist() == [1 - theirs]


def test_like_nnmnkwii_but_for_its_literal_question_marks(cmu, cmu_labels, shared):
    some = cmu_labels[:4]
    labels = Labels([text for labels in some for text in labels.texts])
    theirs = _peer_answers(shared / "hts_demo_cmu" / "questions_qst001.hed", labels)
    ours = cmu.answer(labels)
    wild = np.array([any("?" in pattern for pattern in item.patterns) for item in cmu])
    assert wild.sum() == 132
    assert np.array_equal(ours[:, ~wild], theirs[:, ~wild])
    literal = [[p for p in item.patterns if "?" not in p] for item in cmu]
    as_literal = questions_of(*map(tuple, literal)).answer(labels)
    assert np.array_equal(as_literal[:, wild], theirs[:, wild])
    assert (ours[:, wild] != theirs[:, wild]).any()


def _peer_answers(path: Path, labels: Labels) -> np.ndarray:
    hts = pytest.importorskip("nnmnkwii.io.hts", reason="nnmnkwii 0.1.3 is not installed")
    merlin = pytest.importorskip("nnmnkwii.frontend.merlin")
    binary, numeric = hts.load_question_set(str(path))
    return merlin.linguistic_features(
        hts.load(lines=labels.texts),
        binary,
        numeric,
        subphone_features=None,
        add_frame_features=False,
    )


def test_fifty_thousand_questions(tmp_path):
    path = tmp_path / "many.hed"
    lines = [f'QS "q{i}" {{*-p{i}+*,*^p{i}-*,*={i}?|*}}\n' for i in range(50_000)]
    path.write_text("".join(lines) + 'QS "last" {*-a+*}\n')
    questions = read_questions(path)
    answers = questions.answer(LABELS)
    assert answers.shape == (2, 50_001)
    assert answers[:, -1].tolist() == [0, 1]
    assert answers.sum() == 1
