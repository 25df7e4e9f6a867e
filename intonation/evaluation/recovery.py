"""Does relevance recover a planted law? Networks that learn it, and how a ranking is marked.

Three recipes, alike but for what keeps a network from leaning on redundant answers. Labels say
most things more than once (how long a phrase is follows from the syllable's position counted from
either end), so many networks compute the same F0, and they share it out among groups in many ways.
Dropping answers at random in training rewards spreading a thing over all who tell it; a penalty
on whole groups [group lasso; Yuan & Lin 2006] rewards asking as few groups as will do.

Relevance becomes one number per group by one of five statistics. They differ in what may cancel:
within a group (a push up by one feature against a push down by another) and over time (an offset
that is the same in every frame).
"""

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from intonation.errors import ModelError, ParameterError
from intonation.evaluation.faithfulness import replacement_effects
from intonation.evaluation.planted_law import Planted
from intonation.lrp import methods
from intonation.lrp.methods import OCCLUSION, attribute_groups, attribute_many, changes
from intonation.lrp.ranking import Groups, group_matrix
from intonation.model.batches import Inputs, make_batch
from intonation.model.learning import GroupPenalty
from intonation.model.network import F0Model, at_rest
from intonation.model.small import small_parameters
from intonation.model.training import train_on
from intonation.parameters import Parameters
from intonation.statistics import rank_correlation, rms

REPLACEMENT = "replacement"  # needs no relevance
METHODS = (*methods.METHODS, REPLACEMENT)
MEAN_ABS, SUM_ABS, NET = "mean_abs", "sum_abs", "net"
ROW_SPREAD, SPREAD = "row_spread", "spread"
STATISTICS = {
    MEAN_ABS: "the study's: mean over features of summed |relevance|",
    SUM_ABS: "sum over features of summed |relevance|",
    NET: "mean over frames of |net relevance of the group|",
    ROW_SPREAD: "SD over frames of the group's net relevance",
    SPREAD: "the same, each frame's output explained on its own",
}


@dataclass(frozen=True)
class Recipe:
    """How a network is trained, and how much the first layer's weights cost, group by group."""

    name: str
    parameters: Parameters
    penalty: float = 0.0


def phone_network(parameters: Parameters, epochs: int) -> Parameters:
    """The run's, for a network of one frame a phone, with the run's dropout.

    One block is enough: it sees the phone and, with a kernel of 2, the two before it.
    """
    return small_parameters(
        parameters,
        target="semitones",
        epochs=epochs,
        num_layers=1,
        stacks=1,
        causal=True,
        learning_rate=parameters.law_learning_rate,
        batch_size=parameters.law_batch_size,
        cpu_count=1,  # more threads wait longer for each other than they work
        device="cpu",
    )


def without_dropout(parameters: Parameters) -> Parameters:
    """The same, nothing dropped in training."""
    return dataclasses.replace(parameters, dropout=0.0, input_dropout=0.0)


def sparse_recipe(parameters: Parameters, epochs: int) -> Recipe:
    """Nothing dropped, and a penalty on whole groups."""
    bare = without_dropout(phone_network(parameters, epochs))
    return Recipe("sparse in groups", bare, parameters.law_penalty)


def recipes(parameters: Parameters) -> tuple[Recipe, Recipe, Recipe]:
    """With the run's dropout, without, and without but with the penalty; for `law_epochs`."""
    small = phone_network(parameters, parameters.law_epochs)
    return (
        Recipe("as in chapter 3", small),
        Recipe("without dropout", without_dropout(small)),
        sparse_recipe(parameters, parameters.law_epochs),
    )


def train_on_law(
    planted: Sequence[Planted],
    questions: Sequence[str],
    groups: Groups,
    recipe: Recipe,
    folder: Path,
) -> F0Model:
    """A network of one recipe, in evaluation mode; kept in `folder`, see `training.train_on`.

    questions: names. Raises ModelError where its weights are not finite.
    """
    penalty = GroupPenalty(groups, recipe.penalty) if recipe.penalty else None
    items = [item.example for item in planted]
    return train_on(questions, items, [], recipe.parameters, folder, penalty=penalty)[0]


@torch.no_grad()
def predict_planted(model: F0Model, planted: Sequence[Planted]) -> list[np.ndarray]:
    """The network's F0 of every utterance, semitones [phones]."""
    with at_rest(model):
        return _cut(model(make_batch([item.inputs for item in planted])), planted)


def error_semitones(model: F0Model, planted: Sequence[Planted]) -> float:
    """Root mean square distance from the law without noise, over voiced frames."""
    predicted = np.concatenate(predict_planted(model, planted))
    law = np.concatenate([item.f0_semitones for item in planted])
    return rms(predicted - law, np.concatenate([item.weight for item in planted]))


def method_statistics(
    model: F0Model,
    planted: Sequence[Planted],
    groups: Groups,
    method: str,
    *,
    steps: int = methods.STEPS,
    each: bool = True,
) -> pd.DataFrame:
    """What a method of `intonation.lrp.methods` says of every group (the index), by statistic.

    Occlusion, which knows only groups, has NET and SPREAD, the others all of STATISTICS. NET and
    the spreads are in semitones, but for the gradient. steps: of integrated gradients. each:
    whether every output is explained on its own, too; without, SPREAD is left out.
    """
    items, weights = [item.inputs for item in planted], [item.weight for item in planted]
    tasks = [(item, item.voiced) for item in items]
    if method == OCCLUSION:
        net = [attribute_groups(model, *task, groups, method).values for task in tasks]
        columns = {NET: size(net, weights), SPREAD: spread(net, weights)}
        return pd.DataFrame(columns, index=pd.Index(list(groups), name="group"))
    found = [part.relevance().values for part in attribute_many(model, tasks, method, steps=steps)]
    table = group_statistics(found, weights, groups)
    if not each:
        return table
    alone = [relevance_per_output(model, item, groups, method, steps=steps) for item in items]
    return table.assign(**{SPREAD: spread(alone, weights)})


def relevance_per_output(
    model: F0Model, inputs: Inputs, groups: Groups, method: str, *, steps: int = methods.STEPS
) -> np.ndarray:
    """Net relevance of each group for each voiced output on its own: float64 [phones, groups].

    Outputs that are a receptive field apart share no input, so that one explanation serves all of
    them; there are as many explanations as the receptive field is long. 0 where unvoiced.
    """
    reach, phones = model.config.receptive_field, len(inputs.voiced)
    if not model.config.causal:
        raise ModelError("expected a causal network, whose outputs look back only")
    places = np.arange(phones)
    masks = [inputs.voiced & (places % reach == phase) for phase in range(min(reach, phones))]
    masks = [mask for mask in masks if mask.any()]
    net = np.zeros((phones, len(groups)))
    each = attribute_many(model, ((inputs, mask) for mask in masks), method, steps=steps)
    for mask, found in zip(masks, each, strict=True):
        sums = group_matrix(found.relevance().values, groups, statistic="sum")
        running = np.concatenate([np.zeros((1, len(groups))), sums.cumsum(axis=0)])
        net[mask] = (running[places + 1] - running[np.maximum(places + 1 - reach, 0)])[mask]
    return net


@torch.no_grad()
def network_effects(
    model: F0Model, planted: Sequence[Planted], groups: Groups, *, draws: int, seed: int = 0
) -> pd.DataFrame:
    """The effect of each group on the network, measured as `planted_effects` does on the law.

    A group's answers are replaced by those of another phone that really occurs; they stay answers
    that a label can give, though perhaps not beside the others. Column SPREAD, in semitones.
    """
    answers, voiced = (
        np.concatenate([getattr(item.inputs, name) for item in planted])
        for name in ("answers", "voiced")
    )
    batch, phones = make_batch([item.inputs for item in planted]), np.arange(len(answers))

    def moved(taken: np.ndarray) -> dict[str, np.ndarray]:
        foreign = Inputs(answers[taken], phones, voiced[taken])
        shifts = changes(model, Inputs(answers, phones, voiced), foreign, groups)
        found = {}
        for group, shift in zip(groups, shifts, strict=True):
            replaced = first + torch.nn.functional.embedding(batch.phone_of_frame, shift)
            after = _cut(model.from_projection(replaced, batch.mask), planted)
            found[group] = np.concatenate(after) - before
        return found

    with at_rest(model):
        first, before = model.projection(batch), np.concatenate(predict_planted(model, planted))
        weight = np.concatenate([item.weight for item in planted])
        effects = replacement_effects(moved, weight, draws=draws, seed=seed)
    return pd.DataFrame({SPREAD: effects})


def _cut(padded: Tensor, planted: Sequence[Planted]) -> list[np.ndarray]:
    """Rows of a batch without their padding."""
    return [
        row[: len(item.weight)].detach().numpy() for row, item in zip(padded, planted, strict=True)
    ]


def group_statistics(
    values: Sequence[np.ndarray], weights: Sequence[np.ndarray], groups: Groups
) -> pd.DataFrame:
    """MEAN_ABS, SUM_ABS, NET and ROW_SPREAD of every group (the index).

    values: relevance [rows, inputs] of each utterance, all its outputs explained at once;
    weights: how often each row counts [rows].
    """
    parts = zip(values, weights, strict=True)
    counted = sum(weight @ np.abs(part).astype(np.float64) for part, weight in parts)
    net = [group_matrix(part, groups, statistic="sum") for part in values]
    sums = np.array([counted[indices].sum() for indices in groups.values()])
    columns = {
        MEAN_ABS: sums / [len(indices) for indices in groups.values()],
        SUM_ABS: sums,
        NET: size(net, weights),
        ROW_SPREAD: spread(net, weights),
    }
    return pd.DataFrame(columns, index=pd.Index(list(groups), name="group"))


def size(net: Sequence[np.ndarray], weights: Sequence[np.ndarray]) -> np.ndarray:
    """Mean size of each column of net [rows, groups] over all utterances, float64 [groups]."""
    return np.average(np.abs(np.concatenate(net)), axis=0, weights=np.concatenate(weights))


def spread(net: Sequence[np.ndarray], weights: Sequence[np.ndarray]) -> np.ndarray:
    """Standard deviation of each column of net [rows, groups], float64 [groups].

    What is the same in every row (an offset for which a bias would do as well) does not count.
    """
    rows, weight = np.concatenate(net).astype(np.float64), np.concatenate(weights)
    centred = rows - np.average(rows, axis=0, weights=weight)
    return np.sqrt(np.average(centred**2, axis=0, weights=weight))


def precision_at(relevance: np.ndarray, effects: np.ndarray, k: int) -> float:
    """Share of the k groups of highest relevance that are among the k of largest real effect.

    Groups without effect are never among them; NaN where fewer than k groups have one. Groups of
    equal relevance count in their order from the last, so that a tie earns nothing by chance.
    Raises ParameterError for k below 1.
    """
    if k < 1:
        raise ParameterError(f"precision at k = {k}; choose k of 1 or more")
    if np.count_nonzero(effects > 0) < k:
        return float("nan")
    wanted = effects >= np.sort(effects)[-k]
    first = np.lexsort((wanted, -relevance))[:k]
    return float(wanted[first].mean())


def nulls_last(relevance: np.ndarray, effects: np.ndarray) -> bool:
    """Whether every group without effect has less relevance than every group with one.

    False where there is no group of one of the two kinds: nothing was shown.
    """
    real = effects > 0
    if real.all() or not real.any():
        return False
    return bool(relevance[real].min() > relevance[~real].max())


def ceiling(effects: np.ndarray | pd.Series) -> float:
    """The highest rank correlation that a ranking without ties can reach.

    Groups without effect are tied in truth; a ranking has to put them in some order.
    """
    return rank_correlation(np.argsort(np.argsort(effects, kind="stable")), effects)


def chance(effects: np.ndarray, *, resamples: int, seed: int = 0) -> np.ndarray:
    """Rank correlations of random rankings of the same groups, float64 [resamples]."""
    random = np.random.default_rng(seed)
    drawn = (random.permutation(len(effects)) for _ in range(resamples))
    return np.array([rank_correlation(order, effects) for order in drawn])


def score(relevance: pd.Series, effects: pd.Series) -> dict[str, float | bool]:
    """All marks of one ranking: spearman, precision_at_3, _5 and _all, nulls_last.

    relevance, effects: by group; groups that relevance lacks (no questions) are left out.
    precision_at_all: k is the number of groups with an effect. Raises ModelError where a number is
    not finite.
    """
    relevance, effects = relevance.to_numpy(), effects.loc[relevance.index].to_numpy()
    if not np.isfinite([relevance, effects]).all():
        raise ModelError(
            "relevance or effect of a group is not finite; train again with a lower learning_rate"
        )
    real = max(int(np.count_nonzero(effects > 0)), 1)
    return {
        "spearman": rank_correlation(relevance, effects),
        **{f"precision_at_{k}": precision_at(relevance, effects, k) for k in (3, 5)},
        "precision_at_all": precision_at(relevance, effects, real),
        "nulls_last": nulls_last(relevance, effects),
    }


def score_table(statistics: Mapping[str, pd.DataFrame], effects: pd.Series) -> pd.DataFrame:
    """One row per name (of a method or a network) and statistic, with the columns of `score`."""
    rows = [
        {"name": name, "statistic": statistic, **score(table[statistic], effects)}
        for name, table in statistics.items()
        for statistic in table
    ]
    return pd.DataFrame(rows)


def null_floor(relevance: pd.Series, effects: pd.Series) -> float:
    """The largest relevance of a group without effect, 0 for none: what is smaller drowns."""
    return float(relevance[effects == 0].max()) if (effects == 0).any() else 0.0


def farthest(relevance: pd.Series, effects: pd.Series) -> str:
    """The group with an effect that ranks farthest from its place, "" for none."""
    away = (relevance.rank() - effects.rank()).abs()[effects > 0]
    return str(away.idxmax()) if len(away) else ""


def verdict(marks: Mapping[str, float], effects: pd.Series, *, wanted: float) -> str:
    """One sentence: whether a ranking (marks of `score`) reached what was asked for."""
    if np.isnan(marks["spearman"]):
        return "There is nothing to rank: the ranking **did not hold** in this run."
    last = "all came last" if marks["nulls_last"] else "did not all come last"
    held = marks["spearman"] >= wanted and marks["nulls_last"]
    return (
        f"Asked for was a rank correlation of at least {wanted:g} and every group without effect "
        f"last. Reached were {marks['spearman']:.2f}, of {ceiling(effects):.2f} that are possible "
        "(groups without effect are tied in truth), and the groups without effect "
        f"{last}: in this run it **{'held' if held else 'did not hold'}**."
    )


def ranking_table(statistics: Mapping[str, pd.DataFrame], effects: pd.Series) -> pd.DataFrame:
    """Every ranking in full: name, statistic, group, rank (1 first), relevance, effect."""
    parts = []
    for name, table in statistics.items():
        for statistic in table:
            ranked = table[statistic].sort_values(ascending=False, kind="stable")
            part = {"name": name, "statistic": statistic, "group": ranked.index}
            part |= {"rank": range(1, len(ranked) + 1), "relevance": ranked.to_numpy()}
            parts.append(pd.DataFrame(part | {"effect_semitones": effects[ranked.index].array}))
    return pd.concat(parts, ignore_index=True)
