"""A text that is being read from left to right, what comes of it, and what tells of case.

What is behind is words already; what is ahead is still writing.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

from intonation.errors import UtteranceError
from intonation.polish.reading.governing import shown_cases
from intonation.polish.reading.morphology import (
    Form,
    adjectives,
    is_numeral,
    is_verb,
    nouns,
)
from intonation.polish.reading.tables.government import POSSESSIVE, PREPOSITIONS, TRANSPARENT

_WORD = re.compile(r"[^\W\d_]+")
_START = re.compile(r"(^|[.?!…]|[.?!…][”\"’»)]|^[„\"«(–—-]|[.?!…] [„\"«(–—-])\s*[„\"«(–—-]?\s*$")
_INITIALS = re.compile(r"[^\W\d_]\.[ \u00a0]?[A-ZĄĆĘŁŃÓŚŹŻ]")
_LISTED = re.compile(r"(?:,|,? (?:i|oraz|lub|albo|a także)) $")
_ENDS_LIST = re.compile(
    r"[^.;:?!()]*? (?:i|oraz|lub|albo|a także) (?:[^\W\d_]+ ){0,2}(?:\d|[IVX]+\b)"
)
_LEAVES = re.compile(r"[.;:?!()–—]|, (?:a|ale|że|który|bo|gdy|więc)\b")
_CENTURY = re.compile(r"[IVX]+(?: [ai] [IVX]+)? (?:w\.|wiek)")
_NEXT = re.compile(r"[ \u00a0\u202f]([^\W\d_]+)")


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

    def remember(self, cases: tuple[str, ...], read: str = "") -> None:
        """That the number up to here stands in these cases, for others of the same list; those that
        the words that were read can stand in: trzema."""
        shown = (
            shown_cases(_WORD.findall(read))
            if len(cases) > 1 and cases != PREPOSITIONS["po"]
            else ()
        )
        fit = tuple(case for case in cases if case in shown)
        self.last_number = (len(self.behind()), fit or cases)

    def listed_cases(self, *, times: bool = False) -> tuple[str, ...]:
        """Cases of the number before, if this one goes on the list: o ósmej, dwunastej i ...

        times: a comma alone makes a list; else "and" has to follow: na wysokości pięciu metrów,
        trzy kilometry na wschód.
        """
        start, cases = self.last_number
        between = self.behind()[start:]
        if between.endswith(", ") and not times and not _ENDS_LIST.match(self.text, self.position):
            return ()
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
        while behind and behind[-1] in TRANSPARENT:
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


def head_ahead(scan: Scan, start: int) -> tuple[str, tuple[Form, ...]]:
    """The noun that a number before `start` may count, behind up to two adjectives; and its forms.

    ("", ()) where there is none.
    """
    adjectival: tuple[Form, ...] = ()
    for word, _ in scan.words_ahead(start):
        if word in POSSESSIVE and not adjectival:
            continue  # dwie jego żony
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
