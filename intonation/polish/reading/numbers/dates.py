"""Days and years."""

import re

from intonation.polish.reading.governing import governed, without_first
from intonation.polish.reading.morphology import (
    inflected,
    is_ordinal,
    ordinal,
)
from intonation.polish.reading.scan import Scan
from intonation.polish.reading.tables.abbreviations import NUMBERED
from intonation.polish.reading.tables.units import CUES, MONTHS
from intonation.polish.words import word_set

_MONTH = "|".join((*MONTHS, *(month.capitalize() for month in MONTHS)))
_YEAR = r"(\d{4})(?!\d)"
_ROMAN_MONTHS = ("I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X", "XI", "XII")
_S = "[ \u00a0\u202f]"
_DAY = re.compile(rf"(\d{{1,2}})\.?{_S}({_MONTH})(?![^\W\d_])(?:{_S}{_YEAR})?")
_DAYS = re.compile(
    rf"(\d{{1,2}}){_S}?[-–—]{_S}?(\d{{1,2}}){_S}({_MONTH})(?![^\W\d_])(?:{_S}{_YEAR})?"
)
_FIRST_DAY = re.compile(
    rf"(\d{{1,2}})(?=(?:, \d{{1,2}})* (?:a|i|do|na|lub|oraz) \d{{1,2}} "
    rf"(?:(?:{_MONTH})(?![^\W\d_])|bm\.))"
)
_DAYS_OF_THIS = re.compile(r"(\d{1,2}) ?[-–—] ?(\d{1,2})(?= bm\.)")
_DAYS_DOTTED = re.compile(
    r"(\d{1,2})(?:\.(\d{2}))?\.? ?[-–—] ?(\d{1,2})\.(0\d|1[0-2])(?:\.(\d{4}))?(?!\d)"
)
_DAY_OF_THIS = re.compile(r"(\d{1,2})(?=\.?[ \u00a0]bm\.)")
_DAY_CASES = {
    **dict.fromkeys(("przed", "między", "pomiędzy"), "inst"),
    **dict.fromkeys(("na", "jest", "mamy", "przez"), "nom"),
    **{"po": "loc", "ku": "dat"},
}
_ROMAN_DAY = re.compile(
    rf"(\d{{1,2}})(?:{_S}|\.{_S}?)(I{{1,3}}|I?V|VI{{1,3}}|I?X|XI{{1,2}})(?:[.]?{_S}{_YEAR}|\.{_YEAR})?(?![\w-])"
    rf"(?!{_S}(?:w\.|wiek|{NUMBERED}))"
)
_ROMAN_DAYS = re.compile(
    rf"(\d{{1,2}}) ?[-–—] ?(\d{{1,2}}){_S}(I{{1,3}}|I?V|VI{{1,3}}|I?X|XI{{1,2}})(?![\w-])"
    rf"(?!{_S}(?:w\.|wiek|{NUMBERED}))"
)
_SHORT = re.compile(r"(\d{1,2})\.(0\d|1[0-2])(?:\.(\d{2})(?![\d.]))?(?![\d:]|\.\d)")
_ANNOUNCE_DAYS = word_set("dnia dniu dni dniach")
_DOTTED = re.compile(r"(\d{1,2})[./](\d{1,2})[./](\d{4})(?!\d)")
_ISO = re.compile(r"(\d{4})-(\d{2})-(\d{2})(?!\d)")
_YEARS = re.compile(rf"(\d{{4}}){_S}?[-–—]{_S}?(\d{{4}}|\d{{2}})(?![\d-])")
_ERA = rf"{_S}?r\.{_S}(?:p\.)?n\.e"
_R = re.compile(rf"{_S}?(?:(r\.)|(roku|rok)(?![^\W\d_]))")


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
    if _read_days(scan):
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
        return _take_day(scan, match.end(), match[1], month, match[3] or match[4], always=True)
    if match := _SHORT.match(text, position):
        return _read_short(scan, match)
    return _read_digits(scan)


def _read_digits(scan: Scan) -> bool:
    """03.05.2024, 2024-05-03."""
    if match := _DOTTED.match(scan.text, scan.position):
        day, month, year = match.groups()
    elif match := _ISO.match(scan.text, scan.position):
        year, month, day = match.groups()
    else:
        return False
    if not 1 <= int(month) <= 12:
        return False
    return _take_day(scan, match.end(), day, MONTHS[int(month) - 1], year, always=True)


def _read_days(scan: Scan) -> bool:
    """3–5 maja 2024 r., 24–26 XII, 3–5 bm., 12–15.03.2024."""
    text, position = scan.text, scan.position
    if (match := _DAYS_DOTTED.match(text, position)) and _read_span(scan, match):
        return True
    match = _DAYS.match(text, position) or _ROMAN_DAYS.match(text, position)
    match = match or _DAYS_OF_THIS.match(text, position)
    if not match or not _is_day(match[1]) or not _is_day(match[2]):
        return False
    said, end = f"od {_day_of(match[1], 'gen')} do {_day_of(match[2], 'gen')}", match.end()
    if match.re is _DAYS:
        year, end = _with_year(scan, end, match[4], always=False)
        said += f" {match[3]}{year}"
    elif match.re is _ROMAN_DAYS:
        said += f" {MONTHS[_ROMAN_MONTHS.index(match[3])]}"
    scan.take(end, said)
    return True


def _read_span(scan: Scan, match: re.Match[str]) -> bool:
    """12–15.03.2024, 30.04–3.05: where it can be no time."""
    day, month, last_day, last_month, year = match.groups()
    sure = year or scan.words_behind()[-1:] in (["dniach"], ["dni"], ["terminie"])
    months = int(month or last_month), int(last_month)
    if not sure or not all(map(_is_day, (day, last_day))) or not all(0 < m <= 12 for m in months):
        return False
    first = _day_of(day, "gen") + (f" {MONTHS[months[0] - 1]}" if month else "")
    said, end = _with_year(scan, match.end(), year, always=True)
    scan.take(end, f"od {first} do {_day_of(last_day, 'gen')} {MONTHS[months[1] - 1]}{said}")
    return True


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
    last = match[1][: 4 - len(match[2])] + match[2] if match else ""
    if match and 1000 <= int(match[1]) < int(last) < 2200:
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
