"""HTS full-context labels: reading every real form of them, their fields, and writing.

A label file holds one line per phone, or one per state of a phone: optional start and end
times in 100 ns (or in seconds where they have a decimal point), the full-context string,
and whatever HTK puts after it (scores, names of larger units). A master label file with
one entry is read like that entry.
"""

import codecs
import os
import re
from dataclasses import dataclass, field
from functools import cached_property
from itertools import takewhile
from pathlib import Path

import numpy as np

from intonation.errors import IntonationError, LabelError
from intonation.files import replacing
from intonation.labels.label_shape import ENGLISH, KNOWN_SHAPES, LabelShape

_TIME = re.compile(r"-?\d{1,18}(?:\.\d{0,12})?", re.ASCII)
_TIME_DIGITS = 15  # 31 years
_STATE = re.compile(r"(.+)\[(\d{1,3})\]", re.DOTALL)
_CONTROLS = bytes({*range(32), 127} - set(b"\t\n\r"))
_CONTROL = re.compile(f"[{re.escape(_CONTROLS.decode())}]")


@dataclass(frozen=True, eq=False)
class Labels:
    """The phones of one utterance.

    texts: the full-context string of each phone, without times and state index.
    starts, ends: int64 [phones] in 100 ns, or None without times.
    state_ends: int64 [phones, states] in 100 ns for state-aligned labels with times.
    states: the state indices as written, such as (2, 3, 4, 5, 6); empty without.
    name: the file, for messages. source: the bytes read, which `write_labels` gives back.
    """

    texts: list[str]
    starts: np.ndarray | None = None
    ends: np.ndarray | None = None
    state_ends: np.ndarray | None = None
    states: tuple[int, ...] = ()
    shape: LabelShape = ENGLISH
    name: str = "labels"
    encoding: str = "utf-8"
    source: bytes | None = field(default=None, repr=False)

    def __len__(self) -> int:
        return len(self.texts)

    @property
    def times(self) -> tuple[np.ndarray, np.ndarray]:
        """Starts and ends; LabelError where there are none."""
        if self.starts is None or self.ends is None:
            raise LabelError(f"{self.name} has no times; align the labels to the recording")
        return self.starts, self.ends

    @cached_property
    def _columns(self) -> dict[str, np.ndarray]:
        rows = [self.shape.split(text) for text in self.texts]
        if None in rows:
            index = rows.index(None)
            raise _wrong_shape(f"{self.name}, phone {index + 1}", self.shape, self.texts[index])
        table = np.array(rows, dtype=str).reshape(len(rows), len(self.shape.field_names))
        return dict(zip(self.shape.field_names, table.T, strict=True))

    def fields(self, name: str) -> np.ndarray:
        """One field of every phone, such as "p3", as strings [phones].

        Raises LabelError where the shape has no such field.
        """
        if name not in self.shape.field_names:
            known = " ".join(self.shape.field_names)
            raise LabelError(f"{self.name}: expected one of the fields {known}; found {name!r}")
        return self._columns[name]


def _wrong_shape(where: str, shape: LabelShape | None, text: str) -> LabelError:
    if shape is None:
        names = ", ".join(known.name for known in KNOWN_SHAPES)
        expected = f"a full-context label ({names}, or one declared by shape=)"
    else:
        expected = f"a whole full-context label of the shape {shape.name}"
    found = text if len(text) <= 200 else f"{text[:200]}… ({len(text)} characters)"
    return LabelError(f"{where}: expected {expected}, found {found!r}")


def decode_text(
    data: bytes, where: str, encoding: str | None, error: type[IntonationError]
) -> tuple[str, str]:
    """The text of a small file with `\\n` line ends, and its encoding.

    encoding: None takes UTF-8 (with or without a byte order mark), else cp1250.
    Raises `error` for bytes that are no text.
    """
    utf_8 = "utf-8-sig" if data.startswith(codecs.BOM_UTF8) else "utf-8"
    for name in (encoding,) if encoding else (utf_8, "cp1250"):
        try:
            text = data.decode(name)
        except (UnicodeDecodeError, LookupError):
            continue
        suspect = len(data.translate(None, _CONTROLS)) < len(data)  # faster than to search
        control = _CONTROL.search(text) if suspect else None
        if control is None:
            return text.replace("\r\n", "\n").replace("\r", "\n"), name
        line = text.count("\n", 0, control.start()) + 1
        raise error(f"{where}, line {line}: expected text, found binary data {control[0]!r}")
    wanted = encoding or "UTF-8 or cp1250"
    raise error(f"{where}: expected text in {wanted}, found other bytes; declare encoding=")


_Rows = list[tuple[int, list[str]]]


def _cells(text: str) -> _Rows:
    """The blank-separated words of every line that has some, with its number."""
    lines = enumerate(text.split("\n"), 1)
    if text.isascii():
        return [(number, cells) for number, line in lines if (cells := line.split())]
    words = re.compile(r"[^ \t]+")  # str.split would part at a no-break space, too
    return [(number, cells) for number, line in lines if (cells := words.findall(line))]


def _without_master(rows: _Rows, where: str) -> _Rows:
    """The rows of the only entry of a master label file."""
    end = next((index for index, (_, cells) in enumerate(rows) if cells == ["."]), len(rows))
    if end < len(rows) - 1:
        raise LabelError(
            f"{where}, line {rows[end + 1][0]}: expected a master label file with one entry, "
            "found a second one; split it into one file per utterance"
        )
    return rows[2:end]


def _tabulate(text: str, where: str) -> tuple[list[int], list[list[str]], list[str]]:
    """Line numbers, times as written (starts and ends; or none) and names of all rows.

    Every row has as many times before the name as the first one.
    """
    rows = _cells(text)
    if rows and rows[0][1] == ["#!MLF!#"]:
        rows = _without_master(rows, where)
    if not rows:
        raise LabelError(f"{where}: expected at least one label, found an empty file")
    times = len(list(takewhile(_TIME.fullmatch, rows[0][1][:2])))
    if times == 1:
        raise LabelError(f"{where}, line {rows[0][0]}: expected a start and an end time, found one")
    for number, cells in rows:
        if len(cells) <= times:
            raise LabelError(
                f"{where}, line {number}: expected start, end and label, found {cells}"
            )
    *columns, names = ([cells[index] for _, cells in rows] for index in range(times + 1))
    return [number for number, _ in rows], columns, names


def _ticks(words: list[str], seconds: bool, lines: list[int], where: str) -> np.ndarray:
    """Times in 100 ns, int64 [rows]; seconds: whether they are written in seconds."""
    if not seconds and all(map(str.isdecimal, words)) and max(map(len, words)) <= _TIME_DIGITS:
        return np.array(list(map(int, words)), dtype=np.int64)
    scale = 10_000_000 if seconds else 1
    ticks = []
    for line, word in zip(lines, words, strict=True):
        time = round(float(word) * scale) if _TIME.fullmatch(word) else -1
        if not 0 <= time < 10**_TIME_DIGITS:
            raise LabelError(f"{where}, line {line}: expected a time, found {word!r}")
        ticks.append(time)
    return np.array(ticks, dtype=np.int64)


def _check_order(starts: np.ndarray, ends: np.ndarray, lines: list[int], where: str) -> None:
    """Every row lasts, and none begins before the one before it ends."""
    empty = np.flatnonzero(ends <= starts)
    if empty.size:
        row = empty[0]
        raise LabelError(
            f"{where}, line {lines[row]}: expected an end after the start, "
            f"found {starts[row]} to {ends[row]}"
        )
    overlaps = np.flatnonzero(starts[1:] < ends[:-1])
    if overlaps.size:
        row = overlaps[0] + 1
        raise LabelError(
            f"{where}, line {lines[row]}: expected a start at or after {ends[row - 1]}, "
            f"where the row before ends; found {starts[row]}"
        )


def _split_states(lines: list[int], names: list[str], where: str) -> tuple[list[str], list[int]]:
    """Names without state index, and the state indices of each phone."""
    matches = [_STATE.fullmatch(name) for name in names]
    pairs = [(match[1], int(match[2])) if match else ("", 0) for match in matches]
    cycle = 1
    while cycle < len(pairs) and pairs[cycle][1] > pairs[cycle - 1][1]:
        cycle += 1
    states = [state for _, state in pairs[:cycle]]
    for row, pair in enumerate(pairs):
        if pair != (pairs[row - row % cycle][0], states[row % cycle]) or not matches[row]:
            raise LabelError(
                f"{where}, line {lines[row]}: expected state [{states[row % cycle]}] of a "
                f"phone, found {names[row][-60:]!r}"
            )
    if len(pairs) % cycle:
        raise LabelError(
            f"{where}: expected {cycle} states of every phone, found {len(pairs) % cycle} "
            "of the last one; the file is truncated"
        )
    return [name for name, _ in pairs], states


def _shape_of(
    texts: list[str], lines: list[int], shape: LabelShape | None, where: str
) -> LabelShape:
    """The shape of all labels; found by the first one where none is declared."""
    shape = shape or next((known for known in KNOWN_SHAPES if known.fits(texts[0])), None)
    if shape and shape.fits(*texts):
        return shape
    pairs = zip(lines, texts, strict=True)
    line, text = next(pair for pair in pairs if not (shape and shape.fits(pair[1])))
    raise _wrong_shape(f"{where}, line {line}", shape, text)


def parse_labels(
    data: bytes,
    *,
    encoding: str | None = None,
    shape: LabelShape | None = None,
    name: str = "labels",
) -> Labels:
    """Labels from the bytes of a label file; see `read_labels`."""
    text, encoding = decode_text(data, name, encoding, LabelError)
    lines, times, texts = _tabulate(text, name)
    states = list[int]()
    if _STATE.fullmatch(texts[0]):
        texts, states = _split_states(lines, texts, name)
    step = len(states) or 1
    texts = texts[::step]
    shape = _shape_of(texts, lines[::step], shape, name)
    starts = ends = state_ends = None
    if times:
        seconds = any("." in word for words in times for word in words)
        starts, ends = (_ticks(words, seconds, lines, name) for words in times)
        _check_order(starts, ends, lines, name)
        state_ends = ends.reshape(-1, step) if states else None
        starts, ends = starts[::step], ends[step - 1 :: step]
    return Labels(texts, starts, ends, state_ends, tuple(states), shape, name, encoding, data)


def read_labels(
    path: str | os.PathLike[str], encoding: str | None = None, shape: LabelShape | None = None
) -> Labels:
    """The labels of one file.

    encoding: None takes UTF-8, else cp1250. shape: None takes the first of
    `label_shape.KNOWN_SHAPES` that the first label has; declare any other one.
    Raises LabelError, with the line, for a file that cannot be read, is no text, is
    truncated, or whose times overlap, run backwards or last nothing.
    """
    path = Path(path)
    try:
        data = path.read_bytes()
    except OSError as error:
        raise LabelError(f"{path}: expected a label file, found {error.strerror}") from error
    return parse_labels(data, encoding=encoding, shape=shape, name=str(path))


def _plain_rows(labels: Labels) -> list[str]:
    """One line per phone, or per state, with single blanks."""
    texts = labels.texts
    if labels.states:
        texts = [f"{text}[{state}]" for text in texts for state in labels.states]
    if labels.starts is None:
        return texts
    starts, ends = labels.times
    if labels.state_ends is not None:
        starts = np.column_stack([starts, labels.state_ends[:, :-1]]).ravel()
        ends = labels.state_ends.ravel()
    rows = zip(starts.tolist(), ends.tolist(), texts, strict=True)
    return [f"{start} {end} {text}" for start, end, text in rows]


def write_labels(path: str | os.PathLike[str], labels: Labels) -> None:
    """Write labels; what was read from a file and not changed gives the same bytes.

    The file appears whole or not at all.
    """
    rows = _plain_rows(labels)
    encoding = "utf-8" if labels.encoding == "utf-8-sig" else labels.encoding
    data = ("\n".join(rows) + "\n").encode(encoding)
    if labels.source is not None:
        read = parse_labels(labels.source, encoding=labels.encoding, shape=labels.shape)
        data = labels.source if _plain_rows(read) == rows else data
    with replacing(Path(path)) as partial:
        partial.write_bytes(data)
