"""What a network has to be better than: ridge regression and gradient boosting, by phone."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import scipy
from sklearn.ensemble import HistGradientBoostingRegressor

from intonation.evaluation.reach.folds import CHOOSING, Fold
from intonation.evaluation.reach.spoken import Scale, Spoken, scale_of
from intonation.model.accuracy import RIDGE_PENALTIES


@dataclass(frozen=True)
class Line:
    """answers @ weights + intercept, in parts of the speaker's range."""

    scale: Scale
    penalty: float
    weights: np.ndarray
    intercept: float

    def predict(self, spoken: Spoken) -> np.ndarray:
        """[phones]."""
        return spoken.answers @ self.weights + self.intercept

    def learnt_from(self, spoken: Sequence[Spoken]) -> "Line":
        """With the same penalty and scale, but from these utterances."""
        return Line(self.scale, self.penalty, *moments(spoken, self.scale).solved(self.penalty))


@dataclass(frozen=True)
class Moments:
    """All that ridge regression needs to know of some phones; those of two parts add up.

    count: of voiced frames. sums: answers, then F0, added up [questions + 1].
    products: of each with each [questions + 1, questions + 1].
    """

    count: float
    sums: np.ndarray
    products: np.ndarray

    def __add__(self, other: "Moments") -> "Moments":
        return Moments(
            self.count + other.count, self.sums + other.sums, self.products + other.products
        )

    def solved(self, penalty: float) -> tuple[np.ndarray, float]:
        """Weights and intercept of ridge regression, the intercept free of the penalty."""
        means = self.sums / self.count
        centred = self.products - self.count * np.outer(means, means)
        system = centred[:-1, :-1] + penalty * np.eye(len(means) - 1)
        weights = scipy.linalg.solve(system, centred[:-1, -1], assume_a="pos")
        return weights, float(means[-1] - means[:-1] @ weights)


def moments(spoken: Sequence[Spoken], scale: Scale) -> Moments:
    """Of the phones' means, each as often as it has voiced frames."""
    size = spoken[0].answers.shape[1] + 1
    total = Moments(0.0, np.zeros(size), np.zeros((size, size)))
    for start in range(0, len(spoken), 64):
        some = spoken[start : start + 64]
        rows = [np.column_stack([one.answers, scale.down(one)]) for one in some]
        weight = np.concatenate([one.weight for one in some])
        table = np.concatenate(rows)[weight > 0].astype(np.float32)
        weight = weight[weight > 0].astype(np.float32)
        products = (table * weight[:, None]).T @ table
        sums = (weight @ table).astype(np.float64)
        total += Moments(float(weight.sum()), sums, products.astype(np.float64))
    return total


def fit_line(fold: Fold, *, ranged: bool) -> Line:
    """Ridge regression on the fold's training; the penalty is chosen on a part held back."""
    scale = scale_of(fold.training, ranged=ranged)
    inner, held = (moments(part, scale) for part in fold.parted(CHOOSING))
    best = int(np.argmin([_error(inner.solved(a), held) for a in RIDGE_PENALTIES]))
    penalty = RIDGE_PENALTIES[best]
    return Line(scale, penalty, *(inner + held).solved(penalty))


def _error(line: tuple[np.ndarray, float], held: Moments) -> float:
    """Sum of squared errors of weights and intercept on phones of which the moments are known."""
    weights, intercept = line
    full = np.append(weights, -1.0)
    crossed = full @ held.products @ full + 2 * intercept * (full @ held.sums)
    return float(crossed + held.count * intercept**2)


@dataclass(frozen=True)
class Boosted:
    """Gradient boosting of trees; no relevance is computed for it."""

    scale: Scale
    trees: HistGradientBoostingRegressor

    def predict(self, spoken: Spoken) -> np.ndarray:
        """[phones]."""
        return self.trees.predict(spoken.answers)


def fit_boosted(fold: Fold, *, iterations: int, seed: int) -> Boosted:
    """Few, small trees, each of whose splits looks at a fifth of the answers."""
    scale = scale_of(fold.training)
    weight = np.concatenate([one.weight for one in fold.training])
    answers = np.concatenate([one.answers for one in fold.training])[weight > 0]
    target = np.concatenate([scale.down(one) for one in fold.training])[weight > 0]
    trees = HistGradientBoostingRegressor(
        max_iter=iterations,
        learning_rate=0.1,
        max_leaf_nodes=15,
        max_features=0.2,
        max_bins=16,
        early_stopping=False,
        random_state=seed,
    )
    return Boosted(scale, trees.fit(answers, target, sample_weight=weight[weight > 0]))
