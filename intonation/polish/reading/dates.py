"""Dates, years, times of day, fractions, scores and telephone numbers."""

import re

from intonation.polish.reading.morphology import (
    Form,
    agreement,
    cardinal,
    forms,
    inflected,
    is_ordinal,
    is_paucal,
    is_verb,
    nouns,
    one_by_one,
    ordinal,
)
from intonation.polish.reading.scan import Scan, governed, without_first
from intonation.polish.reading.tables.abbreviations import NUMBERED
from intonation.polish.reading.tables.units import CUES, MONTHS, WEEKDAYS
from intonation.polish.words import word_set

_MONTH = "|".join(MONTHS)
_YEAR = r"(\d{4})(?!\d)"
_ROMAN_MONTHS = ("I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X", "XI", "XII")
_S = "[ \u00a0\u202f]"
_DAY = re.compile(rf"(\d{{1,2}})\.?{_S}({_MONTH})(?![^\W\d_])(?:{_S}{_YEAR})?")
_DAYS = re.compile(
    rf"(\d{{1,2}}){_S}?[-–—]{_S}?(\d{{1,2}}){_S}({_MONTH})(?![^\W\d_])(?:{_S}{_YEAR})?"
)
_FIRST_DAY = re.compile(
    rf"(\d{{1,2}})(?= (?:a|i|do|na|lub|oraz) \d{{1,2}} (?:{_MONTH})(?![^\W\d_]))"
)
_DAY_OF_THIS = re.compile(r"(\d{1,2})(?=\.?[ \u00a0]bm\.)")
_DAY_CASES = {
    **dict.fromkeys(("przed", "między", "pomiędzy"), "inst"),
    **dict.fromkeys(("na", "jest", "mamy", "przez"), "nom"),
    **{"po": "loc", "ku": "dat"},
}
_ROMAN_DAY = re.compile(
    rf"(\d{{1,2}}){_S}(I{{1,3}}|I?V|VI{{1,3}}|I?X|XI{{1,2}})(?:{_S}{_YEAR})?(?![\w-])"
    rf"(?!{_S}(?:w\.|wiek|{NUMBERED}))"
)
_SHORT = re.compile(r"(\d{1,2})\.(0\d|1[0-2])(?:\.(\d{2})(?![\d.]))?(?![\d:]|\.\d)")
_ANNOUNCE_DAYS = word_set("dnia dniu dni dniach")
_SECONDS = re.compile(r"(\d{1,2}):([0-5]\d),(\d{1,2})(?!\d)")
_OPEN = "czynn|otwart|zamknięt|przyjmuj|dyżur|godzin|pracuje|pracują"
_DOTTED = re.compile(r"(\d{1,2})[./](\d{1,2})[./](\d{4})(?!\d)")
_ISO = re.compile(r"(\d{4})-(\d{2})-(\d{2})(?!\d)")
_YEARS = re.compile(rf"(\d{{4}}){_S}?[-–—]{_S}?(\d{{4}})(?!\d)")
_TIME = re.compile(r"(\d{1,2})([:.])(\d{2})(?![\d:.,]*\d)")
_TIMES = re.compile(
    rf"(\d{{1,2}})(?:[:.](\d{{2}}))?{_S}?[-–—]{_S}?(\d{{1,2}})(?:[:.](\d{{2}}))?(?!\d)"
)
_SCORE = re.compile(rf"(\d{{1,3}}){_S}?:{_S}?(\d{{1,3}})(?![\d:])")
_FRACTION = re.compile(rf"(?:(\d{{1,3}}){_S})?(\d{{1,2}})/(\d{{1,3}})(?![\d/])")
_ONE_SIGN = {"½": (1, 2), "¼": (1, 4), "¾": (3, 4), "⅓": (1, 3), "⅔": (2, 3), "⅛": (1, 8)}
_ERA = rf"{_S}?r\.{_S}(?:p\.)?n\.e"
_R = re.compile(rf"{_S}?(?:(r\.)|(roku|rok)(?![^\W\d_]))")
_BARE_YEAR = re.compile(r"(\d{4})(?!\d)")
_PHONE = re.compile(
    rf"(\+\d{{2}}{_S}?)?(\d{{3}}[ \u00a0-]\d{{3}}[ \u00a0-]\d{{3}}"
    rf"|\(?\d{{2}}\)?[ \u00a0-]\d{{3}}[ \u00a0-]\d{{2}}[ \u00a0-]\d{{2}}|\d{{9}})(?![\d]|[ -]\d)"
)
_PHONE_CUE = word_set("tel telefon telefonu telefonem telefonów numer numerem zadzwoń dzwoń")


def _day_of(day: str, case: str) -> str:
    return ordinal(int(day), case, "m3")


def _is_day(day: str) -> bool:
    return 1 <= int(day) <= 31


def _year(year: str, case: str = "gen") -> str:
    return ordinal(int(year), case, "m3")


def _with_year(scan: Scan, end: int, year: str | None, *, always: bool) -> tuple[str, int]:
    """The words of a year after a day, and where they end; always: "roku" is said, too."""
    if not year or not int(year):
        return "", end
    said = f" {_year(year)}"
    if match := _R.match(scan.text, end):
        stop = match[1] and scan.keeps_stop(match.end())
        return f"{said} roku", match.end() - bool(stop)
    return said + (" roku" if always else ""), end


def read_date(scan: Scan) -> bool:
    """3 maja 2024 r., 3–5 maja, 03.05.2024, 2024-05-03, 3 V 2024."""
    text, position = scan.text, scan.position
    if (match := _DAYS.match(text, position)) and _is_day(match[1]) and _is_day(match[2]):
        year, end = _with_year(scan, match.end(), match[4], always=False)
        low, high = _day_of(match[1], "gen"), _day_of(match[2], "gen")
        scan.take(end, f"od {low} do {high} {match[3]}{year}")
        return True
    if (match := _FIRST_DAY.match(text, position)) and _is_day(match[1]):
        scan.take(match.end(), _day_of(match[1], _day_case(scan.words_behind())))
        return True
    if (match := _DAY_OF_THIS.match(text, position)) and _is_day(match[1]):
        scan.take(match.end(), _day_of(match[1], "gen"))
        return True
    if match := _DAY.match(text, position):
        return _take_day(scan, match.end(), match[1], match[2], match[3], always=False)
    if (match := _ROMAN_DAY.match(text, position)) and not _is_volts(scan, match):
        month = MONTHS[_ROMAN_MONTHS.index(match[2])]
        return _take_day(scan, match.end(), match[1], month, match[3], always=True)
    if match := _SHORT.match(text, position):
        return _read_short(scan, match)
    if match := _DOTTED.match(text, position):
        day, month_number, year_ = match.groups()
    elif match := _ISO.match(text, position):
        year_, month_number, day = match.groups()
    else:
        return False
    if not 1 <= int(month_number) <= 12:
        return False
    return _take_day(scan, match.end(), day, MONTHS[int(month_number) - 1], year_, always=True)


def _is_volts(scan: Scan, match: re.Match[str]) -> bool:
    if match[2] != "V" or match[3]:
        return False
    return bool(re.search(CUES["V"], scan.text, re.IGNORECASE))


def _read_short(scan: Scan, match: re.Match[str]) -> bool:
    """30.06, 20.12.99: a day where it can be no time, or where the word for days announces it."""
    last = (scan.words_behind() or [""])[-1]
    if not (int(match[1]) > 24 or match[3] or last in _ANNOUNCE_DAYS) or not int(match[2]):
        return False
    month = MONTHS[int(match[2]) - 1]
    if not match[3] or not int(match[3]):
        return _take_day(scan, match.end(2), match[1], month, None, always=False)
    return _take_day(scan, match.end(), match[1], month, match[3], always=True)


def _take_day(
    scan: Scan, end: int, day: str, month: str, year: str | None, *, always: bool
) -> bool:
    if not _is_day(day):
        return False
    said, end = _with_year(scan, end, year, always=always)
    before = scan.words_behind()
    case = _day_case(before)
    scan.take(end, f"{_day_of(day, case)} {month}{said}")
    return True


def _day_case(behind: list[str]) -> str:
    """między pierwszym a dziesiątym lipca; na trzeci maja; else the genitive of a date."""
    if len(behind) > 1 and behind[-1] == "na" and is_ordinal(behind[-2]):
        return "gen"  # z czwartego na piątego
    behind = without_first(behind)
    last = behind[-1] if behind else ""
    return _DAY_CASES.get(last, "gen")


def read_year(scan: Scan) -> bool:
    """1989 r. in the case that a preposition asks for; 1939–1945."""
    match = _YEARS.match(scan.text, scan.position)
    if match and 1000 <= int(match[1]) < int(match[2]) < 2200:
        end, tail = match.end(), ""
        if after := _R.match(scan.text, end):
            end = after.end() - bool(after[1] and scan.keeps_stop(after.end()))
            tail = " roku"
        scan.take(end, f"od {_year(match[1])} do {_year(match[2])}{tail}")
        return True
    match = re.compile(rf"(\d{{1,4}}(?={_ERA})|\d{{3,4}}){_S}?r(?:\.|(?!\w))").match(
        scan.text, scan.position
    )
    if not match or not int(match[1]):
        return False
    cases = governed(scan.words_behind())
    case = _year_case(scan, cases)
    end = match.end() - (match[0].endswith(".") and scan.keeps_stop(match.end()))
    scan.take(end, f"{_year(match[1], case)} {inflected('rok', 'subst', 'sg', case)}")
    return True


def _year_case(scan: Scan, cases: tuple[str, ...]) -> str:
    if not cases:
        return "gen" if scan.words_behind() else "nom"
    return "loc" if scan.words_behind()[-1] == "po" else cases[0]


def _clock(hour: str, minute: str | None, case: str) -> str:
    said = ordinal(int(hour), case, "f") if int(hour) else _nought(case)
    if not minute or minute == "00":
        return said
    return f"{said} {one_by_one(minute) if minute[0] == '0' else cardinal(int(minute))}"


def _nought(case: str) -> str:
    return inflected("zerowy", "adj", "sg", case, "f")


def _is_time(hour: str, minute: str | None) -> bool:
    return int(hour) <= 24 and int(minute or 0) < 60


def read_time(scan: Scan) -> bool:
    """14:30, o 7.15, godz. 8–16; with a stop only behind words that announce a time."""
    behind = scan.words_behind()
    last = behind[-1] if behind else ""
    hours = any(form.lemma == "godzina" for form in nouns(last)) if last else False
    if match := _TIMES.match(scan.text, scan.position):
        low, low_minute, high, high_minute = match.groups()
        clock = ":" in match[0] or hours or _is_open(scan, match.end())
        if clock and _is_time(low, low_minute) and _is_time(high, high_minute):
            read = f"od {_clock(low, low_minute, 'gen')} do {_clock(high, high_minute, 'gen')}"
            scan.take(match.end(), read)
            return True
    if match := _SECONDS.match(scan.text, scan.position):
        minutes, seconds, parts = match.groups()
        said = f"{cardinal(int(minutes), 'nom', 'f')} {_minutes(int(minutes))}"
        scan.take(match.end(), f"{said} {cardinal(int(seconds))} przecinek {_part(parts)} sekundy")
        return True
    match = _TIME.match(scan.text, scan.position)
    if not match or not _is_time(match[1], match[3]):
        return False
    if match[2] == "." and not (hours or last in ("o", "od", "do", "po", "przed", "około")):
        return False
    end = match.end()
    if scan.text[end : end + 2] == " h":
        end += 2
    scan.take(end, _clock(match[1], match[3], _time_case(behind, hours)))
    return True


def _minutes(count: int) -> str:
    return inflected("minuta", "subst", *agreement(count, "nom", "f"), "f")


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
    named = any("gen" in form.cases for word, _ in scan.words_ahead(end, 1) for form in nouns(word))
    if (above, below) == (1, 2) and (whole or named):
        said = "pół"
    else:
        said = _parts(above, below, _share_case(scan.words_behind()))
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
    if len(grouped) == 1:
        grouped = [match[2][i : i + 3] for i in (0, 3, 6)]
    said = " ".join(map(_group, grouped))
    if match[1]:
        said = f"plus {_group(re.sub(r'[^0-9]', '', match[1]))} {said}"
    scan.take(match.end(), said)
    return True


def _group(digits: str) -> str:
    """A group of a telephone number as a number, its leading noughts one by one."""
    rest = digits.lstrip("0")
    zeros = " ".join(["zero"] * (len(digits) - len(rest)))
    return " ".join(filter(None, (zeros, cardinal(int(rest)) if rest else "")))
