"""What is changed about a vowel: the fields that tell it, of the phones that it concerns."""

import numpy as np
import pytest
from read_aloud import read_aloud

from intonation.evaluation.phonetics import changes
from intonation.evaluation.phonetics.replacement import windows
from intonation.evaluation.phonetics.vowels import ACCENTED, STATEMENT, YES_NO


@pytest.fixture(scope="module")
def speech():
    return read_aloud(60)


@pytest.fixture(scope="module")
def asked(speech):
    return windows(speech, 4)


def other(asked, new, name):
    """Where a field changed, bool [vowels, phones]."""
    return asked.real & (new[name] != asked.fields[name])


def test_only_accented_syllables_lose_their_accent(speech, asked):
    new = changes.without_accent(asked)
    accented = (speech.vowels["prominence"] == ACCENTED).to_numpy()
    assert (other(asked, new, "b2")[:, -1] == accented).all()
    assert (new["b2"][:, -1] == "0").all()
    moved = other(asked, new, "c2")
    assert moved.any() and not (moved & ~asked.previous).any()
    assert set(new) == {"b2", "c2"}


def test_late_in_a_phrase_is_where_another_vowel_is(speech, asked):
    new = changes.late_in_phrase(asked)
    known = asked.late >= 0
    vowels = speech.vowels
    there = vowels.loc[asked.late[known], "syllable"].to_numpy().astype(str)
    assert (new["b6"][known, -1] == there).all()
    assert (new["b6"][~known] == asked.fields["b6"][~known]).all()
    assert not {"h1", "h5", "p6", "b1"} & set(new)


def test_what_is_to_come_changes_and_what_is_over_does_not(asked):
    new = changes.not_last(asked)
    assert other(asked, new, "b7").any() and not {"b6", "e3", "e5", "b8"} & set(new)


def test_a_question_becomes_a_statement(speech, asked):
    new = changes.as_a_statement(asked)
    asks = (speech.vowels["tone"] == YES_NO).to_numpy()
    assert asks.any() and (new["h5"][asks, -1] == STATEMENT).all()
    assert "3" not in set(new["b2"][:, -1]) and "4" in set(new["b2"][:, -1])


def test_a_vowel_is_changed_in_all_that_name_it(speech, asked):
    new = changes.as_low_vowel(asked)
    assert set(new["p3"][:, -1]) == {"a"} and set(new["b16"][asked.own]) == {"a"}
    second = asked.real[:, -2]
    assert set(new["p4"][second, -2]) == {"a"}
    assert (new["p3"][:, :-1] == asked.fields["p3"][:, :-1]).all()


@pytest.mark.parametrize(
    ("change", "pairs"),
    [
        (changes.after_voiced, {"p": "b", "s": "z", "ci": "dzi", "k": "g", "h": "h", "m": "m"}),
        (changes.after_stop, {"m": "b", "n": "d", "l": "d", "w": "g", "k": "k", "z": "z"}),
    ],
)
def test_a_consonant_has_its_partner(asked, change, pairs):
    new = change(asked)
    for own, partner in pairs.items():
        chosen = asked.fields["p2"][:, -1] == own
        assert set(new["p2"][chosen, -1]) <= {partner}
    follows = asked.real[:, -2]
    assert (new["p3"][follows, -2] == new["p2"][follows, -1]).all()


def test_a_longer_phrase(asked):
    new = changes.in_a_longer_phrase(asked)
    before = changes.number(asked, "h1")[:, -1]
    assert (new["h1"][:, -1].astype(int) == before + 2).all()


def test_before_the_reset_only_from_a_second_phrase_on(speech, asked):
    new = changes.before_the_reset(asked)
    moved = other(asked, new, "h3")[:, -1]
    assert moved.any() and (speech.vowels["phrase"][moved] > 1).all()
    found = new["h3"][moved, -1].astype(int)
    assert (found == speech.vowels["phrase"][moved] - 1).all()
    assert np.array_equal(moved, asked.earlier >= 0)
