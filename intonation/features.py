"""Linguistic features as the network takes them: answers per phone and an index of frames.

Features only change at phone boundaries, so a frame x feature matrix is never built.
"""

import zipfile
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from tqdm.auto import tqdm

from intonation.corpus import Corpus
from intonation.errors import CorpusError
from intonation.files import replacing


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
class FeatureTable:
    """Answers of a whole corpus, one bit each.

    ids: utterance ids. questions: names, in the order of the columns.
    offsets: int64 [utterances + 1], first phone of each utterance.
    packed: uint8 [phones, ceil(questions / 8)], bits in numpy's big-endian order.
    numeric: int64 columns of the questions that ask for a number; numbers: float32 [phones,
    numeric questions] with their answers. Their bits say whether the number is not 0.
    """

    ids: tuple[str, ...]
    questions: tuple[str, ...]
    offsets: np.ndarray
    packed: np.ndarray
    numeric: np.ndarray
    numbers: np.ndarray

    def answers(self, utterance_id: str) -> np.ndarray:
        """[phones, questions] of one utterance: uint8, or float32 where there are numbers."""
        if utterance_id not in self.ids:
            raise CorpusError(f"no features of '{utterance_id}'; run the features chapter again")
        row = self.ids.index(utterance_id)
        chosen = slice(self.offsets[row], self.offsets[row + 1])
        answers = np.unpackbits(self.packed[chosen], axis=1, count=len(self.questions))
        if len(self.numeric):
            answers = answers.astype(np.float32)
            answers[:, self.numeric] = self.numbers[chosen]
        return answers

    def share_true(self) -> np.ndarray:
        """Share of phones for which each question is answered yes, float64 [questions]."""
        counts = np.zeros(len(self.questions), dtype=np.int64)
        for start in range(0, len(self.packed), 4096):  # bounded memory
            block = self.packed[start : start + 4096]
            counts += np.unpackbits(block, axis=1, count=len(self.questions)).sum(
                axis=0, dtype=np.int64
            )
        return counts / max(len(self.packed), 1)


def build_features(corpus: Corpus) -> FeatureTable:
    """Answer the corpus' own questions for every phone of every utterance."""
    numeric = np.flatnonzero([question.numeric for question in corpus.questions])
    packed, numbers = [], []
    bar = tqdm(corpus, total=len(corpus), desc="features", unit="utterance", mininterval=1.0)
    for utterance in bar:
        packed.append(np.packbits(utterance.answers != 0, axis=1))
        numbers.append(utterance.answers[:, numeric].astype(np.float32))
    return FeatureTable(
        ids=tuple(corpus.table["id"]),
        questions=tuple(corpus.questions.names),
        offsets=np.cumsum([0, *map(len, packed)]),
        packed=np.concatenate(packed),
        numeric=numeric,
        numbers=np.concatenate(numbers),
    )


def save_features(path: Path, table: FeatureTable) -> None:
    """Write a table as .npz of plain arrays."""
    with replacing(path) as temporary, open(temporary, "wb") as file:
        np.savez_compressed(
            file,
            ids=np.array(table.ids),
            questions=np.array(table.questions),
            offsets=table.offsets,
            packed=table.packed,
            numeric=table.numeric,
            numbers=table.numbers,
        )


def load_features(path: Path) -> FeatureTable:
    """Read what `save_features` wrote; raises CorpusError where it is missing or broken."""
    try:
        with np.load(path, allow_pickle=False) as data:
            return FeatureTable(
                tuple(data["ids"].tolist()),
                tuple(data["questions"].tolist()),
                data["offsets"],
                data["packed"],
                data["numeric"],
                data["numbers"],
            )
    except (OSError, EOFError, KeyError, ValueError, zipfile.BadZipFile, zlib.error) as error:
        raise CorpusError(f"{path} holds no features ({error}); run the features chapter") from None
