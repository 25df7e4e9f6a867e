"""Finding recordings and their texts in a folder that somebody else laid out."""

import csv
import hashlib
import re
from dataclasses import dataclass
from pathlib import Path

from intonation.errors import CorpusError

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
    labels: finished full-context labels of the owner, in an HTS-demo tree.
    """

    id: str
    text: str
    speaker: str
    audio: Path | None = None
    textgrid: Path | None = None
    labels: Path | None = None

    @property
    def stamp(self) -> str:
        """Size and time of what the owner gave, to notice when it changes."""
        given = [path for path in (self.audio, self.textgrid, self.labels) if path]
        return " ".join(f"{s.st_size}:{s.st_mtime_ns}" for s in (path.stat() for path in given))


def list_recordings(folder: Path) -> tuple[list[Recording], list[tuple[Recording, str]]]:
    """All recordings below `folder` that have a text, and those that do not, with the reason.

    Texts come from a table (data.tsv, metadata.csv, …; LJSpeech's `id|text` too), else from a
    .txt beside each recording. Raises CorpusError where there is no folder or no audio in it.
    """
    if not folder.is_dir():
        raise CorpusError(f"corpus folder {folder} does not exist; give CORPUS= an existing folder")
    audio = {}
    for path in sorted(folder.rglob("*")):
        if path.suffix.lower() in AUDIO_SUFFIXES and path.is_file():
            audio.setdefault(path.stem, []).append(path)
    if not audio:
        raise CorpusError(
            f"{folder} has no recordings ({', '.join(AUDIO_SUFFIXES)}); expected recordings with a "
            "table or .txt files, or an HTS-demo tree with data/labels/full"
        )
    texts = _table_texts(folder)
    usable, unusable = [], []
    for stem, paths in audio.items():
        recording = _recording(stem, paths[0], texts)
        reason = _objection(recording, paths)
        (unusable.append((recording, reason)) if reason else usable.append(recording))
    unusable += [
        (Recording(stem, text, speaker), f"the table names {stem}, but there is no such recording")
        for stem, (text, speaker) in texts.items()
        if stem not in audio
    ]
    return usable, unusable


def _recording(stem: str, audio: Path, texts: dict[str, tuple[str, str]]) -> Recording:
    text, speaker = texts.get(stem, ("", ""))
    beside = audio.with_suffix(".txt")
    if not text and beside.is_file():
        text = " ".join(_decode(beside).split())
    textgrid = audio.with_suffix(".TextGrid")
    return Recording(
        stem, text, speaker or "speaker", audio, textgrid if textgrid.is_file() else None
    )


def _objection(recording: Recording, paths: list[Path]) -> str:
    if len(paths) > 1:
        return f"{len(paths)} recordings share the name {recording.id}; rename all but one"
    if not SAFE_ID.fullmatch(recording.id):
        return (
            f"the name {recording.id!r} should be letters, digits, '_', '-', '.'; rename the file"
        )
    if not recording.text:
        return "no text: neither a table nor a .txt beside the recording has any"
    return ""


def _table_texts(folder: Path) -> dict[str, tuple[str, str]]:
    """Text and speaker by file stem, from the first table found."""
    for name in TABLES:
        path = folder / name
        if path.is_file():
            return _read_table(path)
    return {}


def _rows(path: Path) -> tuple[list[list[str]], str]:
    """The rows of a table that hold anything, and what parts its cells."""
    lines = _decode(path).splitlines()
    delimiter = next((mark for mark in "\t|;," if lines and mark in lines[0]), "\t")
    quoting = csv.QUOTE_MINIMAL if delimiter in ",;" else csv.QUOTE_NONE
    try:
        cells = list(csv.reader(lines, delimiter=delimiter, quoting=quoting))
    except csv.Error as error:
        raise CorpusError(f"{path} is no table of ids and texts ({error}); mend it") from None
    rows = [[cell.strip() for cell in row] for row in cells]
    return [row for row in rows if any(row)], delimiter


def _read_table(path: Path) -> dict[str, tuple[str, str]]:
    rows, delimiter = _rows(path)
    header = [cell.lower() for cell in rows[0]] if rows else []
    column = {
        kind: next((header.index(name) for name in names if name in header), None)
        for kind, names in (
            ("id", ID_COLUMNS),
            ("text", TEXT_COLUMNS),
            ("speaker", SPEAKER_COLUMNS),
        )
    }
    if column["id"] is None or column["text"] is None:  # no header: id, text[, speaker]
        column = {"id": 0, "text": 1, "speaker": 2 if delimiter == "\t" else None}
    else:
        rows = rows[1:]
    texts = {}
    for row in rows:
        cells = {
            kind: row[i] if i is not None and i < len(row) else "" for kind, i in column.items()
        }
        stem = Path(cells["id"]).name
        stem = Path(stem).stem if Path(stem).suffix.lower() in AUDIO_SUFFIXES else stem
        if stem in texts:
            raise CorpusError(f"{path} names {stem} twice; keep one line")
        if stem:
            texts[stem] = (cells["text"], cells["speaker"])
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
    folder = Path(source)
    if not folder.is_dir():
        raise CorpusError(f"corpus folder {folder} does not exist; give CORPUS= an existing folder")
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            status = path.stat()
            digest.update(f"{path}\t{status.st_size}\t{status.st_mtime_ns}\n".encode())
    return digest.hexdigest()
