"""How far predictors are from each other, sentence by sentence.

Readings of one sentence are no independent observations, so sentences are drawn, each with all of
its readings, and all predictors are asked about the same draws [Efron & Tibshirani 1993, ch. 13].
"""

from collections.abc import Mapping, Sequence
from types import MappingProxyType

import numpy as np
import pandas as pd

from intonation.evaluation.people.shares import share_of_explainable
from intonation.evaluation.reach.by_seed import BySeed
from intonation.statistics import draw_counts, percentiles

AGAINST = ("against_ridge_percent", "against_low", "against_high")
FEWEST = 2  # sentences that an interval needs


def _weights(errors: pd.DataFrame, resamples: int, seed: int) -> np.ndarray:
    """How often each row counts in each draw, float64 [1 + resamples, rows]; first, all once."""
    codes, sentences = pd.factorize(errors["sentence"])
    drawn = draw_counts(len(sentences), resamples, seed)[:, codes]
    return np.concatenate([np.ones((1, len(errors))), drawn])


def _interval(draws: np.ndarray, sentences: int) -> tuple[float, float, float]:
    """The value, which comes first, and its interval; NaN of a single sentence."""
    low, high = percentiles(draws[1:]) if sentences >= FEWEST else (np.nan, np.nan)
    return float(draws[0]), float(low), float(high)


def compared(
    errors: pd.DataFrame,
    names: Sequence[str],
    base: str,
    *,
    resamples: int,
    seed: int,
    seeds: Mapping[str, BySeed] = MappingProxyType({}),
) -> pd.DataFrame:
    """Predictors on the utterances that each of them and the base has, a row each.

    errors: of `judged.error_table`. Columns predictor, utterances, sentences, rmse_semitones,
    ci_low, ci_high, correlation, and by how much per cent the RMSE lies above (below 0: better
    than) the base's on the same utterances, with its interval: AGAINST. Lower is better.
    seeds: predictors whose networks are drawn with the sentences; one network's error is then the
    mean of all seeds'.
    """
    rows = []
    for name in names:
        own = errors[errors["predictor"] == name].set_index("id")
        other = errors[errors["predictor"] == base].set_index("id")["rmse_semitones"]
        weights = _weights(own, resamples, seed)
        total, number = weights.sum(axis=1), own["sentence"].nunique()
        each = own["rmse_semitones"].to_numpy()[None]
        if name in seeds:
            each = each + seeds[name].draws(own.index, resamples, seed)
        rmse = (weights * each).sum(axis=1) / total
        beside = weights @ other.loc[own.index].to_numpy() / total
        against = _interval(100 * (rmse / beside - 1), number)
        values = (*_interval(rmse, number), own["correlation"].mean())
        rows.append((name, len(own), number, *values, *against))
    columns = ["predictor", "utterances", "sentences", "rmse_semitones", "ci_low", "ci_high"]
    return pd.DataFrame(rows, columns=[*columns, "correlation", *AGAINST])


def with_frames(errors: pd.DataFrame, networks: pd.DataFrame, names: Sequence[str]) -> pd.DataFrame:
    """A table of errors with chapter 3's networks, on the utterances that these were tested on.

    errors: of `judged.error_table`. networks: of `people.shares.predictors`; names: of its columns.
    """
    some = errors[errors["id"].isin(networks.index)]
    known = some.drop_duplicates("id")[["id", "speaker", "sentence"]]
    parts = [some]
    for name in names:
        own = networks[name].rename(columns={"rmse": "rmse_semitones"}).reset_index(names="id")
        parts.append(known.merge(own, on="id").assign(predictor=name))
    return pd.concat(parts, ignore_index=True)[list(errors.columns)]


def explained_share(table: pd.DataFrame, median: str, ceiling_rmse: float) -> pd.Series:
    """`share_of_explainable` of each predictor, a row each of `compared`; NaN without a ceiling."""
    worst = float(table.loc[table["predictor"] == median, "rmse_semitones"].iloc[0])
    shares = share_of_explainable(table["rmse_semitones"].to_numpy(), worst, ceiling_rmse)
    return pd.Series(shares, index=table.index)


def speakers_table(errors: pd.DataFrame, names: Sequence[str]) -> pd.DataFrame:
    """Mean RMSE in semitones by speaker (the index) and predictor (the columns, as named)."""
    wide = errors.pivot_table(index="speaker", columns="predictor", values="rmse_semitones")
    return wide[list(names)].rename_axis(columns=None)


def verdict(row: pd.Series, *, wanted: float) -> str:
    """One sentence: whether a predictor is wanted per cent better than the base."""
    gain, most, least = (-row[name] for name in AGAINST)
    if np.isnan(least):
        return "With so few sentences nothing can be said about others."
    sure = "which may be chance" if most > 0 > least else "more than chance among sentences"
    reached = "reached" if gain >= wanted and least > 0 else "not reached"
    better = f"{abs(gain):.1f} % {'below' if gain >= 0 else 'above'} that of ridge"
    return f"Its error is {better}, {sure}; the {wanted:g} % that were asked for were {reached}."
