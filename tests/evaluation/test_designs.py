"""Matched differences, slopes and ends of phrases: by hand, and with truth behind confounders."""

import numpy as np
import pandas as pd
import pytest

from intonation.evaluation.phonetics.designs import (
    LEAST_PAIRS,
    BelowLine,
    Difference,
    Draws,
    Slope,
    codes,
    over_deals,
    weighted_mean,
)

MANY = 4000


def drawn(seed=0, size=MANY, sentences=40):
    """Draws of vowels in sentences at random."""
    numbers = np.random.default_rng(seed).integers(0, sentences, size)
    return Draws.of(numbers.astype(str), resamples=200, seed=seed)


def test_a_difference_by_hand():
    # strata: first 0 2 | 4; second 1 | 2 2; the third has no pair
    values = np.array([0.0, 2.0, 1.0, 4.0, 2.0, 2.0, 9.0])
    first = np.array([True, True, False, True, False, False, True])
    strata = np.array([0, 0, 0, 5, 5, 5, 7])
    many = [np.tile(part, 20) for part in (values, first, strata)]
    sentences = np.repeat(np.arange(20), 7)
    design = Difference(many[1], ~many[1], many[2])
    found = design.estimate(many[0], Draws.of(sentences, resamples=50, seed=0))
    # pairs of the strata: 20 and 20; differences 1 - 1 and 4 - 2
    assert found.value == pytest.approx(1.0) and found.pairs == 40
    assert found.ci_low == pytest.approx(1.0) and found.ci_high == pytest.approx(1.0)
    # two vowels share the 20 pairs of the first stratum, one has those of the second
    assert design.weights[:7].tolist() == [0.5, 0.5, 0, 1, 0, 0, 0]


def test_matching_takes_a_confounder_away():
    random = np.random.default_rng(1)
    stratum = random.integers(0, 5, MANY)
    first = random.random(MANY) < 0.15 + 0.15 * stratum
    values = 2.0 * stratum + 0.7 * first + random.normal(0, 0.5, MANY)
    draws = drawn()
    matched = Difference(first, ~first, stratum).estimate(values, draws)
    naive = Difference(first, ~first, np.zeros(MANY, dtype=int)).estimate(values, draws)
    assert matched.ci_low < 0.7 < matched.ci_high and matched.value == pytest.approx(0.7, abs=0.06)
    assert naive.value > 1.5


def test_sentences_are_drawn_whole():
    """A sentence's height is shared by its vowels: they are no independent evidence."""
    random = np.random.default_rng(2)
    sentence = np.repeat(np.arange(20), 100)
    first = sentence < 10
    values = random.normal(0, 1, 20)[sentence] + random.normal(0, 0.1, 2000)
    design = Difference(first, ~first, np.zeros(2000, dtype=int))
    whole = design.estimate(values, Draws.of(sentence, resamples=300, seed=0))
    single = design.estimate(values, Draws.of(np.arange(2000), resamples=300, seed=0))
    assert whole.ci_high - whole.ci_low > 4 * (single.ci_high - single.ci_low)


def test_too_few_say_nothing():
    few = LEAST_PAIRS - 1
    first = np.repeat([True, False], few)
    draws = Draws.of(np.tile(np.arange(few), 2), resamples=20, seed=0)
    design = Difference(first, ~first, np.zeros(2 * few, dtype=int))
    assert np.isnan(design.estimate(np.ones(2 * few), draws).value)
    lonely = Draws.of(np.zeros(400), resamples=20, seed=0)
    first = np.arange(400) % 2 == 0
    nothing = Difference(first, ~first, np.zeros(400, dtype=int)).estimate(np.ones(400), lonely)
    assert np.isnan(nothing.value) and nothing.pairs == 0
    nobody = Difference(first, np.zeros(400, dtype=bool), np.zeros(400, dtype=int))
    assert np.isnan(nobody.estimate(np.ones(400), lonely).value) and not nobody.weights.any()


def test_a_slope_within_strata():
    random = np.random.default_rng(3)
    phrase = np.repeat(np.arange(400), 10)
    x = np.tile(np.arange(10.0), 400)
    # long phrases begin higher: between phrases the slope would be another one
    height = random.normal(0, 3, 400)[phrase]
    values = -0.3 * x + height + random.normal(0, 0.2, MANY)
    draws = Draws.of(phrase // 4, resamples=200, seed=0)
    found = Slope(x, np.ones(MANY, dtype=bool), phrase, per=5).estimate(values, draws)
    assert found.value == pytest.approx(-1.5, abs=0.02) and found.ci_low < -1.5 < found.ci_high
    assert found.pairs == MANY - 400


def test_the_end_of_a_phrase_below_its_line():
    phrase = np.repeat(np.arange(60), 8)
    x = np.tile(np.arange(8.0), 60)
    last, body = x == 7, x < 5
    values = 4.0 * (phrase % 3) - 0.25 * x - 3.5 * last + 9.0 * (x == 6)
    found = BelowLine(x, last, body, phrase).estimate(
        values, Draws.of(phrase // 2, resamples=50, seed=0)
    )
    assert found.value == pytest.approx(-3.5) and found.pairs == 60
    assert (found.ci_low, found.ci_high) == pytest.approx((-3.5, -3.5))


def test_a_weighted_mean():
    values, weights = np.array([1.0, 5.0, np.nan, 7.0] * 20), np.array([3.0, 1.0, 1.0, 0.0] * 20)
    found = weighted_mean(
        values, weights, Draws.of(np.repeat(np.arange(20), 4), resamples=9, seed=0)
    )
    assert found.value == pytest.approx(2.0) and found.pairs == 40


def test_strata_are_combinations_that_occur():
    table = pd.DataFrame({"a": list("xxyy"), "b": [1, 2, 1, 1]})
    assert codes(table, ("a", "b")).tolist() == [0, 1, 2, 2]
    assert codes(table[:0], ("a", "b")).tolist() == []


def test_deals_are_drawn_before_sentences():
    """Two deals that are sure of 1 and of 3: what is told is 2, and that it may be either."""
    sentences = np.repeat(np.arange(30), 4).astype(str)
    draws = Draws.of(sentences, resamples=400, seed=0)
    random = np.random.default_rng(0)
    deals = [
        weighted_mean(size + 0.01 * random.normal(size=120), np.ones(120), draws)
        for size in (1.0, 3.0)
    ]
    found = over_deals(deals)
    assert found.told[:3] == pytest.approx([2, 1, 3], abs=0.01)
    assert (found.pairs, found.sentences) == (deals[0].pairs, 30)
    assert over_deals(deals[:1]) is deals[0]
    unknown = weighted_mean(np.full(120, np.nan), np.ones(120), draws)
    assert np.isnan(over_deals([deals[0], unknown]).value)
