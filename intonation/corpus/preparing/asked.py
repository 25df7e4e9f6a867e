"""What chapter 1's parameters ask of a preparation."""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from intonation.corpus.hts_tree import LF0_COLUMN
from intonation.corpus.pitch.treatment import Treatment


@dataclass(frozen=True)
class Asked:
    """What a run's parameters ask of its corpus; names and meanings are those of `Parameters`."""

    dataset_size_limit: int = 0
    split_seed: int = 0
    split: str = "sentence"
    leave_out: str = ""
    lf0_column: int = LF0_COLUMN
    creak: str = "keep"
    smooth_ms: float = 0.0
    bridge_ms: float = 0.0
    realign: str = "auto"
    columns: str = ""
    speaker_pattern: str = ""
    keep: str = ""
    strict: bool = False

    @classmethod
    def of(cls, values: Mapping[str, Any]) -> "Asked":
        """From parameters by name; names that ask nothing of a corpus are passed over."""
        ours = {field.name for field in dataclasses.fields(cls)}
        return cls(**{name: value for name, value in values.items() if name in ours})

    @property
    def treatment(self) -> Treatment:
        """Of measured F0."""
        return Treatment(self.creak, self.smooth_ms, self.bridge_ms)
