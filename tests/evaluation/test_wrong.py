"""Planted bugs: each is noticed, where it should be, and nothing cries without one."""

import numpy as np
import pytest

from intonation.evaluation.wrong.bugs import BUGS, NONE
from intonation.evaluation.wrong.checks import (
    CHECKS,
    COLUMNS,
    judge,
    made_up,
    verdict,
    wrong_on_purpose,
)
from intonation.evaluation.wrong.specimen import GROUPS, SIZES, law_of
from intonation.lrp import affine, methods, ranking
from intonation.lrp.affine import Affine, FoldedNetwork
from intonation.lrp.rules import Z
from intonation.model.prediction import predict


@pytest.fixture(scope="module")
def table():
    return wrong_on_purpose(1)


@pytest.fixture(scope="module")
def caught(table):
    return table.pivot(index="bug", columns="check", values="caught")


@pytest.mark.parametrize("bug", [name for name in BUGS if name != NONE])
def test_every_bug_is_caught_by_a_check(caught, bug):
    assert caught.loc[bug].any()


@pytest.mark.parametrize("seed", [2, 3])
def test_no_check_cries_without_a_bug(seed):
    found = judge(BUGS[NONE], made_up(seed))
    assert found["check"].tolist() == list(CHECKS) and not found["caught"].any()


def test_every_check_catches_something_and_none_all(caught):
    assert not caught.loc[NONE].any()
    assert caught.any().all() and not caught.drop(index=NONE).all().any()


# what cannot be seen from where a check stands
BLIND = {
    "conservation": ("norm", "stabiliser", "twice"),  # what is wrong adds up all the same
    "prediction": ("sign", "shortcut", "padding", "size", "stabiliser", "twice"),
    "gradient": ("twice",),  # it knows no groups
    "deletion": ("sign", "stabiliser"),  # sizes have no sign
    "law": ("sign", "stabiliser"),
    "groups": ("sign", "shortcut", "norm", "padding", "size", "stabiliser"),
}


@pytest.mark.parametrize("check", BLIND)
def test_what_a_check_cannot_see(caught, check):
    assert not caught.loc[list(BLIND[check]), check].any()


def test_each_bug_is_caught_where_it_must_be(caught):
    surely = {
        "sign": ["conservation", "neurons", "gradient"],
        "shortcut": ["conservation", "gradient", "law", "deletion"],
        "norm": ["prediction", "gradient"],
        "padding": ["conservation", "gradient"],
        "size": ["neurons", "gradient"],
        "stabiliser": ["neurons", "gradient"],
        "twice": ["groups"],
    }
    for bug, names in surely.items():
        assert caught.loc[bug, names].all(), bug


def parts():
    names = [(Z, "terms"), (Z, "stabiliser"), (FoldedNetwork, "backward"), (Affine, "transpose")]
    names += [(affine, "fold"), (ranking, "group_matrix"), (methods, "group_matrix")]
    return [getattr(owner, name) for owner, name in names]


@pytest.mark.parametrize("bug", BUGS)
def test_behind_a_bug_everything_is_as_it_was(bug):
    before = parts()
    with pytest.raises(RuntimeError), BUGS[bug].planted():
        assert (parts() != before) == (bug != NONE)
        raise RuntimeError
    assert parts() == before


def test_the_network_of_a_law_computes_it(table):
    material = made_up(1)
    planted, effects = law_of(material.law, material.utterance)
    np.testing.assert_allclose(planted.f0_semitones, predict(material.law, material.utterance))
    assert effects.to_dict() == pytest.approx(SIZES) and list(effects.index) == list(GROUPS)


def test_outputs_of_the_other_have_either_sign():
    material = made_up(1)
    predicted = predict(material.model, material.utterance)
    assert predicted.min() < 0 < predicted.max()


def test_the_table_and_its_sentence(table):
    assert tuple(table.columns) == COLUMNS and len(table) == len(BUGS) * len(CHECKS)
    told = verdict(table)
    assert told.startswith(f"{len(BUGS) - 1} of {len(BUGS) - 1} bugs") and "no check cries" in told
    blind = table.assign(caught=table["caught"] & (table["bug"] != "twice"))
    assert f"nobody notices: {BUGS['twice'].words}" in verdict(blind)
    crying = table.assign(caught=table["caught"] | (table["check"] == "law"))
    assert "these cry: law" in verdict(crying)
