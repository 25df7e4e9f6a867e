"""What stops the book: wrong requests, failed chapters, a full disk, interrupts, another run."""

import contextlib
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from book_copy import Book, of, remark

from intonation.book.__main__ import main
from intonation.book.progress import reason


@pytest.mark.parametrize(
    "given, message",
    [
        (["--set", "epocs=3"], "parameter 'epocs' is unknown; did you mean epochs?"),
        (["--set", "epochs=0"], "parameter epochs is 0, expected 1 to 10000"),
        (["--set", "epochs=many"], "parameter epochs is 'many', expected int"),
        (["--set", "epochs"], "'epochs' is no assignment; write name=value"),
        (["--profile", "quick"], "profile 'quick' is unknown; expected one of smoke, default"),
        (["--corpus", "/no/where"], "corpus folder /no/where does not exist; give CORPUS="),
    ],
)
def test_a_wrong_request_is_one_line_and_nothing_is_executed(tmp_path, capsys, given, message):
    assert main(["--out", str(tmp_path / "out"), *given]) == 1
    printed = capsys.readouterr()
    assert printed.out == ""
    (line,) = printed.err.splitlines()
    assert line.startswith(f"error: {message}")
    assert not (tmp_path / "out").exists()


def test_snakemake_itself_refuses_an_unknown_parameter(book):
    command = [sys.executable, "-m", "snakemake", "--directory", str(book.out), "--cores", "1"]
    command += ["--nolock", "--config", "set=[epocs=3]"]
    done = subprocess.run(command, cwd=book.root, capture_output=True, text=True)
    assert done.returncode == 1 and "did you mean epochs?" in done.stderr
    assert book.take() == []


def test_a_failed_chapter_stops_the_book_with_its_name_and_the_next_run_continues(book):
    for key in of("04_predictions"):
        remark(book.root / "notebooks" / f"{key.rpartition('/')[2]}.py")
    book.order("log_f0/04_predictions", fail="KeyError: 'what is missing'")
    printed = book.make(code=1)
    assert "error: chapter log_f0/04_predictions failed" in printed
    assert "KeyError: 'what is missing'" in printed
    assert "Traceback" not in printed and "snakemake" not in printed.lower()
    assert set(of("04_predictions")) == set(book.take())
    assert (book.out / "logs" / "log_f0" / "04_predictions.ipynb").exists()
    assert not (book.out / "notebooks" / "log_f0" / "04_predictions.json").exists()
    book.order()
    book.make()
    assert book.take() == ["log_f0/04_predictions", "20_run"]


def test_the_reason_is_what_the_log_ends_with(tmp_path):
    log = tmp_path / "11_truth.log"
    assert reason("11_truth", log) == f"11_truth did not finish; what it printed is in {log}"
    log.write_text("a cell\nerror: it failed\nfor a reason\n")
    assert reason("11_truth", log) == "it failed\nfor a reason"


def test_a_full_disk_is_told_and_the_next_run_continues(book):
    remark(book.root / "notebooks" / "11_truth.py")
    book.order("11_truth", **{"no space": True})
    printed = book.make(code=1)
    assert "No space left on device; free some space or mend the path, then run again" in printed
    assert not [path for path in book.out.rglob("*") if ".part" in path.name]
    book.order()
    book.take()
    book.make()
    assert book.take() == ["11_truth", "20_run"]


def begin(book, name):
    """Start the book and wait until the chapter, which takes long, is being executed."""
    remark(book.root / "notebooks" / f"{name}.py")
    book.order(name, sleep=120)
    command = [sys.executable, "-m", "intonation.book", "--out", str(book.out)]
    command += ["--profile", "smoke", "--jobs", "2"]
    pipe = subprocess.PIPE
    process = subprocess.Popen(
        command,
        cwd=book.root,
        stdout=pipe,
        stderr=pipe,
        text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_IGN),  # as a shell's `&` does
    )
    wait_for(lambda: name in (book.root / "executed.txt").read_text())
    return process


def wait_for(condition, seconds=60):
    end = time.time() + seconds
    while time.time() < end:
        try:
            if condition():
                return
        except OSError:
            pass
        time.sleep(0.05)
    raise AssertionError("it did not come about")


def processes_in(folder):
    """Processes that have the folder's path in their command line."""
    found = []
    for entry in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):  # it has just ended
            found += [entry.parent.name] if str(folder) in entry.read_text() else []
    return found


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_an_interrupt_ends_the_chapters_too_and_the_next_run_continues(book, how):
    process = begin(book, "11_truth")
    process.send_signal(how)
    _, printed = process.communicate(timeout=60)
    if how != signal.SIGKILL:
        assert process.returncode == 130
        assert "interrupted; run the same command again to continue" in printed
    wait_for(lambda: not processes_in(book.out))
    assert not (book.out / "notebooks" / "11_truth.json").exists()
    book.order()
    book.take()
    book.make()
    assert book.take() == ["11_truth", "20_run"]


def test_two_runs_at_once_in_two_folders_but_not_in_one(book, tmp_path):
    process = begin(book, "11_truth")
    assert "another process makes the book in" in book.make(code=1)
    other = Book(book.root, shutil.copytree(book.out, tmp_path / "other"))
    assert other.would_run() == ["11_truth"]
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=60)


def test_the_bar_counts_the_chapters(book):
    remark(book.root / "notebooks" / "11_truth.py")
    command = [sys.executable, "-m", "intonation.book", "--out", str(book.out)]
    command += ["--profile", "smoke", "--jobs", "1"]
    done = subprocess.run(command, cwd=book.root, capture_output=True)
    printed = done.stderr.decode()
    assert re.search(r"0/2 .*11_truth", printed) and re.search(r"100%.* 2/2 ", printed), printed
    assert printed.count("\n") == 1 and printed.endswith("\n"), "one line, drawn over again"
