"""Small networks that learn the planted law, and every method's answer to what they learnt.

Three recipes, alike but for what keeps a network from leaning on redundant answers. Labels say
most things more than once (how long a phrase is follows from the syllable's position counted from
either end), so many networks compute the same F0, and they share it out among groups in many ways.
Dropping answers at random in training rewards spreading a thing over all who tell it; a penalty
on whole groups [group lasso; Yuan & Lin 2006] rewards asking as few groups as will do.
"""

import dataclasses
import logging
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pytorch_lightning as pl
import torch
from pytorch_lightning.callbacks import TQDMProgressBar
from torch import Tensor
from torch.utils.data import DataLoader

from intonation.captum_methods import occlude_groups
from intonation.errors import ModelError
from intonation.explain import GRADIENT, INTEGRATED_GRADIENTS, OCCLUSION, explain_batch
from intonation.features import Inputs, make_batch
from intonation.model import CONFIG, WEIGHTS, F0Model, load_model, save_model
from intonation.parameters import Parameters
from intonation.planted import Planted, donors, rms
from intonation.provenance import Note
from intonation.relevance import group_matrix
from intonation.rules import RULES
from intonation.scoring import NET, SPREAD, group_statistics, size, spread
from intonation.training import (
    DECISIVE_CODE,
    F0Training,
    LengthBatches,
    collate,
    made_from,
    new_model,
)

REPLACEMENT = "replacement"
METHODS = (*RULES, INTEGRATED_GRADIENTS, OCCLUSION, REPLACEMENT, GRADIENT)
LEARNING_RATE, BATCH_SIZE = 5e-3, 16
EPOCHS_PER_SMALL_EPOCH = 6  # one frame per phone: an epoch has a twentieth of the frames
GROUP_PENALTY = 5e-3
REPLACEMENT_DRAWS = 4

Groups = Mapping[str, np.ndarray]


@dataclass(frozen=True)
class Recipe:
    """How a network is trained: with dropout as in the training chapter or without, and how much
    the first layer's weights cost, group by group."""

    name: str
    with_dropout: bool
    penalty: float


RECIPES = (
    Recipe("as in chapter 3", True, 0.0),
    Recipe("without dropout", False, 0.0),
    Recipe("sparse in groups", False, GROUP_PENALTY),
)


def small_parameters(parameters: Parameters, recipe: Recipe) -> Parameters:
    """The run's parameters for a small network whose frames are phones: one block, which sees the
    phone and, with a kernel of 2, the two before it."""
    kept = {"dropout": parameters.dropout, "input_dropout": parameters.input_dropout}
    return dataclasses.replace(
        parameters,
        target="semitones",
        epochs=EPOCHS_PER_SMALL_EPOCH * parameters.small_epochs,
        hidden_size=parameters.small_hidden_size,
        num_layers=1,
        stacks=1,
        causal=True,
        learning_rate=LEARNING_RATE,
        batch_size=BATCH_SIZE,
        **(kept if recipe.with_dropout else dict.fromkeys(kept, 0.0)),
    )


class SparseTraining(F0Training):
    """Adds to the loss: strength x sum over groups of sqrt(features) x norm of their weights.

    [Yuan & Lin 2006, eq. 2.2]. Weights: those of the first layer.
    """

    def __init__(
        self, model: F0Model, parameters: Parameters, groups: Groups, strength: float
    ) -> None:
        super().__init__(model, parameters)
        self.strength = strength
        membership = torch.zeros(len(groups), len(model.config.questions))
        for row, indices in enumerate(groups.values()):
            membership[row, torch.from_numpy(indices)] = 1.0
        self.register_buffer("membership", membership)

    def penalty(self) -> Tensor:
        """Of the weights as they are, a scalar."""
        squares = self.membership @ (self.model.project.weight**2).sum(0)  # [groups]
        return (self.membership.sum(1).sqrt() * (squares + 1e-12).sqrt()).sum()

    def training_step(self, task, index: int) -> Tensor:
        """Mean squared error of a batch and the penalty."""
        loss = super().training_step(task, index)
        return loss + self.strength * self.penalty() if self.strength else loss


def train_on_law(
    planted: Sequence[Planted],
    questions: Sequence[str],
    groups: Groups,
    parameters: Parameters,
    recipe: Recipe,
) -> F0Model:
    """A network of one recipe, in evaluation mode; deterministic for `parameters.seed`.

    questions: names. Raises ModelError where its weights are not finite.
    """
    small, items = small_parameters(parameters, recipe), [item.example for item in planted]
    torch.set_num_threads(1)  # more threads wait longer for each other than they work
    target, weight = (
        np.concatenate([getattr(item, name) for item in items]) for name in ("target", "weight")
    )
    model = new_model(tuple(questions), small, float(np.average(target, weights=weight)))
    batches = LengthBatches([len(item.target) for item in items], small.batch_size, small.seed)
    own = torch.Generator().manual_seed(small.seed)
    loader = DataLoader(items, batch_sampler=batches, collate_fn=collate, generator=own)
    module = SparseTraining(model, small, groups, recipe.penalty)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Lightning's hints do not belong on a book's page
        _trainer(small).fit(module, loader)
    if not all(torch.isfinite(value).all() for value in model.state_dict().values()):
        raise ModelError(f"the network '{recipe.name}' has weights that are not finite")
    return model.eval()


def _trainer(parameters: Parameters) -> pl.Trainer:
    logging.getLogger("pytorch_lightning").setLevel(logging.ERROR)
    return pl.Trainer(
        accelerator="cpu",
        devices=1,
        max_epochs=parameters.epochs,
        callbacks=[TQDMProgressBar(refresh_rate=20)],
        logger=False,
        enable_checkpointing=False,
        enable_model_summary=False,
        gradient_clip_val=1.0,
        use_distributed_sampler=False,
        deterministic=True,
    )


def train_once(
    planted: Sequence[Planted],
    questions: Sequence[str],
    groups: Groups,
    parameters: Parameters,
    recipe: Recipe,
    folder: Path,
) -> F0Model:
    """As `train_on_law`, but loaded from `folder` where it was made from the same before."""
    small, items = small_parameters(parameters, recipe), [item.example for item in planted]
    made = made_from(questions, small, items, code=(*DECISIVE_CODE, __name__))
    members = {name: indices.tolist() for name, indices in groups.items()}
    note = Note(folder, "weights", {**made, "penalty": recipe.penalty, "groups": members})
    if note.holds():
        return load_model(folder)
    model = train_on_law(planted, questions, groups, parameters, recipe)
    save_model(model, folder)
    note.finish(Path(folder) / name for name in (WEIGHTS, CONFIG))
    return model


@torch.no_grad()
def predict_planted(model: F0Model, planted: Sequence[Planted]) -> list[np.ndarray]:
    """The network's F0 of every utterance, semitones [phones]."""
    batch = make_batch([item.inputs for item in planted])
    return _cut(model(batch), planted)


def error_semitones(model: F0Model, planted: Sequence[Planted]) -> float:
    """Root mean square distance from the law without noise, over voiced frames."""
    predicted = np.concatenate(predict_planted(model, planted))
    law = np.concatenate([item.f0_semitones for item in planted])
    return rms(predicted - law, np.concatenate([item.weight for item in planted]))


def method_statistics(
    model: F0Model, planted: Sequence[Planted], groups: Groups, method: str, *, seed: int = 0
) -> pd.DataFrame:
    """What one of METHODS says of every group: index group, columns its statistics.

    Rules and gradients have all of `scoring.STATISTICS`, occlusion NET and SPREAD, replacement
    SPREAD alone. NET and the spreads are in semitones, but for the gradient.
    """
    if method == REPLACEMENT:
        return replacement_effects(model, planted, groups, seed=seed)
    items, weights = [item.inputs for item in planted], [item.weight for item in planted]
    chosen = [item.voiced for item in items]
    if method == OCCLUSION:
        net = [
            occlude_groups(model, *pair, groups).values for pair in zip(items, chosen, strict=True)
        ]
        columns = {NET: size(net, weights), SPREAD: spread(net, weights)}
        return pd.DataFrame(columns, index=pd.Index(list(groups), name="group"))
    found = explain_batch(model, items, chosen, rule=method)
    table = group_statistics([part.values for part in found], weights, groups)
    table[SPREAD] = spread([relevance_per_output(model, x, groups, method) for x in items], weights)
    return table


def relevance_per_output(model: F0Model, inputs: Inputs, groups: Groups, rule: str) -> np.ndarray:
    """Net relevance of each group for each voiced output on its own: float64 [phones, groups].

    Outputs that are a receptive field apart share no input, so that one explanation serves all of
    them; there are as many explanations as the receptive field is long. 0 where unvoiced.
    """
    reach, phones = model.config.receptive_field, len(inputs.voiced)
    if not model.config.causal:
        raise ModelError("expected a causal network, whose outputs look back only")
    places = np.arange(phones)
    masks = [inputs.voiced & (places % reach == phase) for phase in range(min(reach, phones))]
    masks = [mask for mask in masks if mask.any()]
    net = np.zeros((phones, len(groups)))
    for mask, found in zip(
        masks, explain_batch(model, [inputs] * len(masks), masks, rule=rule), strict=True
    ):
        sums = group_matrix(found.values, groups, statistic="sum")
        running = np.concatenate([np.zeros((1, len(groups))), sums.cumsum(axis=0)])
        net[mask] = (running[places + 1] - running[np.maximum(places + 1 - reach, 0)])[mask]
    return net


@torch.no_grad()
def replacement_effects(
    model: F0Model,
    planted: Sequence[Planted],
    groups: Groups,
    *,
    seed: int = 0,
    draws: int = REPLACEMENT_DRAWS,
) -> pd.DataFrame:
    """The effect of each group on the network, measured as `planted_effects` does on the law.

    A group's answers are replaced by those of another phone that really occurs; they stay answers
    that a label can give, though perhaps not beside the others. Column SPREAD, in semitones.
    """
    answers = np.concatenate([item.inputs.answers for item in planted]).astype(np.float32)
    weight = np.concatenate([item.weight for item in planted])
    batch, random = make_batch([item.inputs for item in planted]), np.random.default_rng(seed)
    first, before = model.projection(batch), np.concatenate(predict_planted(model, planted))
    squares = pd.Series(0.0, index=pd.Index(list(groups), name="group"))
    for _ in range(draws):
        taken = donors(weight, random)
        for group, indices in groups.items():
            change = torch.from_numpy(answers[taken][:, indices] - answers[:, indices])
            shift = change @ model.project.weight[:, torch.from_numpy(indices)].T
            replaced = first + torch.nn.functional.embedding(batch.phone_of_frame, shift)
            after = _cut(model.from_projection(replaced, batch.mask), planted)
            squares[group] += rms(np.concatenate(after) - before, weight) ** 2
    return pd.DataFrame({SPREAD: np.sqrt(squares / draws / 2)})


def _cut(padded: Tensor, planted: Sequence[Planted]) -> list[np.ndarray]:
    """Rows of a batch without their padding."""
    return [
        row[: len(item.weight)].detach().numpy() for row, item in zip(padded, planted, strict=True)
    ]
