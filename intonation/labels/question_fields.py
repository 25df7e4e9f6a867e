"""Which label field a question reads, told from its patterns alone.

A pattern such as `*-1@*` reads the field that stands between `-` and `@` in the label's
shape. Fields of which a pattern says nothing but their length (`?`) are not read by it.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, permutations
from typing import NamedTuple

from intonation.labels.label_shape import LabelShape
from intonation.labels.matching import END, START, delimited, plain_patterns
from intonation.labels.question_file import Question
from intonation.labels.taxonomy import (
    FIELDS,
    OTHER,
    PHONE_FIELDS,
    QUALITATIVE,
    QUINPHONE_FEATURES,
    QUINPHONE_TYPE,
    QUINPHONE_VC,
    Reading,
)

_SLOT = "\x00"
_MARKER = r"/[A-Z][:/]"
_SPELLED = re.compile(r"(?=.{1,3}$)\d*\?*", re.ASCII)
_ABSENT = ("x", "xx")
_MOST_CLASSES = 500
_Phones = frozenset[str]
_Classes = dict[str, tuple[_Phones, _Phones]]  # vowels and consonants


class FieldValue(NamedTuple):
    """The field that a pattern reads and the text it asks for there."""

    field: str
    value: str


class PatternReader:
    """Finds the fields that a pattern may read in labels of one shape."""

    def __init__(self, shape: LabelShape):
        self._names = shape.field_names
        self._template = f"{START}{_SLOT.join(shape.separators)}{END}"
        marks = {char for char in self._template if not char.isalnum()} - {_SLOT}
        mark = re.escape("".join(sorted(marks)))
        self._token = re.compile(f"({_MARKER}|[{mark}])|([^{mark}]+)")
        before, *between, after = shape.separators
        self._left = [self._marks(text)[-1] for text in (f"{START}{before}", *between)]
        self._right = [self._marks(text)[0] for text in (*between, f"{after}{END}")]
        self._read: dict[str, tuple[FieldValue, ...]] = {}

    def _marks(self, separator: str) -> list[str]:
        return [match[0] for match in self._token.finditer(separator)]

    def read(self, pattern: str) -> tuple[FieldValue, ...]:
        """Each field that the pattern may read alone, with the text it asks for there.

        More than one only where two fields stand between the same marks.
        """
        if pattern not in self._read:
            tokens = self._token.findall(delimited(pattern))
            self._read[pattern] = tuple(self._read_tokens(tokens))
        return self._read[pattern]

    def _read_tokens(self, tokens: list[tuple[str, str]]) -> Iterator[FieldValue]:
        shape = "".join(mark or _SLOT for mark, _ in tokens)
        texts = [text for mark, text in tokens if not mark]
        covered = self._fields_under(shape) if texts else []
        if len(covered) > 1 and not (tokens[0][0] and tokens[-1][0]):
            return
        for fields in covered:
            values = [FieldValue(*pair) for pair in zip(fields, texts, strict=True)]
            if len(values) > 1:
                values = [value for value in values if value.value.strip("?*")]
            if len(values) == 1 and _suits(values[0]):
                yield values[0]
        if not covered:
            yield from self._between(tokens)

    def _fields_under(self, shape: str) -> list[tuple[str, ...]]:
        """The fields that a string of marks and slots covers, at each place where it fits."""
        size, places = shape.count(_SLOT), re.finditer(f"(?={re.escape(shape)})", self._template)
        firsts = [self._template.count(_SLOT, 0, place.start()) for place in places]
        return [self._names[first : first + size] for first in firsts]

    def _between(self, tokens: list[tuple[str, str]]) -> Iterator[FieldValue]:
        """The fields between the outer marks; their values may themselves hold marks."""
        if len(tokens) < 3 or not tokens[0][0] or not tokens[-1][0]:
            return
        value = "".join(mark or text for mark, text in tokens[1:-1])
        if "/" in value:
            return
        for name, *marks in zip(self._names, self._left, self._right, strict=True):
            if marks == [tokens[0][0], tokens[-1][0]]:
                yield FieldValue(name, value)


def _suits(value: FieldValue) -> bool:
    """Whether a text can be a value of a field: a number is no phone, a phone no number."""
    field = FIELDS.get(value.field)
    if field is None or value.value in _ABSENT:
        return True
    if field.relation == QUALITATIVE:
        return field.name not in PHONE_FIELDS or not value.value.strip("?").isdecimal()
    return not value.value.strip("?*") or bool(_numbers(value.value))


def _one_field(reader: PatternReader, question: Question) -> list[FieldValue]:
    """What the patterns of a question ask for in the one field that all may read, if any."""
    patterns = dict.fromkeys(filter(None, plain_patterns(question)))
    read = [{value.field: value for value in reader.read(pattern)} for pattern in patterns]
    shared = set.intersection(*map(set, read)) if read else set()
    return [values[field] for field in shared for values in read] if len(shared) == 1 else []


def _numbers(value: str) -> set[int]:
    """The whole numbers that a value with `?` stands for; none where it is no number."""
    if not _SPELLED.fullmatch(value):
        return set()
    if value.startswith("?") and len(value) > 1:
        return set(range(10 ** (len(value) - 1), 10 ** len(value)))
    return set(range(int(value.replace("?", "0")), int(value.replace("?", "9")) + 1))


def kind_of(values: Sequence[str], floor: int = 0) -> str:
    """EQ for one value, LTE for all whole numbers up to one (with or without x), else CLASS.

    floor: the smallest number that counts as the beginning, beside 0 and 1.
    """
    if len(values) == 1 and not set("?*") & set(values[0]):
        return "EQ"
    found = [_numbers(value) for value in values if value not in _ABSENT]
    if not found or not all(found):
        return "CLASS"
    numbers = found[0].union(*found)
    without_gap = max(numbers) - min(numbers) + 1 == len(numbers)
    return "LTE" if without_gap and min(numbers) in (0, 1, floor) else "CLASS"


def _floors(readings: Iterable[list[FieldValue]]) -> dict[str, int]:
    """The smallest number that the questions of a set ask for in each field."""
    floors: dict[str, int] = {}
    for value in chain.from_iterable(readings):
        for number in _numbers(value.value):
            floors[value.field] = min(number, floors.get(value.field, number))
    return floors


def read_questions_fields(
    questions: Sequence[Question], shapes: Sequence[LabelShape]
) -> list[Reading]:
    """What every question reads, in the one of the shapes that explains most of them."""
    best: list[list[FieldValue]] = []
    for shape in shapes:
        reader = PatternReader(shape)
        read = [_one_field(reader, question) for question in questions]
        if not best or read.count([]) < best.count([]):
            best = read
        if [] not in read:
            break
    classes, floors = _phone_classes(best), _floors(best)
    pairs = zip(questions, best, strict=True)
    return [_reading(question, values, classes, floors) for question, values in pairs]


def _reading(
    question: Question, values: list[FieldValue], classes: _Classes, floors: dict[str, int]
) -> Reading:
    if not values or values[0].field not in FIELDS:
        return Reading(None, "", OTHER, OTHER)
    field = FIELDS[values[0].field]
    texts = [value.value for value in values]
    kind = "NUM" if question.numeric else kind_of(texts, floors.get(field.name, 0))
    if field.name in PHONE_FIELDS:
        group = _phone_group(frozenset(texts), *classes[field.name])
        return Reading(field, kind, group, group)
    if field.general == "SYLLABLE_ACCENTED" and not {"0", "1", *_ABSENT}.issuperset(texts):
        return Reading(field, kind, "SYLLABLE_ACCENT_TYPE", "SYLLABLE_ACCENT_TYPE")
    return Reading(field, kind, field.general, field.detailed)


def _phone_group(phones: _Phones, vowels: _Phones, consonants: _Phones) -> str:
    """The general group of a question that asks whether a phone is one of these."""
    if phones in (vowels, consonants):
        return QUINPHONE_VC
    mixed = phones & vowels and phones & consonants
    return QUINPHONE_FEATURES if len(phones) == 1 or mixed else QUINPHONE_TYPE


def _phone_classes(readings: Iterable[list[FieldValue]]) -> _Classes:
    """Vowels and consonants in each phone field, told by what the questions ask together.

    Where questions on the vowel of the syllable (b16) name the vowels, the vowel and the
    consonant class are the two disjoint classes that agree best with them; otherwise the
    two disjoint classes that cover most phones.
    """
    asked: dict[str, set[_Phones]] = defaultdict(set)
    for values in filter(None, readings):
        asked[values[0].field].add(frozenset(value.value for value in values))
    nuclei = _Phones().union(*asked["b16"])
    return {name: _vowels_and_consonants(asked[name], nuclei) for name in PHONE_FIELDS}


def _vowels_and_consonants(classes: set[_Phones], nuclei: _Phones) -> tuple[_Phones, _Phones]:
    """The pair of disjoint classes of phones that is the vowels and the consonants."""

    def score(pair: tuple[_Phones, _Phones]) -> int:
        vowels, consonants = pair
        wrong = len(vowels - nuclei) + len(consonants & nuclei) if nuclei else 0
        return len(vowels) + len(consonants) - 2 * wrong

    large = [found for found in classes if len(found) > 1]
    large = sorted(large, key=lambda found: (-len(found), sorted(found)))[:_MOST_CLASSES]
    disjoint = (pair for pair in permutations(large, 2) if pair[0].isdisjoint(pair[1]))
    return max(chain([(_Phones(), _Phones())], disjoint), key=score)  # none where none is right
