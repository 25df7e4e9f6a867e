"""Relevance by place: in the utterance, the phrase, the word, around an accent, before a boundary.

By frame index, as in the study, utterances of different tempo and length are laid over each other
out of step: only their beginnings line up. Here every frame gets a coordinate that means the same
in every utterance, the coordinate is cut into bins, and relevance is averaged within bins.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import scipy  # which loads `stats` where it is first used: it takes longer than all the rest

from intonation.corpus.corpus import Utterance
from intonation.corpus.f0 import FRAME_SHIFT_MS
from intonation.errors import ParameterError, UtteranceError
from intonation.labels.taxonomy import VUV
from intonation.lrp.ranking import group_matrix
from intonation.lrp.relevance import Relevance
from intonation.lrp.selections import PROMINENCE, nucleus_phones, prominent_phones, units

CONFIDENCE = 0.95


@dataclass(frozen=True)
class Axis:
    """A coordinate that every frame of every utterance has or lacks, cut into bins.

    slug: safe in file names. title, label: for people; the label names the unit.
    edges: float [bins + 1], rising. coordinate: utterance -> float [frames], NaN where a frame
    has none (a pause has no place in a word).
    """

    slug: str
    title: str
    label: str
    edges: np.ndarray
    coordinate: Callable[[Utterance], np.ndarray]

    def bins(self, utterance: Utterance) -> np.ndarray:
        """Bin of each frame, int64 [frames]; -1 outside the axis. The last bin has both edges.

        Raises UtteranceError where the labels do not tell the coordinate.
        """
        places = self.coordinate(utterance)
        found = np.searchsorted(self.edges, places, side="right") - 1
        found[places == self.edges[-1]] = len(self.edges) - 2
        inside = (places >= self.edges[0]) & (places <= self.edges[-1])  # False for NaN
        return np.where(inside, found, -1)


def frame_index_axis(n_frames: int, *, frames_per_bin: int = 10) -> Axis:
    """Time from the start of the utterance in seconds, as in the study; nothing is normalised.

    n_frames: of the longest utterance.
    """
    bins = max(-(-n_frames // frames_per_bin), 1)
    edges_s = np.arange(bins + 1) * frames_per_bin * FRAME_SHIFT_MS / 1000
    title, label = "by frame index", "time from the start of the utterance (s)"
    return Axis("frame_index", title, label, edges_s, lambda utterance: utterance.times_s)


def relative_axis(unit: str, bins: int = 20) -> Axis:
    """Relative time in each "phrase" or "word", or from the "utterance"'s first phone to its last.

    Pauses within a unit count, those between units are outside.
    """

    def coordinate(utterance: Utterance) -> np.ndarray:
        found = units(utterance.labels)
        whole = np.where(found.phrase >= 0, 0, -1)
        numbers = {"utterance": whole, "phrase": found.phrase, "word": found.word}
        starts_s, ends_s = _spans(utterance, numbers[unit])
        with np.errstate(invalid="ignore"):
            places = (utterance.times_s - starts_s) / (ends_s - starts_s)
        return np.minimum(places, 1.0)  # a frame just behind the last label belongs to it

    label = f"place in the {unit} (0 its start, 1 its end)"
    return Axis(unit, f"by place in the {unit}", label, np.linspace(0, 1, bins + 1), coordinate)


def accent_axis(
    *, kind: str = "accented", before_ms: float = 300, after_ms: float = 500, bin_ms: float = 25
) -> Axis:
    """Time in ms from the nearest onset of the vowel of an accented (or stressed) syllable.

    kind: "accented" or "stressed". Each frame is counted once, at its nearest onset (the earlier
    of two equally near ones). Frames farther away than the axis reaches are outside.
    """
    if kind not in PROMINENCE:
        raise ParameterError(f"kind is {kind!r}, expected one of {', '.join(PROMINENCE)}")

    def coordinate(utterance: Utterance) -> np.ndarray:
        onsets_s = _vowel_onsets_s(utterance, kind)
        if not len(onsets_s):
            return np.full(len(utterance.times_s), np.nan)
        distances_s = utterance.times_s[:, None] - onsets_s
        nearest = np.abs(distances_s).round(9).argmin(axis=1)
        return 1000 * distances_s[np.arange(len(nearest)), nearest]

    label = f"time from the vowel onset of the nearest {kind} syllable (ms)"
    edges_ms = _steps(-before_ms, after_ms, bin_ms)
    return Axis(kind, f"around {kind} syllables", label, edges_ms, coordinate)


def boundary_axis(*, before_ms: float = 1000, bin_ms: float = 50) -> Axis:
    """Time in ms to the end of the phrase, negative before it; earlier frames are outside."""

    def coordinate(utterance: Utterance) -> np.ndarray:
        _, ends_s = _spans(utterance, units(utterance.labels).phrase)
        return np.minimum(1000 * (utterance.times_s - ends_s), 0.0)

    label = "time from the end of the phrase (ms)"
    edges_ms = _steps(-before_ms, 0, bin_ms)
    return Axis("boundary", "before the end of the phrase", label, edges_ms, coordinate)


def standard_axes(n_frames: int) -> list[Axis]:
    """The axes of the chapter; n_frames: of the longest utterance."""
    accents = (accent_axis(), accent_axis(kind="stressed"))
    relative = (relative_axis("utterance"), relative_axis("phrase"), relative_axis("word", 10))
    return [frame_index_axis(n_frames), *relative, *accents, boundary_axis()]


def _steps(low: float, high: float, step: float) -> np.ndarray:
    return np.linspace(low, high, max(round((high - low) / step), 1) + 1)


def _spans(utterance: Utterance, numbers: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Start and end in seconds of the unit that each frame is in; NaN outside of units.

    numbers: int [phones], -1 for none. A pause within a unit belongs to the unit.
    """
    phones, spans = utterance.phones, np.full((2, len(numbers)), np.nan)
    for number in range(numbers.max(initial=-1) + 1):
        first, last = np.flatnonzero(numbers == number)[[0, -1]]
        spans[:, first : last + 1] = [[phones[first].start_s], [phones[last].end_s]]
    starts_s, ends_s = spans[:, utterance.frame_to_phone]
    return starts_s, ends_s


def _vowel_onsets_s(utterance: Utterance, kind: str) -> np.ndarray:
    """Start of the first nucleus phone of each prominent syllable, in seconds."""
    labels, syllable = utterance.labels, units(utterance.labels).syllable
    chosen = np.flatnonzero(nucleus_phones(labels) & prominent_phones(labels, kind))
    firsts = chosen[np.unique(syllable[chosen], return_index=True)[1]]
    return np.array([utterance.phones[first].start_s for first in firsts])


class Profile:
    """Relevance of groups in the bins of one axis, over as many utterances as are added.

    Only sums are kept, so memory does not grow with the corpus. What lies outside the axis is
    counted too: over bins and outside, relevance adds up to that of all frames.
    """

    def __init__(self, axis: Axis, groups: Sequence[str], *, statistic: str = "sum") -> None:
        shape = (len(axis.edges) - 1, len(groups))
        self.axis, self.groups, self.statistic = axis, tuple(groups), statistic
        self.total = np.zeros(shape)
        self.outside = np.zeros(shape[1])
        self.frames = np.zeros(shape[0], dtype=np.int64)
        self.utterances = np.zeros(shape[0], dtype=np.int64)
        self.outside_frames = self.untold_utterances = 0
        # over utterances: squares of sums, of counts, and their products, for the error of a ratio
        self._squares, self._products = np.zeros(shape), np.zeros(shape)
        self._squared_frames = np.zeros(shape[0])

    def add(self, utterance: Utterance, values: np.ndarray) -> None:
        """Add the relevance of one utterance, float [frames, groups].

        An utterance whose labels do not tell the coordinate is counted as outside.
        """
        try:
            bins = self.axis.bins(utterance)
        except UtteranceError:
            bins = np.full(len(values), -1)
            self.untold_utterances += 1
        inside, n_bins = bins >= 0, len(self.frames)
        frames = np.bincount(bins[inside], minlength=n_bins)
        sums = np.zeros(self.total.shape)
        np.add.at(sums, bins[inside], values[inside])
        self.total += sums
        self.frames += frames
        self.utterances += frames > 0
        self.outside += values[~inside].sum(axis=0)
        self.outside_frames += int((~inside).sum())
        self._squares += sums**2
        self._products += sums * frames[:, None]
        self._squared_frames += frames.astype(np.float64) ** 2

    @property
    def mean(self) -> np.ndarray:
        """Relevance per frame, float64 [bins, groups]; NaN in a bin without frames."""
        with np.errstate(invalid="ignore", divide="ignore"):
            return self.total / self.frames[:, None]

    @property
    def standard_error(self) -> np.ndarray:
        """Standard error of `mean` over utterances, float64 [bins, groups]; NaN for fewer than two.

        A mean per frame is a ratio of two sums over utterances, s and n; with r = s / n and U
        utterances its variance is about U / (U - 1) sum (s_u - r n_u)² / n² [Cochran 1977, ch. 6].
        """
        ratio, count = self.mean, self.utterances[:, None]
        spread = self._squares - 2 * ratio * self._products
        spread += ratio**2 * self._squared_frames[:, None]
        spread = np.maximum(spread, 0)  # rounding; NaN stays
        with np.errstate(invalid="ignore", divide="ignore"):
            errors = np.sqrt(count / (count - 1) * spread) / self.frames[:, None]
        return np.where(count > 1, errors, np.nan)

    def interval(self, confidence: float = CONFIDENCE) -> np.ndarray:
        """Confidence interval of `mean` by Student's t, float64 [2, bins, groups]."""
        freedom = np.where(self.utterances > 1, self.utterances - 1, np.nan)
        reach = scipy.stats.t.ppf((1 + confidence) / 2, freedom)[:, None] * self.standard_error
        return np.array([self.mean - reach, self.mean + reach])

    def table(self) -> pd.DataFrame:
        """One row per group and bin: group, start, end, frames, utterances, mean, se, interval.

        `mean` is per frame, of the `statistic` ("sum" or "mean") over the group's features;
        ci_low and ci_high are those of `interval`. `start` and `end` are in the axis' unit.
        """
        edges, (low, high) = self.axis.edges[:, None], self.interval()
        columns = {"start": edges[:-1], "end": edges[1:]}
        columns |= {"frames": self.frames[:, None], "utterances": self.utterances[:, None]}
        columns |= {"mean": self.mean, "se": self.standard_error, "ci_low": low, "ci_high": high}
        flat = {n: np.broadcast_to(v, self.total.shape).T.ravel() for n, v in columns.items()}
        group = np.repeat(np.array(self.groups, dtype=object), len(self.total))
        return pd.DataFrame({"group": group, **flat})

    def strongest(self, count: int, *, leave_out: Sequence[str] = (VUV,)) -> list[str]:
        """Groups whose relevance changes most along the axis, the most changing first.

        By the standard deviation of the bins' means, each bin weighted with its frames. Without a
        word to the contrary VUV is left out, an input of sound and not of language.
        """
        seen = self.frames > 0
        if not seen.any():
            return []
        means, weights = self.mean[seen], self.frames[seen] / self.frames.sum()
        spread = pd.Series(weights @ (means - weights @ means) ** 2, index=list(self.groups))
        spread = spread.drop(list(leave_out), errors="ignore")
        return spread.sort_values(ascending=False, kind="stable").index[:count].tolist()


def place_relevance(
    explained: Iterable[tuple[Utterance, Relevance]],
    axes: Sequence[Axis],
    groups: Mapping[str, np.ndarray],
    *,
    statistic: str = "sum",
) -> dict[str, Profile]:
    """Profiles by the axes' slugs, over utterances with their relevance per frame.

    explained: for example `explanations.read_store(...)`; read once, one utterance at a time.
    groups: {name: input indices}. statistic: over the features of a group, "sum" or "mean".
    """
    profiles = {axis.slug: Profile(axis, list(groups), statistic=statistic) for axis in axes}
    for utterance, relevance in explained:
        values = group_matrix(relevance.values, groups, statistic=statistic)
        for profile in profiles.values():
            profile.add(utterance, values)
    return profiles


def balance_table(profiles: Mapping[str, Profile]) -> pd.DataFrame:
    """What lies on each axis and outside of it: frames and relevance; the totals must agree.

    Columns: axis, frames, outside_frames, relevance, outside_relevance, total_relevance.
    """
    columns = ["axis", "frames", "outside_frames", "relevance", "outside_relevance"]
    rows = [
        (slug, one.frames.sum(), one.outside_frames, one.total.sum(), one.outside.sum())
        for slug, one in profiles.items()
    ]
    table = pd.DataFrame(rows, columns=columns)
    return table.assign(total_relevance=table["relevance"] + table["outside_relevance"])
