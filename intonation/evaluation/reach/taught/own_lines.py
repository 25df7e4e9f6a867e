"""Ridge regression with something of each speaker's own: a yardstick for networks that have it.

Ridge for all speaks first; what it leaves of a speaker, in sentences that it did not learn from, is
learnt from the same answers by ridge for this speaker alone. One penalty serves all speakers.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from intonation.evaluation.reach.folds import CHOOSING, Fold
from intonation.evaluation.reach.networks import out_of_fold
from intonation.evaluation.reach.spoken import Scale, Spoken, gram_of_spoken
from intonation.evaluation.reach.taught.voices import chosen_speakers
from intonation.evaluation.reach.yardsticks import Line
from intonation.evaluation.unseen.sums import Sums

PENALTIES = (300.0, 1000.0, 3000.0, 10_000.0, 30_000.0)


@dataclass(frozen=True)
class OwnLines:
    """line: for all. own: of speakers, weights and, first, intercepts [1 + questions]."""

    line: Line
    own: Mapping[str, np.ndarray]

    @property
    def scale(self) -> Scale:
        """That of the line."""
        return self.line.scale

    def predict(self, spoken: Spoken) -> np.ndarray:
        """[phones], in parts of the speaker's range."""
        weights = self.own.get(spoken.speaker, np.zeros(1 + spoken.answers.shape[1]))
        return self.line.predict(spoken) + spoken.answers @ weights[1:] + weights[0]


def fit_own_lines(fold: Fold, line: Line, most: int) -> OwnLines:
    """line: ridge with the speaker's range, fitted on the fold. most: of `chosen_speakers`.

    The penalty is the one by which all speakers' sentences that are held back are told best.
    """
    speakers = chosen_speakers(fold, most)
    known = out_of_fold(fold, line) if speakers else {}
    loss, sums = np.zeros(len(PENALTIES)), {}
    for speaker in speakers:
        inner, held = (
            _left([one for one in part if one.speaker == speaker], line, known)
            for part in fold.parted(CHOOSING)
        )
        if not inner.gram[0, 0]:
            continue  # all that is known of this one was held back
        sums[speaker] = inner + held
        tried = np.array([inner.solved(penalty)[0] for penalty in PENALTIES])
        loss += held.loss(tried)
    penalty = PENALTIES[int(loss.argmin())]
    return OwnLines(line, {name: one.solved(penalty)[0] for name, one in sums.items()})


def _left(spoken: Sequence[Spoken], line: Line, known: Mapping[str, np.ndarray]) -> Sums:
    """Of what is left when `known` is taken from the phones' means."""
    size = len(line.weights) + 1
    gram = gram_of_spoken(spoken) if spoken else np.zeros((size, size))
    cross, square = np.zeros(size), 0.0
    for one in spoken:
        left = np.where(one.weight > 0, line.scale.down(one) - known[one.id], 0.0)
        weighted = one.weight * left
        cross += np.append(weighted.sum(), weighted @ one.answers)
        square += float(weighted @ left)
    return Sums(gram, cross, square)
