"""Corpora that are HTS-demo trees already."""

import shutil
import struct

import numpy as np
import pandas as pd
import pytest

from intonation.corpus.alignment.praat import synthesize
from intonation.corpus.corpus import open_corpus
from intonation.corpus.f0 import UNVOICED_LF0, read_float32
from intonation.corpus.hts_tree import CMP_HEADER, LF0_COLUMN, find_tree, read_cmp_column
from intonation.corpus.preparation import Asked, prepare_corpus
from intonation.errors import CorpusError, UtteranceError

SENTENCES = ("Ala ma kota.", "Czy to już jutro?", "Nie, dziękuję bardzo.", "Pada deszcz.")


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    """A corpus folder that we wrote ourselves from four recordings."""
    folder = tmp_path_factory.mktemp("recordings")
    for number, text in enumerate(SENTENCES):
        sound, _ = synthesize(text)
        sound.save(str(folder / f"u{number}.wav"), "WAV")
        (folder / f"u{number}.txt").write_text(text, encoding="utf-8")
    return prepare_corpus(str(folder), folder / "corpus", jobs=1).folder


@pytest.fixture
def tree(written, tmp_path):
    """The same as somebody else's HTS-demo tree: .cmp instead of .lf0, cp1250 texts."""
    data = tmp_path / "tree" / "data"
    for name in ("labels/full", "questions"):
        shutil.copytree(written / "data" / name, data / name)
    (data / "txt").mkdir()
    for path in (written / "data" / "txt").glob("*.txt"):
        (data / "txt" / path.name).write_bytes(path.read_text(encoding="utf-8").encode("cp1250"))
    for path in (written / "data" / "lf0").glob("*.lf0"):
        write_cmp(data / "cmp" / f"{path.stem}.cmp", read_float32(path))
    return tmp_path / "tree"


def write_cmp(path, lf0, *, columns=LF0_COLUMN + 3):
    """Write ln F0 into its column of an HTK parameter file, the other columns 0.

    lf0: float32 [frames], -1e10 where unvoiced.
    """
    table = np.zeros((len(lf0), columns), dtype=">f4")
    table[:, LF0_COLUMN] = lf0
    header = CMP_HEADER.pack(len(lf0), 50_000, 4 * columns, 9)  # 9: USER
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(header + table.tobytes())


def test_round_trip_is_bit_for_bit(written, tree, tmp_path):
    taken = prepare_corpus(str(tree), tmp_path / "taken")
    ours = open_corpus(written)
    assert taken.table["id"].tolist() == ours.table["id"].tolist()
    assert taken.table["text"].tolist() == ours.table["text"].tolist()
    for mine, theirs in zip(ours, taken, strict=True):
        np.testing.assert_array_equal(mine.f0_hz, theirs.f0_hz)
        np.testing.assert_array_equal(mine.answers, theirs.answers)
        np.testing.assert_array_equal(mine.frame_to_phone, theirs.frame_to_phone)


def test_a_corpus_of_ours_is_taken_with_its_speakers(written, tmp_path):
    table = pd.read_csv(written / "utterances.csv")
    copy = tmp_path / "copy"
    shutil.copytree(written, copy)
    table.assign(speaker=["a", "b", "a", "b"]).to_csv(copy / "utterances.csv", index=False)
    taken = prepare_corpus(str(copy), tmp_path / "taken")
    assert taken.table["speaker"].tolist() == ["a", "b", "a", "b"]


def test_without_texts_the_ids_stand_for_them(tree, tmp_path):
    shutil.rmtree(tree / "data" / "txt")
    assert prepare_corpus(str(tree), tmp_path / "taken").table["text"].tolist() == [
        "u0",
        "u1",
        "u2",
        "u3",
    ]


@pytest.mark.parametrize("change, trimmed", [(2, 2), (-2, 2), (1, 1)])
def test_up_to_two_frames_are_trimmed_and_counted(tree, tmp_path, change, trimmed):
    path = tree / "data" / "cmp" / "u1.cmp"
    lf0 = read_cmp_column(path, LF0_COLUMN)
    longer = np.append(lf0, np.full(2, UNVOICED_LF0, dtype=np.float32))
    write_cmp(path, longer[: len(lf0) + change])
    taken = prepare_corpus(str(tree), tmp_path / "taken")
    assert taken.table.set_index("id").loc["u1", "trimmed_frames"] == trimmed
    assert len(taken["u1"].f0_hz) == min(len(lf0), len(lf0) + change)


def test_three_frames_are_an_exclusion_with_the_numbers(tree, tmp_path):
    path = tree / "data" / "cmp" / "u1.cmp"
    lf0 = read_cmp_column(path, LF0_COLUMN)
    write_cmp(path, lf0[:-3])
    taken = prepare_corpus(str(tree), tmp_path / "taken")
    (row,) = taken.excluded.to_dict("records")
    assert row["id"] == "u1"
    assert f"{len(lf0)} frames" in row["reason"] and f"{len(lf0) - 3}" in row["reason"]


def test_labels_without_times_and_missing_f0_are_listed(tree, tmp_path):
    label = tree / "data" / "labels" / "full" / "u0.lab"
    lines = label.read_text().splitlines()
    label.write_text("".join(line.split()[-1] + "\n" for line in lines))
    (tree / "data" / "cmp" / "u3.cmp").unlink()
    with pytest.raises(CorpusError, match="only 2 utterances are usable"):
        prepare_corpus(str(tree), tmp_path / "taken")
    reasons = pd.read_csv(tmp_path / "taken" / "excluded.csv").set_index("id")["reason"]
    assert "no times" in reasons["u0"] and "neither" in reasons["u3"]


def test_raw_samples_get_their_rate_from_the_length_of_f0(written, tree, tmp_path):
    frames = len(open_corpus(written)["u2"].f0_hz)
    samples = (3000 * np.sin(np.arange(frames * 80) / 5)).astype("<i2")  # 80 a frame: 16 kHz
    (tree / "data" / "raw").mkdir()
    samples.tofile(tree / "data" / "raw" / "u2.raw")
    taken = prepare_corpus(str(tree), tmp_path / "taken")
    header = taken["u2"].wav_path.read_bytes()[:28]
    assert struct.unpack("<I", header[24:28]) == (16_000,)


def test_ln_f0_may_stand_in_another_column(tree, tmp_path):
    for path in (tree / "data" / "cmp").glob("*.cmp"):
        lf0 = read_cmp_column(path, LF0_COLUMN)
        table = np.stack([np.zeros_like(lf0), lf0], axis=1).astype(">f4")
        path.write_bytes(struct.pack(">iihh", len(lf0), 50_000, 8, 9) + table.tobytes())
    with pytest.raises(CorpusError, match="2 columns, so none is number 150"):
        prepare_corpus(str(tree), tmp_path / "taken")
    taken = prepare_corpus(str(tree), tmp_path / "taken", Asked(lf0_column=1))
    assert len(taken) == 4 and taken["u0"].voiced.any()


def test_cmp_column(tmp_path):
    path = tmp_path / "a.cmp"
    table = np.arange(12, dtype=">f4").reshape(3, 4)
    path.write_bytes(struct.pack(">iihh", 3, 50_000, 16, 9) + table.tobytes())
    np.testing.assert_array_equal(read_cmp_column(path, 2), [2, 6, 10])
    with pytest.raises(UtteranceError, match="4 columns, so none is number 150"):
        read_cmp_column(path, 150)


@pytest.mark.parametrize(
    "content, message",
    [
        (b"abc", "less than an HTK header"),
        (struct.pack(">iihh", 3, 50_000, 16, 9) + bytes(40), "truncated"),
        (struct.pack(">iihh", 3, 100_000, 16, 9) + bytes(48), "frames of 10 ms, expected 5"),
        (struct.pack("<iihh", 3, 50_000, 16, 9) + bytes(48), "truncated or no HTK"),
        (struct.pack(">iihh", 1, 50_000, 4, 9) + struct.pack(">f", float("nan")), "NaN"),
    ],
)
def test_broken_cmp_files_are_refused(tmp_path, content, message):
    path = tmp_path / "a.cmp"
    path.write_bytes(content)
    with pytest.raises(UtteranceError, match=message):
        read_cmp_column(path, 0)


def test_a_choice_of_question_sets_is_refused_and_the_usual_one_preferred(tree):
    questions = tree / "data" / "questions"
    shutil.copy(questions / "questions_qst001.hed", questions / "a.hed")
    assert find_tree(tree).questions.name == "questions_qst001.hed"
    (questions / "questions_qst001.hed").rename(questions / "b.hed")
    with pytest.raises(CorpusError, match=r"found a\.hed, b\.hed; keep just one"):
        _ = find_tree(tree).questions


def test_what_is_no_tree(tmp_path):
    assert find_tree(tmp_path) is None
    (tmp_path / "data" / "labels" / "full").mkdir(parents=True)
    with pytest.raises(CorpusError, match=r"no \.lab file"):
        find_tree(tmp_path).recordings()
