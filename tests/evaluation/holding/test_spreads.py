"""The spread over frames, against each frame explained on its own."""

import numpy as np
import pytest
import torch
from builders import TARGETS, make_inputs, make_model

from intonation.evaluation.holding.spreads import group_spread, net_relevance
from intonation.evaluation.ranking_intervals import rank_spreads, spread_of
from intonation.evaluation.recovery import spread
from intonation.lrp.methods import attribute
from intonation.lrp.ranking import group_matrix


def groups_of(model):
    inputs = np.arange(len(model.config.inputs))
    return {"few": inputs[:2], "unused": inputs[2:4], "rest": inputs[4:]}


@pytest.mark.parametrize("target", TARGETS)
def test_every_voiced_frame_is_explained_on_its_own(target):
    model, item = make_model(target), make_inputs(3, frames=40)
    groups = groups_of(model)
    (net,) = net_relevance(model, [item], groups)
    expected = []
    for frame in np.flatnonzero(item.voiced):
        values = attribute(model, item, np.arange(40) == frame).relevance().values
        expected.append(group_matrix(values, groups, statistic="sum").sum(axis=0))
    np.testing.assert_allclose(net, expected, atol=1e-9)
    assert np.ptp(net, axis=0).min() > 1e-3


def test_a_group_without_weights_has_exactly_nothing():
    model = make_model("semitones")
    with torch.no_grad():
        model.project.weight[:, 2:4] = 0
    (net,) = net_relevance(model, [make_inputs(1)], groups_of(model))
    assert not net[:, 1].any() and net[:, [0, 2]].any(axis=0).all()


def test_the_sums_of_utterances_give_the_spread_over_all_frames():
    model, items = make_model("semitones"), [make_inputs(seed) for seed in range(4)]
    groups = groups_of(model)
    moments = group_spread(model, items, groups)
    assert moments.shape == (4, 3, 3)
    net = list(net_relevance(model, items, groups))
    expected = spread(net, [np.ones(len(part)) for part in net])
    np.testing.assert_allclose(spread_of(moments.sum(axis=0)), expected)
    table = rank_spreads(moments, groups, resamples=50)
    np.testing.assert_allclose(table["spread"], np.sort(expected)[::-1])
    assert (table["ci_low"] <= table["ci_high"]).all()


def test_an_utterance_without_voice_says_nothing():
    model, items = make_model("semitones"), [make_inputs(0), make_inputs(1)]
    items[1].voiced[:] = False
    moments = group_spread(model, items, groups_of(model))
    assert moments[0].all() and not moments[1].any()
