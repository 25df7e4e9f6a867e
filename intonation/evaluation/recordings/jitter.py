"""What boundary errors cost: a corpus whose boundaries are moved, learnt and explained again.

Nobody's alignment is exact. How much of what is found depends on that is measured by making it
worse on purpose: errors of a known size are added to the times of phones, F0 stays as it is.
"""

import dataclasses
import zlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from intonation.corpus.corpus import Corpus, Utterance
from intonation.corpus.features import FeatureTable
from intonation.evaluation.ranking_intervals import absolute_sums
from intonation.evaluation.recordings.moved import moved_labels
from intonation.evaluation.stability import explain_seeds, train_seeds
from intonation.lrp.ranking import input_groups
from intonation.model.accuracy import pooled_rmse, voiced_errors
from intonation.model.prediction import predict_hz
from intonation.model.target import TARGETS
from intonation.parameters import Parameters
from intonation.statistics import rank_correlation


@dataclass(frozen=True)
class Jittered(Corpus):
    """A corpus that hands out its utterances with moved boundaries, always by the same errors."""

    deviation_ms: float = 0.0
    seed: int = 0

    def __getitem__(self, utterance_id: str) -> Utterance:
        utterance = super().__getitem__(utterance_id)
        if not self.deviation_ms:
            return utterance
        random = np.random.default_rng((self.seed, zlib.crc32(utterance_id.encode())))
        labels = moved_labels(utterance.labels, self.deviation_ms, random)
        return dataclasses.replace(utterance, labels=labels)


def jittered(corpus: Corpus, deviation_ms: float, seed: int) -> Jittered:
    """The corpus with its boundaries moved; nothing is written."""
    return Jittered(corpus.folder, corpus.table, deviation_ms, seed)


def jitter_effects(
    corpus: Corpus,
    features: FeatureTable,
    parameters: Parameters,
    folder: Path,
    deviations_ms: tuple[float, ...],
) -> pd.DataFrame:
    """F0 errors and rankings of small networks that learnt from, and explain, moved boundaries.

    A row for each deviation: rmse_semitones on the test utterances, the mean over the networks,
    and rank_correlation of the general groups' absolute relevance, summed over the networks, with
    those of the first deviation. Networks go to `folder`/<deviation>/<seed>, see `train_seeds`.
    """
    groups = input_groups(corpus.questions, "general", vuv=TARGETS[parameters.target].vuv)
    rows, first = [], None
    for deviation_ms in deviations_ms:
        moved = jittered(corpus, deviation_ms, parameters.seed)
        place = Path(folder) / f"{deviation_ms:g}"
        models = train_seeds(moved, features, parameters, place)
        sums = explain_seeds(models, moved, features, place)
        relevance = sum(absolute_sums(one, groups).sum(axis=0) for one in sums.values())
        first = relevance if first is None else first
        rmse = np.mean([_rmse_semitones(model, moved) for model in models.values()])
        row = {"deviation_ms": deviation_ms, "rmse_semitones": round(float(rmse), 4)}
        rows.append(row | {"rank_correlation": round(rank_correlation(relevance, first), 4)})
    return pd.DataFrame(rows)


def _rmse_semitones(model, corpus: Corpus) -> float:
    """Over all voiced frames of the test utterances."""
    rows = [
        {"voiced_frames": int(one.voiced.sum())} | voiced_errors(one.f0_hz, predict_hz(model, one))
        for one in map(corpus.__getitem__, corpus.ids("test"))
    ]
    return pooled_rmse(pd.DataFrame(rows), "rmse_semitones")
