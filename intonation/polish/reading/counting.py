"""Numbers beside the nouns that they count or are counted by: which numeral, in which case."""

import re
from collections.abc import Iterator

from intonation.polish.reading.abbreviations import ORDINAL_HEADS, PLACES
from intonation.polish.reading.morphology import (
    Form,
    NoForm,
    agreement,
    cardinal,
    collective,
    is_verb,
    men,
    nouns,
    of_units,
    one_by_one,
    ordinal,
)
from intonation.polish.reading.scan import JOINTS, PREPOSITIONS, Scan, governed, head_ahead
from intonation.polish.words import word_set

# parts of writings: a number behind them is theirs, whatever follows
NUMBERED_PARTS = word_set("rozdział tom strona punkt artykuł ustęp paragraf akt lekcja peron")
_SECOND = re.compile(rf" (?:{'|'.join(JOINTS)}) (\d+)\.?(?![\d,])")
_MONTH_LEMMAS = word_set(
    """styczeń luty marzec kwiecień maj czerwiec lipiec sierpień wrzesień październik listopad
    grudzień"""
)
_PLACE = re.compile(rf"[ \u00a0]({'|'.join(sorted(PLACES, key=len, reverse=True))})\.")
_ANY = ("nom", "acc", "inst", "dat", "loc", "gen")
SPACE = "[ \u00a0\u202f]"


class Measured:
    """What a number is read as, in a case that its surroundings ask for."""

    def __init__(self, written: str, decimals: str = "") -> None:
        self.written = re.sub(SPACE, "", written)
        self.number = int(self.written)
        self.decimals = decimals or ""

    @property
    def half(self) -> bool:
        return self.decimals == "5"

    def read(self, case: str, gender: str, *, counting: bool = False) -> str:
        """counting: a noun or unit follows, so that halves are said."""
        if not self.decimals:
            return cardinal(self.number, case, gender)
        if self.half and counting and self.number <= 1:
            return "pół" if self.number == 0 else "półtorej" if gender == "f" else "półtora"
        if self.half and self.number:
            return f"{cardinal(self.number, case, gender)} i pół"
        return f"{cardinal(self.number)} przecinek {_decimal_digits(self.decimals)}"

    def agreement(self, case: str, gender: str) -> tuple[str, str]:
        return ("sg", "gen") if self.decimals else agreement(self.number, case, gender)

    def with_noun(self, lemma: str, gender: str, case: str) -> str:
        read = self.read(case, gender, counting=True)
        if lemma.startswith("złoty") and self.number == 1 and case == "acc":
            case = "nom"
        how, noun_case = self.agreement(case, gender)
        return f"{read} {of_units(lemma, how, noun_case, gender)}"


def _decimal_digits(digits: str) -> str:
    zeros = len(digits) - len(digits.lstrip("0"))
    if len(digits) > 3 or zeros == len(digits):
        return one_by_one(digits)
    return " ".join([*["zero"] * zeros, cardinal(int(digits))])


def as_ordinal(
    scan: Scan, number: Measured, end: int, head: tuple[Form, ...], cases: tuple[str, ...]
) -> tuple[int, str] | None:
    """5. piętro, w 1989 roku, do 2 klasy, rozdział 3, lata 90.: where these are ordinals."""
    if number.number == 0:
        return None
    if found := _after_head(scan, number, end, head):
        return found
    dotted = scan.text[end : end + 1] == "."
    if dotted and (short := _PLACE.match(scan.text, end + 1)):
        case = (cases or ("nom",))[0]
        return end + 1, ordinal(number.number, case, PLACES[short[1]][1])
    if dotted and scan.text[end + 1 : end + 2] in (" ", "\u00a0"):
        after, following = end + 1, scan.text[end + 2 : end + 3]
        if every := scan.words_behind()[-1:] == ["co"]:
            cases = ()  # co czwarty Polak
        if following.islower() or every:
            _, ahead = head_ahead(scan, after)
            for case, gender, how in _single(ahead, cases):
                return after, ordinal(number.number, case, gender, how == "pl")
    if number.number > 1 and head and not _counts(number, head, cases):
        for case, gender, how in _single(head, cases):
            if how == "sg":
                return end, ordinal(number.number, case, gender)
    return None


def first_of_two(scan: Scan, number: Measured, end: int, cases: tuple[str, ...]) -> str:
    """w 2 i 3 klasie: the first number is an ordinal where the second is one; else ""."""
    second = _SECOND.match(scan.text, end)
    if not second or number.decimals or number.number == 0:
        return ""
    head = head_ahead(scan, second.end())[1]
    if not head or _counts(Measured(second[1]), head, cases):
        return ""
    found = ((case, gender) for case, gender, how in _single(head, cases) if how == "sg")
    return next((ordinal(number.number, *one) for one in found), "")


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
    behind = scan.words_behind()
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


def fitting(
    number: Measured, head: tuple[Form, ...], case: str
) -> Iterator[tuple[Form, str, bool]]:
    """Ways to take a noun as counted by a number in a case: form, gender, men as the subject."""
    for form in head:
        for gender in sorted(form.genders, reverse=True):
            few_men = (case, gender) == ("nom", "m1") and number.number in (2, 3, 4)
            if form.fits(*number.agreement(case, gender)):
                yield form, gender, False
            elif few_men and form.fits("pl", "nom"):
                yield form, gender, True


def _counts(number: Measured, head: tuple[Form, ...], cases: tuple[str, ...]) -> bool:
    order = cases or _ANY
    return any(True for case in order for _ in fitting(number, head, case))


def with_head(
    number: Measured, word: str, head: tuple[Form, ...], cases: tuple[str, ...], behind: list[str]
) -> str:
    """The number before a noun; "" where they do not go together."""
    order = cases or _ANY
    for case in order:
        found = list(fitting(number, head, case))
        if found:
            form, gender, subject = _likeliest(found, number.number)
            if subject:
                return men(number.number)
            if form.collective and not number.decimals and 2 <= number.number <= 10:
                return collective(number.number, case)
            if number.number == 1 and not cases and form.fits("sg", "acc") and _object(behind):
                case = "acc"
            return number.read(case, gender, counting=True)
    return ""


def _object(behind: list[str]) -> bool:
    return (
        bool(behind) and is_verb(behind[-1]) and behind[-1] not in ("jest", "był", "była", "było")
    )


def _likeliest(found: list[tuple[Form, str, bool]], number: int) -> tuple[Form, str, bool]:
    """Men first, but for one, since of their words the others are rare; then f, m3, n, m2."""
    order = {"m1": 0 if number > 1 else 2, "f": 1, "m3": 2, "n": 2, "m2": 3}
    return min(found, key=lambda one: order.get(one[1], 4))


def alone(number: Measured, cases: tuple[str, ...], behind: list[str]) -> str:
    """A number that counts nothing that is named."""
    last = behind[-1] if behind else ""
    year = not number.decimals and len(number.written) == 4 and 1000 <= number.number < 2100
    if year and last in PREPOSITIONS:
        return ordinal(number.number, "loc" if last == "po" else cases[0], "m3")
    if len(number.written) == 4 and {form.lemma for form in nouns(last)} & _MONTH_LEMMAS:
        return ordinal(number.number, "gen", "m3")
    if last == "po" and not number.decimals:
        raise NoForm(f"po {number.written} is a time or a share")
    if last == "o" and not number.decimals and 1 <= number.number <= 24:
        return ordinal(number.number, "loc", "f")
    case = cases[0] if cases else "nom"
    return number.read("nom" if case == "acc" else case, "m3")
