"""The stages of preparation: passes over all recordings, each done only where it is needed."""

import dataclasses
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from intonation.corpus.alignment.copies import in_a_copy
from intonation.corpus.corpus import REASON
from intonation.corpus.f0 import read_float32
from intonation.corpus.intake.passages import cut_recording, is_passage, pieces_of
from intonation.corpus.intake.recording import Judged, Recording
from intonation.corpus.pitch.tracking import PitchRange, speaker_range
from intonation.corpus.preparing import passes
from intonation.corpus.preparing.asked import Asked
from intonation.corpus.preparing.processes import in_fresh_processes
from intonation.corpus.realignment.times import learn_classifier, to_learn_from
from intonation.errors import CorpusError, IntonationError, UtteranceError
from intonation.provenance import Note, code_digest, library_versions, with_imported
from intonation.statistics import evenly

LEARNING_SEED = 1

Item = tuple[Recording, Note]


def noted(
    folder: Path, stage: str, some: Iterable[Recording], made_from: Callable[[Recording], dict]
) -> list[Item]:
    """Each recording with the note about a stage of its preparation."""
    made_with = _made_with()
    return [(r, Note(folder, f"{stage}/{r.id}", {**made_from(r), **made_with})) for r in some]


def _made_with() -> dict[str, Any]:
    modules = with_imported([__name__])
    return {"code": code_digest(modules), "libraries": library_versions(modules)}


def cut_passages(
    folder: Path, recordings: list[Recording], asked: Asked, jobs: int
) -> tuple[list[Recording], list[Judged], list[Note]]:
    """Long recordings as their sentences; what of them was left out, and why; and the notes."""
    long = [recording for recording in recordings if is_passage(recording)]
    if not long:
        return recordings, [], []
    items = noted(folder, "cut", long, lambda r: {"utterance": [r.text, r.stamp]})
    outcomes = where_needed(cut_recording, items, jobs, "cut", chunk=1)
    cut, left_out = dict(zip(long, outcomes, strict=True)), []
    for whole, outcome in cut.items():
        pieces = outcome.get("reasons", [(whole.id, whole.text, outcome.get(REASON))])
        left_out += [(dataclasses.replace(whole, id=i, text=t), why) for i, t, why in pieces]
    each = [pieces_of(one, cut[one]) if one in cut else [one] for one in recordings]
    found = [piece for pieces in each for piece in pieces]
    twice = [name for name, count in Counter(one.id for one in found).items() if count > 1]
    if twice:
        raise CorpusError(f"a sentence and a recording are both called {twice[0]}; rename the file")
    return evenly(found, asked.dataset_size_limit), left_out, [note for _, note in items]


def heard_notes(folder: Path, recordings: Iterable[Recording]) -> list[Item]:
    """Notes of the first pass."""
    return noted(folder, "heard", recordings, lambda r: {"utterance": [r.text, r.stamp]})


def hear_all(folder: Path, heard: list[Item], jobs: int, title: str) -> list[dict]:
    return where_needed(partial(passes.hear, folder), heard, jobs, title)


@dataclass(frozen=True)
class Learning:
    """The pass for the whole corpus: from which recordings, none where there is nothing to learn,
    and the note about it."""

    recordings: list[Recording]
    note: Note

    def files(self) -> dict[str, str]:
        """What was learnt, with digests."""
        return self.note.read()["files"] if self.recordings else {}


def to_learn(folder: Path, heard: list[Item], asked: Asked) -> Learning:
    """Raises CorpusError where a recording was not heard yet."""
    good = _good(heard)
    seconds = {r: float(note.read()["outcome"]["seconds"]) for r, note in good.items()}
    chosen = to_learn_from(seconds, asked.realign)
    sources = {r.id: good[r].read()["files"] for r in chosen}
    made_from = {"heard": sources, "seed": LEARNING_SEED, **_made_with()}
    return Learning(chosen, Note(folder, "learned/phones", made_from))


def learn(folder: Path, learned: Learning) -> None:
    """Learn, unless it is done; all recordings at once, in a process that then ends."""
    if not learned.recordings or learned.note.holds():
        return
    items = [(recording, learned.note) for recording in learned.recordings]
    in_fresh_processes(partial(_learning, folder), items, 1, "learn", chunk=len(items))


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


def tracked_notes(
    folder: Path, heard: list[Item], learned: Learning, asked: Asked
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
        utterance = [recording.text, recording.written, recording.speaker]
        treatment = dataclasses.astuple(asked.treatment)
        others = {"range": dataclasses.astuple(search), "learned": phones, "treatment": treatment}
        return {"utterance": utterance, "heard": files, **others}

    return noted(folder, "tracked", good, tracked_from), ranges


def track_all(
    folder: Path,
    tracked: list[Item],
    ranges: dict[str, PitchRange],
    learned: Learning,
    asked: Asked,
    jobs: int,
) -> list[dict]:
    ids = frozenset(recording.id for recording in learned.recordings)
    work = partial(passes.track, folder, ranges, asked.treatment, ids)
    return where_needed(work, tracked, jobs, "pitch")


def _speaker_ranges(folder: Path, recordings: Iterable[Recording]) -> dict[str, PitchRange]:
    by_speaker: dict[str, list[Path]] = {}
    for recording in recordings:
        by_speaker.setdefault(recording.speaker, []).append(passes.wide_track(folder, recording))
    return {name: speaker_range(map(read_float32, paths)) for name, paths in by_speaker.items()}


def where_needed(
    work: Callable[[Recording], tuple[dict, list[Path]]],
    items: list[Item],
    jobs: int,
    title: str,
    chunk: int = 0,
) -> list[dict]:
    """What came out of `work` for each item, in order; only done where its note does not hold.

    chunk: of `in_fresh_processes`.
    """
    left = [item for item in items if not item[1].holds()]
    each, again = partial(_noting, work), partial(_noting_crashes, work)
    in_fresh_processes(each, left, jobs, title, chunk=chunk, again=again)
    return [note.read()["outcome"] for _, note in items]


def _noting(work: Callable, items: list[Item]) -> None:
    """Do `work` for each item; note the files and the outcome."""
    for recording, note in items:
        try:
            outcome, files = work(recording)
        except IntonationError as error:
            outcome, files = {"id": recording.id, REASON: str(error)}, []
        note.finish(files, outcome=outcome)


def _noting_crashes(work: Callable, items: list[Item]) -> None:
    """The same in copies of this process: one that crashes costs its recording alone."""
    for recording, note in items:
        if note.holds():
            continue
        try:
            in_a_copy(_noting, work, [(recording, note)])
        except UtteranceError as error:
            note.finish([], outcome={"id": recording.id, REASON: str(error)})
