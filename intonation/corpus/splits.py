"""Who is in which split, and each speaker's median: what no test sentence may leak into."""

import unicodedata

import numpy as np
import pandas as pd

from intonation.errors import CorpusError

SPLITS = ("train", "validation", "test")
UNUSED = "unused"  # its sentence is in another split than its speaker
SHARES = (0.1, 0.1)  # of validation and test


def sentence_keys(texts: pd.Series) -> pd.Series:
    """What makes two texts the same sentence: the words, whatever their case and punctuation."""
    normal = texts.map(lambda text: unicodedata.normalize("NFC", text))
    return normal.str.casefold().str.replace(r"[^\w]+", " ", regex=True).str.strip()


def split_sentences(texts: pd.Series, seed: int, shares: tuple[float, float] = SHARES) -> pd.Series:
    """Assign each sentence to a split, so that no test sentence is heard in training.

    texts: one text per utterance; equal texts share a split. shares: of validation and test.
    Returns "train", "validation" or "test" per utterance.
    """
    keys = sentence_keys(texts)
    return keys.map(_drawn(sorted(set(keys)), seed, frozenset(SPLITS), shares))


def split_utterances(
    texts: pd.Series, speakers: pd.Series, seed: int, *, by: str = "sentence", leave_out: str = ""
) -> pd.Series:
    """Assign each utterance to a split, sentences and, where asked, speakers apart.

    by: "sentence" as `split_sentences` does, or "speaker": ten per cent of the speakers, at least
    one, are for validation, as many for the test. leave_out: a speaker who is the test, alone.
    A sentence is in one split only, whoever reads it: of those that speakers of several splits
    read, the seed draws which split has it, and the readings of the others are UNUSED.
    Returns "train", "validation", "test" or UNUSED per utterance. Raises CorpusError where the
    speaker is unknown, speakers are too few, or a split would be empty.
    """
    allowed = _allowed(sorted(set(speakers)), seed, by, leave_out)
    keys = sentence_keys(texts)
    possible: dict[str, frozenset[str]] = {}
    for key, speaker in zip(keys, speakers, strict=True):
        possible[key] = possible.get(key, frozenset()) | allowed[speaker]
    split: dict[str, str] = {}
    for some in set(possible.values()):
        sentences = sorted(key for key, splits in possible.items() if splits == some)
        split |= _drawn(sentences, seed, some, SHARES)
    found = [
        split[key] if split[key] in allowed[speaker] else UNUSED
        for key, speaker in zip(keys, speakers, strict=True)
    ]
    _check_none_is_empty(found, by, leave_out)
    return pd.Series(found, index=texts.index)


def _drawn(
    sentences: list[str], seed: int, splits: frozenset[str], shares: tuple[float, float]
) -> dict[str, str]:
    """The split of each sentence, of those that it may be in."""
    shuffled = np.array(sentences)
    np.random.default_rng(seed).shuffle(shuffled)
    n_validation, n_test = (max(1, round(share * len(sentences))) for share in shares)
    rest = next(name for name in ("train", "test", "validation") if name in splits)
    split: dict[str, str] = dict.fromkeys(shuffled.tolist(), rest)
    tested = n_test if "test" in splits and rest != "test" else 0
    split.update(dict.fromkeys(shuffled[:tested].tolist(), "test"))
    if "validation" in splits and rest != "validation":
        validated = shuffled[tested : tested + n_validation]
        split.update(dict.fromkeys(validated.tolist(), "validation"))
    return split


def _allowed(speakers: list[str], seed: int, by: str, leave_out: str) -> dict[str, frozenset[str]]:
    """The splits that each speaker's utterances may be in."""
    if leave_out and leave_out not in speakers:
        raise CorpusError(
            f"leave_out is '{leave_out}', which is no speaker of the corpus; expected one of "
            f"{', '.join(speakers[:20])}{', …' if len(speakers) > 20 else ''}"
        )
    others = [name for name in speakers if name != leave_out]
    left_out = {leave_out: frozenset({"test"})} if leave_out else {}
    if by == "sentence":
        splits = frozenset(SPLITS) - {"test" if leave_out else ""}
        return dict.fromkeys(others, splits) | left_out
    if len(speakers) < len(SPLITS):
        raise CorpusError(
            f"split=speaker needs at least three speakers, the corpus has {len(speakers)}: "
            f"{', '.join(speakers)}; use split=sentence, or name the speakers"
        )
    apart = frozenset(SPLITS) - {"test" if leave_out else ""}
    of_each = _drawn(others, seed, apart, SHARES)
    return {name: frozenset({split}) for name, split in of_each.items()} | left_out


def _check_none_is_empty(found: list[str], by: str, leave_out: str) -> None:
    empty = [name for name in SPLITS if name not in found]
    if empty:
        asked = f"split={by}" + (f" and leave_out={leave_out}" if leave_out else "")
        raise CorpusError(
            f"{asked} leaves {' and '.join(empty)} without an utterance, as no sentence may be in "
            "two splits: try another split_seed, more sentences, or split=sentence"
        )


def speaker_medians(table: pd.DataFrame, voiced_hz: dict[str, np.ndarray]) -> pd.Series:
    """Median F0 of each utterance's speaker over the speaker's voiced training frames, in Hz.

    A speaker without training utterances is measured on all of the speaker's frames, test and
    unused ones, too: how high a voice lies must be known before a contour can be told in Hz.
    """
    medians = {}
    for speaker, rows in table.groupby("speaker"):
        training = rows[rows["split"] == "train"]
        chosen = training if len(training) else rows
        medians[speaker] = float(np.median(np.concatenate([voiced_hz[i] for i in chosen["id"]])))
    return table["speaker"].map(medians)
