"""How a stage is started in a process of its own, killed, started again and compared."""

import contextlib
import os
import re
import signal
import subprocess
import sys
import time
import traceback
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import BinaryIO

import numpy as np
from kill_stages import Stage

MARK = "INTONATION_KILLED_STAGE"  # in the environment of all processes of an attempt
IN_A_ROW = 5
DISK = 32 * 2**20  # bytes, ten times what a stage writes
WAIT_S = 300  # for a slow machine


@dataclass
class Row:
    """What came of a stage: kills, attempts that found something of the one before, endings that
    were compared, and those of them that were as they should be.

    faults: files that are half-written, or other than they should be; processes left over.
    """

    kills: int = 0
    resumed: int = 0
    compared: int = 0
    identical: int = 0
    faults: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        counts = f"{self.kills:6}{self.resumed:9}{self.compared:10}{self.identical:11}"
        return f"{counts}  {'; '.join(self.faults) or 'none'}"


class Attempt:
    """A stage in a process of its own, with a session of its own."""

    def __init__(self, stage: Stage, folder: Path) -> None:
        self.printed = folder.parent.parent / f"{folder.parent.name}_{folder.name}.txt"
        self.began = time.monotonic()
        self.pid = os.fork()
        if self.pid == 0:
            self._work(stage, folder)

    def _work(self, stage: Stage, folder: Path) -> None:
        """In the child, which never returns."""
        code = 70
        try:
            os.setsid()
            with self.printed.open("w") as printed:
                os.dup2(printed.fileno(), 1)
                os.dup2(printed.fileno(), 2)
            os.environ[MARK] = str(folder)
            sys.modules["__main__"] = ModuleType("__main__")  # or its processes would import this
            code = stage.work(folder)
        except BaseException:
            traceback.print_exc()
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(code)

    def wait(self, seconds: float = WAIT_S) -> int | None:
        """The exit code; None where it has not ended by then."""
        while True:
            ended, status = os.waitpid(self.pid, os.WNOHANG)
            if ended:
                return os.waitstatus_to_exitcode(status)
            if time.monotonic() > self.began + seconds:
                return None
            time.sleep(0.002)

    def kill(self) -> None:
        """SIGKILL to the group."""
        os.killpg(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)


def left_of(mark: str) -> list[str]:
    """Command lines of processes that carry the mark and are still there."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):  # it has just ended
            if f"{MARK}={mark}\0" in (entry / "environ").read_bytes().decode(errors="replace"):
                found.append((entry / "cmdline").read_text().replace("\0", " ")[:80])
    return found


def leftovers(mark: str, seconds: float = 30) -> list[str]:
    """The same, of those that have not ended by themselves by then."""
    end = time.monotonic() + seconds
    while (found := left_of(mark)) and time.monotonic() < end:
        time.sleep(0.02)
    return [f"left: {one}" for one in found]


@dataclass(frozen=True)
class Alone:
    """A run that nobody killed: what it wrote, and when it wrote first and ended, in seconds."""

    contents: dict[str, bytes]
    first_s: float
    end_s: float


def left_alone(stage: Stage, folder: Path) -> Alone:
    """Let a stage end in peace."""
    attempt, first_s = Attempt(stage, folder), 0.0
    while (code := attempt.wait(time.monotonic() - attempt.began)) is None:
        if not first_s and folder.is_dir() and stage.named(folder):
            first_s = time.monotonic() - attempt.began
    assert code == 0, attempt.printed.read_text()
    return Alone(stage.contents(folder), first_s, time.monotonic() - attempt.began)


def kill_stage(
    stage: Stage, alone: Alone, place: Path, kills: int, random: np.random.Generator
) -> Row:
    """Kill a stage so many times in all, in one folder after the other."""
    row, number = Row(), 0
    while row.kills < kills:
        number += 1
        folder, in_a_row = place / f"run{number}", row.kills + random.integers(1, IN_A_ROW + 1)
        while row.kills < min(in_a_row, kills):
            moment_s = random.uniform(0.7 * alone.first_s, alone.end_s)
            row.resumed += folder.is_dir()
            attempt = Attempt(stage, folder)
            if attempt.wait(moment_s) is not None:
                break
            attempt.kill()
            row.kills += 1
            row.faults += leftovers(str(folder)) + stage.half_written(folder, alone.contents)
        row.resumed += folder.is_dir()
        _end_and_compare(stage, folder, alone, row)
    return row


def fill_disk(stage: Stage, disk: Path, alone: Alone, moment_s: float) -> tuple[str, list[str]]:
    """Let a stage work on a disk that is full from a moment on, then make room and let it go on.

    Returns what it said and what is not as it should be.
    """
    folder, ballast = disk / "run", disk / "ballast"
    attempt = Attempt(stage, folder)
    code = attempt.wait(moment_s)
    with ballast.open("wb", buffering=0) as file:
        while code is None:
            _fill(file)
            code = attempt.wait(0)
    told = [line for line in re.split("[\r\n]", attempt.printed.read_text()) if "error: " in line]
    row = Row(faults=leftovers(str(folder)) + stage.half_written(folder, alone.contents))
    if code != 1 or len(told) != 1 or "Traceback" in attempt.printed.read_text():
        row.faults.append(f"exit code {code}, said {attempt.printed.read_text()}")
    ballast.unlink()
    _end_and_compare(stage, folder, alone, row)
    return " ".join(told), row.faults


def _fill(file: BinaryIO) -> None:
    for size in (1 << 20, 1 << 12):
        with contextlib.suppress(OSError):
            while True:
                file.write(bytes(size))


class NoDiskError(Exception):
    """No small disk can be had here."""


@contextlib.contextmanager
def small_disk(folder: Path) -> Iterator[Path]:
    """A file system of its own at a new folder; raises NoDiskError where none can be mounted."""
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={DISK}", "tmpfs", str(folder)]
    if os.geteuid() or subprocess.run(mount, capture_output=True).returncode:
        raise NoDiskError("no file system can be mounted here; it takes root")
    try:
        yield folder
    finally:
        subprocess.run(["umount", str(folder)], check=True)


def _end_and_compare(stage: Stage, folder: Path, alone: Alone, row: Row) -> None:
    attempt = Attempt(stage, folder)
    code = attempt.wait()
    assert code == 0, f"exit code {code}\n{attempt.printed.read_text()}"
    found = stage.contents(folder)
    row.compared += 1
    row.identical += found == alone.contents
    for name in sorted(found.keys() | alone.contents.keys()):
        row.faults += [f"other: {name}"] if found.get(name) != alone.contents.get(name) else []
