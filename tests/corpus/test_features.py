"""Packed answers equal the answers; constants, duplicates and correlations by hand."""

import tracemalloc
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from builders import features_of

from intonation.corpus.features import (
    build_features,
    column_statistics,
    correlations,
    group_correlations,
    load_features,
    save_features,
)
from intonation.errors import CorpusError


class FakeQuestions:
    """Questions whose answers stand in the place of the labels."""

    def __init__(self, count, numeric):
        self.names, self.numeric = [f"pytanie ż{n}" for n in range(count)], np.array(numeric, int)

    def pack(self, labels):
        return np.packbits(labels != 0, axis=1), labels[:, self.numeric].astype(np.float32)


class FakeCorpus:
    """Utterances with answers drawn by lot: all that `build_features` asks of a corpus."""

    def __init__(self, phones=(5, 1, 12), questions=13, numeric=(), share=0.4):
        random = np.random.default_rng(0)
        self.questions = FakeQuestions(questions, numeric)
        self.all_answers = {}
        for number, count in enumerate(phones):
            answers = (random.random((count, questions)) < share).astype(np.uint8)
            if numeric:
                answers = answers.astype(np.float32)
                answers[:, list(numeric)] = random.normal(0, 3, (count, len(numeric)))
            self.all_answers[f"u{number}"] = answers
        self.table = pd.DataFrame({"id": list(self.all_answers), "phones": phones})

    def __len__(self):
        return len(self.table)

    def __iter__(self):
        pairs = self.all_answers.items()
        return (SimpleNamespace(id=name, labels=answers) for name, answers in pairs)


@pytest.mark.parametrize("questions", [1, 8, 13, 1483])
@pytest.mark.parametrize("numeric", [(), (0,)])
def test_a_table_gives_back_every_answer(tmp_path, questions, numeric):
    corpus = FakeCorpus(questions=questions, numeric=numeric)
    built = build_features(corpus)
    save_features(tmp_path / "sub" / "features.npz", built)
    for table in (built, load_features(tmp_path / "sub" / "features.npz")):
        assert table.ids == ("u0", "u1", "u2")
        assert table.questions == tuple(corpus.questions.names)
        for name, expected in corpus.all_answers.items():
            answers = table.answers(name)
            assert answers.dtype == expected.dtype
            np.testing.assert_array_equal(answers, expected)


@pytest.mark.parametrize("numeric", [(), (0, 5)])
def test_answers_written_one_by_one_are_those_held_in_memory(tmp_path, numeric):
    corpus = FakeCorpus(phones=(5, 1, 12, 4), questions=13, numeric=numeric)
    held, mapped = build_features(corpus), build_features(corpus, tmp_path / "a.npz")
    save_features(tmp_path / "b.npz", held)
    assert (tmp_path / "a.npz").read_bytes() == (tmp_path / "b.npz").read_bytes()
    for name in ("ids", "questions", "offsets", "packed", "numeric", "numbers"):
        np.testing.assert_array_equal(getattr(mapped, name), getattr(held, name))
    pd.testing.assert_frame_equal(column_statistics(mapped), column_statistics(held))
    np.testing.assert_array_equal(correlations(mapped), correlations(held))


def test_answers_of_a_file_are_not_held_in_memory(tmp_path):
    corpus = FakeCorpus(phones=(200,) * 250, questions=1483)  # 9.3 MB of bits
    table, written = peak_of(lambda: build_features(corpus, tmp_path / "features.npz"))
    assert isinstance(table.packed, np.memmap) and not table.packed.flags.writeable
    assert written < table.packed.nbytes / 4
    for use in (lambda: load_features(tmp_path / "features.npz"), lambda: table.answers("u7")):
        assert peak_of(use)[1] < table.packed.nbytes / 2
    everything = len(table.packed) * len(table.questions)  # a byte each
    assert peak_of(lambda: column_statistics(table))[1] < everything / 3


def peak_of(call):
    """What a call returns, and the bytes of memory that it takes at its peak."""
    tracemalloc.start()
    try:
        return call(), tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_labels_that_changed_ask_for_the_corpus_chapter(tmp_path):
    corpus = FakeCorpus(phones=(5, 1, 12))
    corpus.table["phones"] = [5, 2, 11]
    for path in (None, tmp_path / "features.npz"):
        with pytest.raises(CorpusError, match="u1: its labels have 1 phones, expected 2 .*corpus"):
            build_features(corpus, path)
    assert not list(tmp_path.iterdir())


def test_answers_take_a_bit_each():
    corpus = FakeCorpus(phones=(100, 200), questions=1483)
    assert build_features(corpus).packed.nbytes == 300 * 186  # ceil(1483 / 8)


def test_share_of_phones_that_answer_yes():
    corpus = FakeCorpus(phones=(5000, 3, 4093), questions=9)  # more than a block, and no whole one
    expected = np.concatenate(list(corpus.all_answers.values())).mean(axis=0)
    np.testing.assert_allclose(build_features(corpus).share_true(), expected, rtol=1e-12)


def test_an_unknown_utterance_asks_for_the_chapter():
    with pytest.raises(CorpusError, match="'u9'.*features chapter"):
        build_features(FakeCorpus()).answers("u9")


FAULTS = ("missing", "empty", "text", "half", "flipped", "rotten", "compressed", "other arrays")


@pytest.mark.parametrize("fault", FAULTS)
def test_a_file_that_holds_no_features(tmp_path, fault):
    path = tmp_path / "features.npz"
    save_features(path, build_features(FakeCorpus()))
    whole = path.read_bytes()
    if fault == "missing":
        path.unlink()
    elif fault == "other arrays":
        np.savez(path, ids=np.array(["u0"]))
    elif fault == "compressed":
        with np.load(path) as stored:
            np.savez_compressed(path, **stored)
    else:
        middle = len(whole) // 2
        path.write_bytes(
            {
                "empty": b"",
                "text": b"to nie jest npz",
                "half": whole[:middle],
                "rotten": whole[:170] + bytes([255 - whole[170]]) + whole[171:],  # of the answers
                "flipped": whole[:60] + bytes(255 - byte for byte in whole[60:90]) + whole[90:],
            }[fault]
        )
    with pytest.raises(CorpusError, match=r"features\.npz holds no features .*run the features"):
        load_features(path)


# --- statistics ----------------------------------------------------------------------------------

ANSWERS = [
    # q0 q1 q2 q3 q4 (never, q1 = q3, q2 = not q1, always)
    [0, 1, 0, 1, 1],
    [0, 0, 1, 0, 1],
    [0, 1, 0, 1, 1],
    [0, 0, 1, 0, 1],
    [0, 1, 0, 1, 1],
]


def test_constant_and_duplicate_columns():
    found = column_statistics(features_of({"u": np.array(ANSWERS, np.uint8)}))
    assert found["constant"].tolist() == [True, False, False, False, True]
    assert found["same_as"].tolist() == ["", "", "", "q1", ""]
    assert found["share_of_phones"].tolist() == pytest.approx([0, 0.6, 0.4, 0.6, 1])


def test_correlations_are_pearsons_and_unknown_for_constants():
    random = np.random.default_rng(0)
    answers = (random.random((500, 6)) < [0.5, 0.1, 0.9, 0.3, 0.5, 0.5]).astype(np.uint8)
    answers[:, 4] = 1
    found = correlations(features_of({"u": answers}))
    kept = [0, 1, 2, 3, 5]
    expected = pd.DataFrame(answers[:, kept]).corr()
    np.testing.assert_allclose(found[np.ix_(kept, kept)], expected, atol=1e-5)
    assert np.isnan(found[4]).all() and np.isnan(found[:, 4]).all()


def test_group_correlations_take_the_best_partner():
    pairs = correlations(features_of({"u": np.array(ANSWERS, np.uint8)}))
    groups = {"one": np.array([1]), "two": np.array([2, 3]), "constant": np.array([0, 4])}
    found = group_correlations(pairs, groups)
    assert found.loc["one", "two"] == pytest.approx(1)
    assert np.isnan(found.loc["one", "one"])  # a feature is no partner of its own
    assert found["constant"].isna().all()
    np.testing.assert_array_equal(found, found.T)
