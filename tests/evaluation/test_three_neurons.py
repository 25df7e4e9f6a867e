"""The three neurons: every number worked out by hand."""

import pytest
import torch
from torch import nn

from intonation.errors import ModelError, ParameterError
from intonation.evaluation import three_neurons as toy
from intonation.lrp.rules import RULES, AlphaBeta, Epsilon, Gamma

STRESSED_ONLY = torch.tensor([1.0, 0.0, 0.0], dtype=torch.float64)

# z = (2, 1), y = 2 - 0.5 + 0.5; the neurons get 2 and -0.5, all by pencil
BY_HAND = {
    "z": ([2 + 0.5, -0.5 - 1.5, 0], 0.5 + 0.5 + 0.5),
    # sums with gamma 0.25: 2 + 0.25 x 2.5 and 1 + 0.25 x 3
    "gamma": (
        [2.5 / 2.625 * 2 + 1 / 1.75 * 0.5, -0.5 / 2.625 * 2 - 3.75 / 1.75 * 0.5, 0],
        0.625 / 2.625 * 2 + 1 / 1.75 * 0.5 + 0.5,
    ),
    # twice the positive share less the negative one; positive 2.5 and 3, negative -0.5 and -2
    "alpha_beta": (
        [2 * 2 / 2.5 * 2 + 0.5 * 0.5, -2 - 2 * 0.5, 0],
        2 * 0.5 / 2.5 * 2 + 0.5 * 0.5 + 0.5,
    ),
    # above the least sum: (2, 0, 0) of 2 and (0, 3, 2) of 5
    "z_box": ([2, -0.5 * 3 / 5, -0.5 * 2 / 5], 0.5),
}


@pytest.mark.parametrize("rule", BY_HAND)
def test_relevance_by_hand(rule):
    values, absorbed = BY_HAND[rule]
    found = toy.relevance_by_rule(toy.three_neurons(), toy.answers(), rule)
    assert found.values == pytest.approx(values)
    assert found.absorbed == pytest.approx(absorbed)
    assert found.explained == pytest.approx(2.0)
    column = toy.column(found)
    assert list(column.index) == [*toy.ANSWERS, "absorbed", "F0"]
    assert column.tolist() == pytest.approx([*values, absorbed, 2.0])


def test_epsilon_by_hand():
    found = toy.relevance_by_rule(toy.three_neurons(), toy.answers(), Epsilon(1.0))
    # sums 3, 2 and 3 in the denominators: the neurons get 2 / 3 x 2 and -0.5 / 3 x 2
    above = (2 / 3 * 2, -0.5 / 3 * 2)
    expected = [2 / 3 * above[0] - above[1] / 2, -0.5 / 3 * above[0] + 3 * above[1] / 2, 0]
    assert found.values == pytest.approx(expected)
    assert found.values.sum() + found.absorbed == pytest.approx(2.0)


@pytest.mark.parametrize("batch_norm", [False, True])
def test_z_rule_is_gradient_times_answer(batch_norm):
    network, told = toy.three_neurons(batch_norm=batch_norm), toy.answers().requires_grad_()
    # a batch of one, because batch norm asks for a batch
    (gradient,) = torch.autograd.grad(network(told[None]).sum(), told)
    found = toy.relevance_by_rule(network, toy.answers(), "z")
    assert found.values == pytest.approx((gradient * told).detach().numpy())
    assert gradient[2] != 0 and found.values[2] == 0  # a no


@pytest.mark.parametrize("rule", [*RULES, Gamma(2.0), AlphaBeta(0.0)])
@pytest.mark.parametrize("batch_norm", [False, True])
def test_every_rule_keeps_the_balance(rule, batch_norm):
    network = toy.three_neurons(batch_norm=batch_norm)
    for told in (toy.answers(), STRESSED_ONLY):
        found = toy.relevance_by_rule(network, told, rule)
        assert found.explained == pytest.approx(network(told[None]).item())
        assert found.values.sum() + found.absorbed == pytest.approx(found.explained)


def test_a_silent_neuron_hands_down_nothing():
    # z = (2.5, -2): the second neuron is silent, the first alone decides
    found = toy.relevance_by_rule(toy.three_neurons(), STRESSED_ONLY, "z")
    assert found.values == pytest.approx([2, 0, 0])
    assert found.absorbed == pytest.approx(1.0) and found.explained == pytest.approx(3.0)


def test_batch_norm_merged_is_the_same_network():
    network = toy.three_neurons(batch_norm=True)
    single = toy.merged(network)
    assert [type(module) for module in single] == [nn.Linear, nn.ReLU, nn.Linear]
    # s = 1.5 / 2, 0.5 / 0.5; t = 0.25 - 0.75 x 1, 1 + 1 x 0.5
    assert single[0].weight.tolist() == [[1.5, -0.375, 0.75], [-1, 3, -2]]
    assert single[0].bias.tolist() == pytest.approx([0.5 * 0.75 - 0.5, -1 + 1.5])
    for told in (toy.answers(), STRESSED_ONLY):
        assert single(told).item() == pytest.approx(network(told[None]).item())
        apart, joined = (toy.relevance_by_rule(n, told, "z") for n in (network, single))
        assert apart.values == pytest.approx(joined.values)
    apart, joined = (toy.relevance_by_rule(n, toy.answers(), "gamma") for n in (network, single))
    assert apart.values != pytest.approx(joined.values)  # why other rules must merge first


def test_other_modules_and_rules_are_refused():
    network = nn.Sequential(nn.Linear(3, 2).double(), nn.Tanh(), nn.Linear(2, 1).double())
    with pytest.raises(ModelError, match="Tanh"):
        toy.relevance_by_rule(network, toy.answers(), "z")
    with pytest.raises(ParameterError, match="zz"):
        toy.relevance_by_rule(toy.three_neurons(), toy.answers(), "zz")


def test_the_hidden_weights_can_be_others():
    weight = [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]]
    network = toy.three_neurons(hidden_weight=weight)
    assert network[0].weight.tolist() == weight
    assert toy.three_neurons()[0].weight.tolist() == toy.HIDDEN_WEIGHT
