"""How much a ranking depends on the seed of the training.

Networks trained alike from different seeds fit about equally well and still may find different
reasons. Each is explained on the same test utterances; seeds and utterances are then drawn again
together, first a network, then utterances: the two-stage bootstrap for data that come in groups
[Davison & Hinkley 1997, sec. 3.8].
"""

import dataclasses
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd
from tqdm.auto import tqdm

from intonation.corpus.corpus import Corpus
from intonation.corpus.features import FeatureTable
from intonation.evaluation.ranking_intervals import UtteranceSums, load_sums, save_sums
from intonation.lrp.lrp import Explainer
from intonation.lrp.ranking import Groups
from intonation.model.accuracy import levelled_rmse, voiced_errors
from intonation.model.batches import Inputs, choose_frames
from intonation.model.network import F0Model
from intonation.model.prediction import predict_hz
from intonation.model.small import fewer_utterances, small_parameters
from intonation.model.training import train
from intonation.parameters import Parameters
from intonation.statistics import draw_counts, intervals, no_intervals, percentiles, ranks_of

SUMS = "utterance_sums.npz"
SOURCES = ("utterances", "seeds", "both")
ENDS = ("low", "high", "rank_low", "rank_high")
SEED_COLUMNS = (
    *("group", "mean", "n_features"),
    *(f"{source}_{end}" for source in SOURCES for end in ENDS),
)

ACCURACY_COLUMNS = (
    *("networks", "utterances", "rmse_semitones", "lowest", "highest"),
    *("sentences_low", "sentences_high", "ci_low", "ci_high"),
)


def training_parameters(parameters: Parameters) -> list[Parameters]:
    """Those of the small networks, one for each of `parameters.seeds` seeds in turn."""
    small = small_parameters(
        parameters,
        stacks=parameters.stability_stacks,
        batch_size=parameters.stability_batch_size,
        learning_rate=parameters.stability_learning_rate,
    )
    seeds = range(parameters.seed, parameters.seed + parameters.seeds)
    return [dataclasses.replace(small, seed=seed) for seed in seeds]


def train_seeds(
    corpus: Corpus, features: FeatureTable, parameters: Parameters, folder: Path
) -> dict[int, F0Model]:
    """Train the smaller networks in `folder`/<seed>; returns them by seed.

    A network that is there and was made from the same is not trained again, see `train`.
    """
    most = parameters.stability_train_utterances, parameters.stability_validation_utterances
    few = fewer_utterances(corpus, train=most[0], validation=most[1])
    return {
        chosen.seed: train(few, features, chosen, Path(folder) / str(chosen.seed))[0]
        for chosen in training_parameters(parameters)
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


def seed_errors(models: Mapping[int, F0Model], corpus: Corpus) -> pd.DataFrame:
    """RMSE of every test utterance (the index) by every network (the columns), in semitones.

    Of networks that are not told who speaks with contours moved to the speaker's median
    (`accuracy.levelled_rmse`).
    """
    ids, found = corpus.ids("test"), {}
    for seed, model in models.items():
        if model.config.meaning.vuv:
            found[seed] = levelled_rmse(model, corpus, ids)
            continue
        pairs = ((corpus[name].f0_hz, predict_hz(model, corpus[name])) for name in ids)
        found[seed] = [voiced_errors(*pair)["rmse_semitones"] for pair in pairs]
    return pd.DataFrame(found, index=pd.Index(ids, name="id"))


def seed_accuracy(
    errors: pd.DataFrame, sentences: pd.Series, *, resamples: int, seed: int = 0
) -> pd.DataFrame:
    """One row, ACCURACY_COLUMNS: the networks' mean RMSE of an utterance, and how far it moves.

    errors: of `seed_errors`; sentences: what each utterance reads, by id. lowest, highest: over the
    networks. sentences_…: the 95 % interval when sentences are drawn, with all their readings, the
    networks averaged; ci_…: when a network is drawn before. Of one sentence both are unknown.
    """
    codes, names = pd.factorize(sentences.loc[errors.index])
    each = errors.mean()
    row = [errors.shape[1], len(errors), each.mean(), each.min(), each.max()]
    if len(names) < 2:
        return pd.DataFrame([[*row, *[np.nan] * 4]], columns=list(ACCURACY_COLUMNS))
    drawn = draw_counts(len(names), resamples, seed)[:, codes]
    means = drawn @ errors.to_numpy() / drawn.sum(axis=1, keepdims=True)  # [resamples, networks]
    network = np.random.default_rng((seed, 1)).integers(errors.shape[1], size=resamples)
    both = means[np.arange(resamples), network]
    ends = (*percentiles(means.mean(axis=1)), *percentiles(both))
    return pd.DataFrame([[*row, *map(float, ends)]], columns=list(ACCURACY_COLUMNS))


def accuracy_told(table: pd.DataFrame) -> str:
    """A sentence of what `seed_accuracy` found."""
    row = table.iloc[0]
    told = (
        f"{row['networks']:.0f} smaller networks that differ in the seed alone err by "
        f"{row['rmse_semitones']:.2f} semitones on average, from {row['lowest']:.2f} to "
        f"{row['highest']:.2f}"
    )
    if np.isnan(row["ci_low"]):
        return f"{told}."
    alone = f"{row['sentences_low']:.2f} to {row['sentences_high']:.2f}"
    both = f"{row['ci_low']:.2f} to {row['ci_high']:.2f}"
    return f"{told}; 95 % over sentences are {alone}, over seeds and sentences {both}."


def seed_ranking(
    parts: np.ndarray, groups: Groups, *, resamples: int, seed: int = 0
) -> pd.DataFrame:
    """Rank groups by their mean over networks; how far value and rank move, and why.

    parts: float [networks, utterances, groups], see `ranking_intervals.absolute_sums`.
    Columns `SEED_COLUMNS`: `utterances_…` is the 95 % interval with the networks as they are,
    averaged, and utterances drawn again; `seeds_…` the range over the networks, all utterances
    kept; `both_…` the 95 % interval with one network and then utterances drawn, which is what one
    training on such a corpus has to expect. With one utterance only `seeds_…` is known.
    """
    sizes, totals = [len(np.unique(members)) for members in groups.values()], parts.sum(axis=1)
    columns = {"group": list(groups), "mean": totals.mean(axis=0), "n_features": sizes}
    table = pd.DataFrame(columns).sort_values("mean", ascending=False, kind="stable")
    order, table = table.index, table.reset_index(drop=True)
    for source, found in _sources(parts[:, :, order], totals[:, order], resamples, seed).items():
        found.columns = [f"{source}_{end}" for end in ENDS]
        table = table.join(found)
    return table[list(SEED_COLUMNS)]


def _sources(parts, totals, resamples: int, seed: int) -> dict[str, pd.DataFrame]:
    """Intervals by what is drawn, columns as of `statistics.intervals`."""
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
    return pd.DataFrame(spans).astype(float).mean()
