"""The service under load: times, answers a second, memory, every answer compared with the library.

    python benchmarks/serve.py [--clients 1 10 100] [--seconds 5] [--model DIR] [--explain LEVEL]
    python benchmarks/serve.py --clients 100 --seconds 60          the long run

The service runs in processes of its own with a network of the book's default size and random
weights, or with a trained one; clients, which share the cores with it, send the labels of embedded
sentences in turn, each as soon as it has its last answer. An answer is wrong where its float32
values are not bit for bit those that the library predicts in this process. The library's own time
for the same utterances, one after the other, is measured before and after in the same run.
"""

import argparse
import asyncio
import itertools
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import numpy as np
import psutil
import torch
from torch import nn

from intonation import polish
from intonation.book.service.answering import Engine, speak
from intonation.book.service.received import Task
from intonation.book.service.schema import F0, HTS, JSON, Options
from intonation.book.service.settings import Limits, find_source
from intonation.labels.full_context import write_labels
from intonation.labels.question_set import read_questions
from intonation.model.network import F0Model, ModelConfig, save_model

SENTENCES = 8
PORT = re.compile(r"running on http://127\.0\.0\.1:(\d+)")
WAIT_S = 120.0
HEADINGS = (
    "clients  answers  lost wrong   p50 ms   p95 ms  a second  x alone  MB: start  middle     end"
)


def make_model(folder: Path) -> Path:
    """A network of the default size for the Polish questions, as if trained, and its questions."""
    polish.write_question_set(folder / "questions.hed")
    torch.manual_seed(0)
    names = tuple(read_questions(folder / "questions.hed").names)
    model = F0Model(ModelConfig("semitones", names))
    for module in model.modules():
        if isinstance(module, nn.BatchNorm1d):
            module.running_mean.normal_(0.0, 0.3)
            module.running_var.uniform_(0.5, 2.0)
    save_model(model, folder)
    return folder


def make_bodies(folder: Path) -> list[bytes]:
    """Label files of embedded sentences."""
    bodies = []
    for number, text in enumerate(polish.sentences()[:SENTENCES]):
        write_labels(folder / f"{number}.lab", speak(text))
        bodies.append((folder / f"{number}.lab").read_bytes())
    return bodies


@contextmanager
def serving(model: Path, folder: Path, workers: int) -> Iterator[tuple[str, int]]:
    """Address and process of a service that is ready."""
    command = [sys.executable, "-m", "intonation.book.service", "--model", str(model)]
    with (folder / "log").open("w") as log:
        child = subprocess.Popen(
            [*command, "--port", "0", "--workers", str(workers)], stdout=log, stderr=log
        )
    try:
        yield wait_until_ready(child, folder / "log"), child.pid
    finally:
        child.terminate()
        child.wait()


def wait_until_ready(child: subprocess.Popen, log: Path) -> str:
    """Address of the service, once it answers."""
    end = time.monotonic() + WAIT_S
    while time.monotonic() < end and child.poll() is None:
        found = PORT.search(log.read_text())
        address = f"http://127.0.0.1:{found[1]}" if found else ""
        if address and httpx.get(f"{address}/ping").status_code == 200:
            return address
        time.sleep(0.1)
    raise SystemExit(f"the service did not come up:\n{log.read_text()}")


def memory_mb(root: int) -> float:
    """Of a process and all below it, shared pages shared out (Pss of Linux)."""
    service = psutil.Process(root)
    family = (service, *service.children(recursive=True))
    return sum(process.memory_full_info().pss for process in family) / 2**20


@dataclass
class Seen:
    """What clients saw: ms of each answer, wrong and lost ones, MB of the service now and then.

    seconds: until the last answer.
    """

    ms: list[float] = field(default_factory=list)
    wrong: int = 0
    lost: int = 0
    mb: list[float] = field(default_factory=list)
    seconds: float = 0.0


async def load(
    address: str,
    pid: int,
    clients: int,
    seconds: float,
    cases: list[tuple[bytes, bytes]],
    level: str,
) -> Seen:
    """So many clients at once, for so long."""
    seen, turns, end = Seen(), itertools.count(), time.monotonic() + seconds
    headers = {"content-type": HTS, "accept": JSON if level else F0}
    limits = httpx.Limits(max_connections=clients, max_keepalive_connections=clients)
    options = {"explain": level} if level else {}

    async def one(client: httpx.AsyncClient) -> None:
        while time.monotonic() < end:
            body, expected = cases[next(turns) % len(cases)]
            began = time.perf_counter()
            try:
                found = await client.post(
                    "/invocations", content=body, headers=headers, params=options
                )
            except httpx.HTTPError:
                seen.lost += 1
                continue
            seen.ms.append((time.perf_counter() - began) * 1000)
            seen.lost += found.status_code != 200
            seen.wrong += found.status_code == 200 and found.content != expected

    async def watch() -> None:
        for wait_s in (0.05, 0.45, 0.45):  # not before the processes have computed once
            await asyncio.sleep(seconds * wait_s)
            seen.mb.append(memory_mb(pid))

    began = time.monotonic()
    async with httpx.AsyncClient(base_url=address, limits=limits, timeout=WAIT_S) as client:
        await asyncio.gather(watch(), *(one(client) for _ in range(clients)))
    seen.seconds = time.monotonic() - began
    return seen


def library_ms(engine: Engine, tasks: list[Task], form: str) -> float:
    """Median ms of the library alone, one core."""
    times = []
    for task in tasks * 3:
        began = time.perf_counter()
        engine.answer(task, form)
        times.append((time.perf_counter() - began) * 1000)
    return statistics.median(times)


def tell(clients: int, seen: Seen, alone_ms: float) -> None:
    """One row."""
    p50, p95 = np.percentile(seen.ms, [50, 95])
    rate = len(seen.ms) / seen.seconds
    start, middle, end = seen.mb
    print(
        f"{clients:7} {len(seen.ms):8} {seen.lost:5} {seen.wrong:5} {p50:8.1f} {p95:8.1f} "
        f"{rate:9.1f} {rate * alone_ms / 1000:8.2f}  {start:7.0f} {middle:7.0f} {end:7.0f}",
        flush=True,
    )


def main() -> None:
    """Print one row per number of clients."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--clients", type=int, nargs="+", default=[1, 10, 100])
    parser.add_argument("--seconds", type=float, default=5.0)
    parser.add_argument("--workers", type=int, default=Limits.workers)
    parser.add_argument("--model", type=Path)
    parser.add_argument("--explain", default="", metavar="LEVEL")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        model, bodies = given.model or make_model(folder), make_bodies(folder)
        engine = Engine(find_source(model, None, None), Limits())
        options, form = Options(explain=given.explain or None), JSON if given.explain else F0
        tasks = [Task(options, body) for body in bodies]
        cases = [(task.labels, engine.answer(task, form).body) for task in tasks]
        before = library_ms(engine, tasks, form)
        print(f"the library alone: {before:.1f} ms an utterance, one core; {given.workers} workers")
        print(HEADINGS)
        with serving(model, folder, given.workers) as (address, pid):
            for clients in given.clients:
                run = load(address, pid, clients, given.seconds, cases, given.explain)
                tell(clients, asyncio.run(run), before)
        print(f"the library alone, after it: {library_ms(engine, tasks, form):.1f} ms")


if __name__ == "__main__":
    main()
