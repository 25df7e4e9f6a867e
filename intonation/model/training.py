"""Training with Lightning: batches of similar length, early stopping, best weights, resume."""

import dataclasses
import json
import logging
import shutil
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import pytorch_lightning as pl
import torch
from pytorch_lightning.callbacks import EarlyStopping, ModelCheckpoint, TQDMProgressBar
from torch import Tensor, nn
from torch.utils.data import DataLoader

from intonation.corpus.corpus import Corpus
from intonation.corpus.features import FeatureTable
from intonation.errors import ModelError
from intonation.files import replacing, write_csv
from intonation.model.batches import (
    Example,
    LengthBatches,
    Task,
    collate,
    examples,
)
from intonation.model.network import F0Model, ModelConfig, save_model
from intonation.parameters import Parameters


class F0Training(pl.LightningModule):
    """Weighted mean squared error with AdamW and a cosine decay of the learning rate."""

    def __init__(self, model: F0Model, parameters: Parameters) -> None:
        super().__init__()
        self.model, self.parameters_ = model, parameters

    def transfer_batch_to_device(self, task: Task, device: torch.device, _: int) -> Task:
        """Lightning knows tensors, not our records."""
        batch, *others = (part.to(device) for part in (task.batch, task.target, task.weight))
        return Task(batch, *others, task.counted)

    def on_train_epoch_start(self) -> None:
        """Seed each epoch on its own, so that a resumed training equals an uninterrupted one."""
        torch.manual_seed(self.parameters_.seed * 1_000_003 + self.current_epoch)

    def _error(self, task: Task) -> Tensor:
        squared = (self.model(task.batch) - task.target) ** 2 * task.weight
        return squared.sum() / task.counted

    def training_step(self, task: Task, _: int) -> Tensor:
        """Mean squared error of a batch."""
        loss = self._error(task)
        self.log("train_loss", loss, on_epoch=True, on_step=False, batch_size=int(task.counted))
        return loss

    def validation_step(self, task: Task, _: int) -> None:
        """Mean squared error over all counted frames, whatever the batches."""
        loss = self._error(task)
        self.log("validation_loss", loss, prog_bar=True, batch_size=int(task.counted))

    def configure_optimizers(self) -> dict:
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

    def on_train_epoch_end(self, trainer: pl.Trainer, module: F0Training) -> None:
        """Lightning calls it after training and validation of an epoch."""
        metrics = trainer.callback_metrics
        row = {"epoch": trainer.current_epoch + 1}
        row |= {name: float(metrics[name]) for name in ("train_loss", "validation_loss")}
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
    """Train on the corpus and leave the best weights in `folder`.

    An interrupted training continues from its last epoch when called again with the same
    parameters. Returns the model in evaluation mode and the losses per epoch.
    Raises ModelError where the losses are not finite.
    """
    _quieten()
    pl.seed_everything(parameters.seed, verbose=False)
    torch.set_num_threads(parameters.cpu_count)
    training = examples(corpus, features, "train", parameters.target)
    validation = examples(corpus, features, "validation", parameters.target)
    counted = np.concatenate([item.target[item.weight > 0] for item in training])
    model = new_model(features.questions, parameters, float(counted.mean()))
    resume = _checkpoint_to_resume(folder, parameters)
    shuffled, ordered = _shuffled(training, parameters, resume), _ordered(validation, parameters)
    best = ModelCheckpoint(
        folder / "checkpoints",
        monitor="validation_loss",
        save_last=True,
        save_on_train_epoch_end=True,  # saved in mid-epoch, a resumed one would train it twice
    )
    module, trainer = F0Training(model, parameters), _trainer(parameters, folder, best)
    trainer.fit(module, shuffled, ordered, ckpt_path=resume, weights_only=True)
    if trainer.interrupted:
        raise KeyboardInterrupt
    return _finish(module, best, folder)


def _finish(
    module: F0Training, best: ModelCheckpoint, folder: Path
) -> tuple[F0Model, pd.DataFrame]:
    history = pd.read_csv(folder / "history.csv")
    if not best.best_model_path or not np.isfinite(history["validation_loss"]).any():
        raise ModelError("the loss was never finite; lower learning_rate and train again")
    state = torch.load(best.best_model_path, weights_only=True, map_location="cpu")["state_dict"]
    module.load_state_dict(state)
    model = module.model.cpu().eval()
    save_model(model, folder)
    shutil.rmtree(folder / "checkpoints")
    return model, history


def _shuffled(items: list[Example], parameters: Parameters, resume: Path | None) -> DataLoader:
    batches = LengthBatches(
        [len(item.target) for item in items], parameters.batch_size, parameters.seed
    )
    if resume:  # Lightning takes the first order of batches before it knows the epoch
        done = torch.load(resume, weights_only=True, map_location="cpu")["epoch"] + 1
        batches.set_epoch(done)
    # a generator of its own: the loader would draw a number from the one that dropout uses
    own = torch.Generator().manual_seed(parameters.seed)
    return DataLoader(items, batch_sampler=batches, collate_fn=collate, generator=own)


def _ordered(items: list[Example], parameters: Parameters) -> DataLoader:
    by_length = sorted(items, key=lambda item: len(item.target))
    return DataLoader(by_length, parameters.batch_size, collate_fn=collate)


def _trainer(parameters: Parameters, folder: Path, best: ModelCheckpoint) -> pl.Trainer:
    stop = EarlyStopping(
        "validation_loss", min_delta=parameters.min_delta, patience=parameters.patience
    )
    return pl.Trainer(
        accelerator={"auto": "auto", "cpu": "cpu", "cuda": "gpu"}[parameters.device],
        devices=1,
        max_epochs=parameters.epochs,
        callbacks=[best, stop, History(folder / "history.csv"), TQDMProgressBar(refresh_rate=20)],
        logger=False,
        enable_model_summary=False,
        gradient_clip_val=1.0,
        num_sanity_val_steps=0,
        use_distributed_sampler=False,
        deterministic=True,
    )


def _checkpoint_to_resume(folder: Path, parameters: Parameters) -> Path | None:
    """Last epoch of an interrupted training with these parameters; None for a fresh start."""
    asked = dataclasses.asdict(parameters)
    last, noted = folder / "checkpoints" / "last.ckpt", folder / "checkpoints" / "parameters.json"
    if last.is_file() and noted.is_file() and json.loads(noted.read_text()) == asked:
        return last
    shutil.rmtree(folder, ignore_errors=True)
    with replacing(noted) as temporary:
        temporary.write_text(json.dumps(asked, indent=1))
    return None


def _quieten() -> None:
    """Lightning's hints (more workers, a litlogger) do not belong on a book's page."""
    logging.getLogger("pytorch_lightning").setLevel(logging.ERROR)
    warnings.filterwarnings("ignore", module=r"pytorch_lightning|lightning_fabric")
    warnings.filterwarnings("ignore", message=".*does not have many workers.*")
