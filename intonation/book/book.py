"""The whole book: chapters executed in order by papermill, then the site.

    python -m intonation.book.book --corpus DIR --out DIR --profile default --jobs 2 --set epochs=3

A chapter is executed again only when its notebook, its parameters, the package, the libraries below
it, the recordings or the results of a chapter before it changed, or when a file that it wrote is
gone or altered.
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
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import jupytext
from tqdm.auto import tqdm

from intonation.book import site
from intonation.book.record import versions, write_run_record
from intonation.corpus.recordings import source_stamp
from intonation.errors import ChapterError, IntonationError
from intonation.files import package_fingerprint, replacing
from intonation.parameters import PROFILES, TARGETS, Parameters, parameters, parse_overrides

SUMMARY = __doc__.splitlines()[0]
ROOT = Path(__file__).resolve().parent.parent.parent
SHARED_BEFORE = ("01_corpus", "02_features")
UNDECISIVE = ("book.py", "site.py")  # what runs and how it is published, not what comes out
PER_TARGET = (
    *("03_training", "04_predictions", "05_relevance", "06_rankings"),
    *("07_positions", "08_faithfulness", "09_seeds"),
)
KNOWN_TRUTH = ("11_truth",)  # reads the corpus only
SHARED_AFTER = ("10_rule", "12_study", "13_inspector")
LAST = "14_run"
# These chapters continue in their folder what an interrupt left; the others start from nothing.
CONTINUED = {"01_corpus": "corpus/", "03_training": "model/"}


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

        Chains of chapters run side by side and share the processes: two trainings of one thread
        each are twice as fast as one after the other with two.
        """
        alone = (*SHARED_BEFORE, LAST)
        share = self.jobs if chapter.name in alone else max(1, self.jobs // len(TARGETS))
        chosen = parameters(self.profile, {"cpu_count": share, **self.overrides})
        return dataclasses.replace(chosen, target=chapter.target) if chapter.target else chosen


def make_book(run: Run) -> Path:
    """Execute what is out of date and build the site; returns its index page.

    Raises ChapterError with the failed cell's traceback, and leaves whole files to continue from.
    """
    for target in TARGETS:  # a wrong parameter must fail before anything runs
        run.parameters_for(Chapter("03_training", target))
    recordings = source_stamp(run.source)
    run.out.mkdir(parents=True, exist_ok=True)
    shared = (*SHARED_BEFORE, *KNOWN_TRUTH, *SHARED_AFTER, LAST)
    total = len(shared) + len(TARGETS) * len(PER_TARGET)
    with tqdm(total=total, desc="book", unit="chapter") as bar:
        first = _execute_chain(run, [Chapter(name) for name in SHARED_BEFORE], recordings, bar)
        chains = [[Chapter(name, target) for name in PER_TARGET] for target in TARGETS]
        ends = _side_by_side(run, [(chain, first) for chain in chains], bar)
        chains = [[Chapter(name) for name in names] for names in (KNOWN_TRUTH, SHARED_AFTER)]
        befores = (first, "".join(ends))
        ends = _side_by_side(run, list(zip(chains, befores, strict=True)), bar)
        _record(run)
        _execute_chain(run, [Chapter(LAST)], "".join(ends), bar)
    _record(run)  # with the time of the last chapter
    return site.build(run.out)


def _record(run: Run) -> None:
    write_run_record(run.out, run.source, run.profile, run.parameters_for(Chapter(LAST)))


def _execute_chain(run: Run, chapters: list[Chapter], before: str, bar: tqdm) -> str:
    """Execute chapters that build on each other; returns the last one's outcome."""
    for chapter in chapters:
        before = execute(run, chapter, before)
        bar.set_postfix_str(chapter.key)
        bar.update()
    return before


def _side_by_side(run: Run, chains: list[tuple[list[Chapter], str]], bar: tqdm) -> list[str]:
    """Execute chains that do not build on each other at the same time; returns their outcomes."""
    with ThreadPoolExecutor(min(run.jobs, len(chains))) as pool:
        return list(pool.map(lambda chain: _execute_chain(run, *chain, bar), chains))


def execute(run: Run, chapter: Chapter, before: str) -> str:
    """Execute a chapter if it is out of date; returns its outcome.

    before: outcome of the chapter before. An outcome is a digest of what the chapter was given and
    of what it wrote: a training that is executed again may end with other weights.
    """
    chosen = _notebook_parameters(run, chapter)
    fingerprint = _fingerprint(chapter, chosen, before)
    notebook = run.out / "notebooks" / f"{chapter.key}.ipynb"
    stamp = notebook.with_suffix(".json")
    record = _read_stamp(stamp)
    if notebook.is_file() and _is_current(record, fingerprint, run.out):
        return record["outcome"]
    stamp.unlink(missing_ok=True)
    started = time.time()
    others = _foreign_files(run.out, chapter, record)
    _papermill(chapter, chosen, notebook, run.out)
    found = _files(run.out, chapter)
    written = {path: mark for path, mark in found.items() if others.get(path) != mark}
    record = {
        "fingerprint": fingerprint,
        "outcome": _outcome(fingerprint, run.out, written),
        "seconds": round(time.time() - started, 1),
        "files": written,
    }
    with replacing(stamp) as temporary:
        temporary.write_text(json.dumps(record))
    return record["outcome"]


def _foreign_files(out: Path, chapter: Chapter, record: dict) -> dict[str, list[int]]:
    """Files of other chapters; the chapter's own of last time go, so that none is stale."""
    own, folder = record.get("files", {}), CONTINUED.get(chapter.name)
    if folder is None:
        for path in own:
            (out / path).unlink(missing_ok=True)
    found = _files(out, chapter)
    return {p: m for p, m in found.items() if not (folder and p.startswith(folder))}


def _outcome(fingerprint: str, out: Path, written: dict) -> str:
    digest = hashlib.sha256(fingerprint.encode())
    for path in sorted(written):
        digest.update(f"\0{path}\0".encode())
        digest.update((out / path).read_bytes())
    return digest.hexdigest()


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
            if temporary.is_file():
                os.replace(temporary, source)  # with the output up to the failed cell
            tail = log.read_text(encoding="utf-8", errors="replace")[-4000:]
            killed = f" (killed by signal {-done.returncode}; is memory short?)"
            how = "failed" + (killed if done.returncode < 0 else "")
            raise ChapterError(f"chapter {chapter.key} {how}; its state is in {source}\n{tail}")


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
    given = [chapter.key, decisive, before, versions()]
    digest = hashlib.sha256(json.dumps(given, sort_keys=True).encode())
    digest.update(_source(chapter).read_bytes())
    digest.update(package_fingerprint(UNDECISIVE).encode())
    return digest.hexdigest()


def _files(out: Path, chapter: Chapter) -> dict[str, list[int]]:
    """Size and time of every result file, but only where the chapter writes if others write at
    the same time."""
    parts = ["corpus", "features", "model", "results", "static"]
    if chapter.target:
        parts = [f"model/{chapter.target}", f"results/{chapter.target}"]
    elif chapter.name in (*KNOWN_TRUTH, *SHARED_AFTER):
        topic = chapter.name.split("_", 1)[1]
        parts = [f"results/{topic}", f"static/{topic}"]
    marks = {}
    for part in parts:
        for path in (out / part).rglob("*"):
            if path.is_file():
                status = path.stat()
                marks[str(path.relative_to(out))] = [status.st_size, status.st_mtime_ns]
    return marks


def _read_stamp(stamp: Path) -> dict:
    try:
        return json.loads(stamp.read_text())
    except (OSError, ValueError):
        return {}


def _is_current(record: dict, fingerprint: str, out: Path) -> bool:
    if record.get("fingerprint") != fingerprint:
        return False
    for path, mark in record["files"].items():
        try:
            status = (out / path).stat()
        except OSError:
            return False
        if [status.st_size, status.st_mtime_ns] != mark:
            return False
    return True


def _arguments(given: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m intonation.book.book", description=SUMMARY)
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
