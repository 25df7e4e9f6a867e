"""Figures of single utterances; by hand for the whole test set:

    python -m intonation.book.drawing RUN --jobs 2

draws, for both targets, every test utterance at every level.
"""

import argparse
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from functools import cache, partial
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import pandas as pd
import torch
from matplotlib.figure import Figure
from tqdm.auto import tqdm

from intonation import plots
from intonation.book.run_folder import RunFolder
from intonation.corpus.corpus import Corpus, open_corpus
from intonation.errors import ModelError, exit_code
from intonation.labels.taxonomy import LEVELS
from intonation.lrp.ranking import group_matrix, input_groups
from intonation.lrp.relevance import Relevance
from intonation.lrp.store import load_relevance
from intonation.model.network import F0Model, load_model
from intonation.model.prediction import predict_hz
from intonation.parameters import TARGETS
from intonation.statistics import evenly

SHOWN_ERRORS = ("rmse_semitones", "rmse_hz", "mae_hz", "nrmse", "correlation")


class Results:
    """What a run found for one target, opened for drawing.

    Raises CorpusError or ModelError where a chapter has not left what is drawn.
    """

    def __init__(self, run_folder: Path | str, target: str) -> None:
        run = RunFolder(run_folder)
        self.paths = run.results(target)
        self._last: dict[str, tuple[str, Any]] = {}  # by what it is: of which utterance
        self.corpus: Corpus = open_corpus(run.corpus)
        self.model: F0Model = load_model(run.model(target))
        if not self.paths.errors.is_file():
            raise ModelError(f"{self.paths.errors} is missing; run the predictions chapter first")
        self.errors = pd.read_csv(self.paths.errors, dtype={"id": str}).set_index("id")

    @property
    def unit(self) -> str:
        """Unit of the explained output."""
        return self.model.config.meaning.unit

    def view(self, utterance_id: str):
        """An utterance with its predicted contour and its errors, as the plots take it."""
        return self._once("view", utterance_id, self._view)

    def _once(self, what: str, utterance_id: str, make: Callable[[str], Any]) -> Any:
        """What is made of an utterance, kept until another one is asked for: it has many figures"""
        if self._last.get(what, ("", None))[0] != utterance_id:
            self._last[what] = utterance_id, make(utterance_id)
        return self._last[what][1]

    def _view(self, utterance_id: str):
        utterance = self.corpus[utterance_id]
        predicted_hz = predict_hz(self.model, utterance)
        errors = self.errors.loc[utterance_id, list(SHOWN_ERRORS)].to_dict()
        view = plots.utterance_view(utterance, f0_predicted_hz=predicted_hz, errors=errors)
        # the text alone may be that of several speakers
        return replace(view, errors={"utterance": utterance_id, **view.errors})

    def feature_heatmap(self, utterance_id: str) -> Figure:
        """Relevance of every feature in every frame, features banded by general category."""
        return self._heatmap(utterance_id, None)

    def group_heatmap(self, utterance_id: str, level: str) -> Figure:
        """Mean relevance of the features of each group in every frame."""
        return self._heatmap(utterance_id, level)

    def _heatmap(self, utterance_id: str, level: str | None) -> Figure:
        relevance = self._once("relevance", utterance_id, self._relevance)
        vuv = self.model.config.uses_vuv
        groups = input_groups(self.corpus.questions, level or "general", vuv=vuv)
        view = self.view(utterance_id)
        if level is None:
            label = f"relevance ({self.unit})"
            return plots.relevance_heatmap(relevance.values, groups, view, label=label)
        means = group_matrix(relevance.values, groups)
        label = f"mean relevance of a group's features ({self.unit})"
        return plots.relevance_heatmap(means, list(groups), view, label=label)

    def _relevance(self, utterance_id: str) -> Relevance:
        path = self.paths.relevance / f"{utterance_id}.npz"
        return load_relevance(path, self.model, self.corpus[utterance_id])


def choose_utterances(errors: pd.DataFrame, count: int) -> list[str]:
    """Ids of `count` utterances evenly spread from the best to the worst predicted one.

    errors: with columns id and rmse_semitones.
    """
    return evenly(errors.sort_values(["rmse_semitones", "id"])["id"].tolist(), count)


def utterance_figures(
    results: Results, utterance_id: str
) -> Iterator[tuple[Path, Path, Callable[[], Figure]]]:
    """All figures of an utterance: path, the file that it shows, and the function that draws it."""
    paths, view = results.paths, partial(results.view, utterance_id)
    yield paths.figure("f0", utterance_id), paths.errors, lambda: plots.f0_figure(view())
    natural = paths.figure("f0_natural", utterance_id)
    yield natural, paths.errors, lambda: plots.natural_f0_figure(view())
    source = paths.relevance / f"{utterance_id}.npz"
    draw = partial(results.feature_heatmap, utterance_id)
    yield paths.figure("relevance", "features", utterance_id), source, draw
    for level in LEVELS:
        if results.corpus.questions.groups(level.slug):
            draw = partial(results.group_heatmap, utterance_id, level.slug)
            yield paths.figure("relevance", level.slug, utterance_id), source, draw


@cache
def _open(run_folder: str, target: str) -> Results:
    return Results(run_folder, target)


def _is_drawn(figure: Path, source: Path) -> bool:
    """Whether a figure is there and not older than what it shows."""
    if not (figure.is_file() and source.is_file()):
        return False
    return figure.stat().st_mtime_ns >= source.stat().st_mtime_ns


def _draw(run_folder: str, target: str, utterance_id: str) -> int:
    results, drawn = _open(run_folder, target), 0
    for path, source, draw in utterance_figures(results, utterance_id):
        if not _is_drawn(path, source):  # an interrupted command continues
            plots.save_figure(draw(), path)
            drawn += 1
    return drawn


def _draw_all(run_folder: str, target: str, jobs: int) -> int:
    ids = list(_open(run_folder, target).errors.index)
    work = partial(_draw, run_folder, target)
    shown = partial(tqdm, total=len(ids), desc=target, unit="utterance")
    if jobs <= 1:
        return sum(shown(map(work, ids)))
    # started afresh, because a forked torch hangs; one thread each
    one = {"initializer": torch.set_num_threads, "initargs": (1,)}
    with ProcessPoolExecutor(jobs, mp_context=get_context("spawn"), **one) as pool:
        return sum(shown(pool.map(work, ids)))


def main(arguments: list[str] | None = None) -> int:
    """Draw every test utterance of a run."""
    parser = argparse.ArgumentParser(
        prog="python -m intonation.book.drawing", description=__doc__.splitlines()[0]
    )
    parser.add_argument("run", help="run folder, such as build/default")
    parser.add_argument("--target", choices=TARGETS, action="append", help="default: both")
    parser.add_argument("--jobs", type=int, default=1, help="processes (default: 1)")
    given = parser.parse_args(arguments)

    def work() -> None:
        for target in given.target or TARGETS:
            print(f"{target}: {_draw_all(given.run, target, given.jobs)} figures drawn")

    return exit_code(work)


if __name__ == "__main__":
    sys.exit(main())
