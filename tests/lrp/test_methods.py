"""Integrated gradients and occlusion, against sums that must hold and plain re-computation."""

import numpy as np
import pytest
import torch
from builders import TARGETS, make_inputs, make_model
from torch import nn

from intonation.errors import ModelError
from intonation.lrp.lrp import Explainer, explain_batch
from intonation.lrp.methods import integrated_gradients, occlude_groups
from intonation.model.batches import Inputs, choose_frames, make_batch


def predict(model, item):
    with torch.no_grad():
        return model(make_batch([item]).to("cpu", torch.float64))[0].numpy()


def all_no(item):
    return Inputs(np.zeros_like(item.answers), item.frame_to_phone, np.zeros_like(item.voiced))


@pytest.mark.parametrize("target", TARGETS)
def test_integrated_gradients_add_up_to_the_distance_from_all_no(target):
    model, item = make_model(target), make_inputs(1)
    chosen = choose_frames(target, item, None)
    found = integrated_gradients(model, item, chosen, steps=400).relevance()
    assert found.explained == pytest.approx(predict(model, item)[chosen].sum())
    assert found.absorbed == pytest.approx(predict(model, all_no(item))[chosen].sum())
    assert abs(found.gap) < 0.02 * abs(found.explained - found.absorbed)
    assert found.values.shape == (70, len(model.config.inputs))


def test_integrated_gradients_of_a_plain_sum_are_exact():
    # with every ReLU open the network is affine: any method must find weight x input
    model, item = make_model("semitones"), make_inputs(2)
    for module in model.modules():
        if isinstance(module, nn.BatchNorm1d):
            nn.init.constant_(module.bias, 30.0)
    nn.init.constant_(model.project.bias, 60.0)
    nn.init.constant_(model.dense.bias, 5000.0)
    chosen = choose_frames("semitones", item, None)
    found = explain_batch(model, [item], [chosen], rule="integrated_gradients", per="phone")[0]
    (z,) = explain_batch(model, [item], [chosen], per="phone")
    np.testing.assert_allclose(found.values, z.values, atol=1e-8 * np.abs(z.values).max())
    assert found.rule == "integrated_gradients" and abs(found.gap) < 1e-6


@pytest.mark.parametrize("target", TARGETS)
def test_occlusion_is_what_the_prediction_loses(target):
    model, item = make_model(target), make_inputs(3)
    groups = {"a": np.arange(3), "b": np.arange(3, 11)}
    if target == "log_f0":
        groups["vuv"] = np.array([11])
    chosen = choose_frames(target, item, slice(10, 50))
    found = occlude_groups(model, item, chosen, groups)
    assert found.values.shape == (70, len(groups)) and not found.values[~chosen].any()
    for column, members in enumerate(groups.values()):
        answers, voiced = item.answers.copy(), item.voiced
        if members[0] == 11:
            voiced = np.zeros_like(voiced)
        else:
            answers[:, members] = 0
        lost = predict(model, item) - predict(model, Inputs(answers, item.frame_to_phone, voiced))
        np.testing.assert_allclose(found.values[chosen, column], lost[chosen], atol=1e-9)
    assert found.explained == pytest.approx(predict(model, item)[chosen].sum())
    assert found.absorbed == pytest.approx(predict(model, all_no(item))[chosen].sum())


def test_dropout_is_off_and_broken_networks_are_refused():
    model, item = make_model("semitones").train(), make_inputs(4)
    chosen = choose_frames("semitones", item, None)
    one, two = (integrated_gradients(model, item, chosen).relevance().values for _ in range(2))
    np.testing.assert_array_equal(one, two)
    assert model.training  # as it was found
    assert Explainer(model).forward(item).prediction[chosen].sum() == pytest.approx(
        integrated_gradients(model, item, chosen).explained
    )
    model.relu_skip = nn.Tanh()
    with pytest.raises(ModelError, match="Tanh"):
        occlude_groups(model, item, chosen, {"a": np.arange(3)})
