"""Facts about F0 that phonetics knows, each asked three times over the same vowels.

| source | what is asked |
|---|---|
| recordings | recorded F0 of matched vowels, without any model |
| relevance | net Z-rule relevance of the responsible groups, over the same matched vowels |
| replacement | by how much predicted F0 moves when the fields of those groups alone change |

Vowels are told apart and matched by label fields. A fact that has too few pairs is not measured.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from intonation.evaluation.phonetics import changes
from intonation.evaluation.phonetics.designs import (
    BelowLine,
    Design,
    Difference,
    Slope,
    codes,
)
from intonation.evaluation.phonetics.replacement import Change
from intonation.evaluation.phonetics.vowels import (
    ACCENTED,
    BODY,
    SONOROUS,
    STATEMENT,
    STRESSED,
    UNSTRESSED,
    VOICED,
    VOICELESS,
    WH,
    YES_NO,
    body,
    last_of_body,
)
from intonation.evaluation.planted_law import ACCENT, QUINTPHONE

RECORDINGS, RELEVANCE, REPLACEMENT = "recordings", "relevance", "replacement"
SOURCES = (RECORDINGS, RELEVANCE, REPLACEMENT)
SYLLABLES = 5  # slopes are told for so many syllables
ALIKE = ("speaker", "vowel", "place", "ending")


@dataclass(frozen=True)
class Fact:
    """One fact.

    name: in files; words: for people. groups: of `planted_law.GROUPS`, whose relevance answers.
    matched: in words, what vowels of a pair share. design: of a table of vowels. change: of the
    vowels that have it (of the first kind), see `changes`. times: predicted changes are multiplied
    by it, and divided by the distance of each vowel from what it is changed to. value: column of
    the vowels. whole: whether networks, which have one F0 a phone, can be asked.
    """

    name: str
    words: str
    groups: tuple[str, ...]
    matched: str
    design: Callable[[pd.DataFrame], Design] = field(repr=False)
    change: Change | None = field(default=None, repr=False)
    times: float = 1.0
    distance: Callable[[pd.DataFrame], np.ndarray] | None = field(default=None, repr=False)
    value: str = "semitones"
    whole: bool = True


def _pairs(first: Callable, second: Callable, *strata: str) -> Callable[[pd.DataFrame], Design]:
    """Design of matched pairs: two masks of a table of vowels, and what pairs share."""

    def design(vowels: pd.DataFrame) -> Difference:
        sides = first(vowels).to_numpy(dtype=bool), second(vowels).to_numpy(dtype=bool)
        return Difference(*sides, codes(vowels, strata))

    return design


def _is(column: str, *values: str) -> Callable[[pd.DataFrame], pd.Series]:
    return lambda vowels: vowels[column].isin(values)


def _ends(tone: str) -> Callable[[pd.DataFrame], pd.Series]:
    """Last vowels of the phrases with that tone."""
    return lambda vowels: (vowels["to_end"] == 1) & (vowels["tone"] == tone)


def _steps(column: str) -> Callable[[pd.DataFrame], np.ndarray]:
    """How far it is from each vowel to the last of its phrase's body, NaN where none is later."""

    def distance(vowels: pd.DataFrame) -> np.ndarray:
        values, late = vowels[column].to_numpy(float), last_of_body(vowels)
        found = values[late] - values
        return np.where((late >= 0) & (found > 0), found, np.nan)

    return distance


def _declination(vowels: pd.DataFrame) -> Slope:
    strata = codes(vowels, ("id", "phrase"))
    return Slope(vowels["syllable"].to_numpy(float), body(vowels), strata, per=SYLLABLES)


def _declination_s(vowels: pd.DataFrame) -> Slope:
    strata = codes(vowels, ("id", "phrase"))
    return Slope(vowels["time_s"].to_numpy(float), body(vowels), strata)


def _reset(vowels: pd.DataFrame) -> Difference:
    """First three syllables of a phrase against the last three of the body of the one before.

    Strata are pairs of phrases and prominence. A vowel of a phrase between two is of the first
    kind for the one and of the second for the other: its row of the table decides by its place.
    """
    early = (vowels["syllable"] <= 3) & (vowels["phrase"] > 1)
    late = (vowels["to_end"] <= BODY + 3) & (vowels["phrase"] < vowels["phrases"]) & ~early
    inner = vowels["to_end"] > BODY
    junction = vowels["phrase"] - early
    strata = codes(vowels.assign(junction=junction), ("id", "junction", "prominence"))
    return Difference((early & inner).to_numpy(), (late & inner).to_numpy(), strata)


def _final(vowels: pd.DataFrame) -> BelowLine:
    last = _ends(STATEMENT)(vowels) & (vowels["prominence"] == UNSTRESSED)
    phrase = codes(vowels, ("id", "phrase"))
    return BelowLine(vowels["syllable"].to_numpy(float), last.to_numpy(), body(vowels), phrase)


def _initial(vowels: pd.DataFrame) -> Slope:
    chosen = (vowels["syllable"] <= 3) & (vowels["to_end"] > BODY) & (vowels["phrase"] == 1)
    strata = codes(vowels, ("speaker", "vowel", "prominence", "syllable"))
    return Slope(vowels["length"].to_numpy(float), chosen.to_numpy(), strata, per=SYLLABLES)


STRESS, TONE = "SYLLABLE_STRESS", "PHRASE_BOUNDARY_TONE"
# what counts how much of a phrase is over, and how much is to come
COUNTED = ("SYLLABLE_POSITION", "SYLLABLE_NEIGHBOURHOOD", "WORD_POSITION", "WORD_SURROUNDINGS")
VOWEL = (QUINTPHONE, "SYLLABLE_NUCLEUS")
SAME_PLACE = "speaker, vowel, place in the phrase from either end"
SAME_KIND = "speaker, prominence, place in the phrase from either end"
FACTS = (
    Fact(
        "accent",
        "accent, on stressed syllables",
        (ACCENT,),
        SAME_PLACE,
        _pairs(_is("prominence", ACCENTED), _is("prominence", STRESSED), *ALIKE),
        changes.without_accent,
    ),
    Fact(
        "stress",
        "stress without an accent",
        (STRESS,),
        SAME_PLACE,
        _pairs(_is("prominence", STRESSED), _is("prominence", UNSTRESSED), *ALIKE),
        changes.without_stress,
    ),
    Fact(
        "stress_and_accent",
        "stress with its accent",
        (STRESS, ACCENT),
        SAME_PLACE,
        _pairs(_is("prominence", ACCENTED), _is("prominence", UNSTRESSED), *ALIKE),
        changes.without_prominence,
    ),
    Fact(
        "declination",
        f"declination, {SYLLABLES} syllables",
        COUNTED,
        "phrase; unstressed vowels but for the last two syllables",
        _declination,
        changes.late_in_phrase,
        times=-SYLLABLES,
        distance=_steps("syllable"),
    ),
    Fact(
        "declination_per_s",
        "declination, 1 second",
        COUNTED,
        "phrase; unstressed vowels but for the last two syllables",
        _declination_s,
        changes.late_in_phrase,
        times=-1,
        distance=_steps("time_s"),
    ),
    Fact(
        "reset",
        "reset between phrases",
        (*COUNTED, "PHRASE_POSITION"),
        "utterance, pair of phrases, prominence",
        _reset,
        changes.before_the_reset,
    ),
    Fact(
        "final_lowering",
        "end of a statement, off its line",
        (*COUNTED, "RELATIVE_SYLLABLE_POSITION", "RELATIVE_WORD_POSITION", TONE),
        "phrase; the line through its unstressed vowels but for the last two syllables",
        _final,
        changes.not_last,
    ),
    Fact(
        "yes_no_question",
        "yes-no question, last syllable",
        (TONE, ACCENT),
        "speaker, prominence",
        _pairs(_ends(YES_NO), _ends(STATEMENT), "speaker", "prominence"),
        changes.as_a_statement,
    ),
    Fact(
        "wh_question",
        "question word, last syllable",
        (TONE, ACCENT),
        "speaker, prominence",
        _pairs(_ends(WH), _ends(STATEMENT), "speaker", "prominence"),
        changes.as_a_statement,
    ),
    Fact(
        "intrinsic_pitch",
        "high less low vowels",
        VOWEL,
        f"{SAME_KIND}, class of the consonant before",
        _pairs(
            *(_is("height", "high"), _is("height", "low")),
            *("speaker", "prominence", "place", "ending", "onset"),
        ),
        changes.as_low_vowel,
    ),
    Fact(
        "after_voiceless",
        "after voiceless less voiced",
        (QUINTPHONE,),
        f"{SAME_PLACE}, prominence, consonants before",
        _pairs(
            *(_is("onset", VOICELESS), _is("onset", VOICED)),
            *(*ALIKE, "prominence", "in_syllable"),
        ),
        changes.after_voiced,
    ),
    Fact(
        "after_voiceless_onset",
        "the same, first 40 ms",
        (QUINTPHONE,),
        f"{SAME_PLACE}, prominence, consonants before",
        _pairs(
            *(_is("onset", VOICELESS), _is("onset", VOICED)),
            *(*ALIKE, "prominence", "in_syllable"),
        ),
        value="onset_semitones",
        whole=False,
    ),
    Fact(
        "after_sonorant",
        "after sonorant less voiced",
        (QUINTPHONE,),
        f"{SAME_PLACE}, prominence, consonants before",
        _pairs(
            *(_is("onset", SONOROUS), _is("onset", VOICED)),
            *(*ALIKE, "prominence", "in_syllable"),
        ),
        changes.after_stop,
    ),
    Fact(
        "phrase_length",
        f"start, phrase {SYLLABLES} syllables longer",
        ("PHRASE_LEN",),
        "speaker, vowel, prominence, syllable (first three of the first phrase)",
        _initial,
        changes.in_a_longer_phrase,
        times=-SYLLABLES / changes.LONGER_SYLLABLES,
    ),
)
