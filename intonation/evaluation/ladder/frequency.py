"""How often words occur, from a table that the package wordfreq ships [Speer 2022].

Surprisal is -log2 p of a word taken alone, in bits [Shannon 1948]: a word's context is not asked
for. Zipf's scale [van Heuven et al. 2014] says the same in other units, log10 of the occurrences in
10^9 words, so surprisal = (9 - Zipf) log2(10).
"""

from collections.abc import Sequence
from functools import cache

import numpy as np

from intonation.evaluation.ladder.written import WrittenWord

LANGUAGE = "pl"
_CLASSES = (3, 4, 5, 6, 7)  # of Zipf's scale: below 3 are rare words, from 6 on mostly little ones
NAMES = (
    "surprisal of the word",
    *(f"Zipf frequency at least {least}" for least in _CLASSES),
    "not in the table",
    *("surprisal of the word before", "surprisal of the word after"),
    *("surprisal of the phrase", "of it before the word", "of it after the word"),
    *("mean surprisal of the phrase", "the word's above that mean"),
)


@cache
def _table() -> tuple[dict[str, float], float]:
    """Share of each word, and that of the rarest, which stands for every word that is missing."""
    import wordfreq  # half a second, which only this rung need wait

    shares = wordfreq.get_frequency_dict(LANGUAGE)
    return shares, min(shares.values())


def in_table(word: str) -> bool:
    return word in _table()[0]


def surprisal_bits(word: str) -> float:
    """-log2 of the share of a word in lower case; of the rarest one's for an unknown word."""
    shares, least = _table()
    return float(-np.log2(shares.get(word, least)))


def zipf(word: str) -> float:
    """log10 of how often the word occurs in 10^9 words, 1 or more."""
    return 9 - surprisal_bits(word) / float(np.log2(10))


def frequency(words: Sequence[WrittenWord], phrase: np.ndarray) -> np.ndarray:
    """The columns NAMES of each word, float32 [words, columns]; 0 bits beyond either end.

    phrase: the phrase of each word, [words].
    """
    bits = np.array([surprisal_bits(word.text) for word in words])
    scale = np.array([zipf(word.text) for word in words])
    own = [bits, *(scale >= least for least in _CLASSES)]
    missing = [not in_table(word.text) for word in words]
    around = np.pad(bits, 1)
    total, before, count = np.zeros((3, len(bits)))
    for one in np.unique(phrase):
        inside = phrase == one
        total[inside], count[inside] = bits[inside].sum(), inside.sum()
        before[inside] = np.cumsum(bits[inside]) - bits[inside]
    mean = total / count
    of_phrase = [total, before, total - before - bits, mean, bits - mean]
    columns = [*own, missing, around[:-2], around[2:], *of_phrase]
    return np.column_stack(columns).astype(np.float32)
