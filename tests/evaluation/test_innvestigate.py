"""The re-enacted step through batch norm, against a layer-by-layer derivation in numpy."""

import numpy as np
import pytest
import torch
from builders import make_model, question_names, utterance_of
from torch import nn

from intonation.errors import ModelError
from intonation.evaluation import innvestigate as norm_fault
from intonation.evaluation.innvestigate import EXACT, FORMS, VERSION_1, VERSION_2
from intonation.lrp.methods import explain
from intonation.model.batches import Inputs


def one_stack(target="semitones", layers=1):
    """In float32, as the library computes."""
    shape = {"questions": 5, "channels": 4, "layers": layers, "stacks": 1}
    return make_model(target, **shape, input_dropout=0.5).float()


def make_utterance(seed=1, phones=4, frames=12):
    random = np.random.default_rng(seed)
    answers = (random.random((phones, 5)) < 0.6).astype(np.uint8)
    index = np.sort(np.append(np.arange(phones), random.integers(0, phones, frames - phones)))
    return utterance_of(Inputs(answers, index, np.arange(frames) % 4 != 0))


def norm_numbers(norm):
    parts = (norm.weight, norm.bias, norm.running_mean, norm.running_var)
    return [part.detach().double().numpy() for part in parts]


def by_layers(model, utterance, form):
    """Relevance [frames, questions] of a one-block network, every layer with the Z rule."""
    block = model.blocks[0]
    x0 = utterance.answers[utterance.frame_to_phone].astype(float)
    array = lambda tensor: tensor.detach().double().numpy()  # noqa: E731

    def conv(shifted, below):  # kernel 2, dilation 1, causal
        before = np.vstack([np.zeros((1, below.shape[1])), below[:-1]])
        old, new = (array(shifted.conv.weight)[:, :, tap].T for tap in range(2))
        return before @ old + below @ new + array(shifted.conv.bias)

    def conv_down(shifted, below, above):
        ratio = above / conv(shifted, below)
        old, new = (array(shifted.conv.weight)[:, :, tap] for tap in range(2))
        later = np.vstack([ratio[1:], np.zeros((1, ratio.shape[1]))])
        return below * (later @ old + ratio @ new)

    def normed(norm, below):
        gamma, beta, mean, variance = norm_numbers(norm)
        return gamma * (below - mean) / np.sqrt(variance + norm.eps) + beta

    def norm_down(norm, below, above):
        gamma, beta, mean, variance = norm_numbers(norm)
        y = normed(norm, below)
        if form == VERSION_1:
            return below * (y - beta) * above / ((below - mean) * y)
        if form == EXACT:
            return below * gamma / np.sqrt(variance + norm.eps) / y * above
        root = np.sqrt(variance**2 + norm.eps)
        kernel, bias = gamma / root, -mean / root + beta
        return below * kernel * above / (below * kernel + bias)

    x = x0 @ array(model.project.weight).T + array(model.project.bias)
    c1 = conv(block.conv1, x)
    h = np.maximum(normed(block.norm1, c1), 0)
    c2 = conv(block.conv2, h)
    skip = np.maximum(normed(block.norm2, c2), 0)
    dense, out = array(model.dense.weight)[:, :, 0], array(model.output.weight)[:, :, 0]
    sums = skip @ dense.T + array(model.dense.bias)
    hidden = np.maximum(sums, 0)
    relevance = hidden * out * utterance.voiced[:, None]  # shares of the output
    relevance = skip * ((relevance / sums) @ dense)
    relevance = norm_down(block.norm2, c2, relevance)
    relevance = conv_down(block.conv2, h, relevance)
    relevance = norm_down(block.norm1, c1, relevance)
    relevance = conv_down(block.conv1, x, relevance)
    return x0 * ((relevance / x) @ array(model.project.weight))


@pytest.mark.parametrize("form", FORMS)
def test_each_form_equals_the_layerwise_derivation(form):
    model, utterance = one_stack(), make_utterance()
    found = norm_fault.relevance_in_form(norm_fault.in_form(model, form), utterance)
    expected = by_layers(model, utterance, form)
    assert np.abs(expected).max() > 1e-3
    tolerance = 1e-4 if form == VERSION_1 else 1e-10  # its stabiliser is left out by hand
    assert found == pytest.approx(expected, rel=tolerance, abs=tolerance * np.abs(expected).max())


@pytest.mark.parametrize("target", ["semitones", "log_f0"])
def test_the_exact_form_is_the_book_s_z_rule(target):
    model, utterance = one_stack(target, layers=3), make_utterance()
    found = norm_fault.relevance_in_form(norm_fault.in_form(model, EXACT), utterance)
    expected = explain(model.double(), utterance).values
    assert found.shape == (12, len(model.config.inputs))
    assert found == pytest.approx(expected, abs=1e-10)


def test_every_form_leaves_the_output_alone():
    model, utterance = one_stack(layers=2), make_utterance()
    inputs = norm_fault.inputs_of(utterance)
    batch = norm_fault.make_batch([inputs]).to("cpu", torch.float64)
    outputs = [norm_fault.in_form(model, form)(batch).detach().numpy() for form in FORMS]
    assert outputs[1] == pytest.approx(outputs[0], abs=1e-14)
    assert outputs[2] == pytest.approx(outputs[0], abs=1e-14)


def test_the_fault_is_large_and_vanishes_with_unit_variance_and_gamma():
    model, utterance = one_stack(layers=3), make_utterance()
    errors = norm_fault.compare_forms(model, [utterance]).errors.set_index("form")
    assert list(errors["id"]) == ["u1", "u1"]
    relative = errors["relative_error"]
    assert relative[VERSION_2] > 0.05 > 1e-3 > relative[VERSION_1]
    for module in model.modules():
        if isinstance(module, nn.BatchNorm1d):  # the square of 1 is 1, and gamma 1 can be missed
            nn.init.ones_(module.weight)
            module.running_var.fill_(1.0)
    errors = norm_fault.compare_forms(model, [utterance], [VERSION_2]).errors
    assert list(errors["form"]) == [VERSION_2] and errors["relative_error"][0] < 1e-10


def test_one_channel_by_hand():
    norm = nn.BatchNorm1d(1, eps=0.0).double().eval()
    nn.init.constant_(norm.weight, 3.0)
    nn.init.constant_(norm.bias, 1.0)
    norm.running_mean.fill_(2.0)
    norm.running_var.fill_(4.0)
    x = torch.full((1, 1, 1), 6.0, dtype=torch.float64)
    y = norm(x).detach()
    assert y.item() == pytest.approx(3 * (6 - 2) / 2 + 1)  # 7
    slopes = [norm_fault.backward_slope(norm, x, y, form).item() for form in FORMS]
    # 2.1.2: s' = 3 / 4, t' = 1 - 2 / 4, so it divides by 6 x 0.75 + 0.5 = 5 where the output is 7
    assert slopes == pytest.approx([1.5, 1.5, 0.75 * 7 / 5], rel=1e-6)


def test_where_the_denominator_is_zero_nothing_is_handed_down():
    norm = nn.BatchNorm1d(1, eps=0.0).double().eval()
    x = torch.zeros(1, 1, 1, dtype=torch.float64)
    slope = norm_fault.backward_slope(norm, x, norm(x).detach(), VERSION_2)
    assert slope.item() == 0.0


def test_sizes_add_up_over_utterances_and_the_model_stays_as_it_was():
    model, utterances = one_stack(), [make_utterance(1), make_utterance(2)]
    before = {name: value.clone() for name, value in model.state_dict().items()}
    found = norm_fault.compare_forms(model, utterances)
    sizes = found.sizes
    values = [norm_fault.relevance_in_form(norm_fault.in_form(model, EXACT), u) for u in utterances]
    assert sizes[EXACT] == pytest.approx(sum(np.abs(v).sum(0) for v in values))
    assert set(sizes) == set(FORMS) and list(found.errors["form"]) == [VERSION_1, VERSION_2] * 2
    ranked = found.rankings({"a": np.array([0, 1]), "b": np.array([2])})[EXACT]
    expected = {"a": sizes[EXACT][:2].mean(), "b": sizes[EXACT][2]}
    assert ranked.to_dict() == pytest.approx(expected)
    inflated = sizes[VERSION_2].sum() / sizes[EXACT].sum()
    assert found.inflation(VERSION_2) == pytest.approx(inflated)
    assert all(torch.equal(value, before[name]) for name, value in model.state_dict().items())
    assert isinstance(model.blocks[0].norm1, nn.BatchNorm1d)


def test_bad_input_is_named():
    model, utterance = one_stack(), make_utterance()
    with pytest.raises(ValueError, match="version 3"):
        norm_fault.relevance_in_form(norm_fault.in_form(model, "version 3"), utterance)
    utterance.questions.names = list(question_names(4))
    with pytest.raises(ModelError, match="questions"):
        norm_fault.relevance_in_form(norm_fault.in_form(model, EXACT), utterance)
