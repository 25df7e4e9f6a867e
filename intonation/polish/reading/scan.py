"""A text that is being read from left to right, what comes of it, and what tells of case.

What is behind is words already; what is ahead is still writing.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

from intonation.errors import UtteranceError
from intonation.polish.reading.morphology import (
    Form,
    adjectives,
    is_numeral,
    is_verb,
    nouns,
    verbs,
)
from intonation.polish.words import word_set

_WORD = re.compile(r"[^\W\d_]+")
_START = re.compile(r"(^|[.?!…]|[.?!…][”\"’»)]|^[„\"«(–—-]|[.?!…] [„\"«(–—-])\s*[„\"«(–—-]?\s*$")
_INITIALS = re.compile(r"[^\W\d_]\.[ \u00a0]?[A-ZĄĆĘŁŃÓŚŹŻ]")
_LISTED = re.compile(r"(?:,|,? (?:i|oraz|lub|albo|a także)) $")
_LEAVES = re.compile(r"[.;:?!()–—]|, (?:a|ale|że|który|bo|gdy|więc)\b")
_CENTURY = re.compile(r"[IVX]+(?: [ai] [IVX]+)? (?:w\.|wiek)")
_NEXT = re.compile(r"[ \u00a0\u202f]([^\W\d_]+)")

# cases that a preposition can stand with, the likelier for a number with a unit first
PREPOSITIONS = {
    **dict.fromkeys(
        word_set(
            """od ode do bez beze dla u około koło obok oprócz spod znad spoza wśród według podczas
        poniżej powyżej wobec spośród niedaleko zamiast wokół naprzeciw wzdłuż"""
        ),
        ("gen",),
    ),
    **dict.fromkeys(word_set("ku dzięki przeciw wbrew przeciwko"), ("dat",)),
    **dict.fromkeys(word_set("przez przeze co"), ("acc",)),
    "przy": ("loc",),
    "w": ("loc", "acc"),
    "we": ("loc", "acc"),
    "na": ("acc", "loc"),
    "o": ("acc", "loc"),
    "po": ("acc", "loc"),
    "za": ("acc", "inst", "gen"),
    "przed": ("inst", "acc"),
    "przede": ("inst",),
    "pod": ("acc", "inst"),
    "nad": ("inst", "acc"),
    "między": ("inst",),
    "pomiędzy": ("inst",),
    "poza": ("inst",),
    "z": ("gen", "inst"),
    "ze": ("gen", "inst"),
}
JOINTS = word_set("i oraz lub albo a czy")
# stand between what governs and the number, and change nothing
_TRANSPARENT = word_set(
    """ponad prawie niemal blisko tylko aż jakieś jeszcze zaledwie najmniej co przynajmniej już
    mniej więcej ostatnich ostatnie ostatnimi pierwszych pierwsze tych te tym tymi następne
    kolejne kolejnych wszystkie wszystkich dokładnie równo raptem całe całych jedynie nawet
    minus plus niespełna niecałe niecałych średnio łącznie maksymalnie"""
)
# nouns that have a number after them in the genitive (those in -ość do, too)
_OF_MEASURE = word_set(
    """odległość wysokość cena kwota grupa suma prędkość temperatura długość szerokość głębokość
    waga masa powierzchnia moc wiek koszt ciąg okres czas wzrost szybkość kara grzywna dług zysk
    strata nakład wartość zasięg tempo rabat zniżka podwyżka budżet kredyt pożyczka nagroda
    premia kaucja mandat zaliczka opłata odstęp promień średnica napięcie częstotliwość
    objętość dystans koniec większość połowa brak zespół oddział przewaga różnica przekątna obwód
    ciśnienie stężenie dawka porcja zapas składka pensja emerytura dochód przychód
    wynagrodzenie odszkodowanie dotacja dopłata limit próg poziom worek paczka skrzynka
    wypłata spłata zwrot zakup utrata sprzedaż dostawa intencja
    termin przeciąg perspektywa urlop wymiar kadencja opóźnienie rata czynsz rekompensata stypendium
    zapomoga zasiłek wsparcie dofinansowanie wpłata przelew deficyt nadwyżka fundusz pula populacja
    załoga ekipa tłum grono seria zestaw zbiór rozpiętość liczba
    rozmiar"""
)
# the same of these forms alone: w składzie, but wchodzi w skład
_OF_THESE = word_set(
    """składzie udziałem udziale wyniku skutku powodu celu upływie zakresie obrębie ramach trakcie
    pomocą pomocy gronie imieniu terenie"""
)
# ze behind these is about: waży ze trzydzieści kilogramów
_OF_ABOUT = word_set("ważyć mieć liczyć kosztować trwać być czekać")
# people who are named by whom or what they have: ojciec pięciorga dzieci
_OF_PEOPLE = word_set(
    """ojciec matka rodzic opiekun opiekunka autor autorka właściciel właścicielka laureat
    laureatka zdobywca zwycięzca zwyciężczyni uczestnik uczestniczka twórca"""
)
# verbs whose object is in the genitive, or in the instrumental
_GENITIVE_VERBS = word_set(
    """brakować braknąć zabraknąć potrzebować wymagać dożyć sięgać sięgnąć żądać zażądać ubyć
    ubywać przybyć przybywać dotyczyć szukać poszukiwać używać użyć unikać uniknąć oczekiwać
    pilnować domagać doczekać spodziewać udzielić udzielać dokonać doznać pozbawić pozbyć"""
)
_INSTRUMENTAL_VERBS = word_set(
    """kierować pokierować zarządzać rządzić dowodzić dysponować dzielić podzielić opiekować
    zaopiekować zajmować zająć interesować zainteresować handlować obracać operować władać
    zadowalać zadowolić cieszyć chwalić pochwalić szczycić martwić bawić poczęstować obdarować
    przejmować"""
)
_OF_THEMSELVES = word_set(
    "opiekować zaopiekować zajmować zająć interesować zainteresować dzielić"
    " podzielić zadowalać zadowolić cieszyć chwalić pochwalić szczycić martwić bawić przejmować"
)
_CLITICS = word_set("się mu jej im mi ci go nam wam sobie")
_IS = word_set("jest są")
_OTHERS = ("nom", "acc", "gen", "inst", "dat", "loc")  # of what is no object: od lat, dwa dni
_TWO_WORDS = {(word, "z") for word in word_set("zgodnie wraz razem zgodny zgodna zgodne związku")}


class Change(NamedTuple):
    """A stretch of the writing and the words that it is read as."""

    written: str
    read: str


class Unread(NamedTuple):
    """A stretch of the writing that no rule reads, and why."""

    written: str
    why: str


@dataclass(frozen=True)
class Reading:
    """A text in words, what was changed for it, and what could not be read.

    text: as `check_text` wants it, if nothing is unread.
    """

    text: str
    changes: tuple[Change, ...] = ()
    unread: tuple[Unread, ...] = ()

    def words(self) -> str:
        """The text; raises UtteranceError, which names the first stretches, where any is unread."""
        if not self.unread:
            return self.text
        named = "; ".join(f'"{one.written[:40]}" ({one.why})' for one in self.unread[:3])
        more = f" and {len(self.unread) - 3} more" if len(self.unread) > 3 else ""
        raise UtteranceError(
            f"the text has what no rule reads aloud: {named}{more}; expected Polish words, and "
            "numbers, signs and abbreviations whose reading is certain. Write it out in the text, "
            "or put it into dictionary.txt beside the recordings."
        )


@dataclass
class Scan:
    """text: the writing. position: how far it is read. out: what was read, piece by piece."""

    text: str
    position: int = 0
    out: list[str] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)
    unread: list[Unread] = field(default_factory=list)
    last_number: tuple[int, tuple[str, ...]] = (0, ())

    def remember(self, cases: tuple[str, ...]) -> None:
        """That the number up to here stands in these cases, for others of the same list."""
        self.last_number = (len(self.behind()), cases)

    def listed_cases(self) -> tuple[str, ...]:
        """Cases of the number before, if this one goes on the list: o ósmej, dwunastej i ..."""
        start, cases = self.last_number
        between = self.behind()[start:]
        return cases if _LISTED.search(between) and not _LEAVES.search(between) else ()

    def take(self, end: int, read: str) -> None:
        """Read the writing up to `end` as these words."""
        written = self.text[self.position : end]
        if self.starts_sentence() and not written[:1].islower():
            read = read[:1].upper() + read[1:]
        if read != written:
            self.changes.append(Change(written, read))
        self._put(end, read)

    def copy(self, end: int) -> None:
        self._put(end, self.text[self.position : end])

    def leave(self, end: int, why: str) -> None:
        """Leave the writing up to `end` as it is, for this reason."""
        self.unread.append(Unread(self.text[self.position : end], why))
        self.copy(end)

    def _put(self, end: int, piece: str) -> None:
        self.out.append(piece)
        self.position = end

    def behind(self) -> str:
        """What was read, of the last hundred pieces; more never matters."""
        return "".join(self.out[-100:])

    def starts_sentence(self) -> bool:
        return bool(_START.search(self.behind()))

    def words_behind(self) -> list[str]:
        """Words of the clause so far, the last one last, lower case."""
        clause = re.split(r"[.;:?!…()„”\"]|,", self.behind())[-1]
        return [word.lower() for word in _WORD.findall(clause)]

    def counted_before(self) -> frozenset[str]:
        """Genders of the last noun of the sentence so far that a numeral stands before."""
        words = _WORD.findall(re.split(r"[.?!…]", self.behind())[-1].lower())
        for place in range(len(words) - 1, 0, -1):
            if is_numeral(words[place - 1]) and (found := nouns(words[place])):
                men = any(form.genders == {"m1"} and "pl" in form.numbers for form in found)
                return frozenset({"m1"}) if men else found[0].genders
        return frozenset()

    def beside_verb(self, end: int) -> bool:
        """True if a verb is the last word but adverbs, or one of the next two."""
        behind = self.words_behind()
        while behind and behind[-1] in _TRANSPARENT:
            behind.pop()
        ahead = [word for word, _ in self.words_ahead(end, 2)]
        return any(map(is_verb, [*behind[-1:], *ahead]))

    def words_ahead(self, start: int, most: int = 3) -> list[tuple[str, int]]:
        """Words that follow a place with nothing but spaces between, and where each ends."""
        found: list[tuple[str, int]] = []
        while len(found) < most and (match := _NEXT.match(self.text, start)):
            start = match.end()
            found.append((match[1], start))
        return found

    def keeps_stop(self, stop_end: int) -> bool:
        """True if the full stop of an abbreviation also ends the sentence."""
        rest = self.text[stop_end:].lstrip('”"’») \n\t')
        if not rest:
            return True
        if rest[0] in "—–":
            return rest.lstrip("—– ")[:1].isupper()
        if _INITIALS.match(rest) or _CENTURY.match(rest):
            return False
        sentence = re.split(r"[.?!…]", self.behind())[-1]
        return rest[0].isupper() and any(map(is_verb, _WORD.findall(sentence.lower())))


def without_first(words: list[str]) -> list[str]:
    """Words without the first of two numbers at their end: w drugiej i (trzeciej klasie); with
    what it counts, too: z pięciu jajek i (stu gramów)."""
    behind = list(words)
    while len(behind) > 2 and behind[-1] in JOINTS and any(map(_is_number, behind[-4:-1])):
        rest = behind[:-1]
        _pop_numbers(rest)
        if len(rest) > 1 and nouns(rest[-1]) and _is_number(rest[-2]):
            rest.pop()
            _pop_numbers(rest)
        if len(rest) == len(behind) - 1:
            break
        behind = rest
    return behind


def _pop_numbers(words: list[str]) -> None:
    while words and _is_number(words[-1]) and words[-1] not in PREPOSITIONS:
        words.pop()


def _is_number(word: str) -> bool:
    return is_numeral(word) or bool(adjectives(word))


def governed(words: list[str], unit: str = "") -> tuple[str, ...]:
    """Cases that what stands before a number allows it, likelier first; () where nothing tells."""
    behind = without_first(words)
    if words == ["w", "tym"]:
        return ()
    while behind and behind[-1] in _TRANSPARENT and behind[-1] not in PREPOSITIONS:
        behind.pop()
    if behind and behind[-1] == "co" and words[-1] in ("najmniej",):
        behind.pop()
    if not behind:
        return ()
    last = behind[-1]
    if tuple(behind[-2:]) in _TWO_WORDS:
        return ("inst",)
    if last in ("zobacz", "porównaj", "patrz"):
        return ("acc",)
    if last == "ze" and verbs((behind[-2:-1] or [""])[0]) & _OF_ABOUT:
        return ("acc",)
    if last == "z" and unit == "pkt":
        return ("inst",)
    if last in PREPOSITIONS:
        return PREPOSITIONS[last]
    if behind[-2:] == ["w", "sumie"]:
        return ()
    if last in _OF_THESE or _has_of(nouns(last)) or (not unit and _are(nouns(last), _OF_PEOPLE)):
        return ("gen",)
    return _of_verb(behind)


def _are(some: Iterable[Form], lemmas: frozenset[str]) -> bool:
    return any(form.lemma in lemmas for form in some)


def _has_of(some: Iterable[Form]) -> bool:
    """True for nouns that a number in the genitive follows: cena, szerokość, przebycie."""
    own = list(some)
    named = any(form.lemma in _OF_MEASURE or form.lemma.endswith("ość") for form in own)
    return named or (bool(own) and all(form.kind == "ger" for form in own))


def _of_verb(words: list[str]) -> tuple[str, ...]:
    """Cases of the object of the verb at the end of a clause, where they are not the usual ones:
    brakuje pięciu złotych, nie może ważyć pięciu kilogramów, podzielił się pięcioma złotymi."""
    place = len(words)
    while place and words[place - 1] in _CLITICS:
        place -= 1
    own = verbs(words[place - 1]) if place else frozenset()
    if own & _GENITIVE_VERBS or words[-1:] == ["potrzeba"]:
        return ("gen", *_OTHERS)
    reflexive = "się" in words[place - 2 :]
    if own & _INSTRUMENTAL_VERBS and (reflexive or not own & _OF_THEMSELVES):
        return ("inst", *_OTHERS)
    while place and (words[place - 1] in _CLITICS or verbs(words[place - 1])):
        place -= 1
    negated = 0 < place < len(words) and words[place - 1] == "nie"
    return ("gen", *_OTHERS) if negated and words[-1] not in _IS else ()


def head_ahead(scan: Scan, start: int) -> tuple[str, tuple[Form, ...]]:
    """The noun that a number before `start` may count, behind up to two adjectives; and its forms.

    ("", ()) where there is none.
    """
    adjectival: tuple[Form, ...] = ()
    for word, _ in scan.words_ahead(start):
        if word.lower() in PREPOSITIONS or word.lower() in ("i", "oraz", "lub", "a", "to"):
            break
        found, describing = nouns(word), adjectives(word)
        if found and not (describing and _noun_follows(scan, start, word, describing)):
            return word, found
        if not describing:
            break
        adjectival = adjectival or describing
    return ("", adjectival)


def _noun_follows(scan: Scan, start: int, word: str, describing: tuple[Form, ...]) -> bool:
    ahead = scan.words_ahead(start, 4)
    place = [one for one, _ in ahead].index(word)
    if place + 1 >= len(ahead) or ahead[place + 1][0].lower() in PREPOSITIONS:
        return False
    return any(
        form.numbers & other.numbers and form.cases & other.cases and form.genders & other.genders
        for form in nouns(ahead[place + 1][0])
        for other in describing
    )


def fitting_case(cases: tuple[str, ...], some: Iterable[Form], number: str = "sg") -> str:
    """The case that both what governs and the forms allow, else what governs, else nominative."""
    forms = list(some)
    for case in cases or ("nom", "gen", "dat", "acc", "inst", "loc"):
        if any(form.fits(number, case) for form in forms):
            return case
    return cases[0] if cases else "nom"
