"""Which groups of questions F0 needs: a group lasso on answers, one F0 value per phone.

    least squares / 2 + strength x SD of F0 x sum over groups of sqrt(V_g) x |w_g|

[Yuan & Lin 2006, eq. 2.2], V_g the variance of all answers of a group together: a group that asks
many questions, or the same in many ways, has no advantage over one that asks few. The penalty is on
the weights of answers as they are asked, not on what a group contributes: a smooth effect of a
count, which many questions (up to 1, up to 2, …) tell together, is cheap, one that needs opposite
answers to neighbouring questions dear. So of several ways to tell the same thing the plain one is
taken. The problem is convex, and its solution has groups whose weights are exactly zero.

Where groups share an effect, the penalty takes from each of them, from large ones too much and from
those without effect too little. So there is a second pass in which a group costs the less the more
it contributed in the first [adaptive group lasso; Wang & Leng 2008].

The strength of each pass is the one with the lowest loss on the validation split. (The strongest
within a standard error of it [Hastie, Tibshirani & Friedman 2009, sec. 7.10] was tried on planted
laws: small effects then shrink below those of groups that share them.)
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from intonation.model.sparse.phones import Phones

STRENGTHS = tuple(np.geomspace(0.1, 0.0005, 8).round(6).tolist())  # in SD of F0, strongest first
LEAST_SHARE = 1e-3  # of the variance along a group's first direction; others are left out
SMALL = 0.1  # of the SD of F0: a group that contributed so much costs the same in both passes
POWER = 0.5  # of that; with 1, what two groups share goes to the larger of them altogether
STEPS, CLOSE = 400, 1e-4
COLUMNS = ("pass", "strength", "validation_loss", "standard_error", "groups")


@dataclass(frozen=True)
class Lasso:
    """What was found: weights of questions [questions], 0 where a group is not asked.

    means: the answers' means [questions]. deviation: SD of F0. strength: the chosen one of the
    second pass. path: a row a pass and strength, COLUMNS: losses, their standard error over units,
    groups with weights.
    """

    weights: np.ndarray
    means: np.ndarray
    deviation: float
    strength: float
    path: pd.DataFrame


@dataclass(frozen=True)
class _Problem:
    """Least squares in each group's own directions, trace of their variance 1.

    directions: {group: [its questions, k]}, columns: {group: slice of the k of all groups}.
    gram [k of all, k of all], moment [k of all], smoothness: the largest eigenvalue of gram.
    """

    groups: Mapping[str, np.ndarray]
    directions: Mapping[str, np.ndarray]
    columns: Mapping[str, slice]
    gram: np.ndarray
    moment: np.ndarray
    smoothness: float

    def weights(self, solution: np.ndarray, number: int) -> np.ndarray:
        """Of questions, [number]."""
        found = np.zeros(number)
        for name, members in self.groups.items():
            found[members] = self.directions[name] @ solution[self.columns[name]]
        return found

    def adapted(self, solution: np.ndarray, deviation: float) -> dict[str, float]:
        """Costs of a second pass: a group that contributed much costs little; inf for nothing."""
        costs = {}
        for name, columns in self.columns.items():
            part = solution[columns]
            squares = float(part @ self.gram[columns, columns] @ part)
            if squares > 0:
                costs[name] = deviation * (SMALL * deviation / squares**0.5) ** POWER
            else:
                costs[name] = np.inf
        return costs


def group_lasso(
    training: Phones,
    validation: Phones | None,
    groups: Mapping[str, np.ndarray],
    *,
    strength: float | None = None,
) -> Lasso:
    """Weights of answers; strength: None for the one of STRENGTHS that validates best.

    groups: {name: question indices}, no question in two. Without anything to validate on, the
    middle one of STRENGTHS is taken. Deterministic.
    """
    means = np.average(training.answers, axis=0, weights=training.weight)
    mean = float(np.average(training.target, weights=training.weight))
    problem = _problem(training, groups, means, mean)
    deviation = float(np.average((training.target - mean) ** 2, weights=training.weight)) ** 0.5
    strengths = STRENGTHS if strength is None else (strength,)
    costs, tables = dict.fromkeys(problem.columns, deviation), []
    for number in (1, 2):
        solution, found, rows = np.zeros(len(problem.gram)), [], []
        for one in strengths:
            solution = _descend(problem, {g: one * cost for g, cost in costs.items()}, solution)
            weights = problem.weights(solution, len(means))
            loss = _losses(validation, weights, means, mean)
            found.append((solution, weights))
            rows.append((number, one, *loss, _asked(weights, groups)))
        tables.append(pd.DataFrame(rows, columns=list(COLUMNS)))
        best = _best(tables[-1])
        costs = problem.adapted(found[best][0], deviation)
    return Lasso(
        found[best][1], means, deviation, strengths[best], pd.concat(tables, ignore_index=True)
    )


def _best(path: pd.DataFrame) -> int:
    losses = path["validation_loss"]
    return len(path) // 2 if losses.isna().all() else int(np.nanargmin(losses))


def _asked(weights: np.ndarray, groups: Mapping[str, np.ndarray]) -> int:
    return sum(bool(weights[members].any()) for members in groups.values())


def _problem(
    training: Phones, groups: Mapping[str, np.ndarray], means: np.ndarray, mean: float
) -> _Problem:
    share = (training.weight / training.weight.sum()).astype(np.float32)[:, None]
    directions, columns, parts, at = {}, {}, [], 0
    kept = {name: members for name, members in groups.items() if len(members)}
    for name, members in kept.items():
        centred = training.answers[:, members] - means[members].astype(np.float32)
        values, vectors = np.linalg.eigh(((centred * share).T @ centred).astype(np.float64))
        some = values > max(LEAST_SHARE * values[-1], 1e-8)
        directions[name] = vectors[:, some] / max(values.sum(), 1e-8) ** 0.5
        parts.append(centred @ directions[name].astype(np.float32))
        columns[name] = slice(at, at := at + int(some.sum()))
    below = np.concatenate(parts, axis=1) if parts else np.zeros((len(share), 0), np.float32)
    gram = ((below * share).T @ below).astype(np.float64)
    moment = (below * share).T @ (training.target - mean)
    largest = float(np.linalg.eigvalsh(gram)[-1]) if len(gram) else 1.0
    return _Problem(kept, directions, columns, gram, moment, 1.01 * largest)


def _descend(problem: _Problem, costs: Mapping[str, float], start: np.ndarray) -> np.ndarray:
    """Proximal gradient steps with momentum [Beck & Teboulle 2009, FISTA]."""
    found, ahead, pace = start, start, 1.0
    close = CLOSE * float(np.abs(problem.moment).max(initial=0.0))
    for _ in range(STEPS):
        after = ahead - (problem.gram @ ahead - problem.moment) / problem.smoothness
        for name, columns in problem.columns.items():
            least = costs[name] / problem.smoothness
            length = float(np.sqrt(after[columns] @ after[columns]))
            after[columns] *= max(0.0, 1 - least / length) if length else 0.0
        quicker = (1 + (1 + 4 * pace**2) ** 0.5) / 2
        moved, ahead = after - found, after + (pace - 1) / quicker * (after - found)
        found, pace = after, quicker
        if np.abs(moved).max(initial=0.0) < close:
            break
    return found


def _losses(
    validation: Phones | None, weights: np.ndarray, means: np.ndarray, mean: float
) -> tuple[float, float]:
    """Mean squared error over frames, and its standard error over units; NaN without any."""
    if validation is None or not len(validation.weight):
        return float("nan"), float("nan")
    predicted = mean + (validation.answers - means) @ weights
    squares = np.bincount(validation.unit, (predicted - validation.target) ** 2 * validation.weight)
    counted = np.bincount(validation.unit, validation.weight)
    loss, units = float(squares.sum() / counted.sum()), len(counted)
    if units < 2:
        return loss, float("nan")
    left = squares - loss * counted  # of a ratio, see positions.Profile.standard_error
    return loss, float((units / (units - 1) * (left**2).sum()) ** 0.5 / counted.sum())
