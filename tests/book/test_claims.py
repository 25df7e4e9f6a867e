"""The page of claims names chapters, files and tests that are there."""

import re
import subprocess
import sys

import pytest

from intonation.book.dependencies import ROOT, chapters, notebook_path
from intonation.book.verify.__main__ import DEFAULT_RUN
from intonation.book.verify.summary import read_summary

PAGE = (ROOT / "book" / "claims.md").read_text(encoding="utf-8")
ROWS = [
    [cell.strip() for cell in line.strip("|").split("|")]
    for line in PAGE.splitlines()
    if line.startswith("| ") and "{doc}" in line
]
CHAPTER = re.compile(r"\{doc\}`\d+ </notebooks/([\w/]+)>`")
NODE = re.compile(r"`(tests/[\w/]+\.py::test_\w+)`")


def only(pattern, cell):
    (found,) = re.findall(pattern, cell)
    return found


def test_every_chapter_with_results_makes_a_claim():
    claimed = {only(CHAPTER, where).rpartition("/")[2] for _, where, _ in ROWS}
    views = {"13_inspector", "14_quality", "20_run"}  # and reports on recordings and run
    without = {*views, "04_predictions"} - claimed
    assert claimed | without == {key.rpartition("/")[2] for key in chapters()}
    assert len(ROWS) == PAGE.count("{doc}") >= 20


@pytest.mark.parametrize("claim, where, guard", ROWS)
def test_a_claim_is_computed_where_it_says(claim, where, guard):
    key, path = only(CHAPTER, where), only(r"`([\w/]+\.csv)`", where)
    assert key in chapters()
    assert path in read_summary(DEFAULT_RUN).rows, "no file of the default run"
    assert "# ## What was seen" in notebook_path(key).read_text(encoding="utf-8") or key.startswith(
        ("01", "02")
    )
    assert len(claim) < 120


def test_tests_that_guard_claims_are_collected():
    nodes = sorted({only(NODE, guard) for _, _, guard in ROWS})
    command = [sys.executable, "-m", "pytest", "--collect-only", "-q", "-p", "no:cacheprovider"]
    done = subprocess.run([*command, *nodes], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-2000:]
    collected = {line.partition("[")[0] for line in done.stdout.splitlines()}
    assert set(nodes) <= collected
