"""Ranges of numbers: from ten to fifteen, two or three."""

import re

from intonation.polish.reading.governing import governed
from intonation.polish.reading.morphology import (
    MOST,
    Form,
    adjectives,
    inflected,
    nouns,
    ordinal,
)
from intonation.polish.reading.numbers.measured import (
    NUMBERED_PARTS,
    SPACE,
    Measured,
    fitting,
    likeliest,
)
from intonation.polish.reading.numbers.quantities import (
    NUMBER,
    gender_of,
    measure_ahead,
    unit_words,
)
from intonation.polish.reading.scan import Scan, head_ahead
from intonation.polish.reading.tables.government import PREPOSITIONS
from intonation.polish.reading.tables.units import CURRENCIES, SCALES

_RANGE = re.compile(
    rf"({NUMBER}(?:,\d+)?)(?:{SPACE}?[-–]{SPACE}?|—)({NUMBER}(?:,\d+)?)(?!\d|[,.:/-]\d)"
)
_BY_PRICE = re.compile(rf"{SPACE}?(?:{'|'.join(map(re.escape, CURRENCIES))}|%|tys|mln)")


def read_range(scan: Scan) -> bool:
    """10–15 osób: from … to; after a preposition: dziesięć do piętnastu."""
    match = _RANGE.match(scan.text, scan.position)
    if not match:
        return False
    low, high = (Measured(*one.partition(",")[::2]) for one in match.groups())
    if low.number > high.number and re.search(r"\d [-–—] \d", match[0]):
        return False
    if max(low.number, high.number) > MOST or low.number > high.number:
        scan.leave(match.end(), "two numbers that are no range from the smaller to the larger")
        return True
    scan.take(*_range_words(scan, match.end(), low, high))
    return True


def _range_words(scan: Scan, end: int, low: Measured, high: Measured) -> tuple[int, str]:
    """Where the words of a range end in the writing, and the words."""
    behind = scan.words_behind()
    if behind and behind[-1] in PREPOSITIONS:
        return _behind_preposition(scan, end, low, high, behind)
    before = nouns(behind[-1]) if behind else ()
    if heads := [form for form in before if form.lemma in NUMBERED_PARTS]:
        of = sorted(heads[0].genders)[0]
        return end, f"od {ordinal(low.number, 'gen', of)} do {ordinal(high.number, 'gen', of)}"
    (gender, words), after = _noun_words(scan, end, high, "gen")
    if said := _as_object(scan, end, low, high, words):
        return after, said
    first = low.read("gen", gender, counting=bool(words))  # od półtorej do dwóch godzin
    return after, f"od {first} do {high.read('gen', gender)}{words}"


def _behind_preposition(
    scan: Scan, end: int, low: Measured, high: Measured, behind: list[str]
) -> tuple[int, str]:
    cases = governed(behind)
    words = _noun_words(scan, end, high, "gen")[0][1]
    case = cases[0] if words else _case_of(high, head_ahead(scan, end)[1], cases)
    if words and behind[-1] == "po" and not _BY_PRICE.match(scan.text, end):
        case = "loc"
    joint, second = ("do", "gen") if case in ("acc", "gen") else ("lub", case)
    (gender, words), after = _noun_words(scan, end, high, second)
    first = low.read(case, gender, counting=bool(words))
    return after, f"{first} {joint} {high.read(second, gender)}{words}"


def _as_object(scan: Scan, end: int, low: Measured, high: Measured, unit: str) -> str:
    """dwie-trzy krople: where the noun, or the adjective behind it, is no genitive."""
    if unit:
        return ""
    word, head = head_ahead(scan, end)
    ahead = [one for one, _ in scan.words_ahead(end, 3)]
    behind = ahead[ahead.index(word) + 1 :][:1] if word else []
    shown = [form for one in behind for form in adjectives(one)]
    if not head or (any(f.fits("pl", "gen") for f in head) and not _is_no_genitive(shown)):
        return ""
    found = [one for one in fitting(high, head, "nom") if one[0].fits("pl", "nom")]
    if not found:
        return ""
    gender = likeliest(found, high.number)[1]
    return f"{low.read('nom', gender)}-{high.read('nom', gender)}"


def _is_no_genitive(forms_of: list[Form]) -> bool:
    return bool(forms_of) and not any(form.fits("pl", "gen") for form in forms_of)


def _case_of(number: Measured, head: tuple[Form, ...], cases: tuple[str, ...]) -> str:
    return next((c for c in cases for _ in fitting(number, head, c)), cases[0])


def _noun_words(scan: Scan, end: int, number: Measured, case: str) -> tuple[tuple[str, str], int]:
    """Gender, and the words of a scale, unit or per cent after a number, with where they end."""
    scale, unit, after = measure_ahead(scan, end)
    if scale:
        how, noun_case = number.agreement(case, "m3")
        words = " " + inflected(SCALES[scale][1], "subst", how, noun_case, "m3")
        return ("m3", words + (" " + unit_words(unit, "pl", "gen") if unit else "")), after
    if unit:
        gender = gender_of(unit) or "m3"
        return (gender, " " + unit_words(unit, *number.agreement(case, gender))), after
    word, head = head_ahead(scan, end)
    genders = next((form.genders for form in head), frozenset({"m3"}))
    return ("f" if genders == {"f"} else "m3", ""), end
