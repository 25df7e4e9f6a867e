"""Three ways to rank, on networks whose every group's part is known."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
import torch
from builders import FakeCorpus, as_if_trained, features_of, following, make_inputs, make_model

from intonation.evaluation.ranking_intervals import UtteranceSums
from intonation.evaluation.ways import three_ways as ways
from intonation.evaluation.ways.three_ways import Case, Evidence
from intonation.labels.taxonomy import VUV
from intonation.lrp.methods import attribute
from intonation.model.batches import Inputs
from intonation.model.network import F0Model, ModelConfig
from intonation.statistics import draw_counts

EFFECTS = np.array([0.5, 2.0, 0.0, 1.0])  # what a yes adds, in semitones
GROUPS = {name: np.array([place]) for place, name in enumerate("abcd")}
QUESTIONS = tuple("abcd")


def linear_network(effects=EFFECTS, target="semitones"):
    """Every ReLU open: output = 3 + the effects of the answers yes (and of vuv)."""
    model = F0Model(ModelConfig(target, QUESTIONS, 2, 1, stacks=1)).double().eval()
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.zero_()
        model.project.weight[:] = torch.from_numpy(np.asarray(effects, dtype=float)) / 4
        model.project.bias.fill_(10.0)
        for part in (model.blocks[0].conv1, model.blocks[0].conv2):
            part.conv.weight[:, :, -1] = torch.eye(2)
        for norm in (model.blocks[0].norm1, model.blocks[0].norm2):
            norm.weight.fill_(float(np.sqrt(1 + norm.eps)))
        model.dense.weight[:, :, 0] = torch.eye(2)
        model.output.weight.fill_(2.0)
        model.output.bias.fill_(3.0 - 40.0)
    return model


def make_case(seed, *, phones=60, noise=0.0, model=None):
    random = np.random.default_rng(seed)
    answers = (random.random((phones, 4)) < 0.5).astype(np.uint8)
    index, voiced = np.repeat(np.arange(phones), 3), np.repeat(random.random(phones) < 0.8, 3)
    law = 3 + answers[index] @ EFFECTS
    natural = law + noise * random.normal(size=len(law))
    return Case(f"u{seed}", Inputs(answers, index, voiced), voiced, natural)


CASES = [make_case(seed) for seed in range(20)]


def sums_of(model, cases):
    sums = UtteranceSums(len(model.config.inputs), [len(case.chosen) for case in cases])
    for case in cases:
        sums.add(attribute(model, case.inputs, case.chosen).relevance().values)
    return sums


@pytest.fixture(scope="module")
def measured():
    model = linear_network()
    return ways.measure(model, CASES, sums_of(model, CASES), GROUPS, draws=4, seed=1)


def test_a_sum_of_terms_is_found_by_all_ways(measured):
    # an answer of yes or no at even odds has a standard deviation of a half
    for way in (ways.HOLDS, ways.REPLACED):
        np.testing.assert_allclose(measured[way].values(), EFFECTS / 2, rtol=0.05)
    # a network without any error has one of the whole change after the exchange
    expected = measured[ways.REPLACED].values() * np.sqrt(2)
    np.testing.assert_allclose(measured[ways.ERROR].values(), expected, rtol=1e-9)
    table = ways.ranked([measured], GROUPS, resamples=100)
    for way in ways.WAYS:
        part = table[table["way"] == way]
        assert part["group"].tolist() == list("bdac") and part["rank"].tolist() == [1, 2, 3, 4]
        assert (part["ci_low"] <= part["value"]).all() and (part["value"] <= part["ci_high"]).all()
    assert (ways.agreement(table) == 1).all(axis=None)
    assert ways.in_all(table, 2) == ["b", "d"]


def test_the_error_grows_less_where_there_was_one():
    model = linear_network()
    noisy = [make_case(seed, noise=1.0) for seed in range(20)]
    (_, grown) = ways.exchange(model, noisy, GROUPS, draws=4, seed=1).values()
    change = EFFECTS**2 / 2
    np.testing.assert_allclose(grown.values(), np.sqrt(1 + change) - 1, rtol=0.15, atol=0.01)


def test_what_is_learnt_wrongly_lessens_the_error_when_exchanged():
    opposite = linear_network(-EFFECTS)
    (_, grown) = ways.exchange(opposite, CASES, {"b": GROUPS["b"]}, draws=4).values()
    assert grown.values()[0] < 0


def test_the_study_ranks_by_the_mean_over_features_of_summed_sizes():
    model, groups = linear_network(), {"two": np.array([0, 1]), "one": np.array([3])}
    found = ways.study_way(sums_of(model, CASES), groups).values()
    yes = sum(
        (case.inputs.answers[case.inputs.frame_to_phone] * EFFECTS)[case.chosen].sum(axis=0)
        for case in CASES
    )
    np.testing.assert_allclose(found, [(yes[0] + yes[1]) / 2, yes[3]], rtol=1e-5)


def test_an_offset_misleads_the_study_and_no_other_way():
    """A question that is always answered yes adds a constant."""
    cases = []
    for case in CASES:
        answers = case.inputs.answers.copy()
        answers[:, 1] = 1
        inputs = Inputs(answers, case.inputs.frame_to_phone, case.inputs.voiced)
        cases.append(Case(case.id, inputs, case.chosen, case.natural))
    model = linear_network()
    table = ways.ranked(
        [ways.measure(model, cases, sums_of(model, cases), GROUPS, draws=2)], GROUPS, resamples=20
    )
    first = table[table["rank"] == 1].set_index("way")["group"]
    assert first[ways.STUDY] == "b" and first[ways.HOLDS] == first[ways.REPLACED] == "d"
    constant = table[(table["group"] == "b")].set_index("way")["value"]
    assert constant[[ways.HOLDS, ways.REPLACED]].abs().max() < 1e-6


def test_voicing_is_a_group_of_its_own_and_moves_most():
    groups = {**GROUPS, VUV: np.array([4])}
    model = linear_network([*EFFECTS, 5.0], "log_f0")
    found = ways.exchange(model, CASES, groups, draws=2)[ways.REPLACED].values()
    assert found[:4] == pytest.approx(EFFECTS / 2, rel=0.1)
    # voiced frames lose their voice as often as others have none
    silent = 1 - np.mean([case.chosen.mean() for case in CASES])
    assert found[4] == pytest.approx(5 * np.sqrt(silent / 2), rel=0.1)
    held = ways.way_that_holds(model, CASES, groups).values()
    assert held[4] == pytest.approx(0, abs=1e-6)  # among voiced frames it never changes


def test_numbers_of_utterances_add_up_and_draws_are_sums(measured):
    counts = draw_counts(len(CASES), 3, 0)
    for way in (ways.HOLDS, ways.REPLACED):
        drawn = measured[way].drawn(counts)
        again = [case for case, n in zip(CASES, counts[0], strict=True) for _ in range(int(n))]
        if way == ways.HOLDS:
            anew = ways.way_that_holds(linear_network(), again, GROUPS).values()
            np.testing.assert_allclose(drawn[0], anew, rtol=1e-6)
        whole = measured[way].drawn(np.ones((1, len(CASES))))
        np.testing.assert_allclose(whole[0], measured[way].values())


@pytest.mark.parametrize("sizes", [[5, 7, 6], [9], [1], [2, 30], [1, 1]])
def test_answers_come_from_a_stretch_of_phones_elsewhere(sizes):
    items, first = [], 0
    for size in sizes:
        answers = np.arange(first, first + size, dtype=np.int64)[:, None]
        items.append(Inputs(answers, np.repeat(np.arange(size), 2), np.ones(2 * size, dtype=bool)))
        first += size
    donors, total, start = ways._donors(items, 5, 3), sum(sizes), 0
    for item, foreign in zip(items, donors, strict=True):
        own = len(item.answers)
        assert len(foreign) == 5
        for donor in foreign:
            got = donor.answers[:, 0]
            assert len(got) == own and (np.diff(got) % total == 1 % total).all()
            assert donor.frame_to_phone.tolist() == np.repeat(np.arange(own), 2).tolist()
            if total >= 2 * own:
                assert not set(got) & set(range(start, start + own))
            elif total > 1:
                assert got[0] != start
        start += own


def test_one_utterance_has_values_and_no_intervals():
    model, cases = linear_network(), CASES[:1]
    found = ways.measure(model, cases, sums_of(model, cases), GROUPS, draws=2)
    table = ways.ranked([found], GROUPS, resamples=10)
    assert table["ci_low"].isna().all() and table["rank_high"].isna().all()
    assert np.isfinite(table["value"]).all()


def test_networks_are_drawn_first():
    networks = [
        {"holds": Evidence(np.full((4, 1, 2), size), lambda total: total[..., 0, :])}
        for size in (1.0, 3.0)
    ]
    for place, one in enumerate(networks):
        one["holds"].parts[:, :, place] *= 2
    table = ways.ranked(networks, {"x": [0], "y": [1]}, resamples=400).set_index("group")
    assert table.loc["x", "value"] == (8 + 12) / 2 and table.loc["y", "value"] == (4 + 24) / 2
    # all utterances are alike, so what varies is the network
    assert table.loc["y", ["ci_low", "ci_high"]].tolist() == [4, 24]
    assert table.loc["y", ["network_low", "network_high"]].tolist() == [4, 24]
    assert table.loc["x", ["rank_low", "rank_high"]].tolist() == [1, 2]
    steady = ways.steadiness(networks, table.reset_index())
    assert steady.loc[0, "correlation"] == pytest.approx(-1) and steady.loc[0, "ranks"] == 2


def test_cases_are_of_the_split_and_have_voice():
    items = {f"t{seed}": make_inputs(seed, frames=40) for seed in range(3)}
    items["t1"] = Inputs(items["t1"].answers, items["t1"].frame_to_phone, np.zeros(40, dtype=bool))
    made = {
        name: following(item, np.full(40, 2.0), name=name, split="test")
        for name, item in items.items()
    }
    table = pd.DataFrame({"id": list(made), "split": "test", "frames": 40})
    features = features_of({name: one.answers for name, one in made.items()})
    cases = ways.take_cases(FakeCorpus(table, made), features, "test", 0, "semitones")
    assert [case.id for case in cases] == ["t0", "t2"]
    np.testing.assert_allclose(cases[0].natural[cases[0].chosen], 2.0, rtol=1e-5)


def test_any_network_of_the_book_can_be_measured():
    model = as_if_trained(make_model("log_f0")).float()
    inputs = [make_inputs(seed) for seed in range(3)]
    cases = [Case(f"u{n}", one, one.voiced, np.zeros(70)) for n, one in enumerate(inputs)]
    groups = {"A": np.arange(4), "B": np.arange(4, 11), VUV: np.array([11])}
    sums = sums_of(model, [SimpleNamespace(inputs=c.inputs, chosen=c.chosen) for c in cases])
    table = ways.ranked([ways.measure(model, cases, sums, groups, draws=1)], groups, resamples=10)
    assert np.isfinite(table["value"]).all() and len(table) == 12


def test_lines_of_several_rankings_are_measured_once():
    levels = {
        "fine": {"a": np.array([0]), "b": np.array([1])},
        "coarse": {"b": np.array([1, 2]), "same": np.array([0]), "all": np.array([2, 0, 1])},
    }
    lines, places = ways.all_lines(levels)
    assert list(lines) == ["a", "b", "coarse: b", "all"]
    assert places == {"fine": [0, 1], "coarse": [2, 0, 3]}
    parts = np.arange(4.0)[None, None] * np.ones((3, 1, 1))
    evidence = [{"holds": Evidence(parts, lambda total: total[..., 0, :])}]
    tables = ways.ranked_levels(evidence, levels, places, resamples=5)
    coarse = tables["coarse"].set_index("group")["value"]
    assert coarse.to_dict() == {"all": 9, "b": 6, "same": 0}
    assert tables["fine"]["group"].tolist() == ["b", "a"]


def test_a_way_may_have_more_networks_than_another():
    one, other = (
        Evidence(np.full((4, 1, 2), size), lambda total: total[..., 0, :]) for size in (1.0, 3.0)
    )
    evidence = [{"holds": one, "study": one}, {"holds": other}]
    table = ways.ranked(evidence, {"x": [0], "y": [1]}, resamples=200).set_index(["way", "group"])
    held, study = (table.loc[way, "x"] for way in ("holds", "study"))
    assert held[["value", "ci_low", "ci_high"]].tolist() == [8, 4, 12]
    assert study[["value", "ci_low", "ci_high"]].tolist() == [4, 4, 4]
    assert held["network_high"] == 12 and pd.isna(study["network_high"])


def test_groups_that_share_questions_are_exchanged_as_if_alone():
    """An entry beside its parts changes nothing for the parts, and none of them for it."""
    model, draws = linear_network(), {"draws": 2, "seed": 1}
    both = {**GROUPS, "b+d": np.array([1, 3])}
    (moved, _) = ways.exchange(model, CASES[:4], both, **draws).values()
    (parts, _) = ways.exchange(model, CASES[:4], GROUPS, **draws).values()
    (entry, _) = ways.exchange(model, CASES[:4], {"b+d": both["b+d"]}, **draws).values()
    np.testing.assert_allclose(moved.values(), [*parts.values(), *entry.values()])
