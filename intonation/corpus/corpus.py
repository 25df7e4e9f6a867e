"""A corpus in the HTS-demo layout: utterance table, full-context labels, F0 tracks.

<corpus>/data/labels/full/*.lab   full-context labels with times
<corpus>/data/lf0/*.lf0           float32 ln F0, -1e10 unvoiced, 5 ms frames
<corpus>/data/questions/*.hed     question set (questions_qst001.hed where there are several)
<corpus>/data/txt/*.txt           orthographic text (optional)
<corpus>/data/wav/*.wav           recordings (optional)
<corpus>/data/textgrid/*.TextGrid word and phone times (optional)
<corpus>/utterances.csv           the table below
<corpus>/excluded.csv             what could not be used, and why
"""

from collections.abc import Hashable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from intonation.corpus.alignment.textgrids import read_textgrid
from intonation.corpus.f0 import FRAME_SHIFT_MS, frame_count, hz_to_semitones, read_lf0
from intonation.corpus.hts_tree import part, question_file
from intonation.corpus.intake.names import SAFE_ID
from intonation.errors import CorpusError, UtteranceError
from intonation.labels.full_context import Labels, read_labels
from intonation.labels.intervals import TICKS_PER_S, Interval
from intonation.labels.question_set import QuestionSet, read_questions

FRAME_TICKS = int(FRAME_SHIFT_MS * 10_000)
TOLERATED_FRAMES = 2
REASON = "reason"  # of an utterance that cannot be used
SOURCE = "source"  # the owner's name of a recording
# what `pitch.measurement` found; unknown where F0 came with a tree
PITCH_COLUMNS = ("mended_frames", "creak_share", "disputed_share", "f0_floor_hz", "f0_ceiling_hz")
ALIGNMENT_COLUMNS = ("aligned_by", "phones_per_s", "oddity", "odd")  # see `realignment.scores`
TABLE_COLUMNS = (
    *("id", "text", "speaker", "split", "seconds", "frames", "phones"),
    *("voiced_share", "f0_median_hz", "speaker_median_hz", "trimmed_frames"),
    *("source", "clipped_share", *PITCH_COLUMNS, *ALIGNMENT_COLUMNS, "written"),
)
# numbers that not every corpus has
UNKNOWN_AT_TIMES = ("clipped_share", "phones_per_s", "oddity", *PITCH_COLUMNS)


@dataclass(frozen=True)
class Utterance:
    """One recording with all that is known of it.

    labels: timed full-context labels, one per phone.
    questions: the question set that turns labels into features.
    f0_hz: float32 [frames], 0 where unvoiced.
    speaker_median_hz: median F0 of the speaker's voiced training frames.
    textgrid_path, wav_path: None where the corpus has none.
    """

    id: str
    text: str
    speaker: str
    split: str
    labels: Labels
    questions: QuestionSet
    f0_hz: np.ndarray
    speaker_median_hz: float
    textgrid_path: Path | None = None
    wav_path: Path | None = None

    @cached_property
    def answers(self) -> np.ndarray:
        """Answers to the questions, [phones, questions]; uint8 unless some ask for numbers."""
        return self.questions.answer(self.labels)

    @cached_property
    def frame_to_phone(self) -> np.ndarray:
        """Index of the phone that holds each frame's centre, int64 [frames]."""
        return frame_index(self.labels.times[0], len(self.f0_hz))

    @cached_property
    def voiced(self) -> np.ndarray:
        """Where F0 is known, bool [frames]."""
        return self.f0_hz > 0

    @cached_property
    def f0_semitones(self) -> np.ndarray:
        """Deviation from the speaker's median, float64 [frames], NaN where unvoiced."""
        return hz_to_semitones(self.f0_hz, self.speaker_median_hz)

    @cached_property
    def times_s(self) -> np.ndarray:
        """Centre of each frame in seconds, float64 [frames]."""
        return (np.arange(len(self.f0_hz)) + 0.5) * FRAME_SHIFT_MS / 1000

    @cached_property
    def words(self) -> tuple[Interval, ...]:
        """Orthographic words with their times; empty where the corpus has no TextGrid."""
        return read_textgrid(self.textgrid_path).words if self.textgrid_path else ()

    @cached_property
    def phones(self) -> tuple[Interval, ...]:
        """Phone symbols with their times."""
        symbols = self.labels.fields("p3")
        starts_s, ends_s = (ticks / TICKS_PER_S for ticks in self.labels.times)
        return tuple(map(Interval, starts_s.tolist(), ends_s.tolist(), symbols.tolist()))


@dataclass(frozen=True)
class Corpus:
    """Utterances by id, read when asked for.

    table: one row per utterance, with the columns of TABLE_COLUMNS, then those that the owner's
    table has besides (facts).
    """

    folder: Path
    table: pd.DataFrame

    @cached_property
    def questions(self) -> QuestionSet:
        """The corpus' own question set."""
        return read_questions(question_file(self.folder / "data"))

    @cached_property
    def excluded(self) -> pd.DataFrame:
        """Recordings that could not be used: id, reason, source."""
        path = self.folder / "excluded.csv"
        if not path.is_file():
            return pd.DataFrame(columns=["id", REASON, SOURCE])
        table = _read_table(path)
        if not {"id", REASON} <= {*table.columns}:
            raise CorpusError(f"{path} lacks id or reason; run the corpus chapter again")
        return table

    @cached_property
    def _rows(self) -> dict[str, dict[Hashable, Any]]:
        return {row["id"]: row for row in self.table.to_dict("records")}

    def __len__(self) -> int:
        return len(self.table)

    def __iter__(self) -> Iterator[Utterance]:
        return (self[utterance_id] for utterance_id in self.table["id"])

    def __getitem__(self, utterance_id: str) -> Utterance:
        if utterance_id not in self._rows:
            raise CorpusError(f"{self.folder} has no utterance '{utterance_id}'")
        row, data = self._rows[utterance_id], self.folder / "data"
        labels, f0_hz, _ = read_utterance(data, utterance_id)
        textgrid, wav = (part(data, utterance_id, suffix) for suffix in (".TextGrid", ".wav"))
        return Utterance(
            **{name: row[name] for name in ("id", "text", "speaker", "split", "speaker_median_hz")},
            labels=labels,
            questions=self.questions,
            f0_hz=f0_hz,
            textgrid_path=textgrid if textgrid.is_file() else None,
            wav_path=wav if wav.is_file() else None,
        )

    def ids(self, split: str) -> list[str]:
        """Ids of a split ("train", "validation", "test", "unused"), in the table's order."""
        return self.table.loc[self.table["split"] == split, "id"].tolist()


def open_corpus(folder: Path | str) -> Corpus:
    """Open a corpus that the first chapter wrote.

    Raises CorpusError where the folder or its table is missing or does not fit.
    """
    folder = Path(folder)
    path = folder / "utterances.csv"
    if not path.is_file():
        raise CorpusError(f"{folder} has no utterances.csv; run the corpus chapter first")
    table = _read_table(path)
    missing = [name for name in TABLE_COLUMNS if name not in table.columns]
    if missing:
        raise CorpusError(f"{path} lacks the columns {missing}; run the corpus chapter again")
    # files are named by ids, those that are written too
    strange = next((name for name in table["id"] if not SAFE_ID.fullmatch(name)), None)
    if strange is not None:
        raise CorpusError(
            f"{path}: the id {strange!r} should be letters, digits, '_', '-', '.'; run the corpus "
            "chapter again"
        )
    return Corpus(folder, table)


def _read_table(path: Path) -> pd.DataFrame:
    """Raises CorpusError where it is none."""
    texts = ("id", "text", "written", "speaker", "split", "aligned_by", "odd", SOURCE)
    try:
        header = pd.read_csv(path, nrows=0).columns
        facts = [name for name in header if name in texts or name not in TABLE_COLUMNS]
        return pd.read_csv(
            path,
            dtype=dict.fromkeys(facts, str),
            keep_default_na=False,
            na_values={name: [""] for name in UNKNOWN_AT_TIMES},
        )
    except (ValueError, OverflowError) as error:
        raise CorpusError(
            f"{path} is no table ({str(error).strip()}); run the corpus chapter again"
        ) from None


def read_utterance(data: Path, utterance_id: str) -> tuple[Labels, np.ndarray, int]:
    """Labels and F0 of one utterance, cut to the same length.

    Returns labels, float32 [frames] in Hz, and how many frames they differed by.
    Raises LabelError where labels have no times, UtteranceError where lengths differ by over two
    frames.
    """
    labels = read_labels(part(data, utterance_id, ".lab"))
    _, ends = labels.times
    f0_hz = read_lf0(part(data, utterance_id, ".lf0"))
    label_frames = frame_count(ends[-1] / TICKS_PER_S)
    surplus = len(f0_hz) - label_frames
    if abs(surplus) > TOLERATED_FRAMES:
        raise UtteranceError(
            f"{utterance_id}: labels last {label_frames} frames of 5 ms, F0 has {len(f0_hz)}; "
            f"at most {TOLERATED_FRAMES} may differ: check the label's end or the frame shift"
        )
    return labels, f0_hz[:label_frames], abs(surplus)


def frame_index(starts: np.ndarray, n_frames: int) -> np.ndarray:
    """Phone of each 5 ms frame: the one whose [start, end) holds the frame's centre.

    starts: int64 [phones] in 100 ns, each the end of the phone before. Returns int64 [n_frames].
    Centres behind the last end (at most two frames, see `read_utterance`) go to the last phone.
    """
    centres = np.arange(n_frames, dtype=np.int64) * FRAME_TICKS + FRAME_TICKS // 2
    return np.clip(np.searchsorted(starts, centres, side="right") - 1, 0, len(starts) - 1)


def describe(
    utterance_id: str, text: str, speaker: str, labels: Labels, f0_hz: np.ndarray
) -> dict[str, object]:
    """What the table says of an utterance before splits and speakers are known."""
    voiced = f0_hz[f0_hz > 0]
    return {
        "id": utterance_id,
        "text": text,
        "speaker": speaker,
        "seconds": round(len(f0_hz) * FRAME_SHIFT_MS / 1000, 3),
        "frames": len(f0_hz),
        "phones": len(labels.texts),
        "voiced_share": round(len(voiced) / max(len(f0_hz), 1), 4),
        "f0_median_hz": round(float(np.median(voiced)), 3),
    }
