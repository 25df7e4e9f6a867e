"""Who tells whom: how well one group's answers follow from those of the others.

Where the answers of a group can be told from those of the others, no reading of a network can find
what is due to the group: a network is free to take it from there. Measured is the share of the
group's variance over voiced phones that ridge regression tells from other answers, in sentences
that the regression has not seen. Each group is turned to its principal components first. Of these
all are kept, so this is a rotation, which changes neither ridge regression nor the share: it is
the R² of each component, weighted by the component's variance.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from intonation.evaluation.planted_law import Planted
from intonation.evaluation.unseen.folds import deal
from intonation.evaluation.unseen.sums import around, gram_of

ALPHA = 10.0  # of ridge regression
FOLDS = 5
SMALLEST = 1e-9  # of a component's variance that is kept, as a share of the largest
CONSTANT = 1e-6  # a sum of squares that is rounding
SELF_TOLD, NEW = "told_in_sample", "told_by_others"
TOLD_COLUMNS = ("group", "components", NEW, SELF_TOLD, "best_teller", "told_by_best")

Columns = Mapping[str, np.ndarray]


@dataclass(frozen=True)
class Answers:
    """Answers of voiced phones, rotated group by group.

    scores: float64 [phones, components]; columns: int64, those of each group, none where all its
    answers are the same; sentence: int64 [phones], the number of the sentence that a phone is of.
    """

    scores: np.ndarray
    columns: Columns
    sentence: np.ndarray
    kept: dict = field(default_factory=dict, repr=False, compare=False)  # what folds add up to

    @property
    def sentences(self) -> int:
        """How many different sentences there are."""
        return int(self.sentence.max()) + 1

    def joined(self, parts: Mapping[str, Sequence[str]]) -> "Answers":
        """The same with some groups taken together: the parts of each by its name."""
        together = {
            name: np.concatenate([self.columns[part] for part in some])
            for name, some in parts.items()
        }
        return Answers(self.scores, together, self.sentence, self.kept)

    def of(self, sentences: np.ndarray) -> np.ndarray:
        """Scores of the phones of some sentences."""
        return self.scores[np.isin(self.sentence, sentences)]


def gather(
    planted: Sequence[Planted], sentences: pd.Series, groups: Mapping[str, np.ndarray]
) -> Answers:
    """The answers of the voiced phones of some utterances.

    sentences: what makes utterances of one sentence, by id (`splits.sentence_keys` of their texts);
    groups: indices of questions.
    """
    told = np.concatenate([item.inputs.answers[item.weight > 0] for item in planted])
    numbers = pd.factorize(sentences.loc[[item.id for item in planted]])[0]
    counts = [np.count_nonzero(item.weight > 0) for item in planted]
    parts, columns, start = [np.zeros((len(told), 0))], {}, 0
    for group, indices in groups.items():
        parts.append(_components(told[:, indices].astype(np.float64)))
        columns[group] = np.arange(start, start := start + parts[-1].shape[1])
    return Answers(np.concatenate(parts, axis=1), columns, np.repeat(numbers, counts))


def _components(answers: np.ndarray) -> np.ndarray:
    """All principal components that vary, [phones, components], largest first."""
    centred = answers - answers.mean(axis=0)
    variances, directions = np.linalg.eigh(centred.T @ centred)
    kept = variances > SMALLEST * max(variances[-1], 1.0)
    return centred @ directions[:, kept][:, ::-1]


def _gram(scores: np.ndarray) -> np.ndarray:
    return gram_of(scores, precision=np.float64)


def parts_of(answers: Answers, folds: int = FOLDS, seed: int = 0) -> list[np.ndarray]:
    """The sentences of each fold; no fold where there is but one sentence."""
    if answers.sentences < 2:
        return []
    fold = deal(np.arange(answers.sentences), folds, seed)
    return [np.flatnonzero(fold == place) for place in range(fold.max() + 1)]


def _folds(answers: Answers, folds: int, seed: int) -> list[tuple[np.ndarray, np.ndarray]]:
    """Products of what is learnt from and of what is judged, around the mean of the former."""
    if (folds, seed) not in answers.kept:
        parts = [_gram(answers.of(part)) for part in parts_of(answers, folds, seed)]
        found = []
        for judged in parts:
            learnt = sum(part for part in parts if part is not judged)
            found.append(_centred(learnt, judged))
        answers.kept[folds, seed] = found
    return answers.kept[folds, seed]


def _centred(learnt: np.ndarray, judged: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    mean = learnt[0, 1:] / learnt[0, 0]
    return around(learnt, mean), around(judged, mean)


def _missed(products: np.ndarray, own: np.ndarray, weights: np.ndarray) -> float:
    """Sum of squared errors over a group's components, told with weights [components, own]."""
    explained = 2 * np.sum(weights * products[:, own]) - np.sum(weights * (products @ weights))
    return _size(products, own) - float(explained)


def _size(products: np.ndarray, own: np.ndarray) -> float:
    """Sum of squares over a group's components."""
    return float(np.diag(products)[own].sum())


def _by_all_others(learnt: np.ndarray, columns: Columns) -> dict[str, np.ndarray]:
    """Weights that tell each group that varies from all others, [components, its own].

    All from one inverse, of whose blocks the weights of ridge regression are quotients (the
    inverse of a matrix in blocks). Its own components have the weight 0.
    """
    inverse, found = np.linalg.inv(learnt + ALPHA * np.eye(len(learnt))), {}
    for group, own in columns.items():
        if 0 < len(own) < len(learnt):
            found[group] = -np.linalg.solve(inverse[np.ix_(own, own)], inverse[own]).T
            found[group][own] = 0.0
    return found


def _share(missed: float, whole: float) -> float:
    return 1 - missed / whole if whole > CONSTANT else float("nan")


def shares(answers: Answers, *, folds: int = FOLDS, seed: int = 0) -> pd.DataFrame:
    """How much of each group (the index) all others tell: columns told_by_others, told_in_sample.

    The first in sentences that the regression has not seen, cross-validated; the second in those
    that it learnt from. NaN for a group that does not vary, and for a single sentence.
    """
    counted = {group: np.zeros(4) for group in answers.columns}
    for inside, outside in _folds(answers, folds, seed):
        for group, weights in _by_all_others(inside, answers.columns).items():
            own = answers.columns[group]
            for place, products in ((0, outside), (2, inside)):
                pair = _missed(products, own, weights), _size(products, own)
                counted[group][place : place + 2] += pair
    rows = {g: {NEW: _share(*n[:2]), SELF_TOLD: _share(*n[2:])} for g, n in counted.items()}
    return pd.DataFrame.from_dict(rows, orient="index", columns=[NEW, SELF_TOLD])


def pairwise(answers: Answers, *, folds: int = FOLDS, seed: int = 0) -> pd.DataFrame:
    """How much each group alone (a row) tells of each other (a column), in unseen sentences.

    1 on the diagonal; NaN where either does not vary, and for a single sentence.
    """
    names = list(answers.columns)
    missed, whole = np.zeros((len(names), len(names))), np.zeros(len(names))
    for inside, outside in _folds(answers, folds, seed):
        whole += [_size(outside, own) for own in answers.columns.values()]
        for row, by in enumerate(answers.columns.values()):
            missed[row] += _by_one(inside, outside, by, answers.columns)
    varies = whole > CONSTANT
    with np.errstate(invalid="ignore", divide="ignore"):
        found = np.where(np.outer(varies, varies), 1 - missed / whole, np.nan)
    np.fill_diagonal(found, np.where(varies, 1.0, np.nan))
    return pd.DataFrame(found, index=names, columns=names)


def _by_one(
    inside: np.ndarray, outside: np.ndarray, by: np.ndarray, columns: Columns
) -> list[float]:
    """Sum of squared errors of every group, told by one of them."""
    block = np.ix_(by, by)
    ridge = inside[block] + ALPHA * np.eye(len(by))
    weights = np.linalg.solve(ridge, inside[by])  # [components of the one, all components]
    crossed = weights * outside[by]
    errors = np.diag(outside) - 2 * crossed.sum(0) + np.sum(weights * (outside[block] @ weights), 0)
    return [float(errors[own].sum()) for own in columns.values()]


def told_table(
    answers: Answers, pairs: pd.DataFrame, *, folds: int = FOLDS, seed: int = 0
) -> pd.DataFrame:
    """One row per group, columns `TOLD_COLUMNS`: who tells it, all others or one alone.

    pairs: of `pairwise`. best_teller: the one group that tells most of it, "" for none.
    """
    found, rows = shares(answers, folds=folds, seed=seed), []
    for group, own in answers.columns.items():
        others = pairs[group].drop(group).dropna()
        best = str(others.idxmax()) if len(others) else ""
        share = float(others.max()) if len(others) else float("nan")
        told = found.loc[group]
        rows.append((group, len(own), told[NEW], told[SELF_TOLD], best, share))
    return pd.DataFrame(rows, columns=list(TOLD_COLUMNS))


def sizes(sentences: int, *, steps: int = 5, smallest: int = 6, folds: int = FOLDS) -> list[int]:
    """How many sentences to learn from: all but a fold of them, halved at most so many times."""
    most = sentences - -(-sentences // folds) if sentences > 1 else 0
    found = [most >> step for step in range(steps) if most >> step >= smallest]
    return (found or [most] * bool(most))[::-1]


def learning_curve(
    answers: Answers, counts: Sequence[int], *, repeats: int = 2, folds: int = FOLDS, seed: int = 0
) -> pd.DataFrame:
    """The shares that all others tell when learnt from so many sentences.

    Columns sentences, group, told_by_others, told_in_sample, means over draws. The second falls
    with more speech: what went together by chance comes apart; the first rises to the share that
    more sentences of this kind leave together.
    """
    random, found = np.random.default_rng(seed), []
    for _ in range(repeats if counts else 0):
        order = random.permutation(answers.sentences)
        judged = _gram(answers.of(order[: -(-len(order) // folds)]))
        for count in counts:
            learnt = _gram(answers.of(order[-count:]))
            found += _curve_rows(learnt, judged, answers.columns, count)
    columns = ["sentences", "group", NEW, SELF_TOLD]
    table = pd.DataFrame(found, columns=columns)
    return table.groupby(columns[:2], sort=False, as_index=False).mean()


def _curve_rows(learnt: np.ndarray, judged: np.ndarray, columns: Columns, count: int) -> list:
    (inside, outside), rows = _centred(learnt, judged), []
    for group, weights in _by_all_others(inside, columns).items():
        own = columns[group]
        each = (_share(_missed(p, own, weights), _size(p, own)) for p in (outside, inside))
        rows.append((count, group, *each))
    return rows
