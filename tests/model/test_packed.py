"""Training on utterances laid end to end: the modules' outputs, gradients and statistics."""

import pytest
import torch
from builders import TARGETS, make_inputs, make_model
from torch import nn

from intonation.model import packed
from intonation.model.batches import make_batch
from intonation.model.network import F0Model, ModelConfig, ResidualBlock

LENGTHS = (43, 70, 52, 70)


def make_task(frames=None, lengths=LENGTHS):
    items = [make_inputs(seed, frames=length) for seed, length in enumerate(lengths)]
    batch = make_batch(items, frames=frames).to("cpu", torch.float64)
    torch.manual_seed(9)
    return batch, torch.randn_like(batch.mask)


def make_pair(target="semitones", dropout=0.3, **shape):
    """Two equal networks in training, the second of which leaves all to its modules."""
    ours = make_model(target, **shape).train()
    for module in ours.modules():
        if isinstance(module, nn.Dropout1d):
            module.p = dropout
    plain = make_model(target, **shape).train()
    plain.load_state_dict(ours.state_dict())
    for module in plain.modules():
        if isinstance(module, nn.Dropout1d):
            module.p = dropout
    plain._rows = lambda batch: None
    return ours, plain


def step(model, batch, weight):
    torch.manual_seed(4)
    output = model(batch)
    (output.square() * weight).sum().backward()
    return output


def assert_same(ours, plain, batch, weight):
    assert ours._rows(batch) is not None
    outputs = [step(model, batch, weight) for model in (ours, plain)]
    torch.testing.assert_close(*outputs, atol=1e-10, rtol=1e-10)
    for (name, one), other in zip(ours.named_parameters(), plain.parameters(), strict=True):
        torch.testing.assert_close(one.grad, other.grad, atol=1e-10, rtol=1e-10, msg=name)
    for (name, one), other in zip(ours.named_buffers(), plain.buffers(), strict=True):
        torch.testing.assert_close(one, other, atol=1e-12, rtol=1e-12, msg=name)


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("causal", [True, False])
@pytest.mark.parametrize("kernel_size", [2, 3, 4])
@pytest.mark.parametrize("dropout", [0.0, 0.3])
def test_a_step_equals_the_modules(target, causal, kernel_size, dropout):
    pair = make_pair(target, dropout, causal=causal, kernel_size=kernel_size)
    assert_same(*pair, *make_task())
    gradient = pair[0].blocks[0].conv1.conv.weight.grad
    assert gradient.abs().max() > 1e-3


@pytest.mark.parametrize("causal", [True, False])
def test_padding_counts_in_batch_statistics_as_it_does_in_the_modules(causal):
    for frames in (70, 73, 110):  # none, less, and more than a convolution reaches into
        assert_same(*make_pair(causal=causal), *make_task(frames))
    assert_same(*make_pair(causal=causal), *make_task(lengths=(60, 60)))


def test_a_whole_training_stays_equal():
    ours, plain = make_pair()
    optimizers = [torch.optim.AdamW(model.parameters(), lr=1e-3) for model in (ours, plain)]
    for _ in range(5):
        for model, optimizer in zip((ours, plain), optimizers, strict=True):
            optimizer.zero_grad()
            step(model, *make_task())
            # Adam makes steps of what is 0 but for rounding: a bias before a batch norm
            for module in model.modules():
                if isinstance(module, nn.Conv1d) and module.kernel_size[0] > 1:
                    module.bias.grad.zero_()
            optimizer.step()
    batch, _ = make_task()
    torch.testing.assert_close(ours.eval()(batch), plain.eval()(batch), atol=1e-8, rtol=0)


def test_a_bias_before_a_batch_norm_has_no_gradient_at_all():
    ours, plain = make_pair()
    for model in (ours, plain):
        step(model, *make_task())
    assert not ours.blocks[1].conv2.conv.bias.grad.any()
    assert plain.blocks[1].conv2.conv.bias.grad.abs().max() < 1e-10


@pytest.mark.parametrize(
    ("kernel", "dilation", "causal"), [(2, 3, True), (2, 2, False), (3, 2, False)]
)
def test_derivatives_equal_finite_differences(kernel, dilation, causal):
    torch.manual_seed(1)
    config = ModelConfig(
        "semitones", ("a",), hidden_size=2, kernel_size=kernel, causal=causal, dropout=0.3
    )
    block = ResidualBlock(config, dilation).double()
    left, right = block.conv1.pad.padding
    rows = packed.lay_out((7, 4), 8, left, right, torch.float64)
    given = [torch.randn(len(rows.frame), 2, dtype=torch.float64, requires_grad=True) for _ in "xs"]

    def run(x, skips, *_):
        torch.manual_seed(5)  # the same dropout whenever it is called
        masked = x * rows.mask  # as every block leaves it
        return packed.run_block(masked, skips + 0, rows, block.layers())

    assert torch.autograd.gradcheck(run, (*given, *block.parameters()))


def test_rows_hold_every_frame_once_and_padding_is_empty():
    rows = packed.lay_out((3, 5), 6, 2, 1, torch.float32)
    padded = torch.arange(1.0, 13.0).reshape(2, 6)
    laid_out = rows.pack(padded)[0] * rows.mask[:, 0]
    assert laid_out.tolist() == [1, 2, 3, 0, 0, 0, 7, 8, 9, 10, 11, 0, 0, 0]
    expected = padded.clone()
    expected[0, 3:], expected[1, 5:] = 0, 0
    torch.testing.assert_close(rows.unpack(laid_out), expected)
    assert rows.outside.tolist() == [5, 12, 13]  # beyond what looks back, or beyond 6 frames


def test_a_replaced_norm_is_honoured_in_training():
    class Silent(nn.BatchNorm1d):
        def forward(self, x):
            return super().forward(x) * 0

    model = make_model("semitones").train()
    model.blocks[0].norm2 = Silent(6).double()
    seen = []
    model.blocks[0].register_forward_hook(lambda module, given, result: seen.append(result[1]))
    model(make_task()[0])
    assert not seen[0].any()


@pytest.mark.parametrize(
    "spoil", [lambda norm: norm.eval(), lambda norm: setattr(norm, "momentum", None)]
)
def test_other_ways_of_normalising_are_left_to_the_modules(spoil):
    model = make_model("semitones").train()
    assert model._rows(make_task()[0]) is not None
    spoil(model.blocks[1].norm1)
    assert model._rows(make_task()[0]) is None


def test_half_precision_is_left_to_the_modules():
    model, (batch, _) = make_model("semitones").float().train(), make_task()
    batch = batch.to("cpu", torch.float32)
    with torch.autocast("cpu", torch.bfloat16):
        assert model._rows(batch) is None
        output = model(batch)
    output.float().square().sum().backward()
    assert torch.isfinite(output).all() and torch.isfinite(model.project.weight.grad).all()


def test_a_gpu_is_left_to_the_modules():
    block = make_model("semitones").train().to("meta").blocks[0]
    assert not packed.is_usual(block.conv1.conv, block.norm1, block.relu1, block.drop1)


def test_where_rows_between_outnumber_padding_the_modules_do_it():
    model = make_model("semitones").train()  # reaches 4 frames back
    assert model._rows(make_task(lengths=(3, 3, 3))[0]) is None
    model(make_task(lengths=(3, 3, 3))[0]).sum().backward()


def test_names_and_shapes_of_weights_stay_those_of_stored_models():
    config = ModelConfig("log_f0", ("a", "b"), hidden_size=4, num_layers=2, stacks=1)
    expected = {"project.weight": (4, 3), "project.bias": (4,)}
    for block in (0, 1):
        for half in (1, 2):
            name = f"blocks.{block}.conv{half}.conv"
            expected |= {f"{name}.weight": (4, 4, 2), f"{name}.bias": (4,)}
            parts = ("weight", "bias", "running_mean", "running_var")
            expected |= {f"blocks.{block}.norm{half}.{part}": (4,) for part in parts}
            expected[f"blocks.{block}.norm{half}.num_batches_tracked"] = ()
    expected |= {"dense.weight": (4, 4, 1), "dense.bias": (4,)}
    expected |= {"output.weight": (1, 4, 1), "output.bias": (1,)}
    found = {name: tuple(value.shape) for name, value in F0Model(config).state_dict().items()}
    assert found == expected
