"""Kills the stages of a run at random moments, goes on, and compares with a run left alone.

    python tests/kill.py [--times 50] [--stage preparation training …] [--seed 0]

A stage runs in a process of its own on a tiny corpus, and its whole process group is sent SIGKILL;
that one to five times in a row, then it may end. Every file of it must then be, byte for byte, what
a run left alone wrote; and after each kill, whatever has its final name must be whole. Moments are
drawn from the seed, what happens at them is the machine's. Left out of comparison are the files of
the book that hold times (`kill_stages.BOOK_TIMES`), and temporary files that nobody removed. The
service is compared by its answers, and only the process that listens is killed.
"""

import argparse
import os
import sys
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from tempfile import TemporaryDirectory

os.environ |= {"OMP_NUM_THREADS": "1", "OMP_WAIT_POLICY": "PASSIVE"}  # before numpy is there

import kill_stages
import numpy as np
from book_copy import make_project
from builders import save_small_model
from kill_attempts import Alone, NoDiskError, Row, fill_disk, kill_stage, left_alone, small_disk
from kill_service import kill_service
from kill_stages import Stage

STAGES = ("preparation", "training", "explanation", "serving", "book")
HEAD = f"{'stage':12}{'kills':>6}{'resumed':>9}{'compared':>10}{'identical':>11}  faults"


@dataclass(frozen=True)
class Bench:
    """What all stages work on; place: a folder for everything."""

    place: Path
    seed: int = 0

    def __post_init__(self) -> None:
        for name in STAGES:
            (self.place / name).mkdir()

    @property
    def corpus(self) -> Path:
        return self.place / "preparation" / "alone"

    @cached_property
    def prepared(self) -> Alone:
        return left_alone(kill_stages.preparation(), self.corpus)

    @cached_property
    def model(self) -> Path:
        return save_small_model(self.place / "model")

    @cache  # noqa: B019 (there is one bench)
    def stage(self, name: str) -> tuple[Stage, Alone]:
        """A stage that ends by itself, after all that it reads was made, and what it makes."""
        if name == "preparation":
            return kill_stages.preparation(), self.prepared
        if name == "book":
            stage = kill_stages.making(make_project(self.place / "project"))
        elif self.prepared and name == "training":
            stage = kill_stages.training_of(self.corpus)
        else:
            stage = kill_stages.explanation(self.corpus, self.model)
        return stage, left_alone(stage, self.place / name / "alone")

    def killed(self, name: str, kills: int) -> Row:
        """Kill a stage so many times."""
        folder, random = self.place / name, self.random(name)
        if name == "serving":
            return kill_service(self.model, folder, kills, random)
        return kill_stage(*self.stage(name), folder, kills, random)

    def full(self, name: str) -> tuple[str, list[str]]:
        """Let the disk be full at some moment; what was said, and faults."""
        if name == "serving":
            return "writes no files", []
        stage, alone = self.stage(name)
        moment_s = self.random(name).uniform(alone.first_s, (alone.first_s + alone.end_s) / 2)
        with small_disk(self.place / name / "disk") as disk:
            return fill_disk(stage, disk, alone, moment_s)

    def random(self, name: str) -> np.random.Generator:
        return np.random.default_rng([self.seed, STAGES.index(name)])


def main(arguments: list[str] | None = None) -> int:
    """Print a row for each stage; 1 where something is not as it should be."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--times", type=int, default=50, help="kills in all (%(default)s)")
    parser.add_argument("--stage", nargs="+", choices=STAGES, default=list(STAGES))
    parser.add_argument("--seed", type=int, default=0, help="of the moments (%(default)s)")
    given = parser.parse_args(arguments)
    shares, good = np.array_split(range(given.times), len(given.stage)), True
    print(HEAD, flush=True)  # or every process would print it once more
    with TemporaryDirectory() as place:
        bench = Bench(Path(place), given.seed)
        for name, share in zip(given.stage, shares, strict=True):
            row = bench.killed(name, len(share))
            print(f"{name:12}{row}", flush=True)
            good &= not row.faults and row.identical == row.compared
        print("\nwith a full disk, continued with room", flush=True)
        for name in given.stage:
            try:
                told, faults = bench.full(name)
            except NoDiskError as reason:
                print(f"{name:12}not tried ({reason})", flush=True)
                continue
            print(f"{name:12}{'; '.join(faults) or 'identical'} ({told})", flush=True)
            good &= not faults
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
