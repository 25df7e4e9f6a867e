"""The corpus' own F0 by phone, and rankings by spread with their intervals."""

from types import SimpleNamespace

import numpy as np
import pytest
from builders import FIRST, LAST, PAUSE

from intonation.errors import CorpusError
from intonation.evaluation.natural import observe, observe_utterance, spread_ranking
from intonation.evaluation.scoring import spread
from intonation.labels.full_context import Labels

TEXTS = [PAUSE, FIRST, LAST]


def make_utterance():
    semitones = np.array([np.nan, np.nan, 1.0, 3.0, np.nan, -2.0, -4.0])
    times = np.arange(3) * 10_000_000
    return SimpleNamespace(
        id="u1",
        labels=Labels(TEXTS, times, times + 10_000_000),
        frame_to_phone=np.array([0, 0, 1, 1, 1, 2, 2]),
        voiced=np.isfinite(semitones),
        f0_semitones=semitones,
    )


def test_a_phone_has_the_mean_of_its_voiced_frames():
    item = observe_utterance(make_utterance(), np.eye(3, dtype=np.uint8))
    assert item.f0_semitones.tolist() == [0.0, 2.0, -3.0]
    assert item.weight.tolist() == [0.0, 2.0, 2.0]
    assert item.inputs.voiced.tolist() == [False, True, True]
    assert item.inputs.frame_to_phone.tolist() == [0, 1, 2]
    assert item.example.target.tolist() == item.target.tolist() == [0.0, 2.0, -3.0]


def test_a_split_without_voice_is_refused():
    silent = make_utterance()
    silent.voiced = np.zeros(7, dtype=bool)
    features = SimpleNamespace(answers=lambda name: np.eye(3, dtype=np.uint8))

    class Corpus(dict):
        def ids(self, split):
            return ["u1"]

    with pytest.raises(CorpusError, match="no utterance of the split 'test' is voiced"):
        observe(Corpus(u1=silent), features, "test", at_most=5)
    assert len(observe(Corpus(u1=make_utterance()), features, "test", at_most=5)) == 1


def make_net(seed=0, utterances=12):
    random = np.random.default_rng(seed)
    scale = np.array([0.2, 3.0, 1.0])
    net = [random.normal(5.0, scale, (20 + n, 3)) for n in range(utterances)]
    weights = [random.integers(0, 9, len(part)).astype(float) for part in net]
    return net, weights


GROUPS = {"small": np.array([0]), "large": np.array([1]), "middle": np.array([2])}


def test_groups_are_ranked_by_their_spread():
    net, weights = make_net()
    table = spread_ranking(net, weights, GROUPS, resamples=200)
    assert table["group"].tolist() == ["large", "middle", "small"]
    np.testing.assert_allclose(table["spread"], spread(net, weights)[[1, 2, 0]])
    assert table["rank_low"].tolist() == table["rank_high"].tolist() == [1, 2, 3]
    assert (table["ci_low"] < table["spread"]).all() and (table["spread"] < table["ci_high"]).all()


def test_intervals_are_those_of_drawing_utterances_again():
    net, weights = make_net(1)
    table = spread_ranking(net, weights, GROUPS, resamples=3000, seed=3)
    random, drawn = np.random.default_rng(9), []
    for _ in range(1500):
        again = random.integers(0, len(net), len(net))
        drawn.append(spread([net[i] for i in again], [weights[i] for i in again])[[1, 2, 0]])
    low, high = np.quantile(drawn, (0.025, 0.975), axis=0)
    np.testing.assert_allclose(table["ci_low"], low, rtol=0.03)
    np.testing.assert_allclose(table["ci_high"], high, rtol=0.03)


def test_one_utterance_tells_nothing_of_others():
    net, weights = make_net(2, utterances=1)
    table = spread_ranking(net, weights, GROUPS)
    assert table[["ci_low", "ci_high", "rank_low", "rank_high"]].isna().all(axis=None)
    assert table["group"].tolist() == ["large", "middle", "small"]
