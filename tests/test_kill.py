"""Stages that are killed, or whose disk is full: a few of the moments that `kill.py` tries.

Training is killed in `model/test_resume.py`; a full disk for the book is in `book/test_stops.py`.
"""

import os
import subprocess
import sys

import kill_stages
import numpy as np
import pytest
from book_copy import remark
from kill_attempts import Attempt, leftovers
from live_service import ROOT

pytestmark = pytest.mark.processes

KILLED = ("preparation", "explanation", "serving")


@pytest.fixture(scope="module")
def printed():
    """What the script says of three kills of each of these stages, and of full disks."""
    command = [sys.executable, str(ROOT / "tests" / "kill.py"), "--times", "9", "--stage", *KILLED]
    path = os.environ | {"PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, cwd=ROOT, env=path, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.parametrize("stage", KILLED)
def test_a_killed_stage_goes_on_to_the_same_bytes(printed, stage):
    row = next(line.split() for line in printed.splitlines() if line.startswith(stage))
    kills, _, compared, identical = map(int, row[1:5])
    assert kills == 3 and compared == identical > 0 and row[5:] == ["none"]


@pytest.mark.parametrize("stage", KILLED[:2])
def test_a_full_disk_is_one_error_and_nothing_is_lost(printed, stage):
    line = [line for line in printed.splitlines() if line.startswith(stage)][-1]
    if "takes root" in line:
        pytest.skip(line)
    assert line.split()[1] == "identical" and "free some space" in line


def test_a_killed_book_goes_on_to_the_same_bytes(book):
    """Its end is known from before; a chapter that takes long is in work at some of the moments."""
    stage = kill_stages.making(book)
    before = stage.contents(book.out)
    for name in ("10_rule", "11_truth"):
        remark(book.root / "notebooks" / f"{name}.py")
    book.order("11_truth", sleep=120)
    for moment_s in np.random.default_rng(0).uniform(0.5, 6, 3):
        attempt = Attempt(stage, book.out)
        assert attempt.wait(moment_s) is None
        attempt.kill()
        assert leftovers(str(book.out)) == []
        assert stage.half_written(book.out, before) == []
    book.order()
    attempt = Attempt(stage, book.out)
    assert attempt.wait() == 0, attempt.printed.read_text()
    assert stage.contents(book.out) == before
