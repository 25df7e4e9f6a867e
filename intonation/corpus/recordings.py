"""Finding recordings and their texts in a folder that somebody else laid out."""

import csv
import dataclasses
import hashlib
import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from intonation.corpus.alignment.nesting import given_words
from intonation.errors import CorpusError, UtteranceError

AUDIO_SUFFIXES = (".wav", ".flac")
TABLES = ("data.tsv", "metadata.tsv", "metadata.csv", "utterances.tsv")
ID_COLUMNS = ("file_id", "id", "file", "path", "wav", "utterance")
TEXT_COLUMNS = ("raw_text", "text", "sentence", "transcription", "normalized_text")
SPEAKER_COLUMNS = ("speaker_id", "speaker")
SAFE_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*")


@dataclass(frozen=True)
class Recording:
    """One utterance as its owner has it.

    audio: None for a sentence that the synthetic voice shall read.
    textgrid: word and phone times of the owner, instead of forced alignment.
    start_s, end_s: the part of the audio that it is; to the end for None.
    """

    id: str
    text: str
    speaker: str
    audio: Path | None = None
    textgrid: Path | None = None
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


def _files_below(folder: Path) -> list[Path]:
    """All files below a corpus folder; raises CorpusError where it does not exist."""
    if not folder.is_dir():
        raise CorpusError(f"corpus folder {folder} does not exist; give CORPUS= an existing folder")
    return [path for path in sorted(folder.rglob("*")) if path.is_file()]


def list_recordings(folder: Path) -> tuple[list[Recording], list[tuple[Recording, str]]]:
    """All recordings below `folder` that have a text, and those that do not, with the reason.

    Texts come from a table (data.tsv, metadata.csv, …; LJSpeech's `id|text` too), else from a
    .txt beside each recording. Raises CorpusError where there is no folder or no audio in it.
    """
    audio: dict[str, list[Path]] = defaultdict(list)
    for path in _files_below(folder):
        if path.suffix.lower() in AUDIO_SUFFIXES:
            audio[path.stem].append(path)
    if not audio:
        raise CorpusError(
            f"{folder} has no recordings ({', '.join(AUDIO_SUFFIXES)}); expected recordings with a "
            "table or .txt files, or an HTS-demo tree with data/labels/full"
        )
    table = next((folder / name for name in TABLES if (folder / name).is_file()), None)
    texts = _read_table(table) if table else {}
    judged = [_judged(_recording(stem, paths[0], texts), paths) for stem, paths in audio.items()]
    judged += [
        (Recording(stem, text, speaker), f"the table names {stem}, but there is no such recording")
        for stem, (text, speaker) in texts.items()
        if stem not in audio
    ]
    return sort_out(judged)


def sort_out(
    judged: Iterable[tuple[Recording, str]],
) -> tuple[list[Recording], list[tuple[Recording, str]]]:
    """The recordings without an objection, and those with one."""
    judged = list(judged)
    return [one for one, reason in judged if not reason], [pair for pair in judged if pair[1]]


def bad_name(name: str) -> str:
    """What is wrong with the name of a recording; "" for nothing."""
    if SAFE_ID.fullmatch(name):
        return ""
    return f"the name {name!r} should be letters, digits, '_', '-', '.'; rename the file"


def _recording(stem: str, audio: Path, texts: dict[str, tuple[str, str]]) -> Recording:
    text, speaker = texts.get(stem, ("", ""))
    beside = audio.with_suffix(".txt")
    if not text and beside.is_file():
        text = " ".join(_decode(beside).split())
    textgrid = audio.with_suffix(".TextGrid")
    return Recording(
        stem, text, speaker or "speaker", audio, textgrid if textgrid.is_file() else None
    )


def _judged(recording: Recording, paths: list[Path]) -> tuple[Recording, str]:
    """With what keeps it from being used, "" for nothing; its TextGrid may know the text."""
    reason = bad_name(recording.id)
    if not reason and not recording.text and recording.textgrid:
        try:
            recording = dataclasses.replace(recording, text=given_words(recording.textgrid))
        except UtteranceError as error:
            return recording, str(error)
    if len(paths) > 1:
        reason = f"{len(paths)} recordings share the name {recording.id}; rename all but one"
    elif not reason and not recording.text:
        reason = "no text: neither a table nor a .txt beside the recording has any"
    return recording, reason


def _rows(path: Path) -> tuple[list[list[str]], str]:
    """The rows of a table that hold anything, and what parts its cells."""
    lines = _decode(path).splitlines()
    delimiter = next((mark for mark in "\t|;," if lines and mark in lines[0]), "\t")
    quotes = '"' if delimiter in ",;" else None
    try:
        cells = list(csv.reader(lines, delimiter=delimiter, quotechar=quotes))
    except csv.Error as error:
        raise CorpusError(f"{path} is no table of ids and texts ({error}); mend it") from None
    rows = [[cell.strip() for cell in row] for row in cells]
    return [row for row in rows if any(row)], delimiter


def _read_table(path: Path) -> dict[str, tuple[str, str]]:
    """Text and speaker by file stem."""
    rows, delimiter = _rows(path)
    header = [cell.lower() for cell in rows[0]] if rows else []
    known = (ID_COLUMNS, TEXT_COLUMNS, SPEAKER_COLUMNS)
    columns = [
        next((header.index(name) for name in some if name in header), None) for some in known
    ]
    if None in columns[:2]:  # no header: id, text[, speaker]
        columns = [0, 1, 2 if delimiter == "\t" else None]
    else:
        rows = rows[1:]
    texts: dict[str, tuple[str, str]] = {}
    for row in rows:
        file, text, speaker = (row[i] if i is not None and i < len(row) else "" for i in columns)
        name = Path(file).name
        stem = Path(name).stem if Path(name).suffix.lower() in AUDIO_SUFFIXES else name
        if stem in texts:
            raise CorpusError(f"{path} names {stem} twice; keep one line")
        if stem:
            texts[stem] = (text, speaker)
    return texts


def _decode(path: Path) -> str:
    """Text as UTF-8, else cp1250, as Polish corpora come in both."""
    data = path.read_bytes()
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1250", errors="replace")


def source_stamp(source: str) -> str:
    """Names, sizes and times of everything below a corpus folder; "" for the embedded corpus.

    Raises CorpusError where the folder does not exist.
    """
    if not source:
        return ""
    digest = hashlib.sha256()
    for path in _files_below(Path(source)):
        status = path.stat()
        digest.update(f"{path}\t{status.st_size}\t{status.st_mtime_ns}\n".encode())
    return digest.hexdigest()
