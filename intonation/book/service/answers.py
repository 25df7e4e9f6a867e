"""What a client gets: a prediction as JSON, CSV, Praat's PitchTier or headerless `.f0`."""

from __future__ import annotations

import csv
import io
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from intonation.book.service.refusals import Refused
from intonation.book.service.schema import CSV, F0, JSON, PITCH_TIER, Prediction
from intonation.corpus.f0 import FRAME_SHIFT_S
from intonation.corpus.pitch.tracking import write_pitch_tier

COLUMNS = ("frame", "time_s", "voiced", "f0_hz", "f0_semitones")


@dataclass(frozen=True)
class Answer:
    """The body of an answer, its media type, and what the body has no place for, as headers."""

    media_type: str
    body: bytes
    headers: dict[str, str]


def answer_of(prediction: Prediction, media_type: str) -> Answer:
    """A prediction in one of the forms of `WRITERS`."""
    headers = {
        "x-target": prediction.target,
        "x-speaker-median-hz": f"{prediction.speaker_median_hz:g}",
        "x-speaker-median": prediction.speaker_median,
        "x-voicing": prediction.voicing,
    }
    return Answer(media_type, WRITERS[media_type](prediction), headers)


def _json(prediction: Prediction) -> bytes:
    return prediction.model_dump_json().encode()


def _csv(prediction: Prediction) -> bytes:
    """One row per frame; semitones are empty where unvoiced."""
    table = io.StringIO()
    writer = csv.writer(table, lineterminator="\n")
    writer.writerow(COLUMNS)
    values = zip(prediction.voiced, prediction.f0_hz, prediction.f0_semitones, strict=True)
    for frame, (voiced, f0_hz, semitones) in enumerate(values):
        time_s = round((frame + 0.5) * FRAME_SHIFT_S, 4)
        writer.writerow([frame, time_s, int(voiced), f0_hz, "" if semitones is None else semitones])
    return table.getvalue().encode()


def _pitch_tier(prediction: Prediction) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "f0.PitchTier"
        write_pitch_tier(path, np.array(prediction.f0_hz))
        return path.read_bytes()


def _f0(prediction: Prediction) -> bytes:
    return np.array(prediction.f0_hz, dtype="<f4").tobytes()


WRITERS: dict[str, Callable[[Prediction], bytes]] = {
    JSON: _json,
    CSV: _csv,
    PITCH_TIER: _pitch_tier,
    F0: _f0,
}


def choose_form(accept: str, *, explains: bool) -> str:
    """The media type of `WRITERS` that an Accept header likes most; Refused (406) for none.

    explains: relevance has a place in JSON alone.
    """
    offered = (JSON,) if explains else tuple(WRITERS)
    liked = {form: _liking(accept, form) for form in offered}
    best = max(offered, key=liked.__getitem__)  # the first of equals
    if not liked[best]:
        why = "; relevance is answered as JSON only" if explains else ""
        raise Refused(406, f"expected Accept {', '.join(offered)}, found {accept[:80]!r}{why}")
    return best


def _liking(accept: str, form: str) -> float:
    """How much an Accept header likes a media type, 0 to 1: the most exact range decides."""
    kind, best = form.partition("/")[0], (-1, 0.0)
    for part in (accept.strip() or "*/*").split(","):
        name, *parameters = (piece.strip().lower() for piece in part.split(";"))
        if name in (form, f"{kind}/*", "*/*"):
            exact = ("*/*", f"{kind}/*", form).index(name)
            best = max(best, (exact, _quality(parameters)))
    return best[1]


def _quality(parameters: list[str]) -> float:
    """The q of a media range, 1 where there is none, 0 where it is no number."""
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip() == "q":
            try:
                return min(max(float(value), 0.0), 1.0)
            except ValueError:
                return 0.0
    return 1.0
