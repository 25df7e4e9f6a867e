"""What a client sends, read: labels as CSV, as HTS lines, in JSON, or a Polish text.

Everything here is from outside. What cannot be used raises `Refused` with its own sentence.
"""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass, field
from email.message import Message

from pydantic import ValidationError

from intonation.book.service.refusals import NAME, Refused, refusing, sentence_of
from intonation.book.service.schema import CSV, HTS, JSON, Options, Request, Times
from intonation.book.service.settings import Limits
from intonation.errors import LabelError
from intonation.labels.full_context import Labels, decode_text, parse_labels
from intonation.labels.intervals import TICKS_PER_S, Alignment, Interval
from intonation.polish import full_context_labels

COLUMNS = ("start", "end", "label", "voiced")
MOST_STATES = 10  # rows of a phone in state-aligned labels


@dataclass(frozen=True)
class Task:
    """One request, not yet computed.

    labels: the bytes of a label file in `form` (CSV or HTS), or labels that the voice has made.
    text, times: a Polish text with its alignment, where there are no labels.
    encoding: of the bytes; None takes UTF-8, else cp1250. voiced_phones, voiced_frames: as given.
    """

    options: Options
    labels: bytes | Labels = b""
    form: str = HTS
    encoding: str | None = None
    text: str = ""
    times: Times | None = None
    voiced_phones: list[bool] | None = None
    voiced_frames: list[bool] | None = None

    @property
    def must_be_spoken(self) -> bool:
        """Whether the text still needs the times of the synthetic voice."""
        return bool(self.text) and self.times is None and not self.labels


@dataclass(frozen=True)
class ReadLabels:
    """Labels with times, and whether their phones are voiced where the rows say so."""

    labels: Labels
    voiced_phones: list[bool] | None = field(default=None)


def read_body(data: bytes, content_type: str, query: Options, limits: Limits) -> Task:
    """The task that a body states; labels are not read yet.

    Raises Refused: 415 for another type or charset, 400 for what is no JSON, 413 for a long text,
    422 for JSON of another form.
    """
    form, charset = media_type(content_type)
    if form != JSON:
        return Task(query, data, form, charset)
    request = _read_json(data, query)
    _check_length(request.text or "", limits)
    labels = request.labels
    lines = "\n".join(labels) if isinstance(labels, list) else labels
    return Task(
        options=request,
        labels=(lines or "").encode(),
        encoding="utf-8",
        text=request.text or "",
        times=request.times,
        voiced_phones=request.voiced_phones,
        voiced_frames=request.voiced_frames,
    )


def _check_length(text: str, limits: Limits) -> None:
    if len(text) > limits.characters:
        raise Refused(
            413,
            f"the text has {len(text)} characters, expected at most {limits.characters}; "
            "send it sentence by sentence",
        )


def media_type(content_type: str) -> tuple[str, str | None]:
    """Type and charset of a Content-Type header; Refused (415) for one that is not read."""
    header = Message()
    header["content-type"] = content_type.replace("\r", " ").replace("\n", " ")
    form, charset = header.get_content_type(), header.get_content_charset()
    if not content_type.strip() or form not in (CSV, HTS, JSON):
        raise Refused(
            415,
            f"expected Content-Type {CSV} (start,end,label), {HTS} (an HTS .lab file) or {JSON}, "
            f"found {content_type[:80] or 'none'!r}",
        )
    try:
        "".encode(charset or "utf-8")
    except LookupError:
        raise Refused(415, f"expected a charset such as utf-8, found {charset[:40]!r}") from None
    return form, charset


def _read_json(data: bytes, query: Options) -> Request:
    """The request in a JSON body; what it does not say is taken from the query."""
    try:
        request = Request.model_validate_json(data)
        asked = {name: getattr(query, name) for name in query.model_fields_set}
        stated = {name: getattr(request, name) for name in request.model_fields_set}
        return Request.model_construct(**{**asked, **stated}) if asked else request
    except ValidationError as error:
        broken = error.errors(include_url=False)[0]["type"] == "json_invalid"
        sentence = sentence_of(error)
        raise Refused(400 if broken else 422, f"expected a request in JSON: {sentence}") from None


def labels_of(task: Task, limits: Limits) -> ReadLabels:
    """The timed labels of a task.

    Raises Refused: 400 for malformed rows, with the line; 413 for too many labels or too much
    speech; 422 for a text that the Polish front-end cannot read or that its times do not fit.
    """
    with refusing():
        read = _read(task, limits)
        _, ends = read.labels.times
    if len(read.labels) > limits.labels:
        raise _too_many(len(read.labels), limits)
    seconds = int(ends[-1]) / TICKS_PER_S
    if seconds > limits.speech_s:
        raise Refused(
            413,
            f"the labels last {seconds:.1f} s, expected at most {limits.speech_s:g} s; send the "
            "speech utterance by utterance, each from 0",
        )
    return read


def _read(task: Task, limits: Limits) -> ReadLabels:
    if isinstance(task.labels, Labels):
        return ReadLabels(task.labels)
    if task.times is not None:
        words, phones = (tuple(Interval(*row) for row in tier) for tier in _tiers(task.times))
        return ReadLabels(full_context_labels(task.text, Alignment(words, phones)))
    rows = task.labels.count(b"\n")
    if rows > limits.labels * MOST_STATES:
        raise _too_many(rows, limits)
    if task.form == CSV:
        return _read_csv(task.labels, task.encoding)
    return ReadLabels(parse_labels(task.labels, encoding=task.encoding, name=NAME))


def _tiers(times: Times) -> tuple[list, list]:
    return times.words, times.phones


def _too_many(count: int, limits: Limits) -> Refused:
    return Refused(
        413,
        f"the request has {count} labels, expected at most {limits.labels}; "
        "send the speech utterance by utterance",
    )


def _read_csv(data: bytes, encoding: str | None) -> ReadLabels:
    """Labels from rows of start, end and label, or of one cell with an HTS line in it.

    A head of these names may stand first, a fourth cell say whether the phone is voiced, 1 or 0.
    """
    text, encoding = decode_text(data, NAME, encoding, LabelError)
    rows = list(_csv_rows(text))
    if not rows or len(rows[0][1]) == 1:
        return ReadLabels(parse_labels(data, encoding=encoding, name=NAME))
    if [cell.lower() for cell in rows[0][1]] in (list(COLUMNS[:3]), list(COLUMNS)):
        del rows[0]
    lines, voiced = [""] * (rows[-1][0] if rows else 0), []
    for number, cells in rows:
        lines[number - 1] = " ".join(_checked(number, cells, len(rows[0][1]))[:3])
        voiced += [cell == "1" for cell in cells[3:]]
    labels = parse_labels("\n".join(lines).encode(), encoding="utf-8", name=NAME)
    if voiced and len(voiced) != len(labels):
        raise LabelError(
            f"{NAME}: expected rows that are phones where they tell voicing, found states; "
            "send one row per phone"
        )
    return ReadLabels(labels, voiced or None)


def _csv_rows(text: str):
    """Number of the line and stripped cells of each row that is not empty."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        for row in reader:
            cells = [cell.strip() for cell in row]
            if any(cells):
                yield reader.line_num, cells
    except csv.Error as error:
        raise LabelError(
            f"{NAME}, line {reader.line_num}: expected CSV, found what is none ({error})"
        ) from None


def _checked(number: int, cells: list[str], width: int) -> list[str]:
    """The cells of a row of CSV; LabelError where they are not start, end and label."""
    expected = ", ".join(COLUMNS[:width] if width in (3, 4) else COLUMNS[:3])
    if len(cells) != width or width not in (3, 4):
        raise LabelError(f"{NAME}, line {number}: expected {expected}, found {len(cells)} cells")
    if not all(cells) or any(len(cell.split()) > 1 for cell in cells):
        raise LabelError(
            f"{NAME}, line {number}: expected {expected} without blanks, found "
            f"{','.join(cells)[:100]!r}"
        )
    if width == 4 and cells[3] not in ("0", "1"):
        raise LabelError(f"{NAME}, line {number}: expected voiced 1 or 0, found {cells[3][:20]!r}")
    return cells
