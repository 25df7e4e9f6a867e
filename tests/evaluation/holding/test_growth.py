"""How far the way that holds reaches: how many utterances, what is told of it."""

import numpy as np
import pandas as pd

from intonation.evaluation.holding.growth import learning_curve, sizes, told_in_words
from intonation.evaluation.holding.marking import APART, HOLDS, MERGED, STUDY, LawTrial


def test_utterances_are_halved_but_never_too_few():
    assert sizes(560) == [70, 140, 280, 560]
    assert sizes(30) == [15, 30] and sizes(5) == [5] and sizes(12) == [12]


def test_what_is_known_of_all_utterances_is_not_learnt_again(tmp_path):
    """Twelve utterances cannot be halved: only what is known stands in the table."""
    rows = [(1, HOLDS, APART, 0.8), (2, HOLDS, APART, 0.6), (1, HOLDS, MERGED, 1.0)]
    rows += [(2, HOLDS, MERGED, 0.9), (1, STUDY, APART, 0.1), (3, HOLDS, APART, 0.0)]
    known = pd.DataFrame(rows, columns=["law", "way", "ranking", "spearman"])
    items = [None] * 12
    trial = LawTrial((items, [], []), (), {}, None, tmp_path)
    curve = learning_curve([1, 2], trial, known)
    assert curve["utterances"].tolist() == [12]
    np.testing.assert_allclose(curve[[APART, MERGED]], [[0.7, 0.95]])
    frames = pd.DataFrame({"found": [3.0, 2, 1, 0], "planted": [1.0, 2, 3, 0]})
    frames = frames.assign(apart=True, merged=[False, True, True, True])
    counted, within = told_in_words(curve, frames, 2)
    assert "12 utterances 0.70, merged 0.95" in counted
    assert "of 0.20 was reached, merged 0.50" in within
