"""The test utterances of a run, as the inspector takes them: one at a time, or all into a page."""

from concurrent.futures import ProcessPoolExecutor
from functools import cache, cached_property, partial
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import torch
from IPython.display import HTML
from tqdm.auto import tqdm

from intonation.book.drawing import Results
from intonation.book.inspector.data import inspect_utterance
from intonation.book.inspector.page import (
    Shown,
    data_folder,
    index_entry,
    place,
    write_index,
    write_utterance,
)
from intonation.book.inspector.sounds import make_sounds
from intonation.book.inspector.spoken import Spoken, speak
from intonation.book.inspector.structure import question_table, structure_data
from intonation.book.inspector.weights import network_data
from intonation.book.run_folder import RunFolder
from intonation.corpus.corpus import Utterance
from intonation.corpus.f0 import FRAME_SHIFT_S

ERROR = "rmse_semitones"


class RunUtterances:
    """What the inspector shows of a run's target, computed when it is asked for.

    Raises CorpusError or ModelError where a chapter has not left what is shown.
    """

    offers = ("sound", "network", "say")

    def __init__(self, run_folder: Path | str, target: str) -> None:
        self.results = Results(run_folder, target)
        self.spoken: dict[str, Spoken] = {}

    @cached_property
    def ids(self) -> list[str]:
        """Test utterances with a known error, as the corpus has them in order."""
        known = set(self.results.errors.index)
        return [name for name in self.results.corpus.ids("test") if name in known]

    @property
    def index(self) -> list[dict[str, Any]]:
        """What can be searched, filtered and sorted by; sentences spoken here come last."""
        table = self.results.corpus.table.set_index("id").loc[self.ids]
        rows = zip(self.ids, table["text"], table["speaker"], table["seconds"], strict=True)
        said = [(u.id, u.text, u.speaker, _seconds(u)) for u in self.spoken.values()]
        return [index_entry(*row, rmse=self.rmse(row[0])) for row in (*rows, *said)]

    def utterance(self, name: str) -> Utterance:
        """One of the corpus, or one spoken here."""
        return self.spoken[name] if name in self.spoken else self.results.corpus[name]

    def rmse(self, name: str) -> float | None:
        """Of the predicted contour, in semitones; None for a sentence spoken here."""
        return float(self.results.errors.at[name, ERROR]) if name not in self.spoken else None

    def data(self, name: str) -> dict[str, Any]:
        """Contours, relevance, and the linguistic facts that can be changed."""
        utterance = self.utterance(name)
        alignment = utterance.alignment if isinstance(utterance, Spoken) else None
        facts = structure_data(utterance, self.table, alignment=alignment)
        return {**inspect_utterance(self.results.model, utterance), **facts}

    def sounds(self, name: str) -> dict[str, Any]:
        """Every version that can be heard."""
        utterance = self.utterance(name)
        sound = utterance.sound if isinstance(utterance, Spoken) else None
        return make_sounds(self.results.model, utterance, sound).data()

    @cached_property
    def network(self) -> dict[str, Any]:
        """The network for the page, with the table that answers its questions."""
        return {**network_data(self.results.model), "table": self.table}

    @cached_property
    def table(self) -> dict[str, Any]:
        """What the page needs to answer the network's questions about changed facts."""
        vuv = self.results.model.config.uses_vuv
        return question_table(self.results.corpus.questions, vuv=vuv)

    def say(self, text: str) -> str:
        """Let the synthetic voice read a Polish sentence; return its id among the utterances.

        Raises UtteranceError for a sentence that cannot be read.
        """
        name = f"said{len(self.spoken) + 1}"
        self.spoken[name] = speak(text, self.results.corpus, name)
        return name

    def shown(self, name: str, *, sounds: bool = True) -> Shown:
        """Everything that a page has of an utterance."""
        return Shown(self.data(name), self.sounds(name) if sounds else None, self.rmse(name))


def _seconds(utterance: Utterance) -> float:
    return len(utterance.f0_hz) * FRAME_SHIFT_S


@cache
def _open(run_folder: str, target: str) -> RunUtterances:
    return RunUtterances(run_folder, target)


def _write(run_folder: str, target: str, sounds: bool, numbered: tuple[int, str]) -> dict[str, Any]:
    position, name = numbered
    folder = data_folder(RunFolder(run_folder).static, target)
    shown = _open(run_folder, target).shown(name, sounds=sounds)
    return write_utterance(folder, position, shown)


def publish(run_folder: str, target: str, *, sounds: bool = True, jobs: int = 1) -> HTML:
    """Write all test utterances of a target for the page, and return the place that shows them.

    sounds: whether they can be heard too; some 150 kB and a second of computing for each.
    jobs: processes. Raises CorpusError or ModelError where a chapter has not left what is shown.
    """
    run = RunUtterances(run_folder, target)
    numbered = list(enumerate(run.ids))
    work = partial(_write, str(run_folder), target, sounds)
    shown = partial(tqdm, total=len(numbered), desc=target, unit="utterance", mininterval=1.0)
    if jobs <= 1 or len(numbered) < 4:
        entries = list(shown(map(work, numbered)))
    else:
        # started afresh, because a forked torch hangs; one thread each
        one = {"initializer": torch.set_num_threads, "initargs": (1,)}
        with ProcessPoolExecutor(jobs, mp_context=get_context("spawn"), **one) as pool:
            entries = list(shown(pool.map(work, numbered)))
    write_index(data_folder(RunFolder(run_folder).static, target), entries, run.network)
    return place(target)
