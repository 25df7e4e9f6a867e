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
from intonation.evaluation.phonetics.vowels import Speech
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
    is in the vowel's phrase.
    """

    fields: Fields
    rows: np.ndarray
    real: np.ndarray
    syllable: np.ndarray
    phrase: np.ndarray

    def take(self, chosen: np.ndarray) -> "Windows":
        """The windows of some vowels, bool [vowels]."""
        fields = {name: values[chosen] for name, values in self.fields.items()}
        rest = (self.rows, self.real, self.syllable, self.phrase)
        return Windows(fields, *(values[chosen] for values in rest))

    @property
    def own(self) -> np.ndarray:
        """Which phones are in the vowel's syllable."""
        return self.real & (self.syllable == 0)

    @property
    def previous(self) -> np.ndarray:
        """Which phones are in the syllable before."""
        return self.real & (self.syllable == -1)


# Windows of some vowels to the fields that change: {name: str [vowels, phones]}
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
        self, windows: Windows, new: Mapping[str, np.ndarray]
    ) -> tuple[np.ndarray, np.ndarray]:
        """Answers [vowels, phones, questions] with some fields replaced, and where that was possible.

        Impossible (False in the second, bool [vowels]) is a value that no phone of the corpus has.
        """
        answers = self.answers[windows.rows]
        possible = np.ones(len(answers), dtype=bool)
        for name, values in new.items():
            other, columns = windows.real & (values != windows.fields[name]), self.columns.get(name)
            if columns is None:
                continue
            for value in np.unique(values[other]):
                vowels, phones = np.nonzero(other & (values == value))
                donors = np.flatnonzero(self.fields[name] == value)
                possible[vowels[: len(vowels) if not len(donors) else 0]] = False
                if len(donors):
                    own = self.answers[donors[0], columns]
                    answers[vowels[:, None], phones[:, None], columns] = own
        return answers, possible


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
    return Windows(taken, rows, real, behind, phrase)


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
) -> np.ndarray:
    """Predicted F0 as it is less predicted F0 after a change: semitones, float64 [vowels].

    fold: which of the networks is asked about each vowel, int64. NaN where the change is not
    possible or changes nothing that the vowel's windows hold.
    """
    new = change(asked)
    after, possible = answers.changed(asked, new)
    moved = np.zeros(len(fold), dtype=bool)
    for name, values in new.items():
        moved |= (asked.real & (values != asked.fields[name])).any(axis=1)
    before, found = answers.answers[asked.rows], np.full(len(fold), np.nan)
    for place, model in enumerate(models):
        own = possible & moved & (fold == place)
        ends = [predicted(model, told[own], asked.real[own]) for told in (before, after)]
        found[own] = ends[0] - ends[1]
    return found


def law_effects(law: Callable[[Fields], np.ndarray], asked: Windows, change: Change) -> np.ndarray:
    """The same of a law that reads fields [phones], see `planted_law.planted_f0`."""
    new = change(asked)
    last = {name: values[:, -1] for name, values in asked.fields.items()}
    changed = {**last, **{name: values[:, -1] for name, values in new.items()}}
    return law(last) - law(changed)


def by_vowel(values: Sequence[np.ndarray], vowels: pd.DataFrame) -> np.ndarray:
    """Values [phones, …] of each utterance at the vowels: [vowels, …]."""
    places = zip(vowels["utterance"], vowels["phone"], strict=True)
    return np.array([values[utterance][phone] for utterance, phone in places])
