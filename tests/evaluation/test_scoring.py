"""Marking rankings: by hand, against scipy, and with relevance that is right or broken."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import spearmanr

from intonation.errors import ModelError, ParameterError
from intonation.evaluation.scoring import (
    MEAN_ABS,
    NET,
    ROW_SPREAD,
    SPREAD,
    STATISTICS,
    SUM_ABS,
    ceiling,
    chance,
    farthest,
    group_statistics,
    null_floor,
    nulls_last,
    precision_at,
    rank_correlation,
    ranking_table,
    score,
    score_table,
    verdict,
)

EFFECTS = pd.Series({"a": 2.0, "b": 1.0, "c": 0.5, "d": 0.0, "e": 0.0})
RIGHT = pd.Series({"a": 9.0, "b": 7.0, "c": 5.0, "d": 0.2, "e": 0.1})


def test_statistics_by_hand():
    # two features of one group cancel in the first row and not in the second
    values = [np.array([[3.0, -3.0, 1.0], [2.0, 2.0, 1.0]])]
    weights = [np.array([1.0, 3.0])]
    groups = {"two": np.array([0, 1]), "one": np.array([2])}
    found = group_statistics(values, weights, groups)
    assert found.loc["two", SUM_ABS] == 6 + 3 * 4
    assert found.loc["two", MEAN_ABS] == 9
    assert found.loc["two", NET] == 3  # (0 + 3 x 4) / 4
    assert found.loc["two", ROW_SPREAD] == pytest.approx(np.sqrt((9 + 3 * 1) / 4))
    # always there and always the same: it has size, but no spread
    assert found.loc["one", [MEAN_ABS, SUM_ABS, NET, ROW_SPREAD]].tolist() == [4, 4, 1, 0]


def test_utterances_count_as_if_they_were_one():
    random = np.random.default_rng(0)
    values, weight = random.normal(size=(12, 5)), random.integers(0, 4, 12).astype(float)
    groups = {"x": np.array([0, 3]), "y": np.array([1, 2, 4])}
    whole = group_statistics([values], [weight], groups)
    parts = group_statistics([values[:5], values[5:]], [weight[:5], weight[5:]], groups)
    pd.testing.assert_frame_equal(whole, parts)


def test_rank_correlation_is_scipys_with_ties():
    random = np.random.default_rng(1)
    for _ in range(20):
        relevance, effects = random.integers(0, 6, (2, 9)).astype(float)
        expected = spearmanr(relevance, effects).statistic
        assert rank_correlation(relevance, effects) == pytest.approx(expected)


@pytest.mark.parametrize("relevance", [[1.0, 1.0], [1.0], []])
def test_nothing_to_rank_is_nan(relevance):
    assert np.isnan(rank_correlation(np.array(relevance), np.arange(len(relevance))))


@pytest.mark.parametrize("broken", [np.nan, np.inf])
def test_relevance_that_is_not_finite_is_an_error(broken):
    with pytest.raises(ModelError, match="not finite"):
        rank_correlation(np.array([1.0, broken]), np.array([1.0, 2.0]))


def test_different_numbers_of_groups_are_an_error():
    with pytest.raises(ParameterError, match="cannot compare"):
        rank_correlation(np.ones(2), np.ones(3))


def test_precision_by_hand():
    effects = np.array([3.0, 2.0, 1.0, 0.0])
    relevance = np.array([1.0, 9.0, 2.0, 5.0])  # order: second, fourth, third, first
    assert precision_at(relevance, effects, 1) == 0
    assert precision_at(relevance, effects, 2) == 0.5
    assert precision_at(relevance, effects, 3) == pytest.approx(2 / 3)
    assert np.isnan(precision_at(relevance, effects, 4))  # only three have an effect
    with pytest.raises(ParameterError, match="k of 1"):
        precision_at(relevance, effects, 0)


def test_a_tie_earns_nothing():
    effects = np.array([1.0, 0.0, 0.0])
    assert precision_at(np.ones(3), effects, 1) == 0
    assert not nulls_last(np.ones(3), effects)


def test_nulls_last():
    effects = np.array([2.0, 1.0, 0.0])
    assert nulls_last(np.array([1.0, 5.0, 0.5]), effects)
    assert not nulls_last(np.array([5.0, 1.0, 2.0]), effects)
    assert not nulls_last(np.array([3.0, 2.0]), np.array([2.0, 1.0]))  # no null: nothing shown


def test_the_ceiling_is_reached_by_the_true_order_and_by_no_other():
    effects = np.array([3.0, 2.0, 1.0, 0.0, 0.0])
    best = max(
        rank_correlation(np.random.default_rng(seed).permutation(5), effects) for seed in range(400)
    )
    assert ceiling(effects) == pytest.approx(best) and best < 1
    assert ceiling(np.arange(4.0)) == 1


def test_chance_is_centred_on_zero_and_follows_its_seed():
    effects = np.array([4.0, 3.0, 2.0, 1.0, 0.0, 0.0, 0.0])
    drawn = chance(effects, resamples=800, seed=3)
    assert abs(drawn.mean()) < 0.05 and drawn.min() < -0.6 and drawn.max() > 0.6
    np.testing.assert_array_equal(drawn, chance(effects, resamples=800, seed=3))


def test_right_relevance_gets_full_marks_and_turned_round_none():
    marks = score(RIGHT, EFFECTS)
    assert marks["spearman"] == pytest.approx(ceiling(EFFECTS.to_numpy()))
    assert marks["precision_at_3"] == marks["precision_at_all"] == 1 and marks["nulls_last"]
    marks = score(-RIGHT, EFFECTS)
    assert marks["spearman"] < -0.9 and not marks["nulls_last"]
    assert marks["precision_at_3"] < 0.5


def test_permuted_relevance_scores_low():
    random, effects = np.random.default_rng(5), pd.Series(np.r_[np.zeros(8), np.arange(1.0, 11)])
    rho = [score(pd.Series(random.permutation(effects)), effects)["spearman"] for _ in range(200)]
    assert np.mean(np.abs(rho)) < 0.35 and np.mean(np.array(rho) > 0.9) == 0


def test_groups_are_matched_by_name_not_by_place():
    shuffled = RIGHT.sample(frac=1, random_state=2)
    assert list(shuffled.index) != list(EFFECTS.index)
    assert score(shuffled, EFFECTS) == pytest.approx(score(RIGHT, EFFECTS), nan_ok=True)


def additive_relevance(weights, offsets, groups, seed=0):
    """Relevance in a linear model of independent yes/no answers: weight x answer, exactly.

    offsets: weights of questions that are always answered yes.
    """
    random = np.random.default_rng(seed)
    answers = (random.random((4000, len(weights))) < 0.5) | (offsets != 0)
    return [answers * (weights + offsets)], [np.ones(len(answers))], groups


def test_a_linear_model_is_ranked_right_by_its_net_relevance():
    # five groups; the second one has many small questions, the fourth none that matter
    weights = np.array([4.0, *[0.5] * 16, 1.5, 0.0, 0.0, 0.4])
    groups = {
        "one": np.array([0]),
        "many": np.arange(1, 17),
        "single": np.array([17]),
        "null": np.array([18, 19]),
        "small": np.array([20]),
    }
    # independent halves: the group's standard deviation is half the root of its summed squares
    truth = {name: 0.5 * np.sqrt((weights[i] ** 2).sum()) for name, i in groups.items()}
    effects = pd.Series(truth)
    found = group_statistics(*additive_relevance(weights, np.zeros(21), groups))
    np.testing.assert_allclose(found[ROW_SPREAD], effects, rtol=0.06, atol=1e-12)
    marks = score(found[ROW_SPREAD], effects)
    assert marks["spearman"] == pytest.approx(1) and marks["nulls_last"]
    # the mean over features takes the many for nearly nothing
    assert score(found[MEAN_ABS], effects)["spearman"] < 0.95


def test_a_constant_offset_misleads_every_statistic_but_the_spread():
    weights, offsets = np.array([2.0, 1.0, 0.0]), np.array([0.0, 0.0, 5.0])
    groups = {name: np.array([index]) for index, name in enumerate(("x", "y", "constant"))}
    effects = pd.Series({"x": 1.0, "y": 0.5, "constant": 0.0})
    found = group_statistics(*additive_relevance(weights, offsets, groups))
    for statistic in (MEAN_ABS, SUM_ABS, NET):
        assert found[statistic].idxmax() == "constant"
    assert score(found[ROW_SPREAD], effects)["nulls_last"]


def test_tables_have_a_row_for_each_ranking():
    statistics = {"z": pd.DataFrame({SPREAD: RIGHT}), "other": pd.DataFrame({NET: -RIGHT})}
    scores = score_table(statistics, EFFECTS)
    assert scores[["name", "statistic"]].values.tolist() == [["z", SPREAD], ["other", NET]]
    assert scores["nulls_last"].tolist() == [True, False]
    table = ranking_table(statistics, EFFECTS)
    assert table["group"].tolist() == [*"abcde", *"edcba"]
    assert table["rank"].tolist() == [1, 2, 3, 4, 5] * 2
    assert table.loc[table["group"] == "b", "effect_semitones"].tolist() == [1.0, 1.0]


def test_the_verdict_follows_the_marks():
    assert "**held**" in verdict(score(RIGHT, EFFECTS), EFFECTS, wanted=0.9)
    assert "**did not hold**" in verdict(score(-RIGHT, EFFECTS), EFFECTS, wanted=0.9)
    swapped = RIGHT.copy()
    swapped["c"], swapped["d"] = 0.2, 5.0
    text = verdict(score(swapped, EFFECTS), EFFECTS, wanted=0.0)
    assert "did not all come last" in text and "**did not hold**" in text
    assert "did not hold" in verdict(score(RIGHT * 0, EFFECTS), EFFECTS, wanted=0.9)


def test_floor_and_farthest():
    assert null_floor(RIGHT, EFFECTS) == 0.2
    assert null_floor(RIGHT[:3], EFFECTS[:3]) == 0.0
    moved = pd.Series({"a": 1.0, "b": 7.0, "c": 5.0, "d": 0.2, "e": 0.1})
    assert farthest(moved, EFFECTS) == "a"
    assert farthest(RIGHT[3:], EFFECTS[3:]) == ""


def test_every_statistic_is_described():
    assert list(STATISTICS) == [MEAN_ABS, SUM_ABS, NET, ROW_SPREAD, SPREAD]
