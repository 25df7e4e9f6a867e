"""Layer-wise relevance propagation (LRP) with the Z rule, exact, in one backward pass.

For a network of linear layers, convolutions, batch norm in evaluation mode, ReLU and sums, LRP-0
[Bach et al. 2015, eq. 56 without stabiliser] equals gradient x input exactly [Ancona et al. 2018,
prop. 1]. The network is positively homogeneous in its inputs and biases together, so that

    sum of outputs = sum_i input_i x gradient_i + sum_b bias_b x gradient_b :

relevance of the inputs plus what the biases absorbed. Both sums are computed independently here;
their distance from the output is reported as the gap.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch
from torch import Tensor, nn

from intonation.corpus import Utterance
from intonation.errors import ModelError, UtteranceError
from intonation.features import Inputs, make_batch
from intonation.model import F0Model, ResidualBlock, ShiftedConv

# Operations through which the identity above holds; anything else must be refused.
HOMOGENEOUS = (
    *(nn.ReLU, nn.Identity, nn.Dropout, nn.Dropout1d, nn.ConstantPad1d, nn.ModuleList),
    *(ShiftedConv, ResidualBlock, F0Model),
)
AFFINE = (nn.Conv1d, nn.BatchNorm1d)


@dataclass(frozen=True)
class Relevance:
    """Which input pushed F0 up or down, in the unit of the model's output.

    signal: [frames, channels], gradient of the explained output at the first layer's output.
    weight: [channels, inputs] of the first layer.
    inputs: what the network was told.
    absorbed: share of the explained output that biases took; explained: the output itself,
    summed over the chosen frames.
    per: "frame" or "phone", the rows of `values`.

    The signal is what is stored: relevance of every input in every frame follows from it.
    """

    signal: np.ndarray
    weight: np.ndarray
    inputs: Inputs
    uses_vuv: bool
    absorbed: float
    explained: float
    per: str = "frame"

    @cached_property
    def values(self) -> np.ndarray:
        """Relevance [frames or phones, inputs]; the inputs are the questions, then vuv if used."""
        index, answers = self.inputs.frame_to_phone, self.inputs.answers
        n_questions = answers.shape[1]
        if self.per == "phone":
            values = self._per_phone(self.signal) @ self.weight
            values[:, :n_questions] *= answers
            if self.uses_vuv:
                voiced = self._per_phone(self.signal * self.inputs.voiced[:, None])
                values[:, n_questions] = voiced @ self.weight[:, n_questions]
            return values
        values = self.signal @ self.weight
        values[:, :n_questions] *= answers[index]
        if self.uses_vuv:
            values[:, n_questions] *= self.inputs.voiced
        return values

    def _per_phone(self, frames: np.ndarray) -> np.ndarray:
        """Sum over each phone's frames: [phones, channels]."""
        sums = np.zeros((len(self.inputs.answers), frames.shape[1]), dtype=frames.dtype)
        np.add.at(sums, self.inputs.frame_to_phone, frames)
        return sums

    @cached_property
    def gap(self) -> float:
        """Explained output minus relevance minus what the biases absorbed; rounding alone."""
        return self.explained - float(self.values.sum(dtype=np.float64)) - self.absorbed


def explain(
    model: F0Model,
    utterance: Utterance,
    *,
    frames: np.ndarray | slice | None = None,
    rule: str = "z",
    per: str = "frame",
) -> Relevance:
    """Explain the sum of the model's outputs over some frames of an utterance.

    frames: indices, a boolean mask or a slice; by default every valid frame (for "semitones" the
    voiced ones, for "log_f0" all). rule: "z". per: "frame" or "phone".
    Raises ModelError where the model has an operation or questions that do not fit,
    UtteranceError where the frames do not.
    """
    if rule != "z":
        raise ValueError(f"rule is {rule!r}, expected 'z'")
    if per not in ("frame", "phone"):
        raise ValueError(f"per is {per!r}, expected 'frame' or 'phone'")
    check_questions(model, utterance)
    inputs = Inputs(utterance.answers, utterance.frame_to_phone, utterance.voiced)
    chosen = choose_frames(model.config.target, inputs, frames, utterance.id)
    return explain_batch(model, [inputs], [chosen], per=per)[0]


def explain_batch(
    model: F0Model, items: Sequence[Inputs], chosen: Sequence[np.ndarray], *, per: str = "frame"
) -> list[Relevance]:
    """Explain several utterances at once; the result does not depend on who shares the batch.

    chosen: bool [frames] for each item.
    """
    forward = _Forward(model, items)
    seeds = torch.zeros_like(forward.prediction)
    for row, mask in enumerate(chosen):
        seeds[row, : len(mask)] = torch.from_numpy(mask.astype(np.float32)).to(seeds)
    return forward.explain(seeds, per)


def explain_each(
    model: F0Model, item: Inputs, selections: Sequence[np.ndarray], *, per: str = "frame"
) -> Iterator[Relevance]:
    """Explain several selections of frames of one utterance, all from one forward pass.

    selections: bool [frames] each, for example the frames of one phone after another.
    """
    forward = _Forward(model, [item])
    for mask in selections:
        seeds = torch.from_numpy(mask[None].astype(np.float32)).to(forward.prediction)
        yield forward.explain(seeds, per)[0]


class _Forward:
    """One forward pass that can be explained more than once."""

    def __init__(self, model: F0Model, items: Sequence[Inputs]) -> None:
        check_operations(model)
        self.model, self.items = model, items
        parameter = next(model.parameters())
        batch = make_batch(items).to(parameter.device, parameter.dtype)
        self.affine = [module for module in model.modules() if isinstance(module, AFFINE)]
        self.outputs: list[Tensor] = []
        note = lambda _module, _input, output: self.outputs.append(output)  # noqa: E731
        hooks = [module.register_forward_hook(note) for module in self.affine]
        was_training = model.training
        model.eval()  # dropout off, batch norm a fixed affine map
        try:
            with torch.enable_grad():
                self.first = model.projection(batch).detach().requires_grad_()
                self.prediction = model.from_projection(self.first, batch.mask)
        finally:
            model.train(was_training)
            for hook in hooks:
                hook.remove()

    @torch.no_grad()
    def absorbed(self, signal: Tensor, gradients: Sequence[Tensor]) -> Tensor:
        """What the biases took: sum over layers of bias x gradient, [utterances]."""
        total = signal.sum(1) @ self.model.project.bias
        for module, gradient in zip(self.affine, gradients, strict=True):
            total = total + gradient.sum(2) @ effective_bias(module)
        return total

    def explain(self, seeds: Tensor, per: str) -> list[Relevance]:
        """Relevance for the outputs that `seeds` [utterances, frames] marks with 1."""
        explained = (self.prediction * seeds).sum(1)
        wanted = [self.first, *self.outputs]
        signal, *gradients = torch.autograd.grad(explained.sum(), wanted, retain_graph=True)
        absorbed = self.absorbed(signal, gradients)
        weight = self.model.project.weight.detach().cpu().numpy()
        return [
            Relevance(
                signal=signal[row, : len(item.frame_to_phone)].cpu().numpy(),
                weight=weight,
                inputs=item,
                uses_vuv=self.model.config.uses_vuv,
                absorbed=float(absorbed[row]),
                explained=float(explained[row].detach()),
                per=per,
            )
            for row, item in enumerate(self.items)
        ]


def effective_bias(module: nn.Module) -> Tensor:
    """What an affine layer adds whatever its input: [channels].

    Batch norm in evaluation mode: beta - gamma x mean / sqrt(variance + epsilon).
    """
    if isinstance(module, nn.BatchNorm1d):
        scale = module.weight / torch.sqrt(module.running_var + module.eps)
        return module.bias - scale * module.running_mean
    return module.bias


def check_operations(model: nn.Module) -> None:
    """Raise ModelError where the network has an operation that the Z rule does not cover."""
    for name, module in model.named_modules():
        if not isinstance(module, (*HOMOGENEOUS, *AFFINE, nn.Linear)):
            raise ModelError(
                f"no relevance rule is known for {type(module).__name__} ('{name}'); "
                "use ReLU, batch norm, linear layers, convolutions and sums"
            )


def check_questions(model: F0Model, utterance: Utterance) -> None:
    """Raise ModelError where model and utterance were made with different question sets."""
    if tuple(utterance.questions.names) != model.config.questions:
        raise ModelError(
            f"the model knows {len(model.config.questions)} questions, utterance {utterance.id} "
            f"{len(utterance.questions.names)} others; use the question set of the training"
        )


def choose_frames(
    target: str, inputs: Inputs, frames: np.ndarray | slice | None, utterance_id: str = "utterance"
) -> np.ndarray:
    """The explained frames as bool [frames]; UtteranceError for none or for ones out of range."""
    n_frames = len(inputs.frame_to_phone)
    if frames is None:
        chosen = inputs.voiced.copy() if target == "semitones" else np.ones(n_frames, dtype=bool)
    else:
        chosen = np.zeros(n_frames, dtype=bool)
        try:
            chosen[frames] = True
        except IndexError:
            raise UtteranceError(
                f"{utterance_id}: frames lie outside 0 … {n_frames - 1}; choose others"
            ) from None
    if not chosen.any():
        raise UtteranceError(f"{utterance_id}: no frame was chosen to explain; choose some")
    return chosen
