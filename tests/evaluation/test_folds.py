"""Folds by sentence."""

import numpy as np

from intonation.evaluation.unseen.folds import deal


def test_a_sentence_is_in_one_fold_whoever_reads_it():
    sentences = [f"s{number % 7}" for number in range(70)]
    fold = deal(sentences, 3, seed=0)
    assert len({(one, part) for one, part in zip(sentences, fold, strict=True)}) == 7
    assert sorted(np.bincount(fold[:7])) == [2, 2, 3]
    assert (deal(sentences, 3, seed=0) == fold).all()
    assert any((deal(sentences, 3, seed=seed) != fold).any() for seed in (1, 2))


def test_there_are_as_many_folds_as_sentences_at_most():
    assert set(deal(["a", "a"], 5, seed=0)) == {0}
    assert deal(np.array([0, 1, 1, 2]), 5, 0).max() == 2
    assert deal([], 5, seed=0).tolist() == []
