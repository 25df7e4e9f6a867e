"""Corpora that already are HTS-demo trees, as the original study used one.

data/labels/full/*.lab      full-context labels with times
data/lf0/*.lf0              float32 ln F0, -1e10 unvoiced; or
data/cmp/*.cmp              HTK parameter files with ln F0 in one column
data/questions/*.hed        the question set (questions_qst001.hed where there are several)
data/txt/*.txt              text, UTF-8 or cp1250 (optional)
data/wav/*.wav, data/raw/*.raw  recordings (optional)
"""

import shutil
import struct
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import parselmouth

from intonation.corpus.alignment.textgrids import praat_replacing
from intonation.corpus.f0 import FRAME_SHIFT_MS, read_float32
from intonation.corpus.intake.finding import AUDIO_SUFFIXES
from intonation.corpus.intake.names import bad_name
from intonation.corpus.intake.recording import Listing, Recording, sort_out, stamp_of
from intonation.errors import CorpusError, UtteranceError
from intonation.files import replacing
from intonation.labels.full_context import decode_text

LF0_COLUMN = 150  # of the original's .cmp files: static mel-cepstra first, then ln F0
CMP_HEADER = struct.Struct(">iihh")  # HTK: samples, period in 100 ns, bytes a sample, kind
SAMPLING_RATES_HZ = (8_000, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000, 96_000)
# of the parts of an utterance, by their suffix
FOLDERS = {".lab": "labels/full", ".lf0": "lf0", ".cmp": "cmp", ".txt": "txt", ".wav": "wav"}
FOLDERS |= {".raw": "raw", ".TextGrid": "textgrid"}
USUAL_QUESTIONS = "questions_qst001.hed"


def part(data: Path, utterance_id: str, suffix: str) -> Path:
    """Where a part of an utterance lies in the `data` folder of a tree."""
    return data / FOLDERS[suffix] / f"{utterance_id}{suffix}"


@dataclass(frozen=True)
class HtsDemo:
    """The `data` folder of a tree; lf0_column: of ln F0 in its .cmp files, counted from 0."""

    data: Path
    lf0_column: int = LF0_COLUMN

    @property
    def questions(self) -> Path:
        """The question set; raises CorpusError where there is none, or a choice."""
        return question_file(self.data)

    def recordings(self) -> Listing:
        """All labelled utterances, and those that cannot be used, with the reason."""
        paths, speakers = sorted((self.data / "labels" / "full").glob("*.lab")), self._speakers()
        usable, unusable = sort_out(
            (Recording(name, self.text(name), speakers.get(name, "speaker")), bad_name(name))
            for name in (path.stem for path in paths)
        )
        if not usable:
            raise CorpusError(f"{self.data}/labels/full has no .lab file; put the labels there")
        said = f"HTS-demo tree {self.data}: {len(paths)} utterances with labels; taken as they are"
        return Listing(usable, unusable, (said,))

    def _speakers(self) -> dict[str, str]:
        """Speakers by id, where the tree is one that this package wrote."""
        path = self.data.parent / "utterances.csv"
        if not path.is_file():
            return {}
        try:
            table = pd.read_csv(path, dtype=str, keep_default_na=False)
        except ValueError as error:
            raise CorpusError(f"{path} is no table ({error}); mend or remove it") from None
        return dict(zip(table["id"], table["speaker"], strict=True)) if "speaker" in table else {}

    def text(self, utterance_id: str) -> str:
        """The orthographic text, or the id where there is none."""
        path = part(self.data, utterance_id, ".txt")
        if not path.is_file():
            return utterance_id
        text, _ = decode_text(path.read_bytes(), str(path), None, CorpusError)
        return " ".join(text.split()) or utterance_id

    def lf0(self, utterance_id: str) -> np.ndarray:
        """ln F0, float32 [frames], as stored; raises UtteranceError where there is none."""
        lf0, cmp = (part(self.data, utterance_id, suffix) for suffix in (".lf0", ".cmp"))
        if lf0.is_file():
            return read_float32(lf0)
        if cmp.is_file():
            return read_cmp_column(cmp, self.lf0_column)
        raise UtteranceError(f"{utterance_id} has neither {lf0} nor {cmp}; extract its F0")

    def stamp(self, utterance_id: str) -> str:
        """Sizes and times of the utterance's files, to notice when one changes."""
        return stamp_of(part(self.data, utterance_id, suffix) for suffix in FOLDERS)

    def copy(self, utterance_id: str, target: Path) -> None:
        """Copy labels, F0 and audio of one utterance into the `data` folder of a run.

        Numbers stay as they are: what is read back is bit for bit what stood in the tree.
        """
        lf0 = self.lf0(utterance_id)
        with replacing(part(target, utterance_id, ".lf0")) as temporary:
            lf0.astype("<f4").tofile(temporary)
        for suffix in (".lab", ".wav", ".TextGrid"):
            source = part(self.data, utterance_id, suffix)
            if source.is_file():
                with replacing(part(target, utterance_id, suffix)) as temporary:
                    shutil.copyfile(source, temporary)
        raw, wav = part(self.data, utterance_id, ".raw"), part(target, utterance_id, ".wav")
        if raw.is_file() and not wav.is_file():
            _convert_raw(raw, len(lf0), wav)


def find_tree(folder: Path, lf0_column: int = LF0_COLUMN) -> HtsDemo | None:
    """The HTS-demo tree at `folder` (or with `folder` as its `data`), or None.

    A tree may also be the only one a level down, as in an archive, beside no recordings.
    """
    found = [data for data in (folder / "data", folder) if _is_data(data)]
    if not found and folder.is_dir():
        inside = sorted(folder.iterdir())
        if not any(path.suffix.lower() in AUDIO_SUFFIXES for path in inside):
            found = [path / "data" for path in inside if _is_data(path / "data")]
            found = found if len(found) == 1 else []
    return HtsDemo(found[0], lf0_column) if found else None


def _is_data(folder: Path) -> bool:
    return (folder / "labels" / "full").is_dir()


def question_file(data: Path) -> Path:
    """The question set of a tree's `data`; raises CorpusError where there is none, or a choice."""
    # a name that begins with a dot may be of a file that is just being written
    found = sorted((data / "questions").glob("[!.]*.hed"))
    usual = [path for path in found if path.name == USUAL_QUESTIONS]
    if len(usual or found) != 1:
        names = ", ".join(path.name for path in found) or "none"
        raise CorpusError(
            f"{data}/questions should hold {USUAL_QUESTIONS} or one other .hed file, "
            f"found {names}; keep just one"
        )
    return (usual or found)[0]


def read_cmp_column(path: Path, column: int) -> np.ndarray:
    """One column of an HTK parameter file (big-endian float32): float32 [frames].

    Raises UtteranceError for a truncated file, another frame shift than 5 ms, a missing column.
    """
    data = path.read_bytes()
    if len(data) < CMP_HEADER.size:
        raise UtteranceError(
            f"{path} has {len(data)} bytes, less than an HTK header; copy it again"
        )
    frames, period, sample_bytes, _kind = CMP_HEADER.unpack_from(data)
    columns, rest = divmod(sample_bytes, 4)
    if columns <= 0 or rest or len(data) != CMP_HEADER.size + frames * sample_bytes:
        raise UtteranceError(
            f"{path} should hold {frames} samples of {sample_bytes} bytes, but has {len(data)}; "
            "it is truncated or no HTK parameter file"
        )
    if period != FRAME_SHIFT_MS * 10_000:
        raise UtteranceError(
            f"{path} has frames of {period / 10_000:g} ms, expected 5; extract again"
        )
    if column >= columns:
        raise UtteranceError(f"{path} has {columns} columns, so none is number {column} for ln F0")
    table = np.frombuffer(data, dtype=">f4", offset=CMP_HEADER.size).reshape(frames, columns)
    values = table[:, column].astype(np.float32)
    if not np.isfinite(values).all():
        raise UtteranceError(
            f"{path} holds NaN or infinite values in column {column}; extract again"
        )
    return values


def _convert_raw(raw: Path, frames: int, wav: Path) -> None:
    """Make a .wav of headerless 16-bit samples; their rate follows from the length of F0."""
    samples = np.fromfile(raw, dtype="<i2", count=raw.stat().st_size // 2) / 32768
    seconds = max(frames, 1) * FRAME_SHIFT_MS / 1000
    rate_hz = min(SAMPLING_RATES_HZ, key=lambda rate: abs(len(samples) / seconds - rate))
    if abs(len(samples) / seconds / rate_hz - 1) > 0.05:
        return  # not what it seems; the audio is optional
    sound = parselmouth.Sound(samples, rate_hz)
    with praat_replacing(wav) as temporary:
        sound.save(str(temporary), parselmouth.SoundFileFormat.WAV)
