"""The network: shapes, the first layer per phone, files."""

import json

import numpy as np
import pytest
import torch
from builders import TARGETS, make_inputs, make_model

from intonation.errors import ModelError
from intonation.model.batches import make_batch
from intonation.model.network import (
    CONFIG,
    WEIGHTS,
    AnswerDropout,
    ModelConfig,
    load_model,
    save_model,
)


def batch_of(*items):
    return make_batch(items).to("cpu", torch.float64)


@pytest.mark.parametrize("target", TARGETS)
def test_first_layer_per_phone_equals_the_one_per_frame(target):
    model, item = make_model(target), make_inputs(0)
    dense = torch.from_numpy(item.answers[item.frame_to_phone].astype(float))
    if model.config.uses_vuv:
        dense = torch.cat([dense, torch.from_numpy(item.voiced.astype(float))[:, None]], 1)
    torch.testing.assert_close(model.projection(batch_of(item))[0], model.project(dense))


def test_first_layer_has_the_gradients_of_the_one_per_frame():
    model, item = make_model("log_f0"), make_inputs(1)
    weight = model.project.weight
    (per_phone,) = torch.autograd.grad(model(batch_of(item)).square().sum(), weight)
    frames = item.answers[item.frame_to_phone].astype(float)
    dense = torch.from_numpy(np.column_stack([frames, item.voiced.astype(float)]))
    output = model.from_projection(model.project(dense)[None], batch_of(item).mask)
    (per_frame,) = torch.autograd.grad(output.square().sum(), weight)
    torch.testing.assert_close(per_phone, per_frame, atol=1e-12, rtol=1e-12)


@pytest.mark.parametrize("share", [0.1, 1 / 3, 0.5, 0.9])
@pytest.mark.parametrize("shape", [(1, 1), (7, 13), (130, 300)])
def test_dropout_keeps_answers_by_sixteen_bits_of_each_number_drawn(share, shape):
    x = torch.rand(shape[::-1]).T.requires_grad_()  # drawn as it lies in memory
    drop, left = AnswerDropout(share), x.numel()
    torch.manual_seed(4)
    found, after = drop(x), torch.rand(1)
    torch.manual_seed(4)
    whole = torch.cat(
        [
            torch.empty(min(2**12, -(-(left - at) // 4)), dtype=torch.int64).random_(-(2**63), None)
            for at in range(0, left, 2**14)
        ]
    )
    quarters = [(number >> bits) & 0xFFFF for number in whole.tolist() for bits in (0, 16, 32, 48)]
    numbers = torch.tensor([q - 2**16 * (q >= 2**15) for q in quarters[:left]])
    rounded = round((1 - share) * 2**16)
    kept = (numbers < rounded - 2**15).reshape(shape[::-1]).T
    torch.testing.assert_close(found, torch.where(kept, x / (rounded / 2**16), 0))
    assert after == torch.rand(1), "whatever is drawn next is the same"
    (gradient,) = torch.autograd.grad(found.sum(), x)
    torch.testing.assert_close(
        gradient, torch.where(kept, 2**16 / rounded, torch.zeros(())).to(gradient)
    )
    assert drop.eval()(x) is x


@pytest.mark.parametrize("share", [0.1, 1 / 3, 0.5, 0.9])
def test_dropout_keeps_each_place_alike_and_each_for_itself(share):
    torch.manual_seed(5)
    kept = (AnswerDropout(share)(torch.ones(4000, 64)) > 0).double()
    off = 4 * (share * (1 - share)) ** 0.5  # standard errors of a mean of so many
    assert abs(kept.mean() - (1 - share)) < off / kept.numel() ** 0.5
    assert (kept.mean(0) - (1 - share)).abs().max() < off / 4000**0.5
    together = torch.corrcoef(kept.T) - torch.eye(64)
    assert together.abs().max() < 5 / 4000**0.5


def test_dropout_of_next_to_nothing_is_that_of_torch():
    x, share = torch.ones(10, 10), 1e-7
    assert torch.equal(AnswerDropout(share)(x), x / (1 - share))


def test_the_original_network_sees_253_frames():
    assert ModelConfig("log_f0", ("q",)).receptive_field == 253


@pytest.mark.parametrize("causal, reaches_back", [(True, False), (False, True)])
def test_reach_of_the_convolutions(causal, reaches_back):
    model, item = make_model("semitones", causal=causal), make_inputs(2, frames=90)
    first = model.projection(batch_of(item)).detach().requires_grad_()
    output = model.from_projection(first, batch_of(item).mask)
    (gradient,) = torch.autograd.grad(output[0, 50], first)
    touched = torch.nonzero(gradient[0].abs().sum(1)).ravel()
    assert bool((touched > 50).any()) == reaches_back
    assert len(touched) <= model.config.receptive_field
    assert (touched < 50).any()


def test_output_of_log_f0_is_never_negative():
    model = make_model("log_f0")
    torch.nn.init.constant_(model.output.bias, -5.0)
    assert (model(batch_of(make_inputs(3))) == 0).any()
    assert (model(batch_of(make_inputs(3))) >= 0).all()


@pytest.mark.parametrize("target", TARGETS)
def test_files_give_the_same_network(target, tmp_path):
    model, batch = make_model(target).float(), make_batch([make_inputs(4)])
    save_model(model, tmp_path)
    loaded = load_model(tmp_path)
    assert loaded.config == model.config and not loaded.training
    torch.testing.assert_close(loaded(batch), model(batch), rtol=0, atol=0)
    assert not [path for path in tmp_path.iterdir() if path.name not in (WEIGHTS, CONFIG)]


def test_missing_model_says_train_first(tmp_path):
    with pytest.raises(ModelError, match=r"has no model\.safetensors; train first"):
        load_model(tmp_path)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda folder: (folder / WEIGHTS).write_bytes(b"\x80\x04pickle?"),
        lambda folder: (folder / CONFIG).write_text("{"),
        lambda folder: (folder / CONFIG).write_text(json.dumps({"target": "semitones"})),
        lambda folder: (folder / WEIGHTS).write_bytes((folder / WEIGHTS).read_bytes()[:-40]),
    ],
)
def test_broken_files_are_refused(spoil, tmp_path):
    save_model(make_model("semitones"), tmp_path)
    spoil(tmp_path)
    with pytest.raises(ModelError, match="no model of this version"):
        load_model(tmp_path)


def test_weights_that_are_not_numbers_are_refused(tmp_path):
    model = make_model("semitones")
    model.dense.weight.data[0] = float("nan")
    save_model(model, tmp_path)
    with pytest.raises(ModelError, match="NaN"):
        load_model(tmp_path)
