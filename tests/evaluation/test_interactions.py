"""Pairs that act together: exact where it is known, nothing where effects add up."""

import numpy as np
import pandas as pd
import pytest
from builders import make_inputs, make_model
from phone_networks import GROUPS, QUESTIONS, linear_network, make_planted, random_network

from intonation.evaluation.faithfulness import Replacement, Sample
from intonation.evaluation.planted_law import LAW, Planted, Term, numbers, planted_effects
from intonation.evaluation.recovery import predict_planted, recipes, train_on_law
from intonation.evaluation.together.interactions import (
    NAMED,
    SIZE,
    UNITS,
    as_matrix,
    drawn_donors,
    every_donor,
    frame_interactions,
    known_pairs,
    law_effects,
    law_moved,
    needed,
    network_moved,
    pair_sizes,
    pairs_of,
    sizes_told,
    unit_groups,
    with_intervals,
)
from intonation.evaluation.together.product_law import product_size
from intonation.labels.question_set import read_questions
from intonation.labels.taxonomy import FIELDS
from intonation.model.batches import Inputs
from intonation.parameters import Parameters
from intonation.polish import write_question_set

COUNT = 30
READ = {"b1": lambda r: r.integers(0, 2, COUNT), "b6": lambda r: r.integers(1, 9, COUNT)}
PAIRS = [("stress", "place")]
FIELD_UNITS = {"stress": ("b1",), "place": ("b6",), "tone": ("h5",)}


def make_fields(seed=0):
    random = np.random.default_rng(seed)
    fields = {name: np.full(COUNT, "x") for name in FIELDS}
    return fields | {name: draw(random).astype(str) for name, draw in READ.items()}


def stress(fields):
    return 2.0 * numbers(fields["b1"])


def place(fields):
    return -numbers(fields["b6"])


ADDED = (Term("stress", "", stress), Term("place", "", place))
MULTIPLIED = (*ADDED, Term("both", "", lambda fields: stress(fields) * place(fields)))


def test_what_adds_up_does_nothing_together():
    fields, weight = make_fields(), np.ones(COUNT)
    moved = law_moved(fields, FIELD_UNITS, ADDED)
    found = pair_sizes(moved, pairs_of(list(FIELD_UNITS)), weight, drawn_donors(weight, 5, 1))
    assert (found[SIZE] == 0).all()  # numbers of the law are whole, so no rounding either
    usual = law_moved(fields, FIELD_UNITS, LAW)
    assert pair_sizes(usual, PAIRS, weight, every_donor(COUNT))[SIZE][0] < 1e-12


def test_a_product_is_what_the_formula_says():
    fields, weight = make_fields(), np.ones(COUNT)
    moved = law_moved(fields, FIELD_UNITS, MULTIPLIED)
    found = pair_sizes(moved, PAIRS, weight, every_donor(COUNT))[SIZE][0]
    assert found == pytest.approx(product_size(stress(fields), place(fields), weight))
    drawn = pair_sizes(moved, PAIRS, weight, drawn_donors(weight, 400, 3))[SIZE][0]
    assert drawn == pytest.approx(found, rel=0.05)


def test_pairs_are_symmetric():
    fields, weight = make_fields(), np.ones(COUNT)
    moved, donors = law_moved(fields, FIELD_UNITS, MULTIPLIED), drawn_donors(weight, 4, 1)
    one, other = (
        pair_sizes(moved, [pair], weight, donors)[SIZE][0]
        for pair in (("stress", "place"), ("place", "stress"))
    )
    assert one == pytest.approx(other) and one > 0
    assert needed(PAIRS) == [("stress",), ("place",), ("stress", "place")]


def test_a_unit_alone_has_the_effect_that_chapter_11_plants():
    item = make_planted(1, phones=COUNT)
    item = Planted(item.id, item.inputs, make_fields(), *(item.f0_semitones,) * 2, item.weight)
    units = {"SYLLABLE_STRESS": ("a1", "b1", "c1"), "SYLLABLE_POSITION": ("b4", "b5", "b6", "b7")}
    found = law_effects([item], units, LAW, draws=6, seed=2)
    usual = planted_effects([item], draws=6, seed=2).set_index("group")["effect_semitones"]
    np.testing.assert_allclose(found, usual[list(units)])


def test_a_network_that_adds_up_has_nothing_together():
    items = [make_planted(seed) for seed in range(3)]
    weight = np.concatenate([item.weight for item in items])
    moved = network_moved(linear_network(), items, GROUPS)
    found = pair_sizes(moved, pairs_of(list(GROUPS)), weight, drawn_donors(weight, 3, 1))
    assert found[SIZE].max() < 1e-5


def test_a_pair_is_two_answers_exchanged_and_the_network_asked_again():
    items, model = [make_planted(1), make_planted(2, phones=12)], random_network()
    answers = np.concatenate([item.inputs.answers for item in items])
    taken, pair = np.random.default_rng(7).permutation(42), ("large", "null")
    before = np.concatenate(predict_planted(model, items))
    moved = network_moved(model, items, GROUPS)(taken, [pair, ("small",)])
    for found, groups in zip(moved, (pair, ("small",)), strict=True):
        foreign, members = answers.copy(), np.concatenate([GROUPS[name] for name in groups])
        foreign[:, members] = answers[taken][:, members]
        told = [
            Planted(
                i.id, Inputs(part, i.inputs.frame_to_phone, i.inputs.voiced), {}, *(i.weight,) * 3
            )
            for i, part in zip(items, np.split(foreign, [30]), strict=True)
        ]
        after = np.concatenate(predict_planted(model, told))
        np.testing.assert_allclose(found, after - before, atol=1e-4)


def test_a_network_that_learnt_a_product_shows_it(tmp_path):
    """Two groups that multiply, a third that adds: the pair is found, the others are small."""
    items = []
    for seed in range(40):
        item = make_planted(seed)
        first, second, third = item.inputs.answers[:, [0, 2, 3]].T.astype(float)
        law = 4 * (first - 0.5) * (second - 0.5) + 2 * third
        items.append(Planted(item.id, item.inputs, {}, law, law.astype(np.float32), item.weight))
    chosen = Parameters(law_epochs=60, small_hidden_size=8, law_learning_rate=0.02)
    model = train_on_law(items, QUESTIONS, GROUPS, recipes(chosen)[1], tmp_path)
    weight = np.concatenate([item.weight for item in items])
    moved = network_moved(model, items, GROUPS)
    found = pair_sizes(moved, pairs_of(list(GROUPS)), weight, drawn_donors(weight, 4, 1))
    sizes = found.set_index(["first", "second"])[SIZE]
    assert sizes["large", "small"] == pytest.approx(1.0, rel=0.2)  # 4 x 0.5 x 0.5
    assert sizes.drop(("large", "small")).max() < 0.3


UNIT_GROUPS = {"A": np.array([0, 1, 2]), "B": np.array([3, 4]), "C": np.array([5, 6])}


def samples(count=2, target="semitones"):
    made = [make_inputs(seed, frames=50 + seed) for seed in range(count)]
    return [Sample(f"u{n}", item, item.voiced) for n, item in enumerate(made)]


def test_frames_are_the_contours_of_a_replacement():
    model, some = make_model("semitones"), samples()
    donors = [[make_inputs(8), make_inputs(9)], [make_inputs(10)]]
    pairs = pairs_of(list(UNIT_GROUPS))
    found = frame_interactions(model, some, donors, UNIT_GROUPS, pairs)
    assert found["id"].tolist() == ["u0"] * 3 + ["u1"] * 3
    for sample, foreign in zip(some, donors, strict=True):
        tries = [Replacement(model, sample, donor, UNIT_GROUPS) for donor in foreign]
        squares = []
        for each in tries:
            states = np.array([[1, 0, 0], [0, 0, 1], [1, 0, 1]], dtype=bool)
            (a, b, both), none = map(each.contour, states), each.original
            squares.append(np.mean((both - a - b + none)[sample.chosen] ** 2))
        row = found[(found["id"] == sample.id) & (found["second"] == "C") & (found["first"] == "A")]
        assert row["mean_square"].item() == pytest.approx(np.mean(squares), rel=1e-6)


def test_intervals_are_of_utterances():
    rows = [(f"u{n}", "a", "b", value) for n, value in enumerate([1.0, 4.0, 9.0, 16.0])]
    squares = pd.DataFrame(rows, columns=["id", "first", "second", "mean_square"])
    found = with_intervals(squares, resamples=500, seed=1)
    assert found[SIZE][0] == pytest.approx(np.sqrt(7.5) / 2)
    assert 0.5 <= found["ci_low"][0] < found[SIZE][0] < found["ci_high"][0] <= 2.0
    one = with_intervals(squares.head(1), resamples=50)
    assert one[SIZE][0] == 0.5 and one[["ci_low", "ci_high"]].isna().all(axis=None)
    assert sizes_told(one.assign(pair="a x b")) == ["*a x b* 0.50"]
    assert sizes_told(found.assign(pair="p"))[0].startswith("*p* 1.37 (")
    matrix = as_matrix(found, ["a", "b", "c"])
    assert matrix.loc["a", "b"] == matrix.loc["b", "a"] == found[SIZE][0]
    assert matrix.isna().to_numpy().sum() == 7


def test_named_units_are_of_fields_and_apart(tmp_path):
    write_question_set(tmp_path / "q.hed")
    units = unit_groups(read_questions(tmp_path / "q.hed"))
    assert set(units) == set(UNITS) and known_pairs(list(NAMED), units) == list(NAMED)
    for first, second in NAMED:
        assert not set(units[first]) & set(units[second])
        assert not set(UNITS[first]) & set(UNITS[second])
    assert known_pairs(list(NAMED), {"accent": units["accent"]}) == []
