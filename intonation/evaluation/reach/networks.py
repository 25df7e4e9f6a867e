"""Small networks over phones, one row per phone, and what about them can be varied.

All are of the book's kind and trained by the book's trainer. What a variant knows more is told to
it as further inputs: who speaks, or which part of the phone a row stands for. Relevance can be
computed for each of them, and for the recipe: the relevance of a weighted sum of networks and ridge
is the weighted sum of their relevances.
"""

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from intonation.evaluation.reach.folds import HELD_BACK, Fold
from intonation.evaluation.reach.spoken import Scale, Spoken, gram_of_spoken, scale_of
from intonation.evaluation.reach.yardsticks import Line
from intonation.model.batches import Example, Inputs, make_batch
from intonation.model.lessons.beginning import Beginning
from intonation.model.lessons.shape import Shape
from intonation.model.network import F0Model, at_rest
from intonation.model.small import small_parameters
from intonation.model.training import train_on
from intonation.parameters import Parameters

BLOCKS = 2  # with kernels of 3 and dilations 1, 2: six phones to either side
LEFTOVER_FOLDS = 4


@dataclass(frozen=True)
class Variant:
    """A network that differs from the recipe's in what is named here.

    causal: it looks back only. ranged: it learns parts of the speaker's range, not semitones.
    speaker: it is told who speaks. leftover: it learns what ridge leaves. parts: rows per phone.
    shape: as `reach_shape`, instead of it; None: as it is. tuned: whether speakers have networks
    of their own at the end, where `reach_tuned` allows it. untaught: it learns from no other corpus
    first.
    """

    name: str
    causal: bool = False
    ranged: bool = True
    speaker: bool = False
    leftover: bool = False
    parts: int = 1
    shape: str | None = None
    tuned: bool = True
    untaught: bool = False

    def lesson(self, parameters: Parameters) -> Shape | None:
        """What its loss counts beside the error."""
        kind = parameters.reach_shape if self.shape is None else self.shape
        return None if kind == "none" else Shape(kind, parameters.reach_shape_weight)


OURS = Variant("network")
AS_IT_WAS = {"shape": "none", "tuned": False, "untaught": True}
ORIGINAL = Variant("original's kind", causal=True, ranged=False, **AS_IT_WAS)
TRIED = (
    Variant("looks back only", causal=True),
    Variant("range not known", ranged=False),
    Variant("is told who speaks", speaker=True),
    Variant("learns what ridge leaves", leftover=True),
    Variant("two rows per phone", parts=2),
)


def in_parts(spoken: Spoken, parts: int) -> Spoken:
    """The utterance with each phone cut into so many equal parts, each like a phone.

    A part knows the answers of its phone and, in further columns, which part it is.
    """
    if parts == 1:
        return spoken
    phone, frames = spoken.frame_to_phone, np.arange(len(spoken.frame_to_phone))
    length = np.diff(spoken.edges)[phone]
    part = phone * parts + (frames - spoken.edges[phone]) * parts // length
    which = np.tile(np.eye(parts, dtype=spoken.answers.dtype), (len(spoken.answers), 1))
    rows = len(which)
    weight = np.bincount(part, spoken.voiced, minlength=rows)
    total = np.bincount(part, np.where(spoken.voiced, spoken.semitones, 0.0), minlength=rows)
    answers = np.column_stack([np.repeat(spoken.answers, parts, axis=0), which])
    means = total / np.maximum(weight, 1)
    new = {"answers": answers, "frame_to_phone": part, "means": means, "weight": weight}
    return dataclasses.replace(spoken, **new)


def network_parameters(parameters: Parameters, variant: Variant, seed: int) -> Parameters:
    """The run's, for a small network of one frame per phone."""
    return small_parameters(
        parameters,
        target="semitones",
        epochs=parameters.reach_epochs,
        num_layers=BLOCKS,
        stacks=1,
        kernel_size=3,
        causal=variant.causal,
        learning_rate=parameters.law_learning_rate,
        batch_size=parameters.law_batch_size,
        seed=seed,
        cpu_count=1,  # more threads wait longer for each other than they work
        device="cpu",
    )


@dataclass(frozen=True)
class Learner:
    """A variant on one fold: how it sees utterances, and what it learns of them.

    scale: of the speakers. line: ridge regression that a leftover is added to.
    speakers: those learnt from, in order.
    """

    variant: Variant
    scale: Scale
    line: Line
    speakers: tuple[str, ...]

    @property
    def told(self) -> tuple[str, ...]:
        """Names of what it is told beside the answers."""
        parts, speaker = self.variant.parts, self.variant.speaker
        places = tuple(f"part {n + 1}" for n in range(parts)) if parts > 1 else ()
        return places + (tuple(f"speaker {name}" for name in self.speakers) if speaker else ())

    def seen(self, spoken: Spoken) -> Spoken:
        """Answers as the network is given them."""
        spoken = in_parts(spoken, self.variant.parts)
        if not self.variant.speaker:
            return spoken
        told = np.array([spoken.speaker == name for name in self.speakers])
        who = np.tile(told.astype(spoken.answers.dtype), (len(spoken.answers), 1))
        return dataclasses.replace(spoken, answers=np.column_stack([spoken.answers, who]))

    def example(self, spoken: Spoken, beneath: np.ndarray | None) -> Example:
        """What is learnt of an utterance; beneath: what ridge said of it [phones]."""
        seen = self.seen(spoken)
        target = self.scale.down(seen)
        if beneath is not None:
            target = np.where(seen.weight > 0, target - beneath, 0.0)
        numbers = target.astype(np.float32), seen.weight.astype(np.float32)
        return Example(inputs_of_rows(seen), *numbers)


def inputs_of_rows(spoken: Spoken) -> Inputs:
    """One frame per row of answers."""
    rows = np.arange(len(spoken.answers))
    return Inputs(spoken.answers, rows, spoken.weight > 0)


def tried(fold: Fold, more: Sequence[Variant] = ()) -> tuple[Variant, ...]:
    """Those of TRIED, and more, that are another network here.

    One speaker alone needs no telling and no network of his own, and has a range that is the same
    number for all.
    """
    several = len({one.speaker for one in fold.training}) > 1
    return tuple(
        one for one in (*TRIED, *more) if several or (one.ranged and one.tuned and not one.speaker)
    )


def learner(fold: Fold, variant: Variant, line: Line) -> Learner:
    """line: ridge with the speaker's range, fitted on the fold."""
    scale = line.scale if variant.ranged else scale_of(fold.training, ranged=False)
    speakers = tuple(sorted({one.speaker for one in fold.training}))
    return Learner(variant, scale, line, speakers)


def out_of_fold(fold: Fold, line: Line) -> dict[str, np.ndarray]:
    """What ridge says of each training utterance without having learnt from its sentence.

    The penalty is that of the line. Returns parts of the range [phones] by id.
    """
    sentences = sorted({one.sentence for one in fold.training})
    number = min(LEFTOVER_FOLDS, len(sentences))
    place = {name: index % number for index, name in enumerate(sentences)}
    found = {}
    for n in range(number):
        group = [one for one in fold.training if place[one.sentence] == n]
        others = [one for one in fold.training if place[one.sentence] != n]
        straight = line.learnt_from(others, fold.gram - gram_of_spoken(group))
        found |= {one.id: straight.predict(one) for one in group}
    return found


def train(
    fold: Fold,
    made: Learner,
    names: Sequence[str],
    parameters: Parameters,
    folder: Path,
    *,
    turn: int,
    beginning: Beginning | None = None,
    only: str | None = None,
) -> F0Model:
    """The network of a learner, in evaluation mode; kept in `folder`. names: of the columns.

    beginning: whose weights it starts with. Those that come out are of the epoch that was best on
    the sentences held back in this turn; of one that learns `only` from one speaker, of the last.
    """
    variant = made.variant
    beneath = out_of_fold(fold, made.line) if variant.leftover else {}
    rest, held = (
        [made.example(one, beneath.get(one.id)) for one in part if only in (None, one.speaker)]
        for part in fold.parted(HELD_BACK, turn)
    )
    held = held if only is None else []
    asked, shape = (*names, *made.told), variant.lesson(parameters)
    return train_on(asked, rest, held, parameters, folder, shape=shape, beginning=beginning)[0]


@torch.no_grad()
def predict(model: F0Model, made: Learner, spoken: Sequence[Spoken]) -> list[np.ndarray]:
    """What the network says of each row of each utterance, in parts of the range."""
    seen = [made.seen(one) for one in spoken]
    with at_rest(model):
        padded = model(make_batch([inputs_of_rows(one) for one in seen])).numpy()
    found = [row[: len(one.answers)] for row, one in zip(padded, seen, strict=True)]
    if not made.variant.leftover:
        return found
    return [row + made.line.predict(one) for row, one in zip(found, spoken, strict=True)]
