"""Linguistic features as the network takes them: answers per phone and an index of frames.

Features only change at phone boundaries, so a frame x feature matrix is never built.
"""

from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np
import pandas as pd
from tqdm.auto import tqdm

from intonation.corpus.corpus import Corpus
from intonation.errors import CorpusError
from intonation.files import read_arrays, write_arrays
from intonation.labels.question_set import unpack


@dataclass(frozen=True)
class FeatureTable:
    """Answers of a whole corpus, one bit each.

    ids: utterance ids. questions: names, in the order of the columns.
    offsets: int64 [utterances + 1], first phone of each utterance.
    packed: uint8 [phones, ceil(questions / 8)] and numbers: float32 [phones, numeric questions],
    see `QuestionSet.pack`; numeric: int64 columns of the questions that ask for a number.
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
        return unpack(self.packed[chosen], self.numbers[chosen], self.numeric, len(self.questions))

    def share_true(self) -> np.ndarray:
        """Share of phones for which each question is answered yes, float64 [questions]."""
        counts = np.zeros(len(self.questions), dtype=np.int64)
        for start in range(0, len(self.packed), 4096):  # bounded memory
            block = self.packed[start : start + 4096]
            counts += np.unpackbits(block, axis=1, count=len(counts)).sum(axis=0, dtype=np.int64)
        return counts / max(len(self.packed), 1)


def build_features(corpus: Corpus) -> FeatureTable:
    """Answer the corpus' own questions for every phone of every utterance."""
    questions = corpus.questions
    bar = tqdm(corpus, total=len(corpus), desc="features", unit="utterance", mininterval=1.0)
    pairs = [questions.pack(utterance.labels) for utterance in bar]
    packed, numbers = map(np.concatenate, zip(*pairs, strict=True))
    return FeatureTable(
        ids=tuple(corpus.table["id"]),
        questions=tuple(questions.names),
        offsets=np.cumsum([0, *(len(bits) for bits, _ in pairs)]),
        packed=packed,
        numeric=questions.numeric,
        numbers=numbers,
    )


def save_features(path: Path, table: FeatureTable) -> None:
    """Write a table as .npz of plain arrays."""
    write_arrays(path, **vars(table))


def load_features(path: Path) -> FeatureTable:
    """Read what `save_features` wrote; raises CorpusError where it is missing or broken."""
    try:
        stored = read_arrays(path, [field.name for field in fields(FeatureTable)])
        _check_fit(**stored)
    except ValueError as error:
        raise CorpusError(f"{path} holds no features ({error}); run the features chapter") from None
    ids, questions, *arrays = stored.values()
    return FeatureTable(tuple(ids.tolist()), tuple(questions.tolist()), *arrays)


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
    columns = np.packbits(_answers(table, len(table.packed)), axis=0)
    first: dict[bytes, str] = {}
    pairs = zip(table.questions, columns.T, strict=True)
    found = [first.setdefault(column.tobytes(), name) for name, column in pairs]
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


def _answers(table: FeatureTable, most: int) -> np.ndarray:
    """Answers uint8 [at most `most` phones, questions], evenly spread over the corpus."""
    step = max(1, -(-len(table.packed) // most))
    return np.unpackbits(table.packed[::step], axis=1, count=len(table.questions))
