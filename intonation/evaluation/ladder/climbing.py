"""The ladder climbed: how far each rung comes, added to those before it, alone, and missing.

Errors are those of utterances, root mean squares over their voiced frames. A phone is predicted by
one number; what its frames do about their mean stays as an error at every rung.
"""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from intonation.evaluation.ladder import ridge
from intonation.evaluation.ladder.boosting import blocks_of, boosted
from intonation.evaluation.ladder.material import Material
from intonation.evaluation.ladder.rungs import LABEL_RUNGS, TEXT_RUNGS, TITLES, Rung, columns_of
from intonation.evaluation.people.shares import endless_readers, share_of_explainable
from intonation.statistics import draw_counts, percentiles

MEDIAN = "median"
CLIMBED, ALONE, WITHOUT, CONTROL, BOOSTED = "climbed", "alone", "without", "control", "boosted"


def climbed(
    material: Material, ladder: Sequence[Rung], control: Rung | None = None
) -> dict[tuple[str, str], np.ndarray]:
    """Held-out predictions of ridge by way and key of the rung, semitones [phones].

    CLIMBED: a rung with all before it; ALONE; WITHOUT: all rungs but this one, with the penalties
    of all. The penalties of the others are chosen for each. CONTROL: all rungs, but the control in
    place of the rung of its key.
    """
    with_control = [*ladder, *([control] if control and control.values is not None else [])]
    columns, parts = columns_of(with_control)
    places = dict(zip(_keys(ladder), parts, strict=False))
    fold, sizes = material.fold_of_phone, [int(part[-1]) + 1 for part in places.values()]
    found = ridge.sums(columns, material.f0, material.weight, fold)
    penalties = ridge.choose_penalties(found.first(sizes[-1]), sizes)
    up = ridge.held_out(found, columns, fold, sizes, penalties)
    predicted = {(CLIMBED, key): row for key, row in zip(places, up, strict=True)}
    for key, part in places.items():
        one, size = found.of(part), [len(part)]
        chosen = ridge.choose_penalties(one, size)
        predicted[ALONE, key] = ridge.held_out(one, columns[:, part], fold, size, chosen)[0]
    extra = np.arange(sizes[-1], columns.shape[1])
    ways = {(WITHOUT, key): np.append(part, extra) for key, part in places.items()}
    if len(extra):
        ways[CONTROL, control.key] = places[control.key]
    down = ridge.held_out_without(found, columns, fold, [*ways.values()], penalties[-1])
    return predicted | dict(zip(ways, down, strict=True))


def _keys(ladder: Iterable[Rung]) -> list[str]:
    return [rung.key for rung in ladder if rung.values is not None]


def boosted_climb(
    material: Material, ladder: Sequence[Rung], *, trees: int, seed: int
) -> dict[tuple[str, str], np.ndarray]:
    """The same of gradient boosting, BOOSTED: up to the last rung of labels, of text, of all."""
    blocks, fold = blocks_of(material.fields, ladder), material.fold_of_phone
    kinds = (LABEL_RUNGS, {**LABEL_RUNGS, **TEXT_RUNGS}, TITLES)
    climbs = [[key for key in blocks if key in kind] for kind in kinds]
    ends = {keys[-1]: keys for keys in climbs if keys}
    given = (material.f0, material.weight, fold)
    return {
        (BOOSTED, last): boosted([blocks[key] for key in keys], *given, trees=trees, seed=seed)
        for last, keys in ends.items()
    }


def utterance_rmse(material: Material, predicted: np.ndarray) -> np.ndarray:
    """RMSE of each utterance over its voiced frames, semitones [utterances].

    The squared error of a frame is that of its phone's mean plus its own about that mean.
    """
    squares = material.weight * (material.f0 - predicted) ** 2
    frames = np.bincount(material.owner, material.weight)
    return np.sqrt((np.bincount(material.owner, squares) + material.within) / frames)


def errors_table(
    material: Material, predicted: Mapping[tuple[str, str], np.ndarray]
) -> pd.DataFrame:
    """RMSE of each utterance: id, sentence, frames, median, then a column "way key" each."""
    table = pd.DataFrame({"id": material.ids, "sentence": material.sentence})
    table["frames"] = np.bincount(material.owner, material.weight).astype(int)
    table[MEDIAN] = utterance_rmse(material, np.zeros(len(material.f0)))
    for (way, key), values in predicted.items():
        table[f"{way} {key}"] = utterance_rmse(material, values)
    return table


class Drawn:
    """Means over utterances and their intervals; whole sentences are drawn, all columns together.

    errors: as `errors_table` makes it. least: the ceiling of `shares.share_of_explainable`, 0 where
    it is not known: then the share is of all that the median leaves.
    """

    def __init__(self, errors: pd.DataFrame, *, least: float, resamples: int, seed: int) -> None:
        self.errors, self.least = errors, least
        codes, sentences = pd.factorize(errors["sentence"], sort=True)
        drawn = draw_counts(len(sentences), resamples, seed)[:, codes]
        weights = np.vstack([np.ones(len(errors)), drawn])
        self._weights = weights / weights.sum(axis=1, keepdims=True)

    def rmse(self, column: str) -> np.ndarray:
        """Mean RMSE as it is, then in each draw, [1 + resamples]."""
        return self._weights @ self.errors[column].to_numpy()

    def share(self, column: str) -> np.ndarray:
        return share_of_explainable(self.rmse(column), self.rmse(MEDIAN), self.least)

    @staticmethod
    def interval(values: np.ndarray) -> tuple[float, float, float]:
        """The first of the values and the ends of the interval of the others that are known."""
        others = values[1:][np.isfinite(values[1:])]
        ends = percentiles(others).tolist() if len(others) else (np.nan, np.nan)
        return float(values[0]), *ends


ERRORS = ("rmse_semitones", "rmse_low", "rmse_high", "share", "ci_low", "ci_high")
GAINS = ("gain_semitones", "gain_low", "gain_high")


def ladder_table(drawn: Drawn, ladder: Iterable[Rung], way: str = CLIMBED) -> pd.DataFrame:
    """A row a rung: rung, name, columns that it adds, ERRORS, GAINS over the row before, missing.

    Gains are paired: both errors are of the same drawn sentences; the first is over the speaker's
    median. A rung that could not be made, or was not asked for in this way, has no numbers.
    """
    rows, before = [], drawn.rmse(MEDIAN)
    for rung in ladder:
        column = f"{way} {rung.key}"
        row = {"rung": rung.key, "name": rung.title, "columns": len(rung.names)}
        if column in drawn.errors:
            here = drawn.rmse(column)
            told = (*drawn.interval(here), *drawn.interval(drawn.share(column)))
            row |= dict(zip(ERRORS, told, strict=True))
            row |= dict(zip(GAINS, drawn.interval(before - here), strict=True))
            before = here
        rows.append(row | {"missing": rung.missing})
    return pd.DataFrame(rows, columns=["rung", "name", "columns", *ERRORS, *GAINS, "missing"])


def own_table(drawn: Drawn, ladder: Sequence[Rung]) -> pd.DataFrame:
    """What a rung is worth when it comes first and when it comes last, as shares, two rows each.

    Columns rung, name, when, share, ci_low, ci_high. First: the rung alone. Last: what is lost
    when it alone is missing.
    """
    made, rows = [rung for rung in ladder if rung.values is not None], []
    full = drawn.share(f"{CLIMBED} {made[-1].key}")
    for rung in made:
        worth = {
            "first": drawn.share(f"{ALONE} {rung.key}"),
            "last": full - drawn.share(f"{WITHOUT} {rung.key}"),
        }
        rows += [
            (rung.key, rung.title, when, *drawn.interval(values)) for when, values in worth.items()
        ]
    return pd.DataFrame(rows, columns=["rung", "name", "when", "share", "ci_low", "ci_high"])


def known_ceiling(path: Path, median_rmse: float) -> float:
    """The least error that can be reached, semitones, from chapter 15's table; 0 if not known.

    path: of `ceiling.csv`, whose row of infinite k is what endlessly many other readers leave.
    Where that is not below the error of the speaker's median, people do not agree: not known.
    """
    endless = endless_readers(path)
    ceiling = 0.0 if endless is None else float(endless["rmse_semitones"])
    return ceiling if ceiling < median_rmse else 0.0
