"""What stands before a number, and which cases it asks for."""

from collections.abc import Iterable

from intonation.polish.reading.morphology import (
    Form,
    adjectives,
    is_numeral,
    nouns,
    verbs,
)
from intonation.polish.words import word_set

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
TRANSPARENT = word_set(
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
    while behind and behind[-1] in TRANSPARENT and behind[-1] not in PREPOSITIONS:
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
