"""Work on many recordings, each chunk of them in a process of its own."""

import multiprocessing
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from functools import partial
from math import ceil
from multiprocessing import forkserver
from multiprocessing.context import BaseContext

from tqdm.auto import tqdm

from intonation.errors import CorpusError

# Utterances: a process that begins with nothing, and its helper, cost a third of a second
CHUNK, MOST = 20, 100


def in_fresh_processes(
    work: Callable[[list], None],
    items: list,
    jobs: int,
    title: str,
    *,
    chunk: int = 0,
    again: Callable[[list], None] | None = None,
) -> None:
    """Do `work` on chunks of items, each chunk in a process of its own.

    chunk: items, 0 for as many as are worth a process. again: done on each item of a chunk whose
    process died, by itself, in another process; None where a chunk cannot be divided. Raises
    CorpusError where a process dies and there is nothing else to try.
    """
    chunks = list(chunks_of(items, jobs, chunk))
    with (
        ThreadPoolExecutor(jobs) as waiting,
        tqdm(total=len(items), desc=title, unit="utterance", mininterval=1.0) as bar,
    ):
        done = waiting.map(partial(_in_a_fresh_process, work, again), chunks)
        for some, _ in zip(chunks, done, strict=True):
            bar.update(len(some))


def chunks_of(items: list, jobs: int, chunk: int = 0) -> Iterator[list]:
    """Items in their order, in chunks of so many; unless told, the last chunks are small.

    Each process takes half of its share of what is left (guided self-scheduling
    [Polychronopoulos & Kuck 1987]): few processes begin with nothing, and all end together.
    """
    start = 0
    while left := len(items) - start:
        size = min(left, chunk or min(MOST, max(CHUNK, ceil(left / (2 * jobs)))))
        yield items[start : start + size]
        start += size


def begin_server() -> None:
    """Let the server import what its children need, while this process finds out what is to do."""
    forkserver.set_forkserver_preload(["intonation.corpus.preparing.passes"])
    forkserver.ensure_running()


def _in_a_fresh_process(work: Callable, again: Callable | None, chunk: list) -> None:
    """Do `work` in a child of a server that only imported it."""
    begin_server()
    context = multiprocessing.get_context("forkserver")
    try:
        _in_a_child(work, chunk, context)
    except CorpusError:
        if not again:
            raise
        for item in chunk:
            _in_a_child(again, [item], context)


def _in_a_child(work: Callable, chunk: list, context: BaseContext) -> None:
    """Raises CorpusError where the child dies, for a pool that restarts it would wait for ever."""
    try:
        with ProcessPoolExecutor(1, mp_context=context) as child:
            child.submit(work, chunk).result()
    except (BrokenProcessPool, MemoryError):
        raise CorpusError(
            f"the process that prepared {chunk[0][0].id} to {chunk[-1][0].id} died; free some "
            "memory and run again to continue (a script needs `if __name__ == '__main__':`)"
        ) from None
