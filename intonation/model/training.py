"""Training with Lightning: batches of similar length, early stopping, best weights, resume.

One trainer for every network of the book: on a corpus with a validation split (`train`), or on
examples alone (`train_on`), with or without a penalty on whole groups of first-layer weights.
"""

import dataclasses
import hashlib
import logging
import shutil
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytorch_lightning as pl
import torch
from pytorch_lightning.callbacks import EarlyStopping, ModelCheckpoint, TQDMProgressBar
from pytorch_lightning.utilities.types import OptimizerLRScheduler
from torch import Tensor, nn
from torch.utils.data import DataLoader

from intonation.corpus.corpus import Corpus
from intonation.corpus.features import FeatureTable
from intonation.errors import ModelError
from intonation.files import write_csv
from intonation.model.batches import Example, LengthBatches, Task, collate, examples
from intonation.model.network import CONFIG, WEIGHTS, F0Model, ModelConfig, load_model, save_model
from intonation.parameters import Parameters
from intonation.provenance import Note, code_digest, library_versions

HISTORY = "history.csv"
# Code that decides the weights. What only makes the examples is not among it: they are compared.
DECISIVE_CODE = tuple(
    f"intonation.model.{name}" for name in ("training", "network", "packed", "batches", "target")
)
DECISIVE_PARAMETERS = (
    *("target", "epochs", "learning_rate", "batch_size", "weight_decay", "patience", "min_delta"),
    *("num_layers", "hidden_size", "stacks", "kernel_size", "causal", "dropout", "input_dropout"),
    *("seed", "device"),
)


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

    def __init__(
        self, model: F0Model, parameters: Parameters, penalty: GroupPenalty | None = None
    ) -> None:
        super().__init__()
        self.model, self.parameters_, self.penalty = model, parameters, penalty

    def transfer_batch_to_device(self, task: Task, device: torch.device, _: int) -> Task:
        """Lightning knows tensors, not our records."""
        target, weight = task.target.to(device), task.weight.to(device)
        return Task(task.batch.to(device), target, weight, task.counted)

    def on_train_epoch_start(self) -> None:
        """Seed each epoch on its own, so that a resumed training equals an uninterrupted one."""
        torch.manual_seed(self.parameters_.seed * 1_000_003 + self.current_epoch)

    def _error(self, task: Task) -> Tensor:
        squared = (self.model(task.batch) - task.target) ** 2 * task.weight
        return squared.sum() / task.counted

    def training_step(self, task: Task, _: int) -> Tensor:
        """Mean squared error of a batch, and the penalty."""
        loss = self._error(task)
        self.log("train_loss", loss, on_epoch=True, on_step=False, batch_size=int(task.counted))
        return loss + self.penalty(self.model) if self.penalty else loss

    def validation_step(self, task: Task, _: int) -> None:
        """Mean squared error over all counted frames, whatever the batches."""
        loss = self._error(task)
        self.log("validation_loss", loss, prog_bar=True, batch_size=int(task.counted))

    def configure_optimizers(self) -> OptimizerLRScheduler:
        """AdamW; the cosine ends where the epochs end."""
        chosen = self.parameters_
        optimizer = torch.optim.AdamW(
            self.model.parameters(),
            lr=chosen.learning_rate,
            weight_decay=chosen.weight_decay,
            fused=True,  # else some ten small operations for each of the many small tensors
        )
        schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, chosen.epochs)
        return {"optimizer": optimizer, "lr_scheduler": schedule}


class History(pl.Callback):
    """Writes the losses of every epoch as it ends, so that a curve survives an interrupt."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def on_train_epoch_end(self, trainer: pl.Trainer, module: pl.LightningModule) -> None:
        """Lightning calls it after training and validation of an epoch."""
        metrics = trainer.callback_metrics
        row: dict[str, float] = {"epoch": trainer.current_epoch + 1}
        known = [name for name in ("train_loss", "validation_loss") if name in metrics]
        row |= {name: float(metrics[name]) for name in known}
        before = pd.read_csv(self.path) if self.path.is_file() else pd.DataFrame(columns=["epoch"])
        before = before[before["epoch"] < row["epoch"]]  # an interrupted epoch is trained again
        write_csv(self.path, pd.concat([before, pd.DataFrame([row])], ignore_index=True))


def new_model(questions: tuple[str, ...], parameters: Parameters, mean_target: float) -> F0Model:
    """An untrained network, its weights drawn from `parameters.seed`.

    The last bias starts at the target's mean: otherwise the final ReLU is often dead from birth.
    """
    torch.manual_seed(parameters.seed)
    names = {field.name for field in dataclasses.fields(ModelConfig)} - {"questions"}
    config = ModelConfig(
        questions=questions,
        **{name: getattr(parameters, name) for name in names},
    )
    model = F0Model(config)
    nn.init.constant_(model.output.bias, mean_target)
    return model


def train(
    corpus: Corpus, features: FeatureTable, parameters: Parameters, folder: Path
) -> tuple[F0Model, pd.DataFrame]:
    """Train on the corpus and leave the best weights in `folder`; see `train_on`."""
    training, validation = (
        examples(corpus, features, split, parameters.target) for split in ("train", "validation")
    )
    return train_on(features.questions, training, validation, parameters, folder)


def train_on(
    questions: Sequence[str],
    training: list[Example],
    validation: list[Example],
    parameters: Parameters,
    folder: Path,
    *,
    penalty: GroupPenalty | None = None,
) -> tuple[F0Model, pd.DataFrame]:
    """Train on examples and leave weights in `folder`, with a note of what made them.

    questions: names of the columns of answers. The weights are those of the best validation epoch,
    or of the last epoch where there is nothing to validate on.
    Called again with the same, it loads what is there; an interrupted training continues from its
    last epoch. Returns the model in evaluation mode and the losses per epoch.
    Raises ModelError where the losses or the weights are not finite.
    """
    folder = Path(folder)
    made = made_from(questions, parameters, training, validation)
    note = Note(folder, "weights", made | {"penalty": penalty and penalty.described()})
    if note.holds():
        return load_model(folder), pd.read_csv(folder / HISTORY)
    _quieten()
    pl.seed_everything(parameters.seed, verbose=False)
    torch.set_num_threads(parameters.cpu_count)
    resume = _checkpoint_to_resume(folder, note)
    model = new_model(tuple(questions), parameters, _mean_target(training))
    held_out = _ordered(validation, parameters) if validation else None
    module, best = F0Training(model, parameters, penalty), _keep_best(folder, bool(validation))
    trainer = _trainer(parameters, folder, best)
    shuffled = _shuffled(training, parameters, resume)
    trainer.fit(module, shuffled, held_out, ckpt_path=resume, weights_only=True)
    if trainer.interrupted:
        raise KeyboardInterrupt
    model, history = _finish(module, best, folder)
    note.finish(folder / name for name in (WEIGHTS, CONFIG, HISTORY))
    return model, history


def made_from(
    questions: Sequence[str], parameters: Parameters, *splits: list[Example]
) -> dict[str, Any]:
    """All that decides the weights: parameters, examples, code, libraries; for a `Note`."""
    digest = hashlib.sha256("\0".join(questions).encode())
    for item in (item for split in splits for item in split):
        arrays = (item.inputs.answers, item.inputs.frame_to_phone, item.target, item.weight)
        for array in arrays:
            digest.update(f"{array.shape}{array.dtype}".encode() + array.tobytes())
    return {
        "parameters": {name: getattr(parameters, name) for name in DECISIVE_PARAMETERS},
        "examples": [len(split) for split in splits] + [digest.hexdigest()],
        "code": code_digest(DECISIVE_CODE),
        "libraries": library_versions(DECISIVE_CODE),
    }


def _mean_target(training: list[Example]) -> float:
    target, weight = (
        np.concatenate([getattr(item, name) for item in training]) for name in ("target", "weight")
    )
    return float(np.average(target, weights=weight))


def _keep_best(folder: Path, validated: bool) -> ModelCheckpoint:
    return ModelCheckpoint(
        folder / "checkpoints",
        monitor="validation_loss" if validated else None,
        save_last=True,
        save_on_train_epoch_end=True,  # saved in mid-epoch, a resumed one would train it twice
    )


def _finish(
    module: F0Training, best: ModelCheckpoint, folder: Path
) -> tuple[F0Model, pd.DataFrame]:
    history = pd.read_csv(folder / HISTORY)
    state = torch.load(best.best_model_path, weights_only=True, map_location="cpu")["state_dict"]
    finite = all(torch.isfinite(value).all() for value in state.values())
    if not finite or not np.isfinite(history[best.monitor or "train_loss"]).any():
        raise ModelError("the loss was never finite; lower learning_rate and train again")
    module.load_state_dict(state)
    model = module.model.cpu().eval()
    save_model(model, folder)
    shutil.rmtree(folder / "checkpoints")
    return model, history


def _shuffled(
    items: list[Example], parameters: Parameters, resume: Path | None
) -> DataLoader[Example]:
    batches = LengthBatches(
        [len(item.target) for item in items], parameters.batch_size, parameters.seed
    )
    if resume:  # Lightning takes the first order of batches before it knows the epoch
        done = torch.load(resume, weights_only=True, map_location="cpu")["epoch"] + 1
        batches.set_epoch(done)
    # a generator of its own: the loader would draw a number from the one that dropout uses
    own = torch.Generator().manual_seed(parameters.seed)
    return _loader(items, batch_sampler=batches, generator=own)


def _ordered(items: list[Example], parameters: Parameters) -> DataLoader[Example]:
    by_length = sorted(items, key=lambda item: len(item.target))
    return _loader(by_length, batch_size=parameters.batch_size)


def _loader(items: list[Example], **more: Any) -> DataLoader[Example]:
    return DataLoader(items, collate_fn=collate, **more)  # type: ignore[arg-type]  # a list will do


def _trainer(parameters: Parameters, folder: Path, best: ModelCheckpoint) -> pl.Trainer:
    bar = TQDMProgressBar(refresh_rate=20)
    callbacks: list[pl.Callback] = [best, History(folder / HISTORY), bar]
    if best.monitor:
        least, patience = parameters.min_delta, parameters.patience
        callbacks.append(EarlyStopping(best.monitor, min_delta=least, patience=patience))
    return pl.Trainer(
        accelerator={"auto": "auto", "cpu": "cpu", "cuda": "gpu"}[parameters.device],
        devices=1,
        max_epochs=parameters.epochs,
        callbacks=callbacks,
        logger=False,
        enable_model_summary=False,
        gradient_clip_val=1.0,
        num_sanity_val_steps=0,
        use_distributed_sampler=False,
        deterministic=True,
    )


def _checkpoint_to_resume(folder: Path, note: Note) -> Path | None:
    """Last epoch of an interrupted training from the same; None for a fresh start."""
    last = folder / "checkpoints" / "last.ckpt"
    if last.is_file() and note.is_of_the_same():
        return last
    shutil.rmtree(folder, ignore_errors=True)
    note.begin()
    return None


def _quieten() -> None:
    """Lightning's hints (more workers, a litlogger) do not belong on a book's page."""
    logging.getLogger("pytorch_lightning").setLevel(logging.ERROR)
    warnings.filterwarnings("ignore", module=r"pytorch_lightning|lightning_fabric")
    warnings.filterwarnings("ignore", message=".*does not have many workers.*")
