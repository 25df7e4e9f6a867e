"""The study's way to rank groups, and the way that holds, marked on laws drawn at random."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

from intonation.evaluation import recovery
from intonation.evaluation.holding.laws import drawn_law, replant
from intonation.evaluation.holding.spreads import net_relevance
from intonation.evaluation.planted_law import Planted, planted_effects
from intonation.lrp.ranking import Groups
from intonation.model.network import F0Model
from intonation.model.sparse.curves import GroupCurves
from intonation.model.sparse.lasso import group_lasso
from intonation.model.sparse.phones import phones_of
from intonation.model.training import train_on
from intonation.parameters import Parameters

STUDY, HOLDS = "the study's way", "the way that holds"
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
) -> pd.DataFrame:
    """One row per law and way: columns law, way, the marks of `recovery.score`, nulls, zeros.

    splits: of any F0, for training, validation and test. nulls: groups without effect; zeros:
    groups that were found to have none.
    """
    rows = []
    brief = replace(parameters, law_epochs=parameters.law_draw_epochs)
    usual, bare, _ = recovery.recipes(brief)
    for seed in seeds:
        law = drawn_law(seed, splits[0])
        noise = parameters.law_noise_semitones
        training, validation, test = (
            replant(part, law, noise_semitones=noise, seed=(seed, number))
            for number, part in enumerate(splits)
        )
        effects = planted_effects(test, draws=parameters.law_effect_draws, seed=seed, law=law)
        truth = effects.set_index("group")["effect_semitones"].loc[list(groups)]
        place = Path(folder) / str(seed)
        free = recovery.train_on_law(training, questions, groups, usual, place / "study")
        curves = curves_for(training, validation, groups)
        held = train_held(training, questions, curves, bare.parameters, place / "held")
        study = recovery.method_statistics(free, test, groups, "z", each=False)
        found = {STUDY: study[recovery.MEAN_ABS], HOLDS: phone_spreads(held, test, groups)}
        for way, ranking in found.items():
            marks = recovery.score(ranking, truth)
            counts = {"nulls": int((truth == 0).sum()), "zeros": int((ranking == 0).sum())}
            rows.append({"law": seed, "way": way, **marks, **counts})
    return pd.DataFrame(rows)


def summary(marks: pd.DataFrame) -> pd.DataFrame:
    """Over the laws of `mark_laws`, by way: mean and worst correlation, share with nulls last."""
    by_way = marks.groupby("way", sort=False)
    columns = {"mean": by_way["spearman"].mean(), "worst": by_way["spearman"].min()}
    columns |= {"nulls_last": by_way["nulls_last"].mean(), "laws": by_way.size()}
    return pd.DataFrame(columns).reset_index()
