"""What the service answers from, what it takes from a client, and how long it waits."""

from __future__ import annotations

import argparse
import json
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, Self

from intonation.book.run_folder import RunFolder
from intonation.corpus.corpus import open_corpus
from intonation.corpus.hts_tree import question_file
from intonation.errors import CorpusError, ModelError, ParameterError
from intonation.labels.question_file import load_questions

MEDIAN_HZ = 150.0  # between the usual medians of men and women
CONFIG = "config.json"


def _limit(default: float, meaning: str) -> Any:
    return field(default=default, metadata={"meaning": meaning})


@dataclass(frozen=True)
class Limits:
    """Limits of the service; each is an option of its command line, `--body-bytes` and so on.

    Raises ParameterError for one that is not above 0. What is kept in memory at most follows from
    them: (workers + queued) requests of body_bytes, and as many answers of speech_s.
    """

    workers: int = _limit(2, "processes that compute, one request each at a time")
    queued: int = _limit(128, "requests that may wait for a process; more are told to come again")
    connections: int = _limit(1024, "connections that may be open; the next are answered 503")
    body_bytes: int = _limit(2 * 1024 * 1024, "bytes of a request's body")
    labels: int = _limit(5_000, "labels, one per phone, of a request")
    characters: int = _limit(1_000, "characters of a Polish text")
    speech_s: float = _limit(60.0, "seconds of speech of a request")
    compute_s: float = _limit(30.0, "seconds that one computation may take")
    head_s: float = _limit(10.0, "seconds in which a client must have sent a request's head")
    body_s: float = _limit(20.0, "seconds in which a client must have sent a request's body")
    send_s: float = _limit(60.0, "seconds that a client may read nothing of its answer")
    idle_s: float = _limit(5.0, "seconds that a connection is kept open for another request")

    def __post_init__(self) -> None:
        for item in fields(self):
            if not getattr(self, item.name) > 0:
                raise ParameterError(
                    f"{option(item.name)} is {getattr(self, item.name)}, expected more than 0"
                )

    @property
    def admitted(self) -> int:
        """Requests that may be in work or wait."""
        return self.workers + self.queued

    @classmethod
    def add_options(cls, parser: argparse.ArgumentParser) -> None:
        """Give a parser one option for each limit."""
        for item in fields(cls):
            parser.add_argument(
                option(item.name),
                type=type(item.default),
                default=item.default,
                metavar="N",
                help=f"{item.metadata['meaning']} (%(default)s)",
            )

    @classmethod
    def of(cls, given: argparse.Namespace) -> Self:
        """The limits of a parsed command line; raises ParameterError."""
        return cls(**{item.name: getattr(given, item.name) for item in fields(cls)})


def option(name: str) -> str:
    """The name of a limit on the command line."""
    return f"--{name.replace('_', '-')}"


@dataclass(frozen=True)
class Source:
    """What is answered from.

    model: folder with weights and configuration. questions: file of the question set.
    target: what the model predicts. speaker_median_hz: from which semitones are counted where a
    request does not say.
    """

    model: Path
    questions: Path
    target: str
    speaker_median_hz: float


def find_source(model: Path, questions: Path | None, speaker_median_hz: float | None) -> Source:
    """What to answer from, with the questions of the run and its speakers where none are given.

    model: a folder as `save_model` wrote it, such as OUT/model/semitones. The question set is a
    file *.hed beside the weights, else that of the run's corpus; the median is that of the run's
    speakers, else MEDIAN_HZ. Weights are not loaded here.
    Raises ModelError and CorpusError where something is missing or does not fit.
    """
    run = RunFolder(model.resolve().parent.parent)
    questions = questions or _beside(model) or question_file(run.corpus / "data")
    config = _config(model)
    names = [question.name for question in load_questions(questions)]
    if names != config["questions"]:
        raise ModelError(
            f"{model} was trained with {len(config['questions'])} questions, {questions} has "
            f"{len(names)} others; give the question set of the training with --questions"
        )
    median_hz = speaker_median_hz or _median_of_speakers(run.corpus)
    return Source(model, questions, config["target"], median_hz)


def _beside(model: Path) -> Path | None:
    """The only question set in a model folder, as a container carries it."""
    found = sorted(model.glob("[!.]*.hed"))
    if len(found) > 1:
        raise CorpusError(f"{model} has {len(found)} .hed files; name one with --questions")
    return found[0] if found else None


def _config(model: Path) -> dict[str, Any]:
    try:
        config = json.loads((model / CONFIG).read_text(encoding="utf-8"))
        return {"target": str(config["target"]), "questions": list(config["questions"])}
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise ModelError(
            f"{model} holds no {CONFIG} of a model ({error}); point --model to a folder such as "
            "build/default/model/semitones"
        ) from None


def _median_of_speakers(corpus: Path) -> float:
    if not (corpus / "utterances.csv").is_file():
        return MEDIAN_HZ
    return float(open_corpus(corpus).table.groupby("speaker")["speaker_median_hz"].first().median())
