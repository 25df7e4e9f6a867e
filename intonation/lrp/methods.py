"""Every way to attribute a prediction to what the network was told: one list, one call.

Beside the rules of LRP stand the plain gradient and, through Captum [Kokhlikyan et al. 2020],
integrated gradients and occlusion. Captum's know nothing of layers and rules, so they are an
independent second opinion. Both compare the utterance with one about which every question is
answered no.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

import numpy as np
import torch
from torch import Tensor

from intonation.corpus.corpus import Utterance
from intonation.errors import ParameterError
from intonation.lrp.affine import check_network
from intonation.lrp.lrp import Explainer
from intonation.lrp.ranking import Groups, group_matrix
from intonation.lrp.relevance import Explanation, Relevance
from intonation.lrp.rules import GRADIENT, RULES, Rule
from intonation.model.batches import Inputs, check_questions, choose_frames, inputs_of, make_batch
from intonation.model.network import F0Model, at_rest

INTEGRATED_GRADIENTS, OCCLUSION = "integrated_gradients", "occlusion"
METHODS = (*RULES, INTEGRATED_GRADIENTS, GRADIENT, OCCLUSION)
STEPS = 32  # of integrated gradients
STEPS_AT_ONCE = 8


def explain(
    model: F0Model,
    utterance: Utterance,
    *,
    frames: np.ndarray | slice | None = None,
    rule: str | Rule = "z",
    per: str = "frame",
) -> Relevance:
    """Explain the sum of the model's outputs over some frames of an utterance.

    frames: indices, a boolean mask or a slice; by default every valid frame (for "semitones" the
    voiced ones, for "log_f0" all); `intonation.lrp.selections` finds those of a word, accents, …
    rule: any of METHODS but occlusion, or a rule of your own strength. per: "frame" or "phone".
    Raises ModelError where the model has an operation, weights or questions that do not fit,
    UtteranceError where frames or answers do not, ParameterError for an unknown rule.
    """
    check_questions(model, utterance)
    inputs = inputs_of(utterance)
    chosen = choose_frames(model.config.target, inputs, frames, utterance.id)
    return attribute(model, inputs, chosen, rule).relevance(per)


def attribute(
    model: F0Model,
    inputs: Inputs,
    chosen: np.ndarray,
    method: str | Rule = "z",
    *,
    steps: int = STEPS,
) -> Explanation:
    """Explain the sum of the outputs over the chosen frames, bool [frames], by any of METHODS.

    All but occlusion, which knows only groups. steps: of integrated gradients. Raises ModelError
    for a network that is not known or broken, UtteranceError for answers that the method cannot
    take, ParameterError for an unknown method.
    """
    return next(attribute_many(model, [(inputs, chosen)], method, steps=steps))


def attribute_many(
    model: F0Model,
    tasks: Iterable[tuple[Inputs, np.ndarray]],
    method: str | Rule = "z",
    *,
    steps: int = STEPS,
) -> Iterator[Explanation]:
    """`attribute` for many pairs of inputs and chosen frames, the network made ready once.

    Pairs of the same inputs that follow each other share one forward pass.
    """
    if method == OCCLUSION:
        raise ParameterError("occlusion knows only groups of inputs; use attribute_groups")
    if method == INTEGRATED_GRADIENTS:
        for inputs, chosen in tasks:
            yield _integrated_gradients(model, inputs, chosen, steps)
        return
    explainer, done = Explainer(model, rule=method), None
    for inputs, chosen in tasks:
        if done is None or done.inputs is not inputs:
            done = explainer.forward(inputs)
        yield explainer.explain(done, chosen)


def attribute_groups(
    model: F0Model,
    inputs: Inputs,
    chosen: np.ndarray,
    groups: Groups,
    method: str | Rule = "z",
    *,
    per: str = "frame",
    steps: int = STEPS,
) -> Relevance:
    """Relevance of groups of inputs by any of METHODS, values [frames or phones, groups].

    A group's is the sum over its inputs; for occlusion, which needs `per` "frame", what the output
    loses in each frame. Raises as `attribute`.
    """
    if method == OCCLUSION:
        if per != "frame":
            raise ParameterError(f"per is {per!r}, but occlusion is told per 'frame' only")
        return _occlude_groups(model, inputs, chosen, groups)
    found = attribute(model, inputs, chosen, method, steps=steps).relevance(per)
    return replace(found, values=group_matrix(found.values, groups, statistic="sum"))


def _integrated_gradients(
    model: F0Model, inputs: Inputs, chosen: np.ndarray, steps: int
) -> Explanation:
    """Gradient x input, the gradient averaged on the straight way from 'all no' to the input.

    [Sundararajan et al. 2017, eq. 1]. chosen: bool [frames]. The first layer is linear, so the
    way is walked behind it, where there are channels instead of questions. `absorbed` is what the
    network says when every answer is no; the gap is the error of the numerical integral.
    """
    from captum.attr import IntegratedGradients  # slow to import

    first, bias, mask = _first_layer(model, inputs)
    seeds = torch.from_numpy(chosen).to(first)

    def explained(frames: Tensor) -> Tensor:
        return model.from_projection(frames, mask.expand(len(frames), -1)) @ seeds

    method = IntegratedGradients(explained, multiply_by_inputs=False)
    nothing = bias.expand_as(first)
    walk = {"n_steps": steps, "internal_batch_size": STEPS_AT_ONCE, "method": "gausslegendre"}
    with at_rest(model):
        signal = method.attribute(first, nothing, **walk)
        with torch.no_grad():
            absorbed, told = float(explained(nothing)), float(explained(first))
    return Explanation(
        signal=signal[0].cpu().numpy(),
        yes=model.project.weight.detach().cpu().numpy(),
        no=None,
        inputs=inputs,
        uses_vuv=model.config.uses_vuv,
        absorbed=absorbed,
        explained=told,
        rule=INTEGRATED_GRADIENTS,
    )


@torch.no_grad()
def _occlude_groups(
    model: F0Model, inputs: Inputs, chosen: np.ndarray, groups: Groups
) -> Relevance:
    """How far the output falls in each chosen frame when all answers of a group become no.

    [Zeiler & Fergus 2014, by group]. Returns values [frames, groups]; 0 in frames not chosen.
    `absorbed` is what the network says when every answer is no. Groups act together, so the gap
    between explained output, values and absorbed is no error but what they do in common.
    """
    from captum.attr import FeatureAblation  # slow to import

    first, bias, mask = _first_layer(model, inputs)
    answers, voiced = np.zeros_like(inputs.answers), np.zeros_like(inputs.voiced)
    silenced = changes(model, inputs, replace(inputs, answers=answers, voiced=voiced), groups)
    seeds = torch.from_numpy(chosen).to(first)

    def output(told: Tensor) -> Tensor:  # told: [1, groups], 1 or 0
        without = torch.einsum("g,gfc->fc", 1 - told[0], silenced)
        return model.from_projection(first + without, mask)[0] * seeds

    told = first.new_ones(1, len(groups))
    with at_rest(model):
        values = FeatureAblation(output).attribute(told, baselines=0.0)
        nothing = model.from_projection(bias.expand_as(first), mask)[0] @ seeds
        explained = float(output(told).sum())
    return Relevance(values.cpu().numpy(), float(nothing), explained, "frame", OCCLUSION)


@torch.no_grad()
def _first_layer(model: F0Model, inputs: Inputs) -> tuple[Tensor, Tensor, Tensor]:
    """The first layer's output [1, frames, channels], its bias, and the mask [1, frames].

    Raises ModelError for a network that is not known or broken.
    """
    check_network(model)
    bias = model.project.bias.detach()
    batch = make_batch([inputs]).to(bias.device, bias.dtype)
    with at_rest(model):
        return model.projection(batch), bias, batch.mask


@torch.no_grad()
def changes(model: F0Model, inputs: Inputs, foreign: Inputs, groups: Groups) -> Tensor:
    """What replacing each group by that of `foreign` adds to the first layer's output.

    foreign: of the same phones and frames. Returns [groups, frames, channels].
    """
    weight = model.project.weight.T  # [inputs, channels]
    answers = torch.from_numpy(foreign.answers.astype(float) - inputs.answers).to(weight)
    voicing = torch.from_numpy(foreign.voiced.astype(float) - inputs.voiced).to(weight)
    index, n_questions = torch.from_numpy(inputs.frame_to_phone), inputs.answers.shape[1]
    found = weight.new_zeros(len(groups), len(index), weight.shape[1])
    for change, members in zip(found, groups.values(), strict=True):
        asked = torch.from_numpy(members[members < n_questions])
        change += (answers[:, asked] @ weight[asked])[index]
        if n_questions in members:  # the input vuv, which is told frame by frame
            change += voicing[:, None] * weight[n_questions]
    return found
