"""A law with products: the formula for what two factors do together, worked out and counted."""

import numpy as np
import pytest

from intonation.evaluation import planted_law
from intonation.evaluation.together.product_law import ACTING_TOGETHER, PRODUCTS, product_size
from intonation.labels.taxonomy import FIELDS


def test_the_formula_by_counting_all_donors():
    random = np.random.default_rng(1)
    g, noise = random.normal(size=(2, 40))
    h, weight = 0.6 * g + noise, random.integers(1, 5, 40).astype(float)
    second = (g[:, None] - g) * (h[:, None] - h)
    share = weight / weight.sum()
    by_counting = np.sqrt(share @ second**2 @ share / 4)
    assert product_size(g, h, weight) == pytest.approx(by_counting)
    assert product_size(g + 3, 2 * h - 1, weight) == pytest.approx(2 * by_counting)


def test_independent_factors_have_the_product_of_their_deviations():
    g, h = (part.ravel() for part in np.meshgrid([0.0, 1.0, 5.0], [-2.0, 2.0, 3.0, 9.0]))
    assert product_size(g, h, np.ones(12)) == pytest.approx(g.std() * h.std())


def test_a_factor_that_does_not_vary_does_nothing_together():
    assert product_size(np.full(5, 2.0), np.arange(5.0), np.ones(5)) == 0


def test_products_read_one_group_each_and_stand_beside_the_law():
    phones = 12
    fields = {name: np.full(phones, "x") for name in FIELDS}
    fields |= {
        "b2": np.array(["0", "2"] * 6),
        "b1": np.array(["1", "0"] * 6),
        "b6": np.arange(1, 13).astype(str),
        "b7": np.arange(12, 0, -1).astype(str),
    }
    for product in PRODUCTS:
        both = product.first(fields) * product.second(fields)
        assert np.ptp(both) > 0
        np.testing.assert_array_equal(product.term.semitones(fields), both)
        for group, factor in zip(product.groups, (product.first, product.second), strict=True):
            others = {
                n: np.full(phones, "x") for n in FIELDS if planted_law.group_of_field(n) != group
            }
            np.testing.assert_array_equal(factor({**fields, **others}), factor(fields))
    added = planted_law.planted_f0(fields, ACTING_TOGETHER) - planted_law.planted_f0(fields)
    expected = sum(p.first(fields) * p.second(fields) for p in PRODUCTS)
    np.testing.assert_allclose(added, expected, atol=1e-12)
