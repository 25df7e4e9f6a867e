"""The sentence that the same speaker read just before: how high, how wide, how long it was.

Before means: the recording whose name precedes, with the numbers in names taken as numbers
(a2 before a10). Names follow the order of a session in most corpora; nothing in a recording tells.
"""

import re
from collections.abc import Sequence

import numpy as np
import pandas as pd

from intonation.corpus.corpus import Corpus, Utterance

NAMES = (
    "mean of the sentence before",
    "end of the sentence before",
    "range of the sentence before",
    "seconds of the sentence before",
)
LAST_FRAMES = 20  # 100 ms of voice


def by_name(name: str) -> tuple[tuple[int, str], ...]:
    """A key to sort names by, as people do."""
    parts = re.split(r"(\d+)", name)
    return tuple((int(part), "") if part.isdecimal() else (0, part) for part in parts)


def ids_before(table: pd.DataFrame) -> dict[str, str]:
    """The id of the recording before, by id; the first of each speaker has none."""
    before: dict[str, str] = {}
    for _, rows in table.groupby("speaker", sort=False):
        ordered = sorted(rows["id"], key=by_name)
        before |= dict(zip(ordered[1:], ordered[:-1], strict=True))
    return before


def summary(utterance: Utterance) -> np.ndarray:
    """The columns NAMES of an utterance, float64 [4]: semitones from the median, and seconds."""
    voiced = utterance.f0_semitones[utterance.voiced]
    seconds = len(utterance.f0_hz) * 0.005
    if not len(voiced):
        return np.array([np.nan, np.nan, np.nan, seconds])
    low, high = np.percentile(voiced, (5, 95))
    return np.array([voiced.mean(), voiced[-LAST_FRAMES:].mean(), high - low, seconds])


def summaries_before(
    corpus: Corpus, ids: Sequence[str], known: dict[str, np.ndarray]
) -> np.ndarray:
    """What came before each utterance, float64 [utterances, 4], NaN where that is not known.

    known: summaries by id of utterances that were read anyway; the others are read here.
    """
    before, found = ids_before(corpus.table), []
    for name in ids:
        earlier = before.get(name)
        if earlier is None:
            found.append(np.full(len(NAMES), np.nan))
        else:
            found.append(known[earlier] if earlier in known else summary(corpus[earlier]))
    return np.array(found).reshape(-1, len(NAMES))
