"""Forms of the words, as the dictionary SGJP has them in Morfeusz 2.

Many forms can be taken in several ways (pani: nominative, genitive, …). Nothing is decided here: a
column is the share of the ways that say so.
"""

from collections import Counter
from collections.abc import Sequence
from functools import cache

import numpy as np

from intonation.evaluation.ladder.written import WrittenWord, stretches
from intonation.polish.reading.morphology import ways_to_take

# of the tags of the National Corpus of Polish
_PARTS = {
    "noun": "subst depr ger",
    "adjective": "adj adja adjp adjc pact ppas",
    "adverb": "adv",
    "numeral": "num numcomp dig",
    "pronoun": "ppron12 ppron3 siebie",
    "finite verb": "fin bedzie aglt praet impt imps winien pred cond",
    "other form of a verb": "inf pcon pant",
    "preposition": "prep",
    "conjunction": "conj comp",
    "particle": "part qub interj",
}
_VALUES = {
    "number": "sg pl",
    "case": "nom gen dat acc inst loc voc",
    "gender": "m1 m2 m3 f n",
    "person": "pri sec ter",
    "aspect": "perf imperf",
    "degree": "pos com sup",
    "negation": "aff neg",
    "form": "fin praet impt inf pact ppas ger",
}
_PART_OF = {tag: part for part, tags in _PARTS.items() for tag in tags.split()}
_OWN = (*_PARTS, *(f"{kind} {v}" for kind, values in _VALUES.items() for v in values.split()))
NAMES = (
    *(f"the word: {name}" for name in (*_OWN, "not in the dictionary")),
    *(f"the word before: {part}" for part in _PARTS),
    *(f"the word after: {part}" for part in _PARTS),
    *("a finite verb before in the stretch", "a finite verb after in the stretch"),
)


def grammar(words: Sequence[WrittenWord], phrase: np.ndarray) -> np.ndarray:
    """The columns NAMES of each word, float32 [words, columns]; 0 beyond either end of the text.

    phrase, [words], is not asked for: stretches lie between marks.
    """
    own = np.array([shares(word.text) for word in words], dtype=np.float32)
    parts = np.pad(own[:, : len(_PARTS)], ((1, 1), (0, 0)))
    verb, beside = own[:, [*_PARTS].index("finite verb")], np.zeros((len(words), 2), np.float32)
    for first, end in stretches(words):
        so_far = np.maximum.accumulate(np.concatenate([[0], verb[first:end]]))
        to_come = np.maximum.accumulate(np.concatenate([verb[first:end], [0]])[::-1])[::-1]
        beside[first:end] = np.column_stack([so_far[:-1], to_come[1:]])
    return np.hstack([own, parts[:-2], parts[2:], beside])


@cache
def shares(word: str) -> tuple[float, ...]:
    """Shares of the ways to take a word: of each part of speech and value; 1 if it is unknown."""
    ways = [tag for _, tag in ways_to_take(word)]
    told: Counter[str] = Counter()
    for tag in ways:
        kind, *places = tag.split(":")
        values = {value for place in places for value in place.split(".")}
        told.update({_PART_OF.get(kind, "other")} | {f"value {v}" for v in values | {kind}})
    of_values = [f"value {name.split()[-1]}" for name in _OWN[len(_PARTS) :]]
    counted = [told[name] / max(len(ways), 1) for name in (*_PARTS, *of_values)]
    return *counted, float(not ways)
