"""The texts of a corpus as they are read aloud, with the owner's dictionary."""

import dataclasses
from collections.abc import Iterable
from pathlib import Path

from intonation.corpus.recordings import Recording
from intonation.errors import UtteranceError
from intonation.polish import Dictionary, read_dictionary, words_of
from intonation.polish.reading.dictionary import NAME


def owner_dictionary(source: str) -> Dictionary:
    """The file dictionary.txt of a corpus folder; empty where there is none.

    Raises CorpusError, naming the line, where the file is no dictionary.
    """
    path = Path(source) / NAME
    return read_dictionary(path) if source and path.is_file() else Dictionary()


def read_texts(
    recordings: Iterable[Recording], dictionary: Dictionary
) -> tuple[list[Recording], list[tuple[Recording, str]]]:
    """The recordings with the words that were said for their texts, and those without, with why.

    What was made from a recording's text is made from the words: another dictionary concerns only
    the utterances that it reads otherwise.
    """
    read, unread = [], []
    for recording in recordings:
        try:
            words = words_of(recording.text, dictionary)
        except UtteranceError as error:
            unread.append((recording, str(error)))
            continue
        written = recording.text if words != recording.text else ""
        read.append(dataclasses.replace(recording, text=words, written=written))
    return read, unread
