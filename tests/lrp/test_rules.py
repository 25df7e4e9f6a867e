"""Each rule on one neuron whose shares can be worked out in the head."""

import pytest
import torch

from intonation.errors import ParameterError
from intonation.lrp.affine import Affine
from intonation.lrp.rules import (
    RULES,
    AlphaBeta,
    Epsilon,
    FirstLayer,
    Gamma,
    Rule,
    Term,
    Z,
    ZBox,
    find_rule,
)

# z = 3 * 1 + 2 * (-1) + 1 * 2 + 1 = 4: summands 3, -2, 2 and the bias 1
ACTIVATIONS = torch.tensor([[3.0, 2.0, 1.0]], dtype=torch.float64)
NEURON = Affine(
    torch.tensor([[1.0], [-1.0], [2.0]], dtype=torch.float64),
    torch.tensor([1.0], dtype=torch.float64),
)


def shares_of(rule, activations=ACTIVATIONS, neuron=NEURON, relevance=12.0):
    """What the rule gives to each summand of a neuron, and to its bias."""
    sums = neuron(activations)
    above = relevance / sums
    down, absorbed = rule.hand_down(neuron, activations, sums, above)
    return (down * activations)[0].tolist(), float(absorbed)


def test_z_shares_in_proportion_to_the_summands():
    # 12 * (3, -2, 2) / 4, bias 12 * 1 / 4
    assert shares_of(Z()) == (pytest.approx([9, -6, 6]), pytest.approx(3))


def test_epsilon_keeps_a_part_back():
    # 12 * (3, -2, 2) / (4 + 2); the bias gets 2, the stabiliser 12 * 2 / 6 = 4
    assert shares_of(Epsilon(2.0)) == (pytest.approx([6, -4, 4]), pytest.approx(2 + 4))


def test_gamma_favours_what_speaks_for_the_neuron():
    # summands 3, -2, 2, 1 with gamma 1: 6, -2, 4, 2, in sum 10
    expected = [12 * 6 / 10, -12 * 2 / 10, 12 * 4 / 10]
    assert shares_of(Gamma(1.0)) == (pytest.approx(expected), pytest.approx(12 * 2 / 10))


def test_gamma_of_a_negative_sum_favours_what_lowers_it():
    # summands 3, -2, 2, -7, in sum -4; with gamma 1: 3, -4, 2, -14, in sum -13
    low = Affine(NEURON.weight, torch.tensor([-7.0], dtype=torch.float64))
    expected = [-12 * 3 / 13, 12 * 4 / 13, -12 * 2 / 13]
    found, absorbed = shares_of(Gamma(1.0), neuron=low)
    assert found == pytest.approx(expected)
    assert absorbed == pytest.approx(12 * 14 / 13)


def test_alpha_and_beta_share_each_sign_by_itself():
    # for it 3, 2, 1 (sum 6), against it -2: alpha 2, beta 1
    expected = [2 * 12 * 3 / 6, -12, 2 * 12 * 2 / 6]
    assert shares_of(AlphaBeta(1.0)) == (pytest.approx(expected), pytest.approx(2 * 12 / 6))


def test_alpha_one_leaves_out_what_speaks_against():
    found, absorbed = shares_of(AlphaBeta(0.0))
    assert found == pytest.approx([6, 0, 4]) and absorbed == pytest.approx(2)


def test_summands_of_one_sign_take_everything():
    agreeing = torch.tensor([[3.0, 0.0, 1.0]], dtype=torch.float64)
    found, absorbed = shares_of(AlphaBeta(1.0), activations=agreeing)
    assert found == pytest.approx([12 * 3 / 6, 0, 12 * 2 / 6])
    assert absorbed == pytest.approx(12 / 6)


def test_negative_activations_turn_a_weights_sign():
    # summands 3, 2, -2, 1 in sum 4, the second from an activation of -2
    mixed = torch.tensor([[3.0, -2.0, -1.0]], dtype=torch.float64)
    found, absorbed = shares_of(AlphaBeta(1.0), activations=mixed)
    assert found == pytest.approx([2 * 12 * 3 / 6, 2 * 12 * 2 / 6, -12])
    assert absorbed == pytest.approx(2 * 12 / 6)
    found, absorbed = shares_of(Gamma(1.0), activations=mixed)
    assert found == pytest.approx([12 * 6 / 10, 12 * 4 / 10, -12 * 2 / 10])


def test_the_box_rule_gives_a_no_its_share():
    # weights 1, -1, 2 told (yes, no, no): x w - min(w, 0) = 1, 1, 0, in sum 2
    told = torch.tensor([[1.0, 0.0, 0.0]], dtype=torch.float64)
    layer = FirstLayer(NEURON, NEURON(told), lambda weight, bias: told @ weight + bias)
    answers, lost = ZBox().first(layer, 12.0 / NEURON(told))
    values = told * (answers.signal @ answers.yes) + (1 - told) * (answers.signal @ answers.no)
    assert values[0].tolist() == pytest.approx([6, 6, 0])
    assert float(lost) == pytest.approx(0)


def test_a_silent_neuron_divides_by_nothing():
    nothing = torch.zeros_like(ACTIVATIONS)
    unbiased = Affine(NEURON.weight, torch.zeros(1, dtype=torch.float64))
    for rule in (Z(), Epsilon(), Gamma(), AlphaBeta()):
        above = torch.zeros(1, 1, dtype=torch.float64)
        down, absorbed = rule.hand_down(unbiased, nothing, unbiased(nothing), above)
        assert not down.any() and float(absorbed) == 0


class Halves(Rule):
    """A rule of one's own: every summand gets half of what the Z rule gives, the bias the rest."""

    name = "halves"

    def terms(self, layer, sums, parts, above):
        rest = layer.bias + (sums - layer.bias) / 2
        return [Term(above, layer.weight / 2, layer.weight / 2, rest[0])]


def test_a_rule_of_ones_own():
    assert shares_of(find_rule(Halves())) == (pytest.approx([4.5, -3, 3]), pytest.approx(7.5))
    with pytest.raises(TypeError, match="abstract"):
        Rule()


def test_rules_are_found_by_name_or_given():
    assert [find_rule(name).name for name in RULES] == list(RULES)
    assert find_rule("gradient").name == "gradient" and "gradient" not in RULES
    assert find_rule(Gamma(0.5)).gamma == 0.5
    with pytest.raises(ParameterError, match="rule is 'zb', expected one of z, epsilon, gamma"):
        find_rule("zb")


@pytest.mark.parametrize(
    "make, message",
    [
        (lambda: Epsilon(0.0), "epsilon is 0.0, expected a number above 0"),
        (lambda: Gamma(-1.0), "gamma is -1.0, expected a number above 0"),
        (lambda: AlphaBeta(-0.1), "beta is -0.1, expected a number from 0"),
        (lambda: Gamma(float("nan")), "gamma is nan"),
    ],
)
def test_strengths_out_of_range_are_refused(make, message):
    with pytest.raises(ParameterError, match=message):
        make()
