import pytest

from intonation.labels.question_set import read_questions
from intonation.labels.taxonomy import FIELDS, LEVELS, PHONE_FIELDS, Reading, group_name
from intonation.labels.words import in_words
from intonation.polish import write_question_set

LONGEST = 46  # characters that an axis has room for


@pytest.fixture
def polish(tmp_path):
    write_question_set(tmp_path / "questions.hed")
    return read_questions(tmp_path / "questions.hed")


@pytest.fixture
def cmu(shared):
    return read_questions(shared / "hts_demo_cmu" / "questions_qst001.hed")


def _every_name(level):
    """The names that any question set can have at a level: each field, each kind of question."""
    fields = [field for field in FIELDS.values() if field.name not in PHONE_FIELDS]
    readings = [
        Reading(field, kind, field.general, field.detailed)
        for field in fields
        for kind in ("EQ", "LTE", "CLASS", "NUM")
    ]
    readings.append(Reading(None, "", "OTHER", "OTHER"))
    return {name for reading in readings if (name := group_name(reading, level))} | {"VUV"}


@pytest.mark.parametrize("questions", ["polish", "cmu"])
@pytest.mark.parametrize("level", LEVELS, ids=lambda level: level.slug)
def test_words_are_short_and_tell_all_groups_of_a_level_apart(level, questions, request):
    groups = [*request.getfixturevalue(questions).groups(level.slug), "VUV"]
    words = [in_words(group) for group in groups]
    assert len(set(words)) == len(groups)
    assert max(map(len, words)) <= LONGEST
    assert not [word for word in words if "_" in word or word.isupper()]


@pytest.mark.parametrize("level", LEVELS, ids=lambda level: level.slug)
def test_every_name_of_every_field_and_kind_has_words_of_its_own(level):
    names = _every_name(level)
    words = {in_words(name) for name in names}
    assert len(words) == len(names)
    assert not [word for word in words if "_" in word]


@pytest.mark.parametrize(
    ("group", "words"),
    [
        ("QUINTPHONE_SEGMENT_VC", "vowel or consonant: phone and two each side"),
        ("LL_QUINTPHONE_SEGMENT_VC", "vowel or consonant: second phone before"),
        ("SYLLABLE_STRESS", "stress of the syllable and its neighbours"),
        ("L_SYLLABLE_STRESS_EQ", "stress of the previous syllable, a value"),
        ("C_SYLLABLE_ACCENT_TYPE_CLASS", "accent type of this syllable, a class"),
        ("SYLLABLE_POSITION_IN_PHRASE_BACKWARD_LTE", "syllable position from phrase end, up to n"),
        ("R_PHRASE_LEN_IN_SYLS_EQ", "syllables in the next phrase, exactly n"),
        ("UTTERANCE_LEN_IN_WORDS_NUM", "words in the utterance, a number"),
        ("syllabic", "syllable"),
        ("syllabic qualitative", "syllable: what kind it is"),
        ("VUV", "voiced or unvoiced"),
    ],
)
def test_a_name_says_what_the_taxonomy_knows(group, words):
    assert in_words(group) == words


@pytest.mark.parametrize("group", ["", "a residual", "VUV_2", "<b>SYLLABLE</b>"])
def test_an_unknown_name_stays_as_it_is(group):
    assert in_words(group) == group
