"""How well readers of a sentence predict each other, and what endlessly many of them would do.

A speaker's contour is what all readers have in common plus what is the speaker's own. The mean of
k others is the common part plus something whose variance is a k-th of what is their own. So its
squared error, averaged over all choices of k, lies exactly on a straight line against 1/k, as the
variance of a sample's mean does [Cochran 1977, ch. 2]. Where the line meets 1/k = 0 is the error
that remains when the common part is known: the ceiling. It needs no fit. The mean products of the
others' differences from the target give it: squares (the diagonal) are the error of one other,
products of two different ones that of endlessly many.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from math import comb

import numpy as np
import pandas as pd

from intonation.evaluation.people.contours import Laid
from intonation.statistics import draw_counts, percentiles

ALL_UP_TO = 8  # numbers of others that are all asked; above, every doubling, and all of them


@dataclass(frozen=True)
class Agreement:
    """What is known of each reading (the target) and of its errors.

    table: a row a target: id, sentence, speaker, frames, others, then
        median_rmse: of the speaker's median; one_rmse, all_rmse, one_correlation,
        all_correlation: of one other and of the mean of all.
        all_mse, endless_mse: of the mean of all others and, NaN with one other, of endlessly many.
        all_variance, endless_variance: of these predictions over frames.
    by_number: a row for each target and number of others: id, sentence, k, rmse, correlation.
    """

    table: pd.DataFrame
    by_number: pd.DataFrame


def numbers_asked(others: int) -> list[int]:
    """Which numbers of others are asked for: 1 to ALL_UP_TO, every doubling, and all."""
    doubled = {ALL_UP_TO * 2**n for n in range(1, 20)}
    return [k for k in range(1, others + 1) if k <= ALL_UP_TO or k in doubled or k == others]


def subsets(others: int, k: int, most: int, random: np.random.Generator) -> np.ndarray:
    """Weights of the mean of k of the others, float64 [choices, others].

    All choices where they are at most so many, else so many drawn.
    """
    if comb(others, k) <= most:
        members = np.array(list(combinations(range(others), k)))
    else:
        members = random.random((most, others)).argsort(axis=1)[:, :k]
    weights = np.zeros((len(members), others))
    np.put_along_axis(weights, members, 1 / k, axis=1)
    return weights


def agreement(
    laid: Iterable[Laid], *, known_range: bool, most_subsets: int, seed: int
) -> Agreement:
    """Errors of the others as predictors of every target. laid: as `laid_over` makes it."""
    rows, numbers, random = [], [], np.random.default_rng(seed)
    for one in laid:
        predicted = one.predicted(known_range=known_range)
        names = {"id": one.target.id, "sentence": one.sentence, "speaker": one.target.speaker}
        found = of_numbers(one.own, predicted, most_subsets, random)
        numbers.append(found.assign(**names))
        rows.append(names | _row(one.own, predicted, found))
    columns = ["k", "rmse", "correlation", "id", "sentence", "speaker"]
    by_number = pd.concat(numbers) if numbers else pd.DataFrame(columns=columns)
    return Agreement(pd.DataFrame(rows), by_number.reset_index(drop=True))


def of_numbers(
    own: np.ndarray, predicted: np.ndarray, most: int, random: np.random.Generator
) -> pd.DataFrame:
    """RMSE and correlation of the mean of k others, each the mean over choices of k.

    own: [frames]; predicted: [others, frames]. Columns k, rmse, correlation.
    """
    errors, covered = _products(predicted - own), _covariances(own, predicted)
    rows = []
    for k in numbers_asked(len(predicted)):
        weights = subsets(len(predicted), k, most, random)
        squares = np.einsum("si,ij,sj->s", weights, errors, weights)
        variances = np.einsum("si,ij,sj->s", weights, covered[1:, 1:], weights)
        spreads = np.sqrt(np.maximum(variances * covered[0, 0], 0))
        shared = np.divide(
            weights @ covered[0, 1:], spreads, where=spreads > 0, out=np.full(len(weights), np.nan)
        )
        correlation = np.nanmean(shared) if np.isfinite(shared).any() else np.nan
        rows.append((k, np.sqrt(np.maximum(squares, 0)).mean(), correlation))
    return pd.DataFrame(rows, columns=["k", "rmse", "correlation"])


def _products(differences: np.ndarray) -> np.ndarray:
    """Mean over frames of the products of each two rows, [rows, rows]."""
    return differences @ differences.T / differences.shape[1]


def _covariances(own: np.ndarray, predicted: np.ndarray) -> np.ndarray:
    """Of the target, first, and the others over frames, [others + 1, others + 1]."""
    rows = np.vstack([own, predicted])
    return _products(rows - rows.mean(axis=1, keepdims=True))


def line(products: np.ndarray) -> tuple[float, float]:
    """Of a mean of k: the part that stays however large k is, and the part that goes with 1/k.

    products: [others, others]. The first is NaN where there is one other only.
    """
    others = len(products)
    diagonal = float(np.trace(products)) / others
    if others < 2:
        return np.nan, np.nan
    stays = float(products.sum() - np.trace(products)) / (others * (others - 1))
    return stays, diagonal - stays


def _row(own: np.ndarray, predicted: np.ndarray, found: pd.DataFrame) -> dict[str, float]:
    errors, covered = _products(predicted - own), _covariances(own, predicted)
    first, last = found.iloc[0], found.iloc[-1]
    return {
        "frames": len(own),
        "others": len(predicted),
        "median_rmse": float(np.sqrt(np.mean(own**2))),
        "one_rmse": first["rmse"],
        "one_correlation": first["correlation"],
        "all_rmse": last["rmse"],
        "all_correlation": last["correlation"],
        "all_mse": float(errors.mean()),
        "endless_mse": line(errors)[0],
        "all_variance": float(covered[1:, 1:].mean()),
        "endless_variance": line(covered[1:, 1:])[0],
    }


def endless(table: pd.DataFrame, weights: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """RMSE and correlation with endlessly many others, float64 [draws] each.

    table: as `Agreement.table`; weights: how often each row counts, [draws, rows]. The mean RMSE of
    all others, times the root of what the line says of the mean squared errors of all rows: the
    root of each row's own line would be biased, as lines through few readers are rough. So, too,
    the correlation, whose denominator shrinks [Spearman 1904]. NaN where no row has two others.
    """
    known = table["endless_mse"].notna().to_numpy()
    weights, part = weights[:, known], table[known]
    if part.empty:
        return np.full(len(weights), np.nan), np.full(len(weights), np.nan)
    shrunk = _ratio(weights, part["endless_mse"], part["all_mse"])
    grown = _ratio(weights, part["all_variance"], part["endless_variance"])
    rmse = weighted_mean(part["all_rmse"], weights) * np.sqrt(np.maximum(shrunk, 0))
    correlation = weighted_mean(part["all_correlation"], weights) * np.sqrt(grown)
    return rmse, np.minimum(correlation, 1.0)


def _ratio(weights: np.ndarray, upper: pd.Series, lower: pd.Series) -> np.ndarray:
    """Of weighted sums, [draws]; NaN where it is not positive below."""
    above, below = weights @ upper.to_numpy(float), weights @ lower.to_numpy(float)
    return np.divide(above, below, where=below > 0, out=np.full(len(above), np.nan))


def weighted_mean(values: pd.Series | np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Mean of known values in each draw, [draws]; NaN in a draw that has none."""
    numbers = np.asarray(values, dtype=float)
    known = np.isfinite(numbers)
    counts = weights[:, known].sum(axis=1)
    total = weights[:, known] @ numbers[known]
    return np.divide(total, counts, where=counts > 0, out=np.full(len(weights), np.nan))


def sentence_weights(sentences: Sequence[str], resamples: int, seed: int) -> np.ndarray:
    """How often each row counts: first as it is, then with sentences drawn, [1 + resamples, rows].

    sentences: that each row belongs to. Whole sentences are drawn, with all their readings.
    """
    codes, keys = pd.factorize(np.asarray(sentences, dtype=object), sort=True)
    drawn = draw_counts(len(keys), resamples, seed) if len(keys) else np.zeros((resamples, 0))
    return np.vstack([np.ones(len(codes)), drawn[:, codes]])


def value_and_interval(draws: np.ndarray, sentences: int) -> tuple[float, float, float]:
    """The first of the draws, and the 95 % interval of the others; none for a single sentence."""
    rest = draws[1:][np.isfinite(draws[1:])]
    if sentences < 2 or not len(rest):
        return float(draws[0]), np.nan, np.nan
    low, high = percentiles(rest).tolist()
    return float(draws[0]), low, high


def ceiling_table(found: Agreement, *, resamples: int, seed: int) -> pd.DataFrame:
    """Errors by number of others, a row each, the last (k infinite) the ceiling.

    Columns k, rmse_semitones, ci_low, ci_high, correlation, readings. A row counts the readings
    that have so many others. Empty where no sentence is shared; the last row is NaN where no
    sentence has three readers, whom a line needs.
    """
    columns = ["k", "rmse_semitones", "ci_low", "ci_high", "correlation", "readings"]
    rows = []
    for k, part in found.by_number.groupby("k", sort=True):
        weights = sentence_weights(part["sentence"], resamples, seed)
        interval = value_and_interval(
            weighted_mean(part["rmse"], weights), part["sentence"].nunique()
        )
        rows.append((k, *interval, part["correlation"].mean(), len(part)))
    if rows:
        rows.append((np.inf, *endless_row(found.table, resamples=resamples, seed=seed)))
    return pd.DataFrame(rows, columns=columns).astype({"k": float})


def endless_row(table: pd.DataFrame, *, resamples: int, seed: int) -> tuple[float, ...]:
    """Of `endless`: RMSE, its interval, the correlation, how many readings it rests on."""
    weights = sentence_weights(table["sentence"], resamples, seed)
    rmse, correlation = endless(table, weights)
    known = table["endless_mse"].notna()
    interval = value_and_interval(rmse, table["sentence"][known].nunique())
    return (*interval, float(correlation[0]), int(known.sum()))


def ranges_table(tables: Mapping[str, pd.DataFrame], *, resamples: int, seed: int) -> pd.DataFrame:
    """The ceiling with and without something known, a row each.

    tables: `Agreement.table` by what is known. Columns range, one_rmse, all_rmse, ceiling_rmse,
    ci_low, ci_high, correlation.
    """
    columns = ["range", "one_rmse", "all_rmse", "ceiling_rmse", "ci_low", "ci_high", "correlation"]
    rows = []
    for name, table in tables.items():
        if len(table):
            *ceiling, _ = endless_row(table, resamples=resamples, seed=seed)
            rows.append((name, table["one_rmse"].mean(), table["all_rmse"].mean(), *ceiling))
    return pd.DataFrame(rows, columns=columns)
