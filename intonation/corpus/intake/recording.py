"""One recording as its owner has it."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Recording:
    """One utterance as its owner has it.

    audio: None for a sentence that the synthetic voice shall read.
    textgrid: word and phone times of the owner, instead of forced alignment.
    source: the owner's name of it, relative to the corpus folder; "" for the synthetic voice.
    facts: what else the owner's table says of it, as (column, value).
    """

    id: str
    text: str
    speaker: str
    audio: Path | None = None
    textgrid: Path | None = None
    source: str = ""
    facts: tuple[tuple[str, str], ...] = ()

    @property
    def stamp(self) -> str:
        """Size and time of what the owner gave, to notice when it changes."""
        return stamp_of(filter(None, (self.audio, self.textgrid)))


def stamp_of(paths: Iterable[Path]) -> str:
    """Sizes and times of files, to notice when one changes."""
    found = [path.stat() for path in paths if path.is_file()]
    return " ".join(f"{status.st_size}:{status.st_mtime_ns}" for status in found)


def sort_out(
    judged: Iterable[tuple[Recording, str]],
) -> tuple[list[Recording], list[tuple[Recording, str]]]:
    """The recordings without an objection, and those with one."""
    judged = list(judged)
    return [one for one, reason in judged if not reason], [pair for pair in judged if pair[1]]
