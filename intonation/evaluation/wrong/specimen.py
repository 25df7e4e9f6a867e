"""Made-up networks and an utterance, small enough to be checked in a blink, by which bugs show.

One network is as trained ones are. The other has every ReLU open, so that it computes a sum of
terms, one of each group: a law that is known without asking for relevance. One of the groups
reaches the output only round the first residual block.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from types import SimpleNamespace

import numpy as np
import pandas as pd
import torch
from torch import nn

from intonation.evaluation.planted_law import Planted
from intonation.evaluation.recovery import spread
from intonation.model.batches import Inputs
from intonation.model.network import F0Model, ModelConfig
from intonation.model.prediction import predict

SIZES = {"round the block": 3.0, "large": 1.8, "middle": 1.0, "small": 0.5, "nothing": 0.0}
QUESTIONS = tuple(f"{group} {number}" for group in SIZES for number in (1, 2, 3))
GROUPS = {group: np.arange(3 * place, 3 * place + 3) for place, group in enumerate(SIZES)}
PHONES, CHANNELS, OPEN = 40, 6, 60.0


@dataclass(frozen=True)
class Specimen:
    """As much of an utterance as networks and explanations ask for; a frame is a phone."""

    inputs: Inputs
    id: str = "specimen"

    @property
    def questions(self) -> SimpleNamespace:
        """The questions' names."""
        return SimpleNamespace(names=list(QUESTIONS))

    @property
    def answers(self) -> np.ndarray:
        """uint8 [phones, questions]."""
        return self.inputs.answers

    @property
    def frame_to_phone(self) -> np.ndarray:
        """int64 [frames]."""
        return self.inputs.frame_to_phone

    @property
    def voiced(self) -> np.ndarray:
        """bool [frames]."""
        return self.inputs.voiced


def made_up_utterance(seed: int) -> Specimen:
    """Answers and voicing by chance."""
    random = np.random.default_rng(seed)
    answers = (random.random((PHONES, len(QUESTIONS))) < 0.5).astype(np.uint8)
    return Specimen(Inputs(answers, np.arange(PHONES), random.random(PHONES) < 0.8))


def answered(specimen: Specimen, answer: int) -> Inputs:
    """Every question answered alike: 1 is yes, 0 is no."""
    return replace(specimen.inputs, answers=np.full_like(specimen.answers, answer))


@torch.no_grad()
def network_as_trained(seed: int, specimen: Specimen) -> F0Model:
    """Two residual blocks in float64, batch norms with nothing at its default.

    Its outputs for the utterance lie around 0, so that they have either sign.
    """
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        model = F0Model(ModelConfig("semitones", QUESTIONS, CHANNELS, 2, stacks=1)).double()
        for norm in (module for module in model.modules() if isinstance(module, nn.BatchNorm1d)):
            nn.init.normal_(norm.weight, 1.0, 0.3)
            nn.init.normal_(norm.bias, 0.0, 0.3)
            norm.running_mean.normal_(0.0, 0.3)
            norm.running_var.uniform_(0.3, 0.7)
    model.eval()
    model.output.weight *= 5
    middle = float(np.median(predict(model, specimen)))
    # not the middle itself: a sum over frames near 0 has no relative error
    model.output.bias -= middle - 0.1 * float(np.ptp(predict(model, specimen)))
    return model


@torch.no_grad()
def network_of_a_law(seed: int, specimen: Specimen) -> F0Model:
    """The same with every ReLU open, and each group's term as large as `SIZES` say."""
    model = network_as_trained(seed, specimen)
    for name, parameter in model.named_parameters():
        if name.endswith("weight"):
            parameter.abs_()  # a yes raises F0, whatever is asked
    for block in model.blocks:
        for norm in (block.norm1, block.norm2):
            norm.bias += OPEN
    model.dense.bias += 10 * OPEN
    weight, around = model.project.weight, GROUPS["round the block"]
    others = np.setdiff1d(np.arange(len(QUESTIONS)), around)
    weight[1:, around] = 0.0  # one channel has this group, and no other
    weight[0, others] = 0.0
    model.blocks[0].conv1.conv.weight[:, 0] = 0.0
    for group, effect in law_of(model, specimen)[1].items():
        weight[:, GROUPS[group]] *= SIZES[group] / effect
    return model


def law_of(model: F0Model, specimen: Specimen) -> tuple[Planted, pd.Series]:
    """What a network of a sum computes, and how much each group matters in it.

    A group's term is what the prediction gains when its answers are added to an utterance about
    which every question is answered no; its effect the standard deviation over voiced frames.
    """
    weight = specimen.voiced.astype(np.float32)
    net = np.column_stack([_term(model, specimen, members) for members in GROUPS.values()])
    effects = pd.Series(spread([net], [weight]), list(GROUPS)).round(9)
    law = predict(model, Specimen(answered(specimen, 0))) + net.sum(axis=1)
    return Planted(specimen.id, specimen.inputs, {}, law, law.astype(np.float32), weight), effects


def _term(model: F0Model, specimen: Specimen, members: Sequence[int]) -> np.ndarray:
    """What the prediction gains by some of the answers alone, [frames]."""
    nothing = answered(specimen, 0)
    told = nothing.answers.copy()
    told[:, members] = specimen.answers[:, members]
    some = predict(model, Specimen(replace(nothing, answers=told)))
    return some - predict(model, Specimen(nothing))
