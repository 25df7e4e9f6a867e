"""Training on a CPU: utterances laid end to end, each residual block in few passes over memory.

A batch padded to its longest utterance spends time on padding, and a block written module by module
(convolution, batch norm, ReLU, dropout, mask, sum) reads and writes all activations some twenty
times on the way up and as often on the way down. Here the utterances of a batch stand below each
other as rows of one matrix, [rows, channels], with so many empty rows between them that no
convolution reaches from one into the next. So a tap of a convolution is the product of a matrix
with all rows, moved by as many rows as the tap looks back; norm, ReLU, dropout and sums work in
place on what it leaves; and the way down is written out, because autograd would keep every step
between.

Outputs, gradients, running statistics and the numbers that dropout draws are those of the modules
on the padded batch, but for rounding.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn
from torch.autograd.function import once_differentiable

Layers = tuple[Any, nn.BatchNorm1d, nn.ReLU, nn.Dropout1d]  # begins with a padded convolution


class Rows(NamedTuple):
    """Where the frames of a padded batch lie among rows.

    spans: of each utterance, the rows that hold its frames.
    frame: int64 [rows], the frame that a row holds, counted through the padded batch; 0 in empty
    rows. mask: float [rows, 1], 1 where a row holds a frame.
    place: int64 [utterances, frames], the row of each frame; an empty one for padding.
    empty: int64, all empty rows; outside: int64, those that stand for no frame of the padded batch.
    The others stand for padding that a convolution reaches into, which counts in batch statistics.
    """

    spans: list[slice]
    frame: Tensor
    mask: Tensor
    place: Tensor
    empty: Tensor
    outside: Tensor

    def pack(self, padded: Tensor) -> Tensor:
        """[utterances, frames] -> [1, rows]; an empty row repeats the first frame of all."""
        return padded.flatten()[self.frame][None]

    def unpack(self, rows: Tensor) -> Tensor:
        """[rows] -> [utterances, frames]."""
        return rows[self.place]


def lay_out(lengths: Sequence[int], frames: int, left: int, right: int, dtype: torch.dtype) -> Rows:
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
        spans=[
            slice(start, start + size) for start, size in zip(starts.tolist(), lengths, strict=True)
        ],
        frame=torch.where(behind < 0, owner * frames + time, 0),
        mask=(behind < 0).to(dtype)[:, None],
        place=starts[:, None] + torch.minimum(torch.arange(frames), sizes[:, None]),
        empty=(behind >= 0).nonzero()[:, 0],
        outside=((behind >= left) | (time >= frames)).nonzero()[:, 0],
    )


def is_usual(conv: nn.Module, norm: nn.Module, relu: nn.Module, drop: nn.Module) -> bool:
    """Whether a layer's modules are, in training, those that a `Half` computes.

    Others (a norm that was replaced, say) have a meaning of their own, and so do half precision
    and autocast: these are for the modules themselves. So is a GPU, whose memory is fast and whose
    calls are dear.
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
        and conv.weight.device.type == "cpu"
        and conv.weight.dtype in (torch.float32, torch.float64)
        and not torch.is_autocast_enabled("cpu")
    )


class Half:
    """Convolution, batch norm, ReLU and dropout of half a block: [rows, channels] in and out.

    Batch norm as [Ioffe & Szegedy 2015, alg. 1]: with c = conv(x), its mean m and variance s^2
    over all frames of the padded batch, and k what dropout leaves of a channel of an utterance
    (0 or 1 / (1 - p)),

        y = k relu(gamma u + beta) = relu(k gamma / s c + k (beta - m gamma / s)),

    with u = (c - m) / s. The convolution's bias drops out of it. Padding beyond the convolution's
    reach has no rows; as everywhere where a convolution sees nothing, c is 0 there.
    """

    def __init__(self, layers: Layers, rows: Rows) -> None:
        shifted, self.norm, _, drop = layers
        self.conv, self.rows, self.count = shifted.conv, rows, rows.place.numel()
        ones = self.conv.weight.new_ones(len(rows.spans), self.conv.out_channels, 1)
        self.keep = drop(ones)[..., 0]  # as Dropout1d draws: [utterances, channels]
        self.gain = 1 / (1 - drop.p)
        self.taps = self.conv.weight.detach().permute(2, 0, 1).contiguous()
        (dilation,), left = self.conv.dilation, shifted.pad.padding[0]
        shifts = enumerate(range(-left, len(self.taps) * dilation - left, dilation))
        self.looks = [(tap, *look(shift, len(rows.frame))) for tap, shift in shifts]

    def ascend(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """c and y."""
        c = torch.empty_like(x)
        for tap, here, there in self.looks:
            _add_product(c, here, x[there], self.taps[tap].T, begun=tap > 0)
        c.index_fill_(0, self.rows.outside, 0.0)
        y = c * c  # [rows, channels], used again below
        self.mean = c.sum(0) / self.count  # [channels]
        self.variance = (y.sum(0) / self.count - self.mean**2).clamp(min=0)
        self.inverse = torch.rsqrt(self.variance + self.norm.eps)
        self.slope = self.norm.weight.detach() * self.inverse
        factors = self.keep * self.slope  # [utterances, channels]
        offsets = self.keep * (self.norm.bias.detach() - self.mean * self.slope)
        for span, factor, offset in zip(self.rows.spans, factors, offsets, strict=True):
            torch.addcmul(offset, c[span], factor, out=y[span]).relu_()
        return c, y.index_fill_(0, self.rows.empty, 0.0)

    def descend(
        self, d_y: Tensor, x: Tensor, c: Tensor, y: Tensor, begun: Tensor | None = None
    ) -> tuple[Tensor, ...]:
        """d x, added to what was begun, and gradients of parameters; [Ioffe & Szegedy 2015, 3]:

            d gamma = sum of a u, d beta = sum of a, a = k dy where y is not 0, else 0,
            d c = gamma / s (a - d beta / n - u d gamma / n), n being the number of frames.

        d c adds up to 0 over all frames, and so does what the convolution's bias receives.
        """
        alive = torch.ops.aten.threshold_backward(d_y, y, 0)  # a (1 - p), [rows, channels]
        d_beta = alive.sum(0) * self.gain
        d_c = alive * c
        product = d_c.sum(0) * self.gain
        d_gamma = (product - self.mean * d_beta) * self.inverse
        tilt = -self.slope * self.inverse * d_gamma / self.count
        level = -self.slope * d_beta / self.count - tilt * self.mean
        torch.addcmul(level, c, tilt, out=d_c).addcmul_(alive, self.slope * self.gain)
        d_c.index_fill_(0, self.rows.outside, 0.0)
        d_taps = torch.empty_like(self.taps)
        d_x = torch.empty_like(x) if begun is None else begun
        for tap, here, there in self.looks:
            _add_product(d_x, there, d_c[here], self.taps[tap], begun=tap > 0 or begun is not None)
            torch.mm(d_c[here].T, x[there], out=d_taps[tap])
        return d_x, d_taps.permute(1, 2, 0), torch.zeros_like(d_beta), d_gamma, d_beta

    def update_running(self) -> None:
        """The statistics that the network keeps for when it no longer trains."""
        counted, momentum, count = self.norm.num_batches_tracked, self.norm.momentum, self.count
        mean, variance = self.norm.running_mean, self.norm.running_var
        assert momentum is not None  # see `is_usual`
        assert counted is not None and mean is not None and variance is not None
        with torch.no_grad():
            counted += 1
            mean.lerp_(self.mean + self.conv.bias, momentum)
            variance.lerp_(self.variance * (count / (count - 1)), momentum)


def look(shift: int, rows: int) -> tuple[slice, slice]:
    """Of so many rows, those that look at one so far behind (below 0: before), and these."""
    reach = min(abs(shift), rows)
    first, last = slice(0, rows - reach), slice(reach, rows)
    return (first, last) if shift > 0 else (last, first)


def _add_product(out: Tensor, rows: slice, one: Tensor, other: Tensor, *, begun: bool) -> None:
    """Add a product of matrices to rows of `out`; unless begun, all its rows count as 0."""
    if not begun:
        out[: rows.start].zero_()
        out[rows.stop :].zero_()
    out[rows].addmm_(one, other, beta=float(begun))


def run_block(
    x: Tensor, skips: Tensor, rows: Rows, layers: Sequence[Layers]
) -> tuple[Tensor, Tensor]:
    """A residual block in training: relu(x + skip), skips + skip; all [rows, channels].

    layers: convolution with its padding, norm, ReLU and dropout of both halves. `skips` is
    overwritten.
    """
    halves = [Half(half, rows) for half in layers]
    trained = [layer for half in halves for layer in (half.conv, half.norm)]
    parameters = [part for layer in trained for part in layer.parameters()]
    out, skips = Block.apply(x, skips, halves, *parameters)
    for half in halves:
        half.update_running()
    return out, skips


class Block(torch.autograd.Function):
    """See `run_block`."""

    @staticmethod
    def forward(ctx, x, skips, halves, *_):
        first, second = halves
        c1, y = first.ascend(x)
        c2, skip = second.ascend(y)
        skips += skip
        out = (x + skip).relu_()
        ctx.save_for_backward(x, c1, y, c2, skip, out)
        ctx.halves = halves
        ctx.mark_dirty(skips)
        return out, skips

    @staticmethod
    @once_differentiable
    def backward(ctx, d_out, d_skips):
        x, c1, y, c2, skip, out = ctx.saved_tensors
        first, second = ctx.halves
        d_sum = torch.ops.aten.threshold_backward(d_out, out, 0)
        d_y, *of_second = second.descend(d_sum + d_skips, y, c2, skip)
        d_x, *of_first = first.descend(d_y, x, c1, y, d_sum)
        return d_x, d_skips, None, *of_first, *of_second
