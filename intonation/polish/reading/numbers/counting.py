"""Numbers beside the nouns that they count or are counted by: which numeral, in which case."""

import re

from intonation.polish.reading.governing import governed
from intonation.polish.reading.morphology import (
    Form,
    NoForm,
    collective,
    forms,
    inflected,
    is_infinitive,
    is_verb,
    men,
    nouns,
    ordinal,
    verbs,
)
from intonation.polish.reading.numbers.measured import (
    ANY,
    SECOND,
    Measured,
    fitting,
    gender_of_verb,
    likeliest,
)
from intonation.polish.reading.numbers.ordinals import hour
from intonation.polish.reading.scan import Scan, head_ahead
from intonation.polish.reading.tables.government import PREPOSITIONS
from intonation.polish.words import word_set

_MONTH_LEMMAS = word_set(
    """styczeń luty marzec kwiecień maj czerwiec lipiec sierpień wrzesień październik listopad
    grudzień"""
)
_LISTED = re.compile(r"(?:^|[.?!:] )([^\W\d_]+) [^.?!:()]*, $")
_LIST_OF_YEARS = re.compile(
    r"\blatach (?:(?:[^\W\d_]+(?:ym|im|em|cach|siące|ąc|set|sta|ście)|i|oraz|a),? )*$"
)
_PRICES = re.compile(r" (?:i|lub|albo|czy|oraz|do) \d[\d ]* (?:zł|gr|euro|€|złot|gros|dolar)")
_EACH = re.compile(r" (?:dla|na|każd|sztuce|sztuk)")
_OUT_OF = re.compile(r" ze? \d+(?= )")
_NOT_YEARS = word_set("za o przez nad pod u dla ku")
_DIFFERENCE = re.compile(
    "wyprzedz|więcej|mniej|wzros|wzrós|spad|zwiększ|zmniejsz|młods|stars|lepsz|gorsz|wyższ|niższ"
)
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
_BOARD = word_set("wsiąść wsiadać przesiąść przesiadać")
_MEET = word_set(
    """zapraszać zaprosić umówić umawiać przyjść przychodzić przyjechać przyjeżdżać zdążyć wrócić
    wracać spotkać zamówić zarezerwować przełożyć przesunąć stawić"""
)
_AT_HOUSES = {"pod": "inst", "spod": "gen"}
_WITHOUT_OBJECT = word_set("być minąć mijać upłynąć upływać zostać zostawać pozostać przypadać")


def with_head(
    number: Measured, word: str, head: tuple[Form, ...], cases: tuple[str, ...], behind: list[str]
) -> str:
    """The number before a noun; "" where they do not go together."""
    order = (*cases, *ANY) if cases and not behind else cases or ANY
    if behind[-1:] == ["z"] and nouns((behind[-2:-1] or [""])[0]) and number.of_children(head[0]):
        order = ("inst", *order)  # rodzina z czworgiem dzieci
    if behind[-1:] in (["między"], ["pomiędzy"]):
        order = ("inst", "acc")
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
    return listed is not None and has_object([listed[1].lower()])


def alone(scan: Scan, number: Measured, end: int, cases: tuple[str, ...]) -> str:
    """A number that counts nothing that is named behind it."""
    behind = scan.words_behind()
    last = behind[-1] if behind else ""
    if last == "po" and (found := _shared(scan, number, end)):
        return found
    if last == "o" and _differs(scan, behind, end):
        return number.read("acc", "m3")
    if not number.decimals:
        found = hour(scan, number, end) if number.number <= 24 else ""
        found = found or ("" if cases else _of_those(scan, number, end, last))
        found = found or _of_how_many(scan, number, end) or _year(scan, number, last, cases)
        if found or (found := _beside(number, behind, last)):
            return found
    name = last not in PREPOSITIONS and not verbs(last) and nouns(last)  # grupa trzy
    case = cases[0] if cases and (not name or SECOND.match(scan.text, end)) else "nom"
    return number.read("nom" if case == "acc" else case, "m3")


def _shared(scan: Scan, number: Measured, end: int) -> str:
    """po czterdzieści i sześćdziesiąt złotych, po jednym dla każdej; "" for a time or a year."""
    if _PRICES.match(scan.text, end):
        return number.read("acc", "m3")
    if _EACH.match(scan.text, end):
        return "jednym" if number.number == 1 else number.read("acc", "m3")
    return ""


def _year(scan: Scan, number: Measured, last: str, cases: tuple[str, ...]) -> str:
    """w dwa tysiące czwartym, w maju tysiąc dziewięćset piątego; "" for what is no year."""
    if len(number.written) == 4 and {form.lemma for form in nouns(last)} & _MONTH_LEMMAS:
        return ordinal(number.number, "gen", "m3")
    if len(number.written) != 4 or not 1000 <= number.number < 2100:
        return ""
    if _LIST_OF_YEARS.search(scan.behind()):
        return ordinal(number.number, "loc", "m3")
    if last in PREPOSITIONS and last not in _NOT_YEARS:
        return ordinal(number.number, "loc" if last == "po" else cases[0], "m3")
    return ""


def _beside(number: Measured, behind: list[str], last: str) -> str:
    """What single words ask for: o piątej, przed szóstą, pod siódemką, jako drugi, do lat
    dwunastu; raises NoForm behind po."""
    if last == "po":
        raise NoForm(f"po {number.written} is a time or a share")
    if last == "jako" and 0 < number.number <= 50:
        return ordinal(number.number, "nom", gender_of_verb(behind))
    if last == "lat" and behind[-2:-1] == ["do"]:
        return number.read("gen", "m3")
    if last == "na" and 5 <= number.number <= 24 and _MEET & verbs_of(behind):
        return ordinal(number.number, "acc", "f")
    if last in ("o", "przed") and 1 <= number.number <= 24:
        return ordinal(number.number, "loc" if last == "o" else "inst", "f")
    if last == "w" and _BOARD & verbs_of(behind) and 1 <= number.number <= 20:
        return inflected(_HOUSES[number.number - 1], "subst", "sg", "acc")
    if last in ("pod", "spod") and 1 <= number.number <= 20:
        return inflected(_HOUSES[number.number - 1], "subst", "sg", _AT_HOUSES[last])
    return ""


def _of_how_many(scan: Scan, number: Measured, end: int) -> str:
    """dwóch z pięciu rannych: the first number in the gender of what the second one counts."""
    if governed(scan.words_behind()) or not (match := _OUT_OF.match(scan.text, end)):
        return ""
    head = head_ahead(scan, match.end())[1]
    genders = {gender for form in head if form.fits("pl", "gen") for gender in form.genders}
    if "m1" in genders:
        return number.read("gen" if number.number > 1 else "nom", "m1")
    return number.read("nom", "f") if genders == {"f"} else ""


def verbs_of(words: list[str]) -> frozenset[str]:
    """Lemmas of all verbs of a clause."""
    return frozenset(lemma for word in words for lemma in verbs(word))


def _differs(scan: Scan, behind: list[str], end: int) -> bool:
    """True where o tells a difference: o dwa wyprzedza, wzrosła o trzy."""
    near = [*behind[-3:-1], *(word for word, _ in scan.words_ahead(end, 1))]
    return bool(_DIFFERENCE.search(" ".join(near).lower()))


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
