"""Tables of recordings and texts, recognised by what they hold.

Known are nEMO's data.tsv, LJSpeech's and M-AILABS' metadata.csv (id|text|normalised), Common
Voice's validated.tsv, the transcripts of MLS and of the MC Speech Dataset, what has a header of
usual names, and what has columns that the user declares.
"""

import codecs
import csv
import io
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

from intonation.corpus.intake.finding import File, Lookup
from intonation.errors import CorpusError

# of a folder, the first of these is its table; other tables are recognised where there is none
USUAL = (
    *("data.tsv", "metadata.tsv", "metadata.csv", "utterances.tsv", "validated.tsv"),
    *("transcripts.tsv", "transcripts.txt"),
)
SUFFIXES = (".tsv", ".csv", ".txt", ".tab", ".psv")
FILE_COLUMNS = (
    *("file_id", "id", "file", "path", "wav", "utterance", "filename", "file_name", "audio"),
    *("audio_file", "nagranie", "plik"),
)
TEXT_COLUMNS = (
    *("raw_text", "text", "sentence", "transcription", "transcript", "zdanie", "tekst"),
    *("normalized_text", "normalised_text"),
)
NORMALISED_COLUMNS = ("normalized_text", "normalised_text", "normalized_transcription")
SPEAKER_COLUMNS = ("speaker_id", "speaker", "client_id", "mówca")
PARTS = ("file", "text", "speaker")  # that can be declared
MOST_BYTES = 500 * 2**20
MOST_TEXT_BYTES = 2**20  # a book; what follows in a .txt is not read
HEAD_ROWS = 200  # from which is seen what a column holds
MLS_NAME = re.compile(r"(\d+)_\d+_\d+")
M_AILABS_FOLDER = re.compile(r"(?:^|/)by_book/(?:female|male)/([^/]+)/[^/]+$")
CLIENT_ID, CLIENT_CHARACTERS = "client_id", 12  # of Common Voice's 128, as a speaker's name


@dataclass(frozen=True)
class Row:
    """What a table says of a recording; file: as it stands there, maybe with folder and ending."""

    file: str
    text: str
    speaker: str = ""
    facts: tuple[tuple[str, str], ...] = ()

    def says_the_same(self, other: "Row") -> bool:
        """Whether it differs in nothing but how the recording is named."""
        return replace(self, file=other.file) == other


@dataclass(frozen=True)
class Table:
    """A table that was recognised; said: as what, in a line for the user."""

    file: File
    rows: tuple[Row, ...]
    said: str


@dataclass(frozen=True)
class _Columns:
    """Numbers of columns; None for what is not there. facts: numbers and names of the others."""

    file: int
    text: int
    speaker: int | None = None
    normalised: int | None = None
    facts: tuple[tuple[int, str], ...] = ()


def decode(data: bytes) -> str:
    """Text as UTF-8 or UTF-16 with its mark, else cp1250, as Polish corpora come in all three."""
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return data.decode("utf-16", errors="replace")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1250", errors="replace")


def column_key(name: str) -> str:
    """The name of a column as it is compared: lower case, without spaces."""
    return "_".join(name.casefold().split())


def declared_columns(declared: str) -> dict[str, str]:
    """ "file:nagranie,text:zdanie" by part; raises CorpusError for what declares no columns."""
    pairs = [one.partition(":") for one in declared.split(",") if one.strip()]
    found = {part.strip(): column_key(name) for part, _, name in pairs}
    if found and (not {"file", "text"} <= found.keys() <= {*PARTS} or not all(found.values())):
        raise CorpusError(
            f"columns is '{declared}', expected file:…,text:…[,speaker:…] with names of columns, "
            'as in SET="columns=file:nagranie,text:zdanie,speaker:kto"'
        )
    return found


def recognised_tables(
    files: Iterable[File], lookup: Lookup, declared: Mapping[str, str]
) -> tuple[list[Table], list[str]]:
    """The tables among files that are no recordings, at most one of a folder; names of the others.

    declared: names of columns by part, as `declared_columns` reads them; {} to recognise them.
    Raises CorpusError where a table of a usual name is none, or where no table has the columns.
    """
    by_folder: dict[str, list[File]] = {}
    tables: list[Table] = []
    others: list[str] = []
    headers: list[str] = []
    for file in (file for file in files if file.suffix in SUFFIXES):
        if file.path.stat().st_size > MOST_BYTES:
            others.append(file.name)
        else:
            by_folder.setdefault(file.folder, []).append(file)
    for folder in sorted(by_folder, key=lambda name: (name.count("/") + bool(name), name)):
        found = []
        for file in sorted(by_folder[folder], key=_usual_first):
            table = _read(file, lookup, declared, headers)
            found += [table] if table else []
        tables += found[:1]
        others += [table.file.name for table in found[1:]]
    if declared and not tables:
        raise CorpusError(
            f"no table has the columns {', '.join(declared.values())} that are asked for; "
            f"found {'; '.join(headers[:5]) or 'no table'}: mend columns="
        )
    return tables, others


def _usual_first(file: File) -> tuple[int, str]:
    name = PurePosixPath(file.name).name.lower()
    return (USUAL.index(name) if name in USUAL else len(USUAL), file.name)


def _read(
    file: File, lookup: Lookup, declared: Mapping[str, str], headers: list[str]
) -> Table | None:
    """A table; None for what is none. headers: what is seen of a header is told there."""
    usual = PurePosixPath(file.name).name.lower() in USUAL
    try:
        rows, delimiter = _rows(decode(file.path.read_bytes()), declared)
    except csv.Error as error:
        if not usual:
            return None
        raise CorpusError(
            f"{file.path} is no table of recordings and texts ({error}); mend it"
        ) from None
    if not rows or len(rows[0]) < 2:
        return None
    headers.append(f"{file.name}: {', '.join(rows[0][:12])[:200]}")
    columns, headed = _columns_by_header(file, rows, lookup, declared), True
    if columns is None and not declared:
        columns, headed = _columns_by_content(rows, delimiter), False
    if columns is None:
        return None
    body = rows[1:] if headed else rows
    known = _known(file, columns, body, lookup)
    if not (usual or declared) and known < (1 if headed else len(body) / 2):
        return None
    header = rows[0] if headed else None
    read = tuple(_row(file, columns, row, header) for row in body)
    return Table(file, read, _said(file, columns, header, read))


def _rows(text: str, declared: Mapping[str, str]) -> tuple[list[list[str]], str]:
    """The rows of a table that hold anything, and what parts its cells."""
    first = next((line for line in text.splitlines() if line.strip()), "")
    marks = [mark for mark in "\t|;," if mark in first] or ["\t"]
    wanted = [{*declared.values()}] if declared else [{*FILE_COLUMNS}, {*TEXT_COLUMNS}]

    def is_header(mark: str) -> bool:
        cells = {column_key(cell.strip(' "')) for cell in first.split(mark)}
        return all(cells & names for names in wanted)

    delimiter = next(filter(is_header, marks), marks[0])
    lines = io.StringIO(text, newline="")
    quotes = '"' if delimiter in ",;" else None
    cells = csv.reader(lines, delimiter=delimiter, quotechar=quotes)
    rows = [[cell.strip() for cell in row] for row in cells]
    return [row for row in rows if any(row)], delimiter


def _columns_by_header(
    file: File, rows: list[list[str]], lookup: Lookup, declared: Mapping[str, str]
) -> _Columns | None:
    """The columns whose names are declared, else of usual names; None where there are none."""
    header = [column_key(cell) for cell in rows[0]]

    chosen: tuple[int, int, int | None, int | None]

    def first(names: Iterable[str]) -> int | None:
        return next((header.index(name) for name in names if name in header), None)

    if declared:
        named, text, speaker = ([declared[p]] if p in declared else [] for p in PARTS)
        if first(named) is None or first(text) is None or (speaker and first(speaker) is None):
            return None
        chosen = (header.index(named[0]), header.index(text[0]), first(speaker), None)
    else:
        files, text_at = [header.index(n) for n in FILE_COLUMNS if n in header], first(TEXT_COLUMNS)
        if not files or text_at is None:
            return None
        head = rows[1 : HEAD_ROWS + 1]
        file_at = max(files, key=lambda n: _known(file, _Columns(n, text_at), head, lookup))
        normalised = first(n for n in NORMALISED_COLUMNS if n != header[text_at])
        chosen = (file_at, text_at, first(SPEAKER_COLUMNS), normalised)
    facts = ((n, rows[0][n]) for n in range(len(header)) if n not in chosen and header[n])
    return _Columns(*chosen, tuple(facts))


def _columns_by_content(rows: list[list[str]], delimiter: str) -> _Columns:
    """Without a header: name, text, and a third column of speakers or of normalised texts."""
    third = [row for row in rows[:HEAD_ROWS] if len(row) > 2 and row[2]]
    if sum(_alike(row[1], row[2]) for row in third) * 2 > len(third):
        return _Columns(0, 1, normalised=2)
    return _Columns(0, 1, speaker=2 if third else None)


def _alike(text: str, other: str) -> bool:
    """Whether most words of one stand in the other: two writings of one sentence."""
    words, others = (set(re.findall(r"\w+", one.casefold())) for one in (text, other))
    return len(words & others) * 2 >= max(len(words), 1)


def _known(file: File, columns: _Columns, rows: list[list[str]], lookup: Lookup) -> int:
    """How many rows name a recording that is there."""
    return sum(bool(lookup.find(_cell(row, columns.file), file.folder)) for row in rows)


def _cell(row: list[str], number: int | None) -> str:
    return row[number] if number is not None and number < len(row) else ""


def _row(file: File, columns: _Columns, row: list[str], header: list[str] | None) -> Row:
    name, text, speaker = (_cell(row, n) for n in (columns.file, columns.text, columns.speaker))
    normalised = _cell(row, columns.normalised)
    if re.search(r"\d", text) and normalised and not re.search(r"\d", normalised):
        text = normalised  # the owner wrote out what was said
    if header and columns.speaker is not None and header[columns.speaker] == CLIENT_ID:
        speaker = speaker[:CLIENT_CHARACTERS]
    if header is None and not speaker:
        speaker = _speaker_of_layout(file, name)
    facts = tuple((fact, _cell(row, number)) for number, fact in columns.facts)
    return Row(name, " ".join(text.split()), speaker, facts)


def _speaker_of_layout(file: File, name: str) -> str:
    """Where the layout of a known corpus tells the speaker: MLS by name, M-AILABS by folder."""
    mls, m_ailabs = MLS_NAME.fullmatch(name), M_AILABS_FOLDER.search(file.folder)
    return mls[1] if mls else m_ailabs[1] if m_ailabs else ""


def _form(file: File, header: list[str] | None, rows: tuple[Row, ...]) -> str:
    """Which known corpus it is like."""
    names = {column_key(cell) for cell in header or ()}
    name = PurePosixPath(file.name).name.lower()
    if {"file_id", "raw_text", "emotion"} <= names:
        return "nEMO-like"
    if {"client_id", "path", "sentence"} <= names:
        return "Common-Voice-like"
    if header is None and M_AILABS_FOLDER.search(file.folder):
        return "M-AILABS-like"
    if header is None and rows and MLS_NAME.fullmatch(rows[0].file):
        return "MLS-like"
    if name == "transcripts.tsv":
        return "MC-Speech-like"
    return "LJSpeech-like" if header is None and name == "metadata.csv" else "own"


def _said(file: File, columns: _Columns, header: list[str] | None, rows: tuple[Row, ...]) -> str:
    def named(number: int) -> str:
        return f"'{header[number]}'" if header else f"{number + 1}"

    parts = [f"column {named(columns.file)} names the recording, {named(columns.text)} the text"]
    if columns.normalised is not None:
        parts.append(f"{named(columns.normalised)} the text where numbers are written out")
    if columns.speaker is not None:
        parts.append(f"{named(columns.speaker)} the speaker")
    elif any(row.speaker for row in rows):
        parts.append("names or folders tell the speaker")
    if columns.facts:
        parts.append(f"kept are {', '.join(fact for _, fact in columns.facts)}")
    return f"{_form(file, header, rows)} table {file.name}: {len(rows)} rows; {', '.join(parts)}"


def read_text(path: Path) -> str:
    """The text of a .txt beside a recording, in one line."""
    with open(path, "rb") as file:
        return " ".join(decode(file.read(MOST_TEXT_BYTES)).split())
