"""Which tier of a TextGrid has the words, and which the phones.

Names differ by tool: `words` and `phones`, with the speaker before them ("anna - phones"), in the
Montreal Forced Aligner; `ORT-MAU` and `MAU` in WebMAUS, beside `KAN-MAU` (the canonical
transcription of each word) and `TRN` (the whole text); Polish names, names by hand. Where no name
tells, the labels do.
"""

import re
from collections.abc import Iterable

from intonation.corpus.alignment.textgrids import Tier
from intonation.errors import UtteranceError
from intonation.polish.alphabets import is_silence, recognise
from intonation.polish.words import word_set, words_in

# The more telling ones first: of two tiers, the one whose name comes first here is taken.
PHONE_NAMES = (
    "phones phone phonemes phoneme mau maus segments segment segs seg phonetic phonetics phons "
    "phon fonemy fonem głoski głoska fony fon segmenty sampa xsampa ipa sounds"
)
WORD_NAMES = (
    "words word ortmau ort wyrazy wyraz słowa słowo tokens token orthography ortho orth ortografia"
)
PASSED_OVER = word_set(
    "kan kanmau trn mas sylaby syllables syllable syl sentences sentence zdania phrases phrase"
)
PHONE_SHARE = 0.9  # of the labels of a tier of phones are symbols of one alphabet


def choose(tiers: Iterable[Tier], text: str, source: str) -> tuple[Tier | None, Tier]:
    """The tiers of words (None where there is none) and of phones.

    text: what was said, "" where only the TextGrid knows. Raises UtteranceError, which names the
    tiers, where there are no phones, or those of several speakers.
    """
    spoken = [tier for tier in tiers if any(not is_silence(i.text) for i in tier.intervals)]
    phones = _named(spoken, PHONE_NAMES.split(), source) or _like_phones(_nameless(spoken))
    if not phones:
        found = ", ".join(repr(tier.name) for tier in tiers) or "none"
        raise UtteranceError(
            f"{source} has no interval tier of phones (found: {found}); name one 'phones' and one "
            "'words', or remove the TextGrid to have the recording aligned"
        )
    others = [tier for tier in spoken if tier is not phones]
    words = _named(others, WORD_NAMES.split(), source) or _like_words(
        _nameless(others), phones, text
    )
    return words, phones


def _plain_name(name: str) -> str:
    """Without the speaker, punctuation and digits: "Anna - Phones 2" is phones."""
    return re.sub(r"[\W\d_]", "", re.split(r"\s-\s", name)[-1].lower())


def _named(tiers: list[Tier], names: list[str], source: str) -> Tier | None:
    ranked = sorted(
        (tier for tier in tiers if _plain_name(tier.name) in names),
        key=lambda tier: names.index(_plain_name(tier.name)),
    )
    same = [tier for tier in ranked if _plain_name(tier.name) == _plain_name(ranked[0].name)]
    if len(same) > 1:
        raise UtteranceError(
            f"{source} has {len(same)} tiers for one thing ({', '.join(t.name for t in same)}), as "
            "of several speakers; keep one of each: this is about one speaker at a time"
        )
    return ranked[0] if ranked else None


def _nameless(tiers: list[Tier]) -> list[Tier]:
    known = word_set(f"{PHONE_NAMES} {WORD_NAMES}") | PASSED_OVER
    return [tier for tier in tiers if _plain_name(tier.name) not in known]


def _labels(tier: Tier) -> list[str]:
    return [one.text.strip() for one in tier.intervals if not is_silence(one.text)]


def _like_phones(tiers: list[Tier]) -> Tier | None:
    """The finest tier whose labels are nearly all symbols of one alphabet."""

    def share(tier: Tier) -> float:
        labels = _labels(tier)
        alphabet = recognise(labels)
        return sum(alphabet.read(label) is not None for label in labels) / len(labels)

    likely = [tier for tier in tiers if share(tier) >= PHONE_SHARE]
    return max(likely, key=lambda tier: len(_labels(tier)), default=None)


def _like_words(tiers: list[Tier], phones: Tier, text: str) -> Tier | None:
    """A tier that reads as the text; else the finest of whole words, coarser than the phones."""
    for tier in tiers:
        if text and words_in(" ".join(_labels(tier))) == words_in(text):
            return tier
    if text:
        return None
    likely = [
        tier
        for tier in tiers
        if len(_labels(tier)) < len(_labels(phones))
        and all(len(words_in(label)) == 1 for label in _labels(tier))
    ]
    return max(likely, key=lambda tier: len(_labels(tier)), default=None)
