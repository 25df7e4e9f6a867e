"""Work on many recordings, each chunk of them in a process of its own."""

import multiprocessing
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from functools import partial

from tqdm.auto import tqdm

from intonation.errors import CorpusError


def in_fresh_processes(work: Callable, items: list, jobs: int, title: str, chunk: int) -> None:
    """Do `work` on chunks of items, each chunk in a process of its own."""
    chunks = [items[start : start + chunk] for start in range(0, len(items), chunk)]
    with (
        ThreadPoolExecutor(jobs) as waiting,
        tqdm(total=len(items), desc=title, unit="utterance", mininterval=1.0) as bar,
    ):
        done = waiting.map(partial(_in_a_fresh_process, work), chunks)
        for some, _ in zip(chunks, done, strict=True):
            bar.update(len(some))


def _in_a_fresh_process(work: Callable, chunk: list) -> None:
    """Do `work` where nothing was spoken before: in a child of a server that only imported it.

    Raises CorpusError where the child dies, for a pool that restarts it would wait for ever.
    """
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["intonation.corpus.preparing.passes"])
    try:
        with ProcessPoolExecutor(1, mp_context=context) as child:
            child.submit(work, chunk).result()
    except BrokenProcessPool:
        raise CorpusError(
            f"the process that prepared {chunk[0][0].id} to {chunk[-1][0].id} died; free some "
            "memory and run again to continue (a script needs `if __name__ == '__main__':`)"
        ) from None
