"""Abbreviations that agree with what stands beside them: days, adjectives, minutes, people."""

import re
from itertools import product

from intonation.polish.reading.governing import governed
from intonation.polish.reading.morphology import (
    adjectives,
    first_names,
    inflected,
    nouns,
    participle,
)
from intonation.polish.reading.scan import Scan, head_ahead
from intonation.polish.reading.tables.abbreviations import (
    ABBREVIATIONS,
    ADJECTIVES,
    ADVERBS,
    BEFORE_ADJECTIVE,
    PLACES,
    POSTPOSED,
)
from intonation.polish.reading.tables.government import JOINTS, PREPOSITIONS
from intonation.polish.reading.tables.units import WEEKDAYS

_PLACE = re.compile(rf" ({'|'.join(sorted(PLACES, key=len, reverse=True))})\.", re.IGNORECASE)
_TO_DAY = re.compile(
    rf" ?[-–—] ?({'|'.join(sorted(WEEKDAYS, key=len, reverse=True))})\b\.?", re.IGNORECASE
)

_ON_DAYS = {
    "w": "acc",
    "we": "acc",
    "na": "acc",
    "do": "gen",
    "od": "gen",
    "z": "gen",
    "oprócz": "gen",
    "po": "loc",
}

_TOWARDS = {"na": "acc", "ku": "dat", "od": "gen", "z": "gen", "ze": "gen"}
_SIDES = {"płd": "południe", "płn": "północ", "wsch": "wschód", "zach": "zachód"}


def weekday(scan: Scan, name: str, end: int) -> bool:
    """pon.–pt., w sob., śr. 9–17: a day where another one, a time or a preposition tells it."""
    if match := _TO_DAY.match(scan.text, end):
        first, last = (
            inflected(WEEKDAYS[day], "subst", "sg", "gen") for day in (name, match[1].lower())
        )
        scan.take(match.end(), f"od {first} do {last}")
        return True
    behind = scan.words_behind()
    last = (behind or [""])[-1]
    if (
        last in JOINTS
        and len(behind) > 1
        and any(form.lemma in WEEKDAYS.values() for form in nouns(behind[-2]))
    ):
        last = "w"
    if name in ("cz", "so") or not (last in _ON_DAYS or re.match(r",? ?\d", scan.text[end:])):
        return False
    case = _ON_DAYS.get(last, "nom")
    scan.take(end - scan.keeps_stop(end), inflected(WEEKDAYS[name], "subst", "sg", case))
    return True


def born(scan: Scan, name: str) -> str:
    """ur., zm. behind the name of a woman, or of anybody else: urodzona, zmarły; "" for others."""
    if name not in ("ur", "zm", "p.o"):
        return ""
    said = re.split(r"[.?!…]", scan.behind())[-1]
    names = [word for word in re.findall(r"[^\W\d_]+", said) if word[0].isupper()]
    given = [form for word in names for form in nouns(word) if form.lemma in first_names(word)]
    last = [form.genders for form in given if "nom" in form.cases][-1:]
    said, *more = ABBREVIATIONS[name].split()
    ended = said[:-1] if said.endswith("y") else said
    return " ".join([ended + "a" if last == [{"f"}] else said, *more])


def postposed(scan: Scan, name: str, following: str) -> str:
    """rozmowy tel.: an adjective in the case of the noun before; "" where there is none."""
    behind = scan.words_behind()
    if behind[-1:] in (["północno"], ["południowo"]):
        behind.pop()
    named = following[:1].isupper() or (following[:1].isdigit() and name in PLACES)
    if name not in POSTPOSED or not behind or named:
        return ""
    found = nouns(behind[-1])
    cases = governed(behind[:-1])
    order = cases or ("nom", "gen", "dat", "acc", "inst", "loc")
    for how, case, form in product(("sg", "pl"), order, found):
        if form.fits(how, case):
            return inflected(POSTPOSED[name], "adj", how, case, sorted(form.genders)[0])
    return ""


def agreeing(scan: Scan, name: str, end: int) -> str:
    """św., tzw.: in the case, number and gender of the noun that follows."""
    lemma, before = ADJECTIVES[name], BEFORE_ADJECTIVE.get(name, "")
    _, head = head_ahead(scan, end)
    short = _PLACE.match(scan.text, end)
    if short:
        case = (governed(scan.words_behind()) or ("nom",))[0]
        return before + inflected(lemma, "adj", "sg", case, PLACES[short[1].lower()][1])
    if name in ADVERBS and not head:
        return ADVERBS[name]
    last = (scan.words_behind() or [""])[-1]
    if name in _SIDES and not head and last in _TOWARDS:
        return inflected(_SIDES[name], "subst", "sg", _TOWARDS[last])
    if name == "hab" and last not in ("", "doktor"):
        head = tuple(form for form in nouns(last) if form.genders == {"m1"})
    cases = governed(scan.words_behind())
    order = cases or ("nom", "gen", "dat", "acc", "inst", "loc")
    if name == "św" and not cases and scan.words_behind():
        order = ("gen", *order)
    for number, case, form in product(("sg", "pl"), order, head):
        if form.fits(number, case):
            return before + participle(lemma, number, case, sorted(form.genders)[0])
    return before + participle(lemma, "sg", (cases or ("nom",))[0], "m3")


def minute(behind: list[str]) -> str:
    """min. behind an ordinal: w dziewięćdziesiątej minucie."""
    shown = {case for form in adjectives(behind[-1]) if "f" in form.genders for case in form.cases}
    while behind and adjectives(behind[-1]) and behind[-1] not in PREPOSITIONS:
        behind = behind[:-1]
    cases = governed(behind) or ("nom",)
    return inflected("minuta", "subst", "sg", next((c for c in cases if c in shown), "nom"))


def is_ordinal_read(scan: Scan, word: str) -> bool:
    """True for an ordinal that was read from digits just before."""
    read = scan.changes[-1].read.lower().split()
    return read[-1:] == [word] and any("f" in form.genders for form in adjectives(word))
