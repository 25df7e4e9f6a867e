"""Recordings in doubt: what is measured, what is told, what is unknown; reasons counted by kind."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from intonation.evaluation.quality.exclusions import exclusions, general, parted
from intonation.evaluation.quality.recordings import (
    CHECKS,
    FEWEST,
    SPEAKER_COLUMNS,
    checks,
    leaps,
    phone_lengths,
    recordings,
    robust_z,
    speakers,
    suspects,
    verdicts,
)
from intonation.labels.intervals import Interval

SECONDS = (0.1, 0.05, 0.2, 0.05)  # of the phones pau, a, l, a
F0_HZ = np.array([0, 100, 110, 0, 200, 200, 100, 0], dtype=np.float32)  # one leap, down


def spoken(name, speaker="s", seconds=SECONDS, f0_hz=F0_HZ):
    edges = np.concatenate([[0], np.cumsum(seconds)]).tolist()
    phones = tuple(map(Interval, edges, edges[1:], ("pau", "a", "l", "a")))
    return SimpleNamespace(id=name, speaker=speaker, phones=phones, f0_hz=f0_hz)


class Spoken:
    """A corpus of so many utterances, with more columns as preparation may write them."""

    def __init__(self, count=6, speakers=("s",), **columns):
        names = [f"u{i}" for i in range(count)]
        self.made = [spoken(n, speakers[i % len(speakers)]) for i, n in enumerate(names)]
        known = {"id": names, "speaker": [one.speaker for one in self.made], "frames": 8}
        known |= {"seconds": 0.4, "voiced_share": 0.625, "phones": 4}
        self.table = pd.DataFrame({**known, **columns})

    def __iter__(self):
        return iter(self.made)


FULL = {
    "aligned_by": ["realigned"] * 6,
    "phones_per_s": [10.0, 10.1, 9.9, 10.2, 9.8, 30.0],
    "oddity": [0.5, "", 4.5, 0.7, 6.0, 0.1],  # as read from a CSV: the empty one is unknown
    "odd": ["", "", "long pauses", "", "too fast", ""],
    "mended_frames": [0, 0, 0, 0, 1, 0],
    "creak_share": [0.0, 0.3, 0.0, 0.0, 0.0, 0.0],
    "disputed_share": [0.0, 0.0, 0.4, 0.05, 0.0, 0.2],
    "f0_floor_hz": [75.0] * 6,
    "f0_ceiling_hz": [400.0] * 6,
}


def test_what_labels_and_tracks_tell_by_themselves():
    found = recordings(Spoken())
    row = found.table.iloc[0]
    assert row["phones_per_s"] == pytest.approx(3 / 0.3) and row["shortest_ms"] == pytest.approx(50)
    assert row["leaps"] == 1 and not found.exact
    assert found.table[["oddity", "mended_frames", "disputed_share"]].isna().all(axis=None)
    assert set(found.phones["phone"]) == {"a", "l"} and len(found.phones) == 18
    assert list(found.tracks) == ["s"] and len(found.tracks["s"]) == 6


def test_what_preparation_noted_is_taken_before_what_is_measured():
    table = recordings(Spoken(**FULL)).table
    assert table["phones_per_s"].tolist() == FULL["phones_per_s"]
    assert np.isnan(table["oddity"][1]) and table["oddity"][4] == 6.0


@pytest.mark.parametrize("columns, spoken", [({}, True), ({"aligned_by": "voice"}, False)])
def test_the_times_of_the_synthetic_voice_are_exact(columns, spoken):
    found = recordings(Spoken(**columns), spoken=spoken)
    assert found.exact
    assert (verdicts(found.table)["odd_times"] == 0).all()
    assert "alignment" not in set(suspects(found.table)["kind"])


def test_a_corpus_may_say_itself_that_it_was_not_the_voice():
    assert not recordings(Spoken(**FULL), spoken=True).exact


@pytest.mark.parametrize(
    "f0_hz, count",
    [
        ([100, 100, 200], 1),
        ([100, 0, 200], 0),  # a gap is no leap
        ([100, 140, 100], 0),
        ([100, 142, 100], 2),
        ([0, 0], 0),
        ([], 0),
        ([100], 0),
    ],
)
def test_a_leap_is_more_than_half_an_octave_from_frame_to_frame(f0_hz, count):
    assert leaps(np.array(f0_hz, dtype=np.float32)) == count


def test_the_robust_score_by_hand():
    values = pd.Series([1.0, 2.0, 3.0, 4.0, 100.0])  # median 3, deviations 2 1 0 1 97, MAD 1
    expected = 0.6745 * np.array([-2, -1, 0, 1, 97])
    np.testing.assert_allclose(robust_z(values), expected)
    assert robust_z(values[: FEWEST - 1]).isna().all()
    assert (robust_z(pd.Series([1.0, 1, 1, 1, 5])) == 0).all()


def test_a_rate_is_unusual_among_those_of_its_speaker_only():
    rates = [*[10.0, 10.1, 9.9, 10.2, 9.8, 10.0], *[20.0, 20.1, 19.9, 20.2, 19.8, 25.0]]
    names = ["slow"] * 6 + ["fast"] * 6
    table = recordings(Spoken(12, phones_per_s=rates, speaker=names)).table
    assert table["id"][table["rate_z"].abs() > 3.5].tolist() == ["u11"]


def test_each_check_counts_every_recording_once():
    table = recordings(Spoken(**FULL)).table
    counts = checks(table, n_excluded=3).set_index("check")
    assert counts.loc["recording could be used"].tolist() == [6, 3, 0]
    assert counts.loc[CHECKS["odd_times"]].tolist() == [3, 2, 1]
    assert counts.loc[CHECKS["odd_rate"]].tolist() == [5, 1, 0]
    assert counts.loc[CHECKS["disputed"]].tolist() == [4, 2, 0]
    assert counts.loc[CHECKS["mended"]].tolist() == [5, 1, 0]  # 1 of 5 voiced frames
    assert counts.loc[CHECKS["creaky"]].tolist() == [5, 1, 0]
    assert counts.loc[CHECKS["leaping"]].tolist() == [0, 6, 0]
    assert (counts[1:].sum(axis=1) == 6).all() and len(counts) == len(CHECKS) + 1


def test_what_is_unknown_is_not_taken_for_good():
    counts = checks(recordings(Spoken(3)).table, 0).set_index("check")
    for name in ("odd_times", "odd_rate", "disputed", "mended", "creaky"):
        assert counts.loc[CHECKS[name]].tolist() == [0, 0, 3], name


def test_suspects_come_worst_first_and_say_why():
    found = suspects(recordings(Spoken(**FULL)).table, most=3)
    times = found[found["kind"] == "alignment"]
    assert times["id"].tolist() == ["u4", "u2", "u3"]
    assert times["told"].iloc[0] == "oddity 6.0; too fast; 9.8 phones/s"
    assert "not beyond the threshold" in times["told"].iloc[2]
    pitch = found[found["kind"] == "pitch"]
    assert pitch["id"].tolist() == ["u2", "u5", "u3"]
    assert pitch["told"].iloc[0] == "40.0% of frames disputed; 1 leap(s) of F0"


def test_without_scores_an_unusual_rate_is_suspect():
    rates = {"phones_per_s": FULL["phones_per_s"]}
    found = suspects(recordings(Spoken(**rates)).table)
    (row,) = found[found["kind"] == "alignment"].to_dict("records")
    assert row["id"] == "u5" and "unknown quality" in row["told"]


def test_nothing_bad_nothing_suspect():
    corpus = Spoken(**{**FULL, "oddity": "", "odd": "", "disputed_share": 0.0, "mended_frames": 0})
    corpus.made = [spoken(one.id, f0_hz=F0_HZ[:4]) for one in corpus.made]
    corpus.table["phones_per_s"] = 10.0
    found = suspects(recordings(corpus).table)
    assert found.empty and list(found) == ["kind", "id", "value", "told"]


def test_speakers_lowest_first_with_the_range_and_shares_of_their_voiced_frames():
    columns = {**FULL, "frames": [8, 8, 80, 8, 8, 8]}
    corpus = Spoken(speakers=("high", "low"), **columns)
    corpus.made = [
        spoken(one.id, one.speaker, f0_hz=F0_HZ * (2 if one.speaker == "high" else 1))
        for one in corpus.made
    ]
    table = speakers(recordings(corpus))
    assert list(table) == list(SPEAKER_COLUMNS) and table["speaker"].tolist() == ["low", "high"]
    low, high = table.to_dict("records")
    assert high["f0_median_hz"] == 2 * low["f0_median_hz"] == 220.0
    assert high["range_semitones"] == pytest.approx(low["range_semitones"])
    assert high["disputed_share"] == pytest.approx((0.4 * 80) / 96)  # u0, u2, u4
    assert (low["mended_frames"], high["mended_frames"], low["f0_floor_hz"]) == (0, 1, 75.0)
    unknown = speakers(recordings(Spoken()))
    assert unknown[["creak_share", "mended_frames", "f0_floor_hz"]].isna().all(axis=None)


def test_lengths_of_phones():
    phones = pd.DataFrame({"phone": [*"aaab"], "seconds": [0.01, 0.02, 0.03, 0.5]})
    table = phone_lengths(phones)
    assert table["phone"].tolist() == ["b", "a"] and table["count"].tolist() == [1, 3]
    assert table["median_ms"].tolist() == [500.0, 20.0] and table["low_ms"][1] == 11.0


REASONS = {  # id: reason, and what is general in it
    "anna_01": "anna_01.wav is digital silence; remove it, or record it again",
    "moje 2": "moje nagranie 2.wav is digital silence; remove it, or record it again",
    "u3": "u3: labels last 874 frames of 5 ms, F0 has 870; at most 2 may differ: check the end",
    "a": 'the text "Mam 5 kotów." has characters outside Polish spelling: 5; expected Polish '
    "letters and punctuation only. Write numbers as words.",
    "b": 'the text "Ma 3 psy: ala." has characters outside Polish spelling: 3; expected Polish '
    "letters and punctuation only. Write numbers as words.",
    "c": "Praat could not align the recording to its text (something: else; odd)",
}


def test_reasons_of_one_kind_are_counted_together_most_frequent_first():
    excluded = pd.DataFrame({"id": list(REASONS), "reason": list(REASONS.values())})
    table = exclusions(excluded)
    assert table["recordings"].tolist() == [2, 2, 1, 1]
    assert table["recordings"].sum() == len(excluded)
    first = table.iloc[0]
    assert (first["reason"], first["example"]) == ("… is digital silence", "anna_01")
    assert first["fix"] == "remove it, or record it again"
    assert table["fix"].tolist()[1:] == ["Write numbers as words.", "check the end", ""]


def test_what_is_measured_stays_a_word_and_what_is_counted_does_not():
    assert general(REASONS["u3"], "u3").startswith("…: labels last … frames of … ms, F0 has …;")
    assert general("a file of a speaker; try a", "a") == "a file of a speaker; try a"
    assert general("the file /x/y z holds 3, 4, 5 bytes", "z") == "the file … z holds … bytes"


@pytest.mark.parametrize(
    "reason, parts",
    [
        ("is silence; remove it", ("is silence", "remove it")),
        ("is no sound (x); found y: convert it", ("is no sound (x); found y", "convert it")),
        ("no voice was found", ("no voice was found", "")),
    ],
)
def test_the_fix_is_what_comes_last(reason, parts):
    assert parted(reason) == parts


def test_no_exclusions_are_an_empty_table():
    table = exclusions(pd.DataFrame(columns=["id", "reason"]))
    assert table.empty and list(table) == ["recordings", "reason", "fix", "example"]
