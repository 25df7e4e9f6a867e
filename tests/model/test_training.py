"""Training: targets, batches, learning, determinism, interrupts."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import torch
from builders import planted_corpus

from intonation.model import training
from intonation.model.batches import LengthBatches, collate, examples
from intonation.model.training import DECISIVE_CODE, new_model, train
from intonation.parameters import parameters
from intonation.provenance import with_imported

SMALL = {"epochs": 3, "num_layers": 2, "hidden_size": 8, "batch_size": 4, "device": "cpu"}


@pytest.fixture
def planted():
    return planted_corpus(train=16, validation=4)


def test_padding_has_no_weight(planted):
    corpus, features = planted
    items = examples(corpus, features, "train", "log_f0")[:3]
    task = collate(items)
    assert task.weight.sum() == sum(len(item.target) for item in items)
    assert not task.weight[0, len(items[0].target) :].any()


def test_batches_hold_every_utterance_once_and_change_with_the_epoch():
    lengths = list(np.random.default_rng(0).integers(100, 900, 41))
    batches = LengthBatches(lengths, 8, seed=3)
    first = list(batches)
    assert sorted(i for batch in first for i in batch) == list(range(41))
    assert len(first) == len(batches) == 6
    assert first == list(batches)
    batches.set_epoch(1)
    assert first != list(batches)
    spread = [np.ptp([lengths[i] for i in batch]) for batch in first]
    assert np.mean(spread) < 0.5 * np.ptp(lengths)


def test_the_last_bias_starts_at_the_mean():
    model = new_model(("q",), parameters("default", {"target": "log_f0"}), 3.25)
    assert model.output.bias.item() == 3.25


@pytest.mark.parametrize("target", ["semitones", "log_f0"])
def test_a_planted_law_is_learned_and_files_are_whole(planted, tmp_path, target):
    chosen = parameters(
        "default",
        {
            **SMALL,
            "target": target,
            "epochs": 10,
            "learning_rate": 0.02,
            "input_dropout": 0.0,
            "dropout": 0.0,
        },
    )
    model, history = train(*planted, chosen, tmp_path / "model")
    # the law's variance is about 4 semitones², voicing's alone about 5 (ln Hz)²
    assert history["validation_loss"].min() < (1.0 if target == "semitones" else 0.3)
    assert history["validation_loss"].iloc[0] > 1.5 * history["validation_loss"].min()
    names = sorted(path.name for path in (tmp_path / "model").iterdir())
    assert names == ["config.json", "history.csv", "made_from", "model.safetensors"]
    assert not model.training


def test_same_seed_same_weights_other_seed_others(planted, tmp_path):
    trained = [
        train(*planted, parameters("default", {**SMALL, "seed": seed}), tmp_path / str(run))[0]
        for run, seed in enumerate([1, 1, 2])
    ]
    weights = [model.project.weight for model in trained]
    assert torch.equal(weights[0], weights[1])
    assert not torch.allclose(weights[0], weights[2])


def test_an_interrupted_training_goes_on_where_it_was(planted, tmp_path, monkeypatch):
    chosen = parameters("default", SMALL)
    whole, history = train(*planted, chosen, tmp_path / "whole")
    step, calls = training.History.on_train_epoch_end, []

    def interrupt(self, trainer, module):
        step(self, trainer, module)
        calls.append(trainer.current_epoch)
        if len(calls) == 2:
            raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(training.History, "on_train_epoch_end", interrupt)
        with pytest.raises((KeyboardInterrupt, SystemExit)):
            train(*planted, chosen, tmp_path / "resumed")
    assert not (tmp_path / "resumed" / "model.safetensors").exists()
    resumed, continued = train(*planted, chosen, tmp_path / "resumed")
    pd.testing.assert_frame_equal(continued, history)
    torch.testing.assert_close(resumed.project.weight, whole.project.weight)


def test_lightning_moves_the_batches_on(planted, tmp_path, monkeypatch):
    epochs, set_epoch = [], LengthBatches.set_epoch
    note = lambda self, epoch: (epochs.append(epoch), set_epoch(self, epoch))  # noqa: E731
    monkeypatch.setattr(LengthBatches, "set_epoch", note)
    train(*planted, parameters("default", SMALL), tmp_path)
    assert set(epochs) >= {0, 1, 2}


def test_other_parameters_start_afresh(planted, tmp_path):
    train(*planted, parameters("default", SMALL), tmp_path)
    _, history = train(*planted, parameters("default", {**SMALL, "epochs": 1}), tmp_path)
    assert len(history) == 1


@pytest.fixture
def trainings(monkeypatch):
    """Epochs asked for in each training that really took place."""
    done, fit = [], training.pl.Trainer.fit
    note = lambda self, *given, **named: (done.append(self.max_epochs), fit(self, *given, **named))  # noqa: E731
    monkeypatch.setattr(training.pl.Trainer, "fit", note)
    return done


def test_what_was_trained_from_the_same_is_loaded(planted, tmp_path, trainings):
    chosen = parameters("default", SMALL)
    first, history = train(*planted, chosen, tmp_path)
    unimportant = {"resamples": 50, "figures": 3, "seeds": 9, "small_epochs": 7, "cpu_count": 2}
    again, same = train(*planted, replace(chosen, **unimportant), tmp_path)
    assert trainings == [3] and not again.training
    assert torch.equal(again.project.weight, first.project.weight)
    pd.testing.assert_frame_equal(same, history)


@pytest.mark.parametrize("change", ["parameter", "examples", "code", "library", "file", "note"])
def test_what_was_trained_from_something_else_is_trained_again(
    planted, tmp_path, trainings, monkeypatch, change
):
    corpus, features = planted
    chosen = parameters("default", {**SMALL, "epochs": 1})
    train(corpus, features, chosen, tmp_path)
    if change == "parameter":
        chosen = replace(chosen, learning_rate=0.5)
    elif change == "examples":
        one = corpus["train3"]
        one.f0_semitones[one.voiced] += 0.5
    elif change == "code":
        monkeypatch.setattr(training, "code_digest", lambda modules: "another")
    elif change == "library":
        monkeypatch.setattr(training, "library_versions", lambda modules: {"torch": "99"})
    elif change == "file":
        (tmp_path / "model.safetensors").write_bytes(b"half of it")
    else:
        (tmp_path / "made_from" / "weights.json").write_text("{")
    train(corpus, features, chosen, tmp_path)
    assert trainings == [1, 1]


def test_the_note_beside_weights_names_all_code_of_the_room_that_makes_them():
    used = with_imported(["intonation.model.training"])
    assert {name for name in used if name.startswith("intonation.model.")} == {*DECISIVE_CODE}
