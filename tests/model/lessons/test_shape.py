"""Losses that care about shape, worked out by hand; and that a training counts them."""

import numpy as np
import pytest
import torch

from intonation.model.batches import Example, Inputs, collate
from intonation.model.lessons.shape import KINDS, Shape, correlation, level, steps
from intonation.model.training import train_on
from intonation.parameters import parameters


def rows(*values):
    return torch.tensor(values, dtype=torch.float64)


WEIGHT = rows([2, 1, 0, 3], [1, 4, 2, 0])  # one phone is unvoiced, one is padding
SAID = rows([1, 3, 9, 2], [0, 1, 5, 9])
TARGET = rows([0, 1, -9, 4], [1, 1, 2, -9])


def test_steps_go_from_voiced_phone_to_voiced_phone():
    # errors 1, 2, -2 | -1, 0, 3; steps of them 1, -4 | 1, 3, as often as the lesser end counts
    assert steps(SAID, TARGET, WEIGHT).item() == 1 * 1 + 1 * 16 + 1 * 1 + 2 * 9


def test_without_level_is_the_variance_of_the_error():
    off = (SAID - TARGET).numpy()
    variances = [
        weight.sum() * (np.average(row**2, weights=weight) - np.average(row, weights=weight) ** 2)
        for row, weight in zip(off, WEIGHT.numpy(), strict=True)
    ]
    assert level(SAID, TARGET, WEIGHT).item() == pytest.approx(sum(variances))


def test_correlation_is_pearsons():
    expected = 0.0
    for said, target, weight in zip(SAID.numpy(), TARGET.numpy(), WEIGHT.numpy(), strict=True):
        times = weight.astype(int)
        r = np.corrcoef(np.repeat(said, times), np.repeat(target, times))[0, 1]
        expected += (1 - r) * weight.sum()
    assert correlation(SAID, TARGET, WEIGHT).item() == pytest.approx(expected, rel=1e-3)


@pytest.mark.parametrize("kind", KINDS)
def test_a_constant_offset_costs_nothing(kind):
    offset = rows([2.5], [-4.0])  # another in each utterance
    cost = KINDS[kind](SAID, TARGET, WEIGHT)
    assert KINDS[kind](SAID + offset, TARGET, WEIGHT).item() == pytest.approx(cost.item())
    nothing = KINDS[kind](TARGET + offset, TARGET, WEIGHT).item()
    assert nothing == pytest.approx(0, abs=0.01)
    assert cost > 1


@pytest.mark.parametrize("kind", KINDS)
def test_gradients_are_right_and_none_comes_from_what_does_not_count(kind):
    said = SAID.clone().requires_grad_()
    assert torch.autograd.gradcheck(lambda x: KINDS[kind](x, TARGET, WEIGHT), said)
    KINDS[kind](said, TARGET, WEIGHT).backward()
    assert (said.grad[WEIGHT == 0] == 0).all() and (said.grad[WEIGHT > 0] != 0).any()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("weight", [rows([0, 0, 0]), rows([0, 2, 0]), rows([1, 1, 1])])
def test_flat_and_short_utterances_have_finite_gradients(kind, weight):
    said = torch.zeros_like(weight, requires_grad=True)
    KINDS[kind](said, torch.zeros_like(weight), weight).backward()
    assert torch.isfinite(said.grad).all()


def examples(count=12):
    """F0 rises and falls as the answers say, about a level that nothing tells."""
    random, made = np.random.default_rng(0), []
    for _ in range(count):
        answers = (random.random((9, 3)) < 0.5).astype(np.uint8)
        target = (answers[:, 0] + 5 * random.normal()).astype(np.float32)
        inputs = Inputs(answers, np.arange(9), np.ones(9, dtype=bool))
        made.append(Example(inputs, target, np.ones(9, dtype=np.float32)))
    return made


def test_a_training_counts_shape_and_knows_that_it_did(tmp_path):
    sizes = {"num_layers": 1, "stacks": 1, "hidden_size": 8, "batch_size": 4, "epochs": 12}
    more = {"learning_rate": 0.03, "dropout": 0.0, "input_dropout": 0.0, "device": "cpu"}
    chosen = parameters("default", sizes | more)
    given = ["a", "b", "c"], examples(), [], chosen
    plain, _ = train_on(*given, tmp_path)
    shaped, _ = train_on(*given, tmp_path, shape=Shape("level", 100.0))
    task = collate(examples())
    with torch.no_grad():
        cost = [level(model(task.batch), task.target, task.weight) for model in (plain, shaped)]
    assert cost[1] < 0.5 * cost[0]
    again, _ = train_on(*given, tmp_path)  # another loss is another training
    assert torch.equal(again.project.weight, plain.project.weight)
