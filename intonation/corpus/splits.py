"""Who is in which split, and each speaker's median: what no test sentence may leak into."""

import unicodedata

import numpy as np
import pandas as pd

SPLITS = ("train", "validation", "test")


def sentence_keys(texts: pd.Series) -> pd.Series:
    """What makes two texts the same sentence: the words, whatever their case and punctuation."""
    normal = texts.map(lambda text: unicodedata.normalize("NFC", text))
    return normal.str.casefold().str.replace(r"[^\w]+", " ", regex=True).str.strip()


def split_sentences(
    texts: pd.Series, seed: int, shares: tuple[float, float] = (0.1, 0.1)
) -> pd.Series:
    """Assign each sentence to a split, so that no test sentence is heard in training.

    texts: one text per utterance; equal texts share a split. shares: of validation and test.
    Returns "train", "validation" or "test" per utterance.
    """
    keys = sentence_keys(texts)
    sentences = np.array(sorted(set(keys)))
    np.random.default_rng(seed).shuffle(sentences)
    n_validation, n_test = (max(1, round(share * len(sentences))) for share in shares)
    split = dict.fromkeys(sentences, "train")
    split.update(dict.fromkeys(sentences[:n_test], "test"))
    split.update(dict.fromkeys(sentences[n_test : n_test + n_validation], "validation"))
    return keys.map(split)


def speaker_medians(table: pd.DataFrame, voiced_hz: dict[str, np.ndarray]) -> pd.Series:
    """Median F0 of each utterance's speaker over the speaker's voiced training frames, in Hz.

    A speaker without training utterances is measured on all of the speaker's frames.
    """
    medians = {}
    for speaker, rows in table.groupby("speaker"):
        training = rows[rows["split"] == "train"]
        chosen = training if len(training) else rows
        medians[speaker] = float(np.median(np.concatenate([voiced_hz[i] for i in chosen["id"]])))
    return table["speaker"].map(medians)
