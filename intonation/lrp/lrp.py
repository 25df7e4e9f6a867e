"""Which linguistic features pushed F0 up or down: relevance of every input, frame by frame.

Layer-wise relevance propagation (LRP) hands the network's output down, layer by layer, to its
inputs; how a layer shares it out is a rule (`intonation.lrp.rules`). For the Z rule (LRP-0) and a
network of affine layers, ReLU and sums this equals gradient x input [Ancona et al. 2018, prop. 1],
and since the network is positively homogeneous in inputs and biases together,

    sum of outputs = relevance of the inputs + what the biases absorbed.

Every rule keeps this balance. Both sides are computed independently; their distance is the gap.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from intonation.corpus.corpus import Utterance
from intonation.errors import ParameterError, UtteranceError
from intonation.lrp.affine import FoldedNetwork, Tape
from intonation.lrp.rules import Answers, FirstLayer, Z, find_rule
from intonation.model.batches import Inputs, check_questions, choose_frames, inputs_of
from intonation.model.network import F0Model

GRADIENT = "gradient"
INTEGRATED_GRADIENTS = "integrated_gradients"
OCCLUSION = "occlusion"  # of groups, see `intonation.lrp.methods`


@dataclass(frozen=True)
class Relevance:
    """Which input pushed F0 up or down, in the unit of the model's output.

    values: [frames or phones, inputs]; the inputs are the questions, then vuv if used.
    absorbed: share of the explained output that no input has: biases took it, or a stabiliser.
    explained: the output itself, summed over the chosen frames.
    per: "frame" or "phone", the rows of `values`. rule: what it was computed with.
    """

    values: np.ndarray
    absorbed: float
    explained: float
    per: str = "frame"
    rule: str = "z"

    @cached_property
    def gap(self) -> float:
        """Explained output minus relevance minus what was absorbed; for LRP rounding alone."""
        return self.explained - float(self.values.sum(dtype=np.float64)) - self.absorbed

    @property
    def balance(self) -> dict[str, float]:
        """What was explained, what the inputs and the biases took of it, and the gap."""
        relevance = self.explained - self.absorbed - self.gap
        parts = {"explained": self.explained, "relevance": relevance}
        return {**parts, "absorbed": self.absorbed, "gap": self.gap}


@dataclass(frozen=True)
class Explanation:
    """Relevance as it is stored: before it is multiplied out to every input.

    signal: [frames, k], relevance of the first layer's channels divided by their activation;
    yes, no: [k, inputs], see `intonation.lrp.rules.Answers`. inputs: what the network was told.
    Some twenty times smaller than relevance [frames, inputs].
    """

    signal: np.ndarray
    yes: np.ndarray
    no: np.ndarray | None
    inputs: Inputs
    uses_vuv: bool
    absorbed: float
    explained: float
    rule: str = "z"

    def relevance(self, per: str = "frame") -> Relevance:
        """Relevance of every input, per "frame" or summed over the frames of each "phone"."""
        if per not in ("frame", "phone"):
            raise ParameterError(f"per is {per!r}, expected 'frame' or 'phone'")
        values = self._per_phone() if per == "phone" else self._per_frame()
        return Relevance(values, self.absorbed, self.explained, per, self.rule)

    def _per_frame(self) -> np.ndarray:
        answers = self.inputs.answers[self.inputs.frame_to_phone]
        if self.uses_vuv:
            answers = np.column_stack([answers, self.inputs.voiced])
        return self._weigh(self.signal, answers)

    def _per_phone(self) -> np.ndarray:
        """The signal is summed before it meets the answers: they do not change within a phone."""
        values = self._weigh(self._phones(self.signal), self.inputs.answers)
        if not self.uses_vuv:
            return values
        voiced, told = self.inputs.voiced[:, None], np.ones((1, 1), dtype=np.uint8)
        vuv = self._weigh(self._phones(self.signal * voiced), told, slice(-1, None))
        vuv += self._weigh(self._phones(self.signal * ~voiced), 0 * told, slice(-1, None))
        return np.concatenate([values, vuv], axis=1)

    def _weigh(self, signal: np.ndarray, answers: np.ndarray, inputs: slice | None = None):
        """x (signal @ yes) + (1 - x) (signal @ no), for the questions or other inputs."""
        chosen = slice(answers.shape[1]) if inputs is None else inputs
        values = _product(signal, self.yes[:, chosen])
        values *= answers
        if self.no is not None:
            values += _product(signal, self.no[:, chosen]) * (1 - answers.astype(values.dtype))
        return values

    def _phones(self, frames: np.ndarray) -> np.ndarray:
        """Sum over each phone's frames: [phones, k]."""
        sums = np.zeros((len(self.inputs.answers), frames.shape[1]), dtype=frames.dtype)
        starts = np.flatnonzero(np.diff(self.inputs.frame_to_phone, prepend=-1))
        if len(starts):  # frames of a phone follow each other
            sums[self.inputs.frame_to_phone[starts]] = np.add.reduceat(frames, starts)
        return sums


def _product(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Matrix product by torch: numpy's has threads of its own, which would compete with torch's."""
    return (torch.from_numpy(a) @ torch.from_numpy(b)).numpy()


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


class Explainer:
    """A network made ready to be explained with one rule, utterance after utterance.

    rule: a name in `intonation.lrp.rules.RULES`, a rule such as `Epsilon(1e-3)`,
    or "gradient": the plain gradient, a baseline that adds up to nothing.
    Raises ModelError where the network has an operation that is not known, or broken weights.
    """

    def __init__(self, model: F0Model, *, rule: str | Z = "z") -> None:
        self.rule = Z() if rule == GRADIENT else find_rule(rule)
        self.name = GRADIENT if rule == GRADIENT else self.rule.name
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
        answers, absorbed = self._first(done, above)
        return Explanation(
            *(None if part is None else part.cpu().numpy() for part in answers),
            inputs=done.inputs,
            uses_vuv=self.uses_vuv,
            absorbed=0.0 if self.name == GRADIENT else float(absorbed + lost),
            explained=float(seeds @ done.tape.output[:, 0]),
            rule=self.name,
        )

    def _first(self, done: Forward, above: Tensor) -> tuple[Answers, Tensor]:
        affine = self.network.first
        if self.name == GRADIENT:  # whatever the answer was
            return Answers(above, affine.weight.T, affine.weight.T), above.new_zeros(())
        layer = FirstLayer(
            affine,
            done.first,
            lambda weight, bias: self._apply_first(done.inputs, done.answers, weight, bias),
        )
        return self.rule.first(layer, above)

    def _apply_first(self, inputs: Inputs, answers: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
        """The first layer once per phone, spread to frames: [frames, channels]."""
        phones = torch.addmm(bias, answers, weight[: answers.shape[1]])
        frames = phones[torch.from_numpy(inputs.frame_to_phone).to(phones.device)]
        if self.uses_vuv:
            voiced = torch.from_numpy(inputs.voiced).to(frames)
            frames = frames + voiced[:, None] * weight[-1]
        return frames


def explain(
    model: F0Model,
    utterance: Utterance,
    *,
    frames: np.ndarray | slice | None = None,
    rule: str | Z = "z",
    per: str = "frame",
) -> Relevance:
    """Explain the sum of the model's outputs over some frames of an utterance.

    frames: indices, a boolean mask or a slice; by default every valid frame (for "semitones" the
    voiced ones, for "log_f0" all); `intonation.lrp.selections` finds those of a word, accents, …
    rule: "z", "epsilon", "gamma", "alpha_beta", "z_box", a rule of your own strength, or
    "gradient"; "integrated_gradients" is computed with Captum. per: "frame" or "phone".
    Raises ModelError where the model has an operation, weights or questions that do not fit,
    UtteranceError where frames or answers do not, ParameterError for an unknown rule.
    """
    check_questions(model, utterance)
    inputs = inputs_of(utterance)
    chosen = choose_frames(model.config.target, inputs, frames, utterance.id)
    return explain_batch(model, [inputs], [chosen], rule=rule, per=per)[0]


def explain_batch(
    model: F0Model,
    items: Sequence[Inputs],
    chosen: Sequence[np.ndarray],
    *,
    rule: str | Z = "z",
    per: str = "frame",
) -> list[Relevance]:
    """Explain several utterances, as `explain` does one; chosen: bool [frames] for each."""
    if rule == INTEGRATED_GRADIENTS:
        from intonation.lrp.methods import integrated_gradients  # Captum is slow to import

        found = (integrated_gradients(model, *pair) for pair in zip(items, chosen, strict=True))
        return [explanation.relevance(per) for explanation in found]
    explainer = Explainer(model, rule=rule)
    return [
        explainer.explain(explainer.forward(item), mask).relevance(per)
        for item, mask in zip(items, chosen, strict=True)
    ]


def check_answers(inputs: Inputs, rule: Z, questions: Sequence[str]) -> None:
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
