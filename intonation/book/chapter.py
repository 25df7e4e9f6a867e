"""Executes one chapter: jupytext, papermill, and a receipt of what was written.

    python -m intonation.book.chapter semitones/03_training --run DIR …

Called by the rules of the Snakefile. Snakemake knows only before it executes anything which
chapters are out of date; whether a chapter before this one then wrote other results than last time,
only this one can see. If it was given the same as last time and its files are whole, it is not
executed again.
"""

import argparse
import json
import logging
import os
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from intonation.book.dependencies import ROOT, notebook_path, parameter_names
from intonation.book.receipts import (
    DIGESTS,
    is_whole,
    remove_stale,
    remove_unused,
    write_digests,
    write_receipt,
)
from intonation.book.run_folder import RunFolder
from intonation.errors import ChapterError, exit_code
from intonation.provenance import digest_of, read_json

SUMMARY = __doc__.splitlines()[0]
SAVED_EVERY_S = 30
# Else glibc gives the memory of arrays back and asks for it anew, page by page: a network's forward
# pass took twice as long. What is larger than the first of these, in bytes, is still given back.
KEPT_MEMORY = {"MALLOC_MMAP_THRESHOLD_": 2**28, "MALLOC_TRIM_THRESHOLD_": 2**30}


@dataclass(frozen=True)
class Chapter:
    """A chapter to be executed.

    key: path of the executed notebook below OUT/notebooks, without its ending.
    values: for its parameters cell; made_from: all that decides what comes out, as JSON has it.
    results: files and folders below the run folder that it writes, its notebook among them.
    """

    key: str
    out: Path
    values: dict[str, Any]
    made_from: dict[str, Any]
    results: list[str]


def execute(chapter: Chapter) -> None:
    """Execute a chapter unless it would only make again what is there.

    Raises ChapterError with the failed cell's traceback.
    """
    path = RunFolder(chapter.out).notebooks / f"{chapter.key}.json"
    receipt = read_json(path)
    if receipt.get("made_from") == chapter.made_from and is_whole(receipt, chapter.out):
        write_digests(receipt, chapter.out)
        return
    work = RunFolder(chapter.out).logs / f"{chapter.key}.ipynb"
    path.unlink(missing_ok=True)
    remove_stale(chapter.out, chapter.results)
    started = time.time()
    try:
        _papermill(chapter, work)
    except Exception as error:  # whatever papermill raises, the reader wants the same of it
        raise ChapterError(
            f"chapter {chapter.key} failed; as far as it went it is in {work}, what it printed "
            f"beside it\n{_reason(error)}"
        ) from error
    os.replace(work, path.with_suffix(".ipynb"))
    remove_unused(chapter.out, chapter.results, started)
    more = {"made_from": chapter.made_from, "seconds": round(time.time() - started, 1)}
    write_receipt(path, chapter.out, chapter.results, **more)


def _papermill(chapter: Chapter, work: Path) -> None:
    """Execute the notebook at `work`, where it is whole or stays as far as it went."""
    import jupytext  # a second each, which a chapter that is not executed need not wait
    import papermill

    logging.basicConfig(format="%(message)s")
    logging.getLogger("papermill").setLevel(logging.INFO)
    for folder in ("logs", "notebooks"):
        (chapter.out / folder / chapter.key).parent.mkdir(parents=True, exist_ok=True)
    jupytext.write(jupytext.read(notebook_path(chapter.key)), work)
    look = {"kernel_name": "python3", "progress_bar": False, "log_output": True}
    look["engine_name"] = _seldom_saving()
    for name, size in KEPT_MEMORY.items():
        os.environ.setdefault(name, str(size))  # of the kernel, which inherits it
    papermill.execute_notebook(str(work), str(work), chapter.values, cwd=str(ROOT), **look)


def _seldom_saving() -> str:
    """Name of an engine that saves the notebook every SAVED_EVERY_S and at the end.

    Papermill's own does so twice a cell, which takes a tenth of the time of a chapter of figures.
    """
    from papermill.engines import NBClientEngine, papermill_engines

    class SeldomSaving(NBClientEngine):
        @classmethod
        def execute_managed_notebook(cls, nb_man: Any, kernel_name: str, **more: Any) -> None:
            save = nb_man.save

            def save_seldom() -> None:
                if (nb_man.now() - nb_man.last_save_time).total_seconds() >= SAVED_EVERY_S:
                    save()

            nb_man.save = save_seldom
            try:
                super().execute_managed_notebook(nb_man, kernel_name, **more)
            finally:
                nb_man.save = save  # what failed is saved, too, by whoever called

    papermill_engines.register("seldom saving", SeldomSaving)
    return "seldom saving"


def _reason(error: Exception) -> str:
    if type(error).__name__ == "DeadKernelError":
        return "its process was killed; is memory short?"
    if isinstance(error, OSError):
        return f"{error}; free some space or mend the path, then run again"
    return str(error).strip()  # papermill's own is the failed cell's traceback


def _chapter(given: argparse.Namespace) -> Chapter:
    known = {"cpu_count": given.threads, "run_folder": str(given.run.resolve())}
    names = parameter_names(given.key.rpartition("/")[2])
    values = given.values | {name: value for name, value in known.items() if name in names}
    read = digest_of([given.run / path for path in given.reads], given.run)
    made_from = {**given.made_from, "values": given.values, "reads": read}
    results = [path.removeprefix(f"{DIGESTS}/") for path in given.writes]
    return Chapter(given.key, given.run, values, made_from, results)


def _arguments(given: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m intonation.book.chapter", description=SUMMARY)
    parser.add_argument("key", help="for example semitones/03_training")
    parser.add_argument("--run", type=Path, required=True, help="run folder")
    parser.add_argument("--values", type=json.loads, default={}, help="of its parameters, as JSON")
    parser.add_argument("--threads", type=int, default=1, help="processes")
    parser.add_argument("--made-from", type=json.loads, default={}, help="code and so on")
    parser.add_argument("--reads", nargs="*", default=[], help="digests of what it reads")
    parser.add_argument("--writes", nargs="+", default=[], help="digests of what it writes")
    return parser.parse_args(given)


def main(arguments: list[str] | None = None) -> int:
    """Execute a chapter; 1 after an error, 130 after an interrupt."""
    given = _arguments(arguments)
    return exit_code(lambda: execute(_chapter(given)))


if __name__ == "__main__":
    sys.exit(main())
