"""Ridge regression cross-validated over sentences, for many choices of columns at once.

Sums over the phones of each fold are made once (`unseen.sums`); a choice of columns is a part of
them, and what a fold is predicted from is the sum over the others.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations

import numpy as np

from intonation.evaluation.unseen.sums import Sums, sums_of
from intonation.model.accuracy import RIDGE_PENALTIES

PENALTIES = RIDGE_PENALTIES[1:9]


@dataclass(frozen=True)
class Folded:
    """The sums of each fold."""

    parts: tuple[Sums, ...]

    @cached_property
    def total(self) -> Sums:
        """Of all folds."""
        first, *others = self.parts
        return sum(others, first)

    def of(self, columns: np.ndarray) -> "Folded":
        """The same of some of the columns, in this order, and the constant."""
        return Folded(tuple(part.of(columns) for part in self.parts))

    def first(self, size: int) -> "Folded":
        """The same of the first so many columns, and the constant."""
        return Folded(tuple(part.first(size) for part in self.parts))

    def without(self, folds: Sequence[int]) -> Sums:
        """Of all other folds."""
        found = self.total
        for fold in folds:
            found -= self.parts[fold]
        return found


def sums(columns: np.ndarray, f0: np.ndarray, weight: np.ndarray, fold: np.ndarray) -> Folded:
    """The sums of each fold; columns: [phones, columns], the others [phones]."""
    places = (fold == one for one in range(int(fold.max()) + 1))
    return Folded(tuple(sums_of(columns[own], f0[own], weight[own]) for own in places))


def choose_penalties(
    found: Folded, sizes: Sequence[int], penalties: Sequence[float] = PENALTIES
) -> np.ndarray:
    """The penalty for each size and fold, chosen by predicting the other folds from one another.

    Each fold but the one is predicted from those that are left; the smallest loss decides. Returns
    float64 [sizes, folds].
    """
    folds = len(found.parts)
    losses = np.zeros((len(sizes), folds, len(penalties)))
    for pair in combinations(range(folds), 2):
        learnt = found.without(pair)
        by_penalty = [learnt.solved(penalty, sizes) for penalty in penalties]
        for place, weights in enumerate(zip(*by_penalty, strict=True)):
            for outer, inner in (pair, pair[::-1]):
                losses[place, outer] += found.parts[inner].loss(np.array(weights))
    return np.array(penalties)[losses.argmin(axis=2)]


def held_out(
    found: Folded,
    columns: np.ndarray,
    fold: np.ndarray,
    sizes: Sequence[int],
    penalties: np.ndarray,
) -> np.ndarray:
    """F0 of every phone from the sentences of the other folds, float64 [sizes, phones].

    columns: [phones, columns], in the order of the sums. penalties: [sizes, folds].
    """
    found = found.first(max(sizes))
    predicted = np.empty((len(sizes), len(fold)))
    for one in range(len(found.parts)):
        rows, learnt = fold == one, found.without((one,))
        for penalty in set(penalties[:, one].tolist()):
            places = np.flatnonzero(penalties[:, one] == penalty)
            some = learnt.solved(penalty, [sizes[place] for place in places])
            for place, weights in zip(places, some, strict=True):
                asked = columns[rows, : sizes[place]]
                predicted[place, rows] = weights[0] + asked @ weights[1:]
    return predicted


def held_out_without(
    found: Folded,
    columns: np.ndarray,
    fold: np.ndarray,
    left_out: Sequence[np.ndarray],
    penalties: np.ndarray,
) -> np.ndarray:
    """F0 of every phone without some of the columns, float64 [choices, phones].

    left_out: for each choice, the columns that are not asked. penalties: of each fold, [folds]. One
    inverse C of X'WX + penalty serves all choices: without the columns B, the other weights are
    w - C[:, B] C[B, B]^-1 w[B] [Hastie, Tibshirani & Friedman 2009, 3.2: the effect of dropping
    variables].
    """
    predicted = np.empty((len(left_out), len(fold)))
    for one, penalty in enumerate(penalties.tolist()):
        rows, learnt = fold == one, found.without((one,))
        inverse = learnt.inverse(penalty)
        weights, asked = inverse @ learnt.cross, columns[rows]
        for place, dropped in enumerate(left_out):
            out = 1 + dropped
            inner = np.linalg.solve(inverse[np.ix_(out, out)], weights[out])
            rest = weights - inverse[:, out] @ inner
            rest[out] = 0
            predicted[place, rows] = rest[0] + asked @ rest[1:]
    return predicted
