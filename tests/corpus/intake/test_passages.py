"""One long recording of one text: every sentence found, cut in its pauses; what is not is told."""

from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd
import parselmouth
import pytest
import soundfile
from parselmouth.praat import call

from intonation import polish
from intonation.corpus.alignment.praat import synthesize
from intonation.corpus.intake.passages import cut, cut_recording, is_passage, sentences_of
from intonation.corpus.intake.recording import Recording
from intonation.corpus.preparation import prepare_corpus
from intonation.errors import UtteranceError

RATE_HZ = 22_050
PAUSES_S = (0.3, 0.9, 0.45, 1.4, 0.6)  # between sentences, in turn
SENTENCES = polish.sentences()[100:150]
UNREAD = "Tego zdania nikt nigdy nie przeczytał przed mikrofonem."


@pytest.fixture(scope="module")
def spoken():
    """Each sentence as another voice than the template's reads it: lower, slower, in noise."""
    sounds = []
    for sentence in SENTENCES:
        sound, alignment = synthesize(sentence)
        ends = [phone for phone in alignment.phones if phone.text]
        sound = sound.extract_part(ends[0].start_s, ends[-1].end_s)
        deeper = call(sound, "Change gender", 75, 600, 0.85, 120, 0.8, 1.15)
        sounds.append(deeper.resample(RATE_HZ).values[0])
    return sounds


def recorded(path, sounds):
    """Where each sentence lies, seconds, in a recording of them with pauses and some noise."""
    parts, places, place = [np.zeros(RATE_HZ // 2)], [], RATE_HZ // 2
    for number, samples in enumerate(sounds):
        places.append((place / RATE_HZ, (place + len(samples)) / RATE_HZ))
        parts += [samples, np.zeros(round(PAUSES_S[number % len(PAUSES_S)] * RATE_HZ))]
        place += sum(map(len, parts[-2:]))
    together = np.concatenate(parts)
    noise = np.random.default_rng(0).standard_normal(len(together))
    soundfile.write(path, together + 0.003 * np.abs(together).max() * noise, RATE_HZ)
    return places


@pytest.fixture(scope="module")
def passage(spoken, tmp_path_factory):
    path = tmp_path_factory.mktemp("passage") / "rozdział 1.wav"
    return path, recorded(path, spoken)


def assert_cut_in_pauses(found, places):
    """Each piece begins after the sentence before, and ends before the one after it."""
    edges = [0.0, *(time for place in places for time in place), 1e9]
    for number, (_, start_s, end_s) in found.items():
        before_s, begin_s, finish_s, after_s = edges[2 * number - 2 : 2 * number + 2]
        assert before_s <= start_s <= begin_s + 0.03, number  # a soft beginning may count as pause
        assert finish_s - 0.06 <= end_s <= after_s, number


def test_every_sentence_of_two_minutes_is_found_in_its_pauses(passage):
    path, places = passage
    assert places[-1][1] > 120
    found = cut(path, " ".join(SENTENCES))
    assert found.left_out == {} and found.strange == []
    assert [sentence.text for sentence in found.found.values()] == SENTENCES
    assert_cut_in_pauses(found.found, places)
    assert all(a.end_s <= b.start_s for a, b in pairwise(found.found.values()))


def test_a_sentence_that_was_not_read_and_speech_of_none_are_told(passage, spoken):
    path, places = passage
    strange = 20  # this one was read, but is not in the text
    text = [*SENTENCES[:8], UNREAD, *SENTENCES[8:strange], *SENTENCES[strange + 1 :]]
    outcome, files = cut_recording(Recording("c", " ".join(text), "Ewa", path))
    assert files == []
    assert [name for name, *_ in outcome["pieces"]] == [
        f"c_{n:03d}" for n in range(1, len(text) + 1) if n != 9
    ]
    (missing, *_), (whole, _, told) = outcome["reasons"]
    assert (missing, whole) == ("c_009", "c")
    start_s, end_s = map(float, told.removesuffix(" s").split(": ")[1].split(" to "))
    assert (start_s, end_s) == pytest.approx(places[strange], abs=0.1)


def test_the_text_of_another_recording_is_told(passage):
    other = " ".join(polish.sentences()[300:340])
    with pytest.raises(UtteranceError, match=r"of the 40 sentences of the text were found"):
        cut(passage[0], other)


def test_a_recording_without_speech_is_told(tmp_path):
    soundfile.write(tmp_path / "a.wav", np.zeros(50 * RATE_HZ), RATE_HZ)
    with pytest.raises(UtteranceError, match=r"a\.wav has no speech in it"):
        cut(tmp_path / "a.wav", "Pada. Wieje.")


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("Pada. Wieje.", ["Pada.", "Wieje."]),
        ("„Pada!” Rzekł… Żaba?  Tak.", ["„Pada!”", "Rzekł…", "Żaba?", "Tak."]),
        ("Był tu prof. Nowak, św. Anna i J. Kowal. Nie ma.", 2),
        ("Pada... a potem nie. – Wieje!", ["Pada... a potem nie.", "– Wieje!"]),
        ("Rozdział pierwszy\n\nBył wieczór.", ["Rozdział pierwszy", "Był wieczór."]),
        ("", []),
    ],
)
def test_sentences_of_a_text(text, sentences):
    found = sentences_of(text)
    assert (len(found) if isinstance(sentences, int) else found) == sentences


def test_only_long_recordings_of_several_sentences_without_times_are_cut(tmp_path):
    for name, seconds in (("long", 41), ("short", 39)):
        soundfile.write(tmp_path / f"{name}.wav", np.zeros(seconds * 8000), 8000)
    (tmp_path / "broken.wav").write_bytes(b"RIFF")

    def of(name, text="Pada. Wieje.", textgrid=None):
        return is_passage(Recording("a", text, "Ewa", tmp_path / f"{name}.wav", textgrid))

    assert of("long")
    assert not of("short") and not of("broken") and not of("long", "Pada, wieje.")
    assert not of("long", textgrid=Path("a.TextGrid"))
    assert not is_passage(Recording("a", "Pada. Wieje.", "espeak"))


def test_a_folder_with_one_long_recording_becomes_a_corpus(spoken, tmp_path):
    folder = tmp_path / "source"
    folder.mkdir()
    places = recorded(folder / "c.wav", spoken[:17])
    assert places[-1][1] > 41
    (folder / "c.txt").write_text(" ".join([*SENTENCES[:4], UNREAD, *SENTENCES[4:17]]))
    corpus = prepare_corpus(str(folder), tmp_path / "corpus")
    assert corpus.table["text"].tolist() == SENTENCES[:17]
    assert corpus.table["id"].tolist()[3:5] == ["c_004", "c_006"]
    sound = parselmouth.Sound(str(tmp_path / "corpus" / "data" / "wav" / "c_001.wav"))
    assert sound.duration == pytest.approx(places[0][1] - places[0][0] + 0.45, abs=0.1)
    excluded = pd.read_csv(tmp_path / "corpus" / "excluded.csv")
    assert excluded["id"].tolist() == ["c_005"]
    notes = sorted((tmp_path / "corpus" / "made_from").rglob("*.json"))
    before = {path: path.read_bytes() for path in notes}
    again = prepare_corpus(str(folder), tmp_path / "corpus")
    assert again.table.equals(corpus.table)
    assert {path: path.read_bytes() for path in notes} == before
