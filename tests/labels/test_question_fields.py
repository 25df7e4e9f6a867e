import pytest

from intonation.labels.label_shape import ENGLISH, ENGLISH_FIELDS, ENGLISH_OLDER, MERLIN
from intonation.labels.question_fields import PatternReader, kind_of, read_questions_fields
from intonation.labels.question_file import Question
from intonation.labels.taxonomy import FIELDS

READER = PatternReader(ENGLISH)


@pytest.mark.parametrize(
    ("pattern", "field", "value"),
    [
        ("aa^*", "p1", "aa"),
        ("*^aa-*", "p2", "aa"),
        ("*-h#+*", "p3", "h#"),
        ("*+a=*", "p4", "a"),
        ("*=a@*", "p5", "a"),
        ("*@x_*", "p6", "x"),
        ("*_10/A:*", "p7", "10"),
        ("*/A:1_*", "a1", "1"),
        ("*_1_*", "a2", "1"),
        ("*/A:?_2_*", "a2", "2"),
        ("*/B:?-1-*", "b2", "1"),
        ("*-1-*", "b2", "1"),
        ("*-?#*", "b7", "?"),
        ("aa*", "p1", "aa"),
        ("*|x/C:*", "b16", "x"),
        ("*+1+*", "c2", "1"),
        ("*=x^*", "h2", "x"),
        ("*^1=*", "h3", "1"),
        ("*|L-L%/I:*", "h5", "L-L%"),
        ("*/J:?+*", "j1", "?"),
        ("*+?-*", "j2", "?"),
        ("*-1", "j3", "1"),
    ],
)
def test_a_pattern_reads_the_field_between_its_marks(pattern, field, value):
    assert READER.read(pattern) == ((field, value),)


@pytest.mark.parametrize(
    "pattern",
    [
        "",
        "*",
        "*aa*",
        "aa",
        "*-1*",
        "*=1*",
        "*=1@*",
        "*=aa*",
        "-aa+",
        "*-a+b=*",
        "*_1/A:0_*",
        "*/Z:1_*",
        "*-a@1_*",
        "*?-?-*",
        "*-",
        "*-+*",
    ],
)
def test_other_patterns_read_no_field_or_several(pattern):
    assert len(READER.read(pattern)) != 1


def test_every_field_of_the_shape_is_found_by_the_value_between_its_marks():
    for index, name in enumerate(ENGLISH.field_names):
        before, after = ENGLISH.separators[index : index + 2]
        pattern = f"{'*' if before else ''}{before}7{after}{'*' if after else ''}"
        value = "a" if name.startswith("p") and name < "p6" else "7"
        assert READER.read(pattern.replace("7", value)) == ((name, value),)
    assert set(ENGLISH.field_names) == set(FIELDS)


@pytest.mark.parametrize(
    ("values", "floor", "kind"),
    [
        (["1"], 0, "EQ"),
        (["x"], 0, "EQ"),
        (["content"], 0, "EQ"),
        (["x", "0"], 0, "LTE"),
        (["x", "1", "2"], 0, "LTE"),
        (["0", "1"], 0, "LTE"),
        (["?"], 0, "LTE"),
        (["?", "1?", "20", "21"], 0, "LTE"),
        (["2", "3"], 0, "CLASS"),
        (["2", "3"], 2, "LTE"),
        (["0", "2"], 0, "CLASS"),
        (["1?"], 0, "CLASS"),
        (["??"], 0, "CLASS"),
        (["a", "e"], 0, "CLASS"),
        (["x", "0x"], 0, "CLASS"),
    ],
)
def test_kinds_of_questions(values, floor, kind):
    assert kind_of(values, floor) == kind


def read(*patterns, shapes=ENGLISH_FIELDS):
    questions = [Question(str(index), own) for index, own in enumerate(patterns)]
    return read_questions_fields(questions, shapes)


def test_vowels_and_consonants_are_told_from_what_is_asked_together():
    vowels = tuple(f"*-{phone}+*" for phone in "aeo")
    consonants = tuple(f"*-{phone}+*" for phone in "ptkwl")
    voiced = tuple(f"*-{phone}+*" for phone in "aeowl")
    voiceless = tuple(f"*-{phone}+*" for phone in "ptk")
    nuclei = tuple(f"*|{phone}/C:*" for phone in "aeo")
    readings = read(vowels, consonants, voiced, voiceless, ("*-a+*",), consonants[:2], nuclei)
    assert [reading.general for reading in readings] == [
        "QUINTPHONE_SEGMENT_VC",
        "QUINTPHONE_SEGMENT_VC",
        "QUINTPHONE_SEGMENTAL_FEATURES",
        "QUINTPHONE_SEGMENT_ARTICULATORY_TYPE",
        "QUINTPHONE_SEGMENTAL_FEATURES",
        "QUINTPHONE_SEGMENT_ARTICULATORY_TYPE",
        "SYLLABLE_NUCLEUS",
    ]


def test_accent_types_are_told_from_accented_or_not():
    readings = read(("*-1-*",), ("*-x-*",), ("*-2-*",), ("*-0-*", "*-3-*"), ("*-L+H*-*",))
    assert [reading.general for reading in readings] == [
        "SYLLABLE_ACCENTED",
        "SYLLABLE_ACCENTED",
        "SYLLABLE_ACCENT_TYPE",
        "SYLLABLE_ACCENT_TYPE",
        "SYLLABLE_ACCENT_TYPE",
    ]


def test_a_question_on_several_fields_has_none():
    readings = read(("*-a+*", "*^a-*"), ("*-a+*", "*zz*"), (), ("*-a+*", ""))
    assert [reading.field and reading.field.name for reading in readings] == [
        None,
        None,
        None,
        "p3",
    ]


def test_the_smallest_number_asked_for_is_where_up_to_begins():
    readings = read(("*/J:3+*",), ("*/J:3+*", "*/J:4+*"), ("*/J:4+*", "*/J:5+*"))
    assert [reading.kind for reading in readings] == ["EQ", "LTE", "CLASS"]


def test_numeric_questions_in_both_spellings():
    questions = [
        Question("a", ("*@%d_*",), numeric=True),
        Question("b", (r"-(\d+)",), numeric=True),
    ]
    readings = read_questions_fields(questions, ENGLISH_FIELDS)
    assert [(reading.field.name, reading.kind) for reading in readings] == [
        ("p6", "NUM"),
        ("j3", "NUM"),
    ]


@pytest.mark.parametrize(
    ("shape", "patterns", "fields"),
    [
        (
            ENGLISH_OLDER,
            [("*=7@*",), ("*=a@*",), ("*@1=*",), ("*=x@*", "*=1@*"), ("*=x@*",)],
            ["h2", "p5", "h3", "h2", None],
        ),
        (MERLIN, [("*~a-*",), ("*/B/1-*",), ("*|a/C/*",), ("*-3",)], ["p2", "b1", "b16", "j3"]),
    ],
)
def test_the_shape_that_explains_most_questions_is_taken(shape, patterns, fields):
    readings = read(*patterns)
    assert [reading.field and reading.field.name for reading in readings] == fields
    assert readings == read(*patterns, shapes=[shape])
