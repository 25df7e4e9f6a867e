"""Training with Lightning: batches of similar length, early stopping, best weights, resume.

One trainer for every network of the book: on a corpus with a validation split (`train`), or on
examples alone (`train_on`), with or without a penalty on whole groups of first-layer weights.
"""

import argparse
import dataclasses
import hashlib
import os
import shutil
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pandas as pd
import pytorch_lightning as pl
import torch
from torch import nn

from intonation.corpus.corpus import Corpus, open_corpus
from intonation.corpus.features import FeatureTable, build_features, load_features, save_features
from intonation.errors import INTERRUPTED, ModelError, exit_code
from intonation.model.batches import Learnable, examples
from intonation.model.distributed.group import (
    agreed,
    asked,
    check_same,
    check_started,
    end_with_stdin,
    joined,
    launch,
    processes,
    rank,
    shared_bytes,
    started,
)
from intonation.model.learning import F0Training, GroupPenalty, fit
from intonation.model.lessons.beginning import Beginning
from intonation.model.lessons.shape import Shape
from intonation.model.network import CONFIG, WEIGHTS, F0Model, ModelConfig, load_model, save_model
from intonation.model.resume import History, KeepBest, read_state
from intonation.model.sparse.choice import curves_of
from intonation.model.sparse.curves import GroupCurves
from intonation.parameters import (
    PROFILES,
    TARGETS,
    Parameters,
    as_assignments,
    parameters_table,
    parse_overrides,
)
from intonation.parameters import parameters as parameters_of
from intonation.provenance import Note, code_digest, library_versions

HISTORY, CHECKPOINTS = "history.csv", "checkpoints"
MADE = (WEIGHTS, CONFIG, HISTORY)
DIVERGED = 100  # times the loss of always saying the mean: no learning any more
# Code that decides the weights. What only makes the examples is not among it: they are compared.
DECISIVE_CODE = tuple(
    f"intonation.model.{name}"
    for name in (
        *("training", "learning", "resume", "distributed.group", "distributed.global_batch"),
        *("network", "packed", "batches", "target"),
        *("lessons.beginning", "lessons.shape"),
        *("sparse.choice", "sparse.curves", "sparse.lasso", "sparse.phones"),
    )
)
DECISIVE_PARAMETERS = (
    *("target", "epochs", "learning_rate", "batch_size", "weight_decay", "patience", "min_delta"),
    *("num_layers", "hidden_size", "stacks", "kernel_size", "causal", "dropout", "input_dropout"),
    *("seed", "device", "devices", "nodes", "precision", "compile", "group_penalty"),
)


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
    corpus: Corpus,
    features: FeatureTable,
    parameters: Parameters,
    folder: Path,
    *,
    curves: GroupCurves | None = None,
) -> tuple[F0Model, pd.DataFrame]:
    """Train on the corpus and leave the best weights in `folder`; see `train_on`.

    Unless `group_penalty` is 0, the first layer is held to `sparse.choice.curves_of` the corpus,
    and no answers are dropped; curves: these, where they are known already.
    With `devices` above 1, processes are started that read the corpus' folder.
    """
    training, validation = (
        examples(corpus, features, split, parameters.target) for split in ("train", "validation")
    )
    curves = curves or curves_of(corpus, features, parameters)
    if curves:
        parameters = dataclasses.replace(parameters, input_dropout=0.0)
    given = features.questions, training, validation, parameters
    if started() == (1, 1) and parameters.nodes == 1 and parameters.devices != 1:
        note = Note(folder, "weights", made_from(*given) | {"penalty": _described(curves)})
        if not note.holds() and asked(parameters) != (1, 1):
            _train_in_processes(corpus.folder, features, parameters, note)
    return train_on(*given, folder, penalty=curves)


def _described(penalty: GroupPenalty | GroupCurves | None) -> dict[str, Any] | None:
    return penalty.described() if penalty else None


def train_on(
    questions: Sequence[str],
    training: Sequence[Learnable],
    validation: Sequence[Learnable],
    parameters: Parameters,
    folder: Path,
    *,
    penalty: GroupPenalty | GroupCurves | None = None,
    shape: Shape | None = None,
    beginning: Beginning | None = None,
) -> tuple[F0Model, pd.DataFrame]:
    """Train on examples and leave weights in `folder`, with a note of what made them.

    questions: names of the columns of answers. shape: added to the loss, not to that of validation.
    beginning: whose weights training begins with. What comes out are the weights of the best
    validation epoch, or of the last epoch where there is nothing to validate on.
    Called again with the same, it loads what is there; an interrupted training continues from its
    last epoch. Called in each of several processes that torchrun started, they train together.
    Returns the model in evaluation mode and the losses per epoch.
    Raises ModelError where there is nothing to learn from, F0 is not finite, the loss diverges,
    memory runs out or another process is lost or has other examples; ParameterError where there is
    no such device.
    """
    _check_examples(training, validation)
    folder = Path(folder)
    made = made_from(questions, training, validation, parameters)
    lessons = {"shape": shape, "beginning": beginning}
    more = {name: lesson.described() for name, lesson in lessons.items() if lesson}
    note = Note(folder, "weights", made | {"penalty": _described(penalty)} | more)
    with joined(parameters):
        check_same(note.made_from)
        if not agreed(note.holds()):
            check_started(parameters)
            model = _untrained(questions, training, parameters)
            for first in (beginning, penalty):
                if isinstance(first, (Beginning, GroupCurves)):
                    first.begin(model)
            module = F0Training(model, parameters, penalty, shape)
            keeper = _fit(module, training, validation, folder, note)
            _finish(module, keeper, folder, note)
        if rank() == 0:
            shutil.rmtree(folder / CHECKPOINTS, ignore_errors=True)
        return _read(folder)


def made_from(
    questions: Sequence[str],
    training: Sequence[Learnable],
    validation: Sequence[Learnable],
    parameters: Parameters,
) -> dict[str, Any]:
    """All that decides the weights: parameters, examples, code, libraries; for a `Note`."""
    digest = hashlib.sha256("\0".join(questions).encode())
    for item in (*training, *validation):
        told = item.inputs
        arrays = (told.answers, told.frame_to_phone, item.target, item.weight)
        for array in arrays:
            digest.update(f"{array.shape}{array.dtype}".encode() + array.tobytes())
    return {
        "parameters": {name: getattr(parameters, name) for name in DECISIVE_PARAMETERS},
        "examples": [len(training), len(validation), digest.hexdigest()],
        "code": code_digest(DECISIVE_CODE),
        "libraries": library_versions(DECISIVE_CODE),
    }


def _check_examples(training: Sequence[Learnable], validation: Sequence[Learnable]) -> None:
    if not any(item.weight.any() for item in training):
        raise ModelError(
            "no utterance of the training split has a frame to learn from; see the corpus' table "
            "and its excluded.csv"
        )
    for item in (*training, *validation):
        if not np.isfinite(item.target[item.weight > 0]).all():
            raise ModelError(
                "an utterance's F0 is not finite in a frame that counts; prepare the corpus again"
            )


def _train_in_processes(
    corpus: Path, features: FeatureTable, parameters: Parameters, note: Note
) -> None:
    """Call the command line below in each process, to make what the note says.

    Raises ModelError where one fails, or where the corpus is another one on the disk.
    """
    with TemporaryDirectory() as temporary:
        answers = Path(temporary) / "features.npz"
        save_features(answers, features)
        chosen = ["--features", str(answers), "--set", *as_assignments(parameters)]
        launch([str(corpus), str(note.folder), *chosen], asked(parameters)[0])
    if not note.holds():
        raise ModelError(
            f"{note.folder} was trained on {corpus} as it is on the disk, which is not what was "
            "given here; prepare that corpus, or train with devices=1"
        )


def _untrained(
    questions: Sequence[str], training: Sequence[Learnable], parameters: Parameters
) -> F0Model:
    pl.seed_everything(parameters.seed, verbose=False)
    return new_model(tuple(questions), parameters, _mean_and_variance(training)[0])


def _mean_and_variance(training: Sequence[Learnable]) -> tuple[float, float]:
    """Of the targets that count; no more than two numbers a frame are held at a time."""
    counted = _sum(item.weight for item in training)
    mean = _sum(item.target * item.weight for item in training) / counted
    squares = ((item.target - mean) ** 2 * item.weight for item in training)
    return float(mean), float(_sum(squares) / counted)


def _sum(parts: Iterable[np.ndarray]) -> np.float32:
    """In one go, for numpy adds up by halves: the rounding does not grow with the corpus."""
    return np.concatenate(list(parts)).sum(dtype=np.float32)


def _fit(
    module: F0Training,
    training: Sequence[Learnable],
    validation: Sequence[Learnable],
    folder: Path,
    note: Note,
) -> KeepBest:
    """Train, from where an interrupted training of the same was; returns what was best."""
    torch.set_num_threads(max(1, module.parameters_.cpu_count // started()[0]))
    state = _state_to_resume(folder, note)
    most = DIVERGED * (_mean_and_variance(training)[1] or float("inf"))
    keeper = KeepBest(folder / CHECKPOINTS, bool(validation), most)
    fit(module, training, validation, keeper, History(folder / HISTORY), state)
    return keeper


def _finish(module: F0Training, keeper: KeepBest, folder: Path, note: Note) -> None:
    """Save the best weights; raise ModelError where training did not end well."""
    weights = keeper.best["weights"]
    usable = weights and all(torch.isfinite(value).all() for value in weights.values())
    if usable and rank() == 0:
        model = F0Model(module.model.config)
        model.load_state_dict(weights)
        save_model(model, folder)
    if keeper.diverged or not usable:
        kept = f"; the weights of epoch {keeper.best['epoch']} are kept in {folder}"
        raise ModelError(
            f"training diverged: {keeper.diverged or 'its weights are not finite'}; lower "
            f"learning_rate (now {module.parameters_.learning_rate}) and train again"
            f"{kept if usable else ''}"
        )
    if rank() == 0:
        note.finish(folder / name for name in MADE)


def _read(folder: Path) -> tuple[F0Model, pd.DataFrame]:
    """Model and history; of several processes, each has them from the first."""
    if processes() == 1:
        return load_model(folder), pd.read_csv(folder / HISTORY)
    with TemporaryDirectory() as temporary:
        copy = Path(temporary)
        for name in MADE:
            (copy / name).write_bytes(shared_bytes(folder / name) or b"")
        return load_model(copy), pd.read_csv(copy / HISTORY)


def _state_to_resume(folder: Path, note: Note) -> dict[str, Any] | None:
    """Last epoch of an interrupted training from the same; None for a fresh start."""
    same = agreed(note.is_of_the_same())
    state = read_state(folder / CHECKPOINTS) if same else None
    if rank() == 0 and state is None:
        shutil.rmtree(folder, ignore_errors=True)
        note.begin()
    if rank() == 0:
        for half_written in folder.rglob(".*.part*"):
            half_written.unlink()
    return state


def main(arguments: list[str] | None = None) -> int:
    """Command line; 1 after an error, 130 after an interrupt."""
    given = _arguments(arguments)
    if given.end_with_stdin:
        end_with_stdin()
    code = exit_code(lambda: _train(given))
    if code == INTERRUPTED:
        print("interrupted; run the same command again to continue", file=sys.stderr)
    return code


def _train(given: argparse.Namespace) -> None:
    here = dict(zip(("devices", "nodes"), started(), strict=True))
    overrides = {"target": given.target} | parse_overrides(given.set)
    overrides = (here if started() != (1, 1) else {}) | overrides
    chosen = parameters_of(given.profile, overrides)
    corpus = open_corpus(given.corpus)
    features = load_features(given.features) if given.features else build_features(corpus)
    _, history = train(corpus, features, chosen, given.model)
    if int(os.environ.get("RANK", 0)) == 0:
        print(f"{given.model}: weights after {len(history)} epochs")


def _arguments(given: list[str] | None) -> argparse.Namespace:
    table = parameters_table().loc[[*DECISIVE_PARAMETERS, "cpu_count"]]
    rows = [f"  {n}={r.default} ({r.allowed})\n      {r.meaning}" for n, r in table.iterrows()]
    parser = argparse.ArgumentParser(
        prog="python -m intonation.model.training",
        description="Train on a prepared corpus, alone or in each process that torchrun starts.",
        epilog="parameters, with default and allowed values:\n" + "\n".join(rows),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("corpus", type=Path, help="what the first chapter wrote")
    parser.add_argument("model", type=Path, help="folder for weights, configuration and losses")
    parser.add_argument("--target", default="semitones", help=f"one of {', '.join(TARGETS)}")
    parser.add_argument("--profile", default="default", help=f"one of {', '.join(PROFILES)}")
    parser.add_argument("--features", type=Path, help="answers that the second chapter wrote")
    parser.add_argument("--set", nargs="*", default=[], metavar="NAME=VALUE", help="see below")
    parser.add_argument(
        "--end-with-stdin", action="store_true", help="end when standard input does"
    )
    return parser.parse_args(given)


if __name__ == "__main__":
    sys.exit(main())
