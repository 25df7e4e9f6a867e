"""Several rules on one utterance: balances, differences and the stabiliser's effect."""

import numpy as np
import pandas as pd
import pytest
import torch
from builders import TARGETS, corpus_of, make_model, utterance, utterance_of
from scipy import stats

from intonation.errors import UtteranceError
from intonation.evaluation import method_agreement
from intonation.evaluation.method_agreement import (
    balances,
    differences,
    epsilon_sweep,
    explain_by_rules,
    method_values,
    pairs,
)
from intonation.lrp.methods import METHODS, attribute, explain
from intonation.lrp.relevance import Relevance
from intonation.lrp.rules import RULES
from intonation.model.batches import Inputs, choose_frames


@pytest.fixture(scope="module")
def model():
    return make_model("semitones", questions=6, channels=4, layers=2, stacks=1).float()


def make_utterance(dtype=np.uint8, voiced=True):
    random = np.random.default_rng(3)
    answers = (random.random((5, 6)) < 0.5).astype(dtype)
    answers = answers if dtype is np.uint8 else 3 * answers
    return utterance_of(Inputs(answers, np.repeat(np.arange(5), 4), np.full(20, voiced)))


def relevance(values, rule="z", absorbed=0.0, explained=1.0):
    return Relevance(np.array(values, dtype=float), absorbed, explained, "phone", rule)


def test_every_rule_balances(model):
    found = explain_by_rules(model, make_utterance())
    assert list(found) == list(RULES)
    assert all(one.values.shape == (5, 6) for one in found.values())
    table = balances(found)
    assert list(table.index) == list(RULES)
    total = table["relevance"] + table["absorbed"] + table["gap"]
    assert total.to_numpy() == pytest.approx(table["explained"].to_numpy())
    assert table["gap"].abs().max() < 1e-4 and table["explained"].nunique() == 1
    sums = [found[rule].values.sum(dtype=np.float64) for rule in RULES]
    assert table["relevance"].to_numpy() == pytest.approx(sums, abs=1e-5)


def test_a_rule_that_refuses_numbers_is_left_out(model):
    found = explain_by_rules(model, make_utterance(np.float32))
    assert "z_box" not in found and "z" in found and "gamma" in found


def test_an_utterance_that_cannot_be_explained_at_all_is_an_error(model):
    with pytest.raises(UtteranceError, match="no frame"):
        explain_by_rules(model, make_utterance(voiced=False))


def test_differences_by_hand():
    found = {
        "z": relevance([[1, -2], [3, 0]]),
        "a": relevance([[2, -4], [6, 0]]),
        "b": relevance([[-1, -2], [0, 0]]),
    }
    table = differences(found)
    assert list(table.index) == ["a", "b"]
    assert table["size"].tolist() == pytest.approx([2.0, 0.5])
    assert table["same_sign"].tolist() == pytest.approx([1.0, 2 / 6])
    # b against z over (1, -2, 3): ranks 2, 1, 3 and of (-1, -2, 0) 2, 1, 3
    assert table["correlation"].tolist() == pytest.approx([1.0, 1.0])
    turned = {"z": found["z"], "c": relevance([[-1, 2], [-3, 0]])}
    row = differences(turned).loc["c"]
    assert (row["same_sign"], row["correlation"]) == (0, pytest.approx(-1))


@pytest.mark.filterwarnings("error")
def test_differences_of_nothing_are_nan():
    found = {"z": relevance([[0.0, 0.0]]), "a": relevance([[0.0, 0.0]])}
    assert differences(found).isna().all().all()


def test_a_smaller_stabiliser_changes_less(model):
    utterance = make_utterance()
    sweep = epsilon_sweep(model, utterance, [1e-6, 1e-3, 1e-1])
    changes = sweep["relative_change"].to_numpy()
    assert sweep["epsilon"].tolist() == [1e-6, 1e-3, 1e-1]
    assert 0 < changes[0] < 1e-3 < changes[2] and (np.diff(changes) > 0).all()
    exact = explain(model, utterance, per="phone").values
    stabilised = explain(model, utterance, rule="epsilon", per="phone").values
    again = epsilon_sweep(model, utterance, [RULES["epsilon"]().epsilon])
    expected = np.linalg.norm(stabilised - exact) / np.linalg.norm(exact)
    assert again["relative_change"].tolist() == pytest.approx([expected], rel=1e-3)
    expected = np.abs(stabilised).sum() / np.abs(exact).sum()
    assert again["size"].tolist() == pytest.approx([expected], rel=1e-4)


# --- many utterances, all methods -----------------------------------------------------------------

GROUPS = {"A": np.arange(4), "B": np.arange(4, 10), "C": np.array([10])}


def some_corpus():
    return corpus_of(utterance(n, name=f"test{n}") for n in range(15, 18))


def test_pairs_of_columns_and_their_tau_b():
    values = pd.DataFrame({"a": [4.0, 3, 2, 1], "b": [4.0, 2, 3, 1], "c": [1.0, 2, 2, 4]})
    matrix = values.corr(method="kendall")
    assert matrix.loc["a", "b"] == pytest.approx(4 / 6)  # 5 pairs alike, 1 turned
    expected = stats.kendalltau(values["a"], values["c"]).statistic
    assert matrix.loc["a", "c"] == matrix.loc["c", "a"] == pytest.approx(expected)
    table = pairs(matrix)
    assert table[["first", "second"]].to_numpy().tolist() == [["a", "b"], ["a", "c"], ["b", "c"]]
    assert table["tau"].iloc[0] == pytest.approx(4 / 6)


@pytest.mark.parametrize("target", TARGETS)
def test_methods_see_the_same_utterances(target):
    corpus, model = some_corpus(), make_model(target)
    groups = GROUPS | ({"VUV": np.array([11])} if model.config.uses_vuv else {})
    ids = corpus.ids("test")[:2]
    values = method_values(model, corpus, ids, groups, steps=8)
    assert values.columns.tolist() == list(METHODS) and values.index.tolist() == list(groups)
    assert (values.to_numpy() >= 0).all() and (values.max() > 0).all()
    expected = 0
    for name in ids:
        item = Inputs(corpus[name].answers, corpus[name].frame_to_phone, corpus[name].voiced)
        chosen = choose_frames(target, item, None)
        relevance = attribute(model, item, chosen).relevance("phone")
        expected += np.abs(relevance.values[:, groups["B"]].sum(axis=1)).sum()
    assert values.loc["B", "z"] == pytest.approx(expected)


def test_a_group_that_the_network_does_not_hear_has_no_occlusion():
    corpus, model = some_corpus(), make_model("semitones")
    with torch.no_grad():
        model.project.weight[:, 4:10] = 0
    values = method_values(model, corpus, corpus.ids("test")[:1], GROUPS, ["occlusion"], steps=8)
    assert values.loc["B", "occlusion"] == 0 and values.loc["A", "occlusion"] > 0


def test_a_method_that_cannot_take_numbers_is_left_out(monkeypatch):
    by_groups = method_agreement.attribute_groups

    def refuse(model, inputs, chosen, groups, method, **more):
        if method == "z_box":
            raise UtteranceError("an answer is 7")
        return by_groups(model, inputs, chosen, groups, method, **more)

    monkeypatch.setattr(method_agreement, "attribute_groups", refuse)
    corpus, model = some_corpus(), make_model("semitones")
    ids = corpus.ids("test")[:2]
    values = method_values(model, corpus, ids, GROUPS, ["z", "z_box"], steps=8)
    assert values.columns.tolist() == ["z"]
