"""Forms of Polish words, from Morfeusz 2 with the dictionary SGJP; numerals, from num2words.

Tags are those of the National Corpus of Polish: part of speech, number, case, gender, ...; several
values of a place are joined by dots. Cases here: nom gen dat acc inst loc. Genders: m1 (men),
m2 (animals), m3 (things), f, n.
"""

from collections.abc import Iterator
from functools import cache
from typing import Any, NamedTuple

CASES = ("nom", "gen", "dat", "acc", "inst", "loc")
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
_MULTIPLES = ("tera", "giga", "mega", "kilo", "mikro", "mili", "nano", "hekto")
_NOUNS = ("subst", "depr", "ger")
_ADJECTIVES = ("adj", "ppas", "pact")
_VERBAL = ("inf", "pcon", "pant")
_VERBS = ("fin", "praet", "impt", "imps", "bedzie", "pred", "winien")
# words of their own that hardly anybody writes, where another is meant: koty, gości
_RARE = frozenset(
    (
        "kota",
        "gościa",
        "lato:Sf",
        "gmin",
        "wieko",
        "wiro",
        "ulec",
        "koń:Sf",
        "litra",
        "grama",
        "metra",
        "metr:Sm1",
    )
)


class NoForm(LookupError):
    """A form that the dictionary does not have, or that could be one of two."""


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
def first_names(word: str) -> frozenset[str]:
    """Lemmas of the first names that a word is a form of."""
    found = _morfeusz().analyse(word)
    named = {lemma for _, _, (_, lemma, _, kinds, _) in found if "imię" in kinds}
    return frozenset(lemma.partition(":")[0] for lemma in named)


@cache
def _tags(word: str) -> tuple[tuple[str, str], ...]:
    """Lemmas and tags of a word that is one token."""
    found = _morfeusz().analyse(word)
    return tuple((form[1], form[2]) for _, _, form in found if form[0] == word)


def _first_tags(word: str) -> tuple[tuple[str, str], ...]:
    """Lemmas and tags of the first segments of a word."""
    found = _morfeusz().analyse(word)
    return tuple((form[1], form[2]) for start, _, form in found if start == 0)


def ways_to_take(word: str) -> tuple[tuple[str, str], ...]:
    """Lemmas and tags of every way to take a word in lower case; empty for an unknown one.

    Of a word of several segments (robił-em) those of the first; a name (Anna) is known, too.
    """
    spelt = (word, word.capitalize())
    found = (_tags(one) or _first_tags(one) for one in spelt)
    return next((tags for tags in found if any(tag != "ign" for _, tag in tags)), ())


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


def past(word: str) -> tuple[Form, ...]:
    """Past forms of a verb, whose gender is second: była, wbiegł."""
    found = _tags(word) or _first_tags(word)
    places = [(lemma, tag.split(":")) for lemma, tag in found if tag.startswith("praet")]
    none = frozenset[str]()
    return tuple(
        Form(lemma, "praet", frozenset([tag[1]]), none, frozenset(tag[2].split(".")), False)
        for lemma, tag in places
    )


def adjectives(word: str) -> tuple[Form, ...]:
    return forms(word, _ADJECTIVES)


@cache
def is_verb(word: str) -> bool:
    """True for a form that can only be a verb's, or is far likelier to be."""
    tags = _tags(word) or _first_tags(word)  # pomogł-em is two segments
    kinds = {tag.partition(":")[0] for _, tag in tags}
    return bool(kinds & {*_VERBS}) and not kinds & {"prep", "conj", "comp"}


@cache
def is_only_noun(word: str) -> bool:
    """True for a word of four letters or more that is nothing but a form of nouns."""
    return len(word) > 3 and all(tag.startswith("subst") for _, tag in _tags(word))


@cache
def is_adverb(word: str) -> bool:
    """True for a word that can be nothing but an adverb or a particle."""
    kinds = {tag.partition(":")[0] for _, tag in _tags(word)}
    return bool(kinds) and kinds <= {"adv", "part"}


@cache
def is_infinitive(word: str) -> bool:
    return any(tag.startswith("inf") for _, tag in _tags(word))


@cache
def verbs(word: str) -> frozenset[str]:
    """Lemmas of the verbs that a word is a form of, infinitives and participles included."""
    tags = _tags(word) or _first_tags(word)
    kinds = {*_VERBS, *_VERBAL}
    found = {lemma for lemma, tag in tags if tag.partition(":")[0] in kinds}
    return frozenset(lemma.partition(":")[0] for lemma in found)


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
            if form not in ("dwu", "dwuset", "dwóm") and not form.endswith("chset"):
                return str(form)
    raise NoForm(f"no form {kind}:{number}:{case}:{gender} of {lemma} is known")


@cache
def of_units(lemma: str, number: str, case: str, gender: str) -> str:
    """The form of the noun of a unit: watów and woltów, not wat and wolt."""
    try:
        found = inflected(lemma, "subst", number, case, gender)
    except NoForm:
        part = next((one for one in _MULTIPLES if lemma.startswith(one)), "")
        found = part + inflected(lemma.removeprefix(part), "subst", number, case)
    if found == lemma and number == "pl" and case in ("nom", "acc") and known(f"{lemma}y"):
        return f"{lemma}y"  # dwa megawaty, not megawat
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
    raise NoForm(f"no form of {lemma} for compounds is known")


def is_ordinal(word: str) -> bool:
    """True for a word that can be an ordinal or another adjective."""
    return bool(adjectives(word))


def is_numeral(word: str) -> bool:
    """True for a cardinal or an indefinite number in words: pięć, kilku."""
    return bool(forms(word, ("num",)))


def known(word: str) -> bool:
    """True if the dictionary has the word."""
    return any(tag != "ign" for _, tag in _tags(word))


@cache
def is_word(word: str) -> bool:
    """True if the dictionary has the word, and not as an abbreviation alone."""
    return any(tag != "ign" and not tag.startswith("brev") for _, tag in _tags(word))


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
