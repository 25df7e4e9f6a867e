"""The two targets: what is learnt, where it counts, and the way back to Hz."""

from types import SimpleNamespace

import numpy as np

from intonation import parameters
from intonation.corpus.f0 import hz_to_semitones
from intonation.model.target import TARGETS


def test_every_target_that_a_run_may_ask_for_is_in_the_table():
    assert set(parameters.TARGETS) == set(TARGETS)
    assert all(name == target.name for name, target in TARGETS.items())


def test_targets_and_weights():
    one = SimpleNamespace(f0_hz=np.array([0, 100, 200], dtype=np.float32))
    one.voiced, one.f0_semitones = one.f0_hz > 0, hz_to_semitones(one.f0_hz, 100.0)
    target, weight = TARGETS["semitones"].learnt(one)
    np.testing.assert_allclose(target, [0, 0, 12], atol=1e-6)
    np.testing.assert_array_equal(weight, [0, 1, 1])
    target, weight = TARGETS["log_f0"].learnt(one)
    np.testing.assert_allclose(target, [0, np.log(100), np.log(200)], rtol=1e-6)
    np.testing.assert_array_equal(weight, [1, 1, 1])


def test_output_in_hertz():
    np.testing.assert_allclose(
        TARGETS["semitones"].to_hz(np.array([0.0, 12.0, -12.0, 1.0]), 150.0),
        [150, 300, 75, 150 * 2 ** (1 / 12)],
    )
    np.testing.assert_allclose(TARGETS["log_f0"].to_hz(np.log([100.0, 1.0]), 150.0), [100, 1])


def test_units_of_squares():
    assert TARGETS["semitones"].squared_unit == "semitones²"
    assert TARGETS["log_f0"].squared_unit == "(ln Hz)²"
