"""Ridge with something of each speaker's own, on laws that are known."""

from dataclasses import replace

import numpy as np
import pytest
from sklearn.linear_model import Ridge

from intonation.evaluation.reach.folds import folds
from intonation.evaluation.reach.networks import out_of_fold
from intonation.evaluation.reach.spoken import Spoken
from intonation.evaluation.reach.taught.own_lines import PENALTIES, fit_own_lines
from intonation.evaluation.reach.yardsticks import fit_line


def spoken(number, speaker, sign):
    """F0 rises with the first answer, and with the second by one speaker, against it by another."""
    random = np.random.default_rng(number)
    answers = (random.random((60, 4)) < 0.5).astype(np.uint8)
    means = answers[:, 0] + sign * (2.0 * answers[:, 1] - 1) + 0.1 * random.normal(size=60)
    weight = 5.0 * np.ones(60)
    about = f"u{number}", speaker, f"sentence {number % 30}"
    return Spoken(*about, answers, np.arange(60), means, weight > 0, means, weight)


@pytest.fixture(scope="module")
def fold():
    said = [spoken(n, "up", 1) for n in range(30)] + [spoken(n + 30, "down", -1) for n in range(30)]
    return folds([*said, spoken(60, "few", 1)], 3, seed=0)[0]


def test_what_speakers_do_otherwise_is_found(fold):
    line = fit_line(fold, ranged=True)
    own = fit_own_lines(fold, line, 12)
    assert set(own.own) == {"up", "down"}
    assert own.own["up"][2] * own.own["down"][2] < 0, "the second answer's weights"
    for one in (one for one in fold.test if one.speaker in own.own):
        off, shared = (np.abs(x.predict(one) - line.scale.down(one)).mean() for x in (own, line))
        assert off < 0.5 * shared


def test_it_is_ridge_on_what_ridge_left_out_of_its_sentences(fold):
    line = fit_line(fold, ranged=True)
    weights, known = fit_own_lines(fold, line, 12).own["up"], out_of_fold(fold, line)
    own = [one for one in fold.training if one.speaker == "up"]
    left = np.concatenate([line.scale.down(one) - known[one.id] for one in own])
    answers = np.concatenate([one.answers for one in own]).astype(float)
    found = [Ridge(alpha=a).fit(answers, left, np.full(len(left), 5.0)) for a in PENALTIES]
    off = [np.abs(np.append(r.intercept_, r.coef_) - weights).max() for r in found]
    assert min(off) < 1e-6


def test_where_nobody_has_a_network_of_his_own_it_is_ridge(fold):
    line = fit_line(fold, ranged=True)
    alone = replace(fold, training=[one for one in fold.training if one.speaker == "up"])
    for own in (fit_own_lines(fold, line, 0), fit_own_lines(alone, line, 12)):
        assert own.own == {}
        assert (own.predict(fold.test[0]) == line.predict(fold.test[0])).all()
