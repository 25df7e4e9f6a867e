"""Other recordings that networks learn from first: another corpus, of a run or alone.

The same questions may be asked of both; those that have the same name are carried over, others are
not. Each corpus has its own speakers, so each is learnt in parts of its own speakers' range. What
is read is a corpus as the first chapter leaves it, tables and arrays; no weights, no code.
"""

import dataclasses
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from intonation.corpus.corpus import Corpus, open_corpus
from intonation.corpus.features import build_features
from intonation.errors import CorpusError, ParameterError
from intonation.evaluation.reach.folds import Fold
from intonation.evaluation.reach.networks import Variant, learner, train
from intonation.evaluation.reach.spoken import Spoken, read_spoken
from intonation.evaluation.reach.yardsticks import Line, fit_line
from intonation.model.lessons.beginning import Beginning
from intonation.parameters import Parameters

TABLE = "utterances.csv"


@dataclass(frozen=True)
class Before:
    """Another corpus. names: of the questions it shares. fold: all of it, nothing to judge."""

    names: tuple[str, ...]
    fold: Fold
    line: Line

    def beginning(
        self, variant: Variant, parameters: Parameters, folder: Path, *, turn: int
    ) -> Beginning | None:
        """Weights of a network of this kind that learnt from the other corpus; kept in `folder`.

        None where the variant is to learn from none. Who speaks there is not told.
        """
        if variant.untaught:
            return None
        same = dataclasses.replace(variant, speaker=False)
        made = learner(self.fold, same, self.line)
        return Beginning(train(self.fold, made, self.names, parameters, folder, turn=turn))


def corpus_in(folder: Path | str) -> Corpus:
    """The corpus of a run folder, or the folder itself.

    Raises ParameterError, which names the parameter, where there is none.
    """
    places = Path(folder) / "corpus", Path(folder)
    for place in places:
        if os.path.isfile(place / TABLE):  # no error for a path that cannot be one
            return open_corpus(place)
    raise ParameterError(
        f"reach_pretrained_on is '{folder}', where there is no {TABLE} and no corpus/{TABLE}; give "
        "the folder of a run, or a corpus that the first chapter prepared"
    )


def read_before(
    folder: str, names: Sequence[str], spoken: Sequence[Spoken], parameters: Parameters
) -> Before | None:
    """The other corpus without the sentences of this one; None where the folder is "".

    names: of the columns of answers here. spoken: all of this corpus, some of which will be judged.
    Raises ParameterError where the folder holds no corpus, CorpusError where they share no
    question, or too few sentences are left.
    """
    if not folder:
        return None
    corpus = corpus_in(folder)
    features = build_features(corpus)
    column = {name: place for place, name in enumerate(features.questions)}
    shared = tuple(name for name in names if name in column)
    if not shared:
        raise CorpusError(
            f"{folder} asks none of the {len(names)} questions that tell phones apart here; "
            "prepare it with the same question set"
        )
    said = read_spoken(corpus, features, np.array([column[name] for name in shared]))
    fold = _all_of(said, {one.sentence for one in spoken}, parameters.seed, folder)
    return Before(shared, fold, fit_line(fold, ranged=True))


def _all_of(said: Sequence[Spoken], judged: set[str], seed: int, folder: str) -> Fold:
    """All but the sentences that are judged, in an order drawn by the seed."""
    left = [one for one in said if one.sentence not in judged]
    sentences = sorted({one.sentence for one in left})
    if len(sentences) < 3:
        raise CorpusError(
            f"{folder} has {len(sentences)} sentences that this corpus has not, and at least three "
            "are learnt from first; name another corpus in reach_pretrained_on"
        )
    drawn = np.random.default_rng(seed).permutation(len(sentences))
    return Fold(0, tuple(sentences[place] for place in drawn), left, [])
