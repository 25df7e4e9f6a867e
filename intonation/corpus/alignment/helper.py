"""A small process that does work in copies of itself, for one that is large.

The kernel copies the tables of a process' memory with it, and then each page that either writes to:
for a process that holds every library, a third of what aligning costs. The helper holds numpy and
Praat.
"""

import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable
from multiprocessing import util
from multiprocessing.connection import Connection
from typing import TypeVar

from intonation.corpus.alignment.copies import in_a_copy

Answer = TypeVar("Answer")
MAIN = "from intonation.corpus.alignment.helper import serve; serve(int(__import__('sys').argv[1]))"
HALF_CLOSED = (EOFError, ConnectionError)  # what the end of the other process is seen as


class _Helper:
    """The helper of this process, begun when it is first asked; it ends with the process."""

    def __init__(self) -> None:
        ours, theirs = socket.socketpair()
        paths = os.pathsep.join(path or os.getcwd() for path in sys.path)
        with theirs:
            self.process = subprocess.Popen(
                [sys.executable, "-c", MAIN, str(theirs.fileno())],
                pass_fds=[theirs.fileno()],
                env={**os.environ, "PYTHONPATH": paths, "OPENBLAS_NUM_THREADS": "1"},
            )
        self.owner, self.connection = os.getpid(), Connection(ours.detach())
        self.end = util.Finalize(self, _end, (self.connection, self.process), exitpriority=10)

    def ask(self, work: Callable[..., Answer], arguments: tuple[object, ...]) -> Answer:
        """Raises what `work` raises, and MemoryError where the helper was killed."""
        try:
            self.connection.send((work, arguments))
            answer, error = self.connection.recv()
        except HALF_CLOSED:
            self.end()
            raise MemoryError("a process was killed; free some memory and run again") from None
        except BaseException:  # an answer that is still to come would be taken for the next one
            self.end()
            raise
        if error is not None:
            raise error
        return answer


def _end(connection: Connection, process: subprocess.Popen[bytes]) -> None:
    connection.close()
    process.kill()
    process.wait()


_helper: _Helper | None = None
_turn = threading.Lock()


def in_a_small_copy(work: Callable[..., Answer], *arguments: object) -> Answer:
    """As `in_a_copy`, in a copy of a process that never worked itself.

    work, arguments and the answer have to be pickled; `work` is imported there, so that what its
    module imports makes each copy dearer.
    """
    global _helper
    with _turn:
        # a copy of this process has a helper of its own
        if _helper is None or _helper.owner != os.getpid() or not _helper.end.still_active():
            _helper = _Helper()
        return _helper.ask(work, arguments)


def serve(descriptor: int) -> None:
    """Answer until whoever asks is gone."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    with Connection(descriptor) as connection:
        try:
            while True:
                work, arguments = connection.recv()
                answer: object = None
                failed: Exception | None = None
                try:
                    answer = in_a_copy(work, *arguments)
                except Exception as error:
                    failed = error
                connection.send((answer, failed))
        except HALF_CLOSED:
            return
