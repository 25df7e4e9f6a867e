"""Networks that hear groups as curves: what they are held to while they learn."""

import dataclasses

import numpy as np
import torch
from builders import make_inputs, make_model, question_names

from intonation.model.batches import Example
from intonation.model.network import load_model
from intonation.model.sparse.curves import GroupCurves, hold
from intonation.model.sparse.lasso import Lasso
from intonation.model.training import train_on
from intonation.parameters import parameters

GROUPS = {"a": np.arange(4), "b": np.arange(4, 9)}


def some_curves():
    weights = np.r_[0.5, -0.2, 0.1, 0.0, np.zeros(7)]
    return GroupCurves(GROUPS, Lasso(weights, np.full(11, 0.4), 1.0, 0.01, None))


def test_weights_are_held_to_the_nearest_that_the_curves_allow():
    curves = torch.from_numpy(some_curves().curves)
    weight = torch.randn(5, 12, dtype=torch.float64)
    before = weight.clone()
    hold(weight, curves)
    assert not weight[:, 4:11].any() and torch.equal(weight[:, 11], before[:, 11])
    curve = curves[:4, 0]
    torch.testing.assert_close(weight[:, :4], torch.outer(before[:, :4] @ curve, curve))
    again = weight.clone()
    hold(again, curves)
    torch.testing.assert_close(again, weight)


def test_every_channel_begins_at_the_mean_of_the_answers():
    model = make_model("log_f0")
    some_curves().begin(model)
    first = model.project(torch.cat([torch.full((11,), 0.4), torch.zeros(1)]).double())
    torch.testing.assert_close(first, torch.zeros(6).double(), atol=1e-6, rtol=0)


def test_a_training_ends_on_the_curves_and_says_so_in_its_note(tmp_path):
    random, items = np.random.default_rng(0), []
    for seed in range(6):
        told = make_inputs(seed)
        target = told.answers[told.frame_to_phone, 0] + random.normal(0, 0.1, 70)
        weight = told.voiced.astype(np.float32)
        items.append(Example(told, target.astype(np.float32), weight))
    small = {"epochs": 3, "num_layers": 1, "hidden_size": 8, "device": "cpu", "batch_size": 2}
    chosen = dataclasses.replace(parameters("smoke"), **small, input_dropout=0.0)
    given = question_names(), items, items[:2], chosen
    model, _ = train_on(*given, tmp_path / "held", penalty=some_curves())
    weight = model.project.weight.detach()
    assert not weight[:, 4:].any() and weight[:, 0].any()
    ratio = weight[:, 1] / weight[:, 0]
    torch.testing.assert_close(ratio, torch.full_like(ratio, -0.4), atol=1e-4, rtol=0)
    free, _ = train_on(*given, tmp_path / "free")
    assert free.project.weight[:, 4:].any()
    train_on(*given, tmp_path / "held")  # another training than with curves
    assert load_model(tmp_path / "held").project.weight[:, 4:].any()
