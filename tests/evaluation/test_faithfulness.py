"""Deletion and insertion, against a network whose groups' effects are known exactly."""

import itertools
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import torch
from builders import make_inputs, make_model, planted_corpus, utterance_of
from torch import nn

from intonation.evaluation import faithfulness as faith
from intonation.evaluation.faithfulness import Replacement, Sample, transplant
from intonation.lrp.methods import attribute_groups
from intonation.model.batches import Inputs, make_batch
from intonation.model.network import F0Model, ModelConfig

EFFECTS = np.array([0.5, 2.0, 0.25, 1.0])  # of four groups of two questions each
GROUPS = {name: np.array([2 * i, 2 * i + 1]) for i, name in enumerate("abcd")}
RIGHT_ORDER = [1, 3, 0, 2]
BUDGET = {"inner_points": 6, "steps": 8}


def linear_model(effects=EFFECTS):
    """F0Model with every ReLU open: output = constant + sum of the effects of answers yes."""
    names = tuple(f"q{i}" for i in range(8))
    model = F0Model(ModelConfig("semitones", names, 2, 1, stacks=1)).double().eval()
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.zero_()
        model.project.weight[:] = torch.from_numpy(np.repeat(effects, 2) / 4)  # 2 x 2 shares each
        model.project.bias.fill_(10.0)
        for part in (model.blocks[0].conv1, model.blocks[0].conv2):
            part.conv.weight[:, :, -1] = torch.eye(2)  # the present frame
        for norm in (model.blocks[0].norm1, model.blocks[0].norm2):
            norm.weight.fill_(float(np.sqrt(1 + norm.eps)))
        model.dense.weight[:, :, 0] = torch.eye(2)
        model.output.weight.fill_(1.0)
        model.output.bias.fill_(-20.0)
    return model


def linear_sample():
    """All questions answered yes; the donor answers no."""
    index = np.repeat([0, 1, 2], 5)
    inputs = Inputs(np.ones((3, 8), dtype=np.uint8), index, np.ones(15, dtype=bool))
    donor = Inputs(np.zeros((4, 8), dtype=np.uint8), np.repeat(range(4), 3), np.ones(12, bool))
    return Sample("one", inputs, inputs.voiced), donor


def deletion_area(replacement, order):
    states = faith.prefixes(np.array(order), np.arange(5), 4)
    return np.trapezoid(replacement.distances(states), dx=0.25)


def test_the_right_order_has_the_largest_area_of_all_orders():
    sample, donor = linear_sample()
    replacement = Replacement(linear_model(), sample, donor, GROUPS)
    areas = {order: deletion_area(replacement, order) for order in itertools.permutations(range(4))}
    best = max(areas, key=areas.get)
    assert list(best) == RIGHT_ORDER
    # by hand: heights 0, 2, 3, 3.5, 3.75
    assert areas[best] == pytest.approx((0 / 2 + 2 + 3 + 3.5 + 3.75 / 2) / 4)
    assert areas[(1, 0, 3, 2)] < areas[best]
    assert min(areas, key=areas.get) == tuple(reversed(best))
    assert np.mean(list(areas.values())) == pytest.approx(3.75 / 2)


@pytest.mark.parametrize("rule", ["z", "gamma", "integrated_gradients", "gradient"])
def test_every_method_finds_the_order_of_a_linear_network(rule):
    sample, _ = linear_sample()
    found = attribute_groups(linear_model(), sample.inputs, sample.chosen, GROUPS, rule)
    assert faith.descending(faith.importance(found.values)).tolist() == RIGHT_ORDER
    if rule != "gradient":
        shares = faith.importance(found.values)
        np.testing.assert_allclose(shares / shares.sum(), EFFECTS / EFFECTS.sum(), rtol=1e-6)


def test_measured_curves_of_the_linear_network_are_those_of_the_hand():
    sample, donor = linear_sample()
    curves, sizes = faith.measure_curves(
        linear_model(), [sample], [[donor, donor]], GROUPS, methods=("z",), **BUDGET
    )
    heights = curves.set_index(["method", "way"])["distance"]
    for method in ("z", "alone"):
        np.testing.assert_allclose(heights[method, "deletion"], [0, 2, 3, 3.5, 3.75])
        np.testing.assert_allclose(heights[method, "insertion"], [3.75, 1.75, 0.75, 0.25, 0])
    np.testing.assert_allclose(sizes["alone"], EFFECTS)
    np.testing.assert_allclose(sizes["z"], EFFECTS)
    assert sizes["group"].tolist() == list("abcd")
    table = faith.areas(curves).set_index(["method", "way"])
    assert table.loc[("random", "deletion"), "advantage"] == 0
    # an order by chance and its reverse enclose the diagonal of an additive network
    gain = (0 / 2 + 2 + 3 + 3.5 + 3.75 / 2) / 4 - 3.75 / 2
    assert table.loc[("z", "deletion"), "advantage"] == pytest.approx(gain)
    assert table.loc[("z", "insertion"), "advantage"] == pytest.approx(gain)
    assert (table["full"] == 3.75).all()


def test_a_wrong_order_has_a_negative_advantage():
    curves = pd.DataFrame(
        [
            ("u", method, "deletion", step, height)
            for method, heights in (("bad", [0, 1, 4]), ("random", [0, 2, 4]))
            for step, height in enumerate(heights)
        ],
        columns=["id", "method", "way", "groups", "distance"],
    )
    table = faith.areas(curves).set_index("method")
    assert table.loc["bad", "advantage"] == pytest.approx(-0.5)
    assert table.loc["bad", "full"] == 4


# --- donors ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("phones", [1, 4, 9, 23])
def test_a_phone_takes_all_answers_of_one_real_phone_in_order(phones):
    sample = make_inputs(0, phones=phones, frames=90)
    donor = replace(make_inputs(1), answers=np.arange(9 * 11).reshape(9, 11))  # all different
    foreign = transplant(sample, donor)
    rows = foreign.answers[:, 0] // 11
    np.testing.assert_array_equal(foreign.answers, donor.answers[rows])
    assert (np.diff(rows) >= 0).all() and rows[0] == 0
    assert phones == 1 or rows[-1] == 8
    assert phones < 9 or set(rows) == set(range(9))  # no phone of the donor is passed over
    np.testing.assert_array_equal(foreign.frame_to_phone, sample.frame_to_phone)


def test_voicing_comes_from_the_same_phone_stretched():
    index = np.repeat([0, 1], [4, 6])
    sample = Inputs(np.zeros((2, 1), dtype=np.uint8), index, np.ones(10, dtype=bool))
    voiced = np.array([True, False, False, False, True])  # two frames and three
    donor = Inputs(np.zeros((2, 1), dtype=np.uint8), np.repeat([0, 1], [2, 3]), voiced)
    expected = [True, True, False, False, False, False, False, False, True, True]
    assert transplant(sample, donor).voiced.tolist() == expected


def test_a_donor_phone_without_frames_is_no_obstacle():
    sample = make_inputs(0, phones=3, frames=9)
    donor = Inputs(np.eye(3, dtype=np.uint8), np.array([0, 0, 1, 1]), np.ones(4, dtype=bool))
    assert len(transplant(replace(sample, answers=np.eye(3)), donor).voiced) == 9


def all_groups(uses_vuv):
    groups = {"a": np.array([0, 7]), "b": np.array([3]), "c": np.array([1, 2, 10])}
    return groups | ({"VUV": np.array([11])} if uses_vuv else {})


@pytest.mark.parametrize("target", ["semitones", "log_f0"])
def test_groups_are_replaced_jointly_and_nothing_else_changes(target):
    model, item = make_model(target), make_inputs(3)
    groups = all_groups(model.config.uses_vuv)
    sample, donor = Sample("u", item, item.voiced), make_inputs(4, phones=6)
    replacement, foreign = Replacement(model, sample, donor, groups), transplant(item, donor)
    for some in itertools.product([False, True], repeat=len(groups)):
        answers, voiced = item.answers.copy(), item.voiced
        for taken, (name, members) in zip(some, groups.items(), strict=True):
            if taken and name == "VUV":
                voiced = foreign.voiced
            elif taken:
                answers[:, members] = foreign.answers[:, members]
        with torch.no_grad():
            mixed = Inputs(answers, item.frame_to_phone, voiced)
            expected = model(make_batch([mixed]).to("cpu", torch.float64))[0].numpy()
        np.testing.assert_allclose(replacement.contour(np.array(some)), expected, atol=1e-12)


def test_distance_is_rms_over_the_explained_frames_alone():
    model, item = make_model("semitones"), make_inputs(3)
    chosen = np.arange(70) < 20
    replacement = Replacement(model, Sample("u", item, chosen), make_inputs(4), all_groups(False))
    state = np.array([True, False, True])
    moved = replacement.contour(state) - replacement.contour(~state & False)
    expected = np.sqrt(np.mean(moved[:20] ** 2))
    assert replacement.distances(np.array([[state], [state]])).tolist() == [[expected]] * 2
    assert replacement.distances(np.zeros((1, 3), dtype=bool)) == 0


def test_groups_that_share_an_input_are_refused():
    item = make_inputs(3)
    groups = {"a": np.array([0, 1]), "b": np.array([1])}
    with pytest.raises(ValueError, match="two groups"):
        Replacement(make_model("semitones"), Sample("u", item, item.voiced), item, groups)


def test_vuv_is_replaced_alone_only():
    model, item = make_model("log_f0"), make_inputs(3)
    sample, donor = Sample("u", item, item.voiced), make_inputs(4)
    curves, sizes = faith.measure_curves(model, [sample], [[donor]], all_groups(True), **BUDGET)
    assert sizes["group"].tolist() == ["a", "b", "c", "VUV"]
    assert curves["groups"].max() == 3
    replacement = Replacement(model, sample, donor, all_groups(True))
    language = replacement.distances(np.array([True, True, True, False]))
    ends = curves[(curves["way"] == "deletion") & (curves["groups"] == 3)]["distance"]
    np.testing.assert_allclose(ends, language)
    alone = replacement.distances(np.array([False] * 3 + [True]))
    np.testing.assert_allclose(sizes["alone"].iloc[3], alone)


def test_curves_do_not_depend_on_a_second_run():
    model, item = make_model("semitones"), make_inputs(3)
    samples, donors = [Sample("u", item, item.voiced)], [[make_inputs(4), make_inputs(5)]]
    first, second = (
        faith.measure_curves(model, samples, donors, all_groups(False), **BUDGET, seed=3)[0]
        for _ in range(2)
    )
    pd.testing.assert_frame_equal(first, second)


def test_a_finer_curve_has_more_points():
    coarse, fine = faith.curve_points(40, 2), faith.curve_points(40, 12)
    assert (
        coarse.tolist() == [0, 10, 30, 40] and len(fine) > 12 and faith.curve_points(9, 0)[1] == 9
    )


@pytest.mark.parametrize("training", [True, False])
def test_a_model_keeps_its_mode_and_is_replaced_at_rest(training):
    model, item = make_model("semitones").train(training), make_inputs(3)
    sample, groups = Sample("u", item, item.voiced), all_groups(False)
    found = Replacement(model, sample, make_inputs(4), groups).original
    assert model.training == model.blocks[0].drop1.training == training
    again = Replacement(model.eval(), sample, make_inputs(4), groups).original
    np.testing.assert_array_equal(found, again)


# --- effects of replacing -------------------------------------------------------------------------


def test_the_effect_of_what_is_added_is_its_standard_deviation():
    random = np.random.default_rng(0)
    weight = random.integers(0, 5, 3000)
    parts = {"a": random.normal(size=3000), "b": 3 * random.normal(size=3000), "c": np.ones(3000)}

    def moved(taken):
        assert weight[taken].min() > 0  # phones without a voiced frame are no donors
        return {name: values[taken] - values for name, values in parts.items()}

    found = faith.replacement_effects(moved, weight, draws=8, seed=1)
    expected = [np.sqrt(np.cov(values, fweights=weight)) for values in parts.values()]
    np.testing.assert_allclose(found, expected, rtol=0.03)
    assert found.index.tolist() == list("abc") and found["c"] == 0


def test_effects_follow_their_seed_and_average_over_draws():
    values = np.random.default_rng(0).normal(size=30)
    effect = lambda draws, seed: faith.replacement_effects(  # noqa: E731
        lambda taken: {"a": values[taken] - values}, np.ones(30), draws=draws, seed=seed
    )["a"]
    assert effect(1, 1) == effect(1, 1) != effect(1, 2)
    assert effect(2000, 1) == pytest.approx(values.std(), rel=0.02)


# --- small parts ----------------------------------------------------------------------------------


@pytest.mark.parametrize("n_groups", [1, 2, 7, 8, 13, 21, 22, 40])
def test_points_of_a_curve_are_the_same_from_either_end(n_groups):
    points = faith.curve_points(n_groups, 6)
    assert points[0] == 0 and points[-1] == n_groups and (np.diff(points) > 0).all()
    np.testing.assert_array_equal(points[::-1], n_groups - points)
    assert len(points) <= 2 * 6 + 2
    assert n_groups > 7 or len(points) == n_groups + 1
    assert points[1] == 1 or n_groups > 30


def test_prefixes_of_an_order_leave_out_what_it_does_not_name():
    states = faith.prefixes(np.array([2, 0]), np.array([0, 1, 2]), 4)
    assert states.astype(int).tolist() == [[0, 0, 0, 0], [0, 0, 1, 0], [1, 0, 1, 0]]


def test_equal_groups_keep_their_order():
    assert faith.descending([1.0, 3.0, 1.0, 3.0]).tolist() == [1, 3, 0, 2]


@pytest.mark.parametrize(
    "sizes, expected", [([2, 2, 2], 0), ([0, 0, 5], 2 / 3), ([1, 3], 0.25), ([4], 0)]
)
def test_gini_by_hand(sizes, expected):
    assert faith.gini(sizes) == pytest.approx(expected)


def test_gini_of_nothing_is_unknown():
    assert np.isnan(faith.gini([0, 0]))


def toy_corpus(test=10, train=3):
    def make(seed, **named):
        return utterance_of(make_inputs(seed), **named)

    return planted_corpus(make, test=test, train=train)[0]


@pytest.mark.parametrize(
    "count, numbers",
    [(1, [5]), (2, [2, 7]), (5, [1, 3, 5, 7, 9]), (50, range(10)), (0, range(10))],
)
def test_samples_are_spread_evenly(count, numbers):
    samples = faith.take_samples(toy_corpus(), "test", count, "semitones")
    assert [sample.id for sample in samples] == [f"test{n}" for n in numbers]
    for sample in samples:
        np.testing.assert_array_equal(sample.chosen, sample.inputs.voiced)


def test_log_f0_explains_all_frames():
    (sample,) = faith.take_samples(toy_corpus(test=1), "test", 4, "log_f0")
    assert sample.chosen.all()


def test_donors_are_different_training_utterances():
    corpus = toy_corpus(train=5)
    trained = [corpus[name].answers.tobytes() for name in corpus.ids("train")]
    for donors in faith.draw_donors(corpus, samples=6, each=3, seed=0):
        found = [donor.answers.tobytes() for donor in donors]
        assert len(set(found)) == 3 and set(found) <= set(trained)
    assert [len(found) for found in faith.draw_donors(toy_corpus(train=1), 2, 3, 0)] == [1, 1]


# --- another implementation -----------------------------------------------------------------------

QUANTUS = "Quantus is no part of this package; install quantus 0.6.0 to compare with it"


class Masked(nn.Module):
    """A network of 'group kept?' that answers how close the contour stays: minus the distance."""

    def __init__(self, replacement):
        super().__init__()
        self.replacement = replacement

    def forward(self, kept):
        replaced = kept.reshape(len(kept), -1).numpy() < 0.5
        return -torch.from_numpy(self.replacement.distances(replaced))[:, None]


def test_deletion_curve_and_gini_are_those_of_quantus():
    quantus = pytest.importorskip("quantus", reason=QUANTUS)
    model, item = make_model("semitones"), make_inputs(3)
    groups = {f"g{i}": np.array([i]) for i in range(11)}
    sample = Sample("u", item, item.voiced)
    replacement = Replacement(model, sample, make_inputs(4), groups)
    found = attribute_groups(model, sample.inputs, sample.chosen, groups)
    sizes = faith.importance(found.values)
    told, silent = np.ones((1, 1, 11)), dict(disable_warnings=True)
    given = dict(x_batch=told, y_batch=np.zeros(1, dtype=int), a_batch=sizes[None, None])
    flipping = quantus.PixelFlipping(
        features_in_step=1, perturb_baseline=0.0, normalise=False, **silent
    )
    network = Masked(replacement).eval()
    (found,) = flipping(model=network, channel_first=True, softmax=False, **given)
    order = faith.descending(sizes)
    states = faith.prefixes(order, np.arange(1, 12), 11)
    np.testing.assert_allclose(-np.array(found), replacement.distances(states), rtol=1e-6)
    (sparseness,) = quantus.Sparseness(normalise=False, **silent)(model=None, **given)
    assert sparseness == pytest.approx(faith.gini(sizes), abs=1e-6)
