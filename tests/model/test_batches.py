"""Batches are laid out as the network reads them."""

import numpy as np
import pytest
import torch

from intonation.model.batches import Inputs, make_batch

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
