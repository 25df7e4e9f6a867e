import re

import pytest

from intonation.errors import ParameterError
from intonation.labels.question_set import read_questions
from intonation.labels.taxonomy import FIELDS, LEVELS, OTHER, Reading, find_level, group_questions
from intonation.polish import write_question_set

# The study's general groups by the fields that they come from.
GENERAL = {
    "QUINTPHONE_SEGMENT_VC": "p1 p2 p3 p4 p5",
    "QUINTPHONE_SEGMENT_ARTICULATORY_TYPE": "p1 p2 p3 p4 p5",
    "QUINTPHONE_SEGMENTAL_FEATURES": "p1 p2 p3 p4 p5",
    "SEG_POS_IN_SYL": "p6 p7",
    "SYLLABLE_STRESS": "a1 b1 c1",
    "SYLLABLE_ACCENTED": "a2 b2 c2",
    "SYLLABLE_LEN_IN_SEGMENTS": "a3 b3 c3",
    "SYLLABLE_POSITION": "b4 b5 b6 b7",
    "SYLLABLE_NEIGHBOURHOOD": "b8 b9 b10 b11",
    "RELATIVE_SYLLABLE_POSITION": "b12 b13 b14 b15",
    "SYLLABLE_NUCLEUS": "b16",
    "WORD_PART_OF_SPEECH": "d1 e1 f1",
    "WORD_LEN_IN_SYLS": "d2 e2 f2",
    "WORD_POSITION": "e3 e4",
    "WORD_SURROUNDINGS": "e5 e6",
    "RELATIVE_WORD_POSITION": "e7 e8",
    "PHRASE_LEN": "g1 g2 h1 h2 i1 i2",
    "PHRASE_POSITION": "h3 h4",
    "PHRASE_BOUNDARY_TONE": "h5",
    "UTTERANCE_LEN": "j1 j2 j3",
}
# What the names of the demo's questions say of the field; the code never looks at names.
NAMES = {
    r"(LL|L|C|R|RR)-(?!Syl_|Word_|Phrase_).*": "QUINTPHONE",
    r"Seg_(Fw|Bw)": "SEG_POS_IN_SYL",
    r".-Syl_Stress": "SYLLABLE_STRESS",
    r".-Syl_Accent": "SYLLABLE_ACCENTED",
    r".-Syl_Num-Segs": "SYLLABLE_LEN_IN_SEGMENTS",
    r"Pos_C-Syl_in_C-(Word|Phrase)": "SYLLABLE_POSITION",
    r"Num-(Stressed|Accented)Syl_(before|after)": "SYLLABLE_NEIGHBOURHOOD",
    r"Num-Syl_from": "RELATIVE_SYLLABLE_POSITION",
    r"C-Syl_(?!Stress|Accent|Num)": "SYLLABLE_NUCLEUS",
    r".-Word_GPOS": "WORD_PART_OF_SPEECH",
    r".-Word_Num-Syls": "WORD_LEN_IN_SYLS",
    r"Pos_C-Word": "WORD_POSITION",
    r"Num-ContWord": "WORD_SURROUNDINGS",
    r"Num-Words_from": "RELATIVE_WORD_POSITION",
    r".-Phrase_Num": "PHRASE_LEN",
    r"Pos_C-Phrase": "PHRASE_POSITION",
    r"C-Phrase_TOBI": "PHRASE_BOUNDARY_TONE",
    r"Num-(Syls|Words|Phrases)_in_Utterance": "UTTERANCE_LEN",
}


@pytest.fixture
def cmu(shared):
    return read_questions(shared / "hts_demo_cmu" / "questions_qst001.hed")


@pytest.fixture
def polish(tmp_path):
    write_question_set(tmp_path / "polish.hed")
    return read_questions(tmp_path / "polish.hed")


def test_the_15_levels_in_the_study_s_order():
    assert [level.number for level in LEVELS] == list(range(1, 16))
    assert all(re.fullmatch("[a-z_]+", level.slug) for level in LEVELS)
    assert find_level("syllabic") is find_level(4)
    with pytest.raises(ParameterError, match="1 general, .*found 'none'"):
        find_level("none")


def test_the_levels_and_relations_of_the_fields():
    assert {field.level for field in FIELDS.values()} == {
        "segmental",
        "syllabic",
        "word",
        "phrasal",
        "utterance",
    }
    assert FIELDS["b12"].relation == "positional relative"
    assert FIELDS["e5"].relation == "composition of the superior unit"
    assert (FIELDS["a1"].context, FIELDS["c1"].context, FIELDS["h3"].context) == ("L", "R", "")
    for group, names in GENERAL.items():
        if not group.startswith("QUINTPHONE"):
            assert {FIELDS[name].general for name in names.split()} == {group}


def test_the_table_of_the_study_says_the_same(shared):
    text = (shared / "reference" / "taxonomy.md").read_text(encoding="utf-8")
    rows = [
        line.split("|")[1:-1] for line in text.splitlines() if re.match(r"\| [a-j]\d|\| p\d", line)
    ]
    seen = set()
    for cells in rows:
        names = re.findall(r"[a-j]\d+|p\d", cells[0])
        for name in names:
            assert (FIELDS[name].level, FIELDS[name].relation) == (
                cells[2].strip(),
                cells[3].strip(),
            )
        groups = re.findall(r"[A-Z]+(?:_[A-Z]+)+", cells[4])
        assert not groups or FIELDS[names[0]].general in groups
        seen |= set(names)
    assert seen == set(FIELDS)


def test_the_general_groups_of_the_demo_set_are_the_study_s(cmu):
    groups = cmu.groups("general")
    assert set(groups) == set(GENERAL)
    assert cmu.unknown == []
    for group, indices in groups.items():
        fields = {cmu.readings[index].field.name for index in indices}
        assert fields == set(GENERAL[group].split())


def test_the_names_of_the_demo_s_questions_agree_with_what_they_read(cmu):
    for name, reading in zip(cmu.names, cmu.readings, strict=True):
        group = next(group for wording, group in NAMES.items() if re.match(wording, name))
        assert reading.general.startswith(group), name
        if reading.field.context and group != "SYLLABLE_NUCLEUS":
            assert name.startswith(f"{reading.field.context}-"), name
        kind = {"==": "EQ", "<=": "LTE"}.get(re.sub(r"[^=<]", "", name))
        assert kind in (None, reading.kind), name


def test_vowels_consonants_and_classes_in_the_demo_set(cmu):
    groups = {name: [cmu.names[i] for i in found] for name, found in cmu.groups("all").items()}
    assert groups["C_QUINTPHONE_SEGMENT_VC"] == ["C-Vowel", "C-Consonant"]
    assert "C-Front_Vowel" in groups["C_QUINTPHONE_SEGMENT_ARTICULATORY_TYPE"]
    assert "C-Front" in groups["C_QUINTPHONE_SEGMENTAL_FEATURES"]
    assert "C-aa" in groups["C_QUINTPHONE_SEGMENTAL_FEATURES"]


@pytest.mark.parametrize("which", ["cmu", "polish"])
def test_every_level_shares_out_the_questions_it_shows(which, request):
    questions = request.getfixturevalue(which)
    readings = questions.readings
    for level in LEVELS:
        groups = questions.groups(level.slug)
        indices = [index for found in groups.values() for index in found.tolist()]
        assert len(indices) == len(set(indices)), level
        shown = set(range(len(questions)))
        if level.number in (4, 5, 9, 10):
            shown = {i for i in shown if readings[i].field.level in level.title.lower()}
        if level.number >= 11:
            relation = {15: "composition of the superior unit"}.get(
                level.number, level.title.lower().replace("(", "").replace(")", "")
            )
            shown = {i for i in shown if readings[i].field.relation == relation}
        assert set(indices) == shown, level


def test_finer_levels_split_coarser_ones(cmu):
    general, detailed, finest = (cmu.groups(level) for level in (1, 2, 3))
    for coarse, fine in ((general, detailed), (detailed, finest)):
        owners = {index: name for name, found in coarse.items() for index in found.tolist()}
        for found in fine.values():
            assert len({owners[index] for index in found.tolist()}) == 1
    assert (len(general), len(detailed), len(finest)) == (20, 37, 101)
    assert {"L_SYLLABLE_STRESS_EQ", "SYLLABLE_POSITION_IN_WORD_FORWARD_LTE"} <= set(finest)


def test_the_polish_set_reads_known_fields_only(polish):
    assert polish.unknown == []
    assert set(polish.groups("general")) == {*GENERAL, "SYLLABLE_ACCENT_TYPE"}
    names = [polish.names[index] for index in polish.groups(3)["C_QUINTPHONE_SEGMENT_VC"]]
    assert names == ["C-Vowel", "C-Consonant"]
    for name, reading in zip(polish.names, polish.readings, strict=True):
        kind = {"==": "EQ", "<=": "LTE"}.get(re.sub(r"[^=<]", "", name))
        assert kind in (None, reading.kind), name


def test_crossed_levels_have_readable_names(cmu):
    assert "syllabic composition of the superior unit" in cmu.groups("levels_and_relations")
    assert "positional absolute" in cmu.groups("relation_types")


def test_questions_without_a_field_keep_a_group_of_their_own():
    unknown = Reading(None, "", OTHER, OTHER)
    shown = [level.number for level in LEVELS if group_questions([unknown], level.number)]
    assert shown == [1, 2, 3, 6, 7, 8]
