"""How a network learns: loss, a penalty on groups of weights, optimizer, Lightning's trainer."""

import logging
import re
import signal
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytorch_lightning as pl
import torch
from lightning_fabric.plugins.environments.lightning import LightningEnvironment
from lightning_fabric.plugins.environments.torchelastic import TorchElasticEnvironment
from pytorch_lightning.callbacks import EarlyStopping, TQDMProgressBar
from pytorch_lightning.callbacks.progress.tqdm_progress import Tqdm
from pytorch_lightning.strategies import DDPStrategy
from pytorch_lightning.utilities.types import OptimizerLRScheduler
from torch import Tensor
from torch.utils.data import DataLoader

from intonation.errors import ModelError
from intonation.model.batches import Learnable, LengthBatches, Task, collate
from intonation.model.distributed.global_batch import share_out
from intonation.model.distributed.group import on_gpu, processes, rank, started
from intonation.model.lessons.shape import Shape
from intonation.model.network import F0Model
from intonation.model.resume import History, KeepBest, StateFiles
from intonation.model.sparse.curves import GroupCurves, hold
from intonation.parameters import Parameters

OUT_OF_MEMORY = re.compile("out of memory|can't allocate memory|not enough memory", re.IGNORECASE)


@dataclass(frozen=True)
class GroupPenalty:
    """strength x sum over groups of sqrt(features) x norm of the group's first-layer weights.

    The group lasso [Yuan & Lin 2006, eq. 2.2]: a network asks as few groups as will do.
    groups: {name: question indices}.
    """

    groups: Mapping[str, np.ndarray]
    strength: float

    def __call__(self, model: F0Model) -> Tensor:
        """Of the weights as they are, a scalar."""
        squares = (model.project.weight**2).sum(0)  # [inputs]
        parts = [
            len(members) ** 0.5 * (squares[torch.from_numpy(members)].sum() + 1e-12).sqrt()
            for members in self.groups.values()
        ]
        return self.strength * torch.stack(parts).sum()

    def described(self) -> dict[str, Any]:
        """As plain values, for a note of what weights were made from."""
        members = {name: np.asarray(indices).tolist() for name, indices in self.groups.items()}
        return {"strength": self.strength, "groups": members}


class F0Training(pl.LightningModule):
    """Weighted mean squared error with AdamW and a cosine decay of the learning rate."""

    curves: Tensor

    def __init__(
        self,
        model: F0Model,
        parameters: Parameters,
        penalty: GroupPenalty | GroupCurves | None = None,
        shape: Shape | None = None,
    ) -> None:
        super().__init__()
        self.shape = shape
        self.model, self.parameters_ = model, parameters
        self.penalty = penalty if isinstance(penalty, GroupPenalty) else None
        held = penalty.curves if isinstance(penalty, GroupCurves) else np.zeros((0, 0))
        # a buffer, so that all processes have that of the first
        curves = torch.from_numpy(held).to(model.project.weight)
        self.register_buffer("curves", curves, persistent=False)
        self.processes = processes()
        self.share = share_out(model) if self.processes > 1 else None
        if parameters.compile:
            model.compile(dynamic=True)  # batches differ in length

    def transfer_batch_to_device(self, task: Task, device: torch.device, _: int) -> Task:
        """Lightning knows tensors, not our records. Of several processes, each its rows."""
        task = self.share.take(task) if self.share else task
        target, weight = task.target.to(device), task.weight.to(device)
        return Task(task.batch.to(device), target, weight, task.counted)

    def optimizer_step(self, *args: Any, **more: Any) -> None:
        """Hold the first layer to the groups' curves after every step, if there are any."""
        super().optimizer_step(*args, **more)
        if self.curves.numel():
            hold(self.model.project.weight, self.curves)

    def on_train_epoch_start(self) -> None:
        """Seed each epoch on its own, so that a resumed training equals an uninterrupted one."""
        torch.manual_seed(self.parameters_.seed * 1_000_003 + self.current_epoch)

    def _error(self, task: Task, said: Tensor) -> Tensor:
        squared = (said - task.target) ** 2 * task.weight
        return squared.sum() / (task.counted / self.processes)  # of which DDP takes the mean

    def training_step(self, task: Task, _: int) -> Tensor:
        """Mean squared error of a batch, and what is added to it: shape, penalty."""
        said = self.model(task.batch)
        loss = self._error(task, said)
        self._log("train_loss", loss, task)
        if self.shape:
            loss = loss + self.processes * self.shape(said, task)  # as `_error`
        return loss + self.penalty(self.model) if self.penalty else loss

    def validation_step(self, task: Task, _: int) -> None:
        """Mean squared error over all counted frames, whatever the batches."""
        loss = self._error(task, self.model(task.batch))
        self._log("validation_loss", loss, task, prog_bar=True)

    def _log(self, name: str, loss: Tensor, task: Task, prog_bar: bool = False) -> None:
        """The mean over an epoch's counted frames, those of all processes."""
        several, count = self.processes > 1, int(task.counted)
        self.log(
            name,
            loss,
            prog_bar=prog_bar,
            on_step=False,
            on_epoch=True,
            sync_dist=several,
            batch_size=count,
        )

    def configure_optimizers(self) -> OptimizerLRScheduler:
        """AdamW; the cosine ends where the epochs end."""
        chosen = self.parameters_
        optimizer = torch.optim.AdamW(
            self.model.parameters(),
            lr=chosen.learning_rate,
            weight_decay=chosen.weight_decay,
            # else some ten small operations for each of the many small tensors; Lightning does not
            # let gradients be clipped then where precision is mixed
            fused=chosen.precision == "32",
        )
        schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, chosen.epochs)
        return {"optimizer": optimizer, "lr_scheduler": schedule}


class ProgressBar(TQDMProgressBar):
    """Lightning's, without one more for each validation, which in a notebook takes longer to make.

    Its line ends with a failed training too, so that the error has its own.
    """

    def init_validation_tqdm(self) -> Tqdm:
        """One that is not seen."""
        return Tqdm(disable=True)

    def on_exception(
        self, trainer: pl.Trainer, pl_module: pl.LightningModule, exception: BaseException
    ) -> None:
        for bar in (self._val_progress_bar, self._train_progress_bar):
            if bar is not None:
                bar.close()


def fit(
    module: F0Training,
    training: Sequence[Learnable],
    validation: Sequence[Learnable],
    keeper: KeepBest,
    history: History,
    state: dict[str, Any] | None,
) -> None:
    """Call Lightning's trainer; state: that of the epoch to continue from, None to begin.

    Raises ModelError where memory runs out, KeyboardInterrupt after an interrupt.
    """
    parameters = module.parameters_
    _quieten()
    trainer = _trainer(parameters, keeper, history, state)
    shuffled = _shuffled(training, parameters, state["epoch"] + 1 if state else 0)
    held_out = _ordered(validation, parameters) if validation else None
    resume = str(keeper.folder) if state else None
    answer = signal.getsignal(signal.SIGINT)
    try:
        with _memory_explained(parameters):
            trainer.fit(module, shuffled, held_out, ckpt_path=resume, weights_only=True)
    except SystemExit:  # Lightning's way to end after SIGINT, of which it wants no more, or SIGTERM
        signal.signal(signal.SIGINT, answer)
        raise KeyboardInterrupt from None


@contextmanager
def _memory_explained(parameters: Parameters) -> Iterator[None]:
    """Raise ModelError, with what to do, for memory that ran out."""
    try:
        yield
    except (RuntimeError, MemoryError) as error:  # torch has no class of its own on the CPU
        known = isinstance(error, (torch.OutOfMemoryError, MemoryError))
        if not known and not OUT_OF_MEMORY.search(str(error)):
            raise
        size = parameters.batch_size
        fix = f"set batch_size={size // 2}" if size > 1 else "set a smaller hidden_size"
        raise ModelError(
            f"training ran out of memory with batch_size={size}; {fix} and train again"
        ) from error


def _shuffled(
    items: Sequence[Learnable], parameters: Parameters, epochs_done: int
) -> DataLoader[Learnable]:
    batches = LengthBatches(
        [len(item.target) for item in items], parameters.batch_size, parameters.seed
    )
    batches.set_epoch(epochs_done)  # Lightning takes the first order before it knows the epoch
    # a generator of its own: the loader would draw a number from the one that dropout uses
    own = torch.Generator().manual_seed(parameters.seed)
    return _loader(items, batch_sampler=batches, generator=own)


def _ordered(items: Sequence[Learnable], parameters: Parameters) -> DataLoader[Learnable]:
    by_length = sorted(items, key=lambda item: len(item.target))
    return _loader(by_length, batch_size=parameters.batch_size)


def _loader(items: Sequence[Learnable], **more: Any) -> DataLoader[Learnable]:
    return DataLoader(items, collate_fn=collate, **more)  # type: ignore[arg-type]  # a list will do


def _trainer(
    parameters: Parameters, keeper: KeepBest, history: History, state: dict[str, Any] | None
) -> pl.Trainer:
    callbacks: list[pl.Callback] = [keeper, history]
    if rank() == 0:
        callbacks.append(ProgressBar(refresh_rate=20))
    if keeper.monitor:
        least, patience = parameters.min_delta, parameters.patience
        callbacks.append(EarlyStopping(keeper.monitor, min_delta=least, patience=patience))
    alone = {"auto": "auto", "cpu": "cpu", "cuda": "gpu"}[parameters.device]
    devices, nodes = started()
    several = devices * nodes > 1
    return pl.Trainer(
        accelerator=alone if not several else "gpu" if on_gpu(parameters) else "cpu",
        devices=devices,
        num_nodes=nodes,
        strategy=DDPStrategy(broadcast_buffers=False) if several else "auto",
        plugins=[
            StateFiles(state),
            # else Lightning would look for SLURM, which here starts chapters and not processes
            TorchElasticEnvironment() if several else LightningEnvironment(),
        ],
        precision="bf16-mixed" if parameters.precision == "bf16" else "32-true",
        max_epochs=parameters.epochs,
        callbacks=callbacks,
        enable_progress_bar=rank() == 0,
        logger=False,
        enable_model_summary=False,
        gradient_clip_val=1.0,
        num_sanity_val_steps=0,
        use_distributed_sampler=False,
        deterministic=True,
    )


def _quieten() -> None:
    """Lightning's hints (more workers, a litlogger) do not belong on a book's page."""
    logging.getLogger("pytorch_lightning").setLevel(logging.ERROR)
    warnings.filterwarnings("ignore", module=r"pytorch_lightning|lightning_fabric")
    warnings.filterwarnings("ignore", message=".*does not have many workers.*")
