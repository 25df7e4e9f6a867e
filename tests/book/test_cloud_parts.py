"""Pieces of jobs: losses that are followed, reasons that are found, models that are taken."""

import gzip
import io
import json
import os
import pickle
import tarfile
import time
import zlib
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from cloud_job import write_tree
from hypothesis import given, settings
from hypothesis import strategies as st

from intonation.book.cloud import report
from intonation.book.cloud.ending import chapter_error
from intonation.book.cloud.losses import Follower, following
from intonation.book.cloud.places import Places, deliver
from intonation.book.run_folder import RunFolder
from intonation.errors import ModelError
from intonation.files import replacing

FUZZ_EXAMPLES = int(os.environ.get("INTONATION_FUZZ", "300"))
HEAD = "epoch,train_loss,validation_loss\n"


# --- losses ---------------------------------------------------------------------------------------


def write_history(path, *rows):
    with replacing(path) as temporary:
        temporary.write_text(HEAD + "".join(rows))


def test_epochs_are_told_once_as_they_end(tmp_path, capsys):
    path = tmp_path / "history.csv"
    follower = Follower(path)
    follower.tell()
    assert capsys.readouterr().out == ""
    write_history(path, "1,0.5,0.6\n")
    follower.tell()
    follower.tell()
    assert capsys.readouterr().out == "LOSS: 0.5;\nVALIDATION: 0.6;\n"
    write_history(path, "1,0.5,0.6\n", "2,0.25,\n")
    follower.tell()
    assert capsys.readouterr().out == "LOSS: 0.25;\n", "nothing was validated"


def test_losses_of_another_training_are_not_told(tmp_path, capsys):
    path = tmp_path / "history.csv"
    write_history(path, "1,9.5,9.6\n", "2,9.5,9.6\n")
    with pytest.raises(ValueError), following(path):
        raise ValueError
    assert capsys.readouterr().out == ""
    with following(path):
        path.unlink()
        write_history(path, "1,0.5,0.6\n")
    assert capsys.readouterr().out == "LOSS: 0.5;\nVALIDATION: 0.6;\n"


def test_of_a_training_that_had_ended_before_all_losses_are_told(tmp_path, capsys):
    path = tmp_path / "history.csv"
    write_history(path, "1,0.5,0.6\n", "2,0.25,0.5\n")
    with following(path):
        pass
    assert capsys.readouterr().out.count("LOSS: ") == 2


# --- reasons --------------------------------------------------------------------------------------


def write_notebook(out, key, *outputs, age=0):
    path = RunFolder(out).logs / f"{key}.ipynb"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"cells": [{"cell_type": "code", "outputs": list(outputs)}]}))
    os.utime(path, (time.time() - age,) * 2)


def error(kind, told):
    return {"output_type": "error", "ename": kind, "evalue": told, "traceback": ["…"]}


def test_an_error_of_ours_is_told_as_it_is(tmp_path):
    write_notebook(tmp_path, "01_corpus", error("KeyError", "'old'"), age=100)
    write_notebook(tmp_path, "semitones/03_training", error("ModelError", "lower learning_rate"))
    assert str(chapter_error(tmp_path)) == "chapter semitones/03_training: lower learning_rate"


def test_another_error_is_told_with_its_kind(tmp_path):
    write_notebook(tmp_path, "02_features", error("MemoryError", "\x1b[31mno\x1b[0m room"))
    assert str(chapter_error(tmp_path)) == "chapter 02_features: MemoryError: no room"


def test_a_process_that_was_killed_left_no_error(tmp_path):
    write_notebook(tmp_path, "01_corpus", {"output_type": "stream", "text": "x"})
    assert "probably memory was short: lower batch_size" in str(chapter_error(tmp_path))
    (RunFolder(tmp_path).logs / "01_corpus.ipynb").write_text("{")
    assert "probably memory was short" in str(chapter_error(tmp_path))


def test_nothing_was_begun(tmp_path):
    assert "stopped before any chapter" in str(chapter_error(tmp_path))


# --- a processing job -----------------------------------------------------------------------------

RECORD = {"profile": "smoke", "parameters": {"epochs": 3, "causal": True, "cpu_count": 64}}


@pytest.fixture
def job(tmp_path, monkeypatch):
    """A processing job whose book is made by a stand-in, which notes the run that it is to make."""
    places = Places(tmp_path)
    write_tree(places.to_process, 1)
    made = []

    def make_book(run, out, jobs):
        made.append(run)
        for name in ("site/html/index.html", "results/semitones/errors.csv", "run.json"):
            (out / name).parent.mkdir(parents=True, exist_ok=True)
            (out / name).write_text(name)
        (out / "corpus").mkdir()
        (out / "corpus" / "utterances.csv").write_text("")
        return 0

    monkeypatch.setattr(report, "make_book", make_book)
    return places, made


def make_report(places, *more):
    return report.main(["--root", str(places.root), *more])


def write_model(folder):
    for name, content in [
        ("run.json", json.dumps(RECORD)),
        ("model/semitones/model.safetensors", "weights"),
        ("model/semitones/made_from/weights.json", "note"),
        ("notebooks/semitones/03_training.ipynb", "{}"),
    ]:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(content)


def test_site_and_results_are_delivered(job):
    places, made = job
    assert make_report(places, "--profile", "smoke", "--set", "epochs=2") == 0
    assert made[0].source == str(places.to_process) and made[0].profile == "smoke"
    assert made[0].assignments[0] == "epochs=2"
    delivered = {str(p.relative_to(places.processed)) for p in places.processed.rglob("*.*")}
    assert delivered == {"site/html/index.html", "results/semitones/errors.csv", "run.json"}


@pytest.mark.parametrize("packed", [True, False])
def test_the_trained_model_is_what_the_book_is_about(job, tmp_path, packed):
    places, made = job
    source = tmp_path / "left" if packed else places.trained
    write_model(source)
    if packed:
        places.trained.mkdir(parents=True)
        with tarfile.open(places.trained / "model.tar.gz", "w:gz") as archive:
            archive.add(source, arcname=".")
    assert make_report(places) == 0
    chosen = made[0].parameters("semitones")
    assert (made[0].profile, chosen.epochs) == ("smoke", 3) and chosen.cpu_count < 64
    model = RunFolder(places.run).model("semitones")
    assert (model / "model.safetensors").read_text() == "weights"
    assert (model / "made_from" / "weights.json").read_text() == "note"
    assert not (places.run / "notebooks").exists(), "it is executed anew"


def test_an_archive_cannot_write_anywhere_else(job):
    places, _ = job
    places.trained.mkdir(parents=True)
    with tarfile.open(places.trained / "model.tar.gz", "w:gz") as archive:
        for name in ("../../evil", "/tmp/evil", "model/semitones/../../../evil", "evil.pkl"):
            archive.addfile(_named(name, 4), io.BytesIO(b"evil"))
        link = _named("model/semitones/model.safetensors", 0)
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        archive.addfile(link)
    assert make_report(places) == 1
    assert "holds no model of a training job" in places.failure.read_text()
    assert not [path for path in places.root.rglob("*") if "evil" in path.name]
    assert not RunFolder(places.run).model("semitones").exists()


def _named(name, size):
    member = tarfile.TarInfo(name)
    member.size = size
    return member


def _promising(size):
    """An archive whose member says that it is larger than all that follows."""
    member = _named("model/semitones/model.safetensors", size)
    return gzip.compress(member.tobuf() + b"evil")


def _damaged_inside():
    """Its first block is whole, the next is of no kind that there is."""
    packing = zlib.compressobj(wbits=31)
    packed = packing.compress(_named("run.json", 9000).tobuf() + bytes(100))
    return packed + packing.flush(zlib.Z_FULL_FLUSH) + b"\x07" * 100


@pytest.mark.parametrize(
    "content",
    [
        *(b"", b"no archive", b"\x1f\x8b\x08\x00broken", pickle.dumps("x")),
        *(gzip.compress(pickle.dumps("x")), _promising(99), _damaged_inside()),
    ],
    ids=lambda content: f"{len(content)} bytes",  # gzip writes the time
)
def test_a_broken_archive_is_told(job, content):
    places, _ = job
    places.trained.mkdir(parents=True)
    (places.trained / "model.tar.gz").write_bytes(content)
    assert make_report(places) == 1
    assert "holds no model of a training job" in places.failure.read_text()


WEIGHTS = "model/semitones/model.safetensors"


class Zeros(io.RawIOBase):
    """As many as are asked for."""

    def read(self, size=-1):
        return bytes(size)


def _large(*sizes, name=WEIGHTS, kind=tarfile.REGTYPE):
    """An archive of zeros, much smaller than what it unpacks to; the record before them."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz", compresslevel=1) as archive:
        archive.addfile(_named("run.json", 2), io.BytesIO(b"{}"))
        for size in sizes:
            member = _named(name, size)
            member.type = kind
            archive.addfile(member, Zeros())
    return packed.getvalue()


def _sparse(size):
    """A file that is a hole, as GNU tar describes it."""
    member = bytearray(_named(WEIGHTS, 0).tobuf(tarfile.GNU_FORMAT))
    member[156:157] = tarfile.GNUTYPE_SPARSE
    member[483:495] = b"%011o\0" % size
    member[148:156] = b"%06o\0 " % (sum(member[:148]) + 256 + sum(member[156:]))
    return gzip.compress(bytes(member) + bytes(1024))


MiB = 2**20


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (_large(9 * MiB), "more than 8388608 bytes"),
        (_large(5 * MiB, 5 * MiB), "more than 8388608 bytes"),
        (_large(10 * MiB, name="unknown"), "more than 8388608 bytes"),
        (_promising(2**60), "more than 8388608 bytes"),
        (_sparse(8**10), "more than 8388608 bytes"),
        (_large(2 * MiB, kind=tarfile.XHDTYPE), "a description of 2097152 bytes"),
        (_large(2 * MiB, kind=tarfile.GNUTYPE_LONGNAME), "a description of 2097152 bytes"),
        (_large(*[0] * 30), "more than 30 files"),
        (_large(*[0] * 3000, kind=tarfile.XHDTYPE), "recursion"),
    ],
    ids=lambda given: given if isinstance(given, str) else "",
)
def test_an_archive_that_unpacks_to_too_much_is_refused(job, monkeypatch, content, told):
    places, made = job
    monkeypatch.setattr(report, "MOST_BYTES", 8 * MiB)
    monkeypatch.setattr(report, "MOST_MEMBERS", 30)
    places.trained.mkdir(parents=True)
    (places.trained / "model.tar.gz").write_bytes(content)
    assert len(content) < 100_000
    assert make_report(places) == 1 and made == []
    assert told in places.failure.read_text() and "copy" in places.failure.read_text()
    assert not list(places.run.rglob("*")), "nothing is taken of it"


def _whole():
    """An archive of each format with long names, not packed yet."""
    for kind in (tarfile.GNU_FORMAT, tarfile.PAX_FORMAT):
        packed = io.BytesIO()
        with tarfile.open(fileobj=packed, mode="w", format=kind) as archive:
            for name in ("run.json", "ż" * 120, WEIGHTS):
                archive.addfile(_named(name, 2), io.BytesIO(b"{}"))
        yield packed.getvalue()


@settings(max_examples=FUZZ_EXAMPLES, deadline=None)
@given(st.sampled_from([*_whole()]), st.binary(max_size=12), st.integers(0, 3000))
def test_any_bytes_in_an_archive_are_a_model_or_a_model_error(content, data, place):
    with TemporaryDirectory() as folder:
        source, out = Path(folder) / "model", Path(folder) / "run"
        source.mkdir()
        altered = content[:place] + data + content[place + len(data) :]
        (source / "model.tar.gz").write_bytes(gzip.compress(altered, 1))
        try:
            assert report._take_model(source, out)
        except ModelError as error:
            assert str(error).endswith(("again", "nothing else", "bring none"))
            assert not out.exists()
        expected = {source / "model.tar.gz", out / "run.json", out / WEIGHTS}
        assert {path for path in Path(folder).rglob("*") if path.is_file()} <= expected


def test_a_folder_that_holds_too_much_is_refused(job, monkeypatch):
    places, made = job
    monkeypatch.setattr(report, "MOST_BYTES", 8 * MiB)
    write_model(places.trained)
    with open(places.trained / WEIGHTS, "wb") as file:
        file.truncate(9 * MiB)
    assert make_report(places) == 1 and made == []
    assert "holds more than 8388608 bytes" in places.failure.read_text()
    assert not list(places.run.rglob("*"))


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"[]", "run.json: hyperparameter profile is a NoneType"),
        (b"[" * 100_000, "run.json: hyperparameter profile is a NoneType"),
        (pickle.dumps("x"), "run.json: hyperparameter profile is a NoneType"),
        (b'{"parameters": ["epochs"]}', "run.json is no record of a run"),
    ],
)
def test_a_damaged_record_is_told(job, content, told):
    places, _ = job
    write_model(places.trained)
    (places.trained / "run.json").write_bytes(content)
    assert make_report(places) == 1
    assert told in places.failure.read_text()


def test_a_model_of_several_hosts_is_refused(job):
    places, made = job
    write_model(places.trained)
    several = {**RECORD, "parameters": {**RECORD["parameters"], "nodes": 2}}
    (places.trained / "run.json").write_text(json.dumps(several))
    assert make_report(places) == 1 and made == []
    assert "was trained on 2 hosts" in places.failure.read_text()


def test_an_empty_input_is_told(job):
    places, made = job
    (places.to_process / "data").rename(places.root / "elsewhere")
    assert make_report(places) == 1
    assert f"{places.to_process} is empty" in places.failure.read_text()
    assert made == []


def test_results_keep_their_places(tmp_path):
    (tmp_path / "out" / "a" / "b").mkdir(parents=True)
    (tmp_path / "out" / "a" / "b" / "c.txt").write_text("c")
    deliver(tmp_path / "out", tmp_path / "kept", ["a", "missing"])
    assert (tmp_path / "kept" / "a" / "b" / "c.txt").read_text() == "c"
