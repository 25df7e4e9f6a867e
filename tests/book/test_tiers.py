"""Tiers from labels alone, of ours and of others."""

import numpy as np
import pytest
from builders import HAND, make_labels, spelt_alignment

from intonation import polish
from intonation.book.inspector.tiers import tiers_of
from intonation.errors import LabelError
from intonation.labels.full_context import Labels
from intonation.labels.intervals import Interval
from intonation.labels.label_shape import JAPANESE


def texts(rows):
    return [row[2] for row in rows]


def test_units_of_a_sentence_with_its_spelling():
    text = "W parku rośnie drzewo, a biało-czerwony wisi."
    alignment = spelt_alignment(text, gaps_s=(0, 0.12, 0))
    tiers = tiers_of(polish.full_context_labels(text, alignment), alignment.words)
    assert texts(tiers["phrases"]) == ["L-H%", "L-L%"]
    assert texts(tiers["words"]) == [
        *("W parku", "rośnie", "drzewo,", "a"),
        *("biało-", "czerwony", "wisi."),
    ]
    assert [row[3] for row in tiers["words"]][3] == "cc"
    assert texts(tiers["syllables"])[:3] == ["fta", "ta", "ta"]
    assert [row[3:] for row in tiers["syllables"]][:2] == [[1, 1], [0, 0]]
    assert texts(tiers["phones"]).count("pau") >= 2


def test_units_lie_within_larger_ones_and_pauses_in_none():
    text = "Kto zjadł sernik, zapytała mama? Nikt."
    labels = polish.full_context_labels(text, spelt_alignment(text, gaps_s=(0.12, 0, 0.3)))
    tiers = tiers_of(labels)
    for small, large in (("syllables", "words"), ("words", "phrases")):
        for start, end, *_ in tiers[small]:
            assert any(row[0] <= start and end <= row[1] for row in tiers[large])
    for start, end, symbol in tiers["phones"]:
        inside = any(row[0] <= start and end <= row[1] for row in tiers["syllables"])
        assert inside == (symbol != "pau")
    assert texts(tiers["words"])[2] == "tata"  # spelt by its phones: no words were given


def test_an_interval_of_several_words_without_a_word_for_each_goes_to_the_first():
    text = "Kot śpi."
    labels = polish.full_context_labels(text, spelt_alignment(text))
    whole = [Interval(0.0, 9.0, "Kotek"), Interval(0.0, 9.0, "  ")]
    assert texts(tiers_of(labels, whole)["words"]) == ["Kotek", "ta"]


def test_labels_of_another_shape_have_phones_only():
    fields = dict.fromkeys(JAPANESE.field_names, "1") | {"p3": "a"}
    ends = np.array([500_000, 900_000])
    labels = Labels([JAPANESE.template.format(**fields)] * 2, ends - 400_000, ends, shape=JAPANESE)
    tiers = tiers_of(labels, [Interval(0.0, 0.1, "a")])
    assert [len(tiers[name]) for name in ("phrases", "words", "syllables", "phones")] == [
        0,
        0,
        0,
        2,
    ]


def test_labels_without_times_are_refused():
    with pytest.raises(LabelError, match="no times"):
        tiers_of(Labels(make_labels(HAND).texts))
