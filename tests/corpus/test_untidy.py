"""Thousands of recordings as people have them, one in a hundred broken: these are listed, no more.

    INTONATION_UNTIDY=5000 python -m pytest tests/corpus/test_untidy.py

makes 5,000 short ones of which 50 are broken; there are 44 by default, and one broken in each way.
"""

import os
import re
import sys

import numpy as np
import pandas as pd
import parselmouth
import pytest
import soundfile

from intonation.corpus.alignment.praat import synthesize
from intonation.corpus.check import check_corpus, main
from intonation.corpus.intake import finding, listing
from intonation.corpus.intake.names import id_of, shown
from intonation.corpus.preparation import Asked, prepare_corpus
from intonation.errors import CorpusError

COUNT = int(os.environ.get("INTONATION_UNTIDY", "44"))
TEXTS = ("Tak, wiem.", "Kto to?", "Nie ma jej.", "No dobrze!")
RATE_HZ = 16_000
FOLDERS = ("", "anna nowak/", "Łódź/dzień 1/", "jan_k/sesja.2/")
FORMS = ("wav PCM_16", "flac PCM_16", "wav PCM_U8", "wav PCM_24", "wav FLOAT", "ogg VORBIS")


def voices():
    """A sound for each text, float64 [samples] at RATE_HZ."""
    spoken = [synthesize(text)[0].resample(RATE_HZ).values[0] for text in TEXTS]
    return [0.5 * samples / np.abs(samples).max() for samples in spoken]


def truncated(path, samples):
    soundfile.write(path, samples, RATE_HZ, format="WAV")
    path.write_bytes(path.read_bytes()[:-2000])


def empty(path, samples):
    path.write_bytes(b"")


def no_sound(path, samples):
    path.write_bytes(b"to nie jest nagranie\n" * 20)


def no_samples(path, samples):
    soundfile.write(path, samples[:0], RATE_HZ, format="WAV")


def silent(path, samples):
    soundfile.write(path, 0 * samples, RATE_HZ, format="WAV")


def clipped(path, samples):
    soundfile.write(path, np.sign(samples), RATE_HZ, format="WAV")


def three_hours(path, samples):
    seconds = 3 * 3600
    with soundfile.SoundFile(path, "w", RATE_HZ, 1, format="WAV") as file:
        file.write(samples[:1])
    header = path.read_bytes()[:40]
    data = seconds * RATE_HZ * 2
    with open(path, "wb") as file:  # sparse
        file.write(header[:4] + (data + 36).to_bytes(4, "little") + header[8:])
        file.write(data.to_bytes(4, "little"))
        file.truncate(44 + data)


def without_text(path, samples):
    soundfile.write(path, samples, RATE_HZ, format="WAV")
    path.with_suffix(".txt").write_text(" \n")


def foreign(path, samples):
    soundfile.write(path, samples, RATE_HZ, format="WAV")
    path.with_suffix(".txt").write_text("Москва 😀", encoding="utf-8")


def link_outside(path, samples):
    path.symlink_to(sys.executable)


def control(path, samples):
    soundfile.write(path.with_name(f"{path.stem}\n2.wav"), samples, RATE_HZ, format="WAV")


BROKEN = {
    truncated: "is damaged",
    empty: "is no audio file",
    no_sound: "is no audio file",
    no_samples: "lasts 0 s",
    silent: "is digital silence",
    clipped: "is clipped: .* record it again",
    three_hours: "cut it into",
    without_text: "no text",
    foreign: "outside Polish spelling",
    link_outside: "leads out of the folder",
    control: "control character",
}


def make_untidy(folder, count):
    """Write `count` recordings; returns a pattern of the reason for each broken one by name."""
    spoken, expected, ways = voices(), {}, list(BROKEN)
    broken = max(count // 100, len(ways))
    every = count // broken
    for number in range(count):
        kind, subtype = FORMS[number % len(FORMS)].split()
        samples, text = (some[number % len(TEXTS)] for some in (spoken, TEXTS))
        path = folder / f"{FOLDERS[number % len(FOLDERS)]}nagranie {number} (próba).{kind}"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.with_suffix(".txt").write_text(text + "\r\n", encoding=("utf-8", "cp1250")[number % 2])
        if number % every or len(expected) >= broken:
            both = np.stack([samples] * 2, axis=1) if number % 3 == 1 else samples
            soundfile.write(path, both, RATE_HZ, format=kind, subtype=subtype)
            continue
        break_it = ways[len(expected) % len(ways)]
        break_it(path.with_suffix(".wav"), samples)
        name = path.relative_to(folder).with_suffix("").as_posix()
        name += "\n2.wav" if break_it is control else ".wav"
        expected[name] = BROKEN[break_it]
    return expected


@pytest.fixture(scope="module")
def untidy(tmp_path_factory):
    folder = tmp_path_factory.mktemp("untidy") / "moje nagrania"
    return folder, make_untidy(folder, COUNT)


def files(folder):
    return sorted(folder.rglob("*"))


def test_the_dry_run_lists_the_broken_ones_and_writes_nothing(untidy, capsys):
    folder, expected = untidy
    before = files(folder)
    assert main([str(folder)]) == 0
    told = capsys.readouterr().out.splitlines()
    assert files(folder) == before
    assert f"used: {COUNT - len(expected)} of {COUNT} recordings, " in "\n".join(told)
    assert f"not used: {len(expected)}" in told
    reasons = dict(line.strip().split(": ", 1) for line in told if line.startswith("  "))
    assert len(reasons) == len(expected)
    for name, pattern in expected.items():
        stem = name.rpartition("/")[2].removesuffix(".wav")
        links = id_of(f"//{name}")
        assert re.search(pattern, reasons.get(id_of(stem)) or reasons[links]), name
    assert main([str(folder), "--set", "strict=true"]) == 1


def test_every_file_is_looked_at_a_bounded_number_of_times(untidy, monkeypatch):
    """Whatever their number: intake is linear."""
    folder, _ = untidy
    calls = {"kind": 0, "header": 0, "text": 0}

    def counted(name, function):
        def call(*given):
            calls[name] += 1
            return function(*given)

        return call

    monkeypatch.setattr(finding, "audio_kind", counted("kind", finding.audio_kind))
    monkeypatch.setattr(listing, "read_header", counted("header", listing.read_header))
    monkeypatch.setattr(listing, "read_text", counted("text", listing.read_text))
    listing.list_recordings(folder)
    assert calls["kind"] <= 2 * COUNT and COUNT / 2 < calls["header"] <= COUNT
    assert calls["text"] <= COUNT


def test_the_rest_is_used_and_all_is_counted(untidy, tmp_path, capsys):
    folder, expected = untidy
    corpus = prepare_corpus(str(folder), tmp_path / "corpus", jobs=2)
    told = capsys.readouterr().out
    assert f"{COUNT - len(expected)} of {COUNT} utterances are used, {len(expected)} excl" in told
    excluded = pd.read_csv(tmp_path / "corpus" / "excluded.csv")
    assert excluded.columns.tolist()[:2] == ["id", "reason"]
    assert {*excluded["source"]} == {*map(shown, expected)}
    for name, reason in zip(excluded["source"], excluded["reason"], strict=True):
        assert re.search({shown(key): value for key, value in expected.items()}[name], reason)
    sounds = (path for path in files(folder) if path.is_file() and path.suffix != ".txt")
    names = {path.relative_to(folder).as_posix() for path in sounds}
    assert {*corpus.table["source"]} == names - {*expected}
    # the dry run judged as preparation did
    lines, count = check_corpus(str(folder), Asked())
    assert count == len(corpus.excluded)
    assert [line for line in lines if line.startswith("used: ")]


def test_strict_is_an_error_before_any_work(untidy, tmp_path):
    folder, expected = untidy
    with pytest.raises(CorpusError, match=r"\d+ of \d+ utterances cannot be used, and strict"):
        prepare_corpus(str(folder), tmp_path / "corpus", Asked(strict=True))
    assert not (tmp_path / "corpus").exists()


def test_strict_sees_what_only_the_samples_tell(tmp_path):
    for number, (text, samples) in enumerate(zip(TEXTS, voices(), strict=True)):
        soundfile.write(tmp_path / f"{number}.wav", samples, RATE_HZ)
        (tmp_path / f"{number}.txt").write_text(text, encoding="utf-8")
    out = tmp_path / "out"
    assert len(prepare_corpus(str(tmp_path), out, Asked(strict=True))) == len(TEXTS)
    silence = parselmouth.Sound(np.zeros(RATE_HZ), RATE_HZ)
    silence.save(str(tmp_path / "3.wav"), parselmouth.SoundFileFormat.WAV)
    with pytest.raises(CorpusError, match="1 of 4 utterances cannot be used.*3: .*silence"):
        prepare_corpus(str(tmp_path), out, Asked(strict=True))
    assert len(prepare_corpus(str(tmp_path), out)) == len(TEXTS) - 1
