"""Sentences that several speakers read, and what is needed of each reading."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from intonation.corpus.corpus import Corpus, Utterance
from intonation.corpus.f0 import FRAME_SHIFT_MS
from intonation.corpus.splits import sentence_keys
from intonation.errors import UtteranceError
from intonation.evaluation.quality.recordings import LEAP_SEMITONES
from intonation.labels.full_context import Labels
from intonation.lrp.selections import prominent_phones, units
from intonation.statistics import evenly

MOST_READERS = 12  # of one sentence, evenly chosen: more would add time and hardly knowledge
MOST_OF_SPREAD = 100  # utterances that a speaker's range is told from, evenly chosen
FEWEST_FRAMES = 20  # voiced: a tenth of a second
LAST_SYLLABLES = 2  # of a phrase, which carry its boundary tone
FAR_SEMITONES = 10.0  # from the speaker's median: creak, or an octave taken for another
AROUND_MS = 25.0  # a leap, frames are in doubt, too
SHORT_MS = 30.0  # voiced stretches that are rather noise
FIRST, MIDDLE, LAST = "first", "middle", "last"


@dataclass(frozen=True)
class Reading:
    """One speaker's reading of a sentence.

    labels: with times. semitones: float64 [frames] from the speaker's median, NaN where unvoiced.
    frame_to_phone: int64 [frames].
    """

    id: str
    speaker: str
    labels: Labels
    semitones: np.ndarray
    frame_to_phone: np.ndarray

    @cached_property
    def symbols(self) -> list[str]:
        """Phone symbols, [phones]."""
        return self.labels.fields("p3").tolist()

    @cached_property
    def voiced(self) -> np.ndarray:
        """Numbers of the voiced frames, int64 [voiced frames]."""
        return np.flatnonzero(np.isfinite(self.semitones))

    @cached_property
    def filled(self) -> np.ndarray:
        """The contour drawn straight through what is unvoiced, level at both ends, [frames]."""
        frames = np.arange(len(self.semitones))
        return np.interp(frames, self.voiced, self.semitones[self.voiced])

    @cached_property
    def times_ms(self) -> np.ndarray:
        """Centres of the frames, float64 [frames]."""
        return (np.arange(len(self.semitones)) + 0.5) * FRAME_SHIFT_MS

    @cached_property
    def word(self) -> np.ndarray:
        """Number of the word that each frame is in or after, int64 [frames]; 0 before the first."""
        numbers = np.maximum.accumulate(np.maximum(self._units()[1], 0))
        return numbers[self.frame_to_phone]

    @cached_property
    def place(self) -> np.ndarray:
        """FIRST, MIDDLE or LAST syllables of the phrase, "" where none, str [frames]."""
        syllable, _, phrase = self._units()
        found = np.full(len(syllable), "", dtype="<U6")
        for number in range(phrase.max(initial=-1) + 1):
            inside = phrase == number
            low, high = syllable[inside].min(), syllable[inside].max()
            found[inside] = MIDDLE
            found[inside & (syllable == low)] = FIRST
            found[inside & (syllable > high - LAST_SYLLABLES)] = LAST
        return found[self.frame_to_phone]

    @cached_property
    def doubtful(self) -> np.ndarray:
        """Frames whose pitch is in doubt, bool [frames].

        Those within AROUND_MS of a leap of LEAP_SEMITONES, those FAR_SEMITONES from the speaker's
        median, and voiced stretches shorter than SHORT_MS.
        """
        leap = np.abs(np.diff(self.semitones, prepend=np.nan)) > LEAP_SEMITONES
        around = np.ones(2 * int(AROUND_MS / FRAME_SHIFT_MS) + 1)
        found = np.convolve(leap, around, mode="same") > 0
        found |= np.abs(np.nan_to_num(self.semitones)) > FAR_SEMITONES
        edges = np.diff(np.isfinite(self.semitones), prepend=False, append=False)
        for start, end in np.flatnonzero(edges).reshape(-1, 2).tolist():
            found[start:end] |= (end - start) * FRAME_SHIFT_MS < SHORT_MS
        return found

    @cached_property
    def accented(self) -> np.ndarray:
        """Frames of syllables with a pitch accent, bool [frames]; none where labels do not tell."""
        try:
            return prominent_phones(self.labels, "accented")[self.frame_to_phone]
        except UtteranceError:
            return np.zeros(len(self.semitones), dtype=bool)

    def _units(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        try:
            return tuple(units(self.labels))
        except UtteranceError:  # labels of another shape: one word, no phrase
            none = np.full(len(self.labels.texts), -1)
            return none, np.zeros_like(none), none


@dataclass(frozen=True)
class Sentence:
    """A sentence with the readings of at least two speakers, one of each."""

    key: str
    readings: tuple[Reading, ...]


@dataclass(frozen=True)
class People:
    """All that speakers of a corpus share.

    sentences: those that at least two speakers read. spread_semitones: standard deviation of each
    speaker's F0 around the median, over voiced training frames. left_out: id and reason of readings
    of shared sentences that could not be used.
    """

    sentences: tuple[Sentence, ...]
    spread_semitones: dict[str, float]
    left_out: pd.DataFrame

    @property
    def speakers(self) -> list[str]:
        """Whoever shares a sentence with somebody, in order."""
        return sorted({one.speaker for sentence in self.sentences for one in sentence.readings})

    @property
    def readings(self) -> int:
        """Number of readings of all sentences."""
        return sum(len(sentence.readings) for sentence in self.sentences)


def reading_of(utterance: Utterance) -> Reading:
    """What is needed of an utterance."""
    return Reading(
        utterance.id,
        utterance.speaker,
        utterance.labels,
        utterance.f0_semitones,
        utterance.frame_to_phone,
    )


def shared_sentences(corpus: Corpus, *, most: int) -> People:
    """The sentences that at least two speakers read, at most so many, evenly chosen.

    Sentences are the same where their words are, as in the split. Of several readings by a speaker
    the first counts. A reading is left out where it has fewer than FEWEST_FRAMES voiced frames.
    """
    table = corpus.table.assign(sentence=sentence_keys(corpus.table["text"]))
    readers = table.groupby("sentence", sort=True)["speaker"].nunique()
    keys = evenly([key for key in readers.index[readers > 1] if key], most)
    parts = dict(tuple(table[table["sentence"].isin(keys)].groupby("sentence")))
    out: list[tuple[str, str]] = []
    found = [_sentence(corpus, key, parts[key], out) for key in keys]
    sentences = tuple(one for one in found if len(one.readings) > 1)
    speakers = {one.speaker for sentence in sentences for one in sentence.readings}
    spreads = {name: _spread(corpus, table, name) for name in sorted(speakers)}
    return People(sentences, spreads, pd.DataFrame(out, columns=["id", "reason"]))


def _sentence(corpus: Corpus, key: str, rows: pd.DataFrame, out: list) -> Sentence:
    again = rows["speaker"].duplicated()
    out += [(name, "another reading by the same speaker") for name in rows["id"][again]]
    chosen = evenly(rows["id"][~again].tolist(), MOST_READERS)
    readings = [reading_of(corpus[name]) for name in chosen]
    kept = tuple(one for one in readings if len(one.voiced) >= FEWEST_FRAMES)
    out += [(one.id, "hardly voiced") for one in readings if one not in kept]
    return Sentence(key, kept)


def _spread(corpus: Corpus, table: pd.DataFrame, speaker: str) -> float:
    """Standard deviation over voiced frames of training, of all splits where there are none."""
    own = table[table["speaker"] == speaker]
    learnt = own[own["split"] == "train"]
    names = evenly((learnt if len(learnt) else own)["id"].tolist(), MOST_OF_SPREAD)
    values = np.concatenate([corpus[name].f0_semitones for name in names])
    return max(float(np.nanstd(values)), 0.1)
