"""What tells an alignment that cannot be right."""

import numpy as np
import pandas as pd
import pytest
from builders import labels_of

from intonation.corpus.realignment.classifier import Classifier
from intonation.corpus.realignment.rows import Row
from intonation.corpus.realignment.scores import (
    FARTHEST,
    FEWEST,
    _threshold,
    acoustic_fit,
    judged,
    phones_per_second,
    unmarked_pauses,
    voicing_fit,
)
from intonation.labels.intervals import Alignment, Interval


def table_of(count=40, **columns):
    random = np.random.default_rng(0)
    usual = {
        "aligned_by": ["realigned"] * count,
        "fit": random.normal(-1.0, 0.2, count),
        "voicing": random.normal(0.7, 0.1, count),
        "phones_per_s": random.normal(13.0, 1.0, count),
        "unmarked_pauses": np.zeros(count),
    }
    return pd.DataFrame({**usual, **columns})


def test_a_usual_corpus_has_nothing_odd():
    found = judged(table_of())
    assert set(found["odd"]) == {""} and found["oddity"].between(0, FARTHEST).all()


@pytest.mark.parametrize(
    ("column", "value", "told"),
    [
        ("fit", -4.0, "do not sound like themselves"),
        ("voicing", -0.2, "not where the vowels are"),
        ("phones_per_s", 30.0, "its speed is unusual"),
        ("phones_per_s", 6.0, "its speed is unusual"),
        ("unmarked_pauses", 0.4, "pauses where no mark stands"),
    ],
)
def test_what_is_far_from_usual_is_odd_and_told(column, value, told):
    table = table_of()
    table.loc[7, column] = value
    found = judged(table)
    assert told in found.loc[7, "odd"] and found["oddity"].idxmax() == 7
    assert found.loc[7, "oddity"] > FARTHEST and (found["odd"] != "").sum() == 1


def test_much_that_is_a_little_unusual_is_odd_too():
    table = table_of()
    table.loc[7, ["fit", "voicing", "phones_per_s"]] = [-1.6, 0.4, 16.5]
    found = judged(table)
    assert found.loc[7, "odd"].startswith("much about it is a little unusual (z ")
    assert found["oddity"].idxmax() == 7 and (found["odd"] != "").sum() == 1


@pytest.mark.parametrize(("column", "value"), [("fit", -0.01), ("voicing", 1.0)])
def test_better_than_usual_is_not_odd(column, value):
    table = table_of()
    table.loc[7, column] = value
    assert judged(table).loc[7, "odd"] == ""


def test_what_is_unknown_does_not_count():
    table = table_of(fit=[np.nan] * 40)
    table.loc[3, "voicing"] = np.nan
    assert judged(table)["oddity"].notna().all()


def test_few_recordings_do_not_say_what_is_usual():
    found = judged(table_of(FEWEST - 1))
    assert found["oddity"].isna().all() and set(found["odd"]) == {""}
    assert judged(table_of(FEWEST))["oddity"].notna().all()


def test_times_that_came_with_labels_are_not_judged():
    rates = pd.DataFrame({"phones_per_s": [13.0] * 20 + [90.0], "voicing": [0.5] * 21})
    found = judged(rates)
    assert found["oddity"].isna().all() and set(found["odd"]) == {""}
    assert set(found["aligned_by"]) == {""}


def test_phones_per_second_leave_pauses_out():
    labels = labels_of((5_000_000, 6_000_000, 7_000_000, 9_000_000))  # pau a l pau
    assert phones_per_second(labels) == pytest.approx(2 / 0.2)


def test_voice_in_vowels_and_none_in_pauses_fits_best():
    labels = labels_of((10, 20, 30, 40), ("pau", "a", "s", "pau"))
    index = np.repeat(np.arange(4), 10)
    assert voicing_fit(labels, index, index == 1) == 1.0
    assert voicing_fit(labels, index, index != 1) == -1.0
    assert voicing_fit(labels, index, index < 2) == pytest.approx(1 - 1 / 3)
    assert np.isnan(voicing_fit(labels_of((10,), ("pau",)), np.zeros(4, int), np.ones(4, bool)))


def alignment_with(gap_s, before="Ala"):
    middle = 0.5 + gap_s
    gap = [(0.5, middle, "")] if gap_s else []
    words = [(0.0, 0.1, ""), (0.1, 0.5, before), *gap, (middle, middle + 0.5, "ma.")]
    phones = [(0.0, 0.1, ""), (0.1, 0.5, "a"), *gap, (middle, middle + 0.5, "m")]
    return Alignment(*(tuple(Interval(*one) for one in tier) for tier in (words, phones)))


def test_only_long_pauses_after_words_without_a_mark_count():
    assert unmarked_pauses(alignment_with(0.3)) == pytest.approx(0.3 / 1.2)
    assert unmarked_pauses(alignment_with(0.3, before="Ala,")) == 0
    assert unmarked_pauses(alignment_with(0.05)) == unmarked_pauses(alignment_with(0)) == 0


def test_the_acoustic_fit_weighs_phones_alike_and_leaves_pauses_out():
    by = Classifier(("", "a", "l"), (), np.full(3, 1 / 3), None)
    row = Row(("", "a", "l", ""), np.array([0.0, 0.02, 0.06, 0.07, 0.08]), (("al", 1, 2),))
    posteriors = np.log(np.full((16, 3), 0.1))
    posteriors[:, 2] = np.log(0.8)
    loss = np.log(0.8) - np.log(0.1)
    assert acoustic_fit(row, row.times_s, by, posteriors) == pytest.approx(-loss / 2)
    strange = Row(("", "ʘ", "ʘ", ""), row.times_s, row.words)
    assert np.isnan(acoustic_fit(strange, row.times_s, by, posteriors))


def test_recordings_that_were_not_learnt_from_are_judged_among_themselves():
    table = table_of(60, learnt=[True] * 40 + [False] * 20)
    table.loc[:39, "fit"] *= 0.2
    table.loc[40:, "fit"] -= 0.5
    assert not judged(table)["odd"].str.contains("themselves").any()
    table.loc[30, "fit"], table.loc[50, "fit"] = -1.0, -6.0  # of the others, -1.0 is good
    odd = judged(table)["odd"].str.contains("themselves")
    assert odd[odd].index.tolist() == [30, 50]


def simulated(seed, swapped=()):
    """Three speakers of a hundred recordings, whose losses of fit have long tails."""
    random, frames = np.random.default_rng(seed), []
    for number, (loss, voicing, rate) in enumerate(
        ((0.1, 0.7, 13), (0.3, 0.4, 12), (0.2, 0.6, 15))
    ):
        learnt = np.arange(100) % 7 > 0
        frames.append(
            pd.DataFrame(
                {
                    "aligned_by": "realigned",
                    "speaker": f"s{number}",
                    "learnt": learnt,
                    "fit": -np.exp(random.normal(np.log(loss * np.where(learnt, 1, 6)), 0.5)),
                    "voicing": random.normal(voicing, 0.12, 100),
                    "phones_per_s": np.exp(random.normal(np.log(rate), 0.1, 100)),
                    "unmarked_pauses": np.where(random.random(100) < 0.1, 0.05, 0.0),
                }
            )
        )
    table = pd.concat(frames, ignore_index=True)
    for one in swapped:
        table.loc[one, "fit"] = -random.uniform(1.5, 3) if table.loc[one, "learnt"] else -6.0
        table.loc[one, "voicing"] -= 0.4
        table.loc[one, "phones_per_s"] *= random.choice([0.7, 1.5])
    return table


@pytest.mark.parametrize("seed", range(5))
def test_long_tails_and_speakers_of_their_own_are_not_odd_and_texts_of_others_are(seed):
    swapped = [*range(3, 300, 20)]
    odd = judged(simulated(seed, swapped))["odd"] != ""
    assert odd[swapped].sum() >= 13 and odd.drop(swapped).sum() <= 5
    assert (judged(simulated(seed))["odd"] != "").sum() <= 6


def test_a_speaker_with_few_recordings_is_judged_by_all():
    table = simulated(0)
    table.loc[200 + FEWEST - 1 :, "speaker"] = "s1"
    assert judged(table)["oddity"].notna().all()


def test_where_many_are_far_from_usual_the_threshold_is_farther():
    assert _threshold(judged(table_of(200))["oddity"]) == FARTHEST
    even = pd.Series(np.linspace(0, 8, 101))
    assert _threshold(even) == pytest.approx(4 + 4 * 1.4826 * 2)
    assert _threshold(even[: FEWEST - 1]) == FARTHEST
