"""The Polish front-end: text and aligned phones to full-context labels, and their questions."""

from importlib.resources import files

from intonation.polish.context import full_context_labels
from intonation.polish.question_set import polish_questions, write_question_set
from intonation.polish.reading import Dictionary, read_dictionary, read_out, words_of
from intonation.polish.words import check_text

__all__ = [
    "Dictionary",
    "check_text",
    "full_context_labels",
    "polish_questions",
    "read_dictionary",
    "read_out",
    "sentences",
    "words_of",
    "write_question_set",
]


def sentences() -> list[str]:
    """The sentences of the embedded corpus, in order, each a text that check_text accepts."""
    text = files(__name__).joinpath("sentences.txt").read_text(encoding="utf-8")
    lines = [line.strip() for line in text.splitlines()]
    return [line for line in lines if line and not line.startswith("#")]
