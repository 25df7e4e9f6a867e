"""One F0 value per phone, for models of answers that need no time."""

from collections.abc import Hashable, Sequence
from typing import NamedTuple

import numpy as np

from intonation.model.batches import Learnable


class Phones(NamedTuple):
    """The voiced phones of many utterances, one after the other.

    answers: float32 [phones, questions]. target: their mean F0 in the unit of the target [phones].
    weight: their voiced frames [phones]. unit: int64 [phones], which utterance, or which sentence
    where several speakers read the same.
    """

    answers: np.ndarray
    target: np.ndarray
    weight: np.ndarray
    unit: np.ndarray


def phones_of(items: Sequence[Learnable], units: Sequence[Hashable]) -> Phones:
    """Mean target of each phone over its voiced frames; units: what each utterance counts as."""
    numbers: dict[Hashable, int] = {}
    parts: list[Phones] = []
    for item, unit in zip(items, units, strict=True):
        told, number = item.inputs, numbers.setdefault(unit, len(numbers))
        counted = item.weight * told.voiced
        sums = np.bincount(told.frame_to_phone, counted * item.target, len(told.answers))
        weight = np.bincount(told.frame_to_phone, counted, len(told.answers))
        kept = weight > 0
        answers = told.answers[kept].astype(np.float32)
        target, unit_of = sums[kept] / weight[kept], np.full(int(kept.sum()), number)
        parts.append(Phones(answers, target, weight[kept], unit_of))
    return Phones(*(np.concatenate(columns) for columns in zip(*parts, strict=True)))
