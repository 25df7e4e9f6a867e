"""Intonation of Polish read speech: corpus, F0 model, and relevance of its predictions.

What scripts start from is here by name and loaded on first use, so that `import intonation` is
quick; everything else is imported from its room.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from intonation.corpus.corpus import open_corpus
    from intonation.labels.full_context import read_labels
    from intonation.labels.question_set import read_questions
    from intonation.lrp.methods import explain
    from intonation.model.network import load_model

__all__ = ["explain", "load_model", "open_corpus", "read_labels", "read_questions"]

DEFINED_IN = {
    "explain": "intonation.lrp.methods",
    "load_model": "intonation.model.network",
    "open_corpus": "intonation.corpus.corpus",
    "read_labels": "intonation.labels.full_context",
    "read_questions": "intonation.labels.question_set",
}


def __getattr__(name: str) -> Any:
    if name not in DEFINED_IN:
        raise AttributeError(f"module '{__name__}' has no attribute '{name}'")
    return getattr(import_module(DEFINED_IN[name]), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
