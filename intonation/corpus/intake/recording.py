"""One recording as its owner has it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from intonation.corpus.sounds import Header


@dataclass(frozen=True)
class Recording:
    """One utterance as its owner has it.

    audio: None for a sentence that the synthetic voice shall read.
    textgrid: word and phone times of the owner, instead of forced alignment.
    source: the owner's name of it, relative to the corpus folder; "" for the synthetic voice.
    facts: what else the owner's table says of it, as (column, value).
    written: the text as its owner has it, where `text` is how it is read aloud; "" where they are
    the same.
    start_s, end_s: the part of the audio that it is; to the end for None.
    """

    id: str
    text: str
    speaker: str
    audio: Path | None = None
    textgrid: Path | None = None
    source: str = ""
    facts: tuple[tuple[str, str], ...] = ()
    written: str = ""
    start_s: float = 0.0
    end_s: float | None = None

    @property
    def stamp(self) -> str:
        """Size and time of what the owner gave, to notice when it changes."""
        files = stamp_of(filter(None, (self.audio, self.textgrid)))
        return files if self.end_s is None else f"{files} {self.start_s}-{self.end_s}"


def stamp_of(paths: Iterable[Path]) -> str:
    """Sizes and times of files, to notice when one changes."""
    found = [path.stat() for path in paths if path.is_file()]
    return " ".join(f"{status.st_size}:{status.st_mtime_ns}" for status in found)


Judged = tuple[Recording, str]  # with what keeps it from being used, "" for nothing


@dataclass(frozen=True)
class Listing:
    """Recordings that can be used, and those that cannot, with the reason.

    said: what was recognised, in lines for the user. headers: of the recordings, by id.
    """

    recordings: list[Recording]
    unusable: list[Judged]
    said: tuple[str, ...] = ()
    headers: Mapping[str, Header] | None = None


def sort_out(
    judged: Iterable[tuple[Recording, str]],
) -> tuple[list[Recording], list[tuple[Recording, str]]]:
    """The recordings without an objection, and those with one."""
    judged = list(judged)
    return [one for one, reason in judged if not reason], [pair for pair in judged if pair[1]]
