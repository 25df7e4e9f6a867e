"""Batch norm in the backward pass: the exact rule, and how a library handed relevance on.

A demonstration, used for nothing else in this book. In iNNvestigate [Alber et al. 2019] the Z
rule treats batch norm y = s x + t as a layer of its own. Up to version 1 it was written as

    R_x = x (y - beta) / (x - mean) x R_y / y,

which is exact but for a small number added to the denominator. In version 2.1.2 it reads

    R_x = x s' / (x s' + t') x R_y,  s' = gamma / sqrt(variance^2 + eps),
                                     t' = beta - mean / sqrt(variance^2 + eps) :

the variance is squared under the root, gamma is missing before the mean, and so the denominator
is not what the layer put out. Everything else in the network is left exact here.
"""

import copy
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
import torch
from torch import Tensor, nn

from intonation.corpus.corpus import Utterance
from intonation.lrp.ranking import Groups, rank
from intonation.lrp.relevance import Explanation
from intonation.model.batches import check_questions, choose_frames, inputs_of, make_batch
from intonation.model.network import F0Model

EXACT, VERSION_1, VERSION_2 = "exact", "version 1", "version 2.1.2"
FORMS = (EXACT, VERSION_1, VERSION_2)
STABILISER = 1e-7  # added to the denominator, with its sign, in version 1


class NormInForm(nn.Module):
    """Batch norm in evaluation mode with the right output and a backward pass of another form."""

    def __init__(self, norm: nn.BatchNorm1d, form: str) -> None:
        super().__init__()
        self.norm, self.form = norm, form

    def forward(self, x: Tensor) -> Tensor:
        with torch.no_grad():
            y = self.norm(x)
            slope = backward_slope(self.norm, x, y, self.form)
        return y + slope * (x - x.detach())  # [batch, channels, frames], the value is y


def backward_slope(norm: nn.BatchNorm1d, x: Tensor, y: Tensor, form: str) -> Tensor:
    """What relevance divided by activation is multiplied by on its way through batch norm.

    x, y: [batch, channels, frames], input and output of the layer. Returns [batch, channels,
    frames] or [channels, 1]. Handing down R_y = y g gives R_x = x g times this slope.
    Raises ValueError for a form that is not among FORMS.
    """
    if form not in FORMS:
        raise ValueError(f"form is {form!r}, expected one of {', '.join(FORMS)}")
    parts = (norm.weight, norm.bias, norm.running_mean, norm.running_var)
    gamma, beta, mean, variance = (part[:, None] for part in parts)
    if form == EXACT:
        return gamma / torch.sqrt(variance + norm.eps)
    if form == VERSION_1:
        product = (x - mean) * y
        signed = torch.where(product >= 0, STABILISER, -STABILISER)
        return (y - beta) * y / (product + signed)
    spread = torch.sqrt(variance**2 + norm.eps)
    believed = x * gamma / spread + beta - mean / spread
    ratio = torch.where(believed == 0, 0.0, y / believed.masked_fill(believed == 0, 1.0))
    return ratio * gamma / spread


def in_form(model: F0Model, form: str) -> F0Model:
    """A copy of the network in float64 whose batch norms hand relevance down in that form."""
    other = copy.deepcopy(model).double().eval()
    for block in other.blocks:
        block.norm1, block.norm2 = NormInForm(block.norm1, form), NormInForm(block.norm2, form)
    return other


def relevance_in_form(model: F0Model, utterance: Utterance) -> np.ndarray:
    """Relevance of every valid frame's output, float64 [frames, inputs], of a model of `in_form`.

    Raises ModelError or UtteranceError where model and utterance do not fit.
    """
    check_questions(model, utterance)
    inputs = inputs_of(utterance)
    chosen = choose_frames(model.config.target, inputs, None, utterance.id)
    batch = make_batch([inputs]).to("cpu", torch.float64)
    first = model.projection(batch).detach().requires_grad_()
    explained = (model.from_projection(first, batch.mask)[0] * torch.from_numpy(chosen)).sum()
    (signal,) = torch.autograd.grad(explained, first)
    weight, uses_vuv = model.project.weight.detach().numpy(), model.config.uses_vuv
    numbers = float("nan"), float(explained.detach())  # what biases absorb is not followed here
    found = Explanation(signal[0].numpy(), weight, None, inputs, uses_vuv, *numbers)
    return found.relevance().values


class Comparison(NamedTuple):
    """Forms of the batch norm step, compared over some utterances.

    sizes: by form, the exact one too, absolute relevance of each input summed over frames and
    utterances, float64 [inputs]. errors: columns form, id, relative_error = |R - R_exact| /
    |R_exact| over all frames and inputs (Euclidean norms; NaN where R_exact is 0).
    """

    sizes: dict[str, np.ndarray]
    errors: pd.DataFrame

    def rankings(self, groups: Groups) -> dict[str, pd.Series]:
        """By form, the mean absolute relevance of each group's features, largest first."""
        return {
            form: rank(size[None], groups).set_index("group")["mean"]
            for form, size in self.sizes.items()
        }

    def inflation(self, form: str) -> float:
        """Absolute relevance of a form in all, times the exact; NaN where that is 0."""
        exact = self.sizes[EXACT].sum()
        return float(self.sizes[form].sum() / exact) if exact > 0 else float("nan")


def compare_forms(
    model: F0Model, utterances: Iterable[Utterance], forms: Sequence[str] = FORMS[1:]
) -> Comparison:
    """Explain utterances with the exact rule and with other forms of the batch norm step."""
    models = {form: in_form(model, form) for form in (EXACT, *forms)}
    sizes = {form: np.zeros(len(model.config.inputs)) for form in models}
    rows = []
    for utterance in utterances:
        values = {form: relevance_in_form(other, utterance) for form, other in models.items()}
        for form, found in values.items():
            sizes[form] += np.abs(found).sum(axis=0)
        norm = np.linalg.norm(values[EXACT])
        for form in forms:
            distance = np.linalg.norm(values[form] - values[EXACT])
            rows.append((form, utterance.id, distance / norm if norm > 0 else float("nan")))
    return Comparison(sizes, pd.DataFrame(rows, columns=["form", "id", "relative_error"]))
