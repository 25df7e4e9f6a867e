"""The thin package of the book; what is asked for most can be imported from here.

    from intonation import load_model, open_corpus, read_labels

Nothing heavy is imported until one of these is asked for.
"""

import importlib

DEFINED_IN = {  # name: module
    "load_model": "intonation.model",
    "open_corpus": "intonation.corpus",
    "read_labels": "intonation.labels",
    "read_questions": "intonation.questions",
}


def __getattr__(name: str):
    if name not in DEFINED_IN:
        raise AttributeError(f"module 'intonation' has no attribute '{name}'")
    return getattr(importlib.import_module(DEFINED_IN[name]), name)
