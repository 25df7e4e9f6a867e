"""The group lasso, against what its optimum must fulfil and against planted groups."""

import numpy as np
import pytest
from builders import make_inputs

from intonation.model.sparse.lasso import STRENGTHS, group_lasso
from intonation.model.sparse.phones import Phones, phones_of

GROUPS = {"a": np.arange(4), "b": np.arange(4, 9), "empty": np.arange(0), "c": np.arange(9, 11)}


def some_phones(seed, weights, noise=0.3, phones=600):
    random = np.random.default_rng(seed)
    answers = (random.random((phones, 11)) < 0.4).astype(np.float32)
    answers[:, 3] = answers[:, 4]  # two groups know of it
    target = answers @ weights + random.normal(0, noise, phones)
    return Phones(answers, target, random.integers(1, 9, phones) * 1.0, np.arange(phones) // 20)


def planted(**groups):
    weights = np.zeros(11)
    for name, values in groups.items():
        weights[GROUPS[name]] = values
    return weights


def test_what_is_planted_is_found_and_the_rest_is_exactly_zero():
    weights = planted(a=[1.0, -0.5, 0.5, 0.0])
    found = group_lasso(some_phones(1, weights), some_phones(2, weights), GROUPS)
    np.testing.assert_allclose(found.weights, weights, atol=0.1)
    assert not found.weights[4:].any() and found.strength in STRENGTHS
    last = found.path[found.path["pass"] == 2]
    best = last.loc[last["validation_loss"].idxmin()]
    assert best["strength"] == found.strength and best["groups"] == 1


def test_the_optimum_of_the_first_pass_balances_loss_and_penalty():
    weights, strength = planted(a=[1.0, -0.5, 0.5, 0.0], b=[0.3] * 5), 0.02
    training = some_phones(3, weights)
    answers, share = training.answers - 0.0, training.weight / training.weight.sum()
    centred = answers - share @ answers
    # the second pass costs what it does; of it the gradient tells
    found = group_lasso(training, None, GROUPS, strength=strength)
    mean = share @ training.target
    gradient = centred.T @ (share * (centred @ found.weights - (training.target - mean)))
    first = group_lasso(training, None, {"a": GROUPS["a"]}, strength=1e-9)
    assert first.weights[:4] == pytest.approx(
        np.linalg.lstsq(
            centred[:, :4] * share[:, None] ** 0.5,
            (training.target - mean) * share**0.5,
            rcond=None,
        )[0],
        abs=1e-2,
    )
    for members in (GROUPS["a"], GROUPS["b"]):
        part, slope = found.weights[members], gradient[members]
        # against the gradient stands the penalty, along the weights
        cosine = -(part @ slope) / np.linalg.norm(part) / np.linalg.norm(slope)
        assert cosine > 0.99


def test_a_group_has_no_advantage_from_asking_everything_twice():
    weights = planted(a=[1.0, -0.5, 0.5, 0.0])
    training = some_phones(4, weights)
    once = group_lasso(training, None, GROUPS, strength=0.02)
    twice = training._replace(answers=np.hstack([training.answers, training.answers[:, :4]]))
    doubled = GROUPS | {"a": np.r_[0:4, 11:15]}
    found = group_lasso(twice, None, doubled, strength=0.02)
    np.testing.assert_allclose(
        twice.answers @ found.weights, training.answers @ once.weights, atol=1e-2
    )


def test_one_value_a_phone_is_the_mean_of_its_voiced_frames():
    item = make_inputs(5)
    example = type(
        "",
        (),
        {"inputs": item, "target": np.arange(70) * 0.1, "weight": item.voiced.astype(np.float32)},
    )()
    found = phones_of([example, example], ["s", "s"])
    first = np.flatnonzero(item.voiced)[0]
    same = item.voiced & (item.frame_to_phone == item.frame_to_phone[first])
    assert found.target[0] == pytest.approx(0.1 * np.flatnonzero(same).mean())
    assert found.weight.sum() == 2 * item.voiced.sum() and not found.unit.any()
