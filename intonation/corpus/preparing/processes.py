"""Work on many recordings, each chunk of them in a process of its own."""

import multiprocessing
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from functools import partial
from multiprocessing.context import BaseContext

from tqdm.auto import tqdm

from intonation.errors import CorpusError

CHUNK = 20  # utterances; a process that begins with nothing costs a tenth of a second


def in_fresh_processes(
    work: Callable, items: list, jobs: int, title: str, *, chunk: int = 0, alone: bool = False
) -> None:
    """Do `work` on chunks of items, each chunk in a process of its own.

    chunk: items, 0 for CHUNK. alone: whether each item of a chunk has a process of its own, too, in
    which no other was worked on before. Raises CorpusError where a process dies.
    """
    size = chunk or CHUNK
    chunks = [items[start : start + size] for start in range(0, len(items), size)]
    one = partial(_each_in_a_copy, work) if alone else work
    with (
        ThreadPoolExecutor(jobs) as waiting,
        tqdm(total=len(items), desc=title, unit="utterance", mininterval=1.0) as bar,
    ):
        done = waiting.map(partial(_in_a_fresh_process, one), chunks)
        for some, _ in zip(chunks, done, strict=True):
            bar.update(len(some))


def _in_a_fresh_process(work: Callable, chunk: list) -> None:
    """Do `work` where nothing was spoken before: in a child of a server that only imported it."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["intonation.corpus.preparing.passes"])
    _in_a_child(work, chunk, context)


def _each_in_a_copy(work: Callable, chunk: list) -> None:
    """Do `work` on each item in a copy of this process, which itself never does any."""
    for item in chunk:
        _in_a_child(work, [item], multiprocessing.get_context("fork"))


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
