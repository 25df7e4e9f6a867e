"""A SageMaker job without SageMaker: the folders that it would find, and the command it would run.

Its corpus is an HTS-demo tree of a dozen short sentences whose F0 follows stress and tone.
"""

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from builders import TICKS, make_labels

from intonation.book.cloud.places import Places
from intonation.book.dependencies import ROOT
from intonation.corpus.f0 import write_lf0
from intonation.labels.full_context import write_labels
from intonation.polish import write_question_set

WORDS = ("'ta.no", "ku.'me", "'li", "pa.'te.lo", "no.^ku")
# so many epochs that a fast machine is not done before it is interrupted
SMALL = {"profile": "smoke", "epochs": 400, "hidden_size": 8, "num_layers": 2, "dropout": 0.1}
SMALL |= {
    "batch_size": 4,
    "dataset_size_limit": "false",
    "cpu_count": 1,
    "gpu_count": 0,
    "patience": 400,
}


def write_tree(folder: Path, utterances: int = 12) -> None:
    """An HTS-demo tree without recordings."""
    data = folder / "data"
    write_question_set(data / "questions" / "questions_qst001.hed")
    for number in range(utterances):
        words = [WORDS[(number + k * (1 + number // 5)) % 5] for k in range(2 + number % 3)]
        tone = ("L-L%", "H-H%")[number % 2]
        labels = make_labels([(tone, f"| {' '.join(words)} |")], 12)
        write_labels(data / "labels" / "full" / f"u{number}.lab", labels)
        frames = int(labels.ends[-1] // TICKS)
        rising = np.linspace(0, 30 if number % 2 else -30, frames)
        voiced = np.repeat(labels.fields("p3") != "pau", 12)
        write_lf0(data / "lf0" / f"u{number}.lf0", np.where(voiced, 120 + rising, 0))
        text = data / "txt" / f"u{number}.txt"
        text.parent.mkdir(parents=True, exist_ok=True)
        text.write_text(" ".join(words).replace("'", "").replace("^", "").replace(".", ""))


def ask(places: Places, **hyperparameters: object) -> None:
    """Write hyperparameters as SageMaker does: strings."""
    places.hyperparameters.parent.mkdir(parents=True, exist_ok=True)
    asked = {name: str(value) for name, value in hyperparameters.items()}
    places.hyperparameters.write_text(json.dumps(asked))


@dataclass(frozen=True)
class Ended:
    """What a job left on its way out."""

    code: int
    printed: str
    told: str


def start(places: Places, module: str = "train", *more: str) -> subprocess.Popen:
    """Begin a job."""
    command = [sys.executable, "-m", f"intonation.book.cloud.{module}", "--root"]
    pipe, environment = subprocess.PIPE, os.environ | {"OMP_NUM_THREADS": "1"}
    return subprocess.Popen(
        [*command, str(places.root), *more],
        cwd=ROOT,
        env=environment,
        stdout=pipe,
        stderr=pipe,
        text=True,
    )


def end(process: subprocess.Popen) -> Ended:
    """Wait for a job."""
    printed, told = process.communicate(timeout=600)
    return Ended(process.returncode, printed, told)


def interrupt(process: subprocess.Popen, places: Places) -> Ended:
    """As a spot machine is taken away, only that two minutes are a second here."""
    process.send_signal(signal.SIGTERM)
    time.sleep(1)
    process.kill()
    ended = end(process)
    wait_for(lambda: not _left_of(places), 60)
    return ended


def wait_for(condition, seconds: float = 300) -> None:
    """Until the condition holds; fails where it does not come about."""
    last = time.time() + seconds
    while not condition():
        assert time.time() < last, "it did not come about"
        time.sleep(0.02)


def _left_of(places: Places) -> list[str]:
    """Processes that name the job's folder and are still there."""
    found = []
    for entry in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            found += [entry.parent.name] if str(places.root) in entry.read_text() else []
        except OSError:  # it has just ended
            continue
    return found
