"""Orthographic Polish text: what is allowed in it, and its words with their punctuation."""

import re
import unicodedata
from dataclasses import dataclass

from intonation.errors import UtteranceError


def word_set(text: str) -> frozenset[str]:
    """The words of a list written as running text."""
    return frozenset(text.split())


LETTERS = "aąbcćdeęfghijklłmnńoóprsśtuwyzźż"
VOWEL_LETTERS = "aąeęioóuy"
PUNCTUATION = frozenset(".,;:?!…–—-()[]„”“\"'’‚‘«»")
_LETTER_SET = frozenset(LETTERS + LETTERS.upper())
_ALLOWED = _LETTER_SET | PUNCTUATION
_WORD = re.compile(f"[{LETTERS}]+", re.IGNORECASE)
_CONSONANT = re.compile(r"rz|sz|cz|ch|dz|dź|dż|.")
_ABBREVIATIONS = word_set("al dr godz hab im inż mgr np pl por prof św tzn tzw ul")
_WEAK_MARKS = re.compile(r"[,:–—()\[\]…]|\s-\s|\.\.")


@dataclass(frozen=True)
class Token:
    """One orthographic word.

    text: lower case. mark: what the writing after it says about the phrase: one of ? ! . ;
    or a comma for every weaker boundary (colon, dash, bracket, three dots), "" for none.
    """

    text: str
    mark: str = ""


def is_polish(text: str) -> bool:
    """True if a text in NFC has nothing but Polish letters and punctuation, not even a space."""
    return _ALLOWED.issuperset(text)


def check_text(text: str) -> None:
    """Raise UtteranceError for anything that a Polish reader could not read out as it stands.

    Allowed: the 32 letters of the Polish alphabet, white space, and punctuation with quotes
    and dashes. The message names the offending characters and how to mend them.
    """
    normal = unicodedata.normalize("NFC", text)
    foreign = sorted({char for char in normal if not is_polish(char) and not char.isspace()})
    if foreign:
        raise UtteranceError(
            f'the text "{_shortened(normal)}" has characters outside Polish spelling: '
            f"{' '.join(_named(char) for char in foreign)}; expected Polish letters and "
            f"punctuation only. {_remedy(foreign)}"
        )
    if not _WORD.search(normal):
        raise UtteranceError(
            f'the text "{_shortened(normal)}" has no words; expected at least one Polish word. '
            "Give the utterance its orthographic text."
        )


def tokenise(text: str) -> list[Token]:
    """Words of a text in order, with the marks after them; biało-czerwony is two words.

    Raises UtteranceError as check_text does.
    """
    check_text(text)
    normal = unicodedata.normalize("NFC", text)
    found = list(_WORD.finditer(normal))
    tokens = []
    for match, following in zip(found, [*found[1:], None], strict=True):
        after = normal[match.end() : following.start() if following else len(normal)]
        word = match.group().lower()
        sentence_end = following is None or (
            following.group()[0].isupper() and word not in _ABBREVIATIONS
        )
        tokens.append(Token(word, _mark(after, sentence_end)))
    return tokens


def _mark(after: str, sentence_end: bool) -> str:
    """The strongest mark in what stands between two words.

    A full stop ends a sentence only before a capital letter or at the end of the text.
    """
    for mark in "?!":
        if mark in after:
            return mark
    if "." in after.replace("...", "") and sentence_end:
        return "."
    if ";" in after:
        return ";"
    return "," if _WEAK_MARKS.search(after) else ""


def words_in(text: str) -> list[str]:
    """The bare words of a stretch of text, lower case."""
    return [word.lower() for word in _WORD.findall(unicodedata.normalize("NFC", text))]


def final_consonants(word: str) -> int:
    """Number of consonants that a word ends in, by spelling (rz, sz, cz, ch ... are one)."""
    return len(_CONSONANT.findall(re.split(f"[{VOWEL_LETTERS}]", word.lower())[-1]))


def orthographic_syllables(word: str) -> int:
    """Number of syllables by spelling: vowel letters, an i before another vowel not counted.

    au and eu are read as one syllable in foreign roots and two across a native prefix
    (na-uka); they count as two here.
    """
    vowels = re.findall(f"[{VOWEL_LETTERS}]", word.lower())
    softening = re.findall(f"(?<=.)i(?=[{VOWEL_LETTERS}])", word.lower())
    return len(vowels) - len(softening)


def _shortened(text: str) -> str:
    return text if len(text) <= 60 else text[:57] + "..."


def _named(char: str) -> str:
    name = unicodedata.name(char, "unnamed character")
    return f"{char!r} (U+{ord(char):04X} {name})"


def _remedy(foreign: list[str]) -> str:
    fixes = []
    if any(char.isdigit() or char in "%+=/€$£°§№" for char in foreign):
        fixes.append("write numbers and signs out in words")
    if any(char.isalpha() for char in foreign):
        fixes.append("respell foreign words with Polish letters (Xavier: Ksawier)")
    if not fixes or any(unicodedata.category(char) in ("So", "Cf", "Cc") for char in foreign):
        fixes.append("remove the other characters")
    sentence = "; ".join(fixes)
    return sentence[0].upper() + sentence[1:] + "."
