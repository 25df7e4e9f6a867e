"""The ranking of entries: each frame's own output, parts that add up, a spread that is known."""

import numpy as np
import pandas as pd
import pytest
from builders import make_inputs, make_model

from intonation.evaluation.faithfulness import Sample
from intonation.evaluation.recovery import spread
from intonation.evaluation.together.entry_ranking import joined, net_relevance, rank_entries
from intonation.lrp.methods import attribute
from intonation.lrp.ranking import group_matrix

GROUPS = {"A": np.array([0, 1, 2]), "B": np.array([3, 4]), "C": np.array([5, 6, 7, 8, 9, 10])}


def samples(count=3):
    made = [make_inputs(seed, frames=20 + seed) for seed in range(count)]
    return [Sample(f"u{n}", item, item.voiced) for n, item in enumerate(made)]


def merged(names):
    return pd.DataFrame(
        {"entry": names, "words": names, "parts": names, "told_by_others": 0.5, "doubtful": False}
    )


def test_a_frame_has_what_explaining_it_alone_gives():
    model, (sample,) = make_model("semitones"), samples(1)
    (found,) = net_relevance(model, [sample], GROUPS)
    for row, frame in enumerate(np.flatnonzero(sample.chosen)[:6]):
        alone = attribute(model, sample.inputs, np.arange(20) == frame).relevance().values
        expected = group_matrix(alone, GROUPS, statistic="sum").sum(axis=0)
        np.testing.assert_allclose(found[row], expected, atol=1e-9)


def test_entries_are_the_sums_of_their_parts():
    model = make_model("semitones")
    net = net_relevance(model, samples(), GROUPS)
    both = joined(net, GROUPS, {"A+C": ("A", "C"), "B": ("B",)})
    at_once = {"A+C": np.concatenate([GROUPS["A"], GROUPS["C"]]), "B": GROUPS["B"]}
    for one, other in zip(both, net_relevance(model, samples(), at_once), strict=True):
        np.testing.assert_allclose(one, other, atol=1e-9)


def test_the_ranking_is_by_spread_over_frames_with_intervals():
    net = net_relevance(make_model("semitones"), samples(), GROUPS)
    found = rank_entries(net, merged(list(GROUPS)), resamples=60, seed=1)
    expected = pd.Series(spread(net, [np.ones(len(part)) for part in net]), index=list(GROUPS))
    order = expected.sort_values(ascending=False)
    assert found["entry"].tolist() == order.index.tolist()
    np.testing.assert_allclose(found["spread"], order)
    assert (found["ci_low"] <= found["spread"]).all() and found["rank_high"].max() <= 3
    alone = rank_entries(net[:1], merged(list(GROUPS)), resamples=60)
    assert alone[["ci_low", "rank_high"]].isna().all(axis=None)


def test_parts_that_cancel_are_nothing_as_an_entry():
    net = [np.array([[1.0, -1.0, 0.5], [3.0, -3.0, 0.0]])]
    (both,) = joined(net, GROUPS, {"A+B": ("A", "B"), "C": ("C",)})
    assert both.tolist() == [[0.0, 0.5], [0.0, 0.0]]
    assert rank_entries([both], merged(["A+B", "C"]), resamples=10)["spread"][1] == pytest.approx(0)
