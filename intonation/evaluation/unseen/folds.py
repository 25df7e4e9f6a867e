"""Folds by sentence: who reads the same words is learnt from or judged, never both."""

from collections.abc import Sequence

import numpy as np


def deal(sentences: Sequence | np.ndarray, folds: int, seed: int) -> np.ndarray:
    """The fold of each entry, int64: equal sentences share one, folds differ by one sentence.

    There are as many folds as sentences at most. Drawn by the seed [Hastie, Tibshirani & Friedman
    2009, 7.10].
    """
    names, numbers = np.unique(np.asarray(sentences), return_inverse=True)
    order = np.random.default_rng(seed).permutation(len(names))
    fold_of = np.empty(len(names), dtype=np.int64)
    fold_of[order] = np.arange(len(names)) % max(min(folds, len(names)), 1)
    return fold_of[numbers]
