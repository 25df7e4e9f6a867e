"""How much a ranking depends on the seed of the training, and on the method of explanation.

Networks trained alike from different seeds fit about equally well and still may find different
reasons. Each is explained on the same test utterances; seeds and utterances are then drawn again
together, first a network, then utterances: the two-stage bootstrap for data that come in groups
[Davison & Hinkley 1997, sec. 3.8].
"""

import dataclasses
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from tqdm.auto import tqdm

from intonation.captum_methods import occlude_groups
from intonation.corpus import Corpus
from intonation.errors import UtteranceError
from intonation.explain import (
    GRADIENT,
    INTEGRATED_GRADIENTS,
    OCCLUSION,
    Explainer,
    choose_frames,
    explain_batch,
    inputs_of,
)
from intonation.features import FeatureTable, Inputs
from intonation.model import F0Model
from intonation.parameters import Parameters
from intonation.relevance import Groups, group_matrix
from intonation.rules import RULES
from intonation.training import train
from intonation.uncertainty import (
    UtteranceSums,
    draw_counts,
    intervals,
    load_sums,
    no_intervals,
    ranks_of,
    save_sums,
)

# small enough to train several networks while one reads; the chapter says so
MOST_UTTERANCES = {"train": 160, "validation": 30}
SMALL = {"stacks": 1, "batch_size": 4, "learning_rate": 3e-3}
SUMS = "utterance_sums.npz"
SOURCES = ("utterances", "seeds", "both")
ENDS = ("low", "high", "rank_low", "rank_high")
SEED_COLUMNS = (
    *("group", "mean", "n_features"),
    *(f"{source}_{end}" for source in SOURCES for end in ENDS),
)
METHODS = (*RULES, INTEGRATED_GRADIENTS, GRADIENT, OCCLUSION)


def small_parameters(parameters: Parameters) -> list[Parameters]:
    """Those of the smaller networks, one for each of `parameters.seeds` seeds in turn."""
    small = dataclasses.replace(
        parameters,
        epochs=parameters.small_epochs,
        num_layers=parameters.small_num_layers,
        hidden_size=parameters.small_hidden_size,
        **SMALL,
    )
    seeds = range(parameters.seed, parameters.seed + parameters.seeds)
    return [dataclasses.replace(small, seed=seed) for seed in seeds]


def small_corpus(corpus: Corpus) -> Corpus:
    """The corpus with at most `MOST_UTTERANCES` of each split, evenly chosen; all of the test."""
    kept = corpus.ids("test")
    for split, most in MOST_UTTERANCES.items():
        kept += evenly(corpus.ids(split), most)
    return dataclasses.replace(corpus, table=corpus.table[corpus.table["id"].isin(kept)])


def evenly(ids: Sequence[str], most: int) -> list[str]:
    """At most so many of the ids, evenly spread from the first to the last."""
    places = np.linspace(0, len(ids) - 1, min(most, len(ids))).round().astype(int)
    return [ids[place] for place in places]


def train_seeds(
    corpus: Corpus, features: FeatureTable, parameters: Parameters, folder: Path
) -> dict[int, F0Model]:
    """Train the smaller networks in `folder`/<seed>; returns them by seed.

    A network that is there and was made from the same is not trained again, see `train`.
    """
    small = small_corpus(corpus)
    return {
        chosen.seed: train(small, features, chosen, Path(folder) / str(chosen.seed))[0]
        for chosen in small_parameters(parameters)
    }


def explain_seeds(
    models: Mapping[int, F0Model], corpus: Corpus, features: FeatureTable, folder: Path
) -> dict[int, UtteranceSums]:
    """Explain the test utterances with every network (Z rule); returns their sums by seed.

    Written to `folder`/<seed>/utterance_sums.npz; those that are there are not computed again.
    """
    ids = corpus.ids("test")
    frames = corpus.table.set_index("id").loc[ids, "frames"]
    paths = {seed: Path(folder) / str(seed) / SUMS for seed in models}
    missing = [seed for seed in models if not paths[seed].is_file()]
    explainers = {seed: Explainer(models[seed]) for seed in missing}
    sums = {seed: UtteranceSums(len(models[seed].config.inputs), frames) for seed in missing}
    bar = tqdm(ids, desc="explain", unit="utterance", mininterval=1.0, disable=not missing)
    for utterance_id in bar if missing else ():
        utterance = corpus[utterance_id]
        answers = features.answers(utterance_id)
        inputs = Inputs(answers, utterance.frame_to_phone, utterance.voiced)
        for seed, explainer in explainers.items():
            chosen = choose_frames(models[seed].config.target, inputs, None, utterance_id)
            explanation = explainer.explain(explainer.forward(inputs), chosen)
            sums[seed].add(explanation.relevance().values)
    for seed in missing:
        save_sums(paths[seed], sums[seed])
    return {seed: sums.get(seed) or load_sums(paths[seed]) for seed in models}


def absolute_sums(sums: UtteranceSums, groups: Groups) -> np.ndarray:
    """Mean absolute relevance of a group's features, float64 [utterances, groups].

    Its sum over the utterances is what `abs_sum` is ranked by.
    """
    return group_matrix(sums.values[:, 0] - sums.values[:, 1], groups)


def seed_ranking(
    parts: np.ndarray, groups: Groups, *, resamples: int = 1000, seed: int = 0
) -> pd.DataFrame:
    """Rank groups by their mean over networks; how far value and rank move, and why.

    parts: float [networks, utterances, groups], see `absolute_sums`. Columns `SEED_COLUMNS`:
    `utterances_…` is the 95 % interval with the networks as they are, averaged, and utterances
    drawn again; `seeds_…` the range over the networks, all utterances kept; `both_…` the 95 %
    interval with one network and then utterances drawn, which is what one training on such a
    corpus has to expect. With one utterance only `seeds_…` is known.
    """
    totals = parts.sum(axis=1)
    order = np.argsort(-totals.mean(axis=0), kind="stable")
    parts, totals, names = parts[:, :, order], totals[:, order], list(groups)
    table = pd.DataFrame(
        {
            "group": [names[index] for index in order],
            "mean": totals.mean(axis=0),
            "n_features": [len(np.unique(groups[names[index]])) for index in order],
        }
    )
    for source, found in _sources(parts, totals, resamples, seed).items():
        found.columns = [f"{source}_{end}" for end in ENDS]
        table = table.join(found)
    return table[list(SEED_COLUMNS)]


def _sources(parts, totals, resamples: int, seed: int) -> dict[str, pd.DataFrame]:
    """Intervals by what is drawn, columns as of `uncertainty.intervals`."""
    n_networks, n_utterances, n_groups = parts.shape
    found = {"seeds": _range(totals)}
    if n_utterances < 2 or n_groups == 0:
        return found | {source: no_intervals(n_groups) for source in ("utterances", "both")}
    counts = draw_counts(n_utterances, resamples, seed)
    found["utterances"] = intervals(counts @ parts.mean(axis=0))
    drawn = np.random.default_rng((seed, 1)).integers(n_networks, size=resamples)
    both = np.empty((resamples, n_groups))
    for network in range(n_networks):
        both[drawn == network] = counts[drawn == network] @ parts[network]
    return found | {"both": intervals(both)}


def _range(totals: np.ndarray) -> pd.DataFrame:
    """Lowest and highest of [networks, groups]: a handful of networks has no percentiles."""
    ranks = ranks_of(totals)
    ends = [totals.min(0), totals.max(0), ranks.min(0), ranks.max(0)]
    return pd.DataFrame(dict(zip(ENDS, ends, strict=True)))


def rank_spans(table: pd.DataFrame) -> pd.Series:
    """Over how many ranks a group may move, on average over groups, by what is drawn.

    table: of `seed_ranking`. 1 is a group that stays where it is.
    """
    spans = {s: table[f"{s}_rank_high"] - table[f"{s}_rank_low"] + 1 for s in SOURCES}
    return pd.Series({source: span.astype(float).mean() for source, span in spans.items()})


def agreement(values: pd.DataFrame) -> pd.DataFrame:
    """Kendall's tau-b of every two columns: 1 for the same ranking, 0 for none in common.

    values: [groups, columns]. NaN where there are fewer than two groups, or a column is constant.
    """
    return values.corr(method="kendall")  # scipy.stats.kendalltau


def pairs(matrix: pd.DataFrame) -> pd.DataFrame:
    """A symmetric matrix as a table of pairs, columns first, second, tau."""
    upper = zip(*np.triu_indices(len(matrix), k=1), strict=True)
    names = matrix.columns
    rows = [(names[i], names[j], matrix.iloc[i, j]) for i, j in upper]
    return pd.DataFrame(rows, columns=["first", "second", "tau"])


def method_values(
    model: F0Model,
    corpus: Corpus,
    ids: Sequence[str],
    groups: Groups,
    methods: Sequence[str] = METHODS,
) -> pd.DataFrame:
    """How much each group matters by each method, float [groups, methods].

    Each method gives every phone a relevance per group, the sum over the group's features; its
    size is added up over phones and utterances. Not divided by the number of features: occlusion
    knows only whole groups, and a divisor in common would make all methods alike. Relevance counts
    where a label is read; for occlusion, where F0 changes.
    A method that cannot take the corpus' answers (numbers beyond 0 and 1) is left out.
    """
    found = {method: np.zeros(len(groups)) for method in methods}
    for utterance_id in tqdm(ids, desc="methods", unit="utterance", mininterval=1.0):
        inputs = inputs_of(corpus[utterance_id])
        chosen = choose_frames(model.config.target, inputs, None, utterance_id)
        for method in list(found):
            try:
                values = _by_phone(model, inputs, chosen, groups, method)
            except UtteranceError:
                del found[method]
                continue
            found[method] += np.abs(values).sum(axis=0)
    return pd.DataFrame(found, index=list(groups))


def _by_phone(model: F0Model, inputs: Inputs, chosen, groups: Groups, method: str) -> np.ndarray:
    """Relevance of each group in each phone, [phones, groups]."""
    if method == OCCLUSION:
        by_frame = occlude_groups(model, inputs, chosen, groups).values
        values = np.zeros((len(inputs.answers), len(groups)))
        np.add.at(values, inputs.frame_to_phone, by_frame)
        return values
    (relevance,) = explain_batch(model, [inputs], [chosen], rule=method, per="phone")
    return group_matrix(relevance.values, groups, statistic="sum")
