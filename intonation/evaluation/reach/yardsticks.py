"""What a network has to be better than: ridge regression and gradient boosting, by phone."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from sklearn.ensemble import HistGradientBoostingRegressor

from intonation.evaluation.reach.folds import CHOOSING, Fold
from intonation.evaluation.reach.spoken import Scale, Spoken, gram_of_spoken, scale_of
from intonation.evaluation.unseen.sums import Sums
from intonation.model.accuracy import RIDGE_PENALTIES

LEAST = 0.03  # of the phones: what trees ask about


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

    def learnt_from(self, spoken: Sequence[Spoken], gram: np.ndarray | None = None) -> "Line":
        """With the same penalty and scale, but from these utterances; gram: theirs, if known."""
        return line_of(self.scale, self.penalty, sums_of_spoken(spoken, self.scale, gram))


def line_of(scale: Scale, penalty: float, sums: Sums) -> Line:
    """Ridge regression from sums; the intercept is free of the penalty."""
    (weights,) = sums.solved(penalty)
    return Line(scale, penalty, weights[1:], float(weights[0]))


def sums_of_spoken(spoken: Sequence[Spoken], scale: Scale, gram: np.ndarray | None = None) -> Sums:
    """Of the phones' means, each as often as it has voiced frames; gram: theirs, if known.

    Only F0 depends on the scale, so a gram matrix serves for all scales.
    """
    gram = gram_of_spoken(spoken) if gram is None else gram
    cross, square = np.zeros(len(gram)), 0.0
    for one in spoken:
        told = scale.down(one)
        weighted = one.weight * told
        cross[0] += weighted.sum()
        cross[1:] += weighted.astype(np.float32) @ one.answers.astype(np.float32)
        square += float(weighted @ told)
    return Sums(gram, cross, square)


def fit_line(fold: Fold, *, ranged: bool) -> Line:
    """Ridge regression on the fold's training; the penalty is chosen on a part held back."""
    scale = scale_of(fold.training, ranged=ranged)
    pairs = zip(fold.parted(CHOOSING), fold.parted_grams(CHOOSING), strict=True)
    inner, held = (sums_of_spoken(part, scale, gram) for part, gram in pairs)
    tried = np.array([inner.solved(penalty)[0] for penalty in RIDGE_PENALTIES])
    penalty = RIDGE_PENALTIES[int(held.loss(tried).argmin())]
    whole = Sums(fold.gram, inner.cross + held.cross, inner.square + held.square)
    return line_of(scale, penalty, whole)


@dataclass(frozen=True)
class Boosted:
    """Gradient boosting of trees; no relevance is computed for it. columns: of answers, asked."""

    scale: Scale
    columns: np.ndarray
    trees: HistGradientBoostingRegressor

    def predict(self, spoken: Spoken) -> np.ndarray:
        """[phones]."""
        return self.trees.predict(spoken.answers[:, self.columns])


def fit_boosted(fold: Fold, *, iterations: int, seed: int) -> Boosted:
    """Few, small trees, each of whose splits looks at three tenths of the answers.

    Only questions that part the phones into a share of LEAST and the rest, at least, are asked:
    others cost as much time and are seldom of use to a small tree.
    """
    scale = scale_of(fold.training)
    weight = np.concatenate([one.weight for one in fold.training])
    answers = np.concatenate([one.answers for one in fold.training])[weight > 0]
    target = np.concatenate([scale.down(one) for one in fold.training])[weight > 0]
    yes = answers.mean(axis=0)
    parts = np.minimum(yes, 1 - yes)
    columns = np.flatnonzero(parts >= min(LEAST, parts.max()))
    trees = HistGradientBoostingRegressor(
        max_iter=iterations,
        learning_rate=0.1,
        max_leaf_nodes=15,
        max_features=0.3,
        max_bins=16,
        early_stopping=False,
        random_state=seed,
    )
    trees.fit(answers[:, columns], target, sample_weight=weight[weight > 0])
    return Boosted(scale, columns, trees)
