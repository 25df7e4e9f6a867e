"""All predictors on all sentences, each predicted by what never learnt from it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from tqdm.auto import tqdm

from intonation.evaluation.reach.folds import HELD_BACK, Fold
from intonation.evaluation.reach.networks import (
    ORIGINAL,
    OURS,
    TRIED,
    Learner,
    Variant,
    learner,
    network_parameters,
    tried,
)
from intonation.evaluation.reach.spoken import Spoken, contour, errors
from intonation.evaluation.reach.taught.before import Before
from intonation.evaluation.reach.taught.own_lines import fit_own_lines
from intonation.evaluation.reach.taught.rows import asked_for
from intonation.evaluation.reach.taught.voices import Voices, voices
from intonation.evaluation.reach.yardsticks import Line, fit_boosted, fit_line
from intonation.parameters import Parameters

MEDIAN, PLAIN, RIDGE = "speaker's median", "ridge on labels", "ridge with the speaker's range"
LINES, BOOSTING = "ridge with range, between phones", "gradient boosting"
OWN_LINES = "ridge, then of each speaker"
STEPS, SINGLE, ENSEMBLE = "network, in steps", "one network", "mean of networks"
RECIPE = "networks and ridge"
SHARES = tuple(n / 10 for n in range(11))

Contours = dict[str, np.ndarray]  # semitones [frames] by id


def of_seed(name: str, seed: int) -> str:
    """The name of one network's predictions."""
    return f"{name} · {seed}"


@dataclass
class Judged:
    """Contours of the test utterances by predictor.

    shares: each fold's share of the networks. recipe: these, turn by turn, of each fold.
    """

    contours: dict[str, Contours]
    shares: list[float]
    recipe: list[list[Voices]]

    def note(self, name: str, spoken: Spoken, semitones: np.ndarray) -> None:
        """One contour [frames]."""
        self.contours.setdefault(name, {})[spoken.id] = semitones


def predict_all(
    parts: Sequence[Fold],
    names: Sequence[str],
    parameters: Parameters,
    folder: Path,
    before: Before | None = None,
) -> Judged:
    """Contours of every test utterance of every fold.

    names: of the columns of answers. Those of `networks.tried` and `asked_for` are trained on the
    first `reach_ablation_folds` folds (0: none) alone. Networks are kept in `folder`. before: what
    they learn from first.
    """
    found = Judged({}, [], [])
    for fold in tqdm(parts, desc="folds"):
        line = _yardsticks(found, fold, parameters)
        variants: tuple[Variant, ...] = (OURS, ORIGINAL)
        if fold.number < parameters.reach_ablation_folds:
            variants += tried(fold, asked_for(parameters))
        for variant in variants:
            made = learner(fold, variant, line)
            models = _networks(found, fold, made, names, parameters, folder, before)
            if variant == OURS:
                found.shares.append(chosen_share(fold, made, models))
                found.recipe.append(models)
    return found


def _yardsticks(found: Judged, fold: Fold, parameters: Parameters) -> Line:
    """Contours of what is no network; returns ridge with the speaker's range."""
    line, plain = fit_line(fold, ranged=True), fit_line(fold, ranged=False)
    drawing = {"iterations": parameters.reach_trees, "seed": parameters.seed}
    boosted, own = fit_boosted(fold, **drawing), fit_own_lines(fold, line, parameters.reach_tuned)
    for one in fold.test:
        found.note(MEDIAN, one, np.full(len(one.voiced), line.scale.median(one)))
        for name, model in ((PLAIN, plain), (RIDGE, line), (BOOSTING, boosted)):
            values = model.scale.up(one, model.predict(one))
            found.note(name, one, contour(one, values, staircase=name != BOOSTING))
        found.note(LINES, one, contour(one, line.scale.up(one, line.predict(one))))
        found.note(OWN_LINES, one, contour(one, line.scale.up(one, own.predict(one))))
    return line


def _networks(
    found: Judged,
    fold: Fold,
    made: Learner,
    names: Sequence[str],
    parameters: Parameters,
    folder: Path,
    before: Before | None,
) -> list[Voices]:
    """Contours of a variant's networks, one for each of its seeds."""
    variant, models = made.variant, []
    for turn in range(seeds_of(variant, parameters)):
        seed = parameters.seed + turn
        chosen = network_parameters(parameters, variant, seed)
        model = voices(fold, made, names, chosen, folder, turn=turn, before=before)
        for one, values in zip(fold.test, model.predict(made, fold.test), strict=True):
            seen = made.seen(one)
            values = made.scale.up(seen, values)
            if variant == OURS:
                stairs = contour(seen, values, staircase=True)
                found.note(of_seed(STEPS, seed), one, stairs)
            drawn = contour(seen, values, staircase=variant == ORIGINAL)
            found.note(of_seed(variant.name, seed), one, drawn)
        models.append(model)
    return models


def seeds_of(variant: Variant, parameters: Parameters) -> int:
    """How many networks of a variant: of the original's kind one, of what is tried one fewer."""
    if variant == ORIGINAL:
        return 1
    return parameters.reach_seeds if variant == OURS else max(1, parameters.reach_seeds - 1)


def chosen_share(fold: Fold, made: Learner, models: Sequence[Voices]) -> float:
    """Which share of the networks errs least on what each of them, and ridge, did not learn from.

    made: of `networks.OURS`; models: its networks, turn by turn. The least mean RMSE counts.
    """
    rmse = []
    for turn, model in enumerate(models):
        rest, held = fold.parted(HELD_BACK, turn)
        line = made.line.learnt_from(rest, fold.parted_grams(HELD_BACK, turn)[0])
        for one, values in zip(held, model.predict(made, held), strict=True):
            own, straight = (
                contour(one, made.scale.up(one, told)) for told in (values, line.predict(one))
            )
            mixed = (share * own + (1 - share) * straight for share in SHARES)
            rmse.append([errors(one, line_)["rmse_semitones"] for line_ in mixed])
    return SHARES[int(np.mean(rmse, axis=0).argmin())]


def mean_of(parts: Sequence[Contours]) -> Contours:
    """The mean of several predictors' contours."""
    return {key: np.mean([part[key] for part in parts], axis=0) for key in parts[0]}


def beside_ridge(networks: Contours, ridge: Contours, shares: Mapping[str, float]) -> Contours:
    """The networks' contour by its share (by id), the rest of ridge's."""
    return {
        key: shares[key] * own + (1 - shares[key]) * ridge[key] for key, own in networks.items()
    }


def of_variant(found: Judged, name: str, parameters: Parameters) -> list[Contours]:
    """What the networks of a variant say, a set of contours for each seed."""
    seeds = range(parameters.seed, parameters.seed + parameters.reach_seeds)
    kept = (of_seed(name, seed) for seed in seeds)
    return [found.contours[key] for key in kept if key in found.contours]


def shares_by_id(parts: Sequence[Fold], found: Judged) -> dict[str, float]:
    """The share of the networks in what is said of each test utterance."""
    pairs = zip(parts, found.shares, strict=True)
    return {one.id: share for fold, share in pairs for one in fold.test}


def assembled(
    found: Judged, shares: Mapping[str, float], parameters: Parameters
) -> dict[str, Contours]:
    """The predictors that are compared, by name, in the order in which they are told."""
    networks, known = of_variant(found, OURS.name, parameters), found.contours
    (original,) = of_variant(found, ORIGINAL.name, parameters)
    mean, own = mean_of(networks), known[OWN_LINES]
    alone = all(np.array_equal(own[key], line) for key, line in known[LINES].items())
    yardsticks = (MEDIAN, PLAIN, RIDGE, LINES, *(() if alone else (OWN_LINES,)), BOOSTING)
    return {
        **{name: known[name] for name in yardsticks},
        f"{ORIGINAL.name}, by phone": original,
        STEPS: of_variant(found, STEPS, parameters)[0],
        SINGLE: networks[0],
        ENSEMBLE: mean,
        RECIPE: beside_ridge(mean, known[LINES], shares),
    }


def attempts(
    found: Judged, shares: Mapping[str, float], parameters: Parameters
) -> dict[str, Contours]:
    """The recipe with another network, by what is different, on the folds where it was trained.

    First, where there are others, the recipe itself from as many seeds as these. A network that
    learns what ridge leaves has ridge in it already, and none beside it.
    """
    made: dict[str, Contours] = {}
    for variant in (*TRIED, *asked_for(parameters)):
        networks = of_variant(found, variant.name, parameters)
        if networks and not made:
            own = of_variant(found, OURS.name, parameters)[: len(networks)]
            some = [{key: one[key] for key in networks[0]} for one in own]
            made[RECIPE] = beside_ridge(mean_of(some), found.contours[LINES], shares)
        if networks:
            mean = mean_of(networks)
            mixed = beside_ridge(mean, found.contours[LINES], shares)
            made[variant.name] = mean if variant.leftover else mixed
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
