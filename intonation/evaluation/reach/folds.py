"""Cross-validation by sentence: what is judged was never learnt from, whoever reads it."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from intonation.evaluation.reach.spoken import Spoken

VALIDATION = 0.15  # share of the sentences learnt from that choices are made on


@dataclass(frozen=True)
class Fold:
    """training and test share no sentence; validation: those of training that choices are made on.

    number: counted from 0.
    """

    number: int
    training: list[Spoken]
    validation: list[Spoken]
    test: list[Spoken]

    @property
    def inner(self) -> list[Spoken]:
        """What is learnt from where a choice is made."""
        held = {one.sentence for one in self.validation}
        return [one for one in self.training if one.sentence not in held]


def folds(spoken: Sequence[Spoken], number: int, seed: int) -> list[Fold]:
    """So many folds (as many as there are sentences, at most), drawn by the seed.

    All readings of a sentence are in one fold, and in one of inner training and validation.
    """
    sentences = sorted({one.sentence for one in spoken})
    drawn = np.random.default_rng(seed).permutation(len(sentences))
    number = min(number, len(sentences))
    found = []
    for place in range(number):
        tested = {sentences[index] for index in drawn[place::number]}
        rest = [sentences[index] for index in drawn if sentences[index] not in tested]
        held = set(rest[: max(1, round(VALIDATION * len(rest)))])
        training = [one for one in spoken if one.sentence not in tested]
        validation = [one for one in training if one.sentence in held]
        test = [one for one in spoken if one.sentence in tested]
        found.append(Fold(place, training, validation, test))
    return found
