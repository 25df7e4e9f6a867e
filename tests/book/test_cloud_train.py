"""A training job under a folder of its own: what it reads, prints, leaves, and survives."""

import csv
import os
import re
import shutil
import sys

import pytest
from cloud_job import SMALL, ask, end, interrupt, start, wait_for, write_tree

from intonation import load_model, open_corpus
from intonation.book.cloud import train
from intonation.book.cloud.hosts import Hosts
from intonation.book.cloud.hyperparameters import Hyperparameters
from intonation.book.cloud.losses import PATTERNS
from intonation.book.cloud.places import Places
from intonation.book.record import read_run_record
from intonation.book.run_folder import RunFolder
from intonation.errors import ModelError
from intonation.labels.question_set import read_questions
from intonation.provenance import Note, read_json

TARGET = "semitones"


def contents(folder):
    return {p.relative_to(folder): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def history(places):
    path = RunFolder(places.checkpoints).model(TARGET) / "history.csv"
    with path.open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def places(tmp_path_factory):
    places = Places(tmp_path_factory.mktemp("ml"))
    write_tree(places.channel)
    ask(places, **SMALL)
    return places


@pytest.fixture(scope="module")
def finished(places, tmp_path_factory):
    """The job as it ended, and a copy of the model that it left."""
    ended = end(start(places))
    assert ended.code == 0, ended.told
    return ended, shutil.copytree(places.model, tmp_path_factory.mktemp("kept") / "model")


@pytest.mark.book
def test_the_model_has_all_that_answers_need(finished):
    model = RunFolder(finished[1])
    network = load_model(model.model(TARGET))
    [questions] = (model.corpus / "data" / "questions").glob("*.hed")
    assert network.config.questions == tuple(read_questions(questions).names)
    assert network.config.hidden_size == SMALL["hidden_size"]
    made_from = read_json(model.model(TARGET) / "made_from" / "weights.json")["made_from"]
    assert Note(model.model(TARGET), "weights", made_from).holds(), "the book can take them over"
    assert (open_corpus(model.corpus).table["speaker_median_hz"] > 60).all()
    assert read_run_record(model.path)["parameters"]["epochs"] == SMALL["epochs"]
    executed = model.notebooks / TARGET / "03_training.ipynb"
    assert '"output_type": "execute_result"' in executed.read_text(encoding="utf-8")


@pytest.mark.book
def test_losses_are_read_from_the_log_by_the_study_s_pattern(places, finished):
    printed = finished[0].printed
    rows = history(places)
    assert len(rows) == SMALL["epochs"]
    assert re.findall(r"LOSS: (.*?);", printed) == [row["train_loss"] for row in rows]
    for name, pattern in PATTERNS.items():
        assert re.findall(pattern, printed) == [row[name] for row in rows]


@pytest.mark.book
def test_what_is_killed_continues_on_another_machine_to_the_same_weights(places, finished):
    for folder in (places.checkpoints, places.model):
        shutil.rmtree(folder)
    process = start(places)
    path = RunFolder(places.checkpoints).model(TARGET) / "history.csv"
    wait_for(lambda: path.is_file() and len(history(places)) > 1)
    assert interrupt(process, places).code != 0
    assert not places.failure.exists() and not places.model.exists()
    seen = history(places)
    assert 1 < len(seen) < SMALL["epochs"]
    another_machine(places)
    path.write_text(path.read_text().replace(seen[0]["train_loss"], "123.5"))
    assert end(start(places)).code == 0
    assert history(places)[0]["train_loss"] == "123.5", "no epoch is trained twice"
    weights = f"model/{TARGET}/model.safetensors"
    assert (places.model / weights).read_bytes() == (finished[1] / weights).read_bytes()


def another_machine(places):
    """Only the checkpoints are left, and the corpus is copied anew."""
    shutil.rmtree(places.run)
    for path in places.channel.rglob("*"):
        os.utime(path)


@pytest.mark.book
def test_a_chapter_that_fails_is_told_in_one_paragraph(tmp_path):
    places = Places(tmp_path)
    places.channel.mkdir(parents=True)
    (places.channel / "notes.txt").write_text("nothing to hear")
    ended = end(start(places))
    assert ended.code == 1 and not places.model.exists()
    reason = places.failure.read_text()
    assert reason.startswith(f"chapter 01_corpus: {places.channel} has no recordings (WAV, ")
    assert "\n" not in reason and "Traceback" not in reason


# --- what is wrong before anything is executed ----------------------------------------------------


@pytest.fixture
def idle(tmp_path, monkeypatch):
    """A job that fails before anything is executed, or else the test."""
    monkeypatch.setattr(train, "make_book", lambda *_, **__: pytest.fail("it went on"))
    places = Places(tmp_path)
    write_tree(places.channel, 1)
    return places


def failure_of(places):
    assert train.main(["--root", str(places.root)]) == 1
    return places.failure.read_text()


def test_a_wrong_hyperparameter_fails_at_once(idle, capsys):
    ask(idle, learning_rate="nan")
    reason = failure_of(idle)
    assert reason == (
        f"{idle.hyperparameters}: hyperparameter learning_rate is nan, expected 1e-07 to 1.0; "
        "change it"
    )
    assert f"error: {reason}" in capsys.readouterr().err


def test_an_empty_or_missing_channel_fails_at_once(idle):
    shutil.rmtree(idle.channel)
    (idle.channel.parent / "train").mkdir()
    reason = failure_of(idle)
    assert f"{idle.channel} does not exist; beside it there is train; expected" in reason
    assert "channel 'training'" in reason
    (idle.channel / "data").mkdir(parents=True)
    assert f"{idle.channel} is empty" in failure_of(idle)


def test_gpus_that_are_not_there_fail_at_once(idle, monkeypatch):
    import torch

    monkeypatch.setattr(torch.cuda, "device_count", lambda: 0)
    ask(idle, gpu_count=1)
    assert failure_of(idle).startswith("1 GPU(s) are requested, 0 found; lower gpu_count")
    ask(idle, device="cuda")
    assert failure_of(idle).startswith("1 GPU(s) are requested, 0 found")


def test_a_long_reason_is_cut_between_letters(idle):
    ask(idle, **{"ż" * 800: "1"})
    told = idle.failure.parent
    assert failure_of(idle)
    assert len((told / "failure").read_bytes()) in (1023, 1024)


def test_an_old_failure_does_not_stay(idle, monkeypatch):
    ask(idle, epochs="none")
    assert failure_of(idle)
    ask(idle)
    monkeypatch.setattr(train, "train", lambda _: None)
    assert train.main(["--root", str(idle.root)]) == 0 and not idle.failure.exists()


def test_a_fault_of_the_program_is_told_too(idle, monkeypatch, capsys):
    monkeypatch.setattr(train, "train", lambda _: {}["lost"])
    assert failure_of(idle) == "KeyError: 'lost'; this is a fault of the program"
    assert "Traceback" in capsys.readouterr().err


# --- several hosts --------------------------------------------------------------------------------


def test_each_of_two_hosts_starts_its_processes_of_one_training(tmp_path):
    asked = Hyperparameters("smoke", ("devices=4", "nodes=2", "epochs=3"))
    for own in (0, 1):
        hosts = Hosts(("algo-1", "algo-2"), own, "eth0")
        command = train.training_command(hosts, asked, RunFolder(tmp_path), "log_f0")
        told = " ".join(command)
        assert f"--nnodes 2 --node-rank {own} --master-addr algo-1 --master-port 29500" in told
        assert "--nproc-per-node 4 -m intonation.model.training" in told
        assert f"{tmp_path}/corpus {tmp_path}/model/log_f0 --features {tmp_path}/feat" in told
        assert told.endswith("--set devices=4 nodes=2 epochs=3")


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("bar 10%\\rerror: another process of this training ended\\nerror: no room", "no room"),
        ("bar 10%", "a process ended without a word"),
    ],
)
def test_a_process_that_fails_on_one_of_several_hosts_is_told(tmp_path, monkeypatch, said, told):
    command = [sys.executable, "-c", f"print('{said}'); raise SystemExit(3)"]
    monkeypatch.setattr(train, "training_command", lambda *_: command)
    out = RunFolder(tmp_path)
    out.logs.mkdir()
    with pytest.raises(ModelError, match=f"on 2 hosts failed on algo-2: {told}"):
        train._train_together(Hosts(("algo-1", "algo-2"), 1), Hyperparameters(), out, "log_f0")
