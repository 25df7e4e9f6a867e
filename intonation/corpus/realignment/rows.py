"""Times anew: a classifier learns from a corpus' first times, and finds better ones, in rounds.

The classic way from a poor alignment to a good one [e.g. Brugnara et al. 1993]: what many
recordings agree on is learnt, and the errors of the single ones, which do not agree, are not.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from intonation.corpus.realignment.classifier import Classifier
from intonation.corpus.realignment.features import SHIFT_S
from intonation.corpus.realignment.viterbi import Durations, Slot, best_boundaries, crossing
from intonation.labels.intervals import Alignment, Interval

SILENCE = ""
WINDOW_S = 0.2  # on either side of a former boundary; nine of ten of Praat's are within 0.13 s
COUNTED_AS = 5  # phones of the usual kind that stand beside those of one symbol
LEAST_DEVIATION = 0.25  # of ln duration: a symbol of two examples is not as sure as they look


@dataclass(frozen=True)
class Row:
    """What was spoken, in order: phones, and between words, before and after, a pause or none.

    symbols: "" for a place where a pause may be. times_s: [symbols + 1], where each begins, and
    the end. words: for each word its text and its first and last phone in `symbols`.
    """

    symbols: tuple[str, ...]
    times_s: np.ndarray
    words: tuple[tuple[str, int, int], ...]


def row_of(alignment: Alignment) -> Row:
    """The row of an alignment; silences inside words count as parts of the phones beside them."""
    groups = [(text, phones) for text, phones in _word_phones(alignment) if phones]
    symbols, bounds, words = [SILENCE], [alignment.phones[0].start_s], []
    for text, phones in groups:
        words.append((text, len(symbols), len(symbols) + len(phones) - 1))
        inner = [(a.end_s + b.start_s) / 2 for a, b in pairwise(phones)]
        bounds += [phones[0].start_s, *inner, phones[-1].end_s]
        symbols += [*(phone.text for phone in phones), SILENCE]
    bounds.append(alignment.phones[-1].end_s)
    return Row(tuple(symbols), np.maximum.accumulate(bounds), tuple(words))


def _word_phones(alignment: Alignment) -> list[tuple[str, list[Interval]]]:
    """Each word with its phones: by their middle, else of the word last begun."""
    words = [word for word in alignment.words if word.text]
    found: list[list[Interval]] = [[] for _ in words]
    starts_s = np.array([word.start_s for word in words])
    for phone in alignment.phones:
        if phone.text and words:
            middle = (phone.start_s + phone.end_s) / 2
            found[max(0, int(np.searchsorted(starts_s, middle, side="right")) - 1)].append(phone)
    return list(zip((word.text for word in words), found, strict=True))


def alignment_of_row(row: Row, times_s: np.ndarray) -> Alignment:
    """The row with other times [symbols + 1], as contiguous tiers without places of no duration."""
    spans = list(zip(times_s[:-1].tolist(), times_s[1:].tolist(), strict=True))
    phones = [
        Interval(start, end, symbol)
        for (start, end), symbol in zip(spans, row.symbols, strict=True)
        if end > start
    ]
    words, reached = [], spans[0][0]
    for text, first, last in row.words:
        start, end = spans[first][0], spans[last][1]
        if start > reached:
            words.append(Interval(reached, start, ""))
        words.append(Interval(start, end, text))
        reached = end
    if spans[-1][1] > reached:
        words.append(Interval(reached, spans[-1][1], ""))
    return Alignment(tuple(words), tuple(phones))


def classes_of(times_s: np.ndarray, places: np.ndarray, frames: int) -> np.ndarray:
    """The class of each frame, by its centre, int64 [frames]; places: class of each slot."""
    centres_s = times_s[0] + (np.arange(frames) + 0.5) * SHIFT_S
    slots = np.searchsorted(times_s, centres_s, side="right") - 1
    return places[np.clip(slots, 0, len(places) - 1)]


def durations_of(rows: Iterable[tuple[np.ndarray, np.ndarray]], classes: int) -> Durations:
    """Usual durations in rows of (class of each slot, times in seconds); class 0 is silence.

    Means and variances of rare classes are drawn towards those of all phones; a last one, of which
    there is no example, has these.
    """
    rows = list(rows)
    place = np.concatenate([places for places, _ in rows])
    frames = np.concatenate([np.diff(times_s) for _, times_s in rows]) / SHIFT_S
    is_pause = place == 0
    made = frames > 1
    logs = np.log(np.maximum(frames, 1))
    phones = ~is_pause & made
    usual, spread = logs[phones].mean(), max(logs[phones].var(), LEAST_DEVIATION**2)
    means, deviations = np.empty(classes + 1), np.empty(classes + 1)
    for one in range(classes + 1):
        own = logs[(place == one) & made]
        share = len(own) / (len(own) + COUNTED_AS)
        means[one] = share * (own.mean() if len(own) else 0) + (1 - share) * usual
        variance = share * (own.var() if len(own) else 0) + (1 - share) * spread
        deviations[one] = max(variance**0.5, LEAST_DEVIATION)
    pauses = (made & is_pause).sum() + 1
    return Durations(means, deviations, float(pauses / (is_pause.sum() + 2)))


def realigned(row: Row, posteriors: np.ndarray, by: Classifier) -> np.ndarray:
    """Better times of a row, float64 [symbols + 1] in seconds; the former where none fit.

    posteriors: log posteriors of the recording's frames, [frames, classes].
    """
    places = by.places(row.symbols)
    likelihoods = by.log_likelihoods(posteriors)
    slots = [Slot(int(place), place == 0) for place in places]
    start_s, end_s = row.times_s[0], row.times_s[-1]
    former = (row.times_s - start_s) / SHIFT_S
    found = best_boundaries(likelihoods, slots, former, round(WINDOW_S / SHIFT_S), by.usual)
    if found is None:
        return row.times_s
    lasting = np.flatnonzero(np.diff(found) > 0)
    times = found.astype(float)
    for before, after in pairwise(lasting.tolist()):
        exact = crossing(likelihoods, int(found[after]), places[before], places[after])
        times[before + 1 : after + 1] = exact
    times_s = np.minimum(start_s + times * SHIFT_S, end_s)
    times_s[lasting[-1] + 1 :] = end_s
    return times_s
