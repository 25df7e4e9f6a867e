"""Losses that care about shape: what a whole utterance's level does not touch.

Mean squared error counts a contour that is right but for its level as it counts one that moves
where the voice does not. Each of these is added to it; each is the same when a constant is added to
what the network says.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from intonation.model.batches import Task

LEAST_VARIANCE = 1e-4  # of what is correlated: without any there is no correlation


def _means(values: Tensor, weight: Tensor) -> Tensor:
    """Weighted mean of each utterance: [utterances, frames] -> [utterances, 1]."""
    return (values * weight).sum(1, keepdim=True) / weight.sum(1, keepdim=True).clamp(min=1e-9)


def steps(said: Tensor, target: Tensor, weight: Tensor) -> Tensor:
    """Squared error of the step from each counted frame to the next counted one, a scalar.

    said, target, weight: [utterances, frames]. A step counts as much as the lesser of its two ends;
    the steps of all utterances are added up. Where frames are phones these are steps from phone to
    phone, over the unvoiced ones between.
    """
    counted = weight > 0
    places = torch.arange(weight.shape[1], device=weight.device).expand_as(weight)
    latest = torch.where(counted, places, -1).cummax(1).values  # counted frame at or before
    before = torch.cat([torch.full_like(latest[:, :1], -1), latest[:, :-1]], dim=1)
    has, index = counted & (before >= 0), before.clamp(min=0)
    off = said - target
    size = torch.minimum(weight, weight.gather(1, index)) * has
    return (size * (off - off.gather(1, index)) ** 2).sum()


def level(said: Tensor, target: Tensor, weight: Tensor) -> Tensor:
    """Squared error once each utterance's mean error is taken away, added up, a scalar."""
    off = said - target
    return (weight * (off - _means(off, weight)) ** 2).sum()


def correlation(said: Tensor, target: Tensor, weight: Tensor) -> Tensor:
    """1 - Pearson's r of each utterance, as many times as its frames count, added up, a scalar.

    A flat contour has r 0.
    """
    own, other = said - _means(said, weight), target - _means(target, weight)
    both = _means(own * other, weight)
    spread = (_means(own**2, weight) + LEAST_VARIANCE) * (_means(other**2, weight) + LEAST_VARIANCE)
    return ((1 - both / spread.sqrt()) * weight.sum(1, keepdim=True)).sum()


KINDS: dict[str, Callable[[Tensor, Tensor, Tensor], Tensor]] = {
    "steps": steps,
    "level": level,
    "correlation": correlation,
}


@dataclass(frozen=True)
class Shape:
    """weight x one of KINDS, per counted frame. kind: its name."""

    kind: str
    weight: float

    def __call__(self, said: Tensor, task: Task) -> Tensor:
        """Of a batch, a scalar. said: what the network says [utterances, frames]."""
        return self.weight * KINDS[self.kind](said, task.target, task.weight) / task.counted

    def described(self) -> dict[str, Any]:
        """As plain values, for a note of what weights were made from."""
        return {"kind": self.kind, "weight": self.weight}
