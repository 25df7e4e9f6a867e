"""What a network would say if one thing about a vowel were otherwise.

Only the answers to questions about the changed label fields change, to those that a phone of the
corpus with the wanted value of that field really has. So all answers to one field fit each other,
though not those to other fields, which may tell the same in other words.

A vowel is asked about within as many phones as the network looks back at, because the output for
the vowel depends on no more.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import torch

from intonation.errors import ModelError
from intonation.evaluation.phonetics.vowels import Speech, last_of_body
from intonation.evaluation.planted_law import Fields, numbers, stacked
from intonation.labels.question_set import QuestionSet
from intonation.model.batches import Inputs, make_batch
from intonation.model.network import F0Model, at_rest

AT_A_TIME = 2000  # vowels


@dataclass(frozen=True)
class Windows:
    """Vowels with the phones before them: arrays [vowels, phones], the vowel itself last.

    fields: label fields, str. rows: of each phone in the stacked phones of all utterances, int64;
    real: False before the utterance's first phone, bool. syllable: 0 for phones of the vowel's own
    syllable, -1 for those of the one before, and so on; 1 for a pause. phrase: whether the phone
    is in the vowel's phrase. late, earlier: which of the windows is that of the last vowel of the
    phrase's body, or of the phrase before, int64 [vowels], -1 for none.
    """

    fields: Fields
    rows: np.ndarray
    real: np.ndarray
    syllable: np.ndarray
    phrase: np.ndarray
    late: np.ndarray
    earlier: np.ndarray

    @property
    def own(self) -> np.ndarray:
        """Which phones are in the vowel's syllable."""
        return self.real & (self.syllable == 0)

    @property
    def previous(self) -> np.ndarray:
        """Which phones are in the syllable before."""
        return self.real & (self.syllable == -1)


# Windows of vowels to the fields that change: {name: str [vowels, phones]}
Change = Callable[[Windows], Mapping[str, np.ndarray]]


@dataclass(frozen=True)
class Answers:
    """Answers of all phones of a corpus, and which of them each label field decides.

    fields: str [phones] by name. answers: [phones, questions]. columns: questions by field.
    """

    fields: Fields
    answers: np.ndarray
    columns: Mapping[str, np.ndarray]

    @classmethod
    def of(cls, speech: Speech, questions: QuestionSet) -> "Answers":
        """Of all utterances, end to end."""
        read = [reading.field.name if reading.field else "" for reading in questions.readings]
        columns = {name: np.flatnonzero(np.array(read) == name) for name in {*read} - {""}}
        answers = np.concatenate([item.inputs.answers for item in speech.items])
        return cls(stacked(speech.items)[0], answers, columns)

    def changed(
        self, windows: Windows, new: Mapping[str, np.ndarray], chosen: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """Answers [chosen vowels, phones, questions] with fields replaced, and what became of them.

        The second, bool [chosen vowels], is False where nothing changed, or where a new value is
        one that no phone of the corpus has.
        """
        answers = self.answers[windows.rows[chosen]]
        moved, unheard = (np.zeros(len(answers), dtype=bool) for _ in range(2))
        for name, values in new.items():
            values = values[chosen]
            other = windows.real[chosen] & (values != windows.fields[name][chosen])
            moved |= other.any(axis=1)
            for value in np.unique(values[other]):
                donor = self.donors(name).get(value)
                vowels, phones = np.nonzero(other & (values == value))
                if donor is None:
                    unheard[vowels] = True
                    continue
                columns = self.columns.get(name, np.zeros(0, dtype=int))
                given = self.answers[donor, columns]
                answers[vowels[:, None], phones[:, None], columns] = given
        return answers, moved & ~unheard

    def donors(self, name: str) -> dict[str, int]:
        """The first phone that has each value of a field."""
        values, first = np.unique(self.fields[name], return_index=True)
        return dict(zip(values.tolist(), first.tolist(), strict=True))


def windows(speech: Speech, reach: int) -> Windows:
    """Each vowel with the phones before it, so many in all."""
    lengths = [len(item.weight) for item in speech.items]
    starts = np.cumsum([0, *lengths])[:-1]
    fields, _ = stacked(speech.items)
    first = starts[speech.vowels["utterance"].to_numpy(dtype=int)]
    last = first + speech.vowels["phone"].to_numpy(dtype=int)
    rows = last[:, None] + np.arange(1 - reach, 1)
    real = rows >= first[:, None]
    rows = np.where(real, rows, first[:, None])
    taken = {name: values[rows] for name, values in fields.items()}
    syllable = np.cumsum(fields["p6"] == "1")[rows]
    pause = numbers(fields["p6"])[rows] == 0
    behind = np.where(pause, 1, syllable - syllable[:, -1:])
    phrase = real & (taken["h3"] == taken["h3"][:, -1:]) & ~pause
    ends = (last_of_body(speech.vowels, back) for back in (0, 1))
    return Windows(taken, rows, real, behind, phrase, *ends)


@torch.no_grad()
def predicted(model: F0Model, answers: np.ndarray, real: np.ndarray) -> np.ndarray:
    """The network's output for the last phone of each window, semitones [vowels].

    answers: [vowels, phones, questions]; real: bool [vowels, phones], False only at the start.
    Raises ModelError for a network that looks ahead.
    """
    if not model.config.causal:
        raise ModelError("expected a causal network, whose outputs look back only")
    found = np.zeros(len(answers))
    with at_rest(model):
        for start in range(0, len(answers), AT_A_TIME):
            part = slice(start, start + AT_A_TIME)
            items = [_inputs(*pair) for pair in zip(answers[part], real[part], strict=True)]
            output = model(make_batch(items)).numpy()
            ends = real[part].sum(axis=1) - 1
            found[part] = output[np.arange(len(items)), ends]
    return found


def _inputs(answers: np.ndarray, real: np.ndarray) -> Inputs:
    kept = answers[real]
    return Inputs(kept, np.arange(len(kept)), np.ones(len(kept), dtype=bool))


def effects(
    models: Sequence[F0Model],
    fold: np.ndarray,
    answers: Answers,
    asked: Windows,
    change: Change,
    chosen: np.ndarray,
) -> np.ndarray:
    """Predicted F0 less that after a change of the chosen vowels: semitones [chosen vowels].

    fold: which of the networks is asked about each vowel, int64 [vowels]. NaN where nothing changes
    or no phone of the corpus has what is wanted.
    """
    after, possible = answers.changed(asked, change(asked), chosen)
    before, real = answers.answers[asked.rows[chosen]], asked.real[chosen]
    found = np.full(len(after), np.nan)
    for place, model in enumerate(models):
        own = possible & (fold[chosen] == place)
        ends = [predicted(model, told[own], real[own]) for told in (before, after)]
        found[own] = ends[0] - ends[1]
    return found


def law_effects(
    law: Callable[[Fields], np.ndarray], asked: Windows, change: Change, chosen: np.ndarray
) -> np.ndarray:
    """The same of a law that reads fields [phones], such as `planted_law.planted_f0`."""
    new = {name: values[chosen, -1] for name, values in change(asked).items()}
    last = {name: values[chosen, -1] for name, values in asked.fields.items()}
    moved = np.any([values != last[name] for name, values in new.items()], axis=0)
    return np.where(moved, law(last) - law({**last, **new}), np.nan)


def by_vowel(values: Sequence[np.ndarray], vowels: pd.DataFrame) -> np.ndarray:
    """Values [phones, …] of each utterance at the vowels: [vowels, …]."""
    places = zip(vowels["utterance"], vowels["phone"], strict=True)
    return np.array([values[utterance][phone] for utterance, phone in places])
