"""Kills the service while it starts and while it answers, and compares what it says after that."""

import contextlib
import os
import signal
import threading
import time
from pathlib import Path
from unittest import mock

import httpx
import numpy as np
from builders import labels_of
from kill_attempts import MARK, Row, leftovers
from live_service import LiveService, spoken

from intonation import load_model, read_questions
from intonation.book.service.settings import MEDIAN_HZ
from intonation.model.prediction import predict_hz

LABELS = labels_of([1_000_000, 2_200_000, 3_000_000, 4_040_000])
LAB = "".join(
    f"{start} {end} {text}\n"
    for start, end, text in zip(LABELS.starts, LABELS.ends, LABELS.texts, strict=True)
)
CLIENTS, LOCK = 3, threading.Lock()


def expected_hz(model: Path) -> np.ndarray:
    """What the library predicts, float [frames], 0 where unvoiced."""
    utterance = spoken(LABELS, read_questions(model / "questions.hed"), MEDIAN_HZ)
    return np.where(utterance.voiced, predict_hz(load_model(model), utterance), 0)


def kill_service(model: Path, folder: Path, kills: int, random: np.random.Generator) -> Row:
    """Kill a service so many times in all: by turns under requests and while it starts.

    What is compared is answers, of each service that came up; at the end one is left in peace.
    """
    row, before, f0_hz = Row(), _contents(model), expected_hz(model)
    start_s = 0.0
    with mock.patch.dict(os.environ, {MARK: str(folder)}):
        for number in range(kills + 1):
            row.resumed, began = row.resumed + (number > 0), time.monotonic()
            live = LiveService(model, folder)
            if number % 2 and number < kills:
                time.sleep(random.uniform(0, start_s))
            else:
                live.ready()
                start_s = time.monotonic() - began
                _ask(live, f0_hz, row, random.uniform(0.2, 1) if number < kills else 0)
            live.stop(signal.SIGKILL)
            row.kills += number < kills
            row.faults += leftovers(str(folder))
            row.faults += ["model: altered"] if _contents(model) != before else []
    return row


def _ask(live: LiveService, f0_hz: np.ndarray, row: Row, seconds: float) -> None:
    """Compare an answer; then let clients ask for so long, and kill the service under them."""
    _compare(live.post(LAB), f0_hz, row)
    clients = [threading.Thread(target=_ask_on, args=(live, f0_hz, row)) for _ in range(CLIENTS)]
    for client in clients if seconds else ():
        client.start()
    time.sleep(seconds)
    assert live.process.poll() is None, live.log
    live.process.kill()
    for client in clients if seconds else ():
        client.join()


def _ask_on(live: LiveService, f0_hz: np.ndarray, row: Row) -> None:
    """Ask until the service is gone."""
    with contextlib.suppress(httpx.TransportError):
        while True:
            _compare(live.post(LAB), f0_hz, row)


def _compare(found: httpx.Response, f0_hz: np.ndarray, row: Row) -> None:
    with LOCK:
        row.compared += 1
        row.identical += found.status_code == 200 and _same(found.json()["f0_hz"], f0_hz)


def _same(found: list[float], f0_hz: np.ndarray) -> bool:
    """Equal as far as JSON tells float32."""
    return len(found) == len(f0_hz) and np.allclose(found, f0_hz, 1e-5, 1e-5)


def _contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}
