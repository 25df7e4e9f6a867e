"""Entries ranked by what the network makes of them: the spread over frames of net relevance."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from intonation.evaluation.faithfulness import Sample
from intonation.evaluation.ranking_intervals import spread_ranking
from intonation.evaluation.together.told import NEW
from intonation.lrp.lrp import Explainer
from intonation.lrp.ranking import Groups
from intonation.model.network import F0Model
from intonation.statistics import INTERVAL_COLUMNS

COLUMNS = ("entry", "words", "parts", "spread", *INTERVAL_COLUMNS, NEW, "doubtful")


def net_relevance(model: F0Model, samples: Sequence[Sample], groups: Groups) -> list[np.ndarray]:
    """What each group has in each explained frame's own output, float [frames, groups], semitones.

    By the Z rule, for which one pass a group gives all frames (`Explainer.shares`).
    """
    explainer, members = Explainer(model, rule="z"), list(groups.values())
    found = []
    for sample in samples:
        shares = explainer.shares(explainer.forward(sample.inputs), members)
        found.append(shares[:, sample.chosen].T.astype(np.float64))
    return found


def joined(
    net: Sequence[np.ndarray], groups: Groups, entries: Mapping[str, Sequence[str]]
) -> list[np.ndarray]:
    """Net relevance of entries, [frames, entries], from that of groups: the sum of their parts'.

    entries: the parts of each.
    """
    sums = np.array([[name in parts for name in groups] for parts in entries.values()], float)
    return [part @ sums.T for part in net]


def rank_entries(
    net: Sequence[np.ndarray], merged: pd.DataFrame, *, resamples: int, seed: int = 0
) -> pd.DataFrame:
    """The ranking of entries, columns `COLUMNS`, largest spread over frames first.

    net: [frames, entries] of each utterance, in the order of `merged`, of `merging.merged_table`.
    Intervals are the bootstrap's over utterances (`ranking_intervals.spread_ranking`).
    """
    weights = [np.ones(len(part)) for part in net]
    named = {name: np.zeros(0, dtype=np.int64) for name in merged["entry"]}
    table = spread_ranking(net, weights, named, resamples=resamples, seed=seed)
    told = merged[["entry", "words", "parts", NEW, "doubtful"]]
    return table.rename(columns={"group": "entry"}).merge(told, on="entry")[list(COLUMNS)]
