"""Polish numerals in every case: the words from num2words, their forms from Morfeusz 2."""

from functools import cache

from intonation.polish.reading.morphology import inflected, prefix

MOST = 10**12 - 1
_SCALES = ((10**9, "miliard"), (10**6, "milion"), (10**3, "tysiąc"))
_MEN = {2: "dwaj", 3: "trzej", 4: "czterej"}
_HUNDREDTHS = {"trzysetny": "trzechsetny", "czterysetny": "czterechsetny"}
_COLLECTIVE = {
    2: ("dwoje", "dwojga", "dwojgu", "dwojgiem"),
    3: ("troje", "trojga", "trojgu", "trojgiem"),
    4: ("czworo", "czworga", "czworgu", "czworgiem"),
    5: ("pięcioro", "pięciorga", "pięciorgu", "pięciorgiem"),
    6: ("sześcioro", "sześciorga", "sześciorgu", "sześciorgiem"),
    7: ("siedmioro", "siedmiorga", "siedmiorgu", "siedmiorgiem"),
    8: ("ośmioro", "ośmiorga", "ośmiorgu", "ośmiorgiem"),
    9: ("dziewięcioro", "dziewięciorga", "dziewięciorgu", "dziewięciorgiem"),
    10: ("dziesięcioro", "dziesięciorga", "dziesięciorgu", "dziesięciorgiem"),
}
_COLLECTIVE_PLACE = {"nom": 0, "acc": 0, "gen": 1, "dat": 2, "loc": 2, "inst": 3}


@cache
def _words(number: int, to: str = "cardinal") -> tuple[str, ...]:
    from num2words import num2words

    return tuple(num2words(number, lang="pl", to=to).split())


def is_paucal(number: int) -> bool:
    """True for numbers that stand with a plural in their own case: dwa domy, not pięć domów."""
    return number % 10 in (2, 3, 4) and number % 100 not in (12, 13, 14)


def agreement(number: int, case: str, gender: str) -> tuple[str, str]:
    """Number and case of the noun beside a cardinal that stands in a case."""
    if number == 1:
        return "sg", case
    if number % 1000 == 0 or (case in ("nom", "acc") and not is_paucal(number)):
        return "pl", "gen"
    if case in ("nom", "acc") and gender == "m1":
        return "pl", "gen"
    return "pl", case


def cardinal(number: int, case: str = "nom", gender: str = "m3") -> str:
    """A cardinal from 0 to MOST in a case, beside a noun of a gender: dwiema, pięciu, stu."""
    if number == 0:
        return inflected("zero", "subst", "sg", case)
    if number == 1:
        return inflected("jeden", "adj", "sg", case, gender)
    words, rest = [], number
    for size, scale in _SCALES:
        count, rest = divmod(rest, size)
        if count:
            words += [cardinal(count, case)] if count > 1 else []
            words.append(inflected(scale, "subst", *agreement(count, case, "m3"), "m3"))
    words += [_inflected(word, case, gender) for word in (_words(rest) if rest else ())]
    return " ".join(words)


def _inflected(word: str, case: str, gender: str) -> str:
    return word if word == "jeden" else inflected(word, "num", "pl", case, gender)


def men(number: int) -> str:
    """Two to four men as the subject: dwaj studenci; other numbers have no such form."""
    return _MEN[number]


def collective(number: int, case: str) -> str:
    """Two to ten of children: dwoje, pięciorga; raises KeyError for other numbers."""
    return _COLLECTIVE[number][_COLLECTIVE_PLACE[case]]


def ordinal(number: int, case: str = "nom", gender: str = "m3", plural: bool = False) -> str:
    """An ordinal from 1 to MOST: only tens and units are inflected (w tysiąc setnym roku)."""
    words = [_HUNDREDTHS.get(word, word) for word in _words(number, "ordinal")]
    ordinals = 2 if number % 100 > 20 and number % 10 else 1
    how = "pl" if plural else "sg"
    ended = [inflected(word, "adj", how, case, gender) for word in words[-ordinals:]]
    return " ".join([*words[:-ordinals], *ended])


def in_compound(number: int) -> str:
    """A number from 1 to 999 as the beginning of a word: dwudziestopięcio(letni)."""
    words = _words(number)
    begun = [prefix(word) for word in words[:-1]]
    last = "jedno" if number == 1 else prefix(words[-1])
    return "".join([*begun, last])


def one_by_one(digits: str) -> str:
    """Digits, each by its name."""
    return " ".join(_words(int(digit))[0] for digit in digits)
