"""Cross-validation by sentence: what is judged was never learnt from, whoever reads it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from intonation.evaluation.reach.spoken import Spoken, gram_of_spoken
from intonation.evaluation.unseen.folds import deal

CHOOSING = 0.15  # share of the sentences learnt from that ridge's penalty is chosen on
HELD_BACK = 0.1  # and that each network leaves out, others each time


@dataclass(frozen=True)
class Whole:
    """All utterances, and what all folds need of them."""

    spoken: Sequence[Spoken]

    @cached_property
    def gram(self) -> np.ndarray:
        """See `gram_of_spoken`."""
        return gram_of_spoken(self.spoken)


@dataclass(frozen=True)
class Fold:
    """training and test share no sentence. sentences: those of training, in the order drawn.

    number: counted from 0. whole: training and test of any fold.
    """

    number: int
    sentences: tuple[str, ...]
    training: list[Spoken]
    test: list[Spoken]
    whole: Whole | None = field(default=None, repr=False, compare=False)
    kept: dict = field(default_factory=dict, init=False, repr=False, compare=False)

    @cached_property
    def gram(self) -> np.ndarray:
        """`gram_of_spoken` of training: that of the whole without the test utterances."""
        if self.whole and len(self.whole.spoken) == len(self.training) + len(self.test):
            return self.whole.gram - gram_of_spoken(self.test)
        return gram_of_spoken(self.training)

    def parted_grams(self, share: float, turn: int = 0) -> tuple[np.ndarray, np.ndarray]:
        """`gram_of_spoken` of the two parts of `parted`; made once."""
        if (share, turn) not in self.kept:
            held = gram_of_spoken(self.parted(share, turn)[1])
            self.kept[share, turn] = self.gram - held, held
        return self.kept[share, turn]

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
    sentences, whole = sorted({one.sentence for one in spoken}), Whole(spoken)
    drawn = np.random.default_rng(seed).permutation(len(sentences))
    fold_of = dict(zip(sentences, deal(sentences, number, seed).tolist(), strict=True))
    found = []
    for place in range(max(fold_of.values()) + 1):
        rest = tuple(name for name in map(sentences.__getitem__, drawn) if fold_of[name] != place)
        training = [one for one in spoken if fold_of[one.sentence] != place]
        test = [one for one in spoken if fold_of[one.sentence] == place]
        found.append(Fold(place, rest, training, test, whole))
    return found
