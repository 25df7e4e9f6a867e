"""Stress of hand-checked words, alone and among neighbours; parts of speech."""

import pytest

from intonation.polish.lexicon import PARTS_OF_SPEECH, QUESTION_WORD, part_of_speech
from intonation.polish.stress import stressed_syllables, word_stresses

# The stressed syllable in capitals.
WORDS = """
KO-tek ro-WE-rem przy-ja-CIE-la DOM te-le-wi-ZYJ-ny nie-za-LEŻ-ny je-STEŚ-my my-ŚLI-cie
MU-zy-ka MU-zy-kę MU-zy-ce mu-zy-KA-mi FI-zy-ki ma-te-MA-ty-ką gra-MA-ty-ce po-LI-ty-ka
TECH-ni-ka a-ME-ry-ka a-ME-ry-ce A-fry-kę re-PU-bli-ki FA-bry-ka LO-gi-ka sta-TY-sty-ka
e-lek-TRO-ni-ka KRY-ty-ka e-ko-NO-mi-ka
ję-ZY-ka o-gro-DNI-ka sło-WNI-ka spo-TY-ka do-TY-ka ka-mie-NI-ce ko-SZY-ka pa-TY-ka
ZRO-bił-bym ZRO-bił-byś po-WIE-dział-by CHCIA-ła-by zro-BI-ły-by PO-szedł-bym BYŁ-by
zro-BI-li-by-śmy CHCIE-li-by-ście po-je-CHA-ły-by-ście
zro-BI-li-śmy BY-ły-śmy pi-SA-ły-śmy wi-DZIE-li-ście po-WIN-ni-śmy SZLIŚ-my
GDY-by-śmy ŻE-by-ście GDY-bym
SIE-dem-set O-siem-set CZTE-ry-sta PIĘ-ciu-set dwa-NA-ście
u-ni-WER-sy-tet u-ni-wer-sy-TE-tu O-pe-ra O-pe-rę PRE-zy-dent pre-zy-DEN-ta RY-zy-ko
rzecz-po-SPO-li-ta O-gó-le
SŁA-by LI-ście DO-kąd dla-CZE-go
"""

# Neighbours: stressed syllables in capitals.
PHRASES = [
    "NIE wiem",
    "NIE ma",
    "NIE jest",
    "nie WI-dzę",
    "DO mnie",
    "prze-ZE mnie",
    "PRZED nim",
    "U nas",
    "do NIE-go",
    "DAJ mi go",
    "ten DOM",
    "czy JU-tro",
    "KTO to",
    "MOŻ-na by",
    "że się BO-i",
    "do DO-mu",
]


def parsed(word: str) -> tuple[str, int, int | None]:
    """The word, its number of syllables and the index of the one in capitals."""
    syllables = word.split("-")
    stressed = [index for index, part in enumerate(syllables) if part.isupper()]
    return word.replace("-", "").lower(), len(syllables), stressed[0] if stressed else None


def stressed(words, counts, proclitics) -> list[int | None]:
    classes = [part_of_speech(word) for word in words]
    return stressed_syllables(word_stresses(words, counts, proclitics), classes)


@pytest.mark.parametrize("marked", WORDS.split())
def test_word_stress(marked):
    word, count, expected = parsed(marked)
    assert stressed([word], [count], [False]) == [expected]


@pytest.mark.parametrize("marked", PHRASES)
def test_stress_among_neighbours(marked):
    words, counts, expected = zip(*(parsed(word) for word in marked.split()), strict=True)
    assert stressed(words, counts, [False] * len(words)) == list(expected)


def test_a_pronoun_with_a_proclitic_keeps_its_stress():
    assert stressed(["każdy", "nas"], [2, 1], [False, True]) == [0, 0]
    assert stressed(["dla", "nas"], [1, 1], [False, False]) == [0, None]


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("dom", "content"), ("piszemy", "content"), ("szybko", "content"), ("do", "in"),
        ("ponieważ", "cc"), ("jest", "aux"), ("trzeba", "md"), ("nie", "part"), ("się", "part"),
        ("mnie", "pps"), ("naszego", "det"), ("którego", "wp"), ("by", "part"),
    ],
)  # fmt: skip
def test_part_of_speech(word, expected):
    assert part_of_speech(word) == expected
    assert expected in PARTS_OF_SPEECH


def test_parts_of_speech_are_safe_in_hts_labels():
    for name in PARTS_OF_SPEECH:
        assert name.isascii()
        assert name.isalpha()


def test_question_words():
    asking, others = ("kto", "czym", "gdzie", "ile", "którą"), ("czy", "że", "dom", "nikt")
    assert {part_of_speech(word) for word in asking} == {QUESTION_WORD}
    assert QUESTION_WORD not in map(part_of_speech, others)
