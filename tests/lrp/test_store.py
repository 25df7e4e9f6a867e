"""Stored relevance."""

import numpy as np
import pandas as pd
import pytest
from builders import ASKING, BOTH, STATING, TARGETS, make_model, make_utterance, some

from intonation.errors import ModelError, ParameterError
from intonation.lrp import store as store_module
from intonation.lrp.lrp import Explainer
from intonation.lrp.methods import explain
from intonation.lrp.store import (
    explain_shard,
    explain_utterances,
    load_relevance,
    model_digest,
    read_store,
    save_explanation,
)
from intonation.model.batches import choose_frames, inputs_of


def some_utterance(name="u1", phrases=ASKING):
    return make_utterance(phrases, name=name, voiced=some)


def store(path, model, utterance, rule="z"):
    explainer, inputs = Explainer(model, rule=rule), inputs_of(utterance)
    chosen = choose_frames(model.config.target, inputs, None)
    done = explainer.explain(explainer.forward(inputs), chosen)
    save_explanation(path, done, model_digest(model))


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("per", ["frame", "phone"])
def test_what_is_stored_gives_the_same_relevance(target, per, tmp_path):
    model, utterance = make_model(target), some_utterance()
    relevance = explain(model, utterance, per=per)
    store(tmp_path / "u1.npz", model, utterance)
    loaded = load_relevance(tmp_path / "u1.npz", model, utterance, per=per)
    np.testing.assert_array_equal(loaded.values, relevance.values)
    assert (loaded.absorbed, loaded.explained) == (relevance.absorbed, relevance.explained)
    assert abs(loaded.gap) < 1e-9


@pytest.mark.parametrize(
    "spoil, message",
    [
        (lambda path: path.write_bytes(path.read_bytes()[:200]), "no relevance of this version"),
        (lambda path: path.unlink(), "no relevance of this version"),
        (lambda path: np.savez(path, format=99), "format 99, expected 2"),
    ],
)
def test_a_broken_store_is_refused(spoil, message, tmp_path):
    model, utterance = make_model("semitones"), some_utterance()
    path = tmp_path / "u1.npz"
    store(path, model, utterance)
    spoil(path)
    with pytest.raises(ModelError, match=message):
        load_relevance(path, model, utterance)


def test_a_store_of_another_utterance_is_refused(tmp_path):
    model, utterance = make_model("semitones"), some_utterance()
    store(tmp_path / "u1.npz", model, utterance)
    other = some_utterance(phrases=STATING)
    assert len(other.voiced) != len(utterance.voiced)
    with pytest.raises(ModelError, match="another utterance or model"):
        load_relevance(tmp_path / "u1.npz", model, other)


def test_a_store_of_another_network_is_refused(tmp_path):
    model, utterance = make_model("semitones"), some_utterance()
    store(tmp_path / "u1.npz", model, utterance)
    other = make_model("semitones", seed=1)  # trained again: every shape is the same
    with pytest.raises(ModelError, match="another utterance or model; explain again"):
        load_relevance(tmp_path / "u1.npz", other, utterance)


def test_only_the_z_rule_is_stored(tmp_path):
    with pytest.raises(ParameterError, match="'gamma', but only 'z' is stored"):
        store(tmp_path / "u1.npz", make_model("semitones"), some_utterance(), "gamma")
    assert not list(tmp_path.iterdir())


def corpus_of_three():
    phrases = {"a": ASKING, "b": STATING, "c": BOTH}
    return {name: some_utterance(name, one) for name, one in phrases.items()}


def stored(folder):
    """Utterances that are stored; each with a note."""
    found = sorted(path.stem for path in folder.glob("*.npz"))
    assert sorted(path.stem for path in (folder / "made_from").glob("*.json")) == found
    return found


def test_many_are_stored_read_back_and_in_balance(tmp_path):
    model = make_model("log_f0")
    corpus = corpus_of_three()
    table = explain_utterances(model, corpus, list(corpus), tmp_path)
    values = [explain(model, utterance).values for utterance in corpus.values()]
    read = list(read_store(tmp_path, model, corpus, ["a", "b", "c"]))
    for (utterance, relevance), expected in zip(read, values, strict=True):
        assert corpus[utterance.id] is utterance
        np.testing.assert_array_equal(relevance.values, expected)
    np.testing.assert_allclose(
        table["explained"], table["relevance"] + table["absorbed"] + table["gap"], atol=1e-9
    )
    np.testing.assert_allclose(table["relevance"], [v.sum() for v in values], atol=1e-9)
    assert stored(tmp_path) == ["a", "b", "c"]


# --- what is there already ------------------------------------------------------------------------


@pytest.fixture
def explained(monkeypatch):
    """Ids of the utterances that are explained, and not only found."""
    found, save = [], store_module.save_explanation

    def noting(path, *rest):
        found.append(path.stem)
        save(path, *rest)

    monkeypatch.setattr(store_module, "save_explanation", noting)
    return found


def test_what_is_whole_is_not_explained_again(tmp_path, explained):
    model, corpus = make_model("log_f0"), corpus_of_three()
    table = explain_utterances(model, corpus, ["a", "b", "c"], tmp_path)
    again = explain_utterances(model, corpus, ["a", "b", "c"], tmp_path)
    pd.testing.assert_frame_equal(again, table, check_exact=True)
    assert explained == ["a", "b", "c"]


def test_what_was_altered_or_has_other_labels_is_explained_again(tmp_path, explained):
    model, corpus = make_model("semitones"), corpus_of_three()
    explain_utterances(model, corpus, ["a", "b", "c"], tmp_path)
    (tmp_path / "b.npz").write_bytes((tmp_path / "b.npz").read_bytes()[:200])
    corpus["c"] = some_utterance("c", ASKING)
    explain_utterances(model, corpus, ["a", "b", "c"], tmp_path)
    assert explained == ["a", "b", "c", "b", "c"]
    assert len(list(read_store(tmp_path, model, corpus, ["a", "b", "c"]))) == 3


def test_another_network_or_other_code_explains_everything_again(tmp_path, explained, monkeypatch):
    corpus = corpus_of_three()
    explain_utterances(make_model("semitones"), corpus, ["a", "b"], tmp_path)
    explain_utterances(make_model("semitones", seed=1), corpus, ["a", "b"], tmp_path)
    monkeypatch.setattr(store_module, "_made_with", lambda: {"code": "other code"})
    explain_utterances(make_model("semitones", seed=1), corpus, ["a", "b"], tmp_path)
    assert explained == ["a", "b"] * 3


def test_shards_store_the_same_and_others_are_removed(tmp_path, explained):
    model, corpus = make_model("semitones"), corpus_of_three()
    whole, cut = tmp_path / "whole", tmp_path / "cut"
    table = explain_utterances(model, corpus, ["a", "b"], whole)
    for shard in (["b"], ["a", "c"]):
        explain_shard(model, corpus, shard, cut)
    assert stored(cut) == ["a", "b", "c"] and explained == ["a", "b", "b", "a", "c"]
    pd.testing.assert_frame_equal(explain_utterances(model, corpus, ["a", "b"], cut), table)
    assert explained[5:] == [], "the shards had done it"
    assert stored(cut) == ["a", "b"]
    for path in whole.rglob("*.*"):
        assert (cut / path.relative_to(whole)).read_bytes() == path.read_bytes()
