"""Random weights and shuffled targets: what is changed, what is left, and what it does."""

import dataclasses
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
import torch
from builders import QUESTIONS, TICKS, labels_of, make_inputs, make_model

from intonation.corpus.corpus import TABLE_COLUMNS, describe, open_corpus
from intonation.corpus.f0 import write_lf0
from intonation.evaluation import randomisation as sanity
from intonation.evaluation.faithfulness import Sample
from intonation.labels.full_context import write_labels
from intonation.lrp.methods import attribute_groups
from intonation.lrp.relevance import Relevance
from intonation.model.batches import make_batch
from intonation.parameters import parameters

GROUPS = {"a": np.arange(4), "b": np.arange(4, 7), "c": np.arange(7, 11)}
TARGETS = ("semitones", "log_f0")


def some_samples(count=3):
    items = [make_inputs(seed, frames=60 + 10 * seed) for seed in range(count)]
    return [Sample(f"u{n}", item, item.voiced) for n, item in enumerate(items)]


def copy_of(model):
    return {name: value.clone() for name, value in model.state_dict().items()}


# --- cascading randomisation ----------------------------------------------------------------------


@pytest.mark.parametrize("target", TARGETS)
def test_layers_become_random_from_the_output_down_and_the_model_stays(target):
    model, samples = make_model(target), some_samples()
    before, random_state = copy_of(model), torch.get_rng_state()
    order = ["output.", "dense.", *(f"blocks.{n}." for n in range(5, -1, -1)), "project."]
    found = list(sanity.cascade(model, samples, seed=4))
    assert [number for number, _, _ in found] == list(range(1, 10))
    assert [name for _, name, _ in found][:4] == ["output", "dense", "block 6", "block 5"]
    assert found[-1][1] == "first"
    for number, _, spoilt in found:
        random, kept = tuple(order[:number]), tuple(order[number:])
        assert spoilt.config == model.config and not spoilt.training
        for name, value in spoilt.state_dict().items():
            assert value.shape == before[name].shape and torch.isfinite(value).all()
            if name.startswith(random) and "num_batches" not in name:
                assert not torch.equal(value, before[name]), name
            elif name.startswith(kept):
                assert torch.equal(value, before[name]), name
    assert all(torch.equal(value, before[name]) for name, value in model.state_dict().items())
    assert torch.equal(torch.get_rng_state(), random_state)


@pytest.mark.parametrize("target", TARGETS)
def test_every_spoilt_network_has_finite_relevance_that_adds_up(target):
    model, samples = make_model(target), some_samples()
    for _, _, spoilt in sanity.cascade(model, samples, seed=1):
        for sample in samples:
            found = attribute_groups(spoilt, sample.inputs, sample.chosen, GROUPS)
            assert np.isfinite(found.values).all() and np.ptp(found.values) > 0


def test_layers_of_the_same_shape_get_different_weights():
    *_, (_, _, spoilt) = sanity.cascade(make_model("semitones"), some_samples(), seed=0)
    drawn = [block.conv1.conv.weight for block in spoilt.blocks]
    assert not any(torch.equal(drawn[0], other) for other in drawn[1:])


def test_a_seed_decides_the_random_weights():
    model, samples = make_model("semitones"), some_samples()
    first, again, other = (
        [copy_of(spoilt) for _, _, spoilt in sanity.cascade(model, samples, seed=seed)][-1]
        for seed in (1, 1, 2)
    )
    assert all(torch.equal(first[name], again[name]) for name in first)
    assert not torch.equal(first["dense.weight"], other["dense.weight"])


@pytest.mark.parametrize("seed", [0, 1])
def test_the_weights_that_a_training_began_with_do_not_come_back(seed):
    model = make_model("semitones", seed=seed)
    torch.manual_seed(seed)
    began = copy_of(type(model)(model.config).double())
    *_, (_, _, spoilt) = sanity.cascade(model, some_samples(1), seed=seed)
    for name in ("output.weight", "dense.weight", "project.weight", "blocks.0.conv1.conv.weight"):
        assert not torch.allclose(spoilt.state_dict()[name], began[name], atol=1e-3), name


def test_random_batch_norm_is_that_of_a_network_before_training():
    """Scale 1, shift 0, and the statistics of its own input over the samples."""
    model, samples = make_model("semitones"), some_samples()
    *_, (_, _, spoilt) = sanity.cascade(model, samples, seed=0)
    block, seen = spoilt.blocks[0], []
    assert (block.norm1.weight == 1).all() and (block.norm1.bias == 0).all()
    block.norm1.register_forward_hook(lambda _module, given, _output: seen.append(given[0]))
    batch = make_batch([sample.inputs for sample in samples]).to("cpu", torch.float64)
    with torch.no_grad():
        spoilt(batch)
    torch.testing.assert_close(block.norm1.running_mean, seen[0].mean(dim=(0, 2)))
    torch.testing.assert_close(block.norm1.running_var, seen[0].var(dim=(0, 2)))
    assert block.norm1.momentum == model.blocks[0].norm1.momentum


def test_the_last_bias_stands_at_the_mean_of_the_output():
    model, samples = make_model("log_f0"), some_samples(1)
    _, _, spoilt = next(iter(sanity.cascade(model, samples, seed=0)))
    with torch.no_grad():
        mean = model(make_batch([samples[0].inputs]).to("cpu", torch.float64)).mean()
    assert spoilt.output.bias.item() == pytest.approx(mean.item())


def test_some_blocks_can_be_passed_over_but_are_random_too():
    model, samples = make_model("semitones"), some_samples()
    full = {number: copy_of(m) for number, _, m in sanity.cascade(model, samples, seed=3)}
    few = {number: copy_of(m) for number, _, m in sanity.cascade(model, samples, every=3, seed=3)}
    assert list(few) == [1, 2, 5, 8, 9]
    for number, state in few.items():
        for name, value in state.items():
            torch.testing.assert_close(value, full[number][name])


def test_similarity_of_known_explanations():
    first = np.array([[1.0, -2.0], [3.0, -4.0]])
    assert sanity.similarity(first, 10 * first) == pytest.approx((1, 1))
    assert sanity.similarity(first, -first) == pytest.approx((-1, 1))
    # by hand: ranks 1 2 3 4 against 2 1 4 3 give 1 - 6 x 4 / (4 x 15)
    numbers, other = np.array([[1.0, 2], [3, 4]]), np.array([[2.0, 1], [4, 3]])
    assert sanity.similarity(numbers, other) == pytest.approx((0.6, 0.6))


def test_a_constant_explanation_agrees_with_nothing():
    assert sanity.similarity(np.zeros((3, 2)), np.arange(6.0).reshape(3, 2)) == (0, 0)


def test_likeness_begins_at_one_and_every_layer_and_utterance_has_its_row():
    model, samples = make_model("semitones"), some_samples(2)
    table = sanity.randomisation(model, samples, GROUPS, seed=0)
    assert len(table) == 2 * 10 * 2 and set(table["rule"]) == {"z", "gamma"}
    whole = table[table["layers"] == 0]
    assert whole[["signed", "absolute"]].to_numpy() == pytest.approx(1)
    assert set(whole["layer"]) == {"none"}
    rest = table[table["layers"] > 0]
    assert (rest[["signed", "absolute"]].abs() <= 1).all(axis=None)
    # the second utterance has a draw of its own
    spoilt = {number: m for number, _, m in sanity.cascade(model, samples[1:], seed=1)}
    row = table[(table["rule"] == "z") & (table["layers"] == 4) & (table["id"] == "u1")].iloc[0]
    task = samples[1].inputs, samples[1].chosen, GROUPS
    pair = [attribute_groups(each, *task, per="phone").values for each in (model, spoilt[4])]
    assert (row["signed"], row["absolute"]) == pytest.approx(sanity.similarity(*pair))


def test_rank_correlation_is_that_of_quantus():
    reason = "Quantus is no part of this package; install quantus 0.6.0 to compare with it"
    quantus = pytest.importorskip("quantus", reason=reason)
    random = np.random.default_rng(0)
    first, second = random.normal(size=(2, 30, 4))
    signed, absolute = sanity.similarity(first, second)
    assert quantus.correlation_spearman(first.ravel(), second.ravel()) == pytest.approx(signed)
    sizes = np.abs(first).ravel(), np.abs(second).ravel()
    assert quantus.correlation_spearman(*sizes) == pytest.approx(absolute)


# --- shuffled targets -----------------------------------------------------------------------------


def write_contours(folder, splits, seed=0):
    """A corpus of 40 frames an utterance in four phones; each voiced frame has another F0."""
    random, rows = np.random.default_rng(seed), []
    for number, split in enumerate(splits):
        name = f"u{number:02d}"
        labels = labels_of([10 * TICKS, 18 * TICKS, 30 * TICKS, 40 * TICKS])
        write_labels(folder / "data" / "labels" / "full" / f"{name}.lab", labels)
        f0_hz = random.uniform(80, 300, 40).astype(np.float32)
        f0_hz[:10] = f0_hz[35:] = 0
        write_lf0(folder / "data" / "lf0" / f"{name}.lf0", f0_hz)
        row = describe(name, name, f"{number % 2:02d}", labels, f0_hz)
        median = 100.0 + 50 * (number % 2)  # two speakers
        rows.append({**row, "split": split, "trimmed_frames": 0, "speaker_median_hz": median})
    table = pd.DataFrame(rows).assign(source="", clipped_share=0.0)
    table[list(TABLE_COLUMNS)].to_csv(folder / "utterances.csv", index=False)
    questions = folder / "data" / "questions" / "small.hed"
    questions.parent.mkdir(parents=True)
    questions.write_text(QUESTIONS)
    return open_corpus(folder)


SPLITS = ["train"] * 12 + ["validation"] * 3 + ["test"] * 2


def pieces(utterance):
    """F0 over the speaker's median of each voiced phone."""
    ratios = utterance.f0_hz / utterance.speaker_median_hz
    phones = utterance.frame_to_phone
    return [ratios[utterance.voiced & (phones == phone)] for phone in (1, 2, 3)]


def test_phones_exchange_their_contours_and_keep_voicing(tmp_path):
    corpus = write_contours(tmp_path, SPLITS)
    shuffled = sanity.shuffle_targets(corpus, seed=1)
    for split in ("train", "validation"):
        given = [p for i in corpus.ids(split) for p in pieces(corpus[i])]
        taken = [p for i in corpus.ids(split) for p in pieces(shuffled[i])]
        assert [len(p) for p in given] == [len(p) for p in taken]
        # a contour begins and ends as that of exactly one phone of the split, each used once
        ends = [tuple(np.round([p[0], p[-1]], 4)) for p in given]
        places = [ends.index(tuple(np.round([p[0], p[-1]], 4))) for p in taken]
        assert sorted(places) == list(range(len(given)))
        assert split == "validation" or np.mean(np.array(places) == range(len(given))) < 0.3
    for name in corpus.ids("train"):
        assert shuffled[name].labels.texts == corpus[name].labels.texts
        np.testing.assert_array_equal(shuffled[name].voiced, corpus[name].voiced)
    for name in corpus.ids("test"):
        np.testing.assert_array_equal(shuffled[name].f0_hz, corpus[name].f0_hz)


def test_shuffling_leaves_the_corpus_alone_and_follows_its_seed(tmp_path):
    corpus = write_contours(tmp_path, SPLITS)
    before = {name: corpus[name].f0_hz.copy() for name in corpus.ids("train")}
    first, again, other = (sanity.shuffle_targets(corpus, seed=seed) for seed in (1, 1, 2))
    name = corpus.ids("train")[0]
    np.testing.assert_array_equal(first[name].f0_hz, again[name].f0_hz)
    assert not np.array_equal(first[name].f0_hz, other[name].f0_hz)
    for name, f0_hz in before.items():
        np.testing.assert_array_equal(corpus[name].f0_hz, f0_hz)


def test_what_is_learnt_from_few_sentences_is_learnt_fast_and_from_another_seed():
    asked = {"target": "log_f0", "small_epochs": 7, "small_hidden_size": 9, "batch_size": 2}
    asked |= {"randomisation_learning_rate": 0.03, "randomisation_batch_size": 5}
    given = parameters("default", asked)
    small = sanity.training_parameters(given)
    assert (small.epochs, small.hidden_size, small.num_layers) == (7, 9, given.small_num_layers)
    assert (small.target, small.causal, small.stacks) == ("log_f0", given.causal, given.stacks)
    assert (small.learning_rate, small.batch_size) == (0.03, 5)
    assert small.seed != given.seed
    assert sanity.training_parameters(dataclasses.replace(given, seed=2**32 - 1)).seed == 999
    assert small.dropout == small.input_dropout == 0


@pytest.mark.parametrize("training", [True, False])
def test_a_model_keeps_its_mode(training):
    model, samples = make_model("semitones").train(training), some_samples(2)
    before = copy_of(model)
    list(sanity.cascade(model, samples))
    assert model.training == model.blocks[0].norm1.training == training
    assert all(torch.equal(value, before[name]) for name, value in model.state_dict().items())


def test_networks_side_by_side_by_hand():
    sample = SimpleNamespace(id="u", chosen=np.array([True, True, False]))
    one = Relevance(np.array([[1.0, -2.0], [3.0, -5.0]]), absorbed=2.0, explained=-1.0)
    other = Relevance(np.array([[2.0, -1.0], [3.0, -1.0]]), absorbed=-1.0, explained=2.0)
    table = sanity.compare({"a": [one], "b": [other]}, [sample]).set_index("network")
    assert table.loc["a", ["signed", "absolute", "groups"]].tolist() == pytest.approx([1, 1, 1])
    assert table.loc["b", "groups"] == pytest.approx(-1)  # 4 < 7, but 5 > 2
    assert table["amount"].tolist() == [5.5, 3.5]
    assert table["absorbed"].tolist() == [1.0, -0.5]
    assert table["share_absorbed"].tolist() == pytest.approx([2 / 5, 1 / 4])
    sizes = sanity.group_sizes({"a": [one], "b": [other]}, [sample], {"g": [0], "h": [1]})
    assert sizes.to_dict("list") == {"group": ["g", "h"], "a": [2.0, 3.5], "b": [2.5, 1.0]}
