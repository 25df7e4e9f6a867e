"""On which machine chapters are executed: profiles, and AWS Batch as far as a stand-in shows it."""

import json
import os
import subprocess
import sys

import botocore.session
import pytest
from book_copy import remark
from botocore.validate import ParamValidator

from intonation.book.__main__ import main
from intonation.book.dependencies import LAST, ROOT

pytestmark = pytest.mark.processes


def profile(folder, text):
    (folder / "config.yaml").write_text(text)
    return str(folder)


def test_a_profile_is_found_by_name_or_path_and_what_it_lacks_is_one_line(tmp_path, capsys):
    def told(cluster):
        assert main(["--out", str(tmp_path / "out"), "--cluster", cluster]) == 1
        (line,) = capsys.readouterr().err.splitlines()
        return line

    line = told("slrm")
    assert line.startswith("error: cluster 'slrm' is no profile; give one of ")
    assert "slurm" in line
    assert "names no executor" in told(profile(tmp_path, "jobs: 3"))
    assert "is no YAML" in told(profile(tmp_path, "a: [b"))
    line = told(profile(tmp_path, "executor: no-such-cluster"))
    assert "needs snakemake-executor-plugin-no-such-cluster; pip install" in line
    assert not (tmp_path / "out").exists()


def test_a_profile_says_where_and_with_how_much(book, tmp_path):
    remark(book.root / "notebooks" / "03_training.py")
    remark(book.root / "notebooks" / "04_predictions.py")
    given = profile(tmp_path, "executor: local\ncores: 4\nset-threads:\n  training: 4\n")
    book.make("--cluster", given)
    values = book.take_values()
    assert values["semitones/03_training"]["cpu_count"] == 4


# --- AWS Batch ------------------------------------------------------------------------------------

SUBMIT = ROOT / "profiles" / "aws_batch" / "submit.sh"
REQUEST = (
    botocore.session.get_session().get_service_model("batch").operation_model("SubmitJob")
).input_shape
AWS = """#!{python}
import json, subprocess, sys, uuid
from pathlib import Path

def option(name):
    return sys.argv[sys.argv.index(name) + 1]

folder = Path({folder!r})
if "submit-job" in sys.argv:
    request, job = json.loads(option("--cli-input-json")), uuid.uuid4().hex
    with (folder / "requests.txt").open("a") as file:
        file.write(json.dumps(request) + "\\n")
    command = request["containerOverrides"]["command"]
    failed = subprocess.run(command, capture_output=True).returncode
    (folder / job).write_text("FAILED" if failed else "SUCCEEDED")
    print(job)
elif "describe-jobs" in sys.argv:
    print((folder / option("--jobs")).read_text())
"""


@pytest.fixture
def aws(tmp_path, monkeypatch):
    """A command that takes what AWS Batch would take, and does it at once; where it notes that."""
    folder = tmp_path / "aws"
    folder.mkdir()
    command = folder / "aws"
    command.write_text(AWS.format(python=sys.executable, folder=str(folder)))
    command.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")
    monkeypatch.setenv("INTONATION_QUEUE", "queue")
    monkeypatch.setenv("INTONATION_JOB", "intonation:3")
    return folder


def requests(aws):
    """What was asked of AWS Batch, each of it valid."""
    found = [json.loads(line) for line in (aws / "requests.txt").read_text().splitlines()]
    for request in found:
        assert not ParamValidator().validate(request, REQUEST).has_errors(), request
    (aws / "requests.txt").unlink()
    return found


@pytest.mark.parametrize("gpu", [0, 1])
def test_a_request_asks_for_what_the_job_needs(aws, tmp_path, gpu):
    resources = {"mem_mb": 16000, "runtime": 1440, "tmpdir": "<TBD>", **({"gpu": 1} if gpu else {})}
    tricky = json.dumps({"threads": 7, "mem_mb": 1})
    properties = {"params": {"values": tricky}, "threads": 4, "resources": resources}
    script = tmp_path / "job.sh"
    script.write_text(f"#!/bin/sh\n# properties = {json.dumps(properties)}\ntrue\n")
    subprocess.run([SUBMIT, script], check=True, capture_output=True)
    (request,) = requests(aws)
    asked = {
        one["type"]: one["value"] for one in request["containerOverrides"]["resourceRequirements"]
    }
    assert asked == {"VCPU": "4", "MEMORY": "16000", **({"GPU": "1"} if gpu else {})}
    assert request["timeout"] == {"attemptDurationSeconds": 86400}
    assert (request["jobQueue"], request["jobDefinition"]) == ("queue", "intonation:3")


def test_the_queue_must_be_named(tmp_path, monkeypatch):
    monkeypatch.delenv("INTONATION_QUEUE", raising=False)
    done = subprocess.run([SUBMIT, tmp_path / "job.sh"], capture_output=True, text=True)
    assert done.returncode and "INTONATION_QUEUE: name the job queue" in done.stderr


def test_chapters_are_submitted_followed_and_their_errors_told(book, aws):
    with (book.root / "profiles" / "aws_batch" / "config.yaml").open("a") as given:
        given.write("seconds-between-status-checks: 1\n")  # what answers here is quick
    remark(book.root / "notebooks" / "12_study.py")
    book.order("12_study", fail="KeyError: 'what is missing'")
    told = book.make("--cluster", "aws_batch", code=1)
    assert "error: chapter 12_study failed" in told and "KeyError: 'what is missing'" in told
    assert len(requests(aws)) == 1
    book.order()
    book.take()
    book.make("--cluster", "aws_batch")
    chapters = book.take()
    assert chapters == ["12_study", LAST]
    assert len(requests(aws)) == len(chapters) + 3, "and the record, the site and the crate"
