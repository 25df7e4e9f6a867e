"""The names of groups in words, from what the taxonomy knows of the fields.

The constants (`L_SYLLABLE_STRESS_EQ`) are the names in files, as the study prints them; words are
for axes and tables. A place that has room for both shows the constant beside the words.
"""

from collections.abc import Iterator
from functools import cache

from intonation.labels.taxonomy import (
    ABSOLUTE,
    COMPOSITIONAL,
    FIELDS,
    OTHER,
    PHONE_FIELDS,
    QUALITATIVE,
    QUINPHONE_FEATURES,
    QUINPHONE_TYPE,
    QUINPHONE_VC,
    RELATIVE,
    SUPERIOR,
    VUV,
    Field,
)

# general groups that join what several fields say, or that a field's meaning does not tell
_GENERAL = {
    "SEG_POS_IN_SYL": "position of the phone in the syllable",
    "SYLLABLE_POSITION": "position of the syllable in word and phrase",
    "SYLLABLE_NEIGHBOURHOOD": "stressed and accented syllables around",
    "RELATIVE_SYLLABLE_POSITION": "distance to stressed or accented syllables",
    "WORD_POSITION": "position of the word in the phrase",
    "WORD_SURROUNDINGS": "content words before and after",
    "RELATIVE_WORD_POSITION": "distance to the nearest content words",
    "PHRASE_LEN": "length of the phrase and its neighbours",
    "PHRASE_POSITION": "position of the phrase in the utterance",
    "UTTERANCE_LEN": "length of the utterance",
}
# where it is only asked which fields are read, whatever a question asks of them (chapter 11)
_JOINED = {
    "QUINTPHONE": "phone and two each side",
    "SYLLABLE_ACCENT": "accent of the syllable, of any type",
}
_PHONES = {
    QUINPHONE_VC: "vowel or consonant",
    QUINPHONE_TYPE: "articulatory class",
    QUINPHONE_FEATURES: "identity or feature",
}
_WHICH_PHONE = {
    "": "phone and two each side",
    "LL": "second phone before",
    "L": "previous phone",
    "C": "this phone",
    "R": "next phone",
    "RR": "second phone after",
}
_WHICH_UNIT = {"": "the", "L": "the previous", "C": "this", "R": "the next"}
_LEVELS = {
    "segmental": "phone",
    "syllabic": "syllable",
    "word": "word",
    "phrasal": "phrase",
    "utterance": "utterance",
}
_RELATIONS = {
    ABSOLUTE: "position in a larger unit",
    RELATIVE: "distance to a prominent unit",
    QUALITATIVE: "what kind it is",
    COMPOSITIONAL: "length in smaller units",
    SUPERIOR: "surroundings in the phrase",
}
_ACCENT, _ACCENT_TYPE = "SYLLABLE_ACCENTED", "SYLLABLE_ACCENT_TYPE"


def in_words(group: str) -> str:
    """The name of a group at any of the 15 levels in words; an unknown name as it is.

    Within a level no two groups have the same words: what differs in a name (whose unit it is,
    and whether one value is asked for, all up to one, a class of them or the number) differs in
    its words.
    """
    return _all_words().get(group, group)


@cache
def _all_words() -> dict[str, str]:
    """Every name that `group_name` can give, in words."""
    levels, relations = dict(_LEVELS), dict(_RELATIONS)
    crossed = {
        f"{level} {relation}": f"{unit}: {words}"
        for level, unit in levels.items()
        for relation, words in relations.items()
    }
    alone = {VUV: "voiced or unvoiced", OTHER: "questions outside the taxonomy"} | _JOINED
    known = alone | levels | relations | crossed | dict(_phone_names())
    for field in FIELDS.values():
        if field.name not in PHONE_FIELDS:
            known |= dict(_field_names(field))
            if field.general == _ACCENT:
                known |= dict(_field_names(_accent_type(field)))
    return known | _GENERAL


def _accent_type(field: Field) -> Field:
    """The field of accents where a question asks for a type of accent."""
    meaning = field.meaning.replace("accent", "accent type")
    return field._replace(general=_ACCENT_TYPE, detailed=_ACCENT_TYPE, meaning=meaning)


def _phone_names() -> Iterator[tuple[str, str]]:
    for group, asked in _PHONES.items():
        for context, phone in _WHICH_PHONE.items():
            yield "_".join(filter(None, (context, group))), f"{asked}: {phone}"


def _field_names(field: Field) -> Iterator[tuple[str, str]]:
    """The names of a field's groups: the detailed one, and the finest of each kind of question."""
    yield field.detailed, field.meaning + " and its neighbours" * bool(field.context)
    whose = field.meaning.replace("the ", f"{_WHICH_UNIT[field.context]} ")
    kinds = {"EQ": "exactly n", "LTE": "up to n", "CLASS": "a class", "NUM": "a number"}
    if field.relation == QUALITATIVE:
        kinds["EQ"] = "a value"
    for kind, words in kinds.items():
        yield "_".join(filter(None, (field.context, field.detailed, kind))), f"{whose}, {words}"
