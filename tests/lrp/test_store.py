"""Stored relevance."""

import numpy as np
import pytest
from builders import ASKING, BOTH, STATING, TARGETS, make_model, make_utterance, some

from intonation.errors import ModelError, ParameterError
from intonation.lrp.lrp import Explainer
from intonation.lrp.methods import explain
from intonation.lrp.store import (
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


def test_many_are_stored_read_back_and_in_balance(tmp_path):
    model = make_model("log_f0")
    phrases = {"a": ASKING, "b": STATING, "c": BOTH}
    corpus = {name: some_utterance(name, one) for name, one in phrases.items()}
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
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.npz", "b.npz", "c.npz"]
