"""From recordings (or from nothing but text) to a corpus in the HTS-demo layout."""

import dataclasses
import shutil
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd

from intonation import polish
from intonation.corpus import passes
from intonation.corpus.corpus import REASON, Corpus, open_corpus, write_tables
from intonation.corpus.f0 import read_float32
from intonation.corpus.hts_tree import LF0_COLUMN, USUAL_QUESTIONS, HtsDemo, find_tree
from intonation.corpus.intake.passages import cut_recording, is_passage, pieces_of
from intonation.corpus.pitch.tracking import PitchRange, speaker_range
from intonation.corpus.processes import in_fresh_processes
from intonation.corpus.recordings import Recording, list_recordings
from intonation.errors import CorpusError, IntonationError
from intonation.files import replacing, write_csv
from intonation.provenance import MADE_FROM, Note, code_digest, library_versions, with_imported
from intonation.statistics import evenly

EMBEDDED_SPEAKER = "espeak"
CHUNK = 20  # utterances; a process costs a fraction of a second

Item = tuple[Recording, Note]


@dataclass(frozen=True)
class Asked:
    """What a run's parameters ask of its corpus; names and meanings are those of `Parameters`."""

    dataset_size_limit: int = 0
    split_seed: int = 0
    lf0_column: int = LF0_COLUMN

    @classmethod
    def of(cls, values: Mapping[str, Any]) -> "Asked":
        """From parameters by name; names that ask nothing of a corpus are passed over."""
        ours = {field.name for field in dataclasses.fields(cls)}
        return cls(**{name: value for name, value in values.items() if name in ours})


def prepare_corpus(
    source: str, folder: Path, asked: Asked | None = None, *, jobs: int = 1
) -> Corpus:
    """Make a corpus folder out of recordings, an HTS-demo tree, or the embedded sentences.

    source: folder of recordings or HTS-demo tree; "" for the embedded synthetic voice.
    asked: None for the defaults. jobs: processes at a time.
    An utterance that is there is kept if its recording, its text, what prepares it and, for F0, the
    speaker's range are the same. Raises CorpusError where nothing usable is found.
    """
    asked = asked or Asked()
    tree = find_tree(Path(source), asked.lf0_column) if source else None
    recordings, unusable = _sources(source, tree, asked)
    _write_questions(folder / "data" / "questions", tree)
    if tree:
        rows, notes = _import_tree(folder, tree, recordings, jobs)
    else:
        recordings, left_out, cut_notes = _cut(folder, recordings, asked, jobs)
        unusable = [*unusable, *left_out]
        rows, notes = _prepare_recordings(folder, recordings, jobs, "align" if source else "speak")
        notes += cut_notes
    _remove_others(folder, notes)
    rows += [{"id": recording.id, REASON: reason} for recording, reason in unusable]
    write_tables(folder, rows, asked.split_seed)
    return open_corpus(folder)


def prepare_shard(
    source: str,
    folder: Path,
    which: str,
    shard: int,
    shards: int,
    asked: Asked | None = None,
    *,
    jobs: int = 1,
) -> None:
    """Do one pass over every `shards`-th recording from number `shard` on, counted from 0.

    which: "hear" or, when all shards have done that, "track": F0 in a speaker's range, which all
    recordings of the speaker decide. An HTS-demo tree is taken over in the first. What is done here
    `prepare_corpus` finds done, called for the same with the same. Raises CorpusError.
    """
    asked = asked or Asked()
    tree = find_tree(Path(source), asked.lf0_column) if source else None
    recordings, _ = _sources(source, tree, asked)
    if not tree:
        recordings, *_ = _cut(folder, recordings, asked, jobs)
    ours = recordings[shard::shards]
    if which == "hear" and tree:
        _import_tree(folder, tree, ours, jobs)
    elif which == "hear":
        _hear_all(folder, _heard(folder, ours), jobs, which)
    elif not tree:
        tracked, ranges = _tracked(folder, _heard(folder, recordings))
        mine = set(ours)
        _track_all(folder, [item for item in tracked if item[0] in mine], ranges, jobs)


def _sources(
    source: str, tree: HtsDemo | None, asked: Asked
) -> tuple[list[Recording], list[tuple[Recording, str]]]:
    if tree:
        recordings, unusable = tree.recordings()
    elif source:
        recordings, unusable = list_recordings(Path(source))
    else:
        recordings = [
            Recording(f"pl{number:04d}", text, EMBEDDED_SPEAKER)
            for number, text in enumerate(polish.sentences(), start=1)
        ]
        unusable = []
    return evenly(recordings, asked.dataset_size_limit), unusable


def _write_questions(folder: Path, tree: HtsDemo | None) -> None:
    """Put the question set there, then remove any other: an interrupt leaves one that is whole."""
    written = folder / (tree.questions.name if tree else USUAL_QUESTIONS)
    if tree:
        with replacing(written) as temporary:
            shutil.copyfile(tree.questions, temporary)
    else:
        polish.write_question_set(written)
    for other in {*folder.iterdir()} - {written}:
        other.unlink()


def _noted(
    folder: Path, stage: str, some: Iterable[Recording], made_from: Callable[[Recording], dict]
) -> list[Item]:
    """Each recording with the note about a stage of its preparation."""
    modules = with_imported([__name__])
    made_with = {"code": code_digest(modules), "libraries": library_versions(modules)}
    return [(r, Note(folder, f"{stage}/{r.id}", {**made_from(r), **made_with})) for r in some]


def _import_tree(
    folder: Path, tree: HtsDemo, recordings: list[Recording], jobs: int
) -> tuple[list[dict], list[Note]]:
    """Rows of the table, or of the exclusions (those with a reason), and the notes about them."""

    def made_from(recording: Recording) -> dict:
        stamp = [recording.text, recording.speaker, tree.stamp(recording.id), tree.lf0_column]
        return {"utterance": stamp}

    items = _noted(folder, "imported", recordings, made_from)
    take = partial(passes.take_over, tree, folder / "data")
    return _where_needed(take, items, jobs, "import"), [note for _, note in items]


def _prepare_recordings(
    folder: Path, recordings: list[Recording], jobs: int, title: str
) -> tuple[list[dict], list[Note]]:
    """Both passes; rows of the table, or of the exclusions (those with a reason), and all notes."""
    heard = _heard(folder, recordings)
    outcomes = _hear_all(folder, heard, jobs, title)
    silent = [outcome for outcome in outcomes if REASON in outcome]
    told = zip((recording.id for recording in recordings), outcomes, strict=True)
    mended = [(name, found[passes.MENDED]) for name, found in told if passes.MENDED in found]
    write_csv(folder / "mended.csv", pd.DataFrame(mended, columns=["id", passes.MENDED]))
    tracked, ranges = _tracked(folder, heard)
    rows = _track_all(folder, tracked, ranges, jobs)
    return rows + silent, [note for _, note in (*heard, *tracked)]


def _cut(
    folder: Path, recordings: list[Recording], asked: Asked, jobs: int
) -> tuple[list[Recording], list[tuple[Recording, str]], list[Note]]:
    """Long recordings as their sentences; what of them was left out, and why; and the notes."""
    long = [recording for recording in recordings if is_passage(recording)]
    if not long:
        return recordings, [], []
    items = _noted(folder, "cut", long, lambda r: {"utterance": [r.text, r.stamp]})
    outcomes = _where_needed(cut_recording, items, jobs, "cut", chunk=1)
    cut, left_out = dict(zip(long, outcomes, strict=True)), []
    for whole, outcome in cut.items():
        pieces = outcome.get("reasons", [(whole.id, whole.text, outcome.get(REASON))])
        left_out += [(dataclasses.replace(whole, id=i, text=t), why) for i, t, why in pieces]
    each = [pieces_of(one, cut[one]) if one in cut else [one] for one in recordings]
    found = [piece for pieces in each for piece in pieces]
    return evenly(found, asked.dataset_size_limit), left_out, [note for _, note in items]


def _heard(folder: Path, recordings: Iterable[Recording]) -> list[Item]:
    """Notes of the first pass."""
    return _noted(folder, "heard", recordings, lambda r: {"utterance": [r.text, r.stamp]})


def _hear_all(folder: Path, heard: list[Item], jobs: int, title: str) -> list[dict]:
    # eSpeak NG carries state from one sentence to the next, worth some milliseconds: in a process
    # of its own, an utterance does not depend on those before it, which may be there already
    return _where_needed(partial(passes.hear, folder), heard, jobs, title, chunk=1)


def _tracked(folder: Path, heard: list[Item]) -> tuple[list[Item], dict[str, PitchRange]]:
    """Notes of the second pass, and the ranges of the speakers, after the first."""
    missing = [r.id for r, note in heard if not (note.is_of_the_same() and "files" in note.read())]
    if missing:
        raise CorpusError(
            f"{len(missing)} of {len(heard)} recordings were not heard yet ({missing[0]} for one), "
            "and all recordings of a speaker decide the range: let every shard hear first"
        )
    good = {r: note for r, note in heard if REASON not in note.read()["outcome"]}
    ranges = _speaker_ranges(folder, good)

    def tracked_from(recording: Recording) -> dict:
        """The speaker's own range, which the speaker's other recordings decide too, counts."""
        files, search = good[recording].read()["files"], ranges[recording.speaker]
        utterance = [recording.text, recording.speaker]
        return {"utterance": utterance, "heard": files, "range": dataclasses.astuple(search)}

    return _noted(folder, "tracked", good, tracked_from), ranges


def _track_all(
    folder: Path, tracked: list[Item], ranges: dict[str, PitchRange], jobs: int
) -> list[dict]:
    return _where_needed(partial(passes.track, folder / "data", ranges), tracked, jobs, "pitch")


def _speaker_ranges(folder: Path, recordings: Iterable[Recording]) -> dict[str, PitchRange]:
    by_speaker: dict[str, list[Path]] = {}
    for recording in recordings:
        by_speaker.setdefault(recording.speaker, []).append(passes.wide_track(folder, recording))
    return {name: speaker_range(map(read_float32, paths)) for name, paths in by_speaker.items()}


def _where_needed(
    work: Callable[[Recording], tuple[dict, list[Path]]],
    items: list[Item],
    jobs: int,
    title: str,
    chunk: int = CHUNK,
) -> list[dict]:
    """What came out of `work` for each item, in order; only done where its note does not hold."""
    left = [item for item in items if not item[1].holds()]
    in_fresh_processes(partial(_noting, work), left, jobs, title, chunk)
    return [note.read()["outcome"] for _, note in items]


def _noting(work: Callable, items: list[Item]) -> None:
    """Do `work` for each item; note the files and the outcome."""
    for recording, note in items:
        try:
            outcome, files = work(recording)
        except IntonationError as error:
            outcome, files = {"id": recording.id, REASON: str(error)}, []
        note.finish(files, outcome=outcome)


def _remove_others(folder: Path, notes: list[Note]) -> None:
    """Remove files of utterances that are no longer there, of what could not be used, and what an
    interrupted run left half-written."""
    kept = {folder / path for note in notes for path in note.read()["files"]}
    kept |= {note.path for note in notes}
    for place in (*sorted((folder / "data").iterdir()), folder / MADE_FROM):
        if place.name != "questions":
            for path in [p for p in place.rglob("*") if p.is_file() and p not in kept]:
                path.unlink()
    for half_written in folder.glob(".*.part*"):
        half_written.unlink()
