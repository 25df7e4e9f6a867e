"""A service in a process of its own, on a free port, and what the library says to its questions."""

import asyncio
import re
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from pathlib import Path

import httpx
import numpy as np
import psutil

from intonation.corpus.corpus import Utterance
from intonation.corpus.f0 import frame_count
from intonation.labels.intervals import TICKS_PER_S
from intonation.polish.phones import BY_SYMBOL

ROOT = Path(__file__).resolve().parent.parent
_PORT = re.compile(r"running on http://127\.0\.0\.1:(\d+)")
WAIT_S = 120  # for a slow machine


def run_apart(story):
    """`asyncio.run` in a thread of its own: in this one, a browser's loop may be running."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, story).result()


class LiveService:
    """`python -m intonation.book.service` with a model and options; stopped by `stop`."""

    def __init__(self, model, folder, *options):
        command = [sys.executable, "-m", "intonation.book.service", "--model", str(model)]
        self._log = folder / "service.log"
        with self._log.open("w") as log:
            self.process = subprocess.Popen(
                [*command, "--port", "0", *options], cwd=ROOT, stdout=log, stderr=log
            )

    @cached_property
    def port(self):
        return int(self._wait(lambda: _PORT.search(self.log))[1])

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    @property
    def log(self):
        return self._log.read_text()

    def _wait(self, found):
        end = time.monotonic() + WAIT_S
        while time.monotonic() < end and self.process.poll() is None:
            if value := found():
                return value
            time.sleep(0.05)
        raise AssertionError(f"the service did not come up:\n{self.log}")

    def ready(self):
        self._wait(lambda: httpx.get(f"{self.url}/ping").status_code == 200)
        return self

    def post(self, content, content_type="text/plain", accept="application/json", **query):
        headers = {"content-type": content_type, "accept": accept}
        url = f"{self.url}/invocations"
        return httpx.post(url, content=content, headers=headers, params=query, timeout=WAIT_S)

    def children(self):
        """Processes below the service."""
        below = psutil.Process(self.process.pid).children(recursive=True)
        return {process.pid for process in below}

    def stop(self, ending=signal.SIGTERM):
        self.process.send_signal(ending)
        return self.process.wait(WAIT_S)


def spoken(labels, questions, median_hz, voiced=None):
    """The utterance that the library takes for labels; voiced where their Polish phones are."""
    starts, ends = labels.times
    centres = (np.arange(frame_count(int(ends[-1]) / TICKS_PER_S)) + 0.5) * 50_000
    if voiced is None:
        told = [p in BY_SYMBOL and BY_SYMBOL[p].voiced for p in labels.fields("p3")]
        voiced = np.array(told)[np.searchsorted(starts, centres, side="right") - 1]
    f0_hz = np.where(voiced, 100.0, 0.0).astype(np.float32)
    return Utterance("u", "", "", "", labels, questions, f0_hz, median_hz)
