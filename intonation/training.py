"""Training with Lightning: batches of similar length, early stopping, best weights, resume."""

import dataclasses
import hashlib
import logging
import shutil
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pytorch_lightning as pl
import torch
from pytorch_lightning.callbacks import EarlyStopping, ModelCheckpoint, TQDMProgressBar
from torch import Tensor, nn
from torch.utils.data import DataLoader, Sampler

from intonation.corpus import Corpus, Utterance
from intonation.errors import ModelError
from intonation.features import Batch, FeatureTable, Inputs, make_batch
from intonation.files import write_csv
from intonation.model import F0Model, ModelConfig, load_model, save_model
from intonation.parameters import Parameters
from intonation.provenance import Note, code_digest, library_versions

# Code that decides the weights. What only makes the examples is not among it: they are compared.
DECISIVE_CODE = (__name__, F0Model.__module__, Batch.__module__)
# Parameters that do not: of the examples, of networks that are given theirs, of what comes after.
NO_MATTER = (
    *("cpu_count", "figures", "resamples", "dataset_size_limit", "split_seed", "lf0_column"),
    *("seeds", "small_epochs", "small_num_layers", "small_hidden_size"),
)


@dataclass(frozen=True)
class Example:
    """An utterance to learn from.

    target: float32 [frames]; weight: float32 [frames], 1 where the frame counts.
    """

    inputs: Inputs
    target: np.ndarray
    weight: np.ndarray


@dataclass(frozen=True)
class Task:
    """A batch with what it should become: target and weight [utterances, frames]."""

    batch: Batch
    target: Tensor
    weight: Tensor


def target_of(utterance: Utterance, target: str) -> tuple[np.ndarray, np.ndarray]:
    """Target and weight of every frame, float32 [frames] each.

    "semitones": deviation from the speaker's median, weight 0 where unvoiced.
    "log_f0": ln F0 in ln Hz, 0 where unvoiced, every frame counts [the original study].
    """
    if target == "semitones":
        semitones = np.nan_to_num(utterance.f0_semitones)
        return semitones.astype(np.float32), utterance.voiced.astype(np.float32)
    log_f0 = np.log(np.where(utterance.voiced, utterance.f0_hz, 1.0))
    return log_f0.astype(np.float32), np.ones(len(log_f0), dtype=np.float32)


def examples(corpus: Corpus, features: FeatureTable, split: str, target: str) -> list[Example]:
    """All utterances of a split."""
    made = []
    for utterance_id in corpus.ids(split):
        utterance = corpus[utterance_id]
        inputs = Inputs(features.answers(utterance_id), utterance.frame_to_phone, utterance.voiced)
        made.append(Example(inputs, *target_of(utterance, target)))
    return made


def collate(items: list[Example]) -> Task:
    """Pad examples to the longest of them."""
    batch = make_batch([item.inputs for item in items])
    target, weight = torch.zeros_like(batch.mask), torch.zeros_like(batch.mask)
    for row, item in enumerate(items):
        target[row, : len(item.target)] = torch.from_numpy(item.target)
        weight[row, : len(item.weight)] = torch.from_numpy(item.weight)
    return Task(batch, target, weight)


class LengthBatches(Sampler):
    """Shuffled batches of utterances of similar length, so that little is padded."""

    def __init__(self, lengths: list[int], batch_size: int, seed: int) -> None:
        self.lengths, self.batch_size, self.seed = np.array(lengths), batch_size, seed
        self.epoch = 0
        self.sampler = self  # where Lightning looks for a set_epoch

    def set_epoch(self, epoch: int) -> None:
        """Called by Lightning, also when it resumes."""
        self.epoch = epoch

    def __len__(self) -> int:
        return -(-len(self.lengths) // self.batch_size)

    def __iter__(self) -> Iterator[list[int]]:
        random = np.random.default_rng((self.seed, self.epoch))
        jitter = random.uniform(0.9, 1.1, len(self.lengths))
        order = np.argsort(self.lengths * jitter)
        batches = [
            order[i : i + self.batch_size].tolist() for i in range(0, len(order), self.batch_size)
        ]
        random.shuffle(batches)
        return iter(batches)


class F0Training(pl.LightningModule):
    """Weighted mean squared error with AdamW and a cosine decay of the learning rate."""

    def __init__(self, model: F0Model, parameters: Parameters) -> None:
        super().__init__()
        self.model, self.parameters_ = model, parameters

    def transfer_batch_to_device(self, task: Task, device: torch.device, _: int) -> Task:
        """Lightning knows tensors, not our records."""
        return Task(task.batch.to(device), task.target.to(device), task.weight.to(device))

    def on_train_epoch_start(self) -> None:
        """Seed each epoch on its own, so that a resumed training equals an uninterrupted one."""
        torch.manual_seed(self.parameters_.seed * 1_000_003 + self.current_epoch)

    def _error(self, task: Task) -> tuple[Tensor, Tensor]:
        squared = (self.model(task.batch) - task.target) ** 2 * task.weight
        return squared.sum(), task.weight.sum()

    def training_step(self, task: Task, _: int) -> Tensor:
        """Mean squared error of a batch."""
        total, frames = self._error(task)
        loss = total / frames.clamp(min=1.0)
        self.log("train_loss", loss, on_epoch=True, on_step=False, batch_size=max(int(frames), 1))
        return loss

    def validation_step(self, task: Task, _: int) -> None:
        """Mean squared error over all counted frames, whatever the batches."""
        total, frames = self._error(task)
        loss = total / frames.clamp(min=1.0)
        self.log("validation_loss", loss, prog_bar=True, batch_size=max(int(frames), 1))

    def configure_optimizers(self) -> dict:
        """AdamW; the cosine ends where the epochs end."""
        chosen = self.parameters_
        optimizer = torch.optim.AdamW(
            self.model.parameters(), lr=chosen.learning_rate, weight_decay=chosen.weight_decay
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
    """Train on the corpus and leave the best weights in `folder`, with a note of what made them.

    Called again with the same, it loads what is there; an interrupted training continues from its
    last epoch. Returns the model in evaluation mode and the losses per epoch.
    Raises ModelError where the losses are not finite.
    """
    _quieten()
    pl.seed_everything(parameters.seed, verbose=False)
    torch.set_num_threads(parameters.cpu_count)
    training = examples(corpus, features, "train", parameters.target)
    validation = examples(corpus, features, "validation", parameters.target)
    note = Note(folder, "weights", made_from(features.questions, parameters, training, validation))
    if note.holds():
        return load_model(folder), pd.read_csv(Path(folder) / "history.csv")
    counted = np.concatenate([item.target[item.weight > 0] for item in training])
    model = new_model(features.questions, parameters, float(counted.mean()))
    resume = _checkpoint_to_resume(folder, note)
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
    model, history = _finish(module, best, folder)
    note.finish(folder / name for name in ("model.safetensors", "config.json", "history.csv"))
    return model, history


def made_from(
    questions: Sequence[str],
    parameters: Parameters,
    *splits: list[Example],
    code: tuple[str, ...] = DECISIVE_CODE,
) -> dict[str, object]:
    """All that decides the weights: parameters, examples, code, libraries; for a `Note`."""
    digest = hashlib.sha256("\0".join(questions).encode())
    for item in (item for split in splits for item in split):
        arrays = (item.inputs.answers, item.inputs.frame_to_phone, item.target, item.weight)
        for array in arrays:
            digest.update(f"{array.shape}{array.dtype}".encode() + array.tobytes())
    chosen = dataclasses.asdict(parameters)
    return {
        "parameters": {name: value for name, value in chosen.items() if name not in NO_MATTER},
        "examples": [len(split) for split in splits] + [digest.hexdigest()],
        "code": code_digest(code),
        "libraries": library_versions(code),
    }


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
