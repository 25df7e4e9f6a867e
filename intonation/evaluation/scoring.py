"""Marking a ranking of groups against the truth: rank correlation, precision at k, chance.

Relevance becomes one number per group by one of five statistics. They differ in what may cancel:
within a group (a push up by one feature against a push down by another) and over time (an offset
that is the same in every frame).
"""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from scipy.stats import rankdata

from intonation.errors import ModelError, ParameterError
from intonation.lrp.ranking import group_matrix

MEAN_ABS, SUM_ABS, NET = "mean_abs", "sum_abs", "net"
ROW_SPREAD, SPREAD = "row_spread", "spread"
STATISTICS = {
    MEAN_ABS: "the study's: mean over features of summed |relevance|",
    SUM_ABS: "sum over features of summed |relevance|",
    NET: "mean over frames of |net relevance of the group|",
    ROW_SPREAD: "SD over frames of the group's net relevance",
    SPREAD: "the same, each frame's output explained on its own",
}

Groups = Mapping[str, np.ndarray]


def group_statistics(
    values: Sequence[np.ndarray], weights: Sequence[np.ndarray], groups: Groups
) -> pd.DataFrame:
    """MEAN_ABS, SUM_ABS, NET and ROW_SPREAD of every group (the index).

    values: relevance [rows, inputs] of each utterance, all its outputs explained at once;
    weights: how often each row counts [rows].
    """
    counted = np.zeros(values[0].shape[1])
    for part, weight in zip(values, weights, strict=True):
        counted += weight @ np.abs(part).astype(np.float64)
    net = [group_matrix(part, groups, statistic="sum") for part in values]
    sums = np.array([counted[indices].sum() for indices in groups.values()])
    columns = {
        MEAN_ABS: sums / [len(indices) for indices in groups.values()],
        SUM_ABS: sums,
        NET: size(net, weights),
        ROW_SPREAD: spread(net, weights),
    }
    return pd.DataFrame(columns, index=pd.Index(list(groups), name="group"))


def size(net: Sequence[np.ndarray], weights: Sequence[np.ndarray]) -> np.ndarray:
    """Mean size of each column of net [rows, groups] over all utterances, float64 [groups]."""
    return np.average(np.abs(np.concatenate(net)), axis=0, weights=np.concatenate(weights))


def spread(net: Sequence[np.ndarray], weights: Sequence[np.ndarray]) -> np.ndarray:
    """Standard deviation of each column of net [rows, groups], float64 [groups].

    What is the same in every row (an offset for which a bias would do as well) does not count.
    """
    rows, weight = np.concatenate(net).astype(np.float64), np.concatenate(weights)
    centred = rows - np.average(rows, axis=0, weights=weight)
    return np.sqrt(np.average(centred**2, axis=0, weights=weight))


def rank_correlation(relevance: np.ndarray, effects: np.ndarray) -> float:
    """Spearman's rho with mean ranks for ties; NaN where either does not vary.

    relevance, effects: [groups]. Raises ModelError where one is not finite.
    """
    ranks = [rankdata(values) for values in _finite(relevance, effects)]
    if len(ranks[0]) < 2 or any(np.ptp(values) == 0 for values in ranks):
        return float("nan")
    return float(np.corrcoef(*ranks)[0, 1])


def precision_at(relevance: np.ndarray, effects: np.ndarray, k: int) -> float:
    """Share of the k groups of highest relevance that are among the k of largest real effect.

    Groups without effect are never among them; NaN where fewer than k groups have one. Groups of
    equal relevance count in their order from the last, so that a tie earns nothing by chance.
    Raises ParameterError for k below 1.
    """
    if k < 1:
        raise ParameterError(f"precision at k = {k}; choose k of 1 or more")
    relevance, effects = _finite(relevance, effects)
    if np.count_nonzero(effects > 0) < k:
        return float("nan")
    wanted = effects >= np.sort(effects)[-k]
    first = np.lexsort((wanted, -relevance))[:k]
    return float(wanted[first].mean())


def nulls_last(relevance: np.ndarray, effects: np.ndarray) -> bool:
    """Whether every group without effect has less relevance than every group with one.

    False where there is no group of one of the two kinds: nothing was shown.
    """
    relevance, effects = _finite(relevance, effects)
    real = effects > 0
    if real.all() or not real.any():
        return False
    return bool(relevance[real].min() > relevance[~real].max())


def ceiling(effects: np.ndarray) -> float:
    """The highest rank correlation that a ranking without ties can reach.

    Groups without effect are tied in truth; a ranking has to put them in some order.
    """
    effects = np.asarray(effects, dtype=np.float64)
    return rank_correlation(np.argsort(np.argsort(effects, kind="stable")), effects)


def chance(effects: np.ndarray, *, resamples: int, seed: int = 0) -> np.ndarray:
    """Rank correlations of random rankings of the same groups, float64 [resamples]."""
    random = np.random.default_rng(seed)
    drawn = (random.permutation(len(effects)) for _ in range(resamples))
    return np.array([rank_correlation(order, effects) for order in drawn])


def score(relevance: pd.Series, effects: pd.Series) -> dict[str, float | bool]:
    """All marks of one ranking: spearman, precision_at_3, _5 and _all, nulls_last.

    relevance, effects: by group; groups that relevance lacks (no questions) are left out.
    precision_at_all: k is the number of groups with an effect.
    """
    relevance, effects = relevance.to_numpy(), effects.loc[relevance.index].to_numpy()
    real = max(int(np.count_nonzero(effects > 0)), 1)
    return {
        "spearman": rank_correlation(relevance, effects),
        **{f"precision_at_{k}": precision_at(relevance, effects, k) for k in (3, 5)},
        "precision_at_all": precision_at(relevance, effects, real),
        "nulls_last": nulls_last(relevance, effects),
    }


def score_table(statistics: Mapping[str, pd.DataFrame], effects: pd.Series) -> pd.DataFrame:
    """One row per name (of a method or a network) and statistic, with the columns of `score`."""
    rows = [
        {"name": name, "statistic": statistic, **score(table[statistic], effects)}
        for name, table in statistics.items()
        for statistic in table
    ]
    return pd.DataFrame(rows)


def null_floor(relevance: pd.Series, effects: pd.Series) -> float:
    """The largest relevance of a group without effect, 0 for none: what is smaller drowns."""
    return float(relevance[effects == 0].max()) if (effects == 0).any() else 0.0


def farthest(relevance: pd.Series, effects: pd.Series) -> str:
    """The group with an effect that ranks farthest from its place, "" for none."""
    away = (relevance.rank() - effects.rank()).abs()[effects > 0]
    return str(away.idxmax()) if len(away) else ""


def verdict(marks: Mapping[str, float], effects: pd.Series, *, wanted: float) -> str:
    """One sentence: whether a ranking (marks of `score`) reached what was asked for."""
    if np.isnan(marks["spearman"]):
        return "There is nothing to rank: the ranking **did not hold** in this run."
    last = "all came last" if marks["nulls_last"] else "did not all come last"
    held = marks["spearman"] >= wanted and marks["nulls_last"]
    return (
        f"Asked for was a rank correlation of at least {wanted:g} and every group without effect "
        f"last. Reached were {marks['spearman']:.2f}, of {ceiling(effects):.2f} that are possible "
        "(groups without effect are tied in truth), and the groups without effect "
        f"{last}: in this run it **{'held' if held else 'did not hold'}**."
    )


def ranking_table(statistics: Mapping[str, pd.DataFrame], effects: pd.Series) -> pd.DataFrame:
    """Every ranking in full: name, statistic, group, rank (1 first), relevance, effect."""
    parts = []
    for name, table in statistics.items():
        for statistic in table:
            ranked = table[statistic].sort_values(ascending=False, kind="stable")
            part = pd.DataFrame({"name": name, "statistic": statistic, "group": ranked.index})
            part["rank"] = np.arange(1, len(ranked) + 1)
            part["relevance"] = ranked.to_numpy()
            part["effect_semitones"] = effects.loc[ranked.index].to_numpy()
            parts.append(part)
    return pd.concat(parts, ignore_index=True)


def _finite(*arrays: np.ndarray) -> list[np.ndarray]:
    arrays = [np.asarray(values, dtype=np.float64) for values in arrays]
    if len({values.shape for values in arrays}) > 1:
        raise ParameterError(f"cannot compare {[values.shape for values in arrays]} groups")
    if not all(np.isfinite(values).all() for values in arrays):
        raise ModelError(
            "relevance or effect of a group is not finite; train again with a lower learning_rate"
        )
    return arrays
