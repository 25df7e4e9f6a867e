"""Layer-wise relevance propagation, against an independent derivation in plain matrices."""

import numpy as np
import pytest
import torch
from torch import nn

from intonation.errors import ModelError, UtteranceError
from intonation.explain import choose_frames, effective_bias, explain_batch, explain_each
from intonation.features import Inputs, make_batch
from intonation.model import F0Model, ModelConfig

TARGETS = ("semitones", "log_f0")


def make_inputs(seed, phones=9, frames=70, questions=11):
    random = np.random.default_rng(seed)
    index = np.sort(random.integers(0, phones, frames))
    answers = (random.random((phones, questions)) < 0.4).astype(np.uint8)
    return Inputs(answers, index, random.random(frames) < 0.6)


def make_model(target, *, causal=True, questions=11, seed=0):
    torch.manual_seed(seed)
    config = ModelConfig(
        target, tuple(f"q{i}" for i in range(questions)), 6, 3, stacks=2, causal=causal
    )
    model = F0Model(config).double()
    nn.init.constant_(model.output.bias, 2.0)
    for module in model.modules():
        if isinstance(module, nn.BatchNorm1d):  # as if trained: nothing at its default
            nn.init.normal_(module.weight, 1.0, 0.3)
            nn.init.normal_(module.bias, 0.0, 0.3)
            module.running_mean.normal_(0.0, 0.3)
            module.running_var.uniform_(0.5, 2.0)
    return model.eval()


# --- the oracle: every layer as a matrix, relevance handed down with the Z rule ---------


def conv_matrix(shifted, frames):
    """Dense matrix [frames x out, frames x in] of a padded convolution, and its bias."""
    weight = shifted.conv.weight.detach().numpy()
    (left, _), dilation = shifted.pad.padding, shifted.conv.dilation[0]
    out_channels, in_channels, size = weight.shape
    matrix = np.zeros((frames, out_channels, frames, in_channels))
    for frame in range(frames):
        for tap in range(size):
            source = frame - left + tap * dilation
            if 0 <= source < frames:
                matrix[frame, :, source, :] += weight[:, :, tap]
    matrix = matrix.reshape(frames * out_channels, frames * in_channels)
    return matrix, np.tile(shifted.conv.bias.detach().numpy(), frames)


def pointwise_matrix(layer, frames):
    weight = layer.weight.detach().numpy()[:, :, 0]
    return np.kron(np.eye(frames), weight), np.tile(layer.bias.detach().numpy(), frames)


def norm_matrix(norm, frames):
    scale = (norm.weight / torch.sqrt(norm.running_var + norm.eps)).detach().numpy()
    shift = norm.bias.detach().numpy() - scale * norm.running_mean.numpy()
    return np.diag(np.tile(scale, frames)), np.tile(shift, frames)


def z_rule(matrix, bias, below, relevance):
    """R_i = sum_j x_i w_ji / z_j R_j; the bias' share sum_j b_j / z_j R_j is returned too."""
    z = matrix @ below + bias
    ratio = np.divide(relevance, z, out=np.zeros_like(z), where=relevance != 0)
    return below * (matrix.T @ ratio), float(bias @ ratio)


def oracle(model, item, chosen):
    """Relevance [frames, inputs] and absorbed bias, layer by layer in float64."""
    frames, channels = len(item.frame_to_phone), model.config.hidden_size
    x0 = item.answers[item.frame_to_phone].astype(float)
    if model.config.uses_vuv:
        x0 = np.column_stack([x0, item.voiced.astype(float)])
    weight = model.project.weight.detach().numpy()
    first = (np.kron(np.eye(frames), weight), np.tile(model.project.bias.detach().numpy(), frames))
    x = first[0] @ x0.ravel() + first[1]
    tape, skips = [], np.zeros(frames * channels)
    for block in model.blocks:
        layers, y = [], x
        for conv, norm in ((block.conv1, block.norm1), (block.conv2, block.norm2)):
            for matrix, bias in (conv_matrix(conv, frames), norm_matrix(norm, frames)):
                layers.append((matrix, bias, y))
                y = matrix @ y + bias
            y = np.maximum(y, 0)
        tape.append((layers, x, y))
        x, skips = np.maximum(x + y, 0), skips + y
    dense, out = pointwise_matrix(model.dense, frames), pointwise_matrix(model.output, frames)
    skipped = np.maximum(skips, 0)
    hidden = np.maximum(dense[0] @ skipped + dense[1], 0)
    output = out[0] @ hidden + out[1]
    if model.config.target == "log_f0":
        output = np.maximum(output, 0)
    absorbed = 0.0

    def down(layer, below, relevance):
        nonlocal absorbed
        relevance, share = z_rule(*layer, below, relevance)
        absorbed += share
        return relevance

    relevance = down(dense, skipped, down(out, hidden, output * chosen))
    # a sum hands relevance to its terms in proportion to what they contributed
    share_of_skips = np.divide(relevance, skips, out=np.zeros_like(skips), where=skips != 0)
    later = np.zeros(frames * channels)  # relevance of a block's output, from the blocks above
    for layers, below, y in reversed(tape):
        total = below + y
        ratio = np.divide(later, total, out=np.zeros_like(total), where=later != 0)
        relevance = y * (ratio + share_of_skips)
        for matrix, bias, entering in reversed(layers):
            relevance = down((matrix, bias), entering, relevance)
        later = relevance + below * ratio
    values = down(first, x0.ravel(), later).reshape(frames, -1)
    return values, absorbed, float((output * chosen).sum())


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("causal", [True, False])
def test_equals_the_z_rule_layer_by_layer(target, causal):
    model, item = make_model(target, causal=causal), make_inputs(1)
    chosen = choose_frames(target, item, None)
    values, absorbed, explained = oracle(model, item, chosen)
    (relevance,) = explain_batch(model, [item], [chosen])
    assert np.abs(values).max() > 1e-3
    np.testing.assert_allclose(relevance.values, values, atol=1e-9)
    assert relevance.absorbed == pytest.approx(absorbed, abs=1e-9)
    assert relevance.explained == pytest.approx(explained, abs=1e-9)


def test_three_neurons_by_hand():
    # x = (1, 0, 1) -> h = relu(2 - 1 + 0.5) = 1.5 -> y = 2 h + 1 = 4
    # R(x1) = 2/1.5 * 3 = 4, R(x3) = -1/1.5 * 3 = -2, biases: 0.5/1.5 * 3 + 1 = 2
    matrix1, bias1, x = np.array([[2.0, 7.0, -1.0]]), np.array([0.5]), np.array([1.0, 0.0, 1.0])
    matrix2, bias2, hidden = np.array([[2.0]]), np.array([1.0]), np.array([1.5])
    above, absorbed2 = z_rule(matrix2, bias2, hidden, np.array([4.0]))
    below, absorbed1 = z_rule(matrix1, bias1, x, above)
    np.testing.assert_allclose(below, [4.0, 0.0, -2.0])
    assert absorbed1 + absorbed2 == pytest.approx(2.0)


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("causal", [True, False])
def test_relevance_and_biases_add_up_whatever_the_batch(target, causal):
    model = make_model(target, causal=causal)
    items = [make_inputs(seed, frames=40 + 9 * seed) for seed in range(8)]
    chosen = [choose_frames(target, item, None) for item in items]
    together = explain_batch(model, items, chosen)
    for item, frames, relevance in zip(items, chosen, together, strict=True):
        (alone,) = explain_batch(model, [item], [frames])
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


@pytest.mark.parametrize("target", TARGETS)
def test_per_phone_is_the_sum_over_the_phones_frames(target):
    model, item = make_model(target), make_inputs(4)
    chosen = choose_frames(target, item, None)
    (frames,), (phones,) = (
        explain_batch(model, [item], [chosen], per=per) for per in ("frame", "phone")
    )
    sums = np.zeros_like(phones.values)
    np.add.at(sums, item.frame_to_phone, frames.values)
    np.testing.assert_allclose(phones.values, sums, atol=1e-12)


def test_selections_of_one_forward_pass_add_up_to_the_whole():
    model, item = make_model("semitones"), make_inputs(5)
    whole = choose_frames("semitones", item, None)
    half = np.arange(len(whole)) < 30
    parts = list(explain_each(model, item, [whole & half, whole & ~half]))
    (relevance,) = explain_batch(model, [item], [whole])
    assert parts[0].values[30:].any() == False  # noqa: E712  causal: the future explains nothing
    np.testing.assert_allclose(sum(p.values for p in parts), relevance.values, atol=1e-12)
    assert sum(p.absorbed for p in parts) == pytest.approx(relevance.absorbed, abs=1e-12)


def test_an_answer_of_no_gets_no_relevance():
    model, item = make_model("log_f0"), make_inputs(6)
    (relevance,) = explain_batch(model, [item], [choose_frames("log_f0", item, None)])
    answers = item.answers[item.frame_to_phone]
    assert not relevance.values[:, :-1][answers == 0].any()
    assert not relevance.values[~item.voiced, -1].any()
    assert relevance.values[item.voiced, -1].any()


def test_dropout_is_off_and_the_mode_of_the_model_is_restored():
    model, item = make_model("semitones").train(), make_inputs(7)
    chosen = choose_frames("semitones", item, None)
    means = [m.running_mean.clone() for m in model.modules() if isinstance(m, nn.BatchNorm1d)]
    first, second = (explain_batch(model, [item], [chosen])[0] for _ in range(2))
    assert model.training
    np.testing.assert_array_equal(first.values, second.values)
    after = [m.running_mean for m in model.modules() if isinstance(m, nn.BatchNorm1d)]
    assert all(torch.equal(a, b) for a, b in zip(means, after, strict=True))


def test_batch_norm_without_its_bias_would_not_add_up():
    # guards the test above: the effective bias is no small change
    model, item = make_model("semitones"), make_inputs(8)
    (relevance,) = explain_batch(model, [item], [choose_frames("semitones", item, None)])
    norm = model.blocks[0].norm1
    expected = norm.bias - norm.weight * norm.running_mean / torch.sqrt(norm.running_var + norm.eps)
    torch.testing.assert_close(effective_bias(norm), expected)
    assert abs(relevance.absorbed) > 1e-3


def test_an_unknown_operation_is_refused_by_name():
    model, item = make_model("semitones"), make_inputs(9)
    model.relu_dense = nn.Tanh()
    with pytest.raises(ModelError, match=r"Tanh \('relu_dense'\)"):
        explain_batch(model, [item], [np.ones(70, dtype=bool)])


@pytest.mark.parametrize("frames", [slice(0, 0), np.array([], dtype=int)])
def test_an_empty_selection_is_refused(frames):
    with pytest.raises(UtteranceError, match="no frame"):
        choose_frames("semitones", make_inputs(10), frames, "u1")


def test_frames_outside_the_utterance_are_refused():
    with pytest.raises(UtteranceError, match=r"u1: frames lie outside 0 … 69"):
        choose_frames("semitones", make_inputs(10), np.array([3, 70]), "u1")
