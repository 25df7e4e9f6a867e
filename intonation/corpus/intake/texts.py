"""The text of a recording as it is read aloud, with the owner's dictionary."""

import dataclasses
from pathlib import Path

from intonation.corpus.intake.recording import Recording
from intonation.polish import Dictionary, read_dictionary, words_of
from intonation.polish.reading.dictionary import NAME


def owner_dictionary(folder: Path) -> Dictionary:
    """The file dictionary.txt of a corpus folder; empty where there is none.

    Raises CorpusError, naming the line, where the file is no dictionary.
    """
    path = folder / NAME
    return read_dictionary(path) if path.is_file() else Dictionary()


def with_words(recording: Recording, dictionary: Dictionary) -> Recording:
    """The recording with the words that were said for its text; raises UtteranceError.

    What is made from a recording's text is made from the words: another dictionary concerns only
    the utterances that it reads otherwise.
    """
    words = words_of(recording.text, dictionary)
    written = recording.text if words != recording.text else ""
    return dataclasses.replace(recording, text=words, written=written)
