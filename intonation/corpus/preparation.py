"""From recordings (or from nothing but text) to a corpus in the HTS-demo layout."""

import hashlib
import json
import multiprocessing
import shutil
import warnings
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
import parselmouth
from tqdm.auto import tqdm

from intonation import polish
from intonation.corpus.alignment import align, read_textgrid, synthesize, write_textgrid
from intonation.corpus.corpus import TABLE_COLUMNS, Corpus, describe, open_corpus, read_utterance
from intonation.corpus.f0 import write_lf0
from intonation.corpus.hts_tree import LF0_COLUMN, USUAL_QUESTIONS, HtsDemo, find_tree
from intonation.corpus.pitch import speaker_range, track_f0
from intonation.corpus.recordings import Recording, list_recordings
from intonation.corpus.splits import sentence_keys, speaker_medians, split_sentences
from intonation.errors import CorpusError, IntonationError, UtteranceError
from intonation.files import package_fingerprint, replacing, write_csv
from intonation.labels.full_context import write_labels
from intonation.statistics import evenly

EMBEDDED_SPEAKER = "espeak"
STORED_SAMPLING_HZ = 22_050
CHUNK = 20  # utterances; a process costs a fraction of a second


@dataclass(frozen=True)
class Heard:
    """Outcome of the first pass over one utterance: a wide F0 track, or why there is none."""

    recording: Recording
    f0_hz: np.ndarray | None = None
    reason: str = ""


def prepare_corpus(
    source: str,
    folder: Path,
    *,
    limit: int = 0,
    split_seed: int = 0,
    jobs: int = 1,
    lf0_column: int = LF0_COLUMN,
) -> Corpus:
    """Make a corpus folder out of recordings, an HTS-demo tree, or the embedded sentences.

    source: folder of recordings or HTS-demo tree; "" for the embedded synthetic voice.
    limit: use at most this many utterances; 0 for all.
    lf0_column: of ln F0 in the .cmp files of an HTS-demo tree, counted from 0.
    Whole utterances of an interrupted run are kept; another source starts afresh.
    Raises CorpusError where nothing usable is found.
    """
    tree = find_tree(Path(source), lf0_column) if source else None
    recordings, unusable = _sources(source, tree, limit)
    _start_afresh_if_changed(folder, source, recordings, tree)
    if tree:
        take = partial(_import_chunk, tree, folder / "data")
        rows = _in_fresh_processes(take, recordings, jobs, "import")
    else:
        rows = _prepare_recordings(
            folder / "data", recordings, jobs, "align" if source else "speak"
        )
    rows += [{"id": recording.id, "reason": reason} for recording, reason in unusable]
    _write_tables(folder, rows, split_seed)
    return open_corpus(folder)


def _sources(
    source: str, tree: HtsDemo | None, limit: int
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
    return evenly(recordings, limit), unusable


def _start_afresh_if_changed(
    folder: Path, source: str, recordings: list[Recording], tree: HtsDemo | None
) -> None:
    """Keep what an interrupted preparation of the same source by the same code has left."""
    told = [f"{r.id}\t{r.text}\t{r.speaker}\t{r.stamp}" for r in recordings]
    fingerprint = hashlib.sha256("\n".join([package_fingerprint(), *told]).encode()).hexdigest()
    path = folder / "source.json"
    if path.is_file() and json.loads(path.read_text()).get("fingerprint") == fingerprint:
        return
    shutil.rmtree(folder, ignore_errors=True)
    questions = folder / "data" / "questions"
    if tree:
        with replacing(questions / tree.questions.name) as temporary:
            shutil.copyfile(tree.questions, temporary)
    else:
        polish.write_question_set(questions / USUAL_QUESTIONS)
    with replacing(path) as temporary:
        temporary.write_text(json.dumps({"source": source, "fingerprint": fingerprint}, indent=1))


def _prepare_recordings(data: Path, recordings: list[Recording], jobs: int, title: str) -> list:
    """Both passes; rows of the table, or of the exclusions (those with a reason)."""
    heard = _in_fresh_processes(partial(_hear_chunk, data), recordings, jobs, title)
    good = [item for item in heard if item.f0_hz is not None]
    ranges = {
        speaker: speaker_range(item.f0_hz for item in good if item.recording.speaker == speaker)
        for speaker in {item.recording.speaker for item in good}
    }
    second = partial(_track_chunk, data, ranges)
    rows = _in_fresh_processes(second, [item.recording for item in good], jobs, "pitch")
    silent = [item for item in heard if item.f0_hz is None]
    return rows + [{"id": item.recording.id, "reason": item.reason} for item in silent]


def _in_fresh_processes(work: Callable, items: list, jobs: int, title: str) -> list:
    """Do `work` on chunks of items, each chunk in a process of its own, in order.

    eSpeak NG carries state from one sentence to the next, worth some milliseconds. Fixed chunks
    in fresh processes make a corpus the same whatever `jobs` is.
    """
    chunks = [items[start : start + CHUNK] for start in range(0, len(items), CHUNK)]
    done = []
    with (
        ThreadPoolExecutor(jobs) as waiting,
        tqdm(total=len(items), desc=title, unit="utterance", mininterval=1.0) as bar,
    ):
        for results in waiting.map(partial(_in_a_fresh_process, work), chunks):
            done += results
            bar.update(len(results))
    return done


def _in_a_fresh_process(work: Callable, chunk: list[Recording]) -> list:
    """Do `work` where nothing was spoken before: in a child of a server that only imported this.

    Raises CorpusError where the child dies, for a pool that restarts it would wait for ever.
    """
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([__name__])
    try:
        with ProcessPoolExecutor(1, mp_context=context) as child:
            return child.submit(work, chunk).result()
    except BrokenProcessPool:
        raise CorpusError(
            f"the process that prepared {chunk[0].id} to {chunk[-1].id} died; free some memory and "
            "run again to continue (a script needs `if __name__ == '__main__':`)"
        ) from None


def _hear_chunk(data: Path, recordings: list[Recording]) -> list[Heard]:
    # after an interrupt, a chunk is taken over only as a whole: see above
    whole = all(_label(data, recording).is_file() for recording in recordings)
    return [_hear(data, recording, reuse=whole) for recording in recordings]


def _import_chunk(tree: HtsDemo, data: Path, recordings: list[Recording]) -> list[dict]:
    return [_import(tree, data, recording) for recording in recordings]


def _import(tree: HtsDemo, data: Path, recording: Recording) -> dict:
    """Take one utterance of an HTS-demo tree over; its row of the table."""
    try:
        tree.copy(recording.id, data)
        _write_text(data, recording)
        return _row(data, recording)
    except IntonationError as error:
        return {"id": recording.id, "reason": str(error)}


def _row(data: Path, recording: Recording) -> dict:
    labels, f0_hz, trimmed = read_utterance(data, recording.id)
    if not (f0_hz > 0).any():
        raise UtteranceError("no frame of F0 is voiced; is the recording silent or noise?")
    row = describe(recording.id, recording.text, recording.speaker, labels, f0_hz)
    return {**row, "trimmed_frames": trimmed}


def _write_text(data: Path, recording: Recording) -> None:
    with replacing(data / "txt" / f"{recording.id}.txt") as temporary:
        temporary.write_text(recording.text + "\n", encoding="utf-8")


def _track_chunk(data: Path, ranges: dict, recordings: list[Recording]) -> list[dict]:
    return [_track(data, ranges, recording) for recording in recordings]


def _label(data: Path, recording: Recording) -> Path:
    return data / "labels" / "full" / f"{recording.id}.lab"


def _hear(data: Path, recording: Recording, *, reuse: bool) -> Heard:
    """First pass: align or speak, label, and track F0 in a wide range."""
    try:
        sound = _sound(data, recording) if reuse else _sound_and_labels(data, recording)
        f0_hz = track_f0(sound)
        if not (f0_hz > 0).any():
            raise UtteranceError(
                "nothing voiced was found in the recording; is it silent or noise?"
            )
    except IntonationError as error:
        return Heard(recording, reason=str(error))
    return Heard(recording, f0_hz=f0_hz)


def _sound_and_labels(data: Path, recording: Recording) -> parselmouth.Sound:
    polish.check_text(recording.text)
    if recording.audio is None:
        sound, alignment = synthesize(recording.text)
    else:
        sound = _read_sound(recording.audio)
        textgrid = recording.textgrid
        alignment = read_textgrid(textgrid) if textgrid else align(sound, recording.text)
    labels = polish.full_context_labels(recording.text, alignment)
    _write_sound(data / "wav" / f"{recording.id}.wav", sound)
    _write_text(data, recording)
    write_textgrid(data / "textgrid" / f"{recording.id}.TextGrid", alignment)
    write_labels(_label(data, recording), labels)
    return _sound(data, recording)


def _sound(data: Path, recording: Recording) -> parselmouth.Sound:
    return parselmouth.Sound(str(data / "wav" / f"{recording.id}.wav"))


def _track(data: Path, ranges: dict, recording: Recording) -> dict:
    """Second pass: F0 in the speaker's own range; the utterance's row of the table."""
    try:
        f0_hz = track_f0(_sound(data, recording), ranges[recording.speaker])
        write_lf0(data / "lf0" / f"{recording.id}.lf0", f0_hz)
        return _row(data, recording)
    except IntonationError as error:
        return {"id": recording.id, "reason": str(error)}


def _read_sound(path: Path) -> parselmouth.Sound:
    try:
        with warnings.catch_warnings():
            # Praat only warns of a truncated file, and fills up with silence
            warnings.simplefilter("error", parselmouth.PraatWarning)
            sound = parselmouth.Sound(str(path))
    except parselmouth.PraatError:
        raise UtteranceError(f"{path.name} is no audio file that Praat can read") from None
    except parselmouth.PraatWarning as warning:
        reason = " ".join(str(warning).split())
        raise UtteranceError(f"{path.name} is damaged ({reason}); copy it again") from None
    sound = sound.convert_to_mono() if sound.n_channels > 1 else sound
    if not np.any(sound.values):
        raise UtteranceError(f"{path.name} is digital silence")
    return sound


def _write_sound(path: Path, sound: parselmouth.Sound) -> None:
    if sound.sampling_frequency > STORED_SAMPLING_HZ * 1.2:
        sound = sound.resample(STORED_SAMPLING_HZ, precision=10)
    peak = np.abs(sound.values).max()
    if peak > 0.99:  # keep 16 bit from clipping what resampling overshot
        sound = parselmouth.Sound(sound.values * (0.99 / peak), sound.sampling_frequency)
    with replacing(path) as temporary:
        sound.save(str(temporary), parselmouth.SoundFileFormat.WAV)


def _write_tables(folder: Path, rows: list[dict], split_seed: int) -> None:
    excluded = [row for row in rows if "reason" in row]
    write_csv(folder / "excluded.csv", pd.DataFrame(excluded, columns=["id", "reason"]))
    table = pd.DataFrame([row for row in rows if "reason" not in row])
    if len(table) < 3 or sentence_keys(table["text"]).nunique() < 3:
        reasons = "; ".join(f"{row['id']}: {row['reason']}" for row in excluded[:3])
        raise CorpusError(
            f"only {len(table)} utterances are usable, but training, validation and test need "
            f"three different sentences. Excluded: {len(excluded)} ({reasons or 'none'}); "
            f"see {folder / 'excluded.csv'}"
        )
    table["split"] = split_sentences(table["text"], split_seed)
    voiced = {}
    for utterance_id in table["id"]:
        _, f0_hz, _ = read_utterance(folder / "data", utterance_id)
        voiced[utterance_id] = f0_hz[f0_hz > 0]
    table["speaker_median_hz"] = speaker_medians(table, voiced).round(3)
    write_csv(folder / "utterances.csv", table[list(TABLE_COLUMNS)])
