"""The study's way to rank groups, and the way that holds, marked on laws drawn at random."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

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
    seeds: Sequence[int],
    splits: tuple[Sequence[Planted], Sequence[Planted], Sequence[Planted]],
    questions: Sequence[str],
    groups: Groups,
    parameters: Parameters,
    folder: Path,
    entries: Mapping[str, Entry] = MappingProxyType({}),
    ways: Sequence[str] = (STUDY, HOLDS),
) -> pd.DataFrame:
    """One row per law, way and ranking: law, way, ranking, marks of `recovery.score`, nulls, zeros.

    splits: of any F0, for training, validation and test. ranking: APART, of the groups, or MERGED,
    of the entries of `together.merging` where there are any. nulls: lines without effect; zeros:
    lines that were found to have none.
    """
    rows = []
    lines = {**groups, **{name: entry.indices for name, entry in entries.items()}}
    for seed in seeds:
        law = drawn_law(seed, splits[0])
        noise = parameters.law_noise_semitones
        planted = tuple(
            replant(part, law, noise_semitones=noise, seed=(seed, number))
            for number, part in enumerate(splits)
        )
        truth = truth_of(planted[2], entries, law, draws=parameters.law_effect_draws, seed=seed)
        place = Path(folder) / str(seed)
        found = rankings(planted, questions, groups, lines, parameters, place, ways)
        for ranking, names in ((APART, list(groups)), (MERGED, list(entries))):
            for way, values in found.items() if names else ():
                marks = _marks(values.loc[names], truth.loc[names])
                rows.append({"law": seed, "way": way, "ranking": ranking, **marks})
    return pd.DataFrame(rows)


def rankings(
    splits: Sequence[Sequence[Planted]],
    questions: Sequence[str],
    groups: Groups,
    lines: Groups,
    parameters: Parameters,
    folder: Path,
    ways: Sequence[str] = (STUDY, HOLDS),
) -> dict[str, pd.Series]:
    """What some ways find of every line, of groups and of entries: {way: semitones [lines]}.

    splits: of one law, for training, validation and test; lines: indices of questions.
    """
    training, validation, test = splits
    usual, bare, _ = recovery.recipes(replace(parameters, law_epochs=parameters.law_draw_epochs))
    found = {}
    if STUDY in ways:
        free = recovery.train_on_law(training, questions, groups, usual, folder / "study")
        study = recovery.method_statistics(free, test, lines, "z", each=False)
        found[STUDY] = study[recovery.MEAN_ABS]
    if HOLDS in ways:
        curves = curves_for(training, validation, groups)
        held = train_held(training, questions, curves, bare.parameters, folder / "held")
        found[HOLDS] = phone_spreads(held, test, lines)
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
