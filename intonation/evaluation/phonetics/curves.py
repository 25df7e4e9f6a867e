"""Contours that many vowels share: medians over sentences, with their intervals."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from scipy.stats import binom

from intonation.evaluation.phonetics.designs import (
    LEAST_SENTENCES,
    Difference,
    Draws,
    codes,
    over_deals,
)
from intonation.evaluation.phonetics.vowels import AROUND_MS, BODY, PARTS, Speech
from intonation.statistics import CONFIDENCE

TENTHS = 10  # of a phrase
COLUMNS = ("series", "across", "value", "ci_low", "ci_high", "vowels", "sentences")


def median_interval(values: np.ndarray) -> tuple[float, float, float]:
    """Median and its interval by order statistics; NaN left out.

    How many of n independent values lie below the true median is binomial, so that the interval
    runs from one of the sorted values to another. NaN for its ends below six values.
    """
    known = np.sort(values[np.isfinite(values)])
    if not len(known):
        return np.nan, np.nan, np.nan
    below = int(binom.ppf((1 - CONFIDENCE) / 2, len(known), 0.5)) - 1
    if below < 0:
        return float(np.median(known)), np.nan, np.nan
    return float(np.median(known)), float(known[below]), float(known[-1 - below])


def curve(name: str, across: Sequence[float], values: np.ndarray, sentences) -> pd.DataFrame:
    """A line: at each place the median over sentences of the means of their vowels.

    values: [vowels, places]. Columns COLUMNS; places with too few sentences are left out.
    """
    means = pd.DataFrame(values).groupby(np.asarray(sentences)).mean()
    rows = []
    for place, column in zip(across, means, strict=True):
        known = int(means[column].notna().sum())
        if known >= LEAST_SENTENCES:
            count = int(np.isfinite(values[:, column]).sum())
            rows.append((name, place, *median_interval(means[column].to_numpy()), count, known))
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _lines(parts: Sequence[pd.DataFrame]) -> pd.DataFrame:
    known = [part for part in parts if len(part)]
    return pd.concat(known, ignore_index=True) if known else pd.DataFrame(columns=list(COLUMNS))


def phrase_means(vowels: pd.DataFrame) -> np.ndarray:
    """Mean F0 of the vowels of each vowel's phrase, semitones [vowels]."""
    return vowels.groupby(["id", "phrase"])["semitones"].transform("mean").to_numpy()


def around_by(speech: Speech, column: str, kinds: Mapping[str, str], span_ms) -> pd.DataFrame:
    """F0 around the start of vowels, above the mean of their phrase, a line for each kind.

    kinds: values of a column to their words. span_ms: from where to where. The last BODY syllables
    of phrases are left out.
    """
    inner = (speech.vowels["to_end"] > BODY).to_numpy()
    shown = (span_ms[0] < AROUND_MS) & (span_ms[1] > AROUND_MS)
    above = speech.around[:, shown] - phrase_means(speech.vowels)[:, None]
    parts = []
    for kind, words in kinds.items():
        chosen = inner & (speech.vowels[column] == kind).to_numpy()
        sentences = speech.vowels.loc[chosen, "sentence"]
        parts.append(curve(words, AROUND_MS[shown], above[chosen], sentences))
    return _lines(parts)


def along_phrases(vowels: pd.DataFrame, kinds: Mapping[str, str]) -> pd.DataFrame:
    """F0 of vowels by their place in the phrase, 0 to 1 in TENTHS parts, a line a prominence."""
    place = (vowels["syllable"] - 1) / (vowels["length"] - 1).clip(lower=1)
    part = np.minimum((place * TENTHS).astype(int), TENTHS - 1).to_numpy()
    across = (np.arange(TENTHS) + 0.5) / TENTHS
    parts = []
    for kind, words in kinds.items():
        chosen = (vowels["prominence"] == kind).to_numpy() & (vowels["length"] > BODY).to_numpy()
        values = np.full((int(chosen.sum()), TENTHS), np.nan)
        values[np.arange(len(values)), part[chosen]] = vowels["semitones"][chosen]
        parts.append(curve(words, across, values, vowels.loc[chosen, "sentence"]))
    return _lines(parts)


def last_vowels(speech: Speech, kinds: Mapping[str, str], count: int = 3) -> pd.DataFrame:
    """F0 through the last vowels of phrases, each stretched to 1, a line for each tone.

    across: in vowels before the end, from -count to 0.
    """
    vowels, parts = speech.vowels, []
    for tone, words in kinds.items():
        places, lines = np.arange(PARTS) + 0.5, []
        for back in range(count, 0, -1):
            chosen = ((vowels["to_end"] == back) & (vowels["tone"] == tone)).to_numpy()
            sentences = vowels.loc[chosen, "sentence"]
            lines.append(curve(words, places / PARTS - back, speech.within[chosen], sentences))
        parts.append(_lines(lines))
    return _lines(parts)


def each_vowel(
    vowels: pd.DataFrame,
    values: Mapping[str, np.ndarray | Sequence[np.ndarray]],
    draws: Draws,
    against: str = "a",
) -> pd.DataFrame:
    """Each vowel less one of them, matched as intrinsic pitch is.

    values: by series, [vowels] or, of several deals of the sentences, a list of such. Columns name
    (IPA is the caller's), series, value, ci_low, ci_high,
    pairs, sentences; a vowel with too few pairs is left out.
    """
    strata = codes(vowels, ("speaker", "prominence", "place", "ending", "onset"))
    rows = []
    for symbol in sorted(set(vowels["vowel"]) - {against}):
        sides = [(vowels["vowel"] == one).to_numpy() for one in (symbol, against)]
        for series, numbers in values.items():
            several = [numbers] if isinstance(numbers, np.ndarray) else numbers
            design = Difference(*sides, strata)
            found = over_deals([design.estimate(one, draws) for one in several])
            if np.isfinite(found.value):
                rows.append((symbol, series, *found.told))
    names = ("name", "series", "value", "ci_low", "ci_high", "pairs", "sentences")
    return pd.DataFrame(rows, columns=list(names))
