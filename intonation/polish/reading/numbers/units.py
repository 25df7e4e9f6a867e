"""Units without a number in digits before them, and houses with flats: pół l, za kg, zł/kg."""

import re

from intonation.polish.reading.morphology import forms, is_numeral, nouns
from intonation.polish.reading.numbers.measured import SPACE, Measured
from intonation.polish.reading.numbers.quantities import DOTTED, UNIT, unit_words
from intonation.polish.reading.scan import Scan
from intonation.polish.reading.tables.abbreviations import BY_ITSELF
from intonation.polish.reading.tables.government import PREPOSITIONS
from intonation.polish.reading.tables.units import CUES, CURRENCIES, UNITS

_BY_ITSELF = re.compile(rf"{BY_ITSELF}(?!\w)", re.IGNORECASE)

_BY_THE_UNIT = {
    **dict.fromkeys(("na", "za", "co"), ("sg", "acc")),
    **{"w": ("pl", "loc"), "z": ("sg", "gen"), "od": ("sg", "gen")},
}

_FRACTION_READ = re.compile(r"^(?:\d+ )?\d+/\d+$|[½¼¾⅓⅔⅛⁰¹²³⁴-⁹]$")

_FLAT = re.compile(rf"(\d{{1,3}}){SPACE}m\.{SPACE}?(\d{{1,3}})(?![\w/:])")


def read_by_itself(scan: Scan) -> bool:
    """A unit behind a number in words: kilka km, pół l; by the unit: za kg, na m², w km; other
    abbreviations are listed."""
    if _by_the_unit(scan):
        return True
    match = _BY_ITSELF.match(scan.text, scan.position)
    if not match:
        return False
    last = (scan.words_behind() or [""])[-1]
    of_half = last in ("pół", "półtora", "półtorej") or _FRACTION_READ.search(
        scan.changes[-1].written if scan.changes else ""
    )
    unit = match[0]
    told = unit not in CUES or re.search(CUES[unit], scan.text, re.IGNORECASE)
    if unit not in {*UNITS, *CURRENCIES} or not told or not (of_half or is_numeral(last)):
        scan.leave(match.end(), "an abbreviation by itself")
        return True
    own = any("nom" in form.cases for form in forms(last, ("num",)))
    case = "nom" if own and last in ("dwa", "dwie", "trzy", "cztery") else "gen"
    end = match.end()
    if unit in DOTTED and scan.text[end : end + 1] == ".":
        end += not scan.keeps_stop(end + 1)
    scan.take(end, unit_words(unit, "sg" if of_half else "pl", case))
    return True


def read_flat(scan: Scan) -> bool:
    """8 m. 3: a house and a flat."""
    match = _FLAT.match(scan.text, scan.position)
    if match:
        house, flat = (Measured(one).read("nom", "m3") for one in match.groups())
        scan.take(match.end(), f"{house} mieszkania {flat}")
    return bool(match)


def _by_the_unit(scan: Scan) -> bool:
    last = (scan.words_behind() or [""])[-1]
    match = UNIT.match(scan.text, scan.position)
    if match and match[1][-1] in "²³" and nouns(last) and last not in PREPOSITIONS:
        scan.take(match.end(), unit_words(match[1], "sg", "gen"))  # cena metra kwadratowego
        return True
    if not match or match[1] not in UNITS or match[1][:1].isupper():
        return False
    if last not in _BY_THE_UNIT or (last in ("w", "z") and len(match[1]) < 2):
        return False
    how, case = _BY_THE_UNIT[last]
    stop = match[1] in DOTTED and scan.text[match.end() : match.end() + 1] == "."
    end = match.end() + (stop and not scan.keeps_stop(match.end() + 1))
    scan.take(end, unit_words(match[1], how, case))
    return True


def read_per(scan: Scan) -> bool:
    """zł/kg, osób/km²: a unit behind a stroke."""
    match = UNIT.match(scan.text, scan.position + 1)
    last = (scan.words_behind() or [""])[-1]
    if not match or match[1] not in UNITS or not nouns(last):
        return False
    money = {form.lemma for form in nouns(last)} & {"złoty", "grosz", "euro", "dolar"}
    scan.take(match.end(), f" {'za' if money else 'na'} {unit_words(match[1], 'sg', 'acc')}")
    return True
