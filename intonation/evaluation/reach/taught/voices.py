"""Networks that go on learning from each speaker alone.

A network learns from all speakers first; then, for each of them, a copy of it learns a little
longer from this speaker's sentences. Whether the copy is any better is asked on sentences that were
held back from both; where it is not, or the speaker has few sentences, the first network speaks for
this one, too.
"""

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from intonation.evaluation.reach.folds import HELD_BACK, Fold
from intonation.evaluation.reach.networks import ORIGINAL, OURS, Learner, predict, train
from intonation.evaluation.reach.spoken import Spoken
from intonation.evaluation.reach.taught.before import Before
from intonation.model.lessons.beginning import Beginning
from intonation.model.network import F0Model
from intonation.parameters import Parameters

FEWEST = 12  # sentences of a speaker; of fewer, one or two would have to tell what is better
SLOWER = 0.2  # times the step size, for
SHORTER = 2  # a half of the epochs


@dataclass(frozen=True)
class Voices:
    """A network for all, and those of single speakers. own: by speaker."""

    shared: F0Model
    own: Mapping[str, F0Model] = dataclasses.field(default_factory=dict)

    def of(self, speaker: str) -> F0Model:
        """Who speaks for this one."""
        return self.own.get(speaker, self.shared)

    def predict(self, made: Learner, spoken: Sequence[Spoken]) -> list[np.ndarray]:
        """What is said of each row of each utterance, as `networks.predict` has it."""
        found: dict[int, np.ndarray] = {}
        for speaker in sorted({one.speaker for one in spoken}):
            places = [place for place, one in enumerate(spoken) if one.speaker == speaker]
            told = predict(self.of(speaker), made, [spoken[place] for place in places])
            found |= zip(places, told, strict=True)
        return [found[place] for place in range(len(spoken))]


def voices(
    fold: Fold,
    made: Learner,
    names: Sequence[str],
    parameters: Parameters,
    folder: Path,
    *,
    turn: int,
    before: Before | None = None,
) -> Voices:
    """The networks of a learner and a seed, kept in `folder`, after all that they learn from.

    parameters: of `networks.network_parameters`. before: what is learnt from first.
    """
    variant, own = made.variant, made.variant.tuned
    # tuned or not, the network for all is the same one
    plain = own is None or variant == ORIGINAL
    short = (variant if plain else OURS).name.replace(" ", "_").replace("'", "")
    kept, first = folder / f"{short}_{fold.number}_{parameters.seed}", None
    if before:
        place = folder / f"{short}_before_{parameters.seed}"
        first = before.beginning(variant, parameters, place, turn=turn)
    model = train(fold, made, names, parameters, kept, turn=turn, beginning=first)
    if not (parameters.reach_tuned if own is None else own):
        return Voices(model)
    return tuned(fold, made, names, parameters, model, kept, turn=turn)


def of_speaker(fold: Fold, speaker: str) -> Fold:
    """The fold as far as one speaker goes."""
    training, test = (
        [one for one in part if one.speaker == speaker] for part in (fold.training, fold.test)
    )
    return Fold(fold.number, fold.sentences, training, test)


def tuned(
    fold: Fold,
    made: Learner,
    names: Sequence[str],
    parameters: Parameters,
    shared: F0Model,
    folder: Path,
    *,
    turn: int,
) -> Voices:
    """A network, tuned to each speaker; kept in folders that begin with `folder`.

    shared: of `networks.train` in the same turn; parameters: those that it was trained with.
    """
    few = max(1, parameters.epochs // SHORTER)
    chosen = dataclasses.replace(
        parameters, epochs=few, learning_rate=SLOWER * parameters.learning_rate
    )
    own = {}
    for place, speaker in enumerate(made.speakers if len(made.speakers) > 1 else ()):
        part = of_speaker(fold, speaker)
        rest, held = part.parted(HELD_BACK, turn)
        if len({one.sentence for one in part.training}) < FEWEST or not rest or not held:
            continue
        kept, first = folder.with_name(f"{folder.name}_voice_{place}"), Beginning(shared)
        model = train(part, made, names, chosen, kept, turn=turn, beginning=first)
        if _error(model, made, held) < _error(shared, made, held):
            own[speaker] = model
    return Voices(shared, own)


def _error(model: F0Model, made: Learner, spoken: Sequence[Spoken]) -> float:
    """Mean squared error over voiced frames, in parts of the range."""
    off, weight = [], []
    for one, values in zip(spoken, predict(model, made, spoken), strict=True):
        seen = made.seen(one)
        off.append(values - made.scale.down(seen))
        weight.append(seen.weight)
    return float(np.average(np.concatenate(off) ** 2, weights=np.concatenate(weight)))
