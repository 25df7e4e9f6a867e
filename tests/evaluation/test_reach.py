"""How close a model comes: folds, ridge, networks, contours, on laws that are known."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from builders import planted_corpus, question_names
from sklearn.linear_model import Ridge

from intonation.errors import CorpusError
from intonation.evaluation.reach import judged, networks, tables
from intonation.evaluation.reach.explained import relevance
from intonation.evaluation.reach.folds import folds
from intonation.evaluation.reach.spoken import (
    Spoken,
    contour,
    errors,
    gram_of_spoken,
    read_spoken,
    scale_of,
    told_apart,
)
from intonation.evaluation.reach.yardsticks import fit_boosted, fit_line
from intonation.model.accuracy import RIDGE_PENALTIES
from intonation.parameters import Parameters

FRAMES = 5  # of each phone
SMALL = Parameters(
    small_hidden_size=8, input_dropout=0.0, dropout=0.0, reach_epochs=3, reach_folds=2
)


def spoken(number, *, sentence=None, speaker="s", phones=20, range_semitones=1.0, law=None):
    """Answers at random; by default F0 is 3 semitones higher where the first is yes."""
    random = np.random.default_rng(number)
    answers = (random.random((phones, 6)) < 0.5).astype(np.uint8)
    law = law or (lambda asked: 3.0 * asked[:, 0] - 1.5)
    means, weight = range_semitones * law(answers), np.full(phones, float(FRAMES))
    index = np.repeat(np.arange(phones), FRAMES)
    frames = index, means[index], np.ones(len(index), dtype=bool)
    about = f"u{number}", speaker, sentence or f"sentence {number}"
    return Spoken(*about, answers, *frames, means, weight)


def several(count=24, **more):
    return [spoken(number, **more) for number in range(count)]


def test_no_sentence_is_judged_by_what_learnt_from_it():
    readings = [(who, n) for who in (1, 2) for n in range(7)]
    said = [spoken(10 * who + n, sentence=f"s{n}", speaker=f"v{who}") for who, n in readings]
    made = folds(said, 3, seed=4)
    assert sorted(one.id for fold in made for one in fold.test) == sorted(one.id for one in said)
    for fold in made:
        tested = {one.sentence for one in fold.test}
        assert not tested & {one.sentence for one in fold.training}
        assert len(fold.training) + len(fold.test) == len(said)
        turns = [fold.parted(0.2, turn) for turn in range(3)]
        for rest, held in turns:
            assert rest and held
            assert not {one.sentence for one in rest} & {one.sentence for one in held}
            assert {one.id for one in (*rest, *held)} == {one.id for one in fold.training}
        assert len({held[0].sentence for _, held in turns}) == 3


def test_three_sentences_are_enough_and_two_are_not():
    made = folds(several(3), 10, seed=0)
    assert [len(fold.test) for fold in made] == [1, 1, 1]
    assert all(len(part) == 1 for fold in made for part in fold.parted(0.1, 5))
    corpus, features = planted_corpus(train=2)
    corpus.table["text"] = ["Ala.", "ala"]
    with pytest.raises(CorpusError, match="three sentences"):
        read_spoken(corpus, features, told_apart(features))


def test_what_is_read_of_a_corpus_is_what_it_says():
    corpus, features = planted_corpus(train=3, test=1)
    corpus.table["text"] = ["Ala.", "Kot.", "", ""]
    columns = told_apart(features)
    found = read_spoken(corpus, features, columns)
    assert len({one.sentence for one in found}) == 4, "an unknown text is a sentence of its own"
    one, utterance = found[0], corpus["train0"]
    assert (one.answers == utterance.answers[:, columns]).all()
    assert one.weight.sum() == utterance.voiced.sum()
    assert errors(one, one.semitones)["rmse_semitones"] == pytest.approx(0, abs=1e-5)
    assert errors(one, one.semitones + 2)["rmse_semitones"] == pytest.approx(2, abs=1e-5)


def test_a_contour_goes_through_the_middles_of_phones_in_straight_lines():
    one = spoken(0, phones=4)
    values = np.array([0.0, 5.0, 0.0, 0.0])
    lines, steps = contour(one, values), contour(one, values, staircase=True)
    assert steps.tolist() == [0.0] * 5 + [5.0] * 5 + [0.0] * 10
    assert lines[one.centres.astype(int)].tolist() == values.tolist()
    assert lines[2:8].tolist() == [0.0, 1.0, 2.0, 3.0, 4.0, 5.0]
    assert lines[:3].tolist() == [0.0] * 3


def test_parts_of_a_phone_share_out_its_frames_and_know_their_place():
    one = spoken(3, phones=3)
    one = replace(one, semitones=np.arange(15.0))
    parts = networks.in_parts(one, 2)
    assert parts.weight.tolist() == [3, 2] * 3
    assert parts.means[:2].tolist() == [1.0, 3.5]
    assert (parts.answers[:, -2:] == np.tile(np.eye(2), (3, 1))).all()
    assert (parts.answers[::2, :6] == one.answers).all()
    assert networks.in_parts(one, 1) is one
    short = networks.in_parts(one, 8)  # more parts than frames: some have none
    assert short.weight.sum() == 15 and np.isfinite(contour(short, short.means)).all()


def test_a_range_is_taken_away_and_given_back():
    said = several(4, range_semitones=2.0) + [spoken(9, speaker="t", range_semitones=0.5)]
    scale = scale_of(said)
    for one in said:
        assert scale.down(one).std() == pytest.approx(1.0, abs=0.1)
        assert scale.up(one, scale.down(one)) == pytest.approx(one.means)
    unknown = replace(said[0], speaker="never heard")
    assert np.isfinite(scale.down(unknown)).all()
    plain = scale_of(said, ranged=False)
    assert np.ptp(plain.down(said[0])) == pytest.approx(np.ptp(said[0].means))
    flat = replace(said[0], semitones=np.zeros(100), means=np.zeros(20))
    assert (scale_of([flat]).down(flat) == 0).all()


def test_ridge_is_that_of_scikit_learn():
    (fold, *_) = folds(several(), 4, seed=1)
    line = fit_line(fold, ranged=True)
    answers = np.concatenate([one.answers for one in fold.training]).astype(float)
    target = np.concatenate([line.scale.down(one) for one in fold.training])
    weight = np.concatenate([one.weight for one in fold.training])
    other = Ridge(alpha=line.penalty).fit(answers, target, sample_weight=weight)
    assert line.weights == pytest.approx(other.coef_, abs=1e-4)
    assert line.intercept == pytest.approx(other.intercept_, abs=1e-4)


@pytest.mark.parametrize("noise, place", [(0.0, 0), (30.0, -1)])
def test_the_penalty_follows_the_noise(noise, place):
    random = np.random.default_rng(0)
    said = []
    for one in several(30):
        means = one.means + noise * random.normal(size=len(one.means))
        said.append(replace(one, means=means, semitones=means[one.frame_to_phone]))
    assert fit_line(folds(said, 2, seed=0)[0], ranged=True).penalty == RIDGE_PENALTIES[place]


def test_trees_find_what_no_line_can():
    said = several(40, law=lambda asked: 4.0 * (asked[:, 0] ^ asked[:, 1]))
    fold = folds(said, 4, seed=0)[0]
    boosted, line = fit_boosted(fold, iterations=60, seed=0), fit_line(fold, ranged=True)
    left = {}
    for name, model in (("trees", boosted), ("line", line)):
        off = [np.abs(model.predict(one) - line.scale.down(one)).mean() for one in fold.test]
        left[name] = np.mean(off)
    assert left["trees"] < 0.7 * left["line"]


def test_what_is_known_of_all_serves_every_part():
    """Sums of the whole without a part are those of the others, to the last bit."""
    for fold in folds(several(), 4, seed=1):
        for part, gram in zip(fold.parted(0.2, 1), fold.parted_grams(0.2, 1), strict=True):
            assert (gram == gram_of_spoken(part)).all()
        assert (fold.gram == gram_of_spoken(fold.training)).all()
        fewer = replace(fold, training=fold.training[:5])
        assert (fewer.gram == gram_of_spoken(fewer.training)).all()


def test_what_ridge_leaves_is_measured_on_sentences_it_did_not_learn_from():
    fold = folds(several(12), 3, seed=0)[0]
    line = fit_line(fold, ranged=True)
    found = networks.out_of_fold(fold, line)
    assert set(found) == {one.id for one in fold.training}
    sentences = sorted({one.sentence for one in fold.training})
    own = fold.training[0]
    place = sentences.index(own.sentence) % networks.LEFTOVER_FOLDS
    others = [
        one
        for one in fold.training
        if sentences.index(one.sentence) % networks.LEFTOVER_FOLDS != place
    ]
    assert found[own.id] == pytest.approx(line.learnt_from(others).predict(own), abs=1e-4)


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """Everything on a law that a network must see both sides for, by two speakers."""
    folder = tmp_path_factory.mktemp("reach")
    said = []
    for number in range(24):
        one = spoken(number, speaker=f"v{number % 2}", sentence=f"s{number // 2}")
        means = np.append(4.0 * one.answers[1:, 0], 2.0)  # told by the phone after it
        said.append(replace(one, means=means, semitones=means[one.frame_to_phone]))
    parameters = replace(SMALL, reach_epochs=12, reach_seeds=2, reach_trees=2, law_batch_size=4)
    parts = folds(said, 2, seed=0)
    found = judged.predict_all(parts, question_names(6), parameters, folder)
    return SimpleNamespace(**locals())


def test_a_network_of_both_sides_finds_what_comes_and_one_that_looks_back_cannot(run):
    shares = judged.shares_by_id(run.parts, run.found)
    predictors = judged.assembled(run.found, shares, run.parameters)
    table = judged.error_table(run.said, predictors)
    rmse = table.groupby("predictor")["rmse_semitones"].mean()
    original = f"{networks.ORIGINAL.name}, by phone"
    assert rmse[judged.STEPS] < 0.7 * min(rmse[original], rmse[judged.RIDGE])
    assert rmse[judged.RECIPE] < rmse[judged.RIDGE] <= 1.05 * rmse[judged.MEDIAN]
    assert min(run.found.shares) > 0.5, "the networks are far better than ridge here"
    assert table.groupby("predictor")["id"].nunique().eq(len(run.said)).all()


def test_each_thing_that_was_tried_is_judged_where_it_was_trained(run):
    shares = judged.shares_by_id(run.parts, run.found)
    tried = judged.attempts(run.found, shares, run.parameters)
    assert list(tried) == [
        judged.RECIPE,
        *(variant.name for variant in networks.TRIED),
        "one network for all speakers",
    ]
    own, straight = (
        run.found.contours[key]
        for key in (
            judged.of_seed(networks.OURS.name, run.parameters.seed),
            judged.LINES,
        )
    )
    assert all(  # from one seed, as what is tried
        contour == pytest.approx(shares[key] * own[key] + (1 - shares[key]) * straight[key])
        for key, contour in tried[judged.RECIPE].items()
    )
    tested = {one.id for one in run.parts[0].test}
    assert all(set(contours) == tested for contours in tried.values())
    alone = replace(run.parts[0], training=[one for one in run.said if one.speaker == "v0"])
    more = (networks.Variant("for all", tuned=False),)
    left = networks.tried(alone, more)
    assert left and all(one.ranged and one.tuned and not one.speaker for one in left)
    assert more[0] in networks.tried(run.parts[0], more)


def test_relevance_of_the_sum_is_the_sum_of_relevances(run):
    fold = run.parts[0]
    line = fit_line(fold, ranged=True)
    made = networks.learner(fold, networks.OURS, line)
    models = []
    for turn in range(2):
        seed = run.parameters.seed + turn
        chosen = networks.network_parameters(run.parameters, networks.OURS, seed)
        kept = run.folder / f"network_0_{seed}"
        models.append(networks.train(fold, made, question_names(6), chosen, kept, turn=turn))
    one = fold.test[0]
    found = relevance(models, line, one, share=0.6)
    said = [networks.predict(model, made, [one])[0] for model in models]
    expected = 0.6 * np.mean(said, axis=0) + 0.4 * line.predict(one)
    assert found.values.shape == one.answers.shape
    assert found.explained == pytest.approx(expected.sum(), abs=1e-3)
    assert found.values.sum() + found.absorbed == pytest.approx(found.explained, abs=1e-3)
    only = relevance(models, line, one, share=0.0)
    assert only.values == pytest.approx(one.answers * line.weights)


def errors_of(rmse, sentences, name):
    ids = [f"u{n}" for n in range(len(rmse))]
    columns = {"predictor": name, "id": ids, "sentence": sentences, "rmse_semitones": rmse}
    return pd.DataFrame(columns | {"speaker": "s", "correlation": 0.5})


def test_a_difference_is_paired_and_whole_sentences_are_drawn():
    random = np.random.default_rng(0)
    base, sentences = random.uniform(1, 4, 40), np.repeat(np.arange(10), 4)
    table = pd.concat(
        [errors_of(base, sentences, "base"), errors_of(0.9 * base, sentences, "better")]
    )
    found = tables.compared(table, ["base", "better"], "base", resamples=200, seed=0)
    better = found.set_index("predictor").loc["better"]
    # always ten per cent better: the interval is a point, however the errors vary
    assert better[list(tables.AGAINST)].to_numpy(dtype=float) == pytest.approx([-10, -10, -10])
    assert better["ci_low"] < better["rmse_semitones"] < better["ci_high"]
    assert better["sentences"] == 10
    alone = tables.compared(table.assign(sentence=0), ["better"], "base", resamples=50, seed=0)
    assert np.isnan(alone["ci_low"]).all() and alone["rmse_semitones"][0] == pytest.approx(
        0.9 * base.mean()
    )


def test_shares_of_the_explainable_go_from_the_median_to_the_ceiling():
    table = pd.DataFrame(
        {"predictor": ["median", "half", "top"], "rmse_semitones": [2.0, 2.5**0.5, 1.0]}
    )
    assert tables.explained_share(table, "median", 1.0).tolist() == pytest.approx([0, 0.5, 1])
    assert tables.explained_share(table, "median", np.nan).isna().all()
    assert tables.explained_share(table, "median", 2.5).isna().all()


@pytest.mark.parametrize(
    "against, words",
    [
        ((-4.0, -5.0, -3.0), "4.0 % below that of ridge, more than chance"),
        ((-1.0, -2.0, 0.5), "which may be chance; the 3 % that were asked for were not reached"),
        ((2.0, 1.0, 3.0), "2.0 % above that of ridge, more than chance"),
        ((-9.0, np.nan, np.nan), "nothing can be said"),
    ],
)
def test_the_verdict_follows_the_interval(against, words):
    row = pd.Series(dict(zip(tables.AGAINST, against, strict=True)))
    assert words in tables.verdict(row, wanted=3.0)
