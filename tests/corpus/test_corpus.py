"""Corpus folders: utterances cut to size, frames to phones."""

import numpy as np
import pandas as pd
import pytest
from builders import QUESTIONS, TICKS, labels_of

from intonation.corpus.alignment.textgrids import write_textgrid
from intonation.corpus.corpus import (
    TABLE_COLUMNS,
    describe,
    frame_index,
    open_corpus,
    read_utterance,
)
from intonation.corpus.f0 import write_lf0
from intonation.corpus.features import build_features
from intonation.corpus.hts_tree import question_file
from intonation.corpus.splits import SPLITS
from intonation.errors import CorpusError, LabelError, UtteranceError
from intonation.labels.full_context import write_labels
from intonation.labels.intervals import Alignment, Interval


def write_corpus(folder, ids=("a", "b", "c"), frames=40):
    rows = []
    for number, name in enumerate(ids):
        labels = labels_of([10 * TICKS, 20 * TICKS, 30 * TICKS, frames * TICKS])
        write_labels(folder / "data" / "labels" / "full" / f"{name}.lab", labels)
        f0_hz = np.where(np.arange(frames) % 40 < 20, 0, 100.0 + number).astype(np.float32)
        write_lf0(folder / "data" / "lf0" / f"{name}.lf0", f0_hz)
        row = describe(name, f"Zdanie {name}.", "01", labels, f0_hz)
        rows.append({**row, "split": SPLITS[number], "trimmed_frames": 0})
    table = pd.DataFrame(rows).assign(speaker_median_hz=100.0)
    table.reindex(columns=list(TABLE_COLUMNS)).to_csv(folder / "utterances.csv", index=False)
    questions = folder / "data" / "questions" / "small.hed"
    questions.parent.mkdir(parents=True)
    questions.write_text(QUESTIONS)
    return folder


# --- opening --------------------------------------------------------------------------------------


def test_an_utterance_has_all_that_is_known_of_it(tmp_path):
    folder = write_corpus(tmp_path)
    words = (Interval(0.0, 0.05, ""), Interval(0.05, 0.15, "Al."), Interval(0.15, 0.2, ""))
    write_textgrid(folder / "data" / "textgrid" / "b.TextGrid", Alignment(words, words))
    corpus = open_corpus(str(folder))
    utterance = corpus["b"]
    assert (utterance.id, utterance.text, utterance.split) == ("b", "Zdanie b.", "validation")
    assert utterance.speaker == "01"  # not the number 1
    assert utterance.answers.tolist() == [[1, 0, 0], [0, 1, 0], [0, 0, 1], [1, 0, 0]]
    assert utterance.frame_to_phone.tolist() == [0] * 10 + [1] * 10 + [2] * 10 + [3] * 10
    assert utterance.voiced.tolist() == [False] * 20 + [True] * 20
    assert utterance.f0_semitones[:20] == pytest.approx([np.nan] * 20, nan_ok=True)
    assert utterance.f0_semitones[20:] == pytest.approx([12 * np.log2(1.01)] * 20, rel=1e-5)
    assert utterance.times_s[[0, 1, 39]] == pytest.approx([0.0025, 0.0075, 0.1975])
    assert utterance.words[1].text == "Al."
    assert utterance.phones[1] == pytest.approx((0.05, 0.1, "a"))
    assert utterance.wav_path is None
    assert corpus["a"].words == ()
    np.testing.assert_array_equal(build_features(corpus).answers("b"), utterance.answers)


def test_a_corpus_is_a_table_with_order(tmp_path):
    corpus = open_corpus(write_corpus(tmp_path))
    assert len(corpus) == 3
    assert [utterance.id for utterance in corpus] == ["a", "b", "c"]
    assert [corpus.ids(split) for split in SPLITS] == [["a"], ["b"], ["c"]]
    assert corpus.questions.names == ["C-pau", "C-a", "C-l"]
    assert corpus.table.loc[0, ["seconds", "frames", "phones", "voiced_share"]].tolist() == [
        0.2,
        40,
        4,
        0.5,
    ]


def test_ids_and_texts_that_look_like_something_else(tmp_path):
    folder = write_corpus(tmp_path, ids=("007", "NA", "1e3"))
    (folder / "excluded.csv").write_text("id,reason\nnull,no text\n")
    corpus = open_corpus(folder)
    assert [utterance.id for utterance in corpus] == ["007", "NA", "1e3"]
    assert corpus.excluded.to_dict("list") == {"id": ["null"], "reason": ["no text"]}


def test_nothing_excluded(tmp_path):
    assert len(open_corpus(write_corpus(tmp_path)).excluded) == 0


def test_no_such_utterance(tmp_path):
    with pytest.raises(CorpusError, match="no utterance 'd'"):
        open_corpus(write_corpus(tmp_path))["d"]


def test_a_folder_that_is_no_corpus(tmp_path):
    for folder in (tmp_path, tmp_path / "missing"):
        with pytest.raises(CorpusError, match=r"has no utterances\.csv; run the corpus chapter"):
            open_corpus(folder)


def test_a_table_that_lacks_columns(tmp_path):
    (tmp_path / "utterances.csv").write_text("id,text,speaker,split\na,b,c,train\n")
    with pytest.raises(CorpusError, match=r"lacks the columns \['seconds', .*'speaker_median_hz'"):
        open_corpus(tmp_path)


@pytest.mark.parametrize("content", [b"", b"\xff\xfe\x00", b'"abc\n1,2,3\n'])
def test_a_table_that_is_no_table(tmp_path, content):
    (tmp_path / "utterances.csv").write_bytes(content)
    with pytest.raises(CorpusError, match=r"utterances\.csv .*; run the corpus chapter again"):
        open_corpus(tmp_path)


@pytest.mark.parametrize(
    ("names", "found"), [([], "none"), (["a.hed", "b.hed"], "a.hed, b.hed"), (["a.txt"], "none")]
)
def test_one_question_set_and_no_choice(tmp_path, names, found):
    folder = tmp_path / "data" / "questions"
    folder.mkdir(parents=True)
    for name in names:
        (folder / name).write_text(QUESTIONS)
    with pytest.raises(CorpusError, match=f"or one other .hed file, found {found}; keep"):
        question_file(tmp_path / "data")


def test_the_question_set(tmp_path):
    folder = write_corpus(tmp_path)
    assert question_file(folder / "data") == folder / "data" / "questions" / "small.hed"


# --- lengths --------------------------------------------------------------------------------------


def write_pair(folder, end, n_frames):
    """Labels that end at `end` ticks, and so many frames of rising F0."""
    labels = labels_of([TICKS, 50 * TICKS, 90 * TICKS, end])
    write_labels(folder / "labels" / "full" / "a.lab", labels)
    f0_hz = np.arange(1, n_frames + 1).astype(np.float32) + 100
    write_lf0(folder / "lf0" / "a.lf0", f0_hz)
    return f0_hz


@pytest.mark.parametrize(
    ("surplus", "kept", "differed"),
    [(0, 100, 0), (1, 100, 1), (2, 100, 2), (-1, 99, 1), (-2, 98, 2)],
)
def test_up_to_two_frames_are_cut_from_the_end(tmp_path, surplus, kept, differed):
    f0_hz = write_pair(tmp_path, 100 * TICKS, 100 + surplus)
    labels, read_hz, cut = read_utterance(tmp_path, "a")
    np.testing.assert_allclose(read_hz, f0_hz[:kept], rtol=1e-6)
    assert cut == differed
    assert len(labels) == 4


@pytest.mark.parametrize("frames", [103, 97, 0, 500])
def test_more_is_an_error_with_the_numbers(tmp_path, frames):
    write_pair(tmp_path, 100 * TICKS, frames)
    with pytest.raises(UtteranceError, match=f"a: labels last 100 frames of 5 ms, F0 has {frames}"):
        read_utterance(tmp_path, "a")


@pytest.mark.parametrize(("ticks", "frames"), [(-24_000, 100), (24_000, 100), (26_000, 101)])
def test_the_labels_end_is_rounded_to_frames(tmp_path, ticks, frames):
    write_pair(tmp_path, 100 * TICKS + ticks, 102)
    assert read_utterance(tmp_path, "a")[2] == 102 - frames


def test_labels_without_times(tmp_path):
    write_pair(tmp_path, 100 * TICKS, 100)
    texts = labels_of([1, 2, 3, 4]).texts
    (tmp_path / "labels" / "full" / "a.lab").write_text("\n".join(texts) + "\n")
    with pytest.raises(LabelError, match=r"a\.lab has no times; align"):
        read_utterance(tmp_path, "a")


# --- frames to phones -----------------------------------------------------------------------------


def test_a_frame_belongs_to_the_phone_that_holds_its_centre():
    starts = np.array([0, 25_000, 74_999, 75_001, 200_000])
    # centres in ticks: 25,000 75,000 125,000 175,000 225,000 …
    assert frame_index(starts, 8).tolist() == [1, 2, 3, 3, 4, 4, 4, 4]


def test_centres_behind_the_last_end_go_to_the_last_phone():
    starts = np.array([0, 100_000])
    assert frame_index(starts, 6).tolist() == [0, 0, 1, 1, 1, 1]
    assert frame_index(starts, 0).tolist() == []


def test_frames_to_phones_against_the_rule_word_for_word():
    random = np.random.default_rng(0)
    ends = np.sort(random.choice(5_000_000, 60, replace=False))
    starts = np.concatenate([[0], ends[:-1]])
    n_frames = int(ends[-1] // TICKS)
    index = frame_index(starts, n_frames)
    assert index.dtype == np.int64
    for frame in range(n_frames):
        centre = frame * TICKS + TICKS // 2
        (expected,) = np.flatnonzero((starts <= centre) & (centre < ends))
        assert index[frame] == expected


# --- the table -----------------------------------------------------------------------------------


def test_describe_by_hand():
    f0_hz = np.array([0, 100, 110, 150, 0, 0], dtype=np.float32)
    row = describe("a", "Ala.", "Ewa", labels_of([1, 2, 3, 4]), f0_hz)
    assert row == {
        "id": "a",
        "text": "Ala.",
        "speaker": "Ewa",
        "seconds": 0.03,
        "frames": 6,
        "phones": 4,
        "voiced_share": 0.5,
        "f0_median_hz": 110.0,
    }
