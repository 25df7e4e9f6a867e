"""Linguistic units as frames, against utterances spelt out by hand and against real labels."""

from types import SimpleNamespace

import numpy as np
import pytest
from builders import HAND, TICKS, make_labels, make_model, make_set, make_utterance

from intonation import polish
from intonation.corpus.alignment.praat import synthesize
from intonation.corpus.corpus import Utterance
from intonation.errors import ParameterError, UtteranceError
from intonation.labels.full_context import Labels, read_labels
from intonation.labels.label_shape import JAPANESE, LabelShape
from intonation.lrp import selections as sel
from intonation.lrp.methods import explain


def phones_of(utterance, frames):
    """Which phones a selection holds, each with all of its frames or none."""
    index = utterance.frame_to_phone
    share = np.bincount(index, weights=frames) / np.bincount(index)
    assert set(share) <= {0.0, 1.0}
    return "".join(np.where(share > 0, [s[0] for s in utterance.labels.fields("p3")], ""))


def test_units_of_an_utterance_spelt_out_by_hand():
    found = sel.units(make_labels(HAND))
    assert found.syllable.tolist() == [-1, 0, 0, 1, 1, 2, 2, -1, 3, 3, 4, 4, -1]
    assert found.word.tolist() == [-1, 0, 0, 0, 0, 1, 1, -1, 2, 2, 2, 2, -1]
    assert found.phrase.tolist() == [-1, 0, 0, 0, 0, 0, 0, -1, 1, 1, 1, 1, -1]


def test_units_without_pauses_and_cut_out_of_the_middle():
    whole = make_labels([("L-L%", "ta.no"), ("L-L%", "ku")])
    assert sel.units(whole).phrase.tolist() == [0, 0, 0, 0, 1, 1]
    cut = Labels(texts=whole.texts[1:])  # begins with the second phone of a syllable
    assert sel.units(cut).syllable.tolist() == [0, 1, 1, 2, 2]
    assert sel.units(cut).word.tolist() == [0, 0, 0, 1, 1]


def test_units_are_as_many_as_real_labels_say(shared):
    paths = sorted((shared / "hts_demo_cmu" / "labels_gen").glob("*.lab"))
    assert paths
    for path in paths[::4]:
        labels = read_labels(path)
        found = sel.units(labels)
        counts = [int(labels.fields(name)[0]) for name in ("j1", "j2", "j3")]
        ids = (found.syllable, found.word, found.phrase)
        assert [number.max() + 1 for number in ids] == counts
        assert ((found.syllable < 0) == (labels.fields("p3") == "pau")).all()


def test_units_and_tones_of_polish_sentences():
    text = "Czy Ala ma kota? Nie, Ala ma psa."
    labels = polish.full_context_labels(text, synthesize(text)[1])
    found = sel.units(labels)
    assert (found.phrase.max() + 1, found.word.max() + 1) == (3, 8)
    n_frames = int(labels.ends[-1] // TICKS)
    utterance = Utterance("u", text, "s", "test", labels, None, np.full(n_frames, 99.0), 99.0)
    first, third = sel.phrase(utterance, 0), sel.phrase(utterance, 2)
    np.testing.assert_array_equal(sel.question_phrases(utterance), first)
    np.testing.assert_array_equal(sel.statement_phrases(utterance), third)
    assert (sel.nucleus_phones(labels).sum()) == found.syllable.max() + 1


@pytest.mark.parametrize(
    "choose, phones",
    [
        (lambda u: sel.phone(u, 0), "p"),
        (lambda u: sel.phone(u, 2), "a"),
        (lambda u: sel.syllable(u, 1), "no"),
        (lambda u: sel.syllable(u, 3), "me"),
        (lambda u: sel.word(u, 0), "tano"),
        (lambda u: sel.word(u, 2), "meli"),
        (lambda u: sel.phrase(u, 0), "tanoku"),
        (sel.stressed_syllables, "tame"),
        (sel.accented_syllables, "nome"),
        (lambda u: sel.frames_of(u, sel.nucleus_phones(u.labels)), "aouei"),
        (sel.last_syllables, "kuli"),
        (lambda u: sel.last_syllables(u, 2), "nokumeli"),
        (lambda u: sel.last_syllables(u, 9), "tanokumeli"),
        (sel.statement_phrases, "meli"),
        (sel.statement_ends, "li"),
        (sel.question_phrases, ""),
        (lambda u: sel.stressed_syllables(u) & sel.accented_syllables(u), "me"),
    ],
)
def test_selections(choose, phones):
    utterance = make_utterance(HAND)
    chosen = choose(utterance)
    assert chosen.dtype == bool and chosen.shape == utterance.frame_to_phone.shape
    assert phones_of(utterance, chosen) == phones


def test_a_syllable_without_a_vowel_has_no_nucleus():
    utterance = make_utterance([("L-L%", "ta.ssn")])
    assert (
        phones_of(utterance, sel.frames_of(utterance, sel.nucleus_phones(utterance.labels))) == "a"
    )


@pytest.mark.parametrize(
    "tones, text, asks, states",
    [
        (("H-H%", "L-L%"), "Tak? Nie.", "ta", "no"),
        (("HL-L%", "H-H%"), "Co? Tak?", "tano", ""),
        (("L-H%", "L-L%"), "Tak, idziesz?", "no", ""),  # the text knows better than the tone
        (("L-L%", "L-L%"), "Tak. »Idziesz?«?!”", "no", "ta"),
        (("NONE", "NONE"), "Tak, nie.", "", "no"),
        (("NONE", "NONE"), "Tak, nie...", "", ""),
        (("NONE", "NONE"), "", "", ""),
        (("0", "0"), "Naprawdę?", "no", ""),
        (("L-H%", "H-L%"), "Tak, nie!", "", ""),
    ],
)
def test_what_asks_and_what_states(tones, text, asks, states):
    utterance = make_utterance([(tones[0], "ta |"), (tones[1], "no |")], text=text)
    assert phones_of(utterance, sel.question_phrases(utterance)) == asks
    assert phones_of(utterance, sel.statement_phrases(utterance)) == states


def test_a_window_in_seconds():
    utterance = make_utterance(HAND)  # 13 phones of 20 ms
    chosen = sel.window(utterance, 0.02, 0.0326)
    assert np.flatnonzero(chosen).tolist() == [4, 5, 6]  # centres 22.5, 27.5, 32.5 ms
    assert sel.window(utterance, 0, 0.26).all()
    assert not sel.window(utterance, 0.001, 0.002).any()
    for start_s, end_s in [(-0.01, 0.1), (0.1, 0.27), (0.1, 0.05), (float("nan"), 0.1)]:
        with pytest.raises(UtteranceError, match=r"u1: the window .* 0 to 0.26 s"):
            sel.window(utterance, start_s, end_s)


@pytest.mark.parametrize(
    "choose, index, message",
    [
        (sel.phone, 13, r"u1: there is no phone 13; expected 0 … 12"),
        (sel.syllable, 5, r"no syllable 5; expected 0 … 4"),
        (sel.word, -1, r"no word -1; expected 0 … 2"),
        (sel.phrase, 2, r"no phrase 2; expected 0 … 1"),
    ],
)
def test_units_that_are_not_there(choose, index, message):
    with pytest.raises(UtteranceError, match=message):
        choose(make_utterance(HAND), index)


def test_an_utterance_of_pauses_has_no_units():
    silent = make_utterance([("0", "| |")])
    with pytest.raises(UtteranceError, match="no word 0; expected none at all"):
        sel.word(silent, 0)
    for choose in (sel.accented_syllables, sel.last_syllables, sel.question_phrases):
        assert not choose(silent).any()


def test_less_than_one_syllable_is_refused():
    with pytest.raises(ParameterError, match="count is 0"):
        sel.last_syllables(make_utterance(HAND), 0)


def test_labels_without_the_fields_are_refused():
    texts = [JAPANESE.template.format(**dict.fromkeys(JAPANESE.field_names, "x"))]
    japanese = Labels(texts=texts, shape=JAPANESE)
    with pytest.raises(UtteranceError, match="p6.*HTS-demo English shape"):
        sel.units(japanese)


def test_other_shapes_with_the_same_fields_will_do():
    names = ("p3", "p6", "b1", "b2", "b4", "b6", "b16", "h5")
    shape = LabelShape("own", ";".join(f"{name}:{{{name}}}" for name in names))
    labels = make_labels(HAND, shape=shape)
    assert sel.units(labels).word.max() == 2


def test_an_empty_selection_is_refused_when_explained():
    model, utterance = make_model("semitones"), make_utterance([("L-L%", "ta.no")])
    with pytest.raises(UtteranceError, match="u1: no frame was chosen"):
        explain(model, utterance, frames=sel.accented_syllables(utterance))


def test_ids_with_a_selection():
    japanese = JAPANESE.template.format(**dict.fromkeys(JAPANESE.field_names, "x"))
    labels = Labels(texts=[japanese], starts=np.zeros(1), ends=np.full(1, 9e5), shape=JAPANESE)
    corpus = {f"u{i}": utterance for i, utterance in enumerate(make_set())}
    corpus["other"] = SimpleNamespace(labels=labels, voiced=np.ones(18, dtype=bool), text="?")
    assert sel.ids_with(corpus, list(corpus), sel.question_ends) == ["u0", "u2", "u3"]
    assert sel.ids_with(corpus, ["u4", "u1", "u0"], sel.statement_ends) == ["u4", "u1"]
