"""Processes that compute, a fixed number of them, and who may wait for one.

Pebble's pools end a computation that takes too long by ending its process, and start another one.
No more is handed to a pool than it has processes: who waits, waits here, and can leave.
"""

from __future__ import annotations

import asyncio
import logging
import multiprocessing
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import Future
from concurrent.futures.process import BrokenProcessPool
from contextlib import asynccontextmanager, contextmanager
from dataclasses import replace
from importlib import import_module
from typing import Any

from pebble import ProcessExpired, ProcessPool

from intonation.book.service.answers import Answer
from intonation.book.service.received import Task
from intonation.book.service.refusals import Refused
from intonation.book.service.settings import Limits, Source
from intonation.errors import ModelError

LOADING, READY, BROKEN = "loading", "ready", "broken"
ANSWERING = "intonation.book.service.answering"
LOG = logging.getLogger("intonation.service")
AGAIN_S = 1  # when to come again, told to who finds no place
LOAD_S = 300.0  # at most, from a slow disk


class Vanished(Exception):
    """A client that is gone: nobody waits for the answer."""


def in_process(name: str, *arguments: Any) -> Any:
    """Call a function of `answering`, by name: the process that listens never loads the network."""
    return getattr(import_module(ANSWERING), name)(*arguments)


class Pool:
    """A fixed number of processes.

    calls: after how many each is replaced, 0 for never. first: name and arguments of what each
    calls before all else.
    """

    def __init__(self, size: int, *, calls: int = 0, first: tuple = ()) -> None:
        self._settings = (size, calls, in_process if first else None, first)
        self._free = asyncio.Semaphore(size)
        self._pool = self._new()

    def _new(self) -> ProcessPool:
        context = multiprocessing.get_context("forkserver")
        context.set_forkserver_preload([ANSWERING])
        return ProcessPool(*self._settings, context)

    async def start(self) -> None:
        """Start the processes, which takes seconds until the first has loaded its libraries."""
        await asyncio.to_thread(lambda: self._pool.active)

    async def call(self, seconds: float, gone: asyncio.Future, name: str, *arguments: Any) -> Any:
        """What a function of `answering` returns in one of the processes.

        gone: done as soon as nobody waits for it any more. Raises Vanished then, TimeoutError
        after so many seconds of computing, BrokenProcessPool or ProcessExpired where the process
        died, and whatever the function raises.
        """
        await _unless(gone, asyncio.ensure_future(self._free.acquire()), self._free.release)
        try:
            computing = asyncio.wrap_future(self._schedule(seconds, name, arguments))
        except BaseException:
            self._free.release()
            raise
        computing.add_done_callback(self._finished)
        await asyncio.wait({computing, gone}, return_when=asyncio.FIRST_COMPLETED)
        if not computing.done():
            raise Vanished  # the process finishes for nobody, within its time, and is free then
        return computing.result()

    def _schedule(self, seconds: float, name: str, arguments: tuple) -> Future:
        if not self._pool.active:  # a process died while it had nothing to do
            broken, self._pool = self._pool, self._new()
            asyncio.get_running_loop().run_in_executor(None, broken.join)  # ends the others
        return self._pool.schedule(in_process, (name, *arguments), timeout=seconds)

    def _finished(self, computing: asyncio.Future) -> None:
        self._free.release()
        if not computing.cancelled():
            computing.exception()  # seen, even if nobody waits for it

    def close(self) -> None:
        """End all processes; what they compute is lost."""
        self._pool.stop()
        self._pool.join()


async def _unless(gone: asyncio.Future, wanted: asyncio.Future, undo: Callable[[], None]) -> None:
    """Wait for what is wanted; raises Vanished, and undoes it, where the client goes first."""
    try:
        await asyncio.wait({wanted, gone}, return_when=asyncio.FIRST_COMPLETED)
        if gone.done():
            raise Vanished
    except BaseException:
        if not wanted.cancel() and not wanted.cancelled():
            undo()
        raise


class Workers:
    """A loaded model in a fixed number of processes, and the synthetic voice in another.

    state: LOADING, READY or BROKEN.
    """

    def __init__(self, source: Source, limits: Limits) -> None:
        self.source, self.limits, self.state = source, limits, LOADING
        self._admitted = 0
        self._models = Pool(limits.workers, first=("load", source, limits))
        # the voice carries state from one sentence to the next, so each gets a fresh process
        self._voice = Pool(1, calls=1)

    async def start(self) -> None:
        """Load the model and let it check itself; afterwards the state is READY or BROKEN."""
        forever: asyncio.Future = asyncio.get_running_loop().create_future()
        try:
            await self._models.start()
            await self._voice.start()
            await self._models.call(LOAD_S, forever, "check")
        except Exception as error:
            self._break(error)
        else:
            self.state = READY
            LOG.info("ready: %s, questions %s", self.source.model, self.source.questions)

    def _break(self, error: Exception) -> None:
        self.state = BROKEN
        LOG.error("the model cannot answer: %s: %s", type(error).__name__, error)

    @contextmanager
    def admitted(self) -> Iterator[None]:
        """A place among those in work or waiting.

        Raises Refused (503) where the model is not ready or there is no place.
        """
        if self.state != READY:
            wait_s = AGAIN_S if self.state == LOADING else None
            raise Refused(503, f"the model is {self.state}; see GET /ping", wait_s=wait_s)
        if self._admitted >= self.limits.admitted:
            raise Refused(
                503, f"{self._admitted} requests are in work; come again later", wait_s=AGAIN_S
            )
        self._admitted += 1
        try:
            yield
        finally:
            self._admitted -= 1

    async def answer(self, task: Task, accept: str, gone: asyncio.Future) -> Answer:
        """The answer to a task; raises Refused, or Vanished once `gone` is done."""
        if task.must_be_spoken:
            labels = await self._call(self._voice, gone, "speak", task.text)
            task = replace(task, labels=labels)
        return await self._call(self._models, gone, "answer", task, accept)

    async def _call(self, pool: Pool, gone: asyncio.Future, name: str, *arguments: Any) -> Any:
        seconds = self.limits.compute_s
        try:
            return await pool.call(seconds, gone, name, *arguments)
        except TimeoutError:
            raise Refused(
                504, f"the answer was not ready after {seconds:g} s of computing; send less at once"
            ) from None
        except BrokenProcessPool:
            raise Refused(503, "the computing process ended; send again", wait_s=AGAIN_S) from None
        except ProcessExpired:
            raise Refused(
                500, "the computing process ended, maybe for want of memory; send less at once"
            ) from None
        except ModelError as error:
            self._break(error)
            raise Refused(503, "the model is broken; see GET /ping") from None

    async def close(self) -> None:
        """End all processes."""
        for pool in (self._models, self._voice):
            await asyncio.to_thread(pool.close)


@asynccontextmanager
async def running(workers: Workers) -> AsyncIterator[None]:
    """Workers that load in the background, and are ended at last."""
    loading = asyncio.create_task(workers.start())
    try:
        yield
    finally:
        loading.cancel()
        await workers.close()
