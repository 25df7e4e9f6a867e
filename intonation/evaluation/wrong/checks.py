"""The book's own checks of relevance, as one table: which of them notices which planted bug.

Every check calls what a chapter calls and compares as the chapter does; none knows of the bugs.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from intonation.evaluation import faithfulness, recovery
from intonation.evaluation import three_neurons as toy
from intonation.evaluation.faithfulness import ALONE, DELETION, Sample
from intonation.evaluation.holding import spreads
from intonation.evaluation.innvestigate import EXACT, in_form, relevance_in_form
from intonation.evaluation.method_agreement import balances, explain_by_rules
from intonation.evaluation.wrong.bugs import BUGS, NONE, Bug
from intonation.evaluation.wrong.specimen import (
    GROUPS,
    Specimen,
    answered,
    law_of,
    made_up_utterance,
    network_as_trained,
    network_of_a_law,
)
from intonation.lrp import methods
from intonation.model.network import F0Model
from intonation.model.prediction import predict

COLUMNS = ("bug", "check", "chapter", "found", "limit", "caught")
ROUNDING = 1e-9  # in float64, as shares of what is compared
NEGATIVE = (0.0, 0.9, 0.0)  # answers of the three neurons that make F0 negative


@dataclass(frozen=True)
class Material:
    """What is checked: an utterance, a network as trained ones are, and one that computes a law."""

    utterance: Specimen
    model: F0Model
    law: F0Model


@dataclass(frozen=True)
class Check:
    """A check: its words, the chapter it is of, and how far off relevance may be.

    found: how far off it is, on a material; NaN counts as too far.
    """

    words: str
    chapter: int
    limit: float
    found: Callable[[Material], float]


def made_up(seed: int) -> Material:
    """Everything by chance, from a seed."""
    utterance = made_up_utterance(seed)
    made = (make(seed, utterance) for make in (network_as_trained, network_of_a_law))
    return Material(utterance, *made)


def _apart(found: np.ndarray, expected: np.ndarray) -> float:
    """Distance as a share of what was expected, Euclidean."""
    return float(np.linalg.norm(found - expected) / np.linalg.norm(expected))


def _conservation(material: Material) -> float:
    """The largest gap of `balances`, as a share of what was explained."""
    table = balances(explain_by_rules(material.model, material.utterance, ["z"]))
    return float((table["gap"] / table["explained"]).abs().max())


def _prediction(material: Material) -> float:
    """How far what is explained lies from what the network predicts."""
    explained = methods.explain(material.model, material.utterance).explained
    predicted = predict(material.model, material.utterance)[material.utterance.voiced].sum()
    return abs(explained - float(predicted)) / abs(float(predicted))


def _gradient(material: Material) -> float:
    """How far the Z rule is from gradient x answer, by autograd through the network's modules."""
    expected = relevance_in_form(in_form(material.model, EXACT), material.utterance)
    return _apart(methods.explain(material.model, material.utterance).values, expected)


def _neurons(material: Material) -> float:
    """How far the code is from three neurons worked out by hand, for two sets of answers."""
    away = []
    for answers in (toy.answers(), toy.answers().new_tensor(NEGATIVE)):
        found = toy.relevance_by_rule(toy.three_neurons(), answers, "z")
        away.append(_apart(np.append(found.values, found.absorbed), _by_hand(answers.numpy())))
    return max(away)


def _by_hand(x: np.ndarray) -> np.ndarray:
    """Relevance of the three answers and what biases absorb, as chapter 10 works it out."""
    weight, bias = np.array(toy.HIDDEN_WEIGHT), np.array(toy.WEIGHTS["hidden.bias"])
    (last,), (constant,) = toy.WEIGHTS["output.weight"], toy.WEIGHTS["output.bias"]
    z = weight @ x + bias
    above = np.maximum(z, 0) * last
    shares = np.divide(weight * x, z[:, None]) * above[:, None]
    return np.append(shares.sum(axis=0), (bias / z * above).sum() + constant)


def _directions(material: Material) -> float:
    """How far each frame explained on its own is from one pass a group the other way."""
    inputs = material.utterance.inputs
    (quick,) = spreads.net_relevance(material.model, [inputs], GROUPS)
    slow = recovery.relevance_per_output(material.model, inputs, GROUPS, "z")
    return _apart(quick, slow[inputs.voiced])


def _law(material: Material) -> float:
    """What is missing to a rank correlation of 1 with a law that the network computes exactly."""
    planted, effects = law_of(material.law, material.utterance)
    table = recovery.method_statistics(material.law, [planted], GROUPS, "z")
    marks = recovery.score(table[recovery.SPREAD], effects)
    return 1.0 - marks["spearman"] if marks["nulls_last"] else 1.0


def _deletion(material: Material) -> float:
    """How much less far F0 moves than by the best order, when groups go by their relevance."""
    yes, no = (answered(material.utterance, answer) for answer in (1, 0))
    sample, donors = Sample("specimen", yes, yes.voiced), [[no]]
    given = {"inner_points": len(GROUPS), "steps": 1, "methods": ("z",)}
    curves, _ = faithfulness.measure_curves(material.law, [sample], donors, GROUPS, **given)
    table = faithfulness.areas(curves).set_index(["method", "way"])["advantage"]
    return float(1.0 - table["z", DELETION] / table[ALONE, DELETION])


def _groups(material: Material) -> float:
    """How far the sum over groups, which share out all features, is from that over features."""
    task = material.model, material.utterance.inputs, material.utterance.voiced
    grouped = methods.attribute_groups(*task, GROUPS, "z").values.sum()
    whole = methods.attribute(*task, "z").relevance().values.sum()
    return abs(float(grouped - whole)) / abs(float(whole))


CHECKS = {
    "conservation": Check("relevance and biases add up", 5, ROUNDING, _conservation),
    "prediction": Check("what is explained was predicted", 5, ROUNDING, _prediction),
    "directions": Check("a frame alone, from either end", 6, ROUNDING, _directions),
    "groups": Check("groups add up to their features", 6, ROUNDING, _groups),
    "deletion": Check("what is relevant moves F0", 8, 0.1, _deletion),
    "neurons": Check("three neurons by hand", 10, ROUNDING, _neurons),
    "gradient": Check("Z rule = gradient × answer", 10, ROUNDING, _gradient),
    "law": Check("a known law is found", 11, 0.05, _law),
}


def judge(bug: Bug, material: Material, checks: Mapping[str, Check] = CHECKS) -> pd.DataFrame:
    """What each check says while the bug is there: check, chapter, found, limit, caught."""
    with bug.planted():
        found = {name: check.found(material) for name, check in checks.items()}
    rows = [
        (name, checks[name].chapter, value, checks[name].limit, not value <= checks[name].limit)
        for name, value in found.items()
    ]
    return pd.DataFrame(rows, columns=list(COLUMNS[1:]))


def wrong_on_purpose(seed: int, bugs: Mapping[str, Bug] = BUGS) -> pd.DataFrame:
    """Every bug against every check, and the checks without a bug: columns `COLUMNS`."""
    tables = []
    for name, bug in bugs.items():
        table = judge(bug, made_up(seed))
        table.insert(0, "bug", name)
        tables.append(table)
    return pd.concat(tables, ignore_index=True)


def verdict(table: pd.DataFrame) -> str:
    """One sentence: what was caught, and whether a check cried without a bug."""
    caught = table.pivot(index="bug", columns="check", values="caught")
    wrong = caught.drop(index=NONE)
    missed = [BUGS[name].words for name in wrong.index[~wrong.any(axis=1)]]
    cried = list(caught.columns[caught.loc[NONE]]) if NONE in caught.index else []
    told = f"{wrong.any(axis=1).sum()} of {len(wrong)} bugs are caught by at least one check"
    told += f"; nobody notices: {'; '.join(missed)}" if missed else ""
    without = "no check cries" if not cried else f"these cry: {', '.join(cried)}"
    return f"{told}. Without a bug {without}."
