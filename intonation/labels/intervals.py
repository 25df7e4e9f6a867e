"""Stretches of time that carry a text: what an alignment is made of."""

from dataclasses import dataclass
from typing import NamedTuple


class Interval(NamedTuple):
    """A labelled stretch of time; an empty text is silence."""

    start_s: float
    end_s: float
    text: str


@dataclass(frozen=True)
class Alignment:
    """Contiguous tiers over the same recording, as Praat gives them.

    words: orthographic words, punctuation still attached, "" between them.
    phones: IPA symbols of eSpeak NG's Polish voice, "" for silence.
    """

    words: tuple[Interval, ...]
    phones: tuple[Interval, ...]


TICKS_PER_S = 10_000_000  # HTS counts time in 100 ns
