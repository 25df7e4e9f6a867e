"""The table of vowels: classes from label fields alone, F0 from the right frames."""

from types import SimpleNamespace

import numpy as np
import pytest
from read_aloud import read_aloud

from intonation.evaluation.phonetics.vowels import (
    ACCENTED,
    AROUND_MS,
    STRESSED,
    UNSTRESSED,
    body,
    contours,
    heard,
    last_of_body,
    onsets,
    parts,
    prominence,
)


@pytest.fixture(scope="module")
def vowels():
    return read_aloud(12).vowels


def made(f0_semitones, starts_ms, ends_ms):
    """An utterance with phones at these times."""
    frames = len(f0_semitones)
    ticks = tuple(np.array(edges) * 10_000 for edges in (starts_ms, ends_ms))
    times_s = (np.arange(frames) + 0.5) * 0.005
    labels = SimpleNamespace(times=ticks)
    return SimpleNamespace(labels=labels, times_s=times_s, f0_semitones=np.array(f0_semitones))


def test_every_vowel_of_a_sentence_is_there_once(vowels):
    first = vowels[vowels["id"] == "u0"]  # Babcia postawiła na stole gorący barszcz …
    assert "".join(first["vowel"][:8]) == "aaoaiaao"
    assert first["syllable"].tolist() == list(range(1, len(first) + 1))
    assert (first["syllable"] + first["to_end"] == first["length"] + 1).all()


def test_classes_come_from_fields():
    fields = {"b1": np.array(["0", "1", "1", "0"]), "b2": np.array(["0", "0", "2", "x"])}
    assert prominence(fields).tolist() == [UNSTRESSED, STRESSED, ACCENTED, UNSTRESSED]
    before = {"p2": np.array(["k", "z", "w", "a", "k", "ZZ"]), "p6": np.array(list("222211"))}
    assert onsets(before) == ["voiceless", "voiced", "sonorant", "none", "none", "none"]


def test_labels_of_another_language_have_vowels_without_height(vowels):
    assert set(vowels["height"]) == {"high", "mid", "low"}
    assert (vowels.groupby("vowel")["height"].nunique() == 1).all()


def test_first_40_ms_and_parts_of_a_vowel_by_hand():
    spoken = np.arange(40.0)  # a semitone a frame of 5 ms
    spoken[12] = np.nan
    utterance = made(spoken, [0, 50], [50, 150])
    table = read_aloud(1).vowels[:1].assign(phone=1)
    found = heard(table, utterance)
    assert found["onset_semitones"].tolist() == [np.mean([10, 11, 13, 14, 15, 16, 17])]
    assert found["time_s"].tolist() == pytest.approx([0.1])
    expected = [[np.mean([10, 11, 13]), 15.5, 19.5, 23.5, 27.5]]
    np.testing.assert_allclose(parts(utterance, [1]), expected)


def test_a_contour_is_silent_outside_the_recording():
    found = contours(made(np.arange(100.0), [0, 100], [100, 500]), [0, 1])
    assert np.isnan(found[0, AROUND_MS < 0]).all()
    after = (AROUND_MS > 0) & (AROUND_MS < 350)
    assert np.isfinite(found[1, after]).all()
    assert found[1, AROUND_MS == 5] == pytest.approx(21, abs=1)


def test_the_last_of_the_body_is_unstressed_and_not_at_the_end(vowels):
    late = last_of_body(vowels)
    known = late >= 0
    there = vowels.loc[late[known]]
    assert known.any() and (there["prominence"] == UNSTRESSED).all()
    assert (there["to_end"] > 2).all()
    same = there[["id", "phrase"]].to_numpy() == vowels.loc[known, ["id", "phrase"]].to_numpy()
    assert same.all()
    further = vowels[body(vowels)].groupby(["id", "phrase"])["syllable"].max()
    assert (
        there["syllable"].to_numpy()
        == further.loc[list(zip(there["id"], there["phrase"], strict=True))].to_numpy()
    ).all()
    back = last_of_body(vowels, 1)
    assert (
        vowels.loc[back[back >= 0], "phrase"].to_numpy() + 1
        == vowels.loc[back >= 0, "phrase"].to_numpy()
    ).all()
