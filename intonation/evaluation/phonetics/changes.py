"""What is changed about a vowel to ask what a network would say otherwise.

Each function takes `replacement.Windows` of all vowels and returns the fields that change, str
[vowels, phones]. Phones before the vowel change, too, as far as it concerns them.
"""

from collections.abc import Mapping, Sequence

import numpy as np

from intonation.evaluation.phonetics.replacement import Windows
from intonation.evaluation.phonetics.vowels import (
    ACCENT_OF_QUESTION,
    ACCENT_OF_STATEMENT,
    SONORANT,
    STATEMENT,
)
from intonation.evaluation.planted_law import numbers
from intonation.polish.phones import INVENTORY, Phone

Changed = Mapping[str, np.ndarray]
OBSTRUENTS = [phone for phone in INVENTORY if phone.manner in ("stop", "affricate", "fricative")]
# what is counted from the phrase's beginning, and from its end: syllables, stressed and accented
# ones, words, content words
FORWARD = ("b6", "b8", "b10", "e3", "e5")
BACKWARD = ("b7", "b9", "b11", "e4", "e6")
TO_NEXT = ("b13", "b15", "e8")  # 0 where none of the kind is to come
LONGER_SYLLABLES = 2  # that a phrase is made longer by


def _where(asked: Windows, name: str, chosen: np.ndarray, new) -> dict[str, np.ndarray]:
    """One field with a new value for some phones."""
    return {name: np.where(chosen, new, asked.fields[name])}


def _moved(asked: Windows, name: str, chosen: np.ndarray, by: int) -> dict[str, np.ndarray]:
    """One field of numbers, so much larger for some phones."""
    return _where(asked, name, chosen, (number(asked, name) + by).astype(str))


def number(asked: Windows, name: str) -> np.ndarray:
    """A field's numbers, int64 [vowels, phones]; 0 for none."""
    values = asked.fields[name]
    return numbers(values.ravel()).astype(int).reshape(values.shape)


def without_accent(asked: Windows) -> Changed:
    """The syllable has no accent, which the one before knows, too."""
    return _where(asked, "b2", asked.own, "0") | _where(asked, "c2", asked.previous, "0")


def without_stress(asked: Windows) -> Changed:
    """The syllable is not stressed."""
    return _where(asked, "b1", asked.own, "0") | _where(asked, "c1", asked.previous, "0")


def without_prominence(asked: Windows) -> Changed:
    """Neither stressed nor accented."""
    return {**without_stress(asked), **without_accent(asked)}


def late_in_phrase(asked: Windows) -> Changed:
    """All that tells how far the phrase has come is as at the last vowel of its body."""
    return _taken(asked, FORWARD + BACKWARD, asked.late)


def before_the_reset(asked: Windows) -> Changed:
    """The same, of the phrase before; and that phrase's number."""
    return _taken(asked, FORWARD + BACKWARD + ("h3", "h4"), asked.earlier)


def not_last(asked: Windows) -> Changed:
    """As much of the phrase is still to come as at the last vowel of its body."""
    return _taken(asked, BACKWARD + TO_NEXT, asked.late)


def _taken(asked: Windows, names: Sequence[str], partner: np.ndarray) -> Changed:
    """Some fields are those of other vowels, and of the phones before them."""
    both = asked.real & asked.real[partner] & asked.phrase & asked.phrase[partner]
    both &= (partner >= 0)[:, None]
    return {name: np.where(both, asked.fields[name][partner], asked.fields[name]) for name in names}


def as_a_statement(asked: Windows) -> Changed:
    """The phrase has the tone of a statement, and its nucleus the accent of one."""
    changed = _where(asked, "h5", asked.phrase, STATEMENT)
    for name in ("a2", "b2", "c2"):
        asks = asked.real & (asked.fields[name] == ACCENT_OF_QUESTION)
        changed |= _where(asked, name, asks, ACCENT_OF_STATEMENT)
    return changed


def as_low_vowel(asked: Windows) -> Changed:
    """The vowel is a."""
    changed = _where(asked, "b16", asked.own, "a")
    for back, name in enumerate(("p3", "p4", "p5")[: asked.real.shape[1]]):
        chosen = np.zeros_like(asked.real)
        chosen[:, -1 - back] = asked.real[:, -1 - back]
        changed |= _where(asked, name, chosen, "a")
    return changed


def after_voiced(asked: Windows) -> Changed:
    """The consonant before the vowel is the voiced obstruent of its place and manner."""
    return _consonant(asked, {a.symbol: _partner(a) for a in OBSTRUENTS if not a.voiced})


def after_stop(asked: Windows) -> Changed:
    """The consonant before the vowel is the voiced stop of its place."""
    sonorants = [phone for phone in INVENTORY if phone.manner in SONORANT]
    return _consonant(asked, {phone.symbol: _stop(phone) for phone in sonorants})


def _partner(phone: Phone) -> str:
    """The voiced obstruent of the same place and manner, "" for none."""
    return _voiced(phone.place, phone.manner)


def _stop(phone: Phone) -> str:
    """The voiced stop of the same place, "" for none."""
    return _voiced(phone.place, "stop")


def _voiced(*kind: str) -> str:
    """The voiced obstruent of that place and manner."""
    return next((p.symbol for p in OBSTRUENTS if p.voiced and (p.place, p.manner) == kind), "")


def _consonant(asked: Windows, partners: Mapping[str, str]) -> Changed:
    """The phone before the vowel is another one; where it has no partner, nothing changes."""
    spoken = asked.fields["p2"][:, -1].tolist()
    new = np.array([partners.get(symbol, "") for symbol in spoken])[:, None]
    changed = {}
    for back, name in enumerate(("p2", "p3", "p4")[: asked.real.shape[1]]):
        chosen = np.zeros_like(asked.real)
        chosen[:, -1 - back] = asked.real[:, -1 - back]
        changed |= _where(asked, name, chosen & (new != ""), new)
    return changed


def in_a_longer_phrase(asked: Windows) -> Changed:
    """The phrase is LONGER_SYLLABLES longer."""
    return _moved(asked, "h1", asked.phrase, LONGER_SYLLABLES)
