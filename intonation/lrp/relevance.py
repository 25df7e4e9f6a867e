"""What an explanation says: relevance of every input, and the compact form it is stored in."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import torch

from intonation.errors import ParameterError

if TYPE_CHECKING:
    from intonation.model.batches import Inputs


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

    def _weigh(
        self, signal: np.ndarray, answers: np.ndarray, inputs: slice | None = None
    ) -> np.ndarray:
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
