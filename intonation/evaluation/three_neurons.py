"""Three neurons, small enough to follow relevance through them by hand.

The weights are made up. Everything is float64, and what the book's own rules make of the network
goes through the same code as the real one.
"""

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import replace

import pandas as pd
import torch
from torch import Tensor, nn
from torch.nn.utils import fuse_linear_bn_eval

from intonation.errors import ModelError
from intonation.lrp.affine import Affine, through_relu, walk_down, walk_up
from intonation.lrp.relevance import Relevance
from intonation.lrp.rules import FirstLayer, Rule, find_rule

ANSWERS = {"stressed?": 1.0, "phrase-final?": 1.0, "open vowel?": 0.0}
HIDDEN_WEIGHT = [[2.0, -0.5, 1.0], [-1.0, 3.0, -2.0]]
WEIGHTS = {
    **{"hidden.bias": [0.5, -1.0], "output.weight": [[1.0, -0.5]], "output.bias": [0.5]},
    **{"norm.weight": [1.5, 0.5], "norm.bias": [0.25, 1.0]},
    **{"norm.running_mean": [1.0, -0.5], "norm.running_var": [4.0, 0.25]},
}


def column(found: Relevance) -> pd.Series:
    """The answers' relevance, what was absorbed, and F0, which is their sum."""
    rows = [*ANSWERS, "absorbed", "F0"]
    return pd.Series([*found.values, found.absorbed, found.explained], index=rows)


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
    norm = {"norm": nn.BatchNorm1d(2, eps=0.0)} if batch_norm else {}
    layers = {"hidden": nn.Linear(3, 2), **norm, "relu": nn.ReLU(), "output": nn.Linear(2, 1)}
    network = nn.Sequential(OrderedDict(layers)).double().eval()
    told = WEIGHTS | {"hidden.weight": hidden_weight}
    state = {name: torch.tensor(told[name], dtype=torch.float64) for name in told}
    network.load_state_dict(state, strict=False)
    return network


def merged(network: nn.Sequential) -> nn.Sequential:
    """The same network with each batch norm merged into the linear layer before it."""
    layers: list[nn.Module] = []
    for module in network:
        if isinstance(module, nn.BatchNorm1d):
            module = fuse_linear_bn_eval(layers.pop(), module)
        layers.append(module)
    return nn.Sequential(*layers).eval()


@torch.no_grad()
def relevance_by_rule(network: nn.Sequential, told: Tensor, rule: str | Rule) -> Relevance:
    """Relevance [inputs] for the sum of the outputs, with one of the book's rules.

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
    balance = {"absorbed": float(absorbed + lost), "explained": float(output.sum())}
    return Relevance(values.numpy(), **balance, rule=rule.name)


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
