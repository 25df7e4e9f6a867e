"""Lexical stress of Polish words, and of short words among their neighbours.

Stress falls on the last syllable but one. Exceptions, as the norm has them (Markowski (ed.),
Wielki słownik poprawnej polszczyzny PWN, 2004, entry on akcent): conditionals and plural past
forms keep the stress of the form without the ending; learned nouns in -yka, -ika and some
other loans have it on the last but two, as do numerals in -set and -sta; clitics have none.
"""

import re
from collections.abc import Sequence
from typing import NamedTuple

from intonation.polish.lexicon import CONTENT, gives_stress_as, is_clitic
from intonation.polish.words import word_set

_CONDITIONAL_PLURAL = re.compile(r"(li|ły)(byśmy|byście)$")
_LAST_BUT_TWO = re.compile(
    r"(ł|ła|ło|li|ły)(by|bym|byś)$"  # zrobiłby, zrobiliby
    r"|(li|ły|winni|winny)(śmy|ście)$"  # zrobiliśmy, powinniśmy
    r"|^(że|a|gdy|jak|o|choć|chociaż|czyż)by(śmy|ście)$"
    r"|^(czterysta|czterystu|(siedem|osiem|dziewięć|kilka|ile|tyle)(set|kroć))$"
    r"|^(pięciu|sześciu|siedmiu|ośmiu|dziewięciu|kilku)set$"
)
# The forms as long as the nominative (muzyka, muzykę; but muzykami regularly).
_LEARNED = re.compile(r"^(?P<stem>.+)(?:[yi]k(?:a|i|ę|ą|o|om|ach)|[yi]ce)$")
_LEARNED_ENDING = re.compile(r"(st|mat|et|lit|ryt|pt|kt|nt|nom|tron)$")
_LEARNED_STEMS = word_set(
    """afr akrob amer botan bazyl ceram dynam egzot empir encykl ep erot fabr fiz graf harmon
    herald hydraul klas klin kostar kron lir log mechan melod metod metr mim motor moza muz pan
    pedagog polem prozod repl republ retor robot rubr rytm specyf symbol techn tun
    """
)
# Loans stressed on the last syllable but two in these forms only (uniwersytetu regularly).
_LOANS = word_set(
    """uniwersytet prezydent opera opery operę operą operze ryzyko ryzyka ryzyku ryzykiem
    leksykon festiwal maksimum minimum optimum rzeczpospolita rzeczpospolitej rzeczpospolitą
    ogół ogółu ogóle ogółem"""
)


def syllables_from_end(word: str) -> int:
    """Where a lower-case word is stressed: 1 on its last syllable, 2 last but one, 3, 4.

    For words of fewer syllables than that, the first one is meant.
    """
    if _CONDITIONAL_PLURAL.search(word):
        return 4
    irregular = _LAST_BUT_TWO.search(word) or word in _LOANS or _is_learned_noun(word)
    return 3 if irregular else 2


def _is_learned_noun(word: str) -> bool:
    """A noun in -yka or -ika of Greek or Latin origin; not języka, ogrodnika, spotyka."""
    found = _LEARNED.match(word)
    if not found:
        return False
    stem = found["stem"]
    return stem in _LEARNED_STEMS or bool(_LEARNED_ENDING.search(stem))


class Stress(NamedTuple):
    """How a word is stressed, whatever phrase it stands in.

    syllable: index of the syllable that is stressed where the word is. last: of its last one.
    clitic: True if it has no stress of its own, unless it is taken for a content word.
    leans_as: the parts of speech as which it leaves its stress to the word before.
    """

    syllable: int
    last: int
    clitic: bool
    leans_as: tuple[str, ...]


def word_stresses(
    words: Sequence[str], counts: Sequence[int], proclitics: Sequence[bool]
) -> list[Stress]:
    """The stress of each word of an utterance.

    words: lower case, in order. counts: their numbers of syllables. proclitics: True for a
    word with a proclitic without a vowel; it bears the stress of both (z nas, w tym).
    """
    found = []
    rows = zip(words, ["", *words], counts, proclitics, strict=False)
    for word, before, count, proclitic in rows:
        short = count == 1 and not proclitic
        syllable = max(0, count - syllables_from_end(word))
        leans_as = gives_stress_as(word, before) if short else ()
        found.append(Stress(syllable, count - 1, short and is_clitic(word), leans_as))
    return found


def stressed_syllables(
    stresses: Sequence[Stress], parts_of_speech: Sequence[str]
) -> list[int | None]:
    """Index of the stressed syllable of each word of a phrase, None for unstressed words."""
    found: list[int | None] = []
    for index, (stress, part) in enumerate(zip(stresses, parts_of_speech, strict=True)):
        leans = index > 0 and part in stress.leans_as
        if leans:
            found[-1] = stresses[index - 1].last
        weak = leans or (stress.clitic and part != CONTENT)
        found.append(None if weak else stress.syllable)
    return found
