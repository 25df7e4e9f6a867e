"""Alignments kept between two passes: no file for people, which a TextGrid is, but read at once."""

import json
from pathlib import Path

from intonation.errors import UtteranceError
from intonation.files import write_text
from intonation.labels.intervals import Alignment, Interval


def keep_times(path: Path, alignment: Alignment) -> None:
    """Write an alignment as JSON: tiers of [start in s, end in s, text], every bit of them."""
    tiers = {"words": alignment.words, "phones": alignment.phones}
    write_text(path, json.dumps(tiers, ensure_ascii=False))


def kept_times(path: Path) -> Alignment:
    """What `keep_times` wrote; raises UtteranceError where it is none."""
    try:
        tiers = json.loads(path.read_text(encoding="utf-8"))
        words, phones = (
            tuple(
                Interval(float(start_s), float(end_s), str(text)) for start_s, end_s, text in tier
            )
            for tier in (tiers["words"], tiers["phones"])
        )
    except (OSError, ValueError, TypeError, KeyError):
        raise UtteranceError(f"{path} holds no times; remove it and prepare again") from None
    return Alignment(words, phones)
