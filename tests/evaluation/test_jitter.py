"""Boundaries that are moved on purpose, and what that does to errors and rankings."""

import numpy as np
import pytest
from builders import labels_of

from intonation.corpus.features import build_features
from intonation.corpus.preparation import Asked, prepare_corpus
from intonation.evaluation.recordings.jitter import jitter_effects, jittered
from intonation.evaluation.recordings.moved import SHORTEST, moved_labels
from intonation.parameters import parameters

ASKED = {
    **{"seeds": 2, "small_epochs": 1, "small_num_layers": 2, "small_hidden_size": 4},
    **{"device": "cpu"},
}


def long_labels(count=2000, length=1_000_000):
    return labels_of(tuple(length * (1 + np.arange(count))), ("a", "l") * (count // 2))


def test_boundaries_move_by_errors_of_the_size_asked_for():
    labels = long_labels()
    moved = moved_labels(labels, 10, np.random.default_rng(0))
    off_ms = (moved.starts - labels.starts)[1:] / 10_000
    assert off_ms.std() == pytest.approx(10, rel=0.05) and abs(off_ms.mean()) < 1
    assert moved.texts == labels.texts and moved.starts[0] == 0
    assert moved.ends[-1] == labels.ends[-1]
    np.testing.assert_array_equal(moved.starts[1:], moved.ends[:-1])


@pytest.mark.parametrize("length", [1_000_000, 250_000, 150_000])
def test_no_phone_is_lost_however_far_boundaries_move(length):
    moved = moved_labels(long_labels(400, length), 200, np.random.default_rng(0))
    assert (moved.ends - moved.starts).min() >= min(SHORTEST, length // 2) - 1


def test_no_error_moves_nothing():
    labels = long_labels(20)
    moved = moved_labels(labels, 0, np.random.default_rng(0))
    np.testing.assert_array_equal(moved.starts, labels.starts)


@pytest.fixture(scope="module")
def corpus(tmp_path_factory):
    folder = tmp_path_factory.mktemp("embedded") / "corpus"
    return prepare_corpus("", folder, Asked(dataset_size_limit=8), jobs=2)


def test_a_jittered_corpus_says_the_same_with_other_times_and_always_the_same(corpus):
    name = corpus.ids("train")[0]
    true, moved = corpus[name], jittered(corpus, 20, 1)[name]
    np.testing.assert_array_equal(true.f0_hz, moved.f0_hz)
    assert true.labels.texts == moved.labels.texts
    changed = (true.frame_to_phone != moved.frame_to_phone).mean()
    assert 0.05 < changed < 0.6
    again, other = jittered(corpus, 20, 1)[name], jittered(corpus, 20, 2)[name]
    np.testing.assert_array_equal(again.labels.starts, moved.labels.starts)
    assert (other.labels.starts != moved.labels.starts).any()
    still = jittered(corpus, 0, 1)[name]
    np.testing.assert_array_equal(still.labels.starts, true.labels.starts)


def test_effects_are_told_for_each_deviation(corpus, tmp_path):
    features, chosen = build_features(corpus), parameters("smoke", ASKED)
    found = jitter_effects(corpus, features, chosen, tmp_path, (0.0, 40.0))
    assert found["deviation_ms"].tolist() == [0, 40]
    assert found.loc[0, "rank_correlation"] == 1 and -1 <= found.loc[1, "rank_correlation"] < 1
    assert (found["rmse_semitones"] > 0).all() and found["rmse_semitones"].nunique() == 2
