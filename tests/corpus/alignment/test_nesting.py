"""TextGrids as others write them: every alphabet and format gives the labels of our own times."""

import os
from itertools import pairwise

import numpy as np
import parselmouth
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from parselmouth.praat import call

from intonation import polish
from intonation.corpus.alignment.nesting import given_times, given_words
from intonation.corpus.alignment.praat import synthesize
from intonation.errors import UtteranceError
from intonation.labels.intervals import Alignment, Interval
from intonation.polish.phones import INVENTORY
from intonation.polish.transcript import spoken_words

TEXT = "Czy dziś, Kasiu, łąka pięknie pachnie? Ktoś chichotał nad źródłem, bo dźwig gnie żelazo."
SYMBOLS = [phone.symbol for phone in INVENTORY]
ALPHABETS = {
    "IPA": (
        "a ɛ i ɔ u ɨ ɛ̃ ɔ̃ p b t d c ɟ k ɡ t͡s d͡z t͡ʂ d͡ʐ t͡ɕ d͡ʑ f v s z ʂ ʐ ɕ ʑ ç x m n ɲ ŋ l r w j"
    ),
    "MFA": (
        "a ɛ i ɔ u ɨ ɛ̃ ɔ̃ p b t̪ d̪ c ɟ k ɡ t̪s̪ d̪z̪ tʂ dʐ tɕ dʑ f v s̪ z̪ ʂ ʐ ɕ ʑ ç x m n̪ ɲ ŋ l r w j"
    ),
    "MAUS": (
        "a e i o u I e~ o~ p b t d k' g' k g ts dz tS dZ ts' dz' f v s z S Z s' z' x' x m n n' N l "
        "r w j"
    ),
    "MAUS in IPA": (
        "a e i o u ɨ ɛ̃ ɔ̃ p b t d kʲ ɡʲ k ɡ ts dz tʂ dʐ tsʲ dzʲ f v s z ʂ ʐ sʲ zʲ xʲ x m n nʲ ŋ l "
        "r w j"
    ),
    "X-SAMPA": (
        "a E i O u 1 E~ O~ p b t d c J\\ k g ts dz tS dZ ts\\ dz\\ f v s z S Z s\\ z\\ C x m n J N "
        "l r w j"
    ),
}


@pytest.fixture(scope="module")
def spoken():
    sound, alignment = synthesize(TEXT)
    return sound.duration, alignment, polish.full_context_labels(TEXT, alignment)


def quoted(text):
    return '"' + text.replace('"', '""') + '"'


def textgrid(tiers, *, start_s=0.0, end_s):
    """A short TextGrid; tiers: names and intervals, each (start, end, text), or (time, mark)."""
    lines = ['File type = "ooTextFile"', 'Object class = "TextGrid"', ""]
    lines += [start_s, end_s, "<exists>", len(tiers)]
    for name, row in tiers:
        points = bool(row) and len(row[0]) == 2
        lines += [quoted("TextTier" if points else "IntervalTier"), quoted(name)]
        lines += [start_s, end_s, len(row)]
        for *times, text in row:
            lines += [*map(repr, map(float, times)), quoted(text)]
    return "\n".join(map(str, lines)) + "\n"


def as_written(alignment, alphabet, silence="", words=str):
    """The tiers of the alignment as another tool writes them."""
    signs = dict(zip(SYMBOLS, ALPHABETS[alphabet].split(), strict=True))
    phones = [phone for word in spoken_words(TEXT, alignment) for phone in word.phones]
    row, place_s = [], 0.0
    for start_s, end_s, symbol in phones:
        if start_s > place_s:
            row.append(Interval(place_s, start_s, silence))
        row.append(Interval(start_s, end_s, signs[symbol]))
        place_s = end_s
    row.append(Interval(place_s, alignment.phones[-1].end_s, silence))
    return [word._replace(text=words(word.text) or silence) for word in alignment.words], row


def bare(word):
    return word.strip(",.?").lower()


@pytest.mark.parametrize(
    ("alphabet", "silence", "words_name", "phones_name"),
    [
        ("IPA", "", "words", "phones"),
        ("MFA", "", "anna - words", "anna - phones"),
        ("MAUS", "<p:>", "ORT-MAU", "MAU"),
        ("MAUS in IPA", "(...)", "ORT-MAU", "MAU"),
        ("X-SAMPA", "sil", "wyrazy", "głoski"),
        ("X-SAMPA", "_", "Warstwa 1", "Warstwa 2"),  # by what they hold
    ],
)
def test_each_way_of_writing_gives_the_same_labels(
    spoken, tmp_path, alphabet, silence, words_name, phones_name
):
    seconds, alignment, labels = spoken
    words, phones = as_written(alignment, alphabet, silence, bare)
    path = tmp_path / "a.TextGrid"
    other = [Interval(0, seconds, "tSI dz'is'")]  # a canonical transcription, passed over
    tiers = [("KAN-MAU", other), (words_name, words), ("tones", [(0.5, "H*")])]
    path.write_text(textgrid([*tiers, (phones_name, phones)], end_s=seconds), encoding="utf-8")
    times = given_times(path, TEXT, seconds)
    found = polish.full_context_labels(TEXT, times.alignment)
    assert found.texts == labels.texts
    assert np.abs(found.starts - labels.starts).max() <= 1
    assert times.told == ()
    assert [bare(word) for word in given_words(path).split()] == [bare(w) for w in TEXT.split()]


def test_the_clarin_letters_too(tmp_path):
    words = [Interval(0, 0.5, "kiedy"), Interval(0.5, 1.2, "dzień")]
    symbols = ["k", "j", "e", "d", "I", "dzi", "e", "ni"]
    edges = [0, 0.1, 0.15, 0.3, 0.4, 0.5, 0.8, 1.0, 1.2]
    phones = [Interval(*pair, s) for pair, s in zip(pairwise(edges), symbols, strict=True)]
    path = tmp_path / "a.TextGrid"
    path.write_text(textgrid([("phones", phones), ("words", words)], end_s=1.2))
    times = given_times(path, "Kiedy dzień?", 1.2)
    kiedy, dzien = spoken_words("Kiedy dzień?", times.alignment)
    assert (kiedy.symbols, dzien.symbols) == (["kj", "e", "d", "y"], ["dzi", "e", "ni"])
    assert kiedy.phones[0][:2] == (0, 0.15)


@pytest.mark.parametrize(
    "kind", ["text file", "short text file", "chronological text file", "binary file"]
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "cp1250", "iso8859-2"])
def test_every_format_and_encoding(spoken, tmp_path, kind, encoding):
    seconds, alignment, labels = spoken
    words, phones = as_written(alignment, "MAUS")
    path, other = tmp_path / "a.TextGrid", tmp_path / "b.TextGrid"
    path.write_text(textgrid([("ORT", words), ("MAU", phones)], end_s=seconds), encoding="utf-8")
    parselmouth.praat.run('Text writing preferences: "UTF-8"')
    call(parselmouth.read(str(path)), f"Save as {kind}", str(other))
    if kind != "binary file":
        other.write_bytes(other.read_text(encoding="utf-8").encode(encoding))
    found = polish.full_context_labels(TEXT, given_times(other, TEXT, seconds).alignment)
    assert found.texts == labels.texts
    assert np.abs(found.starts - labels.starts).max() <= 1


# --- what is not as it should be ------------------------------------------------------------------

WORDS = (Interval(0.2, 0.5, "Ala"), Interval(0.5, 0.9, "śpi"))
PHONES = tuple(
    Interval(*pair, symbol)
    for pair, symbol in zip(pairwise([0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.9]), "alaɕpi", strict=True)
)


def times_of(tmp_path, words=WORDS, phones=PHONES, *, seconds=1.0, text="Ala śpi.", **more):
    path = tmp_path / "a.TextGrid"
    tiers = [("words", words), ("phones", phones)]
    path.write_text(textgrid(tiers, **{"end_s": seconds} | more), encoding="utf-8")
    return given_times(path, text, seconds)


def moved(tier, index, start_s, end_s):
    one = tier[index]._replace(start_s=start_s, end_s=end_s)
    return (*tier[:index], one, *tier[index + 1 :])


def test_tiers_are_filled_with_silence(tmp_path):
    times = times_of(tmp_path)
    silence = (Interval(0, 0.2, ""), Interval(0.9, 1.0, ""))
    assert times.alignment == Alignment(
        (silence[0], *WORDS, silence[1]), (silence[0], *PHONES, silence[1])
    )
    assert times.told == ()


@pytest.mark.parametrize("start_s", [12.25, -3.5])
def test_times_of_a_longer_recording_are_counted_from_their_beginning(tmp_path, start_s):
    tiers = [[Interval(a + start_s, b + start_s, t) for a, b, t in row] for row in (WORDS, PHONES)]
    times = times_of(tmp_path, *tiers, start_s=start_s, end_s=start_s + 1)
    expected = times_of(tmp_path).alignment
    assert np.allclose([w[:2] for w in times.alignment.words], [w[:2] for w in expected.words])
    assert times.told == (f"times begin at {start_s:.3f} s: counted from there",)


def test_an_edge_of_a_word_a_little_within_a_phone_is_moved(tmp_path):
    words = (WORDS[0]._replace(end_s=0.512), WORDS[1]._replace(start_s=0.512))
    times = times_of(tmp_path, words)
    assert times.alignment.words[1:3] == WORDS
    assert times.told == ("1 edges of words lay up to 12 ms within a phone: moved to its edge",)


def test_a_small_overlap_is_parted_in_its_middle(tmp_path):
    times = times_of(tmp_path, phones=moved(PHONES, 1, 0.3, 0.41))
    assert times.alignment.phones[2].end_s == pytest.approx(0.405)
    assert times.told == ('"l" and "a" overlapped by 10 ms',)


def test_what_ends_a_little_after_the_sound_is_cut(tmp_path):
    tiers = moved(WORDS, 1, 0.5, 1.04), moved(PHONES, 5, 0.7, 1.04)
    times = times_of(tmp_path, *tiers, end_s=1.04)
    assert times.alignment.words[-1].end_s == times.alignment.phones[-1].end_s == 1.0
    assert times.told == (
        "tier 'words' ends after the sound: cut there",
        "tier 'phones' ends after the sound: cut there",
    )


def test_phones_after_their_word_are_taken_to_it(tmp_path):
    times = times_of(tmp_path, (Interval(0.2, 0.4, "Ala"), WORDS[1]))
    assert times.told == ("1 phones lay in no word: taken to the word before",)
    assert spoken_words("Ala śpi.", times.alignment)[0].symbols == ["a", "l", "a"]


def changed_phone(index, start_s, end_s):
    return {"phones": moved(PHONES, index, start_s, end_s)}


STRAY, FOREIGN = Interval(0.92, 0.95, "a"), PHONES[5]._replace(text="θ")


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        (changed_phone(1, 0.3, 0.45), '"l" until 0.450 s and "a" from 0.400 s overlap by 50 ms'),
        (changed_phone(0, -0.3, 0.3), '"a" lies from -0.300 to 0.300 s, but the recording from 0'),
        (changed_phone(5, 0.7, 1.6), "from 0.700 to 1.600 s, but .* another recording, or shifted"),
        (
            changed_phone(5, 0.9, 0.7),
            r"no TextGrid that Praat can read \(.+\)",
        ),  # its end before its start
        (
            {"words": moved(WORDS, 0, 0.2, 0.45)},
            r'0.450 s, within the phone "a" \(0.400 to 0.500',
        ),
        ({"phones": (*PHONES[:3], STRAY)}, '"a" at 0.920 s lies in no word'),
        ({"phones": (*PHONES[:5], FOREIGN)}, 'a.TextGrid: the phone "θ" at 0.700 s'),
        ({"words": ()}, r"a.TextGrid has no interval tier of words \(found: 'words', 'phones'\)"),
        ({"phones": ()}, "a.TextGrid has no interval tier of phones"),
    ],
)
def test_what_cannot_be_mended_is_told(tmp_path, changed, told):
    with pytest.raises(UtteranceError, match=told):
        times_of(tmp_path, **changed)


def test_another_text_is_told(tmp_path):
    times = times_of(tmp_path, text="Ola śpi.")
    with pytest.raises(UtteranceError, match='has "Ala" at 0.20 s where the text has "ola"'):
        spoken_words("Ola śpi.", times.alignment)


def test_two_speakers_are_told(tmp_path):
    path = tmp_path / "a.TextGrid"
    tiers = [("anna - words", WORDS), ("anna - phones", PHONES), ("jan - phones", PHONES)]
    path.write_text(textgrid(tiers, end_s=1.0), encoding="utf-8")
    with pytest.raises(UtteranceError, match="2 tiers for one thing .anna - phones, jan - phones"):
        given_times(path, "Ala śpi.", 1.0)


TIME = st.one_of(
    st.sampled_from([0.0, 0.2, 0.5, 1.0, -1.0, 1e308, float("nan"), float("inf")]),
    st.floats(-0.1, 1.2),
)
LABEL = st.sampled_from(["", "a", "ɕ", "Ala", "śpi", "sil", "ʲ", '"', "\n", "θ", "tS", "\\"])
ROW = st.lists(st.tuples(TIME, TIME, LABEL).map(lambda one: Interval(*one)), max_size=6)


@settings(
    max_examples=int(os.environ.get("INTONATION_FUZZ", "150")),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(words=ROW, phones=ROW)
def test_any_times_give_an_alignment_or_one_error(tmp_path, words, phones):
    try:
        alignment = times_of(tmp_path, words, phones).alignment
    except UtteranceError as error:
        assert "a.TextGrid" in str(error)
        return
    for tier in (alignment.words, alignment.phones):
        assert (tier[0].start_s, tier[-1].end_s) == (0, 1.0)
        assert all(one.end_s == other.start_s for one, other in pairwise(tier))
        assert all(one.start_s < one.end_s for one in tier)
