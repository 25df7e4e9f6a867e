"""Sentences flow whatever lines they were written on; lists stay lists."""

import pandas as pd

from intonation.book.prose import headed, say


def test_lines_flow_and_empty_paragraphs_go():
    assert say("one\n    two", "", "three").data == "one two\n\nthree"


def test_a_list_keeps_its_lines():
    assert say("- one\n- two\n").data == "- one\n- two"


def test_nothing_to_say_shows_nothing():
    assert say("") is None


def test_columns_are_named_in_words_with_their_units():
    table = pd.DataFrame({"rmse_semitones": [1.0], "f0_low_hz": 2.0, "ci_low": 3.0, "own": True})
    shown = headed(table, {"own": "the speaker's"})
    names = ["RMSE (semitones)", "F0 low (Hz)", "95 % from", "the speaker's"]
    assert list(shown) == names and shown.iloc[0].tolist() == [1.0, 2.0, 3.0, "yes"]
    assert list(table) == ["rmse_semitones", "f0_low_hz", "ci_low", "own"]
