"""Texts of a corpus, read aloud with the owner's dictionary."""

import pytest

from intonation.corpus.intake.texts import owner_dictionary, read_texts
from intonation.corpus.recordings import Recording
from intonation.errors import CorpusError
from intonation.polish import Dictionary


def test_texts_become_words_and_keep_what_was_written():
    plain, digits, odd = (
        Recording(f"u{number}", text, "anna")
        for number, text in enumerate(("Mam kota.", "Mam 3 koty.", "Wersja 3.11 wyszła."))
    )
    read, unread = read_texts([plain, digits, odd], Dictionary())
    assert [(one.text, one.written) for one in read] == [
        ("Mam kota.", ""),
        ("Mam trzy koty.", "Mam 3 koty."),
    ]
    assert read[0] == plain and unread[0][0] == odd and '"3.11"' in unread[0][1]


def test_the_dictionary_of_the_folder_is_used(tmp_path):
    assert not owner_dictionary(str(tmp_path)) and not owner_dictionary("")
    (tmp_path / "dictionary.txt").write_text("3.11\ttrzy jedenaście\n", encoding="utf-8")
    read, unread = read_texts(
        [Recording("u", "Wersja 3.11 wyszła.", "anna")], owner_dictionary(str(tmp_path))
    )
    assert not unread and read[0].text == "Wersja trzy jedenaście wyszła."
    (tmp_path / "dictionary.txt").write_text("bez tabulatora\n", encoding="utf-8")
    with pytest.raises(CorpusError, match=r"dictionary.txt, line 1"):
        owner_dictionary(str(tmp_path))
