"""A law planted frame by frame, for networks of frames: accents that peak, declination in time.

A drawn law is constant within a phone. Speech is not: here an accent is a bell over its syllable,
and F0 falls with the seconds since its phrase began, not with syllables counted. All other terms
are as in the law.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from intonation.corpus.corpus import Corpus, Utterance
from intonation.corpus.f0 import FRAME_SHIFT_MS
from intonation.evaluation.planted_law import Law, Planted, contributions, read_fields
from intonation.labels.taxonomy import ACCENT
from intonation.lrp.selections import units
from intonation.model.batches import Example, inputs_of

DECLINATION = "SYLLABLE_POSITION"
SYLLABLES_PER_S = 5.0  # in whose place stands a second


def frame_contributions(utterance: Utterance, law: Law) -> dict[str, np.ndarray]:
    """What each term adds, by group: semitones, float64 [frames]."""
    index, found = utterance.frame_to_phone, units(utterance.labels)
    parts = {}
    for group, values in contributions(read_fields(utterance.labels), law).items():
        parts[group] = values[index]
        if group == ACCENT:
            place, length = _place(found.syllable[index])
            parts[group] = parts[group] * 2 * np.sin(np.pi * (place + 0.5) / length) ** 2
        if group == DECLINATION:
            seconds = _place(found.phrase[index])[0] * FRAME_SHIFT_MS / 1000
            times = next(term.times for term in law if term.group == group)
            parts[group] = -0.3 * times * np.minimum(SYLLABLES_PER_S * seconds, 15)
    return parts


def _place(numbers: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Frames since its unit began and how many it has, [frames]; numbers: of the unit, -1: none."""
    place, length = np.zeros(len(numbers)), np.ones(len(numbers))
    for number in np.unique(numbers[numbers >= 0]):
        inside = np.flatnonzero(numbers == number)
        place[inside], length[inside] = inside - inside[0], inside[-1] - inside[0] + 1
    return place, length


def frame_example(
    utterance: Utterance, law: Law, *, noise_semitones: float, seed: int | Sequence[int]
) -> Example:
    """What a network of frames learns the law from: noise is drawn once a phone."""
    f0_semitones = sum(frame_contributions(utterance, law).values())
    random = np.random.default_rng(seed)
    noise = random.normal(0.0, noise_semitones, len(utterance.labels))
    target = (f0_semitones + noise[utterance.frame_to_phone]).astype(np.float32)
    inputs = inputs_of(utterance)
    return Example(inputs, target, inputs.voiced.astype(np.float32))


def replant_frames(
    corpus: Corpus,
    utterances: Sequence[Planted],
    law: Law,
    *,
    noise_semitones: float,
    seed: int | Sequence[int],
) -> list[Planted]:
    """The same utterances with the mean of the law over each phone's voiced frames, and noise.

    So does a network of phones hear what moves within them; unvoiced phones have 0.
    """
    made = []
    for index, item in enumerate(utterances):
        utterance = corpus[item.id]
        phones, voiced = utterance.frame_to_phone, utterance.voiced
        f0_semitones = sum(frame_contributions(utterance, law).values())
        sums = np.bincount(phones, voiced * f0_semitones, len(item.weight))
        counted = np.bincount(phones, voiced, len(item.weight))
        means = sums / np.maximum(counted, 1)
        random = np.random.default_rng([*np.atleast_1d(seed), index, len(means)])
        target = (means + random.normal(0.0, noise_semitones, len(means))).astype(np.float32)
        made.append(replace(item, f0_semitones=means, target=target))
    return made


def frame_effects(
    utterances: Sequence[Utterance], law: Law, lines: Mapping[str, Sequence[str]]
) -> pd.Series:
    """Standard deviation of the terms over voiced frames, semitones by line.

    lines: the groups of each, whose terms add up; 0 where the law has none of them.
    """
    parts = [frame_contributions(one, law) for one in utterances]
    voiced = np.concatenate([one.voiced for one in utterances])
    terms = {
        term.group: np.concatenate([part[term.group] for part in parts])[voiced] for term in law
    }
    return pd.Series(
        {
            name: float(np.std(sum(terms[group] for group in groups if group in terms)))
            for name, groups in lines.items()
        },
        dtype=np.float64,
    )
