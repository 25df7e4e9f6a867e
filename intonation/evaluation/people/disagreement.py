"""What readers of a sentence disagree about: level, range, timing, boundary tones, errors of pitch
and of times.

Asked of every two readings, one laid upon the other's frames, in semitones from each speaker's
median. Each part is what the mean squared difference falls by when that part alone is taken away,
as HOW tells. Parts overlap: a frame at the end of a phrase may be creaky, too, and a word may be
moved to where its range fits better. So they do not add up, and the last row takes all away
together. Only level, range and shape add up exactly: for any two contours [Kobayashi & Salam 2000]

    mean (a - b)^2 = (mean a - mean b)^2 + (sd a - sd b)^2 + 2 sd a sd b (1 - r).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from intonation.corpus.f0 import FRAME_SHIFT_MS
from intonation.evaluation.people.ceiling import sentence_weights, value_and_interval, weighted_mean
from intonation.evaluation.people.contours import Laid, resampled, times_in
from intonation.evaluation.people.readings import LAST
from intonation.evaluation.recordings.moved import moved_labels
from intonation.labels.full_context import Labels
from intonation.statistics import evenly

LEAST_SPREAD = 1e-3  # semitones: a level contour has no shape
MOST_PAIRS = 4000  # that are compared: each takes a millisecond or two
STEP_MS = 10.0  # between the shifts that are tried
ROLLS = (1 / 3, 1 / 2, 2 / 3)  # of an utterance, for the control of timing

TOTAL = "disagreement of two readers"
PARTS = {
    "level": "level of the sentence",
    "range": "range in the sentence",
    "speakers_range": "of it, speakers' usual ranges",
    "timing": "timing of words",
    "fitted": "timing of words, chance included",
    "boundary": "ends of phrases",
    "tracking": "errors of pitch",
    "jitter": "errors of times",
    "together": "all together",
}
HOW = {
    "level": "means made equal",
    "range": "standard deviations made equal",
    "speakers_range": "each speaker's range brought to the same",
    "timing": "each word moved to where it fits best, less what chance fits",
    "fitted": "each word moved to where it fits best",
    "boundary": "last two syllables of phrases made to agree",
    "tracking": "frames near leaps, far from the median or briefly voiced left out",
    "jitter": "what the same errors of boundaries cost once more",
    "together": "level, range, timing, ends of phrases, errors of pitch",
}
TABLE_COLUMNS = (
    *("part", "how", "gone_semitones2", "left_semitones2", "percent", "ci_low", "ci_high"),
    "frames_percent",
)


@dataclass(frozen=True)
class Shifts:
    """How far a word may be moved in search of a better fit, and how errors of times are made.

    farthest_ms: to either side. jitter_ms: standard deviation of each boundary's error.
    """

    farthest_ms: float = 100.0
    jitter_ms: float = 20.0
    seed: int = 0

    @property
    def frames(self) -> np.ndarray:
        """Shifts that are tried, in frames, 0 among them."""
        step = round(STEP_MS / FRAME_SHIFT_MS)
        most = int(self.farthest_ms / FRAME_SHIFT_MS) // step * step
        return np.arange(-most, most + 1, step)


def disagreements(laid: Sequence[Laid], shifts: Shifts) -> pd.DataFrame:
    """A row for each two readings, either upon the other, in squared semitones.

    Where they are more than MOST_PAIRS, evenly chosen readings have the others upon them.

    Columns: sentence, one, other, total, shape, what each of PARTS takes away, and the shares of
    frames that some of them concern: boundary_frames, tracking_frames, together_frames.
    """
    moved = _Moved(shifts)
    pairs = sum(len(one.others) for one in laid)
    chosen = evenly(laid, len(laid) * MOST_PAIRS // pairs) if pairs > MOST_PAIRS else laid
    return pd.DataFrame([row for one in chosen for row in _rows(one, shifts.frames, moved)])


def _rows(one: Laid, shifts: np.ndarray, moved: "_Moved") -> Iterator[dict[str, object]]:
    own, values = one.own, one.values[:, one.target.voiced]
    good = np.flatnonzero((values.std(axis=1) > LEAST_SPREAD) & (own.std() > LEAST_SPREAD))
    if not len(good):
        return
    warped, chance = _timing(one, shifts)
    last = one.target.place[one.target.voiced] == LAST
    for n in good:
        square, doubtful = (own - values[n]) ** 2, _doubtful_in_either(one, n)
        parts = _moments(own, values[n], one.scales[n])
        parts["fitted"] = parts["shape"] - float(warped[n].mean())
        parts["timing"] = parts["shape"] - float(warped[n].mean()) / (1 - chance)
        parts["boundary"] = float((square * last).mean())
        parts["tracking"] = parts["total"] - _mean(square[~doubtful])
        again = moved.upon(one, n)
        parts["jitter"] = float(((own - again) ** 2).mean()) - parts["total"]
        left = _mean((warped[n] * ~last)[~doubtful]) / (1 - chance)
        parts["together"] = parts["total"] - left
        frames = {"boundary": last, "tracking": doubtful, "together": doubtful | last}
        names = {"sentence": one.sentence, "one": one.target.id, "other": one.others[n].id}
        yield names | parts | {f"{name}_frames": float(f.mean()) for name, f in frames.items()}


def _mean(values: np.ndarray) -> float:
    return float(values.mean()) if len(values) else np.nan


def _moments(own: np.ndarray, other: np.ndarray, scale: float) -> dict[str, float]:
    """The three parts that add up to the mean squared difference, and the usual ranges' part.

    scale: the target's usual spread over the other's. Brought to the mean of both usual spreads on
    a ratio scale, own and other differ in range only by what is of this sentence.
    """
    spreads = float(own.std()), float(other.std())
    usual = spreads[0] / np.sqrt(scale), spreads[1] * np.sqrt(scale)
    total = float(np.mean((own - other) ** 2))
    level = float((own.mean() - other.mean()) ** 2)
    of_range = (spreads[0] - spreads[1]) ** 2
    return {
        "total": total,
        "level": level,
        "range": of_range,
        "speakers_range": of_range - (usual[0] - usual[1]) ** 2,
        "shape": total - level - of_range,
    }


def _timing(one: Laid, shifts: np.ndarray) -> tuple[np.ndarray, float]:
    """Squared differences after the best shift of every word, and what chance makes of such shifts.

    Contours have their level removed and one range. Returns [others, voiced frames] in squared
    semitones, and which part of a difference shifts take away where there is no timing to be found.
    For that, what each reading adds to the mean of all is moved along the sentence, so that it has
    nothing to do with the accents. Shifts that fit best take the same part of what is no timing in
    real readings: what they leave is (1 - part) times what timing leaves.
    """
    target, voiced = one.target, one.target.voiced
    both = np.concatenate([target.filled[None], one.values])
    inner = both[:, voiced]
    spreads = np.maximum(inner.std(axis=1, keepdims=True), LEAST_SPREAD)
    level = (both - inner.mean(axis=1, keepdims=True)) / spreads
    where = voiced, target.word[voiced]
    warped = _best_shift(level, *where, shifts)
    common = level.mean(axis=0)
    before, after = 0.0, 0.0
    for part in ROLLS:
        rolled = common + np.roll(level - common, int(part * level.shape[1]), axis=1)
        before += _best_shift(rolled, *where, np.zeros(1, dtype=int)).sum()
        after += _best_shift(rolled, *where, shifts).sum()
    chance = 1 - after / before if before > 0 else 0.0
    return warped * (spreads[0] * spreads[1:]), min(float(chance), 0.99)


def _best_shift(
    contours: np.ndarray, voiced: np.ndarray, words: np.ndarray, shifts: np.ndarray
) -> np.ndarray:
    """Squared differences from the first contour with each word of the others where it fits best.

    contours: [1 + others, frames]; words: number of each voiced frame's. [others, voiced frames]
    """
    places = np.clip(voiced + shifts[:, None], 0, contours.shape[1] - 1)
    squares = (contours[1:, places] - contours[0, voiced]) ** 2
    starts = np.flatnonzero(np.diff(words, prepend=-1))
    best = np.add.reduceat(squares, starts, axis=2).argmin(axis=1)
    of_frame = np.repeat(best, np.diff(starts, append=len(words)), axis=1)
    return np.take_along_axis(squares, of_frame[:, None], axis=1)[:, 0]


class _Moved:
    """Readings whose times got errors: each always the same, drawn when it is first needed.

    One reading's boundaries get the errors of both. Errors that are there twice cost about twice as
    much as those that were there before [Cook & Stefanski 1994], so what they add is their part.
    """

    def __init__(self, shifts: Shifts) -> None:
        self._deviation_ms = np.sqrt(2) * shifts.jitter_ms
        self._random = np.random.default_rng(shifts.seed)
        self._labels: dict[str, Labels] = {}

    def upon(self, one: Laid, n: int) -> np.ndarray:
        """The n-th other upon the target, [voiced frames]."""
        other = one.others[n]
        if other.id not in self._labels:
            moved = moved_labels(other.labels, self._deviation_ms, self._random)
            self._labels[other.id] = moved
        labels = self._labels[other.id]
        return resampled(other, one.target, source_labels=labels)[one.target.voiced]


def _doubtful_in_either(one: Laid, n: int) -> np.ndarray:
    """Voiced frames of the target where its pitch or the other's is in doubt, bool."""
    other, target = one.others[n], one.target
    places = (times_in(other, target) / FRAME_SHIFT_MS).astype(int)
    there = other.doubtful[np.clip(places, 0, len(other.doubtful) - 1)]
    return (target.doubtful | there)[target.voiced]


def disagreement_table(pairs: pd.DataFrame, *, resamples: int, seed: int) -> pd.DataFrame:
    """What disagreement falls by and to as each part is taken away, columns TABLE_COLUMNS.

    pairs: as `disagreements` makes it. Means over pairs, intervals (of percent) over sentences;
    frames_percent: how many frames it concerns.
    """
    if pairs.empty:
        return pd.DataFrame(columns=list(TABLE_COLUMNS))
    weights = sentence_weights(pairs["sentence"], resamples, seed)
    total = weighted_mean(pairs["total"], weights)
    rows = [(TOTAL, "", 0.0, float(total[0]), 0.0, np.nan, np.nan, 100.0)]
    for name, words in PARTS.items():
        gone = weighted_mean(pairs[name], weights)
        percent = value_and_interval(100 * gone / total, pairs["sentence"].nunique())
        frames = 100 * pairs[f"{name}_frames"].mean() if f"{name}_frames" in pairs else 100.0
        left = float(total[0] - gone[0])
        rows.append((words, HOW[name], float(gone[0]), left, *percent, frames))
    return pd.DataFrame(rows, columns=list(TABLE_COLUMNS))
