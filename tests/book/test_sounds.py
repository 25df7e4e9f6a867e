"""Sounds of the inspector, listened to with numbers: pitch, loudness, length, size."""

import io
from dataclasses import replace

import numpy as np
import pandas as pd
import parselmouth
import pytest
import soundfile
from builders import save_small_model

from intonation.book.inspector import sounds
from intonation.book.inspector.sounds import Sounds, contours, make_sounds
from intonation.book.inspector.spoken import speak
from intonation.corpus.pitch.tracking import PitchRange, track_f0
from intonation.corpus.sounds import write_sound
from intonation.errors import ModelError, UtteranceError
from intonation.labels.question_set import read_questions
from intonation.lrp.methods import explain
from intonation.lrp.ranking import input_groups
from intonation.model.network import load_model
from intonation.model.prediction import predict

ASKED = "Czy to prawda, że mama ma nowe radio?"


class Speaker:
    """As much of a corpus as a sentence needs that is spoken for it."""

    def __init__(self, questions, median_hz=190.0, name="espeak"):
        self.questions = questions
        self.table = pd.DataFrame({"speaker": [name], "speaker_median_hz": [median_hz]})


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("model")
    save_small_model(folder / "semitones")
    save_small_model(folder / "log_f0", "log_f0")
    return folder


@pytest.fixture(scope="module")
def corpus(folder):
    return Speaker(read_questions(folder / "semitones" / "questions.hed"))


@pytest.fixture(scope="module")
def asked(corpus):
    return speak(ASKED, corpus)


@pytest.fixture(scope="module")
def model(folder, asked):
    """A network whose contour moves by some semitones, as a trained one's does."""
    model = load_model(folder / "semitones")
    predicted = predict(model, asked)[asked.voiced]
    scale = 3.0 / np.std(predicted)
    model.output.weight.data *= scale
    model.output.bias.data *= scale
    model.output.bias.data -= float(np.mean(predict(model, asked)[asked.voiced]))
    return model


@pytest.fixture(scope="module")
def made(model, asked):
    return make_sounds(model, asked, asked.sound)


def decoded(encoded):
    samples, rate = soundfile.read(io.BytesIO(encoded))
    assert rate == sounds.RATE_HZ and samples.ndim == 1
    return samples


def pitch_hz(samples):
    sound = parselmouth.Sound(samples, sounds.RATE_HZ)
    return track_f0(sound, PitchRange(60, 600))


def deviations(samples, wanted_hz):
    """Semitones between what is heard and what was wanted, where both are voiced."""
    heard_hz = pitch_hz(samples)[: len(wanted_hz)]
    both = (heard_hz > 0) & (wanted_hz > 0)
    assert both.sum() > 0.8 * (wanted_hz > 0).sum()
    return 12 * np.log2(heard_hz[both] / wanted_hz[both]), heard_hz[both]


def span(values):
    """From the 5th to the 95th percentile: one frame heard an octave off does not count."""
    return np.ptp(np.percentile(values, [5, 95]))


def test_each_version_has_its_contour(made, model, asked):
    wanted = contours(model, asked)
    assert list(made.versions) == ["original", *wanted] and not made.missing
    assert np.ptp(12 * np.log2(wanted["predicted"][asked.voiced])) > 3
    for name, f0_hz in {"original": asked.f0_hz, **wanted}.items():
        errors, _ = deviations(decoded(made.versions[name]), f0_hz)
        assert np.median(np.abs(errors)) < 0.3, name


def test_flat_is_flat_at_the_speakers_median(made, asked):
    errors, heard_hz = deviations(decoded(made.versions["flat"]), np.where(asked.voiced, 190.0, 0))
    assert np.percentile(np.abs(errors), 95) < 0.3 and np.median(heard_hz) == pytest.approx(
        190, 0.01
    )
    _, original_hz = deviations(decoded(made.versions["original"]), asked.f0_hz)
    assert span(original_hz) > 10 * span(heard_hz)


def test_versions_are_equally_loud_long_and_small(made, asked):
    seconds = asked.sound.get_total_duration()
    loudness = {}
    for name, encoded in made.versions.items():
        samples = decoded(encoded)
        assert abs(len(samples) / sounds.RATE_HZ - seconds) < 0.001, name
        assert np.abs(samples).max() < 0.99, name
        assert len(encoded) < 4500 * seconds, name  # 36 kbit/s
        loudness[name] = 20 * np.log10(np.sqrt(np.mean(samples**2)))
    assert np.ptp(list(loudness.values())) < 0.5


def test_original_is_the_recording(made, asked):
    before, after = (
        asked.sound.resample(sounds.RATE_HZ).values[0],
        decoded(made.versions["original"]),
    )
    after = after[: len(before)]
    likeness = [np.corrcoef(np.roll(after, lag), before)[0, 1] for lag in range(-48, 49)]
    assert abs(np.argmax(likeness) - 48) <= 2 and max(likeness) > 0.9  # 48 samples are 2 ms


def test_a_loud_recording_is_not_clipped(model, asked):
    loud = parselmouth.Sound(asked.sound.values * 5, asked.sound.sampling_frequency)
    for encoded in make_sounds(model, asked, loud).versions.values():
        assert np.abs(decoded(encoded)).max() < 0.99


def test_a_group_sings_its_relevance_for_each_frame(model, asked):
    groups = input_groups(asked.questions, "linguistic_levels", vuv=False)
    found = contours(model, asked)
    frame = int(np.flatnonzero(asked.voiced)[40])
    relevance = explain(model, asked, frames=np.array([frame])).values.sum(axis=0)
    for name, members in groups.items():
        moved = 12 * np.log2(found[f"group:{name}"][frame] / 190.0)
        assert moved == pytest.approx(relevance[members].sum(), abs=1e-3)
    assert all((f0_hz > 0).tolist() == asked.voiced.tolist() for f0_hz in found.values())


def test_groups_are_named_in_words_and_none_is_heard_twice(made, model, asked):
    found = contours(model, asked)
    levels = asked.questions.groups("linguistic_levels")
    assert [f"group:{name}" for name in levels] == list(found)[2 : 2 + len(levels)]
    assert len(found) == 2 + len(levels) + sounds.STRONGEST
    tracks = [tuple(f0_hz) for name, f0_hz in found.items() if name.startswith("group:")]
    assert len(set(tracks)) == len(tracks)
    title = made.titles["group:syllabic"]
    assert title.startswith("syllable alone, ") and title.endswith(" semitones")
    assert made.titles["predicted"] == "with the predicted contour"


def test_a_network_of_ln_hz_sings_no_groups(folder, asked):
    found = make_sounds(load_model(folder / "log_f0"), asked, asked.sound)
    assert list(found.versions) == ["original", "predicted", "flat"]


def test_predictions_out_of_range_are_kept_where_praat_can_sing_them(folder, asked):
    model = load_model(folder / "semitones")
    model.output.bias.data += 500
    found = contours(model, asked)
    assert found["predicted"].max() == 600 and made_whole(make_sounds(model, asked, asked.sound))


def made_whole(found):
    return not found.missing and all(np.isfinite(decoded(s)).all() for s in found.versions.values())


def test_where_nothing_can_be_heard_a_sentence_says_why(model, asked, tmp_path):
    bare = make_sounds(model, asked)
    assert bare.versions == {} and "no recording" in bare.missing
    (tmp_path / "u.wav").write_bytes(b"RIFF and no more")
    broken = make_sounds(model, replace(asked, wav_path=tmp_path / "u.wav"))
    assert broken.versions == {} and "u.wav is no audio file" in broken.missing
    unvoiced = make_sounds(model, replace(asked, f0_hz=0 * asked.f0_hz), asked.sound)
    assert list(unvoiced.versions) == ["original"] and "No frame is voiced" in unvoiced.missing


def test_where_praat_refuses_the_recording_is_left(model, asked):
    short = asked.sound.extract_part(0, 0.011)
    found = make_sounds(model, asked, short)
    assert list(found.versions) == ["original"]
    assert found.missing.startswith("Praat could not give the recording another contour (")


def test_a_recording_of_the_corpus_is_heard_as_it_lies_there(model, asked, tmp_path):
    write_sound(tmp_path / "u.wav", asked.sound)
    found = make_sounds(model, replace(asked, wav_path=tmp_path / "u.wav"))
    assert made_whole(found) and len(found.versions) > 8


def test_data_are_plain_json(made):
    data = made.data()
    assert data["rate"] == 24_000 and set(data["titles"]) == set(data["versions"])
    assert all(isinstance(text, str) and text.isascii() for text in data["versions"].values())
    assert Sounds({}, {}, "why").data()["missing"] == "why"


def test_other_questions_are_refused(folder, asked):
    model = load_model(folder / "semitones")
    other = replace(asked, questions=type("Q", (), {"names": ["x"]})())
    with pytest.raises(ModelError, match="use the question set of the training"):
        make_sounds(model, other, asked.sound)


def test_a_spoken_sentence_is_an_utterance_with_words_and_median(corpus, asked):
    assert asked.text == ASKED and asked.speaker_median_hz == 190.0
    assert [word.text for word in asked.words if word.text][0] == "Czy"
    assert len(asked.f0_hz) == len(asked.frame_to_phone) and asked.voiced.mean() > 0.3
    stranger = speak("Mama ma radio.", Speaker(corpus.questions, 80.0, "other"))
    assert stranger.speaker_median_hz == pytest.approx(np.median(stranger.f0_hz[stranger.voiced]))


@pytest.mark.parametrize("text", ["Kup 3q7 chleb.", "", "?!"])
def test_what_cannot_be_read_is_refused(corpus, text):
    with pytest.raises(UtteranceError):
        speak(text, corpus)


def test_a_model_of_other_phones_cannot_be_asked(tmp_path):
    (tmp_path / "q.hed").write_text('QS "C-aa" {*-aa+*}\nQS "C-b" {*-b+*}\n', encoding="utf-8")
    with pytest.raises(UtteranceError, match="only a model with the Polish question set"):
        speak("Mama ma radio.", Speaker(read_questions(tmp_path / "q.hed")))
