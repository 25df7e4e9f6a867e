"""Integrated gradients and occlusion, against sums that must hold and plain re-computation."""

import numpy as np
import pytest
import torch
from builders import TARGETS, make_inputs, make_model
from torch import nn

from intonation.errors import ModelError, ParameterError
from intonation.lrp.lrp import Explainer
from intonation.lrp.methods import METHODS, attribute, attribute_groups, attribute_many
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
    found = attribute(model, item, chosen, "integrated_gradients", steps=400).relevance()
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
    found = attribute(model, item, chosen, "integrated_gradients").relevance("phone")
    z = attribute(model, item, chosen).relevance("phone")
    np.testing.assert_allclose(found.values, z.values, atol=1e-8 * np.abs(z.values).max())
    assert found.rule == "integrated_gradients" and abs(found.gap) < 1e-6


@pytest.mark.parametrize("target", TARGETS)
def test_occlusion_is_what_the_prediction_loses(target):
    model, item = make_model(target), make_inputs(3)
    groups = {"a": np.arange(3), "b": np.arange(3, 11)}
    if target == "log_f0":
        groups["vuv"] = np.array([11])
    chosen = choose_frames(target, item, slice(10, 50))
    found = attribute_groups(model, item, chosen, groups, "occlusion")
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
    one, two = (attribute(model, item, chosen, "integrated_gradients") for _ in range(2))
    np.testing.assert_array_equal(one.signal, two.signal)
    assert not attribute_groups(model, item, chosen, {"a": np.arange(0)}, "occlusion").values.any()
    assert model.training  # as it was found
    predicted = Explainer(model).forward(item).prediction
    assert predicted[chosen].sum() == pytest.approx(one.explained)
    model.relu_skip = nn.Tanh()
    with pytest.raises(ModelError, match="Tanh"):
        attribute_groups(model, item, chosen, {"a": np.arange(3)}, "occlusion")


GROUPS = {"a": np.arange(3), "b": np.arange(2, 11)}


@pytest.mark.parametrize("method", METHODS)
def test_every_method_attributes_to_groups(method):
    model, item = make_model("semitones"), make_inputs(5)
    chosen = choose_frames("semitones", item, slice(10, 50))
    found = attribute_groups(model, item, chosen, GROUPS, method)
    assert found.values.shape == (70, 2) and found.rule == method
    assert found.explained == pytest.approx(predict(model, item)[chosen].sum())
    if method == "occlusion":
        for refuse in (
            lambda: attribute(model, item, chosen, method),
            lambda: attribute_groups(model, item, chosen, GROUPS, method, per="phone"),
        ):
            with pytest.raises(ParameterError, match="occlusion"):
                refuse()
        return
    inputs = attribute(model, item, chosen, method).relevance("phone").values
    found = attribute_groups(model, item, chosen, GROUPS, method, per="phone")
    sums = np.column_stack([inputs[:, members].sum(axis=1) for members in GROUPS.values()])
    np.testing.assert_allclose(found.values, sums, atol=1e-12)
    assert np.abs(sums).max() > 1e-3


def test_selections_of_the_same_inputs_share_a_forward_pass(monkeypatch):
    model, items, passes = make_model("semitones"), [make_inputs(6), make_inputs(7)], []
    forward = Explainer.forward
    monkeypatch.setattr(
        Explainer, "forward", lambda self, item: passes.append(item) or forward(self, item)
    )
    tasks = [(item, np.arange(70) % 2 == phase) for item in items for phase in (0, 1)]
    found = list(attribute_many(model, tasks, "gamma"))
    assert list(map(id, passes)) == list(map(id, items))
    for (item, chosen), one in zip(tasks, found, strict=True):
        expected = attribute(model, item, chosen, "gamma")
        np.testing.assert_array_equal(one.signal, expected.signal)
