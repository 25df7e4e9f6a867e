"""Relevance: equal to an independent derivation, in balance, for whatever frames are chosen."""

import lrp_oracle
import numpy as np
import pytest
import torch
from builders import TARGETS, make_inputs, make_model
from torch import nn

from intonation.errors import ParameterError, UtteranceError
from intonation.lrp.lrp import Explainer
from intonation.lrp.methods import attribute, attribute_many
from intonation.lrp.rules import RULES
from intonation.model.batches import Inputs, choose_frames, make_batch


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("causal", [True, False])
def test_equals_the_rule_neuron_by_neuron(target, causal, rule):
    model, item = make_model(target, causal=causal), make_inputs(1, frames=40)
    chosen = choose_frames(target, item, None)
    values, absorbed, explained = lrp_oracle.explain(model, item, chosen, rule)
    relevance = attribute(model, item, chosen, rule).relevance()
    assert np.abs(values).max() > 1e-3
    np.testing.assert_allclose(relevance.values, values, atol=1e-9)
    assert relevance.absorbed == pytest.approx(absorbed, abs=1e-9)
    assert relevance.explained == pytest.approx(explained, abs=1e-9)


def test_rules_differ_from_each_other():
    model, item = make_model("semitones"), make_inputs(2)
    chosen = choose_frames("semitones", item, None)
    found = [attribute(model, item, chosen, rule).relevance().values for rule in RULES]
    for first, one in enumerate(found):
        for other in found[first + 1 :]:
            assert np.abs(one - other).max() > 1e-3


@pytest.mark.parametrize("kernel_size", [2, 3, 4])
@pytest.mark.parametrize("causal", [True, False])
def test_wider_kernels_equal_the_oracle_too(kernel_size, causal):
    model = make_model("semitones", causal=causal, kernel_size=kernel_size)
    item = make_inputs(11, frames=30)
    chosen = choose_frames("semitones", item, slice(3, 20))
    values, absorbed, _ = lrp_oracle.explain(model, item, chosen)
    relevance = attribute(model, item, chosen).relevance()
    np.testing.assert_allclose(relevance.values, values, atol=1e-9)
    assert relevance.absorbed == pytest.approx(absorbed, abs=1e-9)


def test_the_gradient_is_autograds():
    model, item = make_model("log_f0"), make_inputs(12)
    chosen = choose_frames("log_f0", item, None)
    batch = make_batch([item]).to("cpu", torch.float64)
    batch.answers.requires_grad_()
    model(batch)[0][torch.from_numpy(chosen)].sum().backward()
    relevance = attribute(model, item, chosen, "gradient").relevance("phone")
    np.testing.assert_allclose(relevance.values[:, :-1], batch.answers.grad, atol=1e-12)
    assert abs(relevance.gap) > 1e-3  # it adds up to nothing, and says so


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("causal", [True, False])
def test_relevance_and_biases_add_up_whatever_the_batch(target, causal, rule):
    model = make_model(target, causal=causal)
    items = [make_inputs(seed, frames=40 + 9 * seed) for seed in range(4)]
    tasks = [(item, choose_frames(target, item, None)) for item in items]
    together = [found.relevance() for found in attribute_many(model, tasks, rule)]
    for (item, frames), relevance in zip(tasks, together, strict=True):
        alone = attribute(model, item, frames, rule).relevance()
        assert abs(relevance.gap) < 1e-9 and abs(alone.gap) < 1e-9
        assert relevance.values.shape == (len(item.frame_to_phone), len(model.config.inputs))
        np.testing.assert_allclose(relevance.values, alone.values, atol=1e-12)
        assert relevance.absorbed == pytest.approx(alone.absorbed, abs=1e-12)


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("causal", [True, False])
def test_padding_changes_no_prediction(target, causal):
    model, item = make_model(target, causal=causal), make_inputs(3)
    with torch.no_grad():
        short = model(make_batch([item]).to("cpu", torch.float64))[0]
        long = model(make_batch([item], frames=300).to("cpu", torch.float64))[0]
    torch.testing.assert_close(long[: len(short)], short, atol=1e-12, rtol=0)
    assert not long[len(short) :].any()


@pytest.mark.parametrize("rule", [*RULES, "gradient"])
@pytest.mark.parametrize("target", TARGETS)
def test_per_phone_is_the_sum_over_the_phones_frames(target, rule):
    model, item = make_model(target), make_inputs(4)
    chosen = choose_frames(target, item, None)
    found = attribute(model, item, chosen, rule)
    frames, phones = (found.relevance(per) for per in ("frame", "phone"))
    sums = np.zeros_like(phones.values)
    np.add.at(sums, item.frame_to_phone, frames.values)
    np.testing.assert_allclose(phones.values, sums, atol=1e-12)


def test_selections_of_one_forward_pass_add_up_to_the_whole():
    model, item = make_model("semitones"), make_inputs(5)
    whole = choose_frames("semitones", item, None)
    half = np.arange(len(whole)) < 30
    explainer = Explainer(model)
    done = explainer.forward(item)
    parts = [explainer.explain(done, mask).relevance() for mask in (whole & half, whole & ~half)]
    relevance = attribute(model, item, whole).relevance()
    assert parts[0].values[30:].any() == False  # noqa: E712  causal: the future explains nothing
    np.testing.assert_allclose(sum(p.values for p in parts), relevance.values, atol=1e-12)
    assert sum(p.absorbed for p in parts) == pytest.approx(relevance.absorbed, abs=1e-12)


def test_an_answer_of_no_gets_no_relevance():
    model, item = make_model("log_f0"), make_inputs(6)
    relevance = attribute(model, item, choose_frames("log_f0", item, None)).relevance()
    answers = item.answers[item.frame_to_phone]
    assert not relevance.values[:, :-1][answers == 0].any()
    assert not relevance.values[~item.voiced, -1].any()
    assert relevance.values[item.voiced, -1].any()


def test_dropout_is_off_and_the_mode_of_the_model_is_restored():
    model, item = make_model("semitones").train(), make_inputs(7)
    chosen = choose_frames("semitones", item, None)
    means = [m.running_mean.clone() for m in model.modules() if isinstance(m, nn.BatchNorm1d)]
    first, second = (attribute(model, item, chosen).relevance() for _ in range(2))
    assert model.training
    np.testing.assert_array_equal(first.values, second.values)
    after = [m.running_mean for m in model.modules() if isinstance(m, nn.BatchNorm1d)]
    assert all(torch.equal(a, b) for a, b in zip(means, after, strict=True))


@pytest.mark.parametrize("frames", [slice(0, 0), np.array([], dtype=int)])
def test_an_empty_selection_is_refused(frames):
    with pytest.raises(UtteranceError, match="no frame"):
        choose_frames("semitones", make_inputs(10), frames, "u1")


def test_frames_outside_the_utterance_are_refused():
    with pytest.raises(UtteranceError, match=r"u1: frames lie outside 0 … 69"):
        choose_frames("semitones", make_inputs(10), np.array([3, 70]), "u1")


@pytest.mark.parametrize("target", TARGETS)
def test_a_silent_output_is_explained_by_nothing(target):
    model, item = make_model(target), make_inputs(13)
    nn.init.constant_(model.output.bias, -50.0)  # far below what the rest can lift
    relevance = attribute(model, item, np.ones(70, dtype=bool)).relevance()
    if target == "log_f0":  # its last ReLU is clipped at 0
        assert not relevance.values.any() and relevance.explained == relevance.absorbed == 0
    else:
        assert relevance.values.any() and relevance.explained < -1000


@pytest.mark.parametrize("rule", ["gamma", "alpha_beta", "z_box"])
def test_numbers_that_a_rule_cannot_take_are_named(rule):
    model, item = make_model("semitones"), make_inputs(14)
    numbers = Inputs(item.answers.astype(np.float32), item.frame_to_phone, item.voiced)
    numbers.answers[4, 7] = -1.0
    with pytest.raises(UtteranceError, match=f"phone 4 answers -1.0 to question q7, .* {rule}"):
        Explainer(model, rule=rule).forward(numbers)
    Explainer(model, rule="z").forward(numbers)


@pytest.mark.parametrize("wrong", [np.nan, np.inf])
def test_inputs_that_are_no_numbers_are_named(wrong):
    model, item = make_model("semitones"), make_inputs(15)
    numbers = Inputs(item.answers.astype(np.float32), item.frame_to_phone, item.voiced)
    numbers.answers[2, 3] = wrong
    with pytest.raises(UtteranceError, match="phone 2 answers (nan|inf) to question q3"):
        Explainer(model).forward(numbers)


def test_an_unknown_rule_or_resolution_is_refused():
    model, item = make_model("semitones"), make_inputs(16)
    chosen = choose_frames("semitones", item, None)
    with pytest.raises(ParameterError, match="rule is 'lrp', expected one of z, epsilon"):
        attribute(model, item, chosen, "lrp")
    with pytest.raises(ParameterError, match="per is 'word', expected 'frame' or 'phone'"):
        attribute(model, item, chosen).relevance("word")


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("causal", [True, False])
def test_what_cannot_reach_the_chosen_outputs_need_not_be_looked_at(target, causal, rule):
    model, item = make_model(target, causal=causal, layers=2), make_inputs(13, frames=120)
    explainer = Explainer(model, rule=rule)
    done, chosen = explainer.forward(item), np.zeros(120, dtype=bool)
    chosen[50:53] = True
    whole, near = (f(done, chosen) for f in (explainer.explain, explainer.explain_near))
    assert len(near.signal) < 120 == len(whole.signal)
    sums = [found.relevance("phone").values.sum(axis=0) for found in (whole, near)]
    assert np.abs(sums[0]).max() > 1e-5
    np.testing.assert_allclose(*sums, atol=1e-12)
    assert near.absorbed == pytest.approx(whole.absorbed, abs=1e-12)
    assert near.explained == pytest.approx(whole.explained, abs=1e-12)


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("causal", [True, False])
def test_a_groups_share_in_a_frame_is_its_relevance_for_that_frame(target, causal):
    model, item = make_model(target, causal=causal), make_inputs(14, frames=40)
    explainer = Explainer(model)
    done, inputs = explainer.forward(item), np.arange(len(model.config.inputs))
    groups = [inputs[:3], inputs[[5]], np.setdiff1d(inputs, [0, 1, 2, 5]), inputs[:0]]
    shares = explainer.shares(done, groups)
    for frame in range(0, 40, 7):
        alone = explainer.explain(done, np.arange(40) == frame)
        values = alone.relevance().values.sum(axis=0)
        expected = [values[members].sum() for members in groups]
        np.testing.assert_allclose(shares[:, frame], expected, atol=1e-9)
        balance = shares[:3, frame].sum() + alone.absorbed
        assert balance == pytest.approx(done.prediction[frame], abs=1e-9)
    assert np.ptp(shares[0]) > 1e-3


def test_only_the_z_rule_goes_both_ways():
    explainer, item = Explainer(make_model("semitones"), rule="gamma"), make_inputs(15)
    with pytest.raises(ParameterError, match="only 'z' goes both ways"):
        explainer.shares(explainer.forward(item), [np.array([0])])
