"""How far a ranking can be trusted: test utterances drawn again (bootstrap).

A ranking is computed from the test utterances that happen to be there. Drawing as many from them
again, with replacement, shows how it would have come out with others of their kind, see
`intonation.statistics`.

Kept of an utterance are four numbers per input, whatever its length; see `UtteranceSums`.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from intonation.errors import ModelError
from intonation.files import read_arrays, write_arrays
from intonation.labels.taxonomy import LEVELS
from intonation.lrp.ranking import (
    NEGATIVE_AGGREGATES,
    SIGNS,
    Aggregator,
    Groups,
    group_matrix,
    input_groups,
    rankings,
)
from intonation.statistics import INTERVAL_COLUMNS, draw_counts, holm, intervals, no_intervals

FORMAT = 1
APART_COLUMNS = (
    *("aggregate", "level", "rank", "group", "next_group"),
    *("difference", "turned", "p", "p_holm", "apart"),
)
BLOCK = 1000  # resamples at a time


class UtteranceSums:
    """What resampling must know of each utterance: four values per input.

    The sums of positive and of negative relevance over the utterance's frames, and the same with
    frame t weighted by 1/n(t), where n(t) utterances reach frame t: the utterance's part in the
    aggregates by frame-wise mean.
    """

    def __init__(self, n_inputs: int, frames: Sequence[int]) -> None:
        """frames: length of every utterance that will be added, in that order."""
        self.n_inputs = n_inputs
        self.frames = np.asarray(frames, dtype=np.int64)
        self._added = 0
        self._values = np.zeros((len(self.frames), 4, n_inputs), dtype=np.float32)
        self._share = 1 / utterances_per_frame(self.frames)

    @property
    def values(self) -> np.ndarray:
        """Float32 [utterances, 4, inputs]: positive, negative, and both weighted by 1/n(t).

        Raises ModelError where utterances are still missing.
        """
        if self._added < len(self.frames):
            raise ModelError(
                f"relevance of {self._added} utterances was added, expected {len(self.frames)}; "
                "explain the whole test set"
            )
        return self._values

    def add(self, values: np.ndarray) -> None:
        """Add the relevance of the next utterance, float [frames, inputs].

        Raises ModelError where it has another length than was announced.
        """
        expected = self.frames[self._added] if self._added < len(self.frames) else 0
        if np.shape(values) != (expected, self.n_inputs):
            raise ModelError(
                f"utterance {self._added + 1}: relevance is {list(np.shape(values))}, expected "
                f"[{expected}, {self.n_inputs}]; run the corpus chapter and those after it again"
            )
        values = np.asarray(values)
        weights = np.stack([np.ones(expected), self._share[:expected]]).astype(values.dtype)
        kept = self._values[self._added]
        kept[0::2] = weights @ np.maximum(values, 0)
        kept[1::2] = weights @ np.minimum(values, 0)
        self._added += 1


def utterances_per_frame(frames: np.ndarray) -> np.ndarray:
    """How many utterances reach each frame, int64 [longest], from their lengths in frames."""
    ends = np.bincount(frames, minlength=1)
    return len(frames) - np.cumsum(ends)[:-1]


def save_sums(path: Path, sums: UtteranceSums) -> None:
    """Write sums as plain arrays."""
    write_arrays(path, format=FORMAT, frames=sums.frames, values=sums.values)


def load_sums(path: Path) -> UtteranceSums:
    """Read what `save_sums` wrote; raises ModelError where it is absent, damaged or another's."""
    try:
        stored = read_arrays(path, ("frames", "values"), format=FORMAT)
        frames, values = stored["frames"], stored["values"]
        if values.ndim != 3 or values.shape[:2] != (len(frames), 4):
            raise ValueError(f"values {list(values.shape)} of {len(frames)} utterances")
    except ValueError as error:
        raise ModelError(
            f"{path}: expected the sums of each test utterance, found {error}; "
            "explain the test set again"
        ) from None
    sums = UtteranceSums(values.shape[2], frames)
    sums._values, sums._added = values, len(values)
    return sums


def absolute_sums(sums: UtteranceSums, groups: Groups) -> np.ndarray:
    """Mean absolute relevance of a group's features, float64 [utterances, groups].

    Its sum over the utterances is what `abs_sum` is ranked by.
    """
    return group_matrix(sums.values[:, 0] - sums.values[:, 1], groups)


def influences(
    aggregator: Aggregator, sums: UtteranceSums, groups: Groups
) -> dict[str, pd.DataFrame]:
    """What each utterance does to the mean of each group, for all eight aggregates.

    Returns {aggregate: [utterances, groups]} such that drawing utterance u w_u times gives the
    group means  observed + sum_u (w_u - 1) influence_u.  For the aggregates by sum this is exact:
    the influence is the utterance's own sum. In a frame-wise mean the number of utterances that
    reach a frame changes with the draw, too; the ratio is linearised, with the empirical influence
    function [Davison & Hinkley 1997, sec. 2.7.2]

        psi_u = sum_t (R_u(t) - mean(t)) / n(t),    t over the frames of u,

    which is right to first order in 1/n(t). Where a single utterance reaches a frame it is 0.
    Raises ModelError where `sums` and `aggregator` saw different utterances.
    """
    reached = utterances_per_frame(sums.frames)
    if not np.array_equal(reached, aggregator.utterances_per_frame):
        raise ModelError("aggregates and utterance sums disagree; explain the test set again")
    part = np.moveaxis(sums.values, 1, 0)  # [4, utterances, inputs]
    by_group = [group_matrix(values, groups) for values in part]
    for row, name in ((2, "pos_mean"), (3, "neg_mean")):
        by_frame = group_matrix(aggregator.aggregate(name), groups) / reached[:, None]
        by_group[row] = by_group[row] - np.cumsum(by_frame, axis=0)[sums.frames - 1]
    found = {}
    for name, (positive, negative) in SIGNS.items():
        first = 2 if name.endswith("mean") else 0
        values = positive * by_group[first] + negative * by_group[first + 1]
        found[name] = pd.DataFrame(values, columns=list(groups))
    return found


def rankings_with_intervals(
    aggregator: Aggregator,
    sums: UtteranceSums,
    questions,
    *,
    vuv: bool,
    resamples: int,
    seed: int = 0,
) -> Iterator[tuple[str, str, pd.DataFrame]]:
    """Yield (aggregate, level, table) for all 8 x 15 rankings, columns `RANKING_COLUMNS`.

    ci_low, ci_high: 95 % percentile bootstrap interval of `mean` over test utterances; rank_low,
    rank_high: that of the rank. The same draws serve all tables. With one utterance the four
    are empty.
    """
    counts = draw_counts(len(sums.frames), resamples, seed)
    for name, level, table, influence in _ranked(aggregator, sums, questions, vuv):
        if len(table) and len(counts[0]) > 1:
            draws = table["mean"].to_numpy() + (counts - 1) @ influence
            found = intervals(draws, ascending=name in NEGATIVE_AGGREGATES)
        else:
            found = no_intervals(len(table))
        yield name, level, table.join(found)


def _ranked(aggregator, sums, questions, vuv: bool) -> Iterator[tuple]:
    """Yield (aggregate, level, ranking, influences [utterances, groups] in its order)."""
    groups = {
        (level.slug, name): indices
        for level in LEVELS
        for name, indices in input_groups(questions, level.slug, vuv=vuv).items()
    }
    parts = influences(aggregator, sums, groups)  # of all levels at once: each costs a pass
    for name, level, table in rankings(aggregator, questions, vuv=vuv):
        order = [(level, group) for group in table["group"]]
        yield name, level, table, parts[name][order].to_numpy()


def neighbours_apart(
    aggregator: Aggregator,
    sums: UtteranceSums,
    questions,
    *,
    vuv: bool,
    resamples: int,
    seed: int = 0,
    level_of_significance: float = 0.05,
) -> pd.DataFrame:
    """Which neighbours in each ranking are really apart, columns `APART_COLUMNS`.

    One row for each group but the last of all 8 x 15 rankings. difference: of its mean and the
    next group's, 0 or more in the ranking's direction; turned: share of resamples in which the
    next one draws level or overtakes, both taken from the same draw (paired); p: two-sided; p_holm:
    adjusted for all neighbours of the ranking [Holm 1979]; apart: p_holm is below the level.

    As many resamples are drawn as it takes for a p that survives the adjustment, at least
    `resamples`. No p is below 2^(1 - n) for n utterances, which is what a sign test could reach:
    resampling alone would call two utterances that agree a proof. With one, p is 1.
    """
    most = max(len(input_groups(questions, level.slug, vuv=vuv)) for level in LEVELS)
    wanted = max(resamples, int(np.ceil(4 * most / level_of_significance)))
    counts = draw_counts(len(sums.frames), wanted, seed)
    found = []
    for name, level, table, influence in _ranked(aggregator, sums, questions, vuv):
        if len(table) > 1:
            sign = -1 if name in NEGATIVE_AGGREGATES else 1
            rows = _compare(table, sign * influence, sign, counts)
            rows["apart"] = rows["p_holm"] < level_of_significance
            found.append(rows.assign(aggregate=name, level=level))
    table = pd.concat(found, ignore_index=True) if found else pd.DataFrame(columns=APART_COLUMNS)
    return table[list(APART_COLUMNS)]


def _compare(table: pd.DataFrame, influence, sign: int, counts: np.ndarray) -> pd.DataFrame:
    difference = -np.diff(sign * table["mean"].to_numpy())
    change = -np.diff(influence, axis=1)
    turned = np.zeros(len(difference), dtype=np.int64)
    for start in range(0, len(counts), BLOCK):  # bounded memory
        draws = difference + (counts[start : start + BLOCK] - 1) @ change
        turned += (draws <= 0).sum(axis=0)
    p = np.minimum(2 * (turned + 1) / (len(counts) + 1), 1)
    p = np.maximum(p, 2.0 ** (1 - counts.shape[1]))
    groups = table["group"].to_numpy()
    return pd.DataFrame(
        {
            "rank": np.arange(1, len(table)),
            "group": groups[:-1],
            "next_group": groups[1:],
            "difference": difference,
            "turned": turned / len(counts),
            "p": p,
            "p_holm": holm(p),
        }
    )


def tiers(apart: pd.DataFrame, aggregate: str, level: str) -> list[list[str]]:
    """Groups of one ranking in its order, split where neighbours are apart."""
    rows = apart[(apart["aggregate"] == aggregate) & (apart["level"] == level)]
    groups = pd.Series([*rows["group"].head(1), *rows["next_group"]])
    tier = [0, *rows["apart"].astype(int).cumsum()][: len(groups)]
    return groups.groupby(tier).agg(list).tolist()


def spread_ranking(
    net: Sequence[np.ndarray],
    weights: Sequence[np.ndarray],
    groups: Groups,
    *,
    resamples: int,
    seed: int = 0,
) -> pd.DataFrame:
    """Rank groups by the spread over frames of their net relevance, utterances drawn again.

    net: [phones, groups] of each utterance; weights: voiced frames of each phone [phones].
    Returns group, spread (standard deviation, in the unit of relevance), and the 95 % percentile
    bootstrap intervals ci_low, ci_high, rank_low, rank_high; empty for a single utterance.
    """
    return rank_spreads(spread_moments(net, weights), groups, resamples=resamples, seed=seed)


def spread_moments(net: Sequence[np.ndarray], weights: Sequence[np.ndarray]) -> np.ndarray:
    """What a spread over frames needs of each utterance, float64 [utterances, 3, groups].

    The weight, the weighted sum and the weighted sum of squares of net [rows, groups].
    """
    moments = [
        [np.full(part.shape[1], weight.sum()), weight @ part, weight @ part**2]
        for part, weight in zip(net, weights, strict=True)
    ]
    return np.array(moments, dtype=np.float64)


def rank_spreads(
    moments: np.ndarray, groups: Sequence[str], *, resamples: int, seed: int = 0
) -> pd.DataFrame:
    """`spread_ranking` from what `spread_moments` keeps; groups: their names, in its order."""
    spread = spread_of(moments.sum(axis=0)[None])[0]
    order = np.argsort(-spread, kind="stable")
    table = pd.DataFrame({"group": np.array(list(groups))[order], "spread": spread[order]})
    if len(moments) < 2:
        return table.join(no_intervals(len(table)))
    counts = draw_counts(len(moments), resamples, seed)
    draws = spread_of(np.tensordot(counts, moments, axes=1))[:, order]
    return table.join(intervals(draws)[list(INTERVAL_COLUMNS)])


def spread_of(moments: np.ndarray) -> np.ndarray:
    """Standard deviation from [..., 3, groups]: weight, weighted sum, weighted sum of squares."""
    weight, total, squares = np.moveaxis(moments, -2, 0)
    mean = total / np.maximum(weight, 1e-12)
    return np.sqrt(np.maximum(squares / np.maximum(weight, 1e-12) - mean**2, 0))
