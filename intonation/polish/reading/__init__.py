"""Written Polish as it is read aloud: numbers, abbreviations and signs become words.

Nothing is loaded for a text of plain words; for others, num2words and Morfeusz 2 give the words
and their forms.
"""

import re
import unicodedata

from intonation.polish.reading.dictionary import Dictionary, read_dictionary
from intonation.polish.reading.scan import Change, Reading, Unread
from intonation.polish.reading.tables.abbreviations import (
    ABBREVIATIONS,
    ADJECTIVES,
    BY_ITSELF,
    CODES,
    DOTLESS,
    NUMBERED,
    PLACES,
    POSTPOSED,
    TITLES,
    UNDOTTED,
)
from intonation.polish.reading.tables.foreign import NAMES, SMALL, UNPOLISH
from intonation.polish.reading.tables.units import WEEKDAYS
from intonation.polish.words import LETTERS, PUNCTUATION, check_text

__all__ = ["Change", "Dictionary", "Reading", "Unread", "read_dictionary", "read_out", "words_of"]


def _either(names: set[str]) -> str:
    return "|".join(map(re.escape, sorted(names, key=len, reverse=True)))


_UPPER = LETTERS.upper()
# what may have to be read: other characters, capitals in a row, initials, abbreviations
_TO_READ = re.compile(
    rf"[^{LETTERS}{_UPPER}{re.escape(''.join(sorted(PUNCTUATION)))}\s]"
    rf"|[{LETTERS}]\.[ \u00a0][{LETTERS}]"
    rf"|[{_UPPER}]{{2}}|www\.|PiS|IBRiS|\b[{_UPPER}]\.|\b[BCDFGHJKLMNPRSTŁ]\b"
    rf"|(?<=\w[ \u00a0])I\b|(?<=\w,[ \u00a0])I\b|\bI(?= (?:w\.|{NUMBERED}))"
    rf"|\b(?i:{_either({*ABBREVIATIONS, *TITLES, *PLACES, *ADJECTIVES, *CODES, *WEEKDAYS})})\."
    rf"|\b(?:{_either({*POSTPOSED})})\."
    rf"|\b(?i:{_either({*DOTLESS, *UNDOTTED})}|{BY_ITSELF})\b"
    rf"|\b(?:{_either({*(name.capitalize() for name in NAMES), *SMALL})})|{UNPOLISH}|\w['’]\w"
)


def read_out(text: str, dictionary: Dictionary | None = None) -> Reading:
    """Read a text aloud: its words, what was changed, and what could not be read.

    text: written Polish. dictionary: the owner's own readings, which go before all rules.
    """
    normal = unicodedata.normalize("NFC", text)
    found = bool(dictionary and dictionary.pattern.search(normal))
    if not found and not _TO_READ.search(normal):
        return Reading(text)
    from intonation.polish.reading.reader import read

    reading = read(normal, dictionary or Dictionary())
    return reading if reading.changes or reading.unread else Reading(text)


def words_of(text: str, dictionary: Dictionary | None = None) -> str:
    """A text as it is read aloud, which `check_text` accepts.

    Raises UtteranceError for what cannot be read with certainty, and for a text without words.
    """
    words = read_out(text, dictionary).words()
    check_text(words)
    return words
