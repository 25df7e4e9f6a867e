"""Medians over sentences with their intervals, and which vowels a line is made of."""

import numpy as np
import pytest
from read_aloud import read_aloud
from scipy.stats import binom

from intonation.evaluation.phonetics.curves import (
    along_phrases,
    around_by,
    curve,
    each_vowel,
    last_vowels,
    median_interval,
)
from intonation.evaluation.phonetics.designs import Draws
from intonation.evaluation.phonetics.vowels import ONSETS, PROMINENCES, TONES
from intonation.evaluation.planted_law import LAW


@pytest.fixture(scope="module")
def speech():
    return read_aloud(150)


def test_the_interval_of_a_median_by_hand():
    # of ten values, 2nd and 9th: P(fewer than 2 of 10 below the median) = 11 / 1024
    found = median_interval(np.r_[np.arange(10.0), np.nan])
    assert found == (4.5, 1.0, 8.0)
    assert 2 * binom.cdf(1, 10, 0.5) < 0.05 < 2 * binom.cdf(2, 10, 0.5)
    few = median_interval(np.arange(3.0))
    assert few[0] == 1.0 and np.isnan(few[1:]).all()
    assert np.isnan(median_interval(np.array([np.nan]))).all()


def test_intervals_hold_the_median_as_often_as_they_say():
    random = np.random.default_rng(0)
    held = [
        low <= 0 <= high
        for _, low, high in (median_interval(random.normal(0, 1, 40)) for _ in range(500))
    ]
    assert 0.93 <= np.mean(held) <= 0.99


def test_a_line_counts_a_sentence_once():
    values = np.array([[1.0, np.nan], [3.0, np.nan], [10.0, 5.0], [20.0, 6.0]])
    found = curve("x", (0, 1), values, ["a", "a", "b", "c"])
    assert found["across"].tolist() == [0] and found["value"].tolist() == [10.0]
    assert found["vowels"].tolist() == [4] and found["sentences"].tolist() == [3]


def test_lines_of_a_planted_law(speech):
    lines = last_vowels(speech, TONES)
    ends = lines[lines["across"] > -1].groupby("series")["value"].mean()
    assert ends["yes-no question"] - ends["statement"] == pytest.approx(9.5, abs=1.5)
    prominent = around_by(speech, "prominence", PROMINENCES, (0, 80))
    height = prominent.groupby("series", sort=False)["value"].mean()
    assert list(height.index) == list(PROMINENCES.values())
    assert height["accented syllable"] > height["unstressed syllable"] + 1
    through = along_phrases(speech.vowels, PROMINENCES)
    line = through[through["series"] == "unstressed syllable"]["value"].to_numpy()
    assert line[0] > line[4] > line[-1]
    assert set(around_by(speech, "onset", ONSETS, (0, 80))["series"]) == set(ONSETS.values())


def test_each_vowel_against_a(speech):
    vowels = read_aloud(150, law=[term for term in LAW if term.group == "SYLLABLE_NUCLEUS"]).vowels
    draws = Draws.of(vowels["sentence"], resamples=20, seed=0)
    found = each_vowel(vowels, {"law": vowels["semitones"].to_numpy()}, draws)
    values = found.set_index("name")["value"]
    assert values[["i", "u", "y"]].tolist() == pytest.approx([1.2] * 3)
    assert values[["e", "o"]].tolist() == pytest.approx([0.6] * 2) and "a" not in values


def test_nothing_to_draw_is_an_empty_table(speech):
    assert len(last_vowels(speech, {"no such tone": "none"})) == 0
