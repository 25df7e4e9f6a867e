"""Packed answers equal the answers, and batches are laid out as the network reads them."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
import torch

from intonation.corpus.features import build_features, load_features, save_features
from intonation.errors import CorpusError
from intonation.model.batches import Inputs, make_batch


class FakeCorpus:
    """Utterances with answers drawn by lot: all that `build_features` asks of a corpus."""

    def __init__(self, phones=(5, 1, 12), questions=13, numeric=(), share=0.4):
        random = np.random.default_rng(0)
        self.questions = FakeQuestions(
            SimpleNamespace(name=f"pytanie ż{n}", numeric=n in numeric) for n in range(questions)
        )
        self.all_answers = {}
        for number, count in enumerate(phones):
            answers = (random.random((count, questions)) < share).astype(np.uint8)
            if numeric:
                answers = answers.astype(np.float32)
                answers[:, list(numeric)] = random.normal(0, 3, (count, len(numeric)))
            self.all_answers[f"u{number}"] = answers
        self.table = pd.DataFrame({"id": list(self.all_answers)})

    def __len__(self):
        return len(self.table)

    def __iter__(self):
        return (SimpleNamespace(id=name, answers=a) for name, a in self.all_answers.items())


class FakeQuestions(tuple):
    @property
    def names(self):
        return [question.name for question in self]


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


@pytest.mark.parametrize("fault", ["missing", "empty", "text", "half", "flipped", "other arrays"])
def test_a_file_that_holds_no_features(tmp_path, fault):
    path = tmp_path / "features.npz"
    save_features(path, build_features(FakeCorpus()))
    whole = path.read_bytes()
    if fault == "missing":
        path.unlink()
    elif fault == "other arrays":
        np.savez(path, ids=np.array(["u0"]))
    else:
        middle = len(whole) // 2
        path.write_bytes(
            {
                "empty": b"",
                "text": b"to nie jest npz",
                "half": whole[:middle],
                "flipped": whole[:60] + bytes(255 - byte for byte in whole[60:90]) + whole[90:],
            }[fault]
        )
    with pytest.raises(CorpusError, match=r"features\.npz holds no features .*run the features"):
        load_features(path)


# --- batches ----------------------------------------------------------------------------

FIRST = Inputs(
    answers=np.array([[1, 0, 1], [0, 1, 0]], dtype=np.uint8),
    frame_to_phone=np.array([0, 0, 1]),
    voiced=np.array([False, True, True]),
)
SECOND = Inputs(
    answers=np.array([[0, 0, 1], [1, 1, 1], [0, 0, 0]], dtype=np.uint8),
    frame_to_phone=np.array([0, 1, 1, 1, 2]),
    voiced=np.array([True, False, False, False, True]),
)


def test_a_batch_by_hand():
    batch = make_batch([FIRST, SECOND])
    assert batch.answers.tolist() == [[1, 0, 1], [0, 1, 0], [0, 0, 1], [1, 1, 1], [0, 0, 0]]
    assert batch.phone_of_frame.tolist() == [[0, 0, 1, 0, 0], [2, 3, 3, 3, 4]]
    assert batch.vuv.tolist() == [[0, 1, 1, 0, 0], [1, 0, 0, 0, 1]]
    assert batch.mask.tolist() == [[1, 1, 1, 0, 0], [1, 1, 1, 1, 1]]
    assert batch.answers.dtype == batch.vuv.dtype == batch.mask.dtype == torch.float32
    assert batch.phone_of_frame.dtype == torch.int64


def test_a_batch_of_a_given_width():
    batch = make_batch([FIRST], frames=6)
    assert batch.phone_of_frame.tolist() == [[0, 0, 1, 0, 0, 0]]
    assert batch.mask.tolist() == [[1, 1, 1, 0, 0, 0]]
    with pytest.raises(ValueError, match="cannot pad to 4 frames, the longest utterance has 5"):
        make_batch([FIRST, SECOND], frames=4)


def test_an_index_stays_an_index_in_another_precision():
    batch = make_batch([FIRST]).to("cpu", torch.float64)
    assert batch.answers.dtype == batch.vuv.dtype == batch.mask.dtype == torch.float64
    assert batch.phone_of_frame.dtype == torch.int64
    assert make_batch([FIRST]).to("cpu").answers.dtype == torch.float32
