"""The exercises of chapters 1 to 7, each solved on the small run by public calls.

What is asserted is what an exercise is to show, in a form that holds for any run.
"""

import re
import shutil
from dataclasses import replace
from itertools import islice, pairwise

import numpy as np
import pandas as pd
import parselmouth
import pytest
import torch
from builders import read_chapter
from parselmouth.praat import call

from intonation import explain, load_model, open_corpus, plots
from intonation.book.dependencies import ROOT
from intonation.book.run_folder import RunFolder
from intonation.corpus.corpus import FRAME_TICKS
from intonation.corpus.f0 import read_float32
from intonation.corpus.features import load_features
from intonation.corpus.preparation import prepare_corpus
from intonation.corpus.splits import sentence_keys, split_sentences
from intonation.evaluation.ranking_intervals import load_sums, rankings_with_intervals
from intonation.labels.question_file import Question
from intonation.labels.question_set import QuestionSet
from intonation.lrp.contrast import contrast
from intonation.lrp.positions import accent_axis, place_relevance
from intonation.lrp.ranking import group_matrix, input_groups, load_aggregates, read_ranking
from intonation.lrp.selections import (
    accented_syllables,
    last_syllables,
    phrase,
    stressed_syllables,
    units,
    word,
)
from intonation.lrp.store import read_store
from intonation.model.accuracy import pooled_rmse
from intonation.model.batches import inputs_of, make_batch
from intonation.model.network import F0Model
from intonation.model.prediction import predict, predict_hz
from intonation.model.training import train
from intonation.parameters import parameters
from intonation.statistics import rank_correlation, rms

CHAPTERS = sorted((ROOT / "notebooks").glob("0[1-7]_*.py"))
RULES = ("z", "epsilon", "gamma")


@pytest.fixture(scope="module")
def run(smoke_run):
    return RunFolder(smoke_run)


@pytest.fixture(scope="module")
def corpus(run):
    return open_corpus(run.corpus)


@pytest.fixture(scope="module")
def model(run):
    return load_model(run.model("semitones"))


@pytest.fixture(scope="module")
def results(run):
    return run.results("semitones")


@pytest.fixture(scope="module")
def groups(corpus):
    return input_groups(corpus.questions, "general", vuv=False)


@pytest.fixture
def utterance(corpus):
    return corpus[corpus.ids("test")[0]]


@pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: path.stem)
def test_every_exercise_is_numbered_and_solved(path):
    closing = read_chapter(path).cells[-1].source.partition("**Exercises.**")[2]
    numbers = [int(number) for number in re.findall(r"^(\d+)\. ", closing, flags=re.M)]
    assert numbers and numbers == list(range(1, len(numbers) + 1))
    solved = [name for name in globals() if name.startswith(f"test_exercise_{int(path.stem[:2])}_")]
    assert solved == [f"test_exercise_{int(path.stem[:2])}_{number}" for number in numbers]


def test_exercise_1_1(corpus, tmp_path):
    own = tmp_path / "own"
    own.mkdir()
    chosen = [corpus[i] for i in corpus.table.sort_values("seconds")["id"].head(4)]
    for spoken in chosen:
        shutil.copy(spoken.wav_path, own / f"{spoken.id}.wav")
    for spoken in chosen[1:]:
        (own / f"{spoken.id}.txt").write_text(spoken.text, encoding="utf-8")
    made = prepare_corpus(str(own), tmp_path / "corpus")
    assert [chosen[0].id] == made.excluded["id"].tolist()
    assert "no text" in made.excluded["reason"].item()
    assert set(made.table["text"]) == {spoken.text for spoken in chosen[1:]}


def test_exercise_1_2(corpus):
    for _, rows in corpus.table.groupby("speaker"):
        spoken = [corpus[i] for i in rows["id"]]
        hz, semitones = (
            np.concatenate([getattr(u, name)[u.voiced] for u in spoken])
            for name in ("f0_hz", "f0_semitones")
        )
        (low, high), ends = (
            np.percentile(found, (5, 95), method="nearest") for found in (hz, semitones)
        )
        assert 12 * np.log2(high / low) == pytest.approx(np.ptp(ends), abs=1e-4)


def test_exercise_1_3(utterance):
    starts, ends = utterance.labels.starts.copy(), utterance.labels.ends.copy()
    durations = (ends - starts) // FRAME_TICKS
    longest = int(np.argmax(durations[1:])) + 1
    assert durations[longest] > 4
    starts[longest] += 4 * FRAME_TICKS
    ends[longest - 1] += 4 * FRAME_TICKS
    labels = replace(utterance.labels, starts=starts, ends=ends)
    moved = replace(utterance, labels=labels).frame_to_phone
    changed = moved != utterance.frame_to_phone
    assert changed.sum() == 4
    assert set(utterance.frame_to_phone[changed]) == {longest}


def test_exercise_1_4(corpus):
    texts = corpus.table["text"]
    first, second = (split_sentences(texts, seed) for seed in (0, 1))
    assert (first == "test").sum() and not first.equals(second)
    for split in (first, second):
        assert (split.groupby(sentence_keys(texts)).nunique() == 1).all()


def test_exercise_2_1(corpus):
    names = pd.Series([getattr(r.field, "name", "") for r in corpus.questions.readings])
    counts = names.value_counts()
    assert counts.sum() == len(corpus.questions) and counts.iloc[0] > counts.iloc[-1]
    largest = np.flatnonzero(names == counts.index[0])
    equal = np.ones((1, len(names)))  # every question equally relevant
    sums, means = (
        group_matrix(equal, {"largest": largest}, statistic=name) for name in ("sum", "mean")
    )
    assert sums.item() == counts.iloc[0] * means.item()


def test_exercise_2_2(corpus, utterance):
    own = QuestionSet([Question("is a", ("*-a+*",))])
    answers = own.answer(utterance.labels)[:, 0]
    assert np.array_equal(answers, utterance.labels.fields("p3") == "a") and answers.any()
    same = (utterance.answers == answers[:, None]).all(axis=0)
    assert "C-a" in np.array(corpus.questions.names)[same]


def test_exercise_2_3(run):
    features = load_features(run.features)
    narrow, wide = (features.questions.index(f"Seg_Fw<={most}") for most in (2, 3))
    answers = np.concatenate([features.answers(i) for i in features.ids])
    assert not (answers[:, narrow] & ~answers[:, wide] & 1).any()
    table = pd.read_csv(run.questions, keep_default_na=False)
    repeated = table[table["same_as"] != ""]
    nested = repeated[repeated["question"].str.contains("<=")]
    assert 0 < len(nested) < len(repeated)
    column = features.questions.index
    for row in repeated.itertuples():
        assert (answers[:, column(row.question)] == answers[:, column(row.same_as)]).all()


def test_exercise_3_1(run, corpus, tmp_path):
    features, losses = load_features(run.features), {}
    for name, rates in {"dropout": {}, "dry": {"dropout": 0.0, "input_dropout": 0.0}}.items():
        chosen = parameters("smoke", {**rates, "epochs": 3, "learning_rate": 0.01})
        _, losses[name] = train(corpus, features, chosen, tmp_path / name)
    assert losses["dry"]["train_loss"].min() < losses["dropout"]["train_loss"].min()
    gap = {name: (h["validation_loss"] - h["train_loss"]).iloc[-1] for name, h in losses.items()}
    assert np.isfinite(list(gap.values())).all()


@torch.no_grad()
def moved_frames(network, utterance, phone):
    """Frames of the output that change with the answers of one phone, bool [frames]."""
    told = inputs_of(utterance)
    answers = told.answers.copy()
    answers[phone] = 1 - answers[phone]
    pair = make_batch([told, replace(told, answers=answers)])
    before, after = network.eval().double()(pair.to("cpu", torch.float64))
    return (before != after).numpy()


def test_exercise_3_2(model, utterance):
    for layers in (model.config.num_layers, max(1, model.config.num_layers // 2)):
        network = F0Model(replace(model.config, num_layers=layers))
        reach = network.config.receptive_field
        moved = np.flatnonzero(moved_frames(network, utterance, 3))
        own = np.flatnonzero(utterance.frame_to_phone == 3)
        assert own[0] <= moved.min() and moved.max() <= own[-1] + reach - 1
        assert reach == 1 + 2 * model.config.stacks * (model.config.kernel_size - 1) * (
            2**layers - 1
        )


def test_exercise_3_3(model, utterance):
    last = len(utterance.labels) - 1
    begins = np.flatnonzero(utterance.frame_to_phone == last)[0]
    causal, around = (
        np.flatnonzero(moved_frames(F0Model(replace(model.config, causal=causal)), utterance, last))
        for causal in (True, False)
    )
    assert causal.min() >= begins > around.min()


def test_exercise_4_1(corpus, results):
    errors = pd.read_csv(results.errors, dtype={"id": str})
    for row in errors.itertuples():
        utterance = corpus[row.id]
        semitones = utterance.f0_semitones[utterance.voiced]
        by_hand = rms(semitones, np.ones(len(semitones)))
        assert row.speaker_mean_rmse_semitones == pytest.approx(by_hand, abs=1e-4)


def test_exercise_4_2(corpus, results):
    errors = pd.read_csv(results.errors, dtype={"id": str})
    known = corpus.table[["id", "voiced_share", "phones", "text"]]
    joined = errors.merge(known, on="id", validate="one_to_one")
    ordered = joined.sort_values("rmse_semitones", ascending=False)
    assert list(joined["id"]) == corpus.ids("test")
    assert ordered["rmse_semitones"].iloc[0] == errors["rmse_semitones"].max()
    pooled = pooled_rmse(errors, "rmse_semitones")
    assert ordered["rmse_semitones"].iloc[-1] <= pooled <= ordered["rmse_semitones"].iloc[0]
    seconds, errors_of = (ordered[name] for name in ("seconds", "rmse_semitones"))
    assert rank_correlation(errors_of, seconds) == -rank_correlation(errors_of, -seconds)


def test_exercise_4_3(corpus, model, results):
    utterance = corpus[corpus.ids("test")[0]]
    told_hz = read_float32(results / "f0" / f"{utterance.id}.f0")
    assert len(told_hz) == len(utterance.f0_hz) and (told_hz > 0).all()  # gaps are bridged
    voiced = utterance.voiced
    assert told_hz[voiced] == pytest.approx(predict_hz(model, utterance)[voiced], rel=1e-3)
    told_hz = told_hz * 1.25  # so far from the natural F0 that it must be heard
    sound = parselmouth.Sound(str(utterance.wav_path))
    manipulation = call(sound, "To Manipulation", 0.01, 75, 600)
    tier = call("Create PitchTier", "predicted", 0, sound.duration)
    for time_s, hz in zip(utterance.times_s, told_hz.tolist(), strict=True):
        call(tier, "Add point", float(time_s), hz)
    call([tier, manipulation], "Replace pitch tier")
    heard = call(manipulation, "Get resynthesis (overlap-add)").to_pitch(0.005)
    hz = heard.selected_array["frequency"]
    wanted = np.interp(heard.xs(), utterance.times_s, told_hz)[hz > 0]
    assert np.median(np.abs(12 * np.log2(hz[hz > 0] / wanted))) < 0.5


def test_exercise_5_1(model, utterance, groups):
    ends = last_syllables(utterance)
    found = explain(model, utterance, frames=ends, per="phone")
    by_group = group_matrix(found.values, groups, statistic="sum").sum(axis=0)
    predicted = predict(model, utterance)[ends].sum()
    assert by_group.sum() + found.absorbed == pytest.approx(predicted, abs=1e-3)
    assert (by_group > 0).any() and (by_group < 0).any()


def test_exercise_5_2(model, utterance):
    whole = phrase(utterance, 0)
    numbers = units(utterance.labels)
    within = np.unique(numbers.word[numbers.phrase == 0])
    words = [word(utterance, int(number)) for number in within]
    parts = sum(explain(model, utterance, frames=frames).values for frames in words)
    assert np.array_equal(whole, np.any(words, axis=0))  # a pause belongs to no phrase
    explained = explain(model, utterance, frames=whole).values
    assert parts == pytest.approx(explained, abs=1e-4)


def test_exercise_5_3(model, utterance):
    frames = word(utterance, 0)
    by_rule = {rule: explain(model, utterance, frames=frames, rule=rule) for rule in RULES}
    explained = {rule: found.explained for rule, found in by_rule.items()}
    assert list(explained.values()) == pytest.approx([explained["z"]] * len(RULES))
    for rule, found in by_rule.items():
        assert abs(found.gap) < 1e-3 * max(1, abs(found.explained))
        assert rule == "z" or not np.allclose(found.values, by_rule["z"].values)


def test_exercise_6_1(results):
    table = read_ranking(results.ranking("abs_sum", "general"))  # by mean
    by_sum = table.sort_values("sum", ascending=False, kind="stable")
    place = pd.Series(range(len(by_sum)), index=by_sum["group"])
    overtaking = 0
    for before, after in pairwise(table.itertuples()):
        if place[after.group] < place[before.group]:
            overtaking += 1
            assert after.n_features > before.n_features
    assert overtaking


def test_exercise_6_2(results):
    apart = pd.read_csv(results.apart, keep_default_na=False)
    found = {
        name: set(map(tuple, rows[["level", "group", "next_group"]].to_numpy()))
        for name, rows in apart[apart["apart"]].groupby("aggregate")
    }
    only = found.get("pos_sum", set()) - found.get("abs_sum", set())
    assert len(only) <= ((apart["aggregate"] == "pos_sum") & apart["apart"]).sum()
    assert (apart.loc[apart["apart"], "p_holm"] < 0.05).all()
    assert (apart.loc[~apart["apart"], "p_holm"] >= 0.05).all()


def test_exercise_6_3(corpus, results):
    seen = load_aggregates(results.aggregates)[0], load_sums(results.sums), corpus.questions
    few = {"vuv": False, "resamples": 10}  # so few that their ends move with the draw
    ((*name, table),), *others = (
        list(islice(rankings_with_intervals(*seen, **few, seed=seed), 1)) for seed in range(1, 6)
    )
    told = ["group", "sum", "mean", "std", "n_features"]
    for ((*other_name, other),) in others:
        assert name == other_name
        pd.testing.assert_frame_equal(table[told], other[told])
    moved = [not table["ci_low"].equals(other["ci_low"]) for ((*_, other),) in others]
    assert any(moved)


def relevance_of(model, corpus, results):
    return list(read_store(results.relevance, model, corpus, corpus.ids("test")))


def test_exercise_7_1(model, corpus, results, groups):
    stored = relevance_of(model, corpus, results)
    profile = place_relevance(stored, [accent_axis(kind="stressed")], groups)["stressed"]
    figure = plots.position_profiles(profile, ["SYLLABLE_STRESS"], title="Stress", unit="semitones")
    assert figure.axes
    column = profile.groups.index("SYLLABLE_STRESS")
    members = groups["SYLLABLE_STRESS"]
    everywhere = sum(relevance.values[:, members].sum() for _, relevance in stored)
    placed = profile.total[:, column].sum() + profile.outside[column]
    assert placed == pytest.approx(everywhere, abs=1e-3)


def test_exercise_7_2(model, corpus, results, groups):
    stored = relevance_of(model, corpus, results)
    coarse, fine = (
        place_relevance(stored, [accent_axis(bin_ms=width)], groups)["accented"]
        for width in (25, 10)
    )
    assert fine.total.sum(axis=0) == pytest.approx(coarse.total.sum(axis=0))
    widths = [np.nanmedian(np.ptp(found.interval(), axis=0)) for found in (fine, coarse)]
    assert (widths > np.zeros(2)).all() and widths[0] != widths[1]


def test_exercise_7_3(model, corpus, groups):
    def merely_stressed(utterance):
        return stressed_syllables(utterance) & ~accented_syllables(utterance)

    found = contrast(
        model,
        list(corpus),  # few test utterances have syllables that are stressed only
        first=accented_syllables,
        second=merely_stressed,
        groups=groups,
        resamples=20,
    )
    difference = found.table.set_index("part")["difference"]
    parts = difference.drop(["explained", "natural"])
    assert parts.sum() == pytest.approx(difference["explained"], abs=1e-4)
