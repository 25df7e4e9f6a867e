"""Networks from several seeds: trained once, explained alike, drawn again together."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import torch
from builders import make_model, planted_corpus

from intonation.evaluation.ranking_intervals import UtteranceSums, absolute_sums
from intonation.evaluation.stability import (
    SEED_COLUMNS,
    accuracy_told,
    explain_seeds,
    rank_spans,
    seed_accuracy,
    seed_errors,
    seed_ranking,
    train_seeds,
    training_parameters,
)
from intonation.lrp.methods import attribute
from intonation.model import training
from intonation.model.batches import Inputs, choose_frames
from intonation.parameters import parameters
from intonation.statistics import draw_counts

GROUPS = {"A": np.arange(4), "B": np.arange(4, 10), "C": np.array([10])}
ASKED = {
    **{"seeds": 2, "small_epochs": 2, "small_num_layers": 2, "small_hidden_size": 4},
    **{"device": "cpu", "resamples": 50, "seed": 3},
}


@pytest.fixture
def planted():
    return planted_corpus(train=12, validation=3, test=4)


def test_only_the_seed_differs_between_the_small_networks():
    asked = training_parameters(parameters("default", ASKED))
    assert [one.seed for one in asked] == [3, 4]
    assert {replace(one, seed=0) for one in asked} == {replace(asked[0], seed=0)}
    assert (asked[0].epochs, asked[0].num_layers, asked[0].hidden_size) == (2, 2, 4)
    assert asked[0].stacks == 1


def test_networks_are_trained_once_and_again_when_what_made_them_changes(
    planted, tmp_path, monkeypatch
):
    trained, new_model = [], training.new_model
    note = lambda *given: (trained.append(given[1].seed), new_model(*given))[1]  # noqa: E731
    monkeypatch.setattr(training, "new_model", note)
    chosen = parameters("default", ASKED)
    first = train_seeds(*planted, chosen, tmp_path)
    assert list(first) == trained == [3, 4]
    weights = [model.project.weight for model in first.values()]
    assert not torch.allclose(*weights)
    again = train_seeds(*planted, replace(chosen, resamples=60), tmp_path)
    assert trained == [3, 4] and torch.equal(again[3].project.weight, weights[0])
    train_seeds(*planted, replace(chosen, seeds=3), tmp_path)
    assert trained == [3, 4, 5]  # only the one that is new
    other = train_seeds(*planted, replace(chosen, small_hidden_size=5), tmp_path)
    assert trained == [3, 4, 5, 3, 4] and other[3].config.hidden_size == 5
    anew = train_seeds(*planted, chosen, tmp_path / "anew")
    assert torch.equal(anew[4].project.weight, weights[1])


def test_an_explanation_goes_when_its_network_is_trained_anew(planted, tmp_path):
    chosen = parameters("default", ASKED)
    models = train_seeds(*planted, chosen, tmp_path)
    before = explain_seeds(models, *planted, tmp_path)
    kept = (tmp_path / "3" / "utterance_sums.npz").stat().st_mtime_ns
    again = explain_seeds(models, *planted, tmp_path)
    assert (tmp_path / "3" / "utterance_sums.npz").stat().st_mtime_ns == kept
    np.testing.assert_array_equal(again[3].values, before[3].values)
    models = train_seeds(*planted, replace(chosen, small_hidden_size=5), tmp_path)
    assert not (tmp_path / "3" / "utterance_sums.npz").exists()
    assert (explain_seeds(models, *planted, tmp_path)[3].values != before[3].values).any()


def test_each_network_explains_every_test_utterance(planted, tmp_path):
    corpus, features = planted
    models = {n: make_model("semitones", seed=n) for n in (1, 2)}
    found = explain_seeds(models, corpus, features, tmp_path)
    assert list(found) == [1, 2]
    for n, model in models.items():
        parts = absolute_sums(found[n], GROUPS)
        for row, name in enumerate(corpus.ids("test")):
            one = corpus[name]
            item = Inputs(one.answers, one.frame_to_phone, one.voiced)
            chosen = choose_frames("semitones", item, None)
            relevance = attribute(model, item, chosen).relevance()
            expected = [np.abs(relevance.values[:, g]).sum() / len(g) for g in GROUPS.values()]
            np.testing.assert_allclose(parts[row], expected, rtol=1e-5)


def test_absolute_sums_by_hand():
    sums = UtteranceSums(11, [2])
    values = np.zeros((2, 11))
    values[:, 0], values[0, 4] = [1.0, -3.0], -6.0
    sums.add(values)
    assert absolute_sums(sums, GROUPS).tolist() == [[1.0, 1.0, 0.0]]


def make_parts(networks=3, utterances=20, seed=0):
    """Relevance of three groups: C leads, A and B change places between networks."""
    generator = np.random.default_rng(seed)
    parts = generator.gamma(4.0, 0.25, size=(networks, utterances, 3))
    parts[:, :, 2] += 5
    parts[0, :, 0] += 2
    parts[1:, :, 1] += 2
    return parts


def test_a_ranking_over_networks():
    parts = make_parts()
    table = seed_ranking(parts, GROUPS, resamples=300, seed=1)
    assert tuple(table.columns) == SEED_COLUMNS
    assert table["group"].tolist() == ["C", "B", "A"]
    assert table["n_features"].tolist() == [1, 6, 4]
    totals = parts.sum(axis=1)[:, [2, 1, 0]]
    np.testing.assert_allclose(table["mean"], totals.mean(axis=0))
    np.testing.assert_allclose(table["seeds_low"], totals.min(axis=0))
    np.testing.assert_allclose(table["seeds_high"], totals.max(axis=0))
    assert table["seeds_rank_low"].tolist() == [1, 2, 2]
    assert table["seeds_rank_high"].tolist() == [1, 3, 3]
    # the networks' mean puts B before A in every draw; a single network need not
    assert table["utterances_rank_low"].tolist() == table["utterances_rank_high"].tolist()
    assert table["both_rank_high"].tolist() == [1, 3, 3]
    spans = rank_spans(table)
    assert spans["utterances"] == 1 and spans["both"] == spans["seeds"] == pytest.approx(5 / 3)


def test_both_are_drawn_a_network_first_and_then_utterances():
    parts = make_parts()
    table = seed_ranking(parts, GROUPS, resamples=4000, seed=1).set_index("group")
    counts = draw_counts(20, 4000, seed=9)
    network = np.random.default_rng(9).integers(3, size=4000)
    both = np.array([c @ parts[n] for c, n in zip(counts, network, strict=True)])
    mean = counts @ parts.mean(axis=0)
    for source, draws in (("both", both), ("utterances", mean)):
        low, high = np.quantile(draws, (0.025, 0.975), axis=0)
        found = table.loc[list(GROUPS), [f"{source}_low", f"{source}_high"]].to_numpy().T
        np.testing.assert_allclose(found, [low, high], rtol=0.02)  # other draws, the same law


def test_of_one_utterance_only_the_networks_are_known():
    table = seed_ranking(make_parts(utterances=1), GROUPS, resamples=20)
    unknown = [name for name in SEED_COLUMNS if name.startswith(("utterances", "both"))]
    assert table[unknown].isna().all(axis=None) and table["seeds_rank_low"].notna().all()
    spans = rank_spans(table)
    assert np.isnan(spans["both"]) and spans["seeds"] >= 1


def test_a_level_without_groups():
    table = seed_ranking(np.zeros((2, 5, 0)), {}, resamples=20)
    assert len(table) == 0 and tuple(table.columns) == SEED_COLUMNS


def test_a_network_is_drawn_before_sentences_for_errors_too():
    ids = [f"u{n}" for n in range(12)]
    errors = pd.DataFrame({1: 1.0, 2: 3.0}, index=ids)
    sentences = pd.Series([f"s{n // 3}" for n in range(12)], index=ids)
    row = seed_accuracy(errors, sentences, resamples=200).iloc[0]
    # all sentences are alike, so that only the network varies
    assert row[["rmse_semitones", "lowest", "highest"]].tolist() == [2, 1, 3]
    assert row[["sentences_low", "sentences_high"]].tolist() == pytest.approx([2, 2])
    assert row[["ci_low", "ci_high"]].tolist() == [1, 3]
    assert "over seeds and sentences 1.00 to 3.00" in accuracy_told(row.to_frame().T)
    one = seed_accuracy(errors, pd.Series("s", index=ids), resamples=20)
    assert one["ci_low"].isna().all() and accuracy_told(one).endswith("from 1.00 to 3.00.")


def test_errors_by_seed_are_those_of_each_network(planted):
    corpus, _ = planted
    models = {n: make_model("semitones").float() for n in (1, 2)}
    found = seed_errors(models, corpus)
    assert found.index.tolist() == corpus.ids("test") and found.shape == (4, 2)
    assert np.isfinite(found).all(axis=None)
