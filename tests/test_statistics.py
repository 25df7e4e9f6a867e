"""An even choice, ranks and the bootstrap: by hand, against scipy, honest where little is known."""

import warnings

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from scipy.stats import spearmanr

from intonation.statistics import (
    draw_counts,
    evenly,
    holm,
    intervals,
    mean_interval,
    percentiles,
    rank_correlation,
    ranks_of,
    rms,
    summarise,
)


@pytest.mark.parametrize(
    "most, chosen",
    [(1, "a"), (2, "ae"), (3, "ace"), (4, "abde"), (5, "abcde"), (9, "abcde"), (0, "abcde")],
)
def test_evenly_chosen_from_the_first_to_the_last(most, chosen):
    assert evenly(list("abcde"), most) == list(chosen)


@pytest.mark.parametrize("most, chosen", [(1, "f"), (2, "ch"), (5, "bdfhj"), (0, "abcdefghij")])
def test_evenly_chosen_middles(most, chosen):
    assert evenly(list("abcdefghij"), most, ends=False) == list(chosen)


@pytest.mark.parametrize("ends", [True, False])
def test_an_even_choice_takes_from_every_speaker(ends):
    by_speaker = [f"{speaker}{n}" for speaker in "abcd" for n in range(25)]
    chosen = evenly(by_speaker, 12, ends=ends)
    assert chosen == sorted(set(chosen), key=by_speaker.index)
    counts = pd.Series([name[0] for name in chosen]).value_counts()
    assert (counts == 3).all() and len(counts) == 4


@pytest.mark.parametrize("most", [0, 3])
def test_of_nothing_nothing_is_chosen(most):
    assert evenly([], most) == []


def test_root_mean_square_by_hand():
    assert rms(np.array([1.0, -3.0, 7.0]), np.array([3, 1, 0])) == pytest.approx(np.sqrt(3))


@pytest.mark.parametrize("constant", [0.0, -1.0])
def test_what_a_constant_agrees_with_is_said_by_the_caller(constant):
    values = np.arange(6.0).reshape(3, 2)
    assert rank_correlation(np.ones((3, 2)), values, constant=constant) == constant
    assert rank_correlation(values, values**3, constant=constant) == pytest.approx(1)


def test_arrays_of_different_sizes_have_no_correlation():
    with pytest.raises(ValueError):
        rank_correlation(np.arange(2.0), np.arange(3.0))


def test_percentiles_of_draws():
    draws = np.arange(101.0)[:, None] + [0, 1000]
    np.testing.assert_allclose(percentiles(draws, 0.9), [[5, 1005], [95, 1095]])
    np.testing.assert_allclose(percentiles(draws[:, 0]), [2.5, 97.5])


def test_the_interval_of_a_mean_is_scipys():
    values = np.random.default_rng(5).normal(size=15)
    expected = stats.bootstrap(
        (values,), np.mean, n_resamples=300, method="percentile", rng=np.random.default_rng(2)
    ).confidence_interval
    mean, low, high = mean_interval([*values, np.nan], resamples=300, seed=2)
    assert (mean, low, high) == pytest.approx((values.mean(), expected.low, expected.high))


def test_a_summary_has_a_row_for_each_combination():
    table = pd.DataFrame({"a": list("xxy"), "b": list("ppq"), "value": [1.0, -3.0, 5.0]})
    found = summarise(table, ["a", "b"], "value", resamples=20)
    columns = ["a", "b", "utterances", "value", "ci_low", "ci_high", "share_positive"]
    assert list(found.columns) == columns
    assert found[["utterances", "value", "share_positive"]].to_numpy().tolist() == [
        *([2, -1, 0.5], [1, 5, 1])
    ]
    assert found["ci_low"].iloc[0] == -3 and found["ci_high"].iloc[0] == 1


def test_rank_correlation_is_scipys_with_ties():
    random = np.random.default_rng(1)
    for _ in range(20):
        relevance, effects = random.integers(0, 6, (2, 9)).astype(float)
        expected = spearmanr(relevance, effects).statistic
        assert rank_correlation(relevance, effects) == pytest.approx(expected)


@pytest.mark.parametrize("relevance", [[1.0, 1.0], [1.0], []])
def test_nothing_to_rank_is_nan(relevance):
    assert np.isnan(rank_correlation(np.array(relevance), np.arange(len(relevance))))


def test_intervals_cover_the_truth_about_as_often_as_they_say():
    """The sum over 40 utterances, in 200 corpora: 95 % intervals, some short of it for so few."""
    generator, covered = np.random.default_rng(7), 0
    counts = draw_counts(40, 400, seed=3) - 1
    for _ in range(200):
        values = generator.gamma(2.0, size=(40, 1))
        found = intervals(values.sum() + counts @ values)
        covered += found["ci_low"].item() <= 40 * 2.0 <= found["ci_high"].item()
    assert 0.88 <= covered / 200 <= 0.985


def test_clear_leaders_keep_their_rank_and_ties_their_order():
    draws = np.array([[5.0, 1.0, 1.0], [6.0, 1.0, 1.0], [7.0, 1.0, 2.0]])
    assert ranks_of(draws).tolist() == [[1, 2, 3], [1, 2, 3], [1, 3, 2]]
    assert ranks_of(draws, ascending=True)[0].tolist() == [3, 1, 2]
    found = intervals(draws)
    assert found["rank_low"].tolist() == [1, 2, 2] and found["rank_high"].tolist() == [1, 3, 3]


def test_the_same_seed_draws_the_same_and_every_draw_is_whole():
    counts = draw_counts(7, 50, seed=1)
    assert (counts.sum(axis=1) == 7).all() and counts.shape == (50, 7)
    np.testing.assert_array_equal(counts, draw_counts(7, 200, seed=1)[:50])
    assert (counts != draw_counts(7, 50, seed=2)).any()


def test_holm_by_hand():
    np.testing.assert_allclose(holm(np.array([0.04, 0.01, 0.03])), [0.06, 0.03, 0.06])
    np.testing.assert_allclose(holm(np.array([0.9, 0.8])), [1, 1])
    assert holm(np.zeros(0)).shape == (0,)


def test_an_interval_holds_the_mean_and_shrinks_with_more_utterances():
    random = np.random.default_rng(0)
    wide = mean_interval(random.normal(1, 1, 10), resamples=500, seed=0)
    narrow = mean_interval(random.normal(1, 1, 1000), resamples=500, seed=0)
    for mean, low, high in (wide, narrow):
        assert low < mean < high
    # 1.96 standard errors to either side
    assert narrow[2] - narrow[1] == pytest.approx(2 * 1.96 / np.sqrt(1000), rel=0.15)
    assert wide[2] - wide[1] > 4 * (narrow[2] - narrow[1])


def test_one_utterance_has_no_interval_and_warns_of_nothing():
    table = pd.DataFrame({"method": ["z"], "advantage": [2.0]})
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        row = summarise(table, ["method"], "advantage", resamples=50).iloc[0]
        equal = mean_interval([3.0, 3.0], resamples=50, seed=0)
    assert (row["utterances"], row["advantage"], row["share_positive"]) == (1, 2.0, 1.0)
    assert np.isnan(row["ci_low"]) and np.isnan(row["ci_high"])
    assert equal == (3.0, 3.0, 3.0)
