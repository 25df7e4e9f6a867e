"""What a worker does: labels of a request become predicted F0 and, if asked, relevance.

Everything that takes time is here, in processes of their own: reading labels, the network, writing
the answer. It is what the library does: `predict_hz` and `explain` on an utterance whose natural
F0 is not known, only where it is voiced.
"""

from __future__ import annotations

from functools import cached_property

import numpy as np
import torch

from intonation.book.service.answers import Answer, answer_of
from intonation.book.service.received import ReadLabels, Task, labels_of
from intonation.book.service.refusals import NAME, Refused, refusing
from intonation.book.service.schema import GroupRelevance, Phone, Prediction
from intonation.book.service.settings import Limits, Source
from intonation.corpus.alignment.praat import synthesize
from intonation.corpus.corpus import Utterance, frame_index
from intonation.corpus.f0 import FRAME_SHIFT_MS, frame_count, hz_to_semitones
from intonation.errors import LabelError, ModelError
from intonation.labels.full_context import Labels
from intonation.labels.intervals import TICKS_PER_S
from intonation.labels.label_shape import ENGLISH_FIELDS
from intonation.labels.question_fields import read_questions_fields
from intonation.labels.question_set import PHONE, QuestionSet, read_questions
from intonation.lrp.lrp import Explainer
from intonation.lrp.ranking import group_matrix, input_groups
from intonation.model.batches import Inputs, choose_frames, inputs_of, make_batch
from intonation.model.network import F0Model, at_rest, load_model
from intonation.model.prediction import predict_hz
from intonation.polish import full_context_labels, words_of
from intonation.polish.phones import BY_SYMBOL, PAUSE

SILENT = frozenset({PAUSE, "sil", "sp"})
MOST_VALUES = 1_000_000  # of the relevance in one answer, some 20 MB of JSON


class Engine:
    """A model and its questions, loaded.

    Raises ModelError and QuestionError for files that cannot be used or do not fit each other.
    """

    def __init__(self, source: Source, limits: Limits) -> None:
        torch.set_num_threads(1)  # as many at once as there are workers
        self.source, self.limits = source, limits
        self.model: F0Model = load_model(source.model)
        self.questions: QuestionSet = read_questions(source.questions)
        if tuple(self.questions.names) != self.model.config.questions:
            raise ModelError(
                f"{source.model} was trained with other questions than {source.questions} has; "
                "give the question set of the training"
            )
        self.check()
        _ = (
            self.explainer,
            self.shapes,
            self.questions.phone_questions,
        )  # so that no request waits for them

    @torch.no_grad()
    def check(self) -> None:
        """Raise ModelError unless the network predicts finite numbers of a made-up utterance."""
        phones, frames = 4, 40
        answers = np.arange(phones * len(self.questions)).reshape(phones, -1) % 2
        index = np.arange(frames) * phones // frames
        made_up = Inputs(answers.astype(np.uint8), index, np.arange(frames) % 3 > 0)
        with at_rest(self.model):
            output = self.model(make_batch([made_up]))
        if not torch.isfinite(output).all():
            raise ModelError(f"{self.source.model} predicts NaN or infinite F0; train it again")

    @cached_property
    def explainer(self) -> Explainer:
        """The network, made ready to be explained."""
        return Explainer(self.model)

    @cached_property
    def shapes(self) -> tuple[str, ...]:
        """Names of the shapes of labels in which most questions read a field."""
        shapes = {shape.name: (shape,) for shape in ENGLISH_FIELDS}
        counts = {
            name: sum(
                bool(reading.field)
                for reading in read_questions_fields(self.questions.questions, one)
            )
            for name, one in shapes.items()
        }
        return tuple(name for name, count in counts.items() if count == max(counts.values()))

    def answer(self, task: Task, accept: str) -> Answer:
        """The answer to a task in the form that is accepted; raises Refused."""
        read = labels_of(task, self.limits)
        with refusing():
            utterance, voicing = self._utterance(task, read)
            self._check_readable(utterance)
            f0_hz = self._f0(utterance)
            relevance = self._relevance(task, utterance)
        given = task.options.speaker_median_hz is not None
        prediction = Prediction(
            target=self.model.config.target,
            frame_shift_ms=FRAME_SHIFT_MS,
            speaker_median_hz=utterance.speaker_median_hz,
            speaker_median="given" if given else "default",
            voicing=voicing,
            voiced=utterance.voiced.tolist(),
            f0_hz=f0_hz.tolist(),
            f0_semitones=_semitones(f0_hz, utterance.speaker_median_hz),
            phones=_phones(utterance),
            relevance=relevance,
        )
        return answer_of(prediction, accept)

    def _f0(self, utterance: Utterance) -> np.ndarray:
        """Predicted F0 in Hz [frames], 0 where unvoiced."""
        f0_hz = np.where(utterance.voiced, predict_hz(self.model, utterance), 0.0)
        if not np.isfinite(f0_hz).all():
            raise Refused(500, "the model predicts NaN or infinite F0 for these labels")
        return f0_hz

    def _utterance(self, task: Task, read: ReadLabels) -> tuple[Utterance, str]:
        """What the library takes, and where voicing comes from."""
        starts, ends = read.labels.times
        frames = frame_count(int(ends[-1]) / TICKS_PER_S)
        if frames == 0:
            raise LabelError(f"{NAME}: expected labels that last 5 ms or more; check their unit")
        phones = read.voiced_phones or task.voiced_phones
        voiced, voicing = _voicing(read.labels, frame_index(starts, frames), phones, task)
        if voicing == "unknown" and self.model.config.uses_vuv:
            raise Refused(
                422,
                "this model must be told what is voiced, and not all phones are Polish; send "
                "voiced_phones or voiced_frames in JSON, or a fourth cell 'voiced' in CSV",
            )
        median_hz = task.options.speaker_median_hz or self.source.speaker_median_hz
        f0_hz = np.where(voiced, median_hz, 0.0).astype(np.float32)  # where, not what
        told = NAME, "", "", "", read.labels, self.questions, f0_hz, median_hz
        return Utterance(*told), voicing

    def _check_readable(self, utterance: Utterance) -> None:
        """Raise Refused (422) for labels that the questions were not made for."""
        labels = utterance.labels
        if labels.shape in ENGLISH_FIELDS and labels.shape.name not in self.shapes:
            raise Refused(
                422,
                f"the labels have the shape {labels.shape.name}, but the model's questions read "
                f"{' or '.join(self.shapes)}; convert the labels",
            )
        asked = self.questions.phone_questions
        if not len(asked):
            return
        unread = ~utterance.answers[:, asked].any(axis=1)
        if unread.any():
            phone = int(unread.argmax())
            raise Refused(
                422,
                f"label {phone + 1} has the phone {_symbols(labels)[phone]!r}, which no question "
                "of the model asks for; send labels with the phones of its training",
            )

    def _relevance(self, task: Task, utterance: Utterance) -> GroupRelevance | None:
        """Relevance of the groups of a level, where it is asked for."""
        level, per = task.options.explain, task.options.per
        if level is None:
            return None
        target = self.model.config.meaning
        groups = input_groups(self.questions, level, vuv=target.vuv)
        _check_size(len(utterance.labels if per == "phone" else utterance.voiced), len(groups))
        chosen = target.valid(utterance.voiced) & _inside(utterance, task.options.window)
        # as `explain`, but for the network, which is made ready once
        inputs = inputs_of(utterance)
        chosen = choose_frames(target.name, inputs, chosen, NAME)
        found = self.explainer.explain(self.explainer.forward(inputs), chosen).relevance(per)
        return GroupRelevance(
            level=level,
            per=per,
            unit=target.unit,
            groups=list(groups),
            features=[len(members) for members in groups.values()],
            values=group_matrix(found.values, groups, statistic="sum").tolist(),
            frames=int(chosen.sum()),
            **found.balance,
        )


def _check_size(rows: int, groups: int) -> None:
    if rows * groups > MOST_VALUES:
        raise Refused(
            413,
            f"relevance would have {rows} rows of {groups} groups, expected at most "
            f"{MOST_VALUES} values; ask per phone, or for another level",
        )


def _inside(utterance: Utterance, window: tuple[float, float] | None) -> np.ndarray:
    """Frames whose centre is in a window of seconds, bool [frames]."""
    if window is None:
        return np.ones(len(utterance.voiced), dtype=bool)
    return (utterance.times_s >= window[0]) & (utterance.times_s < window[1])


def _voicing(
    labels: Labels, frame_to_phone: np.ndarray, phones: list[bool] | None, task: Task
) -> tuple[np.ndarray, str]:
    """Which frames are voiced, bool [frames], and from where it is known."""
    if task.voiced_frames is not None:
        _check_count("voiced_frames", len(task.voiced_frames), len(frame_to_phone))
        return np.array(task.voiced_frames, dtype=bool), "given"
    if phones is not None:
        _check_count("voiced_phones", len(phones), len(labels))
        return np.array(phones, dtype=bool)[frame_to_phone], "given"
    symbols = _symbols(labels)
    if not all(symbol in BY_SYMBOL or symbol in SILENT for symbol in symbols):
        return np.ones(len(frame_to_phone), dtype=bool), "unknown"
    told = [symbol in BY_SYMBOL and BY_SYMBOL[symbol].voiced for symbol in symbols]
    return np.array(told)[frame_to_phone], "from phones"


def _check_count(name: str, found: int, expected: int) -> None:
    if found != expected:
        raise Refused(
            422, f"{name}: expected {expected} values, as many as the labels have; found {found}"
        )


def _symbols(labels: Labels) -> list[str]:
    """The phone of each label."""
    return labels.fields(PHONE).tolist()


def _semitones(f0_hz: np.ndarray, median_hz: float) -> list[float | None]:
    values = hz_to_semitones(f0_hz, median_hz)
    return [None if np.isnan(value) else float(value) for value in values]


def _phones(utterance: Utterance) -> list[Phone]:
    return [
        Phone(phone=phone.text, start_s=phone.start_s, end_s=phone.end_s)
        for phone in utterance.phones
    ]


def speak(text: str) -> Labels:
    """Labels of a Polish text with the times of the synthetic voice.

    Raises Refused (422) for a text that is not Polish.
    """
    with refusing():
        words = words_of(text)
        _, alignment = synthesize(words)
        return full_context_labels(words, alignment)


_engines: list[Engine | Exception] = []  # of this process: the one that `load` made, or its error


def load(source: Source, limits: Limits) -> None:
    """Make this process ready to answer; what goes wrong is told by the first call."""
    _engines.clear()
    try:
        _engines.append(Engine(source, limits))
    except Exception as error:  # a worker that does not start would be started again for ever
        _engines.append(error)


def answer(task: Task, accept: str) -> Answer:
    """The answer of this process; raises Refused, or whatever broke the engine as ModelError."""
    return _engine().answer(task, accept)


def check() -> None:
    """Raise ModelError unless this process can answer."""
    _engine().check()


def _engine() -> Engine:
    (engine,) = _engines
    if isinstance(engine, Exception):
        raise ModelError(str(engine))
    return engine
