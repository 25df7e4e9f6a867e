"""Ridge regression from sums over phones, which are made once.

All that it needs to know of some phones are X'WX, X'Wy and y'Wy; those of two parts add up, and
what a fold is predicted from is the sum over the others [Hastie, Tibshirani & Friedman 2009,
3.4.1]. The first column of X is the constant 1, on which no penalty lies.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.linalg import cholesky, lapack, solve_triangular

BLOCK = 4096  # phones at a time


def gram_of(
    columns: np.ndarray, weight: np.ndarray | None = None, precision: type = np.float32
) -> np.ndarray:
    """X'WX, float64 [1 + columns, 1 + columns], of columns [phones, columns], weight [phones].

    precision: of the products within a block; answers times numbers of frames are exact in float32.
    """
    size = 1 + columns.shape[1]
    gram = np.zeros((size, size))
    for start in range(0, len(columns), BLOCK):
        some = columns[start : start + BLOCK]
        asked = np.column_stack([np.ones(len(some)), some]).astype(precision)
        each = 1 if weight is None else weight[start : start + BLOCK, None].astype(precision)
        gram += (asked * each).T @ asked
    return gram


def around(gram: np.ndarray, mean: np.ndarray) -> np.ndarray:
    """Sums of products of the columns' distances from a mean [columns], without the constant."""
    crossed = np.outer(gram[0, 1:], mean)
    return gram[1:, 1:] - crossed - crossed.T + gram[0, 0] * np.outer(mean, mean)


@dataclass(frozen=True)
class Sums:
    """Over some phones, float64. gram: X'WX. cross: X'Wy [1 + columns]. square: y'Wy."""

    gram: np.ndarray
    cross: np.ndarray
    square: float

    def __add__(self, other: "Sums") -> "Sums":
        return Sums(self.gram + other.gram, self.cross + other.cross, self.square + other.square)

    def __sub__(self, other: "Sums") -> "Sums":
        return Sums(self.gram - other.gram, self.cross - other.cross, self.square - other.square)

    def of(self, columns: np.ndarray) -> "Sums":
        """The same of some of the columns, in this order, and the constant."""
        asked = np.concatenate([[0], 1 + np.asarray(columns, dtype=np.int64)])
        return Sums(self.gram[np.ix_(asked, asked)], self.cross[asked], self.square)

    def first(self, size: int) -> "Sums":
        """The same of the first so many columns, and the constant."""
        end = 1 + size
        return Sums(self.gram[:end, :end], self.cross[:end], self.square)

    def loss(self, weights: np.ndarray) -> np.ndarray:
        """Weighted squared error of these phones by weights [choices, 1 + first columns]."""
        size = weights.shape[1]
        gram, cross = self.gram[:size, :size], self.cross[:size]
        quadratic = np.einsum("pi,pi->p", weights @ gram, weights)
        return self.square - 2 * weights @ cross + quadratic

    def solved(self, penalty: float, sizes: Sequence[int] | None = None) -> list[np.ndarray]:
        """Weights [1 + size] of the constant and the first so many columns (all), for each size.

        One Cholesky factor serves them all: that of the first columns is its upper left part.
        """
        factor = _factor(self.gram, penalty)
        half = solve_triangular(factor, self.cross, lower=True, check_finite=False)
        return [
            solve_triangular(factor[:n, :n], half[:n], lower=True, trans="T", check_finite=False)
            for n in (1 + size for size in sizes or [len(half) - 1])
        ]

    def inverse(self, penalty: float) -> np.ndarray:
        """Of the gram matrix with the penalty, symmetric."""
        half, _ = lapack.dpotri(_factor(self.gram, penalty), lower=True)
        lower = np.tril(half)
        return lower + np.tril(lower, -1).T


def sums_of(columns: np.ndarray, f0: np.ndarray, weight: np.ndarray) -> Sums:
    """columns: [phones, columns]; f0, weight: [phones]."""
    cross = np.zeros(1 + columns.shape[1])
    for start in range(0, len(columns), BLOCK):
        some, told = columns[start : start + BLOCK], f0[start : start + BLOCK]
        each = weight[start : start + BLOCK, None].astype(np.float32)
        asked = np.column_stack([np.ones(len(some)), some]).astype(np.float32) * each
        cross += asked.T.astype(np.float64) @ told
    return Sums(gram_of(columns, weight), cross, float(weight @ f0**2))


def _factor(gram: np.ndarray, penalty: float) -> np.ndarray:
    """The lower Cholesky factor of a gram matrix with the penalty on all but the constant."""
    regular = gram.copy()
    regular[np.arange(1, len(gram)), np.arange(1, len(gram))] += penalty
    return cholesky(regular, lower=True, overwrite_a=True, check_finite=False)
