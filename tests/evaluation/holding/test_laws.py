"""Laws drawn at random: each group's own form, sizes, and groups that really have no effect."""

import numpy as np
import pandas as pd
import pytest

from intonation.evaluation.holding.laws import FORMS, drawn_law, replant
from intonation.evaluation.holding.marking import HOLDS, STUDY, summary
from intonation.evaluation.planted_law import Planted, planted_effects, planted_f0
from intonation.labels.taxonomy import FIELDS, GROUPS, group_of_field
from intonation.model.batches import Inputs

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
    told = summary(marks).set_index("way")
    assert told.loc[HOLDS].tolist() == pytest.approx([0.8, 0.7, 0.5, 2])
    assert told.loc[STUDY, "worst"] == 0.5
