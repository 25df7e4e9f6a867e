"""The study's way to rank groups, and the way that holds, marked on laws drawn at random."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import pandas as pd

from intonation.evaluation import recovery
from intonation.evaluation.holding.laws import drawn_law, replant
from intonation.evaluation.holding.spreads import net_relevance
from intonation.evaluation.planted_law import Law, Planted, planted_effects
from intonation.evaluation.together.interactions import law_effects
from intonation.evaluation.together.merging import Entry
from intonation.labels.taxonomy import FIELDS, group_of_field
from intonation.lrp.ranking import Groups
from intonation.model.network import F0Model
from intonation.model.sparse.curves import GroupCurves
from intonation.model.sparse.lasso import group_lasso
from intonation.model.sparse.phones import phones_of
from intonation.model.training import train_on
from intonation.parameters import Parameters

STUDY, HOLDS = "the study's way", "the way that holds"
APART, MERGED = "every group", "merged"
NOTHING = 0.01  # semitones: below, a spread counts as none

Splits = tuple[Sequence[Planted], Sequence[Planted], Sequence[Planted]]


@dataclass(frozen=True)
class LawTrial:
    """What laws are planted in, and what networks that learn them are asked about.

    splits: utterances of any F0, in whose place laws come, for training, validation and test.
    questions: their names. groups: {name: question indices}, each a line of a ranking; entries:
    those of `together.merging`, lines of another one, where there are any. parameters: the run's.
    folder: where networks are kept.
    """

    splits: Splits
    questions: Sequence[str]
    groups: Groups
    parameters: Parameters
    folder: Path
    entries: Mapping[str, Entry] = field(default_factory=dict)

    @property
    def lines(self) -> Groups:
        """Question indices of groups and of entries, by name."""
        merged = {name: entry.indices for name, entry in self.entries.items()}
        return {**self.groups, **merged}

    def planted(self, splits: Sequence[Sequence[Planted]], place: str) -> "LawTrial":
        """The same with other F0, or fewer utterances, in a folder of its own below this one."""
        training, validation, test = splits
        folder = Path(self.folder) / place
        return replace(self, splits=(training, validation, test), folder=folder)


def curves_for(
    training: Sequence[Planted],
    validation: Sequence[Planted],
    groups: Groups,
    sentence_of: Callable[[str], str] = str,
) -> GroupCurves:
    """Those of the group lasso; validation may be empty.

    sentence_of: what an utterance's id counts as in validation.
    """
    phones = [
        phones_of([item.example for item in part], [sentence_of(item.id) for item in part])
        if part
        else None
        for part in (training, validation)
    ]
    return GroupCurves(groups, group_lasso(*phones, groups))


def train_held(
    training: Sequence[Planted],
    questions: Sequence[str],
    curves: GroupCurves,
    parameters: Parameters,
    folder: Path,
) -> F0Model:
    """A network of one frame per phone, without dropout, held to the curves."""
    items = [item.example for item in training]
    return train_on(questions, items, [], parameters, folder, penalty=curves)[0]


def phone_spreads(model: F0Model, utterances: Sequence[Planted], groups: Groups) -> pd.Series:
    """The spread over voiced frames of each group's net relevance, semitones [groups]."""
    net = list(net_relevance(model, [item.inputs for item in utterances], groups))
    weights = [item.weight[item.inputs.voiced] for item in utterances]
    found = recovery.spread(net, weights)
    return pd.Series(np.where(found < NOTHING, 0.0, found), index=list(groups))


def mark_laws(
    seeds: Sequence[int], trial: LawTrial, ways: Sequence[str] = (STUDY, HOLDS)
) -> pd.DataFrame:
    """One row per law, way and ranking: law, way, ranking, marks of `recovery.score`, nulls, zeros.

    ranking: APART, of the groups, or MERGED, of the entries where there are any. nulls: lines
    without effect; zeros: lines that were found to have none.
    """
    rows = []
    for seed in seeds:
        law, chosen = drawn_law(seed, trial.splits[0]), trial.parameters
        planted = trial.planted(
            [
                replant(part, law, noise_semitones=chosen.law_noise_semitones, seed=(seed, number))
                for number, part in enumerate(trial.splits)
            ],
            str(seed),
        )
        draws = {"draws": chosen.law_effect_draws, "seed": seed}
        truth = truth_of(planted.splits[2], trial.entries, law, **draws)
        found = rankings(planted, ways)
        for ranking, names in ((APART, list(trial.groups)), (MERGED, list(trial.entries))):
            for way, values in found.items() if names else ():
                marks = _marks(values.loc[names], truth.loc[names])
                rows.append({"law": seed, "way": way, "ranking": ranking, **marks})
    return pd.DataFrame(rows)


def rankings(trial: LawTrial, ways: Sequence[str] = (STUDY, HOLDS)) -> dict[str, pd.Series]:
    """What some ways find of every line of a trial with one law: {way: semitones [lines]}."""
    training, validation, test = trial.splits
    usual = recovery.phone_network(trial.parameters, trial.parameters.law_draw_epochs)
    questions, groups, found = trial.questions, trial.groups, {}
    if STUDY in ways:
        recipe = recovery.Recipe(STUDY, usual)
        place = trial.folder / "study"
        free = recovery.train_on_law(training, questions, groups, recipe, place)
        study = recovery.method_statistics(free, test, trial.lines, "z", each=False)
        found[STUDY] = study[recovery.MEAN_ABS]
    if HOLDS in ways:
        curves, bare = curves_for(training, validation, groups), recovery.without_dropout(usual)
        held = train_held(training, questions, curves, bare, trial.folder / "held")
        found[HOLDS] = phone_spreads(held, test, trial.lines)
    return found


def truth_of(
    test: Sequence[Planted], entries: Mapping[str, Entry], law: Law, *, draws: int, seed: int
) -> pd.Series:
    """Planted effects, semitones, of groups and of entries: all fields of the parts at once.

    An entry has no effect where none of its parts has one.
    """
    effects = planted_effects(test, draws=draws, seed=seed, law=law)
    alone = effects.set_index("group")["effect_semitones"]
    fields = {
        name: [field for field in FIELDS if group_of_field(field) in entry.parts]
        for name, entry in entries.items()
        if len(entry.parts) > 1
    }
    if not fields:
        return alone
    return pd.concat([alone, law_effects(test, fields, law, draws=draws, seed=seed)])


def _marks(ranking: pd.Series, truth: pd.Series) -> dict[str, float | bool | int]:
    nulls, zeros = int((truth == 0).sum()), int((ranking == 0).sum())
    return {**recovery.score(ranking, truth), "nulls": nulls, "zeros": zeros}


def summary(marks: pd.DataFrame) -> pd.DataFrame:
    """Over the laws of `mark_laws`, by way and ranking: mean and worst, share with nulls last."""
    kinds = marks.groupby(["way", "ranking"], sort=False)
    columns = {"mean": kinds["spearman"].mean(), "worst": kinds["spearman"].min()}
    columns |= {"nulls_last": kinds["nulls_last"].mean(), "laws": kinds.size()}
    return pd.DataFrame(columns).reset_index()


def told_in_words(marks: pd.DataFrame, ranking: str) -> str:
    """One clause a way: what it reached on the laws of `mark_laws`, in one of the rankings."""
    known = summary(marks[marks["ranking"] == ranking])
    return "; ".join(
        f"{way} reached a rank correlation of {mean:.2f} on average, {worst:.2f} at worst, "
        f"with what has no effect all last in {round(last * laws)} of {laws}"
        for way, mean, worst, last, laws in known[
            ["way", "mean", "worst", "nulls_last", "laws"]
        ].itertuples(index=False)
    )
