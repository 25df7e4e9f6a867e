"""A first layer that hears each group of questions as one curve, the one that the group lasso drew.

Where labels say most things more than once, a network that learns the same F0 may take it from
whichever group it likes, and shares it out by chance. Here the group lasso (`lasso`), which has one
solution, decides what each group tells: its weights of the group's answers. The network is free in
all that follows, how a group's curve acts in time and together with others, but cannot ask a
group's answers in another combination, and hears nothing of a group that the lasso left out.

Weights of the first layer [channels, questions] stay products r_g x curve_g after every step of the
optimizer: a projection, the proximal step of a constraint [Parikh & Boyd 2014, sec. 1.2]. They are
ordinary weights for all who read them afterwards.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from intonation.model.network import F0Model
from intonation.model.sparse.lasso import Lasso


@dataclass(frozen=True)
class GroupCurves:
    """What the first layer is held to. groups: {name: question indices}; lasso: of their weights.

    The input `vuv` is no question: its weights are free.
    """

    groups: Mapping[str, np.ndarray]
    lasso: Lasso

    def begin(self, model: F0Model) -> None:
        """Draw the part of each group in each channel; every channel's mean starts at 0."""
        weight, bias = model.project.weight, model.project.bias
        curves = torch.from_numpy(self.curves).to(weight)
        drawn = torch.randn(len(weight), curves.shape[1]) / (self.lasso.deviation or 1.0)
        parts = drawn.to(weight)
        with torch.no_grad():
            told = parts @ (curves * self._sizes(curves)).T  # [channels, questions]
            weight[:, : len(curves)] = told
            bias.copy_(-told @ torch.from_numpy(self.lasso.means).to(weight))

    @property
    def curves(self) -> np.ndarray:
        """Direction of each group's weights, length 1 or all 0, float64 [questions, groups]."""
        found = np.zeros((len(self.lasso.weights), len(self.groups)))
        for column, members in enumerate(self.groups.values()):
            part = self.lasso.weights[members]
            found[members, column] = part / max(float(np.linalg.norm(part)), 1e-12)
        return found

    def _sizes(self, curves: Tensor) -> Tensor:
        return torch.from_numpy(self.lasso.weights).to(curves) @ curves

    def described(self) -> dict[str, Any]:
        """As plain values, for a note of what weights were made from."""
        members = {name: np.asarray(indices).tolist() for name, indices in self.groups.items()}
        return {"curves": True, "strength": self.lasso.strength, "groups": members}


def hold(weight: Tensor, curves: Tensor) -> None:
    """Project weights [channels, inputs] to what the curves [questions, groups] allow, in place."""
    with torch.no_grad():
        told = weight[:, : len(curves)]
        told.copy_((told @ curves) @ curves.T)
