"""Why F0 differs between two selections of frames: the difference of two explanations."""

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
import pandas as pd
from tqdm.auto import tqdm

from intonation.corpus.corpus import Utterance
from intonation.errors import ParameterError, UtteranceError
from intonation.lrp.methods import explain
from intonation.lrp.ranking import Groups, group_matrix
from intonation.lrp.selections import Selection
from intonation.model.network import F0Model
from intonation.statistics import draw_counts, percentiles


class Contrast(NamedTuple):
    """What `contrast` finds.

    table: one row per part, with columns `kind`, `part`, `first`, `second` (means per explained
    frame, in the unit of the network's output), `difference` (first minus second), `ci_low`,
    `ci_high` (bootstrap interval of the difference over utterances; NaN where a side has fewer
    than two). Kinds: "group"; "rest", the inputs of no group; "absorbed" by biases; "gap", what
    the rule leaves over; "explained", the mean of the predicted F0, which is the sum of all
    these; "natural", the mean of the natural F0 in the same frames.
    frames, utterances: how many there are on each side.

    For a network of the target `semitones` the difference of a group reads: this kind of feature
    raises F0 by so many semitones more in the first selection than in the second.
    """

    table: pd.DataFrame
    frames: tuple[int, int]
    utterances: tuple[int, int]


def contrast(
    model: F0Model,
    utterances: Iterable[Utterance],
    *,
    first: Selection,
    second: Selection,
    groups: Groups,
    rule: str = "z",
    resamples: int = 1000,
    seed: int = 0,
    confidence: float = 0.95,
) -> Contrast:
    """Explain two selections of frames in many utterances, and the difference of their mean F0.

    first, second: functions such as `question_ends`, utterance -> bool [frames]. Of their frames
    the voiced ones count, because F0 exists there only. Utterances without any are passed over;
    an utterance may belong to both sides. groups: {name: input indices}, no input in two.
    The interval is the percentile bootstrap over utterances, drawn with replacement among those
    that belong to the same sides [Efron & Tibshirani 1993, ch. 8 and 13].

    Raises UtteranceError where a selection has no frame in any utterance, ModelError where
    model and utterances do not fit, ParameterError for groups that share an input.
    """
    names, parts = _parts(groups, len(model.config.inputs))
    sums, frames = _measure(model, utterances, (first, second), parts, rule)
    means = sums.sum(axis=0) / frames.sum(axis=0)[:, None]
    low, high = _interval(sums, frames, resamples, seed, confidence)
    table = pd.DataFrame(names, columns=["kind", "part"]).assign(
        first=means[0], second=means[1], difference=means[0] - means[1], ci_low=low, ci_high=high
    )
    n_frames, n_utterances = frames.sum(axis=0).astype(int), (frames > 0).sum(axis=0)
    return Contrast(table, tuple(n_frames.tolist()), tuple(n_utterances.tolist()))


def _parts(groups: Groups, n_inputs: int) -> tuple[list[tuple[str, str]], dict[str, np.ndarray]]:
    """Names (kind, part) of all rows of a contrast, and the inputs of the first of them."""
    parts = {name: np.unique(indices) for name, indices in groups.items()}
    grouped = np.concatenate([*parts.values(), np.zeros(0, dtype=np.int64)]).astype(np.int64)
    if len(np.unique(grouped)) < len(grouped):
        raise ParameterError("an input stands in two groups, so their relevance does not add up")
    names = [("group", name) for name in parts]
    rest = np.setdiff1d(np.arange(n_inputs), grouped)
    if len(rest):
        names.append(("rest", "other inputs"))
        parts["other inputs"] = rest
    ends = ("absorbed", "gap", "explained", "natural")
    return [*names, *((kind, kind) for kind in ends)], parts


def _measure(
    model: F0Model,
    utterances: Iterable[Utterance],
    selections: tuple[Selection, Selection],
    parts: Groups,
    rule: str,
) -> tuple[np.ndarray, np.ndarray]:
    """Sums [utterances, 2, parts] and numbers of frames [utterances, 2] of both sides."""
    sums, counted = [], []
    for utterance in tqdm(utterances, desc="contrast", unit="utterance", mininterval=1.0):
        chosen = [selection(utterance) & utterance.voiced for selection in selections]
        counts = [int(mask.sum()) for mask in chosen]
        if any(counts):
            counted.append(counts)
            sums.append([_sums(model, utterance, mask, parts, rule) for mask in chosen])
    frames = np.array(counted, dtype=np.float64).reshape(-1, 2)
    for side, count in zip(("first", "second"), frames.sum(axis=0), strict=True):
        if not count:
            raise UtteranceError(
                f"no frame was chosen: no utterance has a voiced frame in the {side} selection; "
                "choose another selection or more utterances"
            )
    return np.array(sums), frames


def _sums(
    model: F0Model, utterance: Utterance, mask: np.ndarray, parts: Groups, rule: str
) -> np.ndarray:
    """Relevance of the parts, absorbed, gap, explained and natural F0, summed over the frames."""
    if not mask.any():
        return np.zeros(len(parts) + 4)
    relevance = explain(model, utterance, frames=mask, rule=rule, per="phone")
    inputs = np.asarray(relevance.values, dtype=np.float64).sum(axis=0)
    grouped = group_matrix(inputs[None], parts, statistic="sum")[0]
    natural = model.config.meaning.of_utterance(utterance)[mask]
    totals = (relevance.absorbed, relevance.gap, relevance.explained, natural.sum())
    return np.array([*grouped, *totals], dtype=np.float64)


def _interval(
    sums: np.ndarray, frames: np.ndarray, resamples: int, seed: int, confidence: float
) -> np.ndarray:
    """Bootstrap interval [2, parts] of the difference of means per frame."""
    belongs = frames > 0
    if belongs.sum(axis=0).min() < 2:
        return np.full((2, sums.shape[2]), np.nan)
    random, weights = np.random.default_rng(seed), np.zeros((resamples, len(frames)))
    for sides in np.unique(belongs, axis=0):
        members = np.flatnonzero((belongs == sides).all(axis=1))
        weights[:, members] = draw_counts(len(members), resamples, random)
    means = [weights @ sums[:, side] / (weights @ frames[:, side])[:, None] for side in (0, 1)]
    return percentiles(means[0] - means[1], confidence)
