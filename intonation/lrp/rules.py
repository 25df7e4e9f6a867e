"""Relevance rules: how a neuron shares out its relevance among its summands.

A neuron's sum z = sum_i a_i w_i + b has the relevance R. Each rule gives summand i a share of R,
and the bias another. For a rule, relevance is handed on divided by the activation it belongs to,
R_i / a_i, so that a silent neuron needs no division; for the Z rule that quotient is the gradient.

References: [Bach et al. 2015] On pixel-wise explanations for non-linear classifier decisions by
layer-wise relevance propagation. [Montavon et al. 2017] Explaining nonlinear classification
decisions with deep Taylor decomposition. [Montavon et al. 2019] Layer-wise relevance propagation:
an overview.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import reduce
from typing import ClassVar, NamedTuple

import torch
from torch import Tensor

from intonation.errors import ParameterError
from intonation.lrp.affine import Affine

GRADIENT = "gradient"


class Term(NamedTuple):
    """A part of the relevance that one layer hands down: a_i x (signal @ weight.T)_i.

    signal: [frames, channels]. weight: [taps x channels below, channels] for summands of
    activations >= 0; mirrored: the same for activations < 0. bias: [channels].
    """

    signal: Tensor
    weight: Tensor
    mirrored: Tensor
    bias: Tensor


class FirstLayer(NamedTuple):
    """What the first layer was given: a function from its weights to its sums.

    affine: the layer. sums: [frames, channels]. apply(weight, bias) -> [frames, channels].
    """

    affine: Affine
    sums: Tensor
    apply: Callable[[Tensor, Tensor], Tensor]


class Answers(NamedTuple):
    """Relevance of every input, factored: signal [frames, k], yes and no [k, inputs].

    An input x has the relevance x (signal @ yes) + (1 - x) (signal @ no); `no` is None where an
    answer of no has none.
    """

    signal: Tensor
    yes: Tensor
    no: Tensor | None = None


# gives the positive and the negative summands of a layer's sums, each added up: [frames, channels]
Parts = Callable[[], tuple[Tensor, Tensor]]


class Rule(ABC):
    """One way of sharing out; a subclass has a name and says what the terms of a layer are.

    answers_between: the numbers that the rule can take as inputs. may_be_zero: whether its strength
    may. Raises ParameterError for a strength that is negative or no finite number.
    """

    name: ClassVar[str]
    answers_between: ClassVar[tuple[float, float]] = (-float("inf"), float("inf"))
    may_be_zero: ClassVar[bool] = False

    def __post_init__(self) -> None:
        for name, value in vars(self).items():
            if not (0 < value < float("inf") or (self.may_be_zero and value == 0)):
                range_ = "from" if self.may_be_zero else "above"
                raise ParameterError(f"{name} is {value}, expected a number {range_} 0")

    @abstractmethod
    def terms(self, layer: Affine, sums: Tensor, parts: Parts, above: Tensor) -> list[Term]:
        """The shares of one layer. sums: z [frames, channels]; above: R / z [frames, channels]."""

    def for_output(self) -> Rule:
        """The rule of the last layer, whose output has either sign: LRP-0."""
        return Z()

    def stabiliser(self, sums: Tensor, above: Tensor) -> Tensor:
        """What is kept back in denominators, summed."""
        return sums.new_zeros(())

    def hand_down(
        self, layer: Affine, below: Tensor, sums: Tensor, above: Tensor
    ) -> tuple[Tensor, Tensor]:
        """From R / z of a layer to R / a of the one below, and what biases absorbed."""

        def parts() -> tuple[Tensor, Tensor]:
            high, low = layer.unfold(below.clamp(min=0)), layer.unfold(below.clamp(max=0))
            (raising, raised), (lowering, lowered) = layer.positive, layer.negative
            for_it = high @ raising + low @ lowering + raised
            return for_it, high @ lowering + low @ raising + lowered

        terms = self.terms(layer, sums, parts, above)
        down = _total(layer.transpose(term.signal, term.weight) for term in terms)
        if terms[0].mirrored is not terms[0].weight and (below < 0).any():
            mirrored = _total(layer.transpose(term.signal, term.mirrored) for term in terms)
            down = torch.where(below < 0, mirrored, down)
        return down, _absorbed(terms) + self.stabiliser(sums, above)

    def first(self, layer: FirstLayer, above: Tensor) -> tuple[Answers, Tensor]:
        """Relevance of the inputs, which are 0 or more, and what the first bias absorbed."""
        affine = layer.affine

        def parts() -> tuple[Tensor, Tensor]:
            return layer.apply(*affine.positive), layer.apply(*affine.negative)

        terms = self.terms(affine, layer.sums, parts, above)
        signal = torch.cat([term.signal for term in terms], dim=1)
        yes = torch.cat([term.weight.T for term in terms])
        return Answers(signal, yes), _absorbed(terms) + self.stabiliser(layer.sums, above)


@dataclass(frozen=True)
class Z(Rule):
    """R_i = a_i w_i / z R: the Z rule, LRP-0 [Bach et al. 2015, eq. 56; Montavon et al. 2019].

    Where activations are ReLU, this is gradient x input [Ancona et al. 2018].
    """

    name = "z"

    def terms(self, layer: Affine, sums: Tensor, parts: Parts, above: Tensor) -> list[Term]:
        """Every summand its own share."""
        return [Term(above, layer.weight, layer.weight, layer.bias)]


@dataclass(frozen=True)
class Epsilon(Rule):
    """R_i = a_i w_i / (z + epsilon sign z) R [Bach et al. 2015, eq. 58]: weak neurons fade.

    What the stabiliser keeps back counts as absorbed.
    """

    epsilon: float = 0.01
    name = "epsilon"

    def for_output(self) -> Rule:
        """The same rule: a stabiliser knows no sign."""
        return self

    def terms(self, layer: Affine, sums: Tensor, parts: Parts, above: Tensor) -> list[Term]:
        """As for Z, less what the stabiliser keeps back."""
        return [Term(above * self._share(sums), layer.weight, layer.weight, layer.bias)]

    def stabiliser(self, sums: Tensor, above: Tensor) -> Tensor:
        """What epsilon keeps back, summed."""
        return (above * sums * (1 - self._share(sums))).sum()

    def _share(self, sums: Tensor) -> Tensor:
        return sums.abs() / (sums.abs() + self.epsilon)


@dataclass(frozen=True)
class Gamma(Rule):
    """R_i = (a_i w_i + gamma (a_i w_i)+) / sum of the same R [Montavon et al. 2019].

    Summands of the sum's own sign are favoured; where z < 0, that is (a_i w_i)-.
    """

    gamma: float = 0.25
    name = "gamma"
    answers_between = (0.0, float("inf"))

    def terms(self, layer: Affine, sums: Tensor, parts: Parts, above: Tensor) -> list[Term]:
        """One term where z > 0, one where z < 0."""
        high, low = parts()
        (raising, raised), (lowering, lowered) = layer.positive, layer.negative
        upward = _quotient(above * sums * (sums > 0), sums + self.gamma * high)
        downward = _quotient(above * sums * (sums < 0), sums + self.gamma * low)
        up, down = layer.weight + self.gamma * raising, layer.weight + self.gamma * lowering
        return [
            Term(upward, up, down, layer.bias + self.gamma * raised),
            Term(downward, down, up, layer.bias + self.gamma * lowered),
        ]


@dataclass(frozen=True)
class AlphaBeta(Rule):
    """R_i = (alpha (a_i w_i)+ / z+ - beta (a_i w_i)- / z-) R [Bach et al. 2015, eq. 60].

    alpha - beta = 1, given as beta. Where z < 0 the signs change places; where all summands have
    one sign they take all of R.
    """

    beta: float = 1.0
    name = "alpha_beta"
    answers_between = (0.0, float("inf"))
    may_be_zero = True

    def terms(self, layer: Affine, sums: Tensor, parts: Parts, above: Tensor) -> list[Term]:
        """One term for each sign of the summands."""
        high, low = parts()
        relevance = above * sums
        # a sum in favour of its own sign, or with nothing against it
        with_high = torch.where(sums > 0, 1 + self.beta * (low < 0), -self.beta)
        with_low = torch.where(sums < 0, 1 + self.beta * (high > 0), -self.beta)
        upward = _quotient(relevance * with_high, high)
        downward = _quotient(relevance * with_low, low)
        (raising, raised), (lowering, lowered) = layer.positive, layer.negative
        return [Term(upward, raising, lowering, raised), Term(downward, lowering, raising, lowered)]


@dataclass(frozen=True)
class ZBox(Z):
    """The Z rule, but at the first layer the rule for inputs between 0 and 1.

    R_i = (x_i w_i - w_i-) / sum of the same R [Montavon et al. 2017, the z^B rule]: a no counts
    as well as a yes, against the least that the layer could have been told. The first bias
    absorbs nothing.
    """

    name = "z_box"
    answers_between = (0.0, 1.0)

    def first(self, layer: FirstLayer, above: Tensor) -> tuple[Answers, Tensor]:
        """Relevance of the inputs, which lie between 0 and 1."""
        lowest = layer.affine.negative[0]
        sums = layer.sums - layer.affine.bias - lowest.sum(0)
        signal = _quotient(above * layer.sums, sums)
        lost = (above * layer.sums).sum() - (signal * sums).sum()  # where no question has a weight
        return Answers(signal, layer.affine.positive[0].T, -lowest.T), lost


@dataclass(frozen=True)
class Gradient(Z):
    """The plain gradient, a baseline: it adds up to nothing, and a no has it like a yes."""

    name = GRADIENT

    def first(self, layer: FirstLayer, above: Tensor) -> tuple[Answers, Tensor]:
        """The gradient of the inputs, whatever they are."""
        weight = layer.affine.weight.T
        return Answers(above, weight, weight), above.new_zeros(())


RULES: dict[str, type[Rule]] = {rule.name: rule for rule in (Z, Epsilon, Gamma, AlphaBeta, ZBox)}


def find_rule(rule: str | Rule) -> Rule:
    """The rule of that name with its usual strength, or the rule itself.

    Raises ParameterError for a name that is neither among RULES nor "gradient".
    """
    if isinstance(rule, Rule):
        return rule
    if rule == GRADIENT:
        return Gradient()
    if rule not in RULES:
        raise ParameterError(f"rule is {rule!r}, expected one of {', '.join(RULES)}")
    return RULES[rule]()


def _quotient(numerator: Tensor, denominator: Tensor) -> Tensor:
    """numerator / denominator, and 0 where nothing is to be shared out."""
    nothing = (numerator == 0) | (denominator == 0)
    return torch.where(nothing, 0.0, numerator / denominator.masked_fill(nothing, 1.0))


def _total(values: Iterable[Tensor]) -> Tensor:
    return reduce(torch.add, values)


def _absorbed(terms: list[Term]) -> Tensor:
    return _total(term.signal.sum(0) @ term.bias for term in terms)
