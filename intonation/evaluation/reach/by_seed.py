"""How much of an error is the seed's: networks are drawn anew, as sentences are.

A network that stands alone is drawn out of those of all seeds. Of a mean of n networks, n are drawn
with replacement, and its error is taken to the first order in how often each is among them [the
infinitesimal jackknife; Efron & Tibshirani 1993, ch. 20]: draws in which few are left would err
more than the mean that is judged, only because they are fewer. With few networks such draws show
too little: of two, about half of the variance.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from intonation.evaluation.reach.judged import (
    ENSEMBLE,
    LINES,
    RECIPE,
    SINGLE,
    STEPS,
    Contours,
    Judged,
    mean_of,
    of_variant,
)
from intonation.evaluation.reach.networks import OURS
from intonation.evaluation.reach.spoken import Spoken
from intonation.parameters import Parameters


@dataclass(frozen=True)
class BySeed:
    """How an utterance's RMSE changes with the networks that are drawn.

    changes: semitones, a row an utterance (its id), a column a network, when that one alone says
    all. drawn: how many networks there are in a draw, each with the same share.
    """

    changes: pd.DataFrame
    drawn: int

    def draws(self, ids: Sequence[str], resamples: int, seed: int) -> np.ndarray:
        """What to add to the RMSE of these utterances, float64 [1 + resamples, utterances].

        First, all networks count alike.
        """
        number = self.changes.shape[1]
        even = np.full(number, 1 / number)
        random = np.random.default_rng((seed, 2))  # other numbers than those of sentences
        shares = random.multinomial(self.drawn, even, size=resamples) / self.drawn
        return np.vstack([even, shares]) @ self.changes.loc[list(ids)].to_numpy().T


def by_seed(
    found: Judged, shares: Mapping[str, float], spoken: Sequence[Spoken], parameters: Parameters
) -> dict[str, BySeed]:
    """Of each predictor with networks from several seeds; none where there is one seed."""
    if parameters.reach_seeds < 2:
        return {}
    lines, stairs = (of_variant(found, name, parameters) for name in (OURS.name, STEPS))
    mean, number = mean_of(lines), len(lines)
    mixed = {
        key: shares[key] * own + (1 - shares[key]) * found.contours[LINES][key]
        for key, own in mean.items()
    }
    whole = dict.fromkeys(mean, 1.0)
    return {
        STEPS: BySeed(_apart(spoken, stairs), 1),
        SINGLE: BySeed(_apart(spoken, lines), 1),
        ENSEMBLE: BySeed(_slopes(spoken, lines, mean, whole), number),
        RECIPE: BySeed(_slopes(spoken, lines, mixed, shares), number),
    }


def seeds_behind(predictors: Sequence[str], original: str, parameters: Parameters) -> list[int]:
    """How many networks from different seeds each row of a table rests on; 0: it has none."""
    several = dict.fromkeys((STEPS, SINGLE, ENSEMBLE, RECIPE), parameters.reach_seeds)
    known = several | {original: 1}
    return [known.get(name, 0) for name in predictors]


def _apart(spoken: Sequence[Spoken], networks: Sequence[Contours]) -> pd.DataFrame:
    """RMSE of each network less that of the first, which stands in the table of errors."""
    rmse = {one.id: [_rmse(one, own[one.id]) for own in networks] for one in spoken}
    found = pd.DataFrame.from_dict(rmse, orient="index")
    return found.sub(found[0], axis=0)


def _slopes(
    spoken: Sequence[Spoken],
    networks: Sequence[Contours],
    said: Contours,
    shares: Mapping[str, float],
) -> pd.DataFrame:
    """What the RMSE of what is said would gain if all of the networks' share were one's."""
    mean, rows = mean_of(networks), {}
    for one in spoken:
        off = (said[one.id] - one.semitones)[one.voiced]
        rmse = max(_rmse(one, said[one.id]), 1e-9)
        moved = [shares[one.id] * (own[one.id] - mean[one.id])[one.voiced] for own in networks]
        rows[one.id] = [float(np.mean(off * part)) / rmse for part in moved]
    return pd.DataFrame.from_dict(rows, orient="index")


def _rmse(spoken: Spoken, semitones: np.ndarray) -> float:
    return float(np.sqrt(np.mean((semitones - spoken.semitones)[spoken.voiced] ** 2)))
