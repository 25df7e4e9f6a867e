"""Cross-validation by sentence: what is judged was never learnt from, whoever reads it."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from intonation.evaluation.reach.spoken import Spoken

CHOOSING = 0.15  # share of the sentences learnt from that ridge's penalty is chosen on
HELD_BACK = 0.1  # and that each network leaves out, others each time


@dataclass(frozen=True)
class Fold:
    """training and test share no sentence. sentences: those of training, in the order drawn.

    number: counted from 0.
    """

    number: int
    sentences: tuple[str, ...]
    training: list[Spoken]
    test: list[Spoken]

    def parted(self, share: float, turn: int = 0) -> tuple[list[Spoken], list[Spoken]]:
        """Training without so many of its sentences, and the utterances of these.

        turn: which sentences are held back; others each time, as long as there are others. Both
        parts have a sentence at least.
        """
        number = len(self.sentences)
        size = min(max(1, round(share * number)), number - 1)
        places = {(turn * size + place) % number for place in range(size)}
        held = {self.sentences[place] for place in places}
        rest = [one for one in self.training if one.sentence not in held]
        return rest, [one for one in self.training if one.sentence in held]


def folds(spoken: Sequence[Spoken], number: int, seed: int) -> list[Fold]:
    """So many folds (as many as there are sentences, at most), drawn by the seed.

    All readings of a sentence are in one fold.
    """
    sentences = sorted({one.sentence for one in spoken})
    drawn = np.random.default_rng(seed).permutation(len(sentences))
    number = min(number, len(sentences))
    found = []
    for place in range(number):
        tested = {sentences[index] for index in drawn[place::number]}
        rest = tuple(sentences[index] for index in drawn if sentences[index] not in tested)
        training = [one for one in spoken if one.sentence not in tested]
        test = [one for one in spoken if one.sentence in tested]
        found.append(Fold(place, rest, training, test))
    return found
