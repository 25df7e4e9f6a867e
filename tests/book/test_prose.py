"""Sentences flow whatever lines they were written on; lists stay lists."""

from intonation.book.prose import say


def test_lines_flow_and_empty_paragraphs_go():
    assert say("one\n    two", "", "three").data == "one two\n\nthree"


def test_a_list_keeps_its_lines():
    assert say("- one\n- two\n").data == "- one\n- two"


def test_nothing_to_say_shows_nothing():
    assert say("") is None
