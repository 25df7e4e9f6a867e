"""Numbers and what they count: cases from prepositions and nouns, units, money, shares."""

import re
from collections.abc import Iterator

from intonation.polish.reading.abbreviations import CURRENCIES, ORDINAL_HEADS, SCALES, UNITS
from intonation.polish.reading.morphology import Form, inflected, is_verb, nouns, of_units
from intonation.polish.reading.numerals import (
    MOST,
    agreement,
    cardinal,
    collective,
    in_compound,
    is_paucal,
    men,
    one_by_one,
    ordinal,
)
from intonation.polish.reading.scan import PREPOSITIONS, Scan, governed, head_ahead

_SPACE = "[ \u00a0\u202f]"
NUMBER = rf"(?:[1-9]\d{{0,2}}(?:{_SPACE}\d{{3}})+(?!\d)|\d+)"
_QUANTITY = re.compile(rf"([-−–+±~]?)({NUMBER})(?:,(\d+))?")
_RANGE = re.compile(rf"({NUMBER}(?:,\d+)?){_SPACE}?[-–—]{_SPACE}?({NUMBER}(?:,\d+)?)(?![\d,.:/-])")
_SCALE = re.compile(rf"{_SPACE}?(tys\.?|mln|mld)(?![^\W\d_])")
_NAMES = sorted({*UNITS, *CURRENCIES}, key=len, reverse=True)
_UNIT = re.compile(rf"{_SPACE}?({'|'.join(map(re.escape, _NAMES))})(?![^\W_])")
_PERCENT = re.compile(rf"{_SPACE}?([%‰]|proc\.)")
# parts of writings: a number behind them is theirs, whatever follows
_NUMBERED = frozenset("rozdział tom strona punkt artykuł ustęp paragraf akt lekcja peron".split())
_SIGNS = {"-": "minus ", "−": "minus ", "–": "minus ", "+": "plus ", "±": "plus minus ", "~": "około "}
_COMPOUND = re.compile(r"(\d{1,3})-?([^\W\d_]+)")
_COMPOUND_ENDS = (
    "letn lec latek latk krotn osobow godzinn minutow dniow miesięczn tygodniow kilometrow "
    "metrow piętrow pokojow stronicow procentow tysięczn złotow kilogramow litrow drzwiow "
    "wieczn kątn ramienn sekundow klasow centymetrow punktow tonow hektarow"
).split()
_ANY = ("nom", "acc", "inst", "dat", "loc", "gen")
_DAYTIME = frozenset("rano wieczorem po nad w".split())
_DOTTED = frozenset(("tys.", "min", "sek", "godz", "szt", "pkt", "os", "str", "egz", "mies", "r.ż"))


def value_of(written: str) -> int:
    return int(re.sub(_SPACE, "", written))


class Measured:
    """What a number is read as, in a case that its surroundings ask for."""

    def __init__(self, written: str, decimals: str = "") -> None:
        self.written = re.sub(_SPACE, "", written)
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


def read_compound(scan: Scan) -> bool:
    """3-letni, 20-lecie, 5-osobowy."""
    match = _COMPOUND.match(scan.text, scan.position)
    if not match or int(match[1]) == 0:
        return False
    if not any(match[2].lower().startswith(end) for end in _COMPOUND_ENDS):
        return False
    scan.take(match.end(), in_compound(int(match[1])) + match[2])
    return True


def read_range(scan: Scan) -> bool:
    """10–15 osób: from … to; after a preposition: dziesięć do piętnastu."""
    match = _RANGE.match(scan.text, scan.position)
    if not match:
        return False
    low, high = (Measured(*one.partition(",")[::2]) for one in match.groups())
    if max(low.number, high.number) > MOST or (not low.decimals and low.number >= high.number):
        return False
    behind = scan.words_behind()
    cases = governed(behind) if behind and behind[-1] in PREPOSITIONS else ()
    noun, end = _noun_words(scan, match.end(), high, "gen")
    gender = noun[0]
    if not cases:
        read = f"od {low.read('gen', gender)} do {high.read('gen', gender)}{noun[1]}"
    else:
        head = head_ahead(scan, match.end())[1]
        case = cases[0] if noun[1] else _case_of(high, head, cases)
        joint, second = ("do", "gen") if case in ("acc", "gen") else ("lub", case)
        noun, end = _noun_words(scan, match.end(), high, second)
        gender = noun[0]
        read = f"{low.read(case, gender)} {joint} {high.read(second, gender)}{noun[1]}"
    scan.take(end, read)
    return True


def _case_of(number: Measured, head: tuple[Form, ...], cases: tuple[str, ...]) -> str:
    return next((c for c in cases for _ in _fitting(number, head, c)), cases[0])


def _noun_words(scan: Scan, end: int, number: Measured, case: str) -> tuple[tuple[str, str], int]:
    """Gender, and the words of a scale, unit or per cent after a number, with where they end."""
    scale, unit, after = _measure_ahead(scan, end)
    if scale:
        how, noun_case = number.agreement(case, "m3")
        words = " " + inflected(SCALES[scale][1], "subst", how, noun_case, "m3")
        return ("m3", words + (" " + _unit_words(unit, "pl", "gen") if unit else "")), after
    if unit:
        gender = _gender_of(unit)
        return (gender, " " + _unit_words(unit, *number.agreement(case, gender))), after
    word, head = head_ahead(scan, end)
    genders = next((form.genders for form in head), frozenset({"m3"}))
    return ("f" if genders == {"f"} else "m3", ""), end


def _measure_ahead(scan: Scan, end: int) -> tuple[str, str, int]:
    """A scale (tys.) and a unit, currency or % after a number, "" for none; where they end."""
    scale = unit = ""
    if match := _SCALE.match(scan.text, end):
        scale, end = match[1], match.end()
    if match := _PERCENT.match(scan.text, end):
        return scale, match[1], match.end()
    if match := _UNIT.match(scan.text, end):
        unit, end = match[1], match.end()
        if unit in _DOTTED and scan.text[end : end + 1] == "." and not scan.keeps_stop(end + 1):
            end += 1
        elif unit == "zł" and scan.text[end : end + 1] == "." and scan.text[end + 1 :].strip():
            end += not scan.keeps_stop(end + 1)
    return scale, unit, end


def measure_follows(text: str, end: int) -> bool:
    """True if a unit or a scale stands at this place of a text."""
    return bool(_UNIT.match(text, end) or _SCALE.match(text, end))


def _gender_of(unit: str) -> str:
    if unit in ("%", "‰", "proc."):
        return "m3"
    return CURRENCIES[unit][1] if unit in CURRENCIES else UNITS[unit][1]


def _unit_words(unit: str, how: str, case: str) -> str:
    if unit in ("%", "proc."):
        plain = how == "sg" or case in ("nom", "acc", "gen")
        return "procent" if plain else of_units("procent", how, case, "m3")
    if unit == "‰":
        return of_units("promil", how, case, "m3")
    if unit in CURRENCIES:
        return of_units(CURRENCIES[unit][0], how, case, CURRENCIES[unit][1])
    lemma, gender, more = UNITS[unit]
    if more in ("kwadratowy", "sześcienny"):
        more = inflected(more, "adj", how, case, gender)
    return f"{of_units(lemma, how, case, gender)} {more}".rstrip()


def read_quantity(scan: Scan) -> bool:
    """A number with what it counts."""
    match = _QUANTITY.match(scan.text, scan.position)
    if not match or value_of(match[2]) > MOST:
        return False
    sign, number = match[1], Measured(match[2], match[3])
    if sign and re.search(r"[\w)]$", scan.behind()):
        return False
    if not number.decimals and match[2].startswith("0") and len(match[2]) > 1:
        scan.take(match.end(), one_by_one(match[2]))
        return True
    end, read = _counted(scan, number, match.end(), sign)
    scan.take(end, _SIGNS.get(sign, "") + read)
    return True


def _counted(scan: Scan, number: Measured, end: int, sign: str) -> tuple[int, str]:
    behind = scan.words_behind()
    cases = ("gen",) if sign == "~" else governed(behind)
    scale, unit, after = _measure_ahead(scan, end)
    if scale or unit:
        return after, _with_unit(scan, number, scale, unit, cases, after)
    if behind[-1:] == ["o"] and [w for w, _ in scan.words_ahead(end, 1) if w in _DAYTIME]:
        return end, _alone(scan, number, cases, behind)
    word, head = head_ahead(scan, end)
    if not number.decimals and (found := _ordinal(scan, number, end, head, cases)):
        return found
    if head and (read := _with_head(number, word, head, cases, behind)):
        return end, read
    return end, _alone(scan, number, cases, behind)


def _unit_case(unit: str, cases: tuple[str, ...], behind: list[str]) -> str:
    last = behind[-1] if behind else ""
    if last == "po" and unit not in CURRENCIES and unit != "%":
        return "loc"
    return cases[0] if cases else "nom"


def _with_unit(
    scan: Scan, number: Measured, scale: str, unit: str, cases: tuple[str, ...], after: int
) -> str:
    case = _unit_case(unit, cases, scan.words_behind())
    if scale:
        said = "" if number.number == 1 and not number.decimals else number.read(
            case, "m3", counting=True
        )
        how, noun_case = number.agreement(case, "m3")
        noun = inflected(SCALES[scale][1], "subst", how, noun_case, "m3")
        rest = _unit_words(unit, "pl", "gen") if unit else ""
        return " ".join(filter(None, (said, noun, rest)))
    if unit in CURRENCIES and len(number.decimals) == 2:
        return _money(number, unit, case)
    if number.number == 1 and case == "acc" and CURRENCIES.get(unit, ("",))[0] == "złoty:S":
        return "jeden złoty"
    gender = _gender_of(unit)
    read = number.read(case, gender, counting=unit not in ("%", "proc."))
    return f"{read} {_unit_words(unit, *number.agreement(case, gender))}"


def _money(number: Measured, unit: str, case: str) -> str:
    """12,50 zł: twelve złoty, fifty grosz; without the second where it is nought."""
    lemma, gender, small, small_gender = CURRENCIES[unit]
    whole = Measured(number.written)
    parts = [whole.with_noun(lemma, gender, case)] if whole.number else []
    if int(number.decimals) and small:
        parts.append(Measured(number.decimals).with_noun(small, small_gender, case))
    return " ".join(parts) or whole.with_noun(lemma, gender, case)


def before_sign(scan: Scan) -> bool:
    """$20, € 5: the currency before the number."""
    match = re.compile(rf"([$€£]){_SPACE}?({NUMBER})(?:[.,](\d\d))?(?!\d)").match(
        scan.text, scan.position
    )
    if not match:
        return False
    number = Measured(match[2], match[3] or "")
    cases = governed(scan.words_behind())
    scale = _SCALE.match(scan.text, match.end())
    end = scale.end() if scale else match.end()
    scan.take(end, _with_unit(scan, number, scale[1] if scale else "", match[1], cases, end))
    return True


def _ordinal(
    scan: Scan, number: Measured, end: int, head: tuple[Form, ...], cases: tuple[str, ...]
) -> tuple[int, str] | None:
    """5. piętro, w 1989 roku, do 2 klasy, rozdział 3, lata 90.: where these are ordinals."""
    if number.number == 0:
        return None
    if found := _after_head(scan, number, end, head):
        return found
    dotted = scan.text[end : end + 1] == "."
    if dotted and scan.text[end + 1 : end + 2] in (" ", "\u00a0"):
        after, following = end + 1, scan.text[end + 2 : end + 3]
        if following.islower():
            _, ahead = head_ahead(scan, after)
            for case, gender, how in _single(ahead, cases):
                return after, ordinal(number.number, case, gender, how == "pl")
    if number.number > 1 and head and not _counts(number, head, cases):
        for case, gender, how in _single(head, cases):
            if how == "sg":
                return end, ordinal(number.number, case, gender)
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
    behind = scan.words_behind()
    named = [form for form in nouns(behind[-1]) if form.lemma in ORDINAL_HEADS] if behind else []
    certain = any(form.lemma in _NUMBERED for form in named)
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


def _fitting(
    number: Measured, head: tuple[Form, ...], case: str
) -> Iterator[tuple[Form, str, bool]]:
    """Ways to take a noun as counted by a number in a case: form, gender, men as the subject."""
    for form in head:
        for gender in sorted(form.genders, reverse=True):
            if form.fits(*number.agreement(case, gender)):
                yield form, gender, False
            elif case == "nom" and gender == "m1" and is_paucal(number.number):
                if form.fits("pl", "nom") and number.number in (2, 3, 4):
                    yield form, gender, True


def _counts(number: Measured, head: tuple[Form, ...], cases: tuple[str, ...]) -> bool:
    order = cases or _ANY
    return any(True for case in order for _ in _fitting(number, head, case))


def _with_head(
    number: Measured, word: str, head: tuple[Form, ...], cases: tuple[str, ...], behind: list[str]
) -> str:
    """The number before a noun; "" where they do not go together."""
    order = cases or _ANY
    for case in order:
        found = list(_fitting(number, head, case))
        if found:
            form, gender, subject = _likeliest(found)
            if subject:
                return men(number.number)
            if form.collective and not number.decimals and 2 <= number.number <= 10:
                return collective(number.number, case)
            if number.number == 1 and not cases and form.fits("sg", "acc") and _object(behind):
                case = "acc"
            return number.read(case, gender, counting=True)
    return ""


def _object(behind: list[str]) -> bool:
    return bool(behind) and is_verb(behind[-1]) and behind[-1] not in ("jest", "był", "była", "było")


def _likeliest(found: list[tuple[Form, str, bool]]) -> tuple[Form, str, bool]:
    """Men first, since of their words the others are rare; then women, things, animals."""
    order = {"m1": 0, "f": 1, "m3": 2, "n": 2, "m2": 3}
    return min(found, key=lambda one: order.get(one[1], 4))


def _alone(scan: Scan, number: Measured, cases: tuple[str, ...], behind: list[str]) -> str:
    """A number that counts nothing that is named."""
    last = behind[-1] if behind else ""
    if not number.decimals and last in PREPOSITIONS and len(number.written) == 4:
        if 1000 <= number.number < 2100:
            case = "loc" if last == "po" else cases[0]
            return ordinal(number.number, case, "m3")
    if last == "o" and not number.decimals and 1 <= number.number <= 24:
        return ordinal(number.number, "loc", "f")
    case = cases[0] if cases else "nom"
    return number.read("nom" if case == "acc" else case, "m3")
