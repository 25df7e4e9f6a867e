"""The HTK question file: reading `QS "name" {pattern,…}` records and writing them.

The grammar is HHEd's: words are separated by blanks, names and patterns may stand in
double or single quotes, a record may run over several lines, `#` starts a comment between
records. Numeric questions (`CQS`) hold one pattern with a number in it, written `%d` as in
HTS or `(\\d+)` as in Merlin, and may declare a range: `MIN=1 MAX=7`.
"""

import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from intonation.errors import QuestionError
from intonation.files import replacing
from intonation.labels.full_context import decode_text

_BLANK = re.compile(r"(?:[ \t\r\n\ufeff]+|#[^\n]*)*+")
_SPACE = re.compile(r"[ \t\r\n]*")
_KIND = re.compile(r"C?QS(?![^\s{}\"'])")
_QUOTE = re.compile("(?=[\"'])")
_QUOTED = re.compile(r"""(["'])((?:(?!\1)[^\\\n]|\\.)*+)\1""")
_NAME = re.compile(r"[^\s{}\"']+")
_OPENING, _NEXT = re.compile("{"), re.compile("[,}]")
_PATTERN = re.compile(r"[^\s,{}\"'][^\s,{}]*")
_RANGE = re.compile(r"[ \t]+MIN=([-+]?\d+(?:\.\d+)?)[ \t]+MAX=([-+]?\d+(?:\.\d+)?)(?=\s|$)")
# By far the most records are of this form; the rest is taken apart word by word.
_PLAIN_RECORD = re.compile(r'QS[ \t]+"([^"\\\n]+)"[ \t]*\{([^\s{}"\']*)\}')
_ESCAPE = re.compile(r"\\([\"'\\])")


@dataclass(frozen=True)
class Question:
    """One question: its name, its patterns and, for a numeric one, the declared range.

    line: where it starts in its file (1 is the first), for messages only.
    """

    name: str
    patterns: tuple[str, ...]
    numeric: bool = False
    limits: tuple[float, float] | None = None
    line: int = field(default=0, compare=False)


class _Scanner:
    """A place in the text of a question file."""

    def __init__(self, text: str, path: str):
        self.text = text
        self.path = path
        self.position = 0
        self._line, self._counted = 1, 0

    @property
    def line(self) -> int:
        """Number of the line that the place is on."""
        self._line += self.text.count("\n", self._counted, self.position)
        self._counted = self.position
        return self._line

    def take(self, expression: re.Pattern[str]) -> re.Match[str] | None:
        """Step over what the expression matches here, if it does."""
        match = expression.match(self.text, self.position)
        if match:
            self.position = match.end()
        return match

    def need(self, expression: re.Pattern[str], expected: str) -> re.Match[str]:
        """Step over what the expression matches; QuestionError where it does not."""
        match = self.take(expression)
        if match is None:
            raise self.fail(expected)
        return match

    def word(self, bare: re.Pattern[str]) -> str | None:
        """A quoted or bare word, or None where neither stands here."""
        if self.take(_QUOTE):
            return _ESCAPE.sub(r"\1", self.need(_QUOTED, "a closing quote on the same line")[2])
        match = self.take(bare)
        return match[0] if match else None

    def fail(self, expected: str) -> QuestionError:
        """What to raise here."""
        rest = self.text[self.position : self.position + 40]
        found = repr(rest.split("\n")[0]) if rest else "the end of the file"
        return QuestionError(f"{self.path}, line {self.line}: expected {expected}, found {found}")


def _patterns(scanner: _Scanner) -> tuple[str, ...]:
    """The comma-separated list after its opening brace, up to and with the closing one."""
    patterns: list[str] = []
    end = ""
    while end != "}":
        scanner.take(_SPACE)
        word = scanner.word(_PATTERN)
        scanner.take(_SPACE)
        end = scanner.need(_NEXT, "',' or '}' in the list of patterns (unbalanced braces?)")[0]
        if word is not None or end == "," or patterns:
            patterns.append(word or "")
    return tuple(patterns)


def _record(scanner: _Scanner) -> Question:
    line = scanner.line
    plain = scanner.take(_PLAIN_RECORD)
    if plain:
        patterns = tuple(plain[2].split(",")) if plain[2] else ()
        return Question(plain[1], patterns, line=line)
    numeric = scanner.need(_KIND, "QS or CQS")[0] == "CQS"
    scanner.take(_SPACE)
    name = scanner.word(_NAME)
    if not name:
        raise scanner.fail("a question name")
    scanner.take(_SPACE)
    scanner.need(_OPENING, f"'{{' after the question name {name!r}")
    patterns = _patterns(scanner)
    found = scanner.take(_RANGE) if numeric else None
    limits = (float(found[1]), float(found[2])) if found else None
    return Question(name, patterns, numeric, limits, line)


def parse_questions(text: str, path: str) -> Iterator[Question]:
    """The records of a question file, in order; QuestionError at the first broken one."""
    scanner = _Scanner(text, path)
    scanner.take(_BLANK)
    while scanner.position < len(text):
        yield _record(scanner)
        scanner.take(_BLANK)


def load_questions(path: str | os.PathLike[str], encoding: str | None = None) -> list[Question]:
    """The questions of a file as they stand there, duplicates included.

    encoding: None takes UTF-8, else cp1250. Raises QuestionError for a file that cannot be
    read or that breaks the grammar, with the line.
    """
    path = Path(path)
    try:
        data = path.read_bytes()
    except OSError as error:
        raise QuestionError(f"{path}: expected a question file, found {error.strerror}") from error
    text, _ = decode_text(data, str(path), encoding, QuestionError)
    return list(parse_questions(text, str(path)))


def _quote(word: str) -> str:
    if "\n" in word or "\r" in word:
        raise QuestionError(f"expected a name or pattern on one line, found {word!r}")
    return '"' + re.sub(r'(["\\])', r"\\\1", word) + '"'


def format_question(question: Question) -> str:
    """One record, on one line without its end."""
    bare = _PATTERN.fullmatch
    patterns = ",".join(word if bare(word) else _quote(word) for word in question.patterns)
    kind = "CQS" if question.numeric else "QS"
    limits = " MIN={} MAX={}".format(*map(_number, question.limits)) if question.limits else ""
    return f"{kind} {_quote(question.name)} {{{patterns}}}{limits}"


def _number(value: float) -> str:
    return str(int(value)) if value == int(value) else repr(value)


def write_questions(path: str | os.PathLike[str], questions: Iterable[Question]) -> None:
    """Write a question set in UTF-8; reading it back gives an equal set.

    The file appears whole or not at all.
    """
    text = "".join(format_question(question) + "\n" for question in questions)
    with replacing(Path(path)) as partial:
        partial.write_bytes(text.encode("utf-8"))
