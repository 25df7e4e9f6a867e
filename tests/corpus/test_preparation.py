"""From recordings to a corpus: what is used, what is listed, and that nothing else decides it."""

import faulthandler
import hashlib
import os
import shutil
import signal
from functools import partial

import numpy as np
import pandas as pd
import parselmouth
import pytest

from intonation import polish
from intonation.corpus import preparation
from intonation.corpus.alignment.praat import align, synthesize
from intonation.corpus.alignment.textgrids import write_textgrid
from intonation.corpus.corpus import REASON, TABLE_COLUMNS, open_corpus
from intonation.corpus.intake.names import id_of
from intonation.corpus.intake.recording import Recording
from intonation.corpus.intake.texts import owner_dictionary, with_words
from intonation.corpus.pitch.tracking import speaker_range, track_f0
from intonation.corpus.preparation import Asked, prepare_corpus, prepare_shard
from intonation.corpus.preparing import processes, stages
from intonation.corpus.splits import SPLITS
from intonation.errors import CorpusError
from intonation.labels.intervals import TICKS_PER_S, Alignment, Interval
from intonation.polish import Dictionary
from intonation.provenance import Note

SENTENCES = {
    "r1": "Żaba siedzi na liściu.",
    "r2": "Kto zamknął okno?",
    "r3": "Łódź, choć mała, płynie.",
    "r4": "Daj mi książkę!",
}
SUB_FOLDERS = {"labels/full": "lab", "lf0": "lf0", "txt": "txt", "wav": "wav"}


def save(path, sound, text=None):
    sound.save(str(path), parselmouth.SoundFileFormat.WAV)
    if text is not None:
        path.with_suffix(".txt").write_text(text + "\n", encoding="utf-8")


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    """Four recordings with their texts; one in stereo at another rate, one as flac."""
    folder = tmp_path_factory.mktemp("source")
    for name, text in SENTENCES.items():
        sound, _ = synthesize(text)
        if name == "r2":
            sound = sound.resample(24_000)
            sound = parselmouth.Sound(np.vstack([sound.values] * 2), sampling_frequency=24_000)
        save(folder / f"{name}.wav", sound, text)
    recording = parselmouth.Sound(str(folder / "r4.wav"))
    recording.save(str(folder / "r4.flac"), parselmouth.SoundFileFormat.FLAC)
    (folder / "r4.wav").unlink()
    return folder


@pytest.fixture(scope="module")
def prepared(source, tmp_path_factory):
    return prepare_corpus(str(source), tmp_path_factory.mktemp("run") / "corpus")


@pytest.fixture
def sources(source, tmp_path):
    """A copy of the recordings that a test may spoil."""
    return shutil.copytree(source, tmp_path / "source")


@pytest.fixture
def corpus_folder(prepared, tmp_path):
    """A copy of what was made of them: what a test does not change need not be prepared again."""
    return shutil.copytree(prepared.folder, tmp_path / "corpus")


def digests(folder):
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def excluded(corpus):
    return dict(zip(corpus.excluded["id"], corpus.excluded["reason"], strict=True))


# --- what a corpus holds --------------------------------------------------------------------------


def test_every_recording_has_all_its_files(prepared):
    for sub_folder, suffix in SUB_FOLDERS.items():
        names = {path.name for path in (prepared.folder / "data" / sub_folder).iterdir()}
        assert names == {f"{name}.{suffix}" for name in SENTENCES}
    assert len(prepared.excluded) == 0
    assert len(prepared.questions.names) >= 1200


def test_the_table_tells_what_the_files_hold(prepared):
    table = prepared.table
    assert table.columns.tolist() == list(TABLE_COLUMNS)
    assert dict(zip(table["id"], table["text"], strict=True)) == SENTENCES
    assert set(table["speaker"]) == {"speaker"}
    assert sorted(table["split"]) == ["test", "train", "train", "validation"]
    for utterance, row in zip(prepared, table.to_dict("records"), strict=True):
        sound = parselmouth.Sound(str(utterance.wav_path))
        assert row["frames"] == len(utterance.f0_hz) == pytest.approx(sound.duration / 0.005, abs=2)
        assert row["seconds"] == pytest.approx(row["frames"] * 0.005)
        assert row["phones"] == len(utterance.labels)
        assert row["voiced_share"] == pytest.approx(utterance.voiced.mean(), abs=1e-4)
        median_hz = np.median(utterance.f0_hz[utterance.voiced])
        assert row["f0_median_hz"] == pytest.approx(median_hz, abs=1e-3)


def test_the_speakers_median_is_that_of_training(prepared):
    training = np.concatenate([prepared[name].f0_hz for name in prepared.ids("train")])
    expected_hz = np.median(training[training > 0])
    assert set(prepared.table["speaker_median_hz"]) == {round(float(expected_hz), 3)}


def test_f0_comes_from_the_second_pass_in_the_speakers_range(prepared):
    sounds = {utterance.id: parselmouth.Sound(str(utterance.wav_path)) for utterance in prepared}
    search = speaker_range(track_f0(sound) for sound in sounds.values())
    for utterance in prepared:
        expected_hz = track_f0(sounds[utterance.id], search)[: len(utterance.f0_hz)]
        np.testing.assert_allclose(utterance.f0_hz, expected_hz, rtol=1e-6)


def test_labels_are_in_step_with_the_words(prepared):
    for utterance in prepared:
        spoken = [word.text for word in utterance.words if word.text]
        assert " ".join(spoken) == utterance.text
        labels = utterance.labels
        np.testing.assert_array_equal(labels.starts[1:], labels.ends[:-1])
        duration_s = parselmouth.Sound(str(utterance.wav_path)).duration
        assert labels.ends[-1] / TICKS_PER_S == pytest.approx(duration_s, abs=0.005)


def test_capitals_are_pronounced_with_their_marks(prepared):
    first_phones = {
        name: next(phone.text for phone in prepared[name].phones if phone.text != "pau")
        for name in ("r1", "r3")
    }
    assert first_phones == {"r1": "zh", "r3": "w"}  # Żaba, Łódź


def test_questions_and_words_meet_in_the_answers(prepared):
    utterance = prepared["r2"]
    is_pause = utterance.answers[:, prepared.questions.names.index("C-pau")]
    assert is_pause.tolist() == (utterance.labels.fields("p3") == "pau").astype(int).tolist()


# --- what decides nothing -------------------------------------------------------------------------


@pytest.fixture(scope="module")
def embedded(tmp_path_factory):
    return prepare_corpus(
        "", tmp_path_factory.mktemp("embedded") / "corpus", Asked(dataset_size_limit=4), jobs=1
    )


def test_the_embedded_voice(embedded):
    sentences = polish.sentences()
    assert len(embedded) == 4 and len(embedded.excluded) == 0
    numbers = [int(name.removeprefix("pl")) for name in embedded.table["id"]]
    assert numbers[0] == 1 and numbers[-1] == len(sentences)
    assert np.ptp(np.diff(numbers)) <= 1  # spread over all of them
    assert embedded.table["text"].tolist() == [sentences[number - 1] for number in numbers]
    assert set(embedded.table["speaker"]) == {preparation.EMBEDDED_SPEAKER}
    assert set(embedded.table["split"]) == set(SPLITS)


def test_processes_and_what_was_spoken_before_do_not_change_a_corpus(embedded, tmp_path):
    synthesize("Dzień dobry państwu, co dziś słychać?")  # the voice remembers in its process
    again = prepare_corpus("", tmp_path / "corpus", Asked(dataset_size_limit=4), jobs=2)
    assert digests(again.folder) == digests(embedded.folder)


def test_sharing_out_chunks_does_not_change_a_corpus(source, prepared, tmp_path, monkeypatch):
    monkeypatch.setattr(processes, "CHUNK", 1)
    shared_out = prepare_corpus(str(source), tmp_path / "corpus", jobs=2)
    assert digests(shared_out.folder) == digests(prepared.folder)


@pytest.mark.parametrize("count", [0, 1, 20, 39, 41, 539, 5000])
@pytest.mark.parametrize("jobs", [1, 2, 16])
def test_chunks_share_out_all_items_in_order_and_end_small(count, jobs):
    chunks = list(processes.chunks_of(list(range(count)), jobs))
    assert [item for chunk in chunks for item in chunk] == list(range(count))
    sizes = [len(chunk) for chunk in chunks]
    assert sizes == sorted(sizes, reverse=True) and max(sizes, default=0) <= processes.MOST
    assert max(sizes[-jobs:], default=0) <= processes.CHUNK, "no process waits long for the last"
    assert all(size >= processes.CHUNK for size in sizes[:-1])
    even = [len(chunk) for chunk in processes.chunks_of(list(range(count)), jobs, chunk=7)]
    assert sum(even) == count and set(even[:-1]) <= {7}


def die(items):
    os._exit(1)  # as the kernel does to a process when memory runs out


def test_a_process_that_dies_is_an_error_and_not_a_wait_without_end():
    items = [(Recording(f"r{number}", "Ala.", "speaker"), None) for number in range(3)]
    with pytest.raises(CorpusError, match="process that prepared r0 to r2 died.*run again"):
        processes.in_fresh_processes(die, items, 2, "align")
    with pytest.raises(CorpusError, match="process that prepared r0 to r0 died"):
        processes.in_fresh_processes(die, items, 1, "align", again=die)


def crash_on_r1(recording):
    if recording.id == "r1":
        faulthandler.disable()  # pytest's would tell of it at length
        os.kill(os.getpid(), signal.SIGSEGV)
    return {"id": recording.id, "of": recording.text}, []


def test_a_crash_costs_only_the_recording_that_it_is_about(tmp_path):
    items = [
        (Recording(f"r{number}", "Ala.", "speaker"), Note(tmp_path, f"stage/r{number}", {}))
        for number in range(4)
    ]
    outcomes = stages.where_needed(crash_on_r1, items, 2, "align")
    assert [outcome["id"] for outcome in outcomes] == ["r0", "r1", "r2", "r3"]
    assert [outcome.get("of") for outcome in outcomes] == ["Ala.", None, "Ala.", "Ala."]
    assert "SIGSEGV" in outcomes[1][REASON]
    assert all(note.holds() for _, note in items)


def be_killed_on_r1(recording):
    if recording.id == "r1":
        os.kill(os.getpid(), signal.SIGKILL)  # as the kernel does when memory runs out
    return {"id": recording.id}, []


def test_what_the_kernel_kills_is_no_fault_of_a_recording(tmp_path):
    items = [
        (Recording(f"r{number}", "Ala.", "speaker"), Note(tmp_path, f"stage/r{number}", {}))
        for number in range(3)
    ]
    with pytest.raises(CorpusError, match="process that prepared r1 to r1 died"):
        stages.where_needed(be_killed_on_r1, items, 1, "align")
    assert [note.holds() for _, note in items] == [True, False, False]


WORKED_ON = []  # in this process


def remember(folder, items):
    WORKED_ON.extend(items)
    for item in items:
        (folder / item).write_text(f"{os.getpid()} {WORKED_ON}")


def test_each_chunk_has_a_process_of_its_own(tmp_path):
    names = [f"r{number}" for number in range(5)]
    processes.in_fresh_processes(partial(remember, tmp_path), names, 2, "align", chunk=3)
    told = [(tmp_path / name).read_text().partition(" ") for name in names]
    assert len({process for process, _, _ in told}) == 2
    assert told[4][2] == "['r3', 'r4']"


@pytest.mark.parametrize("left", ["none", "all but one label", "no track", "half of a file"])
def test_an_interrupted_preparation_ends_with_the_same_bytes(source, corpus_folder, left):
    expected = digests(corpus_folder)
    (corpus_folder / "utterances.csv").unlink()
    if left == "none":
        shutil.rmtree(corpus_folder / "data")
        shutil.rmtree(corpus_folder / "made_from")
    elif left == "all but one label":
        (corpus_folder / "data" / "labels" / "full" / "r3.lab").unlink()
    elif left == "no track":
        shutil.rmtree(corpus_folder / "data" / "lf0")
    else:
        (corpus_folder / "data" / "wav" / "r1.wav").write_bytes(b"RIFF")
    assert digests(prepare_corpus(str(source), corpus_folder).folder) == expected


@pytest.fixture
def done(monkeypatch):
    """Ids of the utterances that are worked on, by the title of the pass."""
    found, work = {}, stages.in_fresh_processes

    def noting(function, items, jobs, title, **chosen):
        found.setdefault(title, []).extend(recording.id for recording, _ in items)
        return work(function, items, jobs, title, **chosen)

    monkeypatch.setattr(stages, "in_fresh_processes", noting)
    return found


def test_what_is_whole_is_not_done_twice(source, corpus_folder, done):
    prepare_corpus(str(source), corpus_folder, Asked(split_seed=3))
    assert done == {"align": [], "pitch": []}


def test_what_is_asked_of_f0_is_measured_again_and_nothing_else(source, corpus_folder, done):
    before = {one.id: one.f0_hz for one in open_corpus(corpus_folder)}
    bridged = prepare_corpus(str(source), corpus_folder, Asked(bridge_ms=200.0))
    assert done == {"align": [], "pitch": list(SENTENCES)}
    for utterance in bridged:
        was_voiced = before[utterance.id] > 0
        np.testing.assert_array_equal(utterance.f0_hz[was_voiced], before[utterance.id][was_voiced])
        assert utterance.voiced.sum() > was_voiced.sum()


def test_only_a_changed_recording_is_prepared_again(sources, corpus_folder, tmp_path, done):
    before = digests(corpus_folder / "data")
    (sources / "r2.txt").write_text("Kto zamknął to okno?")
    after = digests(prepare_corpus(str(sources), corpus_folder).folder / "data")
    assert done == {"align": ["r2"], "pitch": ["r2"]}
    changed = {name for name in before if after[name] != before[name]}
    assert changed and {name.rpartition("/")[2].partition(".")[0] for name in changed} == {"r2"}
    assert digests(prepare_corpus(str(sources), tmp_path / "afresh").folder / "data") == after


def test_a_speakers_other_recordings_are_tracked_again_where_the_range_changes(
    sources, corpus_folder, tmp_path, done
):
    (sources / "r1.wav").unlink()
    corpus = prepare_corpus(str(sources), corpus_folder)
    assert done == {"align": [], "pitch": ["r2", "r3", "r4"]}
    afresh = prepare_corpus(str(sources), tmp_path / "afresh")
    assert digests(afresh.folder) == digests(corpus.folder)


def test_other_code_prepares_everything_again(source, corpus_folder, done, monkeypatch):
    monkeypatch.setattr(stages, "code_digest", lambda modules: "other code")
    prepare_corpus(str(source), corpus_folder)
    assert done == {"align": list(SENTENCES), "pitch": list(SENTENCES)}


def test_shards_make_the_same_bytes_and_leave_nothing_to_do(source, prepared, tmp_path, done):
    folder = tmp_path / "corpus"
    for which in ("hear", "track"):
        for shard in (1, 0):
            prepare_shard(str(source), folder, which, shard, 2)
    mine = [["r2", "r4"], ["r1", "r3"]]
    assert done == {"hear": sum(mine, []), "pitch": sum(mine, [])}
    done.clear()
    assert digests(prepare_corpus(str(source), folder).folder) == digests(prepared.folder)
    assert done == {"align": [], "pitch": []}


def test_a_shard_that_tracks_before_all_have_heard_says_so(source, tmp_path):
    prepare_shard(str(source), tmp_path, "hear", 0, 2)
    with pytest.raises(CorpusError, match="2 of 4 recordings were not heard yet .r2 for one"):
        prepare_shard(str(source), tmp_path, "track", 0, 2)


def test_shards_of_a_tree(prepared, tmp_path, done):
    tree = shutil.copytree(prepared.folder, tmp_path / "tree")
    shutil.rmtree(tree / "made_from")
    for which in ("hear", "track"):
        for shard in (0, 1):
            prepare_shard(str(tree), tmp_path / "corpus", which, shard, 2)
    assert done == {"import": ["r1", "r3", "r2", "r4"]}
    prepare_corpus(str(tree), tmp_path / "corpus")
    assert len(done["import"]) == 4


def test_a_tree_is_taken_over_utterance_by_utterance(prepared, tmp_path, done):
    tree = shutil.copytree(prepared.folder, tmp_path / "tree")
    shutil.rmtree(tree / "made_from")
    folder = tmp_path / "corpus"
    prepare_corpus(str(tree), folder)
    os.utime(tree / "data" / "lf0" / "r3.lf0")
    prepare_corpus(str(tree), folder)
    assert done == {"import": [*SENTENCES, "r3"]}


def test_another_source_starts_afresh(sources, corpus_folder):
    (sources / "r1.wav").unlink()
    (sources / "r1.txt").unlink()
    (sources / "r2.txt").write_text("Kto zamknął to okno?")
    corpus = prepare_corpus(str(sources), corpus_folder)
    assert corpus.table["id"].tolist() == ["r2", "r3", "r4"]
    assert corpus["r2"].text == "Kto zamknął to okno?"
    data = corpus_folder / "data"
    assert "r1" not in {path.stem for path in data.rglob("*")}
    assert (data / "txt" / "r2.txt").read_text(encoding="utf-8") == "Kto zamknął to okno?\n"


def test_the_split_follows_its_seed(source, corpus_folder):
    splits = {
        tuple(prepare_corpus(str(source), corpus_folder, Asked(split_seed=seed)).table["split"])
        for seed in range(4)
    }
    assert len(splits) > 1


# --- bad input ------------------------------------------------------------------------------------


def tone(seconds, f0_hz=150.0, rate_hz=16_000):
    samples = 0.3 * np.sin(2 * np.pi * f0_hz * np.arange(round(seconds * rate_hz)) / rate_hz)
    return parselmouth.Sound(samples, sampling_frequency=rate_hz)


BAD_TEXTS = {
    "digits": ("Kod 3q7 działa.", '"3q7" (a number in a form'),
    "emoji": ("Lubię koty 😀.", "U+1F600"),
    "foreign": ("Quo vadis, Müller?", "U+0051"),
    "cyrillic": ("Москва nocą.", "CYRILLIC"),
    "nowords": ("...!", "has no words"),
}


def test_what_cannot_be_used_is_listed_and_the_rest_is_used(sources, corpus_folder):
    good = (sources / "r1.wav").read_bytes()
    for name, (text, _) in BAD_TEXTS.items():
        (sources / f"{name}.wav").write_bytes(good)
        (sources / f"{name}.txt").write_text(text, encoding="utf-8")
    silence = parselmouth.Sound(np.zeros(16_000), sampling_frequency=16_000)
    save(sources / "silent.wav", silence, "Nic nie słychać.")
    noise = np.random.default_rng(0).normal(0, 0.1, 16_000)
    save(sources / "noise.wav", parselmouth.Sound(noise, 16_000), "Szum.")
    save(sources / "short.wav", tone(0.01), "Krótko.")
    for name, content in {
        "text": b"to nie jest wav\n",
        "empty": b"",
        "half": good[:20_000],
    }.items():
        (sources / f"{name}.wav").write_bytes(content)
        (sources / f"{name}.txt").write_text("Ala ma kota.")
    (sources / "without.wav").write_bytes(good)
    (sources / "void.wav").write_bytes(good)
    (sources / "void.txt").write_text(" \n")
    reasons = {name: reason for name, (_, reason) in BAD_TEXTS.items()} | {
        "silent": "digital silence",
        "noise": "nothing voiced",
        "short": "could not align",
        "text": "text.wav is no audio file",
        "empty": "empty.wav is no audio file",
        "half": "half.wav is damaged",
        "without": "no text",
        "void": "no text",
    }
    corpus = prepare_corpus(str(sources), corpus_folder, jobs=2)
    assert corpus.table["id"].tolist() == list(SENTENCES)
    found = excluded(corpus)
    assert found.keys() == reasons.keys()
    for name, reason in reasons.items():
        assert reason in found[name], found[name]


def test_a_table_row_without_recording_is_listed(sources, corpus_folder):
    (sources / "data.tsv").write_text("id\ttext\n../../etc/x\tAla ma kota.\n", encoding="utf-8")
    corpus = prepare_corpus(str(sources), corpus_folder)
    assert len(corpus) == 4
    assert "leads out of the folder" in excluded(corpus)[id_of("../../etc/x")]


def test_too_few_recordings_say_what_was_wrong_with_the_others(sources, tmp_path):
    (sources / "r1.wav").write_text("nic")
    (sources / "r2.txt").write_text("3q7")
    with pytest.raises(
        CorpusError, match="only 2 utterances are usable.*Excluded: 2 .*r1"
    ) as error:
        prepare_corpus(str(sources), tmp_path / "corpus")
    assert "excluded.csv" in str(error.value)
    listed = pd.read_csv(tmp_path / "corpus" / "excluded.csv")
    assert sorted(listed["id"]) == ["r1", "r2"]
    with pytest.raises(CorpusError):
        open_corpus(tmp_path / "corpus")


def test_nothing_usable_at_all(tmp_path):
    (tmp_path / "a.wav").write_text("nic")
    (tmp_path / "a.txt").write_text("Ala ma kota.")
    with pytest.raises(CorpusError, match="only 0 utterances are usable"):
        prepare_corpus(str(tmp_path), tmp_path / "out")


def test_one_sentence_written_three_ways_cannot_be_split(source, tmp_path):
    folder = tmp_path / "source"
    folder.mkdir()
    sound = parselmouth.Sound(str(source / "r1.wav"))
    sentence = SENTENCES["r1"]
    for name, text in {"a": sentence, "b": sentence.lower()[:-1], "c": f"„{sentence}”"}.items():
        save(folder / f"{name}.wav", sound, text)
    with pytest.raises(CorpusError, match="need three different sentences"):
        prepare_corpus(str(folder), tmp_path / "corpus")


@pytest.mark.parametrize("exists", [True, False])
def test_no_recordings(tmp_path, exists):
    folder = tmp_path / "source"
    if exists:
        folder.mkdir()
    with pytest.raises(CorpusError, match=str(folder)):
        prepare_corpus(str(folder), tmp_path / "corpus")


# --- times of the owner ---------------------------------------------------------------------------


def test_a_textgrid_of_the_owner_replaces_alignment(sources, corpus_folder):
    sound = parselmouth.Sound(str(sources / "r2.wav"))
    found = align(sound, SENTENCES["r2"])

    def moved(tier):  # all inner boundaries 40 ms late, as no aligner would have them
        edges = [0.0, *(interval.start_s + 0.04 for interval in tier[1:]), tier[-1].end_s]
        pairs = zip(edges, edges[1:], tier, strict=False)
        return tuple(Interval(start, end, interval.text) for start, end, interval in pairs)

    own = Alignment(moved(found.words), moved(found.phones))
    write_textgrid(sources / "r2.TextGrid", own)
    corpus = prepare_corpus(str(sources), corpus_folder)
    words = [word for word in corpus["r2"].words if word.text]
    expected = [word for word in own.words if word.text]
    assert [word.start_s for word in words] == pytest.approx([word.start_s for word in expected])
    boundaries_s = [phone.start_s for phone in own.phones]
    for start in corpus["r2"].labels.starts / TICKS_PER_S:
        assert start == pytest.approx(min(boundaries_s, key=lambda s: abs(s - start)), abs=1e-6)


def test_a_broken_textgrid_is_the_utterances_fault(sources, corpus_folder):
    (sources / "r2.TextGrid").write_text("to nie jest TextGrid")
    corpus = prepare_corpus(str(sources), corpus_folder)
    assert corpus.table["id"].tolist() == ["r1", "r3", "r4"]
    assert "r2.TextGrid is no TextGrid" in excluded(corpus)["r2"]


def test_times_as_another_tool_wrote_them_with_their_words_as_the_text(sources, corpus_folder):
    """No text beside the recording; phones in SAMPA; a word that begins 10 ms within its phone."""
    sound = parselmouth.Sound(str(sources / "r2.wav"))
    found = align(sound, SENTENCES["r2"])
    sampa = {
        "ɔ": "o",
        "ɛ": "e",
        "w": "w",
        "k": "k",
        "t": "t",
        "z": "z",
        "a": "a",
        "m": "m",
        "n": "n",
    }
    phones = [phone._replace(text=sampa.get(phone.text, phone.text)) for phone in found.phones]
    edges = [word.start_s + 0.01 * (word.text == "okno?") for word in found.words]
    words = [
        Interval(start, end, word.text.strip("?").lower() or "<p:>")
        for start, end, word in zip(edges, [*edges[1:], phones[-1].end_s], found.words, strict=True)
    ]
    write_textgrid(sources / "r2.TextGrid", Alignment(tuple(words), tuple(phones)))
    written = (sources / "r2.TextGrid").read_bytes()
    tiers = written.decode("utf-16" if written.startswith(b"\xfe\xff") else "utf-8")
    tiers = tiers.replace('"words"', '"ORT-MAU"').replace('"phones"', '"MAU"')
    (sources / "r2.TextGrid").write_text(tiers, encoding="utf-8")
    (sources / "r2.txt").unlink()
    corpus = prepare_corpus(str(sources), corpus_folder)
    assert corpus["r2"].text == "kto zamknął okno"
    assert len(corpus["r2"].labels.texts) > 12
    mended = pd.read_csv(corpus_folder / "mended.csv")
    assert mended["id"].tolist() == ["r2"]
    assert "within a phone: moved to its edge" in mended["mended"][0]


# --- real speech ----------------------------------------------------------------------------------


def test_real_recordings_of_two_speakers(shared, tmp_path):
    nemo = shared / "corpora" / "nemo"
    table = pd.read_csv(nemo / "data.tsv", sep="\t", dtype=str)
    chosen = table[table["file_id"].str.match(r"(KD0_neutral_(2|13)|KS0_neutral_(22|36))\.wav")]
    assert len(chosen) == 4
    folder = tmp_path / "source"
    (folder / "samples").mkdir(parents=True)
    for name in chosen["file_id"]:
        shutil.copy(nemo / "samples" / name, folder / "samples")
    chosen.to_csv(folder / "data.tsv", sep="\t", index=False)
    corpus = prepare_corpus(str(folder), tmp_path / "corpus", jobs=2)
    assert len(corpus) + len(corpus.excluded) == 4
    assert len(corpus) == 4
    assert set(corpus.table["speaker"]) == {"KD0", "KS0"}
    medians = corpus.table.groupby("speaker")["speaker_median_hz"].first()
    assert medians["KS0"] < 160 < medians["KD0"]  # a man and a woman
    shares = []
    for utterance in corpus:
        spoken = [word.text for word in utterance.words if word.text]
        assert " ".join(spoken).split() == utterance.text.split()
        # vowels are voiced in an alignment that fits
        vowels = np.isin(utterance.labels.fields("p3"), ["a", "e", "o", "i", "y", "u"])
        shares.append(
            [
                utterance.voiced[where[utterance.frame_to_phone]].mean()
                for where in (vowels, ~vowels)
            ]
        )
    in_vowels, elsewhere = np.mean(shares, axis=0)
    assert in_vowels > 0.7 and elsewhere < in_vowels - 0.1


# --- written texts ----------------------------------------------------------------------------


def test_texts_become_words_and_keep_what_was_written():
    plain = Recording("u", "Mam kota.", "anna")
    assert with_words(plain, Dictionary()) == plain
    read = with_words(Recording("u", "Mam 3 koty.", "anna"), Dictionary())
    assert (read.text, read.written) == ("Mam trzy koty.", "Mam 3 koty.")


def test_the_dictionary_of_the_folder_is_used(tmp_path):
    assert not owner_dictionary(tmp_path)
    (tmp_path / "dictionary.txt").write_text("3.11\ttrzy jedenaście\n", encoding="utf-8")
    read = with_words(Recording("u", "Wersja 3.11.", "anna"), owner_dictionary(tmp_path))
    assert read.text == "Wersja trzy jedenaście."
    (tmp_path / "dictionary.txt").write_text("bez tabulatora\n", encoding="utf-8")
    with pytest.raises(CorpusError, match=r"dictionary.txt, line 1"):
        owner_dictionary(tmp_path)


def test_another_dictionary_concerns_only_the_utterances_that_it_reads(sources, corpus_folder):
    (sources / "r1.txt").write_text("1 żaba siedzi na liściu.\n", encoding="utf-8")
    (sources / "dictionary.txt").write_text("1 żaba\tŻaba\n", encoding="utf-8")
    table = prepare_corpus(str(sources), corpus_folder).table.set_index("id")
    assert table.loc["r1", ["text", "written"]].tolist() == [
        "Żaba siedzi na liściu.",
        "1 żaba siedzi na liściu.",
    ]
    assert table["written"].drop("r1").eq("").all()
    labels = {
        name: corpus_folder / "data" / "labels" / "full" / f"{name}.lab" for name in SENTENCES
    }
    before = {name: path.stat().st_mtime_ns for name, path in labels.items()}
    (sources / "dictionary.txt").write_text("1 żaba\tTa żaba\n", encoding="utf-8")
    table = prepare_corpus(str(sources), corpus_folder).table.set_index("id")
    assert table.loc["r1", "text"] == "Ta żaba siedzi na liściu."
    changed = {name for name, path in labels.items() if path.stat().st_mtime_ns != before[name]}
    assert changed == {"r1"}
