"""All predictors on all sentences, each predicted by what never learnt from it."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from tqdm.auto import tqdm

from intonation.evaluation.reach.folds import Fold
from intonation.evaluation.reach.networks import (
    ORIGINAL,
    OURS,
    TRIED,
    Learner,
    Variant,
    learner,
    network_parameters,
    predict,
    train,
    tried,
)
from intonation.evaluation.reach.spoken import Spoken, contour, errors
from intonation.evaluation.reach.yardsticks import Line, fit_boosted, fit_line
from intonation.parameters import Parameters

MEDIAN, PLAIN, RIDGE = "speaker's median", "ridge on labels", "ridge with the speaker's range"
LINES, BOOSTING = "ridge with range, between phones", "gradient boosting"
STEPS, SINGLE, ENSEMBLE = "network, in steps", "one network", "mean of networks"
RECIPE = "networks and ridge"

Contours = dict[str, np.ndarray]  # semitones [frames] by id


def of_seed(name: str, seed: int) -> str:
    """The name of one network's predictions."""
    return f"{name} · {seed}"


def predict_all(
    parts: Sequence[Fold], names: Sequence[str], parameters: Parameters, folder: Path
) -> dict[str, Contours]:
    """Contours of every test utterance of every fold by predictor.

    names: of the columns of answers. Those of `networks.tried` are trained on the first
    `reach_ablation_folds` folds (0: none) alone. Networks are kept in `folder`.
    """
    found: dict[str, Contours] = {}
    for fold in tqdm(parts, desc="folds"):
        line = _yardsticks(found, fold, parameters)
        variants: tuple[Variant, ...] = (OURS, ORIGINAL)
        if fold.number < parameters.reach_ablation_folds:
            variants += tried(fold)
        for variant in variants:
            made = learner(fold, variant, line)
            _networks(found, fold, made, names, parameters, folder)
    return found


def _note(found: dict[str, Contours], name: str, spoken: Spoken, semitones: np.ndarray) -> None:
    found.setdefault(name, {})[spoken.id] = semitones


def _yardsticks(found: dict[str, Contours], fold: Fold, parameters: Parameters) -> Line:
    """Contours of what is no network; returns ridge with the speaker's range."""
    line, plain = fit_line(fold, ranged=True), fit_line(fold, ranged=False)
    drawing = {"iterations": parameters.reach_trees, "seed": parameters.seed}
    boosted = fit_boosted(fold, **drawing)
    for one in fold.test:
        _note(found, MEDIAN, one, np.full(len(one.voiced), line.scale.median(one)))
        for name, model in ((PLAIN, plain), (RIDGE, line), (BOOSTING, boosted)):
            values = model.scale.up(one, model.predict(one))
            _note(found, name, one, contour(one, values, staircase=name != BOOSTING))
        _note(found, LINES, one, contour(one, line.scale.up(one, line.predict(one))))
    return line


def _networks(
    found: dict[str, Contours],
    fold: Fold,
    made: Learner,
    names: Sequence[str],
    parameters: Parameters,
    folder: Path,
) -> None:
    """Contours of a variant's networks, one for each seed; of the original's kind, one in all."""
    variant = made.variant
    number = 1 if variant == ORIGINAL else parameters.reach_seeds
    for seed in range(parameters.seed, parameters.seed + number):
        chosen = network_parameters(parameters, variant, seed)
        kept = folder / f"{variant.name.replace(' ', '_')}_{fold.number}_{seed}"
        model = train(fold, made, names, chosen, kept)
        for one, values in zip(fold.test, predict(model, made, fold.test), strict=True):
            seen = made.seen(one)
            values = made.scale.up(seen, values)
            if variant == OURS:
                stairs = contour(seen, values, staircase=True)
                _note(found, of_seed(STEPS, seed), one, stairs)
            drawn = contour(seen, values, staircase=variant == ORIGINAL)
            _note(found, of_seed(variant.name, seed), one, drawn)


def mean_of(parts: Sequence[Contours]) -> Contours:
    """The mean of several predictors' contours."""
    return {key: np.mean([part[key] for part in parts], axis=0) for key in parts[0]}


def beside_ridge(networks: Contours, ridge: Contours, share: float) -> Contours:
    """share of the networks' contour, the rest of ridge's; of utterances that both have."""
    return {key: share * own + (1 - share) * ridge[key] for key, own in networks.items()}


def of_variant(found: Mapping[str, Contours], name: str, parameters: Parameters) -> list[Contours]:
    """What the networks of a variant say, a set of contours for each seed."""
    seeds = range(parameters.seed, parameters.seed + parameters.reach_seeds)
    return [found[of_seed(name, seed)] for seed in seeds if of_seed(name, seed) in found]


def assembled(found: Mapping[str, Contours], parameters: Parameters) -> dict[str, Contours]:
    """The predictors that are compared, by name, in the order in which they are told."""
    networks, lines = of_variant(found, OURS.name, parameters), found[LINES]
    (original,) = of_variant(found, ORIGINAL.name, parameters)
    mean, share = mean_of(networks), parameters.reach_share
    return {
        **{name: found[name] for name in (MEDIAN, PLAIN, RIDGE, LINES, BOOSTING)},
        f"{ORIGINAL.name}, by phone": original,
        STEPS: of_variant(found, STEPS, parameters)[0],
        SINGLE: networks[0],
        ENSEMBLE: mean,
        RECIPE: beside_ridge(mean, lines, share),
    }


def attempts(found: Mapping[str, Contours], parameters: Parameters) -> dict[str, Contours]:
    """The recipe with another network, by what is different, on the folds where it was trained.

    A network that learns what ridge leaves has ridge in it already, and none beside it.
    """
    made = {}
    for variant in TRIED:
        networks = of_variant(found, variant.name, parameters)
        if networks:
            share = 1.0 if variant.leftover else parameters.reach_share
            made[variant.name] = beside_ridge(mean_of(networks), found[LINES], share)
    return made


def error_table(spoken: Sequence[Spoken], predictors: Mapping[str, Contours]) -> pd.DataFrame:
    """Columns predictor, id, speaker, sentence, rmse_semitones, correlation."""
    rows = [
        {"predictor": name, "id": one.id, "speaker": one.speaker, "sentence": one.sentence}
        | errors(one, contours[one.id])
        for name, contours in predictors.items()
        for one in spoken
        if one.id in contours
    ]
    return pd.DataFrame(rows)
