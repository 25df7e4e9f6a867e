"""Ridge regression from sums: as scikit-learn has it, of parts of phones and of columns."""

import numpy as np
import pytest
from sklearn.linear_model import Ridge

from intonation.evaluation.unseen.sums import around, gram_of, sums_of


@pytest.fixture
def phones():
    random = np.random.default_rng(0)
    columns = random.integers(0, 2, (5000, 7)).astype(np.uint8)  # more than a block
    f0 = columns @ random.normal(0, 1, 7) + random.normal(2, 0.5, 5000)
    return columns, f0, random.integers(1, 20, 5000).astype(float)


def test_ridge_is_that_of_scikit_learn_for_the_first_columns_and_for_others(phones):
    columns, f0, weight = phones
    found = sums_of(*phones)
    chosen = found.of(np.array([6, 2]))
    for own, some in ((3, found), (7, found), ([6, 2], chosen)):
        asked = columns[:, :own] if isinstance(own, int) else columns[:, own]
        known = Ridge(alpha=300.0).fit(asked, f0, weight)
        (weights,) = some.solved(300.0, [asked.shape[1]])
        np.testing.assert_allclose(weights[1:], known.coef_, atol=1e-5)
        assert weights[0] == pytest.approx(known.intercept_, abs=1e-5)
        off = (known.predict(asked) - f0) ** 2
        part = some.first(asked.shape[1])
        assert part.loss(weights[None])[0] == pytest.approx(weight @ off, rel=1e-5)
    (weights,) = found.solved(300.0)
    np.testing.assert_allclose(found.inverse(300.0) @ found.cross, weights, atol=1e-9)


def test_sums_of_parts_add_up_and_come_apart(phones):
    whole = sums_of(*phones)
    one, other = (sums_of(*(part[rows] for part in phones)) for rows in (slice(9), slice(9, None)))
    assert (whole.gram == (one + other).gram).all(), "answers times frames are whole numbers"
    assert ((whole - one).gram == other.gram).all()
    np.testing.assert_allclose((whole - one).cross, other.cross, rtol=1e-6)
    assert (whole - other).square == pytest.approx(one.square)


def test_products_around_a_mean(phones):
    columns = phones[0].astype(float)
    found = around(gram_of(columns, precision=np.float64), columns.mean(axis=0))
    centred = columns - columns.mean(axis=0)
    np.testing.assert_allclose(found, centred.T @ centred, atol=1e-8)
