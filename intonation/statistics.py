"""Statistics that are needed in more than one place: an even choice, ranks, and the bootstrap.

How far a number can be trusted is asked by drawing again, with replacement, as many of the things
it was computed from as there are [Efron & Tibshirani 1993, ch. 13: percentile intervals]. Whole
utterances are drawn, because the frames of one are no independent observations.
"""

from collections.abc import Sequence
from typing import TypeVar

import numpy as np
import pandas as pd
import scipy  # which loads `stats` where it is first used: it takes longer than all the rest

Item = TypeVar("Item")

CONFIDENCE = 0.95
INTERVAL_COLUMNS = ("ci_low", "ci_high", "rank_low", "rank_high")


def evenly(items: Sequence[Item], most: int, *, ends: bool = True) -> list[Item]:
    """At most so many of the items (0: all of them), evenly spread, in their order.

    So all speakers and kinds of sentences stay in a choice from a corpus that is sorted by them.
    ends: from the first to the last; else the middle one of each of so many equal parts.
    """
    number = len(items)
    if not 0 < most < number:
        return list(items)
    places = np.linspace(0, number - 1, most).round().astype(int)
    if not ends:
        places = (2 * np.arange(most) + 1) * number // (2 * most)
    return [items[place] for place in places.tolist()]


def rms(difference: np.ndarray, weight: np.ndarray) -> float:
    """Root mean square; difference, weight (how often each counts): [n]."""
    return float(np.sqrt(np.average(np.square(difference), weights=weight)))


def rank_correlation(
    first: np.ndarray, second: np.ndarray, *, constant: float = float("nan")
) -> float:
    """Spearman's rho over all values of two arrays of one shape, mean ranks for ties.

    constant: the answer where either does not vary or there are fewer than two values: no
    correlation is defined there; 0 says that such arrays agree with nothing.
    """
    first, second = np.ravel(first), np.ravel(second)
    if len(first) < 2 or np.ptp(first) == 0 or np.ptp(second) == 0:
        return constant
    return float(scipy.stats.spearmanr(first, second).statistic)


def draw_counts(number: int, resamples: int, seed: int | np.random.Generator) -> np.ndarray:
    """How often each of so many utterances is drawn, float64 [resamples, number].

    Rows add up to their number. More resamples with the same seed begin with the same rows.
    """
    equal = np.full(number, 1 / number)
    drawn = np.random.default_rng(seed).multinomial(number, equal, size=resamples)
    return drawn.astype(np.float64)


def percentiles(draws: np.ndarray, confidence: float = CONFIDENCE) -> np.ndarray:
    """The percentile interval of what was drawn [resamples, …]: its ends, [2, …]."""
    tail = (1 - confidence) / 2
    return np.quantile(draws, (tail, 1 - tail), axis=0)


def intervals(draws: np.ndarray, *, ascending: bool = False) -> pd.DataFrame:
    """Percentile intervals of values and of ranks, columns `INTERVAL_COLUMNS`, a row a group.

    draws: float [resamples, groups], the groups in the order of their ranking, which decides ties.
    Ranks count from 1; their interval is rounded outwards.
    """
    tail = (1 - CONFIDENCE) / 2
    ranks = ranks_of(draws, ascending=ascending)
    first = np.quantile(ranks, tail, axis=0, method="lower")
    last = np.quantile(ranks, 1 - tail, axis=0, method="higher")
    columns = dict(zip(INTERVAL_COLUMNS, (*percentiles(draws), first, last), strict=True))
    return pd.DataFrame(columns).astype({"rank_low": "Int64", "rank_high": "Int64"})


def no_intervals(n_groups: int) -> pd.DataFrame:
    """Empty intervals: of one utterance alone nothing is known about others."""
    table = pd.DataFrame(np.nan, index=range(n_groups), columns=list(INTERVAL_COLUMNS))
    return table.astype({"rank_low": "Int64", "rank_high": "Int64"})


def ranks_of(draws: np.ndarray, *, ascending: bool = False) -> np.ndarray:
    """Rank of each group in each draw, int [draws, groups], 1 for the highest (or the lowest)."""
    ordered = draws if ascending else -draws
    return scipy.stats.rankdata(ordered, method="ordinal", axis=1).astype(int)


def mean_interval(values: np.ndarray, *, resamples: int, seed: int) -> tuple[float, float, float]:
    """Mean and the ends of its interval; without an interval (NaN) for a single value.

    Values that are not finite count nowhere.
    """
    values = np.asarray(values, dtype=np.float64)
    values = values[np.isfinite(values)]
    if len(values) < 2:
        return float(values.mean()) if len(values) else np.nan, np.nan, np.nan
    drawn = np.random.default_rng(seed).integers(len(values), size=(resamples, len(values)))
    low, high = percentiles(values[drawn].mean(axis=1)).tolist()
    return float(values.mean()), low, high


def summarise(
    table: pd.DataFrame, by: Sequence[str], value: str, *, resamples: int, seed: int = 0
) -> pd.DataFrame:
    """Mean of a column over utterances with its interval, for each combination of `by`.

    Columns: by, utterances, `value`, ci_low, ci_high, share_positive.
    """
    rows = []
    for key, part in table.groupby(list(by), sort=False):
        numbers = part[value].to_numpy()
        interval = mean_interval(numbers, resamples=resamples, seed=seed)
        rows.append((*key, len(part), *interval, float((numbers > 0).mean())))
    columns = [*by, "utterances", value, "ci_low", "ci_high", "share_positive"]
    return pd.DataFrame(rows, columns=columns)


def holm(p: np.ndarray) -> np.ndarray:
    """Adjust p values for their number, step by step from the smallest [Holm 1979]."""
    order = np.argsort(p, kind="stable")
    stepped = np.maximum.accumulate(p[order] * np.arange(len(p), 0, -1))
    adjusted = np.empty(len(p))
    adjusted[order] = np.minimum(stepped, 1)
    return adjusted
