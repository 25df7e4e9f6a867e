"""The same utterance explained with several rules, and how far the answers lie apart."""

import copy
from collections.abc import Iterable, Mapping

import numpy as np
import pandas as pd
from scipy import stats

from intonation.corpus.corpus import Utterance
from intonation.errors import UtteranceError
from intonation.lrp.methods import explain
from intonation.lrp.relevance import Relevance
from intonation.lrp.rules import RULES, Epsilon, Rule
from intonation.model.network import F0Model


def explain_by_rules(
    model: F0Model, utterance: Utterance, rules: Iterable[str | Rule] = tuple(RULES)
) -> dict[str, Relevance]:
    """Relevance per phone with each rule, by its name.

    A rule that cannot take the utterance's answers (z_box takes none beyond 0 and 1) is left out.
    """
    found = {}
    for rule in rules:
        try:
            relevance = explain(model, utterance, rule=rule, per="phone")
        except UtteranceError:
            if not found:  # not even the first rule, z, takes it: the utterance is at fault
                raise
            continue
        found[relevance.rule] = relevance
    return found


def balances(found: Mapping[str, Relevance]) -> pd.DataFrame:
    """What was explained, and what inputs and biases took of it, one row for each rule."""
    rows = {rule: relevance.balance for rule, relevance in found.items()}
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("rule")


def differences(found: Mapping[str, Relevance], reference: str = "z") -> pd.DataFrame:
    """How each rule's relevance differs from that of `reference`, one row for each other rule.

    size: sum of absolute relevance, times the reference's. same_sign: share of the reference's
    absolute relevance whose sign the rule keeps. correlation: Spearman's, of signed relevance
    over phones and inputs that have any with either rule; NaN where nothing varies.
    """
    base = found[reference].values.astype(np.float64)
    total = np.abs(base).sum()
    rows = {}
    for rule, relevance in found.items():
        values = relevance.values.astype(np.float64)
        either = (values != 0) | (base != 0)
        constant = not either.any() or np.ptp(values[either]) == 0 or np.ptp(base[either]) == 0
        rows[rule] = {
            "size": np.abs(values).sum() / total if total else np.nan,
            "same_sign": np.abs(base[values * base > 0]).sum() / total if total else np.nan,
            "correlation": np.nan
            if constant
            else stats.spearmanr(values[either], base[either]).statistic,
        }
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("rule").drop(reference)


def epsilon_sweep(model: F0Model, utterance: Utterance, epsilons: Iterable[float]) -> pd.DataFrame:
    """What a stabiliser does to relevance, in float64: one row for each epsilon.

    relative_change: |R_epsilon - R_z| / |R_z| over phones and inputs (Euclidean norms; NaN where
    R_z is 0). size: sum of absolute relevance, times that of the Z rule.
    """
    precise = copy.deepcopy(model).double()
    exact = explain(precise, utterance, per="phone").values
    norm, total = np.linalg.norm(exact), np.abs(exact).sum()
    rows = []
    for epsilon in epsilons:
        values = explain(precise, utterance, rule=Epsilon(epsilon), per="phone").values
        change = np.linalg.norm(values - exact) / norm if norm else np.nan
        rows.append((epsilon, change, np.abs(values).sum() / total if total else np.nan))
    return pd.DataFrame(rows, columns=["epsilon", "relative_change", "size"])
