"""Networks that tell what they learnt of F0: each asked about sentences that it never heard.

One small network a fold, of the kind that finds a planted law: one frame a phone, sparse in groups
(`recovery.recipes`). Its relevance of a phone is that of this output alone, the Z rule's, summed
within groups (`recovery.relevance_per_output`).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd
from tqdm.auto import tqdm

from intonation.evaluation.phonetics.replacement import by_vowel
from intonation.evaluation.phonetics.vowels import Speech
from intonation.evaluation.recovery import (
    Recipe,
    predict_planted,
    relevance_per_output,
    train_on_law,
)
from intonation.evaluation.unseen.folds import deal
from intonation.lrp.ranking import Groups
from intonation.model.network import F0Model


@dataclass(frozen=True)
class Told:
    """What networks say of every vowel.

    models: a network a fold. fold: whose turn each vowel is, int64 [vowels]. relevance: semitones
    by group, a row a vowel. predicted: semitones [vowels].
    """

    models: list[F0Model]
    fold: np.ndarray
    relevance: pd.DataFrame
    predicted: np.ndarray

    @property
    def reach(self) -> int:
        """How many phones a network looks at for one; 1 where there is no network."""
        return self.models[0].config.receptive_field if self.models else 1


def train_deals(
    speech: Speech,
    questions: Sequence[str],
    groups: Groups,
    recipe: Recipe,
    *,
    deals: int,
    folds: int,
    folder: Path,
) -> list[Told]:
    """`train_folds` for several deals of the sentences into folds, each with a seed of its own."""
    found = []
    for number in range(deals):
        own = replace(recipe.parameters, seed=recipe.parameters.seed + number)
        task = (speech, questions, groups, replace(recipe, parameters=own))
        found.append(train_folds(*task, folds=folds, folder=folder / str(number)))
    return found


def train_folds(
    speech: Speech,
    questions: Sequence[str],
    groups: Groups,
    recipe: Recipe,
    *,
    folds: int,
    folder: Path,
) -> Told:
    """Train on all folds but one and ask about that one, in turn; a single sentence trains, too."""
    owner = speech.vowels["utterance"].to_numpy(dtype=int)
    sentences = speech.vowels.groupby("utterance")["sentence"].first()
    if not len(sentences):  # labels that tell no vowels
        return Told([], owner, pd.DataFrame(columns=list(groups), dtype=float), np.zeros(0))
    fold = pd.Series(deal(sentences, folds, recipe.parameters.seed), sentences.index)
    items, models = speech.items, []
    net, output = [[np.zeros(0)] * len(items) for _ in range(2)]
    for place in tqdm(range(fold.max() + 1), desc="networks", unit="fold"):
        others, own = (sorted(fold.index[side]) for side in (fold != place, fold == place))
        others = [items[number] for number in others or own]
        models.append(train_on_law(others, questions, groups, recipe, folder / str(place)))
        for number in own:
            net[number] = relevance_per_output(models[-1], items[number].inputs, groups, "z")
        found = predict_planted(models[-1], [items[number] for number in own])
        for number, values in zip(own, found, strict=True):
            output[number] = values
    relevance = pd.DataFrame(by_vowel(net, speech.vowels), columns=list(groups))
    predicted = by_vowel(output, speech.vowels).astype(np.float64)
    return Told(models, fold.loc[owner].to_numpy(), relevance, predicted)
