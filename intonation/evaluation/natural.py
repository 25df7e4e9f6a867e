"""The corpus' own F0 as one value per phone, ranked in the way that recovers a planted law.

No truth can mark this ranking. It is made exactly as the one that the planted law marked: the same
small network, penalty, rule and statistic; only the F0 is that of the voice.
"""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from tqdm.auto import tqdm

from intonation.corpus.corpus import Corpus, Utterance
from intonation.corpus.features import FeatureTable
from intonation.errors import CorpusError
from intonation.evaluation.planted_law import Planted, read_fields
from intonation.evaluation.ranking_intervals import draw_counts, intervals, no_intervals
from intonation.lrp.ranking import INTERVAL_COLUMNS
from intonation.model.batches import Inputs


def observe_utterance(utterance: Utterance, answers: np.ndarray) -> Planted:
    """An utterance with the mean F0 of each voiced phone in the law's place, without noise.

    answers: [phones, questions] of the utterance. Phones without voice have F0 and weight 0.
    """
    phones, index = len(answers), utterance.frame_to_phone
    weight = np.bincount(index, utterance.voiced, minlength=phones)
    total = np.bincount(index, np.nan_to_num(utterance.f0_semitones), minlength=phones)
    f0_semitones = total / np.maximum(weight, 1)
    return Planted(
        utterance.id,
        Inputs(answers, np.arange(phones), weight > 0),
        read_fields(utterance.labels),
        f0_semitones,
        f0_semitones.astype(np.float32),
        weight.astype(np.float32),
    )


def observe(corpus: Corpus, features: FeatureTable, split: str, *, at_most: int) -> list[Planted]:
    """The utterances of a split (the first ones, at_most) with the F0 that was spoken.

    Raises CorpusError where the split has none with a voiced frame.
    """
    ids = corpus.ids(split)[:at_most]
    bar = tqdm(ids, desc=f"observe {split}", unit="utterance")
    made = [observe_utterance(corpus[name], features.answers(name)) for name in bar]
    made = [item for item in made if item.weight.any()]
    if not made:
        raise CorpusError(f"no utterance of the split '{split}' is voiced; make a larger corpus")
    return made


def spread_ranking(
    net: Sequence[np.ndarray],
    weights: Sequence[np.ndarray],
    groups: Mapping[str, np.ndarray],
    *,
    resamples: int = 1000,
    seed: int = 0,
) -> pd.DataFrame:
    """Rank groups by the spread over frames of their net relevance, utterances drawn again.

    net: [phones, groups] of each utterance; weights: voiced frames of each phone [phones].
    Returns group, spread (standard deviation, in the unit of relevance), and the 95 % percentile
    bootstrap intervals ci_low, ci_high, rank_low, rank_high; empty for a single utterance.
    """
    moments = np.stack(
        [
            np.stack([np.full(part.shape[1], weight.sum()), weight @ part, weight @ part**2])
            for part, weight in zip(net, weights, strict=True)
        ]
    ).astype(np.float64)  # [utterances, 3, groups]: what a standard deviation is made of
    spread = _spread(moments.sum(axis=0)[None])[0]
    order = np.argsort(-spread, kind="stable")
    table = pd.DataFrame({"group": np.array(list(groups))[order], "spread": spread[order]})
    if len(net) < 2:
        return table.join(no_intervals(len(table)))
    counts = draw_counts(len(net), resamples, seed)
    draws = _spread(np.tensordot(counts, moments, axes=1))[:, order]
    return table.join(intervals(draws)[list(INTERVAL_COLUMNS)])


def _spread(moments: np.ndarray) -> np.ndarray:
    """Standard deviation from [..., 3, groups]: weight, weighted sum, weighted sum of squares."""
    weight, total, squares = np.moveaxis(moments, -2, 0)
    mean = total / np.maximum(weight, 1e-12)
    return np.sqrt(np.maximum(squares / np.maximum(weight, 1e-12) - mean**2, 0))
