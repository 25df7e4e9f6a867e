"""Contours of one sentence laid over each other, phone by phone.

Readings of a sentence differ in how long each phone lasts. Within a phone that both have, time runs
evenly from its start to its end in either reading, so that each frame of one has its place in the
other. Between phones that both have (a pause that only one speaker made) time runs evenly, too.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher

import numpy as np

from intonation.corpus.f0 import FRAME_SHIFT_MS
from intonation.evaluation.people.readings import People, Reading, Sentence
from intonation.labels.full_context import Labels

LEAST_SHARED = 0.8  # of the phones of either reading
TICKS_PER_MS = 10_000


@dataclass(frozen=True)
class Laid:
    """A reading, the target, with the others' contours on its frames.

    sentence: its key. values: semitones from each speaker's median, float64 [others, frames], also
    where the target is unvoiced. scales: the target's spread over each one's, [others].
    """

    sentence: str
    target: Reading
    others: tuple[Reading, ...]
    values: np.ndarray
    scales: np.ndarray

    @property
    def own(self) -> np.ndarray:
        """The target on its voiced frames, [voiced frames]."""
        return self.target.semitones[self.target.voiced]

    def predicted(self, *, known_range: bool) -> np.ndarray:
        """The others on the target's voiced frames, [others, voiced frames].

        known_range: in units of each one's spread, times the target's.
        """
        found = self.values[:, self.target.voiced]
        return found * self.scales[:, None] if known_range else found


def laid_over(people: People) -> tuple[list[Laid], list[tuple[str, str]]]:
    """Every reading of every sentence with the others upon it, and what was left out, and why."""
    laid, out = [], []
    for sentence in people.sentences:
        kept, odd = comparable(sentence)
        out += [(one.id, "read with other phones") for one in odd]
        laid += _laid(sentence.key, kept, people.spread_semitones)
    return laid, out


def comparable(sentence: Sentence) -> tuple[list[Reading], list[Reading]]:
    """The readings whose phones are those of the most typical one, and the others.

    Typical is whose phones the others share most; alike are two that share LEAST_SHARED of them.
    """
    readings = list(sentence.readings)
    shares = np.array([[shared_share(a.symbols, b.symbols) for b in readings] for a in readings])
    alike = shares[shares.sum(axis=0).argmax()] >= LEAST_SHARED
    kept = [one for one, good in zip(readings, alike, strict=True) if good]
    return kept, [one for one, good in zip(readings, alike, strict=True) if not good]


def _laid(key: str, readings: list[Reading], spreads: dict[str, float]) -> Iterator[Laid]:
    if len(readings) < 2:
        return
    for target in readings:
        others = tuple(one for one in readings if one is not target)
        values = np.stack([resampled(one, target) for one in others])
        scales = np.array([spreads[target.speaker] / spreads[one.speaker] for one in others])
        yield Laid(key, target, others, values, scales)


def shared_phones(first: list[str], second: list[str]) -> tuple[np.ndarray, np.ndarray]:
    """Numbers of the phones that two sequences share in their order, int64 [shared] in each."""
    if first == second:
        return np.arange(len(first)), np.arange(len(first))
    blocks = SequenceMatcher(None, first, second, autojunk=False).get_matching_blocks()
    pairs = [(block.a + n, block.b + n) for block in blocks for n in range(block.size)]
    found = np.array(pairs, dtype=np.int64).reshape(-1, 2)
    return found[:, 0], found[:, 1]


def shared_share(first: list[str], second: list[str]) -> float:
    """Phones that two sequences share, of the longer one's."""
    return len(shared_phones(first, second)[0]) / max(len(first), len(second), 1)


def times_in(
    source: Reading, target: Reading, *, source_labels: Labels | None = None
) -> np.ndarray:
    """Where each frame of the target lies in the source, in ms, float64 [frames of the target].

    source_labels: times of the source's phones other than its own.
    """
    here, there = shared_phones(target.symbols, source.symbols)
    anchors = _bounds_ms(target.labels, here), _bounds_ms(source_labels or source.labels, there)
    return np.interp(target.times_ms, *anchors)


def _bounds_ms(labels: Labels, phones: np.ndarray) -> np.ndarray:
    """Start and end of the phones in their order, never running backwards, [2 phones]."""
    starts, ends = labels.times
    both = np.column_stack([starts[phones], ends[phones]]).ravel() / TICKS_PER_MS
    return np.maximum.accumulate(both)


def resampled(
    source: Reading, target: Reading, *, source_labels: Labels | None = None
) -> np.ndarray:
    """The source's contour on the frames of the target, semitones, float64 [frames]."""
    places = times_in(source, target, source_labels=source_labels) / FRAME_SHIFT_MS - 0.5
    return np.interp(places, np.arange(len(source.filled)), source.filled)
