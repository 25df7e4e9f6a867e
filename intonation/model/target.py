"""The two targets: what the network's output means, in which frames, and how to get back to Hz.

The only table of it. A target is named by a string in parameters, files and folders.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from intonation.corpus.f0 import semitones_to_hz

if TYPE_CHECKING:
    from intonation.corpus.corpus import Utterance


@dataclass(frozen=True)
class Target:
    """What a network learns to say of every frame.

    name: in parameters, files and folders. title: in headings. unit: of the output.
    vuv: whether voicing is an input and silence an answer: then every frame counts and the
    output, which is never negative, ends in a ReLU; else the voiced frames count.
    of_utterance: utterance -> float [frames], the natural F0 in this unit, 0 where unvoiced.
    to_hz: (output [frames], the speaker's median in Hz) -> Hz [frames].
    """

    name: str
    title: str
    unit: str
    vuv: bool
    of_utterance: Callable[[Utterance], np.ndarray]
    to_hz: Callable[[np.ndarray, float], np.ndarray]

    @property
    def squared_unit(self) -> str:
        """Unit of a squared error, which is what losses are."""
        return f"({self.unit})²" if " " in self.unit else f"{self.unit}²"

    def valid(self, voiced: np.ndarray) -> np.ndarray:
        """Frames whose output means anything, bool [frames], from where F0 is voiced."""
        return np.ones_like(voiced) if self.vuv else voiced.copy()

    def learnt(self, utterance: Utterance) -> tuple[np.ndarray, np.ndarray]:
        """What to learn and the weight of every frame, float32 [frames] each."""
        natural, weight = self.of_utterance(utterance), self.valid(utterance.voiced)
        return natural.astype(np.float32), weight.astype(np.float32)


def _log_f0(utterance: Utterance) -> np.ndarray:
    return np.log(np.where(utterance.voiced, utterance.f0_hz, 1.0))


TARGETS = {
    target.name: target
    for target in (
        Target(
            name="semitones",
            title="semitones",
            unit="semitones",  # from the speaker's median
            vuv=False,
            of_utterance=lambda utterance: np.nan_to_num(utterance.f0_semitones),
            to_hz=semitones_to_hz,
        ),
        # the original study
        Target(
            name="log_f0",
            title="log F0",
            unit="ln Hz",
            vuv=True,
            of_utterance=_log_f0,
            to_hz=lambda output, _: np.exp(output),
        ),
    )
}
