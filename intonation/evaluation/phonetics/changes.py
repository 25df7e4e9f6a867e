"""What is changed about a vowel to ask what a network would say otherwise: label fields, new values.

Each function takes `replacement.Windows` of some vowels and returns the fields that change, str
[vowels, phones]. Positions are changed for the phones before the vowel, too, as far as they are in
its phrase.
"""

from collections.abc import Mapping

import numpy as np

from intonation.evaluation.phonetics.replacement import Windows
from intonation.evaluation.phonetics.vowels import (
    ACCENT_OF_QUESTION,
    ACCENT_OF_STATEMENT,
    BODY,
    SONORANT,
    STATEMENT,
)
from intonation.evaluation.planted_law import numbers
from intonation.polish.phones import INVENTORY, Phone

Changed = Mapping[str, np.ndarray]
OBSTRUENTS = [phone for phone in INVENTORY if phone.manner in ("stop", "affricate", "fricative")]
LATER_SYLLABLES = 2  # how far a vowel is moved within its phrase, or a phrase made longer


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


def later(asked: Windows) -> Changed:
    """LATER_SYLLABLES further on in a phrase of the same length; not into its last syllables."""
    inner = number(asked, "b7")[:, -1:] > BODY + LATER_SYLLABLES
    further = _moved(asked, "b6", asked.phrase & inner, LATER_SYLLABLES)
    return further | _moved(asked, "b7", asked.phrase & inner, -LATER_SYLLABLES)


def before_the_reset(asked: Windows) -> Changed:
    """Late in the phrase before: its fourth syllable from the end."""
    here = number(asked, "b6")
    there = number(asked, "g1")[:, -1:] - 3 + here - here[:, -1:]
    changed = _where(asked, "b6", asked.phrase, np.maximum(there, 1).astype(str))
    return changed | _moved(asked, "h3", asked.phrase, -1) | _moved(asked, "h4", asked.phrase, 1)


def not_last(asked: Windows) -> Changed:
    """Third from the end of the phrase, and no longer last."""
    return _moved(asked, "b7", asked.phrase, 2)


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
    same = (p for p in OBSTRUENTS if p.voiced and (p.place, p.manner) == (phone.place, phone.manner))
    return next((p.symbol for p in same), "")


def _stop(phone: Phone) -> str:
    same = (p for p in OBSTRUENTS if p.voiced and (p.place, p.manner) == (phone.place, "stop"))
    return next((p.symbol for p in same), "")


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
    """The phrase is LATER_SYLLABLES longer."""
    return _moved(asked, "h1", asked.phrase, LATER_SYLLABLES)
