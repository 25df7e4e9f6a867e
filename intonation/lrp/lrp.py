"""Which linguistic features pushed F0 up or down: relevance of every input, frame by frame.

Layer-wise relevance propagation (LRP) hands the network's output down, layer by layer, to its
inputs; how a layer shares it out is a rule (`intonation.lrp.rules`). For the Z rule (LRP-0) and a
network of affine layers, ReLU and sums this equals gradient x input [Ancona et al. 2018, prop. 1],
and since the network is positively homogeneous in inputs and biases together,

    sum of outputs = relevance of the inputs + what the biases absorbed.

Every rule keeps this balance. Both sides are computed independently; their distance is the gap.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import torch
from torch import Tensor

from intonation.errors import ParameterError, UtteranceError
from intonation.lrp.affine import FoldedNetwork, Tape
from intonation.lrp.relevance import Explanation
from intonation.lrp.rules import GRADIENT, FirstLayer, Rule, find_rule
from intonation.model.network import F0Model

if TYPE_CHECKING:
    from intonation.model.batches import Inputs


class Forward(NamedTuple):
    """A forward pass that can be explained more than once.

    first: the first layer's output [frames, channels]; tape: that of all others.
    """

    inputs: Inputs
    answers: Tensor
    first: Tensor
    tape: Tape

    @property
    def prediction(self) -> np.ndarray:
        """The network's output, [frames]: semitones from the speaker's median, or ln Hz."""
        return self.tape.output[:, 0].cpu().numpy()

    def cut(self, frames: slice) -> Forward:
        """The same of some frames and of the phones that these belong to."""
        index = self.inputs.frame_to_phone[frames]
        phones = slice(int(index[0]), int(index[-1]) + 1)
        answers, voiced = self.inputs.answers[phones], self.inputs.voiced[frames]
        inputs = replace(
            self.inputs, answers=answers, frame_to_phone=index - phones.start, voiced=voiced
        )
        return Forward(inputs, self.answers[phones], self.first[frames], self.tape.cut(frames))


class Explainer:
    """A network made ready to be explained with one rule, utterance after utterance.

    rule: a name in `intonation.lrp.rules.RULES`, "gradient", or a rule such as `Epsilon(1e-3)`.
    Raises ModelError where the network has an operation that is not known, or broken weights.
    """

    def __init__(self, model: F0Model, *, rule: str | Rule = "z") -> None:
        self.rule = find_rule(rule)
        self.network = FoldedNetwork(model)
        self.uses_vuv = model.config.uses_vuv

    @torch.no_grad()
    def forward(self, inputs: Inputs) -> Forward:
        """Run the network. Raises UtteranceError for answers that the rule cannot take."""
        check_answers(inputs, self.rule, self.network.config.questions)
        weight = self.network.first.weight
        answers = torch.from_numpy(inputs.answers).to(weight.device, weight.dtype)
        first = self._apply_first(inputs, answers, weight, self.network.first.bias)
        return Forward(inputs, answers, first, self.network.forward(first))

    @torch.no_grad()
    def explain(self, done: Forward, chosen: np.ndarray) -> Explanation:
        """Explain the sum of the outputs over the frames that are True in `chosen` [frames]."""
        seeds = torch.from_numpy(chosen).to(done.first)
        above, lost = self.network.backward(done.tape, seeds, self.rule)
        layer = FirstLayer(
            self.network.first,
            done.first,
            lambda weight, bias: self._apply_first(done.inputs, done.answers, weight, bias),
        )
        answers, absorbed = self.rule.first(layer, above)
        return Explanation(
            signal=answers.signal.cpu().numpy(),
            yes=answers.yes.cpu().numpy(),
            no=None if answers.no is None else answers.no.cpu().numpy(),
            inputs=done.inputs,
            uses_vuv=self.uses_vuv,
            absorbed=0.0 if self.rule.name == GRADIENT else float(absorbed + lost),
            explained=float(seeds @ done.tape.output[:, 0]),
            rule=self.rule.name,
        )

    def explain_near(self, done: Forward, chosen: np.ndarray) -> Explanation:
        """The same, but only the frames and phones that the chosen outputs depend on.

        All others have no relevance. Of one phone in an utterance of 4 seconds, that is a third of
        the work.
        """
        (at,), (before, behind) = np.nonzero(chosen), self.network.reach
        frames = slice(max(0, int(at[0]) - before), int(at[-1]) + 1 + behind)
        return self.explain(done.cut(frames), chosen[frames])

    @torch.no_grad()
    def shares(self, done: Forward, groups: Iterable[np.ndarray]) -> np.ndarray:
        """What groups of inputs have in every frame's own output, float [groups, frames].

        groups: indices of inputs. The relevance of a group where each frame is explained on its
        own, summed over inputs and time, by one pass a group instead of one a frame. Raises
        ParameterError for another rule than z, which alone is the same in both directions.
        """
        if self.rule.name != "z":
            raise ParameterError(f"rule is {self.rule.name!r}, but only 'z' goes both ways")
        weight, bias = self.network.first.weight, torch.zeros_like(self.network.first.bias)
        rows = []
        for members in groups:
            kept = torch.zeros_like(weight[:, :1])
            kept[torch.from_numpy(np.asarray(members, dtype=np.int64))] = 1
            part = self._apply_first(done.inputs, done.answers, weight * kept, bias)
            rows.append(self.network.share(done.tape, part).cpu().numpy())
        return np.array(rows).reshape(len(rows), len(done.first))

    def _apply_first(self, inputs: Inputs, answers: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
        """The first layer once per phone, spread to frames: [frames, channels]."""
        phones = torch.addmm(bias, answers, weight[: answers.shape[1]])
        frames = phones[torch.from_numpy(inputs.frame_to_phone).to(phones.device)]
        if self.uses_vuv:
            voiced = torch.from_numpy(inputs.voiced).to(frames)
            frames = frames + voiced[:, None] * weight[-1]
        return frames


def check_answers(inputs: Inputs, rule: Rule, questions: Sequence[str]) -> None:
    """Raise UtteranceError for the first answer that is no number, or none this rule takes."""
    answers = inputs.answers
    if answers.dtype == np.uint8:  # answers of yes and no
        return
    low, high = rule.answers_between
    wrong = ~(np.isfinite(answers) & (answers >= low) & (answers <= high))
    if wrong.any():
        phone, question = np.argwhere(wrong)[0]
        raise UtteranceError(
            f"phone {phone} answers {answers[phone, question]} to question "
            f"{questions[question]}, expected a finite number from {low:g} to {high:g} for the "
            f"rule {rule.name}; mend the label or take another rule"
        )
