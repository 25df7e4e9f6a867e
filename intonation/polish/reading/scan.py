"""A text that is being read from left to right, and what the neighbourhood tells of case.

What is behind is words already; what is ahead is still writing.
"""

import re
from dataclasses import dataclass, field

from intonation.polish.reading.morphology import Form, adjectives, is_verb, nouns
from intonation.polish.reading.result import Change, Unread

_WORD = re.compile(r"[^\W\d_]+")
_START = re.compile(r"(^|[.?!…]|[.?!…][”\"’»)]|^[„\"«(–—-]|[.?!…] [„\"«(–—-])\s*[„\"«(–—-]?\s*$")
_NEXT = re.compile(r"[ \u00a0\u202f]([^\W\d_]+)")

# cases that a preposition can stand with, the likelier for a number with a unit first
PREPOSITIONS = {
    **dict.fromkeys(
        """od ode do bez beze dla u około koło obok oprócz spod znad spoza wśród według podczas
        poniżej powyżej wobec spośród blisko niedaleko zamiast wokół naprzeciw wzdłuż""".split(),
        ("gen",),
    ),
    **dict.fromkeys("ku dzięki przeciw wbrew przeciwko".split(), ("dat",)),
    **dict.fromkeys("przez przeze co".split(), ("acc",)),
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
# stand between what governs and the number, and change nothing
_TRANSPARENT = frozenset(
    """ponad prawie niemal blisko tylko aż jakieś jeszcze zaledwie najmniej co przynajmniej już
    mniej więcej ostatnich ostatnie ostatnimi pierwszych pierwsze tych te tym tymi następne
    kolejne kolejnych wszystkie wszystkich dokładnie równo raptem całe całych jedynie nawet
    minus plus""".split()
)
# nouns that have a measure after them in the genitive, and words that govern it
_OF_MEASURE = frozenset(
    """odległość wysokość cena kwota grupa suma prędkość temperatura długość szerokość głębokość
    waga masa powierzchnia moc wiek koszt ciąg okres czas wzrost szybkość kara grzywna dług zysk
    strata pojemność objętość dystans koniec większość połowa brak zespół oddział""".split()
)
_GENITIVE_VERBS = frozenset(
    """brakuje brakowało brakło zabrakło potrzeba potrzebuje potrzebuję potrzebujemy potrzebują
    dożył dożyła sięga sięgał sięgała przekracza? żąda wymaga ubyło przybyło""".split()
)
_TWO_WORDS = {(word, "z") for word in "zgodnie wraz razem zgodny zgodna zgodne związku".split()}


@dataclass
class Scan:
    """text: the writing. position: how far it is read. out: what was read, piece by piece."""

    text: str
    position: int = 0
    out: list[str] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)
    unread: list[Unread] = field(default_factory=list)

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

    def words_ahead(self, start: int, most: int = 3) -> list[tuple[str, int]]:
        """Words that follow a place with nothing but spaces between, and where each ends."""
        found: list[tuple[str, int]] = []
        while len(found) < most and (match := _NEXT.match(self.text, start)):
            start = match.end()
            found.append((match[1], start))
        return found

    def keeps_stop(self, stop_end: int) -> bool:
        """True if the full stop of an abbreviation also ends the sentence."""
        rest = self.text[stop_end:].lstrip("”\"’») \n\t")
        if not rest:
            return True
        sentence = re.split(r"[.?!…]", self.behind())[-1]
        return rest[0].isupper() and any(map(is_verb, _WORD.findall(sentence.lower())))


def governed(words: list[str]) -> tuple[str, ...]:
    """Cases that what stands before a number allows it, likelier first; () where nothing tells."""
    behind = list(words)
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
    if last in PREPOSITIONS:
        return PREPOSITIONS[last]
    if last in _GENITIVE_VERBS or (len(behind) > 1 and behind[-2] == "nie" and is_verb(last)):
        return ("gen",)
    if any(form.lemma in _OF_MEASURE for form in nouns(last)):
        return ("gen",)
    return ()


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
