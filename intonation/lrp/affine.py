"""The network as relevance sees it: affine layers, ReLUs and sums, for one utterance at a time.

Every layer of F0Model is written as one affine map over time, batch norm of a trained network
folded into the convolution before it. In this form the network is small and fast (two matrix
products a layer, no padding to a batch), and each relevance rule is one way of sharing out a
neuron among the summands of an affine map.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, NamedTuple, cast

import torch
from torch import Tensor, nn

from intonation.errors import ModelError
from intonation.model.network import F0Model, ModelConfig, ResidualBlock, ShiftedConv
from intonation.model.packed import look

if TYPE_CHECKING:
    from intonation.lrp.rules import Rule


@dataclass(frozen=True)
class Affine:
    """out[t] = bias + sum over taps k of below[t - left + k x dilation] @ weight_k.

    weight: [taps x channels below, channels]; bias: [channels]. relu: whether a ReLU follows.
    last: whether it is the network's output, which may have either sign.
    """

    weight: Tensor
    bias: Tensor
    taps: int = 1
    dilation: int = 1
    left: int = 0
    relu: bool = False
    last: bool = False

    @cached_property
    def positive(self) -> tuple[Tensor, Tensor]:
        """Weight and bias, what is negative set to 0."""
        return self.weight.clamp(min=0), self.bias.clamp(min=0)

    @cached_property
    def negative(self) -> tuple[Tensor, Tensor]:
        """Weight and bias, what is positive set to 0."""
        return self.weight.clamp(max=0), self.bias.clamp(max=0)

    def unfold(self, below: Tensor) -> Tensor:
        """What each output frame looks at, zeros beyond the ends: [frames, taps x channels]."""
        if self.taps == 1:
            return below
        frames, reach = len(below), (self.taps - 1) * self.dilation
        padded = below.new_zeros(frames + reach, below.shape[1])
        padded[self.left : self.left + frames] = below
        return torch.cat([padded[k : k + frames] for k in self._shifts], dim=1)

    def __call__(self, below: Tensor) -> Tensor:
        """[frames, channels below] -> [frames, channels]."""
        if self.taps == 1:
            return torch.addmm(self.bias, below, self.weight)
        return self._add_to(self.bias.repeat(len(below), 1), below)

    def without_bias(self, below: Tensor) -> Tensor:
        """[frames, channels below] -> [frames, channels]."""
        if self.taps == 1:
            return below @ self.weight
        return self._add_to(below.new_zeros(len(below), len(self.bias)), below)

    def _add_to(self, out: Tensor, below: Tensor) -> Tensor:
        """Tap by tap, a product of matrices each, which never copies what is looked at."""
        taps = self.weight.chunk(self.taps)
        for weight, (here, there) in zip(taps, self._looks(len(below)), strict=True):
            out[here].addmm_(below[there], weight)
        return out

    def transpose(self, above: Tensor, weight: Tensor) -> Tensor:
        """The transposed map, with this or another weight: [frames, channels below]."""
        if self.taps == 1:
            return above @ weight.T
        below = above.new_zeros(len(above), len(weight) // self.taps)
        taps = weight.chunk(self.taps)
        for part, (here, there) in zip(taps, self._looks(len(above)), strict=True):
            below[there].addmm_(above[here], part.T)
        return below

    @property
    def reach(self) -> tuple[int, int]:
        """How many frames before and behind its own an output frame looks at."""
        return self.left, (self.taps - 1) * self.dilation - self.left

    @property
    def _shifts(self) -> range:
        return range(0, self.taps * self.dilation, self.dilation)

    def _looks(self, frames: int) -> list[tuple[slice, slice]]:
        """For each tap, which frames look at one with it, and which they look at."""
        return [look(shift - self.left, frames) for shift in self._shifts]


class Step(NamedTuple):
    """What a layer leaves behind of a forward pass: its input, its output before the ReLU.

    below, sums: [frames, channels].
    """

    layer: Affine
    below: Tensor
    sums: Tensor


def walk_up(layers: Sequence[Affine], below: Tensor) -> tuple[list[Step], Tensor]:
    """Layers one after the other, every step kept: the steps and the last activation."""
    steps = []
    for layer in layers:
        steps.append(Step(layer, below, layer(below)))
        below = steps[-1].sums.relu() if layer.relu else steps[-1].sums
    return steps, below


def walk_down(
    steps: Sequence[Step], above: Tensor, absorbed: Tensor, rule: Rule
) -> tuple[Tensor, Tensor]:
    """Hand relevance divided by activation down the steps; add to what was absorbed on the way."""
    for layer, below, sums in reversed(steps):
        if layer.relu:
            above = through_relu(above, sums)
        # signed outputs would flip the rules that tell positive from negative summands
        used = rule.for_output() if layer.last else rule
        above, lost = used.hand_down(layer, below, sums, above)
        absorbed = absorbed + lost
    return above, absorbed


def _pass_on(steps: Sequence[Step], part: Tensor) -> Tensor:
    """Hand a part of the steps' input up, past the biases."""
    for layer, _, sums in steps:
        part = layer.without_bias(part)
        if layer.relu:
            part = through_relu(part, sums)
    return part


def through_relu(above: Tensor, activation: Tensor) -> Tensor:
    """A silent neuron has no relevance to hand on."""
    return torch.ops.aten.threshold_backward(above, activation, 0)  # one pass; `where` takes two


class Tape(NamedTuple):
    """What a forward pass leaves behind: the steps of each block and of the layers behind them.

    streams: x behind each block, [frames, channels]. output: [frames, 1].
    """

    blocks: list[list[Step]]
    streams: list[Tensor]
    head: list[Step]
    output: Tensor

    def cut(self, frames: slice) -> Tape:
        """The same of some frames."""

        def some(steps: Iterable[Step]) -> list[Step]:
            return [Step(layer, below[frames], sums[frames]) for layer, below, sums in steps]

        streams = [stream[frames] for stream in self.streams]
        return Tape(
            [some(one) for one in self.blocks], streams, some(self.head), self.output[frames]
        )


class FoldedNetwork:
    """F0Model behind its first layer, as affine layers.

    first: the first layer, which knows no time. blocks: two layers each. head: the dense layer and
    the output. Raises ModelError where the model has an operation that is not known here, or
    weights that are no numbers.
    """

    def __init__(self, model: F0Model) -> None:
        check_network(model)
        self.config = model.config
        with torch.no_grad():
            self.first = Affine(model.project.weight.T.contiguous(), model.project.bias)
            self.blocks = [
                [fold(block.conv1, block.norm1), fold(block.conv2, block.norm2)]
                for block in cast(Iterable[ResidualBlock], model.blocks)
            ]
            dense = pointwise(model.dense, relu=True)
            output = pointwise(model.output, relu=model.config.meaning.vuv, last=True)
            self.head = [dense, output]

    @torch.no_grad()
    def forward(self, first: Tensor) -> Tape:
        """From the first layer's output [frames, channels] to F0, every step kept."""
        blocks, streams, x, skips = [], [], first, torch.zeros_like(first)
        for layers in self.blocks:
            steps, skip = walk_up(layers, x)
            x, skips = (x + skip).relu_(), skips + skip
            blocks.append(steps)
            streams.append(x)
        head, output = walk_up(self.head, skips)  # skips are 0 or more: a ReLU changes nothing
        return Tape(blocks, streams, head, output)

    @torch.no_grad()
    def output(self, first: Tensor) -> Tensor:
        """From the first layer's output [frames, channels] to F0 [frames], nothing kept."""
        x, skips = first, torch.zeros_like(first)
        for layers in self.blocks:
            skip = x
            for layer in layers:
                skip = layer(skip).relu_()  # of every block's layers
            x, skips = (x + skip).relu_(), skips.add_(skip)
        dense, output = self.head
        found = output(dense(skips).relu_())
        return (found.relu_() if output.relu else found)[:, 0]

    @cached_property
    def reach(self) -> tuple[int, int]:
        """How many frames before and behind its own an output depends on."""
        reaches = [layer.reach for block in self.blocks for layer in block]
        return sum(before for before, _ in reaches), sum(behind for _, behind in reaches)

    @torch.no_grad()
    def share(self, tape: Tape, part: Tensor) -> Tensor:
        """What a part of the first layer's output has in every output, [frames].

        part: [frames, channels]. Where each ReLU stays as the tape has it, the network is affine,
        and for the Z rule relevance is what it makes of a part without its biases: the shares of
        all parts and of the biases add up to the output.
        """
        x, skips = part, torch.zeros_like(part)
        for steps, stream in zip(tape.blocks, tape.streams, strict=True):
            skip = _pass_on(steps, x)
            x, skips = through_relu(x + skip, stream), skips + skip
        return _pass_on(tape.head, skips)[:, 0]

    @torch.no_grad()
    def backward(self, tape: Tape, chosen: Tensor, rule: Rule) -> tuple[Tensor, Tensor]:
        """Hand relevance of the chosen outputs down to the first layer's output.

        chosen: [frames], 1 where explained. Returns relevance divided by activation (for the Z
        rule the gradient), [frames, channels], and what was absorbed on the way.
        """
        nothing = chosen.new_zeros(())
        to_skips, absorbed = walk_down(tape.head, chosen[:, None], nothing, rule)
        stream = torch.zeros_like(to_skips)
        for steps, x in zip(reversed(tape.blocks), reversed(tape.streams), strict=True):
            stream = through_relu(stream, x)
            # a sum passes relevance on in proportion to its summands
            down, absorbed = walk_down(steps, stream + to_skips, absorbed, rule)
            stream = stream + down
        return stream, absorbed


@torch.no_grad()
def fold(shifted: ShiftedConv, norm: nn.BatchNorm1d) -> Affine:
    """A convolution, the batch norm behind it in evaluation mode, and the ReLU behind that.

    gamma (W a + b - mean) / sqrt(variance + epsilon) + beta [Ioffe & Szegedy 2015, alg. 2].
    """
    (kernel, offset), (gamma, beta) = shifted.conv.parameters(), norm.parameters()
    mean, variance, _ = norm.buffers()
    scale = gamma / torch.sqrt(variance + norm.eps)
    weight = (kernel * scale[:, None, None]).permute(2, 1, 0)  # [taps, below, out]
    bias = (offset - mean) * scale + beta
    taps, (left, _), (dilation,) = len(weight), shifted.pad.padding, shifted.conv.dilation
    return Affine(weight.flatten(0, 1), bias, taps, dilation, left, relu=True)


def pointwise(conv: nn.Conv1d, *, relu: bool, last: bool = False) -> Affine:
    """A convolution over a single frame."""
    weight, bias = conv.parameters()
    return Affine(weight[:, :, 0].T.contiguous(), bias, relu=relu, last=last)


@lru_cache(maxsize=4)
def _kinds(config: ModelConfig) -> dict[str, type]:
    """What each module of the F0Model of a configuration is, by name."""
    with torch.device("meta"):  # shapes without numbers
        return {name: type(module) for name, module in F0Model(config).named_modules()}


def check_network(model: nn.Module) -> None:
    """Raise ModelError where the network is not, module by module, the F0Model of its config.

    Relevance follows the operations one by one, so one that is not known here must be refused; so
    are numbers that are not finite.
    """
    if type(model) is not F0Model:
        raise ModelError(f"no relevance rule is known for {type(model).__name__}; use F0Model")
    expected, found = _kinds(model.config), dict(model.named_modules())
    for name in sorted(expected.keys() | found.keys()):
        known, module = expected.get(name, type(None)), found.get(name)
        if type(module) is not known:
            raise ModelError(
                f"no relevance rule is known for {type(module).__name__} ('{name}'), expected "
                f"{known.__name__}; use the network of intonation.model.network unchanged"
            )
    for name, value in model.state_dict().items():
        if not torch.isfinite(value).all():
            raise ModelError(
                f"the network's {name} has NaN or infinite numbers, expected finite ones; "
                "train it again with a lower learning_rate"
            )
