"""Which sentence is in which split, and what a speaker's median may know of."""

import unicodedata

import numpy as np
import pandas as pd
import pytest

from intonation.corpus.splits import SPLITS, speaker_medians, split_sentences


def test_no_sentence_is_in_two_splits_however_it_is_written():
    texts = pd.Series([f"Zdanie numer {'abcdefghij'[n % 10]}{'klmno'[n // 10]}" for n in range(50)])
    written = pd.concat([texts + ".", texts.str.upper() + "!", "„" + texts.str.lower() + "”,"])
    split = split_sentences(written.reset_index(drop=True), seed=0)
    per_sentence = split.to_numpy().reshape(3, 50)
    assert (per_sentence == per_sentence[0]).all()
    assert pd.Series(per_sentence[0]).value_counts().to_dict() == {
        "train": 40,
        "validation": 5,
        "test": 5,
    }


def test_the_same_letters_in_two_unicode_forms_are_one_sentence():
    texts = pd.Series(
        [f"Żółta łódź {word}" for word in ("ala", "ola", "ula", "ela", "iza", "ewa", "jan")]
    )
    both = pd.concat([texts, texts.map(lambda text: unicodedata.normalize("NFD", text))])
    split = split_sentences(both.reset_index(drop=True), seed=0).to_numpy().reshape(2, 7)
    assert (split[0] == split[1]).all()
    assert set(split[0]) == set(SPLITS)


def test_spaces_part_words_but_do_not_make_another_sentence():
    split = split_sentences(
        pd.Series(["do mu", "domu", "do  mu", "a", "b", "c", "d", "e", "f"]), seed=0
    )
    assert split[0] == split[2]
    others = [split_sentences(pd.Series(["do mu", "domu", "a", "b"]), s) for s in range(20)]
    assert any(split[0] != split[1] for split in others)


def test_a_split_depends_on_its_seed_and_not_on_the_order_of_utterances():
    texts = pd.Series([f"zdanie {chr(97 + n)}" for n in range(26)])
    split = split_sentences(texts, seed=3)
    assert split.tolist() == split_sentences(texts, seed=3).tolist()
    backwards = split_sentences(texts[::-1].reset_index(drop=True), seed=3)
    assert backwards.tolist() == split.tolist()[::-1]
    assert split.tolist() != split_sentences(texts, seed=4).tolist()


@pytest.mark.parametrize(
    ("sentences", "shares", "counts"),
    [(3, (0.1, 0.1), (1, 1, 1)), (20, (0.25, 0.1), (13, 5, 2)), (200, (0.1, 0.1), (160, 20, 20))],
)
def test_shares_count_sentences(sentences, shares, counts):
    split = split_sentences(pd.Series([f"zdanie{n}" for n in range(sentences)]), 0, shares)
    assert tuple((split == name).sum() for name in SPLITS) == counts


def test_a_speakers_median_comes_from_training_frames_alone():
    table = pd.DataFrame(
        {
            "id": ["a1", "a2", "a3", "b1", "b2"],
            "speaker": ["a", "a", "a", "b", "b"],
            "split": ["train", "test", "train", "test", "validation"],
        }
    )
    voiced = {
        "a1": np.array([100.0, 110.0, 120.0, 130.0]),
        "a2": np.array([900.0] * 50),
        "a3": np.array([90.0]),
        "b1": np.array([200.0]),
        "b2": np.array([210.0, 220.0]),
    }
    # 90 100 110 120 130 for a, all frames for b, who is not in training
    assert speaker_medians(table, voiced).tolist() == [110, 110, 110, 210, 210]
