"""The voiced phones of a corpus, with all that any rung of the ladder asks about."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from tqdm.auto import tqdm

from intonation.corpus.corpus import Corpus, Utterance
from intonation.corpus.features import FeatureTable
from intonation.corpus.splits import sentence_keys
from intonation.errors import CorpusError
from intonation.evaluation.ladder.before import summaries_before, summary
from intonation.evaluation.ladder.written import WordsOf, words_of
from intonation.evaluation.planted_law import read_fields
from intonation.evaluation.unseen.folds import deal
from intonation.labels.taxonomy import FIELDS
from intonation.model.accuracy import phone_means
from intonation.statistics import evenly

FEWEST = 3  # sentences: one to predict, one to choose the penalty by, one to learn from


@dataclass(frozen=True)
class Material:
    """Voiced phones of all utterances, one after the other.

    ids: of the utterances. texts, speakers: theirs. words: see `written.words_of`. before: float64
    [utterances, 4], see `before.summaries_before`. sentence: int64 [utterances], equal for equal
    words. fold: int64 [utterances], equal for a sentence.
    owner: utterance of each phone; phone: its index among all phones of the utterance; f0: its mean
    in semitones from the speaker's median; weight: its voiced frames, [phones] each.
    within: float64 [utterances], squared semitones of frames about the mean of their phone, summed.
    answers: [phones, questions]. fields: the label's, str [phones] each.
    """

    ids: tuple[str, ...]
    texts: tuple[str, ...]
    speakers: tuple[str, ...]
    words: tuple[WordsOf, ...]
    before: np.ndarray
    sentence: np.ndarray
    fold: np.ndarray
    owner: np.ndarray
    phone: np.ndarray
    f0: np.ndarray
    weight: np.ndarray
    within: np.ndarray
    answers: np.ndarray
    fields: dict[str, np.ndarray]

    @property
    def fold_of_phone(self) -> np.ndarray:
        return self.fold[self.owner]

    @property
    def folds(self) -> int:
        return int(self.fold.max()) + 1

    @property
    def matched(self) -> np.ndarray:
        """Utterances whose words of the text are known to be those of the labels, bool."""
        return np.array([bool(one.words) for one in self.words])


def gather(
    corpus: Corpus, features: FeatureTable, *, at_most: int, folds: int, seed: int
) -> Material:
    """Read a corpus (at most so many utterances, evenly chosen; 0 for all) for the ladder.

    folds: parts that the sentences are dealt into by the seed, as many as there are sentences at
    most. Raises CorpusError where fewer than three sentences have voice.
    """
    ids, read, known = evenly(corpus.table["id"].tolist(), at_most), [], {}
    for name in tqdm(ids, desc="ladder", unit="utterance", mininterval=1.0):
        utterance = corpus[name]
        known[name] = summary(utterance)
        if utterance.voiced.any():
            read.append(_read(utterance, features.answers(name)))
    names, texts, speakers = (tuple(one[key] for one in read) for key in ("id", "text", "speaker"))
    sentence = _sentences(corpus, names)
    counts = [len(one["phone"]) for one in read]
    stacked = {
        key: np.concatenate([one[key] for one in read])
        for key in ("phone", "f0", "weight", "answers")
    }
    return Material(
        **{"ids": names, "texts": texts, "speakers": speakers},
        words=tuple(one["words"] for one in read),
        **{"sentence": sentence, "fold": deal(sentence, folds, seed)},
        before=summaries_before(corpus, names, known),
        owner=np.repeat(np.arange(len(read)), counts),
        within=np.array([one["within"] for one in read]),
        fields={name: np.concatenate([one["fields"][name] for one in read]) for name in FIELDS},
        **stacked,
    )


def _read(utterance: Utterance, answers: np.ndarray) -> dict:
    """What the material holds of one utterance."""
    means, count = phone_means(utterance)
    voiced = np.flatnonzero(count)
    off = (utterance.f0_semitones - means[utterance.frame_to_phone])[utterance.voiced]
    fields = read_fields(utterance.labels)
    return {
        **{"id": utterance.id, "text": utterance.text, "speaker": utterance.speaker},
        "words": words_of(utterance.text, utterance.labels),
        **{"phone": voiced, "f0": means[voiced], "weight": count[voiced]},
        **{"answers": answers[voiced], "within": float(np.square(off).sum())},
        "fields": {name: values[voiced] for name, values in fields.items()},
    }


def _sentences(corpus: Corpus, ids: Sequence[str]) -> np.ndarray:
    """Numbers of the sentences; without a text each utterance is one of its own."""
    keys = sentence_keys(corpus.table.set_index("id")["text"].reindex(ids))
    named = [key or f"id {name}" for name, key in keys.items()]
    _, numbers = np.unique(named, return_inverse=True)
    if len(set(named)) < FEWEST:
        raise CorpusError(
            f"{len(set(named))} different sentences have voice, but the ladder needs {FEWEST}: one "
            "to predict, one to choose by, one to learn from; make a larger corpus"
        )
    return numbers
