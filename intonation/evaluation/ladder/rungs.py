"""The rungs of the ladder: what each adds to what was asked before it.

A question of the labels belongs to the rung of the linguistic level that the taxonomy gives it; one
that reads no known field, or several, to the last rung of the labels.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from intonation.evaluation.ladder import before
from intonation.evaluation.ladder.frequency import NAMES as FREQUENCY_NAMES
from intonation.evaluation.ladder.frequency import frequency
from intonation.evaluation.ladder.grammar import NAMES as GRAMMAR_NAMES
from intonation.evaluation.ladder.grammar import grammar
from intonation.evaluation.ladder.material import Material
from intonation.evaluation.ladder.punctuation import NAMES as PUNCTUATION_NAMES
from intonation.evaluation.ladder.punctuation import punctuation
from intonation.evaluation.ladder.written import WrittenWord, is_polish
from intonation.labels.taxonomy import OTHER

# key of the rung, levels of the taxonomy
LABEL_RUNGS = {
    "phone": ("segmental",),
    "syllable": ("syllabic",),
    "word": ("word",),
    "phrase": ("phrasal", "utterance", OTHER),
}
# key of the rung, names of its columns, what tells them of each word, whether only of Polish ones
Told = Callable[[Sequence[WrittenWord], np.ndarray], np.ndarray]
TEXT_RUNGS: dict[str, tuple[tuple[str, ...], Told, bool]] = {
    "punctuation": (PUNCTUATION_NAMES, punctuation, False),
    "grammar": (GRAMMAR_NAMES, grammar, True),
    "frequency": (FREQUENCY_NAMES, frequency, True),
}
BEFORE = "before"
TITLES = {
    "phone": "which phones",
    "syllable": "syllable",
    "word": "word",
    "phrase": "phrase and utterance",
    "punctuation": "punctuation",
    "grammar": "forms of the words",
    "frequency": "how frequent the words are",
    BEFORE: "the sentence before",
}
LEAST_MATCHED = 0.5  # of the utterances, for a rung about written words


@dataclass(frozen=True)
class Rung:
    """What is asked at a rung.

    names: of the columns. values: float32 [phones, columns], yes or no, or divided by two standard
    deviations [Gelman 2008], so that one penalty suits all. missing: why there are none, "" else.
    """

    key: str
    names: tuple[str, ...] = ()
    values: np.ndarray | None = None
    missing: str = ""

    @property
    def title(self) -> str:
        return TITLES[self.key]


def rungs(material: Material, questions) -> list[Rung]:
    """All rungs in their order, those that cannot be made with the reason.

    questions: the QuestionSet of the material's answers. A column that does not vary, or says what
    one before it said, is left out.
    """
    made = [*_of_labels(material, questions), *_of_text(material), of_before(material)]
    seen: set[bytes] = set()
    return [_thinned(rung, seen) for rung in made]


def _of_labels(material: Material, questions) -> list[Rung]:
    groups = questions.groups("linguistic_levels")
    found = []
    for key, levels in LABEL_RUNGS.items():
        parts = [groups[level] for level in levels if level in groups]
        if not parts:
            found.append(Rung(key, missing="no question asks about it"))
            continue
        columns = np.sort(np.concatenate(parts))
        names = tuple(questions.names[column] for column in columns)
        found.append(Rung(key, names, scaled(material.answers[:, columns])))
    return found


def _of_text(material: Material) -> list[Rung]:
    texts = [text for text in material.texts if text]
    matched, polish = material.matched, is_polish(texts)
    reason = ""
    if not texts:
        reason = "the corpus has no texts"
    elif matched.mean() < LEAST_MATCHED:
        reason = (
            f"only of {matched.sum()} of {len(matched)} recordings does the text have as many "
            "words as the labels"
        )
    found = []
    for key, (names, told, only_polish) in TEXT_RUNGS.items():
        why = reason or ("the text is not Polish" if only_polish and not polish else "")
        made = () if why else (names, scaled(of_words(material, told, len(names))))
        found.append(Rung(key, *made, missing=why))
    return found


def of_words(material: Material, told: Told, columns: int) -> np.ndarray:
    """What is told of the word of each phone, float32 [phones, columns]; 0 where it is unknown."""
    values = np.zeros((len(material.owner), columns), dtype=np.float32)
    edges = np.searchsorted(material.owner, np.arange(len(material.words) + 1))
    for row, one in enumerate(material.words):
        if one.words:
            here = slice(edges[row], edges[row + 1])
            index = one.index[material.phone[here]]
            values[here] = told(one.words, one.phrase)[index] * (index >= 0)[:, None]
    return values


def of_before(material: Material) -> Rung:
    """What is known of the sentence before."""
    unknown = np.isnan(material.before).any(axis=1)
    if unknown.all():
        return Rung(BEFORE, missing="no speaker has two recordings")
    values = np.column_stack([scaled(material.before), unknown])
    names = (*before.NAMES, "no sentence before")
    return Rung(BEFORE, names, values[material.owner].astype(np.float32))


def another_before(material: Material) -> Rung:
    """The same of a sentence that is not the one before: half of the speaker's sentences away.

    What it tells as well as the sentence before does is who speaks, not what was just said.
    """
    far = np.full_like(material.before, np.nan)
    for speaker in dict.fromkeys(material.speakers):
        own = [row for row, name in enumerate(material.speakers) if name == speaker]
        own.sort(key=lambda row: before.by_name(material.ids[row]))
        if len(own) >= 4:  # else it could be the one itself
            far[own] = material.before[np.roll(own, -(len(own) // 2))]
    return of_before(replace(material, before=far))


def scaled(values: np.ndarray) -> np.ndarray:
    """Columns of yes and no as they are; others minus their mean, by two standard deviations.

    values: [rows, columns]; what is not known, NaN, becomes 0. Returns float32.
    """
    found = np.array(values, dtype=np.float32)
    if np.issubdtype(values.dtype, np.unsignedinteger):
        return found  # answers: yes or no
    for column in found.T:
        if not np.isin(column, (0, 1)).all():
            known = np.isfinite(column)
            spread = column[known].std()
            column -= column[known].mean()
            column /= 2 * spread if spread > 0 else 1
            column[~known] = 0
    return found


def _thinned(rung: Rung, seen: set[bytes]) -> Rung:
    if rung.values is None:
        return rung
    kept = []
    for place, column in enumerate(rung.values.T):
        told = np.ascontiguousarray(column).tobytes()
        if np.ptp(column) > 0 and told not in seen:
            seen.add(told)
            kept.append(place)
    if not kept:
        return Rung(rung.key, missing="it says nothing that differs or is new")
    names = tuple(rung.names[place] for place in kept)
    return Rung(rung.key, names, np.ascontiguousarray(rung.values[:, kept]))


def columns_of(ladder: Sequence[Rung]) -> tuple[np.ndarray, list[np.ndarray]]:
    """All columns of the rungs that could be made, float32 [phones, columns]; where each's are."""
    made = [rung for rung in ladder if rung.values is not None]
    edges = np.cumsum([0, *(len(rung.names) for rung in made)]).tolist()
    return np.hstack([rung.values for rung in made]), [np.arange(*ends) for ends in pairwise(edges)]
