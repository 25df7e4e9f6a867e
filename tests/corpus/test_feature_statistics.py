"""Constants, duplicates and correlations of feature columns, on tables small enough to see."""

import numpy as np
import pytest

from intonation.corpus.features import (
    FeatureTable,
    column_statistics,
    correlations,
    group_correlations,
)


def make_table(answers):
    answers = np.array(answers, dtype=np.uint8)
    names = tuple(f"q{i}" for i in range(answers.shape[1]))
    nothing = np.zeros(0, dtype=np.int64), np.zeros((len(answers), 0), dtype=np.float32)
    offsets = np.array([0, len(answers)])
    return FeatureTable(("u",), names, offsets, np.packbits(answers, axis=1), *nothing)


ANSWERS = [
    # q0 q1 q2 q3 q4 (never, q1 = q3, q2 = not q1, always)
    [0, 1, 0, 1, 1],
    [0, 0, 1, 0, 1],
    [0, 1, 0, 1, 1],
    [0, 0, 1, 0, 1],
    [0, 1, 0, 1, 1],
]


def test_constant_and_duplicate_columns():
    found = column_statistics(make_table(ANSWERS))
    assert found["constant"].tolist() == [True, False, False, False, True]
    assert found["same_as"].tolist() == ["", "", "", "q1", ""]
    assert found["share_of_phones"].tolist() == pytest.approx([0, 0.6, 0.4, 0.6, 1])


def test_correlations_equal_numpys_and_are_nan_for_constants():
    random = np.random.default_rng(0)
    answers = (random.random((500, 6)) < [0.5, 0.1, 0.9, 0.3, 0.5, 0.5]).astype(np.uint8)
    answers[:, 4] = 1
    found = correlations(make_table(answers))
    kept = [0, 1, 2, 3, 5]
    expected = np.corrcoef(answers[:, kept].T)
    np.testing.assert_allclose(found[np.ix_(kept, kept)], expected, atol=1e-5)
    assert np.isnan(found[4]).all() and np.isnan(found[:, 4]).all()


def test_group_correlations_take_the_best_partner():
    pairs = correlations(make_table(ANSWERS))
    groups = {"one": np.array([1]), "two": np.array([2, 3]), "constant": np.array([0, 4])}
    found = group_correlations(pairs, groups)
    assert found.loc["one", "two"] == pytest.approx(1)
    assert np.isnan(found.loc["one", "one"])  # a feature is no partner of its own
    assert found["constant"].isna().all()
    np.testing.assert_array_equal(found, found.T)
