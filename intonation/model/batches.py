"""What the network is given: utterances as answers per phone, padded side by side."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import Sampler

from intonation.corpus.corpus import Corpus, Utterance
from intonation.corpus.features import FeatureTable
from intonation.errors import ModelError, UtteranceError
from intonation.model.network import F0Model
from intonation.model.target import TARGETS


@dataclass(frozen=True)
class Inputs:
    """What the network is told of one utterance.

    answers: [phones, questions], 0 or 1; other numbers for numeric questions.
    frame_to_phone: int64 [frames].
    voiced: bool [frames].
    """

    answers: np.ndarray
    frame_to_phone: np.ndarray
    voiced: np.ndarray


@dataclass(frozen=True)
class Batch:
    """Utterances side by side, their phones stacked.

    answers: float [phones of all utterances, questions].
    phone_of_frame: int64 [utterances, frames], row of `answers`; 0 on padding.
    vuv: float [utterances, frames], 1 where voiced.
    mask: float [utterances, frames], 1 on real frames, 0 on padding.
    lengths: real frames of each utterance, as numbers that no device has to be asked for.
    """

    answers: Tensor
    phone_of_frame: Tensor
    vuv: Tensor
    mask: Tensor
    lengths: tuple[int, ...]

    def to(self, device: torch.device | str, dtype: torch.dtype | None = None) -> "Batch":
        """The same batch elsewhere, its floats in another precision if asked."""
        return Batch(
            self.answers.to(device, dtype),
            self.phone_of_frame.to(device),
            self.vuv.to(device, dtype),
            self.mask.to(device, dtype),
            self.lengths,
        )


def make_batch(items: Sequence[Inputs], *, frames: int | None = None) -> Batch:
    """Pad utterances to the longest of them, or to `frames`."""
    lengths = tuple(len(item.frame_to_phone) for item in items)
    longest = max(lengths)
    width = longest if frames is None else frames
    if width < longest:
        raise ValueError(f"cannot pad to {width} frames, the longest utterance has {longest}")
    offsets = np.cumsum([0] + [len(item.answers) for item in items[:-1]])
    phone_of_frame = torch.zeros(len(items), width, dtype=torch.int64)
    vuv, mask = torch.zeros(len(items), width), torch.zeros(len(items), width)
    for row, (item, offset) in enumerate(zip(items, offsets, strict=True)):
        length = len(item.frame_to_phone)
        phone_of_frame[row, :length] = torch.from_numpy(item.frame_to_phone + offset)
        vuv[row, :length] = torch.from_numpy(item.voiced.astype(np.float32))
        mask[row, :length] = 1.0
    answers = torch.from_numpy(np.concatenate([item.answers for item in items])).float()
    return Batch(answers, phone_of_frame, vuv, mask, lengths)


@dataclass(frozen=True)
class Example:
    """An utterance to learn from.

    target: float32 [frames]; weight: float32 [frames], 1 where the frame counts.
    """

    inputs: Inputs
    target: np.ndarray
    weight: np.ndarray


class Learnable(Protocol):
    """What a training asks of an example, made already or stored."""

    @property
    def inputs(self) -> Inputs:
        """What the network is told."""

    @property
    def target(self) -> np.ndarray:
        """float32 [frames]."""

    @property
    def weight(self) -> np.ndarray:
        """float32 [frames], 1 where the frame counts."""


@dataclass(frozen=True)
class Task:
    """A batch with what it should become: target and weight [utterances, frames].

    counted: sum of the weights, at least 1; a plain number, so that no step waits for a device.
    """

    batch: Batch
    target: Tensor
    weight: Tensor
    counted: float


@dataclass(frozen=True, eq=False)
class StoredExample:
    """An utterance to learn from whose inputs are made when they are asked for.

    Answers stay packed in the table of all, which may be mapped from a file; a training that holds
    them unpacked, and an index of every frame, needs some twenty times the memory.
    frames: int32 [phones], how many each phone has; they lie in the order of the phones.
    voiced_bits: uint8 [ceil(frames / 8)]. target: float32 [frames].
    """

    features: FeatureTable
    utterance_id: str
    learns: str
    frames: np.ndarray
    voiced_bits: np.ndarray
    target: np.ndarray

    @property
    def inputs(self) -> Inputs:
        """Made anew each time."""
        index = np.repeat(np.arange(len(self.frames)), self.frames)
        return Inputs(self.features.answers(self.utterance_id), index, self._voiced)

    @property
    def weight(self) -> np.ndarray:
        """As of `Example`."""
        return TARGETS[self.learns].valid(self._voiced).astype(np.float32)

    @property
    def _voiced(self) -> np.ndarray:
        return np.unpackbits(self.voiced_bits, count=len(self.target)).view(bool)


def examples(
    corpus: Corpus, features: FeatureTable, split: str, target: str
) -> list[StoredExample]:
    """All utterances of a split, some five bytes a frame in memory."""
    made = []
    for utterance_id in corpus.ids(split):
        utterance = corpus[utterance_id]
        frames = np.bincount(utterance.frame_to_phone).astype(np.int32)
        learnt, voiced = TARGETS[target].learnt(utterance)[0], np.packbits(utterance.voiced)
        made.append(StoredExample(features, utterance_id, target, frames, voiced, learnt))
    return made


def collate(items: Sequence[Learnable]) -> Task:
    """Pad examples to the longest of them."""
    batch = make_batch([item.inputs for item in items])
    target, weight = torch.zeros_like(batch.mask), torch.zeros_like(batch.mask)
    for row, item in enumerate(items):
        target[row, : len(item.target)] = torch.from_numpy(item.target)
        weight[row, : len(item.weight)] = torch.from_numpy(item.weight)
    return Task(batch, target, weight, max(1.0, float(weight.sum())))


class LengthBatches(Sampler[list[int]]):
    """Shuffled batches of utterances of similar length, so that little is padded."""

    def __init__(self, lengths: list[int], batch_size: int, seed: int) -> None:
        self.lengths, self.batch_size, self.seed = np.array(lengths), batch_size, seed
        self.epoch = 0
        self.sampler = self  # where Lightning looks for a set_epoch

    def set_epoch(self, epoch: int) -> None:
        """Called by Lightning, also when it resumes."""
        self.epoch = epoch

    def __len__(self) -> int:
        return -(-len(self.lengths) // self.batch_size)

    def __iter__(self) -> Iterator[list[int]]:
        random = np.random.default_rng((self.seed, self.epoch))
        jitter = random.uniform(0.9, 1.1, len(self.lengths))
        order = np.argsort(self.lengths * jitter)
        batches = [
            order[i : i + self.batch_size].tolist() for i in range(0, len(order), self.batch_size)
        ]
        random.shuffle(batches)
        return iter(batches)


def inputs_of(utterance: Utterance) -> Inputs:
    """What the network is told of an utterance."""
    return Inputs(utterance.answers, utterance.frame_to_phone, utterance.voiced)


def check_questions(model: F0Model, utterance: Utterance) -> None:
    """Raise ModelError where model and utterance were made with different question sets."""
    if tuple(utterance.questions.names) != model.config.questions:
        raise ModelError(
            f"the model knows {len(model.config.questions)} questions, utterance {utterance.id} "
            f"{len(utterance.questions.names)} others; use the question set of the training"
        )


def choose_frames(
    target: str, inputs: Inputs, frames: np.ndarray | slice | None, utterance_id: str = "utterance"
) -> np.ndarray:
    """The explained frames as bool [frames]; UtteranceError for none or for ones out of range."""
    n_frames = len(inputs.frame_to_phone)
    if frames is None:
        chosen = TARGETS[target].valid(inputs.voiced)
    else:
        chosen = np.zeros(n_frames, dtype=bool)
        try:
            chosen[frames] = True
        except IndexError:
            raise UtteranceError(
                f"{utterance_id}: frames lie outside 0 … {n_frames - 1}; choose others"
            ) from None
    if not chosen.any():
        raise UtteranceError(f"{utterance_id}: no frame was chosen to explain; choose some")
    return chosen
