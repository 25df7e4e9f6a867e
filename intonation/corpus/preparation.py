"""From recordings (or from nothing but text) to a corpus in the HTS-demo layout."""

import dataclasses
import shutil
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from intonation import polish
from intonation.corpus import passes
from intonation.corpus.corpus import REASON, Corpus, open_corpus, write_tables
from intonation.corpus.f0 import read_float32
from intonation.corpus.hts_tree import LF0_COLUMN, USUAL_QUESTIONS, HtsDemo, find_tree
from intonation.corpus.intake.listing import Listing, kept, list_recordings
from intonation.corpus.intake.recording import Recording, sort_out
from intonation.corpus.pitch.tracking import PitchRange, speaker_range
from intonation.corpus.pitch.treatment import Treatment
from intonation.corpus.processes import in_fresh_processes
from intonation.corpus.realignment.times import learn_classifier, to_learn_from
from intonation.corpus.sounds import MUCH_CLIPPED
from intonation.errors import CorpusError, IntonationError
from intonation.files import replacing
from intonation.provenance import MADE_FROM, Note, code_digest, library_versions, with_imported
from intonation.statistics import evenly

EMBEDDED_SPEAKER = "espeak"
CHUNK = 20  # utterances; a process costs a fraction of a second
LEARNING_SEED = 1

Item = tuple[Recording, Note]


@dataclass(frozen=True)
class Asked:
    """What a run's parameters ask of its corpus; names and meanings are those of `Parameters`."""

    dataset_size_limit: int = 0
    split_seed: int = 0
    split: str = "sentence"
    leave_out: str = ""
    lf0_column: int = LF0_COLUMN
    creak: str = "keep"
    smooth_ms: float = 0.0
    bridge_ms: float = 0.0
    realign: str = "auto"
    columns: str = ""
    speaker_pattern: str = ""
    keep: str = ""
    strict: bool = False

    @classmethod
    def of(cls, values: Mapping[str, Any]) -> "Asked":
        """From parameters by name; names that ask nothing of a corpus are passed over."""
        ours = {field.name for field in dataclasses.fields(cls)}
        return cls(**{name: value for name, value in values.items() if name in ours})

    @property
    def treatment(self) -> Treatment:
        """Of measured F0."""
        return Treatment(self.creak, self.smooth_ms, self.bridge_ms)


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
    tree = find_tree(Path(source), asked.lf0_column) if source else None
    listing = list_sources(source, tree, asked)
    recordings, unusable = listing.recordings, listing.unusable
    _tell(*listing.said)
    if asked.strict:  # before hours of work
        _refuse_exclusions([(one.id, reason) for one, reason in unusable], len(recordings))
    _write_questions(folder / "data" / "questions", tree)
    if tree:
        rows, notes = _import_tree(folder, tree, recordings, jobs)
    else:
        rows, notes = _prepare_recordings(folder, recordings, asked, jobs, bool(source))
    _remove_others(folder, notes)
    rows += [{"id": recording.id, REASON: reason} for recording, reason in unusable]
    known = [*recordings, *(r for r, _ in unusable)]
    speakers_apart = {"split": asked.split, "leave_out": asked.leave_out}
    write_tables(folder, rows, known, asked.split_seed, **speakers_apart)
    corpus = open_corpus(folder)
    _tell(*_summary(corpus))
    if asked.strict:
        excluded = corpus.excluded[["id", REASON]].itertuples(index=False, name=None)
        _refuse_exclusions(list(excluded), len(corpus))
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
    ours = recordings[shard::shards]
    if which == "hear" and tree:
        _import_tree(folder, tree, ours, jobs)
    elif which == "hear":
        _hear_all(folder, _heard(folder, ours), jobs, which)
    elif not tree:
        heard, mine = _heard(folder, recordings), set(ours)
        learned = _learned(folder, heard, asked)
        if which == "learn":
            _learn(folder, learned)
            return
        tracked, ranges = _tracked(folder, heard, learned, asked)
        items = [item for item in tracked if item[0] in mine]
        _track_all(folder, items, ranges, learned, asked, jobs)


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


def _tell(*lines: str) -> None:
    for line in lines:
        print(line, flush=True)


def _summary(corpus: Corpus) -> list[str]:
    """What became of all, in a line; and what is used but clipped."""
    count = len(corpus.excluded)
    lines = [f"{len(corpus)} of {len(corpus) + count} utterances are used, {count} excluded"]
    clipped = corpus.table.loc[corpus.table["clipped_share"] > MUCH_CLIPPED, "id"]
    if len(clipped):
        bound = f"{100 * MUCH_CLIPPED:g} % of their samples are clipped"
        lines.append(f"{len(clipped)} are used though more than {bound}: {', '.join(clipped[:5])}")
    return lines


def _refuse_exclusions(excluded: list[tuple[str, str]], used: int) -> None:
    """Raise CorpusError for the first that cannot be used."""
    if excluded:
        name, reason = excluded[0]
        raise CorpusError(
            f"{len(excluded)} of {used + len(excluded)} utterances cannot be used, and strict asks "
            f"for all: {name}: {reason}; make corpus-check lists them"
        )


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
    made_with = _made_with()
    return [(r, Note(folder, f"{stage}/{r.id}", {**made_from(r), **made_with})) for r in some]


def _made_with() -> dict[str, Any]:
    modules = with_imported([__name__])
    return {"code": code_digest(modules), "libraries": library_versions(modules)}


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
    folder: Path, recordings: list[Recording], asked: Asked, jobs: int, given: bool
) -> tuple[list[dict], list[Note]]:
    """All passes; rows of the table, or of the exclusions (those with a reason), and all notes."""
    heard = _heard(folder, recordings)
    outcomes = _hear_all(folder, heard, jobs, "align" if given else "speak")
    silent = [outcome for outcome in outcomes if REASON in outcome]
    learned = _learned(folder, heard, asked)
    _learn(folder, learned)
    tracked, ranges = _tracked(folder, heard, learned, asked)
    first = {r.id: outcome for (r, _), outcome in zip(heard, outcomes, strict=True)}
    rows = _track_all(folder, tracked, ranges, learned, asked, jobs)
    rows = [{**row, "clipped_share": first[row["id"]]["clipped_share"]} for row in rows]
    of_learning = [learned.note] if learned.recordings else []
    return rows + silent, of_learning + [note for _, note in (*heard, *tracked)]


def _heard(folder: Path, recordings: Iterable[Recording]) -> list[Item]:
    """Notes of the first pass."""
    return _noted(folder, "heard", recordings, lambda r: {"utterance": [r.text, r.stamp]})


def _hear_all(folder: Path, heard: list[Item], jobs: int, title: str) -> list[dict]:
    # eSpeak NG carries state from one sentence to the next, worth some milliseconds: in a process
    # of its own, an utterance does not depend on those before it, which may be there already
    return _where_needed(partial(passes.hear, folder), heard, jobs, title, chunk=1)


@dataclass(frozen=True)
class _Learned:
    """The pass for the whole corpus: from which recordings, none where there is nothing to learn,
    and the note about it."""

    recordings: list[Recording]
    note: Note

    def files(self) -> dict[str, str]:
        """What was learnt, with digests."""
        return self.note.read()["files"] if self.recordings else {}


def _learned(folder: Path, heard: list[Item], asked: Asked) -> _Learned:
    """Raises CorpusError where a recording was not heard yet."""
    good = _good(heard)
    seconds = {r: float(note.read()["outcome"]["seconds"]) for r, note in good.items()}
    chosen = to_learn_from(seconds, asked.realign)
    sources = {r.id: good[r].read()["files"] for r in chosen}
    made_from = {"heard": sources, "seed": LEARNING_SEED, **_made_with()}
    return _Learned(chosen, Note(folder, "learned/phones", made_from))


def _learn(folder: Path, learned: _Learned) -> None:
    """Learn, unless it is done; all recordings at once, in a process that then ends."""
    if not learned.recordings or learned.note.holds():
        return
    items = [(recording, learned.note) for recording in learned.recordings]
    in_fresh_processes(partial(_learning, folder), items, 1, "learn", len(items))


def _learning(folder: Path, items: list[Item]) -> None:
    recordings, (note, *_) = zip(*items, strict=True)
    note.finish([learn_classifier(folder, LEARNING_SEED, recordings)])


def _good(heard: list[Item]) -> dict[Recording, Note]:
    """The recordings that can be used, with their notes.

    Raises CorpusError where one was not heard yet.
    """
    missing = [r.id for r, note in heard if not (note.is_of_the_same() and "files" in note.read())]
    if missing:
        raise CorpusError(
            f"{len(missing)} of {len(heard)} recordings were not heard yet ({missing[0]} for one), "
            "and all recordings of a speaker decide the range: let every shard hear first"
        )
    return {r: note for r, note in heard if REASON not in note.read()["outcome"]}


def _tracked(
    folder: Path, heard: list[Item], learned: _Learned, asked: Asked
) -> tuple[list[Item], dict[str, PitchRange]]:
    """Notes of the last pass, and the ranges of the speakers, after the others."""
    if learned.recordings and not learned.note.holds():
        raise CorpusError(
            "no phones were learnt yet, by which times are found anew: let one shard learn first"
        )
    good = _good(heard)
    ranges, phones = _speaker_ranges(folder, good), learned.files()

    def tracked_from(recording: Recording) -> dict:
        """The speaker's own range and what was learnt, which other recordings decide too, count."""
        files, search = good[recording].read()["files"], ranges[recording.speaker]
        utterance = [recording.text, recording.speaker]
        treatment = dataclasses.astuple(asked.treatment)
        others = {"range": dataclasses.astuple(search), "learned": phones, "treatment": treatment}
        return {"utterance": utterance, "heard": files, **others}

    return _noted(folder, "tracked", good, tracked_from), ranges


def _track_all(
    folder: Path,
    tracked: list[Item],
    ranges: dict[str, PitchRange],
    learned: _Learned,
    asked: Asked,
    jobs: int,
) -> list[dict]:
    work = partial(passes.track, folder, ranges, asked.treatment, bool(learned.recordings))
    return _where_needed(work, tracked, jobs, "pitch")


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
