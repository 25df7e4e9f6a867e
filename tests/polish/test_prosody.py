"""Phrases, tones and accents, on words with phones made by hand."""

from dataclasses import replace

import pytest

from intonation.labels.intervals import Interval
from intonation.polish.prosody import TONES, Phrase, WordFacts, phrases, word_facts
from intonation.polish.transcript import SpokenWord
from intonation.polish.words import orthographic_syllables, tokenise


def spoken(text: str, *, pause_after: dict[str, float] | None = None) -> list[SpokenWord]:
    """Words of a text, each syllable the phones t a of 0.1 s; given pauses after words."""
    words, start_s = [], 0.0
    for token in tokenise(text):
        phones = []
        for symbol in "ta" * orthographic_syllables(token.text):
            phones.append(Interval(start_s, start_s + 0.1, symbol))
            start_s += 0.1
        start_s += (pause_after or {}).get(token.text, 0.0)
        words.append(SpokenWord(token.text, token.mark, tuple(phones)))
    return words


def facts(text: str, **options) -> list[WordFacts]:
    return word_facts(spoken(text, **options))


def shape(text: str, **options) -> list[str]:
    return written(phrases(facts(text, **options)))


def written(found: list[Phrase]) -> list[str]:
    """One string a phrase: words with the accent of each stressed syllable, then the tone."""
    rows = []
    for phrase in found:
        words = []
        for word in phrase.words:
            stressed = [str(s.accent) for s in word.syllables if s.stressed]
            words.append(word.text + "".join(stressed))
        rows.append(" ".join([*words, phrase.tone]))
    return rows


@pytest.mark.parametrize(
    ("text", "tone"),
    [
        ("Pada deszcz.", "L-L%"),
        ("Pada deszcz", "L-L%"),
        ("Czy pada deszcz?", "H-H%"),
        ("Pada deszcz?", "H-H%"),
        ("Gdzie pada deszcz?", "HL-L%"),
        ("A o czym myślisz?", "HL-L%"),
        ("Ale dlaczego nie pada?", "HL-L%"),
        ("Czy wiesz, kto pada?", "H-H%"),
        ("Wiesz, kto dzwonił?", "H-H%"),
        ("Pada deszcz!", "H-L%"),
        ("Pada?!", "H-H%"),
        ("Pada deszcz…", "L-H%"),
    ],
)
def test_final_tone(text, tone):
    assert phrases(facts(text))[-1].tone == tone
    assert tone in TONES


def test_a_question_is_judged_by_its_own_sentence():
    found = [phrase.tone for phrase in phrases(facts("Kto to? Pada? Nie wiem. Gdzie?"))]
    assert found == ["HL-L%", "H-H%", "L-L%", "HL-L%"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Mały kot śpi.", ["mały1 kot1 śpi2 L-L%"]),
        ("Kot śpi, a pies je.", ["kot1 śpi2 L-H%", "a pies2 je L-L%"]),
        ("Czy kot śpi?", ["czy kot1 śpi3 H-H%"]),
        ("Gdzie śpi kot?", ["gdzie1 śpi1 kot3 HL-L%"]),
        ("Wiem, gdzie śpi kot.", ["wiem2 L-H%", "gdzie0 śpi1 kot2 L-L%"]),
        ("Śpij kocie!", ["śpij1 kocie4 H-L%"]),
        ("Kot nie śpi.", ["kot1 nie2 śpi L-L%"]),
        ("Kot śpi do mnie.", ["kot1 śpi2 do0 mnie L-L%"]),
        ("To ja.", ["to ja2 L-L%"]),
        ("Nie i nie.", ["nie i nie2 L-L%"]),
        ("Kto?", ["kto3 HL-L%"]),
        ("Dla mnie.", ["dla2 mnie L-L%"]),
    ],
)
def test_accents(text, expected):
    assert shape(text) == expected


def test_every_phrase_has_one_nucleus():
    text = "Czy to, co mówisz, jest dla nich? A my? I się. Zrobilibyście to, gdybym prosił!"
    for phrase in phrases(facts(text)):
        accents = [s.accent for word in phrase.words for s in word.syllables]
        assert sum(accent > 1 for accent in accents) == 1


@pytest.mark.parametrize(("pause_s", "count"), [(0.15, 1), (0.25, 2)])
def test_a_long_pause_ends_a_phrase(pause_s, count):
    found = phrases(facts("Mały kot śpi", pause_after={"kot": pause_s}))
    assert [phrase.tone for phrase in found] == ["NONE", "L-L%"][-count:]


def test_unstressed_syllables_have_no_accent():
    for phrase in phrases(facts("Uniwersytety zapraszają przyszłych studentów.")):
        for word in phrase.words:
            assert sum(s.stressed for s in word.syllables) == 1
            assert all(s.stressed or s.accent == 0 for s in word.syllables)


def accents(words: list[WordFacts]) -> list[list[int]]:
    """The accent of each stressed syllable, word for word."""
    found = [word for phrase in phrases(words) for word in phrase.words]
    return [[s.accent for s in word.syllables if s.stressed] for word in found]


@pytest.mark.parametrize(
    ("text", "decided", "expected"),
    [
        ("Mały kot śpi.", {2: False}, [[1], [2], [0]]),
        ("Mały kot śpi.", {0: False, 1: True}, [[0], [1], [2]]),
        ("Mały kot śpi?", {0: False, 1: False, 2: False}, [[0], [0], [3]]),
        ("Gdzie śpi kot?", {0: False}, [[0], [1], [3]]),
        ("Kot i pies.", {1: True}, [[1], [1], [2]]),
        ("Kot nie śpi.", {2: True}, [[1], [0], [2]]),
        ("Kot nie śpi.", {1: False}, [[2], [0], []]),
        ("Nie i nie.", {0: True}, [[2], [], []]),
    ],
)
def test_what_is_decided_goes_before_the_rule(text, decided, expected):
    words = [replace(word, accented=decided.get(index)) for index, word in enumerate(facts(text))]
    assert accents(words) == expected


@pytest.mark.parametrize(
    ("text", "word", "part", "expected"),
    [
        ("Mały kot śpi.", 2, "aux", ["mały1 kot2 śpi0 L-L%"]),
        ("Kot i pies śpi.", 1, "content", ["kot1 i1 pies1 śpi2 L-L%"]),
        ("Kot nie śpi.", 2, "pps", ["kot2 nie śpi0 L-L%"]),
        ("Śpi mały kot?", 1, "wp", ["śpi1 mały1 kot3 HL-L%"]),
        ("Gdzie śpi kot?", 0, "cc", ["gdzie0 śpi1 kot3 H-H%"]),
    ],
)
def test_another_part_of_speech_gives_other_accents(text, word, part, expected):
    words = facts(text)
    words[word] = replace(words[word], part_of_speech=part)
    assert written(phrases(words)) == expected
