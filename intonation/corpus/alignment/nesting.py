"""Times that somebody else gave: brought onto the recording, each phone into its word.

What is small is mended and told, what is not is an error that says where.
"""

import math
from bisect import bisect_left
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

from intonation.corpus.alignment.textgrids import Tier, Tiers, read_tiers
from intonation.corpus.alignment.tiers import choose
from intonation.errors import UtteranceError
from intonation.labels.intervals import Alignment, Interval
from intonation.polish.alphabets import in_ipa, is_silence
from intonation.polish.transcript import PAUSE_S
from intonation.polish.words import words_in

SMALL_S = 0.020  # people place a boundary no better: 93 % of theirs are this close to each other's
# Labelled this far beyond the end of the sound: aligners count in frames of 10 ms, and in windows.
BEYOND_END_S = 0.050
# A TextGrid whose length is this close to the sound's is of this very sound, whenever it begins.
SAME_LENGTH_S = 0.100
ROUNDING_S = 1e-6


class GivenTimes(NamedTuple):
    """An alignment from the owner's TextGrid; alphabet: of its phones; told: what was mended."""

    alignment: Alignment
    alphabet: str
    told: tuple[str, ...]


def given_times(path: Path, text: str, seconds: float) -> GivenTimes:
    """Words and phones of a recording from a TextGrid, phones in the IPA of the front-end.

    text: what was said; seconds: the length of the recording. The words need not have its
    punctuation or capitals. Raises UtteranceError where the file is no TextGrid, lacks a tier, or
    has times that cannot be those of this recording.
    """
    grid = read_tiers(path)
    words, phones = choose(grid.tiers, text, path.name)
    if words is None:
        found = ", ".join(repr(tier.name) for tier in grid.tiers)
        raise UtteranceError(
            f"{path.name} has no interval tier of words (found: {found}); name it 'words', or "
            "remove the TextGrid to have the recording aligned"
        )
    told: list[str] = []
    shift_s = _shift(grid, seconds, told)
    rows = [_row(tier, shift_s, seconds, path.name, told) for tier in (words, phones)]
    ipa, alphabet = in_ipa(rows[1], source=path.name)
    nested = _nested(rows[0], ipa, path.name, told)
    return GivenTimes(Alignment(nested, ipa), alphabet, tuple(told))


def given_words(path: Path) -> str:
    """The text that the tier of words makes, for a recording without any other; "" for no tier.

    Raises UtteranceError where the file is no TextGrid, or has no phones.
    """
    tier, _ = choose(read_tiers(path).tiers, "", path.name)
    labels = (
        [one.text.strip() for one in tier.intervals if not is_silence(one.text)] if tier else []
    )
    return " ".join(labels)


def _shift(grid: Tiers, seconds: float, told: list[str]) -> float:
    """Seconds to add to all times, for a TextGrid that was cut out of a longer one."""
    if not grid.start_s or abs(grid.end_s - grid.start_s - seconds) > SAME_LENGTH_S:
        return 0.0
    told.append(f"times begin at {grid.start_s:.3f} s: counted from there")
    return -grid.start_s


def _row(
    tier: Tier, shift_s: float, seconds: float, source: str, told: list[str]
) -> tuple[Interval, ...]:
    """Intervals without holes or overlaps from 0 to the end of the sound."""
    where = f"{source}, tier '{tier.name}'"
    kept = [Interval(a + shift_s, b + shift_s, t) for a, b, t in tier.intervals]
    for interval in kept:
        _check(interval, seconds, where)
    labelled = [one for one in kept if not is_silence(one.text)]
    if labelled and labelled[-1].end_s > seconds + ROUNDING_S:
        told.append(f"tier '{tier.name}' ends after the sound: cut there")
    return _filled(_apart(labelled, where, told), seconds)


def _check(interval: Interval, seconds: float, where: str) -> None:
    start_s, end_s, text = interval
    if not (math.isfinite(start_s) and math.isfinite(end_s)):
        raise UtteranceError(f'{where}: "{text}" has no times; give it a start and an end')
    if is_silence(text):
        return
    if start_s < -ROUNDING_S or end_s > seconds + BEYOND_END_S or start_s >= seconds:
        raise UtteranceError(
            f'{where}: "{text}" lies from {start_s:.3f} to {end_s:.3f} s, but the recording from 0 '
            f"to {seconds:.3f} s; is the TextGrid of another recording, or shifted?"
        )
    if end_s <= start_s:
        raise UtteranceError(
            f'{where}: "{text}" ends at {end_s:.3f} s, but starts at {start_s:.3f} s; expected an '
            "end after the start"
        )


def _apart(labelled: list[Interval], where: str, told: list[str]) -> list[Interval]:
    """Small overlaps parted in their middle."""
    parted = list(labelled)
    for index, (one, other) in enumerate(pairwise(labelled)):
        over_s = one.end_s - other.start_s
        if over_s > SMALL_S or other.start_s < one.start_s:
            raise UtteranceError(
                f'{where}: "{one.text}" until {one.end_s:.3f} s and "{other.text}" from '
                f"{other.start_s:.3f} s overlap by {1000 * over_s:.0f} ms; expected one after the "
                "other: correct the tier"
            )
        if over_s > 0:
            middle_s = other.start_s + over_s / 2
            parted[index] = parted[index]._replace(end_s=middle_s)
            parted[index + 1] = parted[index + 1]._replace(start_s=middle_s)
        if over_s > ROUNDING_S:
            told.append(f'"{one.text}" and "{other.text}" overlapped by {1000 * over_s:.0f} ms')
    return parted


def _filled(labelled: Sequence[Interval], seconds: float) -> tuple[Interval, ...]:
    """With silence wherever there is nothing, from 0 to the end of the sound."""
    row, place_s = [], 0.0
    for start_s, end_s, text in labelled:
        start_s, end_s = max(start_s, place_s), min(end_s, seconds)
        if start_s - place_s > ROUNDING_S:
            row.append(Interval(place_s, start_s, ""))
        else:
            start_s = place_s
        row.append(Interval(start_s, end_s, text))
        place_s = end_s
    if seconds - place_s > ROUNDING_S:
        row.append(Interval(place_s, seconds, ""))
    elif row:
        row[-1] = row[-1]._replace(end_s=seconds)
    return tuple(row)


def _nested(
    words: tuple[Interval, ...], phones: tuple[Interval, ...], source: str, told: list[str]
) -> tuple[Interval, ...]:
    """Words whose edges do not cut a phone, as the phones give them; the phones stay.

    Raises UtteranceError for an edge deep within a phone, and for a phone outside of all words.
    """
    starts_s = [phone.start_s for phone in phones]
    edges = {time for one in words for time in one[:2]}
    moved = {
        edge: _edge(edge, phones[max(0, bisect_left(starts_s, edge) - 1)], source)
        for edge in sorted(edges)
    }
    most_s = max((abs(new - old) for old, new in moved.items()), default=0.0)
    if most_s > ROUNDING_S:
        number = sum(abs(new - old) > ROUNDING_S for old, new in moved.items())
        told.append(
            f"{number} edges of words lay up to {1000 * most_s:.0f} ms within a phone: moved to "
            "its edge"
        )
    nested = tuple(
        Interval(moved[a], moved[b], text) for a, b, text in words if moved[a] < moved[b]
    )
    _check_housed(nested, phones, source, told)
    return nested


def _edge(edge_s: float, phone: Interval, source: str) -> float:
    """Where an edge of a word belongs: at the near edge of the phone that it would cut."""
    if not phone.text or not phone.start_s < edge_s < phone.end_s:
        return edge_s
    near_s = min(phone[:2], key=lambda time: abs(time - edge_s))
    if abs(near_s - edge_s) > SMALL_S:
        raise UtteranceError(
            f'{source}: a word begins or ends at {edge_s:.3f} s, within the phone "{phone.text}" '
            f"({phone.start_s:.3f} to {phone.end_s:.3f} s); expected words to begin and end with "
            "their phones: correct one of the tiers"
        )
    return near_s


def _check_housed(
    words: tuple[Interval, ...], phones: tuple[Interval, ...], source: str, told: list[str]
) -> None:
    """A phone in no word is of the word before it, where no pause parts them."""
    starts_s, last_s, strays = [word.start_s for word in words], -math.inf, 0
    for start_s, end_s, text in phones:
        if not text:
            continue
        word = words[max(0, bisect_left(starts_s, (start_s + end_s) / 2) - 1)]
        if not words_in(word.text):
            strays += 1
            if start_s - last_s >= PAUSE_S:
                raise UtteranceError(
                    f'{source}: the phone "{text}" at {start_s:.3f} s lies in no word; expected '
                    "each in one: correct the tier of words, or empty the phone if nothing is said"
                )
        last_s = end_s
    if strays:
        told.append(f"{strays} phones lay in no word: taken to the word before")
