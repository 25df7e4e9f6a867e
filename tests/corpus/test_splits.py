"""Which sentence is in which split, and what a speaker's median may know of."""

import unicodedata

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given
from hypothesis import strategies as some

from intonation.corpus.splits import (
    SPLITS,
    UNUSED,
    sentence_keys,
    speaker_medians,
    split_sentences,
    split_utterances,
)
from intonation.errors import CorpusError


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


# --- speakers apart -------------------------------------------------------------------------------


def readings(sentences, speakers):
    """Every sentence read by every speaker."""
    pairs = [(f"zdanie {s}", name) for name in speakers for s in sentences]
    return pd.DataFrame(pairs, columns=["text", "speaker"])


def split(table, seed=0, **asked):
    return split_utterances(table["text"], table["speaker"], seed, **asked)


def test_by_sentence_nothing_changed_and_nothing_is_unused():
    table = readings(range(30), "abc")
    for seed in range(5):
        assert split(table, seed).tolist() == split_sentences(table["text"], seed).tolist()


def test_whole_speakers_are_kept_apart_even_where_all_read_the_same_sentences():
    table = readings(range(20), "abcdef")
    table["split"] = split(table, by="speaker")
    used = table[table["split"] != UNUSED]
    assert set(used["split"]) == set(SPLITS)
    assert (used.groupby("speaker")["split"].nunique() == 1).all()
    assert (used.groupby("text")["split"].nunique() == 1).all()
    # of 20 sentences 16 are for training, and 4 of 6 speakers; 2 and one for each of the others
    assert table["split"].value_counts().to_dict() == {
        "train": 64,
        "validation": 2,
        "test": 2,
        UNUSED: 52,
    }


def test_speakers_with_sentences_of_their_own_lose_none():
    table = pd.concat([readings(range(10 * n, 10 * n + 10), name) for n, name in enumerate("abcd")])
    table["split"] = split(table.reset_index(drop=True), by="speaker").to_numpy()
    assert UNUSED not in set(table["split"])
    assert (table.groupby("speaker")["split"].nunique() == 1).all()
    assert table["split"].value_counts().to_dict() == {"train": 20, "validation": 10, "test": 10}


@pytest.mark.parametrize("by", ["sentence", "speaker"])
def test_one_speaker_left_out_is_the_test_and_alone(by):
    table = readings(range(20), "abcd")
    table["split"] = split(table, by=by, leave_out="c")
    assert set(table.loc[table["split"] == "test", "speaker"]) == {"c"}
    assert set(table.loc[table["speaker"] == "c", "split"]) == {"test", UNUSED}
    assert (table["split"] == "test").sum() == 2


TEXTS = ("Zaraz", "zaraz.", "Wracam", "wracam!", "Kto", "Gdzie", "Kiedy", "Co")
PAIRS = some.tuples(some.sampled_from(TEXTS), some.sampled_from("abcde"))
TABLES = some.lists(PAIRS, min_size=3, max_size=60)


@given(TABLES, some.integers(0, 99), some.sampled_from(["sentence", "speaker"]), some.booleans())
def test_nothing_of_a_test_sentence_is_in_training_ever(pairs, seed, by, someone):
    table = pd.DataFrame(pairs, columns=["text", "speaker"])
    leave_out = table["speaker"].iloc[0] if someone else ""
    try:
        table["split"] = split(table, seed, by=by, leave_out=leave_out)
    except CorpusError:
        assume(False)
    keys = sentence_keys(table["text"])
    parts = {name: set(keys[table["split"] == name]) for name in SPLITS}
    assert all(parts.values())
    assert not parts["test"] & (parts["train"] | parts["validation"])
    assert not parts["validation"] & parts["train"]
    speakers = {name: set(table.loc[table["split"] == name, "speaker"]) for name in SPLITS}
    if by == "speaker":
        assert not speakers["test"] & speakers["train"]
        assert not speakers["validation"] & (speakers["test"] | speakers["train"])
    if leave_out:
        assert speakers["test"] == {leave_out} and leave_out not in speakers["train"]


@pytest.mark.parametrize(
    ("names", "asked", "told"),
    [
        ("ab", {"by": "speaker"}, "at least three speakers, the corpus has 2: a, b; use split=sen"),
        ("ab", {"leave_out": "c"}, "leave_out is 'c', which is no speaker.*expected one of a, b"),
        ("a", {"leave_out": "a"}, "leaves train and validation without an utterance.*split_seed"),
    ],
)
def test_what_cannot_be_kept_apart_says_so(names, asked, told):
    with pytest.raises(CorpusError, match=told):
        split(readings(range(9), names), **asked)


# --- medians --------------------------------------------------------------------------------------


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
