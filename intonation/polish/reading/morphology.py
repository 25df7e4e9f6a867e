"""Forms of Polish words, from Morfeusz 2 and the dictionary SGJP that it brings along.

Tags are those of the National Corpus of Polish: part of speech, number, case, gender, ...; several
values of a place are joined by dots. Cases here: nom gen dat acc inst loc. Genders: m1 (men),
m2 (animals), m3 (things), f, n.
"""

from collections.abc import Iterator
from functools import cache
from typing import Any, NamedTuple

CASES = ("nom", "gen", "dat", "acc", "inst", "loc")
_NOUNS = ("subst", "depr", "ger")
_ADJECTIVES = ("adj", "ppas", "pact")
_VERBS = ("fin", "praet", "impt", "imps", "bedzie", "pred", "winien")
# words of their own that hardly anybody writes, where another is meant: koty, gości
_RARE = frozenset(("kota", "gościa", "lato:Sf", "gmin", "wiro", "ulec", "koń:Sf"))


class NoForm(LookupError):
    """A form that the dictionary does not have."""


class Form(NamedTuple):
    """One way to take a word: its lemma, and what its form can stand for."""

    lemma: str
    kind: str
    numbers: frozenset[str]
    cases: frozenset[str]
    genders: frozenset[str]
    collective: bool

    def fits(self, number: str, case: str) -> bool:
        return number in self.numbers and case in self.cases


@cache
def _morfeusz() -> Any:
    import morfeusz2

    return morfeusz2.Morfeusz()


@cache
def _tags(word: str) -> tuple[tuple[str, str], ...]:
    """Lemmas and tags of a word that is one token."""
    found = _morfeusz().analyse(word)
    return tuple((form[1], form[2]) for start, end, form in found if (start, end) == (0, 1))


def forms(word: str, kinds: tuple[str, ...]) -> tuple[Form, ...]:
    """The ways to take a word as one of these parts of speech."""
    return tuple(_forms(word, kinds))


def _forms(word: str, kinds: tuple[str, ...]) -> Iterator[Form]:
    for lemma, tag in _tags(word):
        kind, *places = tag.split(":")
        if kind in kinds and len(places) >= 3 and lemma not in _RARE:
            number, case, gender = (frozenset(place.split(".")) for place in places[:3])
            yield Form(lemma.partition(":")[0], kind, number, case, gender, "col" in places[3:])


def nouns(word: str) -> tuple[Form, ...]:
    return forms(word, _NOUNS)


def adjectives(word: str) -> tuple[Form, ...]:
    return forms(word, _ADJECTIVES)


@cache
def is_verb(word: str) -> bool:
    """True for a form that can only be a verb's, or is far likelier to be."""
    kinds = {tag.partition(":")[0] for _, tag in _tags(word)}
    return bool(kinds & {*_VERBS}) and not kinds & {"prep", "conj", "comp"}


@cache
def inflected(lemma: str, kind: str, number: str, case: str, gender: str = "") -> str:
    """The form of a word; raises NoForm where the dictionary has none.

    kind: a part of speech of the tags. gender: asked of adjectives and numerals, "" for any.
    """
    for form, _, tag, *_ in _morfeusz().generate(lemma):
        kind_of, *places = tag.split(":")
        if kind_of != kind or len(places) < 3 or {"com", "sup", "col"} & {*places[3:]}:
            continue
        wanted = (number, case, gender or places[2].split(".")[0])
        if all(one in place.split(".") for one, place in zip(wanted, places, strict=False)):
            if (case, gender) == ("nom", "m1") and kind == "num" and "congr" in places:
                continue  # dwaj: see numerals
            if form not in ("dwu", "dwuset", "dwóchset", "dwóm"):
                return str(form)
    raise NoForm(f"{lemma} {kind}:{number}:{case}:{gender}")


@cache
def of_units(lemma: str, number: str, case: str, gender: str) -> str:
    """The form of the noun of a unit: watów and woltów, not wat and wolt."""
    try:
        found = inflected(lemma, "subst", number, case, gender)
    except NoForm:
        found = inflected(lemma, "subst", number, case)
    longer = f"{lemma}ów"
    return longer if found == lemma and (number, case) == ("pl", "gen") and known(longer) else found


def participle(lemma: str, number: str, case: str, gender: str) -> str:
    """A form of an adjective in -ny that the dictionary has as a verb's only: zwany, wymieniony."""
    try:
        return inflected(lemma, "adj", number, case, gender)
    except NoForm:
        return lemma.removesuffix("y") + inflected("nowy", "adj", number, case, gender)[3:]


@cache
def prefix(lemma: str) -> str:
    """The form of a numeral that begins a compound: pięcio-letni; raises NoForm."""
    for form, _, tag, *_ in _morfeusz().generate(lemma):
        if tag == "numcomp" and form not in ("dwuset", "dwóchset"):
            return str(form)
    raise NoForm(f"{lemma} numcomp")


def is_ordinal(word: str) -> bool:
    """True for a word that can be an ordinal or another adjective."""
    return bool(adjectives(word))


def known(word: str) -> bool:
    """True if the dictionary has the word."""
    return any(tag != "ign" for _, tag in _tags(word))
