"""What was spoken, one value per phone and one per frame, and contours between phones.

Networks and regressions here say one number per phone: linguistic features only change from phone
to phone. A contour is what lies between these numbers, straight lines from the middle of a phone to
the middle of the next; a staircase, one step per phone, is further from any voice.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from tqdm.auto import tqdm

from intonation.corpus.corpus import Corpus
from intonation.corpus.f0 import semitones_to_hz
from intonation.corpus.features import FeatureTable, column_statistics
from intonation.corpus.splits import sentence_keys
from intonation.errors import CorpusError
from intonation.evaluation.unseen.sums import gram_of
from intonation.model.accuracy import phone_means, voiced_errors

AT_ONCE = 64  # utterances whose answers are held as numbers
ANY_HZ = 100.0  # semitones are relative: errors in them are the same whatever they are above


@dataclass(frozen=True)
class Spoken:
    """An utterance with all that is asked of it here.

    sentence: what it has in common with other readings of the same words.
    answers: [phones, questions], those that differ anywhere in the corpus. frame_to_phone: int64
    [frames]. semitones: [frames], 0 where unvoiced. voiced: bool [frames].
    means: semitones [phones], of voiced frames; weight: how many these are [phones].
    """

    id: str
    speaker: str
    sentence: str
    answers: np.ndarray
    frame_to_phone: np.ndarray
    semitones: np.ndarray
    voiced: np.ndarray
    means: np.ndarray
    weight: np.ndarray

    @cached_property
    def edges(self) -> np.ndarray:
        """First frame of each phone, and the number of all frames: int64 [phones + 1]."""
        return np.searchsorted(self.frame_to_phone, np.arange(len(self.answers) + 1))

    @cached_property
    def centres(self) -> np.ndarray:
        """The middle of each phone, in frames: float64 [phones]."""
        return (self.edges[:-1] + self.edges[1:] - 1) / 2


def told_apart(features: FeatureTable) -> np.ndarray:
    """Columns of the questions that are not always answered alike, one of each kind: int64."""
    found = column_statistics(features)
    return np.flatnonzero(~found["constant"] & (found["same_as"] == ""))


def read_spoken(corpus: Corpus, features: FeatureTable, columns: np.ndarray) -> list[Spoken]:
    """All utterances, whatever their split, with these columns of their answers.

    An utterance whose text is not known is a sentence of its own. Raises CorpusError where there
    are fewer than three sentences.
    """
    table = corpus.table
    keys = sentence_keys(table["text"]).where(table["text"].str.strip() != "", table["id"])
    found = []
    for name, key in tqdm(zip(table["id"], keys, strict=True), total=len(table), desc="read"):
        utterance, answers = corpus[name], features.answers(name)[:, columns]
        if not utterance.voiced.any():
            continue
        natural = np.nan_to_num(utterance.f0_semitones)
        frames = utterance.frame_to_phone, natural, utterance.voiced
        about = name, utterance.speaker, key, answers
        found.append(Spoken(*about, *frames, *phone_means(utterance)))
    if len({one.sentence for one in found}) < 3:
        raise CorpusError("cross-validation needs at least three sentences; make a larger corpus")
    return found


def gram_of_spoken(spoken: Sequence[Spoken]) -> np.ndarray:
    """`unseen.sums.gram_of` the voiced phones, each as often as it has voiced frames."""
    size = 1 + spoken[0].answers.shape[1] if spoken else 1
    total = np.zeros((size, size))
    for start in range(0, len(spoken), AT_ONCE):
        some = spoken[start : start + AT_ONCE]
        weight = np.concatenate([one.weight for one in some])
        answers = np.concatenate([one.answers for one in some])
        total += gram_of(answers[weight > 0], weight[weight > 0])
    return total


def contour(spoken: Spoken, phones: np.ndarray, *, staircase: bool = False) -> np.ndarray:
    """Numbers per phone [phones] as one per frame [frames]: lines between middles, or steps."""
    if staircase:
        return phones[spoken.frame_to_phone]
    return np.interp(np.arange(len(spoken.frame_to_phone)), spoken.centres, phones)


def errors(spoken: Spoken, semitones: np.ndarray) -> dict[str, float]:
    """RMSE in semitones and correlation over voiced frames of a predicted contour [frames]."""
    natural = np.where(spoken.voiced, semitones_to_hz(spoken.semitones, ANY_HZ), 0.0)
    found = voiced_errors(natural, semitones_to_hz(semitones, ANY_HZ))
    return {name: found[name] for name in ("rmse_semitones", "correlation")}


@dataclass(frozen=True)
class Scale:
    """Where each speaker's F0 lies and how far it goes, semitones from the corpus' median.

    places: (mean, standard deviation, median) by speaker, of voiced frames learnt from; "" is who
    was never heard there, all speakers together.
    """

    places: dict[str, tuple[float, float, float]]
    ranged: bool = True

    def _place(self, spoken: Spoken) -> tuple[float, float, float]:
        mean, deviation, median = self.places.get(spoken.speaker, self.places[""])
        return mean, deviation if self.ranged else 1.0, median

    def down(self, spoken: Spoken) -> np.ndarray:
        """The phones' means as parts of the speaker's range, float64 [phones]; 0 unvoiced."""
        mean, deviation, _ = self._place(spoken)
        return np.where(spoken.weight > 0, (spoken.means - mean) / deviation, 0.0)

    def up(self, spoken: Spoken, values: np.ndarray) -> np.ndarray:
        """Back to semitones."""
        mean, deviation, _ = self._place(spoken)
        return values * deviation + mean

    def median(self, spoken: Spoken) -> float:
        """The speaker's median in what was learnt from, semitones."""
        return self._place(spoken)[2]


LEAST_RANGE = 0.1  # semitones; a voice that does not move has no range to divide by


def scale_of(training: Sequence[Spoken], *, ranged: bool = True) -> Scale:
    """Measure the speakers on what is learnt from. ranged: whether their range is used."""
    heard: dict[str, list[np.ndarray]] = {"": [one.semitones[one.voiced] for one in training]}
    for one in training:
        heard.setdefault(one.speaker, []).append(one.semitones[one.voiced])
    places = {}
    for speaker, parts in heard.items():
        frames = np.concatenate(parts)
        deviation = max(float(frames.std()), LEAST_RANGE)
        places[speaker] = float(frames.mean()), deviation, float(np.median(frames))
    return Scale(places, ranged)
