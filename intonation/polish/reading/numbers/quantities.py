"""Numbers and what they count: cases from prepositions and nouns, units, money, shares."""

import re

from intonation.polish.reading.governing import governed
from intonation.polish.reading.morphology import (
    MOST,
    Form,
    adjectives,
    inflected,
    is_only_noun,
    is_verb,
    nouns,
    of_units,
    one_by_one,
)
from intonation.polish.reading.numbers.counting import alone, is_object, with_head
from intonation.polish.reading.numbers.measured import (
    SECOND,
    SPACE,
    Measured,
)
from intonation.polish.reading.numbers.ordinals import as_ordinal, first_of_two
from intonation.polish.reading.scan import Scan, head_ahead
from intonation.polish.reading.tables.government import PREPOSITIONS, TRANSPARENT
from intonation.polish.reading.tables.units import CUES, CURRENCIES, SCALES, UNITS
from intonation.polish.words import word_set

NUMBER = rf"(?:[1-9]\d{{0,2}}(?:{SPACE}\d{{3}})+(?!\d)|\d+)"
_QUANTITY = re.compile(rf"([-−–+±~]?)({NUMBER})(?:,(\d+))?")
_THOUSANDS = re.compile(r"([1-9]\d{0,2}(?:\.\d{3})+)(?:,(\d+))?(?![\d.,]*\d)")
_SCALE = re.compile(rf"{SPACE}?(tys\.?|mln\.?|mld\.?|bln)(?![^\W\d_])")
_NAMES = sorted({*UNITS, *CURRENCIES} - {"l."}, key=len, reverse=True)
UNIT = re.compile(rf"{SPACE}?({'|'.join(map(re.escape, _NAMES))})(?![\w])")
_PERCENT = re.compile(rf"{SPACE}?([%‰]|proc\.)")
_SIGNS = {
    "-": "minus ",
    "−": "minus ",
    "–": "minus ",
    "+": "plus ",
    "±": "plus minus ",
    "~": "około ",
}
_DAYTIME = word_set("rano wieczorem po nad w")
_TIMES = frozenset(("min", "sek", "s", "h", "godz", "ms", "µs", "μs", "ns", "mies", "tyg"))
_AFTER = _TIMES | {"km", "m"}
_NEXT_PLACE = re.compile(r",? (?:lok|bud|pok|kl)\. ?\d")  # Kwiatowa dwanaście lokal trzy
_OF_TIME = word_set(
    """raz dzień godzina minuta rok lato tydzień miesiąc sekunda metr kilometr kilogram procent
    złoty lat euro cal litr gram stopień tona hektar milimetr centymetr"""
)
_SHARES = re.compile(r"[^.,;]{0,20}\b(?:każd|dziennie|rocznie|tygodniowo|na (?:osob|głow|dob))")
_PARTS = frozenset(("pkt", "str", "rys", "rozdz", "zad", "fot", "odc", "zesz"))
_AGED = re.compile(rf"{SPACE}l\.(?=[,;)])")  # lat trzydzieści sześć
DOTTED = word_set(
    """tys. min sek godz szt pkt os str egz mies r.ż tabl kaps opak op
    szkl łyż tyg kwart pp p.p st mkw rys rozdz zad fot odc zesz dol"""
) | {"pkt proc", "p. proc", "m kw", "km kw"}


def value_of(written: str) -> int:
    return int(re.sub(SPACE, "", written))


def measure_ahead(scan: Scan, end: int) -> tuple[str, str, int]:
    """A scale (tys.) and a unit, currency or % after a number, "" for none; where they end."""
    scale = unit = ""
    if match := _SCALE.match(scan.text, end):
        scale, end = match[1], match.end()
        if scale.endswith(".") and not scan.text[end:].strip():
            end -= 1  # it ends the text, too
    if match := _PERCENT.match(scan.text, end):
        ends = match[1] == "proc." and scan.keeps_stop(match.end())
        return scale, match[1], match.end() - ends
    if match := _AGED.match(scan.text, end):
        return scale, "l.", match.end()
    if (match := UNIT.match(scan.text, end)) and _is_unit(scan, match):
        unit, end = match[1], match.end()
        if unit in DOTTED and scan.text[end : end + 1] == "." and not scan.keeps_stop(end + 1):
            end += 1
        elif unit == "zł" and scan.text[end : end + 1] == "." and scan.text[end + 1 :].strip():
            end += not scan.keeps_stop(end + 1)
    return scale, unit, end


def _is_unit(scan: Scan, match: re.Match[str]) -> bool:
    """False for a quote that closes, a part of a law, a letter that nothing says to be a unit."""
    if match[1] in _PARTS and re.match(r"\.? ?\d", scan.text[match.end() :]):
        return False  # w ustępie trzecim punkt drugi
    if match[1] == '"':
        return scan.text.count('"', 0, match.start()) % 2 == 0
    if match[1] == "a" and not re.match(r"[,.;)]|$", scan.text[match.end() :]):
        return False
    cues = CUES.get(match[1])
    return cues is None or bool(re.search(cues, scan.text, re.IGNORECASE))


def measure_follows(text: str, end: int) -> bool:
    """True if a unit or a scale stands at this place of a text."""
    return bool(UNIT.match(text, end) or _SCALE.match(text, end))


def gender_of(unit: str) -> str:
    if unit in ("%", "‰", "proc."):
        return "m3"
    return CURRENCIES[unit][1] if unit in CURRENCIES else UNITS[unit][1]


def unit_words(unit: str, how: str, case: str) -> str:
    if unit in ("%", "proc."):
        plain = how == "sg" or case in ("nom", "acc", "gen")
        return "procent" if plain else of_units("procent", how, case, "m3")
    if unit == "‰":
        return of_units("promil", how, case, "m3")
    if unit in CURRENCIES:
        return of_units(CURRENCIES[unit][0], how, case, CURRENCIES[unit][1])
    lemma, gender, more = UNITS[unit]
    if not gender:
        return lemma
    if more in ("kwadratowy", "sześcienny", "mechaniczny", "procentowy"):
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
    cases = governed(scan.words_behind()) or scan.listed_cases()
    end, read = _counted(scan, number, match.end(), sign)
    scan.take(end, _SIGNS.get(sign, "") + read)
    scan.remember(cases, read)
    return True


def read_dotted(scan: Scan) -> bool:
    """1.500 kg: thousands behind stops, where a noun or a unit shows that it is a number."""
    match = _THOUSANDS.match(scan.text, scan.position)
    if not match or not (
        measure_follows(scan.text, match.end()) or head_ahead(scan, match.end())[1]
    ):
        return False
    number = Measured(match[1].replace(".", ""), match[2] or "")
    if number.number > MOST:
        return False
    end, read = _counted(scan, number, match.end(), "")
    scan.take(end, read)
    return True


def _counted(scan: Scan, number: Measured, end: int, sign: str) -> tuple[int, str]:
    behind = scan.words_behind()
    cases = ("gen",) if sign == "~" else governed(behind) or scan.listed_cases()
    signed = sign in ("-", "−", "–") and bool(behind) and behind[-1] not in PREPOSITIONS
    cases = () if signed else cases
    scale, unit, after = measure_ahead(scan, end)
    if scale or unit:
        if not sign or cases:
            cases = cases if sign == "~" else governed(behind, unit) or scan.listed_cases()
        cases = () if _is_label(scan, behind, after) else cases
        return after, _with_unit(scan, number, scale, unit, cases, after)
    if _numbered(behind) or _NEXT_PLACE.match(scan.text, end):
        return end, number.read("nom", "m3")
    return _without_unit(scan, number, end, cases)


def _without_unit(
    scan: Scan, number: Measured, end: int, cases: tuple[str, ...]
) -> tuple[int, str]:
    behind = scan.words_behind()
    if found := first_of_two(scan, number, end, cases):
        return found
    at_time = behind[-1:] == ["o"] and any(w in _DAYTIME for w, _ in scan.words_ahead(end, 1))
    word, head = ("", ()) if at_time else _head(scan, end)
    if not cases and _is_attribute(scan, end, number, head):
        cases = ("gen",)
    if not number.decimals and (numbered := as_ordinal(scan, number, end, head, cases)):
        return numbered
    if head and (read := with_head(number, word, head, cases, behind)):
        return end, read
    if not head and (second := SECOND.match(scan.text, end)) and not number.decimals:
        word, head = head_ahead(scan, second.end())  # z dwiema lub trzema osobami
        read = with_head(number, word, head, cases, behind) if head else ""
        return end, read or alone(scan, number, end, cases)
    return end, alone(scan, number, end, cases)


def _is_label(scan: Scan, behind: list[str], after: int) -> bool:
    """True for a noun and its measure between commas: rower górski, cena czterysta złotych."""
    behind = [word for word in behind if word not in TRANSPARENT]
    if (
        len(behind) != 1
        or behind[0] in PREPOSITIONS
        or not re.match(r"[,.;)]|$", scan.text[after:])
    ):
        return False
    return bool(re.search(r"[,:(] $|[,:(] [^\W\d_]+ $", scan.behind())) and any(
        form.fits("sg", "nom") for form in nouns(behind[0])
    )


def _numbered(behind: list[str]) -> bool:
    return any(form.lemma == "numer" for form in nouns((behind or [""])[-1]))


def _head(scan: Scan, end: int) -> tuple[str, tuple[Form, ...]]:
    """The noun that is counted; an adjective alone has the gender of what was: siedem albumów,
    dwa koncertowe."""
    word, head = head_ahead(scan, end)
    if head and not word and (genders := scan.counted_before()):
        fit = [form._replace(genders=form.genders & genders) for form in head]
        head = tuple(form for form in fit if form.genders) or head
    return word, head


def _is_attribute(scan: Scan, end: int, number: Measured, head: tuple[Form, ...]) -> bool:
    """podano wyniki dwudziestu prób: behind the object of a verb, but przeczytał list pięć razy;
    at the beginning, before a verb, too: uczniowie piętnastu szkół posadzili."""
    behind = scan.words_behind()
    if not behind or not head or number.number < 5:
        return False
    acts = is_verb(behind[-2]) if len(behind) > 1 else scan.beside_verb(end)
    if not acts:
        return False
    if {form.lemma for form in head} & _OF_TIME or adjectives(behind[-1]) or is_verb(behind[-1]):
        return False
    if not is_only_noun(behind[-1]) or not any(form.fits("pl", "gen") for form in head):
        return False
    return any(form.cases & {"nom", "acc"} for form in nouns(behind[-1]))


def _unit_case(unit: str, cases: tuple[str, ...], behind: list[str], *, each: bool = False) -> str:
    """each: what follows tells of shares: po trzy minuty z każdej strony."""
    last = behind[-1] if behind else ""
    if last == "po" or behind[-2:] == ["po", "około"]:
        return "loc" if unit in _AFTER and not each else "acc"
    if cases == PREPOSITIONS["w"] and unit in _TIMES:
        return "acc"  # how long it took
    return cases[0] if cases else "nom"


def _with_unit(
    scan: Scan, number: Measured, scale: str, unit: str, cases: tuple[str, ...], after: int
) -> str:
    each = bool(_SHARES.match(scan.text, after))
    case = _unit_case(unit, cases, scan.words_behind(), each=each)
    if scale:
        said = (
            ""
            if number.number == 1 and not number.decimals
            else number.read(case, "m3", counting=True)
        )
        how, noun_case = number.agreement(case, "m3")
        noun = inflected(SCALES[scale][1], "subst", how, noun_case, "m3")
        rest = unit_words(unit, "pl", "gen") if unit else ""
        return " ".join(filter(None, (said, noun, rest)))
    lasts = unit in _TIMES and any(map(is_verb, scan.words_behind()))  # gotuj jedną godzinę
    if number.number == 1 and case == "nom" and (lasts or is_object(scan)):
        case = "acc"
    if unit in CURRENCIES and len(number.decimals) == 2:
        return _money(number, unit, case)
    if number.number == 1 and case == "acc" and CURRENCIES.get(unit, ("",))[0] == "złoty:S":
        return "jeden złoty"
    gender = gender_of(unit) or "m3"
    read = number.read(case, gender, counting=unit not in ("%", "proc."))
    return f"{read} {unit_words(unit, *number.agreement(case, gender))}"


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
    match = re.compile(rf"([$€£]){SPACE}?({NUMBER})(?:[.,](\d\d))?(?!\d)").match(
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
