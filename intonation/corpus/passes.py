"""What is done to one recording, pass by pass; each gives an outcome and the files it wrote."""

from pathlib import Path

import parselmouth

from intonation import polish
from intonation.corpus.alignment.nesting import given_times
from intonation.corpus.alignment.praat import align, synthesize
from intonation.corpus.alignment.textgrids import write_textgrid
from intonation.corpus.corpus import describe, read_utterance
from intonation.corpus.f0 import write_f0, write_lf0
from intonation.corpus.hts_tree import HtsDemo, part
from intonation.corpus.pitch.tracking import track_f0
from intonation.corpus.recordings import Recording
from intonation.corpus.sounds import read_sound, write_sound
from intonation.errors import UtteranceError
from intonation.files import replacing
from intonation.labels.full_context import write_labels
from intonation.provenance import MADE_FROM

MENDED = "mended"  # in words, what of the owner's times was


def take_over(tree: HtsDemo, data: Path, recording: Recording) -> tuple[dict, list[Path]]:
    """Take one utterance of an HTS-demo tree over; its row of the table, and its files."""
    tree.copy(recording.id, data)
    _write_text(data, recording)
    files = [path for path in _files(data, recording) if path.is_file()]
    return _row(data, recording), files


def _files(data: Path, recording: Recording) -> list[Path]:
    """Where the parts of an utterance lie, F0 the last."""
    suffixes = (".wav", ".txt", ".TextGrid", ".lab", ".lf0")
    return [part(data, recording.id, suffix) for suffix in suffixes]


def _row(data: Path, recording: Recording) -> dict:
    labels, f0_hz, trimmed = read_utterance(data, recording.id)
    if not (f0_hz > 0).any():
        raise UtteranceError("no frame of F0 is voiced; is the recording silent or noise?")
    row = describe(recording.id, recording.text, recording.speaker, labels, f0_hz)
    return {**row, "trimmed_frames": trimmed}


def _write_text(data: Path, recording: Recording) -> None:
    with replacing(part(data, recording.id, ".txt")) as temporary:
        temporary.write_text(recording.text + "\n", encoding="utf-8")


def wide_track(folder: Path, recording: Recording) -> Path:
    return folder / MADE_FROM / "heard" / f"{recording.id}.f0"


def hear(folder: Path, recording: Recording) -> tuple[dict, list[Path]]:
    """First pass: align or speak, label, and track F0 in a wide range."""
    data, wide = folder / "data", wide_track(folder, recording)
    sound, told = _sound_and_labels(data, recording)
    f0_hz = track_f0(sound)
    if not (f0_hz > 0).any():
        raise UtteranceError("nothing voiced was found in the recording; is it silent or noise?")
    write_f0(wide, f0_hz)
    return {MENDED: told} if told else {}, [*_files(data, recording)[:-1], wide]


def _sound_and_labels(data: Path, recording: Recording) -> tuple[parselmouth.Sound, str]:
    """The sound as it is stored, and what was mended in the owner's times."""
    polish.check_text(recording.text)
    told: tuple[str, ...] = ()
    if recording.audio is None:
        sound, alignment = synthesize(recording.text)
    else:
        sound = read_sound(recording.audio, recording.start_s, recording.end_s)
        if recording.textgrid:
            alignment, _, told = given_times(recording.textgrid, recording.text, sound.duration)
        else:
            alignment = align(sound, recording.text)
    labels = polish.full_context_labels(recording.text, alignment)
    write_sound(part(data, recording.id, ".wav"), sound)
    _write_text(data, recording)
    write_textgrid(part(data, recording.id, ".TextGrid"), alignment)
    write_labels(part(data, recording.id, ".lab"), labels)
    return _sound(data, recording), "; ".join(told)


def _sound(data: Path, recording: Recording) -> parselmouth.Sound:
    return parselmouth.Sound(str(part(data, recording.id, ".wav")))


def track(data: Path, ranges: dict, recording: Recording) -> tuple[dict, list[Path]]:
    """Second pass: F0 in the speaker's own range; the utterance's row of the table."""
    lf0 = _files(data, recording)[-1]
    write_lf0(lf0, track_f0(_sound(data, recording), ranges[recording.speaker]))
    return _row(data, recording), [lf0]
