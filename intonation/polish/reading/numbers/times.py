"""Times of day, fractions, scores and telephone numbers."""

import re

from intonation.polish.reading.governing import governed
from intonation.polish.reading.morphology import (
    Form,
    agreement,
    cardinal,
    forms,
    inflected,
    is_paucal,
    is_verb,
    nouns,
    one_by_one,
    ordinal,
)
from intonation.polish.reading.numbers.counting import is_object
from intonation.polish.reading.numbers.quantities import measure_follows
from intonation.polish.reading.scan import Scan
from intonation.polish.reading.tables.units import WEEKDAYS
from intonation.polish.words import word_set

_S = "[ \u00a0\u202f]"
_CODE = re.compile(r"\d{1,4}(?:[- ]\d{1,5}){2,}(?![\d-])")
_CODE_CUE = word_set("nip konto konta kontem regon pesel isbn numer be-en issn")
_AT_TIMES = word_set("o od do po przed około godzina godzinie godziny godziną godzinach")
_MATCH = re.compile(r"\b(?:wygra|przegra|pokona|zremis|uleg|prowadz|set\w{0,3}\b|gem|tie-break)")
_LEAVES = re.compile(r"\b(?:(?:od|przy|wy)jazd|powrót)[^.;,]*$")
_ANY_SCORE = re.compile(r"(?<![\d:])(\d{1,3}):(\d{2,3})(?![\d:])")
_SECONDS = re.compile(r"(\d{1,2}):([0-5]\d),(\d{1,2})(?!\d)")
_OPEN = "czynn|otwart|zamknięt|przyjmuj|dyżur|godzin|pracuje|pracują"
_TIME = re.compile(r"(\d{1,2})([:.])(\d{2})(?![\d:.,]*\d)")
_TIMES = re.compile(
    rf"(\d{{1,2}})(?:[:.](\d{{2}}))?{_S}?[-–—]{_S}?(\d{{1,2}})(?:[:.](\d{{2}}))?(?!\d)"
)
_SCORE = re.compile(rf"(\d{{1,3}}){_S}?:{_S}?(\d{{1,3}})(?![\d:])")
_FRACTION = re.compile(rf"(?:(\d{{1,3}}){_S})?(\d{{1,2}})/(\d{{1,3}})(?![\d/])")
_ONE_SIGN = {"½": (1, 2), "¼": (1, 4), "¾": (3, 4), "⅓": (1, 3), "⅔": (2, 3), "⅛": (1, 8)}
_PHONE = re.compile(
    rf"(\+\d{{2}}{_S}?)?(\d{{3}}[ \u00a0-]\d{{3}}[ \u00a0-]\d{{3}}|\(\d{{2}}\) ?\d{{7}}"
    rf"|\(?\d{{2}}\)?[ \u00a0-]\d{{3}}[ \u00a0-]\d{{2}}[ \u00a0-]\d{{2}}|\d{{9}})(?![\d]|[ -]\d)"
)
_PHONE_CUE = word_set("tel telefon telefonu telefonem telefonów numer numerem zadzwoń dzwoń")


def _clock(hour: str, minute: str | None, case: str) -> str:
    said = ordinal(int(hour), case, "f") if int(hour) else _nought(case)
    if not minute or minute == "00":
        return said
    return f"{said} {one_by_one(minute) if minute[0] == '0' else cardinal(int(minute))}"


def _nought(case: str) -> str:
    return inflected("zerowy", "adj", "sg", case, "f")


def _is_time(hour: str, minute: str | None) -> bool:
    return int(hour) * 60 + int(minute or 0) <= 24 * 60 and int(minute or 0) < 60


def read_time(scan: Scan) -> bool:
    """14:30, o 7.15, godz. 8–16; with a stop only behind words that announce a time."""
    behind = scan.words_behind()
    last = behind[-1] if behind else ""
    hours = any(form.lemma == "godzina" for form in nouns(last)) if last else False
    if _read_hours(scan, hours) or _read_seconds(scan):
        return True
    if last not in _AT_TIMES and _has_scores(scan):
        return False
    match = _TIME.match(scan.text, scan.position)
    if not match or not _is_time(match[1], match[3]):
        return False
    told = hours or last in ("o", "od", "do", "po", "przed", "około")
    if match[2] == "." and not (told or _LEAVES.search(scan.behind().lower())):
        return False
    end = match.end() + 2 * (scan.text[match.end() : match.end() + 2] == " h")
    case = _time_case(behind, hours)
    if case == "nom" and (listed := scan.listed_cases(times=True)):
        case = listed[0]
    scan.take(end, _clock(match[1], match[3], case))
    scan.remember((case,))
    return True


def _has_scores(scan: Scan) -> bool:
    """True where some number with a colon can be no time, or the sentence tells of a match."""
    if any(not _is_time(*one.groups()) for one in _ANY_SCORE.finditer(scan.text)):
        return True
    said = re.split(r"[.?!…]", scan.behind())[-1].lower()
    return bool(_MATCH.search(said)) and not re.search(r"\bgodz|\bod \w+ej\b", said)


def _read_hours(scan: Scan, hours: bool) -> bool:
    """8–16, 9:00–17:00: from … to."""
    if not (match := _TIMES.match(scan.text, scan.position)):
        return False
    low, low_minute, high, high_minute = match.groups()
    clock = ":" in match[0] or hours or _is_open(scan, match.end())
    if not clock or not _is_time(low, low_minute) or not _is_time(high, high_minute):
        return False
    read = f"od {_clock(low, low_minute, 'gen')} do {_clock(high, high_minute, 'gen')}"
    scan.take(match.end(), read)
    return True


def _read_seconds(scan: Scan) -> bool:
    """1:58,32: a time that somebody ran."""
    if not (match := _SECONDS.match(scan.text, scan.position)):
        return False
    minutes, seconds, parts = match.groups()
    said = f"{cardinal(int(minutes), 'nom', 'f')} {_counted('minuta', int(minutes))}"
    scan.take(match.end(), f"{said} {cardinal(int(seconds))} przecinek {_part(parts)} sekundy")
    return True


def _counted(lemma: str, count: int) -> str:
    return inflected(lemma, "subst", *agreement(count, "nom", "f"), "f")


def _part(digits: str) -> str:
    return one_by_one(digits) if digits.startswith("0") else cardinal(int(digits))


def _is_open(scan: Scan, end: int) -> bool:
    """True where what is said to be open counts nothing that follows, or a day of the week stands
    before: czynne 9–17, w soboty 9–13."""
    last = nouns((scan.words_behind() or [""])[-1])
    if any(form.lemma in WEEKDAYS.values() for form in last):
        return True
    said = re.split(r"[.?!…]", scan.behind())[-1]
    return bool(re.search(_OPEN, said.lower())) and not scan.words_ahead(end, 1)


def _time_case(behind: list[str], hours: bool) -> str:
    if hours:
        cases = governed(behind[:-1])
        case = {"o": "loc", "po": "loc"}.get(behind[-2] if len(behind) > 1 else "")
        return case or (cases[0] if cases else "nom")
    last = behind[-1] if behind else ""
    if last in ("o", "po"):
        return "loc"
    cases = governed(behind)
    return cases[0] if cases else "nom"


def read_score(scan: Scan) -> bool:
    """A score or a proportion: 2:1, 1:100."""
    match = _SCORE.match(scan.text, scan.position)
    if not match:
        return False
    behind = scan.words_behind()
    if behind and any(form.lemma == "czas" for form in nouns(behind[-1])):
        minutes, seconds = (int(one) for one in match.groups())
        said = f"{cardinal(minutes, 'nom', 'f')} {_counted('minuta', minutes)}"
        more = f" {cardinal(seconds, 'nom', 'f')} {_counted('sekunda', seconds)}" if seconds else ""
        scan.take(match.end(), said + more)
        return True
    scan.take(match.end(), f"{cardinal(int(match[1]))} do {cardinal(int(match[2]), 'gen')}")
    return True


def _parts(above: int, below: int, case: str) -> str:
    """jedna druga, trzy czwarte, pięć ósmych."""
    if above == 1:
        return f"{cardinal(1, case, 'f')} {ordinal(below, case, 'f')}"
    below_case = case if case not in ("nom", "acc") or is_paucal(above) else "gen"
    return f"{cardinal(above, case, 'f')} {ordinal(below, below_case, 'f', True)}"


def _cases_before(behind: list[str]) -> tuple[str, ...]:
    """The case that the numeral before shows: jednego jajka i (trzech czwartych szklanki)."""
    for word in reversed(behind):
        if found := [form for form in forms(word, ("num", "adj")) if _counts(form)]:
            shown = {case for form in found for case in form.cases}
            return ("gen",) if "gen" in shown and "nom" not in shown else ()
    return ()


def _counts(form: Form) -> bool:
    return form.kind == "num" or form.lemma == "jeden"


def _share_case(behind: list[str]) -> str:
    cases = governed(behind) or (behind[-1:] == ["i"] and _cases_before(behind))
    if cases:
        return cases[0]
    return "acc" if behind and is_verb(behind[-1]) else "nom"


def read_fraction(scan: Scan) -> bool:
    """1/2, 2 3/4, ½; a half of what is named is said as pół."""
    match = _FRACTION.match(scan.text, scan.position)
    if match:
        whole, above, below, end = match[1], int(match[2]), int(match[3]), match.end()
    elif found := re.compile(r"(?:(\d{1,3}) ?)?([½¼¾⅓⅔⅛])").match(scan.text, scan.position):
        whole, (above, below), end = found[1], _ONE_SIGN[found[2]], found.end()
    else:
        return False
    if not 0 < above < below:
        return False
    named = measure_follows(scan.text, end) or any(
        "gen" in form.cases for word, _ in scan.words_ahead(end, 1) for form in nouns(word)
    )
    if (above, below) == (1, 2) and (whole or named):
        said = "pół"
    else:
        shared = scan.words_behind()[-1:] == ["po"]
        case = "loc" if shared else "acc" if is_object(scan) else _share_case(scan.words_behind())
        said = _parts(above, below, case)
    said += " " if scan.text[end : end + 1].isalpha() else ""
    scan.take(end, f"{cardinal(int(whole))} i {said}" if whole else said)
    return True


def read_phone(scan: Scan) -> bool:
    """601 234 567 behind a word that announces it, or with +48, hyphens or an area code."""
    match = _PHONE.match(scan.text, scan.position)
    if not match:
        return False
    grouped = re.findall(r"\d+", match[2])
    cue = any(word in _PHONE_CUE for word in re.findall(r"\w+", scan.behind().lower())[-3:])
    if not (match[1] or cue or "-" in match[2] or "(" in match[2] or len(grouped) == 4):
        return False
    if len(grouped) == 2 and len(grouped[1]) == 7:
        grouped = [grouped[0], grouped[1][:3], grouped[1][3:5], grouped[1][5:]]
    if len(grouped) == 1:
        grouped = [match[2][i : i + 3] for i in (0, 3, 6)]
    said = " ".join(map(_group, grouped))
    if match[1]:
        said = f"plus {_group(re.sub(r'[^0-9]', '', match[1]))} {said}"
    scan.take(match.end(), said)
    return True


def read_code(scan: Scan) -> bool:
    """NIP 525-10-00-810: groups of digits behind a word that announces them."""
    match = _CODE.match(scan.text, scan.position)
    words = re.findall(r"\w+", scan.behind().lower())[-2:]
    if not match or not _CODE_CUE & {*words}:
        return False
    scan.take(match.end(), " ".join(map(_group, re.findall(r"\d+", match[0]))))
    return True


def _group(digits: str) -> str:
    """A group of a telephone number as a number, its leading noughts one by one."""
    rest = digits.lstrip("0")
    zeros = " ".join(["zero"] * (len(digits) - len(rest)))
    return " ".join(filter(None, (zeros, cardinal(int(rest)) if rest else "")))
