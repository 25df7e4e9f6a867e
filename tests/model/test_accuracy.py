"""Errors computed by hand, contours for resynthesis, and a baseline that finds a planted law."""

import warnings
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
import torch
from builders import corpus_of, features_of, following, utterance_of

from intonation.corpus.f0 import read_float32
from intonation.errors import ModelError
from intonation.model import accuracy as evaluation
from intonation.model.accuracy import (
    RidgeBaseline,
    all_frame_errors,
    evaluate,
    fit_ridge,
    pooled_rmse,
    voiced_errors,
)
from intonation.model.batches import Inputs, make_batch
from intonation.model.network import F0Model, ModelConfig
from intonation.model.prediction import predict, predicted_track, write_predictions

QUESTIONS = ("q0", "q1", "q2", "q3", "q4", "q5")


# --- errors by hand ---------------------------------------------------------------------


def test_voiced_errors_by_hand():
    true_hz = np.array([0.0, 100.0, 200.0, 0.0, 400.0])
    predicted_hz = np.array([999.0, 200.0, 200.0, 1.0, 200.0])
    errors = voiced_errors(true_hz, predicted_hz)
    # off by +100, 0, -200 Hz, that is +12, 0, -12 semitones
    assert errors["rmse_hz"] == pytest.approx(np.sqrt(50_000 / 3))
    assert errors["mae_hz"] == pytest.approx(100)
    assert errors["nrmse"] == pytest.approx(np.sqrt(50_000 / 3) / 300)
    assert errors["rmse_semitones"] == pytest.approx(np.sqrt(288 / 3))
    assert errors["mae_semitones"] == pytest.approx(8)
    assert np.isnan(errors["correlation"])  # a constant prediction


def test_correlation_is_that_of_semitones():
    true_hz = np.array([100.0, 200.0, 0.0, 400.0, 800.0])
    # semitones from 100 Hz: 0 12 24 36 against 0 12 36 24
    predicted_hz = np.array([100.0, 200.0, 5.0, 800.0, 400.0])
    errors = voiced_errors(true_hz, predicted_hz)
    assert errors["correlation"] == pytest.approx(0.8)
    assert voiced_errors(true_hz, true_hz)["correlation"] == pytest.approx(1)
    assert voiced_errors(true_hz, 1e5 / np.maximum(true_hz, 1))["correlation"] == pytest.approx(-1)


def test_a_perfect_prediction_has_no_error():
    true_hz = np.array([0, 110, 130, 95], dtype=np.float32)
    errors = voiced_errors(true_hz, true_hz)
    assert [errors[name] for name in errors if name != "correlation"] == [0, 0, 0, 0, 0]


@pytest.mark.parametrize(
    "true_hz", [[150.0, 150.0, 150.0, 0.0], [0.0, 120.0, 130.0], [0.0, 120.0, 0.0]]
)
def test_what_is_undefined_is_not_a_number_and_no_warning(true_hz):
    true_hz = np.array(true_hz)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        errors = voiced_errors(true_hz, true_hz + 10.0)
    assert np.isnan(errors["correlation"])  # constant, or fewer than three frames
    assert np.isnan(errors["nrmse"]) == (np.ptp(true_hz[true_hz > 0]) == 0)
    assert errors["rmse_hz"] == pytest.approx(10)


def test_the_originals_figures_count_silence_as_one_hertz():
    true_hz = np.array([0.0, 0.0, 101.0, 201.0])
    predicted_hz = np.array([1.0, 31.0, 101.0, 161.0])
    errors = all_frame_errors(true_hz, predicted_hz)
    # off by 0, 30, 0, -40 Hz; from 1 to 201 Hz
    assert errors == pytest.approx(
        {
            "all_frames_mse_hz2": 625,
            "all_frames_mae_hz": 17.5,
            "all_frames_rmse_hz": 25,
            "all_frames_nrmse": 0.125,
        }
    )


def test_pooling_weighs_utterances_by_their_voiced_frames():
    errors = pd.DataFrame({"rmse": [3.0, 0.0, 1.0], "voiced_frames": [100, 300, 500]})
    # (9 x 100 + 0 + 1 x 500) / 900
    assert pooled_rmse(errors, "rmse") == pytest.approx(np.sqrt(1400 / 900))


# --- contours ---------------------------------------------------------------------------


def test_a_track_keeps_voiced_frames_and_bridges_the_others():
    predicted_hz = np.array([500.0, 100.0, 110.0, 999.0, 1.0, 140.0, 150.0, -5.0])
    voiced = np.array([False, True, True, False, False, True, True, False])
    track = predicted_track(predicted_hz, voiced)
    assert track.dtype == np.float32
    np.testing.assert_allclose(track, [100, 100, 110, 120, 130, 140, 150, 150], atol=1e-3)


# --- the network ------------------------------------------------------------------------


def make_model(target="semitones", questions=QUESTIONS):
    torch.manual_seed(0)
    model = F0Model(ModelConfig(target, questions, 8, 2, input_dropout=0.5))
    torch.nn.init.constant_(model.output.bias, 5.0 if target == "log_f0" else 1.0)
    return model


def make_utterance(seed, weights=0.0, noise=1e-9, split="train"):
    """An utterance whose F0 in semitones is `weights` times the answers of each phone."""
    random = np.random.default_rng(seed)
    answers = (random.random((12, len(QUESTIONS))) < 0.5).astype(np.uint8)
    index = np.repeat(np.arange(12), 6)
    semitones = (answers * weights).sum(axis=1)[index] + random.normal(0, noise, len(index))
    item = Inputs(answers, index, random.random(len(index)) < 0.7)
    known = {"name": f"u{seed}", "text": f"Zdanie {seed}: żółć.", "speaker": "Ewa"}
    return following(item, semitones, median_hz=160.0, split=split, **known)


def features(corpus):
    return features_of({one.id: one.answers for one in corpus})


@pytest.mark.parametrize("target", ["semitones", "log_f0"])
def test_a_prediction_is_the_networks_without_dropout(target):
    model, utterance = make_model(target), make_utterance(1)
    inputs = Inputs(utterance.answers, utterance.frame_to_phone, utterance.voiced)
    with torch.no_grad():
        expected = model.eval()(make_batch([inputs]))[0].numpy()
    for prepare in (model.train, model.eval):
        prepare()
        np.testing.assert_array_equal(predict(model, utterance), expected)
    assert expected.shape == utterance.f0_hz.shape
    assert np.ptp(expected) > 0
    np.testing.assert_allclose(predict(model.double(), utterance), expected, atol=1e-5)


def test_another_question_set_is_refused():
    with pytest.raises(ModelError, match="the model knows 5 questions, utterance u1 6 others"):
        predict(make_model(questions=QUESTIONS[:5]), make_utterance(1))


def test_a_row_of_errors():
    model, utterance = make_model(), make_utterance(1, weights=np.arange(6.0), noise=0.5)
    ridge = RidgeBaseline(1.0, np.array([0.5, 0, 0, 0, 0, 1.0]), -1.0)
    row = evaluate(model, ridge, utterance)
    assert (row["id"], row["speaker"]) == ("u1", "Ewa")
    assert row["seconds"] == pytest.approx(72 * 0.005)
    assert row["voiced_frames"] == utterance.voiced.sum()
    predicted_hz = 160.0 * 2 ** (predict(model, utterance) / 12)
    for name, error in voiced_errors(utterance.f0_hz, predicted_hz).items():
        assert row[name] == pytest.approx(error)
    law = (utterance.answers @ ridge.weights - 1.0)[utterance.frame_to_phone]
    off = (law - utterance.f0_semitones)[utterance.voiced]
    assert row["ridge_rmse_semitones"] == pytest.approx(np.sqrt(np.mean(off**2)), rel=1e-6)
    off = utterance.f0_semitones[utterance.voiced]
    assert row["speaker_mean_rmse_semitones"] == pytest.approx(np.sqrt(np.mean(off**2)), rel=1e-6)
    assert np.isnan(row["speaker_mean_correlation"])
    assert not any(name.startswith("all_frames") for name in row)


def test_the_original_target_adds_the_originals_figures():
    model, utterance = make_model("log_f0"), make_utterance(1)
    row = evaluate(model, RidgeBaseline(1.0, np.zeros(6), 0.0), utterance)
    expected = all_frame_errors(utterance.f0_hz, np.exp(predict(model, utterance)))
    for name, error in expected.items():
        assert row[name] == pytest.approx(error)


def test_predictions_are_written_as_tracks_with_their_prompts(tmp_path):
    model = make_model()
    corpus = corpus_of(make_utterance(seed) for seed in (1, 2, 3))
    write_predictions(model, corpus, ["u1", "u3"], tmp_path)
    names = {str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*") if path.is_file()}
    assert names == {"f0/u1.f0", "f0/u3.f0", "prompts/u1.txt", "prompts/u3.txt"}
    assert (tmp_path / "prompts" / "u3.txt").read_text(encoding="utf-8") == "Zdanie 3: żółć.\n"
    utterance = corpus["u3"]
    track = read_float32(tmp_path / "f0" / "u3.f0")
    predicted_hz = 160.0 * 2 ** (predict(model, utterance) / 12)
    np.testing.assert_allclose(track[utterance.voiced], predicted_hz[utterance.voiced], rtol=1e-5)
    assert len(track) == len(utterance.f0_hz) and (track > 0).all()


# --- ridge ------------------------------------------------------------------------------

LAW = np.array([3.0, -2.0, 1.0, 0.0, 0.0, 0.0])


def planted(noise, splits=(("train", 60), ("validation", 10), ("test", 10)), weights=LAW):
    names = [name for name, count in splits for _ in range(count)]
    return corpus_of(
        make_utterance(seed, weights=weights, noise=noise, split=name)
        for seed, name in enumerate(names)
    )


def fitted(corpus):
    return fit_ridge(corpus, features(corpus))


def test_ridge_finds_a_planted_law_and_beats_the_mean():
    corpus = planted(noise=1.0)
    ridge = fitted(corpus)
    np.testing.assert_allclose(ridge.weights, LAW, atol=0.25)
    assert ridge.intercept == pytest.approx(0, abs=0.3)
    for name in corpus.ids("test"):
        utterance = corpus[name]
        off = (ridge.predict(utterance) - utterance.f0_semitones)[utterance.voiced]
        spread = utterance.f0_semitones[utterance.voiced]
        assert np.sqrt(np.mean(off**2)) < 1.25 < spread.std()


def test_ridge_predicts_frames_from_phones():
    ridge = RidgeBaseline(1.0, LAW, 0.5)
    utterance = make_utterance(3)
    expected = [LAW @ utterance.answers[phone] + 0.5 for phone in utterance.frame_to_phone]
    np.testing.assert_allclose(ridge.predict(utterance), expected)


def test_the_penalty_is_chosen_on_the_validation_split():
    assert fitted(planted(noise=0.1)).penalty == min(evaluation.RIDGE_PENALTIES)
    corpus = planted(noise=0.1)
    for name in corpus.ids("validation"):  # where the law does not hold, less of it is better
        utterance = corpus[name]
        utterance.f0_semitones = np.where(utterance.voiced, 0.0, np.nan)
    assert fitted(corpus).penalty == max(evaluation.RIDGE_PENALTIES)


def test_test_utterances_do_not_reach_the_ridge():
    corpus, other = planted(noise=0.5), planted(noise=0.5)
    for name in other.ids("test"):
        other[name].f0_semitones = other[name].f0_semitones + 100.0
    np.testing.assert_array_equal(fitted(corpus).weights, fitted(other).weights)


def test_a_phone_counts_by_its_voiced_frames_and_unvoiced_ones_do_not():
    frames = np.repeat([0, 1, 2], [2, 6, 2])
    semitones = np.array([np.nan, np.nan, 1.0, 2.0, 3.0, np.nan, np.nan, 6.0, 9.0, np.nan])
    item = Inputs(np.array([[1, 0], [0, 1], [1, 1]], np.uint8), frames, ~np.isnan(semitones))
    corpus = corpus_of([utterance_of(item, split="train", f0_semitones=semitones)])
    answers, means, counts = evaluation._phones(corpus, features(corpus), "train")
    assert answers.tolist() == [[0, 1], [1, 1]]
    assert means.tolist() == [3.0, 9.0]  # (1 + 2 + 3 + 6) / 4 and 9
    assert counts.tolist() == [4, 1]


def test_a_long_phone_weighs_more_in_the_ridge():
    semitones = np.array([1.0] * 9 + [11.0])
    item = Inputs(np.zeros((2, 6), np.uint8), np.repeat([0, 1], [9, 1]), np.ones(10, bool))
    corpus = corpus_of(
        utterance_of(item, name=split, split=split, f0_semitones=semitones)
        for split in ("train", "validation")
    )
    assert fitted(corpus).intercept == pytest.approx(semitones.mean())  # 2, and not 6


def test_ridge_reads_no_more_phones_than_it_needs(monkeypatch):
    monkeypatch.setattr(evaluation, "RIDGE_PHONES", 100)
    corpus = planted(noise=1.0)
    answers, _, _ = evaluation._phones(corpus, features(corpus), "train")
    assert 100 < len(answers) <= 112


def test_a_network_that_is_not_told_who_speaks_is_judged_at_each_speakers_height(monkeypatch):
    shape = np.array([0.0, 3, -2, 1, -1])  # semitones, median 0
    spoken = [("a1", "high", 220.0), ("a2", "high", 220.0), ("b1", "low", 110.0)]
    corpus = {}
    for name, speaker, median_hz in spoken:
        own = {"id": name, "speaker": speaker, "speaker_median_hz": median_hz}
        voiced = np.array([True] * 5 + [False])
        corpus[name] = SimpleNamespace(voiced=voiced, f0_semitones=np.append(shape, np.nan), **own)
    everywhere = 150 * 2 ** (np.append(shape, 40) / 12)  # the right shape at one height
    monkeypatch.setattr(evaluation, "predict_hz", lambda model, utterance: everywhere)
    found = evaluation.levelled_rmse(None, corpus, ["a1", "b1", "a2"])
    assert list(found.index) == ["a1", "b1", "a2"]
    np.testing.assert_allclose(found, 0, atol=1e-9)
    flat = np.full(6, 90.0)
    monkeypatch.setattr(evaluation, "predict_hz", lambda model, utterance: flat)
    found = evaluation.levelled_rmse(None, corpus, ["a1", "b1"])
    np.testing.assert_allclose(found, np.sqrt((shape**2).mean()))
