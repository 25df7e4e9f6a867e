"""The whole book: the Snakefile's rules, with one progress bar.

    python -m intonation.book --corpus DIR --out DIR --profile default --jobs 2 --set epochs=3

A chapter is executed again only when its notebook, its parameters, the modules that it uses, the
libraries below them or the results that it reads changed, or when a file that it wrote is gone or
altered. With --summary nothing is executed: of every result it is told whether it is up to date,
and if not, what changed.
"""

import argparse
import contextlib
import fcntl
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from intonation.book.cluster.profile import options
from intonation.book.dependencies import ROOT, Run
from intonation.book.receipts import harmed
from intonation.errors import INTERRUPTED, IntonationError, exit_code
from intonation.parameters import PROFILES

SUMMARY = __doc__.splitlines()[0]


class BusyError(IntonationError):
    """A run folder that another process is working in."""


def make_book(
    run: Run,
    out: Path,
    jobs: int | None,
    *,
    cluster: str = "",
    shards: int = 0,
    only_tell: bool = False,
    goals: Sequence[str] = (),
) -> int:
    """Execute what is out of date and build the site; returns 1 where Snakemake failed.

    jobs: cores of this machine, or jobs of the cluster at a time; None for all, or as it says.
    cluster: a profile of Snakemake's, see `intonation.book.cluster.profile`; "" for this machine.
    shards: jobs that preparation and explanation are cut into; 0 leaves them to their chapters.
    goals: digests, below `out`, of the only results that are wanted, with all that they need.
    Raises BusyError, ParameterError. KeyboardInterrupt ends the chapters too.
    """
    where = _where(cluster, jobs)
    out.mkdir(parents=True, exist_ok=True)
    with _alone_in(out) as lock:
        command = [sys.executable, "-m", "intonation.book.progress", *goals, *where]
        command += [*_options(run, out, shards), *(["--summary"] if only_tell else [])]
        return _call(command, _environment(out), lock)


def _where(cluster: str, jobs: int | None) -> list[str]:
    """Options of Snakemake's for this machine, or for a cluster. Raises ParameterError."""
    if cluster:
        return options(cluster, jobs)
    return ["--cores", str(max(1, jobs or os.cpu_count() or 1)), "--latency-wait", "0"]


def _options(run: Run, out: Path, shards: int) -> list[str]:
    config = {"source": run.source, "profile": run.profile, "set": list(run.assignments)}
    config |= {"shards": shards} if shards else {}
    forced = harmed(out)
    return [
        *("--snakefile", str(ROOT / "Snakefile"), "--directory", str(out)),
        *("--nolock", "--rerun-incomplete"),  # see _alone_in: that lock ends with its owner
        *("--scheduler", "greedy"),
        *("--config", *(f"{name}={json.dumps(value)}" for name, value in config.items())),
        *(["--forcerun", *forced] if forced else []),
    ]


def _environment(out: Path) -> dict[str, str]:
    """Nothing is written outside of the run folder, not even Snakemake's cache of sources."""
    return {**os.environ, "XDG_CACHE_HOME": str(out / ".snakemake" / "cache")}


@contextlib.contextmanager
def _alone_in(out: Path) -> Iterator[int]:
    """Hold the run folder's lock, which is free again once all who have it open have ended."""
    path = out / ".snakemake" / "book.lock"
    path.parent.mkdir(exist_ok=True)
    with path.open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise BusyError(
                f"another process makes the book in {out}; wait for it, or give another OUT="
            ) from None
        yield lock.fileno()


def _call(command: list[str], environment: dict[str, str], lock: int) -> int:
    """Run Snakemake in a process group of its own, which ends when its standard input does."""
    child = subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        env=environment,
        cwd=ROOT,
        pass_fds=[lock],
        start_new_session=True,
    )
    try:
        return int(child.wait() != 0)
    finally:
        child.stdin.close()
        child.wait()


def _arguments(given: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m intonation.book", description=SUMMARY)
    parser.add_argument("--corpus", default="", help="recordings; default: a synthetic voice")
    parser.add_argument("--out", default="build/default", help="run folder (%(default)s)")
    parser.add_argument("--profile", default="default", help=f"one of {', '.join(PROFILES)}")
    parser.add_argument("--jobs", type=int, help="processes (all cores), or jobs of the cluster")
    parser.add_argument("--cluster", default="", help="slurm, or a folder with Snakemake's profile")
    parser.add_argument("--shards", type=int, default=0, help="of preparation and explanation")
    parser.add_argument(
        "--set", nargs="*", default=[], metavar="NAME=VALUE", help="see intonation/parameters.py"
    )
    parser.add_argument("--summary", action="store_true", help="only tell what is up to date")
    return parser.parse_args(given)


def main(arguments: list[str] | None = None) -> int:
    """Command line of `make book`; 1 after an error, 130 after an interrupt."""
    given = _arguments(arguments)
    out = Path(given.out).resolve()
    source = str(Path(given.corpus).resolve()) if given.corpus else ""

    def work() -> int:
        run = Run(source, given.profile, tuple(given.set))
        where = {"cluster": given.cluster, "shards": given.shards}
        return make_book(run, out, given.jobs, only_tell=given.summary, **where)

    code = exit_code(work)
    if code == INTERRUPTED:
        print("interrupted; run the same command again to continue", file=sys.stderr)
    elif not (code or given.summary):
        print(f"read the book: {out / 'site' / 'html' / 'index.html'}")
    return code


if __name__ == "__main__":
    # a shell has its background jobs ignore SIGINT, and what they start would inherit that
    for ending in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(ending, signal.default_int_handler)
    sys.exit(main())
