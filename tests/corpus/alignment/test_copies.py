"""Work in a copy of a process: what comes back, and what does not."""

import faulthandler
import os
import signal

import parselmouth
import pytest
from parselmouth.praat import call

from intonation.corpus.alignment.copies import in_a_copy
from intonation.errors import UtteranceError

HERE = []


def remember(value):
    HERE.append(value)
    return os.getpid(), list(HERE)


def test_a_copy_leaves_nothing_behind():
    HERE.append("before")
    process, seen = in_a_copy(remember, "there")
    assert process != os.getpid()
    assert seen == ["before", "there"] and HERE == ["before"]


def test_arguments_need_not_be_pickled():
    assert in_a_copy(lambda function: function(20), lambda value: value + 1) == 21


def test_an_error_comes_back_as_it_was_raised():
    def refuse():
        raise UtteranceError("ą: too short")

    with pytest.raises(UtteranceError, match="ą: too short"):
        in_a_copy(refuse)


def test_praats_own_errors_come_back():
    def refuse():
        call("Create Sound from formula", "x", 1, 0, 1, 16_000, "no formula")

    with pytest.raises(parselmouth.PraatError, match="formula"):
        in_a_copy(refuse)


def test_a_crash_is_the_fault_of_what_was_worked_on():
    def crash():
        faulthandler.disable()  # pytest's would tell of it at length
        os.kill(os.getpid(), signal.SIGSEGV)

    with pytest.raises(UtteranceError, match="crashed on it.*SIGSEGV"):
        in_a_copy(crash)


def test_a_copy_that_is_killed_says_nothing_about_what_was_worked_on():
    with pytest.raises(MemoryError, match="free some memory and run again"):
        in_a_copy(lambda: os.kill(os.getpid(), signal.SIGKILL))


def test_what_cannot_come_back_is_no_wait_without_end():
    with pytest.raises(TypeError, match="pickle"):
        in_a_copy(lambda: (one for one in ()))


def test_answers_larger_than_a_pipe_come_back_whole():
    assert in_a_copy(bytes, 3_000_000) == bytes(3_000_000)
