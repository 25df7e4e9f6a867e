"""Stages of a run, each small and in one call, as the processes do them that `kill` kills."""

import hashlib
import json
import os
import re
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from book_copy import Book

from intonation.book.receipts import is_whole
from intonation.book.run_folder import RunFolder
from intonation.corpus.corpus import open_corpus
from intonation.corpus.preparation import Asked, prepare_corpus
from intonation.errors import exit_code
from intonation.evaluation.ranking_intervals import (
    UtteranceSums,
    neighbours_apart,
    rankings_with_intervals,
    save_sums,
)
from intonation.files import write_csv
from intonation.lrp.ranking import Aggregator, save_aggregates, write_rankings
from intonation.lrp.store import explain_utterances, read_store
from intonation.model import training
from intonation.model.network import load_model

SENTENCES = 6
TINY = ("num_layers=2", "hidden_size=8", "batch_size=2", "epochs=30", "patience=30", "device=cpu")
TEMPORARY = re.compile(r"(.*/)?\.[^/]+\.\d+\.part(\.\w+)?")  # see `intonation.files.replacing`
NONE = re.compile(r"(?!)")
# receipts have seconds and times of files; notebooks, the record and Snakemake's notes, times
BOOK_TIMES = r"(notebooks|digests/notebooks|logs|\.snakemake)/.*|(digests/)?run\.json|site/.*\.json"


@dataclass(frozen=True)
class Stage:
    """What one process does in a folder, and what is to be found there.

    work: returns the exit code.
    growing: names of files that are other ones until the end; timed: names of files with times or
    seconds in them, which no two runs have in common.
    is_whole: of the folder and one such file, whether it is not half of one.
    """

    work: Callable[[Path], int]
    growing: re.Pattern[str] = NONE
    timed: re.Pattern[str] = NONE
    is_whole: Callable[[Path, Path], bool] = lambda folder, path: False

    def contents(self, folder: Path) -> dict[str, bytes]:
        """All files that are no temporary ones and hold no times."""
        return {
            name: path.read_bytes()
            for name, path in self.named(folder)
            if not self.timed.fullmatch(name)
        }

    def named(self, folder: Path) -> list[tuple[str, Path]]:
        """All files that have their final names."""
        paths = sorted(path for path in folder.rglob("*") if path.is_file())
        named = [(str(path.relative_to(folder)), path) for path in paths]
        return [(name, path) for name, path in named if not TEMPORARY.fullmatch(name)]

    def half_written(self, folder: Path, expected: dict[str, bytes]) -> list[str]:
        """Names of what looks like a result of an interrupted run and is none."""
        found = []
        for name, path in self.named(folder):
            if self.growing.fullmatch(name) or self.timed.fullmatch(name):
                whole = self.is_whole(folder, path)
            else:
                whole = path.read_bytes() == expected.get(name)
            found += [] if whole else [name]
        return found


def preparation() -> Stage:
    """The corpus of a few sentences of the embedded voice, as chapter 1 calls for it."""

    def prepare(folder: Path) -> None:
        prepare_corpus("", folder, Asked(dataset_size_limit=SENTENCES), jobs=2)

    return Stage(lambda folder: exit_code(lambda: prepare(folder)))


def training_of(corpus: Path) -> Stage:
    """A tiny network, as the command line trains it."""
    given = ["--profile", "smoke", "--set", *TINY, "cpu_count=1"]
    return Stage(
        lambda folder: training.main([str(corpus), str(folder), *given]),
        growing=re.compile(r"history\.csv|made_from/weights\.json|checkpoints/.*"),
        is_whole=_is_whole_training,
    )


def _is_whole_training(folder: Path, path: Path) -> bool:
    """A table of losses, a note, or what to continue from."""
    content = path.read_bytes()
    if path.suffix == ".safetensors":  # its name begins its digest
        return hashlib.sha256(content).hexdigest().startswith(path.stem)
    if path.suffix == ".csv":
        return content.startswith(b"epoch,") and content.endswith(b"\n")
    record = json.loads(content)
    return "tensors" not in record or (path.parent / record["tensors"]).is_file()


def explanation(corpus: Path, model: Path) -> Stage:
    """Relevance of each utterance, aggregates, sums and rankings, as chapters 5 and 6 have them."""
    return Stage(lambda folder: exit_code(lambda: explain_all(corpus, model, folder)))


def explain_all(corpus_folder: Path, model_folder: Path, out: Path) -> None:
    """Explain all utterances of the corpus, and rank."""
    corpus, model = open_corpus(corpus_folder), load_model(model_folder)
    results, inputs = RunFolder(out).results("semitones"), list(model.config.inputs)
    ids = corpus.table["id"].tolist()
    write_csv(results.conservation, explain_utterances(model, corpus, ids, results.relevance))
    aggregator = Aggregator(len(inputs))
    sums = UtteranceSums(len(inputs), corpus.table["frames"])
    for _, relevance in read_store(results.relevance, model, corpus, ids):
        aggregator.add(relevance.values)
        sums.add(relevance.values)
    save_aggregates(results.aggregates, aggregator, inputs)
    save_sums(results.sums, sums)
    seen = (aggregator, sums, corpus.questions)
    asked = {"vuv": model.config.uses_vuv, "resamples": 20, "seed": 1}
    write_rankings(rankings_with_intervals(*seen, **asked), results.rankings)
    write_csv(results.apart, neighbours_apart(*seen, **asked))


def making(book: Book) -> Stage:
    """The book with a stand-in for papermill (see `book_copy`): engine, receipts and digests."""

    def make(folder: Path) -> int:
        os.chdir(book.root)
        command = [sys.executable, "-m", "intonation.book", "--profile", "smoke", "--jobs", "2"]
        return os.execv(sys.executable, [*command, "--out", str(folder)])

    every = re.compile(r".*")  # the stand-in's results are no better than their receipt
    return Stage(make, growing=every, timed=re.compile(BOOK_TIMES), is_whole=_is_whole_book)


def _is_whole_book(folder: Path, path: Path) -> bool:
    """A receipt says of all its files what they are; a digest is one; notebooks are JSON."""
    name = str(path.relative_to(folder))
    if name.startswith("digests/"):
        return re.fullmatch("[0-9a-f]{64}", path.read_text()) is not None
    if not name.startswith("notebooks/"):
        return True
    record = json.loads(path.read_bytes())
    return path.suffix != ".json" or is_whole(record, folder)
