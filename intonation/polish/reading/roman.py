"""Roman numerals: of centuries, kings, headings, and before nouns."""

import re
from collections.abc import Iterable

from intonation.polish.reading.governing import governed, without_first
from intonation.polish.reading.morphology import (
    first_names,
    in_compound,
    inflected,
    is_only_noun,
    known,
    nouns,
    ordinal,
)
from intonation.polish.reading.scan import Scan, fitting_case, head_ahead
from intonation.polish.reading.tables.abbreviations import NUMBERED, ORDINAL_HEADS, PLACES
from intonation.polish.reading.tables.units import MONTHS
from intonation.polish.words import word_set

_ROMAN = re.compile(r"([IVX]+|[IVXLCDM]{4,})(?!\w|-[^\W_IVX])")
_RANGE = re.compile(r"([IVX]+) ?[-–—] ?([IVX]+)(?![\w-])")
_COMPOUND = re.compile(r"([IVXLCDM]+)-([^\W\d_]{3,})(?!\w)")
_ROMAN_FORM = re.compile(r"M{0,3}(?:CM|CD|D?C{0,3})(?:XC|XL|L?X{0,3})(?:IX|IV|V?I{0,3})(?!.)")
_ROMAN_VALUES = {"I": 1, "V": 5, "X": 10, "L": 50, "C": 100, "D": 500, "M": 1000}
_CENTURY = re.compile(r"[ \u00a0](w\.|wiek\w*)")
_SECOND = re.compile(r"(?: (i|oraz|lub|albo|czy|a|na|do) | ?[-–—] ?|/)([IVX]+)(?![\w-])")
_NUMBERED_BY_ONE = re.compile(rf"[ \u00a0](?:w\.|{NUMBERED})")
_HEADS = ORDINAL_HEADS | {"wiek", "wojna", "liceum", "grupa", "stopień", "dynastia"}
_PARTS = word_set(
    "rozdział tom strona punkt artykuł ustęp paragraf akt lekcja peron klasa część księga"
)
_PLACE = re.compile(rf"({'|'.join(sorted(PLACES, key=len, reverse=True))})\.")


def roman(letters: str) -> int:
    """The value of a Roman numeral; 0 for what is none."""
    if not _ROMAN_FORM.fullmatch(letters):
        return 0
    values = [_ROMAN_VALUES[letter] for letter in letters]
    return sum(
        -value if value < after else value
        for value, after in zip(values, [*values[1:], 0], strict=True)
    )


def _read_compound(scan: Scan) -> bool:
    """XIX-wieczny, XX-lecie: an ordinal or a cardinal in front, as the dictionary has it."""
    match = _COMPOUND.match(scan.text, scan.position)
    value = roman(match[1]) if match else 0
    if not match or not value:
        return False
    ordinals = "".join(word[:-1] + "o" for word in ordinal(value).split())
    ordinals = ordinals.replace("trzeco", "trzecio")
    for begun in (in_compound(value), ordinals) if match[2][:2] == "le" else (ordinals,):
        if known(begun + match[2]):
            scan.take(match.end(), begun + match[2])
            return True
    return False


def read_roman(scan: Scan) -> bool:
    """XVII w., Jan III Sobieski, II wojna światowa, rozdział IV; XIX-wieczny."""
    if _read_compound(scan) or _read_range(scan):
        return True
    match = _ROMAN.match(scan.text, scan.position)
    value = roman(match[1]) if match else 0
    if not match or not value or (match[1] == "I" and _conjunction(scan)):
        return False
    if _read_century(scan, match.end(), value):
        return True
    if _read_months(scan, match.end(), value):
        return True
    for case, gender, name in _roman_places(scan, match.end()):
        if match[1] == "I" and not name:
            continue
        said = ordinal(value, case, gender)
        scan.remember((case,))
        scan.take(match.end(), said.capitalize() if name == "king" else said)
        return True
    if match[1] in ("V", "X"):
        return False
    scan.leave(match.end(), "a Roman numeral without a noun whose gender and case it would take")
    return True


def _read_months(scan: Scan, end: int, value: int) -> bool:
    """kwitnie od V do VIII: months, where no noun follows that would be numbered."""
    behind = scan.words_behind()
    first = behind[-1:] == ["od"] and re.match(r" do ([IVX]+)(?![\w-])", scan.text[end:])
    second = behind[-1:] == ["do"] and behind[-3:-2] == ["od"] and behind[-2] in MONTHS
    stop = end + first.end() if first else end
    if not (first or second) or value > 12 or head_ahead(scan, stop)[1]:
        return False
    if _CENTURY.match(scan.text, stop) or (first and not 0 < roman(first[1]) <= 12):
        return False
    scan.take(end, MONTHS[value - 1])
    return True


def _read_century(scan: Scan, end: int, value: int) -> bool:
    if not (found := _century(scan, end)):
        return False
    case, stop, said = found
    scan.take(end, ordinal(value, case, "m3"))
    if scan.text[end : end + 1] == "/":
        scan.take(end + 1, " i ")
    if said:
        scan.copy(scan.position + 1)
        scan.take(stop, said)
    return True


def _read_range(scan: Scan) -> bool:
    """XV–XVI w., rozdz. I–III: from … to, where no preposition asks for another case."""
    match = _RANGE.match(scan.text, scan.position)
    behind = scan.words_behind()
    if not match or not roman(match[1]) or not roman(match[2]):
        return False
    heads = {form.lemma for form in nouns(behind[-1])} & _HEADS if behind else set()
    century = _CENTURY.match(scan.text, match.end())
    if behind[-1:] == ["w"] and century:
        first, last = ordinal(roman(match[1]), "loc"), ordinal(roman(match[2]), "gen")
        end = match.end()
        if century[1] == "w.":
            last, end = f"{last} wieku", century.end() - scan.keeps_stop(century.end())
        scan.take(end, f"{first} do {last}")
        return True
    if governed(behind) not in ((), ("gen",)) and not heads:
        return False
    named = century or head_ahead(scan, match.end())[1]
    gender = next((sorted(form.genders)[0] for form in nouns(behind[-1])), "m3") if heads else "m3"
    if not (heads or named):
        return False
    joint = "" if behind[-1:] == ["od"] else "od "
    first, last = (ordinal(roman(one), "gen", gender) for one in match.groups())
    scan.take(match.end(), f"{joint}{first} do {last}")
    return True


def _conjunction(scan: Scan) -> bool:
    """True for the word "I" that begins a sentence, unless a noun follows that is numbered."""
    return not re.search(r"\w,?[ \u00a0]$", scan.behind()) and not _NUMBERED_BY_ONE.match(
        scan.text, scan.position + 1
    )


def _century(scan: Scan, end: int) -> tuple[str, int, str] | None:
    """Case of a century whose word follows, or follows a second numeral; what that word is read as,
    where it is an abbreviation directly behind, and where it ends."""
    second = _SECOND.match(scan.text, end)
    direct = _CENTURY.match(scan.text, end)
    match = direct or (second and _CENTURY.match(scan.text, second.end()))
    if not match:
        return None
    behind = without_first(scan.words_behind())
    cases = governed(behind)
    if behind and behind[-1] == "po":
        cases = ("loc",)
    if match[1] == "w.":
        case = cases[0] if cases else "gen" if behind else "nom"
    else:
        case = fitting_case(cases, nouns(match[1]))
        if not cases and case == "nom" and match[1] == "wieku":
            case = "gen"
    if not direct or match[1] != "w.":
        return case, end, ""
    stop = match.end() - scan.keeps_stop(match.end())
    return case, stop, inflected("wiek", "subst", "sg", case)


def _roman_places(scan: Scan, end: int) -> Iterable[tuple[str, str, str]]:
    """Case and gender for a Roman numeral, and what it goes with: a noun, a king, a heading."""
    yield from _kings(scan)
    behind = without_first(scan.words_behind())
    cases = governed(behind) or scan.listed_cases()
    if (short := _PLACE.match(scan.text, end + 1)) and short[1] in PLACES:
        yield (cases or ("nom",))[0], PLACES[short[1]][1], "noun"
    if behind and (heads := [form for form in nouns(behind[-1]) if form.lemma in _PARTS]):
        yield fitting_case(governed(behind[:-1]), heads), sorted(heads[0].genders)[0], "heading"
    second = _SECOND.match(scan.text, end)
    word, head = head_ahead(scan, second.end() if second else end)
    owned = not cases and behind and is_only_noun(behind[-1])  # premierem drugiej Rzeczpospolitej
    order = ("gen", "nom") if owned else ("nom", "gen")
    for case in cases or (*order, "acc", "inst", "loc", "dat"):
        for form in head:
            if form.fits("sg", case):
                yield case, sorted(form.genders)[0], "noun" if word else ""
    for form in nouns(behind[-1]) if behind else ():
        if form.lemma in _HEADS - {"wiek"}:
            yield fitting_case(governed(behind[:-1]), [form]), sorted(form.genders)[0], "heading"


def _kings(scan: Scan) -> Iterable[tuple[str, str, str]]:
    """Jan III, Elżbieta II: case and gender of the name before."""
    last = re.search(r"([^\W\d_]+)[ \u00a0]$", scan.behind())
    if not last or not last[1][0].isupper() or scan.starts_sentence():
        return
    if {form.lemma for form in nouns(last[1].lower())} & _HEADS:
        return
    given = first_names(last[1])
    named = [form for form in nouns(last[1]) if form.lemma in given] or nouns(last[1])
    for form in sorted(named, key=lambda one: "m1" not in one.genders):
        if form.genders & {"m1", "f"} and "sg" in form.numbers and form.lemma[0].isupper():
            case = fitting_case(governed(_before_names(scan)), [form])
            yield case, "m1" if "m1" in form.genders else "f", "king"


def _before_names(scan: Scan) -> list[str]:
    """The clause so far without the names at its end."""
    words = re.findall(r"[^\W\d_]+", re.split(r"[.;:?!…(),„”\"]", scan.behind())[-1])
    while words and words[-1][0].isupper() and words[-1].lower() not in ("w", "z", "za", "po"):
        words.pop()
    return [word.lower() for word in words]
