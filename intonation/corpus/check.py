"""What of a corpus folder would be used, how, and what not and why: a dry run that writes nothing.

    python -m intonation.corpus.check DIR --set keep=emotion:neutral

Recordings are listed and judged by what preparation itself calls. What only samples tell (silence,
damage, clipping) is looked for in as many recordings as last two hours.
"""

import argparse
import sys
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path

from intonation.corpus.alignment.textgrids import read_textgrid
from intonation.corpus.hts_tree import find_tree
from intonation.corpus.intake.names import CODED, name_of, shown
from intonation.corpus.intake.recording import Judged, Listing, Recording
from intonation.corpus.preparation import list_sources
from intonation.corpus.preparing.asked import Asked
from intonation.corpus.sounds import MUCH_CLIPPED, hear_sound
from intonation.errors import CorpusError, UtteranceError, exit_code
from intonation.parameters import parameters, parse_overrides
from intonation.statistics import evenly

SUMMARY = __doc__.splitlines()[0]
LISTENED_S = 7200  # so much speech is read in seconds
MOST_TOLD = 500  # exclusions, one a line


def check_corpus(source: str, asked: Asked) -> tuple[list[str], int]:
    """What would become of a corpus folder, in lines, and how many recordings are excluded.

    Raises CorpusError where preparation would before it begins.
    """
    if not source:
        raise CorpusError("no corpus folder is given; say CORPUS=path/to/recordings")
    listing = list_sources(source, find_tree(Path(source), asked.lf0_column), asked)
    heard = _to_hear(listing)
    silent, clipped = _listened(heard)
    unusable = [*listing.unusable, *silent]
    lost = {one.id for one, _ in silent}
    used = [one for one in listing.recordings if one.id not in lost]
    lines = [*listing.said, *_described(used, listing, len(unusable))]
    if listing.headers is not None:
        lines.append(f"listened to: {len(heard)} of {len(listing.recordings)}; headers of all")
    lines += clipped + _reasons(unusable)
    return lines, len(unusable)


def _to_hear(listing: Listing) -> list[Recording]:
    """Recordings whose samples are read: all, or evenly chosen ones."""
    headers = listing.headers
    if not headers or not listing.recordings:
        return []
    seconds = sum(headers[one.id].seconds for one in listing.recordings)
    share = min(1.0, LISTENED_S / max(seconds, 1.0))
    return evenly(listing.recordings, max(1, int(share * len(listing.recordings))))


def _listened(recordings: Iterable[Recording]) -> tuple[list[Judged], list[str]]:
    """What cannot be used, and lines about what is used though clipped."""
    unusable, lines = [], []
    for recording in recordings:
        try:
            assert recording.audio is not None
            _, clipped_share = hear_sound(recording.audio)
            if recording.textgrid:
                read_textgrid(recording.textgrid)
        except UtteranceError as error:
            unusable.append((recording, str(error)))
            continue
        if clipped_share > MUCH_CLIPPED:
            percent = f"{100 * clipped_share:.1f} % of its samples are clipped"
            lines.append(f"warning: {recording.id}: used, but {percent}; record it less loud")
    return unusable, lines


def _described(used: list[Recording], listing: Listing, excluded: int) -> list[str]:
    """How many, how long, of whom, and how they are read."""
    headers = [(listing.headers or {})[one.id] for one in used if listing.headers]
    hours = sum(header.seconds for header in headers) / 3600
    lines = [f"used: {len(used)} of {len(used) + excluded} recordings"]
    if headers:
        lines[0] += f", {hours:.2f} hours"
        kinds = _counted(header.kind for header in headers)
        rates = _counted(f"{header.rate_hz} Hz" for header in headers)
        own = sum(one.textgrid is not None for one in used)
        lines += [
            f"form: {kinds}; {rates}",
            f"times: {own} of TextGrids, {len(used) - own} by alignment",
        ]
    lines.append(f"speakers: {_counted(one.speaker for one in used)}")
    coded = [one.id for one in used if one.id.startswith(CODED)]
    if coded:
        stands = f"{coded[0]} for {shown(name_of(coded[0]))!r}"
        lines.append(f"ids: {len(coded)} names are written with safe letters, as {stands}")
    return lines


def _counted(values: Iterable[str]) -> str:
    """The most frequent ones with how many there are of each."""
    counts = Counter(values).most_common()
    told = ", ".join(f"{value} ({count})" for value, count in counts[:10])
    return f"{told}, and {len(counts) - 10} more" if len(counts) > 10 else told or "none"


def _reasons(unusable: list[Judged]) -> list[str]:
    lines = [f"not used: {len(unusable)}"]
    lines += [f"  {one.id}: {reason}" for one, reason in unusable[:MOST_TOLD]]
    left = len(unusable) - MOST_TOLD
    return [*lines, f"  and {left} more"] if left > 0 else lines


def _work(given: argparse.Namespace) -> Callable[[], int]:
    def work() -> int:
        asked = Asked.of(vars(parameters("default", parse_overrides(given.set))))
        lines, excluded = check_corpus(given.corpus, asked)
        print("\n".join(lines))
        return int(asked.strict and excluded > 0)

    return work


def main(arguments: list[str] | None = None) -> int:
    """Tell; 1 after an error, and with strict where anything is excluded."""
    parser = argparse.ArgumentParser(prog="python -m intonation.corpus.check", description=SUMMARY)
    parser.add_argument("corpus", help="folder of recordings, or an HTS-demo tree")
    parser.add_argument("--set", nargs="*", default=[], metavar="NAME=VALUE", help="as of the book")
    return exit_code(_work(parser.parse_args(arguments)))


if __name__ == "__main__":
    sys.exit(main())
