"""Linguistic features as the network takes them: answers per phone and an index of frames.

Features only change at phone boundaries, so a frame x feature matrix is never built.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, fields
from functools import cached_property
from pathlib import Path

import numpy as np
import pandas as pd
from tqdm.auto import tqdm

from intonation.corpus.corpus import Corpus
from intonation.errors import CorpusError
from intonation.files import Rows, map_arrays, read_arrays, write_mappable
from intonation.labels.question_set import unpack

BLOCK = 4096  # phones at a time; a multiple of 8


@dataclass(frozen=True)
class FeatureTable:
    """Answers of a whole corpus, one bit each.

    ids: utterance ids. questions: names, in the order of the columns.
    offsets: int64 [utterances + 1], first phone of each utterance.
    packed: uint8 [phones, ceil(questions / 8)] and numbers: float32 [phones, numeric questions],
    see `QuestionSet.pack`; both may be mapped from a file. numeric: int64 columns of the questions
    that ask for a number.
    """

    ids: tuple[str, ...]
    questions: tuple[str, ...]
    offsets: np.ndarray
    packed: np.ndarray
    numeric: np.ndarray
    numbers: np.ndarray

    def answers(self, utterance_id: str) -> np.ndarray:
        """[phones, questions] of one utterance: uint8, or float32 where there are numbers."""
        row = self._rows.get(utterance_id)
        if row is None:
            raise CorpusError(f"no features of '{utterance_id}'; run the features chapter again")
        chosen = slice(self.offsets[row], self.offsets[row + 1])
        return unpack(self.packed[chosen], self.numbers[chosen], self.numeric, len(self.questions))

    @cached_property
    def _rows(self) -> dict[str, int]:
        return {utterance_id: row for row, utterance_id in enumerate(self.ids)}

    def blocks(self) -> Iterator[np.ndarray]:
        """All answers, yes or no, uint8 [at most 4096 phones, questions], in bounded memory."""
        for start in range(0, len(self.packed), BLOCK):
            block = self.packed[start : start + BLOCK]
            yield np.unpackbits(block, axis=1, count=len(self.questions))

    def share_true(self) -> np.ndarray:
        """Share of phones for which each question is answered yes, float64 [questions]."""
        counts = np.zeros(len(self.questions), dtype=np.int64)
        for block in self.blocks():
            counts += block.sum(axis=0, dtype=np.int64)
        return counts / max(len(self.packed), 1)


def build_features(corpus: Corpus, path: Path | None = None) -> FeatureTable:
    """Answer the corpus' own questions for every phone of every utterance.

    path: file to write the answers to, utterance by utterance, and to map them from; memory then
    does not grow with the corpus. Without it they are held in memory.
    Raises CorpusError where labels have another number of phones than the corpus' table.
    """
    questions, phones = corpus.questions, corpus.table["phones"].to_numpy()
    numbers = np.zeros((phones.sum(), len(questions.numeric)), dtype=np.float32)
    shape, blocks = (len(numbers), -(-len(questions.names) // 8)), _answered(corpus, numbers)
    table = FeatureTable(
        ids=tuple(corpus.table["id"]),
        questions=tuple(questions.names),
        offsets=np.cumsum([0, *phones]),
        packed=np.concatenate(list(blocks)) if path is None else np.zeros((0, shape[1]), np.uint8),
        numeric=questions.numeric,
        numbers=numbers,
    )
    if path is None:
        return table
    _write(path, table, Rows(shape, np.uint8, blocks))
    return load_features(path)


def _answered(corpus: Corpus, numbers: np.ndarray) -> Iterator[np.ndarray]:
    """Yield the bits of each utterance [phones, bytes], and fill in its part of the numbers."""
    expected, row = corpus.table["phones"].tolist(), 0
    bar = tqdm(corpus, total=len(corpus), desc="features", unit="utterance", mininterval=1.0)
    for utterance, phones in zip(bar, expected, strict=True):
        bits, found = corpus.questions.pack(utterance.labels)
        if len(bits) != phones:
            raise CorpusError(
                f"{utterance.id}: its labels have {len(bits)} phones, expected {phones} as in the "
                "corpus' table; run the corpus chapter again"
            )
        numbers[row : row + phones] = found
        row += phones
        yield bits


def save_features(path: Path, table: FeatureTable) -> None:
    """Write a table as an uncompressed .npz of plain arrays."""
    _write(path, table, table.packed)


def _write(path: Path, table: FeatureTable, packed: np.ndarray | Rows) -> None:
    """The answers first: numbers may be filled in while they are written."""
    rest = {field.name: getattr(table, field.name) for field in fields(FeatureTable)}
    write_mappable(path, **({"packed": packed} | {n: a for n, a in rest.items() if n != "packed"}))


def load_features(path: Path) -> FeatureTable:
    """Open what was written: answers are mapped, the rest is read.

    Raises CorpusError where it is missing or broken.
    """
    try:
        mapped = map_arrays(path, ("packed", "numbers"))
        stored = read_arrays(path, ("ids", "questions", "offsets", "numeric"))
        _check_fit(**stored, **mapped)
    except ValueError as error:
        raise CorpusError(f"{path} holds no features ({error}); run the features chapter") from None
    return FeatureTable(
        ids=tuple(stored["ids"].tolist()),
        questions=tuple(stored["questions"].tolist()),
        offsets=stored["offsets"],
        numeric=stored["numeric"],
        **mapped,
    )


def _check_fit(
    ids: np.ndarray,
    questions: np.ndarray,
    offsets: np.ndarray,
    packed: np.ndarray,
    numeric: np.ndarray,
    numbers: np.ndarray,
) -> None:
    """Raise ValueError where the arrays of a table are not as `FeatureTable` has them."""
    phones = packed.shape[0] if packed.ndim else 0
    arrays = (ids, questions, offsets, packed, numeric, numbers)
    found: list[tuple[int, ...]] = [array.shape for array in arrays]
    expected: list[tuple[int, ...]] = [(ids.size,), (questions.size,), (ids.size + 1,)]
    expected += [(phones, -(-questions.size // 8)), (numeric.size,), (phones, numeric.size)]
    if found != expected or packed.dtype != np.uint8 or offsets.dtype.kind != "i":
        raise ValueError("its arrays do not fit each other")


MOST_PHONES = 20_000  # for correlations; their error is then below 0.01


def column_statistics(table: FeatureTable) -> pd.DataFrame:
    """One row per question: share of phones answered yes, whether constant, duplicate of what.

    Returns columns question, share_of_phones, constant (bool), same_as (name of the first question
    with the same answers for every phone, "" if there is none or both are constant).
    """
    share = table.share_true()
    constant = (share == 0) | (share == 1)
    first: dict[bytes, str] = {}
    pairs = zip(table.questions, _column_digests(table), strict=True)
    found = [first.setdefault(digest, name) for name, digest in pairs]
    same_as = np.where(constant | (np.array(found) == table.questions), "", found)
    return pd.DataFrame(
        {
            "question": table.questions,
            "share_of_phones": share.round(5),
            "constant": constant,
            "same_as": same_as,
        }
    )


def correlations(table: FeatureTable) -> np.ndarray:
    """Pearson's correlation of all pairs of columns over (at most 20,000 evenly spread) phones.

    Returns float32 [questions, questions]; NaN where a column is constant.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        found = np.corrcoef(_answers(table, MOST_PHONES), rowvar=False, dtype=np.float32)
    return np.atleast_2d(found)


def group_correlations(pairs: np.ndarray, groups: dict[str, np.ndarray]) -> pd.DataFrame:
    """For two groups, how well the best partner in the other group mirrors a feature, on average.

    pairs: [questions, questions] from `correlations`. Returns a symmetric table [groups, groups],
    0 to 1; a feature's correlation with itself does not count; NaN where a group is constant.
    """
    strength = np.abs(pairs)
    np.fill_diagonal(strength, np.nan)
    names = list(groups)
    best = np.full((len(names), len(names)), np.nan)
    for row, one in enumerate(groups.values()):
        for column, other in enumerate(groups.values()):
            block = strength[np.ix_(one, other)]
            block = block[~np.isnan(block).all(axis=1)]
            if len(block):
                best[row, column] = np.nanmax(block, axis=1).mean()
    return pd.DataFrame((best + best.T) / 2, index=names, columns=names)


def _column_digests(table: FeatureTable) -> list[bytes]:
    """SHA-256 of the answers to each question: equal where all answers are."""
    digests = [hashlib.sha256() for _ in table.questions]
    for block in table.blocks():
        for digest, column in zip(digests, np.packbits(block, axis=0).T, strict=True):
            digest.update(column.tobytes())
    return [digest.digest() for digest in digests]


def _answers(table: FeatureTable, most: int) -> np.ndarray:
    """Answers uint8 [at most `most` phones, questions], evenly spread over the corpus."""
    step = max(1, -(-len(table.packed) // most))
    return np.unpackbits(table.packed[::step], axis=1, count=len(table.questions))
