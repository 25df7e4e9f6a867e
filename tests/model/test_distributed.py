"""Several processes learn what one learns; what they do when one is wrong or gone.

Two processes on the CPU (gloo) stand for GPUs and for machines: same code, other cables.
"""

import contextlib
import os
import re
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import ranks
import torch

from intonation.corpus.features import build_features
from intonation.corpus.preparation import Asked, prepare_corpus
from intonation.errors import ModelError, ParameterError
from intonation.model.batches import collate, examples
from intonation.model.distributed import global_batch, group
from intonation.model.distributed.global_batch import Share
from intonation.model.network import load_model
from intonation.model.training import main, train
from intonation.parameters import parameters

pytestmark = pytest.mark.processes

TESTS = Path(__file__).resolve().parents[1]
ENVIRONMENT = {
    **os.environ,
    "PYTHONPATH": os.pathsep.join([str(TESTS.parent), str(TESTS)]),
    "OMP_NUM_THREADS": "1",
}


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def together(folder, what, machines=1):
    """Exit code and output of two processes, as torchrun starts them on one machine or on two."""
    address = {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(free_port()), "WORLD_SIZE": "2"}
    address |= {"TORCHELASTIC_RUN_ID": "test", "LOCAL_WORLD_SIZE": str(2 // machines)}
    children = [
        subprocess.Popen(
            [sys.executable, str(TESTS / "ranks.py"), str(folder), what],
            env={**ENVIRONMENT, **address, "RANK": str(n), "LOCAL_RANK": str(n // machines)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for n in range(2)
    ]
    said = [child.communicate(timeout=120) for child in children]
    return [(child.returncode, *texts) for child, texts in zip(children, said, strict=True)]


@pytest.fixture(scope="module")
def done(tmp_path_factory):
    """Folder with the models that two processes trained, and what each of them printed."""
    folder = tmp_path_factory.mktemp("two")
    ended = together(folder, "all")
    for code, out, errors in ended:
        assert code == 0 and "interrupted" in out, errors
    return folder, [out for _, out, _ in ended]


@pytest.fixture(scope="module")
def two(done):
    return done[0]


EXACT = [case for case in ranks.CASES if case != "half precision"]


@pytest.mark.parametrize("case", EXACT)
def test_two_processes_learn_what_one_learns(two, tmp_path, case):
    one, history = ranks.train(tmp_path, case)
    known, other = pd.read_csv(two / case / "history.csv"), load_model(two / case).state_dict()
    np.testing.assert_allclose(known, history, rtol=0, atol=1e-5)
    for name, value in one.state_dict().items():
        torch.testing.assert_close(other[name], value, rtol=0, atol=1e-5)


def test_what_two_hold_to_curves_stays_there(two):
    """Each group's weights in a channel are its curve, so many times; others are none."""
    curves = ranks.curves().curves
    weights = load_model(two / "held to curves").project.weight.detach().numpy()
    told = weights[:, : len(curves)]
    assert np.abs(told).max() > 1e-3 and not told[:, -1].any()
    np.testing.assert_allclose(told @ curves @ curves.T, told, atol=1e-5)


def test_in_half_precision_they_learn_about_the_same(two, tmp_path):
    _, history = ranks.train(tmp_path, "half precision")
    known = pd.read_csv(two / "half precision" / "history.csv")
    np.testing.assert_allclose(known, history, rtol=0.02)


def test_both_stop_early(two):
    assert len(pd.read_csv(two / "stopped early" / "history.csv")) == 2


def test_the_steps_are_at_least_twenty():
    for case in ("semitones", "log_f0", "step by step"):
        chosen = ranks.chosen(case)
        assert chosen.epochs * -(-ranks.TRAINED // chosen.batch_size) >= 20


def test_an_interrupted_training_of_two_continues_with_the_same_bytes(two):
    files = [two / case / "model.safetensors" for case in ("continued", "semitones")]
    assert files[0].read_bytes() == files[1].read_bytes()


def test_only_the_first_process_writes(two):
    expected = {"config.json", "history.csv", "made_from", "model.safetensors"}
    assert {path.name for path in two.iterdir()} == set(ranks.CASES)
    for case in ranks.CASES:
        assert {path.name for path in (two / case).iterdir()} == expected


@pytest.mark.parametrize("count", [1, 2, 3, 7])
def test_shares_make_up_the_batch(monkeypatch, count):
    items = examples(*ranks.corpus(), "train", "semitones")[:count]
    whole, share, found = collate(items), Share(), []
    monkeypatch.setattr(global_batch, "processes", lambda: 3)
    for number in range(3):
        monkeypatch.setattr(global_batch, "rank", lambda number=number: number)
        found.append(share.take(whole))
        assert (share.utterances, share.phones) == (count, len(whole.batch.answers))
    assert sum(len(one.batch.lengths) for one in found) == count
    sizes = [len(one.target) for one in found]
    assert max(sizes) - min(sizes) <= 1
    for name in ("target", "weight"):
        assert torch.equal(torch.cat([getattr(one, name) for one in found]), getattr(whole, name))
    told = [one.batch.answers[one.batch.phone_of_frame[one.batch.mask > 0]] for one in found]
    every = whole.batch.answers[whole.batch.phone_of_frame[whole.batch.mask > 0]]
    assert torch.equal(torch.cat(told), every)


def test_different_corpora_are_an_error_in_every_process(done):
    for number, out in enumerate(done[1]):
        (error,) = re.findall("^error: (.*)", out, flags=re.M)
        assert error.startswith("process 1 of this training has other corpora than process 0")
        assert f"(here, in process {number}: [{15 + number}, 5," in error
        assert error.endswith("give every process the same corpora")


def test_when_one_dies_the_other_ends_with_an_error(tmp_path):
    (first, _, errors), (second, _, _) = together(tmp_path, "one dies", machines=2)
    assert (first, second) == (1, -signal.SIGKILL)
    assert "another process of this training ended, hangs or cannot be reached" in errors


def test_when_one_hangs_the_other_ends_with_one_error(tmp_path):
    """Of ten minutes, five seconds; the hanging one finds itself alone when it wakes up."""
    for code, _, errors in together(tmp_path, "one hangs"):
        assert code == 1
        (error,) = re.findall(r"^error: .*", errors, flags=re.M)
        assert error.startswith("error: another process of this training ended, hangs or")
        assert "Traceback" not in errors
    assert (tmp_path / "semitones" / "checkpoints" / "state.json").is_file(), "to go on from"


# --- started from here ----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def prepared(tmp_path_factory):
    return prepare_corpus(
        "", tmp_path_factory.mktemp("run") / "corpus", Asked(dataset_size_limit=12), jobs=1
    )


REAL = {**ranks.TINY, "epochs": 3, "batch_size": 5}


def test_two_devices_start_two_processes_and_show_their_progress(prepared, tmp_path, capsys):
    features = build_features(prepared)
    capsys.readouterr()
    alone, history = train(prepared, features, parameters("default", REAL), tmp_path / "one")
    capsys.readouterr()
    chosen = parameters("default", {**REAL, "devices": 2})
    model, known = train(prepared, features, chosen, tmp_path / "two")
    assert "Epoch 2: 100%" in capsys.readouterr().err
    np.testing.assert_allclose(known, history, rtol=0, atol=1e-5)
    torch.testing.assert_close(model.project.weight, alone.project.weight, rtol=0, atol=1e-5)
    train(prepared, features, chosen, tmp_path / "two")
    assert capsys.readouterr().err == ""  # nothing is trained twice


def processes_of(folder):
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):  # it has just ended
            found += [path] if str(folder) in path.read_text() else []
    return found


def until(condition, seconds=300):
    end = time.time() + seconds
    while not condition():
        assert time.time() < end, "it did not come about"
        time.sleep(0.02)


def test_a_killed_start_leaves_no_process_and_keeps_the_state(prepared, tmp_path):
    more = ["epochs=200", "devices=2", "num_layers=2", "hidden_size=8", "patience=200"]
    command = [sys.executable, "-m", "intonation.model.training", str(prepared.folder)]
    folder = tmp_path / "model"
    command += [str(folder), "--set", *more, "device=cpu"]
    started = subprocess.Popen(command, env=ENVIRONMENT, stderr=subprocess.DEVNULL)
    until(lambda: (folder / "checkpoints" / "state.json").is_file())
    started.kill()
    started.wait()
    until(lambda: not processes_of(folder), seconds=120)
    assert not (folder / "model.safetensors").exists()
    assert (folder / "checkpoints" / "state.json").is_file()


def test_what_a_process_found_wrong_is_told_here(tmp_path):
    with pytest.raises(ModelError, match="training failed: .*no utterances.csv; run the corpus"):
        group.launch([str(tmp_path), str(tmp_path / "model")], 2)


# --- what is asked for ----------------------------------------------------------------------------


def test_a_gpu_where_none_is(prepared, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    command = [str(prepared.folder), str(tmp_path / "model"), "--set", "device=cuda"]
    assert main(command) == 1
    (line,) = [line for line in capsys.readouterr().err.splitlines() if "error" in line]
    assert line.startswith("error: device=cuda is asked for, but PyTorch finds no GPU here; set")
    assert not (tmp_path / "model").exists()


def test_more_gpus_than_there_are(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    assert group.asked(parameters("default", {"devices": "auto", "nodes": 3})) == (2, 3)
    assert group.asked(parameters("default", {"devices": 5, "device": "cpu"})) == (5, 1)
    with pytest.raises(ParameterError, match=r"devices=5 .* has 2 GPU\(s\); set devices=2"):
        group.asked(parameters("default", {"devices": 5}))


def test_several_machines_are_started_by_torchrun(tmp_path):
    with pytest.raises(ParameterError, match="nodes=2 are asked for.* start it as torchrun"):
        ranks.train(tmp_path, "semitones", nodes=2)
