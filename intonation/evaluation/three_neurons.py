"""Three neurons, small enough to follow relevance through them by hand.

The weights are made up. Everything is float64, and what the book's own rules make of the network
goes through the same code as the real one.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np
import pandas as pd
import torch
from torch import Tensor, nn
from torch.nn.utils import fuse_linear_bn_eval

from intonation.errors import ModelError
from intonation.lrp.affine import Affine, through_relu, walk_down, walk_up
from intonation.lrp.rules import FirstLayer, Rule, find_rule

ANSWERS = {"stressed?": 1.0, "phrase-final?": 1.0, "open vowel?": 0.0}
HIDDEN_WEIGHT, HIDDEN_BIAS = [[2.0, -0.5, 1.0], [-1.0, 3.0, -2.0]], [0.5, -1.0]
OUTPUT_WEIGHT, OUTPUT_BIAS = [[1.0, -0.5]], [0.5]
NORM = {"weight": [1.5, 0.5], "bias": [0.25, 1.0], "mean": [1.0, -0.5], "var": [4.0, 0.25]}


class ToyRelevance(NamedTuple):
    """values: [inputs]; absorbed: what biases or a stabiliser took; explained: the output."""

    values: np.ndarray
    absorbed: float
    explained: float

    def column(self) -> pd.Series:
        """The answers' relevance, what was absorbed, and F0, which is their sum."""
        rows = [*ANSWERS, "absorbed", "F0"]
        return pd.Series([*self.values, self.absorbed, self.explained], index=rows)


def answers() -> Tensor:
    """What the toy is told, [inputs]: two answers of yes and one of no."""
    return torch.tensor(list(ANSWERS.values()), dtype=torch.float64)


@torch.no_grad()
def three_neurons(
    *, batch_norm: bool = False, hidden_weight: Sequence[Sequence[float]] = HIDDEN_WEIGHT
) -> nn.Sequential:
    """Two ReLU neurons over three answers and a linear output; semitones, say.

    batch_norm: with a batch norm in evaluation mode behind the first layer. hidden_weight: of each
    neuron for each answer.
    """
    hidden, output = nn.Linear(3, 2).double(), nn.Linear(2, 1).double()
    for layer, weight, bias in (
        (hidden, hidden_weight, HIDDEN_BIAS),
        (output, OUTPUT_WEIGHT, OUTPUT_BIAS),
    ):
        layer.weight.copy_(torch.tensor(weight, dtype=torch.float64))
        layer.bias.copy_(torch.tensor(bias, dtype=torch.float64))
    norm = nn.BatchNorm1d(2, eps=0.0).double()
    norm.load_state_dict(
        {
            "weight": torch.tensor(NORM["weight"]),
            "bias": torch.tensor(NORM["bias"]),
            "running_mean": torch.tensor(NORM["mean"]),
            "running_var": torch.tensor(NORM["var"]),
            "num_batches_tracked": torch.tensor(1),
        }
    )
    middle = [norm, nn.ReLU()] if batch_norm else [nn.ReLU()]
    return nn.Sequential(hidden, *middle, output).eval()


def merged(network: nn.Sequential) -> nn.Sequential:
    """The same network with each batch norm merged into the linear layer before it."""
    layers: list[nn.Module] = []
    for module in network:
        if isinstance(module, nn.BatchNorm1d):
            module = fuse_linear_bn_eval(layers.pop(), module)
        layers.append(module)
    return nn.Sequential(*layers).eval()


@torch.no_grad()
def relevance_by_rule(network: nn.Sequential, told: Tensor, rule: str | Rule) -> ToyRelevance:
    """Relevance of the inputs for the sum of the outputs, with one of the book's rules.

    network: linear layers, batch norms and ReLUs. told: [inputs], between 0 and 1.
    Raises ModelError for any other module, ParameterError for an unknown rule.
    """
    rule, (steps, output) = find_rule(rule), walk_up(_affine_layers(network), told[None])
    first, _, sums = steps[0]
    above, absorbed = walk_down(steps[1:], torch.ones_like(output), output.new_zeros(()), rule)
    above = through_relu(above, sums) if first.relu else above
    layer = FirstLayer(first, sums, lambda weight, bias: told[None] @ weight + bias)
    found, lost = rule.first(layer, above)
    values = told * (found.signal @ found.yes)[0]
    if found.no is not None:
        values = values + (1 - told) * (found.signal @ found.no)[0]
    return ToyRelevance(values.numpy(), float(absorbed + lost), float(output.sum()))


def _affine_layers(network: nn.Sequential) -> list[Affine]:
    layers: list[Affine] = []
    for module in network:
        if isinstance(module, nn.BatchNorm1d):
            scale = module.weight / torch.sqrt(module.running_var + module.eps)
            layers.append(Affine(torch.diag(scale), module.bias - scale * module.running_mean))
        elif isinstance(module, nn.Linear):
            layers.append(Affine(module.weight.T, module.bias))
        elif isinstance(module, nn.ReLU):
            layers[-1] = replace(layers[-1], relu=True)
        else:
            raise ModelError(
                f"no relevance rule is known for {type(module).__name__}; use linear layers, "
                "batch norm and ReLU"
            )
    return [*layers[:-1], replace(layers[-1], last=True)]
