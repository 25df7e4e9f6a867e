"""State of a training that may be interrupted at any time: safetensors and JSON, no pickle.

Lightning hands over its state (weights, optimizer, schedule, counters of its loops, what early
stopping and the keeper of the best weights know) as nested plain values and tensors. Tensors go
into a .safetensors file whose name and SHA-256 stand in `state.json`, beside everything else. That
is renamed into place last, so that an interrupt leaves the old state or the new one.
"""

import hashlib
import json
import shutil
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd
import pytorch_lightning as pl
import torch
from lightning_fabric.plugins import CheckpointIO
from pytorch_lightning.callbacks import Checkpoint
from safetensors import SafetensorError
from safetensors.torch import load, save
from torch import Tensor

from intonation.files import replacing, write_csv
from intonation.model.distributed.group import rank, shared_bytes

STATE = "state.json"
FORMAT = 1


class StateFiles(CheckpointIO):
    """How Lightning stores state: as this module does, in a folder; known: what it is to load."""

    def __init__(self, known: dict[str, Any] | None) -> None:
        self.known = known

    def save_checkpoint(
        self, checkpoint: dict[str, Any], path: Any, storage_options: Any | None = None
    ) -> None:
        write_state(Path(path), checkpoint)

    def load_checkpoint(
        self, path: Any, map_location: Any | None = None, weights_only: bool | None = None
    ) -> dict[str, Any]:
        assert self.known is not None, "asked for only where there is one"
        return self.known

    def remove_checkpoint(self, path: Any) -> None:
        shutil.rmtree(path)


class History(pl.Callback):
    """Writes the losses of every epoch as it ends, so that a curve survives an interrupt."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def on_train_epoch_end(self, trainer: pl.Trainer, module: pl.LightningModule) -> None:
        """Lightning calls it after training and validation of an epoch."""
        if rank() > 0:
            return
        metrics = trainer.callback_metrics
        row: dict[str, float] = {"epoch": trainer.current_epoch + 1}
        known = [name for name in ("train_loss", "validation_loss") if name in metrics]
        row |= {name: float(metrics[name]) for name in known}
        before = pd.read_csv(self.path) if self.path.is_file() else pd.DataFrame(columns=["epoch"])
        before = before[before["epoch"] < row["epoch"]]  # an interrupted epoch is trained again
        write_csv(self.path, pd.concat([before, pd.DataFrame([row])], ignore_index=True))


class KeepBest(Checkpoint):
    """Keeps the weights of the best epoch, and the state of the last one in a folder.

    validated: whether the best epoch is that of the lowest validation loss, else the last one.
    most: a training loss above it is no learning any more; neither is one that is not finite. Then
    training stops, and what there was before is kept.
    Lightning calls it after early stopping, because it is a Checkpoint.
    """

    def __init__(self, folder: Path, validated: bool, most: float) -> None:
        self.folder, self.most = folder, most
        self.monitor = "validation_loss" if validated else None
        self.best: dict[str, Any] = {"epoch": 0, "loss": float("inf"), "weights": {}}
        self.ended, self.diverged = False, ""

    def on_train_start(self, trainer: pl.Trainer, module: pl.LightningModule) -> None:
        """A training that had ended when it was interrupted is not continued."""
        trainer.should_stop |= self.ended

    def on_train_epoch_end(self, trainer: pl.Trainer, module: pl.LightningModule) -> None:
        """Note the best weights and write the state, unless the training has gone astray."""
        epoch, metrics = trainer.current_epoch + 1, trainer.callback_metrics
        loss = float(metrics[self.monitor]) if self.monitor else float("-inf")
        learnt = float(metrics["train_loss"])
        if not learnt <= self.most or not loss < float("inf"):
            self.diverged = f"epoch {epoch} ended with a training loss of {learnt:.3g}"
            self.diverged += f" and a validation loss of {loss:.3g}" if self.monitor else ""
            trainer.should_stop = True
            return
        if not self.monitor or loss < self.best["loss"]:
            weights = module.model.state_dict()  # type: ignore[union-attr]
            kept = {name: value.detach().cpu().clone() for name, value in weights.items()}
            self.best = {"epoch": epoch, "loss": loss, "weights": kept}
        self.ended = trainer.should_stop
        trainer.save_checkpoint(self.folder)

    def state_dict(self) -> dict[str, Any]:
        return {"best": self.best, "ended": self.ended}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        self.best, self.ended = state_dict["best"], state_dict["ended"]


def write_state(folder: Path, state: Mapping[str, Any]) -> None:
    """Replace what is in the folder by this state; its tensors go by their places in it.

    Raises TypeError for a value that is neither plain nor a tensor.
    """
    tensors: dict[str, Tensor] = {}
    plain = _plain(state, "", tensors)
    content = save(tensors)
    digest = hashlib.sha256(content).hexdigest()
    tensor_file = folder / f"{digest[:16]}.safetensors"
    with replacing(tensor_file) as written:
        written.write_bytes(content)
    record = {"format": FORMAT, "tensors": tensor_file.name, "sha256": digest, "state": plain}
    with replacing(folder / STATE) as written:
        written.write_text(json.dumps(record), encoding="utf-8")
    for other in {*folder.glob("*.safetensors")} - {tensor_file}:
        other.unlink()


def read_state(folder: Path) -> dict[str, Any] | None:
    """The state in a folder as the first process reads it; None, with a warning where there is
    something, for one that is not whole."""
    record = shared_bytes(folder / STATE)
    if record is None:
        return None
    try:
        known = json.loads(record)
        if known["format"] != FORMAT or Path(known["tensors"]).name != known["tensors"]:
            raise ValueError("written by another version")
        stored = shared_bytes(folder / known["tensors"])
        if stored is None or hashlib.sha256(stored).hexdigest() != known["sha256"]:
            raise ValueError(f"{known['tensors']} is missing or was altered")
        return _restored(known["state"], load(stored))
    except (ValueError, KeyError, TypeError, RecursionError, SafetensorError) as error:
        if rank() == 0:
            warnings.warn(
                f"{folder} holds no state to continue from ({error}); trained from the start",
                stacklevel=2,
            )
        return None


def _plain(value: Any, place: str, tensors: dict[str, Tensor]) -> Any:
    """As JSON knows it, tensors set aside; what JSON has no form for is marked by its kind."""
    if isinstance(value, Tensor):
        tensors[place] = value.detach().cpu().clone(memory_format=torch.contiguous_format)
        return {"tensor": place}
    if isinstance(value, Mapping):
        pairs = ((key, _plain(part, f"{place}/{key}", tensors)) for key, part in value.items())
        return {"dict": [list(pair) for pair in pairs]}
    if isinstance(value, (list, tuple)):
        parts = [_plain(part, f"{place}/{n}", tensors) for n, part in enumerate(value)]
        return parts if isinstance(value, list) else {"tuple": parts}
    if value is None or type(value) in (bool, int, float, str):
        return value
    raise TypeError(f"{place} is a {type(value).__name__}, which no state can hold")


def _restored(value: Any, tensors: Mapping[str, Tensor]) -> Any:
    """What `_plain` was given."""
    if isinstance(value, list):
        return [_restored(part, tensors) for part in value]
    if not isinstance(value, dict):
        return value
    ((kind, content),) = value.items()
    if kind == "tensor":
        return tensors[content]
    if kind == "tuple":
        return tuple(_restored(part, tensors) for part in content)
    if kind != "dict":
        raise ValueError(f"'{kind}' is no kind of value")
    return {key: _restored(part, tensors) for key, part in content}
