"""Gradient boosting of small trees [Friedman 2001], as a yardstick that is not linear.

Trees find combinations (an accent in the last word of a question) that ridge cannot. They are
given the fields of the labels themselves instead of the questions about them: fewer columns that
say the same, each at the rung of its linguistic level in the taxonomy.
"""

from collections.abc import Mapping, Sequence

import numpy as np
from sklearn.ensemble import HistGradientBoostingRegressor

from intonation.evaluation.ladder.rungs import LABEL_RUNGS, Rung
from intonation.labels.taxonomy import FIELDS

MOST_VALUES = 250  # of a field that is no number, for scikit-learn's histograms
SETTINGS = {"learning_rate": 0.2, "max_leaf_nodes": 8, "min_samples_leaf": 20}


def field_columns(fields: Mapping[str, np.ndarray], rung: str) -> tuple[np.ndarray, np.ndarray]:
    """The fields of a rung of the labels, float32 [phones, fields]; which are no numbers, bool.

    "x" and values beyond the 250 most frequent are NaN.
    """
    names = [name for name, field in FIELDS.items() if field.level in LABEL_RUNGS[rung]]
    made = [_column(fields[name]) for name in names if len(set(fields[name].tolist())) > 1]
    if not made:
        return np.zeros((len(fields["p3"]), 0), np.float32), np.zeros(0, dtype=bool)
    return np.column_stack([values for values, _ in made]), np.array([kind for _, kind in made])


def _column(values: np.ndarray) -> tuple[np.ndarray, bool]:
    known, index, counts = np.unique(values, return_inverse=True, return_counts=True)
    told = known != "x"
    if all(value.isdecimal() for value in known[told]):
        numbers = np.array([float(value) if value.isdecimal() else np.nan for value in known])
        return numbers[index].astype(np.float32), False
    order = np.argsort(-(counts * told), kind="stable")[: min(MOST_VALUES, told.sum())]
    codes = np.full(len(known), np.nan, dtype=np.float32)
    codes[order] = np.arange(len(order))
    return codes[index], True


def boosted(
    blocks: Sequence[tuple[np.ndarray, np.ndarray]],
    f0: np.ndarray,
    weight: np.ndarray,
    fold: np.ndarray,
    *,
    trees: int,
    seed: int,
) -> np.ndarray:
    """F0 of every phone from the sentences of the other folds, float64 [phones].

    blocks: columns [phones, …] and which of them are no numbers. trees: how many, of 8 leaves.
    """
    columns = np.hstack([values for values, _ in blocks])
    kinds = np.concatenate([kind for _, kind in blocks])
    predicted = np.empty(len(fold))
    for one in range(int(fold.max()) + 1):
        rows = fold == one
        model = HistGradientBoostingRegressor(
            max_iter=trees, categorical_features=kinds, random_state=seed, **SETTINGS
        )
        model.fit(columns[~rows], f0[~rows], sample_weight=weight[~rows])
        predicted[rows] = model.predict(columns[rows])
    return predicted


def blocks_of(
    fields: Mapping[str, np.ndarray], ladder: Sequence[Rung]
) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """What boosting is given at each rung that could be made."""
    found = {}
    for rung in ladder:
        if rung.values is None:
            continue
        if rung.key in LABEL_RUNGS:
            found[rung.key] = field_columns(fields, rung.key)
        else:
            found[rung.key] = rung.values, np.zeros(rung.values.shape[1], dtype=bool)
    return found
