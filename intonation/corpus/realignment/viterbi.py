"""The best times of a known row of phones: Viterbi with explicit durations.

A hidden semi-Markov model [Yu 2010] whose row is known: a stretch scores what its frames say for
its phone, plus how usual its duration is. Every boundary is searched near a former one, so that
each phone costs one small matrix.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

# Neighbouring frames hear the same sound: their evidence does not add up as if they did not
ACOUSTIC_WEIGHT = 0.35
SHORTEST = 3  # frames of a phone
SHORTEST_PAUSE = 6  # frames; less is the closure of a stop
NEVER = -1e9


class Slot(NamedTuple):
    """A place in the row. place: of its symbol among the classes; optional: it may last nothing."""

    place: int
    optional: bool


@dataclass(frozen=True)
class Durations:
    """Log-normal durations of each class: mean and SD of ln frames, and how often a pause is made.

    means, deviations: float [classes]. pause_share: of the places where one may be.
    """

    means: np.ndarray
    deviations: np.ndarray
    pause_share: float

    def scores(self, slot: Slot, frames: np.ndarray) -> np.ndarray:
        """Log probability of these durations [any shape] for a slot."""
        mean, deviation = self.means[slot.place], self.deviations[slot.place]
        logs = np.log(np.maximum(frames, 1))
        usual = -0.5 * ((logs - mean) / deviation) ** 2 - np.log(deviation) - logs
        if not slot.optional:
            return np.where(frames >= SHORTEST, usual, NEVER)
        made = np.where(frames >= SHORTEST_PAUSE, usual + np.log(self.pause_share), NEVER)
        return np.where(frames == 0, np.log1p(-self.pause_share), made)


def best_boundaries(
    likelihoods: np.ndarray, row: list[Slot], former: np.ndarray, window: int, usual: Durations
) -> np.ndarray | None:
    """Where each slot begins and the last ends, int64 [slots + 1] in frames, from 0 to all frames.

    likelihoods: log likelihood of each class in each frame, [frames, classes].
    former: [slots + 1], about where they were; window: how many frames to search on either side.
    None where no times fit, as where phones were crowded more densely than they can be.
    """
    frames = len(likelihoods)
    places = [slot.place for slot in row]
    sums = np.zeros((frames + 1, len(row)))
    np.cumsum(ACOUSTIC_WEIGHT * likelihoods[:, places], axis=0, out=sums[1:])
    candidates = [_around(time, window, frames) for time in former]
    candidates[0], candidates[-1] = np.array([0]), np.array([frames])
    score, came_from = np.zeros(1), []
    lasting = {slot: _by_duration(usual, slot, frames) for slot in {*row}}
    for number, slot in enumerate(row):
        starts, ends = candidates[number], candidates[number + 1]
        said = sums[ends, number][None, :] - sums[starts, number][:, None]
        total = (
            score[:, None] + said + lasting[slot][np.maximum(ends[None, :] - starts[:, None], -1)]
        )
        came_from.append(total.argmax(0))
        score = total.max(0)
    if score[0] < NEVER / 2:
        return None
    chosen = [0]
    for number in reversed(range(len(row))):
        chosen.append(int(came_from[number][chosen[-1]]))
    return np.array([c[i] for c, i in zip(candidates, reversed(chosen), strict=True)])


def _by_duration(usual: Durations, slot: Slot, frames: int) -> np.ndarray:
    """Scores of 0 to so many frames, and last of all, where -1 finds it, of fewer than none."""
    return np.append(usual.scores(slot, np.arange(frames + 1)), NEVER)


def _around(time: float, window: int, frames: int) -> np.ndarray:
    middle = round(float(time))
    return np.arange(max(0, middle - window), min(frames, middle + window) + 1)


def crossing(likelihoods: np.ndarray, boundary: int, before: int, after: int) -> float:
    """A boundary below the frame, in frames: where what speaks for the one phone meets the other.

    before, after: classes. Straight lines between the two frames beside the boundary, whose
    centres are half a frame away.
    """
    if not 0 < boundary < len(likelihoods):
        return float(boundary)
    beside = likelihoods[boundary - 1 : boundary + 1]
    left, right = beside[:, before] - beside[:, after]
    if not left > 0 > right:
        return float(boundary)
    return boundary - 0.5 + float(left / (left - right))
