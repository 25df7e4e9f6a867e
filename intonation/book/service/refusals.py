"""Why a request is not answered: an HTTP status and one sentence."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

from pydantic import ValidationError

from intonation.errors import IntonationError, LabelError, UtteranceError

NAME = "the request"  # what messages call labels that have no file
_LINE = re.compile(rf"^{NAME}, line (\d+): ")
# of the errors that a client's labels and texts can cause; any other is the service's own
STATUS: dict[type[IntonationError], int] = {LabelError: 400, UtteranceError: 422}


class Refused(Exception):
    """A request that is not answered; it can be handed on between processes.

    status: of HTTP. sentence: what was expected, found, and the remedy. line: of the body, where
    one is to blame. wait_s: after how many seconds it is worth to come again.
    """

    def __init__(
        self, status: int, sentence: str, line: int | None = None, wait_s: int | None = None
    ) -> None:
        super().__init__(status, sentence, line, wait_s)
        self.status, self.sentence, self.line, self.wait_s = status, sentence, line, wait_s

    @classmethod
    def by(cls, error: IntonationError) -> Refused:
        """The same error as an answer to the client."""
        sentence = str(error)
        line = _LINE.match(sentence)
        return cls(STATUS[type(error)], sentence, int(line[1]) if line else None)


@contextmanager
def refusing() -> Iterator[None]:
    """Turn what a client's labels or text can cause into a refusal."""
    try:
        yield
    except tuple(STATUS) as error:
        raise Refused.by(error) from None


def sentence_of(error: ValidationError | list) -> str:
    """What Pydantic found wrong, as one sentence that repeats nothing but names."""
    found = error.errors(include_url=False) if isinstance(error, ValidationError) else error
    first = found[0]
    place = ".".join(str(part) for part in first["loc"] if part not in ("query", "body"))
    message = str(first["msg"]).removeprefix("Value error, ")
    more = f" (and {len(found) - 1} more)" if len(found) > 1 else ""
    if first["type"] == "extra_forbidden":
        message = "this name is not known; see /openapi.json for those that are"
    return f"{place}: {message}{more}" if place else f"{message}{more}"
