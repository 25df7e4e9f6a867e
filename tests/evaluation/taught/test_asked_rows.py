"""Which networks the parameters add to the ablation table."""

import pytest

from intonation.errors import ParameterError
from intonation.evaluation.reach.networks import ORIGINAL, OURS, TRIED
from intonation.evaluation.reach.taught.rows import asked_for
from intonation.model.lessons.shape import KINDS
from intonation.parameters import Parameters


def rows(reach_tuned=0, **given):
    return {row.name: row for row in asked_for(Parameters(reach_tuned=reach_tuned, **given))}


def test_nothing_is_added_unless_it_is_asked_for():
    assert rows() == {}


def test_rows_differ_from_the_recipe_in_one_thing_and_have_names_of_their_own():
    given = {"reach_shape": "level", "reach_tuned": 3, "reach_pretrained_on": "there"}
    used = rows(**given)
    assert [(row.shape, row.tuned, row.untaught) for row in used.values()] == [
        *(("none", True, False), (None, True, True), (None, False, False))
    ]
    asked = rows(reach_ablations=" shape, ")
    assert [row.shape for row in asked.values()] == [*KINDS]
    both = rows(**given, reach_ablations="shape")
    assert len(both) == 2 + 3, "what the recipe has is left out once, and not put in again"
    known = {one.name for one in (OURS, ORIGINAL, *TRIED)}
    assert not known & ({*used} | {*asked})


def test_what_is_learnt_is_the_recipes_unless_the_variant_says_otherwise():
    chosen = Parameters(reach_shape="steps", reach_shape_weight=0.5)
    assert OURS.lesson(chosen).described() == {"kind": "steps", "weight": 0.5}
    assert (
        ORIGINAL.lesson(chosen)
        is None
        is rows(reach_shape="steps")["error alone counts"].lesson(chosen)
    )
    (level,) = [row for row in rows(reach_ablations="shape").values() if row.shape == "level"]
    assert level.lesson(chosen).kind == "level"
    assert OURS.lesson(Parameters()) is None


def test_an_unknown_name_is_an_error():
    with pytest.raises(ParameterError, match="reach_ablations names 'form', expected shape, by"):
        rows(reach_ablations="shape,form")
