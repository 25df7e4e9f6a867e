"""The Polish question set: names, patterns, and what they answer."""

import re

import numpy as np
import pytest

from intonation import polish
from intonation.labels.full_context import ENGLISH, Labels
from intonation.labels.question_set import QuestionSet, read_questions
from intonation.polish.lexicon import PARTS_OF_SPEECH
from intonation.polish.phones import INVENTORY, VOWELS
from intonation.polish.prosody import ACCENT_TYPES, TONES

QUESTIONS = dict(polish.polish_questions())

PHONE = (
    "a^k-o+m=pau@2_3/A:0_1_2/B:1-2-4@3-2&4-6#1-2$3-0!5-4;7-6|o/C:0+3+5/D:in_1"
    "/E:content+4@5+2&2+1#3+0/F:part_1/G:9_3/H:11=6^2=1|HL-L%/I:0=0/J:20+12-2"
)
PAUSE = (
    "t^a-pau+o=k@x_x/A:0_0_2/B:x-x-x@x-x&x-x#x-x$x-x!x-x;x-x|x/C:1+2+1/D:content_2"
    "/E:x+x@x+x&x+x#x+x/F:content_2/G:3_2/H:x=x^1=2|0/I:2=1/J:5+3-2"
)


@pytest.fixture(scope="module")
def questions(tmp_path_factory) -> QuestionSet:
    """The set as anyone gets it: written and read back."""
    path = tmp_path_factory.mktemp("polish") / "questions" / "questions_qst001.hed"
    polish.write_question_set(path)
    return read_questions(path)


def plausible_labels() -> dict[str, list[str]]:
    """For each field, labels that differ from PHONE in this field only."""
    symbols = [*(phone.symbol for phone in INVENTORY), "pau"]
    shown = dict(zip(ENGLISH.field_names, ENGLISH.split(PHONE), strict=True))
    choices = {name: [str(number) for number in range(48)] for name in shown}
    choices |= {f"p{i}": symbols for i in range(1, 6)}
    choices |= {f"{side}1": [*PARTS_OF_SPEECH, "0"] for side in "df"}
    choices |= {"e1": PARTS_OF_SPEECH, "h5": [*TONES, "0"], "b16": [*sorted(VOWELS), "x"]}
    choices |= {name: ["0", "1"] for name in ("a1", "b1", "c1")}
    choices |= {name: ["0", *map(str, ACCENT_TYPES)] for name in ("a2", "b2", "c2")}
    return {
        name: [ENGLISH.template.format(**(shown | {name: value})) for value in values]
        for name, values in choices.items()
    }


@pytest.fixture(scope="module")
def answers(questions) -> dict[str, np.ndarray]:
    """The answers for plausible_labels: field to uint8 [labels, questions]."""
    plausible = plausible_labels()
    matrix = questions.answer(Labels([text for texts in plausible.values() for text in texts]))
    ends = np.cumsum([len(texts) for texts in plausible.values()])
    return dict(zip(plausible, np.split(matrix, ends[:-1]), strict=True))


def test_there_are_enough_and_no_two_alike():
    questions = polish.polish_questions()
    assert len(questions) >= 1200
    assert len(QUESTIONS) == len(questions)
    assert len({frozenset(patterns) for _, patterns in questions}) == len(questions)


def test_names_and_patterns_are_safe_in_a_question_file():
    for name, patterns in QUESTIONS.items():
        assert re.fullmatch(r"[A-Za-z_()=<>\-%0-9]+", name)
        for pattern in patterns:
            assert not re.search(r"[\s,{}\"'\[\]]", pattern)


def test_written_set_reads_back(questions):
    assert [(one.name, one.patterns) for one in questions] == polish.polish_questions()


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("LL-a", True), ("L-k", True), ("C-o", True), ("R-m", True), ("RR-pau", True),
        ("C-on", False), ("C-Vowel", True), ("C-Rounded", True), ("R-Nasal_Consonant", True),
        ("L-Unvoiced_Stop", True), ("L-Velar", True), ("C-Consonant", False),
        ("Seg_Fw==2", True), ("Seg_Bw==3", True), ("Seg_Fw<=1", False),
        ("L-Syl_Stress==0", True), ("L-Syl_Accent==1", True), ("L-Syl_Num-Segs==2", True),
        ("C-Syl_Stress==1", True), ("C-Syl_Accent==2", True), ("C-Syl_Accent==1", False),
        ("C-Syl_Num-Segs==4", True), ("R-Syl_Stress==0", True), ("R-Syl_Accent==3", True),
        ("R-Syl_Num-Segs==5", True), ("Pos_C-Syl_in_C-Word(Fw)<=3", True),
        ("Pos_C-Syl_in_C-Word(Bw)==2", True), ("Pos_C-Syl_in_C-Phrase(Fw)==4", True),
        ("Pos_C-Syl_in_C-Phrase(Bw)==6", True),
        ("Num-StressedSyl_before_C-Syl_in_C-Phrase==1", True),
        ("Num-StressedSyl_after_C-Syl_in_C-Phrase==2", True),
        ("Num-AccentedSyl_before_C-Syl_in_C-Phrase==3", True),
        ("Num-AccentedSyl_after_C-Syl_in_C-Phrase==0", True),
        ("Num-Syl_from_prev-StressedSyl==5", True), ("Num-Syl_from_next-StressedSyl==4", True),
        ("Num-Syl_from_prev-AccentedSyl==7", True), ("Num-Syl_from_next-AccentedSyl==6", True),
        ("C-Syl_o", True), ("C-Syl_Back_Vowel", True), ("C-Syl_Vowel==x", False),
        ("L-Word_GPOS==in", True), ("L-Word_Num-Syls==1", True), ("C-Word_GPOS==content", True),
        ("C-Word_Num-Syls==4", True), ("R-Word_GPOS==part", True), ("R-Word_Num-Syls==1", True),
        ("Pos_C-Word_in_C-Phrase(Fw)==5", True), ("Pos_C-Word_in_C-Phrase(Bw)==2", True),
        ("Num-ContWord_before_C-Word_in_C-Phrase==2", True),
        ("Num-ContWord_after_C-Word_in_C-Phrase==1", True),
        ("Num-Words_from_prev-ContWord==3", True), ("Num-Words_from_next-ContWord==0", True),
        ("L-Phrase_Num-Syls==9", True), ("L-Phrase_Num-Words==3", True),
        ("C-Phrase_Num-Syls==11", True), ("C-Phrase_Num-Syls<=10", False),
        ("C-Phrase_Num-Words==6", True), ("R-Phrase_Num-Syls==0", True),
        ("R-Phrase_Num-Words==0", True), ("Pos_C-Phrase_in_Utterance(Fw)==2", True),
        ("Pos_C-Phrase_in_Utterance(Bw)==1", True), ("C-Phrase_TOBI_End-tone-HL-L%", True),
        ("C-Phrase_TOBI_End-tone-L-L%", False), ("Num-Syls_in_Utterance==20", True),
        ("Num-Words_in_Utterance==12", True), ("Num-Words_in_Utterance<=12", True),
        ("Num-Words_in_Utterance<=11", False), ("Num-Phrases_in_Utterance==2", True),
    ],
)  # fmt: skip
def test_answers_for_a_phone(questions, name, expected):
    found = questions.answer(Labels([PHONE]))[0, questions.names.index(name)]
    assert found == expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("C-pau", True), ("C-Vowel", False), ("Seg_Fw==x", True), ("Seg_Fw<=3", True),
        ("C-Syl_Vowel==x", True), ("C-Syl_Accent==x", True), ("C-Word_GPOS==x", True),
        ("Pos_C-Syl_in_C-Phrase(Fw)<=22", True), ("Pos_C-Syl_in_C-Phrase(Fw)==x", True),
        ("C-Phrase_TOBI_End-tone-0", True), ("C-Phrase_Num-Syls==x", True),
        ("L-Phrase_Num-Syls<=3", True), ("L-Phrase_Num-Syls<=2", False),
    ],
)  # fmt: skip
def test_answers_for_a_pause(questions, name, expected):
    found = questions.answer(Labels([PAUSE]))[0, questions.names.index(name)]
    assert found == expected


def test_every_question_tells_plausible_labels_apart(questions, answers):
    matrix = np.concatenate([*answers.values(), questions.answer(Labels([PAUSE]))])
    constant = matrix.all(axis=0) | ~matrix.any(axis=0)
    assert [questions.names[index] for index in np.flatnonzero(constant)] == []


def test_every_question_reads_one_field(questions, answers):
    at_phone = questions.answer(Labels([PHONE]))[0]
    read = np.array([(rows != at_phone).any(axis=0) for rows in answers.values()])
    for index, name in enumerate(questions.names):
        # x stands in no field of PHONE, and is put into b16 only
        expected = int(not name.endswith("==x") or name == "C-Syl_Vowel==x")
        assert read[:, index].sum() == expected, name


def test_every_question_has_its_group_in_the_taxonomy(questions):
    assert questions.unknown == []


def test_less_or_equal_is_the_union_of_equals(questions, answers):
    matrix = np.concatenate(list(answers.values())).astype(bool)
    column = {name: matrix[:, index] for index, name in enumerate(questions.names)}
    for name in [name for name in column if "<=" in name]:
        stem, limit = name.split("<=")
        equals = {other.split("==")[1]: other for other in column if other.startswith(stem + "==")}
        numbers = {int(value): other for value, other in equals.items() if value != "x"}
        # ? stands for any digit, also for a 0 that a field counting from 1 never holds
        asked = np.any([column[other] for other in numbers.values()], axis=0)
        expected = np.any([column[o] for n, o in numbers.items() if n <= int(limit)], axis=0)
        assert (column[name] == expected)[asked].all(), name
