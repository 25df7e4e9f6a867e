"""Laws drawn at random: each group's own form, sizes, and groups that really have no effect."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from phone_networks import QUESTIONS, make_planted

from intonation.evaluation import planted_law as planted
from intonation.evaluation.holding.laws import FORMS, drawn_law, replant
from intonation.evaluation.holding.marking import (
    APART,
    HOLDS,
    MERGED,
    STUDY,
    LawTrial,
    mark_laws,
    summary,
    told_in_words,
    truth_of,
)
from intonation.evaluation.planted_law import Planted, planted_effects, planted_f0
from intonation.evaluation.together.merging import Entry
from intonation.labels.taxonomy import FIELDS, GROUPS, group_of_field
from intonation.model.batches import Inputs
from intonation.parameters import parameters

VALUES = ["0", "1", "2", "3", "4"]
OTHERS = {
    "p2": ["t", "m", "a"],
    "p3": ["a", "i", "n"],
    "b16": ["a", "e", "i"],
    "e1": ["content", "in", "do"],
    "h5": ["L-L%", "H-H%", "L-H%"],
}


def some(seed, phones=300):
    """Phones whose fields are drawn each on its own."""
    random = np.random.default_rng(seed)
    fields = {name: random.choice(OTHERS.get(name, VALUES), phones) for name in FIELDS}
    inputs = Inputs(np.zeros((phones, 2), np.uint8), np.arange(phones), np.ones(phones, bool))
    nothing = np.zeros(phones)
    return Planted("u", inputs, fields, nothing, nothing.astype(np.float32), nothing + 2.0)


@pytest.mark.parametrize("group", GROUPS)
def test_every_group_has_a_form_that_reads_only_its_fields(group):
    item, random = some(1), np.random.default_rng(2)
    before = FORMS[group].semitones(item.fields)
    assert np.ptp(before) > 0
    own = {name for name in FIELDS if group_of_field(name) == group}
    others = {name: random.permutation(v) for name, v in item.fields.items() if name not in own}
    np.testing.assert_array_equal(FORMS[group].semitones({**item.fields, **others}), before)


@pytest.mark.parametrize("seed", range(1, 6))
def test_sizes_are_dealt_out_and_a_third_to_half_of_the_groups_have_none(seed):
    items = [some(seed)]
    law = drawn_law(seed, items)
    assert law == drawn_law(seed, items)
    assert len(GROUPS) // 2 <= len(law) <= len(GROUPS) - len(GROUPS) // 3
    deviations = [np.std(term.times * term.semitones(items[0].fields)) for term in law]
    np.testing.assert_allclose(deviations, np.geomspace(2.0, 0.3, len(law)))
    effects = planted_effects(items, draws=2, law=law).set_index("group")["effect_semitones"]
    assert {*effects[effects > 0].index} == {term.group for term in law}


def test_laws_differ_and_so_do_their_nulls():
    drawn = [tuple(t.group for t in drawn_law(seed, [some(1)])) for seed in range(1, 6)]
    assert len({frozenset(groups) for groups in drawn}) == 5


def test_planting_again_changes_f0_and_nothing_else():
    item = some(3)
    law = drawn_law(1, [item])
    (again,) = replant([item], law, noise_semitones=0.5, seed=(1, 0))
    assert again.inputs is item.inputs
    np.testing.assert_array_equal(again.f0_semitones, planted_f0(item.fields, law))
    assert 0.4 < np.std(again.target - again.f0_semitones) < 0.6


def test_the_summary_keeps_the_worst():
    rows = [(1, HOLDS, 0.9, True), (2, HOLDS, 0.7, False), (1, STUDY, 0.5, False)]
    marks = pd.DataFrame(rows, columns=["law", "way", "spearman", "nulls_last"])
    marks = pd.concat([marks.assign(ranking=APART), marks.assign(ranking=MERGED, spearman=1.0)])
    told = summary(marks).set_index(["ranking", "way"])
    assert told.loc[APART, HOLDS].tolist() == pytest.approx([0.8, 0.7, 0.5, 2])
    assert told.loc[(APART, STUDY), "worst"] == 0.5 and (told.loc[MERGED, "worst"] == 1).all()
    assert told_in_words(marks, MERGED).count("1.00 on average, 1.00 at worst") == 2


def test_an_entry_has_the_effect_of_its_parts_together_and_none_where_none_has_one():
    items = [some(seed) for seed in range(4)]
    law = drawn_law(1, items)
    known = [term.group for term in law][:2]
    nulls = [group for group in GROUPS if group not in {term.group for term in law}][:2]
    none = np.zeros(0, dtype=int)
    entries = {"+".join(parts): Entry(none, tuple(parts)) for parts in (known, nulls, nulls[:1])}
    truth = truth_of(items, entries, law, draws=20, seed=1)
    fields, weight = planted.stacked(items)
    both = sum(planted.contributions(fields, law)[group] for group in known)
    assert truth["+".join(known)] == pytest.approx(both.std(), rel=0.05)
    assert truth["+".join(nulls)] == 0 and truth[nulls[0]] == 0
    assert truth.index.is_unique


def test_groups_that_cannot_be_told_apart_are_marked_as_one(tmp_path):
    items = [make_planted(seed) for seed in range(12)]
    fields = some(1).fields
    items = [
        replace(item, fields={name: values[:30] for name, values in fields.items()})
        for item in items
    ]
    groups = {GROUPS[0]: np.array([0, 1]), GROUPS[1]: np.array([2]), GROUPS[2]: np.array([3])}
    names = list(groups)
    entries = {"+".join(names[:2]): Entry(np.array([0, 1, 2]), tuple(names[:2]))}
    entries[names[2]] = Entry(np.array([3]), (names[2],))
    brief = parameters("smoke", {"law_draw_epochs": 1, "law_effect_draws": 1})
    splits = (items, items[:3], items[:3])
    trial = LawTrial(splits, QUESTIONS, groups, brief, tmp_path, entries)
    marks = mark_laws([1], trial)
    assert {*trial.lines} == {*groups, *entries} and (tmp_path / "1" / "held").is_dir()
    assert marks.groupby("ranking")["nulls"].max()[MERGED] <= len(entries)
    assert {*marks["ranking"]} == {APART, MERGED} and len(marks) == 4
