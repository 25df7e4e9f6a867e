"""Acronyms, letters, initials, foreign spellings and addresses."""

import re

from intonation.polish.reading.morphology import (
    cardinal,
    first_names,
    known,
    one_by_one,
)
from intonation.polish.reading.roman import roman
from intonation.polish.reading.scan import Scan
from intonation.polish.reading.tables.abbreviations import STROKES
from intonation.polish.reading.tables.foreign import FOREIGN, NAMES, UNPOLISH
from intonation.polish.reading.tables.letters import (
    LETTER_ACRONYMS,
    LETTER_NAMES,
    WORD_ACRONYMS,
)
from intonation.polish.words import is_polish

_UPPER = "A-ZĄĆĘŁŃÓŚŹŻ"
_LOWER = "a-ząćęłńóśźż"
_MIXED_CASE = "|".join(name for name in WORD_ACRONYMS if not name.isupper())
_ACRONYM = re.compile(rf"({_MIXED_CASE}|[{_UPPER}]{{2,}})(?:-([{_LOWER}]+))?(?![\w])")
_INITIAL = re.compile(rf"([{_UPPER}])\.(?=[ \u00a0-]?[{_UPPER}])")
_MIXED = re.compile(
    rf"([{_UPPER}]{{1,3}})-?(\d{{1,4}})(?![\w])|(\d{{1,3}})([{_UPPER}]{{1,2}})(?![\w])"
)
_SMALL_LETTER = re.compile(r"[bcdefghj](?![\w'’.])|[bcdefghj](?=\.$)")
_SURNAME = re.compile(rf"([{_UPPER}])\.(?=$|[ ,;)])")
_LETTERED = re.compile(
    r"(?:liter\w+|"
    r"(?:klas|rysun|punk|artyku|ustęp|tabel|załączni)\w* [^\W\d_]+(?: [^\W\d_]+)?)[ \u00a0]$"
)
_LETTER = re.compile(r"[BCDFGHJKLMNPRSTŁVXQ](?![\w'-])")
_ENDINGS = r"(a|ach|ami|ą|cie|e|ego|em|emu|ę|go|i|ie|iem|m|mu|om|owi|ów|owie|u|y|zie|)"
_FOREIGN = re.compile(
    rf"({'|'.join(sorted({*FOREIGN, *NAMES}, key=len, reverse=True))})['’]?{_ENDINGS}(?![\w'’])",
    re.I,
)
_UNPOLISH = re.compile(rf"[^\W\d_]*(?:{UNPOLISH})[^\W\d_]*|[^\W\d_]+['’][^\W\d_]+", re.IGNORECASE)
_ADDRESS = re.compile(r"\S*(?:@|://|www\.)\S+")
_ADDRESS_SIGNS = {"@": "małpa", ".": "kropka", "-": "myślnik", "/": "ukośnik", "_": "podkreślnik"}
_STROKES = re.compile(rf"(?:{'|'.join(map(re.escape, STROKES))})(?![\w/])")
_ODD_PART = re.compile("oo|ee|ou|ck|sh|th|ph|[aeiou]y|([^aeiouy])\\1|^[^aeiouyąęó]+$")
# "" where the letters are spelt
_DOMAINS = {"www": "", "pl": "", "eu": "", "uk": "", "it": "", "fr": "", "com": "kom", "org": "org"}
_DOMAINS |= {"net": "net", "gov": "gow", "edu": "edu", "wp": "", "o2": ""}


def spelled(letters: str) -> str:
    """Letters by their names: pe-ka-pe."""
    return "-".join(LETTER_NAMES[letter] for letter in letters)


def read_acronym(scan: Scan) -> bool:
    """PKP by letters, ZUS as a word, with endings (ZUS-u); others are listed."""
    match = _ACRONYM.match(scan.text, scan.position)
    if not match:
        return False
    letters, ending = match[1], match[2] or ""
    if letters in WORD_ACRONYMS:
        scan.take(match.end(), WORD_ACRONYMS[letters] + ending)
    elif letters in LETTER_ACRONYMS or not re.search("[AEIOUYĄĘÓ]", letters):
        _by_letters(scan, match.end(), letters, ending)
    elif known(letters.lower()) and not ending:
        return False
    else:
        scan.leave(match.end(), "an acronym that may be read by letters or as a word")
    return True


def _by_letters(scan: Scan, end: int, letters: str, ending: str) -> None:
    read = spelled(letters)
    vowel = read[-1] in "aeiouyąęó"
    if ending and ending[:2] == read[-2:]:
        read = read[:-2]
    elif ending and vowel:
        scan.leave(end, "an ending behind a letter whose name ends in a vowel")
        return
    scan.take(end, read + ending)


def is_shouted(text: str) -> bool:
    """True for a text that is all in capitals and not made of acronyms alone."""
    around = re.findall(r"[^\W\d_]{2,}", text)
    return (
        len(around) > 1
        and all(word.isupper() for word in around)
        and any(
            known(word.lower()) and not (word in WORD_ACRONYMS or word in LETTER_ACRONYMS)
            for word in around
            if re.search("[AEIOUYĄĘÓ]", word) and not roman(word)
        )
    )


def read_initial(scan: Scan) -> bool:
    """J. Kowalski."""
    match = _INITIAL.match(scan.text, scan.position)
    if not match:
        return _surname(scan)
    space = "" if scan.text[match.end() : match.end() + 1] in " \u00a0-" else " "
    scan.take(match.end(), LETTER_NAMES[match[1]] + space)
    return True


def _surname(scan: Scan) -> bool:
    """Anna K., Marek W.: a surname that is not told."""
    match = _SURNAME.match(scan.text, scan.position)
    last = re.search(r"([^\W\d_]+)[ \u00a0]$", scan.behind())
    if not match or not last or not first_names(last[1]):
        return False
    ends = scan.keeps_stop(match.end())
    scan.take(match.end() - ends, LETTER_NAMES[match[1]])
    return True


def read_letters(scan: Scan) -> bool:
    """A4, 3D, WIG20; a letter by itself: witamina C, lit. b, klasa trzecia b."""
    if match := _MIXED.match(scan.text, scan.position):
        letters, digits = match[1] or match[4], match[2] or match[3]
        number = one_by_one(digits) if digits[0] == "0" else cardinal(int(digits))
        said = [WORD_ACRONYMS.get(letters) or spelled(letters), number]
        scan.take(match.end(), " ".join(said if match[1] else said[::-1]))
        return True
    if match := _LETTER.match(scan.text, scan.position):
        scan.take(match.end(), LETTER_NAMES[match[0]])
        return True
    match = _SMALL_LETTER.match(scan.text, scan.position)
    if not match or not _LETTERED.search(scan.behind()):
        return False
    scan.take(match.end(), LETTER_NAMES[match[0].upper()])
    return True


def read_foreign(scan: Scan) -> bool:
    """Words of the short list whose Polish reading is certain, with Polish endings."""
    match = _FOREIGN.match(scan.text, scan.position)
    if not match or not (any(map(str.isupper, match[0])) or match[1].lower() in FOREIGN):
        return _left_unpolish(scan)
    stem = {**NAMES, **FOREIGN}[match[1].lower()]
    scan.take(match.end(), (stem.capitalize() if match[0][0].isupper() else stem) + match[2])
    return True


def _left_unpolish(scan: Scan) -> bool:
    """Lists a name, or a word that the dictionary lacks, whose spelling no Polish word has."""
    match = _UNPOLISH.match(scan.text, scan.position)
    if not match or (match[0].islower() and known(match[0])):
        return False
    scan.leave(match.end(), "a foreign spelling whose reading no rule knows")
    return True


def read_address(scan: Scan) -> bool:
    """www.dom.pl, jan@dom.pl: of parts that are words; other addresses are listed."""
    match = _ADDRESS.match(scan.text, scan.position)
    if not match:
        return False
    written = match[0].rstrip(".,;:!?)")
    end = scan.position + len(written)
    scheme, _, rest = written.rpartition("://")
    parts = re.findall(r"[^\W_]+|[\W_]", rest.rstrip("/"))
    said = [_part(part) for part in parts]
    if not all(said) or "." not in parts or not re.fullmatch("[a-z]*", scheme):
        scan.leave(end, "an address with parts that are no Polish words")
        return True
    begun = [f"{spelled(scheme.upper())} dwukropek ukośnik ukośnik"] if scheme else []
    scan.take(end, " ".join([*begun, *said]))
    return True


def _part(part: str) -> str:
    """A part of an address as it is read; "" for what has no certain reading."""
    if part in _ADDRESS_SIGNS:
        return _ADDRESS_SIGNS[part]
    if part.isdigit():
        return cardinal(int(part)) if len(part) < 4 and part[0] != "0" else ""
    if part in _DOMAINS:
        return _DOMAINS[part] or spelled(part.upper())
    if part in NAMES:
        return NAMES[part]
    if known(part) or known(part.capitalize()):
        return part if is_polish(part) else ""
    return part if len(part) > 2 and is_polish(part) and not _ODD_PART.search(part) else ""


def read_strokes(scan: Scan) -> bool:
    """r/r: rok do roku."""
    match = _STROKES.match(scan.text, scan.position)
    if match:
        scan.take(match.end(), STROKES[match[0]])
    return bool(match)
