"""Networks on the planted law: recipes, the penalty, what methods say, and how that is marked."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import torch
from phone_networks import GROUPS, QUESTIONS, linear_network, make_planted, random_network

from intonation.errors import ModelError, ParameterError
from intonation.evaluation.recovery import (
    MEAN_ABS,
    METHODS,
    NET,
    REPLACEMENT,
    ROW_SPREAD,
    SPREAD,
    STATISTICS,
    SUM_ABS,
    ceiling,
    chance,
    error_semitones,
    farthest,
    group_statistics,
    method_statistics,
    network_effects,
    null_floor,
    nulls_last,
    precision_at,
    predict_planted,
    ranking_table,
    recipes,
    relevance_per_output,
    score,
    score_table,
    train_on_law,
    verdict,
)
from intonation.lrp.methods import OCCLUSION, attribute
from intonation.lrp.ranking import group_matrix
from intonation.model.learning import GroupPenalty
from intonation.model.network import F0Model, ModelConfig
from intonation.parameters import Parameters
from intonation.statistics import rank_correlation

EFFECTS = pd.Series({"large": np.sqrt(5) / 2, "small": 0.4, "null": 0.0})


WITH_DROPOUT, WITHOUT, SPARSE = range(3)


def quick(**changes):
    return Parameters(**{"law_epochs": 60, "small_hidden_size": 8, **changes})


def trained(folder, recipe, **changes):
    items = [make_planted(number) for number in range(40)]
    return train_on_law(items, QUESTIONS, GROUPS, recipes(quick(**changes))[recipe], folder)


def asked(model, items, method):
    """Statistics of a group by any method, replacement included."""
    if method == REPLACEMENT:
        return network_effects(model, items, GROUPS, draws=4)
    return method_statistics(model, items, GROUPS, method)


@pytest.fixture(scope="module")
def learnt(tmp_path_factory):
    return trained(tmp_path_factory.mktemp("learnt"), SPARSE)


def test_the_hand_made_network_computes_the_law():
    items = [make_planted(1), make_planted(2, phones=12)]
    for item, predicted in zip(items, predict_planted(linear_network(), items), strict=True):
        np.testing.assert_allclose(predicted, item.f0_semitones + 3, atol=1e-4)
    assert error_semitones(linear_network(), items) == pytest.approx(3, abs=1e-4)


@pytest.mark.parametrize("method", [name for name in METHODS if name != "gradient"])
def test_every_method_ranks_the_groups_of_a_linear_network_right(method):
    items = [make_planted(seed) for seed in range(8)]
    found = asked(linear_network(), items, method)
    marks = score(found[SPREAD], EFFECTS)
    assert marks["spearman"] == pytest.approx(1) and marks["nulls_last"]
    assert found.loc["null", SPREAD] == pytest.approx(0, abs=1e-5)


@pytest.mark.parametrize("method", ["z", "integrated_gradients", OCCLUSION, REPLACEMENT])
def test_spread_of_a_linear_network_is_the_planted_effect_in_semitones(method):
    items = [make_planted(seed, phones=60) for seed in range(12)]
    found = asked(linear_network(), items, method)
    np.testing.assert_allclose(found[SPREAD], EFFECTS, rtol=0.12, atol=1e-5)


def test_methods_have_the_statistics_that_they_can_have():
    items = [make_planted(1, phones=8)]
    columns = {name: set(asked(linear_network(), items, name)) for name in METHODS}
    assert columns.pop(OCCLUSION) == {NET, SPREAD}
    assert columns.pop(REPLACEMENT) == {SPREAD}
    assert all(found == set(STATISTICS) for found in columns.values())


@pytest.mark.parametrize("rule", ["z", "gamma"])
def test_relevance_per_output_is_that_of_each_output_explained_alone(rule):
    model, item = random_network(), make_planted(3, phones=17).inputs
    found = relevance_per_output(model, item, GROUPS, rule)
    for phone in range(17):
        if not item.voiced[phone]:
            assert (found[phone] == 0).all()
            continue
        alone = attribute(model, item, np.arange(17) == phone, rule).relevance().values
        expected = group_matrix(alone, GROUPS, statistic="sum").sum(axis=0)
        np.testing.assert_allclose(found[phone], expected, rtol=1e-4, atol=1e-5)


def test_relevance_per_output_of_an_utterance_shorter_than_the_receptive_field():
    model, item = random_network(), make_planted(3, phones=2).inputs
    assert model.config.receptive_field > 2
    found = relevance_per_output(model, item, GROUPS, "z")
    whole = attribute(model, item, item.voiced, "z").relevance().values
    assert found.sum() == pytest.approx(whole.sum(), rel=1e-4)


def test_a_network_that_looks_ahead_is_refused():
    with pytest.raises(ModelError, match="causal"):
        relevance_per_output(random_network(causal=False), make_planted(1).inputs, GROUPS, "z")


def test_replacement_is_deterministic_and_follows_its_seed():
    items, model = [make_planted(1)], linear_network()
    one, same, other = (
        network_effects(model, items, GROUPS, draws=2, seed=seed) for seed in (1, 1, 2)
    )
    assert one.equals(same) and not one.equals(other)


def test_replacing_changes_neither_the_utterances_nor_the_models_mode():
    item, model = make_planted(1), random_network().train()
    before = item.inputs.answers.copy()
    found = network_effects(model, [item], GROUPS, draws=1)
    np.testing.assert_array_equal(item.inputs.answers, before)
    assert model.training
    assert found.equals(network_effects(model.eval(), [item], GROUPS, draws=1))


def test_a_replaced_group_is_that_of_the_phone_it_is_taken_from():
    """By hand: the network asked again about utterances whose answers were exchanged."""
    items, model = [make_planted(1), make_planted(2, phones=12)], random_network()
    found = network_effects(model, items, GROUPS, draws=1, seed=5)
    weight = np.concatenate([item.weight for item in items])
    answers = np.concatenate([item.inputs.answers for item in items])
    taken = np.random.default_rng(5).choice(42, 42, p=weight / weight.sum(dtype=np.float64))
    before = np.concatenate(predict_planted(model, items))
    for group, members in GROUPS.items():
        foreign = answers.copy()
        foreign[:, members] = answers[taken][:, members]
        told = [
            replace(item, inputs=replace(item.inputs, answers=part))
            for item, part in zip(items, np.split(foreign, [30]), strict=True)
        ]
        moved = np.concatenate(predict_planted(model, told)) - before
        expected = np.sqrt(np.average(moved**2, weights=weight) / 2)
        assert found.loc[group, SPREAD] == pytest.approx(expected, rel=1e-4)


def test_the_penalty_by_hand():
    model = F0Model(ModelConfig("semitones", QUESTIONS, 2, 1, stacks=1))
    with torch.no_grad():
        model.project.weight.copy_(
            torch.tensor([[3.0, 0.0, 1.0, 0.0, 0.0, 0.0], [0.0, 4.0, 0.0, 0.0, 0.0, 0.0]])
        )
    expected = np.sqrt(2) * 5 + 1  # sqrt(features) x norm, for each group
    for strength in (1.0, 0.25):
        found = float(GroupPenalty(GROUPS, strength)(model).detach())
        assert found == pytest.approx(strength * expected, abs=1e-4)


def test_recipes_keep_the_runs_dropout_only_where_they_say_so():
    chosen = quick(dropout=0.3, input_dropout=0.6, law_penalty=0.02, law_learning_rate=0.1)
    with_it, without, sparse = (recipe.parameters for recipe in recipes(chosen))
    assert (with_it.dropout, with_it.input_dropout) == (0.3, 0.6)
    assert without.dropout == without.input_dropout == 0 and sparse == without
    assert [recipe.penalty for recipe in recipes(chosen)] == [0, 0, 0.02]
    assert len({recipe.name for recipe in recipes(chosen)}) == 3
    for small in (with_it, sparse):
        assert (small.epochs, small.hidden_size, small.learning_rate) == (60, 8, 0.1)
        assert (small.num_layers, small.stacks, small.causal, small.target) == (
            *(1, 1, True),
            "semitones",
        )


def test_a_network_learns_the_law_and_is_ranked_right(learnt):
    test = [make_planted(seed) for seed in range(100, 108)]
    assert not learnt.training
    assert error_semitones(learnt, test) < 0.5 * np.std(test[0].f0_semitones)
    found = method_statistics(learnt, test, GROUPS, "z")
    assert score(found[SPREAD], EFFECTS)["spearman"] == pytest.approx(1)


def test_training_is_deterministic_and_follows_its_seed(tmp_path):
    one, same, other = (
        trained(tmp_path / str(n), WITH_DROPOUT, law_epochs=2, seed=seed).project.weight
        for n, seed in enumerate((1, 1, 2))
    )
    assert torch.equal(one, same) and not torch.equal(one, other)


def test_the_penalty_shrinks_what_is_not_needed(learnt, tmp_path):
    strong = trained(tmp_path, SPARSE, law_penalty=0.1)
    weights = [model.project.weight.detach() for model in (strong, learnt)]
    share = [float(weight[:, 3:].norm() / weight.norm()) for weight in weights]
    assert share[0] < 0.5 * share[1]


def test_a_target_that_is_not_finite_is_an_error(tmp_path):
    broken = make_planted(1)
    broken.target[3] = np.nan
    broken.weight[3] = 1.0
    with pytest.raises(ModelError, match="F0 is not finite in a frame that counts"):
        train_on_law([broken], QUESTIONS, GROUPS, recipes(quick(law_epochs=1))[WITHOUT], tmp_path)


# --- marks ----------------------------------------------------------------------------------------

TRUTH = pd.Series({"a": 2.0, "b": 1.0, "c": 0.5, "d": 0.0, "e": 0.0})
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


@pytest.mark.parametrize("broken", [np.nan, np.inf])
def test_relevance_that_is_not_finite_is_an_error(broken):
    with pytest.raises(ModelError, match="not finite"):
        score(RIGHT.where(RIGHT.index != "b", broken), TRUTH)


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
    marks = score(RIGHT, TRUTH)
    assert marks["spearman"] == pytest.approx(ceiling(TRUTH.to_numpy()))
    assert marks["precision_at_3"] == marks["precision_at_all"] == 1 and marks["nulls_last"]
    marks = score(-RIGHT, TRUTH)
    assert marks["spearman"] < -0.9 and not marks["nulls_last"]
    assert marks["precision_at_3"] < 0.5


def test_permuted_relevance_scores_low():
    random, effects = np.random.default_rng(5), pd.Series(np.r_[np.zeros(8), np.arange(1.0, 11)])
    rho = [score(pd.Series(random.permutation(effects)), effects)["spearman"] for _ in range(200)]
    assert np.mean(np.abs(rho)) < 0.35 and np.mean(np.array(rho) > 0.9) == 0


def test_groups_are_matched_by_name_not_by_place():
    shuffled = RIGHT.sample(frac=1, random_state=2)
    assert list(shuffled.index) != list(TRUTH.index)
    assert score(shuffled, TRUTH) == pytest.approx(score(RIGHT, TRUTH), nan_ok=True)


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
    scores = score_table(statistics, TRUTH)
    assert scores[["name", "statistic"]].values.tolist() == [["z", SPREAD], ["other", NET]]
    assert scores["nulls_last"].tolist() == [True, False]
    table = ranking_table(statistics, TRUTH)
    assert table["group"].tolist() == [*"abcde", *"edcba"]
    assert table["rank"].tolist() == [1, 2, 3, 4, 5] * 2
    assert table.loc[table["group"] == "b", "effect_semitones"].tolist() == [1.0, 1.0]


def test_the_verdict_follows_the_marks():
    assert "**held**" in verdict(score(RIGHT, TRUTH), TRUTH, wanted=0.9)
    assert "**did not hold**" in verdict(score(-RIGHT, TRUTH), TRUTH, wanted=0.9)
    swapped = RIGHT.copy()
    swapped["c"], swapped["d"] = 0.2, 5.0
    text = verdict(score(swapped, TRUTH), TRUTH, wanted=0.0)
    assert "did not all come last" in text and "**did not hold**" in text
    assert "did not hold" in verdict(score(RIGHT * 0, TRUTH), TRUTH, wanted=0.9)


def test_floor_and_farthest():
    assert null_floor(RIGHT, TRUTH) == 0.2
    assert null_floor(RIGHT[:3], TRUTH[:3]) == 0.0
    moved = pd.Series({"a": 1.0, "b": 7.0, "c": 5.0, "d": 0.2, "e": 0.1})
    assert farthest(moved, TRUTH) == "a"
    assert farthest(RIGHT[3:], TRUTH[3:]) == ""


def test_every_statistic_is_described():
    assert list(STATISTICS) == [MEAN_ABS, SUM_ABS, NET, ROW_SPREAD, SPREAD]
