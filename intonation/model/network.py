"""The F0 model: a temporal convolutional network over binary linguistic features.

The network is the original study's [Bai, Kolter & Koltun 2018]: two stacks of residual blocks
with dilations 1 to 32, batch norm, skip connections, and two dense layers. Its first layer is
computed once per phone, because features only change at phone boundaries. In training, the
utterances of a batch are laid end to end, and layers are computed as `packed` has it; it is the
same function with the same gradients.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, cast

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save
from torch import Tensor, nn

from intonation.errors import ModelError, ParameterError
from intonation.files import replacing
from intonation.model import packed
from intonation.model.packed import Rows
from intonation.model.target import TARGETS, Target
from intonation.parameters import parameters

if TYPE_CHECKING:
    from intonation.model.batches import Batch

NO_MODEL = (ValueError, KeyError, TypeError, RuntimeError, RecursionError)  # what reading may raise
WEIGHTS, CONFIG = "model.safetensors", "config.json"
MOST_ROWS = 1.5  # of a padded batch's frames: with more, laying them end to end saves nothing
DRAWN_AT_ONCE = 2**14  # random numbers, so few that they stay in a processor's cache
STEPS_OF_SHARE = 2**16  # into which AnswerDropout divides 0 … 1


@dataclass(frozen=True)
class ModelConfig:
    """Everything needed to build the network again.

    target: a name in `intonation.model.target.TARGETS`.
    questions: names of the binary inputs, in order.
    """

    target: str
    questions: tuple[str, ...]
    hidden_size: int = 64
    num_layers: int = 6
    stacks: int = 2
    kernel_size: int = 2
    dropout: float = 0.2
    input_dropout: float = 0.0
    causal: bool = True

    @property
    def meaning(self) -> Target:
        """What the output means."""
        return TARGETS[self.target]

    @property
    def uses_vuv(self) -> bool:
        """Whether voicing is an input."""
        return self.meaning.vuv

    @property
    def inputs(self) -> tuple[str, ...]:
        """Names of all inputs: the questions, then vuv if the target uses it."""
        return (*self.questions, "vuv") if self.uses_vuv else self.questions

    @property
    def receptive_field(self) -> int:
        """Frames that one output depends on (through the convolutions alone)."""
        reach = 2 * self.stacks * (self.kernel_size - 1) * (2**self.num_layers - 1)
        return 1 + reach


class ShiftedConv(nn.Module):
    """Dilated convolution that keeps the length: padded at the start if causal, else both ends."""

    def __init__(self, channels: int, kernel_size: int, dilation: int, causal: bool) -> None:
        super().__init__()
        reach = (kernel_size - 1) * dilation
        left = reach if causal else reach - reach // 2
        self.pad = nn.ConstantPad1d((left, reach - left), 0.0)
        self.conv = nn.Conv1d(channels, channels, kernel_size, dilation=dilation)

    def forward(self, x: Tensor) -> Tensor:
        return self.conv(self.pad(x))  # [batch, channels, frames]


Half = tuple[ShiftedConv, nn.BatchNorm1d, nn.ReLU, nn.Dropout1d]


class ResidualBlock(nn.Module):
    """Two dilated convolutions, each with batch norm, ReLU and dropout, beside a shortcut."""

    def __init__(self, config: ModelConfig, dilation: int) -> None:
        super().__init__()
        channels, size = config.hidden_size, config.kernel_size
        self.conv1 = ShiftedConv(channels, size, dilation, config.causal)
        self.norm1 = nn.BatchNorm1d(channels)
        self.relu1 = nn.ReLU()
        self.drop1 = nn.Dropout1d(config.dropout)
        self.conv2 = ShiftedConv(channels, size, dilation, config.causal)
        self.norm2 = nn.BatchNorm1d(channels)
        self.relu2 = nn.ReLU()
        self.drop2 = nn.Dropout1d(config.dropout)
        self.relu_out = nn.ReLU()

    def layers(self) -> tuple[Half, Half]:
        """Convolution, norm, ReLU and dropout of both layers."""
        first = self.conv1, self.norm1, self.relu1, self.drop1
        return first, (self.conv2, self.norm2, self.relu2, self.drop2)

    def forward(self, x: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
        # masks keep padding at zero, so that a neighbour's length never changes a result
        y = self.drop1(self.relu1(self.norm1(self.conv1(x)))) * mask  # [batch, channels, frames]
        skip = self.drop2(self.relu2(self.norm2(self.conv2(y)))) * mask
        return self.relu_out(x + skip), skip


class PerFrame(nn.Conv1d):
    """A convolution that sees one frame; in training, as the matrix product that it is."""

    bias: Tensor  # there always is one

    def forward(self, x: Tensor) -> Tensor:
        if not self.training:
            return super().forward(x)
        frames = x.transpose(1, 2)  # [batch, frames, channels below]
        y = nn.functional.linear(frames, self.weight[:, :, 0], self.bias)
        return y.transpose(1, 2)  # [batch, channels, frames]


class AnswerDropout(nn.Dropout):
    """Dropout of a large matrix; on a CPU with four numbers of 16 bits from each that is drawn.

    Drawing is what dropout spends its time on. The share that is kept is so rounded to a 65536th,
    by which what is kept is divided, too. (PyTorch's kernel for Intel's processors draws other
    numbers than that for others; here they are the same on all.)
    """

    def forward(self, x: Tensor) -> Tensor:
        here = x.device.type == "cpu" and not torch.compiler.is_compiling()
        kept = round((1 - self.p) * STEPS_OF_SHARE)
        if not (here and self.training and 0 < kept < STEPS_OF_SHARE):
            return super().forward(x)
        noise = torch.empty_like(x)
        flat = noise.as_strided((x.numel(),), (1,))  # as it lies in memory, row by row or not
        drawn = torch.empty(DRAWN_AT_ONCE // 4, dtype=torch.int64)
        numbers = drawn.view(torch.int16)  # -2^15 … 2^15 - 1
        for part in torch.split(flat, DRAWN_AT_ONCE):
            drawn[: -(-len(part) // 4)].random_(-(2**63), None)
            torch.lt(numbers[: len(part)], kept - STEPS_OF_SHARE // 2, out=part)
        return noise.div_(kept / STEPS_OF_SHARE) * x


class F0Model(nn.Module):
    """Binary linguistic features of phones in, F0 per frame out."""

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        self.config = config
        channels = config.hidden_size
        self.drop_input = AnswerDropout(config.input_dropout)
        self.project = nn.Linear(len(config.inputs), channels)
        dilations = [2**layer for layer in range(config.num_layers)] * config.stacks
        self.blocks = nn.ModuleList(ResidualBlock(config, dilation) for dilation in dilations)
        self.relu_skip = nn.ReLU()
        self.dense = PerFrame(channels, channels, 1)
        self.relu_dense = nn.ReLU()
        self.output = PerFrame(channels, 1, 1)
        self.relu_output = nn.ReLU() if config.meaning.vuv else nn.Identity()

    def forward(self, batch: Batch) -> Tensor:
        """Predict F0: ln Hz or semitones, [utterances, frames], 0 on padding."""
        rows = self._rows(batch) if self.training else None
        if rows is None:
            return self.from_projection(self.projection(batch), batch.mask)
        return rows.unpack(self._from_rows(batch, rows))

    def _from_rows(self, batch: Batch, rows: Rows) -> Tensor:
        """The same on utterances laid end to end: [rows]."""
        index, vuv = rows.pack(batch.phone_of_frame), rows.pack(batch.vuv)  # [1, rows]
        frames = self.projection(replace(batch, phone_of_frame=index, vuv=vuv))
        x = frames[0] * rows.mask  # [rows, channels]
        skips = torch.zeros_like(x)
        for block in cast("list[ResidualBlock]", self.blocks):
            x, skips = packed.run_block(x, skips, rows, block.layers())
        return self.from_skips(skips.T[None], rows.mask.T[None])[0]

    def _rows(self, batch: Batch) -> Rows | None:
        """Where frames lie laid end to end; None where the modules have to do it themselves."""
        blocks = cast("list[ResidualBlock]", self.blocks)
        halves = [half for block in blocks for half in block.layers()]
        if not all(packed.is_usual(conv.conv, *others) for conv, *others in halves):
            return None
        left, right = (max(half[0].pad.padding[side] for half in halves) for side in (0, 1))
        padded = batch.mask.shape
        if sum(batch.lengths) + (left + right) * padded[0] > MOST_ROWS * padded.numel():
            return None
        return packed.lay_out(batch.lengths, padded[1], left, right, batch.mask.dtype)

    def projection(self, batch: Batch) -> Tensor:
        """First layer, once per phone, then gathered to frames: [utterances, frames, channels]."""
        n_questions = len(self.config.questions)
        weight = self.project.weight  # [channels, inputs]
        answers = self.drop_input(batch.answers)  # [phones, questions]
        phones = nn.functional.linear(answers, weight[:, :n_questions], self.project.bias)
        frames = nn.functional.embedding(batch.phone_of_frame, phones)  # [batch, frames, channels]
        if self.config.uses_vuv:
            frames = frames + batch.vuv[..., None] * weight[:, n_questions]
        return frames

    def from_projection(self, frames: Tensor, mask: Tensor) -> Tensor:
        """Everything behind the first layer: [utterances, frames]."""
        mask = mask[:, None, :]  # [batch, 1, frames]
        x = frames.transpose(1, 2) * mask  # [batch, channels, frames]
        skips = torch.zeros_like(x)
        for block in self.blocks:
            x, skip = block(x, mask)
            skips = skips + skip
        return self.from_skips(skips, mask)

    def from_skips(self, skips: Tensor, mask: Tensor) -> Tensor:
        """The dense layers: [batch, channels, frames] -> [batch, frames]."""
        y = self.relu_dense(self.dense(self.relu_skip(skips)))  # [batch, channels, frames]
        y = self.relu_output(self.output(y)) * mask  # [batch, 1, frames]
        return y[:, 0]


@contextmanager
def at_rest(model: nn.Module) -> Iterator[nn.Module]:
    """The model in evaluation mode; afterwards each of its modules in the mode it was in."""
    training = [module for module in model.modules() if module.training]
    model.eval()
    try:
        yield model
    finally:
        for module in training:
            module.training = True


def save_model(model: F0Model, folder: Path) -> None:
    """Write `model.safetensors` and `config.json` into `folder`."""
    folder = Path(folder)
    tensors = {name: value.contiguous().cpu() for name, value in model.state_dict().items()}
    with replacing(folder / WEIGHTS) as temporary:
        temporary.write_bytes(save(tensors))  # save_file has errors of its own for a full disk
    config = json.dumps(dataclasses.asdict(model.config), ensure_ascii=False, indent=1)
    with replacing(folder / CONFIG) as temporary:
        temporary.write_text(config + "\n", encoding="utf-8")


def load_model(folder: Path) -> F0Model:
    """Read a model folder; the model comes in evaluation mode.

    Raises ModelError where a file is missing, broken, or does not fit the other.
    """
    folder = Path(folder)
    for name in (WEIGHTS, CONFIG):
        if not (folder / name).is_file():
            raise ModelError(f"{folder} has no {name}; train first, or point to a model folder")
    try:
        config, tensors = _read_config(folder / CONFIG), load_file(folder / WEIGHTS)
        _check_fit(config, tensors)
        model = F0Model(config)
        model.load_state_dict(tensors)
    except (*NO_MODEL, ParameterError, SafetensorError) as error:
        raise ModelError(
            f"{folder} holds no model of this version ({error}); train it again"
        ) from None
    if not all(torch.isfinite(value).all() for value in model.state_dict().values()):
        raise ModelError(f"{folder}/{WEIGHTS} has NaN or infinite weights; train it again")
    return model.eval()


def _read_config(path: Path) -> ModelConfig:
    """Raises one of NO_MODEL, or ParameterError for a value that no network was trained with."""
    raw = json.loads(path.read_text(encoding="utf-8"))
    config = ModelConfig(**{**raw, "questions": tuple(raw["questions"])})
    if not all(isinstance(name, str) for name in config.questions):
        raise ValueError("a question is no text")
    parameters(overrides={name: value for name, value in raw.items() if name != "questions"})
    return config


def _check_fit(config: ModelConfig, tensors: dict[str, Tensor]) -> None:
    """Raise ValueError where weights are not those of the configuration.

    Before a network is built: a few bytes of configuration could ask for all memory.
    """
    with torch.device("meta"):
        expected = {name: value.shape for name, value in F0Model(config).state_dict().items()}
    if expected != {name: value.shape for name, value in tensors.items()}:
        raise ValueError(f"{WEIGHTS} does not fit {CONFIG}")
