"""Abbreviations and titles."""

import re

from intonation.polish.reading.described import (
    agreeing,
    born,
    is_ordinal_read,
    minute,
    postposed,
    weekday,
)
from intonation.polish.reading.governing import governed
from intonation.polish.reading.morphology import (
    adjectives,
    first_names,
    inflected,
    is_ordinal,
    is_verb,
    nouns,
    of_units,
)
from intonation.polish.reading.scan import Scan, fitting_case
from intonation.polish.reading.tables.abbreviations import (
    ABBREVIATIONS,
    ADJECTIVES,
    ADVERBS,
    CODES,
    DOTLESS,
    OF_WHOLE,
    PLACES,
    PLURALS,
    POSTPOSED,
    THIS,
    TITLES,
    UNDOTTED,
    WORDLIKE,
)
from intonation.polish.reading.tables.government import PREPOSITIONS
from intonation.polish.reading.tables.units import WEEKDAYS
from intonation.polish.words import word_set

_UPPER = "A-ZĄĆĘŁŃÓŚŹŻ"
_ALL = sorted(
    {*ABBREVIATIONS, *TITLES, *PLACES, *ADJECTIVES, *POSTPOSED, *CODES, *WEEKDAYS},
    key=len,
    reverse=True,
)
_ABBREVIATION = re.compile(rf"({'|'.join(map(re.escape, _ALL))})\.", re.IGNORECASE)
_CAPITALS = re.compile(rf"[{_UPPER}][^.]?[{_UPPER}]")
_UNDOTTED = re.compile(
    rf"({'|'.join(sorted({*DOTLESS, *UNDOTTED}, key=len, reverse=True))})(?![\w.-])", re.IGNORECASE
)
_MONTHS = word_set(
    """styczeń luty marzec kwiecień maj czerwiec lipiec sierpień wrzesień październik listopad
    grudzień"""
)
_DAYS = {"loc": "dniach", "inst": "dniami", "dat": "dniom"} | dict.fromkeys(
    ("nom", "acc", "gen"), "dni"
)
_PARTS = re.compile(r"(?:ustęp|punkt|paragraf)\w* [^\W\d_]+ $", re.IGNORECASE)
_DAYS_FOLLOW = re.compile(r" ?\d{1,2}\.? ?[-–—i] ?\d{1,2}")
_BEFORE_NAMES = {*TITLES, "św", "bł", "im"} - {"o", "p", "por", "min", "kom", "red"}
_ACROSS = re.compile(r" ?\d+(?:,\d+)?(?: ?[-–] ?\d+)? ?(?:mm|cm|m|km)\b")  # śr. 4 cm
_SIDE = re.compile(r"(pł?[nd])\.? ?[-–] ?(?=(?:wsch|zach)\.)", re.IGNORECASE)
_AFTER_NAME = re.compile(r"[ \u00a0]?([^\W\d_]+|\d)")


def read_abbreviation(scan: Scan) -> bool:
    """np., prof., ul., św.; and dr, nr, wg, which have no full stop."""
    match = _ABBREVIATION.match(scan.text, scan.position)
    if not match or _CAPITALS.match(match[1]):
        match = _UNDOTTED.match(scan.text, scan.position)
    if not match or _CAPITALS.match(match[1]):
        return False
    name, end = match[1].lower(), match.end()
    if _side(scan) or (name == "śr" and _diameter(scan, end)):
        return True
    if name in WEEKDAYS and (said := weekday(scan, name, end)):
        return said
    ahead = _AFTER_NAME.match(scan.text, end)
    following = ahead[1] if ahead else ""
    behind = scan.words_behind()
    if name == "min" and behind and scan.changes and is_ordinal_read(scan, behind[-1]):
        scan.take(end - scan.keeps_stop(end), minute(behind))
        return True
    if name in WORDLIKE and not _announces(scan, name, following):
        if not re.search("[aeiouyąęó]", name):
            scan.leave(end, "an abbreviation without the name or number that it would announce")
            return True
        return False
    return _take_expanded(scan, match, following)


def _side(scan: Scan) -> bool:
    """płn.-zach.: północno-, before the second side."""
    side = _SIDE.match(scan.text, scan.position)
    if side:
        sides = {"n": "północno", "d": "południowo"}
        scan.take(side.end(), f"{sides[side[1][-1].lower()]}-")
    return bool(side)


def _diameter(scan: Scan, end: int) -> bool:
    """śr. before a length or behind o: średnica."""
    behind = scan.words_behind()
    if behind[-1:] != ["o"] and not _ACROSS.match(scan.text, end):
        return False
    case = _last(governed(behind), scan, "śr")
    scan.take(end, inflected("średnica", "subst", "sg", case))
    return True


def _take_expanded(scan: Scan, match: re.Match[str], following: str) -> bool:
    name, end = match[1].lower(), match.end()
    read = _expanded(scan, name, end, following)
    if not read or (name == "p" and not following[:1].isupper()):
        return False
    if scan.text[scan.position].isupper():
        read = read[:1].upper() + read[1:]
    title = following[:1].isupper() and (name in TITLES or name in PLACES or name in ADJECTIVES)
    stops = match[0].endswith(".") and not title and scan.keeps_stop(end)
    scan.take(end - stops, read)
    return True


def _announces(scan: Scan, name: str, following: str) -> bool:
    """True if an abbreviation that is also a word stands before a name or a number."""
    if not following or not (following[0].isupper() or following[0].isdigit()):
        lower = bool(following) and following[0].islower()
        if name in PLACES and following.lower() in _BEFORE_NAMES:
            return True  # ul. ks. Skorupki
        if name == "por" and _ABBREVIATION.match(scan.text, scan.position + 5):
            return True
        if name == "por":
            return lower and (scan.starts_sentence() or scan.behind().endswith("("))
        return lower and (
            name in ADVERBS or name == "pow" or (name == "lit" and len(following) == 1)
        )
    behind = scan.words_behind()
    return not (name in ("im", "os", "lek") and behind and is_verb(behind[-1]))


def _expanded(scan: Scan, name: str, end: int, following: str) -> str:
    names = following[:1].isupper()
    behind = scan.words_behind()
    if said := born(scan, name) or postposed(scan, name, following):
        return said
    if name == "br" and names and _is_brother(behind, following):
        return _title(scan, name, end)
    if name in TITLES and name != "br" and (names or name not in ABBREVIATIONS):
        return _title(scan, name, end)
    if name in PLURALS or name == "pow":
        return _wide(scan, name, end, following)
    if name in PLACES and name != "min" and (following or name not in WORDLIKE):
        return _place(scan, name, end, following)
    if name in CODES:
        return _code(scan, name)
    if name in ADJECTIVES and not (name == "gł" and following.isdigit()):
        return agreeing(scan, name, end)
    if name == "dn" and _DAYS_FOLLOW.match(scan.text, end):
        return _DAYS[_last(governed(behind), scan, name)]
    if name == "dn" and behind[-1:] == ["w"]:
        return "dniu"
    if name in THIS:
        return _this(name, (governed(behind) or ("gen",))[0])
    return ABBREVIATIONS.get(name) or UNDOTTED.get(name, "")


def _this(name: str, case: str) -> str:
    adjective, noun = THIS[name]
    this = inflected(adjective, "adj", "sg", case, "m3")
    return f"{this} {inflected(noun, 'subst', 'sg', case)}"


def _wide(scan: Scan, name: str, end: int, following: str) -> str:
    """wym., l. in the plural before a number; pow. is a county or an area."""
    case = _last(governed(scan.words_behind()), scan, name)
    if name in PLURALS:
        digits = re.match(r" ?\d", scan.text[end:])
        return inflected(PLACES[name][0], "subst", "pl", case) if digits else ""
    county = any("m3" in form.genders for form in adjectives(following))
    return inflected("powiat" if county else "powierzchnia", "subst", "sg", case)


def _is_brother(behind: list[str], name: str) -> bool:
    """True for br. before a first name, but not behind a month: w maju br. Jan ..."""
    month = behind and {form.lemma for form in nouns(behind[-1])} & _MONTHS
    return bool(first_names(name)) and not month and behind[-1:] != ["w"]


def _code(scan: Scan, name: str) -> str:
    """k.p.a., Dz.U.: a noun in the case that it stands in, which behind another is the genitive."""
    noun, adjective, more = CODES[name]
    behind = scan.words_behind()
    case = (governed(behind) or ("gen" if behind and noun == "kodeks" else "nom",))[0]
    said = [inflected(noun, "subst", "sg", case, "m3")]
    said += [inflected(adjective, "adj", "sg", case, "m3")] if adjective else []
    return " ".join([*said, more]).rstrip()


def read_paragraph(scan: Scan) -> None:
    """The sign § in the case that stands before it."""
    case = (governed(scan.words_behind()) or ("nom",))[0]
    double = scan.text.startswith("§§", scan.position)
    end = scan.position + 1 + double
    space = "" if scan.text[end : end + 1] in ("", " ", "\u00a0") else " "
    scan.take(end, of_units("paragraf", "pl" if double else "sg", case, "m3") + space)


def _title(scan: Scan, name: str, end: int) -> str:
    """The case of the name behind a title; the title of a woman stays as it is."""
    titles = r"(?:[ \u00a0]?(?:" + "|".join([*TITLES, "hab"]) + r")(?:\.|(?= )))*"
    titles += rf"(?:[ \u00a0]?[{_UPPER}]\.)*"
    after = re.compile(titles).match(scan.text, end)
    found = [word for word, _ in scan.words_ahead(after.end() if after else end, 2)]
    found = [word for word in found if word[0].isupper()]
    lemma = TITLES[name]
    if not found:
        return inflected(lemma, "subst", "sg", (governed(scan.words_behind()) or ("nom",))[0], "m1")
    people = [(*nouns(word), *adjectives(word)) for word in found]
    genders = {gender for form in people[0] if "sg" in form.numbers for gender in form.genders}
    if genders and genders <= {"f"}:
        case = fitting_case(governed(scan.words_behind()), people[0])
        return inflected("pani", "subst", "sg", case) if name == "p" else lemma
    cases = governed(scan.words_behind())
    of_men = any(form.genders & {"m1"} and form.fits("sg", c) for form in people[-1] for c in cases)
    if cases and not of_men and "f" in genders:
        return lemma
    men = [form for form in people[-1] if form.genders & {"m1"}]
    return inflected(lemma, "subst", "sg", fitting_case(cases, men or people[-1]), "m1")


def _place(scan: Scan, name: str, end: int, following: str) -> str:
    lemma, gender = PLACES[name]
    behind = scan.words_behind()
    cases = governed(behind)
    while behind[-2:] != ["w", "tym"] and not cases and behind and is_ordinal(behind[-1]):
        behind.pop()
        cases = governed(behind)
    cases = cases or scan.listed_cases()
    named = adjectives(following) or nouns(following)
    if re.match(r" ?\d[\d:.]* ?[-–—] ?\d", scan.text[end:]):
        return inflected(lemma, "subst", "pl", _last(cases, scan, name))
    if name == "al" and named and all(form.numbers == {"pl"} for form in named[:1]):
        return inflected("aleja", "subst", "pl", fitting_case(cases, named, "pl"), "f")
    agreeing = [form for form in adjectives(following) if gender in form.genders]
    case = fitting_case(cases, agreeing) if agreeing else _last(cases, scan, name)
    scan.remember((case,))
    return inflected(lemma, "subst", "sg", case)


def _after_noun(behind: list[str]) -> bool:
    """True behind a noun, and not where it is likelier a verb: w myśl, but myśl o."""
    if not behind or not nouns(behind[-1]):
        return False
    return not is_verb(behind[-1]) or (len(behind) > 1 and behind[-2] in PREPOSITIONS)


def _last(cases: tuple[str, ...], scan: Scan, name: str) -> str:
    behind = scan.words_behind()
    where = ("o", "po") if name == "godz" else ("o", "na", "po")
    if behind and behind[-1] in where:
        return "loc"
    counted = name in ("ust", "pkt", "par") and bool(behind) and adjectives(behind[-1])
    if not cases and name in OF_WHOLE and not counted and _after_noun(behind):
        return "gen"
    if name == "art" and not cases and _PARTS.search(scan.behind()):
        return "gen"
    if name == "nr" and behind[-1:] in (["pod"], ["z"]):
        return "inst"
    return cases[0] if cases else "nom"
