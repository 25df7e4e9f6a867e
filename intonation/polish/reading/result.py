"""What reading a text aloud gives."""

from dataclasses import dataclass
from typing import NamedTuple

from intonation.errors import UtteranceError


class Change(NamedTuple):
    """A stretch of the writing and the words that it is read as."""

    written: str
    read: str


class Unread(NamedTuple):
    """A stretch of the writing that no rule reads, and why."""

    written: str
    why: str


@dataclass(frozen=True)
class Reading:
    """A text in words, what was changed for it, and what could not be read.

    text: as `check_text` wants it, if nothing is unread.
    """

    text: str
    changes: tuple[Change, ...] = ()
    unread: tuple[Unread, ...] = ()

    def words(self) -> str:
        """The text; raises UtteranceError, which names the first stretches, where any is unread."""
        if not self.unread:
            return self.text
        named = "; ".join(f'"{one.written[:40]}" ({one.why})' for one in self.unread[:3])
        more = f" and {len(self.unread) - 3} more" if len(self.unread) > 3 else ""
        raise UtteranceError(
            f"the text has what no rule reads aloud: {named}{more}; expected Polish words, and "
            "numbers, signs and abbreviations whose reading is certain. Write it out in the text, "
            "or put it into dictionary.txt beside the recordings."
        )
