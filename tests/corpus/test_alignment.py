"""Word and phone times: the synthetic voice, forced alignment, TextGrid files."""

import subprocess
import sys
import unicodedata

import numpy as np
import parselmouth
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from parselmouth.praat import call

from intonation import polish
from intonation.corpus.alignment.praat import align, synthesize
from intonation.corpus.alignment.textgrids import read_textgrid
from intonation.corpus.alignment.textgrids import write_textgrid as write
from intonation.errors import UtteranceError
from intonation.labels.intervals import Alignment, Interval

TEXT = "Ala ma kota, a Żaneta psa."
WORDS = ["Ala", "ma", "kota,", "a", "Żaneta", "psa."]
TEXTGRID = """File type = "ooTextFile"
Object class = "TextGrid"

0
1.5
<exists>
3
"IntervalTier"
"phones"
0
1.5
3
0
0.25
""
0.25
0.5
"ɔ"
0.5
1.5
"n"
"TextTier"
"tones"
0
1.5
0
"IntervalTier"
"words"
0
1.5
2
0
0.25
""
0.25
1.5
"on"
"""


def pronounced(alignment, word):
    """The phones within the first interval of the words that reads `word`."""
    place = next(interval for interval in alignment.words if interval.text == word)
    return "".join(
        phone.text for phone in alignment.phones if place.start_s <= phone.start_s < place.end_s
    )


@pytest.fixture(scope="module")
def spoken():
    return synthesize(TEXT)


def assert_contiguous(tier, end_s):
    assert tier[0].start_s == 0
    assert tier[-1].end_s == pytest.approx(end_s, abs=1e-9)
    assert all(a.end_s == b.start_s for a, b in zip(tier, tier[1:], strict=False))
    assert all(interval.end_s > interval.start_s for interval in tier)


def spoken_words(alignment):
    return [interval for interval in alignment.words if interval.text]


def test_the_voice_says_every_word_in_order(spoken):
    sound, alignment = spoken
    assert sound.sampling_frequency == 44_100 and sound.n_channels == 1
    assert [word.text for word in spoken_words(alignment)] == WORDS
    assert_contiguous(alignment.words, sound.duration)
    assert_contiguous(alignment.phones, sound.duration)


def test_the_voice_is_polish(spoken):
    _, alignment = spoken
    assert pronounced(alignment, "Żaneta") == "ʒanɛta"


@pytest.mark.parametrize(
    ("word", "phones"),
    [("Łódź", "wutɕ"), ("ŁÓDŹ", "wutɕ"), ("Źle", "ʑlɛ"), ("Ćma", "tɕma"), ("Śpi", "ɕpi")],
)
def test_capitals_keep_their_marks_and_texts_their_capitals(word, phones):
    for text in (f"{word}.", f"– „{word}”, {word}…", unicodedata.normalize("NFD", f"{word}.")):
        _, alignment = synthesize(text)
        assert spoken_words(alignment)[0].text.startswith(word)
        assert pronounced(alignment, spoken_words(alignment)[0].text) == phones


def test_a_marked_capital_begins_a_sentence_like_any_other():
    pauses_s = []
    for word in ("Żaba", "Zaba"):
        words = spoken_words(synthesize(f"Ala ma kota. {word} je muchy.")[1])
        assert [interval.text for interval in words[2:4]] == ["kota.", word]
        pauses_s.append(words[3].start_s - words[2].end_s)
    assert pauses_s[0] == pytest.approx(pauses_s[1], abs=0.03)
    assert pauses_s[0] > 0.2


def test_what_is_spoken_before_changes_nothing(spoken):
    """eSpeak NG remembers: after the sentences here, `TEXT` would last up to 90 ms longer."""
    recording = call(spoken[0], "Lengthen (overlap-add)", 75, 600, 2.5)
    aligned = align(recording, TEXT)
    for before in polish.sentences()[4:9]:
        synthesize(before)
    sound, alignment = synthesize(TEXT)
    assert alignment == spoken[1]
    np.testing.assert_array_equal(sound.values, spoken[0].values)
    assert align(recording, TEXT) == aligned


def test_the_voice_speaks_the_same_in_a_process_of_its_own(spoken):
    """What this process did before, in other tests, is no part of it."""
    code = (
        f"from intonation.corpus.alignment.praat import synthesize; print(synthesize({TEXT!r})[1])"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == repr(spoken[1])


def test_pauses_are_silent_and_words_are_not(spoken):
    sound, alignment = spoken
    rms = {True: [], False: []}
    for start_s, end_s, text in alignment.phones:
        if end_s - start_s > 0.04:
            part = sound.extract_part(from_time=start_s + 0.01, to_time=end_s - 0.01)
            rms[bool(text)].append(float(np.sqrt(np.mean(part.values**2))))
    assert max(rms[False]) < 0.1 * np.median(rms[True])


def test_forced_alignment_finds_the_words_where_they_are(spoken):
    sound, truth = spoken
    recording = parselmouth.Sound(
        np.vstack([sound.resample(22_050).values] * 2), sampling_frequency=22_050
    )  # stereo at another rate: both have to be brought into line
    found = align(recording, TEXT)
    assert_contiguous(found.phones, sound.duration)
    assert [word.text for word in spoken_words(found)] == WORDS
    for guess, word in zip(spoken_words(found), spoken_words(truth), strict=True):
        assert guess.start_s == pytest.approx(word.start_s, abs=0.03)
        assert guess.end_s == pytest.approx(word.end_s, abs=0.03)


def test_forced_alignment_of_next_to_nothing_is_the_utterances_fault():
    sound = parselmouth.Sound(np.full(441, 0.1), sampling_frequency=44_100)
    with pytest.raises(UtteranceError, match=r"could not align the recording to its text \(.+\)"):
        align(sound, TEXT)


def test_what_would_take_too_much_memory_to_align_is_told():
    sound = parselmouth.Sound(np.zeros(61 * 4_000), sampling_frequency=4_000)
    with pytest.raises(UtteranceError, match="lasts 61 s, but at most 60 s can be aligned; cut it"):
        align(sound, TEXT)


def test_a_textgrid_keeps_times_and_texts(spoken, tmp_path):
    _, alignment = spoken
    write(tmp_path / "a.TextGrid", alignment)
    again = read_textgrid(tmp_path / "a.TextGrid")
    for tier, copy in ((alignment.words, again.words), (alignment.phones, again.phones)):
        assert [interval.text for interval in copy] == [interval.text for interval in tier]
        for which in (0, 1):
            times = [interval[which] for interval in tier]
            assert [interval[which] for interval in copy] == pytest.approx(times, abs=1e-12)


def test_praats_own_escapes_do_not_change_a_word(tmp_path):
    tier = (Interval(0.0, 0.5, "\\a:„ó”"), Interval(0.5, 1.0, 'rzekł "nie"'))
    write(tmp_path / "a.TextGrid", Alignment(words=tier, phones=tier))
    again = read_textgrid(tmp_path / "a.TextGrid")
    assert [interval.text for interval in again.words] == ["a:„ó”", 'rzekł "nie"']


def test_a_textgrid_of_praat_by_hand(tmp_path):
    path = tmp_path / "a.TextGrid"
    path.write_text(TEXTGRID, encoding="utf-8")
    alignment = read_textgrid(path)
    assert alignment.words == (Interval(0, 0.25, ""), Interval(0.25, 1.5, "on"))
    assert alignment.phones == (
        Interval(0, 0.25, ""),
        Interval(0.25, 0.5, "ɔ"),
        Interval(0.5, 1.5, "n"),
    )
    swapped = read_textgrid(path, words="phones", phones="words")
    assert swapped == Alignment(words=alignment.phones, phones=alignment.words)


def test_a_missing_tier_is_named_with_those_that_are_there(tmp_path):
    path = tmp_path / "a.TextGrid"
    path.write_text(TEXTGRID, encoding="utf-8")
    with pytest.raises(UtteranceError, match=r"no interval tier 'word', only \['phones', 'tones'"):
        read_textgrid(path, words="word")


def test_a_point_tier_holds_no_words(tmp_path):
    path = tmp_path / "a.TextGrid"
    path.write_text(TEXTGRID, encoding="utf-8")
    with pytest.raises(UtteranceError, match=r"a\.TextGrid"):
        read_textgrid(path, words="tones")


@pytest.mark.parametrize(
    "command",
    [
        *("Save as text file", "Save as short text file", "Save as binary file"),
        *("Save as chronological text file",),
    ],
)
@pytest.mark.parametrize("encoding", ["UTF-8", "UTF-16"])
def test_every_kind_of_textgrid_is_read(spoken, tmp_path, command, encoding):
    path = tmp_path / "u1.TextGrid"
    write(path, spoken[1])
    parselmouth.praat.run(f'Text writing preferences: "{encoding}"')
    call(parselmouth.read(str(path)), command, str(tmp_path / "other.TextGrid"))
    parselmouth.praat.run('Text writing preferences: "UTF-8"')
    assert read_textgrid(tmp_path / "other.TextGrid") == read_textgrid(path)


def test_files_that_are_no_textgrid(tmp_path):
    (tmp_path / "text.TextGrid").write_text("to nie jest TextGrid\n", encoding="utf-8")
    tier = call("Create PitchTier", "f0", 0, 1)
    tier.save_as_text_file(str(tmp_path / "tier.TextGrid"))
    for name in ("text", "tier", "missing"):
        with pytest.raises(UtteranceError, match=rf"{name}\.TextGrid is no TextGrid"):
            read_textgrid(tmp_path / f"{name}.TextGrid")


LABELS = ("a", "", "?", 'say "x"', "it's 'e' or 'pi'", "[a] <b>", "a # b", "...x", "zażółć")


@settings(max_examples=50, deadline=None)
@given(
    st.lists(st.floats(1e-6, 59.0), min_size=1, max_size=20, unique=True),
    st.lists(st.sampled_from(LABELS), min_size=21, max_size=21),
)
def test_times_and_labels_come_back_to_the_bit(tmp_path_factory, times_s, labels):
    edges_s = [0.0, *sorted(times_s), 60.0]
    tier = tuple(map(Interval, edges_s, edges_s[1:], labels))
    path = tmp_path_factory.mktemp("exact") / "one.TextGrid"
    write(path, Alignment(tier, tier))
    assert read_textgrid(path) == Alignment(tier, tier)


def test_labels_that_a_list_cannot_show_are_read_one_by_one(tmp_path):
    textgrid = call("Create TextGrid", 0, 2, "words phones", "")
    for number in (1, 2):
        call(textgrid, "Insert boundary", number, 1)
        call(textgrid, "Set interval text", number, 1, "a\tb")
        call(textgrid, "Set interval text", number, 2, "c\nd")
    textgrid.save_as_text_file(str(tmp_path / "odd.TextGrid"))
    found = read_textgrid(tmp_path / "odd.TextGrid").words
    assert [word.text for word in found] == ["a\tb", "c\nd"]
