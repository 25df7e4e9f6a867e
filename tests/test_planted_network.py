"""Networks on the planted law: recipes, the penalty, and what methods say of a known network."""

import numpy as np
import pandas as pd
import pytest
import torch
from torch import nn

from intonation import planted_network
from intonation.errors import ModelError
from intonation.explain import explain_batch
from intonation.features import Inputs
from intonation.model import F0Model, ModelConfig
from intonation.parameters import Parameters
from intonation.planted import Planted
from intonation.planted_network import (
    METHODS,
    OCCLUSION,
    RECIPES,
    REPLACEMENT,
    Recipe,
    SparseTraining,
    error_semitones,
    method_statistics,
    predict_planted,
    relevance_per_output,
    replacement_effects,
    small_parameters,
    train_on_law,
    train_once,
)
from intonation.relevance import group_matrix
from intonation.scoring import NET, SPREAD, STATISTICS, score

QUESTIONS = tuple(f"q{index}" for index in range(6))
GROUPS = {"large": np.array([0, 1]), "small": np.array([2]), "null": np.array([3, 4, 5])}
WEIGHTS = np.array([2.0, 1.0, 0.8, 0.0, 0.0, 0.0])
EFFECTS = pd.Series({"large": np.sqrt(5) / 2, "small": 0.4, "null": 0.0})


def make_planted(seed, *, phones=30):
    """An utterance of independent answers whose law is linear in them."""
    random = np.random.default_rng(seed)
    answers = (random.random((phones, len(QUESTIONS))) < 0.5).astype(np.uint8)
    voiced = random.random(phones) < 0.8
    voiced[0] = True
    law = answers @ WEIGHTS
    weight = np.where(voiced, random.integers(5, 20, phones), 0).astype(np.float32)
    inputs = Inputs(answers, np.arange(phones), voiced)
    return Planted(f"u{seed}", inputs, {}, law, law.astype(np.float32), weight)


def linear_network():
    """A network of the book's kind that computes the law exactly, but for a constant."""
    model = F0Model(ModelConfig("semitones", QUESTIONS, 4, 1, stacks=1, dropout=0.0)).eval()
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.zero_()
        model.project.weight[0] = torch.from_numpy(WEIGHTS).float()
        block = model.blocks[0]
        for conv, norm in ((block.conv1, block.norm1), (block.conv2, block.norm2)):
            conv.conv.weight[0, 0, -1] = 1.0  # the phone itself, not the one before
            norm.weight.fill_(float(np.sqrt(1 + norm.eps)))
        model.dense.weight[0, 0, 0] = 1.0
        model.output.weight[0, 0, 0] = 1.0
        model.output.bias.fill_(3.0)
    return model


def random_network(*, causal=True):
    torch.manual_seed(0)
    config = ModelConfig("semitones", QUESTIONS, 5, 1, stacks=1, kernel_size=3, causal=causal)
    model = F0Model(config)
    for module in model.modules():
        if isinstance(module, nn.BatchNorm1d):
            module.running_mean.normal_(0.0, 0.3)
            module.running_var.uniform_(0.5, 2.0)
    return model.eval()


def quick(**changes):
    return Parameters(**{"small_epochs": 10, "small_hidden_size": 8, **changes})


def trained(recipe, **changes):
    items = [make_planted(number) for number in range(40)]
    return train_on_law(items, QUESTIONS, GROUPS, quick(**changes), recipe)


@pytest.fixture(scope="module")
def learnt():
    return trained(RECIPES[-1])


def test_the_hand_made_network_computes_the_law():
    items = [make_planted(1), make_planted(2, phones=12)]
    for item, predicted in zip(items, predict_planted(linear_network(), items), strict=True):
        np.testing.assert_allclose(predicted, item.f0_semitones + 3, atol=1e-4)
    assert error_semitones(linear_network(), items) == pytest.approx(3, abs=1e-4)


@pytest.mark.parametrize("method", [name for name in METHODS if name != "gradient"])
def test_every_method_ranks_the_groups_of_a_linear_network_right(method):
    items = [make_planted(seed) for seed in range(8)]
    found = method_statistics(linear_network(), items, GROUPS, method)
    marks = score(found[SPREAD], EFFECTS)
    assert marks["spearman"] == pytest.approx(1) and marks["nulls_last"]
    assert found.loc["null", SPREAD] == pytest.approx(0, abs=1e-5)


@pytest.mark.parametrize("method", ["z", "integrated_gradients", OCCLUSION, REPLACEMENT])
def test_spread_of_a_linear_network_is_the_planted_effect_in_semitones(method):
    items = [make_planted(seed, phones=60) for seed in range(12)]
    found = method_statistics(linear_network(), items, GROUPS, method)
    np.testing.assert_allclose(found[SPREAD], EFFECTS, rtol=0.12, atol=1e-5)


def test_methods_have_the_statistics_that_they_can_have():
    items = [make_planted(1, phones=8)]
    columns = {
        name: set(method_statistics(linear_network(), items, GROUPS, name)) for name in METHODS
    }
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
        alone = explain_batch(model, [item], [np.arange(17) == phone], rule=rule)[0].values
        expected = group_matrix(alone, GROUPS, statistic="sum").sum(axis=0)
        np.testing.assert_allclose(found[phone], expected, rtol=1e-4, atol=1e-5)


def test_relevance_per_output_of_an_utterance_shorter_than_the_receptive_field():
    model, item = random_network(), make_planted(3, phones=2).inputs
    assert model.config.receptive_field > 2
    found = relevance_per_output(model, item, GROUPS, "z")
    whole = explain_batch(model, [item], [item.voiced], rule="z")[0].values
    assert found.sum() == pytest.approx(whole.sum(), rel=1e-4)


def test_a_network_that_looks_ahead_is_refused():
    with pytest.raises(ModelError, match="causal"):
        relevance_per_output(random_network(causal=False), make_planted(1).inputs, GROUPS, "z")


def test_replacement_is_deterministic_and_follows_its_seed():
    items, model = [make_planted(1)], linear_network()
    first = replacement_effects(model, items, GROUPS, seed=1)
    assert first.equals(replacement_effects(model, items, GROUPS, seed=1))
    assert not first.equals(replacement_effects(model, items, GROUPS, seed=2))


def test_replacing_does_not_change_the_utterances():
    item = make_planted(1)
    before = item.inputs.answers.copy()
    replacement_effects(linear_network(), [item], GROUPS)
    np.testing.assert_array_equal(item.inputs.answers, before)


def test_the_penalty_by_hand():
    model = F0Model(ModelConfig("semitones", QUESTIONS, 2, 1, stacks=1))
    with torch.no_grad():
        model.project.weight.copy_(
            torch.tensor([[3.0, 0.0, 1.0, 0.0, 0.0, 0.0], [0.0, 4.0, 0.0, 0.0, 0.0, 0.0]])
        )
    module = SparseTraining(model, quick(), GROUPS, 1.0)
    expected = np.sqrt(2) * 5 + 1  # sqrt(features) x norm, for each group
    assert float(module.penalty().detach()) == pytest.approx(expected, abs=1e-4)


def test_small_networks_keep_the_runs_dropout_only_where_the_recipe_says_so():
    asked = quick(dropout=0.3, input_dropout=0.6)
    with_it, without, sparse = (small_parameters(asked, recipe) for recipe in RECIPES)
    assert (with_it.dropout, with_it.input_dropout) == (0.3, 0.6)
    assert without.dropout == without.input_dropout == sparse.dropout == sparse.input_dropout == 0
    assert with_it.epochs > asked.small_epochs and with_it.hidden_size == 8
    assert [recipe.penalty > 0 for recipe in RECIPES] == [False, False, True]


def test_a_network_learns_the_law_and_is_ranked_right(learnt):
    test = [make_planted(seed) for seed in range(100, 108)]
    assert not learnt.training
    assert error_semitones(learnt, test) < 0.5 * np.std(test[0].f0_semitones)
    found = method_statistics(learnt, test, GROUPS, "z")
    assert score(found[SPREAD], EFFECTS)["spearman"] == pytest.approx(1)


def test_training_is_deterministic_and_follows_its_seed():
    one, same, other = (
        trained(RECIPES[0], small_epochs=1, seed=seed).project.weight for seed in (1, 1, 2)
    )
    assert torch.equal(one, same) and not torch.equal(one, other)


def test_the_penalty_shrinks_what_is_not_needed(learnt):
    strong = trained(Recipe("strong", False, 0.1))
    weights = [model.project.weight.detach() for model in (strong, learnt)]
    share = [float(weight[:, 3:].norm() / weight.norm()) for weight in weights]
    assert share[0] < 0.5 * share[1]


def test_weights_that_are_not_finite_are_an_error():
    broken = make_planted(1)
    broken.target[3] = np.nan
    broken.weight[3] = 1.0
    with pytest.raises(ModelError, match="'hot'"):
        train_on_law([broken], QUESTIONS, GROUPS, quick(), Recipe("hot", False, 0.0))


def test_a_network_is_trained_once_from_the_same(tmp_path, monkeypatch):
    given = ([make_planted(number) for number in range(4)], QUESTIONS, GROUPS, quick())
    first = train_once(*given, RECIPES[-1], tmp_path / "network")
    trained, train = [], planted_network.train_on_law
    note = lambda *args: (trained.append(args[-1].name), train(*args))[1]  # noqa: E731
    monkeypatch.setattr(planted_network, "train_on_law", note)
    again = train_once(*given, RECIPES[-1], tmp_path / "network")
    assert trained == [] and torch.equal(again.project.weight, first.project.weight)
    train_once(*given, RECIPES[1], tmp_path / "network")
    train_once(given[0][:3], *given[1:], RECIPES[1], tmp_path / "network")
    assert trained == [RECIPES[1].name] * 2
