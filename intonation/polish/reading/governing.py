"""What stands before a number, and which cases it asks for."""

from collections.abc import Iterable

from intonation.polish.reading.morphology import (
    Form,
    adjectives,
    forms,
    is_adverb,
    is_numeral,
    known,
    nouns,
    verbs,
)
from intonation.polish.reading.tables.government import (
    CLITICS,
    DATIVE_VERBS,
    GENITIVE_ADJECTIVES,
    GENITIVE_REFLEXIVE,
    GENITIVE_VERBS,
    INSTRUMENTAL_REFLEXIVE,
    INSTRUMENTAL_VERBS,
    IS,
    JOINTS,
    NO_ACTION,
    OF_ABOUT,
    OF_ACTION,
    OF_MEASURE,
    OF_PEOPLE,
    OF_THESE,
    OTHERS,
    POSSESSIVE,
    POURING,
    PREPOSITIONS,
    TIMES_OF_DAY,
    TRANSPARENT,
    TWO_WORDS,
)

_EQUAL = frozenset(("wart", "równy", "sam", "który", "jaki"))


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


def shown_cases(words: Iterable[str]) -> frozenset[str]:
    """Cases that the numerals among some words can stand in: trzema, of which only one."""
    shown = frozenset(OTHERS)
    for word in words:
        own = [form for form in forms(word, ("num", "adj")) if _counts(form)]
        if own and word not in PREPOSITIONS:
            shown &= frozenset(case for form in own for case in form.cases)
    return shown


def _counts(form: Form) -> bool:
    return form.kind == "num" or form.lemma == "jeden"


def governed(words: list[str], unit: str = "") -> tuple[str, ...]:
    """Cases that what stands before a number allows it, likelier first; () where nothing tells."""
    behind = without_first(words)
    cases = _governed(list(behind), unit)
    if len(behind) == len(words) or behind[-1:] == ["po"]:
        return cases
    shown = shown_cases(words[len(behind) :])  # z trzema żółtkami i stu gramami
    return tuple(case for case in cases if case in shown) or cases


def _governed(behind: list[str], unit: str) -> tuple[str, ...]:
    if behind[-2:] in (["w", "tym"], ["w", "sumie"], ["przy", "czym"]):
        return ()
    _pop_transparent(behind)
    if not behind:
        return ()
    last = behind[-1]
    if tuple(behind[-2:]) in TWO_WORDS:
        return TWO_WORDS[behind[-2], last]
    if unit and last in JOINTS and (cases := _joined(behind[:-1])):
        return cases
    if last in ("zobacz", "porównaj", "patrz"):
        return ("acc",)
    if last in ("z", "ze") and verbs((behind[-2:-1] or [""])[0]) & OF_ABOUT and last == "ze":
        return ("acc",)
    if last == "z" and unit == "pkt":
        return ("inst",)
    if last in PREPOSITIONS:
        return PREPOSITIONS[last]
    if last in OF_THESE or (_has_of(nouns(last)) and not _is_gapped(behind)):
        return ("gen",)
    return ("gen", *OTHERS) if _of_noun(behind, unit) else _of_verb(behind, unit)


def _joined(words: list[str]) -> tuple[str, ...]:
    """Cases of a noun behind a preposition, or of the object of a verb, that "and" joins a measure
    to: z cukrem i (pięćdziesięcioma gramami masła); () where nothing tells."""
    shown = {case for form in nouns((words or [""])[-1]) for case in form.cases}
    for place in range(len(words) - 2, max(len(words) - 5, -1), -1):
        if is_numeral(words[place]):
            return ()
        if words[place] in PREPOSITIONS:
            return tuple(case for case in PREPOSITIONS[words[place]] if case in shown)
        if own := _acts(words[place]):
            return ("gen",) if own & GENITIVE_VERBS else ()
    return ()


def _is_gapped(behind: list[str]) -> bool:
    """True where the verb is that of the clause before: ..., a deficyt (pięć miliardów)."""
    if behind[0] not in ("a", "zaś") or len(behind) > 4 or {*behind} & {*PREPOSITIONS}:
        return False
    subject = any("nom" in form.cases for form in nouns(behind[-1]))
    return subject or any("nom" in form.cases for form in nouns(behind[1] if behind[1:] else ""))


def _pop_transparent(behind: list[str]) -> None:
    """Remove what stands between what governs and the number, and changes nothing."""
    most = behind[-1:] in (["najmniej"], ["najwyżej"])
    while behind and behind[-1] in TRANSPARENT and behind[-1] not in PREPOSITIONS:
        behind.pop()
    if most and behind[-1:] == ["co"]:
        behind.pop()
    if behind[-1:] == ["niż"] and behind[-2:-1] in (["więcej"], ["mniej"]):
        del behind[-2:]  # w nie więcej niż pięciu krajach
        del behind[len(behind) - (behind[-1:] == ["nie"]) :]
    if behind[-1:] == ["około"] and behind[-2:-1] and behind[-2] in PREPOSITIONS:
        behind.pop()  # o około dwadzieścia minut
    kept = list(behind)
    while behind and (behind[-1] in POSSESSIVE or _describes(behind[-1])):
        behind.pop()
    if not behind or behind[-1] not in PREPOSITIONS:
        behind[:] = kept


def _describes(word: str) -> bool:
    """True for an adjective in the plural alone: z pozostałymi (trzema osobami)."""
    own = forms(word, ("adj",))
    return bool(own) and all(
        form.numbers == {"pl"} and form.lemma not in _EQUAL | GENITIVE_ADJECTIVES for form in own
    )


def _of_noun(behind: list[str], unit: str) -> bool:
    """True behind a noun that is likely to have a number of others in the genitive: remont."""
    found = nouns(behind[-1])
    if not unit and _are(found, OF_PEOPLE):
        return True
    before = behind[-2:-1] if not adjectives((behind[-2:-1] or [""])[0]) else behind[-3:-2]
    inside = any("loc" in form.cases for form in found)
    if before == ["o"] and inside and not _are(found, TIMES_OF_DAY):
        return True  # o boku dwóch centymetrów
    return _is_action(found) and not (inside and before in (["w"], ["we"], ["na"]))


def _is_action(found: Iterable[Form]) -> bool:
    """True for remont, and for a noun in -acja of a verb in -ować: likwidacja."""
    return any(
        form.lemma in OF_ACTION
        or (
            form.lemma.endswith("acja")
            and form.lemma not in NO_ACTION
            and known(form.lemma[:-4] + "ować")
        )
        for form in found
    )


def _are(some: Iterable[Form], lemmas: frozenset[str]) -> bool:
    return any(form.lemma in lemmas for form in some)


def _has_of(some: Iterable[Form]) -> bool:
    """True for nouns that a number in the genitive follows: cena, szerokość, przebycie."""
    own = list(some)
    named = any(form.lemma in OF_MEASURE or form.lemma.endswith("ość") for form in own)
    return named or (bool(own) and all(form.kind == "ger" for form in own))


def _of_verb(words: list[str], unit: str) -> tuple[str, ...]:
    """Cases of the object of the verb at the end of a clause, where they are not the usual ones:
    brakuje pięciu złotych, nie może ważyć pięciu kilogramów, podzielił się pięcioma złotymi."""
    place = _verb_place(words)
    own = _acts(words[place - 1]) if place else frozenset[str]()
    reflexive = "się" in words[max(place - 2, 0) :]
    adjective = {form.lemma for form in adjectives(words[-1])} & GENITIVE_ADJECTIVES
    if own & GENITIVE_VERBS or adjective or words[-1:] == ["potrzeba"]:
        return ("gen", *OTHERS)
    if reflexive and own & GENITIVE_REFLEXIVE:
        return ("gen", *OTHERS)
    if own & INSTRUMENTAL_VERBS or (reflexive and own & INSTRUMENTAL_REFLEXIVE):
        return ("inst", *OTHERS)
    if unit and own & POURING:
        return ("inst",)
    if own & DATIVE_VERBS:
        return ("dat", *OTHERS)
    place = len(words)
    while place and (words[place - 1] in CLITICS or verbs(words[place - 1])):
        place -= 1
    negated = 0 < place < len(words) and words[place - 1] == "nie"
    return ("gen", *OTHERS) if negated and words[-1] not in IS else ()


def _verb_place(words: list[str]) -> int:
    """Where the verb ends that the clause closes with, but for pronouns, adverbs and whom it is
    for: zabrakło drużynie (pięciu punktów)."""
    place = len(words)
    while place and (words[place - 1] in CLITICS or is_adverb(words[place - 1])):
        place -= 1
    whom = place
    while whom and place - whom < 2 and _is_dative(words[whom - 1]):
        whom -= 1
    return whom if whom and _acts(words[whom - 1]) & GENITIVE_VERBS else place


def _is_dative(word: str) -> bool:
    return any("dat" in form.cases for form in (*nouns(word), *adjectives(word)))


def _acts(word: str) -> frozenset[str]:
    """Lemmas of the verbs that a word is a form of, active participles included."""
    acting = {form.lemma for form in adjectives(word) if form.kind == "pact"}
    return verbs(word) | acting
