"""The network that ranks a corpus' own F0: a phone counts as often as it has voiced frames."""

import numpy as np
from phone_networks import make_planted, random_network

from intonation.evaluation.holding.held import phone_moments
from intonation.evaluation.holding.marking import curves_for
from intonation.evaluation.holding.spreads import net_relevance
from intonation.evaluation.ranking_intervals import spread_of


def groups_of(items):
    questions = np.arange(items[0].inputs.answers.shape[1])
    return {"first": questions[:2], "others": questions[2:]}


def test_phones_count_as_often_as_they_have_voiced_frames():
    model, heard = random_network(), [make_planted(seed) for seed in range(3)]
    groups = groups_of(heard)
    net = net_relevance(model, [item.inputs for item in heard], groups)
    frames = [
        np.repeat(part, item.weight[item.inputs.voiced].astype(int), axis=0)
        for part, item in zip(net, heard, strict=True)
    ]
    expected = np.concatenate(frames).std(axis=0)
    moments = phone_moments(model, heard, groups)
    np.testing.assert_allclose(spread_of(moments.sum(axis=0)), expected, rtol=1e-6)
    assert len(moments) == 3 and (expected > 1e-3).all()


def test_curves_need_nothing_to_validate_on():
    training = [make_planted(seed) for seed in range(4)]
    curves = curves_for(training, [], groups_of(training))
    assert np.isfinite(curves.curves).all() and curves.lasso.path["validation_loss"].isna().all()
