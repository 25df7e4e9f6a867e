"""Counts that follow from other counts: what no amount of speech will part.

A syllable has as many phones as the phone's place counted from both its ends says, less one; so
have words, phrases and utterances of what they are made of, and accented syllables before are
content words before. A group may be told badly as a whole (`told`), because the lengths of its
neighbours belong to it, and its own count may be told exactly. Whatever F0 does in proportion to
such a count, a network can take from either group, and no ranking can say from which.

Only counts of the phone's own syllable, word, phrase and utterance are asked about: those of
neighbours are the neighbours' own. Measured as in `told`, in sentences that ridge regression has
not seen, but with less of a penalty: a sum that is exact should be found exactly.
"""

from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd

from intonation.evaluation.planted_law import Planted, numbers, stacked
from intonation.evaluation.together.told import FOLDS, NEW, Answers, parts_of
from intonation.labels.taxonomy import FIELDS, group_of_field

EXACT = 0.99
ALPHA = 1.0  # of ridge regression
OWN = ("", "C")  # contexts of `taxonomy.Field`
COUNT_COLUMNS = ("field", "group", NEW, "best_teller", "told_by_best")


def told_counts(
    planted: Sequence[Planted], answers: Answers, *, folds: int = FOLDS, seed: int = 0
) -> pd.DataFrame:
    """One row per count that varies, columns `COUNT_COLUMNS`: the share of its variance told.

    planted: the utterances that `answers` were gathered from. told_by_others: by all groups but its
    own; best_teller, told_by_best: by one alone. No rows for a single sentence.
    """
    counts, folded, at = _counts(planted, answers), [], answers.scores.shape[1]
    if counts:
        scores = np.hstack([answers.scores, np.stack(list(counts.values()), axis=1)])
        folded = list(_folded(scores, answers, folds, seed))
    columns = {group: own for group, own in answers.columns.items() if len(own)}
    rows = []
    for place, name in enumerate(counts if folded else (), start=at):
        group = group_of_field(name)
        others = {other: own for other, own in columns.items() if other != group}
        if others:
            every = _share(folded, np.concatenate(list(others.values())), place)
            one = pd.Series({other: _share(folded, own, place) for other, own in others.items()})
            best = one.round(2).idxmax()  # the first of equals
            rows.append((name, group, every, best, one[best]))
    return pd.DataFrame(rows, columns=list(COUNT_COLUMNS))


def exact_sums(counts: pd.DataFrame) -> dict[str, str]:
    """Whom a group joins: {group: the one that tells most of its count that is told best}.

    counts: of `told_counts`. Of a group's counts that others tell to `EXACT`, all together or one
    alone, the one that is told best, in steps of a hundredth, and of equals the first.
    """
    share = counts[[NEW, "told_by_best"]].max(axis=1)
    known = counts.assign(share=share.round(2))[share >= EXACT]
    best = known.sort_values("share", ascending=False, kind="stable").drop_duplicates("group")
    return dict(zip(best["group"], best["best_teller"], strict=True))


def _counts(planted: Sequence[Planted], answers: Answers) -> dict[str, np.ndarray]:
    """The own counts of voiced phones that vary, in standard deviations, float64 [phones]."""
    if not all(item.fields for item in planted):
        return {}
    fields, weight = stacked(planted)
    found = {}
    for name, about in FIELDS.items():
        values = numbers(fields[name])[weight > 0]
        if about.context in OWN and group_of_field(name) in answers.columns and np.ptp(values):
            found[name] = (values - values.mean()) / values.std()
    return found


def _folded(
    scores: np.ndarray, answers: Answers, folds: int, seed: int
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Sums of products of what is learnt from and of what is judged, around the former's mean."""
    rows = np.hstack([np.ones((len(scores), 1)), scores])
    parts = [rows[np.isin(answers.sentence, part)] for part in parts_of(answers, folds, seed)]
    judged = [part.T @ part for part in parts]
    for one in judged:
        learnt = sum(other for other in judged if other is not one)
        mean = learnt[0, 1:] / learnt[0, 0]
        yield _around(learnt, mean), _around(one, mean)


def _around(products: np.ndarray, mean: np.ndarray) -> np.ndarray:
    """Sums of products of distances from a mean; products: of rows that begin with a 1."""
    crossed = np.outer(products[0, 1:], mean)
    return products[1:, 1:] - crossed - crossed.T + products[0, 0] * np.outer(mean, mean)


def _share(folded: Sequence[tuple[np.ndarray, np.ndarray]], by: np.ndarray, told: int) -> float:
    """R² of one column, told by others, over all folds."""
    block, missed, whole = np.ix_(by, by), 0.0, 0.0
    for inside, outside in folded:
        weights = np.linalg.solve(inside[block] + ALPHA * np.eye(len(by)), inside[by, told])
        explained = 2 * weights @ outside[by, told] - weights @ outside[block] @ weights
        whole += outside[told, told]
        missed += outside[told, told] - explained
    return float(1 - missed / whole) if whole > 0 else float("nan")
