"""What each field of a full-context label says, and the 15 levels of abstraction.

A question is grouped by the label field that its patterns read, never by its name. The
groups, linguistic levels and relation types are those of the study on Polish intonation
that this book accompanies; the finer group names extend the same style.
"""

from collections import Counter
from collections.abc import Iterable
from typing import Any, NamedTuple

import numpy as np

from intonation.errors import ParameterError

OTHER = "OTHER"
VUV = "VUV"


class Field(NamedTuple):
    """One field of the HTS-demo English label shape.

    context: LL, L, C, R or RR where the same thing is told of several units, else "".
    general and detailed: group names of the first and second level of abstraction; the
    groups of phones and accents also depend on what a question asks for. meaning: in words, of
    the unit that the phone belongs to; it ends in "the" and the unit where neighbours have one.
    """

    name: str
    level: str
    relation: str
    general: str
    detailed: str
    context: str
    meaning: str


class Level(NamedTuple):
    """One of the study's levels of abstraction; slug is safe in file names."""

    number: int
    slug: str
    title: str


LEVELS = (
    Level(1, "general", "General feature categories"),
    Level(2, "detailed", "Detailed feature categories"),
    Level(3, "all", "All feature categories"),
    Level(4, "syllabic", "Syllabic features"),
    Level(5, "word", "Word features"),
    Level(6, "relation_types", "Relation types"),
    Level(7, "linguistic_levels", "Linguistic levels"),
    Level(8, "levels_and_relations", "Linguistic levels and relation types"),
    Level(9, "segmental", "Segmental features"),
    Level(10, "phrasal", "Phrasal features"),
    Level(11, "positional_absolute", "Positional (absolute)"),
    Level(12, "positional_relative", "Positional (relative)"),
    Level(13, "qualitative", "Qualitative"),
    Level(14, "compositional", "Compositional"),
    Level(15, "superior_unit", "Features related to the composition of superior units"),
)

ABSOLUTE = "positional absolute"
RELATIVE = "positional relative"
QUALITATIVE = "qualitative"
COMPOSITIONAL = "compositional"
SUPERIOR = "composition of the superior unit"

QUINPHONE_VC = "QUINTPHONE_SEGMENT_VC"
QUINPHONE_TYPE = "QUINTPHONE_SEGMENT_ARTICULATORY_TYPE"
QUINPHONE_FEATURES = "QUINTPHONE_SEGMENTAL_FEATURES"
PHONE_FIELDS = ("p1", "p2", "p3", "p4", "p5")

# fields | level | relation | general group | what is added to it at the detailed level | meaning
_TABLE = f"""
p1 p2 p3 p4 p5 | segmental | {QUALITATIVE} | {QUINPHONE_FEATURES} | | phone
p6 | segmental | {ABSOLUTE} | SEG_POS_IN_SYL | FORWARD | phone position in the syllable
p7 | segmental | {ABSOLUTE} | SEG_POS_IN_SYL | BACKWARD | phone position from syllable end
a1 b1 c1 | syllabic | {QUALITATIVE} | SYLLABLE_STRESS | | stress of the syllable
a2 b2 c2 | syllabic | {QUALITATIVE} | SYLLABLE_ACCENTED | | accent of the syllable
a3 b3 c3 | syllabic | {COMPOSITIONAL} | SYLLABLE_LEN_IN_SEGMENTS | | phones in the syllable
b4 | syllabic | {ABSOLUTE} | SYLLABLE_POSITION | IN_WORD_FORWARD | syllable position in the word
b5 | syllabic | {ABSOLUTE} | SYLLABLE_POSITION | IN_WORD_BACKWARD | syllable position from word end
b6 | syllabic | {ABSOLUTE} | SYLLABLE_POSITION | IN_PHRASE_FORWARD | syllable position in the phrase
b7 | syllabic | {ABSOLUTE} | SYLLABLE_POSITION | IN_PHRASE_BACKWARD \
| syllable position from phrase end
b8 | syllabic | {SUPERIOR} | SYLLABLE_NEIGHBOURHOOD | STRESSED_BEFORE | stressed syllables before
b9 | syllabic | {SUPERIOR} | SYLLABLE_NEIGHBOURHOOD | STRESSED_AFTER | stressed syllables after
b10 | syllabic | {SUPERIOR} | SYLLABLE_NEIGHBOURHOOD | ACCENTED_BEFORE | accented syllables before
b11 | syllabic | {SUPERIOR} | SYLLABLE_NEIGHBOURHOOD | ACCENTED_AFTER | accented syllables after
b12 | syllabic | {RELATIVE} | RELATIVE_SYLLABLE_POSITION | FROM_PREVIOUS_STRESSED \
| syllables since the last stress
b13 | syllabic | {RELATIVE} | RELATIVE_SYLLABLE_POSITION | TO_NEXT_STRESSED \
| syllables to the next stress
b14 | syllabic | {RELATIVE} | RELATIVE_SYLLABLE_POSITION | FROM_PREVIOUS_ACCENTED \
| syllables since the last accent
b15 | syllabic | {RELATIVE} | RELATIVE_SYLLABLE_POSITION | TO_NEXT_ACCENTED \
| syllables to the next accent
b16 | syllabic | {QUALITATIVE} | SYLLABLE_NUCLEUS | | vowel of the syllable
d1 e1 f1 | word | {QUALITATIVE} | WORD_PART_OF_SPEECH | | part of speech of the word
d2 e2 f2 | word | {COMPOSITIONAL} | WORD_LEN_IN_SYLS | | syllables in the word
e3 | word | {ABSOLUTE} | WORD_POSITION | FORWARD | word position in the phrase
e4 | word | {ABSOLUTE} | WORD_POSITION | BACKWARD | word position from phrase end
e5 | word | {SUPERIOR} | WORD_SURROUNDINGS | CONTENT_BEFORE | content words before
e6 | word | {SUPERIOR} | WORD_SURROUNDINGS | CONTENT_AFTER | content words after
e7 | word | {RELATIVE} | RELATIVE_WORD_POSITION | FROM_PREVIOUS_CONTENT \
| words since the last content word
e8 | word | {RELATIVE} | RELATIVE_WORD_POSITION | TO_NEXT_CONTENT | words to the next content word
g1 h1 i1 | phrasal | {COMPOSITIONAL} | PHRASE_LEN | IN_SYLS | syllables in the phrase
g2 h2 i2 | phrasal | {COMPOSITIONAL} | PHRASE_LEN | IN_WORDS | words in the phrase
h3 | phrasal | {ABSOLUTE} | PHRASE_POSITION | FORWARD | phrase position in the utterance
h4 | phrasal | {ABSOLUTE} | PHRASE_POSITION | BACKWARD | phrase position from utterance end
h5 | phrasal | {QUALITATIVE} | PHRASE_BOUNDARY_TONE | | boundary tone of the phrase
j1 | utterance | {COMPOSITIONAL} | UTTERANCE_LEN | IN_SYLS | syllables in the utterance
j2 | utterance | {COMPOSITIONAL} | UTTERANCE_LEN | IN_WORDS | words in the utterance
j3 | utterance | {COMPOSITIONAL} | UTTERANCE_LEN | IN_PHRASES | phrases in the utterance
"""


# where each unit of a row of the table stands; one alone needs no such mark
_CONTEXTS = {1: ("",), 3: ("L", "C", "R"), 5: ("LL", "L", "C", "R", "RR")}


def _read_table() -> dict[str, Field]:
    """The table above, one entry per field."""
    fields = {}
    for row in _TABLE.strip().splitlines():
        units, level, relation, general, detail, meaning = map(str.strip, row.split("|"))
        names, detailed = units.split(), f"{general}_{detail}".rstrip("_")
        for name, context in zip(names, _CONTEXTS[len(names)], strict=True):
            fields[name] = Field(name, level, relation, general, detailed, context, meaning)
    return fields


FIELDS = _read_table()


def find_level(level: str | int) -> Level:
    """The level of abstraction of that slug or number; ParameterError where there is none."""
    for candidate in LEVELS:
        if level in (candidate.slug, candidate.number):
            return candidate
    known = ", ".join(f"{item.number} {item.slug}" for item in LEVELS)
    raise ParameterError(f"level of abstraction: expected one of {known}; found {level!r}")


class Reading(NamedTuple):
    """What a question reads: a known field (None: unknown or several), and how.

    kind: EQ (one value), LTE (all values up to one), CLASS (any other set of values) or
    NUM (the number itself). general and detailed: the group names of levels 1 and 2.
    """

    field: Field | None
    kind: str
    general: str
    detailed: str


# the levels that show only a part of the finest groups: one linguistic level, or one relation type
_SHOWN = {4: "syllabic", 5: "word", 9: "segmental", 10: "phrasal"}
_SHOWN |= {11: ABSOLUTE, 12: RELATIVE, 13: QUALITATIVE, 14: COMPOSITIONAL, 15: SUPERIOR}


def group_name(reading: Reading, level: Level) -> str | None:
    """The group of a question at a level, or None where the level leaves it out."""
    field, shown = reading.field, _SHOWN.get(level.number)
    if field is None:
        return None if shown else OTHER
    names = {
        1: reading.general,
        2: reading.detailed,
        6: field.relation,
        7: field.level,
        8: f"{field.level} {field.relation}",
    }
    if level.number in names:
        return names[level.number]
    if shown not in (None, field.level, field.relation):
        return None
    # one group per field and kind of question; phones have no kinds beyond their groups
    kind = "" if field.name in PHONE_FIELDS else reading.kind
    return "_".join(filter(None, (field.context, reading.detailed, kind)))


def group_questions(readings: Iterable[Reading], level: str | int) -> dict[str, list[int]]:
    """Group name to question indices, in the order of the questions."""
    chosen = find_level(level)
    groups: dict[str, list[int]] = {}
    for index, reading in enumerate(readings):
        name = group_name(reading, chosen)
        if name is not None:
            groups.setdefault(name, []).append(index)
    return groups


def branches(readings: Iterable[Reading]) -> list[tuple[str, str, str, int]]:
    """The tree of a question set: (linguistic level, relation type, general category, questions).

    Parents in the order of the label's fields; questions that read no known field are left out.
    """
    known = [(item.field, item.general) for item in readings if item.field]
    counts = Counter((field.level, field.relation, general) for field, general in known)
    levels = [field.level for field in FIELDS.values()]
    relations = [field.relation for field in FIELDS.values()]
    order = sorted(counts, key=lambda key: (levels.index(key[0]), relations.index(key[1])))
    return [(*key, counts[key]) for key in order]


# The study's general categories share fields: three ask what a phone is, two about accents. Nothing
# can tell apart what asks about one field; where groups are told apart, each field is in one.
QUINTPHONE, ACCENT = "QUINTPHONE", "SYLLABLE_ACCENT"
_SHARED = {QUINPHONE_FEATURES: QUINTPHONE, "SYLLABLE_ACCENTED": ACCENT}


def group_of_field(name: str) -> str:
    """The one group that a label field belongs to."""
    general = FIELDS[name].general
    return _SHARED.get(general, general)


GROUPS = tuple(dict.fromkeys(map(group_of_field, FIELDS)))


def question_groups(questions: Any, *, vuv: bool = False) -> dict[str, np.ndarray]:
    """Question indices int64 of every group about which the set asks, by the field they read.

    questions: a `QuestionSet`, whose module needs this one. vuv: whether the network has the input
    `vuv` behind the questions, a group of its own.
    """
    found: dict[str, list[int]] = {}
    for index, reading in enumerate(questions.readings):
        if reading.field is not None:
            found.setdefault(group_of_field(reading.field.name), []).append(index)
    groups = {group: np.array(found[group]) for group in GROUPS if group in found}
    return groups | ({VUV: np.array([len(questions.names)])} if vuv else {})
