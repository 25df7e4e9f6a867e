"""State of a training: what was written is read back, nothing is unpickled, any moment will do."""

import hashlib
import json
import multiprocessing
import pickle
import time
from pathlib import Path

import numpy as np
import pytest
import ranks
import torch
from builders import Malicious
from safetensors.torch import save

from intonation.model import learning, resume, training
from intonation.model.resume import KeepBest, read_state, write_state

pytestmark = pytest.mark.processes

STATE = {
    "epoch": 3,
    "state_dict": {"project.weight": torch.arange(6.0).reshape(2, 3).T, "step": torch.tensor(7)},
    "optimizer_states": [{"state": {0: {"exp_avg": torch.ones(2)}}, "betas": (0.9, 0.999)}],
    "callbacks": {"best": float("inf"), "name": "ż", "none": None, "empty": {}, "on": True},
    "loops": {"rate": 0.1 + 0.2, "list": [1, [2, ()]]},
}


def same(one, other):
    if isinstance(one, torch.Tensor):
        return one.dtype == other.dtype and torch.equal(one, other)
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)
    if isinstance(one, (list, tuple)):
        return type(one) is type(other) and all(map(same, one, other)) and len(one) == len(other)
    return type(one) is type(other) and one == other


def test_a_state_comes_back_as_it_was(tmp_path):
    write_state(tmp_path / "state", STATE)
    assert same(read_state(tmp_path / "state"), STATE)
    write_state(tmp_path / "state", {"epoch": 4, "weight": torch.zeros(1)})
    assert read_state(tmp_path / "state")["epoch"] == 4
    assert len(list((tmp_path / "state").iterdir())) == 2  # nothing of the old one is left


def test_what_no_state_can_hold_is_named(tmp_path):
    with pytest.raises(TypeError, match="/loops/0 is a ndarray, which no state can hold"):
        write_state(tmp_path, {"loops": [np.zeros(2)]})
    assert read_state(tmp_path) is None


def interrupted(folder, epoch=3):
    ranks.after_epoch(epoch, ranks.interrupt)
    with pytest.raises(ranks.Interrupted):
        ranks.train(folder, "semitones")
    return Path(folder) / "semitones"


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """A folder that was trained without interruption."""
    folder = tmp_path_factory.mktemp("whole")
    ranks.train(folder, "semitones")
    return folder / "semitones"


def contents(folder):
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def alter_tensors(folder, content):
    (path,) = folder.glob("*.safetensors")
    path.write_bytes(content)


def other_record(folder, **changes):
    record = json.loads((folder / resume.STATE).read_text())
    (folder / resume.STATE).write_text(json.dumps({**record, **changes}))


def malicious_tensors(folder, pickled):
    """With the right digest."""
    alter_tensors(folder, pickled)
    other_record(folder, sha256=hashlib.sha256(pickled).hexdigest())


DAMAGES = {
    "a pickle for the record": lambda f, pickled: (f / resume.STATE).write_bytes(pickled),
    "a pickle for the tensors": malicious_tensors,
    "a pickle of Lightning's": lambda f, pickled: (
        (f / resume.STATE).unlink(),
        (f / "last.ckpt").write_bytes(pickled),
    ),
    "half of the tensors": lambda f, _: alter_tensors(f, b"\0" * 100),
    "other tensors": lambda f, _: alter_tensors(f, save({"other": torch.ones(3)})),
    "no tensors": lambda f, _: next(f.glob("*.safetensors")).unlink(),
    "tensors from elsewhere": lambda f, _: other_record(f, tensors="../model.safetensors"),
    "another version": lambda f, _: other_record(f, format=99),
    "an unknown kind": lambda f, _: other_record(f, state={"object": "os.system"}),
    "a list": lambda f, _: (f / resume.STATE).write_text("[1]"),
    "a deep list": lambda f, _: (f / resume.STATE).write_text("[" * 100_000),
    "half a record": lambda f, _: (f / resume.STATE).write_bytes(
        (f / resume.STATE).read_bytes()[:200]
    ),
}


@pytest.fixture(scope="module")
def half(tmp_path_factory):
    return contents(interrupted(tmp_path_factory.mktemp("half")))


def laid_out(files, folder):
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return folder


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_state_is_not_used_and_nothing_is_unpickled(
    half, whole, tmp_path, monkeypatch, damage
):
    folder = laid_out(half, tmp_path / "semitones")
    evil = tmp_path / "evil"
    DAMAGES[damage](folder / "checkpoints", pickle.dumps(Malicious(evil)))
    monkeypatch.setattr(torch, "load", lambda *_, **__: pytest.fail("torch.load was called"))
    if damage == "a pickle of Lightning's":
        ranks.train(tmp_path, "semitones")
    else:
        with pytest.warns(UserWarning, match="holds no state to continue from .*from the start"):
            ranks.train(tmp_path, "semitones")
    assert not evil.exists()
    assert contents(folder) == contents(whole)


def test_the_pickle_of_the_tests_would_do_harm(tmp_path):
    pickle.loads(pickle.dumps(Malicious(tmp_path / "evil")))
    assert (tmp_path / "evil").exists()


# --- interrupts at any moment ---------------------------------------------------------------------


def test_a_training_goes_on_where_it_was(half, whole, tmp_path, monkeypatch):
    folder, steps = laid_out(half, tmp_path / "semitones"), []
    step = learning.F0Training.training_step
    monkeypatch.setattr(
        learning.F0Training, "training_step", lambda *given: (steps.append(1), step(*given))[1]
    )
    ranks.train(tmp_path, "semitones")
    assert len(steps) == 4 * 3  # epochs 4 to 7
    assert contents(folder) == contents(whole)


def test_one_that_had_stopped_early_is_not_trained_on(tmp_path):
    ranks.train(tmp_path / "whole", "stopped early")
    ranks.after_epoch(2, ranks.interrupt)
    with pytest.raises(ranks.Interrupted):
        ranks.train(tmp_path / "two", "stopped early")
    _, history = ranks.train(tmp_path / "two", "stopped early")
    assert len(history) == 2
    assert contents(tmp_path / "two") == contents(tmp_path / "whole")


def epochs_of(folder):
    """How many epochs there are losses of."""
    history = folder / "history.csv"
    return history.read_text().count("\n") - 1 if history.exists() else 0


def test_killed_at_any_moment_it_ends_with_the_same_bytes(whole, tmp_path):
    context = multiprocessing.get_context("forkserver")
    # what takes seconds to load; modules of the tests it does not find
    context.set_forkserver_preload(["pytorch_lightning", "grimp", "scipy.stats", "matplotlib.text"])
    folder, random, done = tmp_path / "semitones", np.random.default_rng(0), []
    for epoch in (1, 3, 5):
        child = context.Process(target=ranks.train, args=(tmp_path, "semitones"))
        child.start()
        while child.is_alive() and epochs_of(folder) < epoch:
            time.sleep(0.02)
        time.sleep(random.uniform(0, 0.05))  # about as long as an epoch takes
        child.kill()
        child.join()
        state = read_state(folder / "checkpoints")
        done.append(state["epoch"] + 1 if state else 0)
        assert done[-1] in (epochs_of(folder), epochs_of(folder) - 1)
    ranks.train(tmp_path, "semitones")
    assert done == sorted(done)
    assert contents(folder) == contents(whole)


def test_a_full_disk_leaves_the_state_before(tmp_path, monkeypatch):
    write_state(tmp_path, STATE)

    def full(self, *_, **__):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(OSError, match="No space left"):
        write_state(tmp_path, {"epoch": 4, "weight": torch.zeros(1)})
    assert same(read_state(tmp_path), STATE)
    assert len(list(tmp_path.iterdir())) == 2


def test_the_best_weights_are_those_of_the_lowest_validation_loss(whole, tmp_path, monkeypatch):
    seen, keep = [], KeepBest.on_train_epoch_end

    def note(self, trainer, module):
        keep(self, trainer, module)
        loss = float(trainer.callback_metrics["validation_loss"])
        seen.append((loss, module.model.project.weight.detach().clone()))

    monkeypatch.setattr(KeepBest, "on_train_epoch_end", note)
    model, history = ranks.train(tmp_path, "semitones")
    best = min(seen, key=lambda pair: pair[0])
    assert torch.equal(model.project.weight, best[1])
    assert history["validation_loss"].min() == best[0]


def test_without_validation_the_last_weights_are_kept_and_resumed(tmp_path):
    corpus, features = ranks.planted_corpus(train=6)
    chosen = ranks.chosen("semitones", epochs=3)
    whole, history = training.train(corpus, features, chosen, tmp_path / "whole")
    assert list(history.columns) == ["epoch", "train_loss"]
    ranks.after_epoch(2, ranks.interrupt)
    with pytest.raises(ranks.Interrupted):
        training.train(corpus, features, chosen, tmp_path / "resumed")
    training.train(corpus, features, chosen, tmp_path / "resumed")
    assert contents(tmp_path / "resumed") == contents(tmp_path / "whole")
