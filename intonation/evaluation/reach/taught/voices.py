"""Networks that go on learning from each speaker alone.

A network learns from all speakers first; then, for each of them, a copy of it learns a little
longer from this speaker's sentences alone. Whether these copies err less is asked once, on the
sentences that were held back from all of them; where they do not, or a speaker has few sentences,
the network for all speaks.
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

FEWEST = 12  # sentences of a speaker
SLOWER = 0.4  # times the step size, for
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
    variant, asked = made.variant, parameters.reach_tuned
    # the network for all is the same one, whether speakers then have their own or not
    short = (variant if variant.tuned or variant == ORIGINAL else OURS).name
    short = short.replace(" ", "_").replace("'", "")
    kept, first = folder / f"{short}_{fold.number}_{parameters.seed}", None
    if before:
        place = folder / f"{short}_before_{parameters.seed}"
        first = before.beginning(variant, parameters, place, turn=turn)
    model = train(fold, made, names, parameters, kept, turn=turn, beginning=first)
    if not variant.tuned or not asked:
        return Voices(model)
    return tuned(fold, made, names, parameters, model, kept, turn=turn)


def chosen_speakers(fold: Fold, most: int) -> list[str]:
    """Those with networks of their own: so many with the most sentences, none alone."""
    sentences: dict[str, set[str]] = {}
    for one in fold.training:
        sentences.setdefault(one.speaker, set()).add(one.sentence)
    if len(sentences) == 1:
        return []
    enough = [name for name in sorted(sentences) if len(sentences[name]) >= FEWEST]
    return sorted(sorted(enough, key=lambda name: -len(sentences[name]))[:most])


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
    """A network, and those of speakers that go on from it; kept in folders that begin alike.

    shared: of `networks.train` in the same turn, kept in `folder`. parameters: those it had.
    """
    few = max(1, parameters.epochs // SHORTER)
    slow = dataclasses.replace(
        parameters, epochs=few, learning_rate=SLOWER * parameters.learning_rate
    )
    own, first = {}, Beginning(shared)
    rest, held = fold.parted(HELD_BACK, turn)
    heard = {one.speaker for one in rest}
    for speaker in chosen_speakers(fold, parameters.reach_tuned):
        if speaker not in heard:
            continue  # all that is known of this one is held back
        place = made.speakers.index(speaker)
        kept = folder.with_name(f"{folder.name}_voice_{place}")
        more = {"turn": turn, "beginning": first, "only": speaker}
        own[speaker] = train(fold, made, names, slow, kept, **more)
    both = Voices(shared, own)
    return both if _error(both, made, held) < _error(Voices(shared), made, held) else Voices(shared)


def _error(voices: Voices, made: Learner, spoken: Sequence[Spoken]) -> float:
    """Mean squared error over voiced frames, in parts of the range."""
    seen = [made.seen(one) for one in spoken]
    told = np.concatenate(voices.predict(made, spoken))
    meant = np.concatenate([made.scale.down(one) for one in seen])
    return float(np.average((told - meant) ** 2, weights=np.concatenate([x.weight for x in seen])))
