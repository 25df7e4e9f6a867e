"""Polish syllables: maximal onset, limited by sonority and by what Polish words begin with.

Onsets rise in sonority towards the vowel (stop and affricate < fricative < nasal <
liquid < glide; Gussmann 2007, chapter 5). Before the rising part one sibilant may stand
(sto, szkoła), and v, f after an obstruent count as almost a sonorant (twój, chwila). No
onset of a nasal and a liquid other than with m.
"""

from collections.abc import Sequence
from itertools import pairwise

from intonation.polish.phones import BY_SYMBOL, VOWELS

_SONORITY = {"stop": 1.0, "affricate": 1.0, "fricative": 2.0, "nasal": 3.0}
_SONORITY |= {"lateral": 4.0, "trill": 4.0, "glide": 5.0}
_SIBILANTS = frozenset({"s", "z", "sz", "zh", "si", "zi"})
_LABIAL_FRICATIVES = frozenset({"f", "v"})


def syllabify(symbols: Sequence[str]) -> list[list[int]]:
    """Split the phones of one word into syllables.

    symbols: label symbols of the word, [phones].
    Returns for each syllable the indices of its phones; every phone is in exactly one.
    Raises ValueError for a word without a vowel.
    """
    nuclei = [index for index, symbol in enumerate(symbols) if symbol in VOWELS]
    if not nuclei:
        raise ValueError(f"no vowel in the word {' '.join(symbols)}")
    starts = [0, *(onset_start(symbols, one + 1, next_) for one, next_ in pairwise(nuclei))]
    ends = [*starts[1:], len(symbols)]
    return [list(range(start, end)) for start, end in zip(starts, ends, strict=True)]


def onset_start(symbols: Sequence[str], first: int, nucleus: int) -> int:
    """Index where the onset before `nucleus` starts, at the earliest at `first`."""
    start = nucleus
    while start > first:
        if start < nucleus and not _rises(symbols[start - 1], symbols[start]):
            break
        start -= 1
    if first < start < nucleus and _sibilant_may_precede(symbols, start):
        start -= 1
    return start


def _sonority(symbol: str) -> float:
    # w (ł) patterns with l and r: per-ła, not pe-rła
    return 4.0 if symbol == "w" else _SONORITY[BY_SYMBOL[symbol].manner]


def _rises(left: str, right: str) -> bool:
    if BY_SYMBOL[left].manner == "nasal" and left != "m" and right in ("l", "r", "w"):
        return False
    if right in _LABIAL_FRICATIVES:
        return _sonority(left) <= _sonority(right) and left not in _LABIAL_FRICATIVES
    if BY_SYMBOL[left].manner == "affricate" and BY_SYMBOL[right].manner == "fricative":
        return False
    return _sonority(left) < _sonority(right)


def _sibilant_may_precede(symbols: Sequence[str], start: int) -> bool:
    """A sibilant before a stop or affricate (sto, szczoteczka), unless one rose to it."""
    manner = BY_SYMBOL[symbols[start]].manner
    return symbols[start - 1] in _SIBILANTS and manner in ("stop", "affricate")
