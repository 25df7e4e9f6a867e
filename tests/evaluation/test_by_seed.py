"""What of an error is the seed's, on networks whose errors are known; chapter 3's beside others."""

import numpy as np
import pandas as pd
import pytest

from intonation.evaluation.reach import judged, tables
from intonation.evaluation.reach.by_seed import BySeed, by_seed, seeds_behind
from intonation.evaluation.reach.judged import Judged, of_seed
from intonation.evaluation.reach.networks import OURS
from intonation.evaluation.reach.spoken import Spoken
from intonation.parameters import Parameters

PARAMETERS = Parameters(reach_seeds=2)
DRAWING = {"resamples": 400, "seed": 3}


def spoken(number, frames=6):
    index, voiced = np.arange(frames), np.arange(frames) != 2
    natural = np.random.default_rng(number).normal(size=frames)
    answers = np.zeros((frames, 2), np.uint8)
    about = f"u{number}", "s", f"sentence {number}"
    return Spoken(*about, answers, index, natural, voiced, natural, voiced.astype(float))


SAID = [spoken(number) for number in range(5)]
SHARES = dict.fromkeys((one.id for one in SAID), 0.5)


@pytest.fixture
def found():
    """One network always 2 semitones too high, one right, ridge right."""
    contours = {}
    for seed, off in ((PARAMETERS.seed, 2.0), (PARAMETERS.seed + 1, 0.0)):
        for name in (OURS.name, judged.STEPS):
            contours[of_seed(name, seed)] = {one.id: one.semitones + off for one in SAID}
    contours[judged.LINES] = {one.id: one.semitones for one in SAID}
    return Judged(contours, [], [])


def table_of(found):
    networks = judged.of_variant(found, OURS.name, PARAMETERS)
    mean = judged.mean_of(networks)
    predictors = {judged.SINGLE: networks[0], judged.ENSEMBLE: mean}
    predictors[judged.RECIPE] = judged.beside_ridge(mean, found.contours[judged.LINES], SHARES)
    return judged.error_table(SAID, predictors)


def test_networks_are_drawn_with_the_sentences(found):
    """All sentences are alike, so what varies is the network."""
    seeds = by_seed(found, SHARES, SAID, PARAMETERS)
    names = (judged.SINGLE, judged.ENSEMBLE, judged.RECIPE)
    table = tables.compared(table_of(found), names, judged.ENSEMBLE, **DRAWING, seeds=seeds)
    rows = table.set_index("predictor")[["rmse_semitones", "ci_low", "ci_high"]]
    # of two seeds the mean is 1; a draw has the first only, the second only, or both
    assert rows.loc[judged.SINGLE].tolist() == pytest.approx([1, 0, 2], abs=1e-6)
    assert rows.loc[judged.ENSEMBLE].tolist() == pytest.approx([1, 0, 2], abs=1e-6)
    assert rows.loc[judged.RECIPE].tolist() == pytest.approx([0.5, 0, 1], abs=1e-6)
    alone = tables.compared(table_of(found), names[1:], judged.ENSEMBLE, **DRAWING)
    assert alone["ci_low"].to_numpy() == pytest.approx([1, 0.5], abs=1e-6)


def test_the_error_of_a_mean_is_told_to_the_first_order(found):
    slopes = by_seed(found, SHARES, SAID, PARAMETERS)[judged.RECIPE].changes
    assert slopes.sum(axis=1).to_numpy() == pytest.approx(np.zeros(len(SAID)), abs=1e-6)
    first = judged.of_variant(found, OURS.name, PARAMETERS)
    for one in SAID[:2]:  # a little more of the first network, a little less of the second
        little = 1e-3
        more = (0.5 + little) * first[0][one.id] + (0.5 - little) * first[1][one.id]
        mixed = 0.5 * more + 0.5 * one.semitones
        rmse = np.sqrt(np.mean((mixed - one.semitones)[one.voiced] ** 2))
        told = little * (slopes.loc[one.id, 0] - slopes.loc[one.id, 1])
        assert rmse - 0.5 == pytest.approx(told, rel=1e-2)


def test_draws_begin_with_the_even_share_and_depend_on_the_seed():
    changes = pd.DataFrame({0: [1.0, 0.0], 1: [-1.0, 2.0]}, index=["a", "b"])
    draws = BySeed(changes, 2).draws(["b", "a"], 50, 1)
    assert draws[0].tolist() == [1.0, 0.0]
    assert {tuple(row) for row in draws[1:]} == {(0.0, 1.0), (1.0, 0.0), (2.0, -1.0)}
    np.testing.assert_array_equal(draws, BySeed(changes, 2).draws(["b", "a"], 50, 1))


def test_one_seed_says_nothing_of_others(found):
    assert by_seed(found, SHARES, SAID, Parameters(reach_seeds=1)) == {}
    names = [judged.RIDGE, "original", judged.RECIPE]
    assert seeds_behind(names, "original", PARAMETERS) == [0, 1, 2]


def test_networks_of_frames_stand_beside_the_same_utterances_only(found):
    tested = pd.DataFrame({"rmse": [0.5, 0.7], "correlation": [0.9, 0.8]}, index=["u1", "u9"])
    networks = pd.concat({"frames": tested}, axis=1)
    mixed = tables.with_frames(table_of(found), networks, ["frames"])
    assert {*mixed["id"]} == {"u1"} and mixed["predictor"].tolist()[-1] == "frames"
    assert mixed["sentence"].nunique() == 1
    on_test = tables.compared(mixed, ["frames"], judged.ENSEMBLE, **DRAWING)
    assert on_test["against_ridge_percent"][0] == pytest.approx(-50, abs=1e-3)
