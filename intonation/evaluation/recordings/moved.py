"""Labels whose boundaries are moved by errors of a known size, as an aligner's are."""

import dataclasses

import numpy as np

from intonation.labels.full_context import Labels

SHORTEST = 100_000  # in 100 ns: a phone keeps 10 ms, two frames
TICKS_PER_MS = 10_000


def moved_labels(labels: Labels, deviation_ms: float, random: np.random.Generator) -> Labels:
    """The labels with every inner boundary moved by a normal error of this standard deviation.

    Each keeps SHORTEST, or half of a phone that is shorter, from the boundary before as moved and
    from the one after as it was: no phone is lost, and the first start and last end stay.
    """
    starts, ends = labels.times
    moved = starts.astype(float)
    errors = random.normal(0, deviation_ms * TICKS_PER_MS, len(starts))
    for n in range(1, len(starts)):
        room = min(SHORTEST, (ends[n] - starts[n]) / 2, (starts[n] - starts[n - 1]) / 2)
        low, high = moved[n - 1] + room, ends[n] - room
        moved[n] = min(max(starts[n] + errors[n], low), high)
    rounded = np.rint(moved).astype(np.int64)
    return dataclasses.replace(labels, starts=rounded, ends=np.append(rounded[1:], ends[-1]))
