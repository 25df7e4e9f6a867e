"""Times found anew: the row of an alignment, its best times, what is learnt, and its use."""

import dataclasses
import hashlib
import shutil

import numpy as np
import parselmouth
import pytest
import torch

from intonation import polish
from intonation.corpus.alignment.kept import kept_times
from intonation.corpus.alignment.praat import synthesize
from intonation.corpus.alignment.textgrids import read_textgrid
from intonation.corpus.intake.recording import Recording
from intonation.corpus.preparation import Asked, prepare_corpus, prepare_shard
from intonation.corpus.preparing import stages
from intonation.corpus.realignment import learning
from intonation.corpus.realignment.classifier import load_classifier
from intonation.corpus.realignment.features import BANDS, mel_frames
from intonation.corpus.realignment.learning import Heard, learn
from intonation.corpus.realignment.rows import alignment_of_row, durations_of, realigned, row_of
from intonation.corpus.realignment.times import LEAST_S, classifier_path, to_learn_from
from intonation.corpus.realignment.viterbi import Durations, Slot, best_boundaries, crossing
from intonation.errors import CorpusError, UtteranceError
from intonation.labels.intervals import Alignment, Interval

# --- what is heard --------------------------------------------------------------------------------


def test_a_frame_is_5_ms_and_centred_on_its_time():
    samples = np.random.default_rng(0).normal(0, 1e-4, 16_000)
    samples[8_040] = 1.0  # at the centre of frame 100
    frames = mel_frames(samples, 16_000)
    assert frames.shape == (200, BANDS) and frames.dtype == np.float32
    loudness = frames.mean(1)
    assert loudness[100] == pytest.approx(loudness.max(), abs=0.1)
    assert loudness[97] == pytest.approx(loudness[103], abs=0.3)  # the window's ends: alike
    assert loudness[90] < loudness[100] - 3


def test_loudness_and_rate_of_a_recording_make_no_difference():
    times_s = np.arange(22_050) / 22_050
    samples = np.sin(2 * np.pi * (300 + 900 * times_s) * times_s)
    frames = mel_frames(samples, 22_050)
    np.testing.assert_allclose(mel_frames(0.1 * samples, 22_050), frames, atol=1e-3)
    sound = parselmouth.Sound(samples, 22_050).resample(44_100)
    other = mel_frames(sound.values[0], 44_100)
    assert np.corrcoef(other.ravel(), frames[: len(other)].ravel())[0, 1] > 0.98


def test_a_recording_without_a_frame_is_the_utterances_fault():
    with pytest.raises(UtteranceError, match="shorter than a frame"):
        mel_frames(np.zeros(10), 16_000)


# --- rows -----------------------------------------------------------------------------------------

ALIGNMENT = Alignment(
    words=(
        *(Interval(0.0, 0.2, ""), Interval(0.2, 0.5, "Ala"), Interval(0.5, 0.8, "ma,")),
        *(Interval(0.8, 1.0, ""), Interval(1.0, 1.3, "psa.")),
    ),
    phones=(
        *(Interval(0.0, 0.2, ""), Interval(0.2, 0.3, "a"), Interval(0.3, 0.5, "l")),
        *(Interval(0.5, 0.6, "m"), Interval(0.6, 0.8, "a"), Interval(0.8, 1.0, "")),
        *(Interval(1.0, 1.1, "p"), Interval(1.1, 1.14, ""), Interval(1.14, 1.3, "s")),
    ),
)


def test_a_row_has_a_place_for_a_pause_between_words_and_none_inside():
    row = row_of(ALIGNMENT)
    assert row.symbols == ("", "a", "l", "", "m", "a", "", "p", "s", "")
    expected_s = [0, 0.2, 0.3, 0.5, 0.5, 0.6, 0.8, 1.0, 1.12, 1.3, 1.3]
    np.testing.assert_allclose(row.times_s, expected_s)
    assert row.words == (("Ala", 1, 2), ("ma,", 4, 5), ("psa.", 7, 8))


def test_a_row_with_other_times_is_contiguous_and_keeps_its_words():
    row = row_of(ALIGNMENT)
    times_s = np.array([0, 0, 0.3, 0.45, 0.55, 0.6, 0.8, 0.8, 1.12, 1.25, 1.3])
    found = alignment_of_row(row, times_s)
    assert [phone.text for phone in found.phones] == ["a", "l", "", "m", "a", "p", "s", ""]
    assert [word.text for word in found.words] == ["Ala", "", "ma,", "psa.", ""]
    for tier in (found.words, found.phones):
        assert tier[0].start_s == 0 and tier[-1].end_s == 1.3
        assert all(a.end_s == b.start_s for a, b in zip(tier, tier[1:], strict=False))
    assert found.words[2][:2] == (0.55, 0.8) and found.words[3][:2] == (0.8, 1.25)


# --- the best times -------------------------------------------------------------------------------

USUAL = Durations(np.log([40.0, 10.0, 10.0, 10.0]), np.full(4, 0.5), 0.3)
ROW = [Slot(0, True), Slot(1, False), Slot(2, False), Slot(0, True), Slot(1, False), Slot(0, True)]


def likelihoods_of(lengths, places, noise=0.0, seed=0):
    """Frames that speak for the class they are of, [frames, 4]."""
    classes = np.repeat(places, lengths)
    found = np.random.default_rng(seed).normal(0, noise, (len(classes), 4))
    found[np.arange(len(classes)), classes] += 4.0
    return found


@pytest.mark.parametrize(
    "lengths", [(30, 8, 12, 0, 9, 20), (0, 8, 12, 25, 9, 0), (9, 5, 4, 18, 30, 8)]
)
def test_the_best_times_are_where_the_classes_change(lengths):
    truth = np.concatenate([[0], np.cumsum(lengths)])
    likelihoods = likelihoods_of(lengths, [slot.place for slot in ROW], noise=1.0)
    off = np.random.default_rng(1).integers(-15, 16, len(truth))
    former = np.clip(truth + off, 0, truth[-1])
    found = best_boundaries(likelihoods, ROW, former, 30, USUAL)
    assert np.abs(found - truth).max() <= 1


def test_no_boundary_leaves_its_window():
    likelihoods = likelihoods_of((30, 8, 12, 0, 9, 20), [0, 1, 2, 0, 1, 0])
    former = np.array([0, 10, 20, 40, 40, 50, 79])
    found = best_boundaries(likelihoods, ROW, former, 10, USUAL)
    assert np.abs(found - former)[1:-1].max() <= 10 and found[-1] == 79
    assert found[1] == 20  # where the window ends on the way to the truth


def test_more_phones_than_there_is_time_for_have_no_times():
    likelihoods = np.zeros((8, 4))
    assert best_boundaries(likelihoods, ROW, np.linspace(0, 8, 7), 30, USUAL) is None


def test_a_boundary_between_frames_is_where_the_phones_are_equally_likely():
    likelihoods = np.array([[2.0, 0.0], [1.0, 0.0], [0.0, 3.0], [0.0, 3.0]])
    assert crossing(likelihoods, 2, 0, 1) == pytest.approx(1.5 + 1 / 4)
    assert crossing(likelihoods, 1, 0, 1) == 1.0, "no crossing beside it"
    assert crossing(likelihoods, 0, 0, 1) == 0.0 and crossing(likelihoods, 4, 0, 1) == 4.0


def test_durations_of_rare_phones_are_drawn_to_those_of_all():
    places = np.array([0, 1, 2] * 40 + [3])
    seconds = np.array([0.1, 0.05, 0.2] * 40 + [0.8])
    times_s = np.concatenate([[0], np.cumsum(seconds)])
    usual = durations_of([(places, times_s)], 4)
    frames = np.exp(usual.means)
    assert frames[1] == pytest.approx(10, rel=0.2) and frames[2] == pytest.approx(40, rel=0.2)
    assert frames[2] * 0.4 < frames[3] < 80, "one of 160 frames, and 80 others of about 20"
    assert 10 < frames[4] < 40, "none at all"
    assert usual.pause_share > 0.9


# --- what is learnt -------------------------------------------------------------------------------


def hearing(sound, alignment):
    return Heard(mel_frames(sound.values[0], sound.sampling_frequency), row_of(alignment))


def moved(row, deviation_s, seed):
    """The same row with its inner times off by normal errors, in order."""
    random = np.random.default_rng(seed)
    inner = row.times_s[1:-1] + random.normal(0, deviation_s, len(row.times_s) - 2)
    times_s = np.concatenate([row.times_s[:1], inner, row.times_s[-1:]])
    ordered = np.minimum(np.maximum.accumulate(times_s), row.times_s[-1])
    return dataclasses.replace(row, times_s=np.maximum(ordered, row.times_s[0]))


@pytest.fixture(scope="module")
def spoken():
    """Sentences of the embedded voice with their true times."""
    return [hearing(*synthesize(text)) for text in polish.sentences()[:24]]


@pytest.fixture(scope="module")
def late(spoken):
    """The same with times that are 30 ms off."""
    return [Heard(one.frames, moved(one.row, 0.03, n)) for n, one in enumerate(spoken)]


@pytest.fixture(scope="module")
def learnt(late):
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield learn(late, 1)
    torch.set_num_threads(threads)


def errors_ms(found, truth):
    """Of the phones' starts; places of pauses move together with them."""
    spoken = np.array(truth.symbols) != ""
    return 1000 * np.abs(found - truth.times_s)[:-1][spoken]


def test_times_that_were_off_by_chance_come_back(spoken, late, learnt):
    before, after = [], []
    for true, one in zip(spoken, late, strict=True):
        times_s = realigned(one.row, learnt.log_posteriors(one.frames), learnt)
        assert (np.diff(times_s) >= 0).all()
        assert times_s[0] == one.row.times_s[0] and times_s[-1] == one.row.times_s[-1]
        before.append(errors_ms(one.row.times_s, true.row))
        after.append(errors_ms(times_s, true.row))
    before, after = np.median(np.concatenate(before)), np.median(np.concatenate(after))
    assert before > 15 and after < 0.8 * before


def test_the_same_seed_learns_the_same_bits_and_another_others(late, monkeypatch):
    monkeypatch.setattr(learning, "EPOCHS", (1, 1))
    one, same, other = (learn(late[:5], seed) for seed in (1, 1, 2))
    assert all(np.array_equal(a[0], b[0]) for a, b in zip(one.layers, same.layers, strict=True))
    assert not np.array_equal(one.layers[0][0], other.layers[0][0])


def test_the_network_is_the_same_without_torch(late, learnt):
    frames = torch.from_numpy(late[0].frames)
    hidden = learning._Sound.of([late[0].frames]).inputs(torch.arange(len(frames)))
    for number, (weight, bias) in enumerate(learnt.layers):
        hidden = torch.nn.functional.linear(hidden, *map(torch.from_numpy, (weight, bias)))
        hidden = hidden.relu() if number < len(learnt.layers) - 1 else hidden.log_softmax(1)
    np.testing.assert_allclose(learnt.log_posteriors(late[0].frames), hidden, atol=1e-4)


def test_what_was_learnt_is_stored_whole(learnt, late, tmp_path):
    learnt.save(tmp_path / "phones.safetensors")
    again = load_classifier(tmp_path / "phones.safetensors")
    assert again.symbols == learnt.symbols and again.usual.pause_share == learnt.usual.pause_share
    row, frames = late[3].row, late[3].frames
    expected_s = realigned(row, learnt.log_posteriors(frames), learnt)
    np.testing.assert_array_equal(realigned(row, again.log_posteriors(frames), again), expected_s)


@pytest.mark.parametrize("content", [b"", b"{}", b"\x08\0\0\0\0\0\0\0{}      "])
def test_a_file_that_is_no_classifier_is_told(content, tmp_path):
    (tmp_path / "phones.safetensors").write_bytes(content)
    with pytest.raises(CorpusError, match="is no phone classifier.*remove it"):
        load_classifier(tmp_path / "phones.safetensors")


def test_a_phone_that_was_not_learnt_keeps_its_place(late, learnt):
    one = late[0]
    strange = dataclasses.replace(
        one.row, symbols=(*one.row.symbols[:3], "ʘ", *one.row.symbols[4:])
    )
    times_s = realigned(strange, learnt.log_posteriors(one.frames), learnt)
    usual_s = realigned(one.row, learnt.log_posteriors(one.frames), learnt)
    assert np.abs(times_s - usual_s).max() < 0.1 and (np.diff(times_s) >= 0).all()


# --- in a corpus ----------------------------------------------------------------------------------


def recording(name, audio="a.wav", textgrid=None):
    return Recording(name, "Ala.", "s", audio, textgrid)


def test_which_recordings_are_learnt_from():
    many = {recording(f"r{n}"): LEAST_S / 20 for n in range(21)}
    assert to_learn_from(many, "auto") == list(many)
    assert to_learn_from(many, "no") == []
    few = dict(list(many.items())[:19])
    assert to_learn_from(few, "auto") == [] and to_learn_from(few, "yes") == list(few)
    given = {recording(f"t{n}", textgrid="a.TextGrid"): LEAST_S for n in range(9)}
    voice = {recording(f"v{n}", audio=None): LEAST_S for n in range(9)}
    assert to_learn_from({**given, **voice}, "yes") == []
    assert to_learn_from({**given, **few}, "auto") == [], "only what Praat aligned counts"
    hours = {recording(f"h{n}"): 10.0 for n in range(720)}
    chosen = to_learn_from(hours, "auto")
    assert len(chosen) == 120 and {"h0", "h719"} <= {one.id for one in chosen}


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    """Twelve recordings with their texts."""
    folder = tmp_path_factory.mktemp("source")
    for number, text in enumerate(polish.sentences()[:12]):
        sound, _ = synthesize(text)
        sound.save(str(folder / f"r{number:02d}.wav"), parselmouth.SoundFileFormat.WAV)
        (folder / f"r{number:02d}.txt").write_text(text, encoding="utf-8")
    return folder


ASKED = Asked(realign="yes")


@pytest.fixture(scope="module")
def prepared(source, tmp_path_factory):
    return prepare_corpus(str(source), tmp_path_factory.mktemp("run") / "corpus", ASKED, jobs=2)


def digests(folder):
    paths = [path for path in sorted(folder.rglob("*")) if path.is_file()]
    return {p.relative_to(folder): hashlib.sha256(p.read_bytes()).hexdigest() for p in paths}


def test_times_found_anew_are_those_of_the_corpus(prepared):
    assert set(prepared.table["aligned_by"]) == {"realigned"}
    for utterance in prepared:
        first = kept_times(prepared.folder / f"made_from/heard/{utterance.id}.times")
        final = read_textgrid(utterance.textgrid_path)
        assert first.phones != final.phones
        words = [[word.text for word in tier if word.text] for tier in (first.words, final.words)]
        assert words[0] == words[1]
        assert final.phones[-1].end_s == pytest.approx(first.phones[-1].end_s, abs=1e-9)


def test_shards_find_the_same_times_and_leave_nothing_to_do(
    source, prepared, tmp_path, monkeypatch
):
    folder = tmp_path / "corpus"
    for which in ("hear", "learn", "track"):
        for shard in (0,) if which == "learn" else (1, 0):
            prepare_shard(str(source), folder, which, shard, 2, ASKED)
    done, work = [], stages.in_fresh_processes

    def noting(function, items, *more, **chosen):
        done.extend(items)
        return work(function, items, *more, **chosen)

    monkeypatch.setattr(stages, "in_fresh_processes", noting)
    again = prepare_corpus(str(source), folder, ASKED)
    assert done == [] and digests(again.folder) == digests(prepared.folder)


def test_an_interrupt_after_learning_ends_with_the_same_bytes(source, prepared, tmp_path):
    folder = shutil.copytree(prepared.folder, tmp_path / "corpus")
    expected = digests(folder)
    classifier_path(folder).unlink()
    (folder / "data" / "textgrid" / "r03.TextGrid").unlink()
    assert digests(prepare_corpus(str(source), folder, ASKED).folder) == expected


def test_without_realigning_praats_times_stay_and_nothing_learnt_is_left(
    source, prepared, tmp_path
):
    folder = shutil.copytree(prepared.folder, tmp_path / "corpus")
    corpus = prepare_corpus(str(source), folder)  # auto: half a minute is too little to learn from
    assert set(corpus.table["aligned_by"]) == {"Praat"} and not classifier_path(folder).exists()
    for utterance in corpus:
        first = kept_times(folder / f"made_from/heard/{utterance.id}.times")
        assert read_textgrid(utterance.textgrid_path) == first


def test_a_shard_that_tracks_before_one_learnt_says_so(source, prepared, tmp_path):
    folder = shutil.copytree(prepared.folder, tmp_path / "corpus")  # all is heard there
    shutil.rmtree(classifier_path(folder).parent)
    with pytest.raises(CorpusError, match="no phones were learnt yet.*let one shard learn first"):
        prepare_shard(str(source), folder, "track", 0, 1, ASKED)
