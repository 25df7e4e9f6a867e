"""Work in copies of a small process: what comes back, whatever becomes of it."""

import os
import signal

import psutil
import pytest

from intonation.corpus.alignment import helper
from intonation.corpus.alignment.copies import in_a_copy
from intonation.corpus.alignment.helper import in_a_small_copy
from intonation.errors import UtteranceError


def parent() -> int:
    return in_a_small_copy(os.getppid)


def test_each_work_is_done_in_another_copy_of_one_process():
    assert parent() == parent() != os.getpid()
    assert in_a_small_copy(os.getpid) != in_a_small_copy(os.getpid)


def test_aligning_brings_no_large_library_into_the_helper():
    """Whatever this process has loaded: that is why its copies are cheap."""
    source = "__import__('intonation.corpus.alignment.praat') and {*__import__('sys').modules}"
    loaded = in_a_small_copy(eval, source)
    assert "parselmouth" in loaded
    assert not loaded & {"pandas", "scipy", "torch", "onnxruntime", "sklearn"}


def test_errors_come_back_as_they_were_raised_and_the_next_answer_is_right():
    with pytest.raises(UtteranceError, match="crashed on it.*SIGSEGV"):
        in_a_small_copy(signal.raise_signal, signal.SIGSEGV)
    with pytest.raises(MemoryError, match="free some memory and run again"):
        in_a_small_copy(signal.raise_signal, signal.SIGKILL)
    with pytest.raises(ValueError, match="invalid literal"):
        in_a_small_copy(int, "many")
    assert in_a_small_copy(int, "7") == 7


def test_what_cannot_be_sent_is_an_error_and_the_next_answer_is_right():
    with pytest.raises(Exception, match="pickle"):
        in_a_small_copy(lambda: 1)
    assert in_a_small_copy(len, bytes(3_000_000)) == 3_000_000


def test_a_helper_that_is_killed_is_memory_that_ran_out_and_then_there_is_another():
    first = parent()
    os.kill(first, signal.SIGKILL)
    with pytest.raises(MemoryError, match="free some memory and run again"):
        parent()
    assert parent() != first


def test_a_copy_of_this_process_has_a_helper_of_its_own():
    ours = parent()
    assert in_a_copy(parent) != ours == parent()


def test_the_helper_ends_with_who_asked_it():
    other = in_a_copy(parent)  # the copy is killed without a chance to end what it began
    psutil.wait_procs([psutil.Process(other)] if psutil.pid_exists(other) else [], timeout=20)
    assert not psutil.pid_exists(other) or psutil.Process(other).status() == psutil.STATUS_ZOMBIE
    helper._helper.end()
    assert in_a_small_copy(int, "7") == 7
