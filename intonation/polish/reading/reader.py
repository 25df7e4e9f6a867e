"""The rules that read a text aloud, one after the other at each place of it."""

import re

from intonation.polish.reading.dictionary import Dictionary
from intonation.polish.reading.morphology import NoForm, is_word
from intonation.polish.reading.numbers.dates import read_date, read_year
from intonation.polish.reading.numbers.joined import (
    read_compound,
    read_ended,
    read_formula,
    read_lettered,
    read_power,
    read_signed,
    read_stroke,
    read_symbol,
    read_times,
    read_version,
)
from intonation.polish.reading.numbers.quantities import (
    before_sign,
    measure_follows,
    read_dotted,
    read_quantity,
)
from intonation.polish.reading.numbers.ranges import read_range
from intonation.polish.reading.numbers.times import (
    read_code,
    read_fraction,
    read_phone,
    read_score,
    read_time,
)
from intonation.polish.reading.numbers.units import read_by_itself, read_flat, read_per
from intonation.polish.reading.roman import read_roman
from intonation.polish.reading.scan import Change, Reading, Scan
from intonation.polish.reading.shortened import read_abbreviation, read_paragraph
from intonation.polish.reading.spelt import (
    is_shouted,
    read_acronym,
    read_address,
    read_foreign,
    read_initial,
    read_letters,
    read_strokes,
)
from intonation.polish.reading.tables.foreign import UNPOLISH
from intonation.polish.words import LETTERS, is_polish, named

_NO_NUMBER = re.compile(
    r"\d+(?:[.,:/\-–]\d+){2,}|\d+\.\d+|\d+/\d+|\d+(?:[.,]{2,}|[.,][-–−])\d[\d.,]*|[-–−]{2,}\d+"
    r"|\d+(?:['’]\d{3})+"
)
_WORD = re.compile(r"[^\W\d_]+(?:[’'][^\W\d_]+)?")
_ODD = re.compile(r"\d+-?[^\W\d_]\w*|[^\W_]*\d\w*")
_SIGNS = {
    "+": "plus",
    "=": "równa się",
    "&": "i",
    "%": "procent",
    "×": "razy",
    "·": "razy",
    "№": "numer",
    "<": "mniejsze niż",
    ">": "większe niż",
    "≤": "mniejsze lub równe",
    "≥": "większe lub równe",
    "≠": "różne od",
    "±": "plus minus",
    "÷": "podzielić przez",
    "≈": "około",
    "~": "około",
    "€": "euro",
    "−": "minus",
}
_CAPITAL = re.compile(r"^\W*\w|[.?!…][”\"’»)]*\s+\W*\w")
_GOES_ON = re.compile(r"\.[ \u00a0](?:[^\W\dA-ZĄĆĘŁŃÓŚŹŻ_]|\d)")
_TIMES = re.compile(r"[^\W\d_] $")
# words in small letters that no rule has anything to say about
_PLAIN = re.compile(rf"(?![^aeiouyąęó]+\b)(?!\w*(?:{UNPOLISH}))[{LETTERS}]{{4,}}(?![\w.'’/²³])")
_MANY_SIGNS = re.compile(r"[-–−]{2,}\d+")
_TOKEN = re.compile(r"\w+")
_GREEK = dict(
    zip(
        "αβγδεθλμπρσφωΔΣΩ",
        [
            "alfa",
            "beta",
            "gamma",
            "delta",
            "epsilon",
            "teta",
            "lambda",
            "mi",
            "pi",
            "ro",
            "sigma",
            "fi",
            "omega",
            "delta",
            "sigma",
            "omega",
        ],
        strict=True,
    )
)
_SOLID = re.compile(r"\S+")
_BETWEEN_WORDS = re.compile(r"(?<=[^\W\d_])/(?=[^\W\d_])")
_NUMBER_RULES = (
    *(
        read_phone,
        read_code,
        read_flat,
        read_version,
        read_date,
        read_power,
        read_stroke,
        read_fraction,
        read_year,
    ),
    *(read_time, read_score, read_ended, read_compound, read_lettered, read_letters, read_times),
    *(read_signed, read_range, read_dotted),
)
_WORD_RULES = (
    *(
        read_symbol,
        read_power,
        read_strokes,
        read_formula,
        read_roman,
        read_initial,
        read_abbreviation,
        read_acronym,
        read_letters,
        read_foreign,
    ),
    read_by_itself,
)


def read(text: str, dictionary: Dictionary) -> Reading:
    """text: NFC. What no rule reads is listed, and left as it is."""
    if is_shouted(text):
        quiet = _CAPITAL.sub(lambda match: match[0].upper(), text.lower())
        inner = read(quiet, dictionary)
        return Reading(inner.text, (Change(text, quiet), *inner.changes), inner.unread)
    scan = Scan(text)
    while scan.position < len(text):
        try:
            if not _from_dictionary(scan, dictionary):
                _read_here(scan)
        except NoForm as error:
            scan.leave(_stretch(scan), str(error))
    spoken = "".join(scan.out)
    return Reading(spoken, tuple(scan.changes), tuple(scan.unread))


def _stretch(scan: Scan) -> int:
    """Where what begins here ends: at a space or at the end of the text."""
    match = _SOLID.match(scan.text, scan.position)
    return match.end() if match else scan.position + 1


def _from_dictionary(scan: Scan, dictionary: Dictionary) -> bool:
    match = dictionary.pattern.match(scan.text, scan.position) if dictionary else None
    if match:
        scan.take(match.end(), dictionary.reading(match[0]))
    return bool(match)


def _read_here(scan: Scan) -> None:
    char = scan.text[scan.position]
    if char.isalnum() and read_address(scan):
        pass
    elif odd := _MANY_SIGNS.match(scan.text, scan.position):
        scan.leave(odd.end(), "a number behind several signs")
    elif char.isdigit() or (char in "+-−–±~(" and _digit_ahead(scan)):
        _read_number(scan)
    elif (
        char in _GREEK
        and not _inside(scan)
        and not scan.text[scan.position + 1 : scan.position + 2].isalpha()
    ):
        _read_sign(scan, char)
    elif char.isalpha() and not _inside(scan):
        _read_word(scan)
    elif char in "½¼¾⅓⅔⅛":
        read_fraction(scan)
    elif char in "$€£" and before_sign(scan):
        pass
    elif is_polish(char) or char.isspace():
        scan.copy(scan.position + 1)
    else:
        _read_sign(scan, char)


def _inside(scan: Scan) -> bool:
    """True behind a letter or a digit, but not behind ½, which is a word of its own."""
    before = scan.text[scan.position - 1 : scan.position] if scan.position else ""
    return before.isalnum() and before not in "½¼¾⅓⅔⅛"


def _letter_ahead(scan: Scan) -> bool:
    return scan.text[scan.position + 1 : scan.position + 2].isalpha()


def _digit_ahead(scan: Scan) -> bool:
    before = scan.text[scan.position - 1] if scan.position else " "
    return not before.isalnum() and scan.text[scan.position + 1 : scan.position + 2].isdigit()


def _read_number(scan: Scan) -> None:
    char = scan.text[scan.position]
    if char == "(" and not read_phone(scan):
        scan.copy(scan.position + 1)
        return
    if char == "(":
        return
    if any(rule(scan) for rule in _NUMBER_RULES):
        return
    odd = _NO_NUMBER.match(scan.text, scan.position) or _odd(scan)
    if odd:
        scan.leave(odd.end(), "a number in a form that is read in several ways")
    elif not read_quantity(scan):
        if char.isdigit():
            end = re.compile(r"\w+").match(scan.text, scan.position)
            scan.leave(end.end() if end else scan.position + 1, "no number that has words")
        elif is_polish(char):
            scan.copy(scan.position + 1)
        else:
            _read_sign(scan, char)


def _odd(scan: Scan) -> re.Match[str] | None:
    """Digits with letters that no rule knows: 5x, 3go; units have their own."""
    match = _ODD.match(scan.text, scan.position)
    if not match or match[0].isdigit():
        return None
    digits = re.match(r"\d+", match[0])
    end = scan.position + (digits.end() if digits else 0)
    return None if measure_follows(scan.text, end) else match


def _read_word(scan: Scan) -> None:
    if plain := _PLAIN.match(scan.text, scan.position):
        scan.copy(plain.end())
        return
    if any(rule(scan) for rule in _WORD_RULES):
        return
    if scan.text.startswith("x ", scan.position) and _TIMES.search(scan.behind()):
        scan.take(scan.position + 1, "razy")
        return
    match = _WORD.match(scan.text, scan.position)
    end = match.end() if match else scan.position + 1
    word = scan.text[scan.position : end]
    if word.islower() and _GOES_ON.match(scan.text, end) and not is_word(word):
        scan.leave(end, "an abbreviation that no rule knows")
    elif scan.text[end : end + 1].isdigit():
        token = _TOKEN.match(scan.text, scan.position)
        scan.leave(token.end() if token else end, "letters and digits that no rule reads together")
    elif is_polish(word):
        scan.copy(end)
    else:
        scan.leave(end, _outside(word))


def _outside(written: str) -> str:
    """Names the characters that Polish spelling does not have."""
    foreign = sorted({char for char in written if not is_polish(char)})
    return f"outside Polish spelling: {' '.join(map(named, foreign))}"


def _read_sign(scan: Scan, char: str) -> None:
    end = scan.position + 1
    if char == "/" and read_per(scan):
        return
    if char == "/" and scan.text[end : end + 1].isdigit() and scan.behind()[-1:].isalpha():
        scan.take(end, " na ")
        return
    if char == "/" and _BETWEEN_WORDS.match(scan.text, scan.position):
        scan.take(end, " ")
    elif char == "§":
        read_paragraph(scan)
    elif char in {**_SIGNS, **_GREEK}:
        before = "" if not scan.out or scan.behind()[-1].isspace() else " "
        after = "" if scan.text[end : end + 1] in ("", " ", "\u00a0", ".", ",") else " "
        scan.take(end, f"{before}{_SIGNS.get(char) or _GREEK[char]}{after}")
    else:
        scan.leave(end, _outside(char))
