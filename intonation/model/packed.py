"""Training on utterances laid end to end, each layer in few passes over memory.

A batch padded to its longest utterance spends time on padding, and a layer written module by module
(convolution, batch norm, ReLU, dropout, mask) reads and writes all activations some ten times on
the way up and as often on the way down. Here the utterances of a batch stand below each other as
rows of one matrix, [rows, channels], with so many empty rows between them that no convolution
reaches from one into the next. Each tap of a convolution is a matrix product on shifted rows;
norm, ReLU, dropout and mask work in place on what it leaves; and the way down is written out,
because autograd would keep every step between.

Outputs, gradients, running statistics and the numbers that dropout draws are those of the modules
on the padded batch, but for rounding.
"""

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.autograd.function import once_differentiable


class Rows(NamedTuple):
    """Where the frames of a padded batch lie among rows.

    frame: int64 [rows], the frame that a row holds, counted through the padded batch; 0 in empty
    rows. utterance: int64 [rows], whose it is; the number of utterances in empty rows.
    mask: float [1, rows], 1 where a row holds a frame.
    place: int64 [utterances, frames], the row of each frame; an empty one for padding.
    outside: int64, empty rows that stand for no frame of the padded batch. The others stand for
    padding that a convolution reaches into, which counts in batch statistics.
    """

    frame: Tensor
    utterance: Tensor
    mask: Tensor
    place: Tensor
    outside: Tensor

    def to(self, device: torch.device, dtype: torch.dtype) -> "Rows":
        """The same elsewhere, the mask in another precision."""
        moved = (part.to(device, non_blocking=True) for part in self)
        return Rows(*moved)._replace(mask=self.mask.to(device, dtype, non_blocking=True))

    def pack(self, padded: Tensor) -> Tensor:
        """[utterances, frames] -> [1, rows]; an empty row repeats the first frame of all."""
        return padded.flatten()[self.frame][None]

    def unpack(self, rows: Tensor) -> Tensor:
        """[1, rows] -> [utterances, frames]."""
        return rows[0][self.place]


def lay_out(lengths: Sequence[int], frames: int, left: int, right: int) -> Rows:
    """Rows for utterances of these lengths, which a batch pads to so many frames.

    left, right: how many frames before and behind its own any convolution looks at most.
    """
    sizes = torch.tensor(lengths)
    spans = sizes + max(1, left + right)  # rows of an utterance: its frames, then empty ones
    starts = spans.cumsum(0) - spans
    owner = torch.repeat_interleave(torch.arange(len(sizes)), spans)
    time = torch.arange(len(owner)) - starts[owner]
    behind = time - sizes[owner]  # 0 in the first empty row
    return Rows(
        frame=torch.where(behind < 0, owner * frames + time, 0),
        utterance=torch.where(behind < 0, owner, len(sizes)),
        mask=(behind < 0).float()[None],
        place=starts[:, None] + torch.minimum(torch.arange(frames), sizes[:, None]),
        outside=((behind >= left) | (time >= frames)).nonzero()[:, 0],
    )


def is_usual(conv: nn.Module, norm: nn.Module, relu: nn.Module, drop: nn.Module) -> bool:
    """Whether a layer's modules are, in training, those that `layer` computes.

    Others (a norm that was replaced, say) have a meaning of their own, and so do half precision
    and autocast: these are for the modules themselves.
    """
    return (
        type(conv) is nn.Conv1d
        and type(norm) is nn.BatchNorm1d
        and type(relu) is nn.ReLU
        and type(drop) is nn.Dropout1d
        and norm.training
        and drop.training
        and norm.affine
        and norm.momentum is not None  # None: a plain mean over batches
        and norm.running_mean is not None
        and conv.weight.dtype in (torch.float32, torch.float64)
        and not torch.is_autocast_enabled(conv.weight.device.type)
    )


def layer(
    x: Tensor, rows: Rows, conv: nn.Conv1d, left: int, norm: nn.BatchNorm1d, drop: nn.Dropout1d
) -> Tensor:
    """drop(relu(norm(conv(x)))), masked, in training: [1, channels, rows], as x.

    left: how many frames before its own the convolution looks at.
    """
    utterances, count = len(rows.place), rows.place.numel()
    keep = drop(x.new_ones(utterances, conv.out_channels, 1))[..., 0]  # as Dropout1d draws them
    shifts = [tap * conv.dilation[0] - left for tap in range(conv.kernel_size[0])]
    y, mean, variance = Layer.apply(
        x.squeeze(0).T.contiguous(), conv.weight, conv.bias, norm.weight, norm.bias,
        keep, rows, shifts, norm.eps, 1 / (1 - drop.p),
    )  # fmt: skip
    counted, momentum = norm.num_batches_tracked, norm.momentum
    running_mean, running_var = norm.running_mean, norm.running_var
    assert momentum is not None  # see `is_usual`
    assert counted is not None and running_mean is not None and running_var is not None
    with torch.no_grad():
        counted += 1
        running_mean.lerp_(mean + conv.bias, momentum)
        running_var.lerp_(variance * (count / (count - 1)), momentum)
    return y.T[None]


class Layer(torch.autograd.Function):
    """Rows in, rows out, [rows, channels]; batch norm as [Ioffe & Szegedy 2015, alg. 1].

    With c = conv(x), its mean m and variance s^2 over all frames of the padded batch, and k what
    dropout leaves of a channel of an utterance (0 or 1 / (1 - p)):

        y = mask k relu(gamma u + beta), u = (c - m) / s.

    The convolution's bias drops out of it. Padding beyond the convolution's reach has no rows; as
    everywhere where a convolution sees nothing, c is 0 there.
    """

    @staticmethod
    def forward(ctx, x, weight, bias, gamma, beta, keep, rows, shifts, epsilon, gain):
        count = rows.place.numel()
        c = convolve(x, weight.permute(2, 0, 1), shifts)  # [rows, channels]
        c.index_fill_(0, rows.outside, 0.0)
        mean = c.sum(0) / count  # [channels]
        c -= mean
        y = c * c  # [rows, channels], used again below
        variance = (y.sum(0) + (count - len(c)) * mean**2) / count
        inverse = torch.rsqrt(variance + epsilon)
        torch.addcmul(beta, c, gamma * inverse, out=y).relu_()
        nothing = keep.new_zeros(1, keep.shape[1])
        y *= torch.cat([keep, nothing]).index_select(0, rows.utterance)  # dropout and mask
        ctx.save_for_backward(x, weight, gamma, c, inverse, y)
        ctx.rows, ctx.shifts, ctx.gain = rows, shifts, gain
        ctx.mark_non_differentiable(mean, variance)
        return y, mean, variance

    @staticmethod
    @once_differentiable
    def backward(ctx, above, *_):
        """As [Ioffe & Szegedy 2015, section 3], n being the number of frames:

            d gamma = sum of a u, d beta = sum of a, a = dy / (1 - p) where y is not 0, else 0,
            d c = gamma / s (a - d beta / n - u d gamma / n).

        d c adds up to 0 over all frames, and so does what the convolution's bias receives.
        """
        x, weight, gamma, c, inverse, y = ctx.saved_tensors
        count = ctx.rows.place.numel()
        alive = torch.ops.aten.threshold_backward(above, y, 0)  # a (1 - p), [rows, channels]
        product = alive * c
        d_beta, d_gamma = alive.sum(0) * ctx.gain, product.sum(0) * inverse * ctx.gain
        slope = gamma * inverse
        shift, tilt = -slope * d_beta / count, -slope * inverse * d_gamma / count
        d_c = torch.addcmul(shift, c, tilt, out=product).addcmul_(alive, slope * ctx.gain)
        d_c.index_fill_(0, ctx.rows.outside, 0.0)
        d_x = convolve(d_c, weight.permute(2, 1, 0), [-shift for shift in ctx.shifts])
        d_weight = correlate(d_c, x, ctx.shifts)
        return d_x, d_weight, torch.zeros_like(gamma), d_gamma, d_beta, *(None,) * 5


def overlap(rows: int, shift: int) -> tuple[slice, slice]:
    """Rows t and rows t + shift, where there are both."""
    here = slice(max(0, -shift), rows - max(0, shift))
    return here, slice(here.start + shift, here.stop + shift)


def convolve(x: Tensor, taps: Tensor, shifts: Sequence[int]) -> Tensor:
    """out[t] = sum over taps k of taps_k @ x[t + shift_k]; x is 0 beyond its rows.

    x: [rows, channels below]; taps: [taps, channels, channels below]. Returns [rows, channels].
    """
    out = x.new_empty(len(x), taps.shape[1])
    for number, (tap, shift) in enumerate(zip(taps.contiguous(), shifts, strict=True)):
        here, there = overlap(len(x), shift)
        if number:
            out[here].addmm_(x[there], tap.T)
            continue
        torch.mm(x[there], tap.T, out=out[here])
        out[: here.start], out[here.stop :] = 0.0, 0.0
    return out


def correlate(above: Tensor, x: Tensor, shifts: Sequence[int]) -> Tensor:
    """Gradient of a convolution's weight from that of its output: [channels, below, taps].

    above: [rows, channels]; x: [rows, channels below], the convolution's input.
    """
    taps = []
    for shift in shifts:
        here, there = overlap(len(x), shift)
        taps.append(above[here].T @ x[there])
    return torch.stack(taps, dim=2)
