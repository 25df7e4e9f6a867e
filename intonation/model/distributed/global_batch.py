"""What a process of several has of a batch, and what is still of the whole batch.

Every process makes the same global batches and takes its own rows of each. What needs the whole
batch is of the whole batch: mean and variance of a norm are added up over the processes, and
dropout is drawn for all rows before each process takes its own. Gradients are added up by DDP
[Li et al. 2020]. So several processes learn what one would, but for rounding.
"""

from dataclasses import dataclass, field, replace
from typing import Any

import torch
from torch import Tensor, distributed, nn
from torch.autograd.function import once_differentiable
from torch.nn import functional

from intonation.model.batches import Task
from intonation.model.distributed.group import processes, rank
from intonation.model.network import AnswerDropout


@dataclass
class Share:
    """Which rows of the batch at hand this process has, and how many there are in all.

    utterances, phones: of the global batch. rows, own_phones: this process's of them.
    """

    utterances: int = 0
    phones: int = 0
    rows: slice = field(default_factory=lambda: slice(0))
    own_phones: slice = field(default_factory=lambda: slice(0))

    def take(self, task: Task) -> Task:
        """This process's utterances of a global batch, none where there are fewer than processes.

        Padded as before to the longest of all; `counted` stays that of all.
        """
        batch, count = task.batch, len(task.batch.lengths)
        first, end = (count * (rank() + n) // processes() for n in (0, 1))
        self.utterances, self.rows = count, slice(first, end)
        spoken = batch.phone_of_frame[self.rows][batch.mask[self.rows] > 0]
        low, high = (int(spoken.min()), int(spoken.max()) + 1) if len(spoken) else (0, 0)
        self.phones, self.own_phones = len(batch.answers), slice(low, high)
        own = replace(
            batch,
            answers=batch.answers[self.own_phones],
            phone_of_frame=(batch.phone_of_frame[self.rows] - low).clamp(min=0),
            vuv=batch.vuv[self.rows],
            mask=batch.mask[self.rows],
            lengths=batch.lengths[self.rows],
        )
        return Task(own, task.target[self.rows], task.weight[self.rows], task.counted)


class SharedDropout(nn.Dropout):
    """Dropout of answers [phones, questions], drawn for the phones of the global batch."""

    def __init__(self, share: Share, usual: nn.Dropout) -> None:
        super().__init__(usual.p)
        self.share, self.whole = share, AnswerDropout(usual.p)

    def forward(self, x: Tensor) -> Tensor:
        if not self.training:
            return x
        kept = self.whole(x.new_ones(self.share.phones, x.shape[1]))
        return x * kept[self.share.own_phones]


class SharedDropout1d(nn.Dropout1d):
    """Dropout of channels [utterances, channels, frames], drawn for those of the global batch."""

    def __init__(self, share: Share, usual: nn.Dropout1d) -> None:
        super().__init__(usual.p)
        self.share = share

    def forward(self, x: Tensor) -> Tensor:
        if not self.training:
            return x
        kept = functional.dropout1d(x.new_ones(self.share.utterances, x.shape[1], 1), self.p)
        return x * kept[self.share.rows]


class SharedNorm(nn.BatchNorm1d):
    """Batch norm of [utterances, channels, frames] with the statistics of the global batch.

    torch's SyncBatchNorm is for GPUs alone.
    """

    def __init__(self, share: Share, usual: nn.BatchNorm1d) -> None:
        super().__init__(usual.num_features, usual.eps, usual.momentum)
        self.load_state_dict(usual.state_dict())
        self.weight, self.bias = usual.weight, usual.bias
        self.share = share

    def forward(self, x: Tensor) -> Tensor:
        if not self.training:
            return super().forward(x)
        count = self.share.utterances * x.shape[2]
        y, mean, variance = Normalised.apply(x.float(), self.weight, self.bias, count, self.eps)
        counted, momentum = self.num_batches_tracked, self.momentum
        assert counted is not None and momentum is not None
        assert self.running_mean is not None and self.running_var is not None
        with torch.no_grad():
            counted += 1
            self.running_mean.lerp_(mean, momentum)
            self.running_var.lerp_(variance * (count / (count - 1)), momentum)
        return y.to(x.dtype)


class Normalised(torch.autograd.Function):
    """gamma u + beta, u = (x - mean) / sqrt(variance + epsilon) [Ioffe & Szegedy 2015, alg. 1].

    x: [utterances, channels, frames] of this process; mean and variance over the `count` frames
    and utterances of all processes.
    """

    @staticmethod
    def forward(
        ctx: Any, x: Tensor, gamma: Tensor, beta: Tensor, count: int, epsilon: float
    ) -> tuple[Tensor, Tensor, Tensor]:
        mean = _summed(x.sum((0, 2))) / count  # [channels]
        u = x - mean[:, None]
        variance = _summed((u * u).sum((0, 2))) / count
        inverse = torch.rsqrt(variance + epsilon)
        u *= inverse[:, None]
        ctx.save_for_backward(u, gamma, inverse)
        ctx.count = count
        ctx.mark_non_differentiable(mean, variance)
        return u * gamma[:, None] + beta[:, None], mean, variance

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, above: Tensor, *_: Tensor) -> tuple[Tensor | None, ...]:
        """d x = gamma / s (dy - sum of dy / n - u sum of dy u / n) [same, section 3]; the sums are
        over all processes. What gamma and beta receive is of this one: DDP adds it up."""
        u, gamma, inverse = ctx.saved_tensors
        sums = torch.stack([above.sum((0, 2)), (above * u).sum((0, 2))])  # [2, channels]
        d_beta, d_gamma = sums.clone()
        shift, tilt = (_summed(sums) / ctx.count)[:, :, None]
        d_x = (above - shift - u * tilt) * (gamma * inverse)[:, None]
        return d_x, d_gamma, d_beta, None, None


def _summed(values: Tensor) -> Tensor:
    distributed.all_reduce(values)
    return values


def share_out(model: nn.Module) -> Share:
    """Make norms and dropout of a network those of the global batch; returns who has which rows.

    A convolution's bias is taken away again by the norm behind it, so its gradient is 0. Added up
    it would be a rounding error, which Adam makes as large as any other gradient.
    """
    share = Share()
    for module in list(model.modules()):
        for name, child in list(module.named_children()):
            for usual, shared in _SHARED.items():
                if type(child) is usual:
                    setattr(module, name, shared(share, child))
            if type(child) is nn.Conv1d and child.bias is not None:
                child.bias.register_hook(torch.zeros_like)
    return share


_SHARED: dict[type[nn.Module], Any] = {
    AnswerDropout: SharedDropout,
    nn.Dropout1d: SharedDropout1d,
    nn.BatchNorm1d: SharedNorm,
}
