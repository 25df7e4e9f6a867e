"""Words and phones with their times as Praat TextGrids."""

import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import parselmouth
from parselmouth.praat import call, run

from intonation.errors import UtteranceError
from intonation.files import replacing
from intonation.labels.intervals import Alignment, Interval

# Praat opens whatever a file holds, sounds and their promises too
TEXTGRID = re.compile(
    rb'"ooTextFile( short)?"\s+(Object class = )?"TextGrid"|ooBinaryFile\x08TextGrid'
    rb"|Praat chronological TextGrid"
)


PLAIN = re.compile(r"\w+[,.?!]?").fullmatch  # labels that a script says as they are
DECIMALS = 25  # of listed times in seconds: enough for every bit of them
MOST_BYTES = 64 * 2**20  # an hour of speech makes some 3 MB
# Letters of which only one of the two old encodings of Polish has each at this place.
_CP1250_ONLY, _LATIN_2_ONLY = (
    frozenset(b"\x8c\x8f\x9c\x9f\xa5\xb9"),
    frozenset(b"\xa1\xa6\xac\xb1\xb6\xbc"),
)


class Tier(NamedTuple):
    """An interval tier as it stands in a TextGrid."""

    name: str
    intervals: tuple[Interval, ...]


class Tiers(NamedTuple):
    """The interval tiers of a TextGrid, and where it says that its time begins and ends."""

    start_s: float
    end_s: float
    tiers: tuple[Tier, ...]


def read_tiers(path: Path) -> Tiers:
    """All interval tiers of a TextGrid that somebody else wrote; tiers of points are left out.

    Long, short, chronological and binary files, in UTF-8, UTF-16, cp1250 or ISO 8859-2. Raises
    UtteranceError where the file is no TextGrid.
    """
    textgrid = _open(path)
    numbers = range(1, call(textgrid, "Get number of tiers") + 1)
    return Tiers(
        textgrid.xmin,
        textgrid.xmax,
        tuple(
            Tier(call(textgrid, "Get tier name", number), _tier(textgrid, number))
            for number in numbers
            if call(textgrid, "Is interval tier", number)
        ),
    )


def read_textgrid(path: Path, *, words: str = "words", phones: str = "phones") -> Alignment:
    """Read the tiers named `words` and `phones` of a Praat TextGrid.

    For what `write_textgrid` wrote; `given_times` is for files of others. Raises UtteranceError
    where the file is no TextGrid or lacks a tier.
    """
    try:
        return alignment_of(_open(path), words, phones)
    except parselmouth.PraatError:
        raise UtteranceError(f"{path} is no TextGrid that Praat can read") from None


def _open(path: Path) -> parselmouth.TextGrid:
    try:
        data = path.read_bytes() if path.stat().st_size <= MOST_BYTES else b""
        if not TEXTGRID.search(data[:200].replace(b"\0", b"")):  # in UTF-16, every other byte
            raise UtteranceError(f"{path} is no TextGrid that Praat can read")
        encoding = _old_encoding(data)
        if not encoding:
            return parselmouth.read(str(path))
        with tempfile.TemporaryDirectory() as folder:
            copy = Path(folder) / "copy.TextGrid"
            copy.write_text(data.decode(encoding, errors="replace"), encoding="utf-8")
            return parselmouth.read(str(copy))
    except (parselmouth.PraatError, OSError) as error:
        reason = str(error).partition("\n")[0].rstrip(".")
        raise UtteranceError(f"{path} is no TextGrid that Praat can read ({reason})") from None


def _old_encoding(data: bytes) -> str:
    """cp1250 or ISO 8859-2, which Praat takes for Western European; "" for what it reads itself."""
    if data.startswith((b"ooBinaryFile", b"\xff\xfe", b"\xfe\xff")):
        return ""
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        seen = frozenset(data)
        latin_2 = seen & _LATIN_2_ONLY and not seen & _CP1250_ONLY
        return "iso8859-2" if latin_2 else "cp1250"
    return ""


def write_textgrid(path: Path, alignment: Alignment) -> None:
    """Write an alignment as a Praat TextGrid with tiers `words` and `phones`."""
    tiers = {1: alignment.words, 2: alignment.phones}
    script = [f'Create TextGrid: 0, {float(alignment.phones[-1].end_s)!r}, "words phones", ""']
    script += [
        f"Insert boundary: {number}, {float(interval.start_s)!r}"
        for number, tier in tiers.items()
        for interval in tier[1:]
    ]
    labels = [
        (number, index, interval.text)
        for number, tier in tiers.items()
        for index, interval in enumerate(tier, start=1)
        if interval.text
    ]
    # a script takes a tenth of the time of calls, but in a script, labels could be commands
    script += [f'Set interval text: {n}, {i}, "{text}"' for n, i, text in labels if PLAIN(text)]
    (textgrid,) = run("\n".join(script))
    for number, index, text in labels:
        if not PLAIN(text):  # a backslash starts one of Praat's trigraphs
            call(textgrid, "Set interval text", number, index, text.replace("\\", ""))
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
    """All intervals of a tier, from a list of Praat's: a call for each takes ten times as long."""
    alone = call(textgrid, "Extract one tier", number)
    lines, said = (
        call(alone, "List", "no", DECIMALS, "no", empty_too).split("\n")[1:-1]
        for empty_too in ("yes", "no")
    )
    cells = [line.split("\t") for line in lines]
    if len(cells) != call(alone, "Get number of intervals", 1) or {*map(len, cells)} - {3}:
        return _tier_by_interval(alone)
    asked = {line.partition("\t")[0] for line in said if line.split("\t")[1] == "?"}
    return tuple(
        # a list shows an empty label as a question mark
        Interval(float(start_s), float(end_s), "" if text == "?" and start_s not in asked else text)
        for start_s, text, end_s in cells
    )


def _tier_by_interval(alone: parselmouth.TextGrid) -> tuple[Interval, ...]:
    """The only tier's intervals where labels hold line ends or tabs, which a list cannot show."""
    times = "Get start time of interval", "Get end time of interval"
    numbers = range(1, call(alone, "Get number of intervals", 1) + 1)
    starts, ends = ([call(alone, what, 1, n) for n in numbers] for what in times)
    texts = [call(alone, "Get label of interval", 1, n) for n in numbers]
    return tuple(map(Interval, starts, ends, texts))
