"""What a model reaches of what can be reached: between the speaker's median and the ceiling."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd

from intonation.corpus.splits import sentence_keys
from intonation.evaluation.people.ceiling import (
    endless,
    sentence_weights,
    value_and_interval,
    weighted_mean,
)
from intonation.model.target import TARGETS

ONE, ALL, CEILING, MEDIAN, RIDGE = (
    "one other reader",
    "mean of all others",
    "ceiling: endlessly many",
    "speaker's median",
    "ridge",
)
COLUMNS = (
    *("predictor", "utterances", "rmse_semitones", "ci_low", "ci_high", "correlation"),
    *("share", "share_low", "share_high"),
)


def share_of_explainable(rmse, median_rmse, ceiling_rmse):
    """(median² − rmse²) / (median² − ceiling²): 0 for the median, 1 at the ceiling.

    Arguments: root mean square errors in semitones on the same utterances, numbers or arrays.
    Mean squares add up, roots do not, so shares are of mean squares. Negative for what is worse
    than the median; NaN where the ceiling is not below the median or not known.
    """
    median, ceiling = np.square(median_rmse), np.square(ceiling_rmse)
    gap = np.asarray(median - ceiling, dtype=float)
    known = np.where(gap > 0, gap, np.nan)
    share = (median - np.square(rmse)) / known
    return float(share) if np.ndim(share) == 0 else share


def network_name(target: str) -> str:
    """What the network of a target is called in `models.csv`."""
    return f"network ({TARGETS[target].title})"


def levelled_name(name: str) -> str:
    """What a network that is not told who speaks is called where its contours were moved."""
    return f"{name}, moved to the speaker's median"


def models_table(
    people: pd.DataFrame,
    errors: Mapping[str, pd.DataFrame],
    texts: pd.Series,
    *,
    resamples: int,
    seed: int,
) -> pd.DataFrame:
    """Readers and models on the same test utterances, columns COLUMNS.

    people: `Agreement.table`, each speaker's range known. errors: `errors.csv` by the name of the
    network, which has a second row where its contours were moved to the speakers' medians
    (`levelled_rmse`); ridge and median are those of the first. texts: by id, of all utterances.
    Where test sentences were read by others, only readings of these count; elsewhere all test
    utterances, without ceiling and shares. Intervals are drawn over sentences, all rows together.
    """
    predicted = predictors(errors)
    shared = people[people["id"].isin(predicted.index)] if len(people) else people
    ids = list(shared["id"]) if len(shared) else list(predicted.index)
    weights = sentence_weights(sentence_keys(texts.loc[ids]), resamples, seed)
    names = dict.fromkeys(predicted.columns.get_level_values(0))
    draws = {name: _means(predicted.loc[ids, name], weights) for name in names}
    draws = (_readers(shared, weights) if len(shared) else {}) | draws
    unknown = np.full(len(weights), np.nan)
    ceiling, median = draws.get(CEILING, (unknown,))[0], draws[MEDIAN][0]
    sentences = sentence_keys(texts.loc[ids]).nunique()
    rows = [
        _row(name, len(ids), drawn, (median, ceiling), sentences) for name, drawn in draws.items()
    ]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def with_ceiling(table: pd.DataFrame) -> pd.DataFrame:
    """A table of predictors whose first row, where nobody can know the ceiling, says so."""
    known = table["predictor"] == CEILING
    if (known & table["rmse_semitones"].notna()).any():
        return table
    row = pd.DataFrame({"predictor": [f"{CEILING} (not known: too few read one sentence)"]})
    return pd.concat([row, table[~known]], ignore_index=True).reindex(columns=table.columns)


def predictors(errors: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """RMSE and correlation of each predictor (columns) by id of the utterance."""
    first = next(iter(errors.values())).set_index("id")
    found = {MEDIAN: _pair(first, "speaker_mean_"), RIDGE: _pair(first, "ridge_")}
    for name, table in errors.items():
        found[name] = _pair(table.set_index("id"), "")
        if "levelled_rmse_semitones" in table:  # moving a contour leaves its correlation
            moved = table.set_index("id")["levelled_rmse_semitones"]
            found[levelled_name(name)] = found[name].assign(rmse=moved)
    return pd.concat(found, axis=1)


def _pair(table: pd.DataFrame, prefix: str) -> pd.DataFrame:
    columns = {f"{prefix}rmse_semitones": "rmse", f"{prefix}correlation": "correlation"}
    return table[list(columns)].rename(columns=columns)


Drawn = tuple[np.ndarray, np.ndarray]


def _means(errors: pd.DataFrame, weights: np.ndarray, kind: str = "") -> Drawn:
    """Mean RMSE and mean correlation in each draw."""
    rmse, correlation = (errors[f"{kind}{what}"] for what in ("rmse", "correlation"))
    return weighted_mean(rmse, weights), weighted_mean(correlation, weights)


def _readers(people: pd.DataFrame, weights: np.ndarray) -> dict[str, Drawn]:
    one, every = (_means(people, weights, kind) for kind in ("one_", "all_"))
    return {ONE: one, ALL: every, CEILING: endless(people, weights)}


def _row(
    name: str, count: int, drawn: Drawn, between: tuple[np.ndarray, np.ndarray], sentences: int
) -> tuple[object, ...]:
    shares = share_of_explainable(drawn[0], *between)
    error, share = (value_and_interval(values, sentences) for values in (drawn[0], shares))
    return (name, count, *error, float(drawn[1][0]), *share)


def endless_readers(path: Path) -> pd.Series | None:
    """What endlessly many other readers would leave: the row of infinite k of `ceiling.csv`.

    path: of chapter 15's table. None where the chapter was not executed, or could not know it.
    """
    if not path.is_file():
        return None
    table = pd.read_csv(path).astype(float)  # without a row, columns have no type of their own
    known = table[np.isinf(table["k"]) & table["rmse_semitones"].notna()]
    return None if known.empty else known.iloc[-1]
