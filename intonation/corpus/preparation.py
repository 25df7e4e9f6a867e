"""From recordings (or from nothing but text) to a corpus in the HTS-demo layout."""

import dataclasses
import shutil
from functools import partial
from pathlib import Path

import pandas as pd

from intonation import polish
from intonation.corpus.corpus import REASON, Corpus, open_corpus
from intonation.corpus.hts_tree import USUAL_QUESTIONS, HtsDemo, find_tree
from intonation.corpus.intake.listing import kept, list_recordings
from intonation.corpus.intake.outcome import refuse_exclusions, summary, tell
from intonation.corpus.intake.recording import Listing, Recording, sort_out
from intonation.corpus.preparing import passes, stages
from intonation.corpus.preparing.asked import Asked
from intonation.corpus.preparing.processes import begin_server
from intonation.corpus.preparing.table import write_tables
from intonation.files import replacing, write_csv
from intonation.provenance import MADE_FROM, Note
from intonation.statistics import evenly

EMBEDDED_SPEAKER = "espeak"


def prepare_corpus(
    source: str, folder: Path, asked: Asked | None = None, *, jobs: int = 1
) -> Corpus:
    """Make a corpus folder out of recordings, an HTS-demo tree, or the embedded sentences.

    source: folder of recordings or HTS-demo tree; "" for the embedded synthetic voice.
    asked: None for the defaults. jobs: processes at a time.
    An utterance that is there is kept if its recording, its text, what prepares it and, for F0, the
    speaker's range are the same. Raises CorpusError where nothing usable is found, and with
    `asked.strict` where anything is excluded.
    """
    asked = asked or Asked()
    begin_server()
    tree = find_tree(Path(source), asked.lf0_column) if source else None
    listing = list_sources(source, tree, asked)
    recordings, unusable = listing.recordings, listing.unusable
    tell(*listing.said)
    if asked.strict:  # before hours of work
        refuse_exclusions([(one.id, reason) for one, reason in unusable], len(recordings))
    _write_questions(folder / "data" / "questions", tree)
    if tree:
        rows, notes = _import_tree(folder, tree, recordings, jobs)
    else:
        recordings, left_out, cut_notes = stages.cut_passages(folder, recordings, asked, jobs)
        unusable = [*unusable, *left_out]
        rows, notes = _prepare_recordings(folder, recordings, asked, jobs, bool(source))
        notes += cut_notes
    _remove_others(folder, notes)
    rows += [{"id": recording.id, REASON: reason} for recording, reason in unusable]
    known = [*recordings, *(r for r, _ in unusable)]
    speakers_apart = {"split": asked.split, "leave_out": asked.leave_out}
    write_tables(folder, rows, known, asked.split_seed, **speakers_apart)
    corpus = open_corpus(folder)
    tell(*summary(corpus.table, len(corpus.excluded)))
    if asked.strict:
        excluded = corpus.excluded[["id", REASON]].itertuples(index=False, name=None)
        refuse_exclusions(list(excluded), len(corpus))
    return corpus


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

    which: "hear"; when all shards have done that, "learn", for one shard to do: a classifier of
    phones, from all; then "track": times found anew, and F0 in a speaker's range, which all
    recordings of the speaker decide. An HTS-demo tree is taken over in the first. What is done here
    `prepare_corpus` finds done, called for the same with the same. Raises CorpusError.
    """
    asked = asked or Asked()
    tree = find_tree(Path(source), asked.lf0_column) if source else None
    recordings = list_sources(source, tree, asked).recordings
    if not tree:
        recordings, *_ = stages.cut_passages(folder, recordings, asked, jobs)
    ours = recordings[shard::shards]
    if which == "hear" and tree:
        _import_tree(folder, tree, ours, jobs)
    elif which == "hear":
        stages.hear_all(folder, stages.heard_notes(folder, ours), jobs, which)
    elif not tree:
        heard, mine = stages.heard_notes(folder, recordings), set(ours)
        learned = stages.to_learn(folder, heard, asked)
        if which == "learn":
            stages.learn(folder, learned)
            return
        tracked, ranges = stages.tracked_notes(folder, heard, learned, asked)
        items = [item for item in tracked if item[0] in mine]
        stages.track_all(folder, items, ranges, learned, asked, jobs)


def list_sources(source: str, tree: HtsDemo | None, asked: Asked) -> Listing:
    """What a corpus would be made of: the one list for preparation, shards and the dry run."""
    if tree:
        found = tree.recordings()
        judged = [*((one, "") for one in found.recordings), *found.unusable]
        left, filtered = kept(judged, asked.keep)
        listing = Listing(*sort_out(left), (*found.said, *filtered))
    elif source:
        chosen = {name: getattr(asked, name) for name in ("columns", "speaker_pattern", "keep")}
        listing = list_recordings(Path(source), **chosen)
    else:
        spoken = enumerate(polish.sentences(), start=1)
        listing = Listing([Recording(f"pl{n:04d}", t, EMBEDDED_SPEAKER) for n, t in spoken], [])
    few = evenly(listing.recordings, asked.dataset_size_limit)
    return dataclasses.replace(listing, recordings=few)


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


def _import_tree(
    folder: Path, tree: HtsDemo, recordings: list[Recording], jobs: int
) -> tuple[list[dict], list[Note]]:
    """Rows of the table, or of the exclusions (those with a reason), and the notes about them."""

    def made_from(recording: Recording) -> dict:
        stamp = [recording.text, recording.speaker, tree.stamp(recording.id), tree.lf0_column]
        return {"utterance": stamp}

    items = stages.noted(folder, "imported", recordings, made_from)
    take = partial(passes.take_over, tree, folder / "data")
    return stages.where_needed(take, items, jobs, "import"), [note for _, note in items]


def _prepare_recordings(
    folder: Path, recordings: list[Recording], asked: Asked, jobs: int, given: bool
) -> tuple[list[dict], list[Note]]:
    """All passes; rows of the table, or of the exclusions (those with a reason), and all notes."""
    heard = stages.heard_notes(folder, recordings)
    outcomes = stages.hear_all(folder, heard, jobs, "align" if given else "speak")
    silent = [outcome for outcome in outcomes if REASON in outcome]
    told = [(r.id, out.get(passes.MENDED)) for (r, _), out in zip(heard, outcomes, strict=True)]
    mended = pd.DataFrame([pair for pair in told if pair[1]], columns=["id", passes.MENDED])
    write_csv(folder / "mended.csv", mended)
    learned = stages.to_learn(folder, heard, asked)
    stages.learn(folder, learned)
    tracked, ranges = stages.tracked_notes(folder, heard, learned, asked)
    first = {r.id: outcome for (r, _), outcome in zip(heard, outcomes, strict=True)}
    rows = stages.track_all(folder, tracked, ranges, learned, asked, jobs)
    rows = [{**row, "clipped_share": first[row["id"]]["clipped_share"]} for row in rows]
    of_learning = [learned.note] if learned.recordings else []
    return rows + silent, of_learning + [note for _, note in (*heard, *tracked)]


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
