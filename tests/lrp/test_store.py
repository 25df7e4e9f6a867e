"""Stored relevance, and what the inspector is told."""

import base64
from types import SimpleNamespace

import numpy as np
import pytest
from builders import TARGETS, make_inputs, make_model

from intonation.errors import ModelError, ParameterError
from intonation.labels.intervals import Interval
from intonation.labels.taxonomy import LEVELS
from intonation.lrp.lrp import Explainer
from intonation.lrp.methods import attribute, explain
from intonation.lrp.store import (
    explain_utterances,
    inspect_utterance,
    load_relevance,
    model_digest,
    read_store,
    save_explanation,
)
from intonation.model.batches import choose_frames, inputs_of


class Questions:
    names = [f"q{i}" for i in range(11)]

    def groups(self, level):
        return {"A": np.arange(4), "B": np.arange(4, 11)}


def make_utterance(seed, name="u1"):
    item = make_inputs(seed)
    edges = np.linspace(0, 0.35, 10)
    phones = tuple(Interval(a, b, "a") for a, b in zip(edges, edges[1:], strict=False))
    return SimpleNamespace(
        id=name,
        text="Ala ma kota.",
        speaker="s",
        questions=Questions(),
        answers=item.answers,
        frame_to_phone=item.frame_to_phone,
        voiced=item.voiced,
        f0_hz=np.where(item.voiced, 120.0, 0.0),
        speaker_median_hz=120.0,
        labels=SimpleNamespace(texts=["x"] * len(item.answers)),
        phones=phones,
        words=(),
    )


def store(path, model, utterance, rule="z"):
    explainer, inputs = Explainer(model, rule=rule), inputs_of(utterance)
    chosen = choose_frames(model.config.target, inputs, None)
    done = explainer.explain(explainer.forward(inputs), chosen)
    save_explanation(path, done, model_digest(model))


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("per", ["frame", "phone"])
def test_what_is_stored_gives_the_same_relevance(target, per, tmp_path):
    model, utterance = make_model(target), make_utterance(1)
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
    model, utterance = make_model("semitones"), make_utterance(2)
    path = tmp_path / "u1.npz"
    store(path, model, utterance)
    spoil(path)
    with pytest.raises(ModelError, match=message):
        load_relevance(path, model, utterance)


def test_a_store_of_another_utterance_is_refused(tmp_path):
    model, utterance = make_model("semitones"), make_utterance(3)
    store(tmp_path / "u1.npz", model, utterance)
    utterance.frame_to_phone, utterance.voiced = (
        utterance.frame_to_phone[:-1],
        utterance.voiced[:-1],
    )
    with pytest.raises(ModelError, match="another utterance or model"):
        load_relevance(tmp_path / "u1.npz", model, utterance)


def test_a_store_of_another_network_is_refused(tmp_path):
    model, utterance = make_model("semitones"), make_utterance(4)
    store(tmp_path / "u1.npz", model, utterance)
    other = make_model("semitones", seed=1)  # trained again: every shape is the same
    with pytest.raises(ModelError, match="another utterance or model; explain again"):
        load_relevance(tmp_path / "u1.npz", other, utterance)


def test_only_the_z_rule_is_stored(tmp_path):
    with pytest.raises(ParameterError, match="'gamma', but only 'z' is stored"):
        store(tmp_path / "u1.npz", make_model("semitones"), make_utterance(5), "gamma")
    assert not list(tmp_path.iterdir())


def test_many_are_stored_read_back_and_in_balance(tmp_path):
    model = make_model("log_f0")
    corpus = {name: make_utterance(seed, name) for seed, name in enumerate(["a", "b", "c"])}
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


@pytest.mark.parametrize("target", TARGETS)
def test_the_inspector_explains_each_phones_own_output(target):
    model, utterance = make_model(target), make_utterance(5)
    data = inspect_utterance(model, utterance)
    assert [level["slug"] for level in data["levels"]] == [level.slug for level in LEVELS]
    item = make_inputs(5)
    valid = choose_frames(target, item, None)
    phone = int(np.bincount(item.frame_to_phone[valid]).argmax())
    own = valid & (item.frame_to_phone == phone)
    relevance = attribute(model, item, own).relevance()
    assert data["frames"][phone] == own.sum()
    assert data["explained"][phone] == pytest.approx(relevance.explained, rel=1e-5)
    assert data["absorbed"][phone] == pytest.approx(relevance.absorbed, rel=1e-5)
    general = next(level for level in data["levels"] if level["slug"] == "general")
    rows = np.frombuffer(base64.b64decode(data["rows"]["values"]), dtype="<i2").reshape(
        len(data["rows"]["scale"]), -1
    )
    scale = data["rows"]["scale"][general["rows"][0]]
    expected = relevance.values.sum(axis=0)[:4].sum()
    assert rows[general["rows"][0], phone] * scale == pytest.approx(expected, abs=2 * scale)
