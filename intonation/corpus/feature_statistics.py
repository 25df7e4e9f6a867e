"""What the columns of a feature table have to tell: constants, duplicates, correlations."""

import numpy as np
import pandas as pd

from intonation.corpus.features import FeatureTable

MOST_PHONES = 20_000  # for correlations; their error is then below 0.01


def column_statistics(table: FeatureTable) -> pd.DataFrame:
    """One row per question: share of phones answered yes, whether constant, duplicate of what.

    Returns columns question, share_of_phones, constant (bool), same_as (name of the first question
    with the same answers for every phone, "" if there is none or both are constant).
    """
    share = table.share_true()
    constant = (share == 0) | (share == 1)
    columns = np.packbits(_answers(table, len(table.packed)), axis=0)
    seen: dict[bytes, str] = {}
    same = [
        "" if constant[index] else seen.setdefault(columns[:, index].tobytes(), name)
        for index, name in enumerate(table.questions)
    ]
    same = [
        "" if first == name else first for first, name in zip(same, table.questions, strict=True)
    ]
    return pd.DataFrame(
        {
            "question": table.questions,
            "share_of_phones": share.round(5),
            "constant": constant,
            "same_as": same,
        }
    )


def correlations(table: FeatureTable) -> np.ndarray:
    """Pearson's correlation of all pairs of columns over (at most 20,000 evenly spread) phones.

    Returns float32 [questions, questions]; NaN where a column is constant.
    """
    answers = _answers(table, MOST_PHONES).astype(np.float32)
    centred = answers - answers.mean(axis=0, dtype=np.float64).astype(np.float32)
    size = np.sqrt((centred**2).sum(axis=0, dtype=np.float64)).astype(np.float32)
    with np.errstate(divide="ignore", invalid="ignore"):
        scaled = np.where(size > 0, centred / size, np.nan)
    found = np.nan_to_num(scaled).T @ np.nan_to_num(scaled)
    found[size == 0] = np.nan
    found[:, size == 0] = np.nan
    return np.clip(found, -1, 1)


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
