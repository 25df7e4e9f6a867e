"""Estimates over vowels, with intervals over sentences: matched differences and slopes.

Every design is fixed by what the labels say, and then asked of any number that vowels have: of
recorded F0, or of the relevance of a group. So what recordings and a network say is compared over
the same vowels, matched and weighted in the same way.

All of a sentence's vowels, of all its speakers, are drawn together: what they share (its words,
its rhythm) is then no evidence that repeats itself. Sums by sentence and stratum are all that a
resample needs.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
import pandas as pd
import scipy.sparse

from intonation.statistics import draw_counts, percentiles

LEAST_PAIRS, LEAST_SENTENCES = 20, 3  # on either side; with fewer nothing is said


class Estimate(NamedTuple):
    """A number, its 95 % interval (NaN: unknown), and what it rests on.

    drawn: what it is in each draw of sentences, float64 [resamples], NaN where that says nothing.
    """

    value: float
    ci_low: float
    ci_high: float
    pairs: int
    sentences: int
    drawn: np.ndarray = np.zeros(0)

    @property
    def told(self) -> tuple[float, float, float, int, int]:
        """All but the draws, for a row of a table."""
        return self[:5]


NOTHING = Estimate(np.nan, np.nan, np.nan, 0, 0)


@dataclass(frozen=True)
class Draws:
    """How sentences are drawn anew. sentence: number of each vowel's sentence, int64 [vowels].

    counts: float64 [1 + resamples, sentences]; the first row is the corpus as it is.
    """

    sentence: np.ndarray
    counts: np.ndarray

    @classmethod
    def of(cls, sentences: Sequence[str], *, resamples: int, seed: int) -> "Draws":
        """Of the sentence of each vowel."""
        numbers, names = pd.factorize(np.asarray(sentences, dtype=object), sort=True)
        drawn = draw_counts(max(len(names), 1), resamples, seed)
        return cls(numbers, np.concatenate([np.ones((1, drawn.shape[1])), drawn]))

    def sums(self, values: np.ndarray, column: np.ndarray, columns: int) -> np.ndarray:
        """Sums of values by column in every draw, float64 [1 + resamples, columns]."""
        shape = self.counts.shape[1], columns  # mostly empty: strata lie in few sentences
        table = scipy.sparse.coo_array((values, (self.sentence, column)), shape=shape)
        return (table.tocsr().T @ self.counts.T).T


def _estimate(found: np.ndarray, pairs: float, sentences: int) -> Estimate:
    """The first of the draws, and the interval of the others."""
    drawn = found[1:][np.isfinite(found[1:])]
    if not np.isfinite(found[0]) or not len(drawn):
        return NOTHING
    low, high = percentiles(drawn).tolist()
    return Estimate(float(found[0]), low, high, round(float(pairs)), sentences, found[1:])


def over_deals(found: Sequence[Estimate], seed: int = 0) -> Estimate:
    """One estimate of several, from networks that learnt from the sentences dealt out anew.

    Each draw of sentences is taken from one of them at random: first networks are drawn, then
    sentences [Davison & Hinkley 1997, sec. 3.8]. The value is their mean. NOTHING where one of them
    knows nothing.
    """
    if len(found) == 1:
        return found[0]
    if not found or not np.isfinite([one.value for one in found]).all():
        return NOTHING
    drawn = np.array([one.drawn for one in found])
    deal = np.random.default_rng((seed, len(found))).integers(len(found), size=drawn.shape[1])
    mixed = drawn[deal, np.arange(drawn.shape[1])]
    value = float(np.mean([one.value for one in found]))
    return _estimate(np.append(value, mixed), found[0].pairs, found[0].sentences)


def _ratio(above: np.ndarray, below: np.ndarray) -> np.ndarray:
    return np.divide(above, below, out=np.full_like(above, np.nan), where=below > 0)


def codes(table: pd.DataFrame, columns: Sequence[str]) -> np.ndarray:
    """Number of the stratum of each row: one for each combination that occurs, int64 [rows]."""
    if not len(table):
        return np.zeros(0, dtype=np.int64)
    return table.groupby(list(columns), sort=True).ngroup().to_numpy()


@dataclass(frozen=True)
class Difference:
    """First minus second, within strata: vowels alike in all else that was asked.

    first, second: bool [vowels]. strata: int64 [vowels]. The mean difference within each stratum
    counts as often as it has pairs, the smaller of its two numbers of vowels.
    """

    first: np.ndarray
    second: np.ndarray
    strata: np.ndarray

    @cached_property
    def _columns(self) -> np.ndarray:
        """Strata with vowels of both kinds are numbered from 0, all others are -1."""
        shared = np.intersect1d(self.strata[self.first], self.strata[self.second])
        places = np.searchsorted(shared, self.strata)
        found = np.append(shared, -1)[np.minimum(places, len(shared))] == self.strata
        return np.where(found & (self.first | self.second), places, -1)

    def estimate(self, values: np.ndarray, draws: Draws) -> Estimate:
        """Of values [vowels], NaN where there is none."""
        used = (self._columns >= 0) & np.isfinite(values)
        sides = [used & side for side in (self.first, self.second)]
        spoken = [len(np.unique(draws.sentence[side])) for side in sides]
        if min(spoken) < LEAST_SENTENCES:
            return NOTHING
        count, mean = zip(*(self._means(values, side, draws) for side in sides), strict=True)
        pairs = np.minimum(*count)
        differences = np.where(pairs > 0, mean[0] - mean[1], 0.0)
        if pairs[0].sum() < LEAST_PAIRS:
            return NOTHING
        found = _ratio((pairs * differences).sum(axis=1), pairs.sum(axis=1))
        return _estimate(found, pairs[0].sum(), len(np.unique(draws.sentence[used])))

    def _means(
        self, values: np.ndarray, side: np.ndarray, draws: Draws
    ) -> tuple[np.ndarray, np.ndarray]:
        """Number and mean of a side by stratum, each [draws, strata]."""
        some = Draws(draws.sentence[side], draws.counts)
        column, columns = self._columns[side], self._columns.max(initial=-1) + 1
        count = some.sums(np.ones(int(side.sum())), column, columns)
        return count, some.sums(values[side], column, columns) / np.maximum(count, 1)

    @cached_property
    def weights(self) -> np.ndarray:
        """How much each vowel of the first side counts, float64 [vowels]."""
        used, columns = self._columns >= 0, self._columns.max(initial=-1) + 1
        sides = [used & side for side in (self.first, self.second)]
        count = [np.bincount(self._columns[side], minlength=columns) for side in sides]
        each = np.minimum(*count) / np.maximum(count[0], 1)
        found = np.zeros(len(used))
        found[sides[0]] = each[self._columns[sides[0]]]
        return found


@dataclass(frozen=True)
class Slope:
    """How values change with x, within strata.

    x: float64 [vowels]; chosen: bool [vowels]. per: how much of x the answer is about.
    """

    x: np.ndarray
    chosen: np.ndarray
    strata: np.ndarray
    per: float = 1.0

    def estimate(self, values: np.ndarray, draws: Draws) -> Estimate:
        """Of values [vowels]; pairs are vowels beyond the first of each stratum."""
        used = self.chosen & np.isfinite(values) & np.isfinite(self.x)
        _, column = np.unique(self.strata[used], return_inverse=True)
        columns, some = column.max(initial=-1) + 1, Draws(draws.sentence[used], draws.counts)
        sentences = len(np.unique(some.sentence))
        if used.sum() - columns < LEAST_PAIRS or sentences < LEAST_SENTENCES:
            return NOTHING
        above, below = _within(self.x[used], values[used], column, columns, some)
        return _estimate(self.per * _ratio(above, below), used.sum() - columns, sentences)

    @property
    def weights(self) -> np.ndarray:
        """How much each vowel counts, float64 [vowels]."""
        return self.chosen.astype(float)


def _within(
    x: np.ndarray, y: np.ndarray, column: np.ndarray, columns: int, draws: Draws
) -> tuple[np.ndarray, np.ndarray]:
    """Products x y and squares of x about the means of their strata, summed: each [draws]."""
    x, y = x - x.mean(), y - y.mean()  # sums stay small
    summed = [
        draws.sums(values, column, columns) for values in (np.ones_like(x), x, y, x * y, x**2)
    ]
    count, sum_x, sum_y, products, squares = summed
    count = np.maximum(count, 1)
    above, below = products - sum_x * sum_y / count, squares - sum_x**2 / count
    return above.sum(axis=1), below.sum(axis=1)


@dataclass(frozen=True)
class BelowLine:
    """How far the last vowel of a phrase lies above the line through the body of its phrase.

    x: place of each vowel in its phrase; last, body: bool [vowels]; phrase: its number. The line
    has the phrase's own height and the slope of all phrases.
    """

    x: np.ndarray
    last: np.ndarray
    body: np.ndarray
    phrase: np.ndarray

    def estimate(self, values: np.ndarray, draws: Draws) -> Estimate:
        """Of values [vowels]; pairs are phrases."""
        body, last = (side & np.isfinite(values) for side in (self.body, self.last))
        phrases = np.intersect1d(self.phrase[body], self.phrase[last])
        body, last = (side & np.isin(self.phrase, phrases) for side in (body, last))
        column = np.searchsorted(phrases, self.phrase)
        if len(phrases) < LEAST_PAIRS or len(np.unique(draws.sentence[last])) < LEAST_SENTENCES:
            return NOTHING
        task = self.x[body], values[body], column[body], len(phrases)
        slope = _ratio(*_within(*task, Draws(draws.sentence[body], draws.counts)))
        up, along = (_ends(number, column, last, body) for number in (values, self.x))
        first = np.unique(column[last], return_index=True)[1]
        owners = Draws(draws.sentence[last][first], draws.counts)
        zero = np.zeros(len(phrases), dtype=int)
        sums = [owners.sums(part, zero, 1)[:, 0] for part in (up, along, np.ones(len(phrases)))]
        found = _ratio(sums[0] - slope * sums[1], sums[2])
        return _estimate(found, len(phrases), len(np.unique(owners.sentence)))

    @property
    def weights(self) -> np.ndarray:
        """How much each vowel counts, float64 [vowels]."""
        return self.last.astype(float)


def _ends(values: np.ndarray, column: np.ndarray, last: np.ndarray, body: np.ndarray) -> np.ndarray:
    """Mean of the last vowels less that of the body, of each phrase."""
    means = [np.bincount(column[s], values[s]) / np.bincount(column[s]) for s in (last, body)]
    return means[0] - means[1]


Design = Difference | Slope | BelowLine


def weighted_mean(values: np.ndarray, weights: np.ndarray, draws: Draws) -> Estimate:
    """Mean of values [vowels] over those with a weight, with its interval; pairs are vowels."""
    used = (weights > 0) & np.isfinite(values)
    some = Draws(draws.sentence[used], draws.counts)
    sentences, zero = len(np.unique(some.sentence)), np.zeros(int(used.sum()), dtype=int)
    if used.sum() < LEAST_PAIRS or sentences < LEAST_SENTENCES:
        return NOTHING
    above = some.sums((weights * values)[used], zero, 1)[:, 0]
    below = some.sums(weights[used], zero, 1)[:, 0]
    return _estimate(_ratio(above, below), used.sum(), sentences)
