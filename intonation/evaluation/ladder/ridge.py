"""Ridge regression cross-validated over sentences, for many choices of columns at once.

All that ridge needs of the phones of a fold are sums: X'WX, X'Wy and y'Wy. They are made once; a
choice of columns is a part of them, and what a fold is predicted from is the sum over the others
[Hastie, Tibshirani & Friedman 2009, 3.4.1 and 7.10].
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations

import numpy as np
from scipy.linalg import cholesky, lapack, solve_triangular

from intonation.model.accuracy import RIDGE_PENALTIES

PENALTIES = RIDGE_PENALTIES[1:9]
BLOCK = 4096  # phones at a time


@dataclass(frozen=True)
class Sums:
    """Sums over the phones of each fold, float64; the first column is the constant 1.

    gram: [folds, 1 + columns, 1 + columns]. cross: [folds, 1 + columns]. square: [folds].
    """

    gram: np.ndarray
    cross: np.ndarray
    square: np.ndarray

    @cached_property
    def total(self) -> tuple[np.ndarray, np.ndarray]:
        return self.gram.sum(axis=0), self.cross.sum(axis=0)

    def of(self, columns: np.ndarray) -> "Sums":
        """The same of some of the columns, in this order, and the constant."""
        asked = np.concatenate([[0], 1 + np.asarray(columns, dtype=np.int64)])
        chosen = np.ix_(range(len(self.square)), asked, asked)
        return Sums(self.gram[chosen], self.cross[:, asked], self.square)

    def first(self, size: int) -> "Sums":
        """The same of the first so many columns, and the constant."""
        end = 1 + size
        return Sums(self.gram[:, :end, :end], self.cross[:, :end], self.square)

    def without(self, folds: Sequence[int]) -> tuple[np.ndarray, np.ndarray]:
        """gram and cross of all other folds."""
        gram, cross = (total.copy() for total in self.total)
        for fold in folds:
            gram -= self.gram[fold]
            cross -= self.cross[fold]
        return gram, cross

    def loss(self, fold: int, weights: np.ndarray) -> np.ndarray:
        """Weighted squared error of a fold by weights [penalties, 1 + first columns]."""
        size = weights.shape[1]
        gram, cross = self.gram[fold, :size, :size], self.cross[fold, :size]
        quadratic = np.einsum("pi,pi->p", weights @ gram, weights)
        return self.square[fold] - 2 * weights @ cross + quadratic


def sums(columns: np.ndarray, f0: np.ndarray, weight: np.ndarray, fold: np.ndarray) -> Sums:
    """The sums of each fold; columns: [phones, columns], the others [phones]."""
    folds, size = int(fold.max()) + 1, 1 + columns.shape[1]
    gram, cross = np.zeros((folds, size, size)), np.zeros((folds, size))
    for one in range(folds):
        rows = np.flatnonzero(fold == one)
        for start in range(0, len(rows), BLOCK):
            part = rows[start : start + BLOCK]
            asked = np.column_stack([np.ones(len(part)), columns[part]]).astype(np.float32)
            weighted = asked * weight[part, None].astype(np.float32)
            gram[one] += weighted.T @ asked
            cross[one] += weighted.T.astype(np.float64) @ f0[part]
    square = np.bincount(fold, weight * f0**2, minlength=folds)
    return Sums(gram, cross, square)


def solved(
    gram: np.ndarray, cross: np.ndarray, penalty: float, sizes: Sequence[int]
) -> list[np.ndarray]:
    """Weights [1 + size] of the constant and the first so many columns, for each of the sizes.

    One Cholesky factor serves them all: that of the first columns is its upper left part. The
    constant is not penalised.
    """
    factor = _factor(gram, penalty)
    half = solve_triangular(factor, cross, lower=True, check_finite=False)
    return [
        solve_triangular(factor[:n, :n], half[:n], lower=True, trans="T", check_finite=False)
        for n in (1 + size for size in sizes)
    ]


def choose_penalties(
    found: Sums, sizes: Sequence[int], penalties: Sequence[float] = PENALTIES
) -> np.ndarray:
    """The penalty for each size and fold, chosen by predicting the other folds from one another.

    Each fold but the one is predicted from those that are left; the smallest loss decides. Returns
    float64 [sizes, folds].
    """
    folds = len(found.square)
    losses = np.zeros((len(sizes), folds, len(penalties)))
    for pair in combinations(range(folds), 2):
        gram, cross = found.without(pair)
        by_penalty = [solved(gram, cross, penalty, sizes) for penalty in penalties]
        for place, weights in enumerate(zip(*by_penalty, strict=True)):
            for outer, inner in (pair, pair[::-1]):
                losses[place, outer] += found.loss(inner, np.array(weights))
    return np.array(penalties)[losses.argmin(axis=2)]


def held_out(
    found: Sums,
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
    for one in range(len(found.square)):
        rows, (gram, cross) = fold == one, found.without((one,))
        for penalty in set(penalties[:, one].tolist()):
            places = np.flatnonzero(penalties[:, one] == penalty)
            some = solved(gram, cross, penalty, [sizes[place] for place in places])
            for place, weights in zip(places, some, strict=True):
                asked = columns[rows, : sizes[place]]
                predicted[place, rows] = weights[0] + asked @ weights[1:]
    return predicted


def held_out_without(
    found: Sums,
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
        rows, (gram, cross) = fold == one, found.without((one,))
        inverse = _inverse(gram, penalty)
        weights, asked = inverse @ cross, columns[rows]
        for place, dropped in enumerate(left_out):
            out = 1 + dropped
            inner = np.linalg.solve(inverse[np.ix_(out, out)], weights[out])
            rest = weights - inverse[:, out] @ inner
            rest[out] = 0
            predicted[place, rows] = rest[0] + asked @ rest[1:]
    return predicted


def _inverse(gram: np.ndarray, penalty: float) -> np.ndarray:
    """Of the gram matrix with the penalty, symmetric."""
    half, _ = lapack.dpotri(_factor(gram, penalty), lower=True)
    lower = np.tril(half)
    return lower + np.tril(lower, -1).T


def _factor(gram: np.ndarray, penalty: float) -> np.ndarray:
    """The lower Cholesky factor of a gram matrix with the penalty on all but the constant."""
    regular = gram + penalty * np.eye(len(gram))
    regular[0, 0] -= penalty
    return cholesky(regular, lower=True, overwrite_a=True, check_finite=False)
