"""The user's own readings: a small file of lines `written<TAB>as read`."""

import re
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path

from intonation.errors import CorpusError, UtteranceError
from intonation.polish.words import check_text

NAME = "dictionary.txt"
MOST_BYTES = 1_000_000


class Dictionary:
    """Readings by what is written; longer ones go before shorter ones.

    An entry is found between characters that are no letters or digits, in just this spelling, and
    with a capital first letter too where it is written with a small one.
    """

    def __init__(self, entries: Mapping[str, str] | None = None) -> None:
        self.entries = dict(entries or {})

    def __bool__(self) -> bool:
        return bool(self.entries)

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        either = [
            f"[{one[0].upper()}{one[0]}]{re.escape(one[1:])}" if one[0].islower() else re.escape(one)
            for one in sorted(self.entries, key=len, reverse=True)
        ]
        return re.compile(rf"(?<!\w)(?:{'|'.join(either)})(?!\w)")

    def reading(self, written: str) -> str:
        """What a match of the pattern is read as."""
        if written in self.entries:
            return self.entries[written]
        read = self.entries[written[0].lower() + written[1:]]
        return read[:1].upper() + read[1:]


def read_dictionary(path: Path) -> Dictionary:
    """The dictionary in a file, UTF-8; empty lines and lines that begin with # are passed over.

    Raises CorpusError, naming file and line, for what is no such line, a second reading of the
    same, or a reading that is not in Polish letters.
    """
    try:
        data = path.read_bytes()
        if len(data) > MOST_BYTES:
            raise CorpusError(
                f"{path} has {len(data)} bytes; expected at most {MOST_BYTES}, a line for each "
                "word that is read otherwise than it is written. Keep those"
            )
        lines = data.decode("utf-8-sig").split("\n")
    except (UnicodeDecodeError, OSError) as error:
        raise CorpusError(f"{path} cannot be read ({error}); store it as UTF-8 text") from None
    entries: dict[str, str] = {}
    for number, line in enumerate(lines, start=1):
        if line.strip() and not line.startswith("#"):
            written, read = _entry(line.rstrip("\r"), f"{path}, line {number}")
            if entries.setdefault(written, read) != read:
                raise CorpusError(f'{path}, line {number}: "{written}" was given before as '
                                  f'"{entries[written]}"; keep one line')
    return Dictionary(entries)


def _entry(line: str, where: str) -> tuple[str, str]:
    cells = [cell.strip() for cell in line.split("\t")]
    if len(cells) != 2 or not all(cells):
        raise CorpusError(
            f"{where}: found {line[:60]!r}; expected what is written, a tab, and how it is read"
        )
    if cells[1].startswith("/"):
        raise CorpusError(
            f"{where}: {cells[1][:60]!r} looks like phones; expected a respelling in Polish letters "
            "(zamarzać: zamar-zać), since a voice that knows Polish spelling makes the phones"
        )
    try:
        check_text(cells[1])
    except UtteranceError as error:
        raise CorpusError(f"{where}: {error}") from None
    return cells[0], cells[1]
