"""A sentence that nobody recorded, read by the synthetic voice of the embedded corpus."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import parselmouth

from intonation.corpus.alignment.praat import synthesize
from intonation.corpus.corpus import Corpus, Utterance
from intonation.corpus.f0 import frame_count
from intonation.corpus.pitch.tracking import speaker_range, track_f0
from intonation.corpus.preparation import EMBEDDED_SPEAKER
from intonation.errors import UtteranceError
from intonation.labels.intervals import TICKS_PER_S, Alignment, Interval
from intonation.polish import full_context_labels, words_of


@dataclass(frozen=True)
class Spoken(Utterance):
    """An utterance of the synthetic voice, with the times and the sound that it came with."""

    alignment: Alignment | None = None
    sound: parselmouth.Sound | None = None

    @cached_property
    def words(self) -> tuple[Interval, ...]:
        """Orthographic words with their times."""
        return self.alignment.words if self.alignment else ()


def speak(text: str, corpus: Corpus, name: str = "spoken") -> Spoken:
    """Let the synthetic Polish voice read a sentence, labelled for the corpus' questions.

    Its median F0 is the embedded corpus', where that is the corpus, else this sentence's own.
    Raises UtteranceError for what is no Polish text, or where the questions know other phones than
    the Polish ones.
    """
    text = words_of(" ".join(text.split()))
    try:
        sound, alignment = synthesize(text)
    except parselmouth.PraatError as error:
        reason = str(error).strip().partition("\n")[0]
        raise UtteranceError(f"Praat's voice could not read '{text}' ({reason})") from None
    labels = full_context_labels(text, alignment)
    f0_hz = track_f0(sound, speaker_range([track_f0(sound)]))
    f0_hz = f0_hz[: frame_count(labels.times[1][-1] / TICKS_PER_S)]
    utterance = Spoken(
        *(name, text, EMBEDDED_SPEAKER, "spoken", labels, corpus.questions, f0_hz),
        speaker_median_hz=_median_hz(corpus, f0_hz),
        alignment=alignment,
        sound=sound,
    )
    _check_phones(utterance)
    return utterance


def _median_hz(corpus: Corpus, f0_hz: np.ndarray) -> float:
    medians = corpus.table.groupby("speaker")["speaker_median_hz"].first()
    if EMBEDDED_SPEAKER in medians:
        return float(medians[EMBEDDED_SPEAKER])
    voiced = f0_hz[f0_hz > 0]
    if not len(voiced):
        raise UtteranceError("no frame of the spoken sentence is voiced; give it a longer text")
    return float(np.median(voiced))


def _check_phones(utterance: Utterance) -> None:
    asked = utterance.questions.phone_questions
    unread = ~utterance.answers[:, asked].any(axis=1)
    if len(asked) and unread.any():
        phone = utterance.phones[unread.argmax()].text
        raise UtteranceError(
            f"no question of this corpus asks for the phone '{phone}'; only a model with "
            "the Polish question set can be asked a Polish sentence"
        )
