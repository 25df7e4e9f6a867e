"""A processing job of SageMaker: the whole book about the recordings in /opt/ml/processing/input.

    python -m intonation.book.cloud.report [--profile default] [--set NAME=VALUE …]

Site, results and executed chapters go to /opt/ml/processing/output. Where a training job's model
stands in /opt/ml/processing/model, packed or not, the book is made with that job's parameters, and
about its weights instead of new ones. The same on a laptop, with folders mounted there.
"""

import argparse
import gzip
import os
import re
import shutil
import sys
import tarfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO

from intonation.book.__main__ import make_book
from intonation.book.cloud.ending import chapter_error, do, end_gently
from intonation.book.cloud.hyperparameters import Hyperparameters, check_hyperparameters, cores
from intonation.book.cloud.places import ROOT, Places, corpus_at, deliver
from intonation.book.dependencies import Run
from intonation.errors import ModelError
from intonation.parameters import TARGETS
from intonation.provenance import read_json

SUMMARY = __doc__.splitlines()[0]
PROFILE = "default"
RECORD = "run.json"
PACKED = "model.tar.gz"
WEIGHTS = ("model.safetensors", "config.json", "history.csv", "made_from/weights.json")
TAKEN = re.compile(
    rf"(?:\./)?({re.escape(RECORD)}|model/(?:{'|'.join(TARGETS)})/"
    rf"(?:{'|'.join(map(re.escape, WEIGHTS))}))"
)
MOST_BYTES = 2**30  # of a model's files, and of all that an archive unpacks to
MOST_MEMBERS = 10_000  # of an archive
# what tarfile raises for an archive that is none, or is made to do harm
BROKEN = (tarfile.TarError, EOFError, OSError, ValueError, RecursionError, zlib.error)
AT_ONCE = 2**20  # bytes; nothing but what describes a member is read in one go
DELIVERED = ("site/html", "results", "notebooks", RECORD)


def report(places: Places, asked: Hyperparameters | None) -> None:
    """Do a processing job; asked: None for what the trained model was asked for, or the default.

    Raises IntonationError or OSError for what is wrong.
    """
    corpus = corpus_at(places.to_process, "processing input")
    trained = _take_model(places.trained, places.run)
    asked = asked or (_asked_of(places.run / RECORD) if trained else Hyperparameters(PROFILE))
    asked = asked.with_default("cpu_count", cores())
    run = Run(corpus, asked.profile, asked.assignments)
    if make_book(run, places.run, cores()):
        raise chapter_error(places.run)
    deliver(places.run, places.processed, list(DELIVERED))


class Bounded(gzip.GzipFile):
    """An archive's bytes, unpacked; raises ModelError where they are more than a model has."""

    def read(self, size: int | None = -1) -> bytes:
        if size is None or not 0 <= size <= AT_ONCE:
            raise _too_large(f"a description of {size} bytes; expected at most {AT_ONCE}")
        self._check(self.tell() + size)
        return super().read(size)

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        self._check(offset)
        return super().seek(offset, whence)

    def _check(self, end: int) -> None:
        if end > MOST_BYTES + AT_ONCE:  # tarfile reads ahead
            raise _too_large(f"more than {MOST_BYTES} bytes")


def _too_large(found: str) -> ModelError:
    return ModelError(
        f"what should be a trained model holds {found}; copy the {PACKED} that the training job "
        "left there again, and nothing else"
    )


def _take_model(source: Path, out: Path) -> bool:
    """Put weights of a training job, and its record, where the book looks for them; if any.

    Only files of known names are taken, so nothing can land elsewhere; none before all are whole.
    Raises ModelError, for more than a model can be too.
    """
    with TemporaryDirectory() as taken:
        try:
            names = _unpack(source, Path(taken))
        except BROKEN as error:
            raise ModelError(
                f"{source} holds no model of a training job ({error}); copy its {PACKED} there "
                "again"
            ) from None
        deliver(Path(taken), out, names)
    if source.is_dir() and not names and any(source.iterdir()):
        raise ModelError(
            f"{source} holds no model of a training job; expected {PACKED}, or {RECORD} and "
            "model/<target> as it unpacks; copy it there, or bring none"
        )
    return bool(names)


def _unpack(source: Path, folder: Path) -> list[str]:
    """Copy files of known names to their places below a folder; their names."""
    names, size = [], 0
    for name, file, bytes_more in _files(source):
        known = TAKEN.fullmatch(name)
        if known:
            size += bytes_more
            if size > MOST_BYTES:
                raise _too_large(f"more than {MOST_BYTES} bytes")
            names.append(known[1])
            path = folder / known[1]
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("wb") as copy:
                shutil.copyfileobj(file, copy)
    return names


def _files(source: Path) -> Iterator[tuple[str, IO[bytes], int]]:
    """Names, contents and sizes of a folder's, or an archive's, regular files."""
    if (source / PACKED).is_file():
        with (
            Bounded(source / PACKED) as unpacked,
            tarfile.open(mode="r:", fileobj=unpacked) as archive,
        ):
            for number, member in enumerate(archive):
                if number >= MOST_MEMBERS:
                    raise _too_large(f"more than {MOST_MEMBERS} files")
                if member.isreg():
                    yield member.name, archive.extractfile(member), member.size
        return
    for path in sorted(source.rglob("*")):
        if path.is_file():
            with path.open("rb") as file:
                yield str(path.relative_to(source)), file, path.stat().st_size


def _asked_of(record: Path) -> Hyperparameters:
    """Profile and parameters of the run that a record is of; raises ModelError, ParameterError."""
    found = read_json(record)
    known = found.get("parameters", {})
    if not isinstance(known, dict):
        raise ModelError(f"{record} is no record of a run; copy the job's {PACKED} again")
    values = {"profile": found.get("profile"), **known}
    values.pop("cpu_count", None)
    if (nodes := values.get("nodes", 1)) != 1:  # part of what the weights are made from
        raise ModelError(
            f"{record}: the model was trained on {nodes} hosts, on which the book would have to "
            "train its other target; bring a model of one host, or none"
        )
    return check_hyperparameters(values, str(record))


def main(arguments: list[str] | None = None) -> int:
    """A processing job; 1 after an error, 143 after an interruption."""
    parser = argparse.ArgumentParser(prog="book", description=SUMMARY)
    parser.add_argument("--root", type=Path, default=ROOT, help="of all paths (%(default)s)")
    parser.add_argument("--profile", help=f"instead of the trained model's, or of {PROFILE}")
    parser.add_argument("--set", nargs="*", default=[], metavar="NAME=VALUE")
    given = parser.parse_args(arguments)
    asked = None
    if given.profile or given.set:
        asked = Hyperparameters(given.profile or PROFILE, tuple(given.set))
    places = Places(given.root)
    return do(lambda: report(places, asked), places)


if __name__ == "__main__":
    end_gently()
    sys.exit(main())
