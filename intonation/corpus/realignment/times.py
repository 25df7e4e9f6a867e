"""The pass between hearing and tracking: a classifier learnt from the corpus, and its use."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import soundfile

from intonation.corpus.alignment.kept import kept_times
from intonation.corpus.hts_tree import part
from intonation.corpus.intake.recording import Recording
from intonation.corpus.realignment.classifier import Classifier, load_classifier
from intonation.corpus.realignment.features import mel_frames
from intonation.corpus.realignment.rows import alignment_of_row, realigned, row_of
from intonation.corpus.realignment.scores import acoustic_fit
from intonation.labels.intervals import Alignment
from intonation.provenance import MADE_FROM
from intonation.statistics import evenly

# From one minute on, times found by what was learnt were better than Praat's in the benchmark of
# alignment; a margin, since one recording of another text weighs much in so little speech.
LEAST_S = 120.0
MOST_S = 20 * 60.0  # learnt from: more takes time and no longer helps a classifier so small


def first_times(folder: Path, recording: Recording) -> Path:
    """Where the times lie that a recording had before any were found anew."""
    return folder / MADE_FROM / "heard" / f"{recording.id}.times"


def classifier_path(folder: Path) -> Path:
    return folder / MADE_FROM / "learned" / "phones.safetensors"


def aligned_by(recording: Recording) -> str:
    """Who gave a recording its first times."""
    if recording.audio is None:
        return "voice"
    return "TextGrid" if recording.textgrid else "Praat"


def to_learn_from(seconds: dict[Recording, float], realign: str) -> list[Recording]:
    """The recordings a classifier is learnt from, evenly chosen; none where nothing is realigned.

    seconds: how long each usable recording lasts.
    """
    ours = {r: s for r, s in seconds.items() if aligned_by(r) == "Praat"}
    total_s = sum(ours.values())
    if realign == "no" or not ours or (realign == "auto" and total_s < LEAST_S):
        return []
    return evenly(list(ours), max(1, int(len(ours) * min(1.0, MOST_S / total_s))))


def learn_classifier(folder: Path, seed: int, recordings: Sequence[Recording]) -> Path:
    """Learn from recordings that were heard, and write what was learnt.

    To be called in a process of its own, whose number of threads it sets: sums of another number
    of them are rounded otherwise.
    """
    import torch

    from intonation.corpus.realignment.learning import Heard, learn

    torch.set_num_threads(1)
    heard = [
        Heard(frames_of(folder, one), row_of(kept_times(first_times(folder, one))))
        for one in recordings
    ]
    path = classifier_path(folder)
    learn(heard, seed).save(path)
    return path


def frames_of(folder: Path, recording: Recording) -> np.ndarray:
    """What a classifier hears of a stored recording, float32 [frames, bands]."""
    samples, sampling_hz = soundfile.read(part(folder / "data", recording.id, ".wav"))
    return mel_frames(samples, sampling_hz)


def final_times(
    folder: Path, recording: Recording, learned: frozenset[str]
) -> tuple[Alignment, dict[str, Any]]:
    """The alignment that a recording gets, and what the table says of it: aligned_by, fit.

    learned: ids that a classifier was learnt from, none where there is none; only times that Praat
    found are found anew.
    """
    first = kept_times(first_times(folder, recording))
    by = aligned_by(recording)
    if not learned or by != "Praat":
        return first, {"aligned_by": by, "fit": float("nan")}
    classifier = load_classifier(classifier_path(folder))
    alignment, found = better_times(first, frames_of(folder, recording), classifier)
    return alignment, {**found, "learnt": recording.id in learned}


def better_times(
    first: Alignment, frames: np.ndarray, classifier: Classifier
) -> tuple[Alignment, dict[str, Any]]:
    """An alignment found anew near the first, and what the table says of it."""
    row, posteriors = row_of(first), classifier.log_posteriors(frames)
    times_s = realigned(row, posteriors, classifier)
    fit = acoustic_fit(row, times_s, classifier, posteriors)
    moved = not np.array_equal(times_s, row.times_s)
    if not moved:
        return first, {"aligned_by": "Praat", "fit": fit}
    return alignment_of_row(row, times_s), {"aligned_by": "realigned", "fit": fit}
