"""Recordings and their texts in a folder that somebody else laid out, each judged.

What is judged here is what headers, names and texts tell, for thousands of files in seconds; what
only the samples tell is judged when they are read.
"""

import dataclasses
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path, PurePosixPath

from intonation.corpus.alignment.nesting import given_words
from intonation.corpus.alignment.praat import check_length
from intonation.corpus.intake.finding import (
    AUDIO_SUFFIXES,
    File,
    Lookup,
    files_below,
    is_recording,
)
from intonation.corpus.intake.names import id_of, shown, unwritable
from intonation.corpus.intake.passages import is_passage
from intonation.corpus.intake.recording import Judged, Listing, Recording, sort_out
from intonation.corpus.intake.tables import (
    Row,
    Table,
    column_key,
    declared_columns,
    read_text,
    recognised_tables,
)
from intonation.corpus.intake.texts import owner_dictionary, with_words
from intonation.corpus.sounds import Header, read_header
from intonation.errors import CorpusError, UtteranceError
from intonation.polish import Dictionary
from intonation.polish.reading.dictionary import NAME as DICTIONARY

SPEAKER = "speaker"  # who is not named
LINK = "a link that leads out of the folder or nowhere; put the file itself there"


def list_recordings(
    folder: Path, *, columns: str = "", speaker_pattern: str = "", keep: str = ""
) -> Listing:
    """All recordings below `folder`: any name, any format that libsndfile reads.

    Texts come from tables, else from a .txt beside each recording.
    columns: of a table, as `declared_columns` reads them. speaker_pattern: searched in relative
    names for the group `speaker`. keep: as `kept` reads it.
    Raises CorpusError where there is no folder, no audio in it, or what was asked does not fit.
    """
    declared = declared_columns(columns)
    files, outside = files_below(folder)
    audio, others, twice = _sorted_files(files)
    if not audio:
        raise CorpusError(
            f"{folder} has no recordings (WAV, FLAC, Ogg, MP3 or AIFF); expected recordings with "
            "a table or .txt files, or an HTS-demo tree with data/labels/full"
        )
    tables, unused = _tables(audio, others, lookup := Lookup(audio), declared)
    rows, astray = _rows_of(tables, audio, lookup)
    beside = {(file.stem, file.suffix): file.path for file in others}
    speaker_of = speaker_finder(speaker_pattern)
    headers: dict[str, Header] = {}
    own = owner_dictionary(folder)
    judged = [
        _judged(_recording(name, file, rows[n], beside, speaker_of), rows[n], headers, own)
        for n, (name, file) in enumerate(zip(_ids(audio), audio, strict=True))
    ]
    judged += _not_looked_into(twice, astray, outside)
    said = [*(table.said for table in tables), *(f"not used: table {name}" for name in unused)]
    judged, filtered = kept(judged, keep)
    usable, unusable = sort_out(judged)
    return Listing(usable, unusable, tuple(said + filtered), headers)


def _tables(
    audio: list[File], others: list[File], lookup: Lookup, declared: dict[str, str]
) -> tuple[list[Table], list[str]]:
    """Tables of recordings among the other files, and names of those that are of none."""
    stems = {file.stem for file in audio}
    candidates = [one for one in others if one.stem not in stems and one.name != DICTIONARY]
    return recognised_tables(candidates, lookup, declared)


def _not_looked_into(
    twice: list[tuple[File, str]], astray: list[tuple[Row, str]], outside: Iterable[str]
) -> list[Judged]:
    """What is there and cannot be used, whatever is in it, each with the reason."""
    return [
        *((_unread(f"{file.stem}//{file.suffix}", file.name), why) for file, why in twice),
        *((_unread(row.file, row.file, row), why) for row, why in astray),
        *((_unread(f"//{name}", name), LINK) for name in outside),
    ]


def _sorted_files(
    files: Iterable[File],
) -> tuple[list[File], list[File], list[tuple[File, str]]]:
    """Recordings, one of a name and folder; other files; and further recordings of a name."""
    by_stem: dict[str, list[File]] = {}
    others = []
    for file in files:
        if is_recording(file):
            by_stem.setdefault(file.stem, []).append(file)
        else:
            others.append(file)
    audio, twice = [], []
    for same in by_stem.values():
        first, *further = sorted(same, key=_better_first)
        audio.append(first)
        why = f"{shown(first.name)} has the same name and is used; rename or remove one"
        twice += [(file, why) for file in further]
    return audio, others, twice


def _better_first(file: File) -> tuple[int, str]:
    known = AUDIO_SUFFIXES.index(file.suffix) if file.suffix in AUDIO_SUFFIXES else 99
    return known, file.name


def _ids(audio: list[File]) -> list[str]:
    """An id each: of the name without folders, unless several folders have it."""
    plain = [PurePosixPath(file.stem).name for file in audio]
    count = Counter(plain)
    return [
        id_of(name if count[name] == 1 else file.stem)
        for name, file in zip(plain, audio, strict=True)
    ]


def _rows_of(
    tables: list[Table], audio: list[File], lookup: Lookup
) -> tuple[list[list[Row]], list[tuple[Row, str]]]:
    """The different rows about each recording, of the first table that has any; rows astray."""
    rows: list[list[Row]] = [[] for _ in audio]
    astray = []
    for table in tables:
        of_others = {n for n, some in enumerate(rows) if some}
        for row in table.rows:
            found, reason = _meant(row, table, lookup)
            if reason:
                astray.append((row, reason))
            elif found not in of_others and not any(map(row.says_the_same, rows[found])):
                rows[found].append(row)
    return rows, astray


def _meant(row: Row, table: Table, lookup: Lookup) -> tuple[int, str]:
    """The number of the recording that a row is about, or why there is none."""
    name = row.file.replace("\\", "/")
    where = f"{table.file.name} names {shown(row.file)!r}"
    if unwritable(name):
        return -1, f"{where}, but a name of a file has no control characters; mend the row"
    if name.startswith("/") or re.match("[A-Za-z]:", name) or ".." in name.split("/"):
        return -1, f"{where}, which leads out of the folder; write names relative to it"
    found = lookup.find(name, table.file.folder) if name else []
    if len(found) > 1:
        return -1, f"{where}, which {len(found)} recordings are called; write their folder too"
    if not found:
        return -1, f"{where}, but there is no such recording; add it or remove the row"
    return found[0], ""


def _recording(
    recording_id: str,
    file: File,
    rows: list[Row],
    beside: Mapping[tuple[str, str], Path],
    speaker_of: Callable[[str], str | None],
) -> Recording:
    row = rows[0] if rows else Row(file.name, "")
    text = row.text
    if not text and (file.stem, ".txt") in beside:
        text = read_text(beside[file.stem, ".txt"])
    named = speaker_of(file.name)
    speaker = named or row.speaker or (SPEAKER if named is None else "")
    textgrid = beside.get((file.stem, ".textgrid"))
    return Recording(recording_id, text, speaker, file.path, textgrid, file.name, row.facts)


def _unread(name: str, source: str, row: Row | None = None) -> Recording:
    """What is listed without having been looked into."""
    row = row or Row(source, "")
    return Recording(id_of(name), row.text, row.speaker, source=source, facts=row.facts)


def _judged(
    recording: Recording, rows: list[Row], headers: dict[str, Header], dictionary: Dictionary
) -> Judged:
    """With what keeps it from being used, "" for nothing; its TextGrid may know the text."""
    reason = unwritable(recording.source)
    if not reason and not recording.text and recording.textgrid:
        try:
            recording = dataclasses.replace(recording, text=given_words(recording.textgrid))
        except UtteranceError as error:
            reason = str(error)
    if not reason and len(rows) > 1:
        reason = "a table names it twice, with different texts; keep one line"
    if not reason and not recording.speaker:
        reason = "speaker_pattern does not find a speaker in its name; mend it, or the name"
    if not reason:
        try:
            headers[recording.id] = _heard(recording)
            recording = with_words(recording, dictionary)
        except UtteranceError as error:
            reason = str(error)
    return recording, reason


def _heard(recording: Recording) -> Header:
    """Raises UtteranceError where the header tells that it cannot be used, or it has no text."""
    assert recording.audio is not None
    header = read_header(recording.audio)
    if not recording.text:
        raise UtteranceError("no text: neither a table nor a .txt beside the recording has any")
    if not recording.textgrid and not is_passage(recording):
        check_length(header.seconds)
    return header


def speaker_finder(pattern: str) -> Callable[[str], str | None]:
    """The speaker that a pattern finds in a name: "" where none, None without a pattern.

    Raises CorpusError where the pattern is none, or has no group `speaker`.
    """
    if not pattern:
        return lambda name: None
    try:
        compiled = re.compile(pattern)
    except (re.error, RecursionError, OverflowError) as error:
        raise CorpusError(
            f"speaker_pattern '{pattern}' is no regular expression ({error}); mend it"
        ) from None
    if SPEAKER not in compiled.groupindex:
        raise CorpusError(
            f"speaker_pattern '{pattern}' has no group called speaker; write the part of the name "
            "that tells who speaks as (?P<speaker>…)"
        )

    def find(name: str) -> str:
        match = compiled.search(name)
        return (match[SPEAKER] or "").strip() if match else ""

    return find


def kept(judged: Iterable[Judged], keep: str) -> tuple[list[Judged], list[str]]:
    """What a filter leaves, and a line that says so.

    keep: "emotion:neutral|happy,gender:f" for recordings with one of these values in each of these
    columns; "" for all. Raises CorpusError for a column or a value that is not there.
    """
    judged = list(judged)
    wanted = {
        column_key(column): {column_key(value) for value in values.split("|")}
        for column, _, values in (one.partition(":") for one in keep.split(",") if one.strip())
    }
    found = {column: Counter[str]() for column in wanted}
    values_of = [_values(recording) for recording, _ in judged]
    known = sorted({column for values in values_of for column in values})
    for column, values in wanted.items():
        found[column].update(column_key(one.get(column, "")) for one in values_of)
        if column not in known or not values <= found[column].keys():
            there = ", ".join(value for value, _ in found[column].most_common(10) if value)
            raise CorpusError(
                f"keep is '{keep}', but no recording has that; known columns are "
                f"{', '.join(known)}" + (f", values of {column}: {there}" if there else "")
            )
    left = [
        pair
        for pair, one in zip(judged, values_of, strict=True)
        if all(column_key(one.get(column, "")) in wanted[column] for column in wanted)
    ]
    said = [f"keep={keep} leaves {len(left)} of {len(judged)}"] if wanted else []
    return left, said


def _values(recording: Recording) -> dict[str, str]:
    """What can be filtered by."""
    facts = {column_key(column): value for column, value in recording.facts}
    return {SPEAKER: recording.speaker, **facts}
