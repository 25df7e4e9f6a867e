"""Words and phones with their times as Praat TextGrids."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import parselmouth
from parselmouth.praat import call

from intonation.errors import UtteranceError
from intonation.files import replacing
from intonation.labels.intervals import Alignment, Interval

# Praat opens whatever a file holds, sounds and their promises too
TEXTGRID = re.compile(
    rb'"ooTextFile( short)?"\s+(Object class = )?"TextGrid"|ooBinaryFile\x08TextGrid'
    rb"|Praat chronological TextGrid"
)


def read_textgrid(path: Path, *, words: str = "words", phones: str = "phones") -> Alignment:
    """Read the tiers named `words` and `phones` of a Praat TextGrid.

    Raises UtteranceError where the file is no TextGrid or lacks a tier.
    """
    try:
        with open(path, "rb") as file:
            head = file.read(200).replace(b"\0", b"")  # in UTF-16, every other byte
        if TEXTGRID.search(head):
            return alignment_of(parselmouth.read(str(path)), words, phones)
    except (parselmouth.PraatError, OSError):
        pass
    raise UtteranceError(f"{path} is no TextGrid that Praat can read")


def write_textgrid(path: Path, alignment: Alignment) -> None:
    """Write an alignment as a Praat TextGrid with tiers `words` and `phones`."""
    end_s = alignment.phones[-1].end_s
    textgrid = call("Create TextGrid", 0, end_s, "words phones", "")
    for number, tier in enumerate((alignment.words, alignment.phones), start=1):
        for index, interval in enumerate(tier, start=1):
            if index > 1:
                call(textgrid, "Insert boundary", number, interval.start_s)
            # a backslash starts one of Praat's trigraphs
            call(textgrid, "Set interval text", number, index, interval.text.replace("\\", ""))
    with praat_replacing(path) as temporary:
        textgrid.save_as_text_file(str(temporary))


@contextmanager
def praat_replacing(path: Path) -> Iterator[Path]:
    """As `replacing`, for a file that Praat writes; raises OSError where Praat could not."""
    try:
        with replacing(path) as temporary:
            yield temporary
    except parselmouth.PraatError as error:
        reason = str(error).partition("\n")[0].rstrip(".")
        raise OSError(f"Praat could not write {path} ({reason})") from None


def alignment_of(textgrid: parselmouth.TextGrid, words: str, phones: str) -> Alignment:
    """The alignment in the tiers of these names; raises UtteranceError where one is missing."""
    numbers = {
        call(textgrid, "Get tier name", number): number
        for number in range(1, call(textgrid, "Get number of tiers") + 1)
    }
    for name in (words, phones):
        if name not in numbers:
            raise UtteranceError(
                f"the TextGrid has no interval tier '{name}', only {sorted(numbers)}; "
                "rename the tier"
            )
    return Alignment(_tier(textgrid, numbers[words]), _tier(textgrid, numbers[phones]))


def _tier(textgrid: parselmouth.TextGrid, number: int) -> tuple[Interval, ...]:
    count = call(textgrid, "Get number of intervals", number)
    starts = [call(textgrid, "Get start time of interval", number, i) for i in range(1, count + 1)]
    ends = [call(textgrid, "Get end time of interval", number, i) for i in range(1, count + 1)]
    texts = [call(textgrid, "Get label of interval", number, i) for i in range(1, count + 1)]
    return tuple(map(Interval, starts, ends, texts))
