"""What can go wrong with what a user hands us.

Every message names the file, utterance or line, says what was expected and what
was found, and proposes the fix.
"""

import sys
from collections.abc import Callable

INTERRUPTED = 130


class IntonationError(Exception):
    """Base of all errors that a user's input can cause."""


class ParameterError(IntonationError):
    """An unknown parameter, or a value out of its range."""


class CorpusError(IntonationError):
    """A corpus folder that cannot be used as a whole."""


class UtteranceError(IntonationError):
    """One utterance that cannot be used; the corpus lists it and goes on."""


class LabelError(IntonationError):
    """A full-context label file that breaks the format."""


class QuestionError(IntonationError):
    """A question set that breaks the format."""


class ModelError(IntonationError):
    """A model folder that cannot be loaded, or a network that cannot be explained."""


class ChapterError(IntonationError):
    """A chapter of the book that failed while it was executed."""


def exit_code(work: Callable[[], int | None]) -> int:
    """Do the work of a command and return its exit code: 1 after an error, which is told in a line
    that begins with "error: ", 130 after an interrupt."""
    try:
        return work() or 0
    except IntonationError as error:
        print(f"error: {error}", file=sys.stderr)
    except OSError as error:
        print(f"error: {error}; free some space or mend the path, then run again", file=sys.stderr)
    except KeyboardInterrupt:
        return INTERRUPTED
    return 1
