"""The network as relevance sees it: affine layers, ReLUs and sums, for one utterance at a time.

Every layer of F0Model is written as one affine map over time, batch norm of a trained network
folded into the convolution before it. In this form the network is small and fast (two matrix
products a layer, no padding to a batch), and each relevance rule is one way of sharing out a
neuron among the summands of an affine map.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

import torch
from torch import Tensor, nn

from intonation.errors import ModelError
from intonation.model.network import F0Model, ShiftedConv

if TYPE_CHECKING:
    from intonation.lrp.rules import Rule


@dataclass(frozen=True)
class Affine:
    """out[t] = bias + sum over taps k of below[t - left + k x dilation] @ weight_k.

    weight: [taps x channels below, channels]; bias: [channels].
    """

    weight: Tensor
    bias: Tensor
    taps: int = 1
    dilation: int = 1
    left: int = 0

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
        return torch.addmm(self.bias, self.unfold(below), self.weight)

    def transpose(self, above: Tensor, weight: Tensor) -> Tensor:
        """The transposed map, with this or another weight: [frames, channels below]."""
        spread = above @ weight.T
        if self.taps == 1:
            return spread
        frames, reach = len(above), (self.taps - 1) * self.dilation
        padded = above.new_zeros(frames + reach, spread.shape[1] // self.taps)
        for shift, part in zip(self._shifts, spread.chunk(self.taps, dim=1), strict=True):
            padded[shift : shift + frames] += part
        return padded[self.left : self.left + frames]

    @property
    def _shifts(self) -> range:
        return range(0, self.taps * self.dilation, self.dilation)


class Tape(NamedTuple):
    """What a forward pass leaves behind: the input of every layer and its output.

    below: inputs of the layers; sums: outputs of the layers before the ReLU; both [frames,
    channels] a layer, in the order of `FoldedNetwork.layers`. streams: x behind each block.
    output: [frames, 1].
    """

    below: list[Tensor]
    sums: list[Tensor]
    streams: list[Tensor]
    output: Tensor


class FoldedNetwork:
    """F0Model behind its first layer, as affine layers.

    first: the first layer, which knows no time. layers: two for every block, then the dense layer
    and the output. Raises ModelError where the model has an operation that is not known here, or
    weights that are no numbers.
    """

    def __init__(self, model: F0Model) -> None:
        check_operations(model)
        check_weights(model)
        self.config = model.config
        with torch.no_grad():
            self.first = Affine(model.project.weight.T.contiguous(), model.project.bias)
            self.layers = [
                fold(conv, norm)
                for block in model.blocks
                for conv, norm in ((block.conv1, block.norm1), (block.conv2, block.norm2))
            ] + [
                Affine(conv.weight[:, :, 0].T.contiguous(), conv.bias)
                for conv in (model.dense, model.output)
            ]

    @torch.no_grad()
    def forward(self, first: Tensor) -> Tape:
        """From the first layer's output [frames, channels] to F0, every step kept."""
        *convolutions, dense, output = self.layers
        below, sums, streams, x = [], [], [], first
        skips = torch.zeros_like(first)
        for conv1, conv2 in zip(convolutions[::2], convolutions[1::2], strict=True):
            inner = conv1(x)
            hidden = inner.relu()
            outer = conv2(hidden)
            skip = outer.relu()
            below += [x, hidden]
            sums += [inner, outer]
            x, skips = (x + skip).relu_(), skips + skip
            streams.append(x)
        inner = dense(skips)  # skips are sums of what ReLUs left: a ReLU changes nothing
        hidden = inner.relu()
        outer = output(hidden)
        last = outer.relu() if self.config.meaning.vuv else outer
        return Tape([*below, skips, hidden], [*sums, inner, outer], streams, last)

    @torch.no_grad()
    def backward(self, tape: Tape, chosen: Tensor, rule: Rule) -> tuple[Tensor, Tensor]:
        """Hand relevance of the chosen outputs down to the first layer's output.

        chosen: [frames], 1 where explained. Returns relevance divided by activation (for the Z
        rule the gradient), [frames, channels], and what was absorbed on the way.
        """
        *convolutions, dense, output = self.layers
        above = chosen[:, None].expand_as(tape.output)
        if self.config.meaning.vuv:
            above = _through_relu(above, tape.output)
        # signed outputs would flip the rules that tell positive from negative summands
        down, absorbed = rule.for_output().hand_down(output, *_last(tape, 1), above)
        down = _through_relu(down, tape.sums[-2])
        to_skips, lost = rule.hand_down(dense, *_last(tape, 2), down)
        absorbed = absorbed + lost
        stream = torch.zeros_like(to_skips)
        for block in reversed(range(len(tape.streams))):
            stream = _through_relu(stream, tape.streams[block])
            down = stream + to_skips  # a sum passes relevance on in proportion to its summands
            for layer in (2 * block + 1, 2 * block):
                down = _through_relu(down, tape.sums[layer])
                below, sums = tape.below[layer], tape.sums[layer]
                down, lost = rule.hand_down(convolutions[layer], below, sums, down)
                absorbed = absorbed + lost
            stream = stream + down
        return stream, absorbed


def _last(tape: Tape, number: int) -> tuple[Tensor, Tensor]:
    return tape.below[-number], tape.sums[-number]


def _through_relu(above: Tensor, activation: Tensor) -> Tensor:
    """A silent neuron has no relevance to hand on."""
    return torch.ops.aten.threshold_backward(above, activation, 0)


@torch.no_grad()
def fold(shifted: ShiftedConv, norm: nn.BatchNorm1d) -> Affine:
    """A convolution and the batch norm behind it, in evaluation mode, as one affine map.

    gamma (W a + b - mean) / sqrt(variance + epsilon) + beta [Ioffe & Szegedy 2015, alg. 2].
    """
    scale = norm.weight / torch.sqrt(norm.running_var + norm.eps)
    weight = (shifted.conv.weight * scale[:, None, None]).permute(2, 1, 0)  # [taps, below, out]
    bias = (shifted.conv.bias - norm.running_mean) * scale + norm.bias
    taps, (left, _) = len(weight), shifted.pad.padding
    weight = weight.reshape(-1, weight.shape[2])
    return Affine(weight, bias, taps, shifted.conv.dilation[0], left)


def check_operations(model: nn.Module) -> None:
    """Raise ModelError where the network is not, module by module, the F0Model of its config.

    Relevance follows the operations one by one, so one that is not known here must be refused.
    """
    if type(model) is not F0Model:
        raise ModelError(f"no relevance rule is known for {type(model).__name__}; use F0Model")
    with torch.device("meta"):  # shapes without numbers
        expected = dict(F0Model(model.config).named_modules())
    found = dict(model.named_modules())
    for name in sorted(expected.keys() | found.keys()):
        known, module = type(expected.get(name)), found.get(name)
        if type(module) is not known:
            raise ModelError(
                f"no relevance rule is known for {type(module).__name__} ('{name}'), expected "
                f"{known.__name__}; use the network of intonation.model.network unchanged"
            )


def check_weights(model: nn.Module) -> None:
    """Raise ModelError that names the first tensor with NaN or infinite numbers."""
    for name, value in model.state_dict().items():
        if not torch.isfinite(value).all():
            raise ModelError(
                f"the network's {name} has NaN or infinite numbers, expected finite ones; "
                "train it again with a lower learning_rate"
            )
