"""Where in a phrase, and with whom, readers agree: the ceiling by place and by speaker."""

from collections.abc import Iterable, Mapping

import numpy as np
import pandas as pd

from intonation.evaluation.people.ceiling import (
    endless_row,
    sentence_weights,
    value_and_interval,
)
from intonation.evaluation.people.contours import Laid
from intonation.evaluation.people.readings import FIRST, LAST, MIDDLE, Reading

EVERYWHERE = "everywhere"
IN_WORDS = {
    FIRST: "first syllable of a phrase",
    MIDDLE: "in between",
    LAST: "last two syllables of a phrase",
}
KINDS = ("median", "one", "all", "endless")
PLACE_COLUMNS = (
    *("place", "readings", "frames", "median_rmse", "one_rmse", "all_rmse"),
    *("ceiling_rmse", "ci_low", "ci_high", "explainable"),
)
SPEAKER_COLUMNS = (
    *("speaker", "readings", "spread_semitones", "median_rmse", "one_rmse", "all_rmse"),
    *("ceiling_rmse", "ci_low", "ci_high", "ceiling_correlation"),
)


def places_of(reading: Reading) -> dict[str, np.ndarray]:
    """Voiced frames of the places that are compared, bool [voiced frames] by name."""
    place, accented = reading.place[reading.voiced], reading.accented[reading.voiced]
    found = {EVERYWHERE: np.ones(len(place), dtype=bool)}
    found |= {words: place == name for name, words in IN_WORDS.items()}
    inside = place != ""
    return found | {"accented": inside & accented, "not accented": inside & ~accented}


def squares_by_kind(own: np.ndarray, predicted: np.ndarray) -> dict[str, np.ndarray]:
    """Squared errors of the predictors of KINDS in each frame, [frames]; NaN where unknown.

    own: [frames]; predicted: [others, frames]. Of endlessly many others in one frame it may be
    negative: only its mean means anything.
    """
    differences, others = predicted - own, len(predicted)
    total, squares = differences.sum(axis=0), np.square(differences).sum(axis=0)
    unknown = np.full(len(own), np.nan)
    stays = (total**2 - squares) / (others * (others - 1)) if others > 1 else unknown
    return {
        "median": own**2,
        "one": squares / others,
        "all": (total / others) ** 2,
        "endless": stays,
    }


def places_table(laid: Iterable[Laid], *, resamples: int, seed: int) -> pd.DataFrame:
    """Root mean square errors by place, over all voiced frames there, columns PLACE_COLUMNS.

    Each speaker's range is known. explainable: what part of the mean square that the speaker's
    median leaves is gone at the ceiling. Intervals over sentences.
    """
    sums = pd.DataFrame([row for one in laid if len(one.others) > 1 for row in _sums(one)])
    if sums.empty:
        return pd.DataFrame(columns=list(PLACE_COLUMNS))
    order = [
        name for name in sums["place"].unique() if sums.loc[sums["place"] == name, "frames"].sum()
    ]
    parts = ((name, sums[sums["place"] == name]) for name in order)
    rows = [_place(name, part, resamples, seed) for name, part in parts]
    return pd.DataFrame(rows)[list(PLACE_COLUMNS)]


def _sums(one: Laid) -> list[dict[str, object]]:
    squares = squares_by_kind(one.own, one.predicted(known_range=True))
    rows = []
    for place, chosen in places_of(one.target).items():
        found = {kind: float(values[chosen].sum()) for kind, values in squares.items()}
        rows.append({"place": place, "sentence": one.sentence, "frames": chosen.sum(), **found})
    return rows


def _place(name: str, part: pd.DataFrame, resamples: int, seed: int) -> dict[str, object]:
    weights = sentence_weights(part["sentence"], resamples, seed)
    frames = weights @ part["frames"].to_numpy(float)
    with np.errstate(invalid="ignore", divide="ignore"):  # a draw may have no such place
        means = {kind: weights @ part[kind].to_numpy() / frames for kind in KINDS}
        ceiling = np.sqrt(np.maximum(means["endless"], 0))
    inside = part[part["frames"] > 0]
    value, low, high = value_and_interval(ceiling, inside["sentence"].nunique())
    return {
        "place": name,
        "readings": len(inside),
        "frames": int(part["frames"].sum()),
        **{f"{kind}_rmse": float(np.sqrt(means[kind][0])) for kind in KINDS[:3]},
        **{"ceiling_rmse": value, "ci_low": low, "ci_high": high},
        "explainable": 1 - float(means["endless"][0] / means["median"][0]),
    }


def speakers_table(
    table: pd.DataFrame, spreads: Mapping[str, float], *, resamples: int, seed: int
) -> pd.DataFrame:
    """Mean errors with which others predict each speaker, columns SPEAKER_COLUMNS.

    table: as `Agreement.table`, with each speaker's range known. Intervals over sentences.
    """
    rows = []
    for speaker, part in table.groupby("speaker", sort=True) if len(table) else ():
        rmse, low, high, correlation, _ = endless_row(part, resamples=resamples, seed=seed)
        means = part[["median_rmse", "one_rmse", "all_rmse"]].mean().to_dict()
        ceiling = {"ceiling_rmse": rmse, "ci_low": low, "ci_high": high}
        known = {"speaker": speaker, "readings": len(part), "spread_semitones": spreads[speaker]}
        rows.append({**known, **means, **ceiling, "ceiling_correlation": correlation})
    return pd.DataFrame(rows, columns=list(SPEAKER_COLUMNS))
