"""People as predictors of each other: readers made up, of whom all that counts is known."""

from functools import cache
from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from builders import make_labels

from intonation.corpus.corpus import FRAME_TICKS
from intonation.evaluation.people import ceiling, contours, disagreement, places, readings, shares
from intonation.evaluation.people.contours import laid_over
from intonation.evaluation.people.readings import People, Reading, Sentence

WORDS = (("L-L%", "'^ma.ta ni.'^lo.ma 'ru.la mo.'^na.li 'we.no"),)
PHONES = 24
LOOK = {"resamples": 200, "seed": 0}
PAIRS = list(disagreement.PARTS)


@cache
def labels_and_index(phrases, frames_per_phone):
    labels = make_labels(phrases, frames_per_phone)
    frames = np.diff([0, *labels.ends]) // FRAME_TICKS
    return labels, np.repeat(np.arange(len(labels.texts)), frames)


def reading(name, semitones=None, *, frames_per_phone=8, phrases=WORDS, speaker=None):
    labels, index = labels_and_index(phrases, frames_per_phone)
    values = np.zeros(len(index)) if semitones is None else np.asarray(semitones, dtype=float)
    return Reading(name, speaker or name, labels, values, index)


def people_of(sentences, spreads=None):
    """sentences: lists of readings."""
    found = tuple(Sentence(f"s{n:03}", tuple(some)) for n, some in enumerate(sentences))
    names = {one.speaker for some in sentences for one in some}
    return People(found, {**dict.fromkeys(names, 1.0), **(spreads or {})}, pd.DataFrame())


def smooth(random, frames=8 * PHONES, points=9):
    """A random contour of variance near 1."""
    return np.interp(
        np.linspace(0, points - 1, frames), np.arange(points), random.normal(size=points)
    )


def made_up(count, *, readers=5, common=2.0, noise=1.5, change=lambda n, contour: contour, seed=0):
    """Sentences whose readers share a contour and add, each, independent noise; all frames."""
    random, made = np.random.default_rng(seed), []
    for _ in range(count):
        shared = common * smooth(random)
        parts = [change(n, shared) + noise * smooth(random) for n in range(readers)]
        made.append([reading(f"r{n}", part) for n, part in enumerate(parts)])
    return people_of(made)


def agreement(people, **more):
    look = {"known_range": False, "most_subsets": 50, "seed": 0} | more
    return ceiling.agreement(laid_over(people)[0], **look)


# --- contours laid over each other ----------------------------------------------------------------


def test_a_contour_arrives_at_the_phones_that_it_had():
    """Both readings follow one function of the place among phones, at other speeds."""

    def placed(name, lengths):
        made = reading(name, frames_per_phone=lengths)
        within = np.concatenate([(np.arange(n) + 0.5) / n for n in lengths])
        values = np.sin((made.frame_to_phone + within) / 2)
        return reading(name, values, frames_per_phone=lengths)

    random = np.random.default_rng(0)
    one, two = (placed(name, tuple(random.integers(5, 30, PHONES).tolist())) for name in ("a", "b"))
    there = contours.resampled(two, one)
    assert np.abs(there - one.semitones).max() < 0.06
    assert np.abs(np.interp(one.times_ms, two.times_ms, two.semitones) - one.semitones).max() > 0.5


def test_a_pause_that_only_one_made_moves_nothing():
    paused = (("L-L%", "'^ma.ta | ni.'^lo.ma 'ru.la mo.'^na.li 'we.no"),)
    one = reading("a", np.arange(8 * PHONES))
    silent = reading("b", phrases=paused)
    values = np.where(silent.frame_to_phone == 4, np.nan, 0.0)
    values[np.isfinite(values)] = np.arange(8 * PHONES)
    two = reading("b", values, phrases=paused)
    np.testing.assert_allclose(contours.resampled(two, one), one.semitones, atol=0.51)
    assert np.corrcoef(contours.resampled(two, one), one.semitones)[0, 1] > 0.9999


def test_readings_of_other_phones_are_left_out_and_named():
    other = (("L-L%", "'^pe.ki su.'^fo.zy 'he.ty so.'^ke.pi 'se.ko"),)
    people = people_of([[reading("a"), reading("b"), reading("c", phrases=other)]])
    laid, out = laid_over(people)
    assert [one.target.id for one in laid] == ["a", "b"]
    assert out == [("c", "read with other phones")]


def test_unvoiced_frames_of_the_target_are_not_asked_of_anybody():
    voiced = np.where(np.arange(8 * PHONES) % 3 == 0, np.nan, 1.0)
    laid, _ = laid_over(people_of([[reading("a", voiced), reading("b", np.full(8 * PHONES, 3.0))]]))
    assert len(laid[0].own) == np.isfinite(voiced).sum()
    np.testing.assert_allclose(laid[0].predicted(known_range=False), 3.0)


# --- the ceiling ----------------------------------------------------------------------------------


def test_the_mean_square_over_all_choices_lies_on_a_line():
    """By hand, choice by choice, for five others."""
    random = np.random.default_rng(3)
    own, others = random.normal(size=40), random.normal(size=(5, 40)) + random.normal(size=40)
    stays, goes = ceiling.line((others - own) @ (others - own).T / 40)
    for k in range(1, 6):
        choices = combinations(range(5), k)
        by_hand = np.mean([np.mean((others[list(s)].mean(axis=0) - own) ** 2) for s in choices])
        assert by_hand == pytest.approx(stays + goes / k)


def test_rmse_and_correlation_of_a_number_of_others_are_those_of_their_mean():
    random = np.random.default_rng(4)
    own, others = random.normal(size=40), random.normal(size=(4, 40))
    found = ceiling.of_numbers(own, others, 50, random).set_index("k")
    means = [others[list(s)].mean(axis=0) for s in combinations(range(4), 2)]
    rmse = np.mean([np.sqrt(np.mean((mean - own) ** 2)) for mean in means])
    correlation = np.mean([np.corrcoef(mean, own)[0, 1] for mean in means])
    assert found.loc[2, "rmse"] == pytest.approx(rmse)
    assert found.loc[2, "correlation"] == pytest.approx(correlation)


@pytest.mark.parametrize("readers", [3, 6])
def test_endlessly_many_readers_leave_the_targets_own_part(readers):
    people = made_up(100, readers=readers, noise=1.5, seed=1)
    own_part, alike = [], []  # of the same random numbers
    random = np.random.default_rng(1)
    for _ in range(100):
        common = 2.0 * smooth(random)
        for _ in range(readers):
            own = 1.5 * smooth(random)
            own_part.append(np.sqrt(np.mean(own**2)))
            alike.append(np.corrcoef(common, common + own)[0, 1])
    table = ceiling.ceiling_table(agreement(people), **LOOK)
    last = table.iloc[-1]
    assert np.isinf(last["k"]) and last["rmse_semitones"] == pytest.approx(
        np.mean(own_part), rel=0.04
    )
    assert last["ci_low"] < np.mean(own_part) < last["ci_high"]
    assert (np.diff(table["rmse_semitones"]) < 0).all() and (
        np.diff(table["correlation"]) > 0
    ).all()
    assert last["correlation"] == pytest.approx(np.mean(alike), abs=0.03)


def test_two_readers_have_no_ceiling_and_none_has_no_table():
    table = ceiling.ceiling_table(agreement(made_up(5, readers=2)), **LOOK)
    assert list(table["k"]) == [1, np.inf] and table["rmse_semitones"].isna().tolist() == [
        False,
        True,
    ]
    assert ceiling.ceiling_table(agreement(people_of([])), **LOOK).empty
    assert places.places_table([], **LOOK).empty
    assert disagreement.disagreement_table(pd.DataFrame(), **LOOK).empty


def test_many_readers_are_asked_in_doubling_numbers():
    assert ceiling.numbers_asked(40) == [*range(1, 9), 16, 32, 40]
    random = np.random.default_rng(0)
    drawn = ceiling.subsets(40, 7, 30, random)
    assert drawn.shape == (30, 40) and ((drawn > 0).sum(axis=1) == 7).all()
    np.testing.assert_allclose(drawn.sum(axis=1), 1)
    assert len(ceiling.subsets(5, 2, 10, random)) == 10


def test_a_known_range_brings_speakers_to_each_other():
    """One speaks with twice the range of the others, and says the same."""
    wide = {"r0": 2.0}

    def widened(n, contour):
        return contour * wide.get(f"r{n}", 1.0)

    people = made_up(20, readers=3, noise=0.0, change=widened)
    people = People(people.sentences, {"r0": 2.0, "r1": 1.0, "r2": 1.0}, people.left_out)
    assert agreement(people, known_range=True).table["all_rmse"].max() < 1e-9
    assert agreement(people, known_range=False).table["all_rmse"].mean() > 0.5


def test_an_interval_is_over_sentences_and_none_for_one():
    one = ceiling.ceiling_table(agreement(made_up(1)), **LOOK)
    assert one["ci_low"].isna().all() and one["rmse_semitones"].notna().all()
    few, many = (ceiling.ceiling_table(agreement(made_up(n)), **LOOK).iloc[-1] for n in (5, 45))
    assert few["ci_high"] - few["ci_low"] > 1.5 * (many["ci_high"] - many["ci_low"])


# --- speakers and places --------------------------------------------------------------------------


def test_who_is_unlike_the_others_has_the_higher_ceiling():
    odd = made_up(30, readers=5, noise=0.5, change=lambda n, c: -c if n == 4 else c)
    table = agreement(odd).table
    found = places.speakers_table(table, odd.spread_semitones, **LOOK).set_index("speaker")
    assert found["ceiling_rmse"].idxmax() == "r4"
    assert found.loc["r4", "ceiling_rmse"] > 2 * found["ceiling_rmse"].drop("r4").max()
    assert (found["readings"] == 30).all()


def test_places_with_more_of_ones_own_have_a_higher_ceiling():
    """Noise of one semitone everywhere, of three in the last two syllables."""
    random, made = np.random.default_rng(0), []
    last = reading("x").place == readings.LAST
    for _ in range(60):
        values = [random.normal(size=8 * PHONES) * np.where(last, 3.0, 1.0) for _ in range(4)]
        made.append([reading(f"r{n}", value) for n, value in enumerate(values)])
    found = places.places_table(laid_over(people_of(made))[0], **LOOK).set_index("place")
    words = places.IN_WORDS
    assert found.loc[words[readings.LAST], "ceiling_rmse"] == pytest.approx(3.0, rel=0.03)
    assert found.loc[words[readings.MIDDLE], "ceiling_rmse"] == pytest.approx(1.0, rel=0.03)
    assert found.loc[words[readings.FIRST], "ceiling_rmse"] == pytest.approx(1.0, rel=0.06)
    assert abs(found["explainable"]).max() < 0.05  # there is nothing common
    assert found.loc["accented", "frames"] < found.loc["not accented", "frames"]


def test_places_are_those_of_the_labels():
    made = reading("x", frames_per_phone=1)
    assert list(made.place) == ["first"] * 2 + ["middle"] * 18 + ["last"] * 4
    assert list(np.flatnonzero(made.accented)) == [0, 1, 6, 7, 16, 17]
    assert list(made.word) == [0] * 4 + [1] * 6 + [2] * 4 + [3] * 6 + [4] * 4


# --- what disagreement is made of -----------------------------------------------------------------


def parts_of(people, **more):
    """Percent of each part."""
    shifts = disagreement.Shifts(**({"farthest_ms": 60.0, "jitter_ms": 0.0} | more))
    pairs = disagreement.disagreements(laid_over(people)[0], shifts)
    table = disagreement.disagreement_table(pairs, **LOOK).set_index("part")
    return table["percent"].rename({words: name for name, words in disagreement.PARTS.items()})


def test_level_range_and_shape_add_up():
    pairs = disagreement.disagreements(laid_over(made_up(3))[0], disagreement.Shifts())
    np.testing.assert_allclose(pairs["total"], pairs["level"] + pairs["range"] + pairs["shape"])
    laid = laid_over(made_up(3))[0][0]
    correlation = np.corrcoef(laid.own, laid.values[0])[0, 1]
    shape = 2 * laid.own.std() * laid.values[0].std() * (1 - correlation)
    assert pairs["shape"].iloc[0] == pytest.approx(shape)


def test_a_level_that_differs_is_all_of_it():
    found = parts_of(made_up(5, noise=0.0, change=lambda n, contour: contour + n))
    assert found["level"] == pytest.approx(100) and abs(found["range"]) < 1e-6


def test_a_range_that_differs_is_all_of_it_but_its_level():
    def centred(n, contour):
        return (contour - contour.mean()) * (1 + n)

    people = made_up(5, noise=0.0, change=centred)
    spreads = {f"r{n}": 1.0 + n for n in range(5)}
    found = parts_of(People(people.sentences, spreads, people.left_out))
    assert found["range"] == pytest.approx(100) and found["speakers_range"] == pytest.approx(100)
    assert parts_of(people)["speakers_range"] == pytest.approx(0)  # nothing usual is known


def test_accents_that_come_early_or_late_are_timing():
    """Each reader has a bell on every word, moved by up to 40 ms to either side."""
    frames, random = np.arange(8 * PHONES), np.random.default_rng(0)
    centres = np.array([16, 56, 96, 136, 176])

    def bells(moved):
        return sum(
            4 * np.exp(-(((frames - at - by) / 7) ** 2))
            for at, by in zip(centres, moved, strict=True)
        )

    made = [
        [reading(f"r{n}", bells(random.choice([-8, -4, 0, 4, 8], 5))) for n in range(5)]
        for _ in range(20)
    ]
    found = parts_of(people_of(made), farthest_ms=100.0)
    assert found["timing"] > 60 and found["level"] < 10


def test_noise_is_no_timing_however_well_shifts_fit_it():
    found = parts_of(made_up(24, readers=6, common=2.0, noise=2.0))
    assert found["fitted"] > 8
    assert abs(found["timing"]) < 0.25 * found["fitted"]


def test_ends_of_phrases_are_counted_where_they_are():
    last = reading("x").place == readings.LAST
    people = made_up(
        4, noise=0.0, common=1.0, change=lambda n, c: np.where(last, c + 3 * (-1) ** n, c)
    )
    assert parts_of(people)["boundary"] == pytest.approx(100)


def test_frames_around_leaps_are_in_doubt_and_octaves_are_errors_of_pitch():
    clean = np.zeros(8 * PHONES)
    octave = clean.copy()
    octave[80:100] = 12.0
    doubtful = reading("a", octave).doubtful
    assert doubtful[75:105].all() and not doubtful[:74].any() and not doubtful[107:].any()
    brief = np.where((np.arange(8 * PHONES) >= 50) & (np.arange(8 * PHONES) < 54), 0.0, np.nan)
    brief[100:] = 0.0
    assert reading("a", brief).doubtful.nonzero()[0].tolist() == [50, 51, 52, 53]
    small = [
        np.where(clean == 0, s, 0) + 0.1 * np.sin(np.arange(8 * PHONES) / 9 + s) for s in (0, 1)
    ]
    pairs = [reading("a", small[0]), reading("b", np.where(octave > 6, octave, small[1]))]
    assert parts_of(people_of([pairs]))["tracking"] > 80


def test_errors_of_times_cost_what_they_add():
    steep = made_up(6, readers=3, noise=0.3, common=4.0)
    none, some = (parts_of(steep, jitter_ms=ms)["jitter"] for ms in (0.0, 15.0))
    assert none == pytest.approx(0) and some > 3


# --- shares ---------------------------------------------------------------------------------------


def test_a_share_is_of_mean_squares_between_median_and_ceiling():
    assert shares.share_of_explainable(3.0, 3.0, 2.0) == 0
    assert shares.share_of_explainable(2.0, 3.0, 2.0) == 1
    assert shares.share_of_explainable(np.sqrt(6.5), 3.0, 2.0) == pytest.approx(0.5)
    assert shares.share_of_explainable(3.5, 3.0, 2.0) < 0
    assert np.isnan(shares.share_of_explainable(2.0, 2.0, 2.5))
    assert np.isnan(shares.share_of_explainable(2.0, 2.0, np.nan))
    np.testing.assert_allclose(shares.share_of_explainable(np.array([2.0, 3.0]), 3.0, 2.0), [1, 0])


def errors_of(table, **columns):
    made = table[["id", "median_rmse"]].rename(
        columns={"median_rmse": "speaker_mean_rmse_semitones"}
    )
    made = made.assign(speaker_mean_correlation=np.nan, ridge_correlation=0.5, correlation=0.6)
    return made.assign(**columns)


def test_models_and_readers_stand_on_the_same_test_sentences():
    people = made_up(12, readers=4)
    table = agreement(people).table
    table["id"] = [f"u{n}" for n in range(len(table))]
    texts = pd.Series(table["sentence"].tolist(), index=table["id"])
    tested = table[table["sentence"] < "s004"]
    columns = {"ridge_rmse_semitones": tested["median_rmse"], "rmse_semitones": tested["all_rmse"]}
    errors = {"network": errors_of(tested, **columns)}
    found = shares.models_table(table, errors, texts, **LOOK).set_index("predictor")
    assert (found["utterances"] == 16).all()
    assert found.loc["network", "rmse_semitones"] == found.loc[shares.ALL, "rmse_semitones"]
    assert found.loc[shares.ALL, "rmse_semitones"] == pytest.approx(tested["all_rmse"].mean())
    assert found.loc[shares.RIDGE, "share"] == pytest.approx(0)
    assert found.loc[shares.CEILING, "share"] == pytest.approx(1)
    assert 0 < found.loc["network", "share_low"] < found.loc["network", "share_high"] < 1


def test_models_of_sentences_that_nobody_shares_have_errors_and_no_shares():
    table = agreement(made_up(3)).table.assign(id=[f"u{n}" for n in range(15)])
    texts = pd.Series([f"text {n}" for n in range(15)], index=table["id"])
    errors = {"network": errors_of(table, ridge_rmse_semitones=2.0, rmse_semitones=1.9)}
    found = shares.models_table(pd.DataFrame(), errors, texts, **LOOK).set_index("predictor")
    assert list(found.index) == [shares.MEDIAN, shares.RIDGE, "network"]
    assert found["share"].isna().all() and found.loc["network", "rmse_semitones"] == pytest.approx(
        1.9
    )


def test_a_network_whose_contours_were_moved_has_a_second_row():
    table = agreement(made_up(3)).table.assign(id=[f"u{n}" for n in range(15)])
    texts = pd.Series([f"text {n}" for n in range(15)], index=table["id"])
    numbers = {"ridge_rmse_semitones": 2.0, "rmse_semitones": 5.0, "levelled_rmse_semitones": 2.5}
    errors = {"network": errors_of(table, **numbers)}
    found = shares.models_table(pd.DataFrame(), errors, texts, **LOOK)
    rmse = found.set_index("predictor")["rmse_semitones"]
    assert rmse["network"] == 5 and rmse[shares.levelled_name("network")] == 2.5
    shown = shares.with_ceiling(found)
    assert "not known" in shown["predictor"].iloc[0] and len(shown) == len(found) + 1
    known = pd.concat([pd.DataFrame({"predictor": [shares.CEILING], "rmse_semitones": 1.0}), found])
    assert shares.with_ceiling(known) is known
