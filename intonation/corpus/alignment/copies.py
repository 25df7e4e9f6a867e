"""Work in a copy of this process, which itself stays as it was.

eSpeak NG carries state from what it spoke to what it speaks next, worth up to 90 ms in a sentence
of 2.5 s, and Praat may crash: neither reaches who asks for a copy each time.
"""

import gc
import os
import pickle
import signal
from collections.abc import Callable
from typing import TypeVar

from intonation.errors import UtteranceError

Answer = TypeVar("Answer")


def in_a_copy(work: Callable[..., Answer], *arguments: object) -> Answer:
    """What `work` returns, or raises, in a copy (fork) of this process that ends with it.

    The answer has to be pickled, the arguments need not. Raises MemoryError where the copy was
    killed, as the kernel does where memory runs out, and UtteranceError where it crashed.
    """
    reader, writer = os.pipe()
    child = os.fork()
    if not child:
        _answer(writer, work, arguments)
    os.close(writer)
    try:
        with open(reader, "rb") as pipe:
            told = pipe.read()
    except BaseException:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        raise
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    if code == -signal.SIGKILL:
        raise MemoryError("a process was killed; free some memory and run again")
    if code:
        raise UtteranceError(
            f"Praat crashed on it ({_named(code)}); convert it, or record it again"
        )
    answer, error = pickle.loads(told)
    if error is not None:
        raise error
    return answer


def _answer(writer: int, work: Callable[..., object], arguments: tuple[object, ...]) -> None:
    """Send what comes of `work`, then end, whatever happens, without what a process does at its
    end: that is its original's to do."""
    code = 1
    gc.disable()  # looking at every object would copy the memory it lies in
    try:
        try:
            told = pickle.dumps((work(*arguments), None))
        except BaseException as error:
            told = pickle.dumps((None, error))
        with open(writer, "wb") as pipe:
            pipe.write(told)
        code = 0
    finally:
        os._exit(code)


def _named(code: int) -> str:
    return signal.Signals(-code).name if code < 0 else f"exit {code}"
