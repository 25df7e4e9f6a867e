"""Numbers beside the nouns that they count or are counted by: which numeral, in which case."""

import re
from collections.abc import Iterator

from intonation.polish.reading.morphology import (
    Form,
    NoForm,
    agreement,
    cardinal,
    collective,
    forms,
    inflected,
    is_infinitive,
    is_verb,
    men,
    nouns,
    of_units,
    one_by_one,
    ordinal,
    past,
    verbs,
)
from intonation.polish.reading.scan import (
    JOINTS,
    PREPOSITIONS,
    Scan,
    governed,
    head_ahead,
    without_first,
)
from intonation.polish.reading.tables.abbreviations import ORDINAL_HEADS, PLACES
from intonation.polish.words import word_set

# parts of writings: a number behind them is theirs, whatever follows
NUMBERED_PARTS = word_set("rozdział tom strona punkt artykuł ustęp paragraf akt lekcja peron")
SECOND = re.compile(rf"\.?(?:, \d+\.?)* (?:{'|'.join(JOINTS)}) (\d+)\.?(?![\d,])")
_MONTH_LEMMAS = word_set(
    """styczeń luty marzec kwiecień maj czerwiec lipiec sierpień wrzesień październik listopad
    grudzień"""
)
_LISTED = re.compile(r"(?:^|[.?!:] )([^\W\d_]+) [^.?!:()]*, $")
_LIST_OF_YEARS = re.compile(
    r"\blatach (?:(?:[^\W\d_]+(?:ym|im|em|cach|siące|ąc|set|sta|ście)|i|oraz|a),? )*$"
)
_TODAY = word_set(
    """dziś dzisiaj jutro pojutrze wczoraj rano wieczorem codziennie było jest będzie zaraz tuż
    krótko zawsze dopiero poniedziałek wtorek środę czwartek piątek sobotę niedzielę"""
)
_HOURS = re.compile("czynn|otwart|zamknięt|przyjmuj|dyżur|godzin|pracuj|czeka|śpi|spał")
_PRICES = re.compile(r" (?:i|lub|albo|czy|oraz|do) \d[\d ]* (?:zł|gr|euro|€|złot|gros|dolar)")
_EACH = re.compile(r" (?:dla|na|każd|sztuce|sztuk)")
_LIST_OF_HOURS = re.compile(
    r"\bgodzin(ie|ach|y|ą) (?:[^\W\d_]+(?:ej|ta|ma|ga|sza) ?)+(?:, | i | oraz | lub )"
    r"(?:[^\W\d_]+(?:ej)(?:, | i | oraz | lub | ))*$"
)
_MINUTES = re.compile(r"\((?:[^\W\d_ ]+(?: [^\W\d_ ]+)?, )*$")
_OUT_OF = re.compile(r" ze? \d+(?= )")
_NOT_YEARS = word_set("za o przez nad pod u dla ku")
_CLOCK = re.compile(r"\bminut|\bkwadrans|\bzegar")
_DIFFERENCE = re.compile(
    "wyprzedz|więcej|mniej|wzros|wzrós|spad|zwiększ|zmniejsz|młods|stars|lepsz|gorsz|wyższ|niższ"
)
_BY_SIZE = re.compile(r" co do [^\W\d_]+")
_PLACE = re.compile(rf"[ \u00a0]({'|'.join(sorted(PLACES, key=len, reverse=True))})\.")
# what houses, flats and trams are called by their numbers
_HOUSES = (
    *(
        "jedynka",
        "dwójka",
        "trójka",
        "czwórka",
        "piątka",
        "szóstka",
        "siódemka",
        "ósemka",
        "dziewiątka",
        "dziesiątka",
    ),
    *(
        "jedenastka",
        "dwunastka",
        "trzynastka",
        "czternastka",
        "piętnastka",
        "szesnastka",
        "siedemnastka",
        "osiemnastka",
    ),
    *("dziewiętnastka", "dwudziestka"),
)
_AT_HOUSES = {"pod": "inst", "spod": "gen"}
_WITHOUT_OBJECT = word_set("być minąć mijać upłynąć upływać zostać zostawać pozostać przypadać")
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
        if case not in ("nom", "acc") and len(self.decimals) < 3 and int(self.decimals):
            return f"{cardinal(self.number, case, gender)} i {_parts_of_ten(self.decimals, case)}"
        return f"{cardinal(self.number)} przecinek {_decimal_digits(self.decimals)}"

    def of_children(self, form: Form) -> bool:
        """True where a collective stands before a noun: troje dzieci."""
        return form.collective and not self.decimals and 2 <= self.number <= 10

    def agreement(self, case: str, gender: str) -> tuple[str, str]:
        return ("sg", "gen") if self.decimals else agreement(self.number, case, gender)

    def with_noun(self, lemma: str, gender: str, case: str) -> str:
        read = self.read(case, gender, counting=True)
        if lemma.startswith("złoty") and self.number == 1 and case == "acc":
            case = "nom"
        how, noun_case = self.agreement(case, gender)
        return f"{read} {of_units(lemma, how, noun_case, gender)}"


def _parts_of_ten(decimals: str, case: str) -> str:
    """Tenths or hundredths: dwóch dziesiątych, jednej setnej."""
    count, below = int(decimals), 10 ** len(decimals)
    return f"{cardinal(count, case, 'f')} {ordinal(below, case, 'f', count > 1)}"


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
    if scan.text[end + 1 : end + 2] in (",", ")") and _MINUTES.search(scan.behind()):
        return end + 1, ordinal(number.number, "nom", "f")  # (12., 45.): minutes of a match
    if scan.text[end + 1 : end + 2] in (",", ";"):  # był siódmy, a
        behind = scan.words_behind()
        if not any("być" in verbs(word) for word in behind):
            raise NoForm(f"{number.written}. is an ordinal of what is not named")
        return end + 1, ordinal(number.number, "nom", _gender_of_verb(behind))
    if short := _PLACE.match(scan.text, end + 1):
        return end + 1, ordinal(number.number, (cases or ("nom",))[0], PLACES[short[1]][1])
    if scan.text[end + 1 : end + 2] not in (" ", "\u00a0"):
        return None
    last, following = scan.words_behind()[-1:], scan.text[end + 2 : end + 3]
    if by := _BY_SIZE.match(scan.text, end + 1):
        for case, gender, how in _single(head_ahead(scan, by.end())[1], cases):
            return end + 1, ordinal(number.number, case, gender, how == "pl")
    every = last == ["co"]
    if following.islower() or every or (following.isupper() and {*last} & {*PREPOSITIONS}):
        for case, gender, how in _single(head_ahead(scan, end + 1)[1], () if every else cases):
            return end + 1, ordinal(number.number, case, gender, how == "pl")
    if following.islower() and len(genders := scan.counted_before() & {"n", "m3"}) == 1:
        return end + 1, ordinal(number.number, (cases or ("nom",))[0], *genders)
    if following.islower():
        raise NoForm(f"{number.written}. is an ordinal of what is not named behind it")
    return None


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


def fitting(
    number: Measured, head: tuple[Form, ...], case: str
) -> Iterator[tuple[Form, str, bool]]:
    """Ways to take a noun as counted by a number in a case: form, gender, men as the subject."""
    for form in head:
        for gender in sorted(form.genders, reverse=True):
            of_children = case == "inst" and number.of_children(form) and form.fits("pl", "gen")
            few_men = (case, gender) == ("nom", "m1") and number.number in (2, 3, 4)
            if of_children or form.fits(*number.agreement(case, gender)):
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
    order = (*cases, *_ANY) if cases and not behind else cases or _ANY
    if behind[-1:] == ["z"] and nouns((behind[-2:-1] or [""])[0]) and number.of_children(head[0]):
        order = ("inst", *order)  # rodzina z czworgiem dzieci
    for case in order:
        found = list(fitting(number, head, case))
        if found:
            form, gender, subject = likeliest(found, number.number)
            if subject:
                return men(number.number)
            if number.of_children(form) and (case != "inst" or form.fits("pl", "gen")):
                return collective(number.number, case)
            if number.number == 1 and not cases and form.fits("sg", "acc") and has_object(behind):
                case = "acc"
            return number.read(case, gender, counting=True)
    return ""


def has_object(behind: list[str]) -> bool:
    """True behind a verb that what follows is likely to be the object of."""
    acts = bool(behind) and (is_verb(behind[-1]) or is_infinitive(behind[-1]))
    return acts and not verbs(behind[-1]) & _WITHOUT_OBJECT


def is_object(scan: Scan) -> bool:
    """True behind a verb, and in a list that goes on from one: weź dwa jajka, jedną szklankę."""
    behind = scan.words_behind()
    if behind:
        return has_object(behind)
    listed = _LISTED.search(scan.behind())
    return bool(listed) and has_object([listed[1].lower()])


def likeliest(found: list[tuple[Form, str, bool]], number: int) -> tuple[Form, str, bool]:
    """Men first, but for one, since of their words the others are rare; then f, m3, n, m2."""
    order = {"m1": 0 if number > 1 else 2, "f": 1, "m3": 2, "n": 2, "m2": 3}
    return min(found, key=lambda one: order.get(one[1], 4))


def alone(scan: Scan, number: Measured, end: int, cases: tuple[str, ...]) -> str:
    """A number that counts nothing that is named behind it."""
    behind = scan.words_behind()
    last = behind[-1] if behind else ""
    if not number.decimals and 0 <= number.number <= 24 and (found := hour(scan, number, end)):
        return found
    if not cases and not number.decimals and (found := _of_those(scan, number, end, last)):
        return found
    if not number.decimals and (found := _of_how_many(scan, number, end)):
        return found
    if last == "jako" and not number.decimals and 0 < number.number <= 50:
        return ordinal(number.number, "nom", _gender_of_verb(behind))
    year = not number.decimals and len(number.written) == 4 and 1000 <= number.number < 2100
    if year and _LIST_OF_YEARS.search(scan.behind()):
        return ordinal(number.number, "loc", "m3")
    if year and last in PREPOSITIONS and last not in _NOT_YEARS:
        return ordinal(number.number, "loc" if last == "po" else cases[0], "m3")
    if len(number.written) == 4 and {form.lemma for form in nouns(last)} & _MONTH_LEMMAS:
        return ordinal(number.number, "gen", "m3")
    if last == "po" and _PRICES.match(scan.text, end):
        return number.read("acc", "m3")
    if last == "po" and _EACH.match(scan.text, end):
        return "jednym" if number.number == 1 else number.read("acc", "m3")
    if last == "po" and not number.decimals:
        raise NoForm(f"po {number.written} is a time or a share")
    if last == "o" and _differs(scan, behind, end):
        return number.read("acc", "m3")
    if last == "lat" and behind[-2:-1] == ["do"] and not number.decimals:
        return number.read("gen", "m3")
    if last == "o" and not number.decimals and 1 <= number.number <= 24:
        return ordinal(number.number, "loc", "f")
    if last == "przed" and not number.decimals and 1 <= number.number <= 24:
        return ordinal(number.number, "inst", "f")
    if last in ("pod", "spod") and not number.decimals and 1 <= number.number <= 20:
        return inflected(_HOUSES[number.number - 1], "subst", "sg", _AT_HOUSES[last])
    name = last not in PREPOSITIONS and not verbs(last) and nouns(last)  # grupa trzy
    case = cases[0] if cases and (not name or SECOND.match(scan.text, end)) else "nom"
    return number.read("nom" if case == "acc" else case, "m3")


def _of_how_many(scan: Scan, number: Measured, end: int) -> str:
    """dwóch z pięciu rannych: the first number in the gender of what the second one counts."""
    if governed(scan.words_behind()) or not (match := _OUT_OF.match(scan.text, end)):
        return ""
    head = head_ahead(scan, match.end())[1]
    genders = {gender for form in head if form.fits("pl", "gen") for gender in form.genders}
    if "m1" in genders:
        return number.read("gen" if number.number > 1 else "nom", "m1")
    return number.read("nom", "f") if genders == {"f"} else ""


def _differs(scan: Scan, behind: list[str], end: int) -> bool:
    """True where o tells a difference: o dwa wyprzedza, wzrosła o trzy."""
    near = [*behind[-3:-1], *(word for word, _ in scan.words_ahead(end, 1))]
    return bool(_DIFFERENCE.search(" ".join(near).lower()))


def _gender_of_verb(words: list[str]) -> str:
    """f behind a verb of a woman: wbiegła jako druga; else m1."""
    return "f" if any(form.genders == {"f"} for w in words for form in past(w)) else "m1"


def hour(scan: Scan, number: Measured, end: int) -> str:
    """pięć minut do ósmej, jutro po siedemnastej, między dziesiątą a dwunastą, czynne od ósmej;
    "" where it is no hour."""
    behind = without_first(scan.words_behind())
    last, before = (["", "", *behind])[-1], (["", "", *behind])[-2]
    said = re.split(r"[.?!…]", scan.behind())[-1].lower()
    case = {"po": "loc", "między": "inst", "pomiędzy": "inst", "przed": "inst"}.get(last, "gen")
    if last in ("między", "pomiędzy"):
        second = SECOND.match(scan.text, end)
        head = head_ahead(scan, second.end() if second else end)[1]
        counts = any(form.fits("pl", case) for form in head for case in ("gen", "inst"))
        is_hour = not counts and not nouns(before)
    elif last == "po":
        is_hour = bool(_TODAY & {*said.split()} or _HOURS.search(said))
    elif last == "do" and before in ("minut", "minuty", "minuta", "kwadrans", "wpół", "pół"):
        is_hour = True
    else:
        is_hour = last in ("od", "do", "przed", "około") and bool(_HOURS.search(said))
    if "być" in verbs(last) and _CLOCK.search(said):
        is_hour, case = True, "nom"
    if verbs(last) & {"wybić", "bić", "wybijać"}:
        is_hour, case = True, "acc"
    if not is_hour and (listed := _LIST_OF_HOURS.search(said)):
        is_hour, case = True, {"y": "gen", "ą": "inst"}.get(listed[1], "loc")
    if not is_hour:
        return ""
    if not number.number:
        return inflected("zerowy", "adj", "sg", case, "f")
    return ordinal(number.number, case, "f")


def _of_those(scan: Scan, number: Measured, end: int, last: str) -> str:
    """Of what was counted before, beside a verb: ze stu posłów głosowało osiemdziesięciu; or ""."""
    ahead = [word for word, _ in scan.words_ahead(end, 2)]
    beside = bool(last) and scan.beside_verb(end)
    genders = scan.counted_before() if beside else frozenset()
    if genders == {"f"}:
        return number.read("nom", "f")
    if genders != {"m1"} or number.number < 2:
        return ""
    several = any("pl" in form.numbers for word in ahead for form in forms(word, ("praet", "fin")))
    return men(number.number) if several and number.number < 5 else number.read("gen", "m1")
