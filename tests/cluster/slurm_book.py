"""The smallest book by a SLURM of one node, which is installed, started and stopped here.

    make test-cluster

Is no part of `make test`: it wants to be root, and some minutes pass in SLURM's queue.
"""

import contextlib
import os
import re
import shutil
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from intonation.book.cluster.shard import PASSES
from intonation.book.dependencies import ROOT, chapters
from intonation.parameters import TARGETS

SCRIPT = ROOT / "tests" / "cluster" / "slurm.sh"
SHARDS = 2
PREPARED = SHARDS * len(PASSES) - (SHARDS - 1)  # one shard learns for all
EXPLAINED = SHARDS * len(TARGETS)
STEPS = ("run_record", *("card" for _ in TARGETS), "site", "crate")
PACKAGES, FOREIGN = ("slurm-wlm", "munge"), 3
SAME_ROUNDING = {"OMP_NUM_THREADS": "1", "OMP_WAIT_POLICY": "PASSIVE"}
# what a job asks for: its rule, cores, memory, minutes
ASKED = re.compile(r"rule_(\S+?)(?:_wildcards_\S*)? (\d+) (\S+) (\S+)")
COPIED = ("Makefile", "Snakefile", "_config.yml", "_toc.yml", "intonation", "notebooks", "book")


def install():
    """SLURM and munge from Debian's packages, unless they are there."""
    if all(map(shutil.which, ("slurmctld", "slurmd", "munged", "sbatch"))):
        return
    if not shutil.which("apt-get"):
        pytest.skip("SLURM is not installed, and there is no apt-get to install it")
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    command = ["apt-get", "install", "--yes", "--no-install-recommends", *PACKAGES]
    for call in (["apt-get", "update", "-qq"], command):
        done = subprocess.run(call, env=environment, capture_output=True, text=True)
        if done.returncode:
            pytest.skip(f"{' '.join(PACKAGES)} cannot be installed: {done.stderr[-300:]}")


@pytest.fixture(scope="module")
def slurm(tmp_path_factory):
    """A SLURM that takes jobs; what is gone afterwards is all that was started."""
    if os.geteuid() != 0:
        pytest.skip("starting a SLURM needs root")
    install()
    state = tmp_path_factory.mktemp("slurm")
    call = [str(SCRIPT), "start", str(state)]
    # daemons keep what they inherit open: no pipes, for which one would wait
    with (state / "start.txt").open("w") as told:
        code = subprocess.run(call, stdout=told, stderr=told).returncode
    if code == FOREIGN:
        pytest.skip((state / "start.txt").read_text())
    try:
        assert code == 0, (state / "start.txt").read_text()
        yield state
    finally:
        subprocess.run([str(SCRIPT), "stop", str(state)], check=True)
    assert not Path("/etc/slurm/slurm.conf").exists()
    for daemon in ("slurmctld", "slurmd"):
        assert subprocess.run(["pgrep", "-x", daemon]).returncode == 1, "it was ended"


class Queue:
    """What jobs asked for, by rule, noted while they are in the queue."""

    def __init__(self):
        self.asked, self._over = {}, threading.Event()
        self._thread = threading.Thread(target=self._watch)

    def _watch(self):
        while not self._over.wait(0.5):
            call = ["squeue", "--noheader", "--format", "%i %k %C %m %l"]
            for line in subprocess.run(call, capture_output=True, text=True).stdout.splitlines():
                job, _, rest = line.partition(" ")
                self.asked[job] = rest

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._over.set()
        self._thread.join()

    def jobs(self, rule):
        """Cores, memory and time of each job of a rule."""
        found = map(ASKED.fullmatch, self.asked.values())
        return [match.groups()[1:] for match in found if match and match[1] == rule]


def make_book(root, out, **variables):
    """`make book` with the Python that executes the test; its return code and all that it told."""
    command = ["make", "-o", ".venv/book.ok", f"BIN={Path(sys.executable).parent}", "book"]
    command += ["PROFILE=smoke", f"OUT={out}", *(f"{k}={v}" for k, v in variables.items())]
    environment = {**os.environ, **SAME_ROUNDING}
    environment.pop("MAKEFLAGS", None)  # of the make that may execute the test
    done = subprocess.run(
        command, cwd=root, env=environment, capture_output=True, text=True, timeout=3000
    )
    return done.returncode, done.stdout + done.stderr


@pytest.fixture(scope="module")
def here(tmp_path_factory):
    """The book made without a cluster."""
    out = tmp_path_factory.mktemp("here") / "out"
    code, told = make_book(ROOT, out, JOBS=2)
    assert code == 0, told
    return out


@pytest.fixture(scope="module")
def made(slurm, tmp_path_factory):
    """The book made by SLURM, what was told, and what the jobs asked for."""
    out, began = tmp_path_factory.mktemp("slurm_book") / "out", time.time()
    with Queue() as queue:
        code, told = make_book(ROOT, out, CLUSTER="slurm", SHARDS=SHARDS)
    assert code == 0, told
    print(f"\n{len(queue.asked)} jobs of SLURM's made the book in {time.time() - began:.0f} s")
    return out, told, queue


def test_every_chapter_and_shard_is_a_job_of_slurms(slurm, made):
    out, told, queue = made
    assert (out / "site" / "html" / "index.html").is_file()
    assert f"read the book: {out}/site/html/index.html" in told
    finished = (slurm / "jobs.txt").read_text().splitlines()
    assert finished and all("JobState=COMPLETED" in line for line in finished)
    assert len(finished) == len(chapters()) + PREPARED + EXPLAINED + len(STEPS)
    assert len(queue.jobs("prepare_shard")) == PREPARED
    assert len(queue.jobs("explain_shard")) == EXPLAINED
    for line in sorted(set(queue.asked.values())):
        print(line)


def test_jobs_ask_for_what_the_profile_says(made):
    _, _, queue = made
    assert queue.jobs("training") == [("1", "16000M", "1-00:00:00")] * len(TARGETS)
    assert queue.jobs("prepare_shard") == [("1", "2000M", "2:00:00")] * PREPARED
    assert queue.jobs("rule") == [("1", "4000M", "2:00:00")]


def tables(out):
    return {path.relative_to(out): path.read_bytes() for path in out.rglob("*.csv")}


def test_the_cluster_finds_what_one_machine_finds(made, here):
    out, _, _ = made
    expected, found = tables(here), tables(out)
    assert len(expected) > 40 and set(found) == set(expected)
    assert [str(path) for path, content in expected.items() if found[path] != content] == []
    print(f"{len(expected)} tables are the same, byte for byte")
    stored = sorted((here / "results").rglob("relevance/*.npz"))
    assert stored
    for path in stored:
        assert (out / path.relative_to(here)).read_bytes() == path.read_bytes()


def test_made_again_no_job_is_submitted(made):
    out, _, _ = made
    with Queue() as queue:
        code, told = make_book(ROOT, out, CLUSTER="slurm", SHARDS=SHARDS)
    assert code == 0 and queue.asked == {}, told


FAILING = """
# %%
def look_up(table):
    return table["what is missing"]


look_up({})
"""


def test_a_failing_chapter_ends_the_build_with_its_name_and_traceback(made, tmp_path):
    done, root, out = made[0], tmp_path / "root", tmp_path / "out"
    root.mkdir()
    for name in (*COPIED, "profiles"):
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
        copy(ROOT / name, root / name)
    shutil.copytree(done, out)
    with (root / "notebooks" / "10_rule.py").open("a") as notebook:
        notebook.write(FAILING)
    with contextlib.chdir(root), Queue() as queue:
        began = time.time()
        code, told = make_book(root, out, CLUSTER="slurm", SHARDS=SHARDS)
        took = time.time() - began
    print(told)
    assert code and took < 300
    assert [rest.split()[0] for rest in queue.asked.values()] == ["rule_rule"], queue.asked
    assert "error: chapter 10_rule failed" in told
    assert 'return table["what is missing"]' in told and "KeyError: 'what is missing'" in told
    print(f"the build ended after {took:.0f} s")
