"""The network as affine layers: equal to the model, and refused where it is another."""

import numpy as np
import pytest
import torch
from builders import TARGETS, make_inputs, make_model
from torch import nn

from intonation.errors import ModelError
from intonation.lrp.affine import Affine, FoldedNetwork, fold
from intonation.lrp.lrp import Explainer
from intonation.lrp.methods import attribute
from intonation.model.batches import make_batch
from intonation.model.network import F0Model, ResidualBlock


def explained(model, item, rule="z"):
    return attribute(model, item, np.ones(len(item.voiced), dtype=bool), rule).relevance()


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("causal", [True, False])
@pytest.mark.parametrize("kernel_size", [2, 3])
def test_predicts_what_the_model_predicts(target, causal, kernel_size):
    model = make_model(target, causal=causal, kernel_size=kernel_size)
    item = make_inputs(1)
    with torch.no_grad():
        expected = model(make_batch([item]).to("cpu", torch.float64))[0].numpy()
    assert np.ptp(expected) > 1e-3
    np.testing.assert_allclose(Explainer(model).forward(item).prediction, expected, atol=1e-12)


def test_batch_norm_is_folded_into_the_convolution():
    block = make_model("semitones").blocks[1]
    x = torch.randn(20, 6, dtype=torch.float64)
    with torch.no_grad():
        expected = block.norm1(block.conv1(x.T[None]))[0].T
    torch.testing.assert_close(fold(block.conv1, block.norm1)(x), expected, atol=1e-12, rtol=0)


def test_the_transposed_map_is_the_adjoint():
    affine = Affine(torch.randn(3 * 4, 5), torch.zeros(5), taps=3, dilation=2, left=1)
    below, above = torch.randn(30, 4), torch.randn(30, 5)
    forward = (affine(below) * above).sum()
    backward = (below * affine.transpose(above, affine.weight)).sum()
    torch.testing.assert_close(forward, backward)


@pytest.mark.parametrize("frames", [1, 3, 30])
@pytest.mark.parametrize("left", [0, 1, 4, 8])
def test_taps_are_a_convolution_of_padded_frames_however_few(frames, left):
    affine = Affine(torch.randn(3 * 4, 5), torch.randn(5), taps=3, dilation=4, left=left)
    below = torch.randn(frames, 4)
    padded = nn.functional.pad(below.T[None], (left, 8 - left))
    kernel = affine.weight.reshape(3, 4, 5).permute(2, 1, 0)  # [channels, channels below, taps]
    expected = nn.functional.conv1d(padded, kernel, dilation=4)[0].T
    torch.testing.assert_close(affine.without_bias(below), expected)
    torch.testing.assert_close(affine(below), expected + affine.bias)
    torch.testing.assert_close(affine.unfold(below) @ affine.weight, expected)
    forward = (expected * expected.sin()).sum()
    down = affine.transpose(expected.sin(), affine.weight)
    torch.testing.assert_close((below * down).sum(), forward)


@pytest.mark.parametrize("target", TARGETS)
def test_the_output_is_the_same_whether_steps_are_kept_or_not(target):
    network = FoldedNetwork(make_model(target))
    first = torch.randn(70, 6, dtype=torch.float64)
    kept, before = network.forward(first).output[:, 0], first.clone()
    torch.testing.assert_close(network.output(first), kept, atol=1e-13, rtol=0)
    assert torch.equal(first, before)


def test_a_block_that_adds_nothing_passes_everything_on():
    # residual: what the second block gives back reaches the inputs through the silent first one
    model, item = make_model("semitones"), make_inputs(2)
    for norm in (model.blocks[0].norm2, *(block.norm2 for block in model.blocks[2:])):
        nn.init.constant_(norm.weight, 0.0)
        nn.init.constant_(norm.bias, -1.0)  # behind its ReLU: nothing
    x = Explainer(model).forward(item).first
    with torch.no_grad():
        second = model.blocks[1].double()
        mask = torch.ones(1, 1, len(x), dtype=torch.float64)
        stream = x.T[None].clamp(min=0).requires_grad_(False)
    stream.requires_grad_()
    _, skip = second(stream, mask)
    output = model.output(model.relu_dense(model.dense(skip))).sum()
    (gradient,) = torch.autograd.grad(output, stream)
    expected = (gradient[0].T * (x > 0)).numpy()
    found = Explainer(model)
    done = found.explain(found.forward(item), np.ones(70, dtype=bool))
    np.testing.assert_allclose(done.signal, expected, atol=1e-12)
    assert np.abs(expected).max() > 1e-4


def test_skips_of_all_blocks_are_heard():
    model, item = make_model("semitones"), make_inputs(3)
    before = explained(model, item).values
    for block in model.blocks:
        silenced = make_model("semitones")
        number = list(model.blocks).index(block)
        nn.init.constant_(silenced.blocks[number].norm2.weight, 0.0)
        nn.init.constant_(silenced.blocks[number].norm2.bias, -1.0)
        assert np.abs(explained(silenced, item).values - before).max() > 1e-4


def test_a_dead_neuron_hands_nothing_down():
    model, item = make_model("semitones"), make_inputs(4)
    nn.init.constant_(model.dense.bias, -100.0)  # every neuron of the dense layer is silent
    relevance = explained(model, item)
    assert not relevance.values.any()
    assert relevance.absorbed == pytest.approx(relevance.explained)  # the last bias has it all


def spoil_operation(model):
    model.relu_dense = nn.Tanh()


def spoil_silently(model):
    model.relu_dense = nn.Identity()  # linear too, but not the network that is explained


def spoil_inside(model):
    model.blocks[2].drop1 = nn.Sigmoid()


def spoil_by_addition(model):
    model.extra = nn.Linear(2, 2)


@pytest.mark.parametrize(
    "spoil, message",
    [
        (spoil_operation, r"Tanh \('relu_dense'\), expected ReLU"),
        (spoil_silently, r"Identity \('relu_dense'\), expected ReLU"),
        (spoil_inside, r"Sigmoid \('blocks.2.drop1'\), expected Dropout1d"),
        (spoil_by_addition, r"Linear \('extra'\)"),
    ],
)
def test_an_unknown_operation_is_refused_by_name(spoil, message):
    model = make_model("semitones")
    spoil(model)
    with pytest.raises(ModelError, match=f"no relevance rule is known for {message}"):
        FoldedNetwork(model)


def test_a_subclass_with_its_own_forward_is_refused():
    class Louder(F0Model):
        def forward(self, batch):
            return 2 * super().forward(batch)

    class LouderBlock(ResidualBlock):
        pass

    with pytest.raises(ModelError, match="known for Louder; use F0Model"):
        FoldedNetwork(Louder(make_model("semitones").config))
    model = make_model("semitones")
    model.blocks[0] = LouderBlock(model.config, 1).double()
    with pytest.raises(ModelError, match=r"LouderBlock \('blocks.0'\), expected ResidualBlock"):
        FoldedNetwork(model)


@pytest.mark.parametrize("wrong", [np.nan, np.inf])
def test_weights_that_are_no_numbers_are_named(wrong):
    model = make_model("semitones")
    with torch.no_grad():
        model.blocks[1].conv2.conv.weight[0, 0, 0] = wrong
    with pytest.raises(ModelError, match="blocks.1.conv2.conv.weight has NaN or infinite numbers"):
        FoldedNetwork(model)
