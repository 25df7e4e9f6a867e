"""The whole book: chapters executed in order by papermill, then the site.

    python -m intonation.book --corpus DIR --out DIR --profile default --jobs 2 --set epochs=3

A chapter is executed again only when its notebook, its parameters, the package, the recordings or a
chapter before it changed, or when a file that it wrote is gone or altered.
"""

import argparse
import dataclasses
import hashlib
import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import jupytext
from tqdm.auto import tqdm

from intonation import site
from intonation.errors import ChapterError, IntonationError
from intonation.files import replacing
from intonation.parameters import PROFILES, TARGETS, Parameters, parameters, parse_overrides
from intonation.recordings import source_stamp
from intonation.run_record import write_run_record

SUMMARY = __doc__.splitlines()[0]
ROOT = Path(__file__).resolve().parent.parent
SHARED_BEFORE = ("01_corpus", "02_features")
PER_TARGET = ("03_training", "04_predictions", "05_relevance", "06_rankings")
SHARED_AFTER = ("07_inspector", "08_run")


@dataclass(frozen=True)
class Chapter:
    """A notebook and the target it is executed for ("" for both)."""

    name: str
    target: str = ""

    @property
    def key(self) -> str:
        """Path of the executed notebook below OUT/notebooks, without its ending."""
        return f"{self.target}/{self.name}" if self.target else self.name


@dataclass(frozen=True)
class Run:
    """One `make book`: where from, where to, how."""

    source: str
    out: Path
    profile: str
    overrides: dict
    jobs: int

    def parameters_for(self, chapter: Chapter) -> Parameters:
        """The run's parameters with the chapter's target.

        The targets' chapters run side by side and share the processes: two trainings of one thread
        each are twice as fast as one after the other with two.
        """
        share = max(1, self.jobs // len(TARGETS)) if chapter.target else self.jobs
        chosen = parameters(self.profile, {"cpu_count": share, **self.overrides})
        return dataclasses.replace(chosen, target=chapter.target) if chapter.target else chosen


def make_book(run: Run) -> Path:
    """Execute what is out of date and build the site; returns its index page.

    Raises ChapterError with the failed cell's traceback, and leaves whole files to continue from.
    """
    for target in TARGETS:  # a wrong parameter must fail before anything runs
        run.parameters_for(Chapter("03_training", target))
    run.out.mkdir(parents=True, exist_ok=True)
    total = len(SHARED_BEFORE) + len(TARGETS) * len(PER_TARGET) + len(SHARED_AFTER)
    with tqdm(total=total, desc="book", unit="chapter") as bar:
        before = _execute_chain(
            run, [Chapter(name) for name in SHARED_BEFORE], source_stamp(run.source), bar
        )
        chains = [[Chapter(name, target) for name in PER_TARGET] for target in TARGETS]
        with ThreadPoolExecutor(min(run.jobs, len(chains))) as pool:
            ends = list(pool.map(lambda chain: _execute_chain(run, chain, before, bar), chains))
        after = _execute_chain(run, [Chapter("07_inspector")], "".join(ends), bar)
        write_run_record(run.out, run.source, run.profile, run.parameters_for(Chapter("08_run")))
        _execute_chain(run, [Chapter("08_run")], after, bar)
    return site.build(run.out)


def _execute_chain(run: Run, chapters: list[Chapter], before: str, bar: tqdm) -> str:
    """Execute chapters that build on each other; returns the last one's fingerprint."""
    for chapter in chapters:
        before = execute(run, chapter, before)
        bar.set_postfix_str(chapter.key)
        bar.update()
    return before


def execute(run: Run, chapter: Chapter, before: str) -> str:
    """Execute a chapter if it is out of date; returns its fingerprint."""
    chosen = _notebook_parameters(run, chapter)
    fingerprint = _fingerprint(chapter, chosen, before)
    notebook = run.out / "notebooks" / f"{chapter.key}.ipynb"
    stamp = notebook.with_suffix(".json")
    if notebook.is_file() and _is_current(stamp, fingerprint, run.out):
        return fingerprint
    stamp.unlink(missing_ok=True)
    started = time.time()
    seen = _files(run.out)
    _papermill(chapter, chosen, notebook, run.out)
    written = {path: mark for path, mark in _files(run.out).items() if seen.get(path) != mark}
    record = {
        "fingerprint": fingerprint,
        "seconds": round(time.time() - started, 1),
        "files": _own_files(written, chapter),
    }
    with replacing(stamp) as temporary:
        temporary.write_text(json.dumps(record))
    return fingerprint


def _papermill(chapter: Chapter, chosen: dict, notebook: Path, out: Path) -> None:
    work = out / "logs" / chapter.key
    work.parent.mkdir(parents=True, exist_ok=True)
    notebook.parent.mkdir(parents=True, exist_ok=True)
    source, log = work.with_suffix(".ipynb"), work.with_suffix(".log")
    jupytext.write(jupytext.read(_source(chapter)), source)
    values = work.with_suffix(".json")
    values.write_text(json.dumps(chosen))  # papermill reads YAML, which JSON is
    with replacing(notebook) as temporary, open(log, "w", encoding="utf-8") as stream:
        command = [sys.executable, "-m", "papermill", str(source), str(temporary)]
        command += ["-f", str(values), "--kernel", "python3", "--cwd", str(ROOT), "--log-output"]
        environment = {
            **os.environ,
            "OMP_WAIT_POLICY": "PASSIVE",
            "OMP_NUM_THREADS": str(chosen.get("cpu_count", 1)),
        }
        done = subprocess.run(command, stdout=stream, stderr=subprocess.STDOUT, env=environment)
        if done.returncode:
            os.replace(temporary, source)  # with the output up to the failed cell
            tail = log.read_text(encoding="utf-8", errors="replace")[-4000:]
            raise ChapterError(f"chapter {chapter.key} failed; its state is in {source}\n{tail}")


def _threads(chosen: dict) -> dict[str, str]:
    """The environment, with as many threads as the chapter may use; idle ones must not spin."""
    threads = str(chosen.get("cpu_count", 1))
    return {**os.environ, "OMP_WAIT_POLICY": "PASSIVE", "OMP_NUM_THREADS": threads}


def _source(chapter: Chapter) -> Path:
    return ROOT / "notebooks" / f"{chapter.name}.py"


def _notebook_parameters(run: Run, chapter: Chapter) -> dict:
    """Those of the run's parameters that the chapter's parameters cell names."""
    cells = jupytext.read(_source(chapter)).cells
    tagged = [cell.source for cell in cells if "parameters" in cell.metadata.get("tags", [])]
    names = re.findall(r"^(\w+) *=", "\n".join(tagged), flags=re.M)
    known = dataclasses.asdict(run.parameters_for(chapter))
    known |= {
        "run_folder": str(run.out.resolve()),
        "source": run.source and str(Path(run.source).resolve()),
    }
    return {name: known[name] for name in names}


def _fingerprint(chapter: Chapter, chosen: dict, before: str) -> str:
    # how many processes work, or where the folder lies, changes no result
    decisive = {k: v for k, v in chosen.items() if k not in ("cpu_count", "run_folder")}
    digest = hashlib.sha256(json.dumps([chapter.key, decisive, before], sort_keys=True).encode())
    for path in [_source(chapter), *_package_files()]:
        digest.update(path.read_bytes())
    return digest.hexdigest()


def _package_files() -> Iterable[Path]:
    folder = Path(__file__).resolve().parent
    own = {"book.py", "site.py"}  # decide what runs and how it is published, not what comes out
    return sorted(
        path
        for path in folder.rglob("*")
        if path.is_file() and path.suffix in (".py", ".js", ".css", ".txt") and path.name not in own
    )


def _files(out: Path) -> dict[str, list[int]]:
    """Size and time of every result file of the run."""
    marks = {}
    for part in ("corpus", "features", "model", "results", "static"):
        for path in (out / part).rglob("*"):
            if path.is_file():
                status = path.stat()
                marks[str(path.relative_to(out))] = [status.st_size, status.st_mtime_ns]
    return marks


def _own_files(written: dict, chapter: Chapter) -> dict:
    """Without what a chapter of another target wrote at the same time."""
    others = [f"/{target}/" for target in TARGETS if chapter.target and target != chapter.target]
    return {
        path: mark for path, mark in written.items() if not any(o in f"/{path}" for o in others)
    }


def _is_current(stamp: Path, fingerprint: str, out: Path) -> bool:
    try:
        record = json.loads(stamp.read_text())
    except (OSError, ValueError):
        return False
    if record.get("fingerprint") != fingerprint:
        return False
    for path, (size, time_ns) in record["files"].items():
        try:
            status = (out / path).stat()
        except OSError:
            return False
        if (status.st_size, status.st_mtime_ns) != (size, time_ns):
            return False
    return True


def _arguments(given: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m intonation.book", description=SUMMARY)
    parser.add_argument("--corpus", default="", help="recordings; default: a synthetic voice")
    parser.add_argument("--out", default="build/default", help="run folder (%(default)s)")
    parser.add_argument("--profile", default="default", help=f"one of {', '.join(PROFILES)}")
    parser.add_argument(
        "--jobs", type=int, default=os.cpu_count() or 1, help="processes (all cores)"
    )
    parser.add_argument(
        "--set", nargs="*", default=[], metavar="NAME=VALUE", help="see intonation/parameters.py"
    )
    return parser.parse_args(given)


def main(arguments: list[str] | None = None) -> int:
    """Command line of `make book`; 1 after an error, 130 after an interrupt."""
    given = _arguments(arguments)
    try:
        overrides = parse_overrides(given.set)
        index = make_book(
            Run(given.corpus, Path(given.out), given.profile, overrides, max(1, given.jobs))
        )
    except IntonationError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except OSError as error:
        print(f"error: {error}; free some space or mend the path, then run again", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("interrupted; run the same command again to continue", file=sys.stderr)
        return 130
    print(f"read the book: {index}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
