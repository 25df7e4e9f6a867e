"""Numbers that are joined with letters, strokes, hyphens or each other: 3-letni, 5-go, 7/9, H2O."""

import re

from intonation.polish.reading.governing import governed
from intonation.polish.reading.morphology import (
    CASES,
    NoForm,
    cardinal,
    in_compound,
    known,
    nouns,
    ordinal,
)
from intonation.polish.reading.scan import Scan, fitting_case
from intonation.polish.reading.spelt import spelled
from intonation.polish.reading.tables.abbreviations import ORDINAL_HEADS, PLACES
from intonation.polish.reading.tables.letters import LETTER_NAMES
from intonation.polish.words import word_set

_COMPOUND = re.compile(r"(\d{1,4})(?:,(5))?-?([^\W\d_]{3,})(?!\w)")
_FIRST_COMPOUND = re.compile(
    r"(\d{1,3})-(?=,? ?(?:i|lub|oraz|albo|czy|a|do)? ?\d{1,3}-[^\W\d_]{3})"
)
_ENDED = re.compile(r"(\d{1,4})[-–‑]?([a-ząęóśźżćłń]{1,4})(?!\w)")
_PLACES = ("m1", "f", "n")
_TIMES = re.compile(r"(\d{1,3}) ?[x×](?! ?\d)(?!\w)(?! ?[=+<>²³-])")
_SIZE = re.compile(
    r"(\d+(?:,\d+)?) ?[x×] ?(?=\d+(?:,\d+)?(?: ?[x×] ?\d+(?:,\d+)?)* ?(?:mm|cm|dm|m)\b)"
)
_EVEN = re.compile(r"(?:(\d)[x×]\1|24/7|50/50)(?![\d/])")
_RELAY = re.compile(r"4 ?[x×] ?(?=\d{2,4}(?: m\b|-))|4 ?[x×] ?$")  # run four times
_STROKE = re.compile(r"(\d{1,5})([A-Za-z]?)/(\d{1,5})(?![\d/.,]\d|[\d/])")
_SEASON = re.compile(r"(\d{4})/(\d{4}|\d{2})(?![\d/])")
_WINTER = word_set("zima zimą zimę zimy zimie")
_NUMBERED = word_set(
    "numer numerem numeru sygnatura pismo decyzja uchwała sprawa faktura umowa lokal dom działka"
)
_POSTCODE = re.compile(r"(\d{2})-(\d{3})(?= [^\W\d_])")
_ADDED_TIME = re.compile(r"(\d{2,3}) ?\+ ?(\d{1,2})\.?(?= min)")
_MORE = re.compile(r"(\d{1,4})\+(?!\w)")
_FORMULA = re.compile(r"((?:[A-Z][a-z]?[\d₀-₉]{0,2}){2,}|[A-Z][₀-₉]+)(?![\w-])")
_ELEMENTS = word_set(
    """H He Li Be B C N O F Ne Na Mg Al Si P S Cl Ar K Ca Cr Mn Fe Co Ni Cu Zn Br Ag Sn I Ba Au Hg
    Pb U"""
)
_SYMBOL = re.compile(r"[A-Za-z](?= ?[<>=≤≥≈] ?[-−]?\d)")
_LETTERED = re.compile(r"(\d{1,3}) ?([a-hA-H])(?!\w)(?=[.,;:)!?/]|$| [^\d])")
_LETTERED_HEADS = {lemma for lemma, _ in PLACES.values()} | ORDINAL_HEADS
_VERSION = re.compile(r"\d{1,2}(?:\.\d{1,2}){1,3}(?![\d.]?\w)")
_VERSIONED = word_set("wersja rozdział podrozdział punkt silnik aktualizacja tabela rysunek")
_POWER = re.compile(r"(\d{1,6}|[abcnpqrxyz])(⁻?[⁰¹²³⁴-⁹]{1,3})(?!\w)")
_SUPERSCRIPTS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹", "0123456789")
_SUBSCRIPTS = str.maketrans("₀₁₂₃₄₅₆₇₈₉", "0123456789")


def read_compound(scan: Scan) -> bool:
    """3-letni, 20-lecie, 55-calowy, 2,5-roczny, 5- i 6-letni; what the dictionary has."""
    if match := _FIRST_COMPOUND.match(scan.text, scan.position):
        scan.take(match.end(), in_compound(int(match[1])) + "-")
        return True
    match = _COMPOUND.match(scan.text, scan.position)
    if not match or not 0 <= int(match[1]) <= 1000:
        return False
    try:
        begun = _beginning(int(match[1]), bool(match[2]))
    except NoForm:
        return False
    if not begun or not known((begun + match[3]).lower()):
        return False
    scan.take(match.end(), begun + match[3])
    return True


def _beginning(number: int, half: bool) -> str:
    if half and number < 2:
        return "półtora" if number else "pół"
    if number == 1000:
        return "tysiąc"
    return (in_compound(number) if number else "") + ("ipół" if half else "")


def read_ended(scan: Scan) -> bool:
    """5-go, 20-tu, 3-ciego: the one form of the numeral that ends so."""
    match = _ENDED.match(scan.text, scan.position)
    if not match or not int(match[1]) or "-" not in match[0]:
        return False
    ending, number = match[2], int(match[1])
    said = {form for form in _forms_of(number) if form.endswith(ending)}
    if len(said) != 1:
        return False
    scan.take(match.end(), said.pop())
    return True


def _forms_of(number: int) -> set[str]:
    found = set()
    for case in CASES:
        for gender in _PLACES:
            for plural in (False, True):
                found.add(ordinal(number, case, gender, plural))
        found.add(cardinal(number, case, "m1"))
    return found


def read_lettered(scan: Scan) -> bool:
    """rys. 3a, klasa 2b, ul. Długa 5c: behind what is numbered."""
    match = _LETTERED.match(scan.text, scan.position)
    last = (scan.words_behind() or [""])[-1]
    if not match or not last:
        return False
    lemmas = {form.lemma for form in nouns(last)}
    name = re.search(r"([^\W\d_]+)[ \u00a0]$", scan.behind())
    street = name is not None and name[1][0].isupper() and len(scan.words_behind()) > 1
    if not (street or lemmas & _LETTERED_HEADS):
        return False
    said = cardinal(int(match[1]))
    if found := [form for form in nouns(last) if form.lemma in ORDINAL_HEADS]:
        case = fitting_case(governed(scan.words_behind()[:-1]), found)
        said = ordinal(int(match[1]), case, sorted(found[0].genders)[0])
    scan.take(match.end(), f"{said} {LETTER_NAMES[match[2].upper()]}")
    return True


def read_times(scan: Scan) -> bool:
    """2 x dziennie, 3x: times; 10 x 15 cm, 4x4: by."""
    if match := _RELAY.match(scan.text, scan.position):
        scan.take(match.end(), "cztery razy ")
        return True
    if match := _SIZE.match(scan.text, scan.position):
        whole, _, part = match[1].partition(",")
        said = cardinal(int(whole)) + (f" przecinek {cardinal(int(part))}" if part else "")
        scan.take(match.end(), f"{said} na ")
        return True
    if match := _EVEN.match(scan.text, scan.position):
        first, second = (cardinal(int(one)) for one in re.findall(r"\d+", match[0]))
        scan.take(match.end(), f"{first} na {second}")
        return True
    match = _TIMES.match(scan.text, scan.position)
    if not match:
        return False
    said = "raz" if int(match[1]) == 1 else f"{cardinal(int(match[1]))} razy"
    scan.take(match.end(), said)
    return True


def read_stroke(scan: Scan) -> bool:
    """ul. Długa 5/7, nr 12/2023; zima 1978/79; 140/90 mm Hg."""
    if (match := _SEASON.match(scan.text, scan.position)) and _follows(match[1], match[2]):
        return _season(scan, match)
    match = _STROKE.match(scan.text, scan.position)
    if not match:
        return False
    first, second = int(match[1]), int(match[3])
    said = cardinal(first) + (f" {LETTER_NAMES[match[2].upper()]}" if match[2] else "")
    if re.match(r" ?mm ?Hg", scan.text[match.end() :]):
        scan.take(match.end(1) + 1, f"{said} na ")
        return True
    elif match[2] or _is_address(scan, match.end()) or len(match[3]) == 4:
        joint = "łamane przez"
    else:
        return False
    scan.take(match.end(), f"{said} {joint} {cardinal(second)}")
    return True


def _is_address(scan: Scan, end: int) -> bool:
    """True behind a name of a street, or a word that numbers follow."""
    last = re.search(r"([^\W\d_]+)[ \u00a0]$", scan.behind())
    if not last:
        return False
    named = last[1][0].isupper() and len(scan.words_behind()) > 1
    if re.search(r"[A-Z]{2,} $", scan.text[: scan.position]):
        return True
    return (named and not scan.words_ahead(end, 1)) or last[1].lower() in _NUMBERED


def _follows(year: str, after: str) -> bool:
    return (int(year) + 1) % 10 ** len(after) == int(after)


def _season(scan: Scan, match: re.Match[str]) -> bool:
    first, second = int(match[1]), int(match[2])
    if (scan.words_behind() or [""])[-1] in _WINTER:
        said = f"{ordinal(first, 'gen')} i {ordinal(second, 'gen')}"
    else:
        said = f"{cardinal(first)} {cardinal(second)}" if second else ""
    if not said:
        return False
    scan.take(match.end(), said)
    return True


def read_power(scan: Scan) -> bool:
    """10²⁴, x²: to the power, which is an ordinal but for two and three."""
    match = _POWER.match(scan.text, scan.position)
    if not match:
        return False
    power = int(match[2].lstrip("⁻").translate(_SUPERSCRIPTS))
    base = cardinal(int(match[1])) if match[1].isdigit() else LETTER_NAMES[match[1].upper()]
    named = {2: "kwadratu", 3: "sześcianu"}.get(power) or ordinal(power, "gen", "f")
    if match[2][0] == "⁻":
        named = f"minus {ordinal(power, 'gen', 'f')}"
    scan.take(match.end(), f"{base} do {named}")
    return True


def read_version(scan: Scan) -> bool:
    """Wersja 2.0, rozdział 4.2: number by number, behind a word for what is numbered so."""
    match = _VERSION.match(scan.text, scan.position)
    lemmas = {form.lemma for form in nouns((scan.words_behind() or [""])[-1])}
    if not match or not lemmas & _VERSIONED:
        return False
    scan.take(match.end(), " ".join(map(_digits, match[0].split("."))))
    return True


def read_signed(scan: Scan) -> bool:
    """00-950 Warszawa, 500+: digits with a sign that tells how they are read."""
    match = _POSTCODE.match(scan.text, scan.position)
    if match and scan.text[match.end() + 1].isupper():
        scan.take(match.end(), f"{_digits(match[1])} {_digits(match[2])}")
        return True
    if match := _ADDED_TIME.match(scan.text, scan.position):
        case = "loc" if scan.words_behind()[-1:] == ["w"] else "nom"
        said = (ordinal(int(one), case, "f") for one in match.groups())
        scan.take(match.end(), " plus ".join(said))
        return True
    if match := _MORE.match(scan.text, scan.position):
        scan.take(match.end(), f"{cardinal(int(match[1]))} plus")
        return True
    return False


def _digits(written: str) -> str:
    if written.startswith("0"):
        zeros = len(written) - len(written.lstrip("0"))
        rest = written[zeros:]
        return " ".join([*["zero"] * zeros, *([cardinal(int(rest))] if rest else [])])
    return cardinal(int(written))


def read_symbol(scan: Scan) -> bool:
    """p < 0,05, n = 12: a letter beside a sign of comparison."""
    match = _SYMBOL.match(scan.text, scan.position)
    if match:
        scan.take(match.end(), LETTER_NAMES[match[0].upper()])
    return bool(match)


def read_formula(scan: Scan) -> bool:
    """H2O, CO₂, NaCl: letters by their names, numbers as they are."""
    match = _FORMULA.match(scan.text, scan.position)
    if not match:
        return False
    written = match[1].translate(_SUBSCRIPTS)
    parts = re.findall(r"([A-Z][a-z]?)(\d*)", written)
    if (
        not all(symbol in _ELEMENTS for symbol, _ in parts)
        or written.isupper()
        and written.isalpha()
    ):
        return False
    if not any(count for _, count in parts) and not any(len(one) == 2 for one, _ in parts):
        return False
    said = "-".join(
        spelled(symbol.upper()) + (f" {cardinal(int(count))} " if count else "")
        for symbol, count in parts
    )
    scan.take(match.end(), re.sub(r" -|- ", " ", said).strip())
    return True
