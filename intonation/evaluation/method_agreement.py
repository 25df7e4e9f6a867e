"""The same utterances explained by several methods, and how far the answers lie apart."""

import copy
from collections.abc import Iterable, Mapping, Sequence
from itertools import combinations

import numpy as np
import pandas as pd
from tqdm.auto import tqdm

from intonation.corpus.corpus import Corpus, Utterance
from intonation.errors import UtteranceError
from intonation.lrp.methods import METHODS, OCCLUSION, attribute_groups, explain
from intonation.lrp.ranking import Groups
from intonation.lrp.relevance import Relevance
from intonation.lrp.rules import RULES, Epsilon, Rule
from intonation.model.batches import choose_frames, inputs_of
from intonation.model.network import F0Model
from intonation.statistics import rank_correlation


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
        rows[rule] = {
            "size": np.abs(values).sum() / total if total else np.nan,
            "same_sign": np.abs(base[values * base > 0]).sum() / total if total else np.nan,
            "correlation": rank_correlation(values[either], base[either]),
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


def pairs(matrix: pd.DataFrame) -> pd.DataFrame:
    """A symmetric matrix, such as `values.corr("kendall")`, as a table: first, second, tau."""
    rows = [(one, other, matrix.loc[one, other]) for one, other in combinations(matrix, 2)]
    return pd.DataFrame(rows, columns=["first", "second", "tau"])


def method_values(
    model: F0Model,
    corpus: Corpus,
    ids: Sequence[str],
    groups: Groups,
    methods: Sequence[str] = METHODS,
    *,
    steps: int,
) -> pd.DataFrame:
    """How much each group matters by each method, float [groups, methods].

    Each method gives every phone a relevance per group, the sum over the group's features; its
    size is added up over phones and utterances. Not divided by the number of features: occlusion
    knows only whole groups, and a divisor in common would make all methods alike. Relevance counts
    where a label is read; for occlusion, where F0 changes.
    A method that cannot take the corpus' answers (numbers beyond 0 and 1) is left out.
    """
    found = {method: np.zeros(len(groups)) for method in methods}
    for utterance_id in tqdm(ids, desc="methods", unit="utterance", mininterval=1.0):
        inputs = inputs_of(corpus[utterance_id])
        chosen = choose_frames(model.config.target, inputs, None, utterance_id)
        for method in list(found):
            try:
                values = _by_phone(model, (inputs, chosen, groups), method, steps)
            except UtteranceError:
                del found[method]
                continue
            found[method] += np.abs(values).sum(axis=0)
    return pd.DataFrame(found, index=list(groups))


def _by_phone(model: F0Model, task: tuple, method: str, steps: int) -> np.ndarray:
    """Relevance of each group in each phone, [phones, groups]; task: inputs, frames, groups."""
    if method != OCCLUSION:
        return attribute_groups(model, *task, method, per="phone", steps=steps).values
    by_frame, inputs = attribute_groups(model, *task, method).values, task[0]
    values = np.zeros((len(inputs.answers), by_frame.shape[1]))
    np.add.at(values, inputs.frame_to_phone, by_frame)
    return values
