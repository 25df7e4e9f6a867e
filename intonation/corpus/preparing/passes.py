"""What is done to one recording, pass by pass; each gives an outcome and the files it wrote."""

from pathlib import Path

import parselmouth

from intonation import polish
from intonation.corpus.alignment.kept import keep_times
from intonation.corpus.alignment.nesting import given_times
from intonation.corpus.alignment.praat import align, synthesize
from intonation.corpus.alignment.textgrids import write_textgrid
from intonation.corpus.corpus import describe, frame_index, read_utterance
from intonation.corpus.f0 import write_f0, write_lf0
from intonation.corpus.hts_tree import HtsDemo, part
from intonation.corpus.intake.recording import Recording
from intonation.corpus.pitch.measurement import measure_f0
from intonation.corpus.pitch.tracking import PitchRange, track_f0
from intonation.corpus.pitch.treatment import Treatment
from intonation.corpus.realignment.scores import phones_per_second, unmarked_pauses, voicing_fit
from intonation.corpus.realignment.times import final_times, first_times
from intonation.corpus.sounds import hear_sound, write_sound
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
    index = frame_index(labels.times[0], len(f0_hz))
    fit = {"voicing": voicing_fit(labels, index, f0_hz > 0), "clipped_share": float("nan")}
    row |= {"written": recording.written, "trimmed_frames": trimmed}
    return {**row, "phones_per_s": phones_per_second(labels), **fit}


def _write_text(data: Path, recording: Recording) -> None:
    with replacing(part(data, recording.id, ".txt")) as temporary:
        temporary.write_text(recording.text + "\n", encoding="utf-8")


def wide_track(folder: Path, recording: Recording) -> Path:
    return folder / MADE_FROM / "heard" / f"{recording.id}.f0"


def hear(folder: Path, recording: Recording) -> tuple[dict, list[Path]]:
    """First pass: align or speak, and track F0 in a wide range; how long, how clipped it is."""
    wide = wide_track(folder, recording)
    sound, clipped_share, told = _sound_and_times(folder, recording)
    f0_hz = track_f0(sound)
    if not (f0_hz > 0).any():
        raise UtteranceError("nothing voiced was found in the recording; is it silent or noise?")
    write_f0(wide, f0_hz)
    stored = [part(folder / "data", recording.id, suffix) for suffix in (".wav", ".txt")]
    outcome = {"seconds": sound.duration, "clipped_share": round(clipped_share, 4), MENDED: told}
    return outcome, [*stored, first_times(folder, recording), wide]


def _sound_and_times(folder: Path, recording: Recording) -> tuple[parselmouth.Sound, float, str]:
    """The sound as it is stored, the share of samples that were clipped, and what was mended."""
    data, clipped_share = folder / "data", 0.0
    told: tuple[str, ...] = ()
    polish.check_text(recording.text)
    if recording.audio is None:
        sound, alignment = synthesize(recording.text)
    else:
        part_s = recording.start_s, recording.end_s
        sound, clipped_share = hear_sound(recording.audio, *part_s)
        if recording.textgrid:
            alignment, _, told = given_times(recording.textgrid, recording.text, sound.duration)
        else:
            alignment = align(sound, recording.text)
    polish.full_context_labels(recording.text, alignment)  # whether they can be made
    write_sound(part(data, recording.id, ".wav"), sound)
    _write_text(data, recording)
    keep_times(first_times(folder, recording), alignment)
    return _sound(data, recording), clipped_share, "; ".join(told)


def _sound(data: Path, recording: Recording) -> parselmouth.Sound:
    return parselmouth.Sound(str(part(data, recording.id, ".wav")))


def track(
    folder: Path,
    ranges: dict[str, PitchRange],
    treatment: Treatment,
    learned: frozenset[str],
    recording: Recording,
) -> tuple[dict, list[Path]]:
    """Last pass: the times that it gets, labels, F0 in the speaker's own range; its row.

    learned: ids that the classifier was learnt from, by which times are found anew; none without.
    """
    data = folder / "data"
    _, _, textgrid, lab, lf0 = _files(data, recording)
    alignment, found = final_times(folder, recording, learned)
    write_textgrid(textgrid, alignment)
    write_labels(lab, polish.full_context_labels(recording.text, alignment))
    measured = measure_f0(_sound(data, recording), ranges[recording.speaker], treatment)
    write_lf0(lf0, measured.f0_hz)
    row = {
        **_row(data, recording),
        **found,
        **measured.row,
        "unmarked_pauses": unmarked_pauses(alignment),
    }
    return row, [textgrid, lab, lf0]
