"""Checking and splitting of Polish text."""

import unicodedata

import pytest

from intonation.errors import UtteranceError
from intonation.polish import check_text
from intonation.polish.words import (
    LETTERS,
    Token,
    final_consonants,
    orthographic_syllables,
    tokenise,
)


@pytest.mark.parametrize(
    "text",
    [
        "Zażółć gęślą jaźń!",
        LETTERS,
        LETTERS.upper(),
        '„Idź stąd!” — krzyknął. – Kto? (Nikt…) «Tak», ‘nie’, "no"; i: to [jest] biało-czarne.',
        unicodedata.normalize("NFD", "Żółć źdźbło"),
        "Dwa\u00a0słowa\ti wiersz\ndrugi.",
    ],
)
def test_polish_text_passes(text):
    check_text(text)


@pytest.mark.parametrize(
    ("text", "named", "fix"),
    [
        ("Mam 3 koty.", r"'3' \(U\+0033 DIGIT THREE\)", "Write numbers and signs out"),
        ("Pan Xavier.", r"'X' \(U\+0058", "espell foreign words"),
        ("Ähre i Straße", r"'Ä'.*'ß'", "espell foreign words"),
        ("Ala ma kota 🐈", r"U\+1F408 CAT", "emove the other characters"),
        ("сорока", r"CYRILLIC", "espell foreign words"),
        ("Kocham \u200bcię", r"U\+200B ZERO WIDTH SPACE", "emove the other"),
        ("Sto % normy", "PERCENT SIGN", "Write numbers and signs out"),
        ("mail@poczta", "COMMERCIAL AT", "emove the other"),
    ],
)
def test_other_characters_are_named_with_the_fix(text, named, fix):
    with pytest.raises(UtteranceError, match=named) as error:
        check_text(text)
    assert fix in str(error.value)


def test_long_texts_are_shortened_in_messages():
    with pytest.raises(UtteranceError) as error:
        check_text("bardzo " * 1000 + "1")
    assert len(str(error.value)) < 300


@pytest.mark.parametrize("text", ["", "  ", "…!?"])
def test_text_without_words(text):
    with pytest.raises(UtteranceError, match="has no words"):
        check_text(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Tak, wiem.", [Token("tak", ","), Token("wiem", ".")]),
        ("Biało-czarny", [Token("biało"), Token("czarny")]),
        ("Kot - stary", [Token("kot", ","), Token("stary")]),
        ("Kot (stary) śpi", [Token("kot", ","), Token("stary", ","), Token("śpi")]),
        ("Prof. Nowak śpi.", [Token("prof"), Token("nowak"), Token("śpi", ".")]),
        ("To np. kot.", [Token("to"), Token("np"), Token("kot", ".")]),
        ("Wyszedł. Sam?!", [Token("wyszedł", "."), Token("sam", "?")]),
        ("„Idź.” – rzekł", [Token("idź", ","), Token("rzekł")]),
        ("„Idź?” – rzekł", [Token("idź", "?"), Token("rzekł")]),
        ("No... idę; już…", [Token("no", ","), Token("idę", ";"), Token("już", ",")]),
        ("„Ród smoka” to film", [Token("ród"), Token("smoka"), Token("to"), Token("film")]),
    ],
)
def test_tokens(text, expected):
    assert tokenise(text) == expected


@pytest.mark.parametrize(
    ("word", "count"),
    [("nie", 1), ("w", 0), ("miasto", 2), ("Maria", 2), ("kakao", 3), ("i", 1), ("Iza", 2),
     ("moi", 2), ("ósmy", 2), ("wziął", 1), ("nauka", 3), ("chmur", 1)],
)  # fmt: skip
def test_orthographic_syllables(word, count):
    assert orthographic_syllables(word) == count


@pytest.mark.parametrize(
    ("word", "count"), [("nie", 0), ("od", 1), ("przed", 1), ("deszcz", 2), ("tych", 1)]
)
def test_final_consonants(word, count):
    assert final_consonants(word) == count
