"""How much of a group's answers others tell: against scikit-learn, and where it is known."""

import numpy as np
import pandas as pd
import pytest
from phone_networks import PHONES, TWINS, gathered, planted
from sklearn.linear_model import Ridge

from intonation.evaluation.together import told
from intonation.evaluation.together.told import (
    ALPHA,
    NEW,
    SELF_TOLD,
    gather,
    learning_curve,
    pairwise,
    parts_of,
    shares,
    sizes,
    told_table,
)


def test_phones_without_voice_do_not_count_and_readings_of_a_sentence_are_one():
    found = gathered(6, per_sentence=3)
    assert found.sentences == 2 and len(found.scores) == 6 * (PHONES - -(-PHONES // 7))
    assert [len(found.columns[name]) for name in TWINS] == [2, 2, 1, 2, 0]


def test_a_twin_a_part_and_a_stranger():
    table = pairwise(gathered(), seed=1)
    assert table.loc["one", "twin"] > 0.99 and table.loc["twin", "one"] > 0.99
    assert table.loc["one", "part"] > 0.99  # the whole tells its part, the part half of the whole
    assert table.loc["part", "one"] == pytest.approx(0.5, abs=0.06)
    assert abs(table.loc["other", ["one", "twin", "part"]]).max() < 0.06
    assert table["same"].isna().all() and table.loc["same"].isna().all()
    found = shares(gathered(), seed=1)
    assert found.loc["one", NEW] > 0.99 and found.loc["other", NEW] < 0.05
    assert found.loc["same"].isna().all()


@pytest.mark.parametrize("group", ["one", "part", "other"])
def test_shares_are_those_of_ridge_regression_on_the_answers_themselves(group):
    """Nothing is lost by components, and one inverse serves all groups."""
    items = [planted(seed) for seed in range(9)]
    keys = pd.Series({item.id: item.id for item in items})
    found = gather(items, keys, TWINS)
    own = TWINS[group]
    rest = np.concatenate([TWINS[name] for name in TWINS if name != group])
    asked = np.concatenate([i.inputs.answers[i.weight > 0] for i in items]).astype(float)
    counted = np.zeros((2, 2))
    for part in parts_of(found, seed=4):
        new = np.isin(found.sentence, part)
        model = Ridge(alpha=ALPHA).fit(asked[~new][:, rest], asked[~new][:, own])
        mean = asked[~new][:, own].mean(axis=0)
        for row, chosen in enumerate((new, ~new)):
            truth = asked[chosen][:, own]
            told_ = model.predict(asked[chosen][:, rest]).reshape(truth.shape)
            counted[row] += np.sum((truth - told_) ** 2), np.sum((truth - mean) ** 2)
    expected = 1 - counted[:, 0] / counted[:, 1]
    np.testing.assert_allclose(shares(found, seed=4).loc[group], expected, atol=1e-9)


def test_one_alone_is_ridge_regression_on_it_alone():
    found, counted = gathered(9), np.zeros(2)
    one, part = (found.scores[:, found.columns[name]] for name in ("part", "one"))
    for fold in parts_of(found, seed=2):
        new = np.isin(found.sentence, fold)
        model = Ridge(alpha=ALPHA).fit(one[~new], part[~new])
        errors = part[new] - model.predict(one[new])
        counted += np.sum(errors**2), np.sum((part[new] - part[~new].mean(axis=0)) ** 2)
    expected = 1 - counted[0] / counted[1]
    assert pairwise(found, seed=2).loc["part", "one"] == pytest.approx(expected, abs=1e-9)


def test_of_one_sentence_nothing_is_known():
    found = gathered(3, per_sentence=3)
    table = pairwise(found)
    assert parts_of(found) == [] and table.isna().all(axis=None)
    assert shares(found).isna().all(axis=None)
    rows = told_table(found, table)
    assert (rows["best_teller"] == "").all() and rows["told_by_best"].isna().all()
    assert sizes(1) == [] and learning_curve(found, []).empty


def test_the_best_teller_is_named():
    found = gathered()
    rows = told_table(found, pairwise(found, seed=1), seed=1).set_index("group")
    assert rows.loc["one", "best_teller"] == "twin" and rows.loc["twin", "best_teller"] == "one"
    assert rows.loc["part", "best_teller"] in ("one", "twin")
    assert rows.loc["same", "components"] == 0 and rows.loc["same", "best_teller"] == ""


def test_groups_taken_together_are_told_by_the_rest():
    found = gathered()
    pair = found.joined({"both": ("one", "twin"), "part": ("part",), "other": ("other",)})
    assert len(pair.columns["both"]) == 4
    table = pairwise(pair, seed=1)
    assert table.loc["both", "part"] > 0.99
    assert table.loc["part", "both"] == pytest.approx(0.5, abs=0.06)
    assert shares(pair, seed=1).loc["both", NEW] == pytest.approx(0.5, abs=0.06)


def test_what_goes_together_by_chance_comes_apart_with_more_speech():
    """Many questions, few phones: told in what was learnt from, never in what is new."""
    random = np.random.default_rng(3)
    groups = {"left": np.arange(20), "right": np.arange(20, 40)}
    items = [planted(seed, (random.random((12, 40)) < 0.5).astype(np.uint8)) for seed in range(40)]
    found = gather(items, pd.Series({item.id: item.id for item in items}), groups)
    table = learning_curve(found, sizes(40, steps=3), seed=1)
    few, many = (table[table["sentences"] == count].set_index("group") for count in (8, 32))
    assert table["sentences"].unique().tolist() == [8, 16, 32]
    assert (few[SELF_TOLD] > many[SELF_TOLD] + 0.1).all()
    assert (many[NEW] < 0.05).all() and (many[NEW] > few[NEW]).all()


def test_all_sentences_of_a_curve_are_apart_from_the_judged_ones(monkeypatch):
    """The last size leaves out exactly the sentences that are judged."""
    found, seen = gathered(10), []
    keep = told._gram
    monkeypatch.setattr(told, "_gram", lambda scores: seen.append(len(scores)) or keep(scores))
    learning_curve(found, sizes(10), repeats=1)
    judged, *learnt = seen
    assert judged + learnt[-1] == len(found.scores)


def test_what_is_the_same_in_all_sentences_learnt_from_is_not_told_but_unknown():
    """Rounding is no variance."""
    items = [planted(seed) for seed in range(10)]
    for item in items[1:]:
        item.inputs.answers[:, 5:7] = 1
    found = gather(items, pd.Series({item.id: item.id for item in items}), TWINS)
    assert len(found.columns["other"]) == 2
    rows = learning_curve(found, [2], repeats=6, seed=1).set_index("group")
    learnt = rows.loc["other", SELF_TOLD]
    assert np.isnan(learnt) or learnt > 0.01
