"""Attribution by other means than LRP, through Captum [Kokhlikyan et al. 2020].

They know nothing of layers and rules, so they are an independent second opinion. Both compare the
utterance with one about which every question is answered no.
"""

import copy
from collections.abc import Mapping

import numpy as np
import torch
from captum.attr import FeatureAblation, IntegratedGradients
from torch import Tensor

from intonation.lrp.affine import check_operations, check_weights
from intonation.lrp.lrp import INTEGRATED_GRADIENTS, OCCLUSION, Explanation, Relevance
from intonation.model.batches import Inputs, make_batch
from intonation.model.network import F0Model

STEPS = 32
STEPS_AT_ONCE = 8


def integrated_gradients(
    model: F0Model, inputs: Inputs, chosen: np.ndarray, *, steps: int = STEPS
) -> Explanation:
    """Gradient x input, the gradient averaged on the straight way from 'all no' to the input.

    [Sundararajan et al. 2017, eq. 1]. chosen: bool [frames]. The first layer is linear, so the
    way is walked behind it, where there are channels instead of questions. `absorbed` is what the
    network says when every answer is no; the gap is the error of the numerical integral.
    """
    model = _at_rest(model)
    first, bias, mask = _first_layer(model, inputs)
    seeds = torch.from_numpy(chosen).to(first)

    def explained(frames: Tensor) -> Tensor:
        return model.from_projection(frames, mask.expand(len(frames), -1)) @ seeds

    method = IntegratedGradients(explained, multiply_by_inputs=False)
    nothing = bias.expand_as(first)
    signal = method.attribute(
        first, nothing, n_steps=steps, internal_batch_size=STEPS_AT_ONCE, method="gausslegendre"
    )
    with torch.no_grad():
        return Explanation(
            signal=signal[0].cpu().numpy(),
            yes=model.project.weight.detach().cpu().numpy(),
            no=None,
            inputs=inputs,
            uses_vuv=model.config.uses_vuv,
            absorbed=float(explained(nothing)),
            explained=float(explained(first)),
            rule=INTEGRATED_GRADIENTS,
        )


@torch.no_grad()
def occlude_groups(
    model: F0Model, inputs: Inputs, chosen: np.ndarray, groups: Mapping[str, np.ndarray]
) -> Relevance:
    """How far the output falls in each chosen frame when all answers of a group become no.

    [Zeiler & Fergus 2014, by group]. Returns values [frames, groups]; 0 in frames not chosen.
    `absorbed` is what the network says when every answer is no. Groups act together, so the gap
    between explained output, values and absorbed is no error but what they do in common.
    """
    model = _at_rest(model)
    first, bias, mask = _first_layer(model, inputs)
    shares = _shares(model, inputs, groups, first)
    seeds = torch.from_numpy(chosen).to(first)

    def output(told: Tensor) -> Tensor:  # told: [1, groups], 1 or 0
        without = torch.einsum("g,gfc->fc", 1 - told[0], shares)
        return model.from_projection(first - without, mask)[0] * seeds

    told = first.new_ones(1, len(groups))
    values = FeatureAblation(output).attribute(told, baselines=0.0)
    nothing = model.from_projection(bias.expand_as(first), mask)[0] @ seeds
    explained = float(output(told).sum())
    return Relevance(values.cpu().numpy(), float(nothing), explained, "frame", OCCLUSION)


def _at_rest(model: F0Model) -> F0Model:
    """A checked copy without dropout; the caller's network stays in its mode."""
    check_operations(model)
    check_weights(model)
    return copy.deepcopy(model).eval()


@torch.no_grad()
def _first_layer(model: F0Model, inputs: Inputs) -> tuple[Tensor, Tensor, Tensor]:
    """The first layer's output [1, frames, channels], its bias, and the mask [1, frames]."""
    bias = model.project.bias.detach()
    batch = make_batch([inputs]).to(bias.device, bias.dtype)
    return model.projection(batch), bias, batch.mask


def _shares(model: F0Model, inputs: Inputs, groups: Mapping, first: Tensor) -> Tensor:
    """What each group adds to the first layer's output, [groups, frames, channels]."""
    answers = inputs.answers[inputs.frame_to_phone]
    if model.config.uses_vuv:
        answers = np.column_stack([answers, inputs.voiced])
    weight = model.project.weight
    parts = [
        torch.from_numpy(answers[:, members]).to(first) @ weight[:, torch.from_numpy(members)].T
        for members in groups.values()
    ]
    return torch.stack(parts) if parts else first.new_zeros(0, *first.shape[1:])
