"""What a number is read as, and which ways of taking a noun it counts."""

import re
from collections.abc import Iterator

from intonation.polish.reading.morphology import (
    Form,
    agreement,
    cardinal,
    of_units,
    one_by_one,
    ordinal,
    past,
)
from intonation.polish.reading.tables.government import JOINTS, OF_PEOPLE
from intonation.polish.words import word_set

# parts of writings: a number behind them is theirs, whatever follows
NUMBERED_PARTS = word_set("rozdział tom strona punkt artykuł ustęp paragraf akt lekcja peron")
SECOND = re.compile(rf"\.?(?:, \d+\.?)* (?:{'|'.join(JOINTS)}) (\d+)\.?(?![\d,])")
ANY = ("nom", "acc", "inst", "dat", "loc", "gen")
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
            whole = f"{cardinal(self.number, case, gender)} i " if self.number else ""
            return whole + _parts_of_ten(self.decimals, case)
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


def likeliest(found: list[tuple[Form, str, bool]], number: int) -> tuple[Form, str, bool]:
    """Men first, but for one, since of their words the others are rare; then f, m3, n, m2; but
    animals before what is a man of the same name: psów."""
    animals = {form.lemma for form, gender, _ in found if gender == "m2"} - OF_PEOPLE
    found = [one for one in found if one[1] != "m1" or one[0].lemma not in animals] or found
    order = {"m1": 0 if number > 1 else 2, "f": 1, "m3": 2, "n": 2, "m2": 3}
    return min(found, key=lambda one: order.get(one[1], 4))


def gender_of_verb(words: list[str]) -> str:
    """f behind a verb of a woman: wbiegła jako druga; else m1."""
    return "f" if any(form.genders == {"f"} for w in words for form in past(w)) else "m1"
