"""Bugs planted in the relevance on purpose, to see which of the book's checks notices which.

Each is a context in which the package's own code is wrong in one place, as programs of this kind
have been wrong before; behind it, everything is as it was. Whatever asks for relevance within gets
the wrong one.
"""

import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from intonation.lrp import affine, ranking
from intonation.lrp.affine import Affine, FoldedNetwork, Tape, through_relu, walk_down
from intonation.lrp.ranking import Groups
from intonation.lrp.rules import Epsilon, Parts, Rule, Term, Z
from intonation.model.network import ShiftedConv

EPSILON = 0.1
NONE = "none"


@dataclass(frozen=True)
class Bug:
    """What is wrong, in words, and a context in which it is."""

    words: str
    planted: Callable[[], AbstractContextManager[None]]


@contextmanager
def _replaced(owner: Any, name: str, other: Any) -> Iterator[None]:
    """An attribute of a class or module is another one for a while."""
    before = getattr(owner, name)
    setattr(owner, name, other)
    try:
        yield
    finally:
        setattr(owner, name, before)


@contextmanager
def _everywhere(function: Callable[..., Any], other: Callable[..., Any]) -> Iterator[None]:
    """A function is another one wherever the package has imported it by name."""
    name = function.__name__
    with ExitStack() as stack:
        for module in [m for key, m in sys.modules.items() if key.startswith("intonation.")]:
            if vars(module).get(name) is function:
                stack.enter_context(_replaced(module, name, other))
        yield


def _turned() -> AbstractContextManager[None]:
    def terms(self: Rule, layer: Affine, sums: Tensor, parts: Parts, above: Tensor) -> list[Term]:
        signed = -above if layer.last else above
        return [Term(signed, layer.weight, layer.weight, layer.bias)]

    return _replaced(Z, "terms", terms)


def _without_shortcut() -> AbstractContextManager[None]:
    @torch.no_grad()
    def backward(
        self: FoldedNetwork, tape: Tape, chosen: Tensor, rule: Rule
    ) -> tuple[Tensor, Tensor]:
        nothing = chosen.new_zeros(())
        to_skips, absorbed = walk_down(tape.head, chosen[:, None], nothing, rule)
        stream = torch.zeros_like(to_skips)
        for steps, x in zip(reversed(tape.blocks), reversed(tape.streams), strict=True):
            stream = through_relu(stream, x)
            stream, absorbed = walk_down(steps, stream + to_skips, absorbed, rule)
        return stream, absorbed

    return _replaced(FoldedNetwork, "backward", backward)


def _without_norm() -> AbstractContextManager[None]:
    @torch.no_grad()
    def fold(shifted: ShiftedConv, norm: nn.BatchNorm1d) -> Affine:
        kernel, bias = shifted.conv.parameters()
        weight = kernel.permute(2, 1, 0)  # [taps, below, out]
        taps, (left, _), (dilation,) = len(weight), shifted.pad.padding, shifted.conv.dilation
        return Affine(weight.flatten(0, 1), bias, taps, dilation, left, relu=True)

    return _replaced(affine, "fold", fold)


def _on_padding() -> AbstractContextManager[None]:
    right = Affine.transpose

    def transpose(self: Affine, above: Tensor, weight: Tensor) -> Tensor:
        down = right(self, above, weight)
        if self.left == 0:
            return down
        lost = down.new_zeros(min(self.left, len(down)), down.shape[1])
        return torch.cat([lost, down])[: len(down)]

    return _replaced(Affine, "transpose", transpose)


def _by_size() -> AbstractContextManager[None]:
    def terms(self: Rule, layer: Affine, sums: Tensor, parts: Parts, above: Tensor) -> list[Term]:
        signed = torch.where(sums < 0, -above, above)
        return [Term(signed, layer.weight, layer.weight, layer.bias)]

    return _replaced(Z, "terms", terms)


@contextmanager
def _stabilised() -> Iterator[None]:
    rule = Epsilon(EPSILON)

    def terms(self: Rule, layer: Affine, sums: Tensor, parts: Parts, above: Tensor) -> list[Term]:
        return rule.terms(layer, sums, parts, above)

    def stabiliser(self: Rule, sums: Tensor, above: Tensor) -> Tensor:
        return rule.stabiliser(sums, above)

    with _replaced(Z, "terms", terms), _replaced(Z, "stabiliser", stabiliser):
        yield


def _twice() -> AbstractContextManager[None]:
    right = ranking.group_matrix

    def group_matrix(values: np.ndarray, groups: Groups, *, statistic: str = "mean") -> np.ndarray:
        first = {name: members[:1] for name, members in groups.items()}
        again = right(values, first, statistic="sum")
        sums = right(values, groups, statistic="sum") + again
        sizes = [max(len(np.unique(members)), 1) for members in groups.values()]
        return sums / sizes if statistic == "mean" else sums

    return _everywhere(right, group_matrix)


BUGS = {
    NONE: Bug("no bug", nullcontext),
    "sign": Bug("the last layer hands relevance down with the wrong sign", _turned),
    "shortcut": Bug("relevance that goes round a residual block is lost", _without_shortcut),
    "norm": Bug("batch norm is left out when the network is folded", _without_norm),
    "padding": Bug(
        "relevance is written from the start of the padding, not behind it", _on_padding
    ),
    "size": Bug("relevance is divided by |z| instead of z", _by_size),
    "stabiliser": Bug(f"{EPSILON:g} is added to denominators that should be exact", _stabilised),
    "twice": Bug("a feature of each group is counted twice", _twice),
}
