"""Executes one chapter: jupytext, papermill, and a receipt of what was written.

    python -m intonation.book.chapter semitones/03_training --run DIR …

Called by the rules of the Snakefile. Snakemake knows only before it executes anything which
chapters are out of date; whether a chapter before this one then wrote other results than last time,
only this one can see. If it was given the same as last time and its files are whole, it is not
executed again.
"""

import argparse
import contextlib
import hashlib
import json
import logging
import os
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from intonation.book.dependencies import notebook_path, parameter_names
from intonation.book.receipts import (
    DIGESTS,
    digest_of_files,
    is_whole,
    remove_stale,
    remove_unused,
    write_digests,
    write_receipt,
)
from intonation.book.run_folder import RunFolder
from intonation.errors import ChapterError
from intonation.provenance import read_json

SUMMARY = __doc__.splitlines()[0]


@dataclass(frozen=True)
class Chapter:
    """A chapter to be executed.

    key: path of the executed notebook below OUT/notebooks, without its ending.
    values: for its parameters cell; made_from: digest of all that decides what comes out.
    results: files and folders below the run folder that it writes, its notebook the first.
    """

    key: str
    out: Path
    values: dict[str, Any]
    made_from: str
    results: list[str]

    @property
    def notebook(self) -> Path:
        """The executed notebook."""
        return RunFolder(self.out).notebooks / f"{self.key}.ipynb"

    @property
    def work(self) -> Path:
        """The notebook while it is executed, and as far as it went where it failed."""
        return RunFolder(self.out).logs / f"{self.key}.ipynb"

    @property
    def log(self) -> Path:
        """What was printed while it was executed."""
        return self.work.with_suffix(".log")


def execute(chapter: Chapter) -> None:
    """Execute a chapter unless it would only make again what is there.

    Raises ChapterError with the failed cell's traceback.
    """
    path = chapter.notebook.with_suffix(".json")
    receipt = read_json(path)
    if receipt.get("made_from") == chapter.made_from and is_whole(receipt, chapter.out):
        write_digests(receipt, chapter.out)
        return
    path.unlink(missing_ok=True)
    remove_stale(chapter.out, chapter.results)
    started = time.time()
    _papermill(chapter)
    remove_unused(chapter.out, chapter.results, started)
    more = {"made_from": chapter.made_from, "seconds": round(time.time() - started, 1)}
    write_receipt(path, chapter.out, chapter.results, **more)


def _papermill(chapter: Chapter) -> None:
    import jupytext  # a second each, which a chapter that is not executed need not wait
    import papermill

    for folder in (chapter.work.parent, chapter.notebook.parent):
        folder.mkdir(parents=True, exist_ok=True)
    with _printing_to(chapter.log):
        try:
            jupytext.write(jupytext.read(notebook_path(chapter.key)), chapter.work)
            papermill.execute_notebook(
                *(str(chapter.work), str(chapter.work), chapter.values),
                kernel_name="python3",
                progress_bar=False,
                log_output=True,
                cwd=str(notebook_path(chapter.key).parents[1]),
            )
        except Exception as error:  # whatever papermill raises, the reader wants the same of it
            raise ChapterError(
                f"chapter {chapter.key} failed; as far as it went it is in {chapter.work}, what it "
                f"printed in {chapter.log}\n{_reason(error)}"
            ) from error
    os.replace(chapter.work, chapter.notebook)


def _reason(error: Exception) -> str:
    if type(error).__name__ == "DeadKernelError":
        return "its process was killed; is memory short?"
    if isinstance(error, OSError):
        return f"{error}; free some space or mend the path, then run again"
    return str(error).strip()  # papermill's own is the failed cell's traceback


@contextlib.contextmanager
def _printing_to(log: Path) -> Iterator[None]:
    """Send what this process and those that it starts print to a file, and papermill's log."""
    logger = logging.getLogger("papermill")
    logger.setLevel(logging.INFO)
    with log.open("wb") as stream:
        handler = logging.FileHandler(log, encoding="utf-8")
        logger.addHandler(handler)
        kept = {descriptor: os.dup(descriptor) for descriptor in (1, 2)}
        for descriptor in kept:
            os.dup2(stream.fileno(), descriptor)
        try:
            yield
        finally:
            logger.removeHandler(handler)
            handler.close()
            for descriptor, before in kept.items():
                os.dup2(before, descriptor)
                os.close(before)


def _chapter(given: argparse.Namespace) -> Chapter:
    values = json.loads(given.values)
    known = {"cpu_count": given.threads, "run_folder": str(given.run.resolve())}
    names = parameter_names(given.key.rpartition("/")[2])
    values |= {name: value for name, value in known.items() if name in names}
    decisive = [*given.made_from, digest_of_files([given.run / path for path in given.reads])]
    made_from = hashlib.sha256("\0".join(decisive).encode()).hexdigest()
    results = [path.removeprefix(f"{DIGESTS}/") for path in given.writes]
    return Chapter(given.key, given.run, values, made_from, results)


def _arguments(given: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m intonation.book.chapter", description=SUMMARY)
    parser.add_argument("key", help="for example semitones/03_training")
    parser.add_argument("--run", type=Path, required=True, help="run folder")
    parser.add_argument("--values", default="{}", help="of its parameters, as JSON")
    parser.add_argument("--threads", type=int, default=1, help="processes")
    parser.add_argument("--made-from", nargs="+", default=[], help="what decides what comes out")
    parser.add_argument("--reads", nargs="*", default=[], help="digests of what it reads")
    parser.add_argument("--writes", nargs="+", default=[], help="digests of what it writes")
    return parser.parse_args(given)


def main(arguments: list[str] | None = None) -> int:
    """Execute a chapter; 1 after an error, 130 after an interrupt."""
    given = _arguments(arguments)
    try:
        execute(_chapter(given))
    except ChapterError as error:
        print(f"\nerror: {error}", file=sys.stderr)
        return 1
    except OSError as error:
        print(f"\nerror: chapter {given.key} failed: {_reason(error)}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
