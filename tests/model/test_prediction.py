"""Predicted contours: gaps bridged, and the caller's network left as it was."""

import numpy as np
import pytest

from intonation.model.prediction import fill_gaps


def test_a_gap_is_bridged_by_the_parabola_and_the_ends_are_held():
    frame = np.arange(12.0)
    parabola = 200 - 2 * (frame - 5) ** 2
    holes = parabola.copy()
    holes[[0, 4, 5, 9, 11]] = 0
    filled = fill_gaps(holes)
    expected = parabola.copy()
    expected[0], expected[11] = parabola[1], parabola[10]
    expected[5] = parabola[6]  # never above the highest voiced value
    np.testing.assert_allclose(filled, expected, atol=1e-9)


def test_a_long_gap_does_not_overshoot():
    f0_hz = np.zeros(60, dtype=np.float32)
    f0_hz[:5] = 100, 110, 120, 130, 140
    f0_hz[-5:] = 140, 130, 120, 110, 100
    filled = fill_gaps(f0_hz)
    assert filled.dtype == np.float32
    assert filled.min() == 100 and filled.max() == 140
    np.testing.assert_array_equal(filled[f0_hz > 0], f0_hz[f0_hz > 0])


@pytest.mark.parametrize(
    ("f0_hz", "expected"),
    [
        ([0, 0, 0], [0, 0, 0]),
        ([0, 120, 0], [120, 120, 120]),
        ([0, 100, 0, 0, 130, 0], [100, 100, 110, 120, 130, 130]),
        ([100, 110, 120], [100, 110, 120]),
        ([], []),
    ],
)
def test_few_voiced_frames(f0_hz, expected):
    given = np.array(f0_hz, dtype=np.float32)
    filled = fill_gaps(given)
    np.testing.assert_allclose(filled, expected, rtol=1e-6)
    assert filled is not given and filled.dtype == np.float32
