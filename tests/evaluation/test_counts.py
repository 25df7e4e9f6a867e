"""Counts that are sums of others are found exactly, and nothing else is."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from phone_networks import planted
from sklearn.linear_model import Ridge

from intonation.evaluation.together.counts import ALPHA, EXACT, exact_sums, told_counts
from intonation.evaluation.together.merging import entries_of, linked, merges_told
from intonation.evaluation.together.told import NEW, gather, parts_of
from intonation.labels.taxonomy import FIELDS

PLACE, LENGTH, OTHER = "SEG_POS_IN_SYL", "SYLLABLE_LEN_IN_SEGMENTS", "UTTERANCE_LEN"
UP_TO = np.arange(1, 8)
GROUPS = {PLACE: np.arange(14), LENGTH: np.arange(14, 35), OTHER: np.arange(35, 42)}


def spoken(seed, phones=40):
    """A length that is place from both ends, less one; its neighbours' and the utterance's own."""
    random = np.random.default_rng(seed)
    forward, backward = random.integers(1, 5, (2, phones))
    before, after, long = random.integers(1, 8, (3, phones))
    fields = {name: np.full(phones, "x") for name in FIELDS}
    counts = {"p6": forward, "p7": backward, "a3": before, "b3": forward + backward - 1}
    counts |= {"c3": after, "j1": long}
    fields |= {name: values.astype(str) for name, values in counts.items()}
    asked = [values[:, None] <= UP_TO for values in counts.values()]
    item = planted(seed, np.hstack(asked).astype(np.uint8))
    return replace(item, fields=fields)


ITEMS = [spoken(seed) for seed in range(12)]
KEYS = pd.Series({item.id: item.id for item in ITEMS})


def test_a_length_is_told_by_the_place_and_the_neighbours_hide_it_as_a_whole():
    answers = gather(ITEMS, KEYS, GROUPS)
    told = told_counts(ITEMS, answers, seed=1).set_index("field")
    assert list(told.index) == ["p6", "p7", "b3", "j1"]  # not those of neighbours
    assert told.loc["b3", NEW] > EXACT and told.loc["b3", "best_teller"] == PLACE
    assert (told.drop("b3")[[NEW, "told_by_best"]] < 0.7).all(axis=None)
    assert exact_sums(told.reset_index()) == {LENGTH: PLACE}


def test_they_are_one_entry():
    entries = entries_of(ITEMS, KEYS, GROUPS, seed=1)
    assert list(entries) == [f"{PLACE}+{LENGTH}", OTHER] and merges_told(entries)


def test_a_share_is_that_of_ridge_regression():
    answers = gather(ITEMS, KEYS, GROUPS)
    x = answers.scores[:, answers.columns[LENGTH]]
    y = np.concatenate([item.fields["p6"][item.weight > 0].astype(float) for item in ITEMS])
    y, missed, whole = (y - y.mean()) / y.std(), 0.0, 0.0
    for part in parts_of(answers, seed=1):
        new = np.isin(answers.sentence, part)
        guess = Ridge(ALPHA).fit(x[~new], y[~new]).predict(x[new])
        missed += np.sum((guess - y[new]) ** 2)
        whole += np.sum((y[new] - y[~new].mean()) ** 2)
    told = told_counts(ITEMS, answers, seed=1).set_index("field")
    assert told.loc["p6", "told_by_best"] == pytest.approx(1 - missed / whole)


def test_of_several_counts_the_best_told_decides_and_of_equals_the_first():
    rows = [
        ("h1", "long", 0.999, "syllables", 0.996),
        ("h2", "long", 0.998, "words", 0.999),
        ("e2", "word", 0.98, "syllables", 0.993),
        ("j1", "whole", EXACT - 0.001, "long", 0.9),
    ]
    counts = pd.DataFrame(rows, columns=["field", "group", NEW, "best_teller", "told_by_best"])
    assert exact_sums(counts) == {"long": "syllables", "word": "syllables"}
    assert exact_sums(counts[:0]) == {}


def test_what_joins_is_linked_whatever_is_told_otherwise():
    pairs = pd.DataFrame(np.eye(3), index=list("abc"), columns=list("abc"))
    assert linked(pairs, {"a": "c"}) == [["a", "c"], ["b"]]
    assert linked(pairs) == [["a"], ["b"], ["c"]]


def test_one_sentence_and_one_group_tell_nothing():
    one = gather(ITEMS[:1], KEYS, GROUPS)
    assert told_counts(ITEMS[:1], one).empty
    alone = {LENGTH: GROUPS[LENGTH]}
    assert told_counts(ITEMS, gather(ITEMS, KEYS, alone)).empty
    assert list(entries_of(ITEMS, KEYS, alone)) == [LENGTH]
