"""Entries of a ranking: the rule on shares that are known, and on answers that are."""

import numpy as np
import pandas as pd
import pytest
from phone_networks import TWINS, gathered, planted

from intonation.evaluation.together.merging import (
    MUTUAL,
    WHOLE,
    closeness,
    entry_groups,
    entry_label,
    entry_words,
    linked,
    merged_groups,
    merged_table,
    merges_told,
)
from intonation.evaluation.together.told import gather


def table(**told):
    """Shares by 'teller_told'; what is not named tells nothing."""
    names = ["a", "b", "c", "d"]
    found = pd.DataFrame(np.eye(4), index=names, columns=names)
    for pair, share in told.items():
        found.loc[pair[0], pair[2]] = share
    return found


@pytest.mark.parametrize(
    ("told", "entries"),
    [
        ({}, ["a", "b", "c", "d"]),
        ({"a_b": MUTUAL, "b_a": MUTUAL}, ["ab", "c", "d"]),
        ({"a_b": MUTUAL, "b_a": MUTUAL - 0.01}, ["a", "b", "c", "d"]),
        ({"a_b": WHOLE}, ["ab", "c", "d"]),
        ({"b_a": WHOLE}, ["ab", "c", "d"]),
        ({"a_b": WHOLE - 0.01}, ["a", "b", "c", "d"]),
        ({"a_c": WHOLE, "d_c": WHOLE}, ["acd", "b"]),  # c has no place beside either
        ({"a_b": np.nan, "b_a": np.nan}, ["a", "b", "c", "d"]),
    ],
)
def test_the_rule(told, entries):
    assert ["".join(some) for some in linked(table(**told))] == entries


def test_closeness_is_symmetric():
    near = closeness(table(a_b=0.7, b_a=0.3, c_d=1.0))
    np.testing.assert_array_equal(near, near.T)
    assert near.loc["c", "d"] == pytest.approx(1 / WHOLE)
    assert near.loc["a", "b"] == pytest.approx(0.7 / WHOLE)


def test_twins_and_parts_become_one_entry_and_strangers_do_not():
    found = merged_groups(TWINS, gathered(), seed=1)
    assert list(found) == ["one+twin+part", "other", "same"]
    entry = found["one+twin+part"]
    assert entry.parts == ("one", "twin", "part") and entry.indices.tolist() == [0, 1, 2, 3, 4]
    assert set(entry_groups(found)) == set(found)
    assert merges_told(found) == "one with twin with part"


def test_what_all_others_tell_together_joins_who_tells_most_of_it():
    """A group whose halves two others ask about: neither tells it all, both do."""
    random = np.random.default_rng(5)
    items = []
    for seed in range(24):
        free = (random.random((30, 5)) < 0.5).astype(np.uint8)
        items.append(planted(seed, np.hstack([free, free[:, :3]])))
    groups = {"two": np.array([0, 1]), "third": np.array([2]), "free": np.array([3, 4])}
    groups["all"] = np.array([5, 6, 7])
    keys = pd.Series({item.id: item.id for item in items})
    several = {name: groups[name] for name in ("two", "third", "free")}
    assert list(merged_groups(several, gather(items, keys, several))) == list(several)
    found = merged_groups(groups, gather(items, keys, groups))
    assert list(found) == ["two+third+all", "free"]  # the whole tells both of its parts
    halves = {"two": np.array([0, 1]), "third": np.array([2, 3])}
    halves["mixed"] = np.array([5, 7])  # the first of each
    found = merged_groups(halves, gather(items, keys, halves))
    assert list(found) in (["two+mixed", "third"], ["two", "third+mixed"])


def test_the_table_says_who_tells_what_is_not_part_of_an_entry():
    answers = gathered()
    entries = merged_groups(TWINS, answers, seed=1)
    rows = merged_table(entries, answers, seed=1).set_index("entry")
    assert rows.loc["one+twin+part", "parts"] == "one; twin; part"
    assert rows.loc["one+twin+part", "best_teller"] == "other"
    assert not rows["doubtful"].any() and rows.loc["other", "told_by_others"] < 0.1
    apart = {name: entries[name]._replace(parts=(name,)) for name in ("other", "same")}
    apart |= {name: entries["other"]._replace(parts=(name,)) for name in ("one", "twin")}
    doubtful = merged_table(apart, answers, seed=1).set_index("entry")["doubtful"]
    assert doubtful[["one", "twin"]].all() and not doubtful[["other", "same"]].any()


def test_one_sentence_merges_nothing():
    assert list(merged_groups(TWINS, gathered(3, per_sentence=3))) == list(TWINS)


def test_the_name_of_an_entry_in_words():
    assert entry_label("a+b") == "a + b" and entry_label("a+b+c+d") == "a + b + 2 more"
    assert entry_words("SYLLABLE_STRESS+WORD_POSITION") == (
        "stress of the syllable and its neighbours + position of the word in the phrase"
    )
