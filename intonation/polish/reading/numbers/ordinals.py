"""Numbers that are ordinals: of what is numbered, and hours."""

import re
from collections.abc import Iterator

from intonation.polish.reading.governing import governed, without_first
from intonation.polish.reading.morphology import (
    Form,
    NoForm,
    inflected,
    is_verb,
    nouns,
    ordinal,
    verbs,
)
from intonation.polish.reading.numbers.measured import (
    ANY,
    NUMBERED_PARTS,
    SECOND,
    Measured,
    fitting,
    gender_of_verb,
)
from intonation.polish.reading.scan import Scan, head_ahead
from intonation.polish.reading.tables.abbreviations import ORDINAL_HEADS, PLACES
from intonation.polish.reading.tables.government import PREPOSITIONS
from intonation.polish.words import word_set

_PARTS_OF_HOURS = word_set("minut minuty minuta kwadrans wpół pół")
_TODAY = word_set(
    """dziś dzisiaj jutro pojutrze wczoraj rano wieczorem codziennie było jest będzie zaraz tuż
    krótko zawsze dopiero poniedziałek wtorek środę czwartek piątek sobotę niedzielę"""
)
_HOURS = re.compile("czynn|otwart|zamknięt|przyjmuj|dyżur|godzin|pracuj|czeka|śpi|spał")
_LASTS = re.compile(r"potrwa|zakończ|skończ")
_LIST_OF_HOURS = re.compile(
    r"\bgodzin(ie|ach|y|ą) (?:[^\W\d_]+(?:ej|ta|ma|ga|sza) ?)+(?:, | i | oraz | lub )"
    r"(?:[^\W\d_]+(?:ej)(?:, | i | oraz | lub | ))*$"
)
_MINUTES = re.compile(r"\((?:[^\W\d_ ]+(?: [^\W\d_ ]+)?, )*$")
_CLOCK = re.compile(r"\bminut|\bkwadrans|\bzegar")
_BY_SIZE = re.compile(r" co do [^\W\d_]+")
_ONTO = re.compile(r" (?:na|do|a|i|oraz|lub) \d+\.(?= [^\W\d_A-Z])")  # z piątego na drugie
_PLACE = re.compile(rf"[ \u00a0]({'|'.join(sorted(PLACES, key=len, reverse=True))})\.")


def as_ordinal(
    scan: Scan, number: Measured, end: int, head: tuple[Form, ...], cases: tuple[str, ...]
) -> tuple[int, str] | None:
    """5. piętro, w 1989 roku, do 2 klasy, rozdział 3, lata 90.: where these are ordinals."""
    if number.number == 0:
        return None
    if found := _after_head(scan, number, end, head):
        return found
    if scan.text[end : end + 1] == "." and (found := _dotted(scan, number, end, cases)):
        return found
    verb = any(is_verb(word) for word, _ in scan.words_ahead(end, 1))  # dwie zmarły
    if number.number > 1 and head and not verb and not _counts(number, head, cases):
        for case, gender, how in _single(head, cases):
            if how == "sg":
                return end, ordinal(number.number, case, gender)
    return None


def _dotted(
    scan: Scan, number: Measured, end: int, cases: tuple[str, ...]
) -> tuple[int, str] | None:
    """5. piętro, w 1. Armii, co 5. uczeń; raises NoForm where no noun tells the ordinal's form."""
    if scan.text[end + 1 : end + 2] in (",", ";", ")"):
        return _before_comma(scan, number, end)
    if short := _PLACE.match(scan.text, end + 1):
        return end + 1, ordinal(number.number, (cases or ("nom",))[0], PLACES[short[1]][1])
    if scan.text[end + 1 : end + 2] not in (" ", "\u00a0"):
        return None
    if scan.text.startswith(". km ", end):
        return end + 4, _kilometre(scan, number, cases)
    if found := _named_later(scan, number, end, cases):
        return found
    last, following = scan.words_behind()[-1:], scan.text[end + 2 : end + 3]
    every = last == ["co"]
    if following.islower() or every or (following.isupper() and {*last} & {*PREPOSITIONS}):
        for case, gender, how in _single(head_ahead(scan, end + 1)[1], () if every else cases):
            return end + 1, ordinal(number.number, case, gender, how == "pl")
    if following.islower() and len(genders := scan.counted_before() & {"n", "m3"}) == 1:
        return end + 1, ordinal(number.number, (cases or ("nom",))[0], min(genders))
    if following.islower():
        raise NoForm(f"{number.written}. is an ordinal of what is not named behind it")
    return None


def _kilometre(scan: Scan, number: Measured, cases: tuple[str, ...]) -> str:
    """98. km: na dziewięćdziesiątym ósmym kilometrze."""
    case = "loc" if scan.words_behind()[-1:] == ["na"] else (cases or ("nom",))[0]
    return f"{ordinal(number.number, case)} {inflected('kilometr', 'subst', 'sg', case)}"


def _named_later(
    scan: Scan, number: Measured, end: int, cases: tuple[str, ...]
) -> tuple[int, str] | None:
    """trzecia co do wielkości rzeka; z piątego na drugie miejsce."""
    if onto := _ONTO.match(scan.text, end + 1):
        for _, gender, how in _single(head_ahead(scan, onto.end())[1], ()):
            return end + 1, ordinal(number.number, (cases or ("nom",))[0], gender, how == "pl")
    if by := _BY_SIZE.match(scan.text, end + 1):
        for case, gender, how in _single(head_ahead(scan, by.end())[1], cases):
            return end + 1, ordinal(number.number, case, gender, how == "pl")
    return None


def _before_comma(scan: Scan, number: Measured, end: int) -> tuple[int, str] | None:
    """(12., 45.): minutes of a match; był siódmy, a ...; raises NoForm for others."""
    if _MINUTES.search(scan.behind()):
        return end + 1, ordinal(number.number, "nom", "f")
    if scan.text[end + 1] == ")":
        return None
    behind = scan.words_behind()
    if not any("być" in verbs(word) for word in behind):
        raise NoForm(f"{number.written}. is an ordinal of what is not named")
    return end + 1, ordinal(number.number, "nom", gender_of_verb(behind))


def first_of_two(
    scan: Scan, number: Measured, end: int, cases: tuple[str, ...]
) -> tuple[int, str] | None:
    """w 2 i 3 klasie, 1. i 3. nagroda: the first number is an ordinal where the second is one."""
    second = SECOND.match(scan.text, end)
    if not second or number.decimals or number.number == 0:
        return None
    head = head_ahead(scan, second.end())[1]
    dotted = second[0].startswith(".") and second[0].endswith(".")
    if not head or (not dotted and _counts(Measured(second[1]), head, cases)):
        return None
    for case, gender, how in _single(head, cases):
        if how == "sg":
            return end + dotted, ordinal(number.number, case, gender)
    return None


def _single(head: tuple[Form, ...], cases: tuple[str, ...]) -> Iterator[tuple[str, str, str]]:
    """Cases, genders and numbers that a noun allows, those that what governs allows first."""
    order = cases or ("nom", "gen", "acc", "inst", "loc", "dat")
    for case in order:
        for how in ("sg", "pl"):
            for form in head:
                if form.fits(how, case):
                    yield case, sorted(form.genders)[-1 if len(form.genders) == 1 else 0], how


def _after_head(
    scan: Scan, number: Measured, end: int, head: tuple[Form, ...]
) -> tuple[int, str] | None:
    """The noun that is numbered stands before: rozdział trzeci, lata dziewięćdziesiąte."""
    behind = without_first(scan.words_behind())
    named = [form for form in nouns(behind[-1]) if form.lemma in ORDINAL_HEADS] if behind else []
    certain = any(form.lemma in NUMBERED_PARTS for form in named)
    if not named or (head and not certain and _counts(number, head, ())):
        return None
    decade = behind[-1] in ("lata", "lat", "latach", "latom", "latami")
    if decade and not (number.number % 10 == 0 and number.number < 100):
        return None
    cases = governed(behind[:-1])
    for case, gender, how in _single(tuple(named), cases):
        if decade or how == "sg":
            stop = decade and scan.text[end : end + 1] == "." and not scan.keeps_stop(end + 1)
            return end + stop, ordinal(number.number, case, gender, how == "pl")
    return None


def _counts(number: Measured, head: tuple[Form, ...], cases: tuple[str, ...]) -> bool:
    order = cases or ANY
    return any(True for case in order for _ in fitting(number, head, case))


def _counts_second(scan: Scan, end: int) -> bool:
    """True where a noun is counted behind the second number: między dwoma a trzema metrami."""
    second = SECOND.match(scan.text, end)
    head = head_ahead(scan, second.end() if second else end)[1]
    return any(form.fits("pl", case) for form in head for case in ("gen", "inst"))


def _ends(scan: Scan, end: int) -> bool:
    return bool(re.match(r"[.,;)]|$", scan.text[end:]))


def hour(scan: Scan, number: Measured, end: int) -> str:
    """pięć minut do ósmej, jutro po siedemnastej, między dziesiątą a dwunastą, czynne od ósmej;
    "" where it is no hour."""
    behind = without_first(scan.words_behind())
    last, before = (["", "", *behind])[-1], (["", "", *behind])[-2]
    said = re.split(r"[.?!…]", scan.behind())[-1].lower()
    case = {"po": "loc", "między": "inst", "pomiędzy": "inst", "przed": "inst"}.get(last, "gen")
    if last in ("między", "pomiędzy"):
        is_hour = not nouns(before) and not _counts_second(scan, end)
    elif last == "po":
        is_hour = bool(_TODAY & {*said.split()} or _HOURS.search(said))
    else:
        is_hour = last == "do" and before in _PARTS_OF_HOURS
        is_hour |= last in ("od", "do", "przed", "około") and bool(_HOURS.search(said))
    if "być" in verbs(last) and _CLOCK.search(said):
        is_hour, case = True, "nom"
    if verbs(last) & {"wybić", "bić", "wybijać"}:
        is_hour, case = True, "acc"
    is_hour |= last in ("do", "około") and bool(_LASTS.search(said)) and _ends(scan, end)
    if not is_hour and (listed := _LIST_OF_HOURS.search(said)):
        is_hour, case = True, {"y": "gen", "ą": "inst"}.get(listed[1], "loc")
    if not is_hour:
        return ""
    if not number.number:
        return inflected("zerowy", "adj", "sg", case, "f")
    return ordinal(number.number, case, "f")
