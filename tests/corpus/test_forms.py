"""Every form that a folder of recordings may have, end to end, made of the embedded corpus."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pandas as pd
import parselmouth
import pytest
import soundfile

from intonation.book.dependencies import ROOT
from intonation.corpus.corpus import TABLE_COLUMNS, open_corpus
from intonation.corpus.preparation import Asked, prepare_corpus
from intonation.errors import CorpusError

COUNT = 4


@pytest.fixture(scope="module")
def spoken(tmp_path_factory):
    """Sentences of the embedded corpus with their sounds."""
    folder = tmp_path_factory.mktemp("embedded")
    return prepare_corpus("", folder / "corpus", Asked(dataset_size_limit=COUNT))


class Forms:
    """Each writes the sentences in one form and gives what is asked; the names of the sounds.

    who: speakers by turns, where the form tells them.
    """

    who = ("ewa", "jan")

    def __init__(self, folder, spoken):
        self.folder = folder
        self.sentences = [(one.text, *soundfile.read(one.wav_path)) for one in spoken]

    def save(self, names, **more):
        for name, (_, samples, rate_hz) in zip(names, self.sentences, strict=True):
            path = self.folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            soundfile.write(path, samples, rate_hz, **more)
        return names

    def table(self, name, lines, header=None, mark="\t"):
        rows = [mark.join(line) for line in ([header] if header else []) + lines]
        (self.folder / name).write_text("\n".join(rows) + "\n", encoding="utf-8")

    def speaker(self, number):
        return self.who[number % 2]

    def texts(self):
        return [(n, text) for n, (text, *_) in enumerate(self.sentences)]

    def text_files(self):
        names = [f"moje nagrania/dzień {n % 2}/nagranie {n}.flac" for n, _ in self.texts()]
        for name, (_, text) in zip(self.save(names), self.texts(), strict=True):
            (self.folder / name).with_suffix(".txt").write_text(text, encoding="cp1250")
        return names, {}, None

    def speakers_by_pattern(self):
        names = [f"{self.speaker(n)}/{n}.ogg" for n, _ in self.texts()]
        for name, (_, text) in zip(self.save(names), self.texts(), strict=True):
            (self.folder / name).with_suffix(".txt").write_text(text, encoding="utf-16")
        return names, {"speaker_pattern": "^(?P<speaker>[a-z]+)/"}, self.who

    def nemo(self):
        names = [f"samples/AB_neutral_{n}.wav" for n, _ in self.texts()]
        lines = [
            [Path(names[n]).name, "neutral", text, text.lower(), f"   {self.speaker(n)}", "27"]
            for n, text in self.texts()
        ]
        lines.append(["AB_sad_9.wav", "sad", "Nie ma go tu.", "nie ma go tu", "ewa", "27"])
        header = ["file_id", "emotion", "raw_text", "normalized_text", "speaker_id", "seconds"]
        self.table("data.tsv", lines, header)
        return self.save(names), {"keep": "emotion:neutral"}, self.who

    def ljspeech(self):
        names = [f"wavs/LJ001-000{n}.wav" for n, _ in self.texts()]
        self.table("metadata.csv", [[Path(names[n]).stem, t, t] for n, t in self.texts()], mark="|")
        return self.save(names), {}, None

    def m_ailabs(self):
        books = [f"pl_PL/by_book/female/{self.speaker(n)}/lalka" for n, _ in self.texts()]
        names = [f"{book}/wavs/lalka_{n // 2}.wav" for n, book in enumerate(books)]
        self.save(names)
        for first in (0, 1):
            lines = [[f"lalka_{n // 2}", text, text] for n, text in self.texts() if n % 2 == first]
            self.table(f"{books[first]}/metadata.csv", lines, mark="|")
        return names, {}, self.who

    def mc_speech(self):
        names = [f"wavs/{n:05d}.wav" for n, _ in self.texts()]
        lines = [[f"{n:05d}", text, text.lower()] for n, text in self.texts()]
        self.table("transcripts.tsv", lines)
        return self.save(names), {}, None

    def common_voice(self):
        names = [f"clips/common_voice_pl_{n}.mp3" for n, _ in self.texts()]
        header = ["client_id", "path", "sentence", "up_votes"]
        lines = [[self.speaker(n), Path(names[n]).name, text, "2"] for n, text in self.texts()]
        self.table("validated.tsv", lines, header)
        self.table("test.tsv", lines[:1], header)
        return self.save(names), {}, self.who

    def mls(self):
        speakers = [str(100 + n % 2) for n, _ in self.texts()]
        names = [f"dev/audio/{s}/7/{s}_7_{n:06d}.opus" for n, s in enumerate(speakers)]
        sounds = [parselmouth.Sound(one.T, rate_hz) for _, one, rate_hz in self.sentences]
        opus = [sound.resample(24_000).values[0] for sound in sounds]  # one of five rates it has
        texts = [text for text, *_ in self.sentences]
        self.sentences = [(text, one, 24_000) for text, one in zip(texts, opus, strict=True)]
        self.save(names, format="OGG", subtype="OPUS")
        self.table("dev/transcripts.txt", [[Path(names[n]).stem, text] for n, text in self.texts()])
        return names, {}, ("100", "101")

    def declared(self):
        names = [f"{n}.aiff" for n, _ in self.texts()]
        lines = [[str(n), f'"{text}"', self.speaker(n), names[n]] for n, text in self.texts()]
        self.table("spis.csv", lines, ["lp", "Co", "Kto mówi", "Plik dźwięku"], mark=",")
        columns = "file:plik_dźwięku,text:co,speaker:kto_mówi"
        return self.save(names), {"columns": columns}, self.who


FORMS = [name for name in vars(Forms) if not name.startswith("_")]
HELPERS = ("who", "save", "table", "speaker", "texts")


@pytest.fixture(params=[name for name in FORMS if name not in HELPERS])
def form(request, tmp_path, spoken):
    """Folder, names of the sounds, what is asked, and the speakers by turns."""
    forms = Forms(tmp_path / "source", spoken)
    forms.folder.mkdir()
    return request.param, forms.folder, *getattr(forms, request.param)()


def test_a_form_becomes_a_corpus(form, spoken, tmp_path, capsys):
    name, folder, names, asked, speakers = form
    corpus = prepare_corpus(str(folder), tmp_path / "corpus", Asked(**asked, strict=True))
    said = capsys.readouterr().out
    table = corpus.table.set_index("source").loc[names]
    texts = [one.text for one in spoken]
    normalised = [text.lower() for text in texts]
    assert table["text"].tolist() in (texts, normalised)
    expected = [speakers[n % 2] for n in range(COUNT)] if speakers else ["speaker"] * COUNT
    assert table["speaker"].tolist() == expected
    assert f"{COUNT} of {COUNT} utterances are used, 0 excluded" in said
    if name == "nemo":
        assert table["emotion"].tolist() == ["neutral"] * COUNT
        assert table["table_seconds"].tolist() == ["27"] * COUNT  # our own stand
        assert said.startswith("nEMO-like table data.tsv: 5 rows")
    if name == "declared":
        assert table["lp"].tolist() == [str(n) for n in range(COUNT)]
    assert corpus.table.columns.tolist()[: len(TABLE_COLUMNS)] == list(TABLE_COLUMNS)
    for one, theirs in zip(table["id"], spoken, strict=True):
        assert corpus[one].voiced.mean() == pytest.approx(theirs.voiced.mean(), abs=0.1)


def test_a_tree_a_level_down_is_taken_as_it_is(spoken, tmp_path, capsys):
    shutil.copytree(spoken.folder / "data", tmp_path / "archive/HTS-demo/data")
    (tmp_path / "archive/README").write_text("x")
    source = str(tmp_path / "archive")
    taken = prepare_corpus(source, tmp_path / "corpus", Asked(strict=True))
    assert taken.table["id"].tolist() == spoken.table["id"].tolist()
    assert capsys.readouterr().out.startswith("HTS-demo tree ")
    assert taken.table["clipped_share"].isna().all()
    kept = prepare_corpus(source, tmp_path / "corpus", Asked(keep="speaker:speaker"))
    assert len(kept) == COUNT
    with pytest.raises(CorpusError, match="known columns are speaker"):
        prepare_corpus(source, tmp_path / "corpus", Asked(keep="emotion:neutral"))


def test_what_is_clipped_a_little_is_used_and_told(spoken, tmp_path, capsys):
    forms = Forms(tmp_path / "source", spoken)
    forms.sentences[0] = (forms.sentences[0][0], 4 * forms.sentences[0][1], forms.sentences[0][2])
    forms.folder.mkdir()
    forms.text_files()
    corpus = prepare_corpus(str(forms.folder), tmp_path / "corpus")
    share = corpus.table.set_index("id")["clipped_share"]
    assert 0.01 < share["x-nagranie_0"] < 0.2 and (share.drop("x-nagranie_0") == 0).all()
    assert "1 are used though more than 1 % of their samples are clipped: x-nagr" in (
        capsys.readouterr().out
    )
    again = open_corpus(corpus.folder).table
    pd.testing.assert_frame_equal(again, corpus.table)


def test_make_hands_patterns_over_as_they_stand():
    """Parentheses, bars and question marks, which a shell would read."""
    given = [r"speaker_pattern=^(?P<speaker>[a-z]+)_\d", "keep=emotion:a|b,c:it's", "epochs=3"]
    make = ["make", "--dry-run", "--always-make", "corpus-check", "CORPUS=x y"]
    made = subprocess.run(
        [*make, f"SET={' '.join(given)}", "STRICT=1"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    (line,) = [line for line in made.stdout.splitlines() if "intonation.corpus.check" in line]
    code = "import json, sys; print(json.dumps(sys.argv[1:]))"
    shown = line.replace(".venv/bin/python -m intonation.corpus.check", '"$PYTHON" -c "$CODE"')
    told = subprocess.run(
        ["sh", "-c", shown],
        env={"PYTHON": sys.executable, "CODE": code},
        capture_output=True,
        text=True,
        check=True,
    )
    assert json.loads(told.stdout) == ["x y", "--set", *given, "strict=true"]
