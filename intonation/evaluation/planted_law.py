"""A law of F0 that we make ourselves and plant on a corpus' real labels: known truth.

What drives F0 in speech is what one wants to know, so no ranking of linguistic information can be
checked on speech. Here F0 is computed from the labels by a law whose every term is known; a
network that learns this law can then be asked, and its answer marked.

The law adds up ten terms, each about one linguistic group, in semitones from the speaker's median:
declination and the reset between phrases, accents and stress, boundary tones, the intrinsic pitch
of vowels and what voiceless consonants do to them, and three smaller ones. It is constant within a
phone, so one value per phone says all; a phone counts as many times as it has voiced frames. All
other groups have no effect, by construction.

Groups that ask about the same label fields (what a phone is; whether and how a syllable is
accented) cannot be told apart by anything, so each field here belongs to one group.

Beside it stands the corpus' own F0 as one value per phone: no truth can mark a ranking of that,
but it can be made exactly as the one that the law marked.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd
from sklearn.linear_model import Ridge
from tqdm.auto import tqdm

from intonation.corpus.corpus import Corpus, Utterance
from intonation.corpus.features import FeatureTable
from intonation.errors import CorpusError, ParameterError
from intonation.evaluation.faithfulness import replacement_effects
from intonation.labels.full_context import Labels
from intonation.labels.taxonomy import (
    ACCENT,
    FIELDS,
    GROUPS,
    QUINTPHONE,
    group_of_field,
    question_groups,
)
from intonation.model.accuracy import phone_means
from intonation.model.batches import Example, Inputs
from intonation.polish.phones import BY_SYMBOL, VOWELS
from intonation.statistics import evenly

VOICELESS = frozenset(phone.symbol for phone in BY_SYMBOL.values() if not phone.voiced)
FUNCTION_WORDS_ARE_NOT = ("content", "x", "0")

ACCENT_SEMITONES = {"1": 1.8, "2": 2.4, "3": 2.8, "4": 3.2}
# on the last syllable of the phrase, and on the last but one
TONE_SEMITONES = {
    "L-L%": (-3.5, -1.0),
    "H-H%": (6.0, 2.5),
    "HL-L%": (-2.0, 1.5),
    "H-L%": (-1.0, 0.5),
    "L-H%": (2.5, 0.5),
}
NUCLEUS_SEMITONES = {"i": 0.6, "u": 0.6, "y": 0.6, "a": -0.6}

__all__ = ["GROUPS", "group_of_field", "question_groups"]  # as labels.taxonomy has them
Fields = Mapping[str, np.ndarray]


def numbers(values: np.ndarray) -> np.ndarray:
    """Label fields as float64, 0 where a field holds no number ("x")."""
    known = {value: float(value) for value in set(values.tolist()) if value.isdecimal()}
    return looked_up(values, known)


def looked_up(values: np.ndarray, table: Mapping[str, float]) -> np.ndarray:
    """The number that belongs to each value, 0 for values that the table lacks."""
    return np.array([table.get(value, 0.0) for value in values.tolist()], dtype=np.float64)


def tone(fields: Fields) -> np.ndarray:
    """What the boundary tone adds to the last two syllables of its phrase, semitones [phones]."""
    to_end = numbers(fields["b7"])
    last, before = (
        looked_up(fields["h5"], {tone: pair[place] for tone, pair in TONE_SEMITONES.items()})
        for place in (0, 1)
    )
    return np.where(to_end == 1, last, 0.0) + np.where(to_end == 2, before, 0.0)


def _consonant(fields: Fields) -> np.ndarray:
    after_voiceless = np.isin(fields["p2"], list(VOICELESS))
    return np.where(after_voiceless & np.isin(fields["p3"], list(VOWELS)), 1.4, 0.0)


@dataclass(frozen=True)
class Term:
    """One term of the law: the group it is about, in words, and semitones [phones] of fields.

    times: how many times as large it is, see `law_times`.
    """

    group: str
    words: str
    semitones: Callable[[Fields], np.ndarray]
    times: float = 1.0


LAW = (
    Term(
        "SYLLABLE_POSITION",
        "declination: 0.3 lower with every syllable of the phrase, sixteen at most",
        lambda fields: -0.3 * np.clip(numbers(fields["b6"]) - 1, 0, 15),
    ),
    Term(
        "PHRASE_BOUNDARY_TONE",
        "boundary tone on the last two syllables: 3.5 down in a statement, 6 up in a question, …",
        tone,
    ),
    Term(
        ACCENT,
        "accent peak: 1.8 before the nucleus, 2.4 to 3.2 on it",
        lambda fields: looked_up(fields["b2"], ACCENT_SEMITONES),
    ),
    Term(
        "PHRASE_POSITION",
        "each phrase of the utterance 0.9 below the one before, five at most",
        lambda fields: -0.9 * np.clip(numbers(fields["h3"]) - 1, 0, 4),
    ),
    Term(QUINTPHONE, "a vowel after a voiceless consonant 1.4 higher", _consonant),
    Term(
        "PHRASE_LEN",
        "longer phrases start higher: 0.12 for every syllable, twenty at most",
        lambda fields: 0.12 * np.clip(numbers(fields["h1"]), 0, 20),
    ),
    Term(
        "SYLLABLE_STRESS",
        "stressed syllables 1 higher",
        lambda fields: looked_up(fields["b1"], {"1": 1.0}),
    ),
    Term(
        "SYLLABLE_NUCLEUS",
        "intrinsic pitch: syllables with i, u, y 0.6 higher, with a 0.6 lower",
        lambda fields: looked_up(fields["b16"], NUCLEUS_SEMITONES),
    ),
    Term(
        "WORD_PART_OF_SPEECH",
        "function words 0.8 lower",
        lambda fields: np.where(np.isin(fields["e1"], FUNCTION_WORDS_ARE_NOT), 0.0, -0.8),
    ),
    Term(
        "SEG_POS_IN_SYL",
        "a rise through the syllable: 0.25 with every phone",
        lambda fields: 0.25 * np.clip(numbers(fields["p6"]) - 1, 0, 4),
    ),
)


Law = Sequence[Term]


def law_times(factors: Mapping[str, float], law: Law = LAW) -> tuple[Term, ...]:
    """The law with the terms of some groups so many times as large: {"PHRASE_LEN": 10}.

    Raises ParameterError for a group about which the law says nothing.
    """
    terms = {term.group: term for term in law}
    for group, times in factors.items():
        if group not in terms:
            raise ParameterError(f"the law has no term '{group}'; it has {', '.join(terms)}")
        terms[group] = replace(terms[group], times=times * terms[group].times)
    return tuple(terms.values())


def effects_of(questions, level_groups: Mapping[str, np.ndarray], effects: pd.Series) -> pd.Series:
    """Effects in semitones for groups of another level: each has that of the fields it asks about.

    level_groups: question indices by name, such as `questions.groups("general")`; effects: by
    group of this module. Groups that read several of these groups' fields have the sum of squares.
    """
    found = {}
    for name, indices in level_groups.items():
        fields = {questions.readings[index].field for index in indices} - {None}
        read = {group_of_field(field.name) for field in fields}
        found[name] = float(np.sqrt(sum(effects[group] ** 2 for group in read)))
    return pd.Series(found, dtype=np.float64)


def read_fields(labels: Labels) -> dict[str, np.ndarray]:
    """All fields of the labels, str [phones]; "x" for fields that this label shape lacks."""
    missing = np.full(len(labels), "x")
    known = labels.shape.field_names
    return {name: labels.fields(name) if name in known else missing for name in FIELDS}


def contributions(fields: Fields, law: Law = LAW) -> dict[str, np.ndarray]:
    """What each term adds, by group: semitones, float64 [phones]."""
    return {term.group: term.times * term.semitones(fields) for term in law}


def planted_f0(fields: Fields, law: Law = LAW) -> np.ndarray:
    """The law: semitones from the speaker's median, float64 [phones]."""
    return sum(contributions(fields, law).values())


@dataclass(frozen=True)
class Planted:
    """An utterance of one F0 value per phone: that of the law, or the one that was spoken.

    inputs: answers [phones, questions], one frame per phone, voiced where the phone is.
    f0_semitones: [phones]; target: the same with noise, float32 [phones].
    weight: voiced frames of each phone, float32 [phones].
    """

    id: str
    inputs: Inputs
    fields: Fields = field(repr=False)
    f0_semitones: np.ndarray
    target: np.ndarray
    weight: np.ndarray

    @property
    def example(self) -> Example:
        """What a network learns from."""
        return Example(self.inputs, self.target, self.weight)


def plant_utterance(
    utterance: Utterance,
    answers: np.ndarray,
    *,
    noise_semitones: float,
    seed: int | Sequence[int] = 0,
    law: Law | None = LAW,
) -> Planted:
    """Replace F0 by the law plus normal noise, drawn once per phone.

    answers: [phones, questions] of the utterance. Without a law stands the F0 that was spoken, the
    mean of each voiced phone, 0 without voice.
    """
    fields, (spoken, weight) = read_fields(utterance.labels), phone_means(utterance)
    f0_semitones = spoken if law is None else planted_f0(fields, law)
    noise = np.random.default_rng(seed).normal(0.0, noise_semitones, len(answers))
    target, inputs = f0_semitones + noise, Inputs(answers, np.arange(len(answers)), weight > 0)
    numbers = target.astype(np.float32), weight.astype(np.float32)
    return Planted(utterance.id, inputs, fields, f0_semitones, *numbers)


def plant(
    corpus: Corpus,
    features: FeatureTable,
    split: str,
    *,
    at_most: int,
    noise_semitones: float,
    seed: int = 0,
    law: Law | None = LAW,
) -> list[Planted]:
    """The utterances of a split (at most so many, evenly chosen; 0 for all) with planted F0.

    Raises CorpusError where none of them has a voiced frame.
    """
    ids, made = evenly(corpus.ids(split), at_most), []
    verb = "observe" if law is None else "plant"
    for index, name in enumerate(tqdm(ids, desc=f"{verb} {split}", unit="utterance")):
        utterance, answers = corpus[name], features.answers(name)
        drawn = {"noise_semitones": noise_semitones, "seed": (seed, index, len(answers))}
        made.append(plant_utterance(utterance, answers, law=law, **drawn))
    voiced = [item for item in made if item.weight.any()]
    if not voiced:
        raise CorpusError(f"no utterance of the split '{split}' is voiced; make a larger corpus")
    return voiced


def observe(corpus: Corpus, features: FeatureTable, split: str, *, at_most: int) -> list[Planted]:
    """The same utterances as those of `plant` with the F0 that was spoken; raises as it does."""
    return plant(corpus, features, split, at_most=at_most, noise_semitones=0.0, law=None)


def stacked(planted: Sequence[Planted]) -> tuple[dict[str, np.ndarray], np.ndarray]:
    """Fields and weights of all phones of all utterances, one after the other."""
    fields = {name: np.concatenate([item.fields[name] for item in planted]) for name in FIELDS}
    return fields, np.concatenate([item.weight for item in planted])


def planted_effects(
    planted: Sequence[Planted], *, draws: int, seed: int = 0, law: Law = LAW
) -> pd.DataFrame:
    """How much each group really matters: columns group, effect_semitones, largest first.

    All fields of a group are replaced by those of another voiced phone of the same utterances, and
    the law is computed again, see `faithfulness.replacement_effects`. Where terms act together (a
    tone and the place of the syllable) each of them is charged with what they do together. A group
    about which the law says nothing has exactly 0.
    """
    fields, weight = stacked(planted)
    before = planted_f0(fields, law)

    def moved(taken: np.ndarray) -> dict[str, np.ndarray]:
        found = {}
        for group in GROUPS:
            read = [name for name in FIELDS if group_of_field(name) == group]
            foreign = {name: fields[name][taken] for name in read}
            found[group] = planted_f0({**fields, **foreign}, law) - before
        return found

    effects = replacement_effects(moved, weight, draws=draws, seed=seed)
    table = effects.rename("effect_semitones").reset_index()
    return table.sort_values("effect_semitones", ascending=False, kind="stable", ignore_index=True)


def told_by_others(
    training: Sequence[Planted], test: Sequence[Planted], groups: Mapping[str, np.ndarray]
) -> dict[str, float]:
    """How well each term can be told without its own group's questions: R² on the test utterances.

    Ridge regression of the term on the answers to all questions of the other groups. Near 1, a
    network can do without the group, and no reading of its weights can then find the group.
    NaN for a term that does not vary in these utterances.
    """
    answers = [np.concatenate([item.inputs.answers for item in part]) for part in (training, test)]
    fields, weight = zip(stacked(training), stacked(test), strict=True)
    told = {}
    for term in LAW:
        others = [indices for group, indices in groups.items() if group != term.group]
        truth = [term.semitones(part) for part in fields]
        if not others or np.ptp(truth[1][weight[1] > 0]) == 0:
            told[term.group] = float("nan")
            continue
        asked = [part[:, np.concatenate(others)].astype(np.float32) for part in answers]
        model = Ridge(alpha=1.0).fit(asked[0], truth[0], weight[0])
        told[term.group] = float(model.score(asked[1], truth[1], weight[1]))
    return told
